use super::{ProportionSpec, Proportions};
use crate::experiment::special::{normal_two_sided, root};
use crate::experiment::tested::Tested;

pub(super) static SCORE: ProportionSpec = ProportionSpec {
    name: "score",
    formula: "all δ with |d − δ| ≤ z √(v(δ) N/(N − 1)), v(δ) the variance at the likeliest rates that differ by δ",
    doc: "Miettinen and Nurminen 1985",
    test: |arms| {
        let d = arms.difference();
        let z = statistic(arms, 0.0, true);
        Tested::new("score")
            .about("difference", d)
            .tested(z, normal_two_sided(z))
            .within(interval(arms, true))
    },
};

/// The score interval; with the factor N/(N − 1) it is Miettinen and Nurminen's, without it Mee's.
pub(super) fn interval(arms: &Proportions, with_factor: bool) -> (f64, f64) {
    let (d, z) = (arms.difference(), arms.z());
    let low = root(-1.0, d, |delta| statistic(arms, delta, with_factor) - z);
    let high = root(d, 1.0, |delta| statistic(arms, delta, with_factor) + z);
    (low, high)
}

/// (d − δ) / √v(δ); its sign where the variance is 0.
fn statistic(arms: &Proportions, delta: f64, with_factor: bool) -> f64 {
    let (p_a, p_b) = constrained(arms, delta);
    let (n_a, n_b) = (arms.a.views as f64, arms.b.views as f64);
    let n = n_a + n_b;
    let factor = if with_factor { n / (n - 1.0) } else { 1.0 };
    let variance = factor * (p_a * (1.0 - p_a) / n_a + p_b * (1.0 - p_b) / n_b);
    let away = arms.difference() - delta;
    if away == 0.0 {
        0.0
    } else {
        away / variance.max(f64::MIN_POSITIVE).sqrt()
    }
}

/// The likeliest rates with p_B − p_A = δ, where the derivative of the likelihood in p_A, which falls, is 0: by bisection,
/// so that no cube root loses digits.
fn constrained(arms: &Proportions, delta: f64) -> (f64, f64) {
    let [x_a, m_a] = [arms.a.clicks, arms.a.misses()].map(|k| k as f64);
    let [x_b, m_b] = [arms.b.clicks, arms.b.misses()].map(|k| k as f64);
    let part = |count: f64, chance: f64| if count == 0.0 { 0.0 } else { count / chance };
    let slope = |p: f64| {
        let q = p + delta;
        part(x_a, p) - part(m_a, 1.0 - p) + part(x_b, q) - part(m_b, 1.0 - q)
    };
    let (low, high) = ((-delta).max(0.0), (1.0 - delta).min(1.0));
    let (mut from, mut to) = (low, high);
    for _ in 0..200 {
        let middle = f64::midpoint(from, to);
        if middle <= from || middle >= to {
            break;
        }
        if slope(middle) > 0.0 {
            from = middle;
        } else {
            to = middle;
        }
    }
    let p = f64::midpoint(from, to).clamp(low, high);
    (p, (p + delta).clamp(0.0, 1.0))
}
