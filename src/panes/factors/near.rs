//! What is near what the crosshair is at: on the map, in the full space, by cosine, and by the dot product.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{FactorsPaneView, map, tools};
use crate::answers::MapView;
use crate::answers::map::near::NearPoint;
use crate::panes::PaneInput;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Figures, Pen, Spans, beside, fit, percent, width, wrap};

/// The cells of one list.
const LIST: u16 = 24;
/// The lines of one list with its head.
const LINES: u16 = 11;

/// The map, and where there is room below it or beside it what is near what is pointed at. Where the points went is returned.
pub(super) fn beside_map(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let pointed = tools::cross(&input.state.values).and(view.near.as_deref());
    let (Some(near), Some(points)) = (pointed, view.map.as_deref()) else {
        return map::draw(view, input, area, buffer);
    };
    let theme = input.theme;
    if area.width >= 4 * LIST && area.height >= LINES + 12 {
        let mut pen = Pen::new(buffer, area, theme);
        let place = pen.take_below(LINES + 1);
        let above = pen.left();
        lists(near, points, theme, &mut Pen::new(pen.buffer(), place, theme), 4);
        return map::draw(view, input, above, buffer);
    }
    if area.width >= 64 && area.height >= LINES {
        let columns = if area.width >= 2 * LIST + 50 { 2 } else { 1 };
        let [left, right] = beside(area, area.width - columns * LIST - 2, 2);
        lists(near, points, theme, &mut Pen::new(buffer, right, theme), columns);
        return map::draw(view, input, left, buffer);
    }
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 6 {
        let place = pen.take_below(1);
        Pen::new(pen.buffer(), place, theme).line(&of_point(near, points, theme));
    }
    let left = pen.left();
    map::draw(view, input, left, buffer)
}

/// What it is, how much of its neighborhood the map keeps, how long its vector is.
fn of_point(near: &NearPoint, points: &MapView, theme: &Theme) -> Spans<'static> {
    let label = points.points.get(near.at).map_or("", |point| point.label.as_str());
    let kept = shared(&near.on_map, &near.full);
    let said = format!(
        "  {kept} of {} near here are so in full · norm {}, above {}",
        near.on_map.len(),
        Figures::with(2).text(near.norm),
        percent(near.norm_rank)
    );
    vec![
        (theme.plain(label).into_owned().into(), theme.style(Role::Match)),
        (said.into(), theme.style(Role::Muted)),
    ]
}

/// How many are in both.
fn shared(one: &[(usize, f64)], other: &[(usize, f64)]) -> usize {
    one.iter().filter(|(at, _)| other.iter().any(|(o, _)| o == at)).count()
}

/// The lists side by side, so many in a row. What is near in the full space, too, is marked.
fn lists(near: &NearPoint, points: &MapView, theme: &Theme, pen: &mut Pen<'_>, columns: u16) {
    if columns == 1 {
        // One list is too narrow for a sentence: a line each.
        for span in of_point(near, points, theme) {
            for line in wrap(span.0.trim(), usize::from(LIST)) {
                pen.text(&line, span.1);
            }
        }
    } else {
        pen.line(&of_point(near, points, theme));
    }
    let all = [
        ("on the map", &near.on_map),
        ("in the full space", &near.full),
        ("by cosine", &near.cosine),
        ("by dot product", &near.dot),
    ];
    for row in all.chunks(usize::from(columns.max(1))) {
        let lines = pen.lines_left().min(LINES);
        if lines < 3 {
            return;
        }
        let place = pen.take(lines);
        let wide = place.width / columns.max(1);
        for (n, (head, list)) in row.iter().enumerate() {
            let part = Rect {
                x: place.x + n as u16 * wide,
                width: wide.saturating_sub(1),
                ..place
            };
            one_list(
                head,
                list,
                near,
                points,
                theme,
                &mut Pen::new(pen.buffer(), part, theme),
            );
        }
    }
}

fn one_list(head: &str, list: &[(usize, f64)], near: &NearPoint, points: &MapView, theme: &Theme, pen: &mut Pen<'_>) {
    pen.text(head, theme.style(Role::Header));
    let figures = Figures::with(2);
    for (at, value) in list {
        let Some(point) = points.points.get(*at) else { continue };
        let is_true = near.full.iter().any(|(other, _)| other == at);
        let (mark, style) = if is_true {
            (theme.marker(0), theme.style(Role::Text))
        } else {
            (" ", theme.style(Role::Muted))
        };
        let value = figures.text(*value);
        let room = usize::from(pen.left().width).saturating_sub(width(&value) + 5);
        let label = theme.plain(&point.label).into_owned();
        let label = fit(&label, room, theme.symbols().ellipsis).into_owned();
        let spans: Spans<'_> = vec![
            (format!("{mark} ").into(), theme.style(Role::Match)),
            (label.into(), style),
        ];
        pen.line_and(&spans, &value, theme.style(Role::Muted));
    }
}
