//! What a formula is worth over two of its dials or parameters at once: a grid of settings, each measured.

use serde::Serialize;

use super::bench::Bench;
use super::{Measured, default_values, measured, parse_values, spaced};
use crate::answers::{AnswerError, World};
use crate::evaluate::Metric;
use crate::models::formula::{DialError, DialKind, DialValue, Knob, KnobKind};
use crate::models::{Formula, Range};
use crate::task::{Report, Task};

/// So many values of a number are tried where nothing is said.
pub const VALUES: usize = 5;

/// The most settings of a grid.
pub const MOST_CELLS: usize = 10_000;

/// One direction of a grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatAxis {
    /// The dial or parameter, by its path.
    pub dial: String,
    /// What it is set to, from end to end.
    pub values: Vec<String>,
}

/// The formula at one pair of settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatCell {
    pub down: String,
    pub across: String,
    pub model: String,
    /// In the order of the metrics; `null` where one cannot be told, none where it is not measured yet.
    pub figures: Vec<Option<f64>>,
    /// Why it could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A formula over two dials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatView {
    pub model: String,
    pub down: HeatAxis,
    pub across: HeatAxis,
    #[serde(flatten)]
    pub measured: Measured,
    /// Row after row of the grid.
    pub cells: Vec<HeatCell>,
}

/// The settings of a grid, and in which order they are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPlan {
    pub down: HeatAxis,
    pub across: HeatAxis,
    /// The formula at each setting, row after row.
    pub models: Vec<Formula>,
    /// The places of the cells: those that share fitted models one after the other.
    pub order: Vec<usize>,
}

/// The values that a knob is set to where nothing is said: of a dial as in a sweep, of a parameter `count` over the range
/// that tuning searches, all words of a choice, else what it is set to.
pub fn values_of(knob: &Knob, count: usize) -> Vec<String> {
    match &knob.kind {
        KnobKind::Dial(dial) => {
            let evenly = match (dial.kind, default_values(dial).as_slice()) {
                (DialKind::Weight, [DialValue::Number(low), .., DialValue::Number(high)]) => Some((*low, *high)),
                _ => None,
            };
            if let Some((low, high)) = evenly {
                return spaced(low, high, count.max(2))
                    .iter()
                    .map(ToString::to_string)
                    .collect();
            }
            let all: Vec<String> = default_values(dial).iter().map(ToString::to_string).collect();
            let step = if dial.kind == DialKind::Norm {
                1
            } else {
                (all.len() - 1).div_ceil(count.max(2) - 1).max(1)
            };
            all.into_iter().step_by(step).collect()
        }
        KnobKind::Parameter {
            parameter,
            value,
            search,
        } => {
            let mut values: Vec<String> = match (search, parameter.range) {
                (_, Range::Choice(words)) => words.iter().map(|word| (*word).to_owned()).collect(),
                (Some(search), _) => (0..count.max(2))
                    .map(|n| search.at(parameter, n as f64 / (count.max(2) - 1) as f64))
                    .collect(),
                (None, _) => value.iter().map(ToString::to_string).collect(),
            };
            values.dedup();
            values
        }
    }
}

/// Reads settings as formulas have them: numbers, words, or so many numbers from one end to the other.
///
/// # Errors
/// A sentence with the forms there are.
pub fn parse_settings(text: &str) -> Result<Vec<String>, String> {
    if text.contains("..") {
        let numbers = parse_values(text)?;
        return Ok(numbers.iter().map(ToString::to_string).collect());
    }
    let each: Vec<String> = text.split(',').map(|one| one.trim().to_owned()).collect();
    if each.iter().any(String::is_empty) {
        return Err(format!(
            "{text:?} is not of the form 0..1:11 (from, to, how many), 0,0.5,1 or minmax,rank"
        ));
    }
    Ok(each)
}

/// Lays out the grid of two knobs; their values where nothing is said are those of [`values_of`].
///
/// # Errors
/// Where there is no such knob, one cannot be set so, both are the same, or the grid is too large.
pub fn plan(
    formula: &Formula,
    (down, down_values): (&str, Option<&[String]>),
    (across, across_values): (&str, Option<&[String]>),
) -> Result<HeatPlan, AnswerError> {
    let usage = |error: DialError| AnswerError::Usage(error.to_string());
    if down == across {
        return Err(AnswerError::Usage(format!(
            "a grid is over two dials, and {down} is one: name another"
        )));
    }
    let axis = |path: &str, values: Option<&[String]>| -> Result<(HeatAxis, bool), AnswerError> {
        let knob = formula.knob(path).map_err(usage)?;
        let axis = HeatAxis {
            values: values.map_or_else(|| values_of(&knob, VALUES), <[String]>::to_vec),
            dial: knob.path,
        };
        Ok((axis, matches!(knob.kind, KnobKind::Parameter { .. })))
    };
    let ((down, _), (across, across_is_fitted)) = (axis(down, down_values)?, axis(across, across_values)?);
    let (rows, columns) = (down.values.len(), across.values.len());
    if rows * columns > MOST_CELLS {
        return Err(AnswerError::Usage(format!(
            "a grid of {rows} by {columns} settings is too large: name fewer values"
        )));
    }
    let mut models = Vec::with_capacity(rows * columns);
    for value in &down.values {
        let row = formula.with_setting(&down.dial, value).map_err(usage)?;
        for value in &across.values {
            models.push(row.with_setting(&across.dial, value).map_err(usage)?);
        }
    }
    let mut order: Vec<usize> = (0..models.len()).collect();
    if across_is_fitted {
        order.sort_by_key(|cell| (cell % columns, cell / columns));
    }
    Ok(HeatPlan {
        down,
        across,
        models,
        order,
    })
}

impl HeatPlan {
    /// The cells, with what `known` says of each formula.
    pub fn cells(&self, known: impl Fn(&str) -> Option<Result<Vec<Option<f64>>, String>>) -> Vec<HeatCell> {
        let columns = self.across.values.len().max(1);
        let cell = |(n, formula): (usize, &Formula)| {
            let model = formula.to_string();
            let (figures, reason) = match known(&model) {
                Some(Ok(figures)) => (figures, None),
                Some(Err(reason)) => (Vec::new(), Some(reason)),
                None => (Vec::new(), None),
            };
            HeatCell {
                down: self.down.values[n / columns].clone(),
                across: self.across.values[n % columns].clone(),
                model,
                figures,
                reason,
            }
        };
        self.models.iter().enumerate().map(cell).collect()
    }
}

/// Measures one formula; why it cannot be is an answer, too.
///
/// # Errors
/// Cancellation.
pub fn measure(
    bench: &mut Bench,
    formula: &Formula,
    metrics: &[Metric],
    task: &Task,
) -> Result<Result<Vec<Option<f64>>, String>, AnswerError> {
    match bench.measure(formula, metrics, task) {
        Ok(figures) => Ok(Ok(figures)),
        Err(AnswerError::Cancelled(cancelled)) => Err(AnswerError::Cancelled(cancelled)),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Measures a formula over two dials.
///
/// # Errors
/// As [`plan`] and [`Bench::new`]; cancellation.
pub fn heat(
    world: &World,
    formula: &Formula,
    down: (&str, Option<&[String]>),
    across: (&str, Option<&[String]>),
    (metrics, users): (&[Metric], Option<usize>),
    task: &Task,
) -> Result<HeatView, AnswerError> {
    let plan = plan(formula, down, across)?;
    let mut bench = Bench::new(world, users, formula.fittables().len(), task)?;
    let mut known = std::collections::HashMap::new();
    for (n, cell) in plan.order.iter().enumerate() {
        task.progress
            .say(|| Report::of("measuring", n as u64, plan.order.len() as u64, "settings"));
        let model = &plan.models[*cell];
        known.insert(model.to_string(), measure(&mut bench, model, metrics, task)?);
    }
    Ok(HeatView {
        model: formula.to_string(),
        cells: plan.cells(|model| known.get(model).cloned()),
        measured: measured(&bench, metrics),
        down: plan.down,
        across: plan.across,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tuning::METRICS;
    use crate::models::tests_common::synthetic;

    fn formula(text: &str) -> Formula {
        Formula::parse(text).unwrap()
    }

    #[test]
    fn a_grid_measures_what_a_sweep_does_at_every_cell() {
        let world = World::new(synthetic(30, 24), 42);
        let start = formula("0.5*item-knn + 0.5*ease");
        let metrics = Metric::parse_list(METRICS).unwrap();
        let task = Task::unattended();
        let (weights, lambdas) = (
            ["0.2", "0.8"].map(str::to_owned),
            ["1", "100", "1000"].map(str::to_owned),
        );
        let axes = (("1.weight", Some(&weights[..])), ("2.lambda", Some(&lambdas[..])));
        let view = heat(&world, &start, axes.0, axes.1, (&metrics, None), &task).unwrap();
        assert_eq!(view.cells.len(), 6);
        let turned: Vec<HeatCell> = {
            let view = heat(&world, &start, axes.1, axes.0, (&metrics, None), &task).unwrap();
            view.cells
        };
        for (n, cell) in view.cells.iter().enumerate() {
            assert_eq!((&cell.down, &cell.across), (&weights[n / 3], &lambdas[n % 3]));
            let own = start.with_setting("2.lambda", &cell.across).unwrap();
            let value = [cell.down.clone()];
            let sweep = super::super::sweep(&world, &own, ("1.weight", Some(&value)), (&metrics, None), &task).unwrap();
            assert_eq!(
                (&sweep.rows[0].model, &sweep.rows[0].figures),
                (&cell.model, &cell.figures)
            );
            assert_eq!(turned[(n % 3) * 2 + n / 3].figures, cell.figures);
        }
        assert!(view.cells[0].figures != view.cells[5].figures);
    }

    #[test]
    fn what_needs_a_fit_changes_least_often() {
        let plan = plan(&formula("item-knn + ease"), ("norm", None), ("2.lambda", None)).unwrap();
        let changes = plan.order.windows(2).filter(|pair| {
            let part = |n: usize| plan.models[n].fittables()[1].to_string();
            part(pair[0]) != part(pair[1])
        });
        assert_eq!(changes.count(), plan.across.values.len() - 1);
    }

    #[test]
    fn what_cannot_be_laid_out_says_so() {
        let say = |down: &str, across: &str| {
            let laid = plan(&formula("svd + ease"), (down, None), (across, None));
            laid.unwrap_err().to_string()
        };
        assert!(say("norm", "norm").contains("name another"));
        assert!(say("norm", "1.factros").contains("1.factors"));
        let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
        let large = plan(
            &formula("svd + ease"),
            ("1.weight", Some(&many)),
            ("2.weight", Some(&many)),
        );
        assert!(large.unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn weights_go_from_end_to_end() {
        let knob = formula("0.6*svd + 0.4*ease").knob("1.weight").unwrap();
        assert_eq!(values_of(&knob, VALUES), ["0", "0.25", "0.5", "0.75", "1"]);
    }

    #[test]
    fn every_knob_has_values_that_it_takes() {
        for text in [
            "0.5*svd + 0.5*ease",
            "cascade(popularity > item-knn)",
            "switch(ratings<5 ? content : als)",
        ] {
            let start = formula(text);
            for knob in start.knobs() {
                for value in values_of(&knob, VALUES) {
                    assert!(
                        start.with_setting(&knob.path, &value).is_ok(),
                        "{} = {value}",
                        knob.path
                    );
                }
            }
        }
    }
}
