use super::Tuning;
use super::what::shows_triangle;
use crate::answers::tuning;
use crate::engine::Order;
use crate::panes::controls::Value;
use crate::panes::hybrid::bound;
use crate::panes::{ActionRow, Pane, PaneState, Shared};

/// So much of the weight goes from one part to another by a key.
const STEP: f64 = 0.05;

/// What can be done with the triangle, and with what is measured.
pub const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_tuning",
        title: "Measure or stop",
        hint: "measure/stop",
        doc: "Measures what has no figure yet, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    },
    ActionRow {
        id: "triangle_up",
        title: "More of the first part",
        hint: "move",
        doc: "Moves towards the upper corner: the first part counts more.",
        keys: &["up", "k"],
        run: |shared, _| step(shared, (0.0, STEP)),
        possible: shows_triangle,
    },
    ActionRow {
        id: "triangle_down",
        title: "Less of the first part",
        hint: "",
        doc: "Moves away from the upper corner: the other two count more.",
        keys: &["down", "j"],
        run: |shared, _| step(shared, (0.0, -STEP)),
        possible: shows_triangle,
    },
    ActionRow {
        id: "triangle_left",
        title: "More of the second part",
        hint: "",
        doc: "Moves to the left: from the third part to the second.",
        keys: &["left", "h"],
        run: |shared, _| step(shared, (-STEP, 0.0)),
        possible: shows_triangle,
    },
    ActionRow {
        id: "triangle_right",
        title: "More of the third part",
        hint: "",
        doc: "Moves to the right: from the second part to the third.",
        keys: &["right", "l"],
        run: |shared, _| step(shared, (STEP, 0.0)),
        possible: shows_triangle,
    },
];

/// Moves on the triangle: to the right, and up, by shares of an edge.
pub fn step(shared: &mut Shared, (right, up): (f64, f64)) {
    let Some(weights) = tuning::shares(&shared.selection.formula) else {
        return;
    };
    let [first, second, third] = moved(weights, right, up);
    for (path, weight) in [("1.weight", first), ("2.weight", second), ("3.weight", third)] {
        bound::turn(shared, path, Some(&Value::Number(weight)));
    }
}

/// The point to the right and above, within the triangle, in hundredths of a percent.
pub fn moved([first, second, third]: [f64; 3], right: f64, up: f64) -> [f64; 3] {
    let round = |share: f64| (share * 1e4).round() / 1e4;
    let to = round((first + up).clamp(0.0, 1.0));
    let below = second + third;
    // What the first takes or gives is shared between the others as they stand to each other.
    let share = if below > 0.0 { third / below } else { 0.5 };
    let left = 1.0 - to;
    let third = round((left * share + right).clamp(0.0, left));
    [to, round(left - third), third]
}

/// What was dragged moves the point, and not what is seen.
pub fn settle(shared: &mut Shared) {
    let PaneState { pan: (x, y), zoom, .. } = shared.memory(Tuning::ID);
    if (x, y, zoom) == (0.0, 0.0, 1.0) {
        return;
    }
    let memory = shared.memory_mut(Tuning::ID);
    (memory.pan, memory.zoom) = ((0.0, 0.0), 1.0);
    if (x, y) == (0.0, 0.0) {
        return;
    }
    if shows_triangle(shared) {
        // A map is dragged away under the pointer, the point goes with it.
        step(shared, (-x, -y));
    }
}
