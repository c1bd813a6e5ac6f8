use serde::Serialize;

use crate::experiment::{Counts, Proportions, RATES, Tested, test_proportions};

/// Two arms of counts, and what every test says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountedView {
    pub a: CountedArm,
    pub b: CountedArm,
    /// 1 − the level of the intervals.
    pub alpha: f64,
    /// τ² of the mixture SPRT.
    pub tau2: f64,
    pub tests: Vec<Tested>,
}

/// One arm with the intervals of its rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountedArm {
    pub clicks: u64,
    pub views: u64,
    pub rate: f64,
    pub intervals: Vec<RateInterval>,
}

/// An interval of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateInterval {
    pub name: &'static str,
    pub low: f64,
    pub high: f64,
}

fn arm(counts: Counts, alpha: f64) -> CountedArm {
    let interval = |spec: &&crate::experiment::RateSpec| {
        let (low, high) = (spec.interval)(counts, alpha);
        RateInterval {
            name: spec.name,
            low,
            high,
        }
    };
    CountedArm {
        clicks: counts.clicks,
        views: counts.views,
        rate: counts.rate(),
        intervals: RATES.iter().map(interval).collect(),
    }
}

/// Every test of two proportions.
pub fn counted(arms: &Proportions) -> CountedView {
    CountedView {
        a: arm(arms.a, arms.alpha),
        b: arm(arms.b, arms.alpha),
        alpha: arms.alpha,
        tau2: arms.tau2,
        tests: test_proportions(arms),
    }
}
