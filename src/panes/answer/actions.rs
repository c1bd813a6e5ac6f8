//! What leads to the answer from everywhere, what can be asked on its screen, and what can be done with it.

use std::sync::Arc;

use super::Answer;
use super::question::{LENGTH, Question, length};
use crate::answers::{Change, Entity, Subject, Whose, World};
use crate::data::ItemIx;
use crate::models::Formula;
use crate::panes::changes::Changes;
use crate::panes::controls::Value;
use crate::panes::recommendations::Recommendations;
use crate::panes::{ActionRow, Beside, Pane, Picks, Shared, Target, Wish};

/// What leads to it from every pane.
pub const EVERYWHERE: &[ActionRow] = &[
    ActionRow {
        id: "ask_why_not",
        title: "Why not?",
        hint: "why not",
        doc: "Why is the item under the cursor not on the list? Else, pick one.",
        keys: &["w"],
        run: |shared, _| ask_why_not(shared),
        possible: |shared| is_person(shared) || shared.selection.why().is_some(),
    },
    ActionRow {
        id: "ask_without",
        title: "What if without?",
        hint: "",
        doc: "The fewest ratings without which the item leaves the list.",
        keys: &["c"],
        run: |shared, _| ask_without(shared),
        possible: |shared| under_cursor(shared).is_some() || shared.selection.why().is_some(),
    },
];

/// What can be asked on its screen.
pub const SCREEN_ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "pick_second",
        title: "Compare two items",
        hint: "second item",
        doc: "Pick the item that this one's score is compared with.",
        keys: &["s"],
        run: |shared, _| pick_second(shared),
        possible: |shared| shared.selection.why().is_some(),
    },
    ActionRow {
        id: "pick_other",
        title: "Compare two lists",
        hint: "other list",
        doc: "Pick the user whose list, or the item whose users this is compared with.",
        keys: &["o"],
        run: |shared, _| pick_other(shared),
        possible: |_| true,
    },
    ActionRow {
        id: "choose_other",
        title: "Compare two models",
        hint: "other model",
        doc: "Choose the model or type the formula to compare with.",
        keys: &["O"],
        run: |shared, _| {
            Question::Compare.ask(shared);
            shared.wish = Some(Wish::Model(|shared, formula| {
                shared.selection.beside = Some(Beside::Model(formula));
            }));
        },
        possible: is_person,
    },
    ActionRow {
        id: "show_changes",
        title: "Compare over everybody",
        hint: "",
        doc: "Whose list changes most by the other model, on the screen Hybrid.",
        keys: &["A"],
        run: |shared, _| {
            Question::Compare.ask(shared);
            shared.wish = Some(Wish::Show(Changes::ID));
        },
        possible: is_person,
    },
];

/// What can be done with it.
pub const ACTIONS: &[ActionRow] = &[ActionRow {
    id: "apply_change",
    title: "Apply the change",
    hint: "apply",
    doc: "What if it were so? Every pane answers; Ctrl-Z takes it back.",
    keys: &["a"],
    run: apply,
    possible: |shared| matches!(shared.facts.target, Some(Target::Change(..))),
}];

fn is_person(shared: &Shared) -> bool {
    matches!(shared.selection.subject, Subject::Person(_))
}

/// The item under the cursor, for somebody's list.
fn under_cursor(shared: &Shared) -> Option<ItemIx> {
    match shared.facts.target.as_ref().and_then(Target::entity) {
        Some(Entity::Item(item)) if is_person(shared) => Some(item),
        _ => None,
    }
}

/// Whether the cursor stands on something that is in the list.
fn is_listed(shared: &Shared) -> bool {
    let memory = shared.memory(shared.pane);
    shared.pane == Recommendations::ID && memory.filter.is_empty() && memory.cursor < length(shared)
}

/// All panes are about an item.
fn focus(shared: &mut Shared, item: ItemIx) {
    if shared.selection.focus_item != Some(item) {
        (shared.selection.focus_item, shared.led_by) = (Some(item), None);
    }
    // What was held is another one now.
    shared.selection.frozen = None;
}

fn ask_why_not(shared: &mut Shared) {
    let item = under_cursor(shared).filter(|_| !is_listed(shared));
    match item {
        Some(item) => focus(shared, item),
        None if is_person(shared) => {
            shared.wish = Some(Wish::Pick(WHY_NOT));
            return;
        }
        None => {}
    }
    show(shared, Question::WhyNot);
}

const WHY_NOT: Picks = Picks {
    title: "Why not …?",
    users: false,
    preview: |shared, entity| {
        if let Entity::Item(item) = entity {
            focus(shared, item);
        }
    },
    take: |shared, entity| {
        if let Entity::Item(item) = entity {
            focus(shared, item);
            shared.selection.frozen = shared.selection.why();
            show(shared, Question::WhyNot);
            shared.notice = Some("Why stays on this item; f lets it follow the cursor again.".to_owned());
        }
    },
};

fn ask_without(shared: &mut Shared) {
    if let Some(item) = under_cursor(shared) {
        focus(shared, item);
    }
    show(shared, Question::Without);
}

fn show(shared: &mut Shared, question: Question) {
    question.ask(shared);
    shared.wish = Some(Wish::Show(Answer::ID));
}

fn pick_second(shared: &mut Shared) {
    Question::Contrast.ask(shared);
    let second = |shared: &mut Shared, entity: Entity| {
        if let Entity::Item(item) = entity {
            shared.selection.second = Some(item);
        }
    };
    shared.wish = Some(Wish::Pick(Picks {
        title: "This, or …?",
        users: false,
        preview: second,
        take: second,
    }));
}

fn pick_other(shared: &mut Shared) {
    Question::Compare.ask(shared);
    let other = |shared: &mut Shared, entity: Entity| {
        let subject = match entity {
            Entity::User(user) => Subject::Person(Whose::User(user)),
            Entity::Item(item) => Subject::Item(item),
        };
        shared.selection.beside = Some(Beside::Subject(subject));
    };
    shared.wish = Some(Wish::Pick(Picks {
        title: "Compare with …",
        users: is_person(shared),
        preview: other,
        take: other,
    }));
}

/// Makes the change of the row under the cursor: as an edit of ratings, as another model, or as another length of the list.
fn apply(shared: &mut Shared, world: &World) {
    let Some(Target::Change(change, _)) = shared.facts.target.clone() else {
        return;
    };
    match &*change {
        Change::Length(n) => {
            let values = &mut shared.memory_mut(Answer::ID).values;
            values.insert(LENGTH.to_owned(), Value::Number(*n as f64));
        }
        Change::Formula(formula) => set_formula(shared, formula),
        Change::Ratings(ratings) => {
            let Some((whose, _)) = shared.selection.why() else {
                return;
            };
            for (item, rating) in ratings {
                shared.selection.set_rating(&world.dataset, &whose, *item, *rating);
            }
            // A guest who is held is the one with the new ratings.
            if let (Some(held), Subject::Person(guest @ Whose::Guest(_))) =
                (&mut shared.selection.frozen, &shared.selection.subject)
                && held.0 == whose
            {
                held.0 = guest.clone();
            }
        }
    }
    shared.notice = Some("Applied: all panes answer with it. Ctrl-Z takes it back.".to_owned());
}

/// Lets another model answer, without looking away from what is asked about.
fn set_formula(shared: &mut Shared, formula: &Arc<Formula>) {
    let (item, user) = (shared.selection.focus_item, shared.selection.focus_user);
    shared.set_formula(Arc::clone(formula));
    (shared.selection.focus_item, shared.selection.focus_user) = (item, user);
}
