//! The formula as a tree of lines, each with its dial and the spread of its part's scores.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bound::controls_of;
use crate::answers::hybrid::Spread;
use crate::answers::text::brief;
use crate::answers::{Entity, HybridView, SwapRow};
use crate::models::{Formula, Norm};
use crate::panes::controls::{self, Control, Kind, Value};
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Figures, Pen, Spans, fit, put, put_right, spans_width, upright_bars, width};
use crate::panes::{Drawn, PaneInput};

/// A line of the tree.
struct Line {
    depth: usize,
    /// Its dial, by its place.
    dial: Option<usize>,
    /// The part that it is about, by its path.
    part: Option<String>,
    /// The component of the score that it is, for its color and pattern.
    series: Option<usize>,
    text: String,
}

/// The formula in lines; dials are counted in their order.
fn lines_of(formula: &Formula, ellipsis: &str) -> Vec<Line> {
    let mut lines = vec![Line {
        depth: 0,
        dial: None,
        part: None,
        series: None,
        text: head(formula),
    }];
    let mut dials = 0;
    below(formula, ("", 1), &mut lines, &mut dials, ellipsis);
    lines
}

/// What a combination is called in the tree.
fn head(formula: &Formula) -> String {
    match formula {
        Formula::Weighted { norm: Norm::None, .. } => "sum of weight × score".to_owned(),
        Formula::Weighted { .. } => "sum of weight × normalized score".to_owned(),
        Formula::Switch { test, .. } => format!("switch: {test} ?"),
        Formula::Cascade { .. } => "cascade: each stage passes its best on".to_owned(),
        Formula::Model { .. } | Formula::Augment { .. } => formula.to_string(),
    }
}

fn below(formula: &Formula, (path, depth): (&str, usize), lines: &mut Vec<Line>, dials: &mut usize, ellipsis: &str) {
    let next = |dials: &mut usize| {
        *dials += 1;
        Some(*dials - 1)
    };
    let own = |text: &str, dial| Line {
        depth,
        dial,
        part: None,
        series: None,
        text: text.to_owned(),
    };
    let is_sum = matches!(formula, Formula::Weighted { terms, .. } if terms.len() > 1);
    match formula {
        Formula::Switch { test, .. } => {
            let text = match test.variable {
                crate::models::formula::Variable::Ratings => "ratings of the profile",
                crate::models::formula::Variable::Raters => "raters of the item",
            };
            lines.push(own(text, next(dials)));
        }
        Formula::Cascade { .. } => lines.push(own("each keeps", next(dials))),
        Formula::Augment { .. } => return,
        Formula::Weighted { .. } | Formula::Model { .. } => {}
    }
    // The components of the whole score have a color and a pattern each, as everywhere.
    let has_series = depth == 1 && matches!(formula, Formula::Weighted { .. } | Formula::Switch { .. });
    for (n, part) in formula.parts().into_iter().enumerate() {
        let way = match (formula, n) {
            (Formula::Switch { .. }, 0) => "yes: ",
            (Formula::Switch { .. }, _) => "no: ",
            _ => "",
        };
        let stage = if matches!(formula, Formula::Cascade { .. }) {
            format!("stage {}: ", n + 1)
        } else {
            way.to_owned()
        };
        let name = match part {
            Formula::Model { .. } | Formula::Augment { .. } => brief(&part.to_string(), ellipsis),
            _ => head(part),
        };
        let at = format!("{path}{}", n + 1);
        lines.push(Line {
            depth,
            dial: if is_sum { next(dials) } else { None },
            part: Some(at.clone()),
            series: has_series.then_some(n),
            text: format!("{stage}{name}"),
        });
        below(part, (&format!("{at}."), depth + 1), lines, dials, ellipsis);
    }
    if is_sum {
        lines.push(own("normalization", next(dials)));
    }
}

/// Where the columns stand.
struct Columns {
    name: u16,
    value: u16,
    bar: u16,
    /// Each of the two spreads; 0 where there is no room.
    spread: u16,
}

/// The widest value: `minmax`, `softmax`, `10,000`.
const VALUE: u16 = 7;

impl Columns {
    fn of(width: u16) -> Self {
        let bar = match width {
            0..44 => 8,
            44..70 => 12,
            70..110 => 17,
            _ => 21,
        };
        let left = width.saturating_sub(VALUE + 1 + bar + 1);
        let spread = match left {
            0..48 => 0,
            48..80 => 12,
            _ => 24,
        };
        let spreads = if spread > 0 { 2 * (spread + 2) } else { 0 };
        Self {
            name: left.saturating_sub(spreads).min(60),
            value: VALUE,
            bar,
            spread,
        }
    }
}

pub(super) fn draw(view: &HybridView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let formula = &input.selection.formula;
    let controls = controls_of(formula);
    let lines = lines_of(formula, theme.symbols().ellipsis);
    let columns = Columns::of(area.width);
    let mut drawn = Drawn {
        controls: vec![Rect::default(); controls.len()],
        bars: columns.bar,
        ..Drawn::default()
    };
    let mut pen = Pen::new(buffer, area, theme);
    let room = usize::from(pen.lines_left());
    let swaps = swap_lines(view, input);
    // The tree comes first; what is said below it takes what is left, but for the swaps, which are asked for by the cursor.
    let reserved = swaps.len().min(2).min(room.saturating_sub(lines.len().min(3)));
    let for_tree = lines.len().min(room - reserved);
    let focused = input
        .state
        .control
        .and_then(|n| lines.iter().position(|line| line.dial == Some(n)));
    let first = crate::panes::first_row(0, focused.unwrap_or(0), for_tree, lines.len());
    let is_cut = for_tree < lines.len();
    for line in lines.iter().skip(first).take(for_tree) {
        let place = pen.take(1);
        if line.depth == 0 && columns.spread > 0 && !is_cut {
            heads(&columns, view, place, pen.buffer(), theme);
        }
        one(line, &columns, &controls, view, input, place, pen.buffer(), &mut drawn);
    }
    if !swaps.is_empty() && pen.lines_left() > swaps.len() as u16 + 1 {
        pen.take(1);
    }
    for line in &swaps {
        pen.line(line);
    }
    figures(view, theme, &mut pen);
    drawn
}

/// What the columns of spreads are.
fn heads(columns: &Columns, view: &HybridView, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let muted = theme.style(Role::Muted);
    let at = place.x + columns.name + columns.value + 1 + columns.bar + 1 + 2;
    let of = format!(
        "of {} candidates",
        crate::panes::widgets::thousands(view.candidates as u64)
    );
    let raw = if columns.spread >= 24 {
        format!("raw, {of}")
    } else {
        "raw".to_owned()
    };
    put(
        buffer,
        place,
        at,
        place.y,
        &fit(&raw, usize::from(columns.spread), "…"),
        muted,
    );
    put(buffer, place, at + columns.spread + 2, place.y, "normalized", muted);
}

#[allow(clippy::too_many_arguments, reason = "one line of a table, drawn")]
fn one(
    line: &Line,
    columns: &Columns,
    controls: &[Control],
    view: &HybridView,
    input: &PaneInput<'_>,
    place: Rect,
    buffer: &mut Buffer,
    drawn: &mut Drawn,
) {
    let theme = input.theme;
    let part = line
        .part
        .as_ref()
        .and_then(|path| view.parts.iter().find(|part| part.path == *path));
    let plain = match part {
        Some(part) if !part.used => theme.style(Role::Muted),
        _ if line.depth == 0 => theme.style(Role::Header),
        _ if line.part.is_none() => theme.style(Role::Muted),
        _ => theme.style(Role::Text),
    };
    let mut x = place.x;
    let indent = 2 * line.depth.saturating_sub(1) as u16;
    if line.depth > 0 {
        x += indent;
        let mark = line.series.map(|n| (theme.pattern(n), theme.style(Role::Series(n))));
        if let Some((pattern, style)) = mark {
            put(buffer, place, x, place.y, pattern, style);
        }
        x += 2;
    }
    let until = if line.dial.is_some() || part.is_some() {
        place.x + columns.name
    } else {
        place
            .right()
            .min(place.x + columns.name + columns.value + columns.bar + 2)
    };
    let unused = if part.is_some_and(|part| !part.used) {
        " (not used)"
    } else {
        ""
    };
    let room = usize::from(until.saturating_sub(x + 1));
    let name = fit(&line.text, room.saturating_sub(width(unused)), theme.symbols().ellipsis);
    let used = put(buffer, place, x, place.y, &name, plain);
    if room > width(unused) + 3 {
        put(buffer, place, x + used, place.y, unused, theme.style(Role::Muted));
    }
    if let Some(n) = line.dial
        && let Some(control) = controls.get(n)
    {
        let at = Rect {
            x: (place.x + columns.name).min(place.right()),
            width: (columns.value + 1 + columns.bar).min(place.width.saturating_sub(columns.name)),
            ..place
        };
        dial(control, columns, view, input, at, buffer);
        // All of the line up to its bar reaches the dial.
        let whole = Rect {
            width: at.right() - place.x,
            ..place
        };
        if input.focused && input.state.control == Some(n) {
            buffer.set_style(whole, theme.style(Role::Selection));
        }
        drawn.controls[n] = whole;
    }
    if let Some(part) = part.filter(|_| columns.spread > 0) {
        let at = place.x + columns.name + columns.value + 1 + columns.bar + 1 + 2;
        let style = line
            .series
            .map_or(theme.style(Role::Neutral), |n| theme.style(Role::Series(n)));
        spread(part.raw.as_ref(), at, columns.spread, place, buffer, theme, style);
        let at = at + columns.spread + 2;
        spread(
            part.normalized.as_ref(),
            at,
            columns.spread,
            place,
            buffer,
            theme,
            style,
        );
    }
}

/// The value of a dial and its slider, with marks where the row under the cursor changes places.
fn dial(control: &Control, columns: &Columns, view: &HybridView, input: &PaneInput<'_>, at: Rect, buffer: &mut Buffer) {
    let theme = input.theme;
    let before = view
        .dials
        .iter()
        .find(|dial| dial.dial == control.name)
        .map(|dial| dial.before.as_str());
    let shown = control.shown(&control.default);
    let plain = match &control.default {
        Value::Number(n) => n.to_string(),
        other => controls::text_of(other),
    };
    let role = if before.is_some_and(|before| before != plain) {
        Role::Edited
    } else {
        Role::Strong
    };
    let text = fit(&shown, usize::from(columns.value), theme.symbols().ellipsis);
    put_right(buffer, at, at.x + columns.value, at.y, &text, theme.style(role));
    let bar = Rect {
        x: (at.x + columns.value + 1).min(at.right()),
        width: columns.bar.min(at.width.saturating_sub(columns.value + 1)),
        ..at
    };
    let (Kind::Slider(range), Value::Number(n)) = (&control.kind, &control.default) else {
        put(
            buffer,
            bar,
            bar.x,
            bar.y,
            &fit("← →", usize::from(bar.width), "…"),
            theme.style(Role::Muted),
        );
        return;
    };
    controls::slider(
        range,
        *n,
        bar,
        buffer,
        theme,
        if role == Role::Edited { role } else { Role::Text },
    );
    let focus = input.selection.focus_item.map(Entity::Item);
    for swap in view.swaps.iter().filter(|swap| swap.dial == control.name) {
        if !(range.min..=range.max).contains(&swap.to) {
            continue;
        }
        let [up, down, ..] = theme.symbols().moves;
        // There it rises over the row above, or sinks below the one beneath.
        let mark = match focus {
            focus if focus == Some(swap.items.1) => (up, Role::Positive),
            focus if focus == Some(swap.items.0) => (down, Role::Negative),
            _ => continue,
        };
        let cell = controls::cell_of(range, swap.to, bar.width);
        if cell != controls::cell_of(range, *n, bar.width) {
            put(buffer, bar, bar.x + cell, bar.y, mark.0, theme.style(mark.1));
        }
    }
}

fn spread(of: Option<&Spread>, x: u16, cells: u16, place: Rect, buffer: &mut Buffer, theme: &Theme, style: Style) {
    let Some(of) = of else { return };
    let area = Rect {
        x,
        width: cells.min(place.right().saturating_sub(x)),
        ..place
    };
    let merged = (of.bins.len() / usize::from(cells.max(1))).max(1);
    let bars: Vec<f64> = of
        .bins
        .chunks(merged)
        .map(|bins| bins.iter().sum::<usize>() as f64)
        .collect();
    upright_bars(buffer, area, &bars, theme, |_| style);
}

/// The weights at which the row under the cursor changes places with the one above it and the one below it.
fn swap_lines<'a>(view: &HybridView, input: &PaneInput<'_>) -> Vec<Spans<'a>> {
    let theme = input.theme;
    let Some(focus) = input.selection.focus_item.map(Entity::Item) else {
        return Vec::new();
    };
    let Some(at) = view.rows.iter().position(|row| row.entity == focus) else {
        return Vec::new();
    };
    if !input
        .selection
        .formula
        .dials()
        .iter()
        .any(|d| d.kind == crate::models::formula::DialKind::Weight)
    {
        return Vec::new();
    }
    let [up, down, ..] = theme.symbols().moves;
    let line = |mark: &'static str, role: Role, other: Option<usize>, swaps: Vec<&SwapRow>| {
        let other = view.rows.get(other?)?;
        let (text, muted, strong) = (
            theme.style(Role::Text),
            theme.style(Role::Muted),
            theme.style(Role::Strong),
        );
        let mut spans: Spans<'a> = vec![
            (format!("{mark} ").into(), theme.style(role)),
            (
                format!(
                    "with #{} {} ",
                    other.rank,
                    theme.plain(&fit(&other.label, 28, theme.symbols().ellipsis))
                )
                .into(),
                text,
            ),
        ];
        if swaps.is_empty() {
            spans.push(("at no weight alone".into(), muted));
        } else {
            spans.push(("at ".into(), muted));
        }
        for (n, swap) in swaps.into_iter().enumerate() {
            let gap = if n > 0 { " · " } else { "" };
            let name = swap.part.split(':').next().unwrap_or(&swap.part);
            let name = if name.contains(' ') { swap.dial.as_str() } else { name };
            let jump = if swap.meets { "" } else { " (a jump)" };
            spans.push((format!("{gap}{name} ").into(), muted));
            spans.push((format!("{}{jump}", Figures::with(3).text(swap.to)).into(), strong));
        }
        Some(spans)
    };
    let above = view.swaps.iter().filter(|swap| swap.items.1 == focus).collect();
    let below = view.swaps.iter().filter(|swap| swap.items.0 == focus).collect();
    let lines = [
        line(up, Role::Positive, at.checked_sub(1), above),
        line(down, Role::Negative, Some(at + 1), below),
    ];
    lines.into_iter().flatten().collect()
}

/// What each part says, in numbers: before and after it is normalized.
fn figures(view: &HybridView, theme: &Theme, pen: &mut Pen<'_>) {
    let lines = view.parts.len() as u16 + 2;
    if pen.lines_left() < lines || pen.left().width < 60 {
        return;
    }
    pen.take(1);
    pen.heading("scores of the candidates: low to high (mean ± standard deviation)");
    let mut series = 0;
    for part in &view.parts {
        let is_component = !part.path.contains('.') && !view.components.is_empty();
        let (mark, style) = if is_component {
            series += 1;
            (theme.pattern(series - 1), theme.style(Role::Series(series - 1)))
        } else {
            (" ", Style::new())
        };
        let name = part.name.split(':').next().unwrap_or(&part.name);
        let name = if name.contains(' ') { part.path.as_str() } else { name };
        let (text, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
        let mut spans: Spans<'_> = vec![
            (mark.into(), style),
            (format!(" {} ", fit(name, 18, theme.symbols().ellipsis)).into(), text),
            (said(part.raw.as_ref()).into(), text),
            (format!(" {}", part.unit).into(), muted),
        ];
        if part.weight.is_some() {
            let long = format!(" → {}", said(part.normalized.as_ref()));
            let fits = spans_width(&spans) + width(&long) <= usize::from(pen.left().width);
            let brief = || {
                part.normalized
                    .as_ref()
                    .map_or_else(String::new, |s| format!(" → {}", ends(s)))
            };
            spans.push((if fits { long } else { brief() }.into(), text));
        }
        pen.line(&spans);
    }
}

fn said(spread: Option<&Spread>) -> String {
    let Some(s) = spread else { return "none".to_owned() };
    let figures = Figures::of([s.low, s.high, s.mean]);
    let [mean, sd] = [s.mean, s.deviation].map(|v| figures.text(v));
    format!("{} ({mean} ± {sd})", ends(s))
}

fn ends(s: &Spread) -> String {
    let figures = Figures::of([s.low, s.high, s.mean]);
    format!("{} to {}", figures.text(s.low), figures.text(s.high))
}

/// The depth, the dial and the part of every line.
#[cfg(test)]
pub(super) fn paths(formula: &Formula) -> Vec<(usize, Option<usize>, Option<String>)> {
    lines_of(formula, "…")
        .into_iter()
        .map(|line| (line.depth, line.dial, line.part))
        .collect()
}
