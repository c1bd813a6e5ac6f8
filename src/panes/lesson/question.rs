use super::Lesson;
use crate::answers::leaderboard::{LESSON_MEASURES, ladder};
use crate::answers::{LeaderboardView, World};
use crate::panes::leaderboard::{BoardQuery, board_command, board_query, board_source};
use crate::panes::{Ask, Setting, Shared, Source};

impl Ask for Lesson {
    type Query = BoardQuery;
    type View = LeaderboardView;

    fn query(shared: &Shared) -> Result<BoardQuery, String> {
        Ok(board_query(shared))
    }

    fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
        board_source(setting)
    }

    fn command(_: &BoardQuery, _view: &LeaderboardView, world: &World, data: &[String]) -> Option<String> {
        board_command(
            &ladder(world.dataset.feedback().kind),
            LESSON_MEASURES,
            &["--by-user"],
            world,
            data,
        )
    }
}
