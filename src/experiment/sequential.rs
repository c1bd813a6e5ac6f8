//! Looking more than once: how often chance alone crosses a boundary, and boundaries that chance crosses no more often than
//! it may (Armitage, McPherson and Rowe 1969; Pocock 1977; O'Brien and Fleming 1979).

use super::special::{normal_below, root};

/// Nodes and weights of Gauss and Legendre, order 8, positive half.
const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_2, 0.101_228_536_290_376_26),
];

/// The most looks that boundaries are computed for.
pub const MOST_LOOKS: usize = 200;

/// The probability under no effect that |z| crosses `bounds[k]` at look k or before, after each of the equally spaced looks.
///
/// Z_k = S_k/√k with standard normal increments of S: the density of S_k over paths that stayed inside is carried from look
/// to look by quadrature. Correct to about 1e-10. O(looks × nodes²), a millisecond a look.
pub fn crossing(bounds: &[f64]) -> Vec<f64> {
    let mut crossed = Vec::with_capacity(bounds.len());
    // Where S_{k−1} may be, and the density there times the weight; at the beginning S_0 = 0.
    let mut inside: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    for (k, bound) in bounds.iter().enumerate() {
        let end = bound.max(0.0) * ((k + 1) as f64).sqrt();
        // The tails beyond the end, from what was inside before: small numbers keep their digits.
        let out: f64 = inside
            .iter()
            .map(|(s, mass)| mass * (normal_below(-(end - s)) + normal_below(-(end + s))))
            .sum();
        let before = crossed.last().copied().unwrap_or(0.0);
        crossed.push((before + out).min(1.0));
        let nodes = nodes(end);
        let density = |to: f64| -> f64 {
            let at = |(s, mass): &(f64, f64)| mass * (-0.5 * (to - s) * (to - s)).exp();
            inside.iter().map(at).sum::<f64>() * FRONT
        };
        inside = nodes.into_iter().map(|(s, weight)| (s, weight * density(s))).collect();
    }
    crossed
}

/// 1/√(2π).
const FRONT: f64 = 0.398_942_280_401_432_7;

/// Nodes over (−end, end): panels of about one standard deviation of an increment.
fn nodes(end: f64) -> Vec<(f64, f64)> {
    let panels = (2.0 * end).ceil().clamp(8.0, 96.0);
    let half = end / panels;
    let panel = |n: usize| {
        let center = -end + half * (2 * n + 1) as f64;
        NODES
            .into_iter()
            .flat_map(move |(x, w)| [(center - half * x, w * half), (center + half * x, w * half)])
    };
    (0..panels as usize).flat_map(panel).collect()
}

/// The shape of a boundary over the looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The same |z| at every look.
    Pocock,
    /// c √(K/k): hard to cross early, hardly harder than a single test at the end.
    OBrienFleming,
}

impl Boundary {
    /// |z| at each of `looks` equally spaced looks, so that no effect crosses it with probability `alpha` in all. Empty for no
    /// look; at most [`MOST_LOOKS`].
    pub fn bounds(self, looks: usize, alpha: f64) -> Vec<f64> {
        let looks = looks.min(MOST_LOOKS);
        let at = |constant: f64| -> Vec<f64> {
            let of = |k: usize| match self {
                Self::Pocock => constant,
                Self::OBrienFleming => constant * (looks as f64 / k as f64).sqrt(),
            };
            (1..=looks).map(of).collect()
        };
        if looks == 0 {
            return Vec::new();
        }
        at(constant(looks, alpha, |c| {
            crossing(&at(c)).last().copied().unwrap_or(0.0)
        }))
    }
}

/// The constant where the probability to cross is α: regula falsi (Illinois) on its logarithm, to 1e-10.
fn constant(looks: usize, alpha: f64, crossed: impl Fn(f64) -> f64) -> f64 {
    let excess = |c: f64| (crossed(c).max(1e-300) / alpha).ln();
    let single = super::special::critical_z(alpha);
    // Not below a single test, not above Bonferroni's.
    let (mut low, mut high) = (single - 1e-9, super::special::critical_z(alpha / looks as f64) + 1e-9);
    let (mut at_low, mut at_high) = (excess(low), excess(high));
    let mut last_side = 0;
    for _ in 0..60 {
        if at_low == at_high || (high - low).abs() < 1e-11 {
            break;
        }
        let c = (low * at_high - high * at_low) / (at_high - at_low);
        let at = excess(c);
        if at.abs() < 1e-12 {
            return c;
        }
        if at > 0.0 {
            (low, at_low) = (c, at);
            if last_side == 1 {
                at_high /= 2.0;
            }
            last_side = 1;
        } else {
            (high, at_high) = (c, at);
            if last_side == -1 {
                at_low /= 2.0;
            }
            last_side = -1;
        }
    }
    f64::midpoint(low, high)
}

/// The nominal level at each look whose repeated use over so many looks has the level α in all: what a peeker would have to
/// demand.
pub fn nominal_level(looks: usize, alpha: f64) -> f64 {
    let bound = Boundary::Pocock.bounds(looks, alpha);
    bound.first().map_or(alpha, |z| 2.0 * normal_below(-z))
}

/// τ² that makes the mixture SPRT's interval shortest at a given variance of the difference: where to put the power.
pub fn best_tau2(variance: f64, alpha: f64) -> f64 {
    // The half-width's square over the variance is (1 + x)/x · (2 ln(1/α) + ln(1 + x)), x = τ²/variance; its minimum.
    let slope = |x: f64| x - 2.0 * (1.0 / alpha).ln() - (1.0 + x).ln();
    variance * root(1e-9, 1e6, slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::always_valid_half_width;

    #[test]
    fn peeking_has_the_published_levels() {
        let published = [
            (1, 0.0500),
            (2, 0.0831),
            (3, 0.1073),
            (4, 0.1262),
            (5, 0.1417),
            (10, 0.1934),
            (20, 0.2479),
            (50, 0.3205),
            (100, 0.3736),
        ];
        let crossed = crossing(&[1.959_963_984_540_054; 100]);
        for (looks, level) in published {
            assert!(
                (crossed[looks - 1] - level).abs() < 6e-5,
                "{looks}: {}",
                crossed[looks - 1]
            );
        }
    }

    #[test]
    fn boundaries_are_the_published_ones() {
        let pocock = [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555)];
        for (looks, bound) in pocock {
            let found = Boundary::Pocock.bounds(looks, 0.05);
            assert!(
                (found[0] - bound).abs() < 6e-4 && found.len() == looks,
                "{looks}: {found:?}"
            );
            let level = crossing(&found)[looks - 1];
            assert!((level - 0.05).abs() < 1e-9, "{level}");
        }
        let last = [(2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040), (10, 2.087)];
        for (looks, bound) in last {
            let found = Boundary::OBrienFleming.bounds(looks, 0.05);
            assert!((found[looks - 1] - bound).abs() < 6e-4, "{looks}: {found:?}");
        }
        let path = [4.562, 3.226, 2.634, 2.281, 2.040];
        for (found, bound) in Boundary::OBrienFleming.bounds(5, 0.05).iter().zip(path) {
            assert!((found - bound).abs() < 6e-4);
        }
        assert!((Boundary::Pocock.bounds(1, 0.05)[0] - 1.959964).abs() < 1e-6);
        assert!(Boundary::Pocock.bounds(0, 0.05).is_empty());
        assert!((nominal_level(5, 0.05) - 0.0158).abs() < 6e-5);
    }

    #[test]
    fn no_other_mixture_is_narrower() {
        let width = |tau2: f64| always_valid_half_width(1e-6, tau2, 0.05);
        let best = best_tau2(1e-6, 0.05);
        assert!(width(best) < width(best * 1.1) && width(best) < width(best / 1.1));
    }
}
