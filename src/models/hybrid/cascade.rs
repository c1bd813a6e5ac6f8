use std::sync::Arc;

use crate::data::ItemIx;
use crate::models::{Explanation, NoScore, Profile, Recommender, Scores, Served, Serving, Unit};
use crate::task::{Cancel, Cancelled};

/// Each stage passes its `keep` best items to the next; items that reach the last stage get its score.
pub(super) struct Cascade {
    pub name: String,
    pub stages: Vec<(String, Arc<dyn Recommender>)>,
    pub keep: usize,
}

struct ServedCascade {
    model: Arc<Cascade>,
    stages: Vec<Serving>,
    /// For each stage but the last, the score and index of the lowest-ranked item that it kept.
    cuts: Vec<Option<(f64, ItemIx)>>,
}

impl Recommender for Cascade {
    fn unit(&self) -> Unit {
        self.stages.last().map_or(Unit::Score, |(_, model)| model.unit())
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let mut served = ServedCascade {
            stages: Vec::with_capacity(self.stages.len()),
            cuts: Vec::new(),
            model: Arc::clone(&self),
        };
        for (n, (_, model)) in self.stages.iter().enumerate() {
            let stage = Serving::open(model, Arc::clone(&profile), cancel)?;
            if n + 1 < self.stages.len() {
                let candidates = |item| !profile.contains(item) && served.cut_before(n, item).is_none();
                let kept = stage.scores(cancel)?.best(self.keep, candidates);
                served.cuts.push(kept.last().map(|(item, score)| (*score, *item)));
            }
            served.stages.push(stage);
        }
        Ok(Box::new(served))
    }

    fn note(&self) -> Option<String> {
        super::notes(self.stages.iter().map(|(_, model)| model))
    }

    fn memory_bytes(&self) -> usize {
        self.stages.iter().map(|(_, model)| model.memory_bytes()).sum()
    }
}

impl ServedCascade {
    /// The first stage before `end` that did not keep `item`. Rated items are treated as candidates.
    fn cut_before(&self, end: usize, item: ItemIx) -> Option<usize> {
        (0..end.min(self.cuts.len())).find(|&n| {
            let Ok(score) = self.stages[n].score(item) else {
                return true;
            };
            self.cuts[n].is_none_or(|(last, at)| score < last || (score == last && item > at))
        })
    }

    fn explain_by(&self, item: ItemIx, by_history: bool) -> Result<Explanation, NoScore> {
        let value = self.score(item)?;
        let last = self.stages.last().ok_or(NoScore::BelowCut)?;
        let mut tree = last.explain_by(item, by_history)?;
        if let Some((name, _)) = self.model.stages.last() {
            tree.label = name.clone().into();
        }
        let mut root = Explanation::of_hybrid(
            "cascade",
            &self.model.name,
            value,
            "the last stage's score, for what the stages before it kept",
        )
        .count("keep", self.model.keep);
        for (n, cut) in self.cuts.iter().enumerate() {
            let (stage, model) = (&self.stages[n], &self.model.stages[n]);
            root = root.text("stage", &model.0);
            if let (Ok(score), Some((last, _))) = (stage.score(item), cut) {
                root = root.number("stage-score", score).number("stage-cut", *last);
            }
        }
        Ok(root.of_parts(vec![tree]))
    }
}

impl Served for ServedCascade {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        match (self.cut_before(self.cuts.len(), item), self.stages.last()) {
            (None, Some(last)) => last.score(item),
            _ => Err(NoScore::BelowCut),
        }
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let Some(last) = self.stages.last() else {
            return Ok(Scores::default());
        };
        let final_scores = last.scores(cancel)?;
        let mut all = Scores::unknown(final_scores.n_items());
        for (item, score) in final_scores.iter() {
            if item.0 % 1024 == 0 {
                cancel.check()?;
            }
            if self.cut_before(self.cuts.len(), item).is_none() {
                all.set(item, score);
            }
        }
        Ok(all)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.explain_by(item, false)
    }

    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        self.explain_by(item, true).map(Some)
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        self.stages.last()?.fallback(item)
    }
}
