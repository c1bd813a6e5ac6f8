use serde::Serialize;

use super::srm::SampleRatio;

/// What one test, or one interval, says of two arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    pub name: &'static str,
    /// The statistic that `p` is read from; for `bayes` P(B > A).
    pub statistic: Option<f64>,
    /// The two-sided p-value.
    pub p: Option<f64>,
    /// The interval of what `of` names.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The estimate in the middle of the interval, B against A.
    pub estimate: Option<f64>,
    /// What estimate and interval are about: `difference` (B − A), `lift` ((B − A) / A), `odds-ratio`, `share`.
    pub of: &'static str,
    /// Further figures by name.
    #[serde(flatten)]
    pub more: More,
    /// Why there is no answer, or what is to be known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Figures that few tests have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct More {
    /// Degrees of freedom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// The standard error of the estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<f64>,
    /// What is lost on average where B is chosen: E[(θ_A − θ_B)₊].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_loss: Option<f64>,
    /// The slope on what was measured before (CUPED).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theta: Option<f64>,
    /// The variance left of that without CUPED, 1 − ρ².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_ratio: Option<f64>,
    /// Something is wrong with how users were divided (p below .001).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<bool>,
}

impl Tested {
    /// A test of the difference B − A, nothing said yet.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            statistic: None,
            p: None,
            low: None,
            high: None,
            estimate: None,
            of: "difference",
            more: More::default(),
            note: None,
        }
    }

    /// What could not be said, and why.
    pub(super) fn silent(name: &'static str, why: &str) -> Self {
        Self {
            note: Some(why.to_owned()),
            ..Self::new(name)
        }
    }

    pub(super) fn about(mut self, of: &'static str, estimate: f64) -> Self {
        self.of = of;
        self.estimate = Some(estimate);
        self
    }

    pub(super) fn tested(mut self, statistic: f64, p: f64) -> Self {
        self.statistic = Some(statistic);
        self.p = Some(p.clamp(0.0, 1.0));
        self
    }

    pub(super) fn within(mut self, (low, high): (f64, f64)) -> Self {
        self.low = Some(low);
        self.high = Some(high);
        self
    }

    /// Whether arms have the shares of users that they should, as a test among others.
    pub fn of_sample_ratio(ratio: Option<SampleRatio>) -> Self {
        let Some(ratio) = ratio else {
            return Self::silent("srm", "shares above 0 are needed, and users");
        };
        let mut told = Self::new("srm").tested(ratio.statistic, ratio.p);
        told.more.alarm = Some(ratio.alarm);
        if ratio.alarm {
            told.note = Some("users are not divided as planned: nothing is to be concluded".to_owned());
        }
        told
    }

    /// Nothing infinite leaves: what is not finite is not said.
    pub(super) fn sealed(mut self) -> Self {
        let kept = |x: Option<f64>| x.filter(|x| x.is_finite());
        self.statistic = kept(self.statistic);
        self.p = kept(self.p);
        self.estimate = kept(self.estimate);
        (self.low, self.high) = (kept(self.low), kept(self.high));
        if self.statistic.is_none() && self.p.is_none() && self.low.is_none() && self.note.is_none() {
            self.note = Some("it is not defined for these counts".to_owned());
        }
        self
    }
}
