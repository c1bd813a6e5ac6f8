//! Rules: what is dropped, boosted, pinned, capped, filled up, or left to a bandit.

use super::Catalog;
use super::condition::{Bound, Condition, Facts, Looked, Mistake};
use crate::bandit::{PolicyChoice, Setting, Tally};
use crate::data::AttributeKind;

/// One rule of a plan, in the plan's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its own, or what it does.
    pub name: String,
    pub kind: RuleKind,
    /// Where else than here it does nothing.
    pub when: Option<Condition>,
    /// Where it stands in its file: line and column, from 1.
    pub place: (usize, usize),
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// Takes away the candidates for which this holds.
    Drop(Condition),
    /// Multiplies their scores.
    Boost(f64),
    /// Puts an item, by its id, at a place from 1.
    Pin { item: String, at: usize },
    /// Lists at most so many items of each value of a column.
    Cap { most: usize, per: String },
    /// Lists at least so many items for which this holds among the first `top`.
    Min { least: usize, of: Condition, top: usize },
    /// Leaves a place to a policy, which chooses among items for which `arms` holds.
    Slot {
        at: usize,
        policy: PolicyChoice,
        arms: Condition,
        most: usize,
    },
}

impl Rule {
    pub(super) fn new(name: Option<String>, kind: RuleKind, when: Option<Condition>, place: (usize, usize)) -> Self {
        let name = name.unwrap_or_else(|| kind.sentence());
        Self {
            name,
            kind,
            when,
            place,
        }
    }
}

impl RuleKind {
    /// `drop`, `boost`, …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Drop(_) => "drop",
            Self::Boost(_) => "boost",
            Self::Pin { .. } => "pin",
            Self::Cap { .. } => "cap",
            Self::Min { .. } => "min",
            Self::Slot { .. } => "slot",
        }
    }

    /// What it does, in a line.
    pub fn sentence(&self) -> String {
        match self {
            Self::Drop(what) => format!("drop if {what}"),
            Self::Boost(factor) => format!("boost × {factor}"),
            Self::Pin { item, at } => format!("pin {item} at {at}"),
            Self::Cap { most, per } => format!("cap {most} per {per}"),
            Self::Min { least, of, top } => format!("min {least} of {of} in top {top}"),
            Self::Slot { at, policy, .. } => format!("slot {at} ← {policy}"),
        }
    }
}

/// A rule that knows its catalog.
#[derive(Clone, Debug)]
pub(super) struct BoundRule {
    pub name: String,
    pub act: BoundAct,
    /// Of a boost: which candidates. Of the others: when at all.
    pub when: Option<Bound>,
}

#[derive(Clone, Debug)]
pub(super) enum BoundAct {
    Drop(Bound),
    Boost(f64),
    Pin {
        item: u32,
        at: usize,
    },
    Cap {
        most: usize,
        column: usize,
    },
    Min {
        least: usize,
        of: Bound,
        top: usize,
    },
    Slot {
        at: usize,
        policy: PolicyChoice,
        arms: Vec<u32>,
        most: usize,
    },
}

/// So many times the arms of a slot are remembered: users have seen some of them.
const SPARE: usize = 20;

impl BoundRule {
    /// The rule over this catalog.
    ///
    /// # Errors
    /// What it names and the catalog does not have.
    pub fn of(rule: &Rule, catalog: &Catalog, user_columns: &[String]) -> Result<Self, String> {
        let said = |m: Mistake| m.what;
        let when = rule
            .when
            .as_ref()
            .map(|c| c.bind(catalog, user_columns).map_err(said))
            .transpose()?;
        if !matches!(rule.kind, RuleKind::Drop(_) | RuleKind::Boost(_))
            && when.as_ref().is_some_and(|w| !w.is_about_request())
        {
            let word = rule.kind.word();
            return Err(format!("if of {word} may speak of user, time and store, not of items"));
        }
        let act = match &rule.kind {
            RuleKind::Drop(what) => BoundAct::Drop(what.bind(catalog, user_columns).map_err(said)?),
            RuleKind::Boost(factor) => BoundAct::Boost(*factor),
            RuleKind::Pin { item, at } => BoundAct::Pin {
                item: catalog.find(item).ok_or_else(|| unknown(catalog, item))?,
                at: *at,
            },
            RuleKind::Cap { most, per } => BoundAct::Cap {
                most: *most,
                column: names_column(catalog, per)?,
            },
            RuleKind::Min { least, of, top } => BoundAct::Min {
                least: *least,
                of: of.bind(catalog, user_columns).map_err(said)?,
                top: *top,
            },
            RuleKind::Slot { at, policy, arms, most } => BoundAct::Slot {
                at: *at,
                policy: checked(policy)?,
                arms: arms_of(&arms.bind(catalog, user_columns).map_err(said)?, catalog, *most),
                most: *most,
            },
        };
        Ok(Self {
            name: rule.name.clone(),
            act,
            when,
        })
    }

    /// Whether it does anything for this request.
    pub fn is_on(&self, catalog: &Catalog, facts: &Facts<'_>) -> bool {
        let nothing = Looked {
            item: 0,
            score: 0.0,
            sources: 0,
        };
        match (&self.act, &self.when) {
            (BoundAct::Drop(_) | BoundAct::Boost(_), _) | (_, None) => true,
            (_, Some(when)) => when.holds(catalog, facts, nothing),
        }
    }

    /// Whether a candidate is one that it drops or boosts.
    pub fn matches(&self, catalog: &Catalog, facts: &Facts<'_>, looked: Looked) -> bool {
        let when = self.when.as_ref().is_none_or(|w| w.holds(catalog, facts, looked));
        match &self.act {
            BoundAct::Drop(what) => when && what.holds(catalog, facts, looked),
            _ => when,
        }
    }
}

fn unknown(catalog: &Catalog, id: &str) -> String {
    match catalog.ids().nearest(id, 1).first() {
        Some(near) => format!("there is no item {id:?}; did you mean {near:?}?"),
        None => format!("there is no item {id:?}"),
    }
}

fn names_column(catalog: &Catalog, name: &str) -> Result<usize, String> {
    let columns = &catalog.attributes().columns;
    let of_names = || columns.iter().filter(|c| c.kind == AttributeKind::Names);
    let found = columns
        .iter()
        .position(|c| c.name == name && c.kind == AttributeKind::Names);
    found.ok_or_else(|| {
        let names: Vec<&str> = of_names().map(|c| c.name.as_str()).collect();
        if names.is_empty() {
            return format!("there is no column {name:?} of names: nothing is known of items here");
        }
        format!("there is no column {name:?} of names; there are {}", names.join(", "))
    })
}

/// A policy that can go on from counts: requests are answered by many, and each begins with what the log says.
fn checked(policy: &PolicyChoice) -> Result<PolicyChoice, String> {
    let mut built = policy.build(&Setting::plain(2, 1_000_000));
    // Of nothing any policy can go on.
    if built.resume(&Tally::of(&[1, 1], &[2, 2])) {
        return Ok(policy.clone());
    }
    Err(format!(
        "{policy} goes by more than counts of shows and clicks: a slot takes thompson, ucb1, epsilon-greedy and the like"
    ))
}

/// The items that may stand in a slot: new ones first, then by rising number of raters.
fn arms_of(arms: &Bound, catalog: &Catalog, most: usize) -> Vec<u32> {
    let facts = Facts::default();
    let holds = |item: &u32| {
        let looked = Looked {
            item: *item,
            score: 0.0,
            sources: 0,
        };
        arms.holds(catalog, &facts, looked)
    };
    let mut items: Vec<u32> = (0..catalog.len() as u32).filter(holds).collect();
    items.sort_by_key(|item| (!catalog.is_new(*item), catalog.raters(*item)));
    items.truncate(most * SPARE);
    items
}
