use rand::RngExt;

use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally};
use crate::bandit::spec::PolicySpec;

pub(crate) static RANDOM: PolicySpec = PolicySpec {
    name: "random",
    title: "Random",
    doc: "any arm, always: learns nothing, and is what the others have to beat",
    formula: "1 / K for every arm",
    parameters: &[],
    paper: "",
    build: |_, _| Box::new(Random),
};

#[derive(Clone, Debug)]
struct Random;

impl Policy for Random {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        Choice::of(stream.random_range(0..tally.arms()), How::Explore)
    }

    fn resume(&mut self, _: &Tally) -> bool {
        true
    }

    fn propensities(&self, tally: &Tally) -> Option<Vec<f64>> {
        Some(vec![1.0 / tally.arms() as f64; tally.arms()])
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Probability
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        vec![Some(1.0 / tally.arms() as f64); tally.arms()]
    }
}
