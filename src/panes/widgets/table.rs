use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::super::PaneInput;
use super::super::rows::{Drawn, first_row};
use super::super::theme::Role;
use super::bars::{Extent, stacked_bar};
use super::text::{cut, fit, put, width};

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    header: Cow<'a, str>,
    right: bool,
    min: u16,
    /// Share of the space left over; 0 for a column that keeps its least width.
    weight: u16,
    max: u16,
    /// In a narrow table columns of higher rank go first; rank 0 stays to the end.
    rank: u8,
    /// The mode of the pane in which rows are ranked by it.
    mode: Option<usize>,
}

impl<'a> Column<'a> {
    /// A column of exactly `cells`.
    pub fn fixed(header: impl Into<Cow<'a, str>>, cells: u16) -> Self {
        Self {
            header: header.into(),
            right: false,
            min: cells,
            weight: 0,
            max: cells,
            rank: 0,
            mode: None,
        }
    }

    /// A column of at least `min` cells that takes its share of what is left over.
    pub fn flex(header: impl Into<Cow<'a, str>>, min: u16, weight: u16) -> Self {
        Self {
            weight,
            max: u16::MAX,
            ..Self::fixed(header, min)
        }
    }

    /// The least cells it takes.
    pub fn least(&self) -> u16 {
        self.min
    }

    /// Leans to the right.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Takes at most `cells`.
    #[must_use]
    pub fn at_most(mut self, cells: u16) -> Self {
        self.max = cells;
        self
    }

    /// A click on its head turns the pane to `mode`.
    #[must_use]
    pub fn ranks(mut self, mode: usize) -> Self {
        self.mode = Some(mode);
        self
    }

    /// May be left out of a narrow table; higher ranks go first.
    #[must_use]
    pub fn optional(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }
}

/// Draws into the area of a cell.
pub type Paint<'a> = dyn Fn(Rect, &mut Buffer) + 'a;

/// What stands in one cell of a table.
pub enum Content<'a> {
    Empty,
    /// A text, cut where it does not fit.
    Text(Cow<'a, str>, Style),
    /// Texts one after the other (highlighted matches, units in a lesser color).
    Spans(Vec<(Cow<'a, str>, Style)>),
    Stacked(Cow<'a, [f64]>, Extent),
    /// Anything else, drawn into the cell's area.
    Paint(Box<Paint<'a>>),
}

impl<'a> Content<'a> {
    /// Whether it is a bar or a curve, and no text.
    fn is_drawn(&self) -> bool {
        matches!(self, Self::Stacked(..) | Self::Paint(_))
    }

    /// A text in the row's own style.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into(), Style::new())
    }

    /// A text in a style.
    pub fn styled(text: impl Into<Cow<'a, str>>, style: Style) -> Self {
        Self::Text(text.into(), style)
    }
}

/// Draws the heads of a table (where there is more than one line) and its rows around the cursor. `cells` gives the contents
/// of a row, one a column; only what is shown is asked for: a frame costs O(visible cells), however many rows there are.
pub fn draw_table<'c>(
    columns: &[Column<'_>],
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
    mut cells: impl FnMut(usize) -> Option<Vec<Content<'c>>>,
) -> Drawn {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return Drawn::default();
    }
    let places = places(columns, area.width);
    let mut body = area;
    let mut heads = Vec::new();
    if area.height >= 2 {
        heads = draw_heads(columns, input, area, &places, buffer);
        body.y += 1;
        body.height -= 1;
    }
    let cursor = input.state.cursor.min(input.rows.len().saturating_sub(1));
    let height = usize::from(body.height);
    let first = first_row(input.state.offset, cursor, height, input.rows.len());
    for (position, row) in input.rows.window(first, height) {
        let line = Rect {
            y: body.y + (position - first) as u16,
            height: 1,
            ..body
        };
        if position == cursor {
            buffer.set_style(line, input.cursor_style());
        }
        for ((content, column), place) in cells(row).into_iter().flatten().zip(columns).zip(&places) {
            if let Some((x, cells)) = *place {
                let cell = Rect::new(line.x + x, line.y, cells, 1);
                if content.is_drawn() {
                    // Reversed, a full block would be a hole and the patterns each other's.
                    buffer.set_style(cell, Style::new().remove_modifier(Modifier::REVERSED));
                }
                draw_cell(buffer, cell, &content, column.right, input);
            }
        }
    }
    let shown = input.rows.len().saturating_sub(first).min(height) as u16;
    Drawn {
        rows: Rect { height: shown, ..body },
        first,
        heads,
        ..Drawn::default()
    }
}

/// Draws the heads; returns where those stand that a click is possible on, and which mode each means.
fn draw_heads(
    columns: &[Column<'_>],
    input: &PaneInput<'_>,
    area: Rect,
    places: &[Option<(u16, u16)>],
    buffer: &mut Buffer,
) -> Vec<(Rect, usize)> {
    let style = input.theme.style(Role::Header);
    let mut heads = Vec::new();
    for (column, place) in columns.iter().zip(places) {
        if let Some((x, cells)) = *place {
            let cell = Rect::new(area.x + x, area.y, cells, 1);
            let content = Content::styled(column.header.as_ref(), style);
            draw_cell(buffer, cell, &content, column.right, input);
            heads.extend(column.mode.map(|mode| (cell, mode)));
        }
    }
    heads
}

fn draw_cell(buffer: &mut Buffer, cell: Rect, content: &Content<'_>, right: bool, input: &PaneInput<'_>) {
    let theme = input.theme;
    match content {
        Content::Empty => {}
        Content::Text(text, style) => {
            let text = fit(text, usize::from(cell.width), theme.symbols().ellipsis);
            let spare = cell.width.saturating_sub(width(&text) as u16);
            let gap = if right { spare } else { 0 };
            put(buffer, cell, cell.x + gap, cell.y, &text, *style);
        }
        Content::Spans(spans) => spans_in(buffer, cell, spans, theme.symbols().ellipsis),
        Content::Stacked(parts, reach) => stacked_bar(buffer, cell, parts, *reach, theme),
        Content::Paint(paint) => paint(cell, buffer),
    }
}

/// Writes texts one after the other into the first line of `cell`; what does not fit ends in `ellipsis`.
pub fn spans_in(buffer: &mut Buffer, cell: Rect, spans: &[(Cow<'_, str>, Style)], ellipsis: &str) {
    let mut x = cell.x;
    let mut rest: usize = spans.iter().map(|(text, _)| width(text)).sum();
    for (text, style) in spans {
        let room = cell.right().saturating_sub(x);
        let wide = width(text);
        if rest > usize::from(room) && wide >= usize::from(room) {
            let start = cut(text, usize::from(room).saturating_sub(1));
            x += put(buffer, cell, x, cell.y, start, *style);
            put(buffer, cell, x, cell.y, ellipsis, *style);
            return;
        }
        rest -= wide;
        x += put(buffer, cell, x, cell.y, text, *style);
    }
}

/// The parts of `text` with the letters at `hits` (indices of characters, ascending) in `found`, the others in `plain`.
pub fn highlighted<'a>(text: &'a str, hits: &[usize], plain: Style, found: Style) -> Vec<(Cow<'a, str>, Style)> {
    let mut spans: Vec<(Cow<'a, str>, Style)> = Vec::new();
    let mut start = 0;
    let mut lit = None;
    for (n, (at, _)) in text.char_indices().enumerate() {
        let now = hits.binary_search(&n).is_ok();
        if lit.is_some_and(|before| before != now) {
            spans.push((Cow::Borrowed(&text[start..at]), if now { plain } else { found }));
            start = at;
        }
        lit = Some(now);
    }
    if start < text.len() {
        let style = if lit == Some(true) { found } else { plain };
        spans.push((Cow::Borrowed(&text[start..]), style));
    }
    spans
}

/// Where each column stands (offset and cells), one blank between columns; `None` for those left out.
fn places(columns: &[Column<'_>], cells: u16) -> Vec<Option<(u16, u16)>> {
    let mut shown: Vec<bool> = vec![true; columns.len()];
    let needed = |shown: &[bool]| {
        let kept = || {
            columns
                .iter()
                .zip(shown)
                .filter(|(_, s)| **s)
                .map(|(c, _)| usize::from(c.min))
        };
        kept().sum::<usize>() + kept().count().saturating_sub(1)
    };
    while needed(&shown) > usize::from(cells) {
        let optional = (0..columns.len()).filter(|&n| shown[n] && columns[n].rank > 0);
        match optional.max_by_key(|&n| (columns[n].rank, n)) {
            Some(n) => shown[n] = false,
            None => break,
        }
    }
    let widths = widths(columns, &shown, usize::from(cells).saturating_sub(needed(&shown)));
    let mut x = 0;
    let mut place = |n: usize| {
        if !shown[n] || x >= cells {
            return None;
        }
        let wide = widths[n].min(cells - x);
        let at = x;
        x = x.saturating_add(wide).saturating_add(1);
        Some((at, wide))
    };
    (0..columns.len()).map(&mut place).collect()
}

/// Least widths, and what is left over shared by weight, nobody beyond its limit.
fn widths(columns: &[Column<'_>], shown: &[bool], spare: usize) -> Vec<u16> {
    let mut widths: Vec<u16> = columns.iter().map(|c| c.min).collect();
    let mut spare = spare;
    loop {
        let growing: Vec<usize> = (0..columns.len())
            .filter(|&n| shown[n] && columns[n].weight > 0 && widths[n] < columns[n].max)
            .collect();
        let weights: usize = growing.iter().map(|&n| usize::from(columns[n].weight)).sum();
        if spare == 0 || weights == 0 {
            return widths;
        }
        let before = spare;
        for &n in &growing {
            let share = (before * usize::from(columns[n].weight) / weights).max(1).min(spare);
            let taken = share.min(usize::from(columns[n].max - widths[n]));
            widths[n] += taken as u16;
            spare -= taken;
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
