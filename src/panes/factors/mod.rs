//! Factors: where the subject and the focus item lie among all items, and which latent factors bring them together.

mod actions;
mod bars;
mod card;
mod cloud;
mod color;
mod list;
mod map;
mod maps;
pub mod names;
mod near;
mod question;
mod tools;
mod training;

pub use question::{chosen, model_control};

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Pen, beside, entity_key, plural, put};
use super::{
    ActionRow, Drawn, Export, Message, Pane, PaneId, PaneInput, PaneState, Pointed, Selection, Shared, Target, cells,
};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::map::near::NearPoint;
use crate::answers::map::shade::Shade;
use crate::answers::{DescribeView, DescribedFactor, FactorsView, MapCompareView, MapView, arithmetic};
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
    /// Where a person is on the map, and where an edited user was without the edits.
    pub place: Option<(f64, f64)>,
    pub before: Option<(f64, f64)>,
    /// The first few recommendations with their names.
    pub recommended: Vec<(ItemIx, String)>,
    /// What the factors mean; none while that is found out.
    pub described: Option<Arc<DescribeView>>,
    /// What each factor is called.
    pub names: Vec<FactorName>,
    /// What the points are colored by; none for how dense they are.
    pub shade: Option<Arc<Shade>>,
    /// The way of the subject across the map.
    pub path: Vec<(f64, f64)>,
    /// The points in the part of the map that was chosen, by their places, sorted; none for all in the order of the file.
    pub listed: Option<Vec<u32>>,
    /// Where another model has the same items.
    pub beside: Option<Arc<MapCompareView>>,
    /// What the crosshair is at, and what is near that.
    pub near: Option<Arc<NearPoint>>,
}

impl FactorsPaneView {
    /// What a factor (from 0) is called, where that is known.
    fn name(&self, factor: usize) -> Option<&FactorName> {
        self.names.get(factor).filter(|name| !name.text.is_empty())
    }

    fn described(&self, factor: usize) -> Option<&DescribedFactor> {
        self.described.as_ref()?.factors.get(factor)
    }
}

/// What the pane makes room for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Both,
    Map,
    Bars,
    /// What a part of the map holds.
    List,
}

const MODES: usize = 4;
/// The mode that lists.
const LIST: usize = 3;

fn shows(state: &PaneState) -> Shows {
    [Shows::Both, Shows::Map, Shows::Bars, Shows::List][state.mode % MODES]
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
        MODES
    }

    /// The cursor keys step through what was searched for; without a search they move the map.
    fn pans(&self, state: &PaneState) -> bool {
        shows(state) == Shows::Map && state.filter.is_empty()
    }

    fn rows(&self, view: &FactorsPaneView, state: &PaneState) -> usize {
        match (&view.map, shows(state)) {
            (Some(map), Shows::Map) => map.points.len(),
            (None, Shows::Map) => 0,
            (_, Shows::List) => list::n_listed(view),
            _ => view.factors.factors.len(),
        }
    }

    fn row_text(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> String {
        let text = match (&view.map, shows(state)) {
            (Some(map), Shows::Map) => map.points.get(row).map(|point| point.label.clone()),
            (_, Shows::List) => list::listed(view, row).map(|point| point.label.clone()),
            _ => bars::order(&view.factors).get(row).map(|f| {
                let name = view.name(*f).map_or("", |name| name.text.as_str());
                format!("f{} {name}", f + 1)
            }),
        };
        text.unwrap_or_default()
    }

    fn target(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> Option<Target> {
        if shows(state) == Shows::Map {
            // Without a search it is what the crosshair is at.
            let map = view.map.as_ref()?;
            let at = match (&view.near, state.filter.is_empty()) {
                (_, false) => row,
                (Some(near), true) if tools::cross(&state.values).is_some() => near.at,
                _ => return None,
            };
            return map.points.get(at).map(|point| Target::Entity(point.entity));
        }
        if shows(state) == Shows::List {
            return list::listed(view, row).map(|point| Target::Entity(point.entity));
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
            Shows::Map => Drawn {
                plane: near::beside_map(view, input, area, buffer),
                ..Drawn::default()
            },
            Shows::List => list::draw(view, input, area, buffer),
            Shows::Both if area.width >= 44 && area.height >= 7 => both(view, input, area, buffer),
            Shows::Both if area.height >= 18 => {
                let mut pen = Pen::new(buffer, area, input.theme);
                let (above, below) = (pen.take(area.height * 3 / 5), pen.left());
                let plane = map::draw(view, input, above, pen.buffer());
                Drawn {
                    plane,
                    ..bars::draw(view, input, below, buffer)
                }
            }
            Shows::Both => bars::draw(view, input, area, buffer),
            Shows::Bars => meaning(view, input, area, buffer),
        }
    }

    fn draw_message(&self, message: &Message, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> bool {
        training::draw_live(message, input, area, buffer)
    }

    fn pointed(shared: &mut Shared, at: (f64, f64), how: Pointed) -> bool {
        let memory = shared.focused_mut();
        // Beside the bars, a press on the map turns to the map alone: that is where it can be worked with.
        if shows(memory) == Shows::Both {
            memory.mode = 1;
        }
        tools::point(memory, at, how)
    }

    fn work(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let order = bars::order(&view.factors);
        // On the map a row is an item: the whole sum is the focus item's.
        let row = if is_about_points(state) { 0 } else { row };
        (row < order.len()).then(|| arithmetic::of_factors(&view.factors, &order, row))
    }

    fn has_arithmetic(&self, view: &FactorsPaneView, state: &PaneState, row: usize) -> bool {
        let row = if is_about_points(state) { 0 } else { row };
        row < view.factors.factors.len()
    }

    fn export(&self, view: &FactorsPaneView) -> Export {
        if let (Some(map), Some(listed)) = (&view.map, &view.listed) {
            let mut table = Export::of_columns(["id", "label", "x", "y", "trust", "hubness"]);
            for point in listed.iter().filter_map(|at| map.points.get(*at as usize)) {
                let hubs = point.hubness.map(f64::from);
                table.rows.push(cells![
                    point.id.clone(),
                    point.label.clone(),
                    point.x,
                    point.y,
                    point.trust,
                    hubs
                ]);
            }
            return table;
        }
        let mut table = Export::of_columns(["factor", "name", view.factors.kind, "focus", "product"]);
        let focus = view.factors.focus.as_ref().map(|f| &f.2);
        for (n, own) in view.factors.factors.iter().enumerate() {
            let other = focus.and_then(|f| f.get(n)).copied();
            let name = view.name(n).map_or_else(String::new, |name| name.text.clone());
            table
                .rows
                .push(cells![n + 1, name, *own, other, other.map(|o| o * own)]);
        }
        table
    }
}

/// Rows are points of the map, not factors.
fn is_about_points(state: &PaneState) -> bool {
    matches!(shows(state), Shows::Map | Shows::List)
}

/// The factor under the cursor.
fn under(view: &FactorsPaneView, input: &PaneInput<'_>) -> Option<usize> {
    let row = input.rows.get(input.state.cursor).or(input.rows.get(0))?;
    bars::order(&view.factors).get(row).copied()
}

/// The bars, and below them what the factor under the cursor means.
fn meaning(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let factor = under(view, input);
    let described = factor.and_then(|f| Some((view.described(f)?, view.names.get(f)?)));
    let Some((described, name)) = described.filter(|_| area.height >= card::LINES + 6) else {
        return bars::draw(view, input, area, buffer);
    };
    let mut pen = Pen::new(buffer, area, input.theme);
    let place = pen.take_below(card::LINES);
    pen.take_below(1);
    card::draw(described, name, input.theme, place, pen.buffer());
    let place = pen.left();
    bars::draw(view, input, place, buffer)
}

/// The map left, the bars right, the training curve below them where there is room.
fn both(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let bars = (area.width * 2 / 5).clamp(20, 60);
    let [left, right] = beside(area, area.width - bars - 3, 3);
    let plane = map::draw(view, input, left, buffer);
    for y in area.top()..area.bottom() {
        let border = input.theme.style(Role::Border);
        put(buffer, area, left.right() + 1, y, input.theme.symbols().axis, border);
    }
    let mut pen = Pen::new(buffer, right, input.theme);
    let losses = view.factors.training.as_ref().filter(|(_, l)| l.len() > 1);
    let least = if view.described.is_some() { 22 + card::LINES } else { 22 };
    if let Some((name, losses)) = losses.filter(|_| area.height >= least) {
        let chart = pen.take_below(9);
        pen.take_below(1);
        training::draw(name, losses, input, chart, pen.buffer());
    }
    let place = pen.left();
    Drawn {
        plane,
        ..meaning(view, input, place, buffer)
    }
}

pub use names::FactorName;

#[cfg(test)]
mod tests;
