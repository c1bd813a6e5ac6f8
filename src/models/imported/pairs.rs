//! Scores of single (user, item) pairs, computed by another program.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{Import, unfit};
use crate::data::{ColumnMap, ColumnName, Dataset, DatasetParts, ItemIx, LoadOptions, Source, UserIx, load_parts};
use crate::models::{
    Explanation, FitContext, FitError, Fitted, NoScore, Params, Profile, Recommender, Scores, Served, Unit,
};
use crate::task::{Cancel, Cancelled, Task};

/// Pairs and their scores, with the ids of the file.
pub(super) struct Rows {
    pub shown: String,
    pub users: Vec<String>,
    pub items: Vec<String>,
    /// (user, item, score), as indices into `users` and `items`.
    pub scores: Vec<(u32, u32, f64)>,
}

/// Names of the column of scores, by precedence: next to predictions `rating` is the rating that they predict.
pub(super) const SCORES: [&str; 3] = ["prediction", "score", "rating"];

/// A text table, read like a table of ratings: columns by header or position, errors with line and column.
pub(super) fn in_text(file: &Path, task: &Task) -> Result<Rows, FitError> {
    let options = LoadOptions {
        columns: column_of_scores(file),
        ..LoadOptions::default()
    };
    let DatasetParts {
        users, items, ratings, ..
    } = load_parts(&Source::named(file), &options, task)?;
    let pairs = ratings.users.iter().zip(&ratings.items).zip(&ratings.values);
    Ok(Rows {
        shown: super::shown(file),
        users: users.iter().map(str::to_owned).collect(),
        items: items.iter().map(str::to_owned).collect(),
        scores: pairs.map(|((u, i), score)| (*u, *i, *score)).collect(),
    })
}

/// The column of scores, where the first line has its name.
fn column_of_scores(file: &Path) -> Option<ColumnMap> {
    let mut start = Vec::new();
    File::open(file).ok()?.take(1 << 12).read_to_end(&mut start).ok()?;
    let start = String::from_utf8_lossy(&start);
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = start.lines().next()?.split(|c| !is_letter(c)).collect();
    let found = SCORES
        .iter()
        .find(|name| words.iter().any(|word| word.eq_ignore_ascii_case(name)))?;
    Some(ColumnMap {
        rating: Some(ColumnName::Header((*found).to_owned())),
        ..ColumnMap::default()
    })
}

/// Puts the scores in the dataset's order.
pub(super) fn open(import: &Import, rows: Rows, context: &FitContext, params: &Params) -> Fitted {
    let data = &context.dataset;
    context.task.cancel.check()?;
    if let Some(row) = rows.scores.iter().position(|(_, _, score)| !score.is_finite()) {
        let why = format!("the score of row {} is no finite number", row + 1);
        return Err(unfit(&rows.shown, why));
    }
    let users: Vec<Option<UserIx>> = rows.users.iter().map(|id| data.find_user(id)).collect();
    let items: Vec<Option<ItemIx>> = rows.items.iter().map(|id| data.find_item(id)).collect();
    let mut known: Vec<(UserIx, ItemIx, f64)> = Vec::with_capacity(rows.scores.len());
    for (n, &(user, item, score)) in rows.scores.iter().enumerate() {
        if n % 65536 == 0 {
            context.task.cancel.check()?;
        }
        if let (Some(user), Some(item)) = (users[user as usize], items[item as usize]) {
            known.push((user, item, score));
        }
    }
    let (n, unmatched) = (rows.scores.len(), rows.scores.len() - known.len());
    if known.is_empty() {
        let why = format!("none of its {n} scores is of a user and an item in the dataset");
        return Err(unfit(&rows.shown, why));
    }
    import.set_notice(
        (unmatched > 0).then(|| format!("{unmatched} of its {n} scores are of nobody or nothing in the dataset")),
    );
    // Of a repeated pair the last score counts: the sort is stable.
    known.sort_by_key(|(user, item, _)| (*user, *item));
    let mut starts = vec![0; data.n_users() + 1];
    let mut kept: Vec<(ItemIx, f64)> = Vec::with_capacity(known.len());
    let mut last = None;
    for (user, item, score) in known {
        if last == Some((user, item)) {
            kept.pop();
        }
        last = Some((user, item));
        kept.push((item, score));
        starts[user.at() + 1] = kept.len();
    }
    for at in 1..starts.len() {
        starts[at] = starts[at].max(starts[at - 1]);
    }
    Ok(Arc::new(Pairs {
        name: import.name.clone(),
        unit: super::unit(params),
        shown: rows.shown,
        dataset: Arc::clone(data),
        starts,
        kept,
    }))
}

struct Pairs {
    name: String,
    unit: Unit,
    shown: String,
    dataset: Arc<Dataset>,
    starts: Vec<usize>,
    /// By user, then items ascending.
    kept: Vec<(ItemIx, f64)>,
}

impl Recommender for Pairs {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let user = profile.user().filter(|user| user.at() + 1 < self.starts.len());
        Ok(Box::new(PairsServed { model: self, user }))
    }

    fn memory_bytes(&self) -> usize {
        size_of::<usize>() * self.starts.capacity() + size_of::<(ItemIx, f64)>() * self.kept.capacity()
    }
}

/// The scores of one user. Guests have none, and edits change nothing: the file does not say how its scores were
/// computed.
struct PairsServed {
    model: Arc<Pairs>,
    user: Option<UserIx>,
}

impl Served for PairsServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let user = self.user.ok_or(NoScore::UnknownUser)?;
        let row = &self.model.kept[self.model.starts[user.at()]..self.model.starts[user.at() + 1]];
        let found = row.binary_search_by_key(&item, |(item, _)| *item);
        found.map(|at| row[at].1).map_err(|_| NoScore::NotImported)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let leaf = Explanation::base(format!("from {}", self.model.shown), score);
        Ok(Explanation::of_model(self.model.name.clone(), score).of_parts(vec![leaf]))
    }

    fn fallback(&self, _: Option<ItemIx>) -> Option<f64> {
        (self.model.unit == Unit::Rating).then(|| self.model.dataset.mean())
    }
}
