use rand_distr::{Beta, Distribution};

use crate::bandit::policy::{Choice, FigureKind, How, Policy, Setting, Stream, Tally, highest};
use crate::bandit::registry::{Parameter, PolicySpec};

pub(crate) static THOMPSON: PolicySpec = PolicySpec {
    name: "thompson",
    title: "Thompson sampling",
    doc: "draws a rate for each arm from what is believed of it, and takes the highest draw",
    formula: "highest draw of Beta(alpha + S, beta + N - S)",
    parameters: &[
        Parameter {
            name: "alpha",
            doc: "prior weight of success (0.5 and 0.5: Jeffreys' prior)",
            min: 0.001,
            max: 1e6,
            default: 1.0,
        },
        Parameter {
            name: "beta",
            doc: "prior weight of failure",
            min: 0.001,
            max: 1e6,
            default: 1.0,
        },
    ],
    paper: "Thompson 1933, On the likelihood that one unknown probability exceeds another; Chapelle and Li 2011",
    build: |values, setting| Box::new(Thompson::new(values[0], values[1], setting)),
};

/// Each arm's sampler is kept until the arm is pulled again: setting one up costs more than a draw.
#[derive(Clone, Debug)]
pub(super) struct Thompson {
    prior: (f64, f64),
    laws: Vec<Option<Beta<f64>>>,
    draws: Vec<f64>,
}

impl Thompson {
    pub(super) fn new(alpha: f64, beta: f64, setting: &Setting) -> Self {
        Self {
            prior: (alpha, beta),
            laws: vec![Beta::new(alpha, beta).ok(); setting.arms],
            draws: vec![0.0; setting.arms],
        }
    }

    /// One draw from what is believed of each arm.
    pub(super) fn sample(&mut self, stream: &mut Stream) -> &[f64] {
        for (draw, law) in self.draws.iter_mut().zip(&self.laws) {
            // There is a law for every positive α and β; the ranges of the parameters see to that.
            *draw = law.as_ref().map_or(0.5, |law| law.sample(stream));
        }
        &self.draws
    }
}

impl Policy for Thompson {
    fn choose(&mut self, _: &Tally, stream: &mut Stream) -> Choice {
        self.sample(stream);
        Choice {
            arm: highest(&self.draws, stream),
            how: How::Best,
        }
    }

    fn learn(&mut self, arm: usize, _: bool, tally: &Tally) {
        let successes = tally.successes()[arm] as f64;
        let failures = (tally.pulls()[arm] - tally.successes()[arm]) as f64;
        self.laws[arm] = Beta::new(self.prior.0 + successes, self.prior.1 + failures).ok();
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Draw
    }

    fn figures(&mut self, _: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        self.sample(stream).iter().copied().map(Some).collect()
    }

    fn boxed_clone(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
