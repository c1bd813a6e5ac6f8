use std::sync::{Arc, OnceLock};

use super::{ItemPool, notes};
use crate::data::{Dataset, ItemIx};
use crate::models::audience::of_all_users;
use crate::models::{
    About, Audience, Detail, Explanation, Ladder, NoScore, Norm, PartKind, Profile, Recommender, Scores, Served,
    Serving, Tallies, Unit,
};
use crate::task::{Cancel, Cancelled, Task};

pub(super) struct Component {
    pub name: String,
    pub weight: f64,
    pub model: Arc<dyn Recommender>,
}

/// Σ weight × normalized score. A component that cannot score the item, or whose scores are all equal, contributes 0. One of
/// weight 0 is left out: an item that it alone can score has no score.
pub(super) struct Weighted {
    pub name: String,
    pub n_items: usize,
    pub unit: Unit,
    pub norm: Norm,
    pub components: Vec<Component>,
}

struct ServedWeighted {
    model: Arc<Weighted>,
    /// Each component with its scores and pool; `None` for those left out.
    parts: Vec<Option<Part>>,
}

type Part = (Serving, Arc<Scores>, ItemPool);

impl Component {
    fn is_left_out(&self) -> bool {
        self.weight == 0.0
    }
}

impl Recommender for Weighted {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let mut parts = Vec::with_capacity(self.components.len());
        for component in &self.components {
            if component.is_left_out() {
                parts.push(None);
                continue;
            }
            let serving = Serving::open(&component.model, Arc::clone(&profile), cancel)?;
            let scores = Arc::clone(serving.scores(cancel)?);
            let pool = ItemPool::of(&scores, &profile, self.norm);
            parts.push(Some((serving, scores, pool)));
        }
        Ok(Box::new(ServedWeighted { model: self, parts }))
    }

    fn prepare_audience(&self, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
        for component in self.components.iter().filter(|c| !c.is_left_out()) {
            let model = &component.model;
            let knows = match self.norm {
                Norm::Rank => model.prepare_audience(data, task)? && prepare_ladders(model, data, task)?,
                _ => model.prepare_audience(data, task)? && model.reaches().is_some(),
            };
            if !knows {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        if self.norm == Norm::Rank {
            return self.audience_by_rank(data, item, task);
        }
        let mut whole = Audience::of(vec![None; data.n_users()]);
        whole.exact = matches!(self.norm, Norm::None | Norm::MinMax);
        for component in &self.components {
            if component.is_left_out() {
                whole.parts.push(vec![0.0; data.n_users()]);
                continue;
            }
            let Some(reaches) = component.model.reaches() else {
                return Ok(None);
            };
            let Some(own) = component.model.audience(data, item, task)? else {
                return Ok(None);
            };
            let mut shares = Vec::with_capacity(own.scores.len());
            for ((sum, score), reach) in whole.scores.iter_mut().zip(own.scores).zip(reaches) {
                let Some(pool) = ItemPool::of_reach(*reach, self.norm) else {
                    return Ok(None);
                };
                let share = score.map(|score| component.weight * pool.normalize(score));
                if let Some(share) = share {
                    *sum = Some(sum.unwrap_or(0.0) + share);
                }
                shares.push(share.unwrap_or_default());
            }
            whole.parts.push(shares);
        }
        Ok(Some(whole))
    }

    fn note(&self) -> Option<String> {
        notes(self.components.iter().map(|c| &c.model))
    }

    fn memory_bytes(&self) -> usize {
        self.components.iter().map(|c| c.model.memory_bytes()).sum()
    }
}

impl Weighted {
    /// See [`Recommender::audience`]; scores within bounds. The parts are those of the lower ones.
    fn audience_by_rank(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        let n = data.n_users();
        let mut whole = Audience {
            exact: false,
            upper: vec![0.0; n],
            ..Audience::of(vec![None; n])
        };
        for component in &self.components {
            let mut shares = vec![0.0; n];
            if !component.is_left_out() {
                let Some(ladders) = component.model.ladders().and_then(OnceLock::get) else {
                    return Ok(None);
                };
                let own = component.model.audience(data, item, task)?;
                let Some(own) = own.filter(|audience| audience.exact) else {
                    return Ok(None);
                };
                for (user, (score, ladder)) in own.scores.into_iter().zip(ladders).enumerate() {
                    let Some(score) = score else { continue };
                    // As in `score`, in its order.
                    let (low, high) = ladder.rank(score + 0.0);
                    let (a, b) = (component.weight * low, component.weight * high);
                    shares[user] = a.min(b);
                    whole.scores[user] = Some(whole.scores[user].unwrap_or(0.0) + a.min(b));
                    whole.upper[user] += a.max(b);
                }
            }
            whole.parts.push(shares);
        }
        Ok(Some(whole))
    }
}

/// Makes the ladders of everybody's scores, once. Returns whether the model has room for them.
fn prepare_ladders(model: &Arc<dyn Recommender>, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
    let Some(kept) = model.ladders() else {
        return Ok(false);
    };
    if kept.get().is_none() {
        let all = of_all_users(data, task, Tallies::default, |votes, profile| {
            let serving = Serving::open(model, Arc::new(profile), &task.cancel)?;
            Ok(Ladder::of(&mut serving.candidate_scores(votes, &task.cancel)?))
        })?;
        // Concurrent calls both compute; one result is kept.
        let _ = kept.set(all.into_iter().collect::<Result<_, Cancelled>>()?);
    }
    Ok(true)
}

impl ServedWeighted {
    /// Weight × normalized score of each component; `None` if it cannot score the item.
    fn shares(&self, item: ItemIx) -> impl Iterator<Item = Option<f64>> + '_ {
        let parts = self.parts.iter().zip(&self.model.components);
        parts.map(move |(part, c)| {
            let (_, scores, pool) = part.as_ref()?;
            scores.get(item).map(|s| c.weight * pool.normalize(s))
        })
    }

    fn explain_component(&self, n: usize, item: ItemIx, by_history: bool) -> Explanation {
        let Component { name, weight, .. } = &self.model.components[n];
        let about = About::Model(name.clone());
        let Some((serving, scores, pool)) = &self.parts[n] else {
            let missing = Explanation::leaf(PartKind::Missing, name.clone(), about, 0.0);
            return missing.number("weight", *weight).text("reason", "weight 0: left out");
        };
        let node = |kind, value| {
            Explanation::leaf(kind, name.clone(), about.clone(), value)
                .number("weight", *weight)
                .text("unit", serving.unit().name())
                .text("normalization", self.model.norm.name())
                .count("pool", pool.size)
        };
        let Some(raw) = scores.get(item) else {
            let reason = serving.score(item).err().unwrap_or(NoScore::NoComponent);
            return node(PartKind::Missing, 0.0).text("reason", reason.to_string());
        };
        let normalized = pool.normalize(raw);
        let mut whole = node(PartKind::Component, weight * normalized)
            .number("score", raw)
            .number("normalized", normalized);
        match self.model.norm {
            Norm::MinMax => whole = whole.number("min", pool.min).number("max", pool.max),
            Norm::ZScore => whole = whole.number("mean", pool.mean).number("deviation", pool.deviation),
            _ => {}
        }
        if pool.is_constant() && self.model.norm != Norm::None {
            return whole.text("note", "every candidate has the same score here, so it adds nothing");
        }
        let Ok(tree) = serving.explain_by(item, by_history) else {
            return whole;
        };
        let Some((factor, offset)) = pool.linear() else {
            whole.detail.push(("raw", Detail::Tree(Box::new(tree))));
            return whole;
        };
        whole
            .detail
            .extend(tree.detail.iter().filter(|(name, _)| *name != "unit").cloned());
        let mut children = if tree.children.is_empty() {
            vec![tree]
        } else {
            tree.children
        };
        children = children.into_iter().map(|c| c.scaled(weight * factor)).collect();
        if offset != 0.0 {
            let label = if self.model.norm == Norm::ZScore {
                "− mean / sd"
            } else {
                "− min / range"
            };
            children.push(Explanation::leaf(
                PartKind::Offset,
                label,
                About::Nothing,
                weight * offset,
            ));
        }
        whole.of_parts(children)
    }

    fn explain_by(&self, item: ItemIx, by_history: bool) -> Result<Explanation, NoScore> {
        let value = self.score(item)?;
        let root = Explanation::of_hybrid(
            "weighted sum",
            &self.model.name,
            value,
            "sum of weight × normalized score",
        )
        .text("normalization", self.model.norm.name());
        let components = (0..self.parts.len()).map(|n| self.explain_component(n, item, by_history));
        Ok(root.of_parts(components.collect()))
    }
}

impl Served for ServedWeighted {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let mut sum = None;
        for share in self.shares(item).flatten() {
            sum = Some(sum.unwrap_or(0.0) + share);
        }
        sum.ok_or(NoScore::NoComponent)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let mut all = Scores::unknown(self.model.n_items);
        // Component by component, in the order of `score`, for the same bits.
        for (part, component) in self.parts.iter().zip(&self.model.components) {
            cancel.check()?;
            let Some((_, scores, pool)) = part else { continue };
            let mut add = |share: &dyn Fn(f64) -> f64| {
                scores
                    .iter()
                    .for_each(|(item, score)| all.add(item, component.weight * share(score)));
            };
            match pool.linear() {
                Some((factor, offset)) if self.model.norm != Norm::None => add(&|score| score * factor + offset),
                _ => add(&|score| pool.normalize(score)),
            }
        }
        Ok(all.finite())
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.explain_by(item, false)
    }

    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        self.explain_by(item, true).map(Some)
    }

    fn parts(&self, item: ItemIx) -> Vec<f64> {
        self.shares(item).map(Option::unwrap_or_default).collect()
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let parts = self.parts.iter().zip(&self.model.components);
        parts
            .filter_map(|(part, c)| Some((part.as_ref()?, c)))
            .map(|((serving, ..), c)| serving.fallback(item).map(|f| c.weight * f))
            .sum()
    }
}
