use super::{brief, chosen, words};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::answers::{ColdStartPolicy, ColdStartPosterior, ColdStartView};
use crate::bandit::Posterior;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Column, Content, Extent, Figures, NONE, Pen, bar_cell, draw_table, percent, put, score, short, thousands,
    upright_bars, width,
};
use crate::panes::{Drawn, PaneInput};

/// What one policy knows of every arm, and what it does next.
pub fn draw(view: &ColdStartView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let Some((at, policy)) = chosen(view, input.state) else {
        return Drawn::default();
    };
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 5 {
        // Only a policy with a posterior believes anything.
        let what = if policy.bayesian {
            " believes"
        } else {
            ": what it has seen"
        };
        pen.heading(&format!("{} {}{what}", theme.marker(at), policy.title));
    }
    if pen.lines_left() >= 5 {
        let place = pen.take_below(1);
        words::next_line(view, policy, theme, &mut Pen::new(pen.buffer(), place, theme));
    }
    if pen.lines_left() >= 6 && area.width >= 40 {
        let text = legend(view, at, theme);
        // A second line only where no arm gives way to it.
        let is_roomy = usize::from(pen.lines_left()) >= view.arms.len() + 3;
        let lines = if is_roomy && width(&text) > usize::from(area.width) {
            2
        } else {
            1
        };
        let place = pen.take_below(lines);
        Pen::new(pen.buffer(), place, theme).paragraph("", &text, lines, theme.style(Role::Muted));
    }
    let body = pen.left();
    table(view, policy, at, input, body, buffer)
}

/// Arms, the truly best first: an order that stays while policies learn.
fn order(view: &ColdStartView) -> Vec<usize> {
    let mut order: Vec<usize> = (0..view.arms.len()).collect();
    order.sort_by(|&a, &b| view.arms[b].mean.total_cmp(&view.arms[a].mean));
    order
}

/// The arm on a row.
pub fn arm_at(view: &ColdStartView, row: usize) -> Option<usize> {
    order(view).get(row).copied()
}

/// In a few lines: how often each arm was pulled, and the next pull.
pub fn draw_small(view: &ColdStartView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = input.theme;
    let Some((at, policy)) = chosen(view, input.state) else {
        return;
    };
    let mut pen = Pen::new(buffer, area, theme);
    let place = pen.take_below(1);
    words::next_line(view, policy, theme, &mut Pen::new(pen.buffer(), place, theme));
    let left = pen.left();
    let name = format!("pulls of {} by arm ", brief(policy));
    let used = put(buffer, left, left.x, left.y, &name, theme.style(Role::Muted));
    let bars = Rect {
        x: left.x + used,
        width: left.width.saturating_sub(used).min(2 * policy.pulls.len() as u16),
        ..left
    };
    let pulls: Vec<f64> = order(view)
        .iter()
        .filter_map(|a| policy.pulls.get(*a))
        .map(|p| *p as f64)
        .collect();
    upright_bars(buffer, bars, &pulls, theme, |_| theme.style(Role::Series(at)));
}

/// The range of rates that the axis shows: all intervals and all true rates, to the next tenth.
fn axis(view: &ColdStartView, policy: &ColdStartPolicy) -> (f64, f64) {
    let rates = policy
        .posteriors
        .iter()
        .flat_map(|p| [p.low, p.high])
        .chain(view.arms.iter().map(|a| a.mean));
    let (mut low, mut high) = (1.0_f64, 0.0_f64);
    for rate in rates.filter(|r| r.is_finite()) {
        low = low.min(rate);
        high = high.max(rate);
    }
    let (low, high) = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
    if low < high {
        (low.max(0.0), high.min(1.0))
    } else {
        (0.0, 1.0)
    }
}

fn table(
    view: &ColdStartView,
    policy: &ColdStartPolicy,
    series: usize,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let three = Figures::with(3);
    let span = axis(view, policy);
    let scale = format!("{} to {}", short(span.0), short(span.1));
    let reach = Extent::of(policy.pulls.iter().map(|p| *p as f64));
    let digits = policy
        .pulls
        .iter()
        .map(|p| thousands(*p).len())
        .max()
        .unwrap_or(1)
        .max(5) as u16;
    let rated = area.width >= 60;
    let next = policy.next.as_ref().map(|n| n.arm);
    let figure_head = policy
        .next
        .as_ref()
        .filter(|n| n.figures.iter().any(Option::is_some))
        .map_or("", |n| words::head(n.figures_are));
    // `.123`, but `1.000`.
    let means = policy.posteriors.iter().map(|p| p.mean);
    let surest = means.chain(view.arms.iter().map(|a| a.mean)).fold(0.0, f64::max);
    let rates = if surest >= 0.9995 { 5 } else { 4 };
    let mut columns = vec![
        Column::flex("arm", if rated { 22 } else { 8 }, 2).at_most(44),
        Column::fixed("pulls", digits).right(),
        Column::flex("", 6, 1).at_most(20).optional(6),
        Column::fixed("mean", rates).right().optional(1),
        Column::fixed(figure_head, if figure_head.is_empty() { 0 } else { 7 })
            .right()
            .optional(if figure_head.is_empty() { 9 } else { 2 }),
        Column::flex(scale, if rated { 18 } else { 10 }, 3)
            .at_most(60)
            .optional(3),
        Column::fixed("P(best)", 7).right().optional(4),
        Column::fixed("true", rates).right().optional(5),
    ];
    // What similar items let expect, where a policy goes by that.
    if view.arms.iter().any(|arm| arm.guess.is_some()) {
        columns.push(Column::fixed("guess", 5).right().optional(6));
    }
    let figures: &[Option<f64>] = policy.next.as_ref().map_or(&[], |n| &n.figures);
    let best = view.arms.iter().map(|a| a.mean).fold(0.0, f64::max);
    let order = order(view);
    let cells = |row: usize| {
        let (row, arm) = order.get(row).and_then(|at| Some((*at, view.arms.get(*at)?)))?;
        let pulls = policy.pulls.get(row).copied().unwrap_or(0);
        let belief = policy.posteriors.get(row).filter(|p| p.mean.is_finite());
        let mark = if next == Some(row) { theme.symbols().cursor } else { " " };
        let label = if arm.mean == best {
            theme.style(Role::Strong)
        } else {
            theme.style(Role::Text)
        };
        let number = |x: Option<f64>| x.map_or_else(|| NONE.to_owned(), |x| three.text(x));
        Some(vec![
            Content::Spans(vec![
                (mark.into(), theme.style(Role::Key)),
                (theme.plain(&arm.label).into_owned().into(), label),
            ]),
            Content::text(thousands(pulls)),
            bar_cell(pulls as f64, reach, theme, theme.style(Role::Series(series))),
            Content::text(number(belief.map(|b| b.mean))),
            Content::styled(
                figures.get(row).copied().flatten().map_or_else(String::new, score),
                theme.style(if next == Some(row) { Role::Key } else { Role::Text }),
            ),
            interval(belief, arm.mean, span, series, theme),
            Content::text(number(belief.map(|b| b.p_best))),
            Content::styled(number(Some(arm.mean)), theme.style(Role::Muted)),
            Content::styled(number(arm.guess), theme.style(Role::Muted)),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// `──●──┊`: the interval, its mean, the true rate.
fn interval<'a>(
    belief: Option<&'a ColdStartPosterior>,
    truth: f64,
    (low, high): (f64, f64),
    series: usize,
    theme: &'a Theme,
) -> Content<'a> {
    let Some(belief) = belief else { return Content::Empty };
    let paint = move |cell: Rect, buffer: &mut Buffer| {
        let place = |rate: f64| {
            let share = ((rate - low) / (high - low)).clamp(0.0, 1.0);
            cell.x + (share * f64::from(cell.width.saturating_sub(1))).round() as u16
        };
        let (from, to) = (place(belief.low), place(belief.high));
        let style = theme.style(Role::Series(series));
        if cell.width >= DENSE {
            density(belief, (low, high), cell, buffer, theme, style);
            let mark = if theme.is_ascii() { "|" } else { "┊" };
            put(buffer, cell, place(truth), cell.y, mark, theme.style(Role::Strong));
            return;
        }
        for x in from..=to {
            put(buffer, cell, x, cell.y, theme.symbols().frame[0], style);
        }
        let mark = if theme.is_ascii() { "|" } else { "┊" };
        put(buffer, cell, place(truth), cell.y, mark, theme.style(Role::Muted));
        put(buffer, cell, place(belief.mean), cell.y, theme.marker(series), style);
    };
    Content::Paint(Box::new(paint))
}

/// From so many cells on what is believed is drawn as a curve, not as an interval.
const DENSE: u16 = 10;

/// The density of what is believed, its highest point a full cell: `▁▂▅█▅▂▁`.
fn density(
    belief: &ColdStartPosterior,
    (low, high): (f64, f64),
    cell: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    style: Style,
) {
    let law = Posterior::new(belief.law.0, belief.law.1);
    // The middle of each cell; never the ends, where a density may be infinite.
    let width = (high - low) / f64::from(cell.width.max(1));
    let at = |n: u16| law.density(low + (f64::from(n) + 0.5) * width);
    let heights: Vec<f64> = (0..cell.width).map(at).collect();
    let most = heights.iter().copied().filter(|h| h.is_finite()).fold(0.0, f64::max);
    for (n, height) in heights.iter().enumerate() {
        let eighths = (height / most * 8.0).ceil().min(8.0);
        // Below a hundredth of the highest there is next to nothing.
        if eighths >= 1.0 && *height > 0.01 * most {
            let symbol = theme.symbols().eighths_up[eighths as usize - 1];
            put(buffer, cell, cell.x + n as u16, cell.y, symbol, style);
        }
    }
}

/// What the marks mean, how much there is to gain, and what a success is.
fn legend(view: &ColdStartView, series: usize, theme: &Theme) -> String {
    let truth = if theme.is_ascii() { "|" } else { "┊" };
    let dot = theme.symbols().dot;
    let success = if view.success.is_empty() {
        String::new()
    } else {
        format!(" {dot} success: {}", view.success)
    };
    let remaining = (view.policies.get(series).and_then(|p| p.value_remaining))
        .map_or_else(String::new, |v| format!(" {dot} to gain {}", percent(v)));
    let [lowest, highest] = [theme.symbols().eighths_up[0], theme.symbols().eighths_up[7]];
    format!("{lowest}{highest}{lowest} density {dot} {truth} true{remaining}{success}")
}
