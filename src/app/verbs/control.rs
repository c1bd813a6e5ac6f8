//! Setting controls: stepped through, reset, dragged; typed values are the editor's.

use crate::app::action::Cx;
use crate::panes::controls::{Control, Value};

/// The control with the keyboard.
pub fn focused(cx: &Cx<'_>) -> Option<Control> {
    let shared = &cx.state.shared;
    shared.facts.controls.get(shared.control?).cloned()
}

/// Sets a control of the pane with the keyboard; one at its default is not remembered.
pub fn set(cx: &mut Cx<'_>, control: &Control, value: Value) {
    if bound(cx, control, Some(&value)) {
        return;
    }
    let values = &mut cx.state.shared.focused_mut().values;
    if value == control.default {
        values.remove(control.name);
    } else {
        values.insert(control.name.to_owned(), value);
    }
}

/// Sets what the control is bound to, where it is bound to something shared.
fn bound(cx: &mut Cx<'_>, control: &Control, value: Option<&Value>) -> bool {
    let shared = &mut cx.state.shared;
    crate::panes::spec(shared.pane).is_some_and(|pane| (pane.bind)(shared, control.name, value))
}

/// One step up or down.
pub fn step(cx: &mut Cx<'_>, up: bool, coarse: bool) {
    let Some(control) = focused(cx) else { return };
    let value = control.value(&cx.state.shared.values(cx.state.shared.pane));
    let stepped = control.stepped(&value, up, coarse);
    if stepped == value {
        let end = if up { "end" } else { "beginning" };
        return cx.say(format!("{} is at the {end} of its range.", control.name));
    }
    set(cx, &control, stepped);
}

/// Back to its default.
pub fn reset(cx: &mut Cx<'_>) {
    if let Some(control) = focused(cx)
        && !bound(cx, &control, None)
    {
        set(cx, &control, control.default.clone());
    }
}

/// The keyboard goes back to the pane.
pub fn leave(cx: &mut Cx<'_>) {
    cx.state.shared.control = None;
}

/// Sets a slider to a share of its range.
pub fn slide(cx: &mut Cx<'_>, share: f64) {
    let Some(control) = focused(cx) else { return };
    if let Some(value) = control.at_share(share) {
        set(cx, &control, value);
    }
}
