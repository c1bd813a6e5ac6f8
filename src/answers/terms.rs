//! Who made two rows similar: what both rated, by its part of the similarity; and what is left without some of it.

use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Entity, Line, Lines, Named, Naming, PairQuery, PairView, Subject, Whose, World, pair};
use crate::task::Cancel;

/// The parts of a similarity, the largest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermsView {
    /// The sum that the parts add up to, as the formula calls it.
    pub sum: TermsSum,
    /// What both rated.
    pub terms: Lines<TermLine>,
    /// What was taken out of both rows before they were compared, of what both rate.
    pub without: Vec<Named>,
    /// The similarity with everything; `null` where undefined, and where nothing was taken out.
    pub value_with_all: Option<f64>,
    /// How often which rating met which; `null` where ratings have more than ten values.
    pub met: Option<Met>,
}

/// A sum with its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermsSum {
    pub name: String,
    pub value: f64,
}

/// How often a's rating met b's, over what both rated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Met {
    /// The ratings, ascending.
    pub values: Vec<f64>,
    /// By a's rating, then by b's. The diagonal counts agreement.
    pub counts: Vec<Vec<usize>>,
}

/// More values of ratings make no grid.
const MOST_VALUES: usize = 10;

impl Met {
    fn of(common: &[(Entity, f64, f64)]) -> Option<Self> {
        let mut values: Vec<f64> = common.iter().flat_map(|(_, a, b)| [*a, *b]).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        if values.is_empty() || values.len() > MOST_VALUES {
            return None;
        }
        let place = |value: f64| values.iter().position(|v| *v == value);
        let mut counts = vec![vec![0; values.len()]; values.len()];
        for (_, a, b) in common {
            if let (Some(a), Some(b)) = (place(*a), place(*b)) {
                counts[a][b] += 1;
            }
        }
        Some(Self { values, counts })
    }

    /// How many of the common entries have the same rating.
    pub fn agreeing(&self) -> usize {
        self.counts.iter().enumerate().map(|(n, row)| row[n]).sum()
    }
}

/// What both rated, and its part of the similarity's sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TermLine {
    pub entity: Entity,
    pub a: f64,
    pub b: f64,
    pub share: f64,
    /// The share of the sum; `None` where that is 0.
    pub of: Option<f64>,
}

/// A [`TermLine`] with its names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermRow {
    pub id: String,
    pub label: String,
    pub a: f64,
    pub b: f64,
    /// What it adds to the sum: a product, for `msd` a squared difference, for sets 1.
    pub share: f64,
    /// The share of the sum, 1 being all of it; `null` where the sum is 0.
    pub of: Option<f64>,
}

impl Line for TermLine {
    type Row = TermRow;

    fn entity(&self) -> Entity {
        self.entity
    }

    fn row(&self, names: &dyn Naming) -> TermRow {
        TermRow {
            id: names.id(self.entity).to_owned(),
            label: names.label(self.entity),
            a: self.a,
            b: self.b,
            share: self.share,
            of: self.of,
        }
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct TermsQuery {
    pub pair: PairQuery,
    /// What is taken out of both rows: items where persons are compared, users where items are.
    pub without: Vec<Entity>,
}

/// The two rows side by side without what the query takes out, and the parts of their similarity. O(ratings of both).
///
/// # Errors
/// As [`pair::compute`].
pub fn compute(world: &World, query: &TermsQuery, cancel: &Cancel) -> Result<(PairView, TermsView), AnswerError> {
    let whole = pair::compute(world, &query.pair, cancel)?;
    let common = |entity: &Entity| whole.common.lines().iter().any(|line| line.0 == *entity);
    let without: Vec<Entity> = query.without.iter().copied().filter(common).collect();
    if without.is_empty() {
        let terms = of_pair(world, &whole, &[]);
        return Ok((whole, terms));
    }
    let (left, pair) = taken_out(world, &query.pair, &without);
    let view = pair::compute(&left, &pair, cancel)?;
    let terms = TermsView {
        value_with_all: whole.value,
        ..of_pair(world, &view, &without)
    };
    Ok((view, terms))
}

/// The world and the pair without some of what both rate.
fn taken_out(world: &World, pair: &PairQuery, without: &[Entity]) -> (World, PairQuery) {
    let data = &world.dataset;
    let mut edits = (**world.edits()).clone();
    let mut subject = pair.subject.clone();
    if let Subject::Person(Whose::Guest(ratings)) = &pair.subject {
        let kept = ratings
            .iter()
            .filter(|(item, _)| !without.contains(&Entity::Item(*item)));
        subject = Subject::Person(Whose::Guest(Arc::new(kept.copied().collect())));
    }
    for entity in without {
        match (*entity, &pair.subject, pair.other) {
            (Entity::Item(item), Subject::Person(whose), Entity::User(other)) => {
                edits.set(data, other, item, None);
                if let Whose::User(user) = whose {
                    edits.set(data, *user, item, None);
                }
            }
            (Entity::User(user), Subject::Item(item), Entity::Item(other)) => {
                edits.set(data, user, *item, None);
                edits.set(data, user, other, None);
            }
            _ => {}
        }
    }
    let pair = PairQuery {
        subject,
        ..pair.clone()
    };
    (world.with_edits(Arc::new(edits)), pair)
}

fn of_pair(world: &World, view: &PairView, without: &[Entity]) -> TermsView {
    let common = view.common.lines();
    let value: f64 = view.shares.iter().sum();
    let line = |((entity, a, b), share): (&(Entity, f64, f64), &f64)| TermLine {
        entity: *entity,
        a: *a,
        b: *b,
        share: *share,
        of: Some(share / value).filter(|of| of.is_finite()),
    };
    let mut terms: Vec<TermLine> = common.iter().zip(&view.shares).map(line).collect();
    // Stable: equal parts stay in the order of the file.
    terms.sort_by(|a, b| b.share.total_cmp(&a.share));
    TermsView {
        sum: TermsSum {
            name: view.sum.to_owned(),
            value,
        },
        terms: Lines::new(world.dataset.clone(), terms),
        without: without.iter().map(|entity| world.named(*entity)).collect(),
        value_with_all: None,
        met: Met::of(common),
    }
}
