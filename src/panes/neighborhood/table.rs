use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::answers::{Entity, NeighborRow, NeighborsView};
use crate::data::FeedbackKind;
use crate::models::neighborhood::Significance;
use crate::panes::theme::Role;
use crate::panes::widgets::{Column, Content, Extent, Figures, NONE, average, bar_cell, draw_table, thousands, width};
use crate::panes::{Drawn, PaneInput};

/// How many rows columns are fitted to.
const FITTED: usize = 200;

/// How each column is written.
struct Written {
    similarity: Figures,
    reach: Extent,
    focus: Figures,
    kind: FeedbackKind,
    /// Similarities come with what they are worth: their interval.
    is_weighed: bool,
    /// Some similarities were shrunk.
    is_shrunk: bool,
    /// Some neighbors gave the item in focus something.
    is_focused: bool,
}

/// The neighbors below each other; `is_weighed` with what each similarity is worth, as far as that is known yet.
pub fn draw(view: &NeighborsView, is_weighed: bool, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let fitted = || view.neighbors.iter().take(FITTED);
    let kind = view.words.kind;
    let given = || fitted().filter_map(|n| n.focus_rating);
    let worth = || fitted().filter_map(|n| Some((n, n.significance?)));
    let written = Written {
        similarity: Figures::of(fitted().map(|n| n.similarity)),
        reach: Extent::of(fitted().map(|n| n.similarity)),
        focus: Figures::of_values(kind, given()),
        kind,
        is_weighed,
        is_shrunk: worth().any(|(n, w)| (w.unshrunk - n.similarity).abs() > 1e-12),
        is_focused: given().next().is_some(),
    };
    let wide = |values: &mut dyn Iterator<Item = f64>| {
        values.map(|v| width(&written.similarity.text(v))).max().unwrap_or(4) as u16
    };
    let similarity = wide(&mut fitted().map(|n| n.similarity));
    let end = wide(&mut worth().flat_map(|(_, w)| [w.low, w.high]).flatten());
    let plain = wide(&mut worth().map(|(_, w)| w.unshrunk));
    let is_short = area.width < 56;
    let head = |long: &'static str, brief: &'static str| if is_short { brief } else { long };
    let fixed = |head: &'static str, cells: u16| Column::fixed(head, cells.max(width(head) as u16)).right();
    let is_of_items = matches!(view.neighbors.first().map(|n| n.entity), Some(Entity::Item(_)));
    let (what, least, most) = if is_of_items { ("item", 12, 60) } else { ("user", 5, 24) };
    let means = fitted().filter_map(|n| n.mean).map(|m| width(&average(kind, m)) as u16);
    let mut columns = vec![
        Column::flex(what, least, 3).at_most(most),
        fixed(
            if written.is_shrunk {
                "shrunk"
            } else {
                head("similarity", "sim")
            },
            similarity,
        ),
    ];
    if written.is_shrunk {
        columns.push(fixed(head("unshrunk", "raw"), plain).optional(4));
    }
    if is_weighed {
        let cells = (2 * end + 3).max(if is_short { 4 } else { 13 });
        columns.push(fixed(head("95 % interval", "95 %"), cells).optional(2));
    } else {
        columns.push(Column::flex("", 8, 2).at_most(40).optional(6));
    }
    columns.push(fixed(head("in common", "common"), 0).optional(1));
    if is_weighed {
        columns.push(Column::flex("", 6, 2).at_most(32).optional(5));
    }
    columns.push(Column::fixed(view.words.row.many, 7).right().optional(7));
    // All events are alike.
    if kind != FeedbackKind::Events {
        columns.push(fixed("mean", means.max().unwrap_or(0).max(5)).optional(if is_weighed { 8 } else { 4 }));
    }
    if written.is_focused {
        let did = match kind {
            FeedbackKind::Counts | FeedbackKind::Events => view.words.did,
            _ if is_of_items => head(view.words.did, "gave"),
            _ => head("gave it", "gave"),
        };
        columns.push(fixed(did, written.focus.width(given())).optional(3));
    }
    let cells = |row: usize| Some(row_cells(view.neighbors.get(row)?, input, &written));
    draw_table(&columns, input, area, buffer, cells)
}

fn row_cells<'a>(row: &'a NeighborRow, input: &PaneInput<'a>, written: &Written) -> Vec<Content<'a>> {
    let theme = input.theme;
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let figures = written.similarity;
    let bar = || bar_cell(row.similarity, written.reach, theme, theme.style(Role::Series(0)));
    let mut cells = vec![
        Content::text(theme.plain(&row.label).into_owned()),
        Content::styled(figures.text(row.similarity), strong),
    ];
    if written.is_shrunk {
        let plain = row.significance.map(|w| figures.text(w.unshrunk));
        cells.push(Content::styled(plain.unwrap_or_default(), muted));
    }
    cells.push(if written.is_weighed {
        Content::styled(interval(row.significance, figures), Style::new())
    } else {
        bar()
    });
    cells.push(Content::styled(thousands(u64::from(row.support)), Style::new()));
    if written.is_weighed {
        cells.push(bar());
    }
    cells.push(Content::styled(thousands(row.ratings as u64), muted));
    if written.kind != FeedbackKind::Events {
        let mean = row.mean.map_or_else(|| NONE.to_owned(), |m| average(written.kind, m));
        cells.push(Content::styled(mean, muted));
    }
    if written.is_focused {
        cells.push(match row.focus_rating {
            Some(_) if written.kind == FeedbackKind::Events => Content::styled("yes", strong),
            Some(rating) => Content::styled(written.focus.text(rating), strong),
            None => Content::styled(NONE, muted),
        });
    }
    cells
}

/// From where to where; nothing before it is known, [`NONE`] where there is no interval.
fn interval(worth: Option<Significance>, figures: Figures) -> String {
    match worth.map(|w| w.low.zip(w.high)) {
        Some(Some((low, high))) => format!("{} – {}", figures.text(low), figures.text(high)),
        Some(None) => NONE.to_owned(),
        None => String::new(),
    }
}
