use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::figure;
use crate::answers::{ExplainView, TreeNode};
use crate::data::FeedbackKind;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Column, Content, Extent, Figures, TreeRow, bar_cell, draw_table, quantity, short, width};
use crate::panes::{Drawn, PaneInput};

/// The parts of the score: who or what, the figures they come from, their share.
pub fn draw(
    view: &ExplainView,
    rows: &[TreeRow<'_, TreeNode>],
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let figures = Figures::of(rows.iter().map(|r| r.node.value));
    let value = figures.width(rows.iter().map(|r| r.node.value)).max(5);
    let details: Vec<String> = rows.iter().map(|r| details(r.node, view.words.kind, theme)).collect();
    let detail = details.iter().map(|d| width(d)).max().unwrap_or(0).min(20) as u16;
    let reach = Extent::of(rows.iter().skip(1).map(|r| r.node.value));
    let label = rows
        .iter()
        .map(|r| 2 * r.depth + width(name_of(r.node)))
        .max()
        .unwrap_or(0) as u16
        + 2;
    let least = area.width.saturating_sub(value + 1).clamp(6, 16);
    let columns = vec![
        Column::flex("part", least, 3).at_most(label.max(least)),
        Column::fixed("from", detail).optional(1),
        Column::fixed("share", value).right(),
        Column::flex("", 10, 1).at_most(40).optional(2),
    ];
    let cells = |n: usize| {
        let row = rows.get(n)?;
        let strong = row.depth == 0;
        let share = if strong {
            theme.style(Role::Strong)
        } else {
            theme.signed(row.node.value)
        };
        let bar = if strong {
            Content::Empty
        } else {
            bar_cell(row.node.value, reach, theme, theme.signed(row.node.value))
        };
        Some(vec![
            Content::Spans(label_of(row, theme)),
            Content::styled(details[n].clone(), theme.style(Role::Muted)),
            Content::styled(figures.text(row.node.value), share),
            bar,
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// What a part is called; a model by its name alone, since its parameters stand in the formula.
fn name_of(node: &TreeNode) -> &str {
    let is_model = node.kind == "component" && !node.label.contains(' ');
    let name = node.label.split(':').next().filter(|_| is_model);
    name.unwrap_or(&node.label)
}

fn label_of<'a>(row: &TreeRow<'a, TreeNode>, theme: &Theme) -> Vec<(Cow<'a, str>, Style)> {
    let node = row.node;
    let style = match (row.depth, node.kind) {
        (0, _) => theme.style(Role::Strong),
        (_, "component" | "hybrid") => theme.style(Role::Title),
        (_, "rest" | "offset" | "missing") => theme.style(Role::Muted),
        (_, "residual") => theme.style(Role::Warning),
        _ => Style::new(),
    };
    let label: Cow<'a, str> = match node.kind {
        _ if row.depth == 0 => Cow::Borrowed("score"),
        "neighbor" => Cow::Owned(format!("user {}", node.label)),
        "rest" => Cow::Owned(format!("{} {}", theme.symbols().ellipsis, node.label)),
        _ => Cow::Borrowed(name_of(node)),
    };
    let mut spans = vec![
        (Cow::Owned(row.branches(theme)), theme.style(Role::Border)),
        (Cow::Owned(theme.plain(&label).into_owned()), style),
    ];
    if row.is_folded {
        spans.push((Cow::Owned(format!(" +{}", node.children.len())), theme.style(Role::Key)));
    }
    spans
}

/// The figures that a part comes from, as short as can be read.
fn details(node: &TreeNode, kind: FeedbackKind, theme: &Theme) -> String {
    let times = theme.symbols().times;
    let three = Figures::with(3);
    let product = |a: &str, b: &str| {
        Some(format!(
            "{} {times} {}",
            three.text(figure(node, a)?),
            three.text(figure(node, b)?)
        ))
    };
    let text = match node.kind {
        "component" => figure(node, "weight")
            .zip(figure(node, "normalized"))
            .map(|(weight, normalized)| format!("{} {times} {}", short(weight), three.text(normalized))),
        "neighbor" | "rated" => {
            let rating = figure(node, "rating").map(|r| match kind {
                FeedbackKind::Counts => format!("r {}", quantity(r)),
                _ => format!("r {}", short(r)),
            });
            let similarity = figure(node, "similarity").map(|s| format!("s {}", three.text(s)));
            let weight = figure(node, "weight").or_else(|| figure(node, "probability"));
            let weight = weight.map(|w| format!("w {}", three.text(w)));
            match (similarity.or(weight), rating) {
                (Some(s), Some(r)) => Some(format!("{s} {r}")),
                (one, other) => one.or(other),
            }
        }
        "term" => product("profile", "item"),
        "factor" => product("user", "item"),
        "bias" | "base" => figure(node, "ratings").map(|n| format!("n {}", crate::panes::widgets::thousands(n as u64))),
        "missing" => node.detail.get("reason").and_then(|r| r.as_str()).map(str::to_owned),
        _ => None,
    };
    text.unwrap_or_default()
}
