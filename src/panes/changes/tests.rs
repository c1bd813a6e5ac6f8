use std::sync::Arc;
use std::time::Duration;

use super::run::ChangesRun;
use super::what::ChangesQuery;
use super::*;
use crate::answers::{CommandLine, World, command_line, compare};
use crate::engine::{Executor, Phase, Run, Runs};
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::panes::{Ask, Shared};
use crate::task::{Pool, Task};

fn formula(text: &str) -> Arc<Formula> {
    Arc::new(Formula::parse(text).unwrap())
}

fn query(a: &str, b: &str) -> ChangesQuery {
    ChangesQuery {
        models: [formula(a), formula(b)],
        n: 5,
        edits: Arc::default(),
    }
}

fn done(world: &World, query: &ChangesQuery) -> ChangesView {
    let executor = Executor::new("test", 1).unwrap();
    let process = ChangesRun::new(world.clone(), Pool::new("test", 2));
    let run = Run::new(&executor, Arc::new(|| {}), process, RunState::Running);
    run.want(query);
    assert!(executor.wait_idle(Duration::from_mins(2)));
    match &run.latest().load().phase {
        Phase::Ready(view) => view.clone(),
        other => panic!("{other:?}"),
    }
}

fn view() -> ChangesView {
    done(&World::new(synthetic(40, 30), 42), &query("item-knn", "popularity"))
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Changes, &view(), &PaneState::default()));
}

#[test]
fn contract() {
    assert_contract(&Changes, &view());
    for state in [RunState::Asks, RunState::Running, RunState::Paused] {
        let none = ChangesView {
            state,
            compared: None,
            of: 0,
            report: None,
        };
        assert_contract(&Changes, &none);
        assert!(!text(&Changes, &none, &PaneState::default(), (40, 6)).trim().is_empty());
    }
}

#[test]
fn it_says_what_the_command_says_and_the_most_changed_come_first() {
    let world = World::new(synthetic(40, 30), 42);
    let asked = query("item-knn", "0.5*item-knn + 0.5*popularity");
    let seen = done(&world, &asked);
    let [a, b] = &asked.models;
    let said = compare::everybody(&world, (a, b), 5, &Task::unattended()).unwrap();
    assert_eq!(seen.compared.as_ref(), Some(&said));
    assert_eq!((seen.of, seen.state), (40, RunState::Paused));
    assert!(said.users.is_sorted_by(|x, y| x.rbo <= y.rbo));
    assert!(said.users[0].rbo < said.users[39].rbo);
    // Each row is what comparing that user alone says.
    for at in [0, 20, 39] {
        let Some(Target::Entity(entity @ crate::answers::Entity::User(user))) =
            Changes.target(&seen, &PaneState::default(), at)
        else {
            panic!("no user in row {at}");
        };
        let subject = crate::answers::Subject::Person(crate::answers::Whose::User(user));
        let side = |formula: &Arc<Formula>| crate::answers::CompareSide {
            subject: subject.clone(),
            formula: Formula::clone(formula),
        };
        let one = crate::answers::CompareQuery {
            a: side(a),
            b: side(b),
            n: 5,
        };
        let one = compare::compute(&world, &one, &Task::unattended()).unwrap();
        assert_eq!(
            (one.overlap, one.rbo.value),
            (said.users[at].overlap, said.users[at].rbo),
            "{entity:?}"
        );
    }
    let same = done(&world, &query("item-knn", "item-knn")).compared.unwrap();
    assert!(same.overlap == 1.0 && same.users.iter().all(|user| user.overlap == 1.0));
}

#[test]
fn it_is_about_the_formula_before_and_after_or_about_two_models() {
    let mut shared = Shared::default();
    let asked = Changes::query(&shared).unwrap();
    assert_eq!(asked.models[0], shared.selection.formula);
    assert_ne!(asked.models[1], shared.selection.formula);
    assert_eq!(asked.n, 10);
    let before = Arc::clone(&shared.selection.formula);
    let path = before.dials()[0].path.clone();
    crate::panes::hybrid::bound::turn(&mut shared, &path, Some(&crate::panes::controls::Value::Number(0.05)));
    let asked = Changes::query(&shared).unwrap();
    assert_eq!(asked.models, [before, Arc::clone(&shared.selection.formula)]);
    let world = World::new(synthetic(4, 4), 42);
    let [a, b] = &asked.models;
    let question = CommandLine::CompareAll { models: [a, b], n: 10 };
    let command = command_line(&world, &["data".to_owned()], question);
    assert!(
        command.starts_with("recscope compare data --models ") && command.contains(" --all"),
        "{command}"
    );
}

#[test]
fn what_was_compared_stays_while_it_is_stopped() {
    let world = World::new(synthetic(300, 60), 42);
    let executor = Executor::new("test", 1).unwrap();
    let process = ChangesRun::new(world.clone(), Pool::new("test", 1));
    let run = Run::new(&executor, Arc::new(|| {}), process, RunState::Running);
    run.want(&query("user-knn", "popularity"));
    run.order(Order::Toggle);
    assert!(executor.wait_idle(Duration::from_mins(2)));
    run.order(Order::Toggle);
    assert!(executor.wait_idle(Duration::from_mins(2)));
    let phase = &run.latest().load().phase;
    let view = phase.view().unwrap();
    assert_eq!(view.compared.as_ref().unwrap().users.len(), 300);
}
