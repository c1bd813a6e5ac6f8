use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Baselines;
use super::grid::{Grid, GridSums};
use super::lanes::Accumulated;
use super::similarity::{Compares, Similarity};
use super::sums::RowStats;
use crate::data::{Dataset, Edits, ItemIx, Row, UserIx, Values};
use crate::models::Profile;

/// Whose rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Users, over the items that they rated.
    Users,
    /// Items, over the users who rated them.
    Items,
}

impl Side {
    pub(super) fn len(self, data: &Dataset) -> usize {
        match self {
            Self::Users => data.n_users(),
            Self::Items => data.n_items(),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Users => Self::Items,
            Self::Items => Self::Users,
        }
    }

    fn stored(self, data: &Dataset, row: u32) -> Row<'_> {
        match self {
            Self::Users => data.user_row(UserIx(row)),
            Self::Items => data.item_row(ItemIx(row)),
        }
    }
}

/// An integer near all ratings where they are more than 16 times as far from 0 as from each other; else 0, which leaves
/// ratings as they are: the squares then lose no more than two digits.
pub(super) fn center_of(data: &Dataset) -> f64 {
    let scale = data.scale();
    let (middle, range) = (f64::midpoint(scale.min, scale.max).round(), scale.max - scale.min);
    if range > 0.0 && middle.abs() > 16.0 * range {
        middle
    } else {
        0.0
    }
}

/// Statistics of every stored row of a side. Costs one pass over the ratings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SideStats {
    rows: Vec<RowStats>,
    center: f64,
    /// The number of entries (rows of the other side) with ratings.
    population: usize,
}

impl SideStats {
    pub fn of(data: &Dataset, side: Side) -> Self {
        let (rows, center) = (0..side.len(data) as u32, center_of(data));
        Self {
            rows: rows
                .map(|r| RowStats::of(side.stored(data, r).iter().map(|(_, r)| r), center))
                .collect(),
            center,
            population: match side {
                Side::Users => data.items_with_ratings(),
                Side::Items => data.users_with_ratings(),
            },
        }
    }

    pub fn row(&self, row: u32) -> RowStats {
        self.rows[row as usize]
    }

    /// What `similarity` subtracts from every rating before it sums.
    pub fn center_for(&self, similarity: Similarity) -> f64 {
        if similarity.ignores_offsets() { self.center } else { 0.0 }
    }

    pub fn total(&self) -> RowStats {
        let add = |a: RowStats, b: &RowStats| RowStats {
            n: a.n + b.n,
            sum: a.sum + b.sum,
            squares: a.squares + b.squares,
            center: b.center,
            bias: 0.0,
        };
        self.rows.iter().fold(RowStats::default(), add)
    }

    pub fn memory_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<RowStats>()
    }
}

/// A row that differs from the stored one by edits.
#[derive(Clone, Debug)]
struct EditedRow {
    ids: Vec<u32>,
    values: Vec<f64>,
    stats: RowStats,
}

impl EditedRow {
    fn of(cells: impl Iterator<Item = (u32, f64)>, center: f64, bias: impl Fn(&[u32], &[f64]) -> f64) -> Self {
        let (ids, values): (Vec<u32>, Vec<f64>) = cells.unzip();
        let mut stats = RowStats::of(values.iter().copied(), center);
        stats.bias = bias(&ids, &values);
        Self { ids, values, stats }
    }

    fn row(&self) -> Row<'_> {
        Row {
            ids: &self.ids,
            values: Values::Exact(&self.values),
        }
    }
}

/// The rows that edits change, on both sides, to be read instead of the stored ones.
#[derive(Clone, Debug, Default)]
pub(super) struct EditedRows {
    rows: BTreeMap<u32, EditedRow>,
    lines: BTreeMap<u32, EditedRow>,
}

impl EditedRows {
    /// From `side`. The baseline of an edited user is folded in again, that of an item stays as fitted.
    pub fn new(data: &Dataset, side: Side, edits: &Edits, baselines: Option<&Baselines>) -> Self {
        let center = center_of(data);
        let users: BTreeSet<UserIx> = edits.cells().map(|(u, _, _)| u).collect();
        let items: BTreeSet<ItemIx> = edits.cells().map(|(_, i, _)| i).collect();
        let users = users.into_iter().map(|user| {
            let cells = edits.user_ratings(data, user).into_iter().map(|(i, r)| (i.0, r));
            let bias = |ids: &[u32], values: &[f64]| {
                baselines.map_or(0.0, |b| b.user_bias(ids.iter().copied().zip(values.iter().copied())))
            };
            (user.0, EditedRow::of(cells, center, bias))
        });
        let items = items.into_iter().map(|item| {
            let cells = edits.item_ratings(data, item).into_iter().map(|(u, r)| (u.0, r));
            let bias = |_: &[u32], _: &[f64]| baselines.map_or(0.0, |b| b.item[item.at()]);
            (item.0, EditedRow::of(cells, center, bias))
        });
        match side {
            Side::Users => Self {
                rows: users.collect(),
                lines: items.collect(),
            },
            Side::Items => Self {
                rows: items.collect(),
                lines: users.collect(),
            },
        }
    }

    /// All ratings of the edited rows.
    fn ratings(&self) -> impl Iterator<Item = f64> + '_ {
        let rows = self.rows.values().chain(self.lines.values());
        rows.flat_map(|row| row.values.iter().copied())
    }
}

/// All rows of one side as they are under the edits: those of users or those of items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub data: &'a Dataset,
    pub side: Side,
    pub stats: &'a SideStats,
    pub overlay: &'a EditedRows,
    /// Given where the similarity or the prediction needs them.
    pub baselines: Option<&'a Baselines>,
    /// Subtracted from every rating before it is compared, where there are no baselines.
    pub center: f64,
}

impl<'a> Rows<'a> {
    pub fn len(&self) -> usize {
        self.side.len(self.data)
    }

    /// The number of rows of the other side.
    pub fn entries(&self) -> usize {
        self.side.other().len(self.data)
    }

    pub fn row(&self, row: u32) -> Row<'a> {
        match self.overlay.rows.get(&row) {
            Some(edited) => edited.row(),
            None => self.side.stored(self.data, row),
        }
    }

    /// The same ratings transposed: those of every row at `entry`.
    pub fn line(&self, entry: u32) -> Row<'a> {
        match self.overlay.lines.get(&entry) {
            Some(edited) => edited.row(),
            None => self.side.other().stored(self.data, entry),
        }
    }

    pub fn stats(&self, row: u32) -> RowStats {
        if let Some(edited) = self.overlay.rows.get(&row) {
            return edited.stats;
        }
        RowStats {
            bias: self.bias(row),
            ..self.stats.row(row)
        }
    }

    fn bias(&self, row: u32) -> f64 {
        self.baselines.map_or(0.0, |b| match self.side {
            Side::Users => b.user[row as usize],
            Side::Items => b.item[row as usize],
        })
    }

    /// Subtracted from every rating at `entry` before it is compared: mean and baseline of the entry, or the center.
    pub fn offset(&self, entry: u32) -> f64 {
        self.baselines.map_or(self.center, |b| {
            b.mean
                + match self.side {
                    Side::Users => b.item[entry as usize],
                    Side::Items => b.user[entry as usize],
                }
        })
    }

    pub fn population(&self) -> f64 {
        let mut population = self.stats.population as f64;
        for (entry, line) in &self.overlay.lines {
            let before = !self.side.other().stored(self.data, *entry).is_empty();
            population += f64::from(u8::from(!line.ids.is_empty())) - f64::from(u8::from(before));
        }
        population
    }

    /// The grid that all stored ratings lie on, where `similarity` sums their products and there is one.
    pub fn grid(&self, similarity: Similarity) -> Option<Grid> {
        let table = self.data.distinct_values();
        let coded = !table.is_empty() && table.len() <= 256 && self.baselines.is_none();
        (similarity.spec().compares == Compares::Products && coded)
            .then(|| Grid::of(table, self.entries()))
            .flatten()
    }

    /// An accumulator for the sums of `subject` with every row: only what the similarity needs, in integers where all
    /// ratings lie on a grid.
    pub fn accumulator(&self, subject: &[(u32, f64)], similarity: Similarity) -> Accumulated {
        self.accumulator_for(self.len(), subject, similarity)
    }

    /// As [`Rows::accumulator`], for so many of the rows.
    pub fn accumulator_for(&self, rows: usize, subject: &[(u32, f64)], similarity: Similarity) -> Accumulated {
        let grid = self.grid(similarity).filter(|grid| {
            let others = self.overlay.ratings().chain(subject.iter().map(|e| e.1));
            others.into_iter().all(|rating| grid.steps(rating).is_some())
        });
        match grid {
            Some(grid) => Accumulated::Grid(GridSums::new(grid, self.data.distinct_values(), rows)),
            None => Accumulated::new(similarity, rows),
        }
    }

    /// Row `row` as the subject of a comparison with all others.
    pub fn subject(&self, row: u32) -> QueryRow {
        QueryRow {
            row: Some(row),
            entries: self.row(row).iter().collect(),
            stats: self.stats(row),
        }
    }

    /// A profile as the subject. Rows must be users.
    pub fn profile(&self, profile: &Profile) -> QueryRow {
        let entries: Vec<(u32, f64)> = profile.rows().iter().map(|r| (r.item.0, r.rating)).collect();
        let bias = self.baselines.map_or(0.0, |b| b.user_bias(entries.iter().copied()));
        QueryRow {
            row: profile.user().map(|u| u.0),
            stats: RowStats {
                bias,
                ..RowStats::of(entries.iter().map(|(_, r)| *r), self.stats.center)
            },
            entries,
        }
    }
}

/// The row that is compared with all others: stored, edited, or of a guest.
#[derive(Clone, Debug)]
pub(super) struct QueryRow {
    /// Its index, if it is in the data: it is never its own neighbor.
    pub row: Option<u32>,
    /// Its ratings, entries ascending.
    pub entries: Vec<(u32, f64)>,
    pub stats: RowStats,
}

impl QueryRow {
    /// Its statistics as if `entry` were not rated.
    pub fn stats_without(&self, entry: u32, baselines: Option<&Baselines>) -> RowStats {
        let Ok(at) = self.entries.binary_search_by_key(&entry, |e| e.0) else {
            return self.stats;
        };
        let others = self.entries.iter().copied().filter(|e| e.0 != entry);
        RowStats {
            bias: baselines.map_or(0.0, |b| b.user_bias(others)),
            ..self.stats.without(self.entries[at].1)
        }
    }
}
