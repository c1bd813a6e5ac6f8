/// Probabilities are kept this far from 0 and 1, so that every divergence is finite.
const EDGE: f64 = 1e-15;

/// The Kullback–Leibler divergence of two Bernoulli laws: p ln(p/q) + (1−p) ln((1−p)/(1−q)), in nats.
///
/// p and q are clamped to [1e-15, 1 − 1e-15], so the result is finite and at least 0.
pub fn kl(p: f64, q: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    let q = q.clamp(EDGE, 1.0 - EDGE);
    (p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()).max(0.0)
}

/// The slope of [`kl`] in its second argument: (q − p) / (q(1 − q)).
pub(super) fn kl_slope(p: f64, q: f64) -> f64 {
    let q = q.clamp(EDGE, 1.0 - EDGE);
    (q - p) / (q * (1.0 - q))
}

/// A q that lies at or above the highest q with kl(p, q) ≤ d and costs no iteration: the lower of Pinsker's bound p + √(d/2) and of
/// what remains of the divergence without its term in ln q.
pub(super) fn kl_ceiling(p: f64, d: f64) -> f64 {
    let pinsker = p + (d / 2.0).sqrt();
    if p >= 1.0 {
        return 1.0;
    }
    let entropy = if p > 0.0 {
        -(p * p.ln() + (1.0 - p) * (1.0 - p).ln())
    } else {
        0.0
    };
    let tail = -((-(d + entropy) / (1.0 - p)).exp_m1());
    pinsker.min(tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::optimistic::kl_upper_bound;

    #[test]
    fn divergences_meet_published_values() {
        for (p, q, expected) in [
            (0.1, 0.9, 1.757779662),
            (0.4, 0.5, 0.0201355136),
            (0.01, 0.99, 4.5032174531),
        ] {
            assert!((kl(p, q) - expected).abs() < 1e-9);
        }
        assert!(kl(0.0, 1.0).is_finite() && kl(1.0, 0.0).is_finite());
        assert_eq!(kl(0.3, 0.3), 0.0);
    }

    #[test]
    fn upper_bounds_meet_published_values() {
        for (p, expected) in [(0.9, 0.9944894894), (0.1, 0.3783915488), (0.5, 0.7870888164)] {
            assert!((kl_upper_bound(p, 0.2) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn upper_bounds_agree_with_bisection() {
        let bisection = |p: f64, d: f64| {
            let (mut low, mut high) = (p, 1.0);
            for _ in 0..100 {
                let middle = f64::midpoint(low, high);
                if kl(p, middle) <= d {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            low
        };
        for p in [0.0, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.99, 0.999_999, 1.0] {
            assert_eq!(kl_upper_bound(p, 0.0), p);
            for d in [1e-9, 1e-4, 0.01, 0.3, 1.0, 5.0] {
                let (found, expected) = (kl_upper_bound(p, d), bisection(p, d));
                assert!((found - expected).abs() < 1e-9, "p={p} d={d}: {found} {expected}");
                assert!(kl_ceiling(p, d) >= found - 1e-12);
            }
        }
    }
}
