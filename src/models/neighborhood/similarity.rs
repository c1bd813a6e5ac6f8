use super::sums::{RowStats, Sums};
use crate::data::nearest;

/// How alike two rows of ratings are: two users' over items, or two items' over users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// The cosine of whole vectors.
    Cosine,
    /// The cosine over co-rated entries only.
    CosineCommon,
    /// The cosine of whole vectors, each less its own mean.
    CenteredCosine,
    /// 1 / (1 + the mean squared difference).
    Msd,
    /// Pearson's correlation over co-rated entries.
    Pearson,
    /// The correlation of what baselines leave over, shrunk.
    PearsonBaseline,
    /// Jaccard's index of the sets of rated entries.
    Jaccard,
    /// How much more often than by chance entries are rated by both.
    Lift,
    /// The log-likelihood ratio of rating together.
    Llr,
}

/// Everything there is to say of a similarity: menus, help and docs are made from it.
#[derive(Clone, Copy, Debug)]
pub struct SimilaritySpec {
    /// Which one.
    pub similarity: Similarity,
    /// As written in formulas and on the command line.
    pub name: &'static str,
    /// As a person says it.
    pub title: &'static str,
    /// The equation in one line; a and b are the two rows, n the number of co-rated entries.
    pub formula: &'static str,
    /// What it is like and what to look out for, in a sentence or two.
    pub doc: &'static str,
}

/// The registry: one block a similarity.
pub static SIMILARITIES: [SimilaritySpec; 9] = [
    SimilaritySpec {
        similarity: Similarity::Cosine,
        name: "cosine",
        title: "Cosine",
        formula: "Σ a·b / √(Σ a² · Σ b²)",
        doc: "The angle between whole rows, where an unrated entry is 0: few common ratings mean a small cosine. As \
              scikit-learn computes it.",
    },
    SimilaritySpec {
        similarity: Similarity::CosineCommon,
        name: "cosine-common",
        title: "Cosine over common ratings",
        formula: "Σ a·b / √(Σ a² · Σ b²), all over co-rated entries",
        doc: "The angle over co-rated entries only: one common rating is enough for 1, so ask for a minimum support. As \
              Surprise computes it.",
    },
    SimilaritySpec {
        similarity: Similarity::CenteredCosine,
        name: "centered-cosine",
        title: "Centered cosine",
        formula: "Σ (a − mean a)(b − mean b) / √(Σ (a − mean a)² · Σ (b − mean b)²), norms over whole rows",
        doc: "Each row less its own mean over its rated entries, unrated ones 0: likes and dislikes count against each \
              other. As LensKit computes it.",
    },
    SimilaritySpec {
        similarity: Similarity::Msd,
        name: "msd",
        title: "Mean squared difference",
        formula: "1 / (1 + Σ (a − b)² / n)",
        doc: "1 for the same ratings, towards 0 the more they differ; over co-rated entries. As Surprise computes it.",
    },
    SimilaritySpec {
        similarity: Similarity::Pearson,
        name: "pearson",
        title: "Pearson correlation",
        formula: "(n Σ a·b − Σ a · Σ b) / √((n Σ a² − (Σ a)²)(n Σ b² − (Σ b)²))",
        doc: "Do both go up and down together? Over co-rated entries, with the means over those. As Surprise computes it.",
    },
    SimilaritySpec {
        similarity: Similarity::PearsonBaseline,
        name: "pearson-baseline",
        title: "Pearson correlation around baselines",
        formula: "(n − 1)/(n − 1 + shrinkage) · Σ x·y / √(Σ x² · Σ y²), x and y what baselines leave of a and b",
        doc: "The correlation of what the user's and the item's baselines leave over, shrunk towards 0 for few common \
              ratings (Koren 2010). The most accurate here for predicting ratings.",
    },
    SimilaritySpec {
        similarity: Similarity::Jaccard,
        name: "jaccard",
        title: "Jaccard index",
        formula: "n / (n a + n b − n)",
        doc: "The share of common entries among all entries that either rated, whatever the ratings.",
    },
    SimilaritySpec {
        similarity: Similarity::Lift,
        name: "lift",
        title: "Lift",
        formula: "N · n / (n a · n b)",
        doc: "How many times more often than by chance both rated the same; 1 is chance. Favors rare entries.",
    },
    SimilaritySpec {
        similarity: Similarity::Llr,
        name: "llr",
        title: "Log-likelihood ratio",
        formula: "2 Σ k ln(k · N / (row · column)) over the 2×2 table of rated and not rated",
        doc: "How surprising the common entries are (Dunning 1993), in natural logarithms, not squashed; 0 where there \
              are no more than by chance.",
    },
];

/// The names in the registry, in its order.
pub const SIMILARITY_NAMES: [&str; 9] = [
    "cosine",
    "cosine-common",
    "centered-cosine",
    "msd",
    "pearson",
    "pearson-baseline",
    "jaccard",
    "lift",
    "llr",
];

impl Similarity {
    /// Its registry block.
    pub fn spec(self) -> &'static SimilaritySpec {
        &SIMILARITIES[self as usize]
    }

    /// As written in formulas: `pearson-baseline`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The similarity called `name`.
    ///
    /// # Errors
    /// One sentence, with the nearest known name.
    pub fn find(name: &str) -> Result<Self, String> {
        if let Some(spec) = SIMILARITIES.iter().find(|s| s.name == name) {
            return Ok(spec.similarity);
        }
        Err(match nearest(name, SIMILARITY_NAMES) {
            Some(close) => format!("there is no similarity {name}; did you mean {close}?"),
            None => format!(
                "there is no similarity {name}; there are: {}",
                SIMILARITY_NAMES.join(", ")
            ),
        })
    }

    /// The shrinkage where nothing is said: 100 for pearson-baseline, else 0.
    pub fn default_shrinkage(self) -> f64 {
        if self == Self::PearsonBaseline { 100.0 } else { 0.0 }
    }

    /// Whether it stays the same where a number is added to all ratings.
    pub(super) fn ignores_offsets(self) -> bool {
        matches!(self, Self::Pearson | Self::CenteredCosine | Self::Msd)
    }

    /// Whether it looks at ratings through baselines.
    pub fn needs_baselines(self) -> bool {
        self == Self::PearsonBaseline
    }
}

/// A similarity with its two settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Which similarity.
    pub similarity: Similarity,
    /// Below so many co-rated entries there is no similarity. At least 1, for pearson-baseline at least 2.
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
    /// The similarity of two rows from the sums over their co-rated entries and what is known of the whole rows.
    /// `population` is the number of entries that anybody rated. Swapping the rows gives the same bits.
    pub(super) fn of(&self, s: &Sums, a: &RowStats, b: &RowStats, population: f64) -> Result<f64, Undefined> {
        if s.n < 1.0 {
            return Err(Undefined::NothingInCommon);
        }
        let pairs = if self.similarity == Similarity::PearsonBaseline {
            s.n - 1.0
        } else {
            s.n
        };
        if s.n < self.min_support as f64 || pairs < 1.0 {
            return Err(Undefined::TooLittleInCommon);
        }
        let value = match self.similarity {
            Similarity::Cosine => ratio(s.xy, a.squared_length(), b.squared_length()),
            Similarity::CosineCommon => ratio(s.xy, s.xx, s.yy),
            Similarity::CenteredCosine => {
                // All times both numbers of ratings, for the same reason as below.
                let scaled = |row: &RowStats| row.n * scaled_spread(row.n, row.sum, row.squares);
                ratio(s.centered_scaled(a, b), scaled(a), scaled(b))
            }
            Similarity::Msd => Ok(1.0 / (1.0 + s.squared_difference() / s.n)),
            Similarity::Pearson => {
                // n times all sums: no division, so that whole ratings give exactly 1 where they agree perfectly.
                let (spread_x, spread_y) = (scaled_spread(s.n, s.x, s.xx), scaled_spread(s.n, s.y, s.yy));
                ratio(s.n * s.xy - s.x * s.y, spread_x, spread_y)
            }
            Similarity::PearsonBaseline => {
                let (xx, yy) = s.centered_squares(a.bias, b.bias);
                // Where nothing is left over but rounding (constant ratings), there is nothing to compare.
                let rounding = |row: &RowStats| 1e-24 * s.n * row.squared_length() / row.n;
                if xx <= rounding(a) || yy <= rounding(b) {
                    return Err(Undefined::NoVariance);
                }
                ratio(s.centered(a.bias, b.bias), xx, yy)
            }
            Similarity::Jaccard => Ok(s.n / (a.n + b.n - s.n)),
            Similarity::Lift => Ok(population * s.n / (a.n * b.n)),
            Similarity::Llr => Ok(log_likelihood_ratio(s.n, a.n, b.n, population)),
        }?;
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

/// n Σ (x − mean)² from the number, sum and sum of squares of x; exactly 0 where rounding alone is left.
fn scaled_spread(n: f64, sum: f64, squares: f64) -> f64 {
    let spread = n * squares - sum * sum;
    let rounding = (1e-12 + 2.0 * f64::EPSILON * n) * n * squares;
    if spread > rounding { spread } else { 0.0 }
}

/// The value without its last six bits (a relative 10⁻¹⁴): what is equal but for the order of its sums becomes equal, so
/// that ties go by the file, not by rounding. Dekker's (1971) split.
fn without_rounding_noise(x: f64) -> f64 {
    const SPLIT: f64 = 65.0;
    let big = SPLIT * x;
    big - (big - x)
}

/// top / √(left · right), a cosine.
fn ratio(top: f64, left: f64, right: f64) -> Result<f64, Undefined> {
    let below = (left * right).sqrt();
    // Not `below <= 0`: a NaN, from ratings near the end of what f64 can hold, is no variance either.
    if below > 0.0 {
        Ok((top / below).clamp(-1.0, 1.0))
    } else {
        Err(Undefined::NoVariance)
    }
}

/// G² of the 2×2 table in which `both` of `population` entries are rated by a and b, which rated `in_a` and `in_b`; 0
/// where they come together no more often than by chance. Dunning 1993, as Mahout computes it before squashing.
pub fn log_likelihood_ratio(both: f64, in_a: f64, in_b: f64, population: f64) -> f64 {
    let only_a = in_a - both;
    let only_b = in_b - both;
    let neither = (population - in_a - in_b + both).max(0.0);
    if both * neither <= only_a * only_b {
        return 0.0;
    }
    let total = both + only_a + only_b + neither;
    let term = |k: f64, row: f64, column: f64| {
        if k > 0.0 {
            k * (k * total / (row * column)).ln()
        } else {
            0.0
        }
    };
    let rest_a = only_b + neither;
    let rest_b = only_a + neither;
    let sum = term(both, in_a, in_b)
        + (term(only_a, in_a, rest_b) + term(only_b, rest_a, in_b))
        + term(neither, rest_a, rest_b);
    (2.0 * sum).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that go up and down together, in different places of the scale and of different lengths, are all equally
    /// near: exactly, so that the order of the file decides.
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
        // A third of the way round: 1/2, whatever the length of the rows.
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
