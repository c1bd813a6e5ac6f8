use super::spec::{Estimate, EstimatorSpec, NO_OVERLAP, expected};
use crate::bandit::ope::log::Logged;

pub(super) static SWITCH_DR: EstimatorSpec = EstimatorSpec {
    name: "switch-dr",
    formula: "mean of sum p q + w (r - q), the second term only where w <= tau",
    doc: "doubly robust (Wang, Agarwal and Dudik 2017) that leaves rows of large weight to q",
    estimate: |evidence| {
        let expected = expected(evidence)?;
        let direct = evidence.expected_of_target(expected);
        let off = |row: &Logged| match evidence.weight(row) {
            weight if weight <= evidence.knobs.tau => weight * (row.reward - expected[row.action]),
            _ => 0.0,
        };
        Estimate::mean(evidence.rows.iter().map(|row| direct + off(row))).ok_or(NO_OVERLAP)
    },
};
