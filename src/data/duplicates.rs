//! Repeated pairs of user and item become one rating.

use super::DuplicatePolicy;
use super::compact::CompactValues;
use super::sort::{Sorted, Trace, range};
use super::storage::{Stored, Times};

/// The first row of the file that repeats a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    pub file_row: usize,
    pub user: u32,
    pub item: u32,
}

/// Of the rows that share user and item, leaves one, whose value is what `policy` makes of them.
pub(super) fn resolve_duplicates(mut sorted: Sorted, policy: DuplicatePolicy) -> Result<Sorted, Repeated> {
    let file_rows = match sorted.trace {
        Trace::Rows(file_rows) => file_rows,
        Trace::Within(places) => rows_of(&places, &sorted.ends),
    };
    if policy == DuplicatePolicy::Error
        && let Some(repeated) = first_repeated(&sorted.ends, &sorted.items, &file_rows)
    {
        return Err(repeated);
    }
    let mut resolved = Resolved {
        items: sorted.items,
        values: exact(&sorted.values),
        times: sorted.times,
        file_rows,
        kept: 0,
    };
    drop(sorted.values);
    let mut start = 0;
    for end in &mut sorted.ends {
        let stop = *end as usize;
        while start < stop {
            let item = resolved.items[start];
            let same = resolved.items[start..stop].iter().take_while(|i| **i == item).count();
            resolved.keep(start, start + same, policy);
            start += same;
        }
        *end = resolved.kept as u32;
    }
    let n = resolved.kept;
    resolved.items.truncate(n);
    resolved.items.shrink_to_fit();
    resolved.values.truncate(n);
    resolved.file_rows.truncate(n);
    match &mut resolved.times {
        Times::None => {}
        Times::Narrow(_, times) => times.truncate(n),
        Times::Wide(times) => times.truncate(n),
    }
    resolved.times.narrow();
    resolved.times.shrink();
    Ok(Sorted {
        ends: sorted.ends,
        items: resolved.items,
        values: CompactValues::exact(resolved.values),
        times: resolved.times,
        trace: Trace::Rows(resolved.file_rows),
        repeated: false,
        room: Vec::new(),
    })
}

/// Rows that are being thinned out in place.
struct Resolved {
    items: Vec<u32>,
    values: Vec<f64>,
    times: Times,
    file_rows: Vec<u32>,
    kept: usize,
}

impl Resolved {
    /// Keeps one of the rows from `start` to `end`, which are in the order of the file.
    fn keep(&mut self, start: usize, end: usize, policy: DuplicatePolicy) {
        let age = |k: &usize| (self.times.get(*k), self.file_rows[*k]);
        let chosen = match policy {
            DuplicatePolicy::First => (start..end).min_by_key(age),
            _ => (start..end).max_by_key(age),
        };
        let chosen = chosen.unwrap_or(start);
        let group = &self.values[start..end];
        let value = match policy {
            DuplicatePolicy::Mean if group.len() > 1 => group.iter().sum::<f64>() / group.len() as f64,
            DuplicatePolicy::Sum if group.len() > 1 => group.iter().sum(),
            _ => self.values[chosen],
        };
        let to = self.kept;
        self.kept += 1;
        self.items[to] = self.items[chosen];
        self.values[to] = value;
        self.file_rows[to] = self.file_rows[chosen];
        match &mut self.times {
            Times::None => {}
            Times::Narrow(_, times) => times[to] = times[chosen],
            Times::Wide(times) => times[to] = times[chosen],
        }
    }
}

fn exact(values: &CompactValues) -> Vec<f64> {
    let CompactValues { table, stored, .. } = values;
    match stored {
        Stored::Exact(values) => values.clone(),
        _ => (0..stored.len()).map(|k| stored.get(k, table)).collect(),
    }
}

/// The rows of a file that comes user by user, in sorted order.
fn rows_of(places: &[u16], ends: &[u32]) -> Vec<u32> {
    let mut rows = vec![0u32; places.len()];
    for row in (0..ends.len()).map(|user| range(ends, user)) {
        for at in row.clone() {
            rows[row.start + places[at] as usize] = at as u32;
        }
    }
    rows
}

fn first_repeated(ends: &[u32], items: &[u32], file_rows: &[u32]) -> Option<Repeated> {
    let repeated = (0..ends.len()).flat_map(|user| {
        let row = range(ends, user);
        let again = (row.start + 1..row.end).filter(|&k| items[k] == items[k - 1]);
        again.map(move |k| Repeated {
            file_row: file_rows[k] as usize,
            user: user as u32,
            item: items[k],
        })
    });
    repeated.min_by_key(|r| r.file_row)
}
