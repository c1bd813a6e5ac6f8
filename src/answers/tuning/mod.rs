//! What a formula is worth as one of its dials is turned, and over all ways to share the weight between three parts.

mod bench;
mod heat;

use serde::Serialize;

use super::compare::PERSISTENCE;
use super::{AnswerError, Whose, World};
use crate::data::ItemIx;
use crate::evaluate::Metric;
use crate::explain::rank_biased_overlap;
use crate::models::formula::{Dial, DialKind, DialValue, KnobKind};
use crate::models::{Formula, Norm};
use crate::task::{Report, Task};

pub use bench::{Bench, USERS};
pub(crate) use heat::measure as measure_cell;
pub use heat::{HeatAxis, HeatCell, HeatPlan, HeatView, heat, parse_settings, plan as heat_plan, values_of};

/// What is measured where nothing is said.
pub const METRICS: &str = "ndcg@10,coverage@10,novelty@10";

/// How long the lists are that are compared with the list as it is.
const LENGTH: usize = 20;

/// On what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Which ratings were held out.
    pub held_out: String,
    /// How many users were measured.
    pub users: usize,
    /// Of so many with held-out ratings.
    pub of_users: usize,
    pub metrics: Vec<MetricRow>,
}

/// What a figure is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricRow {
    pub metric: String,
    pub definition: &'static str,
}

/// The formula at one setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepRow {
    /// What the dial is set to.
    pub value: String,
    pub model: String,
    /// In the order of the metrics; `null` where one cannot be told.
    pub figures: Vec<Option<f64>>,
}

/// One dial, turned from end to end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepView {
    pub model: String,
    pub dial: String,
    /// `weight`, `norm`, `threshold`, `keep` or `parameter`.
    pub kind: &'static str,
    /// What a weight weighs, the model of a parameter, else the combination.
    pub part: String,
    #[serde(flatten)]
    pub measured: Measured,
    pub rows: Vec<SweepRow>,
}

/// A way to share the weight between three parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrianglePoint {
    /// They sum to 1.
    pub weights: [f64; 3],
    /// How alike the list is to the list by the formula as it is; `null` where nobody's list is asked for.
    pub rbo: Option<f64>,
    /// In the order of the metrics; empty where they are not measured yet.
    pub figures: Vec<Option<f64>>,
}

/// All ways to share the weight between three parts, in steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriangleView {
    pub model: String,
    pub parts: [String; 3],
    /// Into how many steps each edge is divided.
    pub steps: usize,
    #[serde(flatten)]
    pub measured: Measured,
    pub points: Vec<TrianglePoint>,
}

/// The values that a dial is turned to where nothing is said: eleven weights from 0 to the largest (at least 1), every
/// normalization, thresholds and widths that double.
pub fn default_values(dial: &Dial) -> Vec<DialValue> {
    let number = match dial.value {
        DialValue::Number(n) => n,
        DialValue::Norm(_) => 0.0,
    };
    let doubling = |least: f64, times: i32| {
        let all = (0..times).map(move |n| least * 2.0f64.powi(n));
        all.map(DialValue::Number).collect()
    };
    match dial.kind {
        DialKind::Weight => spaced(number.min(0.0).floor(), number.max(1.0).ceil(), 11),
        DialKind::Norm => Norm::ALL.into_iter().map(DialValue::Norm).collect(),
        DialKind::Threshold => doubling(1.0, 8),
        DialKind::Keep => doubling(10.0, 8),
    }
}

/// `count` numbers from one to the other, both ends included.
fn spaced(from: f64, to: f64, count: usize) -> Vec<DialValue> {
    let last = count.saturating_sub(1).max(1) as f64;
    let at = |n: usize| ((from + (to - from) * n as f64 / last) * 1e9).round() / 1e9;
    (0..count).map(|n| DialValue::Number(at(n))).collect()
}

/// Reads the values that a dial is turned to: `0..1:11` (so many from one end to the other), `0,0.5,2`, `minmax,rank`.
///
/// # Errors
/// A sentence with the forms there are.
pub fn parse_values(text: &str) -> Result<Vec<DialValue>, String> {
    let wrong = || format!("{text:?} is not of the form 0..1:11 (from, to, how many), 0,0.5,1 or minmax,rank");
    if let Some((from, rest)) = text.split_once("..") {
        let (to, count) = rest.split_once(':').unwrap_or((rest, "11"));
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .ok_or_else(wrong)
        };
        let count: usize = count
            .trim()
            .parse()
            .ok()
            .filter(|n| (2..=1000).contains(n))
            .ok_or_else(wrong)?;
        return Ok(spaced(number(from)?, number(to)?, count));
    }
    let one = |text: &str| DialValue::parse(text.trim()).ok_or_else(wrong);
    text.split(',').map(one).collect()
}

/// The parts of a sum that the weight triangle is of: three, none of them with a negative weight.
pub fn three_parts(formula: &Formula) -> Option<[&Formula; 3]> {
    let Formula::Weighted { terms, .. } = formula else {
        return None;
    };
    let [(a, x), (b, y), (c, z)] = terms.as_slice() else {
        return None;
    };
    [a, b, c].iter().all(|weight| **weight >= 0.0).then_some([x, y, z])
}

/// How the weight is shared between three parts: weights that sum to 1, which rank as the formula does.
pub fn shares(formula: &Formula) -> Option<[f64; 3]> {
    three_parts(formula)?;
    let Formula::Weighted { terms, .. } = formula else {
        return None;
    };
    let sum: f64 = terms.iter().map(|term| term.0).sum();
    (sum > 0.0).then(|| [0, 1, 2].map(|n| terms[n].0 / sum))
}

/// The formula with the weight shared so between its three parts.
pub fn shared(formula: &Formula, weights: [f64; 3]) -> Formula {
    let each = (0..).zip(weights);
    each.fold(formula.clone(), |formula, (n, weight)| formula.with_weight(n, weight))
}

/// All ways to share the weight in steps, the first part's share falling, then the second's.
pub fn grid(steps: usize) -> Vec<[f64; 3]> {
    let part = |n: usize| n as f64 / steps.max(1) as f64;
    let rows = (0..=steps).flat_map(|left| (0..=left).map(move |third| (steps - left, left - third, third)));
    rows.map(|(a, b, c)| [part(a), part(b), part(c)]).collect()
}

/// So many values of a parameter are tried in one direction, where nothing is said.
const ALONG: usize = 9;

/// Turns one dial or parameter through some values, written as in formulas, and measures the formula at each.
///
/// # Errors
/// Where there is no such dial, or it cannot be set so; what [`Bench::new`] and [`Bench::measure`] say; cancellation.
pub fn sweep(
    world: &World,
    formula: &Formula,
    (path, values): (&str, Option<&[String]>),
    (metrics, users): (&[Metric], Option<usize>),
    task: &Task,
) -> Result<SweepView, AnswerError> {
    let usage = |error: crate::models::formula::DialError| AnswerError::Usage(error.to_string());
    let knob = formula.knob(path).map_err(usage)?;
    let values = match (values, &knob.kind) {
        (Some(values), _) => values.to_vec(),
        (None, KnobKind::Dial(dial)) => default_values(dial).iter().map(ToString::to_string).collect(),
        (None, KnobKind::Parameter { .. }) => values_of(&knob, ALONG),
    };
    let turned: Result<Vec<Formula>, _> = values.iter().map(|value| formula.with_setting(path, value)).collect();
    let turned = turned.map_err(usage)?;
    let mut bench = Bench::new(world, users, formula.fittables().len(), task)?;
    let mut rows = Vec::with_capacity(turned.len());
    for (n, (value, model)) in values.iter().zip(&turned).enumerate() {
        task.progress
            .say(|| Report::of("turning", n as u64, turned.len() as u64, "settings"));
        rows.push(SweepRow {
            value: value.clone(),
            model: model.to_string(),
            figures: bench.measure(model, metrics, task)?,
        });
    }
    Ok(SweepView {
        model: formula.to_string(),
        kind: match &knob.kind {
            KnobKind::Dial(dial) => dial.kind.name(),
            KnobKind::Parameter { .. } => "parameter",
        },
        part: knob.of.to_string(),
        dial: knob.path,
        measured: measured(&bench, metrics),
        rows,
    })
}

/// On what a bench measures.
pub fn measured(bench: &Bench, metrics: &[Metric]) -> Measured {
    let (users, of_users) = bench.users();
    let row = |metric: &Metric| MetricRow {
        metric: metric.to_string(),
        definition: metric.spec().definition,
    };
    Measured {
        held_out: bench.held_out(),
        users,
        of_users,
        metrics: metrics.iter().map(row).collect(),
    }
}

/// How alike somebody's list is, at every point of the triangle, to the list by the formula as it is: rank-biased overlap of
/// the first 20. The parts are fitted where they are not; nothing is scored again. O(points·parts·items).
///
/// # Errors
/// Where a part cannot be fitted; cancellation.
pub fn likeness(
    world: &World,
    formula: &Formula,
    whose: &Whose,
    points: &[[f64; 3]],
    task: &Task,
) -> Result<Vec<f64>, AnswerError> {
    world.fit(formula, task)?;
    let list = |formula: &Formula| -> Result<Vec<ItemIx>, AnswerError> {
        let serving = world.combined(formula, whose, &task.cancel)?;
        let best = serving.recommend(LENGTH, false, &task.cancel)?;
        Ok(best.into_iter().map(|(item, _)| item).collect())
    };
    let now = list(formula)?;
    let likeness = |weights: &[f64; 3]| {
        Ok(rank_biased_overlap(
            &list(&shared(formula, *weights))?,
            &now,
            PERSISTENCE,
        ))
    };
    points.iter().map(likeness).collect()
}

/// Measures the formula at every point of the triangle of its three weights.
///
/// # Errors
/// Where it is no sum of three parts with weights from 0; as [`sweep`].
pub fn triangle(
    world: &World,
    formula: &Formula,
    whose: Option<&Whose>,
    steps: usize,
    (metrics, users): (&[Metric], Option<usize>),
    task: &Task,
) -> Result<TriangleView, AnswerError> {
    let Some(parts) = three_parts(formula) else {
        return Err(AnswerError::Usage(format!(
            "the weight triangle is of a sum of three parts with weights from 0; {formula} is none"
        )));
    };
    let points = grid(steps);
    let alike = whose
        .map(|whose| likeness(world, formula, whose, &points, task))
        .transpose()?;
    let mut bench = Bench::new(world, users, formula.fittables().len(), task)?;
    let mut rows = Vec::with_capacity(points.len());
    for (n, weights) in points.iter().enumerate() {
        task.progress
            .say(|| Report::of("measuring", n as u64, points.len() as u64, "points"));
        rows.push(TrianglePoint {
            weights: *weights,
            rbo: alike.as_ref().and_then(|alike| alike.get(n).copied()),
            figures: bench.measure(&shared(formula, *weights), metrics, task)?,
        });
    }
    Ok(TriangleView {
        model: formula.to_string(),
        parts: parts.map(ToString::to_string),
        steps,
        measured: measured(&bench, metrics),
        points: rows,
    })
}

#[cfg(test)]
mod tests;
