use std::sync::Arc;

use super::run::BoardRun;
use super::{Leaderboard, actions};
use crate::answers::leaderboard::{measures_of, split_name};
use crate::answers::{CommandLine, LeaderboardView, World, command_line};
use crate::models::Formula;
use crate::panes::background::begins;
use crate::panes::{Ask, Setting, Shared, Source};

/// The models of the board, in its order.
pub type BoardQuery = Vec<Arc<Formula>>;

/// What the panes of the board are answered by: one run for all of them.
pub fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
    setting.run(begins(setting.world), || {
        BoardRun::new(setting.world, setting.background_pool.clone())
    })
}

/// The models whose rows are there; all of them before there is one.
pub fn measured(view: &LeaderboardView) -> Vec<&str> {
    let some = view.done() > 0;
    let rows = view.rows.iter().filter(|r| !some || r.measured.is_some());
    rows.map(|r| r.model.as_str()).collect()
}

/// The command that measures these models as the board does; `more` says what else it is to print.
pub fn command(models: &[&str], metrics: &str, more: &[&str], world: &World, data: &[String]) -> Option<String> {
    let question = CommandLine::Evaluate {
        split: &split_name(world.seed()),
        models,
        metrics,
        more,
    };
    Some(command_line(world, data, question))
}

impl Ask for Leaderboard {
    type Query = BoardQuery;
    type View = LeaderboardView;

    fn query(shared: &Shared) -> Result<BoardQuery, String> {
        Ok(shared.selection.compared.clone())
    }

    fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
        source(setting)
    }

    fn command(_: &BoardQuery, view: &LeaderboardView, world: &World, data: &[String]) -> Option<String> {
        let measures = measures_of(world.dataset.feedback().kind);
        command(&measured(view), &measures, &[], world, data)
    }

    fn settle(shared: &mut Shared) {
        actions::settle(shared);
    }
}
