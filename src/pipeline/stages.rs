//! What a request goes through between the store and the list: each stage by itself, none knows of the clock or the store.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::condition::{Facts, Looked};
use super::diversity::{Diversity, Method, terms_of, variety};
use super::placing::{By, Cap, Fixed, Min, Placed, Wish, place};
use super::request::Dropped;
use super::rules::{BoundAct, BoundRule};
use super::session::Weighed;
use super::slot::{Chosen, Ledger};
use super::store::{Candidate, UserRecord};
use super::{Act, Catalog, SessionEvent};

/// A candidate on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::struct_field_names)]
pub(super) struct Item {
    /// Its number in the catalog.
    pub item: u32,
    pub sources: u8,
    /// From 1, as the batch left it.
    pub stored_rank: usize,
    pub stored: f32,
    /// N(s).
    pub normalized: f64,
    /// What ranks it.
    pub score: f64,
}

impl Item {
    fn looked(&self) -> Looked {
        Looked {
            item: self.item,
            score: self.score,
            sources: self.sources,
        }
    }
}

/// The candidates of a record, each with N(s): its score between the least and the most of them, 0 to 1; 1 where all are
/// equal, as nothing tells them apart.
pub(super) fn candidates(of: &[Candidate]) -> Vec<Item> {
    let scores = || of.iter().map(|c| f64::from(c.score));
    let (least, most) = (
        scores().fold(f64::INFINITY, f64::min),
        scores().fold(f64::NEG_INFINITY, f64::max),
    );
    let range = most - least;
    let normal = |score: f32| {
        if range > 0.0 {
            (f64::from(score) - least) / range
        } else {
            1.0
        }
    };
    let item = |(at, c): (usize, &Candidate)| Item {
        item: c.item,
        sources: c.sources,
        stored_rank: at + 1,
        stored: c.score,
        normalized: normal(c.score),
        score: normal(c.score),
    };
    of.iter().enumerate().map(item).collect()
}

/// When a user has met an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    BeforeBatch,
    InSession,
}

impl Seen {
    pub fn why(self) -> &'static str {
        match self {
            Self::BeforeBatch => "seen before the batch",
            Self::InSession => "watched or bought in this session",
        }
    }
}

/// Takes away what was rated before the batch, and what was watched or bought since. `told`: those that were taken away.
pub(super) fn seen(items: &mut Vec<Item>, seen: &[u32], consumed: &HashSet<u32>, mut told: impl FnMut(u32, Seen)) {
    items.retain(|i| {
        let when = match (consumed.contains(&i.item), seen.binary_search(&i.item).is_ok()) {
            (true, _) => Seen::InSession,
            (_, true) => Seen::BeforeBatch,
            _ => return true,
        };
        told(i.item, when);
        false
    });
}

/// The items that the session is done with.
pub(super) fn consumed(catalog: &Catalog, session: &[SessionEvent]) -> HashSet<u32> {
    let done = session.iter().filter(|e| e.act.is_final());
    done.filter_map(|e| catalog.find(&e.item)).collect()
}

/// s' = N(s) + w·Σ g(e)·λ^age(e)·sim(i, e), and the order by it. Equal scores stay in their order.
pub(super) fn session(items: &mut [Item], weight: f64, events: &[Weighed]) -> usize {
    if events.is_empty() || weight == 0.0 {
        return 0;
    }
    let mut touched = 0;
    for item in items.iter_mut() {
        let share: f64 = events.iter().map(|e| e.share(item.item)).sum();
        touched += usize::from(share != 0.0);
        item.score += weight * share;
    }
    sort(items);
    touched
}

fn sort(items: &mut [Item]) {
    items.sort_by(|a, b| b.score.total_cmp(&a.score));
}

/// What all rules look at.
pub(super) struct Ground<'a> {
    pub catalog: &'a Catalog,
    pub facts: Facts<'a>,
    /// In the order of the plan; `None`: left out, to see what would be without it.
    pub rules: Vec<Option<&'a BoundRule>>,
}

impl Ground<'_> {
    fn rules(&self) -> impl Iterator<Item = (usize, &BoundRule)> {
        self.rules
            .iter()
            .enumerate()
            .filter_map(|(at, rule)| rule.map(|r| (at, r)))
    }

    /// Takes away what rules drop; says by which rule, the first of several.
    pub fn drop(&self, items: &mut Vec<Item>, mut told: impl FnMut(u32, usize)) {
        let drops: Vec<(usize, &BoundRule)> = self
            .rules()
            .filter(|(_, r)| matches!(r.act, BoundAct::Drop(_)))
            .collect();
        if drops.is_empty() {
            return;
        }
        items.retain(|i| {
            let hit = drops
                .iter()
                .find(|(_, r)| r.matches(self.catalog, &self.facts, i.looked()));
            if let Some((at, _)) = hit {
                told(i.item, *at);
            }
            hit.is_none()
        });
    }

    /// The rule that drops an item which may be no candidate.
    pub fn dropped_by(&self, item: u32, candidate: Option<&Item>) -> Option<usize> {
        let looked = candidate.map_or(
            Looked {
                item,
                score: 0.0,
                sources: 0,
            },
            Item::looked,
        );
        let mut drops = self.rules().filter(|(_, r)| matches!(r.act, BoundAct::Drop(_)));
        drops
            .find(|(_, r)| r.matches(self.catalog, &self.facts, looked))
            .map(|(at, _)| at)
    }

    /// Multiplies scores, all by what they were before; says which rules hit which items.
    pub fn boost(&self, items: &mut [Item], mut told: impl FnMut(u32, usize, f64)) {
        let boosts: Vec<(usize, &BoundRule, f64)> = self
            .rules()
            .filter_map(|(at, r)| match r.act {
                BoundAct::Boost(factor) => Some((at, r, factor)),
                _ => None,
            })
            .collect();
        if boosts.is_empty() {
            return;
        }
        for item in items.iter_mut() {
            let looked = item.looked();
            for (at, rule, factor) in &boosts {
                if rule.matches(self.catalog, &self.facts, looked) {
                    // A boost helps where a session's skips have pushed a score below 0, too.
                    item.score = if item.score < 0.0 && *factor > 0.0 {
                        item.score / factor
                    } else {
                        item.score * factor
                    };
                    told(item.item, *at, *factor);
                }
            }
        }
        sort(items);
    }

    /// The items that slots show, with the rule of each.
    pub fn explore(
        &self,
        ledger: &Ledger,
        draw: u64,
        is_free: impl Fn(u32) -> bool,
    ) -> BTreeMap<usize, (usize, Chosen)> {
        let mut chosen = BTreeMap::new();
        let mut taken: HashSet<u32> = HashSet::new();
        for (at, rule) in self.rules().filter(|(_, r)| r.is_on(self.catalog, &self.facts)) {
            let BoundAct::Slot {
                at: place,
                policy,
                arms,
                most,
            } = &rule.act
            else {
                continue;
            };
            let free = arms
                .iter()
                .filter(|i| is_free(**i) && !taken.contains(*i) && self.dropped_by(**i, None).is_none());
            let arms: Vec<(u32, &str)> = free.take(*most).map(|i| (*i, self.catalog.id(*i))).collect();
            if let Some(pick) = ledger.choose(&rule.name, policy, &arms, draw) {
                taken.insert(pick.item);
                chosen.insert(at, (*place, pick));
            }
        }
        chosen
    }

    /// Pins, slots, caps and minima over candidates in their order.
    pub fn place(
        &self,
        items: &[Item],
        n: usize,
        slots: &BTreeMap<usize, (usize, Chosen)>,
        is_seen: impl Fn(u32) -> bool,
    ) -> Placed {
        let looks = self.rules().any(|(_, r)| !matches!(r.act, BoundAct::Boost(_)));
        let by_item: HashMap<u32, &Item> = if looks {
            items.iter().map(|i| (i.item, i)).collect()
        } else {
            HashMap::new()
        };
        let order: Vec<u32> = items.iter().map(|i| i.item).collect();
        let (mut fixed, mut caps, mut mins, mut lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (at, rule) in self.rules().filter(|(_, r)| r.is_on(self.catalog, &self.facts)) {
            match &rule.act {
                BoundAct::Pin { item, at: place } => {
                    let dropped = self.dropped_by(*item, by_item.get(item).copied());
                    match dropped {
                        Some(winner) => lost.push((at, format!("rule {} drops it", winner + 1))),
                        None if is_seen(*item) => lost.push((at, "the user has seen it".to_owned())),
                        None => fixed.push(Fixed {
                            item: *item,
                            at: *place,
                            by: By::Pin(at),
                            rule: at,
                        }),
                    }
                }
                BoundAct::Slot { .. } => {
                    if let Some((place, chosen)) = slots.get(&at) {
                        fixed.push(Fixed {
                            item: chosen.item,
                            at: *place,
                            by: By::Slot(at),
                            rule: at,
                        });
                    } else {
                        lost.push((at, "no arm is left for this user".to_owned()));
                    }
                }
                BoundAct::Cap { most, column } => caps.push(Cap {
                    most: *most,
                    column: *column,
                    rule: at,
                }),
                BoundAct::Min { least, of, top } => {
                    let holds = |item: u32| {
                        let looked = by_item.get(&item).map_or(
                            Looked {
                                item,
                                score: 0.0,
                                sources: 0,
                            },
                            |i| i.looked(),
                        );
                        of.holds(self.catalog, &self.facts, looked)
                    };
                    mins.push(Min {
                        least: *least,
                        top: *top,
                        is: Box::new(holds),
                        rule: at,
                    });
                }
                BoundAct::Drop(_) | BoundAct::Boost(_) => {}
            }
        }
        let mut placed = place(&Wish {
            catalog: self.catalog,
            order: &order,
            n,
            fixed,
            caps,
            mins,
        });
        placed.lost.extend(lost);
        placed
    }

    /// How many candidates a rule speaks of.
    pub fn matched(&self, rule: &BoundRule, items: &[Item], capped: usize) -> usize {
        match &rule.act {
            BoundAct::Drop(_) | BoundAct::Boost(_) => items
                .iter()
                .filter(|i| rule.matches(self.catalog, &self.facts, i.looked()))
                .count(),
            BoundAct::Pin { item, .. } => items.iter().filter(|i| i.item == *item).count(),
            BoundAct::Cap { .. } => capped,
            BoundAct::Min { of, .. } => items
                .iter()
                .filter(|i| of.holds(self.catalog, &self.facts, i.looked()))
                .count(),
            BoundAct::Slot { arms, .. } => arms.len(),
        }
    }
}

/// The first candidates in a more diverse order, and how varied the first `n` were before and are now; `None` where there is
/// nothing to go by.
pub(super) fn diversify(
    items: &mut [Item],
    plan: &Diversity,
    catalog: &Catalog,
    record: Option<&UserRecord>,
    n: usize,
) -> Option<(f64, f64)> {
    let column = plan.column(catalog).filter(|_| plan.method != Method::None)?;
    let depth = plan.depth.max(n).min(items.len());
    let first = &mut items[..depth];
    let (least, most) = (first.last()?.score, first.first()?.score);
    let range = most - least;
    let normal = |s: f64| if range > 0.0 { (s - least) / range } else { 1.0 };
    let relevance: Vec<f64> = first.iter().map(|i| normal(i.score)).collect();
    let terms = terms_of(catalog, column, first.iter().map(|i| i.item));
    let history = match plan.method {
        // It does not look at it.
        Method::Mmr | Method::None => Vec::new(),
        _ => terms_of(catalog, column, record.iter().flat_map(|r| r.seen.iter().copied())),
    };
    let order = plan.order(&relevance, &terms, &history);
    let before = variety(&terms[..n.min(depth)]);
    let listed: Vec<Vec<u32>> = order.iter().take(n).map(|at| terms[*at].clone()).collect();
    let old = first.to_vec();
    for (place, at) in first.iter_mut().zip(order) {
        *place = old[at];
    }
    Some((before, variety(&listed)))
}

/// What a stage took away, by id.
pub(super) fn dropped(catalog: &Catalog, items: &[(u32, String)]) -> Vec<Dropped> {
    let told = items.iter().map(|(item, reason)| Dropped {
        id: catalog.id(*item).to_owned(),
        reason: reason.clone(),
    });
    told.collect()
}

/// `2 clicks, 1 skip`.
pub(super) fn events_in_words(session: &[SessionEvent]) -> String {
    let count = |act: Act| session.iter().filter(|e| e.act == act).count();
    let some = Act::ALL
        .into_iter()
        .map(|act| (act, count(act)))
        .filter(|(_, n)| *n > 0);
    let words: Vec<String> = some
        .map(|(act, n)| match (act, n) {
            (_, 1) => format!("1 {}", act.name()),
            (Act::Watch, _) => format!("{n} watches"),
            _ => format!("{n} {}s", act.name()),
        })
        .collect();
    words.join(", ")
}
