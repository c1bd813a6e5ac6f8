use rand::RngExt;
use rand_distr::StandardNormal;

use super::by_context::{ByContext, ContextRule};
use super::linear::{LAMBDA, Ridge};
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static LINTS: PolicySpec = PolicySpec {
    name: "lints",
    title: "Linear Thompson",
    doc: "Thompson sampling for people it knows something of: the rate of an arm is linear in the context x",
    formula: "highest draw of theta x, theta ~ N(A^-1 b, v^2 A^-1), A = lambda I + sum of x x', b = sum of r x",
    parameters: &[
        Parameter {
            name: "v",
            doc: "width of the posterior, as a standard deviation",
            min: 0.0,
            max: 100.0,
            default: 1.0,
        },
        LAMBDA,
    ],
    paper: "Agrawal and Goyal 2013, Thompson sampling for contextual bandits with linear payoffs",
    build: |values, setting| {
        let ridge = Ridge::new(values[1], setting.features);
        ByContext::boxed(LinTs { v: values[0] }, ridge, setting)
    },
};

#[derive(Clone, Debug)]
struct LinTs {
    v: f64,
}

impl ContextRule for LinTs {
    const KIND: FigureKind = FigureKind::Draw;
    type Arm = Ridge;

    fn learn(&self, arm: &mut Ridge, x: &[f64], pulls: f64, successes: f64) {
        arm.learn(x, pulls, successes);
    }

    /// A normal θ counts only by θᵀx, which is normal itself: it is drawn at once, without θ.
    fn figure(&self, arm: &Ridge, x: &[f64], stream: &mut Stream) -> f64 {
        let (mean, width) = arm.predict(x);
        mean + self.v * width * stream.sample::<f64, _>(StandardNormal)
    }
}
