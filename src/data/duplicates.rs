//! Rows sorted by user and item, and what becomes of pairs that come again.

use super::{DuplicatePolicy, RatingRows};

/// The positions of the rows, by user, then item, then order of the file.
pub(super) fn sort_by_user(rows: &RatingRows, n_users: usize) -> Vec<u32> {
    let mut next = vec![0u32; n_users + 1];
    for &user in &rows.users {
        next[user as usize + 1] += 1;
    }
    for u in 0..n_users {
        next[u + 1] += next[u];
    }
    let ends: Vec<u32> = next[1..].to_vec();
    let mut sorted = vec![0u32; rows.users.len()];
    for (at, &user) in rows.users.iter().enumerate() {
        let slot = &mut next[user as usize];
        sorted[*slot as usize] = at as u32;
        *slot += 1;
    }
    let mut start = 0;
    for end in ends {
        let row = &mut sorted[start..end as usize];
        if !row.is_sorted_by_key(|&at| rows.items[at as usize]) {
            row.sort_by_key(|&at| rows.items[at as usize]);
        }
        start = end as usize;
    }
    sorted
}

/// Of the rows that share user and item, leaves one, whose value is what `policy` makes of them.
pub(super) fn resolve_duplicates(
    rows: &mut RatingRows,
    sorted: &[u32],
    policy: DuplicatePolicy,
) -> Result<Vec<u32>, usize> {
    let same = |a: u32, b: u32| {
        rows.users[a as usize] == rows.users[b as usize] && rows.items[a as usize] == rows.items[b as usize]
    };
    let groups: Vec<&[u32]> = sorted.chunk_by(|&a, &b| same(a, b)).collect();
    if groups.len() == sorted.len() {
        return Ok(sorted.to_vec());
    }
    if policy == DuplicatePolicy::Error {
        let first = groups.iter().filter(|g| g.len() > 1).map(|g| g[1]).min();
        return Err(first.unwrap_or(0) as usize);
    }
    let when = |at: u32| rows.times.get(at as usize).copied().unwrap_or(0);
    let mut changed: Vec<(u32, f64)> = Vec::new();
    let mut kept = Vec::with_capacity(groups.len());
    for group in groups {
        let latest = group
            .iter()
            .copied()
            .max_by_key(|&at| (when(at), at))
            .unwrap_or(group[0]);
        let earliest = group
            .iter()
            .copied()
            .min_by_key(|&at| (when(at), at))
            .unwrap_or(group[0]);
        let sum: f64 = group.iter().map(|&at| rows.values[at as usize]).sum();
        kept.push(if policy == DuplicatePolicy::First {
            earliest
        } else {
            latest
        });
        match policy {
            DuplicatePolicy::Mean => changed.push((latest, sum / group.len() as f64)),
            DuplicatePolicy::Sum => changed.push((latest, sum)),
            _ => {}
        }
    }
    for (at, value) in changed {
        rows.values[at as usize] = value;
    }
    Ok(kept)
}
