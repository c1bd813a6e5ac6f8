use std::f64::consts::FRAC_PI_2;

use rand_distr::{Beta, Distribution};

use super::{Posterior, stream_of};

/// Gauss–Legendre nodes and weights of order 12 on (−1, 1), positive half (Abramowitz and Stegun, table 25.4).
const NODES: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_8),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_8),
    (0.587_317_954_286_617_4, 0.203_167_426_723_065_9),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_2),
    (0.904_117_256_370_474_9, 0.106_939_325_995_318_4),
    (0.981_560_634_246_719_3, 0.047_175_336_386_511_83),
];

/// Where panels begin, in standard deviations from each arm's center.
const EDGES: [f64; 11] = [-10.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 10.0];

/// The probability of each arm to be the best one, P(θ_i > θ_j for all j ≠ i) = ∫ f_i(x) Π_{j≠i} F_j(x) dx, for
/// independent posteriors. Sums to 1; empty for no arms.
///
/// By quadrature, not by draws: x = sin²φ takes the poles at 0 and 1 away and makes all posteriors about equally wide
/// for equal counts; panels are laid around each arm's center. Correct to about 1e-9 for α and β of at least ½.
/// O(K²) evaluations of the Beta law, about 5 ms for ten arms.
pub fn p_best(posteriors: &[Posterior]) -> Vec<f64> {
    let mut shares = integrate(posteriors);
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        for share in &mut shares {
            *share = (*share / sum).clamp(0.0, 1.0);
        }
    } else {
        shares.fill(1.0 / posteriors.len() as f64);
    }
    shares
}

/// So many draws tell the value remaining.
const DRAWS: usize = 2_000;

/// How much better another arm may be than the one that is most probably the best: the quantile at `level` of
/// (max_j θ_j − θ_i) / θ_i, with i the likeliest best arm, by 2,000 draws. 0 where nothing can be gained; `None` for no arms.
/// Google Analytics' rule stops an experiment where the 95 % quantile is below 1 %.
pub fn value_remaining(posteriors: &[Posterior], best: &[f64], level: f64) -> Option<f64> {
    let favorite = (0..best.len()).max_by(|a, b| best[*a].total_cmp(&best[*b]))?;
    let mut stream = stream_of(0, "value remaining", 0);
    let laws: Vec<_> = posteriors.iter().map(|p| Beta::new(p.alpha, p.beta).ok()).collect();
    let mut values: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let draw = |(law, p): (&Option<Beta<f64>>, &Posterior)| {
                law.as_ref().map_or(p.mean(), |law| law.sample(&mut stream))
            };
            let draws: Vec<f64> = laws.iter().zip(posteriors).map(draw).collect();
            let most = draws.iter().copied().fold(0.0, f64::max);
            (most - draws[favorite]) / draws[favorite].max(f64::MIN_POSITIVE)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(((DRAWS - 1) as f64 * level) as usize).copied()
}

/// The integrals as they come out; their sum differs from 1 by the error of the quadrature.
fn integrate(posteriors: &[Posterior]) -> Vec<f64> {
    let mut shares = vec![0.0; posteriors.len()];
    let mut below = vec![0.0; posteriors.len()];
    for panel in panels(posteriors).windows(2) {
        let (center, half) = (f64::midpoint(panel[0], panel[1]), (panel[1] - panel[0]) / 2.0);
        for (node, weight) in NODES {
            for phi in [center - half * node, center + half * node] {
                add_at(phi, weight * half, posteriors, &mut below, &mut shares);
            }
        }
    }
    shares
}

fn add_at(phi: f64, weight: f64, posteriors: &[Posterior], below: &mut [f64], shares: &mut [f64]) {
    let (sin, cos) = phi.sin_cos();
    let (x, rest) = (sin * sin, cos * cos);
    let (log, log_rest) = (2.0 * sin.ln(), 2.0 * cos.ln());
    for (posterior, below) in posteriors.iter().zip(below.iter_mut()) {
        *below = posterior.split(x, rest, log, log_rest).0;
    }
    // dx = 2 sin φ cos φ dφ, taken into the exponent so that a pole of the density is met by a zero of it.
    let log_step = 0.5 * (log + log_rest) + (2.0 * weight).ln();
    for arm in 0..posteriors.len() {
        let others: f64 = below
            .iter()
            .enumerate()
            .map(|(j, b)| if j == arm { 1.0 } else { *b })
            .product();
        if others > 0.0 {
            shares[arm] += (posteriors[arm].log_density(log, log_rest) + log_step).exp() * others;
        }
    }
}

/// Ascending ends of panels that cover all φ where an arm can be the best one.
fn panels(posteriors: &[Posterior]) -> Vec<f64> {
    let center = |p: &Posterior| p.mean().sqrt().asin();
    let width = |p: &Posterior| 0.5 / (p.alpha + p.beta).sqrt();
    // Below the highest of the lower ends some arm's F is 0, above the highest of the upper ends every f is.
    let low = posteriors
        .iter()
        .map(|p| center(p) - 10.0 * width(p))
        .fold(0.0, f64::max);
    let high = posteriors
        .iter()
        .map(|p| center(p) + 10.0 * width(p))
        .fold(0.0, f64::max)
        .min(FRAC_PI_2);
    let narrowest = posteriors.iter().map(width).fold(f64::INFINITY, f64::min);
    let mut ends: Vec<f64> = posteriors
        .iter()
        .flat_map(|p| EDGES.map(|k| center(p) + k * width(p)))
        .filter(|&phi| phi > low && phi < high)
        .collect();
    ends.sort_unstable_by(f64::total_cmp);
    let mut kept = vec![low];
    for end in ends {
        if kept.last().is_none_or(|&last| end - last > 0.5 * narrowest) {
            kept.push(end);
        }
    }
    kept.push(high);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_is_met() {
        let counts = [(30.0, 50.0), (12.0, 25.0), (4.0, 10.0), (0.0, 5.0)];
        let posteriors = counts.map(|(s, n)| Posterior::new(1.0 + s, 1.0 + n - s));
        let expected = [0.74214561, 0.14277214, 0.11037218, 0.00471007];
        for (found, expected) in p_best(&posteriors).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-8, "{found} {expected}");
        }
    }

    #[test]
    fn two_arms_meet_the_closed_form() {
        // P(θ_B > θ_A) = Σ_{i<α_B} B(α_A + i, β_A + β_B) / ((β_B + i) B(1 + i, β_B) B(α_A, β_A)) (Evan Miller 2014).
        let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        for (a, b) in [
            ((61.0, 552.0), (6.0, 118.0)),
            ((1.0, 1.0), (3.0, 2.0)),
            ((501.0, 4501.0), (520.0, 4482.0)),
        ] {
            let term = |i: u32| {
                let i = f64::from(i);
                (log_beta(a.0 + i, a.1 + b.1) - (b.1 + i).ln() - log_beta(1.0 + i, b.1) - log_beta(a.0, a.1)).exp()
            };
            let expected: f64 = (0..b.0 as u32).map(term).sum();
            let found = p_best(&[Posterior::new(a.0, a.1), Posterior::new(b.0, b.1)])[1];
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn the_integrals_sum_to_one_before_they_are_made_to() {
        let cases: [Vec<(f64, f64)>; 6] = [
            vec![(1.0, 1.0); 10],
            vec![(0.5, 0.5), (0.5, 4.5), (6.5, 0.5)],
            vec![(61.0, 552.0), (6.0, 118.0), (8.0, 134.0), (4.0, 96.0), (1.0, 52.0)],
            vec![(9e5, 1e5), (1.0, 1.0), (2.0, 1.0)],
            vec![(1e5, 9e5), (1.0, 3.0), (1.0, 1e4)],
            (0..40).map(|i| (5.0 + f64::from(i), 60.0)).collect(),
        ];
        for case in cases {
            let posteriors: Vec<Posterior> = case.iter().map(|&(a, b)| Posterior::new(a, b)).collect();
            let sum: f64 = integrate(&posteriors).iter().sum();
            assert!((sum - 1.0).abs() < 1e-8, "{sum} for {case:?}");
        }
        assert!(p_best(&[]).is_empty());
        assert_eq!(p_best(&[Posterior::new(3.0, 4.0)]), [1.0]);
    }

    #[test]
    fn little_remains_where_the_best_is_known() {
        let sure = [Posterior::new(900.0, 100.0), Posterior::new(100.0, 900.0)];
        assert_eq!(value_remaining(&sure, &p_best(&sure), 0.95), Some(0.0));
        // Of two flat laws V = max(y − x, 0) / x with x, y uniform: P(V > v) = 1 / (2 (1 + v)), so V is 9 at .95.
        let flat = [Posterior::new(1.0, 1.0), Posterior::new(1.0, 1.0)];
        let found = value_remaining(&flat, &[0.5, 0.5], 0.95).unwrap();
        // 2,000 draws know a level of .95 to ± .02 (four standard errors): V from 6.1 to 15.7.
        assert!((6.1..15.7).contains(&found), "{found}");
        assert_eq!(value_remaining(&[], &[], 0.95), None);
    }
}
