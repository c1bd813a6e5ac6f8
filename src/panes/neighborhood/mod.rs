//! Neighborhood: who is near the subject, and what each similarity is worth: how much is in common, what shrinkage leaves of
//! it, and how far it might be off.

mod question;
pub mod settings;
pub(super) mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Pen, entity_key, thousands, width, wrapped_message};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::{self, Arithmetic};
use crate::answers::{NeighborsQuery, NeighborsView, PairQuery, World, pair};
use crate::models::neighborhood::Bootstrap;
use crate::task::Cancel;

/// Who or what is near the subject, and what that is worth.
#[derive(Default)]
pub struct Neighborhood;

/// The table, and what it was computed from: the arithmetic of a row is written out when it is asked for.
#[derive(Clone)]
pub struct NeighborhoodView {
    pub table: NeighborsView,
    pub asked: Option<(World, NeighborsQuery)>,
}

impl Pane for Neighborhood {
    const ID: PaneId = settings::PANE;
    const LEADS: Option<Leads> = Some(Leads::Neighbor);

    fn title(&self, view: Option<&NeighborhoodView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Neighborhood".to_owned();
        };
        let (shown, all) = (view.table.neighbors.len(), view.table.defined);
        // The count first: a narrow title is cut at its end.
        format!(
            "Neighborhood · {} of {} · {}",
            thousands(shown as u64),
            thousands(all as u64),
            view.table.similarity
        )
    }

    fn rows(&self, view: &NeighborhoodView, _state: &PaneState) -> usize {
        view.table.neighbors.len()
    }

    fn row_text(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> String {
        view.table
            .neighbors
            .get(row)
            .map(|n| n.label.clone())
            .unwrap_or_default()
    }

    fn target(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> Option<Target> {
        view.table.neighbors.get(row).map(|n| Target::Entity(n.entity))
    }

    fn row_key(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> u64 {
        view.table
            .neighbors
            .get(row)
            .map_or(row as u64, |n| entity_key(n.entity))
    }

    fn draw(&self, view: &NeighborhoodView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        if view.table.neighbors.is_empty() {
            return wrapped_message(buffer, area, "nobody has that much in common", input.theme);
        }
        let mut pen = Pen::new(buffer, area, input.theme);
        if let Some(bootstrap) = view
            .table
            .bootstrap
            .filter(|_| area.height >= 9 && has_interval(area.width))
        {
            let place = pen.take_below(1);
            let muted = input.theme.style(Role::Muted);
            let how = how(&view.table, bootstrap, area.width);
            Pen::new(pen.buffer(), place, input.theme).text(&how, muted);
        }
        let body = pen.left();
        table::draw(&view.table, true, input, body, buffer)
    }

    fn has_arithmetic(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> bool {
        // Fitting baselines takes longer than a frame: there is none before they are there.
        let is_ready = view.asked.as_ref().is_some_and(|(world, _)| world.near.has_baselines());
        is_ready && row < view.table.neighbors.len()
    }

    fn work(&self, view: &NeighborhoodView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let (world, query) = view.asked.as_ref().filter(|_| self.has_arithmetic(view, state, row))?;
        let pair = PairQuery {
            subject: query.subject.clone(),
            other: view.table.neighbors.get(row)?.entity,
            measure: query.measure,
        };
        let pair = pair::compute(world, &pair, &Cancel::new()).ok()?;
        Some(arithmetic::of_pair(&pair, None))
    }

    fn export(&self, view: &NeighborhoodView) -> Export {
        let columns = "id label similarity support unshrunk low high ratings mean focus_rating";
        let mut table = Export::of_columns(columns.split(' '));
        table.rows.extend(view.table.neighbors.iter().map(|n| {
            let worth = n.significance;
            cells![
                n.id.clone(),
                n.label.clone(),
                n.similarity,
                n.support,
                worth.map(|w| w.unshrunk),
                worth.and_then(|w| w.low),
                worth.and_then(|w| w.high),
                n.ratings,
                n.mean,
                n.focus_rating
            ]
        }));
        table
    }
}

/// How the intervals were drawn, as fully as there is room for.
fn how(view: &NeighborsView, bootstrap: Bootstrap, cells: u16) -> String {
    let Bootstrap { draws, seed } = bootstrap;
    let (level, rows) = (Bootstrap::LEVEL, view.words.row.many);
    let ways = [
        format!("{level} %: bootstrap over the common {rows}, {draws} draws, seed {seed}"),
        format!("{level} %: bootstrap, {draws} draws, seed {seed}"),
        format!("{level} %: bootstrap"),
    ];
    let fitting = ways.iter().find(|way| width(way) <= usize::from(cells));
    fitting.unwrap_or(&ways[2]).clone()
}

/// Whether a table this wide has its interval.
fn has_interval(width: u16) -> bool {
    width >= 36
}

#[cfg(test)]
mod tests;
