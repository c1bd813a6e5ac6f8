//! Reads an import and builds the model from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arrays::{self, Archive, Array};
use super::fold::{Fold, FoldRule};
use super::side::{Axis, Side, ids_in};
use super::source::{Part, Source};
use super::{Import, cannot_read, item_rows, pairs, parquet, shown, table, unfit};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::latent::{FoldIn, Latent, Learned};
use crate::models::{FitContext, FitError, Fitted, Params};
use crate::task::{Cancel, Report, Task};

struct FactorFiles {
    users: Side,
    items: Side,
    mean: Option<f64>,
}

pub(super) fn open(import: &Import, context: &FitContext, params: &Params) -> Fitted {
    let task = &context.task;
    task.cancel.check()?;
    let stage = format!("reading {}", import.name);
    task.progress.say(|| Report::of(stage, 0, None, "rows"));
    let read = match &import.source {
        Source::Archive { file, .. } => read_archive(file, &task.cancel)?,
        Source::Folder {
            users, items, folder, ..
        } => read_folder(users, items, folder, task)?,
        // Nobody is on a map: everyone is folded in by what they rated.
        Source::Map(file) => FactorFiles {
            users: Side::absent(Axis::Users, 2, shown(file)),
            items: table::read_map(file, task)?,
            mean: None,
        },
        Source::Pairs(file) => return pairs::open(import, pairs::in_text(file, task)?, context, params),
        Source::ItemRows { path, measure } => return item_rows::open(import, (path, measure), context, params),
        Source::ParquetPairs(path) => return pairs::open(import, parquet::pairs(path, task)?, context, params),
    };
    let rule = FoldRule::of(import, params, &context.dataset);
    let (learned, notice) = learned(&read, context, params, &rule)?;
    import.set_notice(notice);
    Ok(Arc::new(Latent {
        name: import.name.clone().into(),
        unit: super::unit(params),
        dataset: Arc::clone(&context.dataset),
        fold_in: Box::new(Fold::new(rule, &learned)),
        learned: Arc::new(learned),
        loss: "",
    }))
}

/// `FILE` with `end` appended.
fn with_suffix(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn read_archive(file: &Path, cancel: &Cancel) -> Result<FactorFiles, FitError> {
    let archived = shown(file);
    let opened = std::fs::File::open(file).map_err(|e| cannot_read(&archived, e))?;
    let mut archive = Archive::of(opened, &archived).map_err(FitError::Unfit)?;
    let mut side = |axis: Axis| {
        let name = axis.name();
        let mut array = |what: &str| archive.array(&format!("{name}_{what}"), cancel);
        let missing = || unfit(&archived, format_args!("there is no {name}_factors in it"));
        let factors = array("factors")?.ok_or_else(missing)?;
        let listed = with_suffix(file, &format!(".{name}_ids.txt"));
        let ids = match array("ids")? {
            Some(ids) => Some(ids.into_ids()?),
            None => ids_in(&listed)?,
        };
        Side::of_arrays(axis, factors, array("bias")?, ids, shown(&listed))
    };
    let (users, items) = (side(Axis::Users)?, side(Axis::Items)?);
    let mean = archive.number("mean", cancel)?;
    Ok(FactorFiles { users, items, mean })
}

fn read_folder(users: &Part, items: &Part, folder: &Path, task: &Task) -> Result<FactorFiles, FitError> {
    let array = |name: &str| arrays::in_file(&folder.join(format!("{name}.npy")), &task.cancel);
    let side = |axis: Axis, part: &Part| match part {
        Part::Array(file) => {
            let factors = arrays::in_file(file, &task.cancel)?.ok_or_else(|| unfit(&shown(file), "it is missing"))?;
            let bias = array(&format!("{}_bias", axis.name()))?;
            let listed = with_suffix(file, ".ids.txt");
            Side::of_arrays(axis, factors, bias, ids_in(&listed)?, shown(&listed))
        }
        Part::Table(file) => table::read(axis, file, task),
        Part::Parquet(path) => parquet::factors(axis, path, task),
    };
    Ok(FactorFiles {
        users: side(Axis::Users, users)?,
        items: side(Axis::Items, items)?,
        mean: array("mean")?.map(Array::into_number).transpose()?,
    })
}

/// The factors in the dataset's order, and a notice of ids that did not match.
fn learned(
    read: &FactorFiles,
    context: &FitContext,
    params: &Params,
    rule: &FoldRule,
) -> Result<(Learned, Option<String>), FitError> {
    let (users, items, data) = (&read.users, &read.items, &context.dataset);
    users.check()?;
    items.check()?;
    if users.width != items.width {
        let why = format!(
            "it has {} factors, but {} has {}",
            items.width, users.shown, users.width
        );
        return Err(unfit(&items.shown, why));
    }
    let by_ids = params.word("ids") != "order";
    let (user, item) = (
        |id: &str| data.find_user(id).map(UserIx::at),
        |id: &str| data.find_item(id).map(ItemIx::at),
    );
    let mut of_users = users.placed(data.n_users(), by_ids.then_some(&user))?;
    let of_items = items.placed(data.n_items(), by_ids.then_some(&item))?;
    let mut notices = Vec::new();
    for (side, placed, then) in [
        (users, &of_users, "are served by their ratings"),
        (items, &of_items, "have no score"),
    ] {
        let (name, rows, n) = (side.axis.name(), side.rows(), placed.row_of.len());
        let (unmatched, missing) = (placed.unmatched, placed.missing());
        if unmatched > 0 {
            notices.push(format!("{unmatched} of its {rows} {name}s are not in the dataset"));
        }
        if missing > 0 && !side.is_absent {
            notices.push(format!(
                "{missing} of the dataset's {n} {name}s are not in it and {then}"
            ));
        }
    }

    // Users without ratings have no taste, as in all factor models.
    let has_ratings = |at: usize| !data.user_row(UserIx(at as u32)).is_empty();
    of_users.retain(has_ratings);
    let cancel = &context.task.cancel;
    let mut learned = Learned {
        mean: read.mean,
        user_bias: users.arranged_bias(&of_users),
        item_bias: items.arranged_bias(&of_items),
        users: users.arranged(&of_users, cancel)?,
        items: items.arranged(&of_items, cancel)?,
        known_items: Some(of_items.row_of.iter().map(Option::is_some).collect()),
        ..Learned::default()
    };
    let is_absent = |at: &usize| of_users.row_of[*at].is_none() && has_ratings(*at);
    let absent: Vec<usize> = (0..of_users.row_of.len()).filter(is_absent).collect();
    fold_absent(&mut learned, &absent, *rule, data, &context.task)?;
    if !learned.is_finite() {
        return Err(unfit(&items.shown, "its factors are too large to add up"));
    }
    Ok((learned, (!notices.is_empty()).then(|| notices.join("; "))))
}

/// Folds in the users that the files lack: from then on they are like all others.
fn fold_absent(
    learned: &mut Learned,
    absent: &[usize],
    rule: FoldRule,
    data: &Dataset,
    task: &Task,
) -> Result<(), FitError> {
    let fold = Fold::new(rule, learned);
    let frozen = &*learned;
    let tastes = task.pool.try_map(absent.len(), |k| {
        let row = data.user_row(UserIx(absent[k] as u32));
        let ratings: Vec<(ItemIx, f64)> = row.iter().map(|(i, r)| (ItemIx(i), r)).collect();
        fold.fold(frozen, &ratings, &task.cancel).map(|folded| folded.taste)
    })?;
    for (at, taste) in absent.iter().zip(tastes) {
        learned.users.set_row(*at, &taste.factors);
        if let Some(place) = learned.user_bias.as_mut().and_then(|b| b.get_mut(*at)) {
            *place = taste.bias;
        }
    }
    Ok(())
}
