//! Names for the regions of a map, from what the points there have in common.

use crate::data::{Attribute, AttributeKind, Attributes};

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    pub name: String,
    pub x: f64,
    pub y: f64,
}

/// Cells across and down a whole map; twice as many at every level.
const GRID: (usize, usize) = (12, 8);

/// The most names of a whole map; twice as many at every level.
const MOST_NAMES: usize = 8;

/// Names of more rows than this share of the map's, or of fewer rows than this, are not looked at below the first level.
const COMMON: f64 = 0.2;
const LEAST: f64 = 4.0;

/// Cells of a level of detail.
#[derive(Clone, Copy)]
struct Grid {
    across: usize,
    down: usize,
}

/// A name for each region of a map (points are rows of `attributes` with their places) where something is said unusually
/// often. Level 0 names the whole map; every further level is made for twice the magnification, with finer cells and rarer
/// names of every column.
///
/// Over a grid of cells (each with its neighbors, at half weight), a name is as strong as it is surprising there: the
/// standard score (n_ct − n_c·p) / √(n_c·p·(1 − p)) of its count, with p its share over the whole map, so that names
/// which are common everywhere don't win everywhere. Each name stands once, where it is strongest, in the middle of the
/// points there that have it; no two in neighboring cells.
pub(super) fn regions(points: &[(usize, f64, f64)], attributes: &Attributes, level: u32) -> Vec<Region> {
    let grid = Grid {
        across: GRID.0 << level,
        down: GRID.1 << level,
    };
    let Some(cell_of) = grid.cells(points) else {
        return Vec::new();
    };
    let telling = telling_column(attributes);
    let columns: Vec<&Attribute> = if level == 0 {
        telling.into_iter().collect()
    } else {
        let names = |c: &&Attribute| c.kind == AttributeKind::Names;
        attributes.columns.iter().filter(names).collect()
    };
    let mut counts = vec![0.0; grid.across * grid.down];
    for cell in &cell_of {
        for (to, weight) in grid.around(*cell) {
            counts[to] += weight;
        }
    }
    let mut strongest = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        // The places of each name.
        let mut having: Vec<Vec<usize>> = vec![Vec::new(); column.names().len()];
        for (place, point) in points.iter().enumerate() {
            for (name, _) in column.terms(point.0) {
                having[name as usize].push(place);
            }
        }
        let mut named = vec![0.0; counts.len()];
        for (name, places) in having.iter().enumerate() {
            let share = places.len() as f64 / points.len() as f64;
            let is_first = telling.is_some_and(|t| std::ptr::eq(t, *column));
            if !is_first && (share > COMMON || (places.len() as f64) < LEAST) {
                continue;
            }
            let mut touched: Vec<usize> = Vec::new();
            for place in places {
                for (to, weight) in grid.around(cell_of[*place]) {
                    if named[to] == 0.0 {
                        touched.push(to);
                    }
                    named[to] += weight;
                }
            }
            let score = |cell: usize| {
                let expected: f64 = counts[cell] * share;
                (named[cell] - expected) / (expected * (1.0 - share)).sqrt()
            };
            let scored = touched.iter().filter(|c| named[**c] >= 2.0).map(|c| (score(*c), *c));
            let best = scored
                .filter(|(z, _)| z.is_finite() && *z > 2.0)
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((z, cell)) = best {
                let here: Vec<usize> = places
                    .iter()
                    .copied()
                    .filter(|place| grid.around(cell).any(|(near, _)| near == cell_of[*place]))
                    .collect();
                strongest.push((z, cell, at, name, here));
            }
            for cell in touched {
                named[cell] = 0.0;
            }
        }
    }
    strongest.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.3).cmp(&(b.2, b.3))));
    let mut taken: Vec<usize> = Vec::new();
    let mut found: Vec<Region> = Vec::new();
    for (_, cell, column, name, here) in strongest {
        if found.len() == MOST_NAMES << level || taken.iter().any(|t| grid.around(*t).any(|(c, _)| c == cell)) {
            continue;
        }
        let n = here.len() as f64;
        let (x, y) = here
            .iter()
            .fold((0.0, 0.0), |(x, y), at| (x + points[*at].1, y + points[*at].2));
        let name = columns[column].names().get(name);
        if n > 0.0 && !found.iter().any(|region| region.name == name) {
            taken.push(cell);
            found.push(Region {
                name: name.to_owned(),
                x: x / n,
                y: y / n,
            });
        }
    }
    found
}

/// Genres if there are any, else the first column of names that is neither a single name for all nor one for each.
fn telling_column(attributes: &Attributes) -> Option<&Attribute> {
    let telling = |c: &&Attribute| c.kind == AttributeKind::Names && (2..=100).contains(&c.names().len());
    let genre = attributes.column("genre").filter(telling);
    genre.or_else(|| attributes.columns.iter().find(telling))
}

impl Grid {
    /// The cell of each point, over the box that holds all but the outermost hundredth on each side; `None` where the points
    /// don't spread.
    fn cells(self, points: &[(usize, f64, f64)]) -> Option<Vec<usize>> {
        let bounds = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            let at = |share: f64| values.get(((values.len() - 1) as f64 * share) as usize).copied();
            let (low, high) = (at(0.01)?, at(0.99)?);
            (high > low).then_some((low, high))
        };
        if points.is_empty() {
            return None;
        }
        let across = bounds(points.iter().map(|p| p.1).collect())?;
        let down = bounds(points.iter().map(|p| p.2).collect())?;
        let place = |x: f64, (low, high): (f64, f64), n: usize| {
            let share = ((x - low) / (high - low)).clamp(0.0, 1.0);
            ((share * n as f64) as usize).min(n - 1)
        };
        let cell = |p: &(usize, f64, f64)| place(p.2, down, self.down) * self.across + place(p.1, across, self.across);
        Some(points.iter().map(cell).collect())
    }

    /// A cell and its up to eight neighbors, with how much what is in it counts for them.
    fn around(self, cell: usize) -> impl Iterator<Item = (usize, f64)> {
        let (x, y) = ((cell % self.across) as isize, (cell / self.across) as isize);
        let steps = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
        steps.filter_map(move |(dx, dy)| {
            let (x, y) = (x + dx, y + dy);
            let inside = (0..self.across as isize).contains(&x) && (0..self.down as isize).contains(&y);
            let weight = if dx == 0 && dy == 0 { 1.0 } else { 0.5 };
            inside.then(|| (y as usize * self.across + x as usize, weight))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_regions_are_named_and_what_is_common_everywhere_is_not() {
        // Two heaps, left Horror and right Musical; everything everywhere is Drama.
        let points: Vec<(usize, f64, f64)> = (0..200)
            .map(|i| {
                let side = if i % 2 == 0 { -1.0 } else { 1.0 };
                (i, side + (i % 7) as f64 * 0.02, (i % 11) as f64 * 0.05)
            })
            .collect();
        let genres = (0..200u32).map(|i| vec![("Drama", 1), (if i % 2 == 0 { "Horror" } else { "Musical" }, 1)]);
        let attributes = Attributes {
            columns: vec![Attribute::of_names("genre", genres)],
        };
        let mut found = regions(&points, &attributes, 0);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<&str> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["Horror", "Musical"]);
        assert!(found[0].x < 0.0 && found[1].x > 0.0);
        assert!(regions(&points, &Attributes::default(), 0).is_empty());
        assert!(regions(&[(0, 1.0, 1.0)], &attributes, 0).is_empty());
    }
}
