use super::linear::{LAMBDA, Ridge};
use crate::bandit::policy::{Choice, FigureKind, NO_CONTEXT, Outcome, Policy, Setting, Stream, Tally};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static SQUARECB: PolicySpec = PolicySpec {
    name: "squarecb",
    title: "SquareCB",
    doc: "draws arms by how far their predicted rate lies below the best one: regression is all it needs",
    formula: "p = 1 / (K + g (f_best - f)), the rest to the best; f = theta x by ridge regression, g = gamma t^exponent",
    parameters: &[
        Parameter {
            name: "gamma",
            doc: "how much less likely a worse arm is",
            min: 0.0,
            max: 1e6,
            default: 10.0,
        },
        Parameter {
            name: "exponent",
            doc: "how that grows with pulls: 0 not at all, 0.5 as in Vowpal Wabbit",
            min: 0.0,
            max: 2.0,
            default: 0.5,
        },
        LAMBDA,
    ],
    paper: "Foster and Rakhlin 2020, Beyond UCB: optimal and efficient contextual bandits with regression oracles",
    build: |values, setting| Box::new(SquareCb::new((values[0], values[1]), values[2], setting)),
};

/// Inverse gap weighting over a ridge regression for every arm.
#[derive(Clone, Debug)]
struct SquareCb {
    gamma: f64,
    exponent: f64,
    blank: Ridge,
    arms: Vec<Ridge>,
    context: Vec<f64>,
    /// To be written over.
    probabilities: Vec<f64>,
}

impl SquareCb {
    fn new((gamma, exponent): (f64, f64), lambda: f64, setting: &Setting<'_>) -> Self {
        let blank = Ridge::new(lambda, setting.features);
        Self {
            gamma,
            exponent,
            arms: vec![blank.clone(); setting.arms],
            blank,
            context: NO_CONTEXT.to_vec(),
            probabilities: vec![0.0; setting.arms],
        }
    }

    /// The probability of every arm for the person at hand: of equally good ones the first is the best.
    fn weigh(&mut self, pulls: u64) {
        for (p, arm) in self.probabilities.iter_mut().zip(&self.arms) {
            *p = arm.predict(&self.context).0;
        }
        let gamma = self.gamma * (pulls.max(1) as f64).powf(self.exponent);
        weigh_gaps(&mut self.probabilities, gamma);
    }
}

/// Makes predictions into probabilities: 1 / (K + γ(f_best − f)), and what is left to the best.
fn weigh_gaps(figures: &mut [f64], gamma: f64) {
    let arms = figures.len() as f64;
    let mut best = 0;
    for (at, figure) in figures.iter().enumerate() {
        if *figure > figures[best] {
            best = at;
        }
    }
    let Some(highest) = figures.get(best).copied() else {
        return;
    };
    let mut left = 1.0;
    for (at, figure) in figures.iter_mut().enumerate() {
        *figure = 1.0 / (arms + gamma * (highest - *figure));
        left -= if at == best { 0.0 } else { *figure };
    }
    figures[best] = left;
}

impl Policy for SquareCb {
    fn see(&mut self, context: &[f64]) {
        self.context.clear();
        self.context.extend_from_slice(context);
    }

    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        self.weigh(tally.total());
        Choice::drawn(&self.probabilities, stream)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, _: &Tally) {
        self.arms[outcome.arm].learn(outcome.context, 1.0, f64::from(outcome.reward));
    }

    /// Counts tell nothing of contexts: they are taken as made without.
    fn resume(&mut self, tally: &Tally) -> bool {
        if self.context != NO_CONTEXT {
            return false;
        }
        let counts = tally.pulls().iter().zip(tally.successes());
        for (arm, (pulls, successes)) in self.arms.iter_mut().zip(counts) {
            arm.learn(NO_CONTEXT, *pulls as f64, *successes as f64);
        }
        true
    }

    fn grow(&mut self, _: Option<f64>) -> bool {
        self.arms.push(self.blank.clone());
        self.probabilities.push(0.0);
        true
    }

    fn propensities(&self, tally: &Tally) -> Option<Vec<f64>> {
        let mut copy = self.clone();
        copy.weigh(tally.total());
        Some(copy.probabilities)
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Probability
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        self.weigh(tally.total());
        self.probabilities.iter().copied().map(Some).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_paper() {
        // K = 3, gamma = 10: 1/(3 + 10 * .3), 1/(3 + 10 * .1), and the rest.
        let mut figures = [0.2, 0.5, 0.4];
        weigh_gaps(&mut figures, 10.0);
        for (found, expected) in figures.iter().zip([1.0 / 6.0, 1.0 - 1.0 / 6.0 - 0.25, 0.25]) {
            assert!((found - expected).abs() < 1e-15, "{figures:?}");
        }
        // Without gamma all are alike, and so are equal predictions.
        for (mut figures, gamma) in [([0.1, 0.9, 0.3], 0.0), ([0.4; 3], 50.0)] {
            weigh_gaps(&mut figures, gamma);
            assert!(figures.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-15), "{figures:?}");
        }
        weigh_gaps(&mut [], 1.0);
    }

    #[test]
    fn it_predicts_by_ridge_regression_from_counts() {
        let mut policy = SquareCb::new((10.0, 0.5), 1.0, &Setting::plain(2, 100));
        let tally = Tally::of(&[30, 4], &[50, 10]);
        assert!(policy.resume(&tally));
        let found = policy.propensities(&tally).unwrap();
        let gap = 30.0 / 51.0 - 4.0 / 11.0;
        let expected = 1.0 / (2.0 + 10.0 * 60f64.sqrt() * gap);
        assert!((found[1] - expected).abs() < 1e-12 && (found[0] - (1.0 - expected)).abs() < 1e-12);
    }
}
