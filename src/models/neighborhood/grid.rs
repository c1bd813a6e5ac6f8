//! Sums of products of ratings that are multiples of a step such as ½, as on nearly all scales: in integers, count and
//! sum packed into one word. They equal sums in `f64` (which are exact on such a grid, too) bit for bit, but take half
//! the memory traffic, and integers may be added in any order.

use super::sums::Sums;
use crate::data::{Row, Values};

/// The lowest bit of the count. Below it is the sum of products, in two's complement, which borrows from it.
const COUNT: u32 = 40;
/// The most steps that a rating may be away from 0, and the most entries: so that their sums fit into 40 bits.
const MOST_STEPS: f64 = 127.0;
/// See [`MOST_STEPS`].
const MOST_ENTRIES: usize = 1 << 24;

/// A grid of ratings: multiples of 1, ½, ¼ or ⅛, at most 127 steps away from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    /// How many steps make 1.
    per_unit: f64,
}

impl Grid {
    /// The coarsest grid that all `values` lie on, for rows of at most `entries` ratings; `None` where there is none.
    pub fn of(values: &[f64], entries: usize) -> Option<Self> {
        let grids = [1.0, 2.0, 4.0, 8.0].map(|per_unit| Self { per_unit });
        let fits = |grid: &Self| values.iter().all(|v| grid.steps(*v).is_some());
        grids.into_iter().find(fits).filter(|_| entries < MOST_ENTRIES)
    }

    /// How many steps make 1.
    pub fn per_unit(self) -> f64 {
        self.per_unit
    }

    /// How many steps `rating` is away from 0, where it lies on the grid.
    #[inline]
    pub fn steps(self, rating: f64) -> Option<i64> {
        let steps = rating * self.per_unit;
        (steps.abs() <= MOST_STEPS && steps.fract() == 0.0).then_some(steps as i64)
    }
}

/// For every row the number of co-rated entries and the sum of their products.
#[derive(Clone, Debug)]
pub(super) struct GridSums {
    grid: Grid,
    /// 1 / `per_unit`²: the value of a product of two steps.
    unit: f64,
    /// Steps by the code of a stored value.
    codes: Vec<i64>,
    /// By code an entry with the subject's rating, for the line that is being added.
    entries: Box<[u64; 256]>,
    lanes: Vec<u64>,
}

/// A co-rated entry with this product, packed.
#[inline]
fn entry(product: i64) -> u64 {
    (1u64 << COUNT).wrapping_add(product as u64)
}

impl GridSums {
    /// All sums 0; `table` has the stored values by code.
    pub fn new(grid: Grid, table: &[f64], rows: usize) -> Self {
        Self {
            grid,
            unit: 1.0 / (grid.per_unit * grid.per_unit),
            codes: table.iter().map(|value| grid.steps(*value).unwrap_or(0)).collect(),
            entries: Box::new([0; 256]),
            lanes: vec![0; rows],
        }
    }

    /// Adds an entry for everyone who rated it; `x` is the subject's rating of it.
    #[inline]
    pub fn add_line(&mut self, x: f64, line: Row<'_>) {
        let x = self.grid.steps(x).unwrap_or(0);
        match line.values {
            Values::Coded8(codes, _) => {
                for (to, steps) in self.entries.iter_mut().zip(&self.codes) {
                    *to = entry(x * steps);
                }
                let (lanes, entries) = (&mut *self.lanes, &*self.entries);
                for (&id, &code) in line.ids.iter().zip(codes) {
                    let lane = &mut lanes[id as usize];
                    *lane = lane.wrapping_add(entries[code as usize]);
                }
            }
            // Edited rows.
            _ => {
                for (id, value) in line.iter() {
                    let lane = &mut self.lanes[id as usize];
                    *lane = lane.wrapping_add(entry(x * self.grid.steps(value).unwrap_or(0)));
                }
            }
        }
    }

    /// Adds one co-rated entry to the sums with the row at `at`.
    pub fn add(&mut self, at: usize, x: f64, y: f64) {
        let product = self.grid.steps(x).unwrap_or(0) * self.grid.steps(y).unwrap_or(0);
        self.lanes[at] = self.lanes[at].wrapping_add(entry(product));
    }

    /// Adds sums over other entries.
    pub fn merge(&mut self, other: &Self) {
        for (lane, other) in self.lanes.iter_mut().zip(&other.lanes) {
            *lane = lane.wrapping_add(*other);
        }
    }

    pub fn clear(&mut self) {
        self.lanes.fill(0);
    }

    /// A copy with all sums 0.
    pub fn empty_like(&self) -> Self {
        Self {
            grid: self.grid,
            unit: self.unit,
            codes: self.codes.clone(),
            entries: self.entries.clone(),
            lanes: vec![0; self.lanes.len()],
        }
    }

    /// The number of co-rated entries and the sum of their products, in steps.
    #[inline]
    fn whole(&self, at: usize) -> (u64, i64) {
        let lane = self.lanes[at];
        let product = ((lane << (64 - COUNT)) as i64) >> (64 - COUNT);
        (lane.wrapping_sub(product as u64) >> COUNT, product)
    }

    #[inline]
    pub fn at(&self, at: usize) -> Sums {
        let (n, product) = self.whole(at);
        Sums {
            n: n as f64,
            // A power of two: as exact as dividing by `per_unit` twice, and quicker.
            xy: product as f64 * self.unit,
            ..Sums::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_its_coarsest_grid() {
        let of = |values: &[f64]| Grid::of(values, 10).map(|g| g.per_unit);
        assert_eq!(of(&[1.0, 2.0, 5.0]), Some(1.0));
        assert_eq!(of(&[0.5, 1.0, -3.5]), Some(2.0));
        assert_eq!(of(&[0.125]), Some(8.0));
        assert_eq!(of(&[]), Some(1.0));
        for not in [&[0.1][..], &[1.0, 200.0], &[1.0 / 3.0], &[f64::MAX], &[1.0 / 16.0]] {
            assert_eq!(of(not), None, "{not:?}");
        }
        assert_eq!(Grid::of(&[1.0], MOST_ENTRIES), None);
    }

    #[test]
    fn sums_are_those_of_floating_point_whatever_their_sign() {
        let table = [-10.0, -0.5, 0.0, 1.5, 15.5];
        let grid = Grid::of(&table, 100).unwrap();
        let mut sums = GridSums::new(grid, &table, 1);
        let (mut n, mut xy) = (0.0, 0.0);
        for k in 0..1000 {
            let (x, y) = (table[k % 5], table[k * k % 5]);
            sums.add(0, x, y);
            n += 1.0;
            xy += x * y;
            assert_eq!((sums.at(0).n, sums.at(0).xy.to_bits()), (n, f64::to_bits(xy)));
        }
        // The extremes.
        for x in [127.0, -127.0] {
            let grid = Grid::of(&[x], 1).unwrap();
            let mut sums = GridSums::new(grid, &[x, 127.0], 1);
            let most = MOST_ENTRIES as u64 - 1;
            sums.lanes[0] = (most << COUNT).wrapping_add((most as i64 * (x * 127.0) as i64) as u64);
            assert_eq!(sums.whole(0), (most, most as i64 * (x * 127.0) as i64));
        }
    }
}
