use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::card::name_style;
use super::{FactorName, FactorsPaneView};
use crate::answers::FactorsView;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Column, Content, Extent, Figures, Pen, Spans, bar_cell, draw_table, flow, put_right, wrapped_message,
};
use crate::panes::{Drawn, PaneInput};

/// What each factor brings: the product with the focus item's, else the factor itself.
fn share(view: &FactorsView, factor: usize) -> f64 {
    let own = view.factors.get(factor).copied().unwrap_or(0.0);
    match &view.focus {
        Some((_, _, other)) => own * other.get(factor).copied().unwrap_or(0.0),
        None => own,
    }
}

/// Factors, those that matter most first.
pub fn order(view: &FactorsView) -> Vec<usize> {
    let mut order: Vec<usize> = (0..view.factors.len()).collect();
    order.sort_by(|&a, &b| share(view, b).abs().total_cmp(&share(view, a).abs()).then(a.cmp(&b)));
    order
}

/// One bar a factor, then the others together, then the sum that is the score.
pub fn draw(pane: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let view = &*pane.factors;
    let mut pen = Pen::new(buffer, area, theme);
    if view.factors.is_empty() {
        return wrapped_message(buffer, area, "no factors", theme);
    }
    let order = order(view);
    let figures = Figures::of((0..order.len()).map(|f| share(view, f)));
    let sums = sum_lines(view, theme, area.width);
    let sum = if pen.lines_left() >= 4 {
        pen.take_below((sums.len() as u16).min(pen.lines_left() - 2))
    } else {
        Rect::default()
    };
    let others = if pen.lines_left() >= 5 {
        pen.take_below(1)
    } else {
        Rect::default()
    };
    let body = pen.left();
    let drawn = table(pane, &order, figures, input, body, buffer);
    let shown = drawn.first..drawn.first + usize::from(drawn.rows.height);
    let hidden: Vec<usize> = (0..input.rows.len())
        .filter(|at| !shown.contains(at))
        .filter_map(|at| input.rows.get(at).and_then(|row| order.get(row)).copied())
        .collect();
    if !others.is_empty() && !hidden.is_empty() && view.focus.is_some() {
        let total: f64 = hidden.iter().map(|f| share(view, *f)).sum();
        let mut line = Pen::new(buffer, others, theme);
        let name = if wide_enough(area.width) {
            format!("others ({})", hidden.len())
        } else {
            format!("{}{}", theme.symbols().ellipsis, hidden.len())
        };
        line.text(&name, theme.style(Role::Muted));
        let (end, text) = (product_end(view, figures, body), figures.signed(total));
        put_right(buffer, others, end, others.y, &text, theme.signed(total));
    }
    let mut below = Pen::new(buffer, sum, theme);
    for line in &sums {
        below.line(line);
    }
    drawn
}

/// The cells of each figure.
fn cells_of(view: &FactorsView, figures: Figures) -> u16 {
    (figures.width((0..view.factors.len()).map(|f| -share(view, f).abs()))).max(6)
}

/// Where the column of products ends, for the line of the others.
fn product_end(view: &FactorsView, figures: Figures, area: Rect) -> u16 {
    let factors = wide_enough(area.width);
    area.x + 4 + 1 + if factors { 2 * 7 } else { 0 } + cells_of(view, figures).max(7)
}

/// Whether both sides of the product are shown.
fn wide_enough(cells: u16) -> bool {
    cells >= 34
}

fn table(
    pane: &FactorsPaneView,
    order: &[usize],
    figures: Figures,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let (theme, view) = (input.theme, &*pane.factors);
    let reach = Extent::of((0..order.len()).map(|f| share(view, f)));
    // Names first, where there are any: a bar says no more than its number.
    let is_named = pane.names.iter().any(|name| !name.text.is_empty()) && area.width >= 28;
    let both = view.focus.is_some() && wide_enough(area.width) && (!is_named || area.width >= 50);
    let two = Figures::with(2);
    let result = if view.focus.is_some() { "product" } else { "value" };
    let mut columns = vec![Column::fixed("f", 4)];
    if both {
        columns.push(Column::fixed(view.kind, 6).right());
        columns.push(Column::fixed("item", 6).right());
    }
    columns.push(Column::fixed(result, cells_of(view, figures).max(7)).right());
    columns.push(Column::flex("", 4, 1).at_most(if is_named { 10 } else { 40 }));
    if is_named {
        columns.push(Column::flex("means", 8, 3).at_most(40));
    }
    let cells = |row: usize| {
        let factor = *order.get(row)?;
        let value = share(view, factor);
        let mut cells = vec![Content::styled(format!("f{}", factor + 1), theme.style(Role::Muted))];
        if let Some((_, _, other)) = view.focus.as_ref().filter(|_| both) {
            cells.push(Content::text(two.signed(view.factors[factor])));
            cells.push(Content::text(two.signed(other.get(factor).copied().unwrap_or(0.0))));
        }
        cells.push(Content::styled(figures.signed(value), theme.signed(value)));
        cells.push(bar_cell(value, reach, theme, theme.signed(value)));
        if is_named {
            let nameless = FactorName::default();
            let name = pane.name(factor).unwrap_or(&nameless);
            cells.push(Content::styled(
                theme.plain(&name.text).into_owned(),
                name_style(name, theme),
            ));
        }
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// μ, the biases and the product of the vectors.
fn terms(view: &FactorsView) -> Vec<(&'static str, f64)> {
    let own = if view.kind == "user" { "b_u" } else { "b_i" };
    let mut terms = vec![("μ", view.mean), (own, view.bias)];
    if let Some((_, bias, _)) = &view.focus {
        terms.push((if view.kind == "user" { "b_i" } else { "b_u" }, *bias));
        terms.push(("Σ", view.products.unwrap_or_default()));
    }
    terms
}

/// The terms with their names, then the total.
fn sum_units(view: &FactorsView, theme: &Theme, decimals: usize) -> Vec<Spans<'static>> {
    let (muted, plain) = (theme.style(Role::Muted), theme.style(Role::Text));
    let figures = Figures::with(decimals);
    let terms = terms(view);
    let mut units: Vec<Spans<'static>> = Vec::new();
    for (n, (name, value)) in terms.iter().enumerate() {
        let name = if theme.is_ascii() && *name == "Σ" { "sum" } else { name };
        let text = if n == 0 {
            figures.text(*value)
        } else {
            figures.signed(*value)
        };
        units.push(vec![(format!("{name} ").into(), muted), (text.into(), plain)]);
    }
    if view.focus.is_some() {
        units.push(vec![
            ("= ".into(), muted),
            (figures.maybe(view.score).into(), theme.style(Role::Strong)),
        ]);
    }
    units
}

/// `μ 3.530 b_u +.030 b_i +.410 Σ +.390 = 4.360`, over as many lines as it takes, names beside their numbers; with two
/// decimals where three would take more than two lines.
fn sum_lines(view: &FactorsView, theme: &Theme, cells: u16) -> Vec<Spans<'static>> {
    let lines = |decimals: usize| flow(sum_units(view, theme, decimals), 1, cells);
    let fine = lines(3);
    if fine.len() > 2 { lines(2) } else { fine }
}
