//! Names for the regions of a map, from what the items there have in common.

use crate::data::{Attribute, AttributeKind, Attributes, ItemIx};

/// Cells across and down.
const GRID: (usize, usize) = (12, 8);

/// The most names on one map.
const MOST_NAMES: usize = 8;

/// A name for each region where something is said unusually often.
///
/// Over a grid of cells (each with its neighbors, at half weight), a name is as strong as it is surprising there: the
/// standard score (n_ct − n_c·p) / √(n_c·p·(1 − p)) of its count, with p its share over the whole map, so that names
/// which are common everywhere don't win everywhere. Each name stands once, where it is strongest, in the middle of the
/// items there that have it; no two in neighboring cells.
pub fn regions(points: &[(ItemIx, f32, f32)], attributes: &Attributes) -> Vec<(String, f32, f32)> {
    let Some(column) = telling_column(attributes) else {
        return Vec::new();
    };
    let Some(cell_of) = cells(points) else {
        return Vec::new();
    };
    let n_names = column.names().len();
    let mut counts = vec![0.0; GRID.0 * GRID.1];
    let mut named = vec![vec![0.0; GRID.0 * GRID.1]; n_names];
    let mut overall = vec![0.0; n_names];
    for (point, cell) in points.iter().zip(&cell_of) {
        for (to, weight) in around(*cell) {
            counts[to] += weight;
            for (name, _) in column.terms(point.0.at()) {
                named[name as usize][to] += weight;
            }
        }
        for (name, _) in column.terms(point.0.at()) {
            overall[name as usize] += 1.0 / points.len() as f64;
        }
    }
    let mut strongest: Vec<(f64, usize, usize)> = (0..n_names)
        .filter_map(|name| {
            let p: f64 = overall[name];
            let score = |cell: usize| {
                let expected = counts[cell] * p;
                (named[name][cell] - expected) / (expected * (1.0 - p)).sqrt()
            };
            let best = (0..counts.len())
                .filter(|c| named[name][*c] >= 2.0)
                .map(|c| (score(c), c))
                .filter(|(z, _)| z.is_finite() && *z > 2.0)
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
            Some((best.0, best.1, name))
        })
        .collect();
    strongest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    let mut taken: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for (_, cell, name) in strongest {
        if found.len() == MOST_NAMES || taken.iter().any(|t| around(*t).any(|(c, _)| c == cell)) {
            continue;
        }
        let has = |item: ItemIx| column.terms(item.at()).any(|(t, _)| t as usize == name);
        let here = points
            .iter()
            .zip(&cell_of)
            .filter(|(p, c)| has(p.0) && around(cell).any(|(near, _)| near == **c));
        let (x, y, n) = here.fold((0.0, 0.0, 0.0), |(x, y, n), (p, _)| (x + p.1, y + p.2, n + 1.0));
        if n > 0.0 {
            taken.push(cell);
            found.push((column.names().get(name).to_owned(), x / n, y / n));
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

/// The cell of each point, over the box that holds all but the outermost hundredth on each side; `None` where the points
/// don't spread.
fn cells(points: &[(ItemIx, f32, f32)]) -> Option<Vec<usize>> {
    let bounds = |mut values: Vec<f32>| {
        values.sort_by(f32::total_cmp);
        let at = |share: f64| values.get(((values.len() - 1) as f64 * share) as usize).copied();
        let (low, high) = (at(0.01)?, at(0.99)?);
        (high > low).then_some((low, high))
    };
    if points.is_empty() {
        return None;
    }
    let across = bounds(points.iter().map(|p| p.1).collect())?;
    let down = bounds(points.iter().map(|p| p.2).collect())?;
    let place = |x: f32, (low, high): (f32, f32), n: usize| {
        let share = f64::from((x - low) / (high - low)).clamp(0.0, 1.0);
        ((share * n as f64) as usize).min(n - 1)
    };
    let cell = |p: &(ItemIx, f32, f32)| place(p.2, down, GRID.1) * GRID.0 + place(p.1, across, GRID.0);
    Some(points.iter().map(cell).collect())
}

/// A cell and its up to eight neighbors, with how much what is in it counts for them.
fn around(cell: usize) -> impl Iterator<Item = (usize, f64)> {
    let (x, y) = ((cell % GRID.0) as isize, (cell / GRID.0) as isize);
    let steps = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
    steps.filter_map(move |(dx, dy)| {
        let (x, y) = (x + dx, y + dy);
        let inside = (0..GRID.0 as isize).contains(&x) && (0..GRID.1 as isize).contains(&y);
        let weight = if dx == 0 && dy == 0 { 1.0 } else { 0.5 };
        inside.then(|| (y as usize * GRID.0 + x as usize, weight))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_regions_are_named_and_what_is_common_everywhere_is_not() {
        // Two heaps, left Horror and right Musical; everything everywhere is Drama.
        let points: Vec<(ItemIx, f32, f32)> = (0..200u32)
            .map(|i| {
                let side = if i % 2 == 0 { -1.0 } else { 1.0 };
                (ItemIx(i), side + (i % 7) as f32 * 0.02, (i % 11) as f32 * 0.05)
            })
            .collect();
        let genres = (0..200u32).map(|i| vec![("Drama", 1), (if i % 2 == 0 { "Horror" } else { "Musical" }, 1)]);
        let attributes = Attributes {
            columns: vec![Attribute::of_names("genre", genres)],
        };
        let mut found = regions(&points, &attributes);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let names: Vec<&str> = found.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names, ["Horror", "Musical"]);
        assert!(found[0].1 < 0.0 && found[1].1 > 0.0);
        assert!(regions(&points, &Attributes::default()).is_empty());
        assert!(regions(&[(ItemIx(0), 1.0, 1.0)], &attributes).is_empty());
    }
}
