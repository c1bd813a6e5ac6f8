//! The program itself: colors, mouse, undo, what is taken along.

use std::sync::Arc;

use crate::answers::Subject;
use crate::answers::Whose;
use crate::app::action::{Cx, Effect};

/// The next theme.
pub fn next_theme(cx: &mut Cx<'_>) {
    cx.state.theme = cx.state.theme.next();
    cx.state.theme_chosen = true;
    cx.say(format!("Theme: {}.", cx.state.theme.name()));
    cx.effects.push(Effect::Theme);
}

/// The mouse is ours, or the terminal's.
pub fn toggle_mouse(cx: &mut Cx<'_>) {
    cx.state.mouse = !cx.state.mouse;
    cx.say(if cx.state.mouse {
        "The mouse points, opens and scrolls."
    } else {
        "The mouse is left to the terminal: select text as usual."
    });
    cx.effects.push(Effect::Mouse(cx.state.mouse));
}

/// Takes the last change back, or does it again.
pub fn travel(cx: &mut Cx<'_>, undo: bool) {
    let state = &mut *cx.state;
    let Some(left) = state.history.travel(undo, &mut state.shared) else {
        return;
    };
    let what = if undo { "Undone" } else { "Redone" };
    cx.say(match left {
        0 => format!("{what}; nothing more to undo."),
        1 => format!("{what}; 1 more change to undo."),
        n => format!("{what}; {n} more changes to undo."),
    });
}

/// Back to the ratings as stored.
pub fn reset_edits(cx: &mut Cx<'_>) {
    let edits = std::mem::take(&mut cx.state.shared.selection.edits);
    cx.say(match edits.len() {
        1 => "1 edit undone; Ctrl-z brings it back.".to_owned(),
        n => format!("{n} edits undone; Ctrl-z brings them back."),
    });
}

/// A newcomer without ratings becomes the subject.
pub fn become_guest(cx: &mut Cx<'_>) {
    let before = cx.state.shared.visit();
    let guest = Subject::Person(Whose::Guest(Arc::default()));
    cx.state.shared.go_to(guest, before);
}
