use crate::bandit::policy::{Choice, FigureKind, How, NO_CONTEXT, Outcome, Policy, Setting, Stream, Tally, highest};

/// What is learned of one arm from contexts and outcomes, and the figure that it makes of a context.
pub(super) trait ContextRule: Clone + Send + Sync + 'static {
    const KIND: FigureKind;
    /// What is known of one arm.
    type Arm: Clone + Send + Sync + 'static;
    /// Takes up `pulls` outcomes at x, so many of them successes.
    fn learn(&self, arm: &mut Self::Arm, x: &[f64], pulls: f64, successes: f64);
    /// The highest wins.
    fn figure(&self, arm: &Self::Arm, x: &[f64], stream: &mut Stream) -> f64;
}

/// The policy that follows a [`ContextRule`]: every arm has a model of its own, and the highest figure wins.
#[derive(Clone, Debug)]
pub(super) struct ByContext<R: ContextRule> {
    rule: R,
    /// An arm of which nothing is known.
    blank: R::Arm,
    arms: Vec<R::Arm>,
    context: Vec<f64>,
    figures: Vec<f64>,
}

impl<R: ContextRule> ByContext<R> {
    pub fn boxed(rule: R, arm: R::Arm, setting: &Setting<'_>) -> Box<dyn Policy> {
        Box::new(Self {
            rule,
            arms: vec![arm.clone(); setting.arms],
            blank: arm,
            context: NO_CONTEXT.to_vec(),
            figures: vec![0.0; setting.arms],
        })
    }

    fn compute(&mut self, stream: &mut Stream) {
        for (figure, arm) in self.figures.iter_mut().zip(&self.arms) {
            *figure = self.rule.figure(arm, &self.context, stream);
        }
    }
}

impl<R: ContextRule> Policy for ByContext<R> {
    fn see(&mut self, context: &[f64]) {
        self.context.clear();
        self.context.extend_from_slice(context);
    }

    fn choose(&mut self, _: &Tally, stream: &mut Stream) -> Choice {
        self.compute(stream);
        Choice::of(highest(&self.figures, stream), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, _: &Tally) {
        let success = f64::from(outcome.reward);
        self.rule
            .learn(&mut self.arms[outcome.arm], outcome.context, 1.0, success);
    }

    /// Counts tell nothing of contexts: they are taken as made without.
    fn resume(&mut self, tally: &Tally) -> bool {
        if self.context != NO_CONTEXT {
            return false;
        }
        for (arm, known) in self.arms.iter_mut().enumerate() {
            let (pulls, successes) = (tally.pulls()[arm] as f64, tally.successes()[arm] as f64);
            self.rule.learn(known, NO_CONTEXT, pulls, successes);
        }
        true
    }

    fn grow(&mut self, _: Option<f64>) -> bool {
        self.arms.push(self.blank.clone());
        self.figures.push(0.0);
        true
    }

    fn figure_kind(&self) -> FigureKind {
        R::KIND
    }

    fn figures(&mut self, _: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        self.compute(stream);
        self.figures.iter().copied().map(Some).collect()
    }
}
