//! Hybrid: the formula as a tree, with a slider at every weight; what each part says of the candidates, raw and normalized;
//! and the weights at which the row under the cursor changes places with its neighbors.

pub mod bound;
pub(super) mod question;
mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widgets::{Figures, wrapped_message};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, Selection, Shared, cells};
use crate::answers::HybridView;
use crate::models::Formula;

/// The formula, to be turned.
#[derive(Default)]
pub struct Hybrid;

impl Pane for Hybrid {
    const ID: PaneId = PaneId("hybrid");
    const IS_ABOUT_SUBJECT: bool = false;
    const DRAWS_CONTROLS: bool = true;
    const ACTIONS: &'static [ActionRow] = ACTIONS;

    fn title(&self, _view: Option<&HybridView>, selection: &Selection) -> String {
        let what = match &*selection.formula {
            Formula::Model { .. } => "a single model",
            Formula::Weighted { .. } => "weighted sum",
            Formula::Switch { .. } => "switch",
            Formula::Cascade { .. } => "cascade",
            Formula::Augment { .. } => "feature augmentation",
        };
        format!("Formula · {what}")
    }

    fn min_size(&self) -> (u16, u16) {
        (30, 2)
    }

    fn draw(&self, view: &HybridView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        if matches!(
            *input.selection.formula,
            Formula::Model { .. } | Formula::Augment { .. }
        ) {
            let text = "nothing to turn: a formula such as 0.6*item-knn + 0.4*content has weights. m types one, with Tab \
                        completing names and parameters; switch(ratings<5 ? content : svd), cascade(item-knn > content; \
                        keep=200) and augment(svd -> content) are the other ways to combine models";
            return wrapped_message(buffer, area, text, input.theme);
        }
        tree::draw(view, input, area, buffer)
    }

    fn arithmetic(&self, view: &HybridView, _state: &super::PaneState, _row: usize) -> Option<Vec<String>> {
        arithmetic(view)
    }

    fn export(&self, view: &HybridView) -> Export {
        let heads = "part name weight unit used raw_low raw_high raw_mean raw_sd low high mean sd";
        let mut table = Export::of_columns(heads.split(' '));
        table.rows.extend(view.parts.iter().map(|part| {
            let (raw, normalized) = (part.raw.as_ref(), part.normalized.as_ref());
            cells![
                part.path.clone(),
                part.name.clone(),
                part.weight,
                part.unit.clone(),
                if part.used { "yes" } else { "no" },
                raw.map(|s| s.low),
                raw.map(|s| s.high),
                raw.map(|s| s.mean),
                raw.map(|s| s.deviation),
                normalized.map(|s| s.low),
                normalized.map(|s| s.high),
                normalized.map(|s| s.mean),
                normalized.map(|s| s.deviation)
            ]
        }));
        table
    }
}

/// Where each of the weights comes from at which two rows change places.
fn arithmetic(view: &HybridView) -> Option<Vec<String>> {
    if view.swaps.is_empty() {
        return None;
    }
    let name = |id: &str| {
        let found = view.rows.iter().find(|row| row.id == id);
        found.map_or_else(|| id.to_owned(), |row| row.label.clone())
    };
    let mut lines = vec![
        "A row changes places with its neighbor where their scores are equal. A score is a line in each weight:"
            .to_owned(),
        "lead(w) = lead(now) + (w − now) × slope, so the lead is 0 at w = now − lead(now) / slope.".to_owned(),
        String::new(),
    ];
    for swap in &view.swaps {
        let figures = Figures::with(6);
        lines.push(format!(
            "{} (rank {}) and {}: {} from {} to {}, where {} {}",
            name(&swap.above),
            swap.rank,
            name(&swap.below),
            swap.dial,
            swap.from,
            figures.text(swap.to),
            if swap.meets {
                "both score"
            } else {
                "they jump past each other at"
            },
            figures.text(swap.score)
        ));
    }
    lines.push(String::new());
    lines.push("Each was verified by ranking anew on both sides of it.".to_owned());
    Some(lines)
}

const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "next_dial",
        title: "Next dial",
        hint: "dial",
        doc: "To the next weight, normalization, threshold or width.",
        keys: &["down", "j"],
        run: |shared, _| step_dial(shared, true),
        possible: has_dials,
    },
    ActionRow {
        id: "previous_dial",
        title: "Previous dial",
        hint: "",
        doc: "To the dial before.",
        keys: &["up", "k"],
        run: |shared, _| step_dial(shared, false),
        possible: has_dials,
    },
    ActionRow {
        id: "keep_formula",
        title: "Keep it as the base",
        hint: "keep",
        doc: "Old ranks are by the formula as it is turned now.",
        keys: &["b"],
        run: |shared, _| bound::keep(shared),
        possible: bound::is_turned,
    },
    ActionRow {
        id: "turn_back",
        title: "Turn all back",
        hint: "turn back",
        doc: "All dials back to where they were.",
        keys: &["B"],
        run: |shared, _| bound::turn_back(shared),
        possible: bound::is_turned,
    },
];

fn has_dials(shared: &Shared) -> bool {
    !shared.selection.formula.dials().is_empty()
}

fn step_dial(shared: &mut Shared, down: bool) {
    let last = shared.selection.formula.dials().len().saturating_sub(1);
    shared.control = Some(match (shared.control, down) {
        (None, true) => 0,
        (None, false) => last,
        (Some(n), true) => (n + 1).min(last),
        (Some(n), false) => n.saturating_sub(1),
    });
}

#[cfg(test)]
mod tests;
