//! Similarities, a file each: its name, its function and its arithmetic. A new one also takes a `mod` line and a line
//! below.

mod centered_cosine;
mod cosine;
mod cosine_common;
mod jaccard;
mod lift;
mod llr;
mod msd;
mod pearson;
mod pearson_baseline;

pub use llr::log_likelihood_ratio;
use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::sums::{RowStats, Sums};
use crate::data::unknown;

/// All about a similarity: menus, help and docs are generated from it.
pub struct SimilaritySpec {
    pub similarity: Similarity,
    /// As in formulas and on the command line.
    pub name: &'static str,
    pub title: &'static str,
    /// The equation in one line; a and b are the two rows, n the number of co-rated entries.
    pub formula: &'static str,
    /// Its character and pitfalls, in a sentence or two.
    pub doc: &'static str,
    pub(super) compares: Compares,
    pub(super) table: Table,
    /// The norm of a row, by the number of entries with ratings. Over whole rows a similarity is at most Σ x·y / (norm a ·
    /// norm b), x and y the values that the table shows; `None` where nothing bounds it so.
    pub(super) norm: Option<fn(&RowStats, f64) -> f64>,
    /// Computes it from the sums over co-rated entries, the statistics of the two rows, and the number of entries with
    /// ratings. Swapping the rows gives the same bits.
    value: fn(&Sums, &RowStats, &RowStats, f64) -> Result<f64, Undefined>,
    /// The arithmetic behind it, from the same.
    pub(super) recipe: fn(&Sums, &RowStats, &RowStats, f64) -> Recipe,
}

/// A column of the table behind a similarity: its header, and its cell from the two `seen` values.
pub type PairColumn = (&'static str, fn(f64, f64) -> f64);

/// What a similarity sums, entry by entry.
pub(super) struct Table {
    /// Whether over whole rows; else over co-rated entries.
    pub whole: bool,
    /// What is summed, beside the ratings.
    pub columns: &'static [PairColumn],
    /// The value used for a rating (less its [`Rows::offset`](super::rows::Rows::offset)) of a row.
    pub seen: fn(f64, &RowStats) -> f64,
}

/// Ratings as they are, over whole rows.
const PRODUCTS: Table = Table {
    whole: true,
    columns: &[("a·b", |a, b| a * b), ("a²", |a, _| a * a), ("b²", |_, b| b * b)],
    seen: |rating, _| rating,
};

/// Rated or not.
const SETS: Table = Table {
    whole: true,
    columns: &[("in a", |a, _| a), ("in b", |_, b| b), ("in both", |a, b| a * b)],
    seen: |_, _| 1.0,
};

/// What a similarity compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compares {
    /// Which entries are rated, whatever the ratings.
    Sets,
    Products,
    Ratings,
    /// Differences of ratings: adding a number to all of them changes nothing.
    Differences,
    Residuals,
}

/// The arithmetic of a similarity: named figures, a formula with the names in braces, and an entry's share of its main
/// sum.
pub(super) struct Recipe {
    pub figures: Vec<(&'static str, f64)>,
    pub formula: Cow<'static, str>,
    /// What the shares of the co-rated entries add up to.
    pub sum: &'static str,
    pub share: Box<dyn Fn(f64, f64) -> f64>,
}

/// Declares the similarities, one per line, in the order of menus and help.
macro_rules! similarities {
    ($($name:ident($file:ident)),+ $(,)?) => {
        /// How alike two rows of ratings are: two users' over items, or two items' over users. [`SIMILARITIES`] says more.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // the file of each says what it is
        pub enum Similarity {
            $($name,)+
        }

        /// All similarities.
        pub static SIMILARITIES: [SimilaritySpec; SIMILARITY_NAMES.len()] = [$($file::SPEC),+];

        /// Their names, in the same order.
        pub const SIMILARITY_NAMES: [&str; [$(Similarity::$name),+].len()] = [$($file::SPEC.name),+];
    };
}

similarities! {
    Cosine(cosine),
    CosineCommon(cosine_common),
    CenteredCosine(centered_cosine),
    Msd(msd),
    Pearson(pearson),
    PearsonBaseline(pearson_baseline),
    Jaccard(jaccard),
    Lift(lift),
    Llr(llr),
}

impl Serialize for Similarity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Similarity {
    pub fn spec(self) -> &'static SimilaritySpec {
        &SIMILARITIES[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The similarity called `name`.
    pub fn find(name: &str) -> Result<Self, String> {
        let found = SIMILARITIES.iter().find(|s| s.name == name);
        found
            .map(|spec| spec.similarity)
            .ok_or_else(|| unknown("similarity", name, SIMILARITY_NAMES))
    }

    /// The shrinkage unless set: 100 for pearson-baseline, else 0.
    pub fn default_shrinkage(self) -> f64 {
        if self.needs_baselines() { 100.0 } else { 0.0 }
    }

    /// Whether adding a number to all ratings leaves it unchanged.
    pub(super) fn ignores_offsets(self) -> bool {
        self.spec().compares == Compares::Differences
    }

    /// Whether it counts which entries are rated, whatever the ratings.
    pub fn compares_sets(self) -> bool {
        self.spec().compares == Compares::Sets
    }

    /// What it looks at, in a few words: whole rows with 0 for unrated entries, only what both rated, or sets.
    pub fn looks_at(self) -> &'static str {
        match (self.compares_sets(), self.spec().table.whole) {
            (true, _) => "rated or not",
            (false, true) => "whole rows",
            (false, false) => "common only",
        }
    }

    pub fn needs_baselines(self) -> bool {
        self.spec().compares == Compares::Residuals
    }
}

/// A similarity with its two settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub similarity: Similarity,
    /// With fewer co-rated entries there is no similarity. At least 1, for pearson-baseline at least 2.
    pub min_support: usize,
    /// Pulls towards 0 where few entries are co-rated: × n/(n + shrinkage), for pearson-baseline × (n−1)/(n−1 +
    /// shrinkage).
    pub shrinkage: f64,
}

impl From<Similarity> for Measure {
    /// With a minimum support of 1 and the default shrinkage.
    fn from(similarity: Similarity) -> Self {
        Self {
            similarity,
            min_support: 1,
            shrinkage: similarity.default_shrinkage(),
        }
    }
}

/// Why two rows have no similarity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// No entry is rated in both.
    #[error("nothing in common")]
    NothingInCommon,
    /// Fewer co-rated entries than the minimum support.
    #[error("too little in common")]
    TooLittleInCommon,
    /// One of the rows does not vary (or has length 0), so that there is nothing to compare.
    #[error("no variance")]
    NoVariance,
}

impl Measure {
    /// The similarity of two rows from the sums over their co-rated entries and the statistics of the whole rows.
    /// `population` is the number of entries with ratings. Swapping the rows gives the same bits.
    pub(super) fn of(&self, s: &Sums, a: &RowStats, b: &RowStats, population: f64) -> Result<f64, Undefined> {
        if s.n < 1.0 {
            return Err(Undefined::NothingInCommon);
        }
        let spec = self.similarity.spec();
        let pairs = if spec.compares == Compares::Residuals {
            s.n - 1.0
        } else {
            s.n
        };
        if s.n < self.min_support as f64 || pairs < 1.0 {
            return Err(Undefined::TooLittleInCommon);
        }
        let value = (spec.value)(s, a, b, population)?;
        let value = if self.shrinkage > 0.0 {
            value * (pairs / (pairs + self.shrinkage))
        } else {
            value
        };
        if value.is_finite() {
            Ok(without_rounding_noise(value))
        } else {
            Err(Undefined::NoVariance)
        }
    }
}

/// The value without its last six bits (a relative 10⁻¹⁴), so that values that differ only by the order of summation
/// tie, and ties go by file order, not by rounding. Dekker's (1971) split.
fn without_rounding_noise(x: f64) -> f64 {
    const SPLIT: f64 = 65.0;
    let big = SPLIT * x;
    big - (big - x)
}

/// top / √(left · right), a cosine.
fn ratio(top: f64, left: f64, right: f64) -> Result<f64, Undefined> {
    let below = (left * right).sqrt();
    // Not `below <= 0`: a NaN, from ratings near the largest f64, counts as no variance, too.
    if below > 0.0 {
        Ok((top / below).clamp(-1.0, 1.0))
    } else {
        Err(Undefined::NoVariance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Perfectly correlated rows at different places of the scale and of different lengths are exactly equally similar,
    /// so that file order decides.
    #[test]
    fn what_is_equal_but_for_rounding_is_equal() {
        let of = |similarity: Similarity, pairs: &[(f64, f64)]| {
            let mut sums = super::super::lanes::Accumulated::new(similarity, 1);
            for (x, y) in pairs {
                sums.add(0, *x, *y);
            }
            let row = |side: fn(&(f64, f64)) -> f64| RowStats::of(pairs.iter().map(side), 0.0);
            let measure = Measure::from(similarity);
            measure.of(&sums.at(0), &row(|p| p.0), &row(|p| p.1), 100.0).unwrap()
        };
        for similarity in [Similarity::Pearson, Similarity::CenteredCosine] {
            for low in 1..4 {
                for times in 1..40 {
                    let (x, y) = (f64::from(low), 0.5 + f64::from(low));
                    let pairs: Vec<(f64, f64)> = (0..3 * times)
                        .map(|n| (x + f64::from(n % 3), y + 0.5 * f64::from(n % 3)))
                        .collect();
                    assert_eq!(of(similarity, &pairs), 1.0, "{similarity:?} from {low}, {times} times");
                }
            }
        }
        // Rotated by a third: 1/2, whatever the length of the rows.
        for times in [1, 2, 3, 5, 7, 11, 100] {
            let pairs = [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)].repeat(times);
            assert_eq!(of(Similarity::Pearson, &pairs), 0.5);
            assert_eq!(of(Similarity::CenteredCosine, &pairs), 0.5);
        }
    }

    #[test]
    fn the_registry_and_the_names_agree() {
        for (at, spec) in SIMILARITIES.iter().enumerate() {
            assert_eq!((spec.similarity as usize, spec.name), (at, SIMILARITY_NAMES[at]));
            assert_eq!(Similarity::find(spec.name), Ok(spec.similarity));
            assert_eq!(
                serde_json::to_string(&spec.similarity).unwrap(),
                format!("\"{}\"", spec.name)
            );
        }
        let wrong = Similarity::find("peason").unwrap_err();
        assert_eq!(wrong, "there is no similarity peason; did you mean pearson?");
    }

    #[test]
    fn the_log_likelihood_ratio_of_known_tables() {
        // Dunning's G² by entropies: 2 (Σ k ln k − Σ rows ln rows − Σ columns ln columns + N ln N).
        let x = |v: f64| if v > 0.0 { v * v.ln() } else { 0.0 };
        for (both, a, b, n) in [
            (13.0, 1013.0, 1013.0, 102013.0),
            (1.0, 1.0, 1.0, 2.0),
            (10.0, 15.0, 12.0, 100.0),
        ] {
            let cells: f64 = [both, a - both, b - both, n - a - b + both].into_iter().map(x).sum();
            let margins = x(a) + x(n - a) + x(b) + x(n - b);
            let expected = 2.0 * (cells - margins + x(n));
            let seen = log_likelihood_ratio(both, a, b, n);
            assert!((seen - expected).abs() < 1e-6, "{seen} {expected}");
        }
        // Both rate the only entry they can: 2·2·ln 2 for a diagonal table of ones.
        assert!((log_likelihood_ratio(1.0, 1.0, 1.0, 2.0) - 4.0 * 2f64.ln()).abs() < 1e-12);
        // No more often than by chance.
        assert_eq!(log_likelihood_ratio(1.0, 10.0, 10.0, 100.0), 0.0);
        assert_eq!(log_likelihood_ratio(1.0, 50.0, 50.0, 100.0), 0.0);
    }
}
