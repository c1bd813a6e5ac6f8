//! For every item those that speak for it, and how much: the item-to-item tables of another program.

use std::path::Path;
use std::sync::Arc;

use super::{FACTORS, Import, shown, unfit};
use crate::data::{ItemIx, for_each_row};
use crate::models::fit::Training;
use crate::models::item_weights::{Affinity, ItemWeights, LinearModel, SparseWeights};
use crate::models::params::{Parameter, Params, Range};
use crate::models::recommender::{FitContext, Fitted};
use crate::models::scores::Unit;
use crate::models::spec::{LowRatings, ModelSpec};
use crate::task::Report;

/// The column of those who speak; `item` is the one that they speak for.
pub(super) const NEIGHBOR: &str = "neighbor";
const ITEM: &str = "item";

/// What the column may be called that says how much.
pub(super) const MEASURES: [&str; 5] = ["llr", "cosine", "similarity", "weight", "score"];

/// Whether a rating counts by its value where nobody says otherwise.
pub(super) fn weighs_ratings(measure: &str) -> bool {
    measure == "cosine"
}

/// The spec that all imports of item rows share.
pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "item rows",
    title: "Similar items from elsewhere",
    formula: "score(u, i) = Σ_j a(u, j)·s(i, j) over the rated items j among those of i;  a = 1, or the rating",
    parameters: &[Parameter {
        name: "values",
        range: Range::Choice(&["binary", "ratings"]),
        default: "binary",
        doc: "what a rated item counts: 1, or its rating, which is the default for cosine",
    }],
    unit: |_| Unit::Score,
    low_ratings: |params| match params.word("values") {
        "ratings" => LowRatings::Weighed,
        _ => LowRatings::Counted,
    },
    fit: Training::elsewhere(false),
    ..FACTORS
};

/// Reads the table and matches it to the dataset. O(rows · log of a row's length).
pub(super) fn open(
    import: &Import,
    (path, measure): (&Path, &'static str),
    context: &FitContext,
    params: &Params,
) -> Fitted {
    let (data, task) = (&context.dataset, &context.task);
    let stage = format!("reading {}", import.name);
    task.progress.say(|| Report::of(stage, 0, None, "rows"));
    // For every item of the data those that speak for it.
    let mut speakers: Vec<Vec<(u32, f32)>> = vec![Vec::new(); data.n_items()];
    let (mut rows, mut unmatched) = (0u64, 0u64);
    for_each_row(path, task, &mut |row| {
        let (item, neighbor, much) = (row.id(ITEM)?, row.id(NEIGHBOR)?, row.number(measure)?);
        rows += 1;
        if !(much as f32).is_finite() {
            return Err(format!("its {measure} is too large to add up"));
        }
        match (data.find_item(&item), data.find_item(&neighbor)) {
            // Nothing speaks for itself.
            (Some(item), Some(neighbor)) if item != neighbor => speakers[item.at()].push((neighbor.0, much as f32)),
            (Some(_), Some(_)) => {}
            _ => unmatched += 1,
        }
        Ok(())
    })?;
    if rows == unmatched {
        let why = format!("none of its {rows} rows is of two items of the dataset");
        return Err(unfit(&shown(path), why));
    }
    for (item, list) in speakers.iter_mut().enumerate() {
        list.sort_unstable_by_key(|entry| entry.0);
        if let Some(twice) = list.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let name = |at: u32| crate::data::printable(data.item_id(ItemIx(at)));
            let why = format!("item {} has the neighbor {} twice", name(item as u32), name(twice[0].0));
            return Err(unfit(&shown(path), why));
        }
    }
    import.set_notice(
        (unmatched > 0).then(|| format!("{unmatched} of its {rows} rows are of items that are not in the dataset")),
    );
    Ok(Arc::new(LinearModel {
        name: import.name.clone().into(),
        unit: Unit::Score,
        dataset: Arc::clone(data),
        weights: Arc::new(ItemWeights::Sparse(SparseWeights::of_listeners(&speakers))),
        affinity: Affinity {
            by_rating: params.word("values") == "ratings",
            ..Affinity::default()
        },
        spared: None,
        weight_name: if weighs_ratings(measure) {
            "similarity"
        } else {
            "weight"
        },
    }))
}
