use super::welch::welch;
use super::{MeanSpec, Measured};
use crate::experiment::special::mean_and_variance;
use crate::experiment::tested::Tested;

pub(super) static CUPED: MeanSpec = MeanSpec {
    name: "cuped",
    formula: "Welch on y − θ(x − x̄), x from before the experiment, θ = cov(x, y) / var(x) over both arms",
    doc: "Deng, Xu, Kohavi and Walker 2013: what users were like before is taken out",
    applies: |measured| measured.before.is_some(),
    test: |measured, _| Ok(test(measured)),
};

/// What is left after users' past is taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct Cuped {
    pub theta: f64,
    /// 1 − ρ²: the variance left, of that before. 1 where x tells nothing.
    pub variance_ratio: f64,
    /// The adjusted values of both arms.
    pub adjusted: [Vec<f64>; 2],
}

/// Adjusts the values y of two arms by the values x from before. `None` where x does not vary, or lengths differ.
///
/// θ is of all users as one sample. O(users).
pub fn cuped(y: [&[f64]; 2], x: [&[f64]; 2]) -> Option<Cuped> {
    if y[0].len() != x[0].len() || y[1].len() != x[1].len() {
        return None;
    }
    let joined = |v: [&[f64]; 2]| v.concat();
    let (xs, ys) = (joined(x), joined(y));
    let ((mean_x, variance_x), (mean_y, variance_y)) = (mean_and_variance(&xs)?, mean_and_variance(&ys)?);
    let (variance_x, variance_y) = (variance_x?, variance_y?);
    if variance_x <= 0.0 {
        return None;
    }
    let products: f64 = xs.iter().zip(&ys).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let covariance = products / (xs.len() as f64 - 1.0);
    let theta = covariance / variance_x;
    let rho2 = if variance_y > 0.0 {
        covariance * covariance / (variance_x * variance_y)
    } else {
        0.0
    };
    let adjust = |arm: usize| {
        y[arm]
            .iter()
            .zip(x[arm])
            .map(|(y, x)| y - theta * (x - mean_x))
            .collect()
    };
    Some(Cuped {
        theta,
        variance_ratio: (1.0 - rho2).clamp(0.0, 1.0),
        adjusted: [adjust(0), adjust(1)],
    })
}

fn test(measured: &Measured<'_>) -> Tested {
    let Some(before) = measured.before else {
        return Tested::silent("cuped", "nothing was measured before");
    };
    let Some(cuped) = cuped([measured.a, measured.b], before) else {
        return Tested::silent("cuped", "what was measured before does not vary");
    };
    let adjusted = Measured {
        a: &cuped.adjusted[0],
        b: &cuped.adjusted[1],
        ..*measured
    };
    let mut told = welch("cuped", &adjusted);
    told.more.theta = Some(cuped.theta);
    told.more.variance_ratio = Some(cuped.variance_ratio);
    told
}
