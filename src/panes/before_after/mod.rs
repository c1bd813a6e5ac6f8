//! Before and after: what the edits do to a list and to the neighbors; or, in the other view, the rank of an item after every
//! event of a history.

mod history;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Column, Content, Figures, Pen, draw_table, entity_key, plural};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::{Moved, Named, RankHistoryView, RecommendRow, WhatIfView};

/// A list before and after the edits.
#[derive(Default)]
pub struct BeforeAfter;

/// The view that follows an item through a history.
const HISTORY: usize = 1;

/// What the pane shows.
#[derive(Clone, Debug, PartialEq)]
pub enum BeforeAfterView {
    Lists(WhatIfView),
    History {
        view: RankHistoryView,
        /// How many events have happened, with the edits.
        known: usize,
    },
}

/// A row of either list.
enum Listed<'a> {
    In(&'a RecommendRow),
    /// It was in the list.
    Out(&'a RecommendRow),
}

impl<'a> Listed<'a> {
    fn row(&self) -> &'a RecommendRow {
        match self {
            Self::In(row) | Self::Out(row) => row,
        }
    }
}

/// The list after the edits, then what left it.
fn listed(view: &BeforeAfterView) -> impl Iterator<Item = Listed<'_>> {
    let lists = match view {
        BeforeAfterView::Lists(view) => Some(view),
        BeforeAfterView::History { .. } => None,
    };
    lists.into_iter().flat_map(|view| {
        let is_out = |was: &&RecommendRow| view.after.iter().all(|is| is.entity != was.entity);
        view.after
            .iter()
            .map(Listed::In)
            .chain(view.before.iter().filter(is_out).map(Listed::Out))
    })
}

impl Pane for BeforeAfter {
    const ID: PaneId = PaneId("before_after");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 2 });

    fn title(&self, view: Option<&BeforeAfterView>, _selection: &Selection) -> String {
        match view {
            None => "Before and after".to_owned(),
            Some(BeforeAfterView::Lists(view)) => format!("Before and after · {}", plural(view.edits, "edit")),
            Some(BeforeAfterView::History { view, .. }) => format!("Rank over time · {}", view.label),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &BeforeAfterView, _state: &PaneState) -> usize {
        listed(view).count()
    }

    fn row_text(&self, view: &BeforeAfterView, _state: &PaneState, row: usize) -> String {
        listed(view).nth(row).map(|r| r.row().label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &BeforeAfterView, _state: &PaneState, row: usize) -> Option<Target> {
        listed(view).nth(row).map(|r| Target::Entity(r.row().entity))
    }

    fn row_key(&self, view: &BeforeAfterView, _state: &PaneState, row: usize) -> u64 {
        listed(view).nth(row).map_or(row as u64, |r| entity_key(r.row().entity))
    }

    fn draw(&self, view: &BeforeAfterView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        match view {
            BeforeAfterView::History { view, known } => {
                history::draw(view, *known, input.theme, area, buffer);
                Drawn::default()
            }
            BeforeAfterView::Lists(lists) => {
                let mut pen = Pen::new(buffer, area, input.theme);
                summary(lists, input, &mut pen);
                let body = pen.left();
                table(view, input, body, buffer)
            }
        }
    }

    fn export(&self, view: &BeforeAfterView) -> Export {
        match view {
            BeforeAfterView::Lists(_) => {
                let mut table = Export::of_columns(["rank", "was", "id", "label", "score"]);
                table.rows.extend(listed(view).map(|listed| {
                    let row = listed.row();
                    let (rank, was): (Cell, Cell) = match (&listed, row.moved) {
                        (Listed::Out(_), _) => (Cell::Empty, row.rank.into()),
                        (Listed::In(_), Some(Moved::By(by))) => (row.rank.into(), was(row.rank, by).into()),
                        (Listed::In(_), _) => (row.rank.into(), Cell::Empty),
                    };
                    cells![rank, was, row.id.clone(), row.label.clone(), row.score]
                }));
                table
            }
            BeforeAfterView::History { view, .. } => {
                let mut table = Export::of_columns(["events", "rank"]);
                table.rows.extend(view.points.iter().map(|p| cells![p.known, p.rank]));
                table
            }
        }
    }
}

fn was(rank: usize, by: i64) -> usize {
    (rank as i64 + by).max(1) as usize
}

/// How alike the lists are above the table, who came near and who went below it.
fn summary(view: &WhatIfView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    if pen.lines_left() < 4 {
        return;
    }
    if view.edits == 0 {
        pen.text("no edits: both lists are the same", muted);
    } else {
        let two = Figures::with(2);
        let length = view.after.len().max(view.before.len());
        let kept = (view.overlap * length as f64).round();
        pen.line(&[
            (format!("{kept} of {length}").into(), strong),
            (" stay  RBO ".into(), muted),
            (two.text(view.rbo.value).into(), strong),
        ]);
    }
    let names = |some: &[Named]| some.iter().map(|n| n.label.clone()).collect::<Vec<_>>().join(", ");
    let moved = &view.neighbors;
    for (sign, role, who) in [("−", Role::Negative, &moved.lost), ("+", Role::Positive, &moved.gained)] {
        if !who.is_empty() && pen.lines_left() >= 8 {
            let place = pen.take_below(1);
            let mut line = Pen::new(pen.buffer(), place, theme);
            line.line(&[
                (theme.plain(sign).into_owned().into(), theme.style(role)),
                (" neighbors ".into(), muted),
                (theme.plain(&names(who)).into_owned().into(), theme.style(Role::Text)),
            ]);
        }
    }
}

fn table(view: &BeforeAfterView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let scores = || listed(view).map(|r| r.row().score);
    let figures = Figures::of(scores());
    let columns = [
        Column::fixed("#", 3).right(),
        Column::fixed("was", 3).right(),
        Column::fixed(if theme.is_ascii() { "+-" } else { "±" }, 3),
        Column::flex("item", 12, 1),
        Column::fixed("score", figures.width(scores()).max(5))
            .right()
            .optional(1),
    ];
    let rows: Vec<Listed<'_>> = listed(view).collect();
    draw_table(&columns, input, area, buffer, |at| {
        let listed = rows.get(at)?;
        let row = listed.row();
        let (rank, was) = match (listed, row.moved) {
            (Listed::Out(_), _) => ("out".to_owned(), row.rank.to_string()),
            (Listed::In(_), Some(Moved::By(by))) => (row.rank.to_string(), was(row.rank, by).to_string()),
            (Listed::In(_), _) => (row.rank.to_string(), String::new()),
        };
        Some(vec![
            Content::text(rank),
            Content::styled(was, theme.style(Role::Muted)),
            moved(listed, theme),
            Content::text(theme.plain(&row.label).into_owned()),
            Content::text(figures.text(row.score)),
        ])
    })
}

/// `▲3`, `▼1`, `=`, `★` for what is new, nothing for what left.
fn moved(listed: &Listed<'_>, theme: &Theme) -> Content<'static> {
    let [up, down, same, new] = theme.symbols().moves;
    let (text, role) = match (listed, listed.row().moved) {
        (Listed::Out(_), _) => (down.to_owned(), Role::Negative),
        (_, Some(Moved::New)) => (new.to_owned(), Role::Edited),
        (_, Some(Moved::By(by))) if by > 0 => (format!("{up}{by}"), Role::Positive),
        (_, Some(Moved::By(by))) if by < 0 => (format!("{down}{}", -by), Role::Negative),
        (_, Some(Moved::By(_))) => (same.to_owned(), Role::Muted),
        (_, None) => (String::new(), Role::Muted),
    };
    Content::styled(text, theme.style(role))
}

#[cfg(test)]
mod tests;
