//! Why: first how near users rated the item, then the score as a tree of parts that sum to it, then the score card:
//! which model, what the unit means, what the score is worth, and whether the parts add up.

pub(super) mod card;
pub(super) mod question;
pub(super) mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widgets::{Folds, Pen, TreeRow, beside, tree_rows};
use super::{Cell, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{ExplainView, TreeNode, arithmetic};

/// The parts of a score.
#[derive(Default)]
pub struct Why;

impl Pane for Why {
    const ID: PaneId = PaneId("why");

    fn title(&self, view: Option<&ExplainView>, selection: &Selection) -> String {
        let held = if selection.frozen.is_some() { " · held" } else { "" };
        view.map_or_else(|| "Why".to_owned(), |view| format!("Why · {}{held}", view.label))
    }

    fn rows(&self, view: &ExplainView, state: &PaneState) -> usize {
        rows_of(view, state).len()
    }

    fn row_text(&self, view: &ExplainView, state: &PaneState, row: usize) -> String {
        rows_of(view, state)
            .get(row)
            .map(|r| r.node.label.clone())
            .unwrap_or_default()
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
        let body = if area.width >= 100 && area.height >= 8 {
            let [left, right] = beside(area, area.width * 3 / 5, 2);
            let mut beside = Pen::new(pen.buffer(), right, theme);
            card::histogram(view, theme, &mut beside);
            beside.take(1);
            card::full(view, theme, &mut beside);
            left
        } else {
            if pen.lines_left() >= 14 && area.width >= 24 {
                card::histogram(view, theme, &mut pen);
            } else if pen.lines_left() >= 4 {
                card::histogram_line(view, theme, &mut pen);
            }
            if pen.lines_left() >= 19 && area.width >= 30 {
                card::below(view, theme, &mut pen);
            } else if pen.lines_left() >= 4 {
                card::line(view, theme, &mut pen);
            }
            pen.left()
        };
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

/// All of the tree, as a table.
pub(super) fn exported(view: &ExplainView) -> Export {
    let mut table = Export::of_columns(["depth", "label", "kind", "id", "value"]);
    for row in rows_of(view, &PaneState::default()) {
        table.rows.push(cells![
            row.depth,
            row.node.label.clone(),
            row.node.kind,
            row.node.about.as_ref().map_or(Cell::Empty, |a| a.id.clone().into()),
            row.node.value
        ]);
    }
    table
}

/// What a part is about.
pub(super) fn target_of(node: &TreeNode) -> Option<Target> {
    let about = node.about.as_ref()?;
    match about.entity {
        Some(entity) => Some(Target::Entity(entity)),
        None if about.kind == "factor" => {
            let number: usize = about.id.parse().ok()?;
            Some(Target::Factor(number.checked_sub(1)?))
        }
        None => None,
    }
}

/// The arithmetic of a part, with what it needs of those above it.
pub(super) fn work_of(rows: &[TreeRow<'_, TreeNode>], row: usize) -> Option<Arithmetic> {
    let mut path = vec![rows.get(row)?];
    for above in rows[..row].iter().rev() {
        if path.last().is_some_and(|below| above.depth < below.depth) {
            path.push(above);
        }
    }
    let path: Vec<&TreeNode> = path.iter().rev().map(|row| row.node).collect();
    Some(arithmetic::of_node(&path))
}

/// The lines of the tree, unfolded as far as the pane remembers.
fn rows_of<'a>(view: &'a ExplainView, state: &PaneState) -> Vec<TreeRow<'a, TreeNode>> {
    rows_folded(view, Folds::At(&state.folded))
}

/// The lines of the tree, unfolded as far as `folds` says.
pub(super) fn rows_folded<'a>(view: &'a ExplainView, folds: Folds<'_>) -> Vec<TreeRow<'a, TreeNode>> {
    tree_rows(&view.tree, |n| n.children.iter().collect(), name, folds, usize::MAX)
}

/// What tells a node from its siblings.
fn name(node: &TreeNode) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    match &node.about {
        Some(about) => (node.kind, about.kind, &about.id).hash(&mut hasher),
        None => (node.kind, &node.label).hash(&mut hasher),
    }
    hasher.finish()
}

/// A number among a node's details.
fn figure(node: &TreeNode, name: &str) -> Option<f64> {
    node.detail
        .get(name)
        .and_then(serde_json::Value::as_f64)
        .filter(|x| x.is_finite())
}

#[cfg(test)]
mod tests;
