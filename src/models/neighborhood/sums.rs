use serde::{Deserialize, Serialize};

/// Sums over the co-rated entries of two rows. x and y are the two ratings less their [`Rows::offset`].
///
/// [`Rows::offset`]: super::rows::Rows::offset
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub n: f64,
    pub xy: f64,
    pub x: f64,
    pub y: f64,
    pub xx: f64,
    pub yy: f64,
}

impl Sums {
    /// Adds an entry.
    #[inline]
    pub fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.xy += x * y;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
    }

    /// Σ (x − a)(y − b).
    pub fn centered(&self, a: f64, b: f64) -> f64 {
        self.xy - (a * self.y + b * self.x) + self.n * (a * b)
    }

    /// Σ (x − mean of a)(y − mean of b), times both numbers of ratings: no division, so exact for integer ratings.
    pub fn centered_scaled(&self, a: &RowStats, b: &RowStats) -> f64 {
        a.n * b.n * self.xy - (a.sum * b.n * self.y + b.sum * a.n * self.x) + self.n * (a.sum * b.sum)
    }

    /// Σ (x − a)² and Σ (y − b)².
    pub fn centered_squares(&self, a: f64, b: f64) -> (f64, f64) {
        let squares = |sum: f64, squares: f64, from: f64| squares - 2.0 * from * sum + self.n * (from * from);
        (squares(self.x, self.xx, a), squares(self.y, self.yy, b))
    }

    /// Σ (x − y)².
    pub fn squared_difference(&self) -> f64 {
        (self.xx + self.yy - 2.0 * self.xy).max(0.0)
    }
}

/// Statistics of a whole row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RowStats {
    pub n: f64,
    /// What is subtracted from each rating before it is summed: 0 unless ratings are far from 0 and close to each
    /// other, where their squares would leave no digits for their differences.
    pub center: f64,
    /// The sum of ratings less the center.
    pub sum: f64,
    /// The sum of the squares of that.
    pub squares: f64,
    /// The baseline of the row; 0 where it is not needed.
    pub bias: f64,
}

impl RowStats {
    pub fn of(ratings: impl Iterator<Item = f64>, center: f64) -> Self {
        let none = Self {
            center,
            ..Self::default()
        };
        ratings.map(|r| r - center).fold(none, |s, r| Self {
            n: s.n + 1.0,
            sum: s.sum + r,
            squares: s.squares + r * r,
            ..s
        })
    }

    /// The statistics without one of the row's ratings.
    pub fn without(self, rating: f64) -> Self {
        let rating = rating - self.center;
        Self {
            n: self.n - 1.0,
            sum: self.sum - rating,
            squares: self.squares - rating * rating,
            ..self
        }
    }

    /// The mean rating; 0 for none.
    pub fn mean(&self) -> f64 {
        if self.n > 0.0 {
            self.center + self.centered_mean()
        } else {
            0.0
        }
    }

    /// The mean rating less the center; 0 for none.
    pub fn centered_mean(&self) -> f64 {
        if self.n > 0.0 { self.sum / self.n } else { 0.0 }
    }

    /// Σ r² of the ratings as they are.
    pub fn squared_length(&self) -> f64 {
        if self.center == 0.0 {
            return self.squares;
        }
        self.squares + self.center * (2.0 * self.sum + self.n * self.center)
    }

    /// Σ (r − mean)².
    pub fn spread(&self) -> f64 {
        if self.n > 0.0 {
            spread(self.n, self.sum, self.squares)
        } else {
            0.0
        }
    }

    /// The population standard deviation; 0 for constant ratings or none.
    pub fn deviation(&self) -> f64 {
        if self.n > 0.0 {
            (self.spread() / self.n).sqrt()
        } else {
            0.0
        }
    }
}

/// Σ (x − mean)² from the number, sum and sum of squares of x; exactly 0 where rounding alone is left.
fn spread(n: f64, sum: f64, squares: f64) -> f64 {
    let spread = squares - sum * sum / n;
    let rounding = (1e-12 + 2.0 * f64::EPSILON * n) * squares;
    if spread > rounding { spread } else { 0.0 }
}

/// n Σ (x − mean)² from the number, sum and sum of squares of x; exactly 0 where rounding alone is left.
pub(super) fn scaled_spread(n: f64, sum: f64, squares: f64) -> f64 {
    let spread = n * squares - sum * sum;
    let rounding = (1e-12 + 2.0 * f64::EPSILON * n) * n * squares;
    if spread > rounding { spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_row_has_no_spread_whatever_its_value() {
        for value in [0.1, 3.3, 1.0 / 3.0, 1e9 + 0.1, -9.97] {
            for n in [1, 2, 7, 100_000] {
                let (sum, squares) = (0..n).fold((0.0, 0.0), |(s, q), _| (s + value, q + value * value));
                assert_eq!(spread(f64::from(n), sum, squares), 0.0, "{value} {n}");
            }
        }
        assert_eq!(spread(2.0, 3.0, 5.0), 0.5);
    }
}
