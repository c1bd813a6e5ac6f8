use crate::bandit::Posterior;
use crate::bandit::optimistic::{Optimism, Optimistic};
use crate::bandit::policy::{Choice, How, Outcome, Policy, Stream, Tally};
use crate::bandit::spec::PolicySpec;

pub(crate) static BAYES_UCB: PolicySpec = PolicySpec {
    name: "bayes-ucb",
    title: "Bayes-UCB",
    doc: "the upper end of what is believed of an arm, further up as time goes on",
    formula: "quantile 1 - 1/(t + 1) of Beta(1 + S, 1 + N - S)",
    parameters: &[],
    paper: "Kaufmann, Cappe and Garivier 2012, On Bayesian upper confidence bounds for bandit problems",
    build: |_, setting| {
        let flat = vec![Posterior::new(1.0, 1.0); setting.arms];
        Box::new(BayesUcb {
            arms: Optimistic::new(Surprise { posteriors: flat }, setting.arms),
        })
    },
};

/// The quantile is where −ln P(θ > q) reaches ln(t + 1); that function is convex, as Beta(α ≥ 1, β ≥ 1) is log-concave.
#[derive(Clone, Debug)]
struct Surprise {
    posteriors: Vec<Posterior>,
}

impl Optimism for Surprise {
    fn refresh(&mut self, tally: &Tally, arm: usize) {
        let (successes, pulls) = (tally.successes()[arm] as f64, tally.pulls()[arm] as f64);
        self.posteriors[arm] = Posterior::new(1.0 + successes, 1.0 + pulls - successes);
    }

    fn shared(&self, tally: &Tally) -> f64 {
        (tally.total() as f64).ln_1p()
    }

    fn target(&self, _: &Tally, _: usize, shared: f64) -> f64 {
        shared
    }

    fn at(&self, arm: usize, q: f64) -> (f64, f64) {
        self.posteriors[arm].surprise(q)
    }

    fn start(&self, arm: usize, _: f64, before: Option<f64>) -> f64 {
        let mean = self.posteriors[arm].mean();
        before.map_or(mean, |q| q.max(mean))
    }

    fn shortcut(&self, _: usize, target: f64) -> Option<f64> {
        (target <= 0.0).then_some(0.0)
    }
}

#[derive(Clone, Debug)]
struct BayesUcb {
    arms: Optimistic<Surprise>,
}

impl Policy for BayesUcb {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        Choice::of(self.arms.best(tally, stream), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        self.arms.learn(tally, outcome.arm);
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        (0..tally.arms()).for_each(|arm| self.arms.learn(tally, arm));
        true
    }

    fn prior(&self, _: usize) -> Option<(f64, f64)> {
        Some((1.0, 1.0))
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        self.arms.figures(tally, |_| true)
    }
}
