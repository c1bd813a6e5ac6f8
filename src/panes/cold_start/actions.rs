use crate::engine::Order;
use crate::panes::ActionRow;

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
];
