use crate::bandit::ope::evidence::Evidence;
use crate::bandit::ope::log::Logged;

/// What the policy is worth a pull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// The standard error, by the sample's standard deviation (n − 1); `None` for a single row.
    pub stderr: Option<f64>,
}

impl Estimate {
    /// The mean of one term a row, and its standard error. `None` for no term.
    pub fn mean(terms: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let n = terms.clone().count() as f64;
        let value = terms.clone().sum::<f64>() / n;
        let squares: f64 = terms.map(|x| (x - value).powi(2)).sum();
        (n > 0.0).then(|| Self {
            value,
            stderr: (n > 1.0).then(|| (squares / (n - 1.0) / n).sqrt()),
        })
    }
}

/// How a policy's worth is estimated.
#[derive(Debug)]
pub struct EstimatorSpec {
    pub name: &'static str,
    /// w = π(a)/propensity, r the reward, q̂ the expected reward, n rows.
    pub formula: &'static str,
    pub doc: &'static str,
    /// The estimate, or why there is none.
    pub estimate: fn(&Evidence<'_>) -> Result<Estimate, &'static str>,
}

pub(super) const NO_OVERLAP: &str = "no logged action is one that the policy takes";
pub(super) const NO_EXPECTED: &str = "the expected reward of an action is not known: give it by --q-hat";

/// q̂, or why there is none.
pub(super) fn expected<'a>(evidence: &'a Evidence<'_>) -> Result<&'a [f64], &'static str> {
    evidence.expected.as_deref().ok_or(NO_EXPECTED)
}

/// Σ w x / Σ w, and its standard error to first order.
pub(super) fn self_normalized(evidence: &Evidence<'_>, x: impl Fn(&Logged) -> f64) -> Result<Estimate, &'static str> {
    let sum: f64 = evidence.weights().sum();
    if sum <= 0.0 {
        return Err(NO_OVERLAP);
    }
    let value = evidence
        .rows
        .iter()
        .map(|row| evidence.weight(row) * x(row))
        .sum::<f64>()
        / sum;
    let scale = evidence.len() / sum;
    let influences = evidence
        .rows
        .iter()
        .map(|row| scale * evidence.weight(row) * (x(row) - value));
    let stderr = Estimate::mean(influences).and_then(|influence| influence.stderr);
    Ok(Estimate { value, stderr })
}
