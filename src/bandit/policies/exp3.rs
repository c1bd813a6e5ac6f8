use crate::bandit::policy::{Choice, FigureKind, Outcome, Policy, Setting, Stream, Tally};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static EXP3: PolicySpec = PolicySpec {
    name: "exp3",
    title: "EXP3",
    doc: "assumes an adversary picks the outcomes; pays for that where outcomes are plain chance",
    formula: "p = (1 - gamma) w / sum w + gamma / K; after reward r: w of the arm times exp(gamma r / (p K))",
    parameters: &[Parameter {
        name: "gamma",
        doc: "share of pulls spread over all arms, and speed of learning",
        min: 0.0,
        max: 1.0,
        default: 0.1,
    }],
    paper: "Auer, Cesa-Bianchi, Freund and Schapire 2002, The nonstochastic multiarmed bandit problem",
    build: |values, setting| Box::new(Exp3::new(values[0], setting)),
};

/// Weights sum to 1: the rule depends on their proportions only, and they would grow beyond all bounds.
#[derive(Clone, Debug)]
pub(super) struct Exp3 {
    gamma: f64,
    pub(super) weights: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Exp3 {
    pub(super) fn new(gamma: f64, setting: &Setting<'_>) -> Self {
        let even = vec![1.0 / setting.arms as f64; setting.arms];
        Self {
            gamma,
            weights: even.clone(),
            probabilities: even,
        }
    }

    fn normalize(&mut self) {
        let arms = self.weights.len() as f64;
        let sum: f64 = self.weights.iter().sum();
        for (weight, p) in self.weights.iter_mut().zip(&mut self.probabilities) {
            // A weight that falls to 0 could never rise again.
            *weight = (*weight / sum).max(f64::MIN_POSITIVE);
            *p = (1.0 - self.gamma) * *weight + self.gamma / arms;
        }
    }
}

impl Policy for Exp3 {
    fn choose(&mut self, _: &Tally, stream: &mut Stream) -> Choice {
        Choice::drawn(&self.probabilities, stream)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, _: &Tally) {
        // exp(0) = 1: a failure changes no weight.
        if !outcome.reward {
            return;
        }
        let arms = self.weights.len() as f64;
        self.weights[outcome.arm] *= (self.gamma / (outcome.chance * arms)).exp();
        self.normalize();
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        tally.total() == 0
    }

    /// The new arm gets the average weight: as likely as the others are on average, which keep their proportions.
    fn grow(&mut self, _: Option<f64>) -> bool {
        let arms = self.weights.len() as f64;
        self.weights.push(1.0 / arms);
        self.probabilities.push(0.0);
        self.normalize();
        true
    }

    fn propensities(&self, _: &Tally) -> Option<Vec<f64>> {
        Some(self.probabilities.clone())
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Probability
    }

    fn figures(&mut self, _: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        self.probabilities.iter().copied().map(Some).collect()
    }
}
