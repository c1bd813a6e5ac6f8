//! Users: how one model's accuracy is spread over people, how it does against the best of the others, and for whom it
//! fails.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::leaderboard::{MOST, by_heads, difference, model_key};
use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, Pen, Spans, draw_table, entity_key, fit, percent, put, spans_width, thousands,
    upright_bars, width, wrapped_message,
};
use super::{Cell, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::leaderboard::{BoardRow, LEAD, Measured, Spread, TestPerson};
use crate::answers::text::brief;
use crate::answers::{Entity, LeaderboardView};

/// The tested users by how well a model ranks for them.
#[derive(Default)]
pub struct Users;

/// How many modes there are: the best model, or one of so many rows of the board.
const MODES: usize = MOST + 1;

/// The row that is shown: mode 0 is the best, mode n the n-th of the board.
fn chosen<'a>(view: &'a LeaderboardView, state: &PaneState) -> Option<(&'a BoardRow, &'a Measured)> {
    let mode = state.mode % (view.rows.len() + 1);
    let at = mode.checked_sub(1).or_else(|| view.best())?;
    let row = view.rows.get(at)?;
    Some((row, row.measured.as_deref()?))
}

fn place_of(view: &LeaderboardView, state: &PaneState, row: usize) -> Option<usize> {
    let (_, measured) = chosen(view, state)?;
    measured.spread.order.get(row).map(|at| *at as usize)
}

fn person<'a>(view: &'a LeaderboardView, state: &PaneState, row: usize) -> Option<&'a TestPerson> {
    view.people.get(place_of(view, state, row)?)
}

impl Pane for Users {
    const ID: PaneId = PaneId("users");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, _view: Option<&LeaderboardView>, _selection: &Selection) -> String {
        "Users · nDCG@10, lowest first".to_owned()
    }

    fn min_size(&self) -> (u16, u16) {
        (20, 2)
    }

    fn modes(&self) -> usize {
        MODES
    }

    fn rows(&self, view: &LeaderboardView, state: &PaneState) -> usize {
        chosen(view, state).map_or(0, |(_, measured)| measured.spread.order.len())
    }

    fn row_text(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> String {
        person(view, state, row).map(|p| p.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> Option<Target> {
        person(view, state, row).map(|p| Target::Entity(Entity::User(p.user)))
    }

    fn row_key(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> u64 {
        // Of another model the list begins on top: nobody is looked for in it.
        let model = chosen(view, state).map_or(0, |(row, _)| model_key(&row.model));
        person(view, state, row).map_or(row as u64, |p| entity_key(Entity::User(p.user)) ^ model)
    }

    fn draw(&self, view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        match chosen(view, input.state) {
            Some((row, measured)) if !measured.by_user().is_empty() => shown(view, row, measured, input, area, buffer),
            Some((row, _)) => {
                let why = row.error().unwrap_or("nobody was tested");
                wrapped_message(buffer, area, &format!("{}: no figures: {why}", row.model), theme)
            }
            None => wrapped_message(buffer, area, "not measured yet", theme),
        }
    }

    fn export(&self, view: &LeaderboardView) -> Export {
        let measured: Vec<(&BoardRow, &[f64])> = view
            .rows
            .iter()
            .filter_map(|r| Some((r, r.measured.as_ref()?.by_user())))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let mut table = Export::of_columns(["user", "label", "test_items"]);
        table
            .columns
            .extend(measured.iter().map(|(row, _)| format!("{LEAD} {}", row.model)));
        for (n, person) in view.people.iter().enumerate() {
            let mut cells: Vec<Cell> = cells![person.id.clone(), person.label.clone(), person.test_items];
            cells.extend(measured.iter().map(|(_, values)| Cell::from(values.get(n).copied())));
            table.rows.push(cells);
        }
        table
    }
}

fn shown(
    view: &LeaderboardView,
    row: &BoardRow,
    measured: &Measured,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 4 {
        summary(row, measured, theme, &mut pen);
    }
    if pen.lines_left() >= 8 {
        let lines = (pen.lines_left() / 3).clamp(3, 8);
        let place = pen.take(lines);
        histogram(&measured.spread, theme, place, pen.buffer());
    }
    if pen.lines_left() >= 4 {
        against(view, row, theme, &mut pen);
    }
    let body = pen.left();
    table(view, row, measured, input, body, buffer)
}

/// `ease  median .4712  none found for 51 (5.4 %)`.
fn summary(row: &BoardRow, measured: &Measured, theme: &Theme, pen: &mut Pen<'_>) {
    let spread = &measured.spread;
    let (strong, muted) = (theme.style(Role::Strong), theme.style(Role::Muted));
    let users = spread.order.len();
    let [low, median, high] = spread.quartiles.map(|q| Figures::with(3).text(q));
    let median: Spans<'_> = vec![("  median ".into(), muted), (median.into(), theme.style(Role::Text))];
    let halves: Spans<'_> = vec![
        ("  half within ".into(), muted),
        (format!("{low} to {high}").into(), theme.style(Role::Text)),
    ];
    let none: Spans<'_> = vec![
        ("  no hit for ".into(), muted),
        (thousands(spread.zero as u64).into(), theme.style(Role::Text)),
        (
            format!(" ({})", percent(spread.zero as f64 / users.max(1) as f64)).into(),
            muted,
        ),
    ];
    let room = usize::from(pen.left().width);
    let model = theme.plain(&row.model);
    // A long formula is cut before the median and the count of users without a hit are.
    let least = width(&model).min(12);
    let mut figures = median;
    for more in [none, halves] {
        if least + spans_width(&figures) + spans_width(&more) <= room {
            figures.extend(more);
        }
    }
    let model = fit(
        &model,
        room.saturating_sub(spans_width(&figures)),
        theme.symbols().ellipsis,
    )
    .into_owned();
    let mut spans: Spans<'_> = vec![(model.into(), strong)];
    spans.extend(figures);
    pen.line(&spans);
}

/// How many users have how much: those with nothing apart, then ten bars to 1.
fn histogram(spread: &Spread, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 || area.width < 22 {
        return;
    }
    let counts: Vec<f64> = std::iter::once(spread.zero)
        .chain(spread.bins)
        .map(|n| n as f64)
        .collect();
    let pitch = (area.width / counts.len() as u16).min(8);
    let plot = Rect {
        width: pitch * counts.len() as u16,
        height: area.height - 1,
        ..area
    };
    let look = |n: usize| theme.style(if n == 0 { Role::Negative } else { Role::Series(0) });
    let bars = upright_bars(buffer, plot, &counts, theme, look);
    let label = |buffer: &mut Buffer, x: u16, text: &str| {
        let x = x.min(area.right().saturating_sub(width(text) as u16));
        put(buffer, area, x, plot.bottom(), text, theme.style(Role::Muted));
    };
    // Borders of the bars; 0 is exactly that.
    for (n, bar) in bars.iter().enumerate() {
        match n {
            0 => label(buffer, bar.x, "0"),
            10 => label(buffer, bar.right().saturating_sub(1), "1"),
            n if pitch >= 3 || n == 5 => label(buffer, bar.right().saturating_sub(1), &format!(".{n}")),
            _ => {}
        }
    }
}

/// Against the best of the others, user by user.
fn against(view: &LeaderboardView, row: &BoardRow, theme: &Theme, pen: &mut Pen<'_>) {
    let Some((other, paired)) = &row.against else { return };
    let muted = theme.style(Role::Muted);
    let other = view.rows.get(*other).map_or("", |r| r.model.as_str());
    let other = brief(other, theme.symbols().ellipsis);
    let mut spans: Spans<'_> = vec![
        (difference(paired).into(), theme.signed(paired.mean)),
        (format!(" against {}", theme.plain(&other)).into(), muted),
    ];
    let heads = format!("  {}", by_heads(paired));
    if spans_width(&spans) + width(&heads) <= usize::from(pen.left().width) {
        spans.push((heads.into(), muted));
        pen.line(&spans);
    } else {
        pen.line(&spans);
        if pen.lines_left() >= 8 {
            pen.text(&by_heads(paired), muted);
        }
    }
}

fn table(
    view: &LeaderboardView,
    row: &BoardRow,
    measured: &Measured,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let values = measured.by_user();
    let other = row.against.as_ref().and_then(|(at, _)| view.rows.get(*at));
    let others = other.and_then(|r| r.measured.as_ref()).map(|m| m.by_user());
    let mut columns = vec![
        Column::flex("user", 6, 3).at_most(30),
        Column::fixed("test items", 10).right().optional(1),
        Column::fixed("nDCG@10", 7).right(),
    ];
    if others.is_some() {
        columns.push(Column::fixed("against", 8).right().optional(2));
    }
    let figures = Figures::with(4);
    let cells = |position: usize| {
        let at = measured.spread.order.get(position).map(|at| *at as usize)?;
        let (person, value) = (view.people.get(at)?, values.get(at)?);
        let mut cells = vec![
            Content::text(theme.plain(&person.label).into_owned()),
            Content::styled(thousands(person.test_items as u64), theme.style(Role::Muted)),
            Content::styled(figures.text(*value), theme.style(Role::Strong)),
        ];
        if let Some(other) = others.and_then(|o| o.get(at)) {
            let difference = value - other;
            cells.push(Content::styled(figures.signed(difference), theme.signed(difference)));
        }
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
