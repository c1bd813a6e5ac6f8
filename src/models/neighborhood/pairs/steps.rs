//! Values in small integers, so that sums of products are packed and may be added in any order.

use super::super::rows::Rows;
use super::super::similarity::{Similarity, Table};

/// How the values that a similarity multiplies become integers. Those on a [`Grid`](super::super::grid::Grid) are multiples of its step, and nothing is
/// lost. All others count in shares of the highest value of their entry, and the product of two is off by [`Steps::slack`].
pub(super) struct Steps<'a> {
    rows: &'a Rows<'a>,
    table: &'static Table,
    scale: Scale,
}

enum Scale {
    /// So many steps make 1; none is more than so many away from 0.
    /// Where `set`, every value is one step.
    Exact { per_unit: f64, most: i64, set: bool },
    /// By entry the value that counts [`HIGHEST`], and the highest of all.
    Shares { highest: Vec<f64>, most: f64 },
}

/// What the highest value of an entry counts.
const HIGHEST: f64 = 32767.0;

/// The most that a factor times a value comes to where values are shares.
const PRODUCT: f64 = (1u64 << 30) as f64;

/// The bits of it that are dropped in sums of long and of short rows.
const DROPPED: [u32; 2] = [15, 19];

/// The most entries of a row: so that the products of long rows, of 15 bits, sum up to 39.
const MOST_ENTRIES: usize = 1 << 24;

/// The most that a product of a row with itself may be off on average, as a share of it.
const MOST_SLACK: f64 = 0.05;

/// Of so many ratings one may stand in rows where that is more.
const ONE_OF: usize = 8;

impl<'a> Steps<'a> {
    /// `None` where values are so far apart that their sums would say little. Costs two passes over the ratings unless there
    /// are few distinct ones.
    pub fn of(rows: &'a Rows<'a>, similarity: Similarity) -> Option<Self> {
        let table = &similarity.spec().table;
        if !table.whole || rows.baselines.is_some() || rows.entries() >= MOST_ENTRIES {
            return None;
        }
        let scale = match exact(rows, similarity) {
            Some(scale) => scale,
            None => shares(rows, table)?,
        };
        Some(Self { rows, table, scale })
    }

    /// The values of a row at its entries, one after the other.
    pub fn values(&self, row: u32) -> impl Iterator<Item = (u32, f64)> + 'a {
        values(self.rows, self.table, row)
    }

    /// The number that stands for a value at `entry` among those of other rows.
    #[inline]
    pub fn number(&self, entry: u32, value: f64) -> i16 {
        match &self.scale {
            Scale::Exact { per_unit, .. } => (value * per_unit) as i16,
            Scale::Shares { highest, .. } => (value * (HIGHEST / highest[entry as usize])).round() as i16,
        }
    }

    /// What the numbers at `entry` are multiplied by for the row that has this value there.
    #[inline]
    pub fn factor(&self, entry: u32, value: f64) -> i32 {
        match &self.scale {
            Scale::Exact { per_unit, .. } => (value * per_unit) as i32,
            Scale::Shares { highest, most } => {
                let share = (value / most) * (highest[entry as usize] / most);
                (share * (PRODUCT / HIGHEST)).round() as i32
            }
        }
    }

    /// The highest product, in units of short rows.
    pub fn most_product(&self) -> i64 {
        match self.scale {
            Scale::Exact { most, .. } => most * most,
            Scale::Shares { .. } => PRODUCT as i64 >> DROPPED[1],
        }
    }

    /// How many bits of a product are dropped, in sums of long rows and of short ones.
    pub fn dropped(&self) -> [u32; 2] {
        match self.scale {
            Scale::Exact { .. } => [0, 0],
            Scale::Shares { .. } => DROPPED,
        }
    }

    /// The value of one unit, in sums of long rows and of short ones.
    pub fn units(&self) -> [f64; 2] {
        match &self.scale {
            Scale::Exact { per_unit, .. } => [1.0 / (per_unit * per_unit); 2],
            Scale::Shares { most, .. } => DROPPED.map(|bits| most * most / (PRODUCT / f64::from(1u32 << bits))),
        }
    }

    /// By how many units a product may be off: half a unit by dropping bits, what half a step of each factor makes times the
    /// highest of the other, and far more than floating-point sums are off.
    pub fn slack(&self) -> [f64; 2] {
        match self.scale {
            Scale::Exact { .. } => [0.0; 2],
            Scale::Shares { .. } => DROPPED.map(slack),
        }
    }

    /// Whether all values are the same step, so that sums of products are counts.
    pub fn is_set(&self) -> bool {
        matches!(self.scale, Scale::Exact { set: true, .. })
    }

    pub fn is_exact(&self) -> bool {
        matches!(self.scale, Scale::Exact { .. })
    }
}

fn slack(dropped: u32) -> f64 {
    0.51 + (HIGHEST + 1.0) / f64::from(1u32 << dropped)
}

fn values<'a>(rows: &Rows<'a>, table: &'static Table, row: u32) -> impl Iterator<Item = (u32, f64)> + 'a {
    let (rows, stats) = (*rows, rows.stats(row));
    rows.row(row)
        .iter()
        .map(move |(entry, rating)| (entry, (table.seen)(rating - rows.offset(entry), &stats)))
}

/// Where all values are multiples of a step.
fn exact(rows: &Rows<'_>, similarity: Similarity) -> Option<Scale> {
    if similarity.compares_sets() {
        return Some(Scale::Exact {
            per_unit: 1.0,
            most: 1,
            set: true,
        });
    }
    let grid = rows.grid(similarity)?;
    let values = rows.data.distinct_values().iter();
    let steps: Vec<i64> = values.filter_map(|value| grid.steps(*value)).collect();
    Some(Scale::Exact {
        per_unit: grid.per_unit(),
        most: steps.iter().map(|steps| steps.abs()).max().unwrap_or(0),
        set: !steps.is_empty() && steps.iter().all(|steps| *steps == 1),
    })
}

/// As shares of the highest value of each entry, where those tell.
fn shares(rows: &Rows<'_>, table: &'static Table) -> Option<Scale> {
    let mut highest = vec![0f64; rows.entries()];
    let all = 0..rows.len() as u32;
    for row in all.clone() {
        for (entry, value) in values(rows, table, row) {
            let high = &mut highest[entry as usize];
            *high = high.max(value.abs());
        }
    }
    let most = highest.iter().copied().fold(0.0, f64::max);
    let off = slack(DROPPED[1]) * most * most / (PRODUCT / f64::from(1u32 << DROPPED[1]));
    if !(off.is_normal() && (1.0 / off).is_finite()) {
        return None;
    }
    let (mut ratings, mut vague) = (0, 0);
    for row in all {
        let (n, squares) = values(rows, table, row).fold((0, 0.0), |(n, sum), (_, x)| (n + 1, sum + x * x));
        ratings += n;
        if off * n as f64 > MOST_SLACK * squares {
            vague += n;
        }
    }
    // Where nobody's value is anything nothing is multiplied.
    highest
        .iter_mut()
        .filter(|high| **high == 0.0)
        .for_each(|high| *high = most);
    (vague * ONE_OF <= ratings).then_some(Scale::Shares { highest, most })
}
