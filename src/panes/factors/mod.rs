//! Factors: where the subject and the focus item lie among all items, and which latent factors bring them together.

mod actions;
mod bars;
mod map;
mod question;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Axis, Curve, LineChart, Pen, beside, entity_key, plural, put};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{Entity, FactorsView, MapView, arithmetic};
use crate::data::ItemIx;

/// Latent factors of the subject, and the map of all items.
#[derive(Default)]
pub struct Factors;

/// What it shows: the factors, and the map once it is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorsPaneView {
    pub factors: Arc<FactorsView>,
    /// All items; none while it is computed.
    pub map: Option<Arc<MapView>>,
    pub subject: Option<ItemIx>,
    pub rated: Vec<ItemIx>,
    /// The factors of an edited user without the edits.
    pub before: Option<Vec<f64>>,
    /// The first few recommendations with their names.
    pub recommended: Vec<(ItemIx, String)>,
}

/// What the pane makes room for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Both,
    Map,
    Bars,
}

fn shows(state: &PaneState) -> Shows {
    [Shows::Both, Shows::Map, Shows::Bars][state.mode % 3]
}

impl Pane for Factors {
    const ID: PaneId = PaneId("factors");
    const ACTIONS: &'static [ActionRow] = actions::ACTIONS;

    fn title(&self, view: Option<&FactorsPaneView>, _selection: &Selection) -> String {
        let Some(view) = view else { return "Factors".to_owned() };
        let count = plural(view.factors.factors.len(), "factor");
        format!("Factors · {} · {count}", view.factors.model)
    }

    fn modes(&self) -> usize {
        3
    }

    /// The cursor keys step through what was searched for; without a search they move the map.
    fn pans(&self, state: &PaneState) -> bool {
        shows(state) == Shows::Map && state.filter.is_empty()
    }

    fn rows(&self, view: &FactorsPaneView, state: &PaneState) -> usize {
        match (&view.map, shows(state)) {
            (Some(map), Shows::Map) => map.points.len(),
            (None, Shows::Map) => 0,
            _ => view.factors.factors.len(),
        }
    }

    fn row_text(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> String {
        let text = match (&view.map, shows(state)) {
            (Some(map), Shows::Map) => map.labels.get(row).cloned(),
            _ => bars::order(&view.factors).get(row).map(|f| format!("f{}", f + 1)),
        };
        text.unwrap_or_default()
    }

    fn target(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> Option<Target> {
        if shows(state) == Shows::Map {
            // Without a search there is no cursor on the map.
            let map = view.map.as_ref().filter(|_| !state.filter.is_empty())?;
            return map.points.get(row).map(|p| Target::Entity(Entity::Item(p.0)));
        }
        bars::order(&view.factors).get(row).map(|f| Target::Factor(*f))
    }

    fn row_key(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> u64 {
        match self.target(view, state, row) {
            Some(Target::Entity(entity)) => entity_key(entity),
            _ => row as u64,
        }
    }

    fn draw(&self, view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        match shows(input.state) {
            Shows::Map => {
                map::draw(view, input, area, buffer);
                Drawn::default()
            }
            Shows::Both if area.width >= 44 && area.height >= 7 => both(view, input, area, buffer),
            Shows::Both if area.height >= 18 => {
                let mut pen = Pen::new(buffer, area, input.theme);
                let (above, below) = (pen.take(area.height * 3 / 5), pen.left());
                map::draw(view, input, above, pen.buffer());
                bars::draw(&view.factors, input, below, buffer)
            }
            Shows::Both | Shows::Bars => bars::draw(&view.factors, input, area, buffer),
        }
    }

    fn work(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let order = bars::order(&view.factors);
        // On the map a row is an item: the whole sum is the focus item's.
        let row = if shows(state) == Shows::Map { 0 } else { row };
        (row < order.len()).then(|| arithmetic::of_factors(&view.factors, &order, row))
    }

    fn has_arithmetic(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> bool {
        let row = if shows(state) == Shows::Map { 0 } else { row };
        row < view.factors.factors.len()
    }

    fn export(&self, view: &FactorsPaneView) -> Export {
        let mut table = Export::of_columns(["factor", view.factors.kind, "focus", "product"]);
        let focus = view.factors.focus.as_ref().map(|f| &f.2);
        for (n, own) in view.factors.factors.iter().enumerate() {
            let other = focus.and_then(|f| f.get(n)).copied();
            table.rows.push(cells![n + 1, *own, other, other.map(|o| o * own)]);
        }
        table
    }
}

/// The map left, the bars right, the training curve below them where there is room.
fn both(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let bars = (area.width * 2 / 5).clamp(20, 60);
    let [left, right] = beside(area, area.width - bars - 3, 3);
    map::draw(view, input, left, buffer);
    for y in area.top()..area.bottom() {
        let border = input.theme.style(Role::Border);
        put(buffer, area, left.right() + 1, y, input.theme.symbols().axis, border);
    }
    let mut pen = Pen::new(buffer, right, input.theme);
    let losses = view.factors.training.as_ref().filter(|(_, l)| l.len() > 1);
    if let Some((name, losses)) = losses.filter(|_| area.height >= 22) {
        let chart = pen.take_below(9);
        pen.take_below(1);
        training(name, losses, input, chart, pen.buffer());
    }
    let place = pen.left();
    bars::draw(&view.factors, input, place, buffer)
}

fn training(name: &str, losses: &[f64], input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, input.theme);
    pen.heading(&input.words.say(&format!("training: {name} by epoch")));
    let flat = input
        .words
        .say("the loss does not change: too few ratings, or a learning rate of 0");
    let plot = pen.left();
    let points: Vec<(f64, f64)> = losses.iter().enumerate().map(|(n, l)| (n as f64 + 1.0, *l)).collect();
    let curves = [Curve {
        name: "",
        points: &points,
        series: 0,
    }];
    LineChart {
        x: Axis {
            label: "epoch",
            ..Axis::default()
        },
        y: Axis {
            flat: &flat,
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, plot, input.theme);
}

#[cfg(test)]
mod tests;
