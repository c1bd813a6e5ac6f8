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

/// How many points of each class are in each cell, and where in it.
struct Cells {
    counts: Vec<[u32; CLASSES]>,
    /// One of the points at each dot of Braille, and its cell: all that can be seen of them, however many there are.
    seen: Vec<((f64, f64), u32)>,
}

impl Cells {
    /// One look at each point: a frame goes through all of them.
    fn of(map: &MapView, shade: Option<&Shade>, plane: Plane) -> Self {
        let (wide, high) = (usize::from(plane.area.width), usize::from(plane.area.height));
        let mut cells = Self {
            counts: vec![[0; CLASSES]; wide * high],
            seen: Vec::new(),
        };
        let mut taken = vec![false; wide * high * 8];
        for (n, place) in map.places.iter().copied().enumerate() {
            let Some((x, y)) = plane.dot(place).map(|(x, y)| (x.round(), y.round())) else {
                continue;
            };
            if x < 0.0 || y < 0.0 || x >= 2.0 * wide as f64 || y >= 4.0 * high as f64 {
                continue;
            }
            let (x, y) = (x as usize, y as usize);
            let at = (y / 4) * wide + x / 2;
            let class = shade.and_then(|shade| shade.classes.get(n).copied().flatten());
            cells.counts[at][class.map_or(CLASSES - 1, |class| usize::from(class).min(CLASSES - 2))] += 1;
            let dot = &mut taken[y * 2 * wide + x];
            if !*dot {
                *dot = true;
                cells.seen.push((place, at as u32));
            }
        }
        cells
    }

    /// The class of most points in a cell that have one; the later of equal ones.
    fn class(&self, at: usize) -> Option<u8> {
        let counts = self.counts.get(at)?[..CLASSES - 1].iter().enumerate();
        let most = counts.filter(|(_, n)| **n > 0).max_by_key(|(_, n)| **n)?;
        Some(most.0 as u8)
    }
}

/// What can be seen of the points, each dot with its priority and the style of its cell, for [`Plane::scatter`].
pub(super) fn dots<'a>(
    map: &MapView,
    shade: Option<&'a Shade>,
    plane: Plane,
    theme: &'a Theme,
) -> impl Iterator<Item = ((f64, f64), u8, Style)> + use<'a> {
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
    cells.seen.into_iter().map(move |(place, at)| {
        let style = styles.get(at as usize).copied();
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
