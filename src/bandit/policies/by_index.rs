use crate::bandit::policy::{Choice, FigureKind, How, Policy, Stream, Tally, highest};

/// A formula that gives each arm a number from its counts; arms are pulled once first, then the best number wins.
pub(super) trait IndexRule: Clone + Send + Sync + 'static {
    /// Whether the highest or the lowest wins.
    const KIND: FigureKind = FigureKind::Index;
    /// What all arms share at one pull, such as ln t.
    type Shared;
    /// Computed once a pull.
    fn shared(&self, tally: &Tally) -> Self::Shared;
    /// The index of an arm that was pulled at least once: from S/N and N.
    fn index(&self, mean: f64, pulls: f64, shared: &Self::Shared) -> f64;
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
        // Without looking anything up by place, so that several are computed at a time.
        let known = tally.means().iter().zip(tally.counts());
        for (out, (mean, pulls)) in self.indices.iter_mut().zip(known) {
            let index = self.rule.index(*mean, *pulls, &shared);
            *out = if R::KIND == FigureKind::LowIndex { -index } else { index };
        }
        if tally.is_late() {
            // Arms whose first outcome is still waited for; asked once, as a branch an arm costs a quarter of the speed.
            let unknown = self.indices.iter_mut().zip(tally.pulls()).filter(|(_, n)| **n == 0);
            unknown.for_each(|(index, _)| *index = f64::INFINITY);
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
        let index = |arm| (tally.pulls()[arm] > 0).then(|| self.rule.index(tally.mean(arm), tally.count(arm), &shared));
        (0..tally.arms()).map(index).collect()
    }
}
