//! What of a belief lies above a draw: how probable it is at most, and a draw from there.

use rand::RngExt;

use crate::bandit::Posterior;
use crate::bandit::policy::Stream;

/// Arms are looked at several at a time.
const LANES: usize = 4;

/// The densities of all arms but the leader, number by number, so that the processor works on several at a time.
/// Padded to whole lanes.
#[derive(Clone, Debug)]
pub(super) struct Tails {
    /// α − 1 and β − 1: the slopes of the density.
    left: Vec<f64>,
    right: Vec<f64>,
    log_beta: Vec<f64>,
    /// 1; 0 for what makes no proposals: the leader and the padding; infinite where a density has no bound (β < 1).
    weight: Vec<f64>,
    /// What [`Tails::bound`] found.
    bounds: Vec<f64>,
}

impl Tails {
    pub(super) fn new(arms: usize) -> Self {
        let none = vec![0.0; arms.next_multiple_of(LANES)];
        Self {
            left: none.clone(),
            right: none.clone(),
            log_beta: none.clone(),
            weight: none.clone(),
            bounds: none,
        }
    }

    pub(super) fn put(&mut self, arm: usize, posterior: &Posterior, leads: bool) {
        self.left[arm] = posterior.alpha - 1.0;
        self.right[arm] = posterior.beta - 1.0;
        self.log_beta[arm] = posterior.log_beta();
        self.weight[arm] = match (leads, posterior.beta >= 1.0) {
            (true, _) => 0.0,
            (false, true) => 1.0,
            (false, false) => f64::INFINITY,
        };
    }

    /// Bounds on the probability with which each arm proposes a draw above the highest, and their sum from arm `from` on. Not a
    /// number, or above 1, where there is no such bound.
    ///
    /// The probability is f(m)/λ with f(m) = e^−y. As (1 + z + z²/2 + z³/6)⁸ is no higher than e^y for z = y/8 (an odd
    /// number of terms of the series of e^z leaves a remainder above 0), that over λ is at most 1/(λ(…)⁸).
    pub(super) fn bound(&mut self, highest: &Highest, from: usize) -> f64 {
        let Highest {
            log,
            log_rest,
            inverse,
            inverse_rest,
            ..
        } = *highest;
        let n = self.bounds.len();
        // All of one length, so that nothing is checked within the loop.
        let (left, right, log_beta) = (&self.left[..n], &self.right[..n], &self.log_beta[..n]);
        let (weight, bounds) = (&self.weight[..n], &mut self.bounds[..n]);
        for arm in 0..n {
            let (left, right) = (left[arm], right[arm]);
            let rising = if left > 0.0 { left } else { 0.0 };
            let fall = right * inverse_rest - rising * inverse;
            let z = (log_beta[arm] - left * log - right * log_rest) * 0.125;
            let root = 1.0 + z * (1.0 + z * (0.5 + z * (1.0 / 6.0)));
            // Comparisons that send what is not a number to the side where nothing is spared.
            let root = if root > 0.0 { root } else { 0.0 };
            let fourth = (root * root) * (root * root);
            let least = (1.0 - 1e-9) * fall * (fourth * fourth);
            let least = if least > f64::MIN_POSITIVE {
                least
            } else {
                f64::MIN_POSITIVE
            };
            bounds[arm] = weight[arm] / least;
        }
        let (whole, rest) = self.bounds[from..].as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for group in whole {
            (0..LANES).for_each(|lane| sums[lane] += group[lane]);
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.iter().sum::<f64>()
    }

    /// What [`Tails::bound`] found for one arm.
    pub(super) fn bound_of(&self, arm: usize) -> f64 {
        self.bounds[arm]
    }
}

/// The highest draw so far.
#[derive(Clone, Copy)]
pub(super) struct Highest {
    pub(super) arm: usize,
    pub(super) value: f64,
    log: f64,
    log_rest: f64,
    /// 1 / value and 1 / (1 − value).
    inverse: f64,
    inverse_rest: f64,
}

impl Highest {
    pub(super) fn of(arm: usize, value: f64) -> Self {
        Self {
            arm,
            value,
            log: value.ln(),
            log_rest: (-value).ln_1p(),
            inverse: 1.0 / value,
            inverse_rest: 1.0 / (1.0 - value),
        }
    }
}

/// One trial from the tail of a log-concave law beyond the highest draw m, `u` being its uniform number: a draw above m,
/// with the probability with which the law has one.
pub(super) fn propose(law: &Posterior, u: f64, highest: &Highest, stream: &mut Stream) -> Option<f64> {
    let m = highest.value;
    let fall = (law.beta - 1.0) * highest.inverse_rest - (law.alpha - 1.0).max(0.0) * highest.inverse;
    let log_density = law.log_density(highest.log, highest.log_rest);
    if u >= log_density.exp() / fall {
        return None;
    }
    let beyond = -(1.0 - stream.random::<f64>()).ln() / fall;
    let x = m + beyond;
    if x >= 1.0 {
        return None;
    }
    let kept = law.log_density(x.ln(), (-x).ln_1p()) - log_density + fall * beyond;
    (stream.random::<f64>() < kept.exp()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::stream_of;
    use proptest::prelude::*;

    /// A belief from counts, and a place above its mean.
    fn above() -> impl Strategy<Value = (f64, f64, f64)> {
        let prior = prop_oneof![Just(0.5), Just(1.0), 0.001..3.0];
        let law = (prior, 0u32..400, 0u32..4000).prop_map(|(prior, s, f)| (prior + f64::from(s), prior + f64::from(f)));
        (law, 0.0..1.0).prop_map(|((alpha, beta), share)| {
            let mean = alpha / (alpha + beta);
            (alpha, beta, mean + (1.0 - mean) * share)
        })
    }

    proptest! {
        /// Nothing that a law may propose is lost, and what it may propose is at least what of it is there.
        #[test]
        fn bounds_are_no_less_than_what_they_bound((alpha, beta, m) in above()) {
            let law = Posterior::new(alpha, beta);
            let highest = Highest::of(0, m);
            let mut tails = Tails::new(6);
            tails.put(0, &law, true);
            tails.put(5, &law, false);
            let sum = tails.bound(&highest, 0);
            let bound = tails.bound_of(5);
            prop_assert_eq!((tails.bound_of(0), tails.bound(&highest, 5)), (0.0, bound));
            prop_assert!(sum == bound);
            prop_assert!(bound >= (1.0 - law.cdf(m)) * (1.0 - 1e-9) - 1e-12, "{} {}", bound, 1.0 - law.cdf(m));
        }
    }

    #[test]
    fn bounds_are_close_where_arms_are_decided() {
        // Three standard deviations above the mean: a bound of twice the mass would let twice as many arms be looked at.
        for (alpha, beta) in [(6.0, 118.0), (1.0, 52.0), (31.0, 21.0), (0.5, 40.0), (400.0, 3600.0)] {
            let law = Posterior::new(alpha, beta);
            let mean: f64 = law.mean();
            let m = mean + 3.0 * (mean * (1.0 - mean) / (alpha + beta + 1.0)).sqrt();
            let mut tails = Tails::new(1);
            tails.put(0, &law, false);
            let (bound, mass) = (tails.bound(&Highest::of(1, m), 0), 1.0 - law.cdf(m));
            assert!(bound < 1.7 * mass, "{bound} for {mass} of Beta({alpha}, {beta})");
        }
    }

    #[test]
    fn proposals_follow_the_law_beyond() {
        // As many as there are, and with the median that the law has there.
        for (alpha, beta, m) in [(6.0, 118.0, 0.08), (0.5, 40.0, 0.03), (31.0, 21.0, 0.7)] {
            let (law, highest) = (Posterior::new(alpha, beta), Highest::of(0, m));
            let (mut stream, n) = (stream_of(3, "tail", 0), 40_000);
            let above = 1.0 - law.cdf(m);
            let middle = law.quantile(1.0 - above / 2.0);
            let draws: Vec<f64> = (0..n)
                .filter_map(|_| propose(&law, stream.random(), &highest, &mut stream))
                .collect();
            let near = |found: usize, p: f64| (found as f64 - f64::from(n) * p).abs() < 4.5 * (f64::from(n) * p).sqrt();
            assert!(near(draws.len(), above), "{} of {n} for {above}", draws.len());
            assert!(near(draws.iter().filter(|x| **x > middle).count(), above / 2.0));
            assert!(draws.iter().all(|x| *x > m && *x < 1.0));
        }
    }
}
