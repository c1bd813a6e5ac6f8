//! An answer as a sheet: sentences, then sections of rows with figures and signed bars.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::answers::{Change, Entity};
use crate::panes::export::Export;
use crate::panes::theme::Role;
use crate::panes::widgets::{Extent, Figures, NONE, Pen, fit, put, put_right, thin_bar, width, wrap};
use crate::panes::{Cell, Drawn, PaneInput, first_row};

/// An answer, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Sentences at the top.
    pub head: Vec<(Role, String)>,
    sections: Vec<Section>,
    /// Every line below them: the section, and the row of it; none for its title.
    lines: Vec<(usize, Option<usize>)>,
}

/// A table under a title.
#[derive(Clone, Debug)]
pub struct Section {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Cells of each column, and of the widest label.
    widths: Vec<u16>,
    label: u16,
    reach: Extent,
}

/// A column of figures.
#[derive(Clone, Debug)]
pub struct Column {
    pub head: String,
    pub format: Format,
}

/// How the figures of a column are written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    Plain(Figures),
    /// With a sign also for what is above zero.
    Signed(Figures),
    /// Each as short as it is exact to four decimals.
    Each,
}

/// A row of a section.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: String,
    /// How far it is indented.
    pub depth: u16,
    pub role: Role,
    /// One a column.
    pub values: Vec<Option<f64>>,
    /// What its bar is long, to the left where negative; none without a bar.
    pub bar: Option<f64>,
    /// What it is about.
    pub about: Option<Entity>,
    /// What applying it changes.
    pub change: Option<Arc<Change>>,
}

impl Row {
    /// A row of figures.
    pub fn new(label: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        Self {
            label: label.into(),
            depth: 0,
            role: Role::Text,
            values,
            bar: None,
            about: None,
            change: None,
        }
    }
}

impl Format {
    fn text(self, value: Option<f64>) -> String {
        match (self, value) {
            (Self::Plain(figures), _) => figures.maybe(value),
            (Self::Signed(figures), Some(value)) => figures.signed(value),
            (Self::Each, Some(value)) => each(value),
            (_, None) => NONE.to_owned(),
        }
    }
}

/// A number to four decimals, without those that say nothing.
pub fn each(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "0" | "-0" if value != 0.0 => format!("{value:.1e}"),
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

impl Section {
    /// A table; `None` without rows.
    pub fn new(title: impl Into<String>, columns: Vec<Column>, rows: Vec<Row>) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let cells = |n: usize, column: &Column| {
            let texts = rows
                .iter()
                .map(|row| column.format.text(row.values.get(n).copied().flatten()));
            texts
                .map(|text| width(&text))
                .max()
                .unwrap_or(0)
                .max(width(&column.head)) as u16
        };
        let widths = columns.iter().enumerate().map(|(n, column)| cells(n, column)).collect();
        let label = rows
            .iter()
            .map(|row| width(&row.label) + usize::from(2 * row.depth))
            .max();
        Some(Self {
            title: title.into(),
            widths,
            label: label.unwrap_or(0).min(200) as u16,
            reach: Extent::of(rows.iter().filter_map(|row| row.bar)),
            columns,
            rows,
        })
    }

    /// The columns shown in `cells`, from which one on, and the cells of labels and bars: the last column and the label stay to
    /// the end, and a bar is worth more than the first columns.
    fn layout(&self, cells: u16) -> (usize, u16, u16) {
        let figures = |from: usize| self.widths[from..].iter().map(|w| w + 1).sum::<u16>();
        let has_bar = self.reach != Extent::default();
        let label = self.label.min(14);
        let last = self.columns.len().saturating_sub(1);
        let fits = |from: &usize, bar: u16| label + figures(*from) + bar <= cells;
        let bars = if has_bar { BAR + 1 } else { 0 };
        let with_bar = (0..=last).find(|from| fits(from, bars));
        let (from, bar) = match with_bar {
            Some(from) => {
                let spare = cells.saturating_sub(self.label + figures(from) + 1);
                (from, if has_bar { spare.clamp(BAR, 3 * BAR) } else { 0 })
            }
            None => ((0..=last).find(|from| fits(from, 0)).unwrap_or(last), 0),
        };
        let taken = figures(from.min(self.columns.len())) + if bar > 0 { bar + 1 } else { 0 };
        (from, cells.saturating_sub(taken), bar)
    }
}

/// The least cells of a bar.
const BAR: u16 = 8;

impl Sheet {
    /// Sentences over tables.
    pub fn new(head: Vec<(Role, String)>, sections: impl IntoIterator<Item = Option<Section>>) -> Self {
        let sections: Vec<Section> = sections.into_iter().flatten().collect();
        let lines = sections.iter().enumerate().flat_map(|(n, section)| {
            let rows = (0..section.rows.len()).map(move |row| (n, Some(row)));
            std::iter::once((n, None)).chain(rows)
        });
        Self {
            lines: lines.collect(),
            head,
            sections,
        }
    }

    /// How many lines there are below the sentences.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Where the cursor starts: on the first row, not on its title.
    pub fn first(&self) -> usize {
        usize::from(self.lines.len() > 1)
    }

    /// The row of a line; none for a title.
    pub fn row(&self, line: usize) -> Option<&Row> {
        let (section, row) = *self.lines.get(line)?;
        self.sections.get(section)?.rows.get(row?)
    }

    /// The text of a line.
    pub fn text(&self, line: usize) -> String {
        let title = || {
            self.lines
                .get(line)
                .and_then(|(n, _)| self.sections.get(*n))
                .map(|s| s.title.clone())
        };
        self.row(line)
            .map(|row| row.label.clone())
            .or_else(title)
            .unwrap_or_default()
    }

    /// What stays the same while figures change.
    pub fn key(&self, line: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        let section = self.lines.get(line).map_or(0, |(section, _)| *section);
        let row = self.row(line);
        (
            section,
            self.text(line),
            row.map(|r| r.depth),
            row.and_then(|r| r.about),
        )
            .hash(&mut hasher);
        hasher.finish()
    }

    /// All of it as a table: a column for each head, empty where a section has no such figure.
    pub fn export(&self) -> Export {
        let mut heads: Vec<&str> = Vec::new();
        for column in self.sections.iter().flat_map(|s| &s.columns) {
            if !heads.contains(&column.head.as_str()) {
                heads.push(&column.head);
            }
        }
        let mut table = Export::of_columns(["section", "label"].into_iter().chain(heads.iter().copied()));
        for section in &self.sections {
            for row in &section.rows {
                let mut cells: Vec<Cell> = vec![section.title.as_str().into(), row.label.as_str().into()];
                cells.extend(heads.iter().map(|head| {
                    let at = section.columns.iter().position(|c| c.head == *head);
                    Cell::from(at.and_then(|at| row.values.get(at).copied().flatten()))
                }));
                table.rows.push(cells);
            }
        }
        table
    }

    /// Draws the sentences, as far as they leave half of the area to the rows, and the rows around the cursor.
    pub fn draw(&self, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let cells = usize::from(area.width).max(1);
        let sentences = self.head.iter().flat_map(|(role, text)| {
            let lines = wrap(&theme.plain(text), cells).into_iter();
            lines.map(move |line| (*role, line))
        });
        let mut sentences: Vec<(Role, String)> = sentences.collect();
        let kept = usize::from(area.height).saturating_sub(self.len().min(usize::from(area.height / 2)));
        if sentences.len() > kept {
            sentences.truncate(kept);
            if let Some((_, last)) = sentences.last_mut() {
                let dots = theme.symbols().ellipsis;
                *last = format!("{}{dots}", fit(&format!("{last} "), cells.saturating_sub(1), ""));
            }
        }
        for (role, line) in &sentences {
            pen.text(line, theme.style(*role));
        }
        let body = pen.left();
        let height = usize::from(body.height);
        let cursor = input.state.cursor.min(input.rows.len().saturating_sub(1));
        let first = first_row(input.state.offset, cursor, height, input.rows.len());
        for (position, line) in input.rows.window(first, height) {
            let place = Rect {
                y: body.y + (position - first) as u16,
                height: 1,
                ..body
            };
            if position == cursor {
                buffer.set_style(place, input.cursor_style());
            }
            self.draw_line(line, place, input, buffer);
        }
        let shown = input.rows.len().saturating_sub(first).min(height) as u16;
        Drawn {
            rows: Rect { height: shown, ..body },
            first,
            ..Drawn::default()
        }
    }

    fn draw_line(&self, line: usize, place: Rect, input: &PaneInput<'_>, buffer: &mut Buffer) {
        let theme = input.theme;
        let Some((section, row)) = self.lines.get(line).map(|(n, row)| (&self.sections[*n], *row)) else {
            return;
        };
        let row = row.map(|at| &section.rows[at]);
        let (from, label, bar) = section.layout(place.width);
        let (text, style) = match row {
            Some(row) => {
                let indent = " ".repeat(usize::from(2 * row.depth));
                (format!("{indent}{}", row.label), theme.style(row.role))
            }
            None => (section.title.clone(), theme.style(Role::Title)),
        };
        let text = theme.plain(&text).into_owned();
        let text = fit(&text, usize::from(label), theme.symbols().ellipsis);
        put(buffer, place, place.x, place.y, &text, style);
        let mut x = place.x + label;
        for (n, column) in section.columns.iter().enumerate().skip(from) {
            let end = (x + 1 + section.widths[n]).min(place.right());
            let last = n + 1 == section.columns.len();
            match row {
                Some(row) => {
                    let value = row.values.get(n).copied().flatten();
                    let style = match (column.format, value) {
                        (Format::Signed(_), Some(value)) => theme.signed(value),
                        _ if last => theme.style(Role::Strong),
                        _ => theme.style(Role::Muted),
                    };
                    put_right(
                        buffer,
                        place,
                        end,
                        place.y,
                        &theme.plain(&column.format.text(value)),
                        style,
                    );
                }
                None => {
                    put_right(buffer, place, end, place.y, &column.head, theme.style(Role::Header));
                }
            }
            x = end;
        }
        if let Some(value) = row.and_then(|row| row.bar).filter(|_| bar > 0) {
            let cell = Rect {
                x: x + 1,
                width: bar.min(place.right().saturating_sub(x + 1)),
                ..place
            };
            let style = theme.signed(value);
            let style = style.remove_modifier(ratatui::style::Modifier::REVERSED);
            thin_bar(buffer, cell, value, section.reach, theme, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_exact() {
        for (value, text) in [
            (0.5, "0.5"),
            (4.0, "4"),
            (0.123_46, "0.1235"),
            (-0.0, "0"),
            (1e-7, "1.0e-7"),
            (f64::NAN, NONE),
        ] {
            assert_eq!(each(value), text);
        }
    }

    #[test]
    fn first_columns_go_before_the_bar_and_the_label_stays() {
        let column = |head: &str| Column {
            head: head.to_owned(),
            format: Format::Each,
        };
        let mut row = Row::new("a label of some length", vec![Some(0.25), Some(0.5), Some(-0.25)]);
        row.bar = Some(-0.25);
        let section = Section::new(
            "parts",
            vec![column("item"), column("cut"), column("difference")],
            vec![row],
        );
        let section = section.unwrap();
        // Columns of 4, 3 and 10 cells, with a blank before each.
        for (cells, from, label, bar) in [
            (80, 0, 35, 24),
            (45, 0, 16, 8),
            (40, 1, 16, 8),
            (34, 2, 14, 8),
            (30, 1, 15, 0),
            (9, 2, 0, 0),
        ] {
            assert_eq!(section.layout(cells), (from, label, bar), "{cells}");
        }
        assert!(Section::new("nothing", vec![], vec![]).is_none());
    }
}
