//! Random draws that come out the same on every platform: raw integers of PCG, exact arithmetic, and the `libm` crate
//! where a logarithm is needed (the C library's differ in the last bit).

use rand::Rng;
use rand_pcg::Pcg64;

/// A stream of draws. Streams of one seed with different numbers are independent.
pub(super) struct Draw(Pcg64);

impl Draw {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64::new(
            u128::from(seed) << 64 | 0x5851_f42d_4c95_7f2d,
            u128::from(stream) << 1 | 1,
        ))
    }

    /// A whole number below `n`, which is not 0. The bias is below n/2⁶⁴ (Lemire 2019, without its rejection).
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Within [0, 1), a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Normal, mean 0, standard deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.unit())
    }

    /// Exponential, mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }

    /// An index with a probability proportional to its weight, from the running sums of the weights.
    pub fn by_weight(&mut self, running: &[f64]) -> usize {
        let total = running.last().copied().unwrap_or(0.0);
        let at = self.unit() * total;
        running
            .partition_point(|&sum| sum <= at)
            .min(running.len().saturating_sub(1))
    }
}

pub(super) fn running_sums(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |w: f64| {
        sum += w;
        sum
    };
    weights.into_iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_should() {
        let mut draw = Draw::new(7, 0);
        let n = 40_000;
        let (mut sum, mut squares, mut waits, mut low) = (0.0, 0.0, 0.0, 0);
        for _ in 0..n {
            let x = draw.normal();
            sum += x;
            squares += x * x;
            waits += draw.exponential();
            low += usize::from(draw.below(10) < 3);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.02 && (squares / n - 1.0).abs() < 0.03);
        assert!((waits / n - 1.0).abs() < 0.02 && (low as f64 / n - 0.3).abs() < 0.01);
    }

    #[test]
    fn weights_are_respected_and_streams_differ() {
        let mut draw = Draw::new(1, 1);
        let running = running_sums([1.0, 0.0, 3.0]);
        let mut counts = [0; 3];
        (0..8000).for_each(|_| counts[draw.by_weight(&running)] += 1);
        assert!(counts[1] == 0 && (counts[2] as f64 / 8000.0 - 0.75).abs() < 0.02);
        assert_ne!(Draw::new(1, 1).below(u64::MAX), Draw::new(1, 2).below(u64::MAX));
        assert_ne!(Draw::new(1, 1).below(u64::MAX), Draw::new(2, 1).below(u64::MAX));
    }
}
