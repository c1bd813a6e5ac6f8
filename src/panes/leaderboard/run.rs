use std::sync::Arc;

use crate::answers::leaderboard::{Board, BoardState};
use crate::answers::{AnswerError, LeaderboardView, World};
use crate::data::Dataset;
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::evaluate::Metric;
use crate::models::{FitCost, Formula};
use crate::task::{Pool, Report, Task};

/// What the board shows.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardQuery {
    /// The models, in its order.
    pub models: Vec<Arc<Formula>>,
    /// The columns of figures, the leading measure first.
    pub columns: Vec<Metric>,
}

/// The models of the board, measured one after the other on the ratings as stored: those whose fit takes long after all
/// others, so that no row waits for them. What was measured stays.
pub struct BoardRun {
    board: Board,
    /// The data that costs are estimated for.
    dataset: Arc<Dataset>,
    models: Vec<String>,
    /// What fitting each would take.
    costs: Vec<FitCost>,
    pool: Pool,
}

impl BoardRun {
    /// Nothing measured yet.
    pub fn new(world: &World, pool: Pool) -> Self {
        Self {
            board: Board::new(world.clone()),
            dataset: Arc::clone(&world.dataset),
            models: Vec::new(),
            costs: Vec::new(),
            pool,
        }
    }

    /// The places of the models in the order in which they are measured: as they stand, but for large fits.
    fn by_cost(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.models.len()).collect();
        let seconds = |at: usize| {
            if self.costs[at].is_large() {
                self.costs[at].seconds
            } else {
                0.0
            }
        };
        order.sort_by(|a, b| seconds(*a).total_cmp(&seconds(*b)));
        order
    }
}

/// What is said of a model on the way: with what it takes, where that is much.
fn with_cost(report: Option<Report>, cost: FitCost) -> Option<Report> {
    if !cost.is_large() {
        return report;
    }
    Some(match report {
        None => Report::of(format!("fitting takes {cost}"), 0, None, "models"),
        Some(report) => Report {
            stage: format!("{} ({cost})", report.stage),
            ..report
        },
    })
}

impl Process for BoardRun {
    type Settings = BoardQuery;
    type View = LeaderboardView;

    fn set(&mut self, BoardQuery { models, columns }: &BoardQuery) -> Result<(), String> {
        self.board.show(columns);
        self.models = models.iter().map(ToString::to_string).collect();
        self.costs = models.iter().map(|m| m.cost(&self.dataset, &self.pool)).collect();
        Ok(())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<LeaderboardView>) -> Result<(), JobError> {
        let error = |error| match error {
            AnswerError::Cancelled(_) => JobError::Cancelled,
            other => JobError::Failed(other.to_string()),
        };
        asked.partial(self.view(RunState::Running))?;
        let task = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        self.board.prepare(&task).map_err(error)?;
        for at in self.by_cost() {
            if self.board.has(&self.models[at]) {
                continue;
            }
            let view = self.view(RunState::Running);
            let cost = self.costs[at];
            let on_the_way = move |report: Option<Report>| LeaderboardView {
                running: Some((at, with_cost(report, cost))),
                ..view.clone()
            };
            asked.partial(on_the_way(None))?;
            let task = asked.watched(&self.pool, move |report| on_the_way(Some(report)));
            self.board.measure(&self.models[at], &task).map_err(error)?;
        }
        Ok(())
    }

    fn view(&self, state: RunState) -> LeaderboardView {
        let state = match state {
            RunState::Asks => BoardState::Asks,
            RunState::Running => BoardState::Running,
            RunState::Paused => BoardState::Stopped,
        };
        self.board.view(&self.models, state)
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
