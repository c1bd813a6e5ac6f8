use super::ProportionSpec;
use crate::experiment::tested::Tested;

pub(super) static FISHER: ProportionSpec = ProportionSpec {
    name: "fisher",
    formula: "Σ of the hypergeometric probabilities that are no larger than that of what was seen",
    doc: "exact for given margins; the statistic is the odds ratio",
    test: |arms| {
        let told = Tested::new("fisher");
        let p = two_sided(arms.a.views, arms.b.views, arms.a.clicks, arms.b.clicks);
        let [odds_a, odds_b] = [arms.a, arms.b].map(|c| c.clicks as f64 / c.misses() as f64);
        let ratio = odds_b / odds_a;
        let mut told = told.tested(ratio, p);
        if ratio.is_finite() {
            told = told.about("odds-ratio", ratio);
        } else {
            told.note = Some("the odds ratio is not finite".to_owned());
        }
        told
    },
};

/// The two-sided p-value: the sum over x_A, given the clicks of both arms, of what is no likelier than what was seen (to a
/// relative 1e-7, as scipy and R have it). Outward from the mode both ways, until nothing is left to add.
fn two_sided(n_a: u64, n_b: u64, x_a: u64, x_b: u64) -> f64 {
    let clicks = x_a + x_b;
    let (low, high) = (clicks.saturating_sub(n_b), clicks.min(n_a));
    let log_choose = |n: u64, k: u64| {
        let gamma = |n: u64| libm::lgamma(n as f64 + 1.0);
        gamma(n) - gamma(k) - gamma(n - k)
    };
    let log = |k: u64| log_choose(n_a, k) + log_choose(n_b, clicks - k);
    // The ratio of neighbors, P(k + 1) / P(k).
    let ratio = |k: u64| {
        let above = (n_a - k) as f64 * (clicks - k) as f64;
        above / ((k + 1) as f64 * (n_b + k + 1 - clicks) as f64)
    };
    let mode = ((clicks + 1) as f64 * (n_a + 1) as f64 / (n_a + n_b + 2) as f64) as u64;
    let mode = mode.clamp(low, high);
    // Relative to the mode, so that nothing is lost to the size of factorials.
    let seen = (log(x_a) - log(mode)).exp() * (1.0 + 1e-7);
    let (mut all, mut tail) = (0.0, 0.0);
    let mut add = |probability: f64| {
        all += probability;
        if probability <= seen {
            tail += probability;
        }
        probability > 1e-30 * seen.min(1.0)
    };
    add(1.0);
    let mut probability = 1.0;
    for k in mode..high {
        probability *= ratio(k);
        if !add(probability) {
            break;
        }
    }
    probability = 1.0;
    for k in (low..mode).rev() {
        probability /= ratio(k);
        if !add(probability) {
            break;
        }
    }
    tail / all
}
