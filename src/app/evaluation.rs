//! The run of the Evaluate screen: the models of the board measured in the background, one after the other, beside browsing
//! and never in its way. Nothing is measured before the screen is first shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fits::watched;
use crate::answers::leaderboard::{Board, BoardState, LADDER, LEAD, LESSON_MEASURES, MEASURES, split_name};
use crate::answers::{AnswerError, CommandLine, LeaderboardView, World, command_line};
use crate::engine::{Asked, Executor, Generation, JobError, Lane, Waker};
use crate::task::{Pool, Task};

/// Above so many ratings a person is asked first.
pub const LARGE: usize = 2_000_000;

/// The board, its lane, and whether it goes on.
pub struct EvaluationRun {
    board: Arc<Mutex<Board>>,
    lane: Arc<Lane<LeaderboardView>>,
    pool: Pool,
    generation: Generation,
    wanted: Vec<String>,
    state: BoardState,
}

impl EvaluationRun {
    /// A run on the world's ratings as stored, not yet begun.
    pub fn new(executor: &Executor, wake: Waker, world: &World, pool: Pool) -> Self {
        let is_large = world.dataset.n_ratings() > LARGE;
        Self {
            board: Arc::new(Mutex::new(Board::new(world.clone()))),
            lane: Arc::new(Lane::new(executor, wake)),
            pool,
            generation: Generation::default(),
            wanted: Vec::new(),
            state: if is_large {
                BoardState::Asks
            } else {
                BoardState::Running
            },
        }
    }

    /// Where its answers appear.
    pub fn lane(&self) -> &Arc<Lane<LeaderboardView>> {
        &self.lane
    }

    /// Wants these models on the board, in this order. What was measured stays; what is being measured begins anew where
    /// the models are others.
    pub fn want(&mut self, models: &[String]) {
        if self.wanted != models {
            self.wanted = models.to_vec();
            self.ask();
        }
    }

    /// Stops what is measured, or goes on.
    pub fn run_or_stop(&mut self) {
        self.state = if self.state == BoardState::Running && self.lane.is_busy() {
            BoardState::Stopped
        } else {
            BoardState::Running
        };
        self.ask();
    }

    fn ask(&mut self) {
        self.generation = self.generation.next();
        let (shared, models, pool) = (Arc::clone(&self.board), self.wanted.clone(), self.pool.clone());
        let state = self.state;
        self.lane.ask(self.generation, move |asked| {
            // The job before this one has ended: a lane runs one at a time.
            let mut board = lock(&shared);
            if state == BoardState::Running {
                measure_all(&mut board, &models, asked, &pool)?;
            }
            Ok(board.view(&models, state))
        });
    }
}

// A job that panicked leaves whole rows only.
fn lock(shared: &Mutex<Board>) -> MutexGuard<'_, Board> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Measures what is not measured yet, and shows the board after every row and on the way.
fn measure_all(
    board: &mut Board,
    models: &[String],
    asked: &Asked<LeaderboardView>,
    pool: &Pool,
) -> Result<(), JobError> {
    let error = |error| match error {
        AnswerError::Cancelled(_) => JobError::Cancelled,
        other => JobError::Failed(other.to_string()),
    };
    asked.partial(board.view(models, BoardState::Running))?;
    let task = Task {
        cancel: asked.cancel.clone(),
        pool: pool.clone(),
        ..Task::default()
    };
    board.prepare(&task).map_err(error)?;
    for (at, model) in models.iter().enumerate() {
        if board.has(model) {
            continue;
        }
        let view = board.view(models, BoardState::Running);
        let on_the_way = move |report| LeaderboardView {
            running: Some((at, report)),
            ..view.clone()
        };
        asked.partial(on_the_way(None))?;
        let task = watched(asked, pool, move |report| on_the_way(Some(report)));
        board.measure(model, &task).map_err(error)?;
    }
    Ok(())
}

/// The command that prints the board.
pub fn board_command(view: &LeaderboardView, world: &World, data: &[String]) -> String {
    command(&measured(view), MEASURES, false, world, data)
}

/// The command that prints what the lesson is read from.
pub fn lesson_command(_view: &LeaderboardView, world: &World, data: &[String]) -> String {
    command(&LADDER, LESSON_MEASURES, true, world, data)
}

/// The command that prints every user's values.
pub fn users_command(view: &LeaderboardView, world: &World, data: &[String]) -> String {
    command(&measured(view), LEAD, true, world, data)
}

/// The models whose rows are there; all of them before there is one.
fn measured(view: &LeaderboardView) -> Vec<&str> {
    let some = view.done() > 0;
    let rows = view.rows.iter().filter(|r| !some || r.measured.is_some());
    rows.map(|r| r.model.as_str()).collect()
}

fn command(models: &[&str], metrics: &str, by_user: bool, world: &World, data: &[String]) -> String {
    let question = CommandLine::Evaluate {
        split: &split_name(world.seed()),
        models,
        metrics,
        by_user,
    };
    command_line(world, data, question)
}

#[cfg(test)]
#[path = "evaluation_tests.rs"]
mod tests;
