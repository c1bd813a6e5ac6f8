//! Formulas name and combine models: `0.6*item-knn + 0.3*content + 0.1*popularity`, `switch(ratings<5 ? content : svd)`.

mod dials;
mod knobs;
mod parse;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use dials::{Dial, DialError, DialKind, DialValue};
pub use knobs::{Knob, KnobKind};
pub use parse::FormulaError;

use super::catalog::{Catalog, ModelEntry};
use super::cost::FitCost;
use super::imported::Import;
use super::params::Params;
use super::scores::Unit;
use super::spec::LowRatings;
use crate::data::{Dataset, FeedbackKind};
use crate::task::Pool;

/// The formula that is used for ratings where none is asked for: what the profile's good ratings have in common with an
/// item speaks for it, what the bad ones have in common with it speaks against it.
pub const DEFAULT_FORMULA: &str = "0.6*item-knn:min-support=2,shrinkage=10,values=centered,weighting=tfidf + \
                                   0.3*content:values=centered + 0.1*popularity | zscore";

/// The formula that is used for values of this kind where none is asked for.
///
/// All have the same form. Items that only one person in common rated are not similar (`min-support=2`), and those with
/// few in common less so (`shrinkage`): else what one stranger rated fills the lists of sparse data. Counts weigh by their
/// logarithm, so that nobody's 350,000 plays drown everything; events are all alike; a vote against is below zero already.
pub fn default_formula(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Ratings => DEFAULT_FORMULA,
        FeedbackKind::Counts => {
            "0.6*item-knn:min-support=2,shrinkage=10,values=log + 0.3*content:values=log + 0.1*popularity | zscore"
        }
        FeedbackKind::Events => {
            "0.6*item-knn:min-support=2,shrinkage=10,values=binary + 0.3*content:values=binary + 0.1*popularity | zscore"
        }
        FeedbackKind::Votes => "0.6*item-knn:min-support=2,shrinkage=10 + 0.3*content + 0.1*popularity | zscore",
    }
}

/// The neighborhood in [`default_formula`], by itself: the one to be compared with where values mean this.
pub fn default_neighborhood(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Ratings => "item-knn",
        FeedbackKind::Counts => "item-knn:min-support=2,shrinkage=10,values=log",
        FeedbackKind::Events => "item-knn:min-support=2,shrinkage=10,values=binary",
        FeedbackKind::Votes => "item-knn:min-support=2,shrinkage=10",
    }
}

/// A model or a combination of models. [`fmt::Display`] writes the canonical form, without default values.
#[derive(Clone)]
pub enum Formula {
    Model {
        model: ModelEntry,
        params: Params,
    },
    Weighted {
        /// (weight, formula), at least one.
        terms: Vec<(f64, Formula)>,
        /// Applied to the scores of each component.
        norm: Norm,
    },
    Switch {
        test: Test,
        yes: Box<Formula>,
        no: Box<Formula>,
    },
    /// Each stage passes its best items to the next; the last stage's score is served.
    Cascade {
        /// At least two.
        stages: Vec<Formula>,
        /// How many items each stage but the last keeps.
        keep: usize,
    },
    /// The factors of the first model become features of the second.
    Augment {
        from: Box<Formula>,
        into: Box<Formula>,
    },
}

/// How a component's scores are normalized over its pool: all items that it can score, except those the profile rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    None,
    /// (s − min) / (max − min): 0 to 1 within the pool.
    MinMax,
    /// (s − mean) / standard deviation (population).
    ZScore,
    /// The share of the pool that scores lower: best 1, worst 0, ties at their mean rank.
    Rank,
    /// e^(s − max) / Σ e^(s' − max).
    Softmax,
}

impl Norm {
    pub const ALL: [Self; 5] = [Self::MinMax, Self::ZScore, Self::Rank, Self::Softmax, Self::None];

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::MinMax => "minmax",
            Self::ZScore => "zscore",
            Self::Rank => "rank",
            Self::Softmax => "softmax",
        }
    }
}

/// The count that a switch tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// Ratings in the profile.
    Ratings,
    /// Ratings of the item.
    Raters,
}

/// How a count is compared with the threshold of a [`Test`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// The test of a switch: `ratings<5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    pub variable: Variable,
    pub comparison: Comparison,
    /// May be a fraction; counts are whole.
    pub threshold: f64,
}

impl Test {
    pub fn is_met(&self, count: usize) -> bool {
        let count = count as f64;
        match self.comparison {
            Comparison::Less => count < self.threshold,
            Comparison::LessOrEqual => count <= self.threshold,
            Comparison::Greater => count > self.threshold,
            Comparison::GreaterOrEqual => count >= self.threshold,
            Comparison::Equal => count == self.threshold,
        }
    }
}

impl Formula {
    /// Parses a formula of built-in models, for constants and tests. User input may name imported models and goes through
    /// [`Catalog::parse`].
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        Catalog::default().parse(text)
    }

    /// The unit of its scores. A weighted sum of ratings that are not normalized, with weights that sum to 1, is a rating.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Model { model, params } => (model.spec().unit)(params),
            Self::Weighted {
                terms,
                norm: Norm::None,
            } => {
                let sum: f64 = terms.iter().map(|(w, _)| w).sum();
                let ratings = terms.iter().all(|(_, f)| f.unit() == Unit::Rating);
                if ratings && (sum - 1.0).abs() < 1e-9 {
                    Unit::Rating
                } else {
                    Unit::Score
                }
            }
            Self::Weighted { .. } => Unit::Normalized,
            Self::Switch { yes, no, .. } if yes.unit() == no.unit() => yes.unit(),
            Self::Switch { .. } => Unit::Score,
            Self::Cascade { stages, .. } => stages.last().map_or(Unit::Score, Self::unit),
            Self::Augment { into, .. } => into.unit(),
        }
    }

    /// The same weighted sum with another weight for its part `at`; itself where it has no such part.
    #[must_use]
    pub fn with_weight(&self, at: usize, weight: f64) -> Self {
        let mut changed = self.clone();
        if let Self::Weighted { terms, .. } = &mut changed
            && let Some(term) = terms.get_mut(at)
        {
            term.0 = weight;
        }
        changed
    }

    /// Whether a fit of it fits what is written so: itself, a part, or what an augmented model has its features of.
    pub fn has_part(&self, text: &str) -> bool {
        let parts = match self {
            Self::Augment { from, .. } => vec![from.as_ref()],
            _ => self.parts(),
        };
        self.to_string() == text || parts.into_iter().any(|part| part.has_part(text))
    }

    /// The same with another formula in the place of its [parts](Formula::has_part) that are written so.
    #[must_use]
    pub fn replacing(&self, old: &str, new: &Self) -> Self {
        if self.to_string() == old {
            return new.clone();
        }
        let mut changed = self.clone();
        if let Self::Augment { from, .. } = &mut changed {
            **from = from.replacing(old, new);
        }
        let mut at = 0;
        while let Some(part) = changed.part_mut(at) {
            *part = part.replacing(old, new);
            at += 1;
        }
        changed
    }

    /// What a fit of this lone or augmented model has learned that was stopped after so many epochs, as a formula of its own.
    pub(super) fn stopped_after(&self, epochs: usize) -> Option<Self> {
        let mut kept = self.clone();
        let target = match &mut kept {
            Self::Augment { into, .. } => into.as_mut(),
            other => other,
        };
        let Self::Model { model, params } = target else {
            return None;
        };
        model.spec().fit.stop_after(params, epochs).ok()?;
        Some(kept)
    }

    /// Its direct subformulas, in order; none for a single model.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Model { .. } => Vec::new(),
            Self::Weighted { terms, .. } => terms.iter().map(|(_, f)| f).collect(),
            Self::Switch { yes, no, .. } => vec![yes, no],
            Self::Cascade { stages, .. } => stages.iter().collect(),
            Self::Augment { from, into } => vec![from, into],
        }
    }

    /// The default for values of this kind.
    pub fn default_for(kind: FeedbackKind) -> Self {
        Self::parse(default_formula(kind)).unwrap_or_default()
    }

    /// What fitting all of its models would take, as far as that can be long; they are fitted one after the other.
    pub fn cost(&self, data: &Dataset, pool: &Pool) -> FitCost {
        let costs = self.fittables().into_iter().filter_map(|part| match part {
            Self::Model { model, params } => model.spec().fit.cost(data, params, pool),
            _ => None,
        });
        costs.fold(FitCost::default(), |all, one| FitCost {
            seconds: all.seconds + one.seconds,
            bytes: all.bytes.max(one.bytes),
        })
    }

    /// What becomes of a low rating, and the model that says so: a sum heeds it where any of its parts does.
    pub fn low_ratings(&self) -> (LowRatings, &str) {
        match self {
            Self::Model { model, params } => ((model.spec().low_ratings)(params), model.name()),
            Self::Augment { into, .. } => into.low_ratings(),
            Self::Cascade { stages, .. } => stages.last().map_or((LowRatings::Heeded, ""), Self::low_ratings),
            Self::Switch { yes, no, .. } => yes.low_ratings().max(no.low_ratings()),
            Self::Weighted { terms, .. } => {
                let parts = terms.iter().map(|(_, part)| part.low_ratings());
                parts.min_by_key(|part| part.0).unwrap_or((LowRatings::Heeded, ""))
            }
        }
    }

    /// Its models that were trained by another program.
    pub fn imports(&self) -> Vec<&Arc<Import>> {
        match self {
            Self::Model { model, .. } => model.import().into_iter().collect(),
            _ => self.parts().into_iter().flat_map(Self::imports).collect(),
        }
    }

    /// Its first model that has latent factors, if any; for a single model that may be itself.
    pub fn with_factors(&self) -> Option<&Self> {
        match self {
            Self::Model { model, .. } => model.spec().fit.has_factors().then_some(self),
            _ => self.parts().into_iter().find_map(Self::with_factors),
        }
    }

    /// Whether any model in it was trained by another program.
    pub fn is_imported(&self) -> bool {
        !self.imports().is_empty()
    }

    /// Its single and augmented models, each once, in order: what has to be fitted.
    pub fn fittables(&self) -> Vec<&Self> {
        fn collect<'a>(formula: &'a Formula, found: &mut Vec<&'a Formula>) {
            match formula {
                Formula::Model { .. } | Formula::Augment { .. } => {
                    if !found.contains(&formula) {
                        found.push(formula);
                    }
                }
                _ => formula.parts().into_iter().for_each(|f| collect(f, found)),
            }
        }
        let mut found = Vec::new();
        collect(self, &mut found);
        found
    }
}

impl Default for Formula {
    fn default() -> Self {
        Self::parse(DEFAULT_FORMULA).unwrap_or_else(|_| Self::Weighted {
            terms: Vec::new(),
            norm: Norm::MinMax,
        })
    }
}

/// Formulas are equal if their canonical forms are.
impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Formula {}

impl Hash for Formula {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Formula({self})")
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model { model, params } => {
                f.write_str(model.name())?;
                for (n, (name, value)) in params.changed().enumerate() {
                    let separator = if n == 0 { ':' } else { ',' };
                    write!(f, "{separator}{name}={value}")?;
                }
                Ok(())
            }
            Self::Weighted { terms, norm } => {
                for (n, (weight, formula)) in terms.iter().enumerate() {
                    match (n, *weight < 0.0) {
                        (0, false) => {}
                        (0, true) => f.write_str("-")?,
                        (_, false) => f.write_str(" + ")?,
                        (_, true) => f.write_str(" - ")?,
                    }
                    if weight.abs() != 1.0 {
                        write!(f, "{}*", weight.abs())?;
                    }
                    match formula {
                        Self::Weighted { .. } => write!(f, "({formula})")?,
                        _ => write!(f, "{formula}")?,
                    }
                }
                let default_norm = if terms.len() == 1 { Norm::None } else { Norm::MinMax };
                if *norm == default_norm {
                    Ok(())
                } else {
                    write!(f, " | {}", norm.name())
                }
            }
            Self::Switch { test, yes, no } => write!(f, "switch({test} ? {yes} : {no})"),
            Self::Cascade { stages, keep } => {
                let stages: Vec<String> = stages.iter().map(Self::to_string).collect();
                write!(f, "cascade({}; keep={keep})", stages.join(" > "))
            }
            Self::Augment { from, into } => write!(f, "augment({from} -> {into})"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = match self.variable {
            Variable::Ratings => "ratings",
            Variable::Raters => "raters",
        };
        let comparison = match self.comparison {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Equal => "==",
        };
        write!(f, "{variable}{comparison}{}", self.threshold)
    }
}
