//! What if: travel through somebody's history, and edits as text.

use crate::answers::{Subject, Whose};
use crate::app::action::{Cx, Effect};

/// The steps of time travel.
#[derive(Clone, Copy)]
pub enum Travel {
    /// By one event.
    Event { back: bool },
    /// To the end of the day before, or of the next one with an event.
    Day { back: bool },
    /// To the end of the history.
    Now,
}

/// Takes events at the end of the history out, or lets them happen again.
pub fn travel(cx: &mut Cx<'_>, by: Travel) {
    let shared = &mut cx.state.shared;
    let Subject::Person(Whose::User(user)) = shared.selection.subject else {
        return cx.say("A guest has no history to travel through: rate as you like.");
    };
    let events = cx.world.events(user);
    if events.is_empty() {
        return cx.say(
            cx.world
                .dataset
                .feedback()
                .words()
                .say("The ratings have no times here.")
                .into_owned(),
        );
    }
    let known = cx.world.known(user, &events);
    let day = |at: usize| crate::data::Day::of_seconds(events[at].time.seconds());
    let to = match by {
        Travel::Event { back: true } => known.saturating_sub(1),
        Travel::Event { back: false } => (known + 1).min(events.len()),
        Travel::Day { back: true } => {
            let today = known.checked_sub(1).map(day);
            (0..known)
                .rev()
                .take_while(|at| Some(day(*at)) == today)
                .last()
                .unwrap_or(0)
        }
        Travel::Day { back: false } => {
            let next = (known < events.len()).then(|| day(known));
            let of_next = (known..events.len()).take_while(|at| Some(day(*at)) == next).last();
            of_next.map_or(known, |at| at + 1)
        }
        Travel::Now => events.len(),
    };
    shared.selection.edits = cx.world.edits_at(user, &events, to);
    let all = events.len();
    let label = |at: usize| cx.world.dataset.item_label(events[at].item);
    let notice = match to.checked_sub(1) {
        None => format!("Before the first of {all} events."),
        Some(last) if to == all => format!(
            "All {all} events have happened, the last {} on {}.",
            label(last),
            day(last)
        ),
        Some(last) => format!("Event {to} of {all}: {} on {}.", label(last), day(last)),
    };
    cx.say(notice);
}

/// Writes the edits of the subject into a text file of the current folder.
pub fn save(cx: &mut Cx<'_>) {
    let Subject::Person(whose) = &cx.state.shared.selection.subject else {
        return;
    };
    match cx.world.edits_as_text(whose) {
        Err(why) => cx.say(format!("Nothing was written: {why}.")),
        Ok(edits) => {
            let who = match whose {
                Whose::User(user) => format!("user {}", cx.world.dataset.user_label(*user)),
                Whose::Guest(_) => "a guest".to_owned(),
            };
            let text = format!("# what if: edits of {who}; recscope whatif DATA --edits FILE replays them\n{edits}");
            cx.effects.push(Effect::SaveText("what-if", text));
        }
    }
}
