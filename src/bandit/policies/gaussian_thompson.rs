use rand::RngExt;
use rand_distr::StandardNormal;

use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally, highest};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static GAUSSIAN_THOMPSON: PolicySpec = PolicySpec {
    name: "gaussian-thompson",
    title: "Gaussian Thompson sampling",
    doc: "Thompson sampling as if outcomes were normal: right for any outcomes, slower on yes-or-no ones",
    formula: "highest draw of N(m, v): 1/v = 1/tau^2 + N/sigma^2, m = (mean/tau^2 + S/sigma^2) v",
    parameters: &[
        Parameter {
            name: "mean",
            doc: "mean of the prior",
            min: -1000.0,
            max: 1000.0,
            default: 0.0,
        },
        Parameter {
            name: "tau",
            doc: "standard deviation of the prior",
            min: 0.001,
            max: 1000.0,
            default: 1.0,
        },
        Parameter {
            name: "sigma",
            doc: "standard deviation of an outcome",
            min: 0.001,
            max: 1000.0,
            default: 1.0,
        },
    ],
    paper: "Agrawal and Goyal 2013, Further optimal regret bounds for Thompson sampling",
    build: |values, setting| {
        Box::new(GaussianThompson {
            mean: values[0],
            prior: values[1].powi(-2),
            outcome: values[2].powi(-2),
            draws: vec![0.0; setting.arms],
        })
    },
};

#[derive(Clone, Debug)]
struct GaussianThompson {
    mean: f64,
    /// The precision 1/τ² of the prior.
    prior: f64,
    /// The precision 1/σ² of an outcome.
    outcome: f64,
    draws: Vec<f64>,
}

impl GaussianThompson {
    fn draw_all(&mut self, tally: &Tally, stream: &mut Stream) {
        for (arm, draw) in self.draws.iter_mut().enumerate() {
            let precision = self.prior + tally.count(arm) * self.outcome;
            let mean = (self.mean * self.prior + tally.successes()[arm] as f64 * self.outcome) / precision;
            *draw = mean + stream.sample::<f64, _>(StandardNormal) / precision.sqrt();
        }
    }
}

impl Policy for GaussianThompson {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        self.draw_all(tally, stream);
        Choice::of(highest(&self.draws, stream), How::Best)
    }

    fn resume(&mut self, _: &Tally) -> bool {
        true
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Draw
    }

    fn figures(&mut self, tally: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        self.draw_all(tally, stream);
        self.draws.iter().copied().map(Some).collect()
    }
}
