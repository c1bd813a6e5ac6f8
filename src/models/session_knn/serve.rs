use std::sync::Arc;

use super::{SPEC, SessionKnn};
use crate::data::{ItemIx, UserIx};
use crate::models::{About, Explanation, NoScore, PartKind, Profile, Scores, Served};
use crate::task::{Cancel, Cancelled};

/// One of the latest ratings of the profile.
#[derive(Clone, Copy, Debug)]
struct LatestRating {
    item: u32,
    rating: f64,
    /// Decay × idf.
    weight: f64,
    steps_back: usize,
}

/// A session that shares items with the profile.
#[derive(Clone, Copy, Debug)]
struct NearSession {
    session: usize,
    /// Σ of the weights of the common items.
    common: f64,
    /// The number of common items.
    support: u32,
    /// 1 / √(length of the session).
    scale: f64,
}

pub(super) struct ServedSessionKnn {
    model: Arc<SessionKnn>,
    /// Items ascending.
    ratings: Vec<LatestRating>,
    /// Nearest first.
    near: Vec<NearSession>,
}

impl ServedSessionKnn {
    /// Finds the nearest sessions. O(Σ sessions of the profile's items).
    pub fn open(model: Arc<SessionKnn>, profile: &Profile, cancel: &Cancel) -> Result<Self, Cancelled> {
        cancel.check()?;
        let ratings = latest_ratings(&model, profile);
        let near = nearest(&model, profile, &ratings, cancel)?;
        Ok(Self { model, ratings, near })
    }

    /// The profile's own rating of `item`, which must not count for its score.
    fn own(&self, item: u32) -> Option<&LatestRating> {
        let at = self.ratings.binary_search_by_key(&item, |c| c.item).ok()?;
        Some(&self.ratings[at])
    }

    /// The similarity of a session that contains an item, without the profile's `own` rating of it; `None` if they share
    /// nothing else. The nearest sessions remain those of the whole profile.
    #[inline]
    fn similarity(near: &NearSession, own: Option<&LatestRating>) -> Option<f64> {
        match own {
            None => Some(near.common * near.scale),
            Some(own) if near.support > 1 => Some((near.common - own.weight) * near.scale),
            Some(_) => None,
        }
    }

    /// The nearest sessions that contain `item`, nearest first, with their similarities.
    fn sessions_with(&self, item: ItemIx) -> Result<impl Iterator<Item = (&NearSession, f64)>, NoScore> {
        NoScore::check(&self.model.dataset, item, self.ratings.is_empty())?;
        let (own, sessions) = (self.own(item.0), &self.model.sessions);
        let has_item = move |near: &&NearSession| sessions.get(near.session).items.binary_search(&item.0).is_ok();
        let near = self.near.iter().filter(has_item);
        Ok(near.filter_map(move |near| Some((near, Self::similarity(near, own)?))))
    }

    /// The profile's ratings of the session's items, except `item`.
    fn shared(&self, near: &NearSession, item: ItemIx) -> impl Iterator<Item = &LatestRating> {
        let items = self.model.sessions.get(near.session).items;
        let others = self.ratings.iter().filter(move |c| c.item != item.0);
        others.filter(move |c| items.binary_search(&c.item).is_ok())
    }

    fn rated(rating: &LatestRating, value: f64) -> Explanation {
        Explanation::rated(ItemIx(rating.item), value)
            .number("rating", rating.rating)
            .count("steps-back", rating.steps_back)
            .number("affinity", rating.weight)
    }

    fn neighbor(&self, near: &NearSession, similarity: f64, item: ItemIx) -> Explanation {
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

/// The latest ratings of the profile, with their weights.
fn latest_ratings(model: &SessionKnn, profile: &Profile) -> Vec<LatestRating> {
    let order = model.chronology.of_profile(&model.dataset, profile);
    let n = order.len().min(model.settings.last);
    let latest = order.into_iter().rev().take(n).enumerate();
    let mut ratings: Vec<LatestRating> = latest
        .map(|(steps_back, at)| {
            let row = profile.rows()[at];
            let idf = if model.settings.use_idf {
                model.sessions.idf(row.item.0)
            } else {
                1.0
            };
            LatestRating {
                item: row.item.0,
                rating: row.rating,
                weight: model.settings.decay.weight(steps_back, n) * idf,
                steps_back,
            }
        })
        .collect();
    ratings.sort_unstable_by_key(|c| c.item);
    ratings
}

/// The k nearest of the latest sessions that share an item with the profile, excluding the user's own.
fn nearest(
    model: &SessionKnn,
    profile: &Profile,
    ratings: &[LatestRating],
    cancel: &Cancel,
) -> Result<Vec<NearSession>, Cancelled> {
    let sessions = &model.sessions;
    let mut sums = vec![(0.0, 0u32); sessions.len()];
    for c in ratings {
        cancel.check()?;
        for &session in sessions.containing(c.item) {
            let (common, support) = &mut sums[session as usize];
            *common += c.weight;
            *support += 1;
        }
    }
    let own = profile.user().map(|u| u.0);
    let sharing = sums.into_iter().enumerate().filter(|(_, (_, support))| *support > 0);
    let others = sharing.map(|(at, sums)| (at, sums, sessions.get(at)));
    let mut near: Vec<NearSession> = others
        .filter(|(_, _, session)| Some(session.owner) != own)
        .take(model.settings.sample)
        .map(|(at, (common, support), session)| NearSession {
            session: at,
            common,
            support,
            scale: 1.0 / (session.items.len() as f64).sqrt(),
        })
        .collect();
    // Ties: the latest session first.
    let similarity = |n: &NearSession| n.common * n.scale;
    near.sort_by(|a, b| similarity(b).total_cmp(&similarity(a)).then(a.session.cmp(&b.session)));
    near.truncate(model.settings.k);
    Ok(near)
}

impl Served for ServedSessionKnn {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let (mut sum, mut n) = (0.0, 0);
        for (_, similarity) in self.sessions_with(item)? {
            sum += similarity;
            n += 1;
        }
        if n == 0 { Err(NoScore::NoNeighbors) } else { Ok(sum) }
    }

    /// Adds the sessions in the order of `score`, for the same bits.
    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let n = self.model.dataset.n_items();
        let (mut sums, mut is_scored) = (vec![0.0; n], vec![false; n]);
        let mut own = vec![None; n];
        for rating in &self.ratings {
            own[rating.item as usize] = Some(rating);
        }
        for near in &self.near {
            cancel.check()?;
            for &item in self.model.sessions.get(near.session).items {
                if let Some(similarity) = Self::similarity(near, own[item as usize]) {
                    sums[item as usize] += similarity;
                    is_scored[item as usize] = true;
                }
            }
        }
        let mut scores = Scores::unknown(n);
        for item in self.model.dataset.items().filter(|i| is_scored[i.at()]) {
            scores.set(item, sums[item.at()]);
        }
        Ok(scores)
    }

    /// One child per session, with its shared ratings.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let children = self
            .sessions_with(item)?
            .map(|(near, similarity)| self.neighbor(near, similarity, item));
        Ok(Explanation::of_model(SPEC.name, score).of_parts(children.collect()))
    }

    /// The share of each rating in the similarities of the sessions.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let score = self.score(item)?;
        let mut shares = vec![0.0; self.ratings.len()];
        for (near, _) in self.sessions_with(item)? {
            for c in self.shared(near, item) {
                if let Ok(at) = self.ratings.binary_search_by_key(&c.item, |c| c.item) {
                    shares[at] += c.weight * near.scale;
                }
            }
        }
        let contributing = self.ratings.iter().zip(shares).filter(|(_, share)| *share != 0.0);
        let children = contributing.map(|(c, share)| Self::rated(c, share)).collect();
        Ok(Some(Explanation::of_model(SPEC.name, score).of_parts(children)))
    }
}
