use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally, highest};

/// A formula that gives each arm a number from its counts; arms are pulled once first, then the best number wins.
pub(super) trait IndexRule: Clone + Send + Sync + 'static {
    /// Whether the highest or the lowest wins.
    const KIND: FigureKind = FigureKind::Index;
    /// What all arms share at one pull, such as ln t.
    type Shared;
    /// Computed once a pull.
    fn shared(&self, tally: &Tally) -> Self::Shared;
    /// The index of an arm that was pulled at least once.
    fn index(&self, tally: &Tally, arm: usize, shared: &Self::Shared) -> f64;
}

/// The policy that follows an [`IndexRule`].
#[derive(Clone, Debug)]
pub(super) struct ByIndex<R> {
    rule: R,
    indices: Vec<f64>,
}

impl<R: IndexRule> ByIndex<R> {
    pub fn boxed(rule: R, arms: usize) -> Box<dyn Policy> {
        Box::new(Self {
            rule,
            indices: vec![0.0; arms],
        })
    }
}

impl<R: IndexRule> Policy for ByIndex<R> {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled() {
            return Choice::of(arm, How::Initial);
        }
        let shared = self.rule.shared(tally);
        for arm in 0..tally.arms() {
            self.indices[arm] = if tally.pulls()[arm] == 0 {
                // Its first outcome is still waited for.
                f64::INFINITY
            } else {
                let index = self.rule.index(tally, arm, &shared);
                if R::KIND == FigureKind::LowIndex { -index } else { index }
            };
        }
        Choice::of(highest(&self.indices, stream), How::Best)
    }

    fn resume(&mut self, _: &Tally) -> bool {
        true
    }

    fn figure_kind(&self) -> FigureKind {
        R::KIND
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        let shared = self.rule.shared(tally);
        let index = |arm| (tally.pulls()[arm] > 0).then(|| self.rule.index(tally, arm, &shared));
        (0..tally.arms()).map(index).collect()
    }
}
