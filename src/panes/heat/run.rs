//! Measuring a grid in the background, cell after cell. What was measured stays, whatever grid it was part of.

use std::collections::HashMap;
use std::sync::Arc;

use crate::answers::tuning::{self, Bench, HeatAxis, HeatCell, HeatPlan, METRICS, Measured, measure_cell};
use crate::answers::{AnswerError, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::evaluate::Metric;
use crate::models::Formula;
use crate::panes::background::job_error;
use crate::task::{Pool, Report};

/// What is laid out, and which figure is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatQuery {
    pub formula: Arc<Formula>,
    pub plan: HeatPlan,
    /// The figure, by its place.
    pub metric: usize,
}

/// What the pane shows.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatShown {
    pub state: RunState,
    pub model: String,
    pub down: HeatAxis,
    pub across: HeatAxis,
    /// Row after row; those not measured yet have no figures.
    pub cells: Vec<HeatCell>,
    pub metrics: Vec<Metric>,
    /// The figure that is shown, by its place.
    pub metric: usize,
    /// On what is measured, once ratings are held out.
    pub measured: Option<Measured>,
    /// The last word of what is being done.
    pub report: Option<Report>,
    /// Why nothing can be measured here.
    pub problem: Option<String>,
}

impl Default for HeatShown {
    fn default() -> Self {
        let axis = HeatAxis {
            dial: String::new(),
            values: Vec::new(),
        };
        Self {
            state: RunState::Asks,
            model: String::new(),
            down: axis.clone(),
            across: axis,
            cells: Vec::new(),
            metrics: Vec::new(),
            metric: 0,
            measured: None,
            report: None,
            problem: None,
        }
    }
}

impl HeatShown {
    /// How many of the cells were measured, or cannot be.
    pub fn done(&self) -> usize {
        let is_done = |cell: &&HeatCell| !cell.figures.is_empty() || cell.reason.is_some();
        self.cells.iter().filter(is_done).count()
    }

    /// The figure of a cell that is shown.
    pub fn figure(&self, cell: &HeatCell) -> Option<f64> {
        cell.figures.get(self.metric).copied().flatten()
    }

    /// A cell by its row and column.
    pub fn cell(&self, row: usize, column: usize) -> Option<&HeatCell> {
        let columns = self.across.values.len();
        (column < columns)
            .then(|| self.cells.get(row * columns + column))
            .flatten()
    }

    /// The cell whose figure is the best, the first of those that are.
    pub fn best(&self) -> Option<&HeatCell> {
        use crate::evaluate::metrics::Better;
        let lower = self.metrics.get(self.metric)?.spec().better == Better::Lower;
        let known = self.cells.iter().filter_map(|cell| Some((cell, self.figure(cell)?)));
        let better = |a: f64, b: f64| if lower { b < a } else { b > a };
        let best = known.reduce(|best, next| if better(best.1, next.1) { next } else { best });
        best.map(|(cell, _)| cell)
    }
}

/// The formula at every setting of two knobs.
pub struct HeatRun {
    world: World,
    pool: Pool,
    bench: Option<Bench>,
    metrics: Vec<Metric>,
    /// By canonical form.
    known: HashMap<String, Result<Vec<Option<f64>>, String>>,
    wanted: Option<HeatQuery>,
    problem: Option<String>,
}

impl HeatRun {
    /// Nothing measured yet. Figures are of the ratings as stored.
    pub fn new(world: &World, pool: Pool) -> Self {
        Self {
            world: world.clone(),
            pool,
            bench: None,
            // The text is ours, and a test reads it.
            metrics: Metric::parse_list(METRICS).unwrap_or_default(),
            known: HashMap::new(),
            wanted: None,
            problem: None,
        }
    }

    fn measure(&mut self, query: &HeatQuery, asked: &Asked<HeatShown>) -> Result<(), AnswerError> {
        let parts = query.formula.fittables().len();
        for at in &query.plan.order {
            let formula = &query.plan.models[*at];
            let name = formula.to_string();
            if self.known.contains_key(&name) {
                continue;
            }
            let view = self.view(RunState::Running);
            asked.partial(view.clone())?;
            let task = asked.watched(&self.pool, move |report| HeatShown {
                report: Some(report),
                ..view.clone()
            });
            if self.bench.is_none() {
                self.bench = Some(Bench::new(&self.world, None, parts, &task)?);
            }
            let Some(bench) = &mut self.bench else { return Ok(()) };
            let figures = measure_cell(bench, formula, &self.metrics, &task)?;
            self.known.insert(name, figures);
        }
        Ok(())
    }
}

impl Process for HeatRun {
    type Settings = HeatQuery;
    type View = HeatShown;

    fn set(&mut self, settings: &HeatQuery) -> Result<(), String> {
        self.wanted = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, pace: Pace, asked: &Asked<HeatShown>) -> Result<(), JobError> {
        // Another formula or axis is another lot of fits: a person says when.
        let Some(query) = self.wanted.clone().filter(|_| pace == Pace::Watched) else {
            return Ok(());
        };
        self.problem = None;
        match self.measure(&query, asked).map_err(job_error) {
            Err(JobError::Failed(why)) => self.problem = Some(why),
            other => return other,
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.known.clear();
    }

    fn view(&self, state: RunState) -> HeatShown {
        let Some(query) = &self.wanted else {
            return HeatShown::default();
        };
        HeatShown {
            state,
            model: query.formula.to_string(),
            down: query.plan.down.clone(),
            across: query.plan.across.clone(),
            cells: query.plan.cells(|model| self.known.get(model).cloned()),
            metrics: self.metrics.clone(),
            metric: query.metric,
            measured: self.bench.as_ref().map(|bench| tuning::measured(bench, &self.metrics)),
            report: None,
            problem: self.problem.clone(),
        }
    }
}
