use super::spec::{Estimate, EstimatorSpec, NO_OVERLAP};

pub(super) static CLIPPED_IPS: EstimatorSpec = EstimatorSpec {
    name: "clipped-ips",
    formula: "mean of min(clip, w) r",
    doc: "calmer than IPS, and too low for rewards above 0 where a weight is clipped",
    estimate: |evidence| {
        let weight = |row| evidence.weight(row).min(evidence.knobs.clip);
        let terms = evidence.rows.iter().map(|row| weight(row) * row.reward);
        Estimate::mean(terms).ok_or(NO_OVERLAP)
    },
};
