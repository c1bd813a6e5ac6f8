use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::super::editing::rating_before;
use super::super::keymap::Keymap;
use super::super::state::{Overlay, Picking, State};
use super::lists::{choices, last_word, models};
use super::pages::{export, help, page, rating};
use crate::answers::{PickView, World};
use crate::models::imported::Import;
use crate::models::{Formula, ModelSpec};
use crate::panes::widgets::{
    centered, compact, fit, highlighted, popup, put, put_right, spans_in, text_field, thousands, width, wrap,
};
use crate::panes::{Drawn, Role, Theme, first_row};

/// What overlays are drawn from.
pub struct Scene<'a> {
    /// The state.
    pub state: &'a State,
    /// The data.
    pub world: &'a World,
    /// What the picker found.
    pub picks: Option<&'a PickView>,
    /// How wide the panes at the left edge are: the picker covers them and nothing else.
    pub first_column: u16,
    /// The keys.
    pub keymap: &'a Keymap,
    /// Colors.
    pub theme: &'a Theme,
}

/// Where the terminal's cursor belongs, and where rows went.
type Placed = (Option<Position>, Drawn);

/// Draws what lies on top into `body`; returns where the terminal's cursor belongs, where there is a text field, and where
/// its rows went.
pub fn draw(scene: &Scene<'_>, body: Rect, buffer: &mut Buffer) -> Placed {
    match scene.state.overlays.last() {
        Some(Overlay::Picker {
            picking, input, cursor, ..
        }) => return picker(scene, *picking, input, *cursor, body, buffer),
        Some(Overlay::Palette { input, cursor }) => return palette(scene, input, *cursor, body, buffer),
        Some(Overlay::Models { input, cursor, chosen }) => {
            return model_menu(scene, input, chosen.then_some(*cursor), body, buffer);
        }
        Some(Overlay::Help { scroll }) => help(scene, *scroll, body, buffer),
        Some(Overlay::Page { title, lines, scroll }) => page(scene, title, lines, *scroll, body, buffer),
        Some(Overlay::Rating {
            label,
            value,
            before,
            cell,
        }) => {
            let stored = rating_before(before, scene.world, cell);
            rating(scene, label, *value, stored, body, buffer);
        }
        Some(Overlay::Export) => export(scene, body, buffer),
        Some(Overlay::Filter { .. }) | None => {}
    }
    (None, Drawn::default())
}

/// The picker stands at the left edge, so that the panes beside it show the preview.
fn picker(
    scene: &Scene<'_>,
    picking: Picking,
    input: &Input,
    cursor: usize,
    body: Rect,
    buffer: &mut Buffer,
) -> Placed {
    let theme = scene.theme;
    let wide = scene.first_column.max(32).min(body.width);
    let area = Rect { width: wide, ..body };
    let title = match picking {
        Picking::User => "Users",
        Picking::Item => "Items",
        Picking::WhyNot => "Why not …?",
        Picking::Rate => "Rate an item",
    };
    let none = PickView::default();
    let view = scene.picks.unwrap_or(&none);
    let so_far = if view.growing { " so far" } else { "" };
    let (matches, total) = (thousands(view.matches as u64), thousands(view.total as u64));
    let note = format!("{matches}{so_far} of {total}");
    let inside = popup(buffer, area, title, &note, theme);
    let at = text_field(buffer, inside, "› ", input, theme);
    let list = Rect {
        y: inside.y + 1,
        height: inside.height.saturating_sub(1),
        ..inside
    };
    let first = first_row(0, cursor, usize::from(list.height), view.rows.len());
    for (n, row) in view.rows.iter().enumerate().skip(first).take(usize::from(list.height)) {
        let line = Rect {
            y: list.y + (n - first) as u16,
            height: 1,
            ..list
        };
        if n == cursor {
            buffer.set_style(line, theme.style(Role::Selection));
        }
        let count = compact(row.ratings as u64);
        let room = line.width.saturating_sub(width(&count) as u16 + 1);
        let spans = highlighted(
            &row.text,
            &row.matched,
            theme.style(Role::Text),
            theme.style(Role::Match),
        );
        spans_in(buffer, Rect { width: room, ..line }, &spans, theme.symbols().ellipsis);
        put_right(buffer, line, line.right(), line.y, &count, theme.style(Role::Muted));
    }
    let rows = view.rows.len().saturating_sub(first);
    (at, rows_at(list, rows, first))
}

/// Where rows went: as many lines of `list` as there are rows.
fn rows_at(list: Rect, rows: usize, first: usize) -> Drawn {
    let height = rows.min(usize::from(list.height)) as u16;
    Drawn {
        rows: Rect { height, ..list },
        first,
    }
}

fn palette(scene: &Scene<'_>, input: &Input, cursor: usize, body: Rect, buffer: &mut Buffer) -> Placed {
    let theme = scene.theme;
    let found = choices(scene.state, input.value());
    let area = centered(body, 84, (found.len() as u16).saturating_add(3).clamp(6, 26));
    let inside = popup(buffer, area, "Commands", "", theme);
    let at = text_field(buffer, inside, ": ", input, theme);
    let height = inside.height.saturating_sub(1);
    let first = first_row(0, cursor, usize::from(height), found.len());
    for (n, choice) in found.iter().enumerate().skip(first).take(usize::from(height)) {
        let y = inside.y + 1 + (n - first) as u16;
        let line = Rect::new(inside.x, y, inside.width, 1);
        if n == cursor {
            buffer.set_style(line, theme.style(Role::Selection));
        }
        let keys = scene.keymap.hint(choice.id);
        put_right(
            buffer,
            line,
            line.x + 8.min(line.width),
            y,
            &keys,
            theme.style(Role::Key),
        );
        let title = Rect {
            x: (line.x + 9).min(line.right()),
            width: line.width.saturating_sub(9).min(26),
            ..line
        };
        let spans = highlighted(
            &choice.title,
            &choice.matched,
            theme.style(Role::Text),
            theme.style(Role::Match),
        );
        spans_in(buffer, title, &spans, theme.symbols().ellipsis);
        let doc = Rect {
            x: (line.x + 36).min(line.right()),
            width: line.width.saturating_sub(36),
            ..line
        };
        let text = fit(choice.doc, usize::from(doc.width), theme.symbols().ellipsis);
        put(buffer, doc, doc.x, y, &text, doc.width, theme.style(Role::Muted));
    }
    let list = Rect::new(inside.x, inside.y + 1, inside.width, height);
    (at, rows_at(list, found.len().saturating_sub(first), first))
}

fn model_menu(scene: &Scene<'_>, input: &Input, cursor: Option<usize>, body: Rect, buffer: &mut Buffer) -> Placed {
    let theme = scene.theme;
    let found = models(input.value());
    let area = centered(body, 96, (found.len() as u16).saturating_add(9).clamp(8, 34));
    let inside = popup(buffer, area, "Model", "Enter takes it · Tab completes", theme);
    let at = text_field(buffer, inside, "= ", input, theme);
    let line = |n: u16| {
        Rect::new(
            inside.x,
            (inside.y + n).min(inside.bottom()),
            inside.width,
            u16::from(n < inside.height),
        )
    };
    let (text, role) = match Formula::parse(input.value()) {
        Ok(formula) => (
            format!("{} reads: {formula}", theme.symbols().checks[0]),
            Role::Positive,
        ),
        Err(error) => (format!("{} {error}", theme.symbols().checks[1]), Role::Warning),
    };
    let text = fit(&text, usize::from(inside.width), theme.symbols().ellipsis);
    put(
        buffer,
        line(1),
        inside.x,
        line(1).y,
        &text,
        inside.width,
        theme.style(role),
    );
    // The rows take what the description of the one under the cursor leaves.
    let word = last_word(input.value());
    let typed = || found.iter().position(|m| m.name == word);
    let about = found
        .get(cursor.or_else(typed).unwrap_or(0))
        .map_or(Vec::new(), |m| describe(m, usize::from(inside.width)));
    let below = (about.len() as u16 + 1).min(inside.height.saturating_sub(2) / 2);
    let rows = inside.height.saturating_sub(2 + below);
    let first = first_row(0, cursor.unwrap_or(0), usize::from(rows), found.len());
    for (n, model) in found.iter().enumerate().skip(first).take(usize::from(rows)) {
        let row = line(2 + (n - first) as u16);
        if cursor == Some(n) {
            buffer.set_style(row, theme.style(Role::Selection));
        }
        put(buffer, row, row.x + 1, row.y, model.name, 18, theme.style(Role::Strong));
        let title = fit(
            model.title,
            usize::from(row.width.saturating_sub(20)),
            theme.symbols().ellipsis,
        );
        put(
            buffer,
            row,
            row.x + 20,
            row.y,
            &title,
            row.width,
            theme.style(Role::Muted),
        );
    }
    for (n, text) in about.iter().enumerate().take(usize::from(below.saturating_sub(1))) {
        let row = line(2 + rows + 1 + n as u16);
        put(buffer, row, row.x, row.y, text, row.width, theme.style(Role::Text));
    }
    let list = Rect::new(inside.x, inside.y + 2, inside.width, rows);
    (at, rows_at(list, found.len().saturating_sub(first), first))
}

/// What the menu says of a model, in lines of at most `cells`.
fn describe(model: &ModelSpec, cells: usize) -> Vec<String> {
    let mut lines = wrap(model.summary, cells);
    if let Some(notice) = model.fit.import().and_then(Import::notice) {
        lines.extend(wrap(&notice, cells));
    }
    lines.push(fit(model.formula, cells, "…").into_owned());
    let parameters: Vec<String> = model
        .parameters
        .iter()
        .map(|p| format!("{}={}", p.name, p.default))
        .collect();
    if !parameters.is_empty() {
        lines.extend(wrap(&format!("parameters: {}", parameters.join(", ")), cells));
    }
    lines.extend(wrap(model.strengths, cells));
    lines
}
