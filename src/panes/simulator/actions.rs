//! What can be done on the pipeline's screen, whichever of its panes has the keyboard.

use super::Simulator;
use super::question::{BATCHED, FAULT, HOURS, NIGHTS, REQUEST, SESSION, controls, events, events_text};
use crate::answers::{Entity, World};
use crate::panes::controls::Value;
use crate::panes::{ActionRow, Pane, Shared, Target};
use crate::pipeline::fault::Fault;
use crate::pipeline::{Act, SessionEvent};

/// Events, the batch, the clock, and what fails.
pub const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "click_item",
        title: "Click the item",
        hint: "click",
        doc: "The user clicks the item under the cursor: the list follows.",
        keys: &["K"],
        run: |shared, world| act(shared, world, Act::Click),
        possible: has_item,
    },
    ActionRow {
        id: "watch_item",
        title: "Watch the item",
        hint: "watch",
        doc: "The user watches the item under the cursor.",
        keys: &["W"],
        run: |shared, world| act(shared, world, Act::Watch),
        possible: has_item,
    },
    ActionRow {
        id: "buy_item",
        title: "Buy the item",
        hint: "buy",
        doc: "The user buys the item under the cursor.",
        keys: &["B"],
        run: |shared, world| act(shared, world, Act::Buy),
        possible: has_item,
    },
    ActionRow {
        id: "skip_item",
        title: "Skip the item",
        hint: "skip",
        doc: "The user passes over the item under the cursor.",
        keys: &["P"],
        run: |shared, world| act(shared, world, Act::Skip),
        possible: has_item,
    },
    ActionRow {
        id: "new_session",
        title: "New session",
        hint: "new session",
        doc: "Forgets what the user did.",
        keys: &["N"],
        run: |shared, _| {
            set(shared, SESSION, Value::Text(events_text(&[])));
            set(shared, BATCHED, Value::Number(0.0));
        },
        possible: |shared| !session(shared).is_empty(),
    },
    ActionRow {
        id: "run_night",
        title: "3 am: run the batch",
        hint: "3 am",
        doc: "Computes everybody's candidates anew; the clock starts again.",
        keys: &["A"],
        run: |shared, _| {
            let (nights, events) = (number(shared, NIGHTS) + 1.0, session(shared).len());
            set(shared, NIGHTS, Value::Number(nights));
            set(shared, BATCHED, Value::Number(events as f64));
            set(shared, HOURS, Value::Number(0.0));
        },
        possible: |_| true,
    },
    ActionRow {
        id: "rebuild_user",
        title: "Rebuild this user",
        hint: "rebuild user",
        doc: "Computes this user's candidates anew, and nobody else's.",
        keys: &["b"],
        run: |shared, _| {
            let events = session(shared).len();
            set(shared, BATCHED, Value::Number(events as f64));
        },
        possible: |shared| (number(shared, BATCHED) as usize) < session(shared).len(),
    },
    ActionRow {
        id: "next_request",
        title: "Another request",
        hint: "request",
        doc: "Asks again: exploration draws anew, and rules are read again.",
        keys: &["space"],
        run: |shared, _| {
            let next = number(shared, REQUEST) + 1.0;
            set(shared, REQUEST, Value::Number(next));
        },
        possible: |_| true,
    },
    ActionRow {
        id: "wait_an_hour",
        title: "An hour later",
        hint: "",
        doc: "Lets the frozen clock go on by an hour.",
        keys: &["H"],
        run: |shared, _| {
            let later = number(shared, HOURS) + 1.0;
            set(shared, HOURS, Value::Number(later.min(1000.0)));
        },
        possible: |_| true,
    },
    ActionRow {
        id: "fail_part",
        title: "Let a part fail",
        hint: "break",
        doc: "Lets the store, the model, a record, a feature or a stage fail.",
        keys: &["F"],
        run: |shared, _| fail(shared),
        possible: |_| true,
    },
];

fn has_item(shared: &Shared) -> bool {
    matches!(shared.facts.target, Some(Target::Entity(Entity::Item(_))))
}

fn text(shared: &Shared, control: &str) -> String {
    shared.settings(Simulator::ID, controls()).text(control)
}

fn number(shared: &Shared, control: &str) -> f64 {
    shared.settings(Simulator::ID, controls()).number(control)
}

fn set(shared: &mut Shared, control: &str, value: Value) {
    let is_default = controls().iter().any(|c| c.name == control && c.default == value);
    let values = &mut shared.memory_mut(Simulator::ID).values;
    if is_default {
        values.remove(control);
    } else {
        values.insert(control.to_owned(), value);
    }
}

fn session(shared: &Shared) -> Vec<SessionEvent> {
    events(&text(shared, SESSION)).unwrap_or_default()
}

fn act(shared: &mut Shared, world: &World, act: Act) {
    let Some(Target::Entity(entity @ Entity::Item(_))) = shared.facts.target else {
        return;
    };
    let mut events = session(shared);
    events.push(SessionEvent {
        act,
        item: world.id(entity).to_owned(),
    });
    shared.notice = Some(format!("{}: {}", act.name(), world.label(entity)));
    set(shared, SESSION, Value::Text(events_text(&events)));
}

fn fail(shared: &mut Shared) {
    let now = text(shared, FAULT);
    let at = Fault::ALL.iter().position(|f| f.name() == now).unwrap_or(0);
    let next = Fault::ALL[(at + 1) % Fault::ALL.len()];
    shared.notice = Some(match next {
        Fault::None => "Nothing fails any more.".to_owned(),
        fault => format!("Fails now: {}.", fault.name()),
    });
    set(shared, FAULT, Value::Text(next.name().to_owned()));
}
