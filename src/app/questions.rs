//! The registry of panes at work: what each asks, made from the selection. One function a pane.

use std::sync::Arc;

use super::evaluation;
use super::slots::{Job, Question, Setting, Slot, slot, slot_of};
use crate::answers::{
    AnswerError, ColdStartView, CommandLine as Asked, Entity, ExplainQuery, FactorsQuery, LeaderboardView, MapView,
    NeighborsQuery, NeighborsView, PairQuery, RecommendQuery, Subject, Whose, World, command_line, explain, factors,
    info, map, neighbors, pair, profile, recommend,
};
use crate::data::{Edits, ItemIx};
use crate::engine::{Executor, Lane, Memo};
use crate::models::imported::Import;
use crate::models::neighborhood::Similarity;
use crate::models::{Formula, find_model};
use crate::panes::Selection;
use crate::panes::cold_start::ColdStart;
use crate::panes::data::Data;
use crate::panes::factors::{Factors, FactorsPaneView};
use crate::panes::leaderboard::Leaderboard;
use crate::panes::lesson::Lesson;
use crate::panes::neighbors::{Neighbors, NeighborsPaneView};
use crate::panes::profile::Profile;
use crate::panes::recommendations::Recommendations;
use crate::panes::users::Users;
use crate::panes::why::Why;
use crate::task::Task;

/// How long a list of recommendations is.
const LIST: usize = 200;
/// How many neighbors are listed.
const NEAR: usize = 100;

/// Models whose factors can be shown.
const FACTOR_MODELS: [&str; 10] = [
    "svd",
    "svdpp",
    "nmf",
    "biased-als",
    "als",
    "bpr",
    "lmf",
    "warp",
    "puresvd",
    "two-tower",
];

/// The model whose factors are shown: the model itself where it has some, else `svd`.
pub fn factor_formula(formula: &str) -> String {
    let name = formula.split(':').next().unwrap_or("").trim();
    let imported = || find_model(name).is_ok_and(|spec| spec.fit.import().is_some_and(Import::has_factors));
    if FACTOR_MODELS.contains(&name) || imported() {
        formula.to_owned()
    } else {
        "svd".to_owned()
    }
}

/// The slots of all panes.
pub fn slots(
    setting: &Setting<'_>,
    bandit: &Arc<Lane<ColdStartView>>,
    board: &Arc<Lane<LeaderboardView>>,
) -> Vec<Box<dyn Slot>> {
    vec![
        slot(Profile, profile_question(), setting),
        slot(Recommendations, recommend_question(), setting),
        slot(Why, explain_question(), setting),
        slot(Neighbors, neighbors_question(), setting),
        slot(Factors, factors_question(Arc::clone(&setting.behind)), setting),
        slot_of(ColdStart, bandit, super::bandit::command),
        slot_of(Leaderboard, board, evaluation::board_command),
        slot_of(Lesson, board, evaluation::lesson_command),
        slot_of(Users, board, evaluation::users_command),
        slot(Data, info_question(), setting),
    ]
}

/// The edits that an answer depends on: part of every question about people.
type Edited = Arc<Edits>;

fn edits(selection: &Selection) -> Edited {
    Arc::clone(&selection.edits)
}

fn read(formula: &str) -> Result<Formula, AnswerError> {
    Formula::parse(formula).map_err(|e| AnswerError::Usage(e.to_string()))
}

fn profile_question() -> Question<Profile, (Subject, Edited)> {
    Question {
        query: |selection, _| Ok((selection.subject.clone(), edits(selection))),
        compute: Arc::new(|(subject, _), job| {
            super::panic_if_asked("worker");
            profile::compute(job.world, subject, &job.task.cancel)
        }),
        command: |(subject, _), world, data| Some(command_line(world, data, Asked::Profile(subject))),
    }
}

type ListQuestion = (Subject, String, Edited);

fn list_query((subject, formula, _): &ListQuestion) -> Result<RecommendQuery, AnswerError> {
    Ok(RecommendQuery {
        subject: subject.clone(),
        formula: read(formula)?,
        n: LIST,
        include_seen: false,
    })
}

fn recommend_question() -> Question<Recommendations, ListQuestion> {
    Question {
        query: |selection, _| Ok((selection.subject.clone(), selection.formula.clone(), edits(selection))),
        compute: Arc::new(|question, job| {
            let query = list_query(question)?;
            let list = recommend::compute(job.world, &query, job.task, &mut |view| job.partial(view))?;
            // What the edits moved: against the list of the ratings as stored. Users of an item are too many for that.
            let is_edited_user = matches!(query.subject, Subject::Person(Whose::User(_))) && list.edited;
            if !is_edited_user {
                return Ok(list);
            }
            let stored = job.world.with_edits(Arc::default());
            let before = recommend::compute(&stored, &query, job.task, &mut |_| ())?;
            Ok(list.compared(&before))
        }),
        command: |question, world, data| {
            let query = list_query(question).ok()?;
            Some(command_line(world, data, Asked::Recommend(&query)))
        },
    }
}

type WhyQuestion = (Whose, ItemIx, String, Edited);

fn why_query((whose, item, formula, _): &WhyQuestion) -> Result<ExplainQuery, AnswerError> {
    Ok(ExplainQuery::new(whose.clone(), *item, read(formula)?))
}

fn explain_question() -> Question<Why, WhyQuestion> {
    Question {
        query: |selection, _| {
            let (whose, item) = selection.why().ok_or("move the cursor to an item to see why")?;
            Ok((whose, item, selection.formula.clone(), edits(selection)))
        },
        compute: Arc::new(|question, job| explain::compute(job.world, &why_query(question)?, &job.task.cancel)),
        command: |question, world, data| {
            let query = why_query(question).ok()?;
            Some(command_line(world, data, Asked::Explain(&query)))
        },
    }
}

/// Subject, focus, neighbor, edits.
type NearQuestion = (Subject, Option<ItemIx>, Option<Entity>, Edited);

fn near_query((subject, focus, ..): &NearQuestion) -> NeighborsQuery {
    NeighborsQuery {
        focus: *focus,
        ..NeighborsQuery::new(subject.clone(), Similarity::Cosine, NEAR)
    }
}

/// The table is kept while the cursor walks over it, and only the pair is computed anew.
type NearTables = Memo<(Subject, Option<ItemIx>, Edited), NeighborsView>;

fn neighbors_question() -> Question<Neighbors, NearQuestion> {
    let tables: NearTables = Memo::new(2);
    Question {
        query: |selection, _| {
            let focus = selection
                .focus_item
                .filter(|_| matches!(selection.subject, Subject::Person(_)));
            Ok((selection.subject.clone(), focus, selection.neighbor, edits(selection)))
        },
        compute: Arc::new(move |question, job| near(&tables, question, job)),
        command: |question, world, data| Some(command_line(world, data, Asked::Neighbors(&near_query(question)))),
    }
}

fn near(
    tables: &NearTables,
    question: &NearQuestion,
    job: &Job<'_, NeighborsPaneView>,
) -> Result<NeighborsPaneView, AnswerError> {
    let (subject, focus, neighbor, edits) = question;
    let (world, cancel) = (job.world, &job.task.cancel);
    let query = near_query(question);
    let key = (subject.clone(), *focus, Arc::clone(edits));
    let table = tables.get(&key, cancel, || neighbors::compute(world, &query, cancel))?;
    let pair = match neighbor {
        None => None,
        Some(_) if !world.near.has_baselines() => {
            // The arithmetic waits for what takes longer than a frame: the table comes first.
            let view = NeighborsPaneView {
                table: Arc::clone(&table),
                pair: None,
            };
            job.partial(view);
            world.near.baselines(cancel)?;
            return near(tables, question, job);
        }
        Some(other) => {
            let query = PairQuery {
                subject: subject.clone(),
                other: *other,
                measure: query.measure,
            };
            Some(Arc::new(pair::compute(world, &query, cancel)?))
        }
    };
    Ok(NeighborsPaneView { table, pair })
}

/// Subject, focus, the model whose list is marked, the edits.
type FactorsQuestion = (Subject, Option<ItemIx>, String, Edited);

fn factors_query((subject, focus, formula, _): &FactorsQuestion) -> Result<FactorsQuery, AnswerError> {
    Ok(FactorsQuery {
        subject: subject.clone(),
        focus: *focus,
        formula: read(&factor_formula(formula))?,
    })
}

fn factors_question(behind: Arc<Executor>) -> Question<Factors, FactorsQuestion> {
    // A map belongs to a fit: whoever the subject is, it stays.
    let maps: Arc<Memo<String, MapView>> = Arc::new(Memo::new(4));
    Question {
        query: |selection, _| {
            let focus = selection
                .focus_item
                .filter(|_| matches!(selection.subject, Subject::Person(_)));
            Ok((
                selection.subject.clone(),
                focus,
                selection.formula.clone(),
                edits(selection),
            ))
        },
        compute: Arc::new(move |question, job| factors_and_map(&maps, &behind, question, job)),
        command: |question, world, data| {
            let query = factors_query(question).ok()?;
            Some(command_line(world, data, Asked::Factors(&query)))
        },
    }
}

/// How many recommendations are marked on the map.
const MARKED: usize = 5;

fn factors_and_map(
    maps: &Arc<Memo<String, MapView>>,
    behind: &Executor,
    question: &FactorsQuestion,
    job: &Job<'_, FactorsPaneView>,
) -> Result<FactorsPaneView, AnswerError> {
    let (subject, _, formula, _) = question;
    let query = factors_query(question)?;
    let world = job.world;
    let rated = match subject {
        Subject::Person(whose) => world.profile(whose).rows().iter().map(|r| r.item).collect(),
        Subject::Item(_) => Vec::new(),
    };
    let mut view = FactorsPaneView {
        factors: Arc::new(factors::compute(world, &query)?),
        map: maps.peek(&query.formula.to_string()),
        subject: match subject {
            Subject::Item(item) => Some(*item),
            Subject::Person(_) => None,
        },
        rated,
        recommended: marked(world, subject, formula, job)?,
    };
    if view.map.is_none() {
        // Projecting everything takes longer than a frame: the bars come first. Whoever asks next waits for the same map.
        job.partial(view.clone());
        let (maps, world, formula) = (Arc::clone(maps), world.clone(), query.formula.clone());
        let projected = behind.await_done(&job.task.cancel, move |cancel| {
            let task = Task {
                cancel: cancel.clone(),
                ..Task::default()
            };
            maps.get(&formula.to_string(), cancel, || map::compute(&world, &formula, &task))
        })?;
        view.map = Some(projected?);
    }
    Ok(view)
}

/// The top of a person's list with names; nothing where the model is not fitted yet.
fn marked(
    world: &World,
    subject: &Subject,
    formula: &str,
    job: &Job<'_, FactorsPaneView>,
) -> Result<Vec<(ItemIx, String)>, AnswerError> {
    let Subject::Person(whose) = subject else {
        return Ok(Vec::new());
    };
    match world.serving(&read(formula)?, whose, &job.task.cancel) {
        Ok(serving) => {
            let best = serving.recommend(MARKED, false, &job.task.cancel)?;
            Ok(best
                .into_iter()
                .map(|(item, _)| (item, world.label(Entity::Item(item))))
                .collect())
        }
        Err(AnswerError::Fitting(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn info_question() -> Question<Data, ()> {
    Question {
        query: |_, _| Ok(()),
        compute: Arc::new(|(), job| info::compute(job.world, &job.task.cancel)),
        command: |(), world, data| Some(command_line(world, data, Asked::Info)),
    }
}
