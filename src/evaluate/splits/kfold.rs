use super::draws::{Draws, GENERATOR, SEED};
use super::{Assignment, SplitError, SplitSpec};
use crate::data::Dataset;
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "kfold",
    summary: "Shuffles the ratings and cuts them into k equal blocks; each block is tested once, with all others for training.",
    parameters: &[
        Parameter {
            name: "k",
            range: Range::Whole(2, 1000),
            default: "5",
            doc: "the number of folds",
        },
        SEED,
        GENERATOR,
    ],
    assign,
};

/// k consecutive blocks of the shuffled rows, the first n mod k of them longer by one: Surprise's `KFold`.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    let (k, n) = (params.whole("k"), dataset.n_ratings());
    if n < k {
        return Err(SplitError(format!(
            "{k} folds need at least {k} ratings; there are {n}"
        )));
    }
    let order = Draws::of(params)?.permutation(n);
    let mut fold_of = vec![0; n];
    let mut start = 0;
    for fold in 0..k {
        let end = start + n / k + usize::from(fold < n % k);
        for &row in &order[start..end] {
            fold_of[row as usize] = fold as u16;
        }
        start = end;
    }
    Ok(Assignment::of_folds(k, fold_of))
}
