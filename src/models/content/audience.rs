//! Every user's profile vector, stored by term, so that one item can be scored for all users at once.

use std::collections::HashMap;

use super::Features;
use crate::data::{Dataset, ItemIx};
use crate::models::audience::of_all_users;
use crate::models::reading::Reading;
use crate::models::{Profile, Reach};
use crate::task::{Cancelled, Task};

/// With more terms than this, the vectors of all users take too much memory.
const MAX_TERMS: usize = 64;
/// With more terms than this, summed over the item groups, computing what all scores reach takes too long.
const MAX_GROUP_TERMS: usize = 50_000;

#[derive(Debug)]
pub(super) struct UserVectors {
    /// Σ v(r)·x over each user's items, term by term, then user by user.
    columns: Vec<f64>,
    /// The sum of squares of each user's vector.
    squares: Vec<f64>,
    pub reaches: Vec<Option<Reach>>,
}

/// Items grouped by identical features: unless rated, they have the same score.
struct ItemGroups {
    /// Group by item; `u32::MAX` where it has no features.
    of_item: Vec<u32>,
    /// The size of each group, and one of its items.
    groups: Vec<(u32, ItemIx)>,
}

impl ItemGroups {
    fn of(features: &Features) -> Self {
        let mut group_of_terms: HashMap<Vec<(u32, u64)>, u32> = HashMap::new();
        let mut groups: Vec<(u32, ItemIx)> = Vec::new();
        let of_item = (0..features.n_items() as u32).map(ItemIx).map(|item| {
            let terms: Vec<(u32, u64)> = features.row(item).map(|(term, w)| (term, w.to_bits())).collect();
            if terms.is_empty() {
                return u32::MAX;
            }
            let group = *group_of_terms.entry(terms).or_insert_with(|| {
                groups.push((0, item));
                groups.len() as u32 - 1
            });
            groups[group as usize].0 += 1;
            group
        });
        Self {
            of_item: of_item.collect(),
            groups,
        }
    }
}

/// A user's vector, the sum of its squares, and what the user's scores reach.
type UserVector = (Vec<f64>, f64, Option<Reach>);

impl UserVectors {
    /// `None` if too large to keep.
    pub fn of(features: &Features, reading: Reading, data: &Dataset, task: &Task) -> Result<Option<Self>, Cancelled> {
        let n_terms = features.vocabulary().len();
        if n_terms > MAX_TERMS {
            return Ok(None);
        }
        let groups = ItemGroups::of(features);
        let n_group_terms: usize = groups.groups.iter().map(|(_, item)| features.row(*item).count()).sum();
        if n_group_terms > MAX_GROUP_TERMS {
            return Ok(None);
        }
        let rated = || vec![0u32; groups.groups.len()];
        let all: Vec<UserVector> = of_all_users(data, task, rated, |rated, profile| {
            user_vector((features, reading), &groups, rated, &profile)
        })?;
        let mut vectors = Self {
            columns: vec![0.0; n_terms * all.len()],
            squares: Vec::with_capacity(all.len()),
            reaches: Vec::with_capacity(all.len()),
        };
        let n = all.len();
        for (user, (vector, squares, reach)) in all.into_iter().enumerate() {
            for (term, weight) in vector.into_iter().enumerate() {
                vectors.columns[term * n + user] = weight;
            }
            vectors.squares.push(squares);
            vectors.reaches.push(reach);
        }
        Ok(Some(vectors))
    }

    /// The score of `item` by user; not valid for users who rated it.
    pub fn scores(&self, features: &Features, item: ItemIx) -> Vec<Option<f64>> {
        let n = self.squares.len();
        if features.row(item).next().is_none() {
            return vec![None; n];
        }
        let mut products = vec![0.0; n];
        for (term, weight) in features.row(item) {
            let column = &self.columns[term as usize * n..][..n];
            products.iter_mut().zip(column).for_each(|(p, v)| *p += v * weight);
        }
        let scores = products.iter().zip(&self.squares);
        scores.map(|(product, squares)| score(*product, *squares)).collect()
    }

    pub fn memory_bytes(&self) -> usize {
        8 * (self.columns.capacity() + self.squares.capacity()) + size_of::<Option<Reach>>() * self.reaches.capacity()
    }
}

fn score(product: f64, squares: f64) -> Option<f64> {
    (squares > 0.0 && squares.is_finite()).then(|| product / squares.sqrt())
}

fn user_vector(
    (features, reading): (&Features, Reading),
    groups: &ItemGroups,
    rated: &mut [u32],
    profile: &Profile,
) -> UserVector {
    let mut vector = vec![0.0; features.vocabulary().len()];
    let group_of = |item: ItemIx| groups.of_item.get(item.at()).filter(|k| **k != u32::MAX);
    for row in profile.rows() {
        let value = reading.value(row.rating);
        for (term, weight) in features.row(row.item) {
            vector[term as usize] += value * weight;
        }
        if let Some(group) = group_of(row.item) {
            rated[*group as usize] += 1;
        }
    }
    let squares = vector.iter().map(|w| w * w).sum();
    let mut scores = Vec::new();
    for (&(items, one), rated) in groups.groups.iter().zip(&*rated) {
        let product = features
            .row(one)
            .fold(0.0, |sum, (term, w)| sum + vector[term as usize] * w);
        if let Some(score) = score(product, squares) {
            scores.push((score, items - rated));
        }
    }
    for row in profile.rows() {
        if let Some(group) = group_of(row.item) {
            rated[*group as usize] = 0;
        }
    }
    (vector, squares, Reach::of(&scores))
}
