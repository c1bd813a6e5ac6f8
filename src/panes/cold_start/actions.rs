use super::ColdStart;
use super::question::{RATES, rates, rates_text};
use crate::answers::{Entity, World};
use crate::bandit::{Arm, arm_of};
use crate::data::ItemIx;
use crate::engine::Order;
use crate::panes::controls::{Settings, Value};
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
fn by_hand(shared: &Shared) -> Vec<(String, f64)> {
    let (controls, values) = (ColdStart::controls(shared), shared.values(ColdStart::ID));
    let settings = Settings {
        controls: &controls,
        values: &values,
    };
    rates(&settings.text(RATES)).unwrap_or_default()
}

fn set_by_hand(shared: &mut Shared, rates: &[(String, f64)]) {
    let values = &mut shared.memory_mut(ColdStart::ID).values;
    values.insert(RATES.to_owned(), Value::Text(rates_text(rates)));
}

fn add_arm(shared: &mut Shared) {
    let mut rates = by_hand(shared);
    let is_free = |name: &String| rates.iter().all(|(id, _)| id != name);
    let name = (1..=rates.len() + 1)
        .map(|n| format!("new {n}"))
        .find(is_free)
        .unwrap_or_default();
    shared.notice = Some(format!("{name} is an arm from the next pull on, its true rate .5."));
    rates.push((name, 0.5));
    set_by_hand(shared, &rates);
}

/// An item enters the run with its true rate.
pub fn add_arm_of(shared: &mut Shared, world: &World, item: ItemIx) {
    let arm = arm_of(&world.dataset, item, None);
    let mut rates = by_hand(shared);
    shared.notice = Some(format!(
        "{} is an arm from the next pull on, its true rate {}.",
        arm.label,
        short(arm.mean)
    ));
    if rates.iter().all(|(id, _)| *id != arm.id) {
        rates.push((arm.id, arm.mean));
        set_by_hand(shared, &rates);
    }
}

fn change_rate(shared: &mut Shared, world: &World, by: f64) {
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
    let rate = (((arm.mean + by) * 1e4).round() / 1e4).clamp(0.0, 1.0);
    let mut rates = by_hand(shared);
    match rates.iter_mut().find(|(id, _)| *id == arm.id) {
        Some((_, now)) => *now = rate,
        None => rates.push((arm.id.clone(), rate)),
    }
    set_by_hand(shared, &rates);
}
