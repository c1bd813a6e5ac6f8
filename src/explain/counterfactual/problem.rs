//! The input of the additive search: the challengers with their gaps, how each rating's removal changes these, and the lower
//! bound on the size of a set.

use super::Search;
use crate::data::ItemIx;
use crate::models::Additive;
use crate::task::Cancelled;

/// The most differences held in memory: challengers × ratings.
const CELLS: usize = 1 << 22;

/// A candidate that could overtake the item.
pub(super) struct Challenger {
    /// The item's score minus its own.
    pub gap: f64,
    /// By how much removing each of the ratings closes the gap.
    pub differences: Vec<f64>,
    /// The fewest ratings whose removal could let it overtake (a lower bound).
    pub least: usize,
}

/// The input of the search.
pub(super) struct Problem {
    pub n: usize,
    pub ratings: usize,
    /// Those that need the fewest removals, fewest first.
    pub challengers: Vec<Challenger>,
    /// The lower bounds of the challengers that were left out, ascending.
    pub left_out: Vec<usize>,
    /// The ratings that speak for the item, and how many of them must be left for it to have a score.
    pub speakers: Vec<usize>,
    needed: usize,
    /// Smaller differences may be rounding errors.
    pub tolerance: f64,
}

impl Problem {
    pub fn of(search: &Search<'_>, sums: &dyn Additive) -> Result<Self, Cancelled> {
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

        // An upper bound on what each challenger can gain, to choose whose differences are kept.
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

    /// Computes each challenger's lower bound, as far as it can matter, and sorts them by it.
    fn count(&mut self) {
        // The n smallest counts so far: whoever needs more than the n-th cannot be among the n easiest.
        let mut smallest: Vec<usize> = Vec::new();
        for challenger in &mut self.challengers {
            let cap = match smallest.get(self.n.saturating_sub(1)) {
                // A little beyond, for the exhaustive search of somewhat larger sets.
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

    /// No set of fewer ratings than this takes the item out.
    pub fn bound(&self) -> usize {
        let inside = self.challengers.iter().map(|c| c.least);
        let mut counts: Vec<usize> = inside.chain(self.left_out.iter().copied()).collect();
        counts.sort_unstable();
        let passed = counts.get(self.n.saturating_sub(1)).copied().unwrap_or(usize::MAX);
        passed.min(self.silencing().unwrap_or(usize::MAX)).min(self.ratings + 1)
    }

    /// How many removals leave the item without a score; `None` where none do.
    pub fn silencing(&self) -> Option<usize> {
        (self.needed > 0).then(|| (self.speakers.len() + 1).saturating_sub(self.needed))
    }
}

/// A lower bound on the removals that close a gap, from the largest and the total gain; `None` where nothing closes it.
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
