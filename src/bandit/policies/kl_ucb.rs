use crate::bandit::kl::{kl, kl_ceiling, kl_slope};
use crate::bandit::optimistic::{Optimism, Optimistic};
use crate::bandit::policy::{Choice, How, Outcome, Policy, Stream, Tally};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static KL_UCB: PolicySpec = PolicySpec {
    name: "kl-ucb",
    title: "KL-UCB",
    doc: "the highest rate that the outcomes of an arm still allow, measured as fits yes-or-no outcomes",
    formula: "highest q with N kl(mean, q) <= ln t + c ln ln t",
    parameters: &[Parameter {
        name: "c",
        doc: "weight of ln ln t: 0 in practice, 3 in the theorem",
        min: 0.0,
        max: 10.0,
        default: 0.0,
    }],
    paper: "Garivier and Cappe 2011, The KL-UCB algorithm for bounded stochastic bandits and beyond",
    build: |values, setting| KlUcb::boxed(Budget::Time { c: values[0] }, setting.arms),
};

pub(crate) static KL_UCB_PLUS: PolicySpec = PolicySpec {
    name: "kl-ucb-plus",
    title: "KL-UCB+",
    doc: "KL-UCB that doubts arms pulled often less; better in practice",
    formula: "highest q with N kl(mean, q) <= max(0, ln(t / N))",
    parameters: &[],
    paper: "Garivier and Cappe 2011, The KL-UCB algorithm for bounded stochastic bandits and beyond",
    build: |_, setting| KlUcb::boxed(Budget::PerPull, setting.arms),
};

/// How much evidence an index may contradict.
#[derive(Clone, Copy, Debug)]
enum Budget {
    /// ln t + c ln ln t
    Time { c: f64 },
    /// ln(t / N)
    PerPull,
}

#[derive(Clone, Debug)]
struct Divergence {
    budget: Budget,
    means: Vec<f64>,
}

impl Optimism for Divergence {
    fn refresh(&mut self, tally: &Tally, arm: usize) {
        self.means[arm] = tally.mean(arm);
    }

    fn shared(&self, tally: &Tally) -> f64 {
        let t = tally.total().max(1) as f64;
        match self.budget {
            Budget::Time { c: 0.0 } => t.ln(),
            Budget::Time { c } => t.ln() + c * t.ln().max(f64::MIN_POSITIVE).ln(),
            Budget::PerPull => t,
        }
    }

    fn target(&self, tally: &Tally, arm: usize, shared: f64) -> f64 {
        let pulls = tally.count(arm).max(1.0);
        let budget = match self.budget {
            Budget::Time { .. } => shared,
            Budget::PerPull => (shared / pulls).ln(),
        };
        budget.max(0.0) / pulls
    }

    fn at(&self, arm: usize, q: f64) -> (f64, f64) {
        let p = self.means[arm];
        (kl(p, q), kl_slope(p, q))
    }

    /// One pull moves an index little: the one before is near, unless it lies where the divergence is flat.
    fn start(&self, arm: usize, target: f64, before: Option<f64>) -> f64 {
        let p = self.means[arm];
        let is_near = |q: &f64| *q < 1.0 && *q - p > 0.3 * (target / 2.0).sqrt();
        before.filter(is_near).unwrap_or_else(|| kl_ceiling(p, target))
    }

    fn shortcut(&self, arm: usize, target: f64) -> Option<f64> {
        let p = self.means[arm];
        if target <= 0.0 || p >= 1.0 {
            Some(p)
        } else if p <= 0.0 {
            Some(-(-target).exp_m1())
        } else {
            None
        }
    }
}

#[derive(Clone, Debug)]
struct KlUcb {
    arms: Optimistic<Divergence>,
}

impl KlUcb {
    fn boxed(budget: Budget, arms: usize) -> Box<dyn Policy> {
        let means = vec![0.0; arms];
        Box::new(Self {
            arms: Optimistic::new(Divergence { budget, means }, arms),
        })
    }
}

impl Policy for KlUcb {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled() {
            return Choice::of(arm, How::Initial);
        }
        Choice::of(self.arms.best(tally, stream), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        self.arms.learn(tally, outcome.arm);
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        (0..tally.arms()).for_each(|arm| self.arms.learn(tally, arm));
        true
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        self.arms.figures(tally, |arm| tally.pulls()[arm] > 0)
    }
}
