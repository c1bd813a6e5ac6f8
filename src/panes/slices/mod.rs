//! Slices: the leading measure of every model over groups of users, shaded, the worst group of each model marked.

mod question;

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, NONE, Pen, Spans, draw_table, reach, shade_of, shades, thousands, width, wrapped_message,
};
use super::{Cell, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::LeaderboardView;
use crate::answers::leaderboard::LEAD;
use crate::answers::text::brief;
use crate::evaluate::slices::SliceRow;

/// For whom models do well.
#[derive(Default)]
pub struct Slices;

impl Pane for Slices {
    const ID: PaneId = PaneId("slices");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&LeaderboardView>, _selection: &Selection) -> String {
        match view.map(|view| view.slices.len()) {
            Some(n) if n > 0 => format!("Slices · {LEAD} by group of users · {n}"),
            _ => format!("Slices · {LEAD} by group of users"),
        }
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 3)
    }

    fn rows(&self, view: &LeaderboardView, _: &PaneState) -> usize {
        view.slices.len()
    }

    fn row_text(&self, view: &LeaderboardView, _: &PaneState, row: usize) -> String {
        view.slices.get(row).map(name).unwrap_or_default()
    }

    fn row_key(&self, view: &LeaderboardView, _: &PaneState, row: usize) -> u64 {
        let Some(slice) = view.slices.get(row) else {
            return row as u64;
        };
        let mut hasher = DefaultHasher::new();
        (&slice.by, &slice.slice).hash(&mut hasher);
        hasher.finish()
    }

    fn draw(&self, view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.slices.is_empty() {
            let said = if view.size.is_some() {
                "no group of users is large enough to be looked at by itself"
            } else {
                "not measured yet"
            };
            return wrapped_message(buffer, area, said, theme);
        }
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 6 {
            let place = pen.take_below(1);
            legend(view, theme, &mut Pen::new(pen.buffer(), place, theme));
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn arithmetic(&self, view: &LeaderboardView, _: &PaneState, row: usize) -> Option<Vec<String>> {
        let slice = view.slices.get(row)?;
        let users = thousands(slice.users as u64);
        let mut lines = vec![format!("{}: {users} users", name(slice)), String::new()];
        let figures = Figures::with(6);
        for (model, (mean, worst)) in view.rows.iter().zip(slice.means.iter().zip(&slice.worst)) {
            let mark = if *worst { "  the worst group of this model" } else { "" };
            lines.push(format!("{:>9}  {}{mark}", figures.maybe(*mean), model.model));
        }
        lines.push(String::new());
        lines.push(format!(
            "the mean of the users' own {LEAD}; groups may overlap those of another kind"
        ));
        Some(lines)
    }

    fn export(&self, view: &LeaderboardView) -> Export {
        let mut table = Export::of_columns(["by", "slice", "users"]);
        table
            .columns
            .extend(view.rows.iter().map(|row| format!("{LEAD} {}", row.model)));
        for slice in view.slices.iter() {
            let mut cells: Vec<Cell> = cells![slice.by.clone(), slice.slice.clone(), slice.users];
            cells.extend(slice.means.iter().map(|mean| Cell::from(*mean)));
            table.rows.push(cells);
        }
        table
    }
}

/// `ratings 21 to 64`.
fn name(slice: &SliceRow) -> String {
    format!("{} {}", slice.by, slice.slice)
}

/// From where on each shade is, and the highest: all figures in four parts of equal width.
fn range(view: &LeaderboardView) -> Option<(f64, f64)> {
    reach(
        view.slices
            .iter()
            .flat_map(|slice| slice.means.iter().flatten())
            .copied(),
    )
}

fn legend(view: &LeaderboardView, theme: &Theme, pen: &mut Pen<'_>) {
    let muted = theme.style(Role::Muted);
    let Some((low, high)) = range(view) else { return };
    let shades = shades(theme);
    let figures = Figures::with(3);
    let spans: Spans<'_> = vec![
        (format!("{} ", figures.text(low)).into(), muted),
        (shades.concat().into(), theme.style(Role::Series(0))),
        (format!(" {}  ", figures.text(high)).into(), muted),
        (theme.symbols().moves[1].into(), theme.style(Role::Negative)),
        (" worst group of its model".into(), muted),
    ];
    pen.line(&spans);
}

fn table(view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let shades = shades(theme);
    let range = range(view).unwrap_or((0.0, 1.0));
    let shown: Vec<usize> = (0..view.rows.len())
        .filter(|n| view.rows[*n].measured.is_some())
        .collect();
    let names: Vec<String> = shown
        .iter()
        .map(|n| {
            let model = brief(&view.rows[*n].model, theme.symbols().ellipsis);
            theme.plain(&model).into_owned()
        })
        .collect();
    let longest = view.slices.iter().map(|slice| width(&name(slice))).max().unwrap_or(0) as u16;
    let mut columns = vec![
        Column::flex("users by", 12, 3).at_most(longest.max(12)),
        Column::fixed("users", 6).right().optional(9),
    ];
    for (n, name) in names.iter().enumerate() {
        let cells = (width(name) as u16).clamp(7, 11);
        // The first models stay longest.
        columns.push(Column::fixed(name.as_str(), cells).right().optional(n.min(7) as u8));
    }
    let figures = Figures::with(4);
    let cells = |position: usize| {
        let slice = view.slices.get(position)?;
        let mut cells = vec![
            Content::text(theme.plain(&name(slice)).into_owned()),
            Content::styled(thousands(slice.users as u64), theme.style(Role::Muted)),
        ];
        for n in &shown {
            let mean = slice.means.get(*n).copied().flatten();
            let is_worst = slice.worst.get(*n).copied().unwrap_or(false);
            cells.push(match mean {
                None => Content::styled(NONE, theme.style(Role::Muted)),
                Some(mean) => {
                    let role = if is_worst { Role::Negative } else { Role::Text };
                    let shade = if is_worst {
                        theme.symbols().moves[1]
                    } else {
                        shades[shade_of(mean, range)]
                    };
                    Content::styled(format!("{} {shade}", figures.text(mean)), theme.style(role))
                }
            });
        }
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
