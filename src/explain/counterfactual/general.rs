//! Models without a bound: ratings are removed in order of influence, and the profile is served anew each time.

use super::{Found, Search};
use crate::explain::history;
use crate::task::Cancelled;

/// All single ratings are tried where there are at most so many.
const SINGLES: usize = 200;
/// All pairs are tried where there are at most so many: those of 25 ratings.
const PAIRS: usize = 300;
/// Sets of up to so many ratings are pruned of redundant ones.
const PRUNED: usize = 64;
/// How many sets are tried in parallel: fixed, so that results are deterministic.
const AT_ONCE: usize = 4;

pub(super) fn find(search: &Search<'_>) -> Result<Found, Cancelled> {
    let ratings = search.ratings();
    let mut best: Option<Vec<usize>> = None;
    let orders = orders(search)?;
    for order in &orders {
        let most = best.as_ref().map_or(ratings, |set| set.len().saturating_sub(1));
        if let Some(set) = first_of(search, order, most)? {
            best = Some(set);
        }
    }
    if let Some(set) = &mut best {
        prune(search, set)?;
    }
    let mut excluded_below = 1;
    let is_open = |best: &Option<Vec<usize>>, size: usize| best.as_ref().is_none_or(|set| set.len() > size);
    if ratings <= SINGLES && is_open(&best, 1) {
        let singles: Vec<Vec<usize>> = (0..ratings).map(|at| vec![at]).collect();
        best = first_that_works(search, &singles)?.or(best);
        excluded_below = 2;
    }
    if excluded_below == 2 && ratings * ratings.saturating_sub(1) / 2 <= PAIRS && is_open(&best, 2) {
        let pairs = (0..ratings).flat_map(|a| (a + 1..ratings).map(move |b| vec![a, b]));
        best = first_that_works(search, &pairs.collect::<Vec<_>>())?.or(best);
        excluded_below = 3;
    }
    if excluded_below > ratings {
        excluded_below = ratings + 1;
    }
    Ok(Found {
        excluded_below: best
            .as_ref()
            .map_or(excluded_below, |set| excluded_below.min(set.len())),
        set: best,
    })
}

/// Orders of removal, the most influential ratings first: by their shares in the item's score minus those in the nearest
/// challengers' scores, in the first challenger's score, or alone. Where the model knows no shares: by leaving each out.
fn orders(search: &Search<'_>) -> Result<Vec<Vec<usize>>, Cancelled> {
    let (cancel, n) = (search.trials.cancel, search.n);
    let Some(own) = history::shares(search.serving, search.item) else {
        return Ok(vec![by_leaving_out(search)?]);
    };
    let list = search
        .serving
        .recommend(n.saturating_mul(2).saturating_add(1), false, cancel)?;
    let challengers: Vec<Vec<f64>> = (list.iter().filter(|(item, _)| *item != search.item))
        .skip(n.saturating_sub(1))
        .filter_map(|(item, _)| history::shares(search.serving, *item))
        .collect();
    let over = |challengers: &[Vec<f64>]| {
        let others = |at: usize| challengers.iter().map(|shares| shares[at]).sum::<f64>();
        let count = challengers.len().max(1) as f64;
        let telling: Vec<f64> = own
            .iter()
            .enumerate()
            .map(|(at, own)| own - others(at) / count)
            .collect();
        largest_first(&telling)
    };
    let next = &challengers[..challengers.len().min(1)];
    let mut orders = vec![over(&challengers), over(next), over(&[])];
    orders.dedup();
    Ok(orders)
}

fn largest_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order
}

/// By the lead left after removing each rating, or each group of them where there are many.
fn by_leaving_out(search: &Search<'_>) -> Result<Vec<usize>, Cancelled> {
    let all: Vec<usize> = (0..search.ratings()).collect();
    let groups: Vec<&[usize]> = all.chunks(all.len().div_ceil(SINGLES).max(1)).collect();
    let lead = |at: usize| {
        search
            .ask(groups[at])?
            .lead(search.item, search.n, search.trials.cancel)
    };
    let leads = search.trials.pool.try_map(groups.len(), lead)?;
    let losses: Vec<f64> = leads.iter().map(|lead| -lead).collect();
    Ok(largest_first(&losses)
        .into_iter()
        .flat_map(|at| groups[at].to_vec())
        .collect())
}

/// The shortest prefix of `order`, of up to `most` ratings, that takes the item out, as far as doubling and bisection find
/// it: removals are not monotone.
fn first_of(search: &Search<'_>, order: &[usize], most: usize) -> Result<Option<Vec<usize>>, Cancelled> {
    let doubled = std::iter::successors(Some(1), |length| Some(length * 2)).take_while(|length| *length < most);
    let lengths: Vec<usize> = doubled.chain((most > 0).then_some(most)).collect();
    let beginnings: Vec<Vec<usize>> = lengths.iter().map(|length| order[..*length].to_vec()).collect();
    let Some(found) = first_that_works(search, &beginnings)? else {
        return Ok(None);
    };
    let mut enough = found.len();
    let mut too_few = lengths
        .iter()
        .copied()
        .filter(|length| *length < enough)
        .max()
        .unwrap_or(0);
    while enough - too_few > 1 {
        let middle = too_few.midpoint(enough);
        if search.is_out_without(&order[..middle])? {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Ok(Some(order[..enough].to_vec()))
}

/// The first of `sets` that takes the item out.
fn first_that_works(search: &Search<'_>, sets: &[Vec<usize>]) -> Result<Option<Vec<usize>>, Cancelled> {
    for some in sets.chunks(AT_ONCE) {
        let out = search
            .trials
            .pool
            .try_map(some.len(), |at| search.is_out_without(&some[at]))?;
        if let Some(at) = out.iter().position(|out| *out) {
            return Ok(Some(some[at].clone()));
        }
    }
    Ok(None)
}

/// Drops redundant ratings from a set, the least influential first.
fn prune(search: &Search<'_>, set: &mut Vec<usize>) -> Result<(), Cancelled> {
    if set.len() > PRUNED {
        return Ok(());
    }
    for at in (0..set.len()).rev() {
        if set.len() == 1 {
            break;
        }
        let rating = set.remove(at);
        if !search.is_out_without(set)? {
            set.insert(at, rating);
        }
    }
    Ok(())
}
