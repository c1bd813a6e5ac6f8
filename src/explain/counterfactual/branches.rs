//! Exhaustive search of all sets of a given size by branch and bound.

use std::cell::Cell;

use super::Search;
use super::problem::{Challenger, Problem};
use crate::task::Cancelled;

/// The budget over all sizes, in gaps computed: a count, not a time, so that results are deterministic.
const GAPS: usize = 20_000_000;
/// How many sets that the sums let through are verified at most.
const TRIED: usize = 64;
/// The most numbers held for the bound.
const CELLS: usize = 1 << 21;

/// The search, with its remaining budget.
pub(super) struct Branches<'a> {
    problem: &'a Problem,
    gaps: Cell<usize>,
    trials: Cell<usize>,
}

/// The sets of one size.
struct Level<'a> {
    of: &'a Branches<'a>,
    /// Those that can overtake with so few removals.
    challengers: Vec<&'a Challenger>,
    /// How many challengers without known differences might overtake.
    unknown: usize,
    /// The ratings that help any of them, the most useful first.
    ratings: Vec<usize>,
    /// By challenger, then place among `ratings`, then k: the sum of the k largest differences from that place on.
    reach: Vec<f64>,
    size: usize,
}

/// How the search of a branch ends.
pub(super) enum End {
    /// A verified set.
    Found(Vec<usize>),
    Nothing,
    /// The budget is used up.
    GivenUp,
}

impl<'a> Branches<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        Self {
            problem,
            gaps: Cell::new(GAPS),
            trials: Cell::new(TRIED),
        }
    }

    /// Searches all sets of `size` ratings, all smaller ones being excluded.
    pub fn search(&self, size: usize, search: &Search<'_>) -> Result<End, Cancelled> {
        let Some(level) = Level::of(self, size) else {
            return Ok(End::GivenUp);
        };
        let gaps: Vec<f64> = level.challengers.iter().map(|c| c.gap).collect();
        level.follow(0, &gaps, &mut Vec::new(), search)
    }
}

impl<'a> Level<'a> {
    fn of(of: &'a Branches<'a>, size: usize) -> Option<Self> {
        let problem = of.problem;
        let able = problem.challengers.iter().filter(|c| c.least <= size);
        let challengers: Vec<&Challenger> = able.collect();
        // A rating that helps no challenger is redundant in any set, and smaller sets are excluded.
        let helps = |at: &usize| challengers.iter().any(|c| c.differences[*at] > 0.0);
        let mut ratings: Vec<usize> = (0..problem.ratings).filter(helps).collect();
        if challengers.len() * (ratings.len() + 1) * (size + 1) > CELLS {
            return None;
        }
        let use_of = |at: usize| -> f64 {
            let open = challengers.iter().filter(|c| c.gap > 0.0);
            open.map(|c| (c.differences[at] / c.gap).clamp(0.0, 1.0)).sum()
        };
        ratings.sort_by(|a, b| use_of(*b).total_cmp(&use_of(*a)).then(a.cmp(b)));
        let mut level = Self {
            of,
            unknown: problem.left_out.partition_point(|least| *least <= size),
            reach: Vec::with_capacity(challengers.len() * (ratings.len() + 1) * (size + 1)),
            challengers,
            ratings,
            size,
        };
        level.sum_up();
        Some(level)
    }

    fn sum_up(&mut self) {
        for challenger in &self.challengers {
            let mut rows: Vec<Vec<f64>> = Vec::with_capacity(self.ratings.len() + 1);
            let mut largest: Vec<f64> = Vec::new();
            rows.push(vec![0.0; self.size + 1]);
            for at in self.ratings.iter().rev() {
                let difference = challenger.differences[*at].max(0.0);
                let place = largest.partition_point(|d| *d >= difference);
                largest.insert(place, difference);
                largest.truncate(self.size);
                let mut sums = vec![0.0];
                let mut sum = 0.0;
                sums.extend(largest.iter().map(|difference| {
                    sum += difference;
                    sum
                }));
                sums.resize(self.size + 1, sum);
                rows.push(sums);
            }
            self.reach.extend(rows.into_iter().rev().flatten());
        }
    }

    /// Whether enough challengers can still overtake by removing `more` of the ratings from `place` on.
    fn is_possible(&self, place: usize, gaps: &[f64], more: usize) -> bool {
        let stride = (self.ratings.len() + 1) * (self.size + 1);
        let reach = |c: usize| self.reach[c * stride + place * (self.size + 1) + more];
        let tolerance = self.of.problem.tolerance;
        let able = gaps.iter().enumerate().filter(|(c, gap)| reach(*c) > **gap - tolerance);
        let wanted = self.of.problem.n.saturating_sub(self.unknown);
        able.take(wanted).count() == wanted
    }

    fn follow(&self, place: usize, gaps: &[f64], set: &mut Vec<usize>, search: &Search<'_>) -> Result<End, Cancelled> {
        let more = self.size - set.len();
        if more + place > self.ratings.len() || !self.is_possible(place, gaps, more) {
            return Ok(End::Nothing);
        }
        if more == 0 {
            return self.try_out(set, search);
        }
        for next in place..=self.ratings.len() - more {
            let Some(left) = self.of.gaps.get().checked_sub(gaps.len()) else {
                return Ok(End::GivenUp);
            };
            self.of.gaps.set(left);
            search.trials.cancel.check()?;
            if !self.is_possible(next, gaps, more) {
                return Ok(End::Nothing);
            }
            let at = self.ratings[next];
            let narrowed: Vec<f64> = (gaps.iter().zip(&self.challengers))
                .map(|(gap, c)| gap - c.differences[at])
                .collect();
            set.push(at);
            let end = self.follow(next + 1, &narrowed, set, search)?;
            set.pop();
            if !matches!(end, End::Nothing) {
                return Ok(end);
            }
        }
        Ok(End::Nothing)
    }

    /// Verifies a set that suffices by the sums.
    fn try_out(&self, set: &[usize], search: &Search<'_>) -> Result<End, Cancelled> {
        let Some(left) = self.of.trials.get().checked_sub(1) else {
            return Ok(End::GivenUp);
        };
        self.of.trials.set(left);
        Ok(if search.is_out_without(set)? {
            End::Found(set.to_vec())
        } else {
            End::Nothing
        })
    }
}
