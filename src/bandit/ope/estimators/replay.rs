use super::spec::{Estimate, EstimatorSpec, NO_OVERLAP};

pub(super) static REPLAY: EstimatorSpec = EstimatorSpec {
    name: "replay",
    formula: "mean of r over the rows whose action the policy takes",
    doc: "Li et al. 2011; for a policy that always takes one action, and right only where all were logged equally often",
    estimate: |evidence| {
        let taken = evidence.target.iter().position(|&p| p == 1.0);
        let taken = taken.ok_or("only for a policy that always takes the same action")?;
        let matches = evidence.rows.iter().filter(|row| row.action == taken);
        Estimate::mean(matches.map(|row| row.reward)).ok_or(NO_OVERLAP)
    },
};
