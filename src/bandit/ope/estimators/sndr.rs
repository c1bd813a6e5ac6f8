use super::spec::{Estimate, EstimatorSpec, expected, self_normalized};

pub(super) static SNDR: EstimatorSpec = EstimatorSpec {
    name: "sndr",
    formula: "sum p q + sum of w (r - q) / sum of w",
    doc: "doubly robust with its correction normalized by the weights, as SNIPS is",
    estimate: |evidence| {
        let expected = expected(evidence)?;
        let correction = self_normalized(evidence, |row| row.reward - expected[row.action])?;
        Ok(Estimate {
            value: evidence.expected_of_target(expected) + correction.value,
            ..correction
        })
    },
};
