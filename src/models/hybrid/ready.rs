//! Hybrids of parts that are at work already.

use std::sync::Arc;

use super::assemble;
use crate::data::{Dataset, ItemIx};
use crate::models::{Explanation, FitError, Formula, NoScore, Profile, Recommender, Scores, Served, Serving, Unit};
use crate::task::{Cancel, Cancelled};

/// A part of a hybrid that serves one profile, whatever profile it is asked for.
struct Ready(Arc<Serving>);

struct ServedReady(Arc<Serving>);

impl Recommender for Ready {
    fn unit(&self) -> Unit {
        self.0.unit()
    }

    fn serve(self: Arc<Self>, _profile: Arc<Profile>, _cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(ServedReady(Arc::clone(&self.0))))
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

impl Served for ServedReady {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.0.score(item)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        self.0.scores(cancel).map(|scores| Scores::clone(scores))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.0.explain(item)
    }

    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        self.0.explain_by_history(item)
    }

    fn parts(&self, item: ItemIx) -> Vec<f64> {
        self.0.parts(item)
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        self.0.fallback(item)
    }
}

/// The model of a formula whose parts serve one profile already: `part` gives each of [`Formula::fittables`]. It combines
/// their scores, which are computed at most once, and serves that profile only. `None` where a part is not there.
///
/// Serving it takes O(parts·items), and O(parts·items·ln items) where ranks are normalized by.
pub fn at_work(
    formula: &Formula,
    dataset: &Arc<Dataset>,
    part: impl Fn(&Formula) -> Option<Arc<Serving>>,
) -> Option<Arc<dyn Recommender>> {
    let mut ready = |formula: &Formula| match part(formula) {
        Some(serving) => Ok(Arc::new(Ready(serving)) as Arc<dyn Recommender>),
        None => Err(FitError::Unfit(format!("{formula} is not at work"))),
    };
    assemble(formula, dataset, &mut ready).ok()
}
