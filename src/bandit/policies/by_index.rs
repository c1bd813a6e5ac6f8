use crate::bandit::policy::{Choice, FigureKind, How, Outcome, Policy, Stream, Tally, highest};

/// A formula that gives each arm a number from its counts; arms are pulled once first, then the best number wins.
pub(super) trait IndexRule: Clone + Send + Sync + 'static {
    /// Whether the highest or the lowest wins.
    const KIND: FigureKind = FigureKind::Index;
    /// What all arms share at one pull, such as ln t.
    type Shared;
    /// Computed once a pull.
    fn shared(&self, tally: &Tally) -> Self::Shared;
    /// What of an index depends on N alone: computed when the arm is pulled, not for every arm at every pull.
    #[inline]
    fn by_pulls(&self, pulls: f64) -> f64 {
        pulls
    }
    /// The index of an arm that was pulled at least once: from S/N and [`IndexRule::by_pulls`] of N.
    fn index(&self, mean: f64, by_pulls: f64, shared: &Self::Shared) -> f64;
}

/// The policy that follows an [`IndexRule`].
#[derive(Clone, Debug)]
pub(super) struct ByIndex<R> {
    rule: R,
    by_pulls: Vec<f64>,
    /// Pulls that [`ByIndex::by_pulls`] knows of.
    known: u64,
    indices: Vec<f64>,
}

impl<R: IndexRule> ByIndex<R> {
    pub fn boxed(rule: R, arms: usize) -> Box<dyn Policy> {
        Box::new(Self {
            rule,
            by_pulls: vec![0.0; arms],
            known: 0,
            indices: vec![0.0; arms],
        })
    }
}

impl<R: IndexRule> Policy for ByIndex<R> {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled() {
            return Choice::of(arm, How::Initial);
        }
        if self.known != tally.total() {
            self.resume(tally);
        }
        let shared = self.rule.shared(tally);
        // Without looking anything up by place, so that several are computed at a time.
        let known = tally.means().iter().zip(&self.by_pulls);
        for (out, (mean, by_pulls)) in self.indices.iter_mut().zip(known) {
            let index = self.rule.index(*mean, *by_pulls, &shared);
            *out = if R::KIND == FigureKind::LowIndex { -index } else { index };
        }
        if tally.is_late() {
            // Arms whose first outcome is still waited for; asked once, as a branch an arm costs a quarter of the speed.
            let unknown = self.indices.iter_mut().zip(tally.pulls()).filter(|(_, n)| **n == 0);
            unknown.for_each(|(index, _)| *index = f64::INFINITY);
        }
        Choice::of(highest(&self.indices, stream), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        self.by_pulls[outcome.arm] = self.rule.by_pulls(tally.count(outcome.arm));
        self.known += 1;
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        let each = self.by_pulls.iter_mut().zip(tally.counts());
        each.for_each(|(out, pulls)| *out = self.rule.by_pulls(*pulls));
        self.known = tally.total();
        true
    }

    fn figure_kind(&self) -> FigureKind {
        R::KIND
    }

    fn figures(&mut self, tally: &Tally, _: &mut Stream) -> Vec<Option<f64>> {
        let shared = self.rule.shared(tally);
        let of = |arm| {
            self.rule
                .index(tally.mean(arm), self.rule.by_pulls(tally.count(arm)), &shared)
        };
        let index = |arm| (tally.pulls()[arm] > 0).then(|| of(arm));
        (0..tally.arms()).map(index).collect()
    }
}
