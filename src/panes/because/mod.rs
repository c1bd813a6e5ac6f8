//! Because: why the item has its score, folded to the sentence that a person would say; it opens part by part.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::why::{card, exported, rows_folded, target_of, tree, work_of};
use super::widgets::{Folds, Pen, TreeRow, wrap};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Shared, Target};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{ExplainView, TreeNode};

/// The reason for a score.
#[derive(Default)]
pub struct Because;

fn toggle(shared: &mut Shared) {
    let Some(key) = shared.facts.row_key.filter(|_| shared.facts.is_branch) else {
        return;
    };
    let open = &mut shared.focused_mut().folded;
    if !open.remove(&key) {
        open.insert(key);
    }
}

fn rows_of<'a>(view: &'a ExplainView, state: &PaneState) -> Vec<TreeRow<'a, TreeNode>> {
    rows_folded(view, Folds::AllBut(&state.folded))
}

impl Pane for Because {
    const ID: PaneId = PaneId("because");
    const STARTS_FOLDED: bool = true;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "open_part",
        title: "Open or close the part",
        hint: "open the part",
        doc: "Shows what the part under the cursor consists of, or hides it.",
        keys: &["enter"],
        run: |shared, _| toggle(shared),
        possible: |shared| shared.facts.is_branch,
    }];

    fn title(&self, view: Option<&ExplainView>, selection: &Selection) -> String {
        let held = if selection.frozen.is_some() { " · held" } else { "" };
        view.map_or_else(
            || "Because".to_owned(),
            |view| format!("Because · {}{held}", view.label),
        )
    }

    fn rows(&self, view: &ExplainView, state: &PaneState) -> usize {
        rows_of(view, state).len()
    }

    fn row_text(&self, view: &ExplainView, state: &PaneState, row: usize) -> String {
        let rows = rows_of(view, state);
        rows.get(row).map(|r| r.node.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &ExplainView, state: &PaneState, row: usize) -> Option<Target> {
        target_of(rows_of(view, state).get(row)?.node)
    }

    fn row_key(&self, view: &ExplainView, state: &PaneState, row: usize) -> u64 {
        rows_of(view, state).get(row).map_or(row as u64, |r| r.key)
    }

    fn is_branch(&self, view: &ExplainView, state: &PaneState, row: usize) -> bool {
        rows_of(view, state).get(row).is_some_and(|r| r.has_children)
    }

    fn draw(&self, view: &ExplainView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let lines = wrap(&view.sentence, usize::from(area.width).max(1)).len() as u16;
        // The tree keeps its head and a row, and half of a low pane.
        let most = lines
            .min(pen.lines_left().saturating_sub(2))
            .min((area.height / 2).max(1));
        pen.paragraph("", &theme.plain(&view.sentence), most, theme.style(Role::Strong));
        if pen.lines_left() >= 4 {
            card::line(view, theme, &mut pen);
        }
        let body = pen.left();
        tree::draw(view, &rows_of(view, input.state), input, body, buffer)
    }

    fn work(&self, view: &ExplainView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        work_of(&rows_of(view, state), row)
    }

    fn has_arithmetic(&self, _view: &ExplainView, _state: &PaneState, _row: usize) -> bool {
        true
    }

    fn export(&self, view: &ExplainView) -> Export {
        exported(view)
    }
}

#[cfg(test)]
mod tests;
