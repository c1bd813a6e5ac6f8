use serde::{Deserialize, Serialize};

use super::grid::GridSums;
use super::similarity::{Similarity, spread};

/// Sums over the co-rated entries of two rows. x and y are the two ratings less what [`Rows::offset`] says.
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
    /// Σ (x − a)(y − b).
    pub fn centered(&self, a: f64, b: f64) -> f64 {
        self.xy - (a * self.y + b * self.x) + self.n * (a * b)
    }

    /// Σ (x − mean of a)(y − mean of b), times the numbers of ratings of both rows: without a division, so exact for
    /// whole ratings.
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

/// What is known of a whole row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RowStats {
    /// How many ratings.
    pub n: f64,
    /// What is taken from each before it is summed: 0 unless ratings lie far from 0 and near each other, where their
    /// squares would leave no digits for their differences.
    pub center: f64,
    /// The sum of ratings less the center.
    pub sum: f64,
    /// The sum of the squares of that.
    pub squares: f64,
    /// The baseline of the row; 0 where nobody asks for it.
    pub bias: f64,
}

impl RowStats {
    /// Of these ratings.
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

    /// The row without a rating that it has.
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

/// What is summed for one pair of rows: no more than the similarity asks for, so that many fit into the cache.
pub(super) trait Lanes: Copy + Default + Send + Sync {
    /// Adds a co-rated entry.
    fn add(&mut self, x: f64, y: f64);
    /// Takes a co-rated entry away again.
    fn without(self, x: f64, y: f64) -> Self;
    /// Those sums that it has; the others 0.
    fn sums(self) -> Sums;
}

/// How many entries are co-rated: for similarities of sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(u32);

/// Count and product: for the cosine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Product {
    n: f64,
    xy: f64,
}

/// All sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Full(Sums);

impl Lanes for Count {
    #[inline]
    fn add(&mut self, _: f64, _: f64) {
        self.0 += 1;
    }

    fn without(self, _: f64, _: f64) -> Self {
        Self(self.0 - 1)
    }

    fn sums(self) -> Sums {
        Sums {
            n: f64::from(self.0),
            ..Sums::default()
        }
    }
}

impl Lanes for Product {
    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.xy += x * y;
    }

    fn without(self, x: f64, y: f64) -> Self {
        Self {
            n: self.n - 1.0,
            xy: self.xy - x * y,
        }
    }

    fn sums(self) -> Sums {
        Sums {
            n: self.n,
            xy: self.xy,
            ..Sums::default()
        }
    }
}

impl Lanes for Full {
    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        let s = &mut self.0;
        s.n += 1.0;
        s.xy += x * y;
        s.x += x;
        s.y += y;
        s.xx += x * x;
        s.yy += y * y;
    }

    fn without(self, x: f64, y: f64) -> Self {
        let s = self.0;
        Self(Sums {
            n: s.n - 1.0,
            xy: s.xy - x * y,
            x: s.x - x,
            y: s.y - y,
            xx: s.xx - x * x,
            yy: s.yy - y * y,
        })
    }

    fn sums(self) -> Sums {
        self.0
    }
}

/// The sums of one row with every row of its side.
#[derive(Clone, Debug)]
pub(super) enum Accumulated {
    Counts(Vec<Count>),
    Products(Vec<Product>),
    /// Products of ratings on a grid.
    Grid(GridSums),
    Full(Vec<Full>),
}

impl Accumulated {
    /// Nothing summed yet, with the lanes that `similarity` asks for.
    pub fn new(similarity: Similarity, rows: usize) -> Self {
        match similarity {
            Similarity::Jaccard | Similarity::Lift | Similarity::Llr => Self::Counts(vec![Count::default(); rows]),
            Similarity::Cosine => Self::Products(vec![Product::default(); rows]),
            _ => Self::Full(vec![Full::default(); rows]),
        }
    }

    /// Adds a co-rated entry to the sums with the row at `at`.
    pub fn add(&mut self, at: usize, x: f64, y: f64) {
        match self {
            Self::Counts(lanes) => lanes[at].add(x, y),
            Self::Products(lanes) => lanes[at].add(x, y),
            Self::Grid(sums) => sums.add(at, x, y),
            Self::Full(lanes) => lanes[at].add(x, y),
        }
    }

    /// Forgets all sums.
    pub fn clear(&mut self) {
        match self {
            Self::Counts(lanes) => lanes.fill(Count::default()),
            Self::Products(lanes) => lanes.fill(Product::default()),
            Self::Grid(sums) => sums.clear(),
            Self::Full(lanes) => lanes.fill(Full::default()),
        }
    }

    /// The sums with the row at `at`.
    #[inline]
    pub fn at(&self, at: usize) -> Sums {
        match self {
            Self::Counts(lanes) => lanes[at].sums(),
            Self::Products(lanes) => lanes[at].sums(),
            Self::Grid(sums) => sums.at(at),
            Self::Full(lanes) => lanes[at].sums(),
        }
    }

    /// The sums with the row at `at`, less one co-rated entry.
    pub fn without(&self, at: usize, x: f64, y: f64) -> Sums {
        match self {
            Self::Counts(lanes) => lanes[at].without(x, y).sums(),
            Self::Products(lanes) => lanes[at].without(x, y).sums(),
            Self::Grid(sums) => {
                let all = sums.at(at);
                Product { n: all.n, xy: all.xy }.without(x, y).sums()
            }
            Self::Full(lanes) => lanes[at].without(x, y).sums(),
        }
    }
}
