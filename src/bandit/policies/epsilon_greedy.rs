use rand::RngExt;

use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally, highest};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static EPSILON_GREEDY: PolicySpec = PolicySpec {
    name: "epsilon-greedy",
    title: "ε-greedy",
    doc: "the best mean so far, but any arm with probability epsilon: never stops paying for exploration",
    formula: "with probability epsilon any arm, else the highest mean",
    parameters: &[Parameter {
        name: "epsilon",
        doc: "how often any arm is taken, whatever is known",
        min: 0.0,
        max: 1.0,
        default: 0.1,
    }],
    paper: "Sutton and Barto 2018, Reinforcement learning, section 2.2",
    build: |values, setting| {
        Box::new(EpsilonGreedy {
            epsilon: values[0],
            means: vec![0.0; setting.arms],
        })
    },
};

#[derive(Clone, Debug)]
struct EpsilonGreedy {
    epsilon: f64,
    means: Vec<f64>,
}

impl Policy for EpsilonGreedy {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled() {
            return Choice::of(arm, How::Initial);
        }
        if stream.random::<f64>() < self.epsilon {
            return Choice::of(stream.random_range(0..tally.arms()), How::Explore);
        }
        for (arm, mean) in self.means.iter_mut().enumerate() {
            *mean = tally.mean(arm);
        }
        Choice::of(highest(&self.means, stream), How::Best)
    }

    fn resume(&mut self, _: &Tally) -> bool {
        true
    }

    fn propensities(&self, tally: &Tally) -> Option<Vec<f64>> {
        let arms = tally.arms();
        if let Some(first) = tally.unpulled() {
            return Some((0..arms).map(|arm| f64::from(arm == first)).collect());
        }
        let best = (0..arms).map(|arm| tally.mean(arm)).fold(f64::NEG_INFINITY, f64::max);
        let tied = (0..arms).filter(|arm| tally.mean(*arm) == best).count() as f64;
        let greedy = |arm: usize| {
            if tally.mean(arm) == best {
                (1.0 - self.epsilon) / tied
            } else {
                0.0
            }
        };
        Some((0..arms).map(|arm| self.epsilon / arms as f64 + greedy(arm)).collect())
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Mean
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        (0..tally.arms())
            .map(|arm| (tally.pulls()[arm] > 0).then(|| tally.mean(arm)))
            .collect()
    }
}
