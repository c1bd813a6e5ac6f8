//! Scores that are sums over the ratings: a challenger passes the item where the differences of what the removed ratings add
//! to both exceed the gap between them. The item leaves the list of n once n challengers have passed it.

use super::branches::Branches;
use super::{Found, Search};
use crate::data::ItemIx;
use crate::models::Additive;
use crate::task::Cancelled;

/// So many differences at most are held: challengers × ratings.
const CELLS: usize = 1 << 22;
/// So many challengers are helped past one at a time, to see whether the others follow.
const LEADERS: usize = 12;

/// An item that could take the place.
pub(super) struct Challenger {
    /// By how much the item is ahead.
    pub gap: f64,
    /// By how much the gap shrinks without each of the ratings.
    pub differences: Vec<f64>,
    /// So many ratings it takes at least until it passes.
    pub least: usize,
}

/// All that the search computes with.
pub(super) struct Problem {
    pub n: usize,
    pub ratings: usize,
    /// Those that need the fewest ratings, fewest first.
    pub challengers: Vec<Challenger>,
    /// For those left out, so many ratings at least until they pass; ascending.
    pub left_out: Vec<usize>,
    /// The ratings that speak for the item, and how many of them must be left for it to have a score.
    speakers: Vec<usize>,
    needed: usize,
    /// Differences that rounding may make.
    pub tolerance: f64,
}

pub(super) fn find(search: &Search<'_>, sums: &dyn Additive) -> Result<Found, Cancelled> {
    let problem = Problem::of(search, sums)?;
    let bound = problem.bound();
    if bound > search.ratings() {
        return Ok(Found {
            set: None,
            excluded_below: bound,
        });
    }
    let mut best: Option<Vec<usize>> = None;
    for set in problem.proposals(search)? {
        let is_better = best.as_ref().is_none_or(|best| set.len() < best.len());
        if is_better && search.is_out_without(&set)? {
            best = Some(set);
        }
    }
    let mut excluded_below = bound;
    let branches = Branches::new(&problem);
    while excluded_below < best.as_ref().map_or(search.ratings() + 1, Vec::len) {
        let Some(found) = branches.search(excluded_below, search)? else {
            break;
        };
        if found.is_some() {
            best = found;
        } else {
            excluded_below += 1;
        }
    }
    Ok(Found {
        set: best,
        excluded_below,
    })
}

impl Problem {
    fn of(search: &Search<'_>, sums: &dyn Additive) -> Result<Self, Cancelled> {
        let cancel = search.trials.cancel;
        let (ratings, scale) = (search.ratings(), sums.scale());
        let scores = search.serving.scores(cancel)?;
        let own = scores.get(search.item).unwrap_or_default() * scale;
        let others: Vec<(ItemIx, f64)> = (search.serving.candidates(cancel)?.iter())
            .filter(|(item, _)| *item != search.item)
            .map(|(item, score)| (*item, own - score * scale))
            .collect();
        let largest = others.iter().fold(own.abs(), |m, (_, gap)| m.max((own - gap).abs()));
        let tolerance = 1e-9 * largest;

        // What each could gain at most, to choose whose differences are worth keeping.
        let mut reach = vec![(0.0f64, 0.0f64); others.len()];
        let mut speakers = Vec::new();
        for at in 0..ratings {
            cancel.check()?;
            let share = sums.share(at);
            let to_own = share.get(search.item);
            speakers.extend(to_own.map(|_| at));
            for ((other, _), (most, all)) in others.iter().zip(&mut reach) {
                let difference = to_own.unwrap_or(0.0) - share.get(*other).unwrap_or(0.0);
                *most = most.max(difference);
                *all += difference.max(0.0);
            }
        }
        let mut order: Vec<(usize, usize)> = (others.iter().zip(&reach).enumerate())
            .filter_map(|(place, ((_, gap), reach))| Some((crude(*gap, *reach, tolerance)?, place)))
            .collect();
        order.sort_unstable();
        let kept = (CELLS / ratings.max(1)).max(2 * search.n);
        let left_out = order.split_off(kept.min(order.len()));

        let mut differences = vec![vec![0.0; ratings]; order.len()];
        for at in 0..ratings {
            cancel.check()?;
            let share = sums.share(at);
            let to_own = share.get(search.item).unwrap_or(0.0);
            for ((_, place), row) in order.iter().zip(&mut differences) {
                row[at] = to_own - share.get(others[*place].0).unwrap_or(0.0);
            }
        }
        let mut problem = Self {
            n: search.n,
            ratings,
            challengers: Vec::with_capacity(order.len()),
            left_out: left_out.iter().map(|(crude, _)| *crude).collect(),
            speakers,
            needed: sums.needed(),
            tolerance,
        };
        for ((crude, place), differences) in order.into_iter().zip(differences) {
            cancel.check()?;
            problem.challengers.push(Challenger {
                gap: others[place].1,
                differences,
                least: crude,
            });
        }
        problem.count();
        Ok(problem)
    }

    /// Counts for each challenger how many ratings it takes at least, as long as that can matter, and sorts them by it.
    fn count(&mut self) {
        // The n-th smallest count so far: who needs more cannot be among the n easiest.
        let mut smallest: Vec<usize> = Vec::new();
        for challenger in &mut self.challengers {
            let cap = match smallest.get(self.n.saturating_sub(1)) {
                // A little beyond, for the search among somewhat larger sets.
                Some(nth) => nth.saturating_add(2).min(self.ratings),
                None => self.ratings,
            };
            challenger.least = if challenger.least > cap {
                challenger.least
            } else {
                challenger.count(cap, self.tolerance)
            };
            let at = smallest.partition_point(|least| *least <= challenger.least);
            smallest.insert(at, challenger.least);
            smallest.truncate(self.n);
        }
        self.challengers.sort_by_key(|challenger| challenger.least);
    }

    /// No set of fewer ratings than this does it.
    fn bound(&self) -> usize {
        let inside = self.challengers.iter().map(|c| c.least);
        let mut counts: Vec<usize> = inside.chain(self.left_out.iter().copied()).collect();
        counts.sort_unstable();
        let passed = counts.get(self.n.saturating_sub(1)).copied().unwrap_or(usize::MAX);
        passed.min(self.silencing().unwrap_or(usize::MAX)).min(self.ratings + 1)
    }

    /// How many ratings have to go until too few speak for the item; `None` where it has a score anyway.
    fn silencing(&self) -> Option<usize> {
        (self.needed > 0).then(|| (self.speakers.len() + 1).saturating_sub(self.needed))
    }

    /// Sets that are likely to do it, the smallest first.
    fn proposals(&self, search: &Search<'_>) -> Result<Vec<Vec<usize>>, Cancelled> {
        let mut sets = Vec::new();
        if let Some(count) = self.silencing() {
            sets.push(self.speakers[..count].to_vec());
        }
        // All of the n easiest at once: each rating counts as far as it closes gaps that are still open.
        let easiest: Vec<&Challenger> = self.challengers.iter().take(self.n).collect();
        sets.extend(self.growing(self.ratings, |gaps, at| {
            let open = easiest.iter().zip(gaps).filter(|(_, gap)| **gap > 0.0);
            open.map(|(c, gap)| (c.differences[at] / gap).min(1.0)).sum()
        }));
        for leader in self.challengers.iter().filter(|c| c.gap > 0.0).take(LEADERS) {
            search.trials.cancel.check()?;
            let most = sets.iter().map(Vec::len).min().unwrap_or(self.ratings);
            sets.extend(self.growing(2 * most, |_, at| leader.differences[at]));
        }
        sets.sort_by_key(Vec::len);
        Ok(sets)
    }

    /// Takes out the rating that is worth most, again and again, until n challengers have passed; then puts back what was
    /// taken out in vain. `worth` of a rating may depend on the gaps that are left. `None` where ratings of no worth, or more
    /// than `most`, would have to go.
    fn growing(&self, most: usize, worth: impl Fn(&[f64], usize) -> f64) -> Option<Vec<usize>> {
        let mut gaps: Vec<f64> = self.challengers.iter().map(|c| c.gap).collect();
        let is_enough = |gaps: &[f64]| gaps.iter().filter(|gap| **gap < 0.0).take(self.n).count() == self.n;
        let (mut set, mut left): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..self.ratings).collect());
        while !is_enough(&gaps) {
            let worths = left.iter().map(|at| worth(&gaps, *at)).enumerate();
            let (place, value) = worths.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
            if value <= 0.0 || set.len() == most {
                return None;
            }
            set.push(left.remove(place));
            self.move_gaps(&mut gaps, set[set.len() - 1], -1.0);
        }
        for place in (0..set.len()).rev() {
            self.move_gaps(&mut gaps, set[place], 1.0);
            if is_enough(&gaps) {
                set.remove(place);
            } else {
                self.move_gaps(&mut gaps, set[place], -1.0);
            }
        }
        Some(set)
    }

    fn move_gaps(&self, gaps: &mut [f64], rating: usize, by: f64) {
        for (gap, challenger) in gaps.iter_mut().zip(&self.challengers) {
            *gap += by * challenger.differences[rating];
        }
    }
}

/// So many ratings at least until a gap is closed, from what a challenger can gain by one and by all; `None` where it never
/// is.
fn crude(gap: f64, (most, all): (f64, f64), tolerance: f64) -> Option<usize> {
    let open = gap - tolerance;
    if open <= 0.0 {
        Some(0)
    } else if all < open {
        None
    } else {
        Some((open / most).floor().max(1.0) as usize)
    }
}

impl Challenger {
    /// How many of the largest differences it takes to close the gap, counted up to `cap`.
    fn count(&self, cap: usize, tolerance: f64) -> usize {
        let open = self.gap - tolerance;
        if open <= 0.0 {
            return 0;
        }
        let mut largest: Vec<f64> = self.differences.iter().copied().filter(|d| *d > 0.0).collect();
        if cap < largest.len() {
            largest.select_nth_unstable_by(cap, |a, b| b.total_cmp(a));
            largest.truncate(cap);
        }
        largest.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut sum = 0.0;
        let enough = largest.iter().position(|difference| {
            sum += difference;
            sum > open
        });
        enough.map_or(cap + 1, |at| at + 1)
    }
}
