//! How evenly lists are spread over the catalog.

use super::{Better, Compute, MetricSpec, RankedUser, Setting};

pub(super) static GINI: MetricSpec = MetricSpec {
    name: "gini",
    title: "Gini coefficient of exposure",
    heads: ["Gini", "Gini"],
    extra: true,
    definition: "Σ (2j − I − 1) x(j) / (I · Σ x) of how often each of the I items is in a list of k, ascending: 0 all alike, \
                 towards 1 one has all; the catalog is all items unless --catalog rated",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Lists(exposed))
};

pub(super) static ENTROPY: MetricSpec = MetricSpec {
    name: "entropy",
    title: "Entropy of exposure",
    heads: ["entropy", "entropy"],
    unit: "bits",
    decimals: 2,
    extra: true,
    definition: "bits: −Σ p log2 p over the items in lists of k, p the share of all places",
    ..MetricSpec::share(Compute::Lists(entropy))
};

fn exposed(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let mut counts = setting.exposure(users.iter().flat_map(|u| u.items));
    counts.sort_unstable_by(|a, b| b.cmp(a));
    gini(&counts)
}

/// Gini's coefficient of counts that descend: 0 where all are equal, towards 1 where one has everything.
///
/// G = Σ_i (n + 1 − 2i)·x_i / (n·Σx) with i from 1 in descending order. O(n).
pub fn gini(counts: &[u32]) -> f64 {
    let n = counts.len() as f64;
    let sum: f64 = counts.iter().map(|x| f64::from(*x)).sum();
    if sum == 0.0 {
        return 0.0;
    }
    let weighted: f64 = counts
        .iter()
        .enumerate()
        .map(|(i, x)| (n - 1.0 - 2.0 * i as f64) * f64::from(*x))
        .sum();
    weighted / (n * sum)
}

/// −Σ p log₂ p, from 0 where one item has all places to log₂ of how many are listed. O(users·k + items).
fn entropy(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let counts = setting.exposure(users.iter().flat_map(|u| u.items));
    let all: f64 = counts.iter().map(|n| f64::from(*n)).sum();
    let shares = counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / all);
    // No minus zero.
    shares.map(|p| -p * p.log2()).sum::<f64>() + 0.0
}
