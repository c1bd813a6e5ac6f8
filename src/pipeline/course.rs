//! A request's way through all stages, watched or not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::fetch::{Fetched, RuleSet};
use super::placing::{By, Placed};
use super::request::{Detail, Request, StageReport};
use super::rules::BoundAct;
use super::slot::{Chosen, Ledger};
use super::stages::{self, Ground, Item, Seen, diversify, dropped, events_in_words};

/// The stages after the fetch, in their order.
pub(super) const FETCH: &str = "fetch";
pub(super) const SEEN: &str = "seen";
pub(super) const SESSION: &str = "session";
pub(super) const DROP: &str = "drop";
pub(super) const BOOST: &str = "boost";
pub(super) const DIVERSITY: &str = "diversity";
pub(super) const EXPLORE: &str = "explore";
pub(super) const PLACE: &str = "place";

/// What is otherwise than the plan says, to see what comes of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tweaks {
    /// A rule that is left out, by its place.
    pub without: Option<usize>,
    pub weight: Option<f64>,
    pub lambda: Option<f64>,
    /// An item whose score is multiplied where boosts are.
    pub lift: Option<(u32, f64)>,
    /// Stages that are left out, as time is up.
    pub skipped: BTreeSet<&'static str>,
}

/// All that a course goes by.
pub(super) struct Course<'a> {
    pub fetched: &'a Fetched,
    pub request: &'a Request,
    pub rules: &'a RuleSet,
    pub ledger: &'a Ledger,
    pub n: usize,
}

/// Where it ended.
pub(super) struct Ended {
    pub placed: Placed,
    /// The candidates as they were before the list was cut.
    pub order: Vec<Item>,
    /// By rule: the place and what was chosen.
    pub slots: BTreeMap<usize, (usize, Chosen)>,
    /// Boosts, by item: rules and factors.
    pub boosts: Vec<(u32, usize, f64)>,
}

/// Keeps what is seen on the way.
pub(super) struct Watch {
    detail: Detail,
    begun: Instant,
    last: Instant,
    /// Milliseconds that were only simulated so far.
    simulated: f64,
    delay: Option<(String, f64)>,
    budget: f64,
    pub reports: Vec<StageReport>,
    /// The candidates after each stage, where all of it is told.
    pub orders: Vec<(&'static str, Vec<u32>)>,
    /// Stages that were left out.
    pub skipped: BTreeSet<&'static str>,
}

impl Watch {
    /// Of a request that came at `now`.
    pub fn new(request: &Request, budget: f64, now: Instant) -> Self {
        Self {
            detail: request.detail,
            begun: now,
            last: now,
            simulated: 0.0,
            delay: request.delay.clone(),
            budget,
            reports: Vec::with_capacity(8),
            orders: Vec::new(),
            skipped: BTreeSet::new(),
        }
    }

    /// Milliseconds since the question.
    pub fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1e3 + self.simulated
    }

    fn is_late(&self) -> bool {
        self.elapsed() > self.budget
    }

    pub fn wants_all(&self) -> bool {
        self.detail == Detail::Trace
    }

    pub fn wants_drops(&self) -> bool {
        self.detail >= Detail::Drops
    }

    /// A stage ends here.
    pub fn end(&mut self, name: &'static str, (before, after): (usize, usize), what: String) -> &mut StageReport {
        let now = Instant::now();
        let slow = self
            .delay
            .as_ref()
            .filter(|(stage, _)| stage == name)
            .map_or(0.0, |(_, ms)| *ms);
        self.simulated += slow;
        let ms = now.duration_since(self.last).as_secs_f64() * 1e3 + slow;
        self.last = now;
        self.reports.push(StageReport {
            name,
            ms,
            before,
            after,
            what,
            ..StageReport::default()
        });
        let last = self.reports.len() - 1;
        &mut self.reports[last]
    }

    /// The candidates as they stand after the stage that ended last.
    pub fn keep(&mut self, name: &'static str, items: &[Item]) {
        if self.wants_all() {
            self.orders.push((name, items.iter().map(|i| i.item).collect()));
            // What is kept for the reader is not the stage's time.
            self.last = Instant::now();
        }
    }
}

impl<'a> Course<'a> {
    pub fn ground(&self, without: Option<usize>) -> Ground<'a> {
        let bound = self.rules.bound.iter().enumerate();
        let rules = bound.map(|(at, rule)| rule.as_ref().filter(|_| without != Some(at)));
        Ground {
            catalog: &self.fetched.shared.catalog,
            facts: self.fetched.facts(self.request),
            rules: rules.collect(),
        }
    }

    /// Goes through all stages after the fetch; with a watch, time is kept, and what there is no time for is left out.
    pub fn run(&self, tweaks: &Tweaks, mut watch: Option<&mut Watch>) -> Ended {
        let (fetched, plan) = (self.fetched, &self.fetched.shared.plan);
        let catalog = &fetched.shared.catalog;
        let ground = self.ground(tweaks.without);
        let mut items = fetched.items.clone();
        let mut skipped = tweaks.skipped.clone();
        let mut gone: Vec<(u32, String)> = Vec::new();
        let wants_drops = watch.as_ref().is_some_and(|w| w.wants_drops());
        let mut end = |name: &'static str,
                       before: usize,
                       items: &[Item],
                       what: &dyn Fn() -> String,
                       gone: &mut Vec<(u32, String)>| {
            if let Some(watch) = &mut watch {
                let report = watch.end(name, (before, items.len()), what());
                report.dropped = dropped(catalog, gone);
                watch.keep(name, items);
                if watch.is_late() {
                    for optional in [SESSION, DIVERSITY] {
                        if !watch.reports.iter().any(|r| r.name == optional) {
                            skipped.insert(optional);
                            watch.skipped.insert(optional);
                        }
                    }
                }
            }
            gone.clear();
            skipped.clone()
        };

        let before = items.len();
        // Of those that were candidates: what a session is done with need not be one.
        let mut of_session = 0;
        stages::seen(&mut items, fetched.seen(), &fetched.consumed, |item, when| {
            of_session += usize::from(when == Seen::InSession);
            if wants_drops {
                gone.push((item, when.why().to_owned()));
            }
        });
        let what = || seen_in_words(before - items.len(), of_session);
        let late = end(SEEN, before, &items, &what, &mut gone);

        let before = items.len();
        let weight = tweaks.weight.unwrap_or(plan.session.weight);
        let is_late = late.contains(SESSION);
        let touched = if is_late {
            0
        } else {
            stages::session(&mut items, weight, &fetched.events)
        };
        let what = || match (is_late, self.request.session.is_empty()) {
            (true, _) => "left out: the time is up".to_owned(),
            (_, true) => "no events".to_owned(),
            _ => {
                let events = events_in_words(&self.request.session);
                let mute = match fetched.mute {
                    0 => String::new(),
                    n => format!(", nothing similar known to {n}"),
                };
                format!("{events}: {touched} lifted or lowered{mute}")
            }
        };
        end(SESSION, before, &items, &what, &mut gone);

        let before = items.len();
        ground.drop(&mut items, |item, rule| {
            if wants_drops {
                gone.push((item, self.rule_name(rule)));
            }
        });
        let what = || self.by_rules("drop", before - items.len());
        end(DROP, before, &items, &what, &mut gone);

        let mut boosts = Vec::new();
        ground.boost(&mut items, |item, rule, factor| boosts.push((item, rule, factor)));
        if let Some((lifted, factor)) = tweaks.lift {
            items.iter_mut().filter(|i| i.item == lifted).for_each(|i| {
                i.score = if i.score < 0.0 {
                    i.score / factor
                } else {
                    i.score * factor
                };
            });
            items.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        let what = || self.by_rules("boost", boosts.len());
        let late = end(BOOST, items.len(), &items, &what, &mut gone);

        let mut how = plan.diversity.clone();
        how.lambda = tweaks.lambda.unwrap_or(how.lambda);
        let is_late = late.contains(DIVERSITY);
        let varied = if is_late {
            None
        } else {
            diversify(&mut items, &how, catalog, fetched.record.as_ref(), self.n)
        };
        let what = || match (varied, is_late, how.method) {
            (_, true, _) => "left out: the time is up".to_owned(),
            (_, _, super::Method::None) => "none".to_owned(),
            (None, ..) => "no column of names to go by".to_owned(),
            (Some((was, is)), ..) => format!("{} λ {}: variety {was:.2} to {is:.2}", how.method.name(), how.lambda),
        };
        end(DIVERSITY, items.len(), &items, &what, &mut gone);

        let slots = ground.explore(self.ledger, self.request.draw, |item| !fetched.is_seen(item));
        let what = || slots_in_words(catalog, &slots);
        end(EXPLORE, items.len(), &items, &what, &mut gone);

        let placed = ground.place(&items, self.n, &slots, |item| fetched.is_seen(item));
        if let Some(watch) = &mut watch {
            let report = watch.end(PLACE, (items.len(), placed.list.len()), Self::placing_in_words(&placed));
            if wants_drops {
                let capped: Vec<(u32, String)> = placed.capped.iter().map(|(i, r)| (*i, self.rule_name(*r))).collect();
                report.dropped = dropped(catalog, &capped);
            }
            if watch.wants_all() {
                watch
                    .orders
                    .push((PLACE, placed.list.iter().map(|(item, _)| *item).collect()));
            }
        }
        Ended {
            placed,
            order: items,
            slots,
            boosts,
        }
    }

    pub fn rule_name(&self, at: usize) -> String {
        let rule = self.rules.bound.get(at).and_then(Option::as_ref);
        rule.map_or_else(String::new, |r| r.name.clone())
    }

    /// `14 by 2 rules`, of one kind.
    fn by_rules(&self, kind: &str, items: usize) -> String {
        let of = |act: &BoundAct| match act {
            BoundAct::Drop(_) => kind == "drop",
            BoundAct::Boost(_) => kind == "boost",
            _ => false,
        };
        match self.rules.bound.iter().flatten().filter(|r| of(&r.act)).count() {
            0 => "no rule".to_owned(),
            1 => format!("{items} by 1 rule"),
            n => format!("{items} by {n} rules"),
        }
    }

    fn placing_in_words(placed: &Placed) -> String {
        let count = |is: fn(&By) -> bool| placed.list.iter().filter(|(_, by)| is(by)).count();
        let parts = [
            (count(|by| matches!(by, By::Pin(_))), "pinned"),
            (count(|by| matches!(by, By::Slot(_))), "explored"),
            (placed.capped.len(), "capped"),
            (count(|by| matches!(by, By::Min(_))), "brought in"),
        ];
        let words: Vec<String> = parts
            .iter()
            .filter(|p| p.0 > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        if words.is_empty() {
            "the first of the order".to_owned()
        } else {
            words.join(", ")
        }
    }
}

/// Of so many that were taken away, so many were met in this session.
fn seen_in_words(dropped: usize, of_session: usize) -> String {
    match of_session {
        0 => format!("{dropped} seen"),
        n if n == dropped => format!("{dropped} seen in this session"),
        n => format!("{dropped} seen, {n} of them in this session"),
    }
}

fn slots_in_words(catalog: &super::Catalog, slots: &BTreeMap<usize, (usize, Chosen)>) -> String {
    let one = |(place, chosen): &(usize, Chosen)| {
        let label = catalog.label(chosen.item);
        format!(
            "place {place} shows {label}, chance {:.3} among {}",
            chosen.propensity, chosen.arms
        )
    };
    match slots.values().next() {
        None => "no slot".to_owned(),
        Some(_) => slots.values().map(one).collect::<Vec<_>>().join("; "),
    }
}
