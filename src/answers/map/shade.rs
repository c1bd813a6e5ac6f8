//! What the points of a map are colored by.

use super::MapView;
use crate::answers::{AnswerError, Entity, Whose, World};
use crate::data::{Attribute, AttributeKind, Attributes};
use crate::models::Formula;
use crate::task::Cancel;

/// What is to be seen of each point.
#[derive(Clone, Debug, PartialEq)]
pub enum ShadeBy {
    /// The share of its neighbors on the map that are true.
    Trust,
    /// Of how many others it is a neighbor.
    Hubness,
    /// How many ratings it has.
    Popularity,
    /// The scores of somebody's list.
    Scores(Formula, Whose),
    /// A column of what is known of it.
    Attribute(String),
}

/// Classes of points: names, or quarters of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Shade {
    /// The class of each point of the map; `None` where nothing is known.
    pub classes: Vec<Option<u8>>,
    /// What each class is called.
    pub legend: Vec<String>,
    /// The classes have an order, the least first.
    pub is_ordered: bool,
}

/// At most so many names have a class of their own.
const MOST_NAMES: usize = 6;
/// Numbers fall into quarters.
const QUARTERS: usize = 4;

/// The classes of a map's points; `None` where nothing tells them apart.
///
/// # Errors
/// [`AnswerError::Fitting`] for scores of a model that is not fitted; cancellation.
pub fn shade(world: &World, map: &MapView, by: &ShadeBy, cancel: &Cancel) -> Result<Option<Shade>, AnswerError> {
    let numbers = |of: &dyn Fn(usize) -> Option<f64>, text: fn(f64) -> String| {
        quarters(&(0..map.points.len()).map(of).collect::<Vec<_>>(), text)
    };
    let data = &world.dataset;
    let whole: fn(f64) -> String = |x| format!("{x:.0}");
    let two: fn(f64) -> String = |x| format!("{x:.2}");
    Ok(match by {
        ShadeBy::Trust => numbers(&|at| map.points[at].trust, two),
        ShadeBy::Hubness => numbers(&|at| map.points[at].hubness.map(f64::from), whole),
        ShadeBy::Popularity => {
            let count = |at: usize| match map.points[at].entity {
                Entity::Item(item) => data.item_row(item).len(),
                Entity::User(user) => data.user_row(user).len(),
            };
            numbers(&|at| Some(count(at) as f64), whole)
        }
        ShadeBy::Scores(formula, whose) => {
            let serving = world.serving(formula, whose, cancel)?;
            let scores = serving.scores(cancel)?;
            numbers(&|at| scores.get(map.points[at].entity.item()?), two)
        }
        ShadeBy::Attribute(name) => {
            let Some(column) = column(map, world, name) else {
                return Ok(None);
            };
            let row = |at: usize| match map.points[at].entity {
                Entity::Item(item) => item.at(),
                Entity::User(user) => user.at(),
            };
            match column.kind {
                AttributeKind::Number => numbers(&|at| column.number(row(at)), whole),
                AttributeKind::Names => names(column, map.points.len(), row),
            }
        }
    })
}

fn attributes<'a>(map: &MapView, world: &'a World) -> &'a Attributes {
    match map.points.first().map(|point| point.entity) {
        Some(Entity::User(_)) => world.dataset.user_attributes(),
        _ => world.dataset.item_attributes(),
    }
}

fn column<'a>(map: &MapView, world: &'a World, name: &str) -> Option<&'a Attribute> {
    attributes(map, world).column(name)
}

/// Each value in its quarter; fewer classes where values are often the same.
fn quarters(values: &[Option<f64>], text: fn(f64) -> String) -> Option<Shade> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    let mut bounds: Vec<f64> = (1..QUARTERS)
        .map(|k| sorted[(sorted.len() - 1) * k / QUARTERS])
        .collect();
    bounds.push(most);
    bounds.dedup();
    if bounds.len() < 2 {
        return None;
    }
    let class = |x: &f64| bounds.partition_point(|bound| bound < x).min(bounds.len() - 1) as u8;
    let mut from = least;
    let mut legend = Vec::with_capacity(bounds.len());
    for bound in &bounds {
        legend.push(format!("{}–{}", text(from), text(*bound)));
        from = *bound;
    }
    Some(Shade {
        classes: values
            .iter()
            .map(|x| x.as_ref().filter(|x| x.is_finite()).map(class))
            .collect(),
        legend,
        is_ordered: true,
    })
}

/// The most frequent names; a point has the class of the rarest of those that it has.
fn names(column: &Attribute, n: usize, row: impl Fn(usize) -> usize) -> Option<Shade> {
    let mut counts = vec![0usize; column.names().len()];
    for at in 0..n {
        for (name, _) in column.terms(row(at)) {
            counts[name as usize] += 1;
        }
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|name| counts[*name] > 0).collect();
    order.sort_by(|a, b| counts[*b].cmp(&counts[*a]).then(a.cmp(b)));
    order.truncate(MOST_NAMES);
    if order.len() < 2 {
        return None;
    }
    let class = |at: usize| {
        let known = column
            .terms(row(at))
            .filter_map(|(name, _)| order.iter().position(|o| *o == name as usize));
        known.max().map(|class| class as u8)
    };
    let called = |name: &usize| crate::data::clean_label(column.names().get(*name)).into_owned();
    Some(Shade {
        classes: (0..n).map(class).collect(),
        legend: order.iter().map(called).collect(),
        is_ordered: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_into_quarters_and_names_into_the_most_frequent() {
        let values: Vec<Option<f64>> = (0..8).map(|i| (i != 3).then_some(f64::from(i))).collect();
        let shade = quarters(&values, |x| format!("{x:.0}")).unwrap();
        assert_eq!(shade.legend, ["0–1", "1–4", "4–5", "5–7"]);
        assert_eq!(
            shade.classes,
            [Some(0), Some(0), Some(1), None, Some(1), Some(2), Some(3), Some(3)]
        );
        assert_eq!(quarters(&[Some(2.0), Some(2.0), None], |x| x.to_string()), None);
        assert_eq!(quarters(&[None], |x| x.to_string()), None);
        let column = Attribute::of_names(
            "genre",
            [
                vec![("Drama", 1)],
                vec![("Drama", 1), ("Horror", 1)],
                vec![],
                vec![("Drama", 1)],
            ],
        );
        let shade = names(&column, 4, |at| at).unwrap();
        assert_eq!(shade.legend, ["Drama", "Horror"]);
        assert_eq!(shade.classes, [Some(0), Some(1), None, Some(0)]);
        assert_eq!(
            names(&Attribute::of_names("genre", [vec![("Drama", 1)]]), 1, |at| at),
            None
        );
    }
}
