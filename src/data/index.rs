//! Rows in the order of the file become both orientations: by user, then item; and by item, then user.
//!
//! Everything is done in pieces of whole users (or whole items), so that any number of threads may work at it and none
//! sees what another writes. A column is freed as soon as it is no longer needed.

use std::ops::Range;

use super::DuplicatePolicy;
use super::compact::{CompactRows, CompactValues};
use super::duplicates::{Repeated, resolve_duplicates};
use super::sort::{Trace, add_up, by_user, cut, range};
use super::storage::{FileOrder, Orientation, Stored, Times, encode};
use crate::task::{Cancelled, Stages, Task, fetch};

#[derive(Clone, Debug)]
pub(super) struct Indexed {
    pub by_user: Orientation,
    pub by_item: Orientation,
    /// The distinct values, ascending; empty where they are too many to be coded.
    pub table: Vec<f64>,
    pub times: Times,
    pub file_order: FileOrder,
    /// Rows whose pair was there before.
    pub duplicates: u64,
}

impl Indexed {
    /// Adds users and items without ratings behind the others.
    pub fn grow(&mut self, n_users: usize, n_items: usize) {
        for (orientation, n) in [(&mut self.by_user, n_users), (&mut self.by_item, n_items)] {
            let end = orientation.ends.last().copied().unwrap_or(0);
            orientation.ends.resize(n.max(orientation.ends.len()), end);
            orientation.ends.shrink_to_fit();
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unindexed {
    Cancelled,
    Repeated(Repeated),
}

impl From<Cancelled> for Unindexed {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Sorts rows by user and item, resolves repeated pairs, and transposes the result.
pub(super) fn index(
    rows: CompactRows,
    n_users: usize,
    n_items: usize,
    policy: DuplicatePolicy,
    task: &Task,
) -> Result<Indexed, Unindexed> {
    let total = rows.users.len() as u64;
    let mut stages = Stages::begin(&task.timings);
    let mut sorted = by_user(rows, n_users, task)?;
    stages.end("sorting by user and item");
    if sorted.repeated {
        sorted = resolve_duplicates(sorted, policy).map_err(Unindexed::Repeated)?;
    }
    let (table, values) = settle(sorted.values);
    stages.end("settling values");
    task.cancel.check()?;
    let by_user = Orientation {
        ends: sorted.ends,
        ids: sorted.items,
        values,
    };
    // First, as it frees where the rows stood.
    let file_order = match sorted.trace {
        Trace::Within(places) => FileOrder::within_user(places, &by_user),
        Trace::Rows(file_rows) => FileOrder::of(&file_rows, total as usize, &by_user),
    };
    stages.end("keeping the order of the file");
    let by_item = transposed(&by_user, n_items, sorted.room, task)?;
    stages.end("transposing");
    Ok(Indexed {
        duplicates: total - by_user.ids.len() as u64,
        by_user,
        by_item,
        table,
        times: sorted.times,
        file_order,
    })
}

/// The distinct values, ascending, and each value's code among them: fewest bytes, whatever values were dropped.
fn settle(values: CompactValues) -> (Vec<f64>, Stored) {
    let all_met = values.stored.counts(values.table.len()).iter().all(|n| *n > 0);
    if all_met && !matches!(values.stored, Stored::Exact(_)) {
        return (values.table, values.stored);
    }
    let CompactValues { table, stored, .. } = &values;
    encode((0..stored.len()).map(|k| stored.get(k, table)))
}

/// The other orientation. Rows are read in ascending order, so that each new row is ascending too.
/// `ids` is room for its ids, whatever it holds.
fn transposed(from: &Orientation, n_rows: usize, mut ids: Vec<u32>, task: &Task) -> Result<Orientation, Cancelled> {
    let ends = counted(&from.ids, n_rows, task);
    task.cancel.check()?;
    // Few items a piece: where they write next stays in the processor's cache.
    let pieces = balanced(&ends, 16.max(4 * task.pool.threads()));
    ids.resize(from.ids.len(), 0);
    ids.shrink_to_fit();
    let mut values = match &from.values {
        Stored::Coded8(codes) => Stored::Coded8(vec![0; codes.len()]),
        Stored::Coded16(codes) => Stored::Coded16(vec![0; codes.len()]),
        Stored::Exact(values) => Stored::Exact(vec![0.0; values.len()]),
    };
    let parts = pieces.iter().zip(cut(&mut ids, &ends, &pieces));
    match (&from.values, &mut values) {
        (Stored::Coded8(old), Stored::Coded8(new)) => {
            let parts = parts.zip(cut(new, &ends, &pieces)).collect();
            turn(from, old, &ends, parts, task)?;
        }
        (Stored::Coded16(old), Stored::Coded16(new)) => {
            let parts = parts.zip(cut(new, &ends, &pieces)).collect();
            turn(from, old, &ends, parts, task)?;
        }
        (Stored::Exact(old), Stored::Exact(new)) => {
            let parts = parts.zip(cut(new, &ends, &pieces)).collect();
            turn(from, old, &ends, parts, task)?;
        }
        _ => {}
    }
    Ok(Orientation { ends, ids, values })
}

/// As [`transposed`], on the calling thread.
pub(super) fn transposed_here(from: &Orientation, n_rows: usize) -> Orientation {
    // Nothing can cancel this task.
    transposed(from, n_rows, Vec::new(), &Task::unattended()).unwrap_or_else(|_| Orientation {
        ends: vec![0; n_rows],
        ids: Vec::new(),
        values: Stored::default(),
    })
}

/// Where the rows of the other orientation end.
fn counted(ids: &[u32], n_rows: usize, task: &Task) -> Vec<u32> {
    let threads = task.pool.threads();
    let share = ids.len().div_ceil(threads).max(1);
    let counts = task.pool.map(threads, |thread| {
        let begin = (thread * share).min(ids.len());
        let mut counts = vec![0u32; n_rows];
        for &id in &ids[begin..(begin + share).min(ids.len())] {
            counts[id as usize] += 1;
        }
        counts
    });
    let mut ends = vec![0u32; n_rows];
    for counts in counts {
        for (end, count) in ends.iter_mut().zip(counts) {
            *end += count;
        }
    }
    add_up(&mut ends);
    ends
}

/// At most `n` ranges of rows with about as many entries each.
fn balanced(ends: &[u32], n: usize) -> Vec<Range<usize>> {
    let total = ends.last().map_or(0, |&end| end as usize);
    let mut pieces = Vec::with_capacity(n);
    let mut first = 0;
    for piece in 1..=n {
        let enough = total * piece / n;
        let after = if piece == n {
            ends.len()
        } else {
            ends.partition_point(|&end| (end as usize) < enough)
        };
        if after > first {
            pieces.push(first..after);
            first = after;
        }
    }
    pieces
}

/// So many rows in advance what a piece has of a row is asked for: few numbers each, far from those of the next.
const AHEAD: usize = 16;

type Part<'a, T> = ((&'a Range<usize>, &'a mut [u32]), &'a mut [T]);

fn turn<T: Copy + Send + Sync>(
    from: &Orientation,
    old: &[T],
    ends: &[u32],
    mut parts: Vec<Part<'_, T>>,
    task: &Task,
) -> Result<(), Cancelled> {
    // Every thread does some pieces that follow each other, so that it knows where in each row it left off.
    let share = parts.len().div_ceil(task.pool.threads()).max(1);
    let mut lanes = Vec::new();
    while !parts.is_empty() {
        lanes.push(parts.split_off(parts.len().saturating_sub(share)));
    }
    task.pool.try_each(lanes, |lane| {
        let first = lane.first().map_or(0, |part| part.0.0.start);
        let begin = |row: usize| {
            let range = from.range(row);
            range.start + from.ids[range].partition_point(|&id| (id as usize) < first)
        };
        let mut left_off: Vec<u32> = (0..from.ends.len()).map(|row| begin(row) as u32).collect();
        for ((piece, ids), values) in lane {
            let start = range(ends, piece.start).start;
            let mut next: Vec<u32> = piece.clone().map(|r| (range(ends, r).start - start) as u32).collect();
            for (row, &end) in from.ends.iter().enumerate() {
                if row % 2048 == 0 {
                    task.cancel.check()?;
                }
                if let Some(&soon) = left_off.get(row + AHEAD) {
                    fetch(&from.ids, soon as usize);
                    fetch(&from.ids, soon as usize + 16);
                    fetch(old, soon as usize);
                }
                let at = &mut left_off[row];
                let left = *at as usize..end as usize;
                for (&id, &value) in from.ids[left.clone()].iter().zip(&old[left]) {
                    if id as usize >= piece.end {
                        break;
                    }
                    let slot = &mut next[id as usize - piece.start];
                    ids[*slot as usize] = row as u32;
                    values[*slot as usize] = value;
                    *slot += 1;
                    *at += 1;
                }
            }
        }
        Ok(())
    })
}
