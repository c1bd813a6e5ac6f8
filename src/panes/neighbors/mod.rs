//! Neighbors: who is near the subject, how much they have in common, and what they say of the focus item; a key turns to
//! the neighbor under the cursor, side by side with the subject, and the arithmetic of their similarity.

mod pair;
mod question;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::neighborhood::table;
use super::widgets::{entity_key, thousands, wrapped_message};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{NeighborsView, PairView, arithmetic};

/// Who or what is near the subject.
#[derive(Default)]
pub struct Neighbors;

/// What it shows: the table, and the neighbor in focus.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborsPaneView {
    pub table: Arc<NeighborsView>,
    /// The subject and the neighbor in focus side by side; none where there is none yet.
    pub pair: Option<Arc<PairView>>,
}

fn shows_pair(state: &PaneState) -> bool {
    state.mode % 2 == 1
}

impl Pane for Neighbors {
    const ID: PaneId = PaneId("neighbors");
    const LEADS: Option<Leads> = Some(Leads::Neighbor);

    fn title(&self, view: Option<&NeighborsPaneView>, _selection: &Selection) -> String {
        let Some(NeighborsPaneView { table, .. }) = view else {
            return "Neighbors".to_owned();
        };
        let (shown, all) = (table.neighbors.len(), table.defined);
        let of = if shown < all {
            format!("{} of {}", thousands(shown as u64), thousands(all as u64))
        } else {
            shown.to_string()
        };
        // The count first: a narrow title is cut at its end.
        format!("Neighbors · {of} · {}", table.similarity)
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &NeighborsPaneView, state: &PaneState) -> usize {
        if shows_pair(state) {
            return view.pair.as_ref().map_or(0, |p| p.common.len());
        }
        view.table.neighbors.len()
    }

    fn row_text(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> String {
        let text = if shows_pair(state) {
            view.pair.as_ref().and_then(|p| p.common.get(row)).map(|c| c.0.label)
        } else {
            view.table.neighbors.get(row).map(|n| n.label.clone())
        };
        text.unwrap_or_default()
    }

    fn target(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> Option<Target> {
        if shows_pair(state) {
            return view.pair.as_ref()?.common.entity(row).map(Target::Entity);
        }
        view.table.neighbors.get(row).map(|n| Target::Entity(n.entity))
    }

    fn row_key(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> u64 {
        self.target(view, state, row)
            .and_then(|t| t.entity())
            .map_or(row as u64, entity_key)
    }

    fn draw(&self, view: &NeighborsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        match &view.pair {
            Some(pair) if shows_pair(input.state) => pair::draw(pair, input, area, buffer),
            None if shows_pair(input.state) => wrapped_message(buffer, area, "no neighbor is in focus", theme),
            _ if view.table.neighbors.is_empty() => {
                wrapped_message(buffer, area, "nobody has anything in common", theme)
            }
            _ => table::draw(&view.table, false, input, area, buffer),
        }
    }

    fn work(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let pair = paired(view, state, row)?;
        let row = shows_pair(state).then_some(row);
        Some(arithmetic::of_pair(pair, row))
    }

    fn has_arithmetic(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> bool {
        paired(view, state, row).is_some()
    }

    fn export(&self, view: &NeighborsPaneView) -> Export {
        let mut table = Export::of_columns("id label similarity support ratings mean focus_rating".split(' '));
        table.rows.extend(view.table.neighbors.iter().map(|n| {
            cells![
                n.id.clone(),
                n.label.clone(),
                n.similarity,
                n.support,
                n.ratings,
                n.mean,
                n.focus_rating
            ]
        }));
        table
    }
}

/// The pair that the row is about, where that is at hand.
fn paired<'a>(view: &'a NeighborsPaneView, state: &PaneState, row: usize) -> Option<&'a PairView> {
    let pair = view.pair.as_deref()?;
    let neighbor = || view.table.neighbors.get(row);
    (shows_pair(state) || neighbor().is_some_and(|n| n.entity == pair.b.entity)).then_some(pair)
}

#[cfg(test)]
mod tests;
