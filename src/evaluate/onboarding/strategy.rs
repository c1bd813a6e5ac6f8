//! How somebody new is served: by a model from their ratings, from what they say that they like, or by a bandit over kinds of
//! items.

use std::fmt;
use std::sync::Arc;

use rand::SeedableRng;
use rand_distr::{Beta, Distribution};
use rand_pcg::Pcg64;

use super::kinds::{by_popularity, kind_column, kinds};
use crate::data::{Attribute, Dataset, ItemIx};
use crate::models::{Catalog, FitError, FitStore, Formula, FormulaError, Profile, Recommender, Serving};
use crate::task::{Cancel, Cancelled, Task};

/// How somebody new is served.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    Model(Formula),
    /// Content from stated preferences: what they say that they like, genres or the like, in place of any rating.
    Stated,
    /// Thompson sampling over kinds of items fills one place after the other.
    Bandit,
}

impl Strategy {
    /// The names of those that are no formula, with what they do.
    pub const NAMED: [(&'static str, &'static str); 2] = [
        (
            "stated",
            "content by genres (or the like) that they say they like, before any rating",
        ),
        (
            "bandit",
            "Thompson sampling over genres (or the like) fills one place of the list after the other",
        ),
    ];

    /// Reads strategies as they are written: `popularity; stated; bandit; als`.
    ///
    /// # Errors
    /// What is wrong with a formula.
    pub fn parse_all(text: &str, catalog: &Catalog) -> Result<Vec<Self>, FormulaError> {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let one = |part| match part {
            "stated" => Ok(Self::Stated),
            "bandit" => Ok(Self::Bandit),
            formula => catalog.parse(formula).map(Self::Model),
        };
        parts.map(one).collect()
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(formula) => formula.fmt(f),
            Self::Stated => f.write_str(Self::NAMED[0].0),
            Self::Bandit => f.write_str(Self::NAMED[1].0),
        }
    }
}

/// A strategy that can serve.
pub struct Server {
    plan: Plan,
}

enum Plan {
    Model(Arc<dyn Recommender>),
    Stated {
        /// The most rated first.
        popular: Vec<ItemIx>,
        /// By name of the column.
        idf: Vec<f64>,
    },
    Bandit {
        kinds: Vec<Vec<ItemIx>>,
        /// The kinds of each item.
        of_item: Vec<Vec<usize>>,
        /// From which value on an answer is a like, by item.
        likes: Vec<f64>,
        seed: u64,
    },
}

impl Server {
    /// Fits what is needed.
    ///
    /// # Errors
    /// Where that cannot be fitted, or nothing is said of items; cancellation.
    pub fn prepare(
        strategy: &Strategy,
        train: &Dataset,
        fits: &FitStore,
        seed: u64,
        task: &Task,
    ) -> Result<Self, FitError> {
        let plan = match strategy {
            Strategy::Model(formula) => Plan::Model(fits.fit(formula, task)?),
            Strategy::Stated => {
                let column = kind_column(train).ok_or_else(|| {
                    FitError::Unfit("nothing is said of the items that somebody could like or not".to_owned())
                })?;
                Plan::Stated {
                    popular: by_popularity(train),
                    idf: idf(column, train.n_items()),
                }
            }
            Strategy::Bandit => {
                let kinds = kinds(train, fits, task)?;
                let mut of_item = vec![Vec::new(); train.n_items()];
                for (kind, items) in kinds.iter().enumerate() {
                    for item in items {
                        of_item[item.at()].push(kind);
                    }
                }
                Plan::Bandit {
                    kinds,
                    of_item,
                    likes: train.items().map(|item| train.liked_from(item)).collect(),
                    seed,
                }
            }
        };
        Ok(Self { plan })
    }

    /// The list, `n` long at most, of somebody who rated `profile` and says that they like `stated`: names, by their number, of
    /// [`kind_column`]. The same for the same input.
    ///
    /// # Errors
    /// Cancellation.
    pub fn list(
        &self,
        train: &Dataset,
        profile: &Arc<Profile>,
        stated: &[u32],
        n: usize,
        cancel: &Cancel,
    ) -> Result<Vec<ItemIx>, Cancelled> {
        match &self.plan {
            Plan::Model(model) => {
                let serving = Serving::open(model, Arc::clone(profile), cancel)?;
                let list = serving.recommend(n, false, cancel)?;
                Ok(list.into_iter().map(|(item, _)| item).collect())
            }
            Plan::Stated { popular, idf } => {
                let column = kind_column(train);
                let fits = |item: &ItemIx| column.map_or(0.0, |column| likeness(column, *item, stated, idf));
                let open = popular.iter().filter(|item| !profile.contains(**item));
                let mut scored: Vec<(f64, ItemIx)> = open.map(|item| (fits(item), *item)).collect();
                // Stable: of equally fitting ones the more popular one comes first.
                scored.sort_by(|a, b| b.0.total_cmp(&a.0));
                Ok(scored.into_iter().take(n).map(|(_, item)| item).collect())
            }
            Plan::Bandit {
                kinds,
                of_item,
                likes,
                seed,
            } => Ok(by_bandit(kinds, of_item, likes, *seed, profile, n)),
        }
    }
}

/// ln((1 + items) / (1 + items of the name)) + 1 of every name, as the content model weighs terms.
fn idf(column: &Attribute, n_items: usize) -> Vec<f64> {
    let mut counts = vec![0usize; column.names().len()];
    (0..column.rows()).for_each(|row| column.terms(row).for_each(|(name, _)| counts[name as usize] += 1));
    let weight = |count: usize| ((1.0 + n_items as f64) / (1.0 + count as f64)).ln() + 1.0;
    counts.into_iter().map(weight).collect()
}

/// The cosine of what is liked with what is said of an item, both weighed by idf; 0 where either is nothing.
fn likeness(column: &Attribute, item: ItemIx, stated: &[u32], idf: &[f64]) -> f64 {
    let square = |name: u32| idf[name as usize].powi(2);
    let (mut both, mut own) = (0.0, 0.0);
    for (name, _) in column.terms(item.at()) {
        own += square(name);
        both += if stated.contains(&name) { square(name) } else { 0.0 };
    }
    let liked: f64 = stated.iter().map(|name| square(*name)).sum();
    if both > 0.0 { both / (own * liked).sqrt() } else { 0.0 }
}

/// Each place goes to the kind whose draw is highest: its most rated item that is neither rated nor listed yet. Every rating is
/// an outcome of all kinds of its item.
fn by_bandit(
    kinds: &[Vec<ItemIx>],
    of_item: &[Vec<usize>],
    likes: &[f64],
    seed: u64,
    profile: &Profile,
    n: usize,
) -> Vec<ItemIx> {
    let mut beliefs = vec![(1.0, 1.0); kinds.len()];
    for row in profile.rows() {
        for kind in &of_item[row.item.at()] {
            let is_like = row.rating >= likes[row.item.at()];
            beliefs[*kind].0 += f64::from(is_like);
            beliefs[*kind].1 += f64::from(!is_like);
        }
    }
    let who = profile.user().map_or(0, |user| u64::from(user.0));
    let mut random = Pcg64::seed_from_u64(seed ^ who.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut next = vec![0; kinds.len()];
    let mut list: Vec<ItemIx> = Vec::with_capacity(n);
    while list.len() < n {
        let mut best: Option<(usize, f64)> = None;
        for (kind, items) in kinds.iter().enumerate() {
            while items
                .get(next[kind])
                .is_some_and(|item| profile.contains(*item) || list.contains(item))
            {
                next[kind] += 1;
            }
            let (liked, not) = beliefs[kind];
            let draw = Beta::new(liked, not).map_or(0.0, |beta| beta.sample(&mut random));
            if next[kind] < items.len() && best.is_none_or(|(_, highest)| draw > highest) {
                best = Some((kind, draw));
            }
        }
        let Some((kind, _)) = best else { break };
        list.push(kinds[kind][next[kind]]);
    }
    list
}

/// How many names somebody states.
const STATED: usize = 3;

/// What somebody would say they like who rated these items: the names of [`kind_column`] whose items they like more often than
/// others, Σ (liked − share liked) over their items, the highest three; at least one where there is any.
pub fn stated_by(train: &Dataset, known: &[(ItemIx, f64)]) -> Vec<u32> {
    let Some(column) = kind_column(train) else {
        return Vec::new();
    };
    let liked = |(item, rating): &(ItemIx, f64)| f64::from(*rating >= train.liked_from(*item));
    let base = known.iter().map(liked).sum::<f64>() / known.len().max(1) as f64;
    let mut lean: Vec<(u32, f64, usize)> = (0..column.names().len()).map(|name| (name as u32, 0.0, 0)).collect();
    for row in known {
        for (name, _) in column.terms(row.0.at()) {
            lean[name as usize].1 += liked(row) - base;
            lean[name as usize].2 += 1;
        }
    }
    lean.retain(|(_, _, items)| *items > 0);
    lean.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.cmp(&a.2)));
    let likes = lean.iter().take_while(|(_, lean, _)| *lean > 0.0).count();
    lean.into_iter()
        .take(likes.clamp(1, STATED))
        .map(|(name, ..)| name)
        .collect()
}
