use super::{Assignment, SplitError, SplitSpec, hold_out_of_each};
use crate::data::{Dataset, Moment};
use crate::models::{Parameter, Params, Range};

pub(super) static SPEC: SplitSpec = SplitSpec {
    name: "time",
    summary: "Trains on the earlier ratings and tests on the later ones, over all users or within each.",
    parameters: &[
        Parameter {
            name: "ratio",
            range: Range::Real(0.0, 1.0),
            default: "0.8",
            doc: "the share, earliest first, to train on",
        },
        Parameter {
            name: "by",
            range: Range::Choice(&["all", "user"]),
            default: "all",
            doc: "one moment for all users, or one for each",
        },
    ],
    assign,
};

/// The first round(ratio·n) rows by time, half to even, are for training; rows of the same moment go by the file, those
/// whose time is not known go first.
fn assign(dataset: &Dataset, params: &Params) -> Result<Assignment, SplitError> {
    if !dataset.has_times() {
        return Err(SplitError("these ratings have no times to split by".into()));
    }
    let by_user = params.word("by") == "user";
    let ratio = params.real("ratio");
    let mut rows: Vec<(u32, Option<Moment>, u32)> = (0..dataset.n_ratings())
        .map(|row| {
            let (user, _, _, time) = dataset.rating_in_file_order(row);
            (if by_user { user.0 } else { 0 }, time, row as u32)
        })
        .collect();
    rows.sort_unstable();
    Ok(hold_out_of_each(&rows, ratio))
}
