//! Content-based filtering: items whose metadata resembles that of the items the profile rated high.

mod audience;
mod features;

use std::sync::{Arc, OnceLock};

use audience::UserVectors;
use features::WELL_KNOWN;
pub use features::{Features, Term};

use super::reading::{self, Reading, VALUES};
use super::{
    About, Additive, Audience, Explanation, Fit, FitContext, FitError, Fitted, Ladder, ModelSpec, NoScore, Parameter,
    Params, PartKind, Profile, Range, Reach, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Task};

const fn weight(name: &'static str, doc: &'static str) -> Parameter {
    Parameter {
        name,
        range: Range::Real(0.0, 1000.0),
        default: "1",
        doc,
    }
}

/// Content-based filtering by tf-idf.
pub static SPEC: ModelSpec = ModelSpec {
    name: "content",
    title: "Content",
    summary: "Recommends items whose genres, decade, director, keywords and tags resemble those of the items that the \
              profile rated high; rare terms count for more (TF-IDF). Numbers but the year (as its decade) are left out.",
    formula: "score(u, i) = cos(Σ_j v(r_uj)·x_j, x_i),  x = tf·idf of the metadata, length 1",
    parameters: &[
        weight("genre", "weight of genres; 0 leaves them out"),
        weight("year", "weight of the decade"),
        weight("director", "weight of directors"),
        weight("keyword", "weight of keywords"),
        weight("tag", "weight of user tags (tf = 1 + ln of how often a tag was given)"),
        weight("other", "weight of every other text column"),
        Parameter {
            name: "min-items",
            range: Range::Whole(1, u64::MAX),
            default: "1",
            doc: "ignore terms of fewer items than this",
        },
        VALUES,
    ],
    search: &[
        Search::even("genre", 0.0, 2.0),
        Search::even("year", 0.0, 2.0),
        Search::even("director", 0.0, 2.0),
        Search::even("keyword", 0.0, 2.0),
        Search::even("tag", 0.0, 2.0),
        Search::log("min-items", 1.0, 20.0),
        Search::words("values", &["raw", "centered", "binary"]),
    ],
    unit: |_| Unit::Cosine,
    paper: "G. Salton and C. Buckley (1988), Term-weighting approaches in automatic text retrieval; weights as scikit-learn",
    strengths: "Works from the first rating on and for items without ratings, and explains scores in words. Its lists \
                hold few surprises.",
    low_ratings: reading::low_ratings,
    fit: Training::of::<Content>(),
};

struct Content {
    features: Arc<Features>,
    reading: Reading,
    /// Set by `prepare_audience`; `None` inside if too large to keep.
    user_vectors: OnceLock<Option<UserVectors>>,
    ladders: OnceLock<Vec<Ladder>>,
}

impl Content {
    fn user_vectors(&self) -> Option<&UserVectors> {
        self.user_vectors.get()?.as_ref()
    }
}

impl Fit for Content {
    type Trained = Features;

    fn train(context: &FitContext, params: &Params) -> Result<Features, FitError> {
        let weight_of = |column: &str| params.real(if WELL_KNOWN.contains(&column) { column } else { "other" });
        let min_items = params.whole("min-items");
        let mut features = Features::of_catalog(&context.dataset, weight_of, min_items, &context.task.cancel)?;
        if let Some((name, model)) = &context.augmented_with {
            let Some(factors) = model.factors() else {
                return Err(FitError::Unfit(format!(
                    "{name} has no latent factors to add to content; use a factor model such as svd"
                )));
            };
            features = features.with_factors(name, factors);
        }
        Ok(features)
    }

    fn open(features: Arc<Features>, context: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Content {
            features,
            reading: Reading::of(params, &context.dataset),
            user_vectors: OnceLock::new(),
            ladders: OnceLock::new(),
        }))
    }
}

impl Recommender for Content {
    fn unit(&self) -> Unit {
        Unit::Cosine
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let mut vector = vec![0.0; self.features.vocabulary().len()];
        for row in profile.rows() {
            cancel.check()?;
            let value = self.reading.value(row.rating);
            for (term, weight) in self.features.row(row.item) {
                vector[term as usize] += value * weight;
            }
        }
        Ok(Box::new(ContentServed {
            squares: vector.iter().map(|w| w * w).sum(),
            model: self,
            profile,
            vector,
        }))
    }

    fn memory_bytes(&self) -> usize {
        self.features.memory_bytes()
            + self.user_vectors().map_or(0, UserVectors::memory_bytes)
            + Ladder::memory_of_all(&self.ladders)
    }

    fn prepare_audience(&self, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
        if self.user_vectors.get().is_none() {
            let user_vectors = UserVectors::of(&self.features, self.reading, data, task)?;
            // Two that prepare at once both compute; one result is kept.
            let _ = self.user_vectors.set(user_vectors);
        }
        Ok(self.user_vectors().is_some())
    }

    fn audience(&self, _: &Dataset, item: ItemIx, _: &Task) -> Result<Option<Audience>, Cancelled> {
        let scores = self
            .user_vectors()
            .map(|user_vectors| user_vectors.scores(&self.features, item));
        Ok(scores.map(Audience::of))
    }

    fn reaches(&self) -> Option<&[Option<Reach>]> {
        self.user_vectors().map(|user_vectors| user_vectors.reaches.as_slice())
    }

    fn ladders(&self) -> Option<&OnceLock<Vec<Ladder>>> {
        Some(&self.ladders)
    }
}

struct ContentServed {
    model: Arc<Content>,
    profile: Arc<Profile>,
    /// Σ v(r)·x over the profile's items, by term.
    vector: Vec<f64>,
    /// The sum of the squares of `vector`.
    squares: f64,
}

/// How an item compares with the profile without that item.
struct Match {
    product: f64,
    /// The Euclidean length of the profile's vector; above 0.
    length: f64,
    /// What the profile's rating of the item counts, 0 if none; its share is removed from the vector.
    own: f64,
}

impl ContentServed {
    /// The profile's weight of a term, without the share of an item whose rating counts `own`. Rounding noise becomes 0.
    #[inline]
    fn without(&self, own: f64, term: u32, weight: f64) -> f64 {
        let whole = self.vector[term as usize];
        let rest = whole - own * weight;
        if rest.abs() <= 1e-12 * whole.abs() { 0.0 } else { rest }
    }

    fn compare(&self, item: ItemIx) -> Result<Match, NoScore> {
        if item.at() >= self.model.features.n_items() {
            return Err(NoScore::UnknownItem);
        }
        if self.profile.is_empty() {
            return Err(NoScore::EmptyProfile);
        }
        self.compare_rated(
            item,
            self.profile.rating(item).map_or(0.0, |r| self.model.reading.value(r)),
        )
    }

    /// As `compare`, for a nonempty profile whose rating of the item counts `own` (0 if there is none).
    fn compare_rated(&self, item: ItemIx, own: f64) -> Result<Match, NoScore> {
        let (mut product, mut squares, mut has_terms) = (0.0, 0.0, false);
        let (mut before, mut after) = (0.0, 0.0);
        for (term, weight) in self.model.features.row(item) {
            has_terms = true;
            if own == 0.0 {
                product += self.vector[term as usize] * weight;
            } else {
                let rest = self.without(own, term, weight);
                product += rest * weight;
                before += self.vector[term as usize].powi(2);
                after += rest * rest;
            }
        }
        if has_terms {
            let elsewhere = self.squares - before;
            let elsewhere = if elsewhere <= 1e-12 * self.squares {
                0.0
            } else {
                elsewhere
            };
            squares = elsewhere + after;
        }
        if squares > 0.0 && squares.is_finite() {
            let length = squares.sqrt();
            Ok(Match { product, length, own })
        } else {
            Err(NoScore::NoFeatures)
        }
    }

    fn root(&self, score: f64, found: &Match) -> Explanation {
        let root = Explanation::of_model(SPEC.name, score)
            .number("profile-length", found.length)
            .count("ratings", self.profile.len());
        self.model.reading.noted(root)
    }
}

impl Served for ContentServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.compare(item).map(|found| found.product / found.length)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let n_items = self.model.features.n_items();
        if self.profile.is_empty() {
            return Ok(Scores::unknown(n_items));
        }
        let mut rated = self.profile.rows().iter().peekable();
        Scores::compute(n_items, cancel, |item| {
            let own = rated
                .next_if(|r| r.item == item)
                .map_or(0.0, |r| self.model.reading.value(r.rating));
            self.compare_rated(item, own).map(|found| found.product / found.length)
        })
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let found = self.compare(item)?;
        let features = &self.model.features;
        let share = |(index, weight): (u32, f64)| {
            let term = &features.vocabulary()[index as usize];
            let profile = self.without(found.own, index, weight);
            let about = About::Term(term.column.clone(), term.name.clone());
            Explanation::leaf(PartKind::Term, term.label(), about, profile * weight / found.length)
                .number("profile", profile / found.length)
                .number("item", weight)
                .number("idf", term.idf)
                .count("items", term.items)
        };
        let parts = features.row(item).map(share).collect();
        Ok(self.root(found.product / found.length, &found).of_parts(parts))
    }

    /// Every rated item's share: v(r) · cosine(rated item, item) / length of the profile.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let found = self.compare(item)?;
        let others = self.profile.rows().iter().filter(|row| row.item != item);
        let share = others.map(|row| {
            let cosine = self.model.features.cosine(row.item, item);
            let value = self.model.reading.value(row.rating);
            let part = Explanation::rated(row.item, value * cosine / found.length)
                .number("similarity", cosine)
                .number("rating", row.rating);
            match self.model.reading {
                Reading::Raw => part,
                _ => part.number("value", value),
            }
        });
        let parts = share.collect();
        Ok(Some(self.root(found.product / found.length, &found).of_parts(parts)))
    }

    /// The length of the profile's vector changes with every removal, but is the same for all unrated items. With ratings of 0
    /// or less, vectors may cancel each other out.
    fn additive(&self) -> Option<&dyn Additive> {
        let all_above = self.profile.rows().iter().all(|row| row.rating > 0.0);
        all_above.then_some(self)
    }
}

impl Additive for ContentServed {
    fn share(&self, at: usize) -> Scores {
        let features = &self.model.features;
        let mut shares = Scores::unknown(features.n_items());
        let Some(row) = self.profile.rows().get(at) else {
            return shares;
        };
        let mut vector = vec![0.0; features.vocabulary().len()];
        for (term, weight) in features.row(row.item) {
            vector[term as usize] = row.rating * weight;
        }
        if vector.iter().all(|w| *w == 0.0) {
            return shares;
        }
        for item in (0..features.n_items() as u32).map(ItemIx) {
            let terms = features.row(item);
            let product = |sum: Option<f64>, (term, weight): (u32, f64)| {
                Some(sum.unwrap_or(0.0) + vector[term as usize] * weight)
            };
            if let Some(share) = terms.fold(None, product) {
                shares.set(item, share);
            }
        }
        shares
    }

    fn scale(&self) -> f64 {
        self.squares.sqrt()
    }
}

#[cfg(test)]
mod tests;
