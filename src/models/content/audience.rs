//! What every user likes, term by term, kept so that one item can be compared with all of them at once.

use std::collections::HashMap;

use super::Features;
use crate::data::{Dataset, ItemIx};
use crate::models::audience::{of_all_users, widen};
use crate::models::reading::Reading;
use crate::models::{Profile, ScoreRange};
use crate::task::{Cancelled, Task};

/// With more terms than this, what every user likes would not fit into memory.
const MOST_TERMS: usize = 64;
/// With more terms in all distinct items than this, the ranges of all scores would take too long.
const MOST_COMPARED: usize = 50_000;

/// Every user's vector.
#[derive(Debug)]
pub(super) struct Likes {
    /// Term by term, for every user the Σ v(r)·x of his items.
    columns: Vec<f64>,
    /// The sum of its squares, by user.
    squares: Vec<f64>,
    pub score_ranges: Vec<ScoreRange>,
}

/// Items of which exactly the same is said have the same score, unless they are rated.
struct Kinds {
    /// By item the kind; `u32::MAX` where nothing is said of it.
    of_item: Vec<u32>,
    /// How many items there are of each kind, and one of them.
    kinds: Vec<(u32, ItemIx)>,
}

impl Kinds {
    fn of(features: &Features) -> Self {
        let mut known: HashMap<Vec<(u32, u64)>, u32> = HashMap::new();
        let mut kinds: Vec<(u32, ItemIx)> = Vec::new();
        let of_item = (0..features.n_items() as u32).map(ItemIx).map(|item| {
            let said: Vec<(u32, u64)> = features.row(item).map(|(term, w)| (term, w.to_bits())).collect();
            if said.is_empty() {
                return u32::MAX;
            }
            let kind = *known.entry(said).or_insert_with(|| {
                kinds.push((0, item));
                kinds.len() as u32 - 1
            });
            kinds[kind as usize].0 += 1;
            kind
        });
        Self {
            of_item: of_item.collect(),
            kinds,
        }
    }
}

/// One user's vector, Σ of its squares, and the range of the scores.
type Like = (Vec<f64>, f64, ScoreRange);

impl Likes {
    /// `None` where they are too many to be kept.
    pub fn of(features: &Features, reading: Reading, data: &Dataset, task: &Task) -> Result<Option<Self>, Cancelled> {
        let n_terms = features.vocabulary().len();
        if n_terms > MOST_TERMS {
            return Ok(None);
        }
        let kinds = Kinds::of(features);
        if kinds.kinds.iter().map(|k| features.row(k.1).count()).sum::<usize>() > MOST_COMPARED {
            return Ok(None);
        }
        let rated = || vec![0u32; kinds.kinds.len()];
        let all: Vec<Like> = of_all_users(data, task, rated, |rated, profile| {
            like((features, reading), &kinds, rated, profile)
        })?;
        let mut likes = Self {
            columns: vec![0.0; n_terms * all.len()],
            squares: Vec::with_capacity(all.len()),
            score_ranges: Vec::with_capacity(all.len()),
        };
        let n = all.len();
        for (user, (vector, squares, range)) in all.into_iter().enumerate() {
            for (term, weight) in vector.into_iter().enumerate() {
                likes.columns[term * n + user] = weight;
            }
            likes.squares.push(squares);
            likes.score_ranges.push(range);
        }
        Ok(Some(likes))
    }

    /// The score of `item` by user, for those who have not rated it.
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
        8 * (self.columns.capacity() + self.squares.capacity()) + size_of::<ScoreRange>() * self.score_ranges.capacity()
    }
}

fn score(product: f64, squares: f64) -> Option<f64> {
    (squares > 0.0 && squares.is_finite()).then(|| product / squares.sqrt())
}

fn like((features, reading): (&Features, Reading), kinds: &Kinds, rated: &mut [u32], profile: &Profile) -> Like {
    let mut vector = vec![0.0; features.vocabulary().len()];
    let kind_of = |item: ItemIx| kinds.of_item.get(item.at()).filter(|k| **k != u32::MAX);
    for row in profile.rows() {
        let value = reading.value(row.rating);
        for (term, weight) in features.row(row.item) {
            vector[term as usize] += value * weight;
        }
        if let Some(kind) = kind_of(row.item) {
            rated[*kind as usize] += 1;
        }
    }
    let squares = vector.iter().map(|w| w * w).sum();
    let mut range = None;
    for (&(items, one), rated) in kinds.kinds.iter().zip(&*rated) {
        if items > *rated {
            let product = features
                .row(one)
                .fold(0.0, |sum, (term, w)| sum + vector[term as usize] * w);
            if let Some(score) = score(product, squares) {
                widen(&mut range, score);
            }
        }
    }
    for row in profile.rows() {
        if let Some(kind) = kind_of(row.item) {
            rated[*kind as usize] = 0;
        }
    }
    (vector, squares, range)
}
