use super::draws::{Draws, GENERATOR, SEED};
use super::{Assignment, SplitError, SplitSpec};
use crate::data::{Dataset, Moment};
use crate::evaluate::numpy_rng::Draw;
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "leave-one-out",
    summary: "Tests one rating of every user who has enough of them, and trains on all others.",
    parameters: &[
        Parameter {
            name: "pick",
            range: Range::Choice(&["random", "last"]),
            default: "random",
            doc: "which rating is tested: any, or the user's latest",
        },
        Parameter {
            name: "min",
            range: Range::Whole(1, u64::MAX),
            default: "2",
            doc: "users with fewer ratings are only trained on",
        },
        SEED,
        GENERATOR,
    ],
    assign,
};

/// Every row is given a number, drawn in the order of the file, or its time. Of each user the row with the highest is
/// tested; of equal ones the later in the file.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    let by_time = params.word("pick") == "last";
    if by_time && !dataset.has_times() {
        return Err(SplitError("these ratings have no times: use pick=random".into()));
    }
    let enough = params.whole("min");
    let mut draws = Draws::of(params)?;
    let mut highest: Vec<Option<(Option<Moment>, f64, usize)>> = vec![None; dataset.n_users()];
    for row in 0..dataset.n_ratings() {
        let (user, _, _, time) = dataset.rating_in_file_order(row);
        let (time, number) = if by_time { (time, 0.0) } else { (None, draws.rand()) };
        let best = &mut highest[user.at()];
        if best.is_none_or(|(latest, top, _)| (time, number) >= (latest, top)) {
            *best = Some((time, number, row));
        }
    }
    let mut is_test = vec![false; dataset.n_ratings()];
    for (user, best) in dataset.users().zip(highest) {
        if let Some((.., row)) = best.filter(|_| dataset.user_row(user).len() >= enough) {
            is_test[row] = true;
        }
    }
    Ok(Assignment::hold_out(is_test))
}
