use rand::RngExt;

use super::thompson::{STRENGTH, Thompson};
use crate::bandit::policy::{Choice, FigureKind, How, Outcome, Policy, Stream, Tally};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static TOP_TWO_THOMPSON: PolicySpec = PolicySpec {
    name: "top-two-thompson",
    title: "Top-two Thompson",
    doc: "made to find the best arm soon: part of the pulls go to the rival that is most likely to be better",
    formula: "leader = highest draw of Beta(1 + S, 1 + N - S); with probability beta the leader, else drawn anew until another wins; with a guess m of the rate as thompson",
    parameters: &[
        Parameter {
            name: "beta",
            doc: "how often the leader itself is taken",
            min: 0.0,
            max: 1.0,
            default: 0.5,
        },
        STRENGTH,
    ],
    paper: "Russo 2016, Simple Bayesian algorithms for best arm identification",
    build: |values, setting| {
        Box::new(TopTwo {
            beta: values[0],
            thompson: Thompson::new((1.0, 1.0), values[1], setting),
        })
    },
};

/// Once the best arm is all but certain another hardly ever wins: after so many draws the posterior decides.
const REDRAWS: usize = 1000;

#[derive(Clone, Debug)]
struct TopTwo {
    beta: f64,
    thompson: Thompson,
}

impl TopTwo {
    /// The choice, and the stream as it stood before the draws that decided it.
    fn decide(&mut self, tally: &Tally, stream: &mut Stream) -> (Choice, Stream) {
        let mut before = stream.clone();
        let leader = self.thompson.choose(tally, stream).arm;
        if tally.arms() == 1 || stream.random::<f64>() < self.beta {
            return (Choice::of(leader, How::Best), before);
        }
        for _ in 0..REDRAWS {
            before.clone_from(stream);
            let arm = self.thompson.choose(tally, stream).arm;
            if arm != leader {
                return (Choice::of(arm, How::Rival), before);
            }
        }
        (Choice::of(self.thompson.runner_up(leader), How::Rival), before)
    }
}

impl Policy for TopTwo {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        self.decide(tally, stream).0
    }

    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        self.thompson.learn(outcome, tally);
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        self.thompson.resume(tally)
    }

    /// Arm i is the leader with p_i = P(best); as the rival of a leader j it has p_i / (1 − p_j).
    fn probabilities(&self, tally: &Tally) -> Option<Vec<f64>> {
        let best = self.thompson.probabilities(tally)?;
        let rival = |arm: usize| {
            let leaders = (0..best.len()).filter(|&leader| leader != arm && best[leader] < 1.0);
            leaders
                .map(|leader| best[leader] * best[arm] / (1.0 - best[leader]))
                .sum::<f64>()
        };
        let share = |arm: usize| self.beta * best[arm] + (1.0 - self.beta) * rival(arm);
        Some(match best.len() {
            1 => best,
            _ => (0..best.len()).map(share).collect(),
        })
    }

    fn prior(&self, arm: usize) -> Option<(f64, f64)> {
        self.thompson.prior(arm)
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Draw
    }

    /// The draws that decide: those of the leader, or those that another arm wins.
    fn figures(&mut self, tally: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        let (_, mut before) = self.decide(tally, stream);
        self.thompson.figures(tally, &mut before)
    }
}
