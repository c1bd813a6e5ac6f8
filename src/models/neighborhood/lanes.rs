//! Accumulators of sums over co-rated entries, for every row of a side at once.

use super::grid::GridSums;
use super::similarity::{Compares, Similarity};
use super::sums::Sums;

/// What is summed for one pair of rows: only what the similarity needs, so that many fit into the cache.
pub(super) trait Lanes: Copy + Default + Send + Sync {
    fn add(&mut self, x: f64, y: f64);
    fn without(self, x: f64, y: f64) -> Self;
    /// The sums that it keeps; the others are 0.
    fn sums(self) -> Sums;
}

/// The number of co-rated entries: for similarities of sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(u32);

/// Count and product: for the cosine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Product {
    n: f64,
    xy: f64,
}

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

impl Lanes for Sums {
    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.xy += x * y;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
    }

    fn without(self, x: f64, y: f64) -> Self {
        Self {
            n: self.n - 1.0,
            xy: self.xy - x * y,
            x: self.x - x,
            y: self.y - y,
            xx: self.xx - x * x,
            yy: self.yy - y * y,
        }
    }

    fn sums(self) -> Sums {
        self
    }
}

/// The sums of one row with every row of its side.
#[derive(Clone, Debug)]
pub(super) enum Accumulated {
    Counts(Vec<Count>),
    Products(Vec<Product>),
    Grid(GridSums),
    Full(Vec<Sums>),
}

impl Accumulated {
    /// All sums 0, with the lanes that `similarity` needs.
    pub fn new(similarity: Similarity, rows: usize) -> Self {
        match similarity.spec().compares {
            Compares::Sets => Self::Counts(vec![Count::default(); rows]),
            Compares::Products => Self::Products(vec![Product::default(); rows]),
            _ => Self::Full(vec![Sums::default(); rows]),
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

    pub fn clear(&mut self) {
        match self {
            Self::Counts(lanes) => lanes.fill(Count::default()),
            Self::Products(lanes) => lanes.fill(Product::default()),
            Self::Grid(sums) => sums.clear(),
            Self::Full(lanes) => lanes.fill(Sums::default()),
        }
    }

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
