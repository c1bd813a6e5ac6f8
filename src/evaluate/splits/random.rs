use super::draws::{Draws, GENERATOR, SEED};
use super::{Assignment, SplitError, SplitSpec};
use crate::data::Dataset;
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "random",
    summary: "Shuffles the ratings and trains on a share of them.",
    parameters: &[
        Parameter {
            name: "ratio",
            range: Range::Real(0.0, 1.0),
            default: "0.8",
            doc: "the share to train on",
        },
        SEED,
        GENERATOR,
    ],
    assign,
};

/// The first n − ⌊ratio·n⌋ of the shuffled rows are the test: scikit-learn's `train_test_split(train_size=ratio)`.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    let n = dataset.n_ratings();
    let n_train = (params.real("ratio") * n as f64).floor() as usize;
    let order = Draws::of(params)?.permutation(n);
    let mut is_test = vec![false; n];
    for &row in &order[..n - n_train] {
        is_test[row as usize] = true;
    }
    Ok(Assignment::hold_out(is_test))
}
