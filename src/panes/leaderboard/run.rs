use std::sync::Arc;

use crate::answers::leaderboard::{Board, BoardState};
use crate::answers::{AnswerError, LeaderboardView, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::models::Formula;
use crate::task::{Pool, Task};

/// Above so many ratings a person is asked first.
const LARGE: usize = 2_000_000;

/// The models of the board, measured one after the other on the ratings as stored. What was measured stays.
pub struct BoardRun {
    board: Board,
    models: Vec<String>,
    pool: Pool,
}

impl BoardRun {
    /// Nothing measured yet.
    pub fn new(world: &World, pool: Pool) -> Self {
        Self {
            board: Board::new(world.clone()),
            models: Vec::new(),
            pool,
        }
    }

    /// Whether it begins by itself.
    pub fn begins(world: &World) -> RunState {
        if world.dataset.n_ratings() > LARGE {
            RunState::Asks
        } else {
            RunState::Running
        }
    }
}

impl Process for BoardRun {
    type Settings = Vec<Arc<Formula>>;
    type View = LeaderboardView;

    fn set(&mut self, models: &Vec<Arc<Formula>>) -> Result<(), String> {
        self.models = models.iter().map(ToString::to_string).collect();
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
        for at in 0..self.models.len() {
            if self.board.has(&self.models[at]) {
                continue;
            }
            let view = self.view(RunState::Running);
            let on_the_way = move |report| LeaderboardView {
                running: Some((at, report)),
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
