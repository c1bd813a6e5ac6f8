//! Intervals for one proportion.

use super::counts::Counts;
use super::special::critical_z;
use crate::bandit::Posterior;

/// An interval of one rate.
#[derive(Debug)]
pub struct RateSpec {
    pub name: &'static str,
    pub formula: &'static str,
    /// The interval of the level 1 − α.
    pub interval: fn(Counts, f64) -> (f64, f64),
}

/// Every interval of one rate, in the order of help and output.
pub static RATES: [&RateSpec; 3] = [
    &RateSpec {
        name: "wilson",
        formula: "(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)",
        interval: wilson,
    },
    &RateSpec {
        name: "clopper-pearson",
        formula: "quantiles α/2 of Beta(x, n − x + 1) and 1 − α/2 of Beta(x + 1, n − x): never too short",
        interval: clopper_pearson,
    },
    &RateSpec {
        name: "jeffreys",
        formula: "quantiles α/2 and 1 − α/2 of Beta(x + ½, n − x + ½); 0 and 1 where none or all clicked",
        interval: jeffreys,
    },
];

/// Wilson 1927: all rates whose z-test does not reject what was seen.
pub fn wilson(counts: Counts, alpha: f64) -> (f64, f64) {
    let (n, p, z) = (counts.views as f64, counts.rate(), critical_z(alpha));
    let share = z * z / n;
    let middle = p + share / 2.0;
    let half = z * (p * (1.0 - p) / n + share / (4.0 * n)).sqrt();
    let [low, high] = [middle - half, middle + half].map(|x| x / (1.0 + share));
    // What rounding leaves at the ends.
    let low = if counts.clicks == 0 { 0.0 } else { low };
    let high = if counts.misses() == 0 { 1.0 } else { high };
    (low, high)
}

/// Clopper and Pearson 1934: exact tails.
pub fn clopper_pearson(counts: Counts, alpha: f64) -> (f64, f64) {
    let (x, misses) = (counts.clicks as f64, counts.misses() as f64);
    let low = match counts.clicks {
        0 => 0.0,
        _ => Posterior::new(x, misses + 1.0).quantile(alpha / 2.0),
    };
    let high = match counts.misses() {
        0 => 1.0,
        _ => Posterior::new(x + 1.0, misses).quantile(1.0 - alpha / 2.0),
    };
    (low, high)
}

/// Jeffreys' prior, equal tails, with the ends of Brown, Cai and DasGupta 2001.
pub fn jeffreys(counts: Counts, alpha: f64) -> (f64, f64) {
    let law = Posterior::new(counts.clicks as f64 + 0.5, counts.misses() as f64 + 0.5);
    let low = if counts.clicks == 0 {
        0.0
    } else {
        law.quantile(alpha / 2.0)
    };
    let high = if counts.misses() == 0 {
        1.0
    } else {
        law.quantile(1.0 - alpha / 2.0)
    };
    (low, high)
}
