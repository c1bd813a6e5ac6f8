use super::draws::{Draws, GENERATOR, SEED};
use super::{Assignment, SplitError, SplitSpec};
use crate::data::Dataset;
use crate::evaluate::numpy_rng::Draw;
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "strong",
    summary: "Keeps a share of the users out of training altogether; a part of their ratings is folded in, the others are tested (strong generalization).",
    parameters: &[
        Parameter {
            name: "users",
            range: Range::Real(0.0, 1.0),
            default: "0.2",
            doc: "the share of users that models have never seen",
        },
        Parameter {
            name: "ratio",
            range: Range::Real(0.0, 1.0),
            default: "0.8",
            doc: "the share of their ratings that is known of them",
        },
        SEED,
        GENERATOR,
    ],
    assign,
};

/// The round(users·n) users that a permutation puts last are held out; of the n ratings of each the round(ratio·n) with the
/// lowest drawn numbers, half to even, are known. Marlin 2004; Liang et al. 2018 evaluate so.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    let mut draws = Draws::of(params)?;
    let order = draws.permutation(dataset.n_users());
    let n_out = (params.real("users") * order.len() as f64).round_ties_even() as usize;
    let mut is_out = vec![false; order.len()];
    for &user in &order[order.len() - n_out..] {
        is_out[user as usize] = true;
    }
    let mut rows: Vec<(u32, f64, u32)> = Vec::new();
    for row in 0..dataset.n_ratings() {
        let (user, ..) = dataset.rating_in_file_order(row);
        if is_out[user.at()] {
            rows.push((user.0, draws.rand(), row as u32));
        }
    }
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut assignment = Assignment::hold_out(std::iter::repeat_n(false, dataset.n_ratings()));
    for user in rows.chunk_by(|a, b| a.0 == b.0) {
        let n_known = (params.real("ratio") * user.len() as f64).round_ties_even() as usize;
        for (n, &(.., row)) in user.iter().enumerate() {
            assignment.fold_in(row as usize, n < n_known);
        }
    }
    Ok(assignment)
}
