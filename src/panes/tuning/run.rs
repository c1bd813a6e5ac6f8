//! Measuring in the background: what was measured stays, and nothing is begun while a control moves.

use std::collections::HashMap;
use std::sync::Arc;

use super::what::{TuningQuery, What};
use crate::answers::tuning::{self, Bench, METRICS, Measured, SweepRow, TrianglePoint};
use crate::answers::{AnswerError, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::evaluate::Metric;
use crate::models::Formula;
use crate::models::formula::DialKind;
use crate::panes::background::{REST, job_error};
use crate::task::{Pool, Report, Task};

/// What the pane shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TuningView {
    pub state: TuningState,
    /// The formula as it was turned when this was asked for.
    pub model: String,
    pub metrics: Vec<Metric>,
    /// On what is measured, once ratings are held out.
    pub measured: Option<Measured>,
    /// The names of the three parts and the points of their triangle.
    pub triangle: Option<([String; 3], Vec<TrianglePoint>)>,
    /// The dial that is swept over.
    pub sweep: Option<Sweep>,
    /// The last word of what is being done.
    pub report: Option<Report>,
    /// Why nothing can be measured here.
    pub problem: Option<String>,
}

/// One dial, turned from end to end, as far as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    pub dial: String,
    pub kind: DialKind,
    /// What a weight weighs, else the combination.
    pub part: String,
    /// The settings; those not measured yet have no figures.
    pub rows: Vec<SweepRow>,
}

/// Whether it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TuningState {
    /// There are so many ratings that a person has to say whether it is worth it.
    #[default]
    Asks,
    Running,
    /// A person stopped it, or it is at its end.
    Rests,
}

impl TuningView {
    /// How many of all points have figures.
    pub fn progress(&self) -> (usize, usize) {
        match (&self.triangle, &self.sweep) {
            (Some((_, points)), _) => (points.iter().filter(|p| !p.figures.is_empty()).count(), points.len()),
            (None, Some(sweep)) => (
                sweep.rows.iter().filter(|r| !r.figures.is_empty()).count(),
                sweep.rows.len(),
            ),
            (None, None) => (0, 0),
        }
    }
}

/// Formulas that differ in how they are turned, measured one after the other. What was measured stays.
pub struct TuningRun {
    world: World,
    pool: Pool,
    bench: Option<Bench>,
    metrics: Vec<Metric>,
    /// By canonical form.
    known: HashMap<String, Vec<Option<f64>>>,
    wanted: Option<TuningQuery>,
    /// How alike the lists are to the present one, at the points of the triangle, and of what that is.
    alike: Option<(TuningQuery, Vec<f64>)>,
    /// Why nothing can be measured here.
    problem: Option<String>,
}

impl TuningRun {
    /// Nothing measured yet. Figures are of the ratings as stored; what-if edits count only for somebody's list.
    pub fn new(world: &World, pool: Pool) -> Self {
        Self {
            world: world.clone(),
            pool,
            bench: None,
            // The text is ours, and a test reads it.
            metrics: Metric::parse_list(METRICS).unwrap_or_default(),
            known: HashMap::new(),
            wanted: None,
            alike: None,
            problem: None,
        }
    }

    /// The formulas to be measured, in order.
    fn formulas(query: &TuningQuery) -> Vec<Formula> {
        match &query.what {
            What::Triangle => {
                let points = tuning::grid(super::STEPS).into_iter();
                points.map(|weights| tuning::shared(&query.formula, weights)).collect()
            }
            What::Sweep(path) => settings(&query.formula, path)
                .into_iter()
                .map(|(_, formula)| formula)
                .collect(),
        }
    }

    /// Where each list stands to the present one: at once, as nothing is scored for it.
    fn compare(&mut self, query: &TuningQuery, task: &Task) -> Result<(), AnswerError> {
        let Some(whose) = query.whose.as_ref().filter(|_| query.what == What::Triangle) else {
            return Ok(());
        };
        if self.alike.as_ref().is_some_and(|(of, _)| of == query) {
            return Ok(());
        }
        let world = self.world.with_edits(Arc::clone(&query.edits));
        let alike = tuning::likeness(&world, &query.formula, whose, &tuning::grid(super::STEPS), task)?;
        self.alike = Some((query.clone(), alike));
        Ok(())
    }

    /// Measures what has no figures yet. What cannot be measured says why; how alike the lists are is shown all the same.
    fn measure(&mut self, query: &TuningQuery, asked: &Asked<TuningView>) -> Result<(), JobError> {
        self.problem = None;
        match self.measure_all(query, asked) {
            Err(JobError::Failed(why)) => self.problem = Some(why),
            other => return other,
        }
        Ok(())
    }

    /// A task whose reports are shown with what is there.
    fn watched(&self, asked: &Asked<TuningView>) -> Task {
        let view = self.view(RunState::Running);
        asked.watched(&self.pool, move |report| TuningView {
            report: Some(report),
            ..view.clone()
        })
    }

    fn measure_all(&mut self, query: &TuningQuery, asked: &Asked<TuningView>) -> Result<(), JobError> {
        if self.bench.is_none() {
            let parts = query.formula.fittables().len();
            self.bench = Some(Bench::new(&self.world, None, parts, &self.watched(asked)).map_err(job_error)?);
        }
        for formula in Self::formulas(query) {
            let name = formula.to_string();
            if self.known.contains_key(&name) {
                continue;
            }
            let watched = self.watched(asked);
            let Some(bench) = &mut self.bench else { return Ok(()) };
            let figures = bench.measure(&formula, &self.metrics, &watched).map_err(job_error)?;
            self.known.insert(name, figures);
            asked.partial(self.view(RunState::Running))?;
        }
        Ok(())
    }
}

/// The values of a dial, and the formula at each.
fn settings(formula: &Formula, path: &str) -> Vec<(String, Formula)> {
    let Ok(dial) = formula.dial(path) else {
        return Vec::new();
    };
    let values = tuning::default_values(&dial).into_iter();
    let turned = values.filter_map(|value| Some((value.to_string(), formula.turned(path, value).ok()?)));
    turned.collect()
}

impl Process for TuningRun {
    type Settings = TuningQuery;
    type View = TuningView;

    fn set(&mut self, settings: &TuningQuery) -> Result<(), String> {
        self.wanted = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<TuningView>) -> Result<(), JobError> {
        let Some(query) = self.wanted.clone() else {
            return Ok(());
        };
        let task = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        // The point where the formula is now, at once: no frame waits for what rests.
        asked.partial(self.view(RunState::Running))?;
        asked.wait(REST)?;
        self.compare(&query, &task).map_err(job_error)?;
        asked.partial(self.view(RunState::Running))?;
        self.measure(&query, asked)
    }

    fn reset(&mut self) {
        self.known.clear();
    }

    fn view(&self, state: RunState) -> TuningView {
        let Some(query) = &self.wanted else {
            return TuningView::default();
        };
        let formula = &query.formula;
        let figures = |formula: &Formula| self.known.get(&formula.to_string()).cloned().unwrap_or_default();
        let mut view = TuningView {
            state: match state {
                RunState::Asks => TuningState::Asks,
                RunState::Running => TuningState::Running,
                RunState::Paused => TuningState::Rests,
            },
            model: formula.to_string(),
            measured: self.bench.as_ref().map(|bench| tuning::measured(bench, &self.metrics)),
            metrics: self.metrics.clone(),
            problem: self.problem.clone(),
            ..TuningView::default()
        };
        match &query.what {
            What::Triangle => {
                let alike = self
                    .alike
                    .as_ref()
                    .filter(|(of, _)| of.whose == query.whose && of.formula.is_alike(&query.formula))
                    .map(|(_, alike)| alike);
                let point = |(n, weights): (usize, [f64; 3])| TrianglePoint {
                    weights,
                    rbo: alike.and_then(|alike| alike.get(n).copied()),
                    figures: figures(&tuning::shared(formula, weights)),
                };
                let points = tuning::grid(super::STEPS).into_iter().enumerate().map(point).collect();
                let parts = tuning::three_parts(formula);
                view.triangle = parts.map(|parts| (parts.map(ToString::to_string), points));
            }
            What::Sweep(path) => {
                let row = |(value, turned): (String, Formula)| SweepRow {
                    value,
                    model: turned.to_string(),
                    figures: figures(&turned),
                };
                view.sweep = formula.dial(path).ok().map(|dial| Sweep {
                    dial: dial.path,
                    kind: dial.kind,
                    part: dial.of.to_string(),
                    rows: settings(formula, path).into_iter().map(row).collect(),
                });
            }
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Edits;
    use crate::engine::{Executor, Phase, Run, Runs};
    use crate::models::tests_common::synthetic;
    use std::time::Duration;

    fn query(text: &str, what: What) -> TuningQuery {
        TuningQuery {
            whose: Some(crate::answers::Whose::User(crate::data::UserIx(0))),
            formula: Arc::new(Formula::parse(text).unwrap()),
            what,
            edits: Arc::new(Edits::default()),
        }
    }

    fn opened(world: &World) -> (Run<TuningRun>, Executor) {
        let executor = Executor::new("test", 1).unwrap();
        let process = TuningRun::new(world, Pool::new("test", 1));
        let run = Run::new(&executor, Arc::new(|| {}), process, RunState::Running);
        (run, executor)
    }

    fn measured((run, executor): &(Run<TuningRun>, Executor), query: &TuningQuery) -> TuningView {
        run.want(query);
        assert!(executor.wait_idle(Duration::from_mins(2)));
        match &run.latest().load().phase {
            Phase::Ready(view) => view.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_points_are_measured_and_kept_while_the_formula_is_turned() {
        let world = World::new(synthetic(24, 20), 42);
        let bench = opened(&world);
        let first = measured(
            &bench,
            &query("0.6*item-knn + 0.3*ease + 0.1*popularity", What::Triangle),
        );
        assert_eq!(first.progress(), (66, 66));
        assert_eq!(first.state, TuningState::Rests);
        let (parts, points) = first.triangle.clone().unwrap();
        assert_eq!(parts[1], "ease");
        // As the command says it.
        let task = Task::unattended();
        let formula = Formula::parse("0.6*item-knn + 0.3*ease + 0.1*popularity").unwrap();
        let whose = crate::answers::Whose::User(crate::data::UserIx(0));
        let users = first.measured.as_ref().map(|m| m.users);
        let same = tuning::triangle(
            &world,
            &formula,
            Some(&whose),
            super::super::STEPS,
            (&first.metrics, users),
            &task,
        );
        let same = same.unwrap();
        assert_eq!((same.points, Some(same.measured)), (points.clone(), first.measured));
        // Turned otherwise, the figures of the points are those of before; how alike the lists are is not.
        let second = measured(
            &bench,
            &query("0.1*item-knn + 0.3*ease + 0.6*popularity", What::Triangle),
        );
        let (_, turned) = second.triangle.unwrap();
        assert!(
            points
                .iter()
                .zip(&turned)
                .all(|(a, b)| a.figures == b.figures && a.weights == b.weights)
        );
        assert!(points.iter().zip(&turned).any(|(a, b)| a.rbo != b.rbo));
    }

    #[test]
    fn what_cannot_be_measured_says_why_and_lists_are_compared_all_the_same() {
        let world = World::new(crate::models::tests_common::dataset(&[(0, 0, 3.0), (1, 1, 4.0)], 3), 42);
        let bench = opened(&world);
        let formula = "0.6*popularity + 0.3*popularity + 0.1*popularity";
        let view = measured(&bench, &query(formula, What::Triangle));
        assert!(view.problem.is_some());
        let (_, points) = view.triangle.unwrap();
        assert!(
            points
                .iter()
                .all(|point| point.rbo == Some(1.0) && point.figures.is_empty())
        );
    }

    #[test]
    fn a_sweep_is_measured_as_the_command_does() {
        let world = World::new(synthetic(24, 20), 42);
        let bench = opened(&world);
        let asked = query("0.5*item-knn + 0.5*popularity", What::Sweep("norm".into()));
        let view = measured(&bench, &asked);
        let users = view.measured.as_ref().map(|m| m.users);
        let same = tuning::sweep(
            &world,
            &asked.formula,
            ("norm", None),
            (&view.metrics, users),
            &Task::unattended(),
        );
        assert_eq!(same.unwrap().rows, view.sweep.unwrap().rows);
    }
}
