//! The points of a map as dots: by their classes, or by how dense they are.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::color::{class_style, density_levels, density_style};
use crate::answers::MapView;
use crate::answers::map::shade::Shade;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Plane, put};

/// Classes of names, at most, and one for what has none.
const CLASSES: usize = 9;

/// How many points of each class are in each cell.
struct Cells {
    plane: Plane,
    counts: Vec<[u32; CLASSES]>,
}

impl Cells {
    fn of(map: &MapView, shade: Option<&Shade>, plane: Plane) -> Self {
        let mut cells = Self {
            plane,
            counts: vec![[0; CLASSES]; usize::from(plane.area.width) * usize::from(plane.area.height)],
        };
        for (n, point) in map.points.iter().enumerate() {
            if let Some(at) = cells.at((point.x, point.y)) {
                let class = shade.and_then(|shade| shade.classes.get(n).copied().flatten());
                cells.counts[at][class.map_or(CLASSES - 1, |class| usize::from(class).min(CLASSES - 2))] += 1;
            }
        }
        cells
    }

    fn at(&self, place: (f64, f64)) -> Option<usize> {
        let (x, y) = self.plane.cell(place)?;
        let area = self.plane.area;
        Some(usize::from(y - area.y) * usize::from(area.width) + usize::from(x - area.x))
    }

    /// The class of most points in a cell that have one; the later of equal ones.
    fn class(&self, at: usize) -> Option<u8> {
        let counts = self.counts.get(at)?[..CLASSES - 1].iter().enumerate();
        let most = counts.filter(|(_, n)| **n > 0).max_by_key(|(_, n)| **n)?;
        Some(most.0 as u8)
    }
}

/// Every point with its priority and the style of its cell, for [`Plane::scatter`].
pub(super) fn dots<'a>(
    map: &'a MapView,
    shade: Option<&'a Shade>,
    plane: Plane,
    theme: &'a Theme,
) -> impl Iterator<Item = ((f64, f64), u8, Style)> + 'a {
    let cells = Cells::of(map, shade, plane);
    let totals: Vec<u32> = cells.counts.iter().map(|counts| counts.iter().sum()).collect();
    let levels = density_levels(totals.iter().copied());
    let muted = theme.style(Role::Muted);
    let styles: Vec<Style> = (0..totals.len())
        .map(|at| match shade {
            Some(shade) => cells.class(at).map_or(muted, |class| class_style(shade, class, theme)),
            None => density_style(totals[at], levels, theme),
        })
        .collect();
    map.points.iter().map(move |point| {
        let place = (point.x, point.y);
        let style = cells.at(place).and_then(|at| styles.get(at).copied());
        (place, 0, style.unwrap_or(muted))
    })
}

/// The mark of each cell's class, where colors don't tell them apart.
pub(super) fn marks(map: &MapView, shade: &Shade, plane: Plane, buffer: &mut Buffer, theme: &Theme) {
    let cells = Cells::of(map, Some(shade), plane);
    for at in 0..cells.counts.len() {
        if let Some(class) = cells.class(at) {
            let width = usize::from(plane.area.width);
            let (x, y) = (plane.area.x + (at % width) as u16, plane.area.y + (at / width) as u16);
            put(
                buffer,
                plane.area,
                x,
                y,
                theme.marker(usize::from(class)),
                theme.style(Role::Text),
            );
        }
    }
}
