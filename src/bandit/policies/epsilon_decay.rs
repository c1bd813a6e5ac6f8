use rand::RngExt;

use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally, highest};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static EPSILON_DECAY: PolicySpec = PolicySpec {
    name: "epsilon-decay",
    title: "Decaying ε-greedy",
    doc: "ε-greedy that explores less and less; a wrong d makes it explore for ever or settle on a bad arm",
    formula: "epsilon = min(1, c K / (d^2 (t + 1))), else the highest mean, 0 for an arm never pulled",
    parameters: &[
        Parameter {
            name: "c",
            doc: "how much is explored",
            min: 0.0,
            max: 1000.0,
            default: 0.1,
        },
        Parameter {
            name: "d",
            doc: "the gap between the best arm and the next, as far as it is known",
            min: 0.001,
            max: 1.0,
            default: 0.1,
        },
    ],
    paper: "Auer, Cesa-Bianchi and Fischer 2002, Finite-time analysis of the multiarmed bandit problem",
    build: |values, setting| {
        Box::new(EpsilonDecay {
            constant: values[0] * setting.arms as f64 / (values[1] * values[1]),
            means: vec![0.0; setting.arms],
        })
    },
};

#[derive(Clone, Debug)]
struct EpsilonDecay {
    /// c K / d²
    constant: f64,
    means: Vec<f64>,
}

impl Policy for EpsilonDecay {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        let epsilon = self.constant / (tally.total() + 1) as f64;
        if stream.random::<f64>() < epsilon {
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

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Mean
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        (0..tally.arms()).map(|arm| Some(tally.mean(arm))).collect()
    }
}
