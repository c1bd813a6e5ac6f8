//! What is recommended to everybody.

use std::time::{Duration, Instant};

use super::recommend::{rated_users, rows};
use super::{AnswerError, RecommendQuery, RecommendRow, Whose, World};
use crate::data::UserIx;
use crate::models::{Ranker, Wanted};
use crate::task::{Report, Task};

/// Everyone's list, in the order of the file, handed out as they come; `each` stops the work by an error of its own.
///
/// # Errors
/// As [`super::recommend::compute`], or whatever `each` returns.
pub fn compute<E: From<AnswerError>>(
    world: &World,
    query: &RecommendQuery,
    task: &Task,
    each: &mut dyn FnMut(UserIx, Vec<RecommendRow>) -> Result<(), E>,
) -> Result<(), E> {
    let model = world.fit(&query.formula, task)?;
    let wanted = Wanted {
        n: query.n,
        include_seen: query.include_seen,
    };
    let users: Vec<UserIx> = rated_users(world);
    let ranker = Ranker::open(&model, &world.dataset, users.len(), task).map_err(AnswerError::from)?;
    let mut done = 0;
    let (mut ranking, mut writing) = (Duration::ZERO, Duration::ZERO);
    for chunk in users.chunks(4 * Ranker::AT_ONCE * task.pool.threads()) {
        let begin = Instant::now();
        let lists = task
            .pool
            .try_map_each(chunk.chunks(Ranker::AT_ONCE).collect(), |users: &[UserIx]| {
                let profile = |user: &UserIx| world.profile(&Whose::User(*user)).into();
                let profiles: Vec<_> = users.iter().map(profile).collect();
                ranker.rank(
                    &profiles,
                    wanted,
                    &task.cancel,
                    |_, list, serving| -> Result<_, AnswerError> { Ok(rows(world, serving, list)) },
                )
            })?;
        let ranked = Instant::now();
        ranking += ranked.duration_since(begin);
        let lists = lists.into_iter().flatten();
        for (user, list) in chunk.iter().zip(lists) {
            each(*user, list)?;
        }
        writing += ranked.elapsed();
        done += chunk.len() as u64;
        task.progress
            .say(|| Report::of("recommending", done, users.len() as u64, "users"));
    }
    task.timings.add("ranking", ranking);
    task.timings.add("writing", writing);
    Ok(())
}
