use super::draws::{Draws, GENERATOR, SEED};
use super::{Assignment, SplitError, SplitSpec, hold_out_of_each};
use crate::data::Dataset;
use crate::evaluate::numpy_rng::Draw;
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "stratified",
    summary: "Trains on the same share of every item's (or every user's) ratings, picked at random.",
    parameters: &[
        Parameter {
            name: "by",
            range: Range::Choice(&["item", "user"]),
            default: "item",
            doc: "whose ratings are shared out",
        },
        Parameter {
            name: "ratio",
            range: Range::Real(0.0, 1.0),
            default: "0.75",
            doc: "the share of each that is trained on",
        },
        SEED,
        GENERATOR,
    ],
    assign,
};

/// Every row draws a number, in the order of the file; of the n rows of an item (or user) the round(ratio·n) with the
/// lowest numbers, half to even, are for training: the recommenders toolkit's `python_stratified_split`.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    let by_item = params.word("by") == "item";
    let ratio = params.real("ratio");
    let mut draws = Draws::of(params)?;
    let mut rows: Vec<(u32, f64, u32)> = (0..dataset.n_ratings())
        .map(|row| {
            let (user, item, ..) = dataset.rating_in_file_order(row);
            (if by_item { item.0 } else { user.0 }, draws.rand(), row as u32)
        })
        .collect();
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    Ok(hold_out_of_each(&rows, ratio))
}
