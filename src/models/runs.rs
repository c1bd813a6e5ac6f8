//! Concatenated lists (runs), delimited by where each ends.

use std::ops::Range;

/// The range of the list at `at`.
#[inline]
pub(super) fn run(ends: &[usize], at: usize) -> Range<usize> {
    let start = if at == 0 { 0 } else { ends[at - 1] };
    start..ends[at]
}

/// Stable counting sort by key, below `n`: calls `put` with the slot and value of each entry. Returns each key's end.
pub(super) fn sort_by_key<T>(
    n: usize,
    entries: impl Iterator<Item = (u32, T)> + Clone,
    mut put: impl FnMut(usize, T),
) -> Vec<usize> {
    let mut next = vec![0; n + 1];
    for (key, _) in entries.clone() {
        next[key as usize + 1] += 1;
    }
    for key in 0..n {
        next[key + 1] += next[key];
    }
    for (key, value) in entries {
        let slot = &mut next[key as usize];
        put(*slot, value);
        *slot += 1;
    }
    // Every next slot has moved to its end.
    next.pop();
    next
}
