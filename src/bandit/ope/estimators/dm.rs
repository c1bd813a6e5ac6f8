use super::spec::{Estimate, EstimatorSpec, expected};

pub(super) static DM: EstimatorSpec = EstimatorSpec {
    name: "dm",
    formula: "sum over actions of p q",
    doc: "the direct method: as right as q, whose own error is not in the interval",
    estimate: |evidence| {
        let value = evidence.expected_of_target(expected(evidence)?);
        let stderr = (evidence.rows.len() > 1).then_some(0.0);
        Ok(Estimate { value, stderr })
    },
};
