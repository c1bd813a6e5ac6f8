use std::sync::Arc;

use super::{SPEC, SessionKnn};
use crate::data::{ItemIx, UserIx};
use crate::models::{About, Explanation, NoScore, PartKind, Profile, Scores, Served};
use crate::task::{Cancel, Cancelled};

/// A rating of the profile that counts.
#[derive(Clone, Copy, Debug)]
struct Current {
    item: u32,
    rating: f64,
    /// Decay times rarity.
    weight: f64,
    steps_back: usize,
}

/// A session near the profile.
#[derive(Clone, Copy, Debug)]
struct Near {
    session: usize,
    /// Σ of the weights of the common items.
    common: f64,
    support: u32,
    /// 1 / √ of the session's length.
    scale: f64,
}

pub(super) struct Serving {
    model: Arc<SessionKnn>,
    /// What counts of the profile, items ascending.
    current: Vec<Current>,
    /// The nearest sessions, nearest first.
    near: Vec<Near>,
}

impl Serving {
    /// Finds the sessions. O(Σ sessions of the profile's items).
    pub fn open(model: Arc<SessionKnn>, profile: &Profile, cancel: &Cancel) -> Result<Self, Cancelled> {
        cancel.check()?;
        let current = current(&model, profile);
        let near = nearest(&model, profile, &current, cancel)?;
        Ok(Self { model, current, near })
    }

    /// What the profile says of `item` itself, which must not speak for it.
    fn own(&self, item: u32) -> Option<&Current> {
        let at = self.current.binary_search_by_key(&item, |c| c.item).ok()?;
        Some(&self.current[at])
    }

    /// The similarity of a session that has `item`, as if the profile had not rated the item; `None` where they have
    /// nothing else in common. The nearest sessions stay those of the whole profile.
    #[inline]
    fn similarity(near: &Near, own: Option<&Current>) -> Option<f64> {
        match own {
            None => Some(near.common * near.scale),
            Some(own) if near.support > 1 => Some((near.common - own.weight) * near.scale),
            Some(_) => None,
        }
    }

    /// The sessions that speak for `item`, nearest first, with their similarities.
    fn voices(&self, item: ItemIx) -> Result<impl Iterator<Item = (&Near, f64)>, NoScore> {
        NoScore::check(&self.model.dataset, item, self.current.is_empty())?;
        let (own, sessions) = (self.own(item.0), &self.model.sessions);
        let has_item = move |near: &&Near| sessions.get(near.session).items.binary_search(&item.0).is_ok();
        let near = self.near.iter().filter(has_item);
        Ok(near.filter_map(move |near| Some((near, Self::similarity(near, own)?))))
    }

    /// The ratings that a session shares with the profile, but for `item`.
    fn shared(&self, near: &Near, item: ItemIx) -> impl Iterator<Item = &Current> {
        let items = self.model.sessions.get(near.session).items;
        let others = self.current.iter().filter(move |c| c.item != item.0);
        others.filter(move |c| items.binary_search(&c.item).is_ok())
    }

    fn rated(current: &Current, value: f64) -> Explanation {
        Explanation::rated(ItemIx(current.item), value)
            .number("rating", current.rating)
            .count("steps-back", current.steps_back)
            .number("affinity", current.weight)
    }

    fn neighbor(&self, near: &Near, similarity: f64, item: ItemIx) -> Explanation {
        let session = self.model.sessions.get(near.session);
        let owner = About::User(UserIx(session.owner));
        let mut node = Explanation::leaf(PartKind::Neighbor, "", owner, similarity)
            .number("similarity", similarity)
            .count(
                "support",
                near.support as usize - usize::from(self.own(item.0).is_some()),
            )
            .count("items", session.items.len());
        if let Some(ended) = session.ended {
            node = node.number("ended", ended as f64);
        }
        let shared = self.shared(near, item);
        node.of_parts(shared.map(|c| Self::rated(c, c.weight * near.scale)).collect())
    }
}

/// The ratings of the profile that count, with their weights.
fn current(model: &SessionKnn, profile: &Profile) -> Vec<Current> {
    let order = model.chronology.of_profile(&model.dataset, profile);
    let n = order.len().min(model.settings.last);
    let latest = order.into_iter().rev().take(n).enumerate();
    let mut current: Vec<Current> = latest
        .map(|(steps_back, at)| {
            let row = profile.rows()[at];
            let rarity = if model.settings.by_rarity {
                model.sessions.rarity(row.item.0)
            } else {
                1.0
            };
            Current {
                item: row.item.0,
                rating: row.rating,
                weight: model.settings.decay.weight(steps_back, n) * rarity,
                steps_back,
            }
        })
        .collect();
    current.sort_unstable_by_key(|c| c.item);
    current
}

/// The k nearest of the latest sessions that share an item with the profile, none of them its own.
fn nearest(
    model: &SessionKnn,
    profile: &Profile,
    current: &[Current],
    cancel: &Cancel,
) -> Result<Vec<Near>, Cancelled> {
    let sessions = &model.sessions;
    let mut sums = vec![(0.0, 0u32); sessions.len()];
    for c in current {
        cancel.check()?;
        for &session in sessions.with(c.item) {
            let (common, support) = &mut sums[session as usize];
            *common += c.weight;
            *support += 1;
        }
    }
    let own = profile.user().map(|u| u.0);
    let sharing = sums.into_iter().enumerate().filter(|(_, (_, support))| *support > 0);
    let others = sharing.map(|(at, sums)| (at, sums, sessions.get(at)));
    let mut near: Vec<Near> = others
        .filter(|(_, _, session)| Some(session.owner) != own)
        .take(model.settings.sample)
        .map(|(at, (common, support), session)| Near {
            session: at,
            common,
            support,
            scale: 1.0 / (session.items.len() as f64).sqrt(),
        })
        .collect();
    // Of equally near ones the one that ended last.
    let similarity = |n: &Near| n.common * n.scale;
    near.sort_by(|a, b| similarity(b).total_cmp(&similarity(a)).then(a.session.cmp(&b.session)));
    near.truncate(model.settings.k);
    Ok(near)
}

impl Served for Serving {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let (mut sum, mut heard) = (0.0, 0);
        for (_, similarity) in self.voices(item)? {
            sum += similarity;
            heard += 1;
        }
        if heard == 0 { Err(NoScore::NoNeighbors) } else { Ok(sum) }
    }

    /// Session by session, in the order of `score`: the same bits.
    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let n = self.model.dataset.n_items();
        let (mut sums, mut heard) = (vec![0.0; n], vec![false; n]);
        let mut own = vec![None; n];
        for current in &self.current {
            own[current.item as usize] = Some(current);
        }
        for near in &self.near {
            cancel.check()?;
            for &item in self.model.sessions.get(near.session).items {
                if let Some(similarity) = Self::similarity(near, own[item as usize]) {
                    sums[item as usize] += similarity;
                    heard[item as usize] = true;
                }
            }
        }
        let mut scores = Scores::unknown(n);
        for item in self.model.dataset.items().filter(|i| heard[i.at()]) {
            scores.set(item, sums[item.at()]);
        }
        Ok(scores)
    }

    /// By session, and in each by what it shares with the profile.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let children = self
            .voices(item)?
            .map(|(near, similarity)| self.neighbor(near, similarity, item));
        Ok(Explanation::of_model(SPEC.name, score).of_parts(children.collect()))
    }

    /// By rating: its share in the similarity of every session that speaks.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let score = self.score(item)?;
        let mut shares = vec![0.0; self.current.len()];
        for (near, _) in self.voices(item)? {
            for c in self.shared(near, item) {
                if let Ok(at) = self.current.binary_search_by_key(&c.item, |c| c.item) {
                    shares[at] += c.weight * near.scale;
                }
            }
        }
        let speaking = self.current.iter().zip(shares).filter(|(_, share)| *share != 0.0);
        let children = speaking.map(|(c, share)| Self::rated(c, share)).collect();
        Ok(Some(Explanation::of_model(SPEC.name, score).of_parts(children)))
    }
}
