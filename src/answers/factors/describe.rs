//! What the factors of a model mean: ends, probes, names, stability.

use std::sync::Arc;

use serde::Serialize;

use super::fitted::{fitted_factors, latent};
use super::traits::traits;
use super::turned::{Supported, rotation};
use crate::answers::{AnswerError, Entity, World};
use crate::data::generate::planted_tastes;
use crate::data::{Dataset, ItemIx};
use crate::latent::{Points, Probed, STABLE, Trait, assign, correlation, matched, name, probe, stability};
use crate::models::Formula;
use crate::task::Task;

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeQuery {
    pub formula: Formula,
    /// The factors are turned by varimax first.
    pub varimax: bool,
}

/// What the factors of a model mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribeView {
    pub model: String,
    /// `none` or `varimax`.
    pub rotation: &'static str,
    /// How many items were probed: those with `least_count` ratings and more.
    pub items: usize,
    pub least_count: usize,
    /// The seeds that the model was trained with; the first is the one that is shown.
    pub seeds: Vec<u64>,
    /// The mean over factors of what attributes explain of them, and of the permuted baseline.
    pub r2: Option<f64>,
    pub r2_permuted: Option<f64>,
    pub factors: Vec<DescribedFactor>,
    /// Of data with planted tastes: which come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planted: Option<PlantedView>,
}

/// What one factor means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedFactor {
    /// From 1.
    pub factor: usize,
    /// `A ↔ B`: what is at its high end and at its low one; `null` where no probe holds.
    pub name: Option<String>,
    /// The median |cosine| with its match in the other trainings; `null` where there were none.
    pub stability: Option<f64>,
    /// The items at its ends, the outermost first.
    pub low: Vec<EndRow>,
    pub high: Vec<EndRow>,
    /// The strongest first.
    pub probes: Vec<ProbeRow>,
    /// The share of its variance that attributes explain, cross-validated, and of the permuted factor.
    pub r2: Option<f64>,
    pub r2_permuted: Option<f64>,
}

impl DescribedFactor {
    /// Whether other seeds find another factor in its place: its name says nothing of the data.
    pub fn is_unstable(&self) -> bool {
        self.stability.is_some_and(|s| s < STABLE)
    }
}

/// An item at the end of a factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndRow {
    pub id: String,
    pub label: String,
    pub loading: f64,
    /// How many rated it.
    pub ratings: usize,
}

/// How a factor goes with an attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeRow {
    pub attribute: String,
    /// Correlation, −1 to 1.
    pub r: f64,
    /// Its p-value, adjusted for all pairs of factors and attributes by Benjamini and Hochberg.
    pub q: f64,
}

/// Which planted tastes come back as named factors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlantedView {
    /// The share of tastes that have a named factor of their own with |r| ≥ .5 that other seeds find too, 0 to 1.
    pub share: f64,
    pub tastes: Vec<PlantedRow>,
}

/// A planted taste, and the factor that it is matched with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlantedRow {
    pub taste: String,
    pub factor: usize,
    pub name: Option<String>,
    /// The correlation of the factor with how much the taste likes the items.
    pub r: f64,
    pub found: bool,
}

/// Items shown at each end, and probes of each factor.
const END: usize = 5;
const SHOWN: usize = 10;
/// Trainings in all.
const SEEDS: u64 = 5;
/// A planted taste is found by a factor that correlates with it so much.
const FOUND: f64 = 0.5;

/// What the factors of a fitted model mean. With `retrain` the model is trained with four other seeds, to see which factors
/// come back; without, stability is not known yet.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Usage`] where it has no factors; cancellation.
pub fn compute(world: &World, query: &DescribeQuery, retrain: bool, task: &Task) -> Result<DescribeView, AnswerError> {
    let model = fitted_factors(world, &query.formula)?;
    let known = latent(&model, &query.formula)?;
    let data = &world.dataset;
    let supported = Supported::of(data, known);
    let turn = if query.varimax {
        Some(rotation(world, &query.formula, &task.cancel)?)
    } else {
        None
    };
    let loadings = supported.turned(turn.as_deref());
    let traits = traits(data, &supported.items);
    let probed = probe(&loadings, &traits, world.seed(), task)?;
    let mut seeds = vec![world.seed()];
    let mut trainings = Vec::new();
    if retrain && !query.formula.is_imported() {
        for step in 1..SEEDS {
            let seed = world.seed().wrapping_add(step);
            let again = world.fits.with_seed(seed).fit(&query.formula, task)?;
            let other = Supported::of(data, latent(&again, &query.formula)?);
            let other = match &turn {
                Some(_) => other.turned(Some(&crate::latent::varimax(&other.loadings, &task.cancel)?)),
                None => other.loadings,
            };
            seeds.push(seed);
            trainings.push(matched(&loadings, &other));
        }
    }
    let stability = stability(&trainings);
    let described = probed.iter().enumerate().map(|(f, probed)| {
        let values = loadings.column(f);
        DescribedFactor {
            factor: f + 1,
            name: name(&probed.probes, &traits),
            stability: stability.get(f).copied(),
            low: end(world, &supported.items, &values, -1.0),
            high: end(world, &supported.items, &values, 1.0),
            probes: rows(probed, &traits),
            r2: probed.r2,
            r2_permuted: probed.r2_permuted,
        }
    });
    let factors: Vec<DescribedFactor> = described.collect();
    Ok(DescribeView {
        model: query.formula.to_string(),
        rotation: if query.varimax { "varimax" } else { "none" },
        items: supported.items.len(),
        least_count: supported.least_count,
        seeds,
        r2: mean(factors.iter().filter_map(|f| f.r2)),
        r2_permuted: mean(factors.iter().filter_map(|f| f.r2_permuted)),
        planted: planted(data, &supported, &loadings, &factors),
        factors,
    })
}

/// As [`compute`], once for all who ask: the answer does not depend on edits.
///
/// # Errors
/// As [`compute`].
pub fn shared(
    world: &World,
    query: &DescribeQuery,
    retrain: bool,
    task: &Task,
) -> Result<Arc<DescribeView>, AnswerError> {
    let key = (query.formula.to_string(), query.varimax, retrain);
    world.lasting(&key, &task.cancel, || compute(world, query, retrain, task))
}

/// What [`shared`] has computed by now, with stability if that is known.
pub fn known(world: &World, formula: &Formula, varimax: bool) -> Option<Arc<DescribeView>> {
    let at = |retrain: bool| world.lasting_if_there(&(formula.to_string(), varimax, retrain));
    at(true).or_else(|| at(false))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
    (n > 0.0).then(|| sum / n)
}

fn rows(probed: &Probed, traits: &[Trait]) -> Vec<ProbeRow> {
    let row = |probe: &crate::latent::Probe| ProbeRow {
        attribute: traits[probe.trait_at].name.clone(),
        r: probe.r,
        q: probe.q,
    };
    probed.probes.iter().take(SHOWN).map(row).collect()
}

/// The items outermost on one side.
fn end(world: &World, items: &[ItemIx], loadings: &[f64], side: f64) -> Vec<EndRow> {
    let mut order: Vec<usize> = (0..items.len()).filter(|at| loadings[*at] * side > 0.0).collect();
    order.sort_by(|a, b| (loadings[*b] * side).total_cmp(&(loadings[*a] * side)).then(a.cmp(b)));
    let row = |at: usize| EndRow {
        id: world.id(Entity::Item(items[at])).to_owned(),
        label: world.label(Entity::Item(items[at])),
        loading: loadings[at],
        ratings: world.dataset.item_row(items[at]).len(),
    };
    order.into_iter().take(END).map(row).collect()
}

/// Each planted taste with a factor of its own, so that the correlations together are largest.
fn planted(
    data: &Dataset,
    supported: &Supported,
    loadings: &Points,
    factors: &[DescribedFactor],
) -> Option<PlantedView> {
    let tastes = planted_tastes(data)?;
    let columns: Vec<Vec<f64>> = (0..loadings.width()).map(|f| loadings.column(f)).collect();
    let of_taste = |likes: &Vec<f64>| -> Vec<f64> {
        let values: Vec<Option<f64>> = supported
            .items
            .iter()
            .map(|item| likes.get(item.at()).copied())
            .collect();
        let r = |column: &Vec<f64>| correlation(column, &values).map_or(0.0, |(r, _)| r);
        columns.iter().map(r).collect()
    };
    let mut r: Vec<Vec<f64>> = tastes.iter().map(|(_, likes)| of_taste(likes)).collect();
    // With fewer factors than tastes some of these stay without one.
    let n_factors = columns.len();
    for row in &mut r {
        row.resize(n_factors.max(tastes.len()), 0.0);
    }
    let worth = |t: usize, f: usize| {
        let named = factors.get(f).is_some_and(|f| f.name.is_some() && !f.is_unstable());
        if named { r[t][f].abs() } else { r[t][f].abs() / 1e3 }
    };
    let places = assign(tastes.len(), n_factors.max(tastes.len()), worth);
    let row = |((taste, _), (t, f)): (&(&str, Vec<f64>), (usize, usize))| {
        let name = factors.get(f).and_then(|f| f.name.clone());
        let is_unstable = factors.get(f).is_some_and(DescribedFactor::is_unstable);
        PlantedRow {
            taste: (*taste).to_owned(),
            factor: f + 1,
            found: name.is_some() && !is_unstable && r[t][f].abs() >= FOUND,
            r: r[t][f],
            name,
        }
    };
    let rows: Vec<PlantedRow> = tastes.iter().zip(places.into_iter().enumerate()).map(row).collect();
    Some(PlantedView {
        share: rows.iter().filter(|row| row.found).count() as f64 / rows.len().max(1) as f64,
        tastes: rows.into_iter().filter(|row| row.factor <= n_factors).collect(),
    })
}
