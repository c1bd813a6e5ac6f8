use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::answers::{Named, PairView};
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Column, Content, Extent, Figures, NONE, Pen, Spans, bar_cell, beside, draw_table, name_of, score, thousands, width,
    wrap, wrapped_message,
};
use crate::panes::{Drawn, PaneInput};

fn subject(view: &PairView) -> String {
    view.a.as_ref().map_or_else(|| "guest".to_owned(), name_of)
}

/// The head line, the table, the arithmetic below; all similarities on the right where there is room.
pub fn draw(view: &PairView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 3 {
        head(view, theme, &mut pen);
    }
    if area.width >= 72 && pen.lines_left() >= 6 && !view.all.is_empty() {
        let [left, right] = beside(pen.left(), area.width - 28, 2);
        all(view, theme, &mut Pen::new(pen.buffer(), right, theme));
        return table_and_sums(view, input, left, buffer);
    }
    let left = pen.left();
    table_and_sums(view, input, left, buffer)
}

fn head(view: &PairView, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let value = view.value.map_or_else(|| "undefined".to_owned(), score);
    let spans: Spans<'_> = vec![
        (format!("{} ", view.similarity).into(), muted),
        (value.into(), strong),
        (
            format!(" · {} in common", thousands(u64::from(view.support))).into(),
            muted,
        ),
    ];
    pen.line_and(
        &spans,
        &format!("{} and {}", subject(view), name_of(&view.b)),
        theme.style(Role::Text),
    );
}

/// Every similarity of the pair.
fn all(view: &PairView, theme: &Theme, pen: &mut Pen<'_>) {
    pen.heading("all similarities");
    let figures = Figures::of(view.all.iter().filter_map(|(_, v)| *v).filter(|v| v.abs() <= 1.0));
    for (name, value) in &view.all {
        let text = match value {
            Some(v) if v.abs() <= 1.0 => figures.text(*v),
            Some(v) => score(*v),
            None => NONE.to_owned(),
        };
        let own = *name == view.similarity;
        let style = theme.style(if own { Role::Strong } else { Role::Text });
        let gap = 25usize.saturating_sub(width(name) + width(&text));
        pen.text(&format!("{name}{}{text}", " ".repeat(gap)), style);
    }
}

fn table_and_sums(view: &PairView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    let lines: Vec<String> = view
        .arithmetic
        .iter()
        .flat_map(|l| wrap(l, usize::from(area.width).max(1)))
        .collect();
    let room = usize::from(pen.lines_left().saturating_sub(3) / 2);
    // The result stands at the end: where not all fit, the end is worth more.
    let shown = lines.len().min(room);
    let below = pen.take_below(shown as u16);
    let mut sums = Pen::new(pen.buffer(), below, theme);
    for line in &lines[lines.len() - shown..] {
        sums.text(line, theme.style(Role::Text));
    }
    if shown > 0 && usize::from(pen.lines_left()) > shown + 6 {
        pen.take_below(1);
    }
    let body = pen.left();
    if view.common.is_empty() {
        return wrapped_message(buffer, body, "nothing in common", theme);
    }
    table(view, input, body, buffer)
}

fn table(view: &PairView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let values = || view.common.lines().iter().take(200).flat_map(|(_, a, b)| [*a, *b]);
    let figures = Figures::of_values(view.words.kind, values());
    let wide = figures.width(values());
    let apart = view
        .common
        .lines()
        .iter()
        .take(200)
        .map(|(_, a, b)| width(&figures.signed(a - b)));
    let apart = apart.max().unwrap_or(0).max(5) as u16;
    let reach = Extent::of(view.common.lines().iter().take(200).map(|(_, a, b)| a - b));
    let name = |named: Option<&Named>, other: &'static str| {
        named
            .filter(|n| width(&n.label) <= 8)
            .map_or_else(|| other.to_owned(), |n| n.label.clone())
    };
    let (a, b) = (name(view.a.as_ref(), "this"), name(Some(&view.b), "other"));
    let cells_of = |header: &str| (width(header).max(4) as u16).max(wide);
    let what = if view.b.kind == "user" { "item" } else { "user" };
    let columns = vec![
        Column::flex(what, 8, 3).at_most(60),
        Column::fixed(a.clone(), cells_of(&a)).right(),
        Column::fixed(b.clone(), cells_of(&b)).right(),
        Column::fixed("apart", apart).right().optional(1),
        Column::flex("", 6, 1).at_most(16).optional(2),
    ];
    let cells = |row: usize| {
        let (named, a, b) = view.common.get(row)?;
        let apart = a - b;
        Some(vec![
            Content::text(theme.plain(&named.label).into_owned()),
            Content::text(figures.text(a)),
            Content::text(figures.text(b)),
            Content::styled(figures.signed(apart), theme.signed(apart)),
            bar_cell(apart, reach, theme, theme.signed(apart)),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}
