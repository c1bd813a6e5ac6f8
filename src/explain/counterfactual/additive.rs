//! Scores that are sums over the ratings. Removing a set lets a challenger overtake the item where the sum of the
//! differences of their shares exceeds the gap. The item leaves the top n once n challengers are ahead of it.

use super::branches::{Branches, End};
use super::problem::{Challenger, Problem};
use super::{Found, Search};
use crate::models::Additive;
use crate::task::Cancelled;

/// How many challengers get a greedy search of their own.
const LEADERS: usize = 12;

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
        match branches.search(excluded_below, search)? {
            End::Found(set) => best = Some(set),
            End::Nothing => excluded_below += 1,
            End::GivenUp => break,
        }
    }
    Ok(Found {
        set: best,
        excluded_below,
    })
}

impl Problem {
    /// Candidate sets by greedy search, the smallest first.
    fn proposals(&self, search: &Search<'_>) -> Result<Vec<Vec<usize>>, Cancelled> {
        let mut sets = Vec::new();
        if let Some(count) = self.silencing() {
            sets.push(self.speakers[..count].to_vec());
        }
        // For the n easiest challengers together: a rating counts as far as it closes gaps that are still open.
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

    /// Greedy: removes the rating of the greatest worth until n challengers are ahead, then drops redundant ratings from the
    /// set. The worth may depend on the remaining gaps. `None` where only ratings of no worth are left, or after `most`.
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
