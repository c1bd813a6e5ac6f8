//! What all ranked lists have in common: the title, the rows, a bar of its parts behind every score, how rows moved.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::answers::{Entity, HybridRow, Moved, RecommendRow};
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Column, Content, Extent, Figures, NONE, Pen, draw_table, entity_key, thousands, width};
use crate::panes::{Drawn, PaneInput, Target};

/// A row of a ranked list, whatever list it is.
pub struct Line<'a> {
    pub rank: usize,
    pub entity: Entity,
    pub label: &'a str,
    pub score: f64,
    pub parts: &'a [f64],
    pub moved: Option<Moved>,
    /// The rank before, where that is told beside how far it moved.
    pub was: Option<usize>,
    /// How many ratings it has, where that is known.
    pub ratings: Option<usize>,
    pub seen: bool,
}

/// A row that stands in a ranked list.
pub trait Listed {
    /// What is shown of it.
    fn line(&self) -> Line<'_>;
}

impl Listed for RecommendRow {
    fn line(&self) -> Line<'_> {
        Line {
            rank: self.rank,
            entity: self.entity,
            label: &self.label,
            score: self.score,
            parts: &self.parts,
            moved: self.moved,
            was: None,
            ratings: Some(self.ratings),
            seen: self.seen,
        }
    }
}

impl Listed for HybridRow {
    fn line(&self) -> Line<'_> {
        Line {
            rank: self.rank,
            entity: self.entity,
            label: &self.label,
            score: self.score,
            parts: &self.parts,
            moved: Some(self.moved),
            was: self.old_rank,
            ratings: None,
            seen: false,
        }
    }
}

impl<'a> Line<'a> {
    /// What its bar stacks: how far the score is above where bars start, else its parts, else itself.
    fn stack(&self, start: Option<f64>) -> Cow<'a, [f64]> {
        match start {
            Some(start) => vec![(self.score - start).max(0.0)].into(),
            None if self.parts.is_empty() => vec![self.score].into(),
            None => self.parts.into(),
        }
    }
}

/// The title: how many of how many, and in which unit.
pub fn title(name: &str, shown: usize, all: usize, unit: &str) -> String {
    let of = if shown < all {
        format!(" · {} of {}", thousands(shown as u64), thousands(all as u64))
    } else {
        String::new()
    };
    format!("{name}{of} · {unit}")
}

/// The text of a row that `/` looks in.
pub fn text<R: Listed>(rows: &[R], row: usize) -> String {
    rows.get(row).map(|r| r.line().label.to_owned()).unwrap_or_default()
}

/// What a row is about.
pub fn target<R: Listed>(rows: &[R], row: usize) -> Option<Target> {
    rows.get(row).map(|r| Target::Entity(r.line().entity))
}

/// What a row is known by while the list changes.
pub fn key<R: Listed>(rows: &[R], row: usize) -> u64 {
    rows.get(row).map_or(row as u64, |r| entity_key(r.line().entity))
}

/// What is to be known of the list, below it.
pub fn note(note: Option<&String>, theme: &Theme, pen: &mut Pen<'_>) {
    if let Some(note) = note.filter(|_| pen.lines_left() >= 5) {
        pen.paragraph("", &theme.plain(note), 3, theme.style(Role::Muted));
    }
}

/// The name of a component without its weight: `0.6*item-knn:k=20` → (`0.6`, `item-knn:k=20`).
pub fn weight_and_name(component: &str) -> (&str, &str) {
    component
        .split_once('*')
        .map_or(("", component), |(w, n)| (w.trim(), n.trim()))
}

/// How many rows bars and decimals are fitted to: a list may be as long as the catalog.
const FITTED: usize = 200;

/// A ranked list.
pub struct Table<'a, R> {
    pub rows: &'a [R],
    /// The components that the parts of a score are of.
    pub components: &'a [String],
    /// The head of the names.
    pub what: &'static str,
    /// The head of how many ratings a row has; none where that is not told.
    pub raters: Option<&'static str>,
    /// Rows tell how they moved.
    pub moves: bool,
    /// And which rank they had.
    pub was: bool,
}

/// Which columns there is room for, and where bars start.
struct Room<'a> {
    raters: bool,
    parts: Vec<Column<'a>>,
    start: Option<f64>,
}

impl<R: Listed> Table<'_, R> {
    fn fitted(&self) -> impl Iterator<Item = Line<'_>> {
        self.rows.iter().take(FITTED).map(Listed::line)
    }

    /// Draws the rows that fit.
    pub fn draw(&self, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let figures = Figures::of(self.fitted().map(|r| r.score));
        let part_figures = Figures::of(self.fitted().flat_map(|r| r.parts).copied());
        let rank = (thousands(self.rows.len() as u64).len() as u16).max(2);
        let score = figures.width(self.fitted().map(|r| r.score)).max(5);
        let old = |line: &Line<'_>| line.was.map_or_else(|| NONE.to_owned(), |old| thousands(old as u64));
        let was = self.fitted().map(|r| width(&old(&r)) as u16).max().unwrap_or(1).max(3);
        let moved = if self.was { 4 } else { 3 };
        let base = rank + score + 2 + if self.moves { moved + 1 } else { 0 } + if self.was { was } else { 0 };
        let room = self.room(i32::from(area.width) - i32::from(base) - 30 - 13, part_figures);
        let reach = Extent::of_stacks(self.fitted().map(|r| r.stack(room.start)));
        let label = area.width.saturating_sub(base).clamp(8, 16);
        let mut columns = vec![Column::fixed("#", rank).right()];
        if self.was {
            columns.push(Column::fixed("was", was).right().optional(2));
        }
        if self.moves {
            columns.push(Column::fixed(if theme.is_ascii() { "+-" } else { "±" }, moved).optional(1));
        }
        columns.push(Column::flex(self.what, label, 3).at_most(64));
        if let Some(raters) = self.raters.filter(|_| room.raters) {
            columns.push(Column::fixed(raters, 7).right());
        }
        columns.push(Column::fixed("score", score).right());
        columns.extend(room.parts);
        let has_parts = columns.len();
        let bars = match room.start {
            Some(start) => format!("from {}", figures.text(start)),
            None if self.components.is_empty() => String::new(),
            None => "parts".to_owned(),
        };
        columns.push(Column::flex(bars, 8, 2).optional(3));
        let cells = |row: usize| {
            let line = self.rows.get(row)?.line();
            let mut cells = vec![Content::styled(line.rank.to_string(), theme.style(Role::Muted))];
            if self.was {
                cells.push(Content::styled(old(&line), theme.style(Role::Muted)));
            }
            if self.moves {
                cells.push(move_mark(line.moved, theme));
            }
            let seen = if line.seen {
                theme.style(Role::Muted)
            } else {
                Style::new()
            };
            cells.push(Content::styled(theme.plain(line.label).into_owned(), seen));
            if self.raters.is_some() && room.raters {
                let ratings = line.ratings.map_or_else(String::new, |n| thousands(n as u64));
                cells.push(Content::styled(ratings, theme.style(Role::Muted)));
            }
            cells.push(Content::styled(figures.text(line.score), theme.style(Role::Strong)));
            for n in 0..has_parts - cells.len() {
                let text = line.parts.get(n).map(|p| part_figures.text(*p)).unwrap_or_default();
                cells.push(Content::styled(text, theme.style(Role::Series(n))));
            }
            cells.push(Content::Stacked(line.stack(room.start), reach));
            Some(cells)
        };
        draw_table(&columns, input, area, buffer, cells)
    }

    /// Titles come first: figures are shown where they leave 30 cells for them, and the bars 12; `spare` are those left then.
    fn room(&self, spare: i32, figures: Figures) -> Room<'_> {
        let cells = figures.width(self.fitted().flat_map(|r| r.parts).copied());
        let parts: Vec<Column<'_>> = self.components.iter().map(|c| part_column(c, cells)).collect();
        let raters = if self.raters.is_some() { 8 } else { 0 };
        let wide = parts.iter().map(|c| i32::from(c.least()) + 1).sum::<i32>();
        Room {
            raters: spare >= raters,
            parts: if spare >= raters + wide { parts } else { Vec::new() },
            start: self.bar_start(),
        }
    }

    /// Where the bars of a lone model start, where they would all look alike from 0: a quarter of the scores' range below the
    /// lowest that bars are fitted to.
    fn bar_start(&self) -> Option<f64> {
        let scores = || self.fitted().map(|r| r.score);
        let (low, high) = (
            scores().fold(f64::INFINITY, f64::min),
            scores().fold(f64::NEG_INFINITY, f64::max),
        );
        let alike = self.components.is_empty() && low > 0.0 && high > low && low > 0.7 * high;
        alike.then_some(low - (high - low) / 4.0)
    }
}

/// The column of a component's shares.
fn part_column(component: &str, figures: u16) -> Column<'_> {
    let name = weight_and_name(component).1;
    let name = name.split(':').next().unwrap_or(name);
    Column::fixed(name, (width(name) as u16).max(figures).min(14)).right()
}

/// `▲3`, `▼1`, `=`, `★`.
fn move_mark<'a>(moved: Option<Moved>, theme: &Theme) -> Content<'a> {
    let [up, down, same, new] = theme.symbols().moves;
    match moved {
        None => Content::Empty,
        Some(Moved::New) => Content::styled(new, theme.style(Role::Edited)),
        Some(Moved::By(0)) => Content::styled(same, theme.style(Role::Muted)),
        Some(Moved::By(n)) => {
            let (mark, role) = if n > 0 {
                (up, Role::Positive)
            } else {
                (down, Role::Negative)
            };
            Content::styled(format!("{mark}{}", n.unsigned_abs()), theme.style(role))
        }
    }
}
