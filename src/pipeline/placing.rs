//! The final list: items in order, with some pinned or left to a bandit, under caps and minima.
//!
//! Where rules conflict, a pin comes before a slot, both before a cap, and a cap before a minimum; what loses is said.

use super::Catalog;

/// Why an item stands where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Order,
    /// The place in the plan of the rule that put it there.
    Pin(usize),
    Slot(usize),
    Min(usize),
}

/// An item with a place of its own, from 1, by the rule at this place in the plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    pub item: u32,
    pub at: usize,
    pub by: By,
    pub rule: usize,
}

/// At most `most` items of each name in a column of attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cap {
    pub most: usize,
    pub column: usize,
    pub rule: usize,
}

/// At least `least` of the items that `is` marks among the first `top`.
pub(super) struct Min<'a> {
    pub least: usize,
    pub top: usize,
    pub is: Box<dyn Fn(u32) -> bool + 'a>,
    pub rule: usize,
}

/// What is to be placed.
pub(super) struct Wish<'a> {
    pub catalog: &'a Catalog,
    /// Candidates, best first, no item twice.
    pub order: &'a [u32],
    /// How long the list may be.
    pub n: usize,
    pub fixed: Vec<Fixed>,
    pub caps: Vec<Cap>,
    pub mins: Vec<Min<'a>>,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub list: Vec<(u32, By)>,
    /// What a cap kept out before the list was full: the item and the rule.
    pub capped: Vec<(u32, usize)>,
    /// Rules that could not be obeyed, with why.
    pub lost: Vec<(usize, String)>,
}

/// How many listed items have each name of each capped column.
struct Counts<'a> {
    catalog: &'a Catalog,
    caps: &'a [Cap],
    of: Vec<std::collections::HashMap<u32, usize>>,
}

impl<'a> Counts<'a> {
    fn new(catalog: &'a Catalog, caps: &'a [Cap]) -> Self {
        Self {
            catalog,
            caps,
            of: vec![std::collections::HashMap::new(); caps.len()],
        }
    }

    fn names(&self, cap: &Cap, item: u32) -> impl Iterator<Item = u32> + use<'a> {
        self.catalog.attributes().columns[cap.column]
            .terms(item as usize)
            .map(|(name, _)| name)
    }

    /// The rules that one more such item would break.
    fn broken(&self, item: u32) -> impl Iterator<Item = usize> {
        let pairs = self.caps.iter().zip(&self.of);
        let broken = pairs.filter(move |(cap, counts)| {
            self.names(cap, item)
                .any(|name| counts.get(&name).unwrap_or(&0) + 1 > cap.most)
        });
        broken.map(|(cap, _)| cap.rule)
    }

    /// The first of them.
    fn breaks(&self, item: u32) -> Option<usize> {
        self.broken(item).next()
    }

    fn add(&mut self, item: u32) {
        for at in 0..self.caps.len() {
            for name in self.names(&self.caps[at], item) {
                *self.of[at].entry(name).or_default() += 1;
            }
        }
    }

    fn remove(&mut self, item: u32) {
        for at in 0..self.caps.len() {
            for name in self.names(&self.caps[at], item) {
                if let Some(count) = self.of[at].get_mut(&name) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }
}

/// Places everything. O(candidates · capped columns + minima · candidates).
pub(super) fn place(wish: &Wish<'_>) -> Placed {
    let mut placed = Placed::default();
    let mut slots: Vec<Option<(u32, By)>> = vec![None; wish.n];
    fix(wish, &mut slots, &mut placed);
    let mut counts = Counts::new(wish.catalog, &wish.caps);
    for (item, by) in slots.iter().flatten() {
        if let By::Pin(winner) | By::Slot(winner) = by {
            let why = format!("rule {} put {} there", winner + 1, wish.catalog.label(*item));
            let losers = counts.broken(*item).map(|rule| (rule, why.clone()));
            placed.lost.extend(losers);
        }
        counts.add(*item);
    }
    fill(wish, &mut slots, &mut counts, &mut placed);
    let mut list: Vec<(u32, By)> = slots.into_iter().flatten().collect();
    for fixed in &wish.fixed {
        let at = list
            .iter()
            .position(|(item, by)| *item == fixed.item && *by == fixed.by);
        if let Some(at) = at.filter(|at| at + 1 != fixed.at) {
            placed
                .lost
                .push((fixed.rule, format!("the list is too short: it stands at {}", at + 1)));
        }
    }
    for (nth, _) in wish.mins.iter().enumerate() {
        raise(wish, nth, &mut list, &mut counts, &mut placed);
    }
    placed.list = list;
    placed
}

/// Puts items with a place of their own there; the first of two that want the same keeps it.
fn fix(wish: &Wish<'_>, slots: &mut [Option<(u32, By)>], placed: &mut Placed) {
    let (pins, others): (Vec<&Fixed>, Vec<&Fixed>) = wish.fixed.iter().partition(|f| matches!(f.by, By::Pin(_)));
    for fixed in pins.into_iter().chain(others) {
        let twice = slots.iter().flatten().any(|(item, _)| *item == fixed.item);
        let why = match slots.get_mut(fixed.at.wrapping_sub(1)) {
            None => format!("place {} is beyond a list of {}", fixed.at, wish.n),
            Some(_) if twice => "the item has another place already".to_owned(),
            Some(Some((other, _))) => format!("place {} is taken by {}", fixed.at, wish.catalog.label(*other)),
            Some(free) => {
                *free = Some((fixed.item, fixed.by));
                continue;
            }
        };
        placed.lost.push((fixed.rule, why));
    }
}

/// Fills free places with candidates in their order, those left out that would break a cap.
fn fill(wish: &Wish<'_>, slots: &mut [Option<(u32, By)>], counts: &mut Counts<'_>, placed: &mut Placed) {
    let fixed: Vec<u32> = slots.iter().flatten().map(|(item, _)| *item).collect();
    let mut rest = wish.order.iter().filter(|item| !fixed.contains(item));
    for slot in slots.iter_mut().filter(|s| s.is_none()) {
        for item in rest.by_ref() {
            if let Some(rule) = counts.breaks(*item) {
                placed.capped.push((*item, rule));
                continue;
            }
            counts.add(*item);
            *slot = Some((*item, By::Order));
            break;
        }
    }
}

/// Brings items in that a minimum asks for: each takes the place of the last one that nothing holds there.
fn raise(wish: &Wish<'_>, nth: usize, list: &mut [(u32, By)], counts: &mut Counts<'_>, placed: &mut Placed) {
    let min = &wish.mins[nth];
    let top = |list: &[(u32, By)]| min.top.min(list.len());
    let have = |list: &[(u32, By)]| list[..top(list)].iter().filter(|(item, _)| (min.is)(*item)).count();
    'missing: while have(list) < min.least {
        let held = |list: &[(u32, By)], at: usize| {
            let (item, by) = list[at];
            // Earlier minima keep what they have.
            let needed = wish.mins[..nth].iter().any(|m| {
                let own = list[..m.top.min(list.len())].iter().filter(|(i, _)| (m.is)(*i)).count();
                at < m.top && (m.is)(item) && own <= m.least
            });
            matches!(by, By::Pin(_) | By::Slot(_)) || (min.is)(item) || needed
        };
        for victim in (0..top(list)).rev().filter(|at| !held(list, *at)).collect::<Vec<_>>() {
            // From further down the list, where that breaks nothing.
            let lower = (top(list)..list.len()).find(|at| (min.is)(list[*at].0) && list[*at].1 == By::Order);
            let lower = lower.filter(|at| !wish.mins[..nth].iter().any(|m| *at < m.top && (m.is)(list[*at].0)));
            if let Some(lower) = lower {
                list.swap(victim, lower);
                list[victim].1 = By::Min(min.rule);
                continue 'missing;
            }
            let out = list[victim].0;
            counts.remove(out);
            let listed = |item: &u32| list.iter().any(|(i, _)| i == item);
            let mut rest = wish.order.iter().filter(|i| (min.is)(**i) && !listed(i));
            if let Some(item) = rest.find(|i| counts.breaks(**i).is_none()) {
                counts.add(*item);
                list[victim] = (*item, By::Min(min.rule));
                continue 'missing;
            }
            counts.add(out);
        }
        placed.lost.push((
            min.rule,
            format!("only {} of {} could be brought in", have(list), min.least),
        ));
        return;
    }
}
