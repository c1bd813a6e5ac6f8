use super::by_context::{ByContext, ContextRule};
use super::linear::{LAMBDA, Ridge};
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static LINUCB: PolicySpec = PolicySpec {
    name: "linucb",
    title: "LinUCB",
    doc: "optimism about people it knows something of: the rate of an arm is linear in the context x",
    formula: "theta x + alpha sqrt(x A^-1 x), A = lambda I + sum of x x', theta = A^-1 sum of r x, one for every arm",
    parameters: &[
        Parameter {
            name: "alpha",
            doc: "width of the margin",
            min: 0.0,
            max: 100.0,
            default: 1.0,
        },
        LAMBDA,
    ],
    paper: "Li, Chu, Langford and Schapire 2010, A contextual-bandit approach to personalized news article recommendation",
    build: |values, setting| {
        let ridge = Ridge::new(values[1], setting.features);
        ByContext::boxed(LinUcb { alpha: values[0] }, ridge, setting)
    },
};

#[derive(Clone, Debug)]
struct LinUcb {
    alpha: f64,
}

impl ContextRule for LinUcb {
    const KIND: FigureKind = FigureKind::Index;
    type Arm = Ridge;

    fn learn(&self, arm: &mut Ridge, x: &[f64], pulls: f64, successes: f64) {
        arm.learn(x, pulls, successes);
    }

    fn figure(&self, arm: &Ridge, x: &[f64], _: &mut Stream) -> f64 {
        let (mean, width) = arm.predict(x);
        mean + self.alpha * width
    }
}
