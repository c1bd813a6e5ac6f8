//! Rows in the order of the file become both orientations: by user, then item; and by item, then user.
//!
//! Everything is done in pieces of whole users (or whole items), so that any number of threads may work at it and none
//! sees what another writes. A column is freed as soon as it is no longer needed.

use std::ops::Range;

use super::DuplicatePolicy;
use super::compact::{CompactRows, CompactValues};
use super::duplicates::{Repeated, resolve_duplicates};
use super::storage::{FileOrder, Orientation, Stored, Times, encode};
use crate::task::{Cancelled, Stages, Task};

/// Ratings in both orientations.
#[derive(Clone, Debug)]
pub(super) struct Indexed {
    pub by_user: Orientation,
    pub by_item: Orientation,
    /// The distinct values, ascending; empty where they are too many to be coded.
    pub table: Vec<f64>,
    pub times: Times,
    pub file_order: FileOrder,
    /// Pairs that came again.
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

/// Why there is no index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unindexed {
    Cancelled,
    /// A pair came again, and that is an error.
    Repeated(Repeated),
}

impl From<Cancelled> for Unindexed {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Ratings a piece of work, about: less than a millisecond's.
const PIECE: usize = 1 << 16;

/// Sorts rows by user and item, resolves pairs that come again, and turns the result round.
pub(super) fn index(
    rows: CompactRows,
    n_users: usize,
    n_items: usize,
    policy: DuplicatePolicy,
    task: &Task,
) -> Result<Indexed, Unindexed> {
    let total = rows.users.len() as u64;
    let mut stages = Stages::begin();
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
    let by_item = transposed(&by_user, n_items, task)?;
    stages.end("turning round");
    let file_order = match sorted.trace {
        Trace::Within(places) => FileOrder::within_user(places, &by_user),
        Trace::Rows(file_rows) => FileOrder::of(&file_rows, total as usize, &by_user),
    };
    stages.end("keeping the order of the file");
    Ok(Indexed {
        duplicates: total - by_user.ids.len() as u64,
        by_user,
        by_item,
        table,
        times: sorted.times,
        file_order,
    })
}

/// Rows by user, then item, then order of the file.
pub(super) struct Sorted {
    pub ends: Vec<u32>,
    pub items: Vec<u32>,
    pub values: CompactValues,
    pub times: Times,
    pub trace: Trace,
    /// Some user has an item twice.
    pub repeated: bool,
}

/// How the order of the file is known while rows are sorted.
pub(super) enum Trace {
    /// The file comes user by user: for each of its rows the place among those of the user.
    Within(Vec<u16>),
    /// For each sorted row its number in the file.
    Rows(Vec<u32>),
}

fn by_user(mut rows: CompactRows, n_users: usize, task: &Task) -> Result<Sorted, Cancelled> {
    let users = std::mem::take(&mut rows.users);
    rows.shrink();
    let (ends, grouped) = ends_of(&users, n_users);
    let longest = (0..n_users).map(|u| range(&ends, u).len()).max().unwrap_or(0);
    let mut trace = None;
    if !grouped || longest > 1 << 16 {
        let file_rows = positions(&users, &ends);
        drop(users);
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
    } else {
        drop(users);
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
    })
}

/// Where each user's rows end once they are sorted by user, and whether they are.
fn ends_of(users: &[u32], n_users: usize) -> (Vec<u32>, bool) {
    let mut ends = vec![0u32; n_users];
    let (mut grouped, mut last) = (true, 0);
    for &user in users {
        ends[user as usize] += 1;
        grouped &= user >= last;
        last = user;
    }
    add_up(&mut ends);
    (ends, grouped)
}

/// Counts become running sums.
fn add_up(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

fn range(ends: &[u32], row: usize) -> Range<usize> {
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
fn cut<'a, T>(mut column: &'a mut [T], ends: &[u32], pieces: &[Range<usize>]) -> Vec<&'a mut [T]> {
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
    let repeated = std::sync::atomic::AtomicBool::new(false);
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
            repeated.store(true, std::sync::atomic::Ordering::Relaxed);
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

/// The distinct values, ascending, and each value's code among them: fewest bytes, whatever values were dropped.
fn settle(values: CompactValues) -> (Vec<f64>, Stored) {
    let mut met = vec![false; values.table.len()];
    match &values.stored {
        Stored::Coded8(codes) => codes.iter().for_each(|&c| met[c as usize] = true),
        Stored::Coded16(codes) => codes.iter().for_each(|&c| met[c as usize] = true),
        Stored::Exact(_) => {}
    }
    if met.iter().all(|m| *m) && !matches!(values.stored, Stored::Exact(_)) {
        return (values.table, values.stored);
    }
    let CompactValues { table, stored, .. } = &values;
    encode((0..stored.len()).map(|k| stored.get(k, table)))
}

/// The other way round. Rows are read in ascending order, so that each new row is ascending too.
pub(super) fn transposed(from: &Orientation, n_rows: usize, task: &Task) -> Result<Orientation, Cancelled> {
    let ends = counted(&from.ids, n_rows, task);
    task.cancel.check()?;
    // Few items a piece: where they write next stays in the processor's cache.
    let pieces = balanced(&ends, 16.max(4 * task.pool.threads()));
    let mut ids = vec![0u32; from.ids.len()];
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
pub(super) fn turned(from: &Orientation, n_rows: usize) -> Orientation {
    // Nobody cancels a task that nobody has.
    transposed(from, n_rows, &Task::unattended()).unwrap_or_else(|_| Orientation {
        ends: vec![0; n_rows],
        ids: Vec::new(),
        values: Stored::default(),
    })
}

/// Where the rows of the other way round end.
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
            for (row, (at, &end)) in left_off.iter_mut().zip(&from.ends).enumerate() {
                if row % 2048 == 0 {
                    task.cancel.check()?;
                }
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
