use super::spec::{Estimate, EstimatorSpec, NO_OVERLAP, expected};
use crate::bandit::ope::log::Logged;

pub(super) static DR: EstimatorSpec = EstimatorSpec {
    name: "dr",
    formula: "mean of sum p q + w (r - q)",
    doc: "doubly robust (Dudik, Langford and Li 2011): right on average if either propensities or q are",
    estimate: |evidence| {
        let expected = expected(evidence)?;
        let direct = evidence.expected_of_target(expected);
        let off = |row: &Logged| evidence.weight(row) * (row.reward - expected[row.action]);
        Estimate::mean(evidence.rows.iter().map(|row| direct + off(row))).ok_or(NO_OVERLAP)
    },
};
