//! Strategies: what each would show the same newcomer, now.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Column, Content, Pen, draw_table, entity_key, plural};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::{StrategiesView, StrategyList};

/// Strategies side by side for one person.
#[derive(Default)]
pub struct Strategies;

impl Pane for Strategies {
    const ID: PaneId = PaneId("strategies");

    fn title(&self, view: Option<&StrategiesView>, _selection: &Selection) -> String {
        match view {
            None => "Strategies".to_owned(),
            Some(view) => format!("Strategies · after {}", plural(view.ratings, "rating")),
        }
    }

    fn rows(&self, view: &StrategiesView, _state: &PaneState) -> usize {
        view.strategies.len()
    }

    fn row_text(&self, view: &StrategiesView, _state: &PaneState, row: usize) -> String {
        view.strategies.get(row).map(|s| s.name.clone()).unwrap_or_default()
    }

    fn row_key(&self, view: &StrategiesView, _state: &PaneState, row: usize) -> u64 {
        let first = view.strategies.get(row).and_then(|s| s.items.first());
        first.map_or(row as u64, |item| entity_key(item.entity) ^ row as u64)
    }

    fn target(&self, view: &StrategiesView, _state: &PaneState, row: usize) -> Option<Target> {
        let strategy = view.strategies.get(row)?;
        // Enter lets it answer every pane, where it is a model.
        let is_model = !["stated", "bandit"].contains(&strategy.name.as_str());
        is_model.then(|| Target::Model(strategy.name.clone()))
    }

    fn draw(&self, view: &StrategiesView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let rows = view.strategies.len() as u16 + 1;
        if pen.lines_left() > rows && !view.stated.is_empty() {
            let text = format!("likes {}", view.stated.join(", "));
            pen.text(&theme.plain(&text), theme.style(Role::Muted));
        }
        let cursor = input.state.cursor.min(view.strategies.len().saturating_sub(1));
        let below = pen.lines_left().saturating_sub(rows);
        if let Some(strategy) = view.strategies.get(cursor).filter(|_| below >= 3) {
            let place = pen.take_below(below.min(strategy.items.len().max(1) as u16 + 1));
            list(strategy, cursor, input, &mut Pen::new(pen.buffer(), place, theme));
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn export(&self, view: &StrategiesView) -> Export {
        let mut table = Export::of_columns(["strategy", "rank", "id", "label"]);
        for strategy in &view.strategies {
            for (at, item) in strategy.items.iter().enumerate() {
                let (id, label) = (item.id.clone(), item.label.clone());
                table.rows.push(cells![strategy.name.clone(), at + 1, id, label]);
            }
        }
        table
    }
}

fn table(view: &StrategiesView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let columns = [
        Column::fixed("", 1),
        Column::flex("strategy", 10, 1).at_most(26),
        Column::flex("shows first", 12, 2),
        Column::fixed("as 1st", 6).right().optional(1),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let strategy = view.strategies.get(row)?;
        let (text, role) = match (&strategy.error, strategy.items.first()) {
            (Some(why), _) => (why.as_str(), Role::Warning),
            (None, Some(item)) => (item.label.as_str(), Role::Text),
            (None, None) => ("nothing", Role::Muted),
        };
        let shared = strategy
            .error
            .is_none()
            .then(|| format!("{}/{}", strategy.shared, strategy.items.len()));
        Some(vec![
            Content::styled(theme.marker(row), theme.style(Role::Series(row))),
            Content::text(theme.plain(&strategy.name).into_owned()),
            Content::styled(theme.plain(text).into_owned(), theme.style(role)),
            Content::styled(shared.unwrap_or_default(), theme.style(Role::Muted)),
        ])
    })
}

/// The whole list of the strategy under the cursor.
fn list(strategy: &StrategyList, series: usize, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let taken = strategy
        .branch
        .as_ref()
        .map_or_else(String::new, |branch| format!(" takes {branch}"));
    let name = strategy.name.split([':', '(']).next().unwrap_or(&strategy.name);
    pen.heading(&format!("{} {name}{taken}", theme.marker(series)));
    if let Some(why) = &strategy.error {
        return pen.paragraph("", why, 3, theme.style(Role::Warning));
    }
    for (at, item) in strategy.items.iter().enumerate() {
        if pen.lines_left() == 0 {
            return;
        }
        let rank = format!("{:>2} ", at + 1);
        pen.line(&[
            (rank.into(), theme.style(Role::Muted)),
            (theme.plain(&item.label).into_owned().into(), theme.style(Role::Text)),
        ]);
    }
}

#[cfg(test)]
mod tests;
