//! Where everything stands: pure functions from sizes to rectangles.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use crate::screens::{Grid, Screen};

/// The least size of the screen at which anything is shown.
pub const LEAST: (u16, u16) = (28, 7);

/// What panes grew or shrank by, in cells, by place: [`size_key`].
pub type Sizes = BTreeMap<String, i16>;

/// Where one pane stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The pane, by its place in the screen's list.
    pub pane: usize,
    pub area: Rect,
    /// Its upper border is the lower border of the pane above.
    pub joins_above: bool,
    /// Its lower border is the upper border of the pane below.
    pub joins_below: bool,
}

/// The whole screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub header: Rect,
    pub selection: Rect,
    /// Where not all panes are shown at a time: which there are.
    pub crumbs: Rect,
    pub body: Rect,
    pub hints: Rect,
    /// The panes, in the order in which Tab reaches them.
    pub panes: Vec<Place>,
}

/// The screen is too small to show anything but that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall;

/// The form of the screen: how many panes stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// From 120 columns.
    Wide,
    /// 80 to 119 columns and at least 24 lines.
    Medium,
    /// Below: one pane at a time.
    Single,
}

impl Form {
    /// The form for a screen of this size.
    pub fn of(width: u16, height: u16) -> Self {
        match (width, height) {
            (120.., 24..) => Self::Wide,
            (80.., 24..) => Self::Medium,
            _ => Self::Single,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Medium => "medium",
            Self::Single => "single",
        }
    }
}

/// Where the size of a column or row is remembered.
pub fn size_key(screen: &Screen, form: Form, axis: &str, n: usize) -> String {
    format!("{}-{}-{axis}-{n}", screen.digit, form.name())
}

/// Lays the screen out. `focused` is the pane that has the keyboard; `zoomed`: it has everything.
///
/// # Errors
/// [`TooSmall`] below [`LEAST`].
pub fn lay_out(area: Rect, screen: &Screen, focused: usize, zoomed: bool, sizes: &Sizes) -> Result<Layout, TooSmall> {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return Err(TooSmall);
    }
    let line = |y: u16| Rect::new(area.x, area.y + y, area.width, 1);
    let form = Form::of(area.width, area.height);
    let single = zoomed || form == Form::Single;
    let mut body = Rect::new(area.x, area.y + 2, area.width, area.height - 3);
    let mut crumbs = Rect::new(area.x, area.y + 2, area.width, 0);
    let shows_all = !single && pages(screen, form).len() == 1;
    if !shows_all && screen.panes.len() > 1 {
        crumbs.height = 1;
        body.y += 1;
        body.height -= 1;
    }
    let panes = if single {
        vec![Place {
            pane: focused.min(screen.panes.len().saturating_sub(1)),
            area: body,
            joins_above: false,
            joins_below: false,
        }]
    } else {
        grid_places(body, screen, page_of(screen, form, focused), form, sizes)
    };
    Ok(Layout {
        header: line(0),
        selection: line(1),
        crumbs,
        body,
        hints: line(area.height - 1),
        panes,
    })
}

/// The pages of a screen: none where panes are shown one at a time.
fn pages(screen: &Screen, form: Form) -> &[Grid] {
    match form {
        Form::Wide => screen.wide,
        Form::Medium => screen.medium,
        Form::Single => &[],
    }
}

/// The page with this pane, and how many rows those before it have.
fn page_of(screen: &Screen, form: Form, pane: usize) -> (usize, Grid) {
    let mut before = 0;
    let pages = pages(screen, form);
    for grid in pages {
        if grid.iter().any(|(_, columns)| columns.iter().any(|(_, p)| *p == pane)) {
            return (before, grid);
        }
        before += grid.len();
    }
    (0, pages.first().copied().unwrap_or_default())
}

/// The panes of a page: rows of panes, each row with its columns. Rows share the border between them.
fn grid_places(body: Rect, screen: &Screen, (before, grid): (usize, Grid), form: Form, sizes: &Sizes) -> Vec<Place> {
    let grown = |axis: &str, n: usize| sizes.get(&size_key(screen, form, axis, n)).copied().unwrap_or(0);
    let rows = grid.len() as u16;
    let weights: Vec<u16> = grid.iter().map(|(weight, _)| *weight).collect();
    let deltas: Vec<i16> = (0..grid.len()).map(|n| grown("row", before + n)).collect();
    // Each shared border is one line that two rows have.
    let heights = shares(body.height + rows.saturating_sub(1), &weights, &deltas, 2);
    let mut places = Vec::new();
    let mut y = body.y;
    for (r, ((_, columns), height)) in grid.iter().zip(heights).enumerate() {
        let weights: Vec<u16> = columns.iter().map(|(weight, _)| *weight).collect();
        let deltas: Vec<i16> = (0..columns.len()).map(|n| grown("column", n)).collect();
        let mut x = body.x;
        for ((_, pane), width) in columns.iter().zip(shares(body.width, &weights, &deltas, 4)) {
            places.push(Place {
                pane: *pane,
                area: Rect::new(x, y, width, height).intersection(body),
                joins_above: r > 0,
                joins_below: r + 1 < grid.len(),
            });
            x += width;
        }
        y += height.saturating_sub(1);
    }
    places.sort_by_key(|p| p.pane);
    places
}

/// `total` cells shared by weight, moved by `deltas`, nobody below `least` where that is possible. Sums to `total`.
fn shares(total: u16, weights: &[u16], deltas: &[i16], least: u16) -> Vec<u16> {
    let sum: u32 = weights.iter().map(|w| u32::from(*w)).sum::<u32>().max(1);
    let mut end = 0u32;
    let mut from = 0u16;
    let mut cells: Vec<i32> = Vec::with_capacity(weights.len());
    for weight in weights {
        end += u32::from(*weight);
        let to = (u32::from(total) * end / sum) as u16;
        cells.push(i32::from(to - from));
        from = to;
    }
    for (n, delta) in deltas.iter().enumerate() {
        move_cells(&mut cells, n, i32::from(*delta), i32::from(least));
    }
    cells.into_iter().map(|c| c.clamp(0, i32::from(total)) as u16).collect()
}

/// Takes `delta` cells for `n` from the others in turn, the next first (or gives them), nobody below `least`.
fn move_cells(cells: &mut [i32], n: usize, delta: i32, least: i32) {
    if cells.len() < 2 {
        return;
    }
    let others: Vec<usize> = (n + 1..cells.len()).chain((0..n).rev()).collect();
    if delta < 0 {
        let given = (-delta).min((cells[n] - least).max(0));
        cells[n] -= given;
        cells[others[0]] += given;
        return;
    }
    let mut wanted = delta;
    for other in others {
        let taken = wanted.min((cells[other] - least).max(0));
        cells[other] -= taken;
        cells[n] += taken;
        wanted -= taken;
    }
}

/// The row, counted through all pages, and the column of a pane: what its resizing keys move.
pub fn grid_position(screen: &Screen, form: Form, pane: usize) -> Option<(usize, usize)> {
    let (before, grid) = page_of(screen, form, pane);
    grid.iter().enumerate().find_map(|(r, (_, columns))| {
        let column = columns.iter().position(|(_, p)| *p == pane)?;
        Some((before + r, column))
    })
}

/// The pane (by its place in the list) whose area holds the point.
pub fn pane_at(layout: &Layout, x: u16, y: u16) -> Option<usize> {
    let inside = |p: &&Place| p.area.contains((x, y).into());
    // The lower pane's title stands on a shared border: a click on it means the lower pane.
    layout
        .panes
        .iter()
        .filter(inside)
        .max_by_key(|p| p.area.y)
        .map(|p| p.pane)
}

/// The pane next to `pane` in a direction, where there is one.
pub fn pane_beside(layout: &Layout, pane: usize, right: bool) -> Option<usize> {
    let own = layout.panes.iter().find(|p| p.pane == pane)?.area;
    let overlaps = |a: &Rect| a.y < own.bottom() && a.bottom() > own.y;
    let beside = layout.panes.iter().filter(|p| {
        overlaps(&p.area)
            && if right {
                p.area.x >= own.right()
            } else {
                p.area.right() <= own.x
            }
    });
    let distance = |a: Rect| {
        (
            if right { a.x - own.right() } else { own.x - a.right() },
            a.y.abs_diff(own.y),
        )
    };
    beside.min_by_key(|p| distance(p.area)).map(|p| p.pane)
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
