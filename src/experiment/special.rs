//! The laws that tests are read from: normal, Student's t (central or not), χ².

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use crate::bandit::Posterior;

/// Φ(z): the share of the standard normal law below `z`. Correct to the last digits in the lower tail.
pub fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The two-sided p-value of a standard normal statistic, 2 Φ(−|z|).
pub fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The density of the standard normal law.
pub fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// The z below which lies the share `level` of the standard normal law: Acklam's rational start, then Halley's steps on
/// [`normal_below`]. ∓∞ at 0 and 1.
pub fn normal_quantile(level: f64) -> f64 {
    if level <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if level >= 1.0 {
        return f64::INFINITY;
    }
    if level > 0.5 {
        return -normal_quantile(1.0 - level);
    }
    let mut z = acklam(level);
    for _ in 0..3 {
        let step = (normal_below(z) - level) / normal_density(z);
        z -= step / (1.0 + 0.5 * z * step);
    }
    z
}

/// Acklam 2003, relative error 1.2e-9; `level` in (0, ½].
fn acklam(level: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let polynomial = |x: f64, terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * x + term);
    if level < 0.024_25 {
        let q = (-2.0 * level.ln()).sqrt();
        polynomial(q, &C) / (polynomial(q, &D) * q + 1.0)
    } else {
        let q = level - 0.5;
        let r = q * q;
        polynomial(r, &A) * q / (polynomial(r, &B) * r + 1.0)
    }
}

/// z with α/2 of the standard normal law beyond it: 1.96 for α = .05.
pub fn critical_z(alpha: f64) -> f64 {
    -normal_quantile(alpha / 2.0)
}

/// The two-sided p-value of Student's t with `df` > 0 degrees of freedom: I_x(df/2, ½) with x = df / (df + t²).
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    Posterior::new(df / 2.0, 0.5).cdf(df / (df + t * t))
}

/// t with α/2 of Student's law beyond it.
pub fn critical_t(alpha: f64, df: f64) -> f64 {
    let x = Posterior::new(df / 2.0, 0.5).quantile(alpha);
    (df * (1.0 - x) / x).sqrt()
}

/// P(χ² > `x`) for `df` degrees of freedom: the regularized upper incomplete gamma function Q(df/2, x/2), by its series or
/// continued fraction (DLMF 8.11.4, 8.9.2). About √df steps.
pub fn chi2_above(x: f64, df: f64) -> f64 {
    let (a, x) = (df / 2.0, x / 2.0);
    if x <= 0.0 || a <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - libm::lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (f64::MAX, 1.0 / b);
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        b += 2.0;
        let an = -i * (i - a);
        d = 1.0 / (an * d + b);
        c = an / c + b;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

/// The power of the two-sided t-test at level `alpha`: P(|T| > t) for T of the noncentral law with `df` and noncentrality
/// `delta`, T = (Z + δ) / √(χ²/df). By the trapezoid rule over the logarithm of the denominator; correct to 1e-10.
pub fn t_power(delta: f64, df: f64, alpha: f64) -> f64 {
    let t = critical_t(alpha, df);
    // w = √(χ²/df) lies around 1 with a deviation of 1/√(2 df); in ln w the law has tails of e^(df·ln w) on the left.
    let log_front = (df / 2.0) * (df / 2.0).ln() - libm::lgamma(df / 2.0) + std::f64::consts::LN_2;
    let spread = 1.0 / (2.0 * df).sqrt();
    let (low, high) = (-(12.0 * spread).max(40.0 / df), 12.0 * spread);
    let steps = 2_000;
    let step = (high - low) / f64::from(steps);
    let at = |n: u32| {
        let log_w = low + step * f64::from(n);
        let w = log_w.exp();
        let density = (log_front + df * log_w - 0.5 * df * w * w).exp();
        density * (normal_below(delta - t * w) + normal_below(-delta - t * w))
    };
    ((0..=steps).map(at).sum::<f64>() * step).clamp(0.0, 1.0)
}

/// The mean of `x` and Σ(x − mean)² / (n − 1); the latter is `None` for fewer than two values. Two passes.
pub fn mean_and_variance(x: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = x.len() as f64;
    if x.is_empty() {
        return None;
    }
    let mean = x.iter().sum::<f64>() / n;
    let squares: f64 = x.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some((mean, (x.len() > 1).then(|| squares / (n - 1.0))))
}

/// Where an increasing (or decreasing) function changes its sign between `low` and `high`, by bisection to the last bit;
/// an end where it does not.
pub fn root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let rises = f(low) < f(high);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if (f(middle) > 0.0) == rises {
            high = middle;
        } else {
            low = middle;
        }
    }
    f64::midpoint(low, high)
}

/// √2, for the size of an effect in Cohen's h.
pub(super) const ROOT_TWO: f64 = SQRT_2;

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, relative: f64) {
        assert!(
            (found - expected).abs() <= relative * expected.abs().max(1e-300),
            "{found} is not {expected}"
        );
    }

    /// scipy.stats 1.17: norm.ppf, norm.sf, t.sf, t.ppf, chi2.sf.
    #[test]
    fn laws_agree_with_scipy() {
        near(normal_quantile(0.975), 1.959963984540054, 1e-15);
        near(normal_quantile(0.8), 0.8416212335729143, 1e-14);
        near(normal_quantile(1e-10), -6.361340902404056, 1e-14);
        near(normal_quantile(0.02), -2.053748910631823, 1e-14);
        near(normal_two_sided(2.3839951328), 0.01712582, 1e-6);
        near(normal_two_sided(9.0), 2.2571768119076647e-19, 1e-13);
        near(t_two_sided(2.0, 5.0), 0.10193947882985835, 1e-12);
        near(t_two_sided(-12.706204736174698, 1.0), 0.05, 1e-10);
        near(critical_t(0.05, 10.0), 2.228138851986274, 1e-11);
        near(critical_t(0.05, 1.5), 6.016663104427929, 1e-10);
        near(chi2_above(3.841458820694124, 1.0), 0.05, 1e-12);
        near(chi2_above(18.307038053275146, 10.0), 0.05, 1e-12);
        near(chi2_above(100.0, 10.0), 5.4497019829205215e-17, 1e-10);
        near(chi2_above(0.5, 4.0), 0.9735009788392561, 1e-12);
        assert_eq!(chi2_above(0.0, 3.0), 1.0);
    }

    #[test]
    fn quantiles_turn_the_law_around() {
        for level in [1e-12, 1e-5, 0.01, 0.024, 0.3, 0.5, 0.77, 0.999_999] {
            near(normal_below(normal_quantile(level)), level, 1e-12);
        }
        for df in [1.0, 2.5, 13.87, 400.0, 1e6] {
            near(t_two_sided(critical_t(0.01, df), df), 0.01, 1e-8);
        }
        assert_eq!(
            [normal_quantile(0.0), normal_quantile(1.0)],
            [f64::NEG_INFINITY, f64::INFINITY]
        );
    }

    #[test]
    fn without_an_effect_the_power_is_alpha() {
        for df in [2.0, 9.0, 61.0, 784.0] {
            near(t_power(0.0, df, 0.05), 0.05, 1e-8);
        }
        assert!(t_power(3.0, 20.0, 0.05) > t_power(2.0, 20.0, 0.05));
    }
}
