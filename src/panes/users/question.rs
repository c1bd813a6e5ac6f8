use super::Users;
use crate::answers::leaderboard::LEAD;
use crate::answers::{LeaderboardView, World};
use crate::panes::leaderboard::{BoardQuery, board_command, board_query, board_source, measured};
use crate::panes::{Ask, Setting, Shared, Source};

impl Ask for Users {
    type Query = BoardQuery;
    type View = LeaderboardView;

    fn query(shared: &Shared) -> Result<BoardQuery, String> {
        Ok(board_query(shared))
    }

    fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
        board_source(setting)
    }

    fn command(_: &BoardQuery, view: &LeaderboardView, world: &World, data: &[String]) -> Option<String> {
        board_command(&measured(view), LEAD, &["--by-user"], world, data)
    }
}
