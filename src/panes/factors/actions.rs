use super::tools::{self, End, Order};
use super::{Factors, LIST, Shows, shows};
use crate::answers::Entity;
use crate::panes::{ActionRow, Pane, Shared, Target, Wish};

/// So much of what is seen the crosshair moves by a key.
const STEP: (f64, f64) = (1.0 / 40.0, 1.0 / 20.0);

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
        doc: "Lists what is in the box, or what the map shows now.",
        keys: &["b"],
        run: |shared, _| {
            let memory = shared.focused_mut();
            tools::list(memory);
            (memory.mode, memory.cursor, memory.offset) = (LIST, 0, 0);
        },
        possible: has_map,
    },
    ActionRow {
        id: "point_on_map",
        title: "Point at the map",
        hint: "point",
        doc: "A crosshair that names what it is at, and what is near. A click, too.",
        keys: &["p"],
        run: |shared, _| tools::toggle_cross(shared.focused_mut()),
        possible: has_map,
    },
    ActionRow {
        id: "box_on_map",
        title: "A corner of a box",
        hint: "box",
        doc: "A box from where the crosshair is to where it goes; b lists it.",
        keys: &["space"],
        run: |shared, _| tools::toggle_corner(shared.focused_mut()),
        possible: has_cross,
    },
    ActionRow {
        id: "cross_up",
        title: "Crosshair up",
        hint: "",
        doc: "Moves the crosshair up.",
        keys: &["up", "k"],
        run: |shared, _| tools::step_cross(shared.focused_mut(), (0.0, STEP.1)),
        possible: has_cross,
    },
    ActionRow {
        id: "cross_down",
        title: "Crosshair down",
        hint: "",
        doc: "Moves the crosshair down.",
        keys: &["down", "j"],
        run: |shared, _| tools::step_cross(shared.focused_mut(), (0.0, -STEP.1)),
        possible: has_cross,
    },
    ActionRow {
        id: "cross_left",
        title: "Crosshair to the left",
        hint: "",
        doc: "Moves the crosshair to the left.",
        keys: &["left", "h"],
        run: |shared, _| tools::step_cross(shared.focused_mut(), (-STEP.0, 0.0)),
        possible: has_cross,
    },
    ActionRow {
        id: "cross_right",
        title: "Crosshair to the right",
        hint: "",
        doc: "Moves the crosshair to the right.",
        keys: &["right", "l"],
        run: |shared, _| tools::step_cross(shared.focused_mut(), (STEP.0, 0.0)),
        possible: has_cross,
    },
    ActionRow {
        id: "rule_map",
        title: "An end of a ruler",
        hint: "ruler",
        doc: "From one point to another: everything is laid along; then away again.",
        keys: &["r"],
        run: |shared, _| rule(shared),
        possible: has_points,
    },
    ActionRow {
        id: "rule_from_list",
        title: "List as end of a ruler",
        hint: "",
        doc: "The middle of what is listed becomes an end of the ruler.",
        keys: &["B"],
        run: |shared, _| {
            let memory = shared.focused_mut();
            let end = tools::listed(&memory.values).map(End::Box);
            let said = tools::add_end(&mut memory.values, end);
            shared.notice = Some(said.to_owned());
        },
        possible: has_list,
    },
    ActionRow {
        id: "sort_list_of_map",
        title: "Sort the list otherwise",
        hint: "sort",
        doc: "The hubs first, the least trusted, by name, or from left to right.",
        keys: &["s"],
        run: |shared, _| {
            let values = &mut shared.focused_mut().values;
            Order::remembered(values).next().remember(values);
        },
        possible: has_list,
    },
    ActionRow {
        id: "list_to_profile",
        title: "The list as a profile",
        hint: "as a guest",
        doc: "A guest who likes what is listed becomes the subject.",
        keys: &["P"],
        run: |shared, _| shared.wish = Some(Wish::Guest),
        possible: has_list,
    },
];

fn has_map(shared: &Shared) -> bool {
    shows(&shared.memory(Factors::ID)) == Shows::Map
}

fn has_cross(shared: &Shared) -> bool {
    has_map(shared) && tools::cross(&shared.memory(Factors::ID).values).is_some()
}

fn has_list(shared: &Shared) -> bool {
    shows(&shared.memory(Factors::ID)) == Shows::List
}

fn has_points(shared: &Shared) -> bool {
    has_map(shared) || has_list(shared)
}

/// What is pointed at, or under the cursor of the list, becomes an end of the ruler.
fn rule(shared: &mut Shared) {
    let end = match &shared.facts.target {
        Some(Target::Entity(Entity::Item(item))) => Some(End::Item(*item)),
        _ => None,
    };
    let said = tools::add_end(&mut shared.focused_mut().values, end);
    shared.notice = Some(said.to_owned());
}
