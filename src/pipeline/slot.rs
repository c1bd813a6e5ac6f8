//! The place in a list that a bandit fills: arms are items, a pull is a show, a success is a click.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::bandit::{PolicyChoice, Setting, Tally, stream_of};

/// How many pulls a policy is told of that wants to know.
const HORIZON: u64 = 1_000_000;

/// What slots have shown, and what came of it, by the name of the rule and the id of the item.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    counts: HashMap<(String, String), (u64, u64)>,
    /// What a user was shown last in a slot, and has not answered yet.
    open: HashMap<String, Vec<(String, String)>>,
    /// The probabilities of the last tally, for policies that take long to say them.
    remembered: Mutex<Option<(Tally, String, Vec<f64>)>>,
}

/// An arm that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chosen {
    pub item: u32,
    /// The probability with which it was.
    pub propensity: f64,
    /// Among so many.
    pub arms: usize,
}

impl Ledger {
    /// Chooses one of `arms`, each with its id. The same draw chooses the same. `None` for no arms.
    pub fn choose(&self, slot: &str, policy: &PolicyChoice, arms: &[(u32, &str)], draw: u64) -> Option<Chosen> {
        let mut built = policy.build(&Setting::plain(arms.len(), HORIZON));
        let count = |id: &str| {
            self.counts
                .get(&(slot.to_owned(), id.to_owned()))
                .copied()
                .unwrap_or_default()
        };
        let counts: Vec<(u64, u64)> = arms.iter().map(|(_, id)| count(id)).collect();
        let successes: Vec<u64> = counts.iter().map(|c| c.1.min(c.0)).collect();
        let pulls: Vec<u64> = counts.iter().map(|c| c.0).collect();
        let tally = Tally::of(&successes, &pulls);
        if arms.is_empty() || !built.resume(&tally) {
            return None;
        }
        let choice = built.choose(&tally, &mut stream_of(draw, slot, 0));
        let probabilities = match built.propensities(&tally) {
            Some(known) => Some(known),
            None => self.remembered(&tally, policy, || built.probabilities(&tally)),
        };
        // Without probabilities the choice follows from the counts.
        let propensity = probabilities.map_or(1.0, |p| p[choice.arm]);
        Some(Chosen {
            item: arms[choice.arm].0,
            propensity: propensity.clamp(f64::MIN_POSITIVE, 1.0),
            arms: arms.len(),
        })
    }

    fn remembered(
        &self,
        tally: &Tally,
        policy: &PolicyChoice,
        compute: impl FnOnce() -> Option<Vec<f64>>,
    ) -> Option<Vec<f64>> {
        let mut last = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let name = policy.to_string();
        if let Some((_, _, known)) = last.as_ref().filter(|(t, n, _)| t == tally && *n == name) {
            return Some(known.clone());
        }
        let found = compute()?;
        *last = Some((tally.clone(), name, found.clone()));
        Some(found)
    }

    /// An item was shown: it counts as not clicked until it is.
    pub fn shown(&mut self, slot: &str, item: &str, user: &str) {
        let key = (slot.to_owned(), item.to_owned());
        self.counts.entry(key.clone()).or_default().0 += 1;
        let open = self.open.entry(user.to_owned()).or_default();
        open.retain(|(s, _)| s != slot);
        open.push(key);
    }

    /// A user clicked an item; returns the slot that it stood in, if it did and was not clicked before.
    pub fn clicked(&mut self, item: &str, user: &str) -> Option<String> {
        let open = self.open.get_mut(user)?;
        let at = open.iter().position(|(_, shown)| shown == item)?;
        let key = open.swap_remove(at);
        self.counts.entry(key.clone()).or_default().1 += 1;
        Some(key.0)
    }

    /// Shows and clicks that a log tells of.
    pub fn add(&mut self, slot: &str, item: &str, shows: u64, clicks: u64) {
        let counts = self.counts.entry((slot.to_owned(), item.to_owned())).or_default();
        counts.0 += shows;
        counts.1 += clicks;
    }
}
