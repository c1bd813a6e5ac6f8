//! Exponentials of a row of 32-bit numbers, many at once.

use crate::models::wide::{Kernel, LANE, exponential, run_wide};

/// Each number becomes e^(number − the largest), 0 for −∞, to 1e-7 of its size. Returns the largest and the sum, which has the
/// same order on every machine.
pub fn exponentials(row: &mut [f32]) -> (f32, f32) {
    run_wide(Exponentials(row))
}

struct Exponentials<'a>(&'a mut [f32]);

impl Kernel for Exponentials<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run(self) -> (f32, f32) {
        // One loop for each, none of them with a branch, so that each is compiled to vectors.
        let row = self.0;
        let mut lanes = [f32::NEG_INFINITY; LANE];
        let (pieces, rest) = row.as_chunks::<LANE>();
        for piece in pieces {
            for k in 0..LANE {
                lanes[k] = if piece[k] > lanes[k] { piece[k] } else { lanes[k] };
            }
        }
        let largest = lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
        for x in row.iter_mut() {
            *x = exponential(*x - largest);
        }
        let mut sums = [0.0; LANE];
        let (pieces, rest) = row.as_chunks::<LANE>();
        for piece in pieces {
            for k in 0..LANE {
                sums[k] += piece[k];
            }
        }
        (largest, sums.iter().chain(rest).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::wide::LEAST;

    #[test]
    fn exponentials_are_those_of_the_standard_library() {
        for n in [1, 7, 8, 9, 100] {
            let row: Vec<f32> = (0..n).map(|k| 5.0 - (k * 37 % 101) as f32 * 0.93).collect();
            let mut found = row.clone();
            let (largest, sum) = exponentials(&mut found);
            assert_eq!(largest, row.iter().copied().fold(f32::MIN, f32::max));
            for (x, e) in row.iter().zip(&found) {
                let expected = f64::from(x - largest).exp();
                let is_near = (f64::from(*e) - expected).abs() <= 2e-7 * expected;
                assert!(
                    is_near || (x - largest <= LEAST && *e == 0.0),
                    "{x}: {e}, not {expected}"
                );
            }
            let expected: f64 = found.iter().map(|e| f64::from(*e)).sum();
            assert!((f64::from(sum) - expected).abs() < 1e-5 * expected);
        }
        let mut row = [f32::NEG_INFINITY, 0.0, -1e30];
        assert_eq!(exponentials(&mut row), (0.0, 1.0));
        assert_eq!(row, [0.0, 1.0, 0.0]);
    }
}
