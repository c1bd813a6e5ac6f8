//! Why: first how near users rated the item, then the score as a tree of parts that sum to it, then the score card:
//! which model, what the unit means, what the score is worth, and whether the parts add up.

pub(super) mod card;
mod question;
mod tree;

use std::collections::BTreeSet;
use std::marker::PhantomData;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use super::widgets::{Folds, Pen, TreeRow, beside, tree_rows};
use super::{ActionRow, Cell, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{ExplainQuery, ExplainView, TreeNode, World, arithmetic, work};
use crate::task::Cancel;

/// The parts of a score, a line each: `L` says how many of them are open, and what stands around them.
pub struct Parts<L>(PhantomData<fn() -> L>);

/// How the parts of a score are looked at.
pub trait Look: 'static {
    const ID: PaneId;
    /// What the title begins with.
    const NAME: &'static str;
    const STARTS_FOLDED: bool;
    const ACTIONS: &'static [ActionRow] = &[];

    /// Draws what stands around the parts; the rest of the area is theirs.
    fn around(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) -> Rect;
}

/// The parts, and what they were computed from: arithmetic is written out when it is asked for.
#[derive(Clone)]
pub struct PartsView {
    pub explained: ExplainView,
    pub asked: Option<(World, ExplainQuery)>,
}

impl<L> Parts<L> {
    /// It holds nothing.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<L> Default for Parts<L> {
    fn default() -> Self {
        Self::new()
    }
}

/// All parts of a score, beside how near users rated the item and what the score is worth.
pub struct Tree;

/// Why an item has its score: all of its parts.
pub type Why = Parts<Tree>;

impl Look for Tree {
    const ID: PaneId = PaneId("why");
    const NAME: &'static str = "Why";
    const STARTS_FOLDED: bool = false;

    fn around(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) -> Rect {
        let area = pen.left();
        if area.width >= 100 && area.height >= 8 {
            let [left, right] = beside(area, area.width * 3 / 5, 2);
            let mut beside = Pen::new(pen.buffer(), right, theme);
            card::histogram(view, theme, &mut beside);
            beside.take(1);
            card::full(view, theme, &mut beside);
            return left;
        }
        if pen.lines_left() >= 14 && area.width >= 24 {
            card::histogram(view, theme, pen);
        } else if pen.lines_left() >= 4 {
            card::histogram_line(view, theme, pen);
        }
        if pen.lines_left() >= 19 && area.width >= 30 {
            card::below(view, theme, pen);
        } else if pen.lines_left() >= 4 {
            card::line(view, theme, pen);
        }
        pen.left()
    }
}

impl<L: Look> Pane for Parts<L> {
    const ID: PaneId = L::ID;
    const ACTIONS: &'static [ActionRow] = L::ACTIONS;

    fn title(&self, view: Option<&PartsView>, selection: &Selection) -> String {
        let held = if selection.frozen.is_some() { " · held" } else { "" };
        view.map_or_else(
            || L::NAME.to_owned(),
            |view| format!("{} · {}{held}", L::NAME, view.explained.label),
        )
    }

    fn rows(&self, view: &PartsView, state: &PaneState) -> usize {
        rows_of::<L>(view, state).len()
    }

    fn row_text(&self, view: &PartsView, state: &PaneState, row: usize) -> String {
        let rows = rows_of::<L>(view, state);
        rows.get(row).map(|r| r.node.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &PartsView, state: &PaneState, row: usize) -> Option<Target> {
        target_of(rows_of::<L>(view, state).get(row)?.node)
    }

    fn row_key(&self, view: &PartsView, state: &PaneState, row: usize) -> u64 {
        rows_of::<L>(view, state).get(row).map_or(row as u64, |r| r.key)
    }

    fn is_branch(&self, view: &PartsView, state: &PaneState, row: usize) -> bool {
        rows_of::<L>(view, state).get(row).is_some_and(|r| r.has_children)
    }

    fn is_folded(&self, view: &PartsView, state: &PaneState, row: usize) -> bool {
        rows_of::<L>(view, state).get(row).is_some_and(|r| r.is_folded)
    }

    fn draw(&self, view: &PartsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let body = L::around(&view.explained, input.theme, &mut Pen::new(buffer, area, input.theme));
        tree::draw(&view.explained, &rows_of::<L>(view, input.state), input, body, buffer)
    }

    fn work(&self, view: &PartsView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let rows = rows_of::<L>(view, state);
        let path = path_to(&rows, row)?;
        let Some((world, query)) = &view.asked else {
            return Some(arithmetic::of_node(&path));
        };
        work::of_part(world, query, &path, &Cancel::new()).ok()
    }

    fn has_arithmetic(&self, _view: &PartsView, _state: &PaneState, _row: usize) -> bool {
        true
    }

    fn export(&self, view: &PartsView) -> Export {
        exported(&view.explained)
    }
}

/// All of the tree, as a table.
pub(super) fn exported(view: &ExplainView) -> Export {
    let mut table = Export::of_columns(["depth", "label", "kind", "id", "value"]);
    for row in tree_of(view, Folds::At(&BTreeSet::new())) {
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
fn target_of(node: &TreeNode) -> Option<Target> {
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

/// The parts from the score down to one.
fn path_to<'a>(rows: &[TreeRow<'a, TreeNode>], row: usize) -> Option<Vec<&'a TreeNode>> {
    let mut path = vec![rows.get(row)?];
    for above in rows[..row].iter().rev() {
        if path.last().is_some_and(|below| above.depth < below.depth) {
            path.push(above);
        }
    }
    Some(path.iter().rev().map(|row| row.node).collect())
}

/// The lines of the tree, unfolded as far as the pane remembers.
fn rows_of<'a, L: Look>(view: &'a PartsView, state: &'a PaneState) -> Vec<TreeRow<'a, TreeNode>> {
    let folds = if L::STARTS_FOLDED {
        Folds::BelowRoot(&state.folded)
    } else {
        Folds::At(&state.folded)
    };
    tree_of(&view.explained, folds)
}

/// The lines of the tree, unfolded as far as `folds` says.
fn tree_of<'a>(view: &'a ExplainView, folds: Folds<'_>) -> Vec<TreeRow<'a, TreeNode>> {
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
