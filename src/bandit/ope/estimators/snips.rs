use super::spec::{EstimatorSpec, self_normalized};

pub(super) static SNIPS: EstimatorSpec = EstimatorSpec {
    name: "snips",
    formula: "sum of w r / sum of w",
    doc: "Swaminathan and Joachims 2015: never beyond the rewards seen, at the price of a little bias",
    estimate: |evidence| self_normalized(evidence, |row| row.reward),
};
