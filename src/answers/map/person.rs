//! Where somebody is on a map of items.

use super::MapView;
use super::near::cosine;
use super::space::Space;
use crate::answers::{AnswerError, World};
use crate::models::Formula;
use crate::task::Cancel;

/// So many of the nearest items tell where somebody is on a map that has no axes.
const AMID: usize = 10;

/// Places for factors: on a map with axes their projection; on one without, amid the items that are nearest by cosine. Of
/// the 10 nearest the one that is least far from the others on the map, each weighed by its cosine, and the five around it:
/// their middle. So one stray neighbor on the other side of the map pulls nobody into the void between.
pub struct Placing<'a> {
    map: &'a MapView,
    space: Option<Space>,
}

impl<'a> Placing<'a> {
    /// # Errors
    /// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
    pub fn of(world: &World, map: &'a MapView, formula: &Formula, cancel: &Cancel) -> Result<Self, AnswerError> {
        let space = match &map.plane {
            Some(_) => None,
            None => Some(Space::of(world, formula, false, cancel)?),
        };
        Ok(Self { map, space })
    }

    /// The place of factors; `None` where they are none of this model's, or like nothing. O(items·factors) without axes.
    pub fn place(&self, factors: &[f64]) -> Option<(f64, f64)> {
        if let Some(plane) = &self.map.plane {
            return (factors.len() == plane.center.len()).then(|| plane.project(factors));
        }
        let space = self.space.as_ref()?;
        if space.points.width() != factors.len() || space.points.len() != self.map.points.len() {
            return None;
        }
        let alike = space.points.rows().enumerate();
        let mut alike: Vec<(f64, usize)> = alike
            .map(|(at, row)| (cosine(row, factors), at))
            .filter(|(cosine, _)| *cosine > 0.0)
            .collect();
        let by_cosine = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if alike.len() > AMID {
            alike.select_nth_unstable_by(AMID - 1, by_cosine);
            alike.truncate(AMID);
        }
        alike.sort_by(by_cosine);
        let near: Vec<(f64, (f64, f64))> = alike
            .iter()
            .map(|(cosine, at)| (*cosine, (self.map.points[*at].x, self.map.points[*at].y)))
            .collect();
        amid(&near)
    }
}

/// The middle of those around the most central of weighed places.
fn amid(places: &[(f64, (f64, f64))]) -> Option<(f64, f64)> {
    let away = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
    let far = |from: (f64, f64)| places.iter().map(|(weight, to)| weight * away(from, *to)).sum::<f64>();
    let (_, center) = *places.iter().min_by(|a, b| far(a.1).total_cmp(&far(b.1)))?;
    let mut around: Vec<(f64, f64)> = places.iter().map(|(_, place)| *place).collect();
    around.sort_by(|a, b| away(*a, center).total_cmp(&away(*b, center)));
    around.truncate(places.len().div_ceil(2));
    let n = around.len() as f64;
    let sum = around
        .iter()
        .fold((0.0, 0.0), |(x, y), place| (x + place.0, y + place.1));
    Some((sum.0 / n, sum.1 / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_among_most_of_those_near_and_not_between_heaps() {
        let heap = |x: f64, y: f64, n: usize| (0..n).map(move |i| (0.9, (x + i as f64 / 10.0, y)));
        let places: Vec<(f64, (f64, f64))> = heap(0.0, 0.0, 6).chain(heap(100.0, 50.0, 4)).collect();
        let (x, y) = amid(&places).unwrap();
        assert!((0.0..=0.6).contains(&x) && y == 0.0, "{x} {y}");
        assert_eq!(amid(&places[..1]), Some((0.0, 0.0)));
        assert_eq!(amid(&[]), None);
    }
}
