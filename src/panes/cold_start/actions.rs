use super::ColdStart;
use super::question::{RATES, rates, rates_text};
use super::run::ByHand;
use crate::answers::{Entity, World};
use crate::bandit::Arm;
use crate::engine::Order;
use crate::panes::controls::Value;
use crate::panes::widgets::short;
use crate::panes::{ActionRow, Ask, Pane, Shared, Target};

/// What can be done with the run.
pub const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_bandit",
        title: "Run or pause",
        hint: "run/pause",
        doc: "Starts or pauses the simulation; at its end, starts it over.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    },
    ActionRow {
        id: "step_bandit",
        title: "One step",
        hint: "step",
        doc: "Every policy pulls once.",
        keys: &["s"],
        run: |shared, _| shared.order(Order::Step),
        possible: |_| true,
    },
    ActionRow {
        id: "reset_bandit",
        title: "Start over",
        hint: "reset",
        doc: "Back to the first step.",
        keys: &["r"],
        run: |shared, _| shared.order(Order::Reset),
        possible: |_| true,
    },
    ActionRow {
        id: "add_arm",
        title: "Add an arm",
        hint: "new arm",
        doc: "A new item enters the run, its true rate .5; set it by ( and ).",
        keys: &["a"],
        run: |shared, _| add_arm(shared),
        possible: |_| true,
    },
    ActionRow {
        id: "lower_rate",
        title: "Lower the true rate",
        hint: "",
        doc: "Of the arm under the cursor, by .05, while it runs.",
        keys: &["("],
        run: |shared, world| change_rate(shared, world, -STEP),
        possible: has_arm,
    },
    ActionRow {
        id: "raise_rate",
        title: "Raise the true rate",
        hint: "",
        doc: "Of the arm under the cursor, by .05, while it runs.",
        keys: &[")"],
        run: |shared, world| change_rate(shared, world, STEP),
        possible: has_arm,
    },
];

/// By how much a key changes a rate.
const STEP: f64 = 0.05;

fn has_arm(shared: &Shared) -> bool {
    matches!(
        shared.facts.target,
        Some(Target::Entity(Entity::Item(_)) | Target::Arm(_))
    )
}

/// What was set by hand so far.
fn by_hand(shared: &Shared) -> Vec<ByHand> {
    let settings = shared.settings(ColdStart::ID, ColdStart::controls(shared));
    rates(&settings.text(RATES)).unwrap_or_default()
}

fn set_by_hand(shared: &mut Shared, rates: &[ByHand]) {
    let values = &mut shared.memory_mut(ColdStart::ID).values;
    values.insert(RATES.to_owned(), Value::Text(rates_text(rates)));
}

/// Says why arms stay as they are, where rates differ between kinds of people.
fn is_fixed(shared: &mut Shared) -> bool {
    let is_fixed = ColdStart::query(shared).is_ok_and(|settings| settings.segments.is_some());
    if is_fixed {
        let text = "Rates differ between kinds of people here: arms can be added and changed with segments none.";
        shared.notice = Some(text.to_owned());
    }
    is_fixed
}

fn add_arm(shared: &mut Shared) {
    if is_fixed(shared) {
        return;
    }
    let mut rates = by_hand(shared);
    let is_free = |name: &String| rates.iter().all(|known| known.id != *name);
    let name = (1..=rates.len() + 1)
        .map(|n| format!("new {n}"))
        .find(is_free)
        .unwrap_or_default();
    shared.notice = Some(format!("{name} is an arm from the next pull on, its true rate .5."));
    rates.push(ByHand {
        id: name,
        rate: 0.5,
        guess: None,
    });
    set_by_hand(shared, &rates);
}

/// A new item enters the run with its true rate, and with what is expected of it.
pub fn add_this_arm(shared: &mut Shared, arm: &Arm) {
    if is_fixed(shared) {
        return;
    }
    let mut rates = by_hand(shared);
    let guess = arm
        .guess
        .map_or_else(String::new, |guess| format!("; {} is expected", short(guess)));
    shared.notice = Some(format!(
        "{} is an arm from the next pull on, its true rate {}{guess}.",
        arm.label,
        short(arm.mean)
    ));
    if rates.iter().all(|known| known.id != arm.id) {
        rates.push(ByHand {
            id: arm.id.clone(),
            rate: rounded(arm.mean),
            guess: arm.guess.map(rounded),
        });
        set_by_hand(shared, &rates);
    }
}

/// To the digits in which rates are set.
fn rounded(rate: f64) -> f64 {
    ((rate * 1e4).round() / 1e4).clamp(0.0, 1.0)
}

fn change_rate(shared: &mut Shared, world: &World, by: f64) {
    if is_fixed(shared) {
        return;
    }
    let query = ColdStart::query(shared);
    let arms: Vec<Arm> = query
        .and_then(|q| q.world_by_hand(&world.dataset).map_err(|e| e.to_string()))
        .map_or_else(|_| Vec::new(), |world| world.arms.to_vec());
    let arm = match &shared.facts.target {
        Some(Target::Arm(at)) => arms.get(*at),
        Some(Target::Entity(entity)) => arms.iter().find(|arm| arm.id == world.id(*entity)),
        _ => None,
    };
    let Some(arm) = arm else { return };
    let rate = rounded(arm.mean + by);
    let mut rates = by_hand(shared);
    match rates.iter_mut().find(|known| known.id == arm.id) {
        Some(known) => known.rate = rate,
        None => rates.push(ByHand {
            id: arm.id.clone(),
            rate,
            guess: None,
        }),
    }
    set_by_hand(shared, &rates);
}
