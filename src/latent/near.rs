//! Who is near whom: neighbors in a space of any width, and, much quicker, on a plane.

use super::Points;
use super::points::squared_distance;
use crate::task::{Cancelled, Task};

/// The nearest of a point, nearest first, with their squared distances.
pub type Near = Vec<(u32, f64)>;

/// The `k` nearest of every point, nearest first, the squared distance beside each; ties in the order of the points. Fewer
/// where there are not so many others. O(n²·d).
pub fn nearest(points: &Points, k: usize, task: &Task) -> Result<Vec<Near>, Cancelled> {
    let all: Vec<u32> = (0..points.len() as u32).collect();
    nearest_of(points, &all, k, task)
}

/// As [`nearest`], for some of the points: each beside all others. O(looked at · n · d).
pub fn nearest_of(points: &Points, looked_at: &[u32], k: usize, task: &Task) -> Result<Vec<Near>, Cancelled> {
    let k = k.min(points.len().saturating_sub(1));
    task.pool.try_map(looked_at.len(), |at| {
        if at % 16 == 0 {
            task.cancel.check()?;
        }
        let i = looked_at[at] as usize;
        let own = points.row(i);
        let mut best = Best::new(k);
        for (j, row) in points.rows().enumerate() {
            if j != i {
                best.offer(j as u32, squared_distance(row, own));
            }
        }
        Ok(best.sorted())
    })
}

/// The `k` nearest of those offered.
struct Best {
    k: usize,
    found: Near,
    /// What is farther plays no part.
    bound: f64,
}

fn by_distance(a: &(u32, f64), b: &(u32, f64)) -> std::cmp::Ordering {
    a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))
}

impl Best {
    fn new(k: usize) -> Self {
        Self {
            k,
            found: Vec::with_capacity(2 * k + 1),
            bound: f64::INFINITY,
        }
    }

    fn offer(&mut self, point: u32, distance: f64) {
        if distance > self.bound || self.k == 0 {
            return;
        }
        self.found.push((point, distance));
        // Half of what was gathered is let go at once: cheaper than a place for each.
        if self.found.len() > 2 * self.k {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() > self.k {
            self.found.select_nth_unstable_by(self.k - 1, by_distance);
            self.found.truncate(self.k);
            self.bound = self.found.last().map_or(self.bound, |last| last.1);
        }
    }

    fn sorted(mut self) -> Near {
        self.found.sort_unstable_by(by_distance);
        self.found.truncate(self.k);
        self.found
    }
}

/// As [`nearest`], number by number, for points of few dimensions: a k-d tree (Bentley 1975) passes over whatever lies beyond
/// the farthest neighbor. O(n·log n) on a plane, where points do not stand in each other's place.
pub fn nearest_on_plane(points: &Points, k: usize, task: &Task) -> Result<Vec<Near>, Cancelled> {
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    split(points, &mut order, 0);
    let k = k.min(points.len().saturating_sub(1));
    task.pool.try_map(points.len(), |i| {
        if i % 256 == 0 {
            task.cancel.check()?;
        }
        let mut best = Best::new(k);
        search(points, &order, 0, i, &mut best);
        Ok(best.sorted())
    })
}

/// So few points are looked at one by one.
const LEAF: usize = 12;

/// Puts the median along one dimension into the middle, what is before it to the left; both halves by the next dimension.
fn split(points: &Points, order: &mut [u32], depth: usize) {
    if order.len() <= LEAF || points.width() == 0 {
        return;
    }
    let at = |point: u32| points.row(point as usize)[depth % points.width()];
    let middle = order.len() / 2;
    order.select_nth_unstable_by(middle, |a, b| at(*a).total_cmp(&at(*b)));
    let (left, right) = order.split_at_mut(middle);
    split(points, left, depth + 1);
    split(points, &mut right[1..], depth + 1);
}

fn search(points: &Points, order: &[u32], depth: usize, i: usize, best: &mut Best) {
    let own = points.row(i);
    let mut offer = |point: u32| {
        if point as usize != i {
            best.offer(point, squared_distance(points.row(point as usize), own));
        }
    };
    if order.len() <= LEAF || points.width() == 0 {
        for point in order {
            offer(*point);
        }
        // The sooner it is known what is too far, the more is passed over.
        best.cut();
        return;
    }
    let middle = order.len() / 2;
    offer(order[middle]);
    let dimension = depth % points.width();
    let away = own[dimension] - points.row(order[middle] as usize)[dimension];
    let (left, right) = (&order[..middle], &order[middle + 1..]);
    let (own_side, other_side) = if away < 0.0 { (left, right) } else { (right, left) };
    search(points, own_side, depth + 1, i, best);
    // What is exactly as far may still come before, by its place. What is no number is never passed over.
    let is_beyond = away * away > best.bound;
    if !is_beyond {
        search(points, other_side, depth + 1, i, best);
    }
}

/// The share of each point's neighbors in one list that are in its other too, 0 to 1.
pub fn overlap(one: &[Near], other: &[Near]) -> Vec<f64> {
    let share = |(a, b): (&Near, &Near)| {
        let both = a.iter().filter(|x| b.iter().any(|y| y.0 == x.0)).count();
        both as f64 / a.len().max(1) as f64
    };
    one.iter().zip(other).map(share).collect()
}

/// In how many of the lists each of `n` points stands: its hubness.
pub fn hubness(nearest: &[Near], n: usize) -> Vec<u32> {
    let mut counts = vec![0; n];
    for (j, _) in nearest.iter().flatten() {
        counts[*j as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::trust::tests::{digits, flat};
    use super::*;

    #[test]
    fn neighbors_hubs_and_overlaps_are_those_of_a_sorted_list() {
        let full = digits();
        let task = Task::unattended();
        let near = nearest(&full, 3, &task).unwrap();
        for (i, found) in near.iter().enumerate() {
            let mut all: Vec<(u32, f64)> = (0..8)
                .filter(|j| *j != i)
                .map(|j| (j as u32, squared_distance(full.row(i), full.row(j))))
                .collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            assert_eq!(found, &all[..3]);
        }
        let hubs = hubness(&near, 8);
        assert_eq!(hubs.iter().sum::<u32>(), 24);
        // 000 is near to 100, 010 and 002 alone.
        assert_eq!(hubs[0], 3);
        assert_eq!(overlap(&near, &near), [1.0; 8]);
        let on_map = nearest(&flat(&full), 3, &task).unwrap();
        assert!(overlap(&near, &on_map).iter().all(|share| (0.0..=1.0).contains(share)));
        assert!(nearest(&Points::default(), 3, &task).unwrap().is_empty());
        assert_eq!(nearest(&full.at(&[0]), 3, &task).unwrap(), [vec![]]);
    }

    #[test]
    fn a_tree_finds_what_looking_at_all_does() {
        let task = Task::unattended();
        let number = |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j * 31) % 997) as f64;
        // Spread, on a coarse lattice (many equally far), on a line, all in one place.
        let spread: [&dyn Fn(usize) -> [f64; 2]; 4] = [
            &|i| [number(i, 0), number(i, 1)],
            &|i| [(i % 9) as f64, (i / 9 % 9) as f64],
            &|i| [(i * 37 % 300) as f64, 1.0],
            &|_| [2.0, 2.0],
        ];
        for place in spread {
            for n in [0, 1, 5, 13, 300] {
                let points = Points::of(2, (0..n).map(place));
                for k in [0, 1, 10] {
                    let all = nearest(&points, k, &task).unwrap();
                    assert_eq!(nearest_on_plane(&points, k, &task).unwrap(), all, "{n} {k}");
                    let few: Vec<u32> = (0..n as u32).step_by(3).collect();
                    let found = nearest_of(&points, &few, k, &task).unwrap();
                    assert!(few.iter().zip(&found).all(|(at, found)| *found == all[*at as usize]));
                }
            }
        }
    }
}
