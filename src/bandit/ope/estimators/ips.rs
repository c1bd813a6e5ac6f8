use super::spec::{Estimate, EstimatorSpec, NO_OVERLAP};

pub(super) static IPS: EstimatorSpec = EstimatorSpec {
    name: "ips",
    formula: "mean of w r",
    doc: "Horvitz and Thompson 1952: right on average, and wild where weights are large",
    estimate: |evidence| {
        let terms = evidence.rows.iter().map(|row| evidence.weight(row) * row.reward);
        Estimate::mean(terms).ok_or(NO_OVERLAP)
    },
};
