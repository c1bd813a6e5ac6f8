//! Rows in the order of the file, sorted by user and item.
//!
//! Everything is done in pieces of whole users, so that any number of threads may work at it and none sees what another
//! writes. A column is freed as soon as it is no longer needed.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::compact::{CompactRows, CompactValues};
use super::storage::{Stored, Times};
use crate::task::{Cancelled, Task};

/// Ratings a piece of work, about: less than a millisecond's.
const PIECE: usize = 1 << 16;

/// Rows by user, then item, then order of the file.
pub(super) struct Sorted {
    pub ends: Vec<u32>,
    pub items: Vec<u32>,
    pub values: CompactValues,
    pub times: Times,
    pub trace: Trace,
    /// Some user has an item twice.
    pub repeated: bool,
    /// Room for the ids of the other orientation, where there is some: pages that need not be asked for again.
    pub room: Vec<u32>,
}

/// How the order of the file is known while rows are sorted.
pub(super) enum Trace {
    /// The file comes user by user: for each of its rows the place among those of the user.
    Within(Vec<u16>),
    /// For each sorted row its number in the file.
    Rows(Vec<u32>),
}

/// Sorts rows by user and item; of each sorted row it is known where in the file it stood.
pub(super) fn by_user(mut rows: CompactRows, n_users: usize, task: &Task) -> Result<Sorted, Cancelled> {
    let mut users = std::mem::take(&mut rows.users);
    rows.shrink();
    let (ends, grouped) = ends_of(&users, n_users);
    let longest = (0..n_users).map(|u| range(&ends, u).len()).max().unwrap_or(0);
    let mut trace = None;
    if !grouped || longest > 1 << 16 {
        let file_rows = positions(&users, &ends);
        users = Vec::new();
        task.cancel.check()?;
        if !grouped {
            rows.items = gather(&rows.items, &file_rows, task)?;
            rows.values.stored = match &rows.values.stored {
                Stored::Coded8(codes) => Stored::Coded8(gather(codes, &file_rows, task)?),
                Stored::Coded16(codes) => Stored::Coded16(gather(codes, &file_rows, task)?),
                Stored::Exact(values) => Stored::Exact(gather(values, &file_rows, task)?),
            };
            rows.times = match &rows.times {
                Times::None => Times::None,
                Times::Narrow(base, times) => Times::Narrow(*base, gather(times, &file_rows, task)?),
                Times::Wide(times) => Times::Wide(gather(times, &file_rows, task)?),
            };
        }
        trace = Some(file_rows);
    }
    let pieces = pieces(&ends);
    let repeated;
    let trace = if longest > 1 << 16 {
        let (places, again) = sort_items::<u32>(&mut rows.items, &ends, &pieces, task)?;
        let mut file_rows = trace.unwrap_or_default();
        permute_all(&mut rows, &places, &ends, &pieces, task)?;
        permute(&mut file_rows, &places, &ends, &pieces, task, |row| row)?;
        repeated = again;
        Trace::Rows(file_rows)
    } else {
        let (places, again) = sort_items::<u16>(&mut rows.items, &ends, &pieces, task)?;
        permute_all(&mut rows, &places, &ends, &pieces, task)?;
        repeated = again;
        match trace {
            Some(mut file_rows) => {
                permute(&mut file_rows, &places, &ends, &pieces, task, |row| row)?;
                Trace::Rows(file_rows)
            }
            None => Trace::Within(places),
        }
    };
    Ok(Sorted {
        ends,
        items: rows.items,
        values: rows.values,
        times: rows.times,
        trace,
        repeated,
        room: users,
    })
}

/// Where each user's rows end once they are sorted by user, and whether they are.
fn ends_of(users: &[u32], n_users: usize) -> (Vec<u32>, bool) {
    let mut ends = vec![0u32; n_users];
    let (mut grouped, mut last) = (true, 0);
    for run in users.chunk_by(|a, b| a == b) {
        ends[run[0] as usize] += run.len() as u32;
        grouped &= run[0] >= last;
        last = run[0];
    }
    add_up(&mut ends);
    (ends, grouped)
}

/// Counts become running sums.
pub(super) fn add_up(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

pub(super) fn range(ends: &[u32], row: usize) -> Range<usize> {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    start..ends[row] as usize
}

/// The rows of the file, by user and then in its order.
fn positions(users: &[u32], ends: &[u32]) -> Vec<u32> {
    let mut next: Vec<u32> = (0..ends.len()).map(|u| range(ends, u).start as u32).collect();
    let mut sorted = vec![0u32; users.len()];
    for (at, &user) in users.iter().enumerate() {
        let slot = &mut next[user as usize];
        sorted[*slot as usize] = at as u32;
        *slot += 1;
    }
    sorted
}

/// `column` at each of `rows`.
fn gather<T: Copy + Default + Send + Sync>(column: &[T], rows: &[u32], task: &Task) -> Result<Vec<T>, Cancelled> {
    let mut gathered = vec![T::default(); rows.len()];
    let parts: Vec<_> = gathered.chunks_mut(PIECE).zip(rows.chunks(PIECE)).collect();
    task.pool.try_each(parts, |(out, rows)| {
        task.cancel.check()?;
        for (out, &row) in out.iter_mut().zip(rows) {
            *out = column[row as usize];
        }
        Ok(())
    })?;
    Ok(gathered)
}

/// Ranges of rows of about [`PIECE`] entries each, whatever the number of threads.
fn pieces(ends: &[u32]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut first = 0;
    while first < ends.len() {
        let enough = range(ends, first).start + PIECE;
        let after = ends.partition_point(|&end| (end as usize) < enough).max(first) + 1;
        let after = after.min(ends.len());
        pieces.push(first..after);
        first = after;
    }
    pieces
}

/// `column` cut into what belongs to each piece.
pub(super) fn cut<'a, T>(mut column: &'a mut [T], ends: &[u32], pieces: &[Range<usize>]) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(pieces.len());
    let mut start = 0;
    for piece in pieces {
        let end = ends[piece.end - 1] as usize;
        let (part, rest) = column.split_at_mut(end - start);
        parts.push(part);
        (column, start) = (rest, end);
    }
    parts
}

/// A place within a row.
trait Place: Copy + Default + Send + Sync {
    fn of(place: usize) -> Self;
    fn at(self) -> usize;
}

impl Place for u16 {
    fn of(place: usize) -> Self {
        place as Self
    }
    fn at(self) -> usize {
        self as usize
    }
}

impl Place for u32 {
    fn of(place: usize) -> Self {
        place as Self
    }
    fn at(self) -> usize {
        self as usize
    }
}

/// Sorts the items of every user, equal ones in the order of the file. Returns of each entry the place within the row
/// where it went, and whether there are equal ones.
fn sort_items<P: Place>(
    items: &mut [u32],
    ends: &[u32],
    pieces: &[Range<usize>],
    task: &Task,
) -> Result<(Vec<P>, bool), Cancelled> {
    let mut places = vec![P::default(); items.len()];
    let repeated = AtomicBool::new(false);
    let parts = pieces
        .iter()
        .zip(cut(items, ends, pieces))
        .zip(cut(&mut places, ends, pieces));
    task.pool.try_each(parts.collect(), |((piece, items), places)| {
        task.cancel.check()?;
        let start = range(ends, piece.start).start;
        let mut keys: Vec<u64> = Vec::new();
        let mut again = false;
        for row in piece.clone() {
            let row = range(ends, row);
            let row = row.start - start..row.end - start;
            again |= sort_row(&mut items[row.clone()], &mut places[row], &mut keys);
        }
        if again {
            repeated.store(true, Ordering::Relaxed);
        }
        Ok(())
    })?;
    Ok((places, repeated.into_inner()))
}

fn sort_row<P: Place>(items: &mut [u32], places: &mut [P], keys: &mut Vec<u64>) -> bool {
    if items.is_sorted_by(|a, b| a < b) {
        for (at, place) in places.iter_mut().enumerate() {
            *place = P::of(at);
        }
        return false;
    }
    keys.clear();
    keys.extend(
        items
            .iter()
            .enumerate()
            .map(|(at, &item)| u64::from(item) << 32 | at as u64),
    );
    keys.sort_unstable();
    for (place, (&key, item)) in keys.iter().zip(items.iter_mut()).enumerate() {
        *item = (key >> 32) as u32;
        places[key as u32 as usize] = P::of(place);
    }
    items.windows(2).any(|pair| pair[0] == pair[1])
}

/// Brings values and times to the places of their items; values become codes in ascending order, times count from the
/// earliest.
fn permute_all<P: Place>(
    rows: &mut CompactRows,
    places: &[P],
    ends: &[u32],
    pieces: &[Range<usize>],
    task: &Task,
) -> Result<(), Cancelled> {
    let ranks = rows.values.sort_table();
    let rank = |code: usize| ranks.get(code).copied().unwrap_or(0);
    match &mut rows.values.stored {
        Stored::Coded8(codes) => permute(codes, places, ends, pieces, task, |c| rank(c as usize) as u8)?,
        Stored::Coded16(codes) => permute(codes, places, ends, pieces, task, |c| rank(c as usize))?,
        Stored::Exact(values) => permute(values, places, ends, pieces, task, |v| v)?,
    }
    rows.times.narrow();
    match &mut rows.times {
        Times::None => Ok(()),
        Times::Narrow(_, times) => permute(times, places, ends, pieces, task, |t| t),
        Times::Wide(times) => permute(times, places, ends, pieces, task, |t| t),
    }
}

/// Brings every entry to its place within its row, and makes of it what `change` does.
fn permute<T: Copy + Send, P: Place>(
    column: &mut [T],
    places: &[P],
    ends: &[u32],
    pieces: &[Range<usize>],
    task: &Task,
    change: impl Fn(T) -> T + Sync,
) -> Result<(), Cancelled> {
    let parts = pieces.iter().zip(cut(column, ends, pieces)).collect();
    task.pool.try_each(parts, |(piece, column): (&Range<usize>, &mut [T])| {
        task.cancel.check()?;
        let start = range(ends, piece.start).start;
        let before = column.to_vec();
        for row in piece.clone() {
            let row = range(ends, row);
            let places = &places[row.clone()];
            let row = row.start - start..row.end - start;
            let (before, after) = (&before[row.clone()], &mut column[row]);
            for (&entry, place) in before.iter().zip(places) {
                after[place.at()] = change(entry);
            }
        }
        Ok(())
    })
}
