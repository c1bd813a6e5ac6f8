use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::answers::newcomer::NewcomerMap;
use crate::panes::theme::Role;
use crate::panes::widgets::{Pen, Plane, put};
use crate::panes::{Drawn, PaneInput};

/// Dots between two places of the way.
const BETWEEN: usize = 12;

/// All items as dots, what was answered and asked as marks, and the way of the newcomer from answer to answer.
pub(super) fn draw(map: &NewcomerMap, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 5 {
        let place = pen.take_below(1);
        let marks = [
            (theme.marker(0), " you  ", Role::TitleFocused),
            (theme.marker(4), " answered  ", Role::Series(2)),
            ("?", " asked", Role::Key),
        ];
        let spans: Vec<_> = marks
            .into_iter()
            .flat_map(|(mark, name, role)| {
                [
                    (mark.into(), theme.style(role)),
                    (name.into(), theme.style(Role::Muted)),
                ]
            })
            .collect();
        Pen::new(pen.buffer(), place, theme).line(&spans);
    }
    let plot = pen.left();
    if plot.is_empty() {
        return Drawn::default();
    }
    let all = || map.sky.points.iter().copied();
    let plane = Plane::around(
        all().chain(map.way.iter().copied()),
        input.state.pan,
        input.state.zoom,
        plot,
    );
    let (dim, edited) = (theme.style(Role::Muted), theme.style(Role::Edited));
    let between = map.way.windows(2).flat_map(|pair| {
        (0..=BETWEEN).map(move |n| {
            let share = n as f64 / BETWEEN as f64;
            let at = |from: f64, to: f64| from + share * (to - from);
            (at(pair[0].0, pair[1].0), at(pair[0].1, pair[1].1))
        })
    });
    let dots = all().map(|place| (place, 0, dim));
    plane.scatter(buffer, dots.chain(between.map(|place| (place, 1, edited))), theme);
    let mut mark = |place: &(f64, f64), symbol: &str, role| {
        if let Some((x, y)) = plane.cell(*place) {
            put(buffer, plot, x, y, symbol, theme.style(role));
        }
    };
    map.answered
        .iter()
        .for_each(|place| mark(place, theme.marker(4), Role::Series(2)));
    map.asked.iter().for_each(|place| mark(place, "?", Role::Key));
    map.way
        .last()
        .iter()
        .for_each(|place| mark(place, theme.marker(0), Role::TitleFocused));
    Drawn::default()
}
