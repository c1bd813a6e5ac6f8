use super::list::Window;
use crate::panes::{ActionRow, Pane, Shared};

/// What can be done with the map.
pub const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "magnify_map",
        title: "Zoom in",
        hint: "zoom in",
        doc: "Magnifies the map.",
        keys: &["+"],
        run: |shared, _| shared.focused_mut().magnify(1.5),
        possible: has_map,
    },
    ActionRow {
        id: "shrink_map",
        title: "Zoom out",
        hint: "zoom out",
        doc: "Shows more of the map.",
        keys: &["-"],
        run: |shared, _| shared.focused_mut().magnify(1.0 / 1.5),
        possible: has_map,
    },
    ActionRow {
        id: "center_map",
        title: "The whole map",
        hint: "all",
        doc: "Shows all of the map.",
        keys: &["."],
        run: |shared, _| {
            let memory = shared.focused_mut();
            (memory.zoom, memory.pan) = (1.0, (0.0, 0.0));
        },
        possible: has_map,
    },
    ActionRow {
        id: "list_map",
        title: "List part of the map",
        hint: "list",
        doc: "Lists what the map shows now, the hubs first.",
        keys: &["b"],
        run: |shared, _| {
            let window = Window::of(&shared.memory(super::Factors::ID));
            let memory = shared.focused_mut();
            window.remember(&mut memory.values);
            (memory.mode, memory.cursor, memory.offset) = (super::LIST, 0, 0);
        },
        possible: has_map,
    },
];

fn has_map(shared: &Shared) -> bool {
    super::shows(&shared.memory(super::Factors::ID)) == super::Shows::Map
}
