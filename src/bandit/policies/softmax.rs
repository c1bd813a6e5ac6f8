use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally};
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static SOFTMAX: PolicySpec = PolicySpec {
    name: "softmax",
    title: "Softmax",
    doc: "better means are taken more often; how much more depends on tau alone, not on how sure one is",
    formula: "probability of an arm proportional to exp(mean / tau)",
    parameters: &[Parameter {
        name: "tau",
        doc: "temperature: towards 0 only the best mean, towards infinity any arm",
        min: 0.001,
        max: 1000.0,
        default: 0.1,
    }],
    paper: "Luce 1959, Individual choice behavior; Cesa-Bianchi and Fischer 1998",
    build: |values, setting| {
        Box::new(Softmax {
            tau: values[0],
            probabilities: vec![0.0; setting.arms],
        })
    },
};

#[derive(Clone, Debug)]
struct Softmax {
    tau: f64,
    probabilities: Vec<f64>,
}

impl Softmax {
    fn weigh(&mut self, tally: &Tally) {
        let top = (0..tally.arms()).map(|arm| tally.mean(arm)).fold(0.0, f64::max);
        let mut sum = 0.0;
        for (arm, p) in self.probabilities.iter_mut().enumerate() {
            *p = ((tally.mean(arm) - top) / self.tau).exp();
            sum += *p;
        }
        self.probabilities.iter_mut().for_each(|p| *p /= sum);
    }
}

impl Policy for Softmax {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled() {
            return Choice::of(arm, How::Initial);
        }
        self.weigh(tally);
        Choice::drawn(&self.probabilities, stream)
    }

    fn resume(&mut self, _: &Tally) -> bool {
        true
    }

    fn propensities(&self, tally: &Tally) -> Option<Vec<f64>> {
        if let Some(first) = tally.unpulled() {
            return Some((0..tally.arms()).map(|arm| f64::from(arm == first)).collect());
        }
        let mut copy = self.clone();
        copy.weigh(tally);
        Some(copy.probabilities)
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Probability
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        if let Some(first) = tally.unpulled() {
            return (0..tally.arms()).map(|arm| Some(f64::from(arm == first))).collect();
        }
        self.weigh(tally);
        self.probabilities.iter().copied().map(Some).collect()
    }
}
