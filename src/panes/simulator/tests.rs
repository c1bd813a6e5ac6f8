use std::sync::Arc;

use super::*;
use crate::answers::{Latency, PipelineLab, PipelineQuery, World};
use crate::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, RatingRows, UserIx};
use crate::models::Formula;
use crate::panes::Shared;
use crate::panes::tests_common::{assert_contract, texts};
use crate::pipeline::fault::Fault;
use crate::pipeline::session::parse;
use crate::pipeline::{Diversity, SessionPlan};
use crate::task::{Pool, Task};

/// 12 users and 30 items of four genres, each user some third of them.
pub fn world() -> World {
    let mut cells = Vec::new();
    for user in 0..12u32 {
        for item in 0..30u32 {
            let mixed = (user * 7 + item * 5 + user * item * 3) % 13;
            if mixed < 5 {
                cells.push((user, item, 1.0 + f64::from(mixed)));
            }
        }
    }
    let genres = ["Comedy", "Drama", "Horror", "Western"];
    let parts = DatasetParts {
        name: "tests".into(),
        users: Ids::new((0..12).map(|u| format!("u{u}"))),
        items: Ids::new((0..30).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: cells.iter().map(|c| c.0).collect(),
            items: cells.iter().map(|c| c.1).collect(),
            values: cells.iter().map(|c| c.2).collect(),
            times: Vec::new(),
        },
        titles: (0..30)
            .map(|i| Some(format!("Film number {i} (19{:02})", 60 + i)))
            .collect(),
        item_attributes: Attributes {
            columns: vec![Attribute::of_names(
                "genre",
                (0..30).map(|i| vec![(genres[i % 4], 1), (genres[i % 3], 1)]),
            )],
        },
        ..DatasetParts::default()
    };
    World::new(Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap()), 42)
}

/// A question of user u3, ten items of the list, six hours after the batch.
pub fn question(session: &str) -> PipelineQuery {
    PipelineQuery {
        formula: Arc::new(Formula::parse("0.7*item-knn + 0.3*popularity").unwrap()),
        user: Some(UserIx(3)),
        session: parse(session).unwrap(),
        batched: 0,
        nights: 0,
        hours: 6.0,
        weighing: SessionPlan::default(),
        diversity: Diversity::default(),
        list: 10,
        rules: String::new(),
        fault: Fault::None,
        request: 0,
        follow: None,
        seed: 42,
    }
}

/// An answer, its times set to what they are not: those differ from run to run.
pub fn answer(query: &PipelineQuery) -> PipelineView {
    let mut lab = PipelineLab::new(world());
    let mut view = lab.answer(query, &Task::unattended(), &|_| ()).unwrap();
    let mut response = (*view.response.clone().unwrap()).clone();
    for (at, stage) in response.stages.iter_mut().enumerate() {
        stage.ms = 0.125 * (at + 1) as f64;
    }
    response.ms = 4.5;
    view.response = Some(Arc::new(response));
    for row in &mut view.fresh {
        row.ms = [0.14, 0.9, 38.0];
    }
    let mut batch = (*view.batch.clone().unwrap()).clone();
    batch
        .manifest
        .seconds
        .iter_mut()
        .enumerate()
        .for_each(|(at, s)| s.1 = 0.25 * (at + 1) as f64);
    batch.bytes = 1_048_576;
    batch.latency = Latency {
        requests: 200,
        p50: 0.18,
        p95: 0.33,
        p99: 1.2,
        hits: 1.0,
    };
    view.batch = Some(Arc::new(batch));
    view
}

/// What every pane of the pipeline is drawn with in tests.
pub fn views() -> Vec<PipelineView> {
    let failing = |fault| PipelineQuery {
        fault,
        ..question("click:i1")
    };
    let mut views = vec![
        PipelineView::default(),
        answer(&question("")),
        answer(&question("click:i3,skip:i7,watch:i11,buy:i2")),
    ];
    views.extend([Fault::StoreDown, Fault::Stale, Fault::SlowStage].map(|fault| answer(&failing(fault))));
    views
}

#[test]
fn three_sizes() {
    let view = answer(&question("click:i3,skip:i7,watch:i11"));
    insta::assert_snapshot!(texts(&Simulator, &view, &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in views() {
        assert_contract(&Simulator, &view);
    }
}

fn shared() -> Shared {
    let mut shared = Shared::default();
    shared.selection.subject = crate::answers::Subject::Person(crate::answers::Whose::User(UserIx(3)));
    shared
}

fn press(shared: &mut Shared, world: &World, key: &str) {
    let row = ACTIONS.iter().find(|a| a.keys.contains(&key)).unwrap();
    assert!((row.possible)(shared), "{key}");
    (row.run)(shared, world);
}

#[test]
fn keys_make_events_and_nights_and_break_things() {
    let (world, mut shared) = (world(), shared());
    let item = |id: &str| {
        Some(crate::panes::Target::Entity(crate::answers::Entity::Item(
            world.dataset.find_item(id).unwrap(),
        )))
    };
    let click = ACTIONS.iter().find(|a| a.id == "click_item").unwrap();
    assert!(!(click.possible)(&shared), "there is nothing under the cursor");
    shared.facts.target = item("i4");
    press(&mut shared, &world, "K");
    shared.facts.target = item("i5");
    press(&mut shared, &world, "P");
    let asked = query(&shared).unwrap();
    assert_eq!(asked.session, parse("click:i4,skip:i5").unwrap());
    assert_eq!((asked.batched, asked.nights, asked.hours), (0, 0, 6.0));
    press(&mut shared, &world, "b");
    assert_eq!(query(&shared).unwrap().batched, 2);
    press(&mut shared, &world, "W");
    press(&mut shared, &world, "A");
    let asked = query(&shared).unwrap();
    assert_eq!((asked.batched, asked.nights, asked.hours), (3, 1, 0.0));
    press(&mut shared, &world, "H");
    press(&mut shared, &world, "space");
    let asked = query(&shared).unwrap();
    assert_eq!((asked.hours, asked.request), (1.0, 1));
    for fault in Fault::ALL.into_iter().skip(1).chain([Fault::None]) {
        press(&mut shared, &world, "F");
        assert_eq!(query(&shared).unwrap().fault, fault);
    }
    press(&mut shared, &world, "N");
    assert!(query(&shared).unwrap().session.is_empty());
}

/// What a session brings, and that a rebuilt batch says what a list computed anew says.
#[test]
fn a_rebuilt_user_is_the_ideal() {
    let mut lab = PipelineLab::new(world());
    let task = Task {
        pool: Pool::new("test", 2),
        ..Task::unattended()
    };
    let mut asked = question("click:i3,click:i9");
    let view = lab.answer(&asked, &task, &|_| ()).unwrap();
    assert_eq!(view.fresh.len(), 3);
    assert_eq!(
        (view.fresh[0].batch, view.fresh[0].session),
        (1.0, 1.0),
        "without events all are the same"
    );
    assert!(view.fresh[2].batch < 1.0);
    asked.batched = 2;
    let view = lab.answer(&asked, &task, &|_| ()).unwrap();
    assert_eq!((view.fresh[2].batch, view.fresh[2].session), (1.0, 1.0));
    assert!(view.session.iter().all(|(.., known)| *known));
    // Back again: the record of before.
    asked.batched = 0;
    let again = lab.answer(&asked, &task, &|_| ()).unwrap();
    assert!(again.fresh[2].batch < 1.0);
}

#[test]
fn every_fault_is_seen_and_nothing_is_empty() {
    let mut lab = PipelineLab::new(world());
    for fault in Fault::ALL {
        let asked = PipelineQuery {
            fault,
            ..question("click:i3")
        };
        let view = lab.answer(&asked, &Task::unattended(), &|_| ()).unwrap();
        let response = view.response.unwrap();
        assert!(!response.items.is_empty(), "{fault:?}");
        let is_fallback = !matches!(fault, Fault::None | Fault::FeatureMissing | Fault::SlowStage);
        assert_eq!(response.fallback.is_some(), is_fallback, "{fault:?}");
    }
}

#[test]
fn events_that_are_followed_come_before_the_sessions_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let line = |user: &str, item: &str| format!("{{\"user\":\"{user}\",\"event\":\"click\",\"item\":\"{item}\"}}\n");
    std::fs::write(&path, line("u3", "i2") + &line("u4", "i1") + "oops\n").unwrap();
    let asked = PipelineQuery {
        follow: Some(path.to_string_lossy().into_owned()),
        ..question("skip:i9")
    };
    let mut lab = PipelineLab::new(world());
    let view = lab.answer(&asked, &Task::unattended(), &|_| ()).unwrap();
    assert_eq!((view.told, view.session.len()), (1, 2));
    assert!(view.session[0].1.starts_with("Film number 2 "));
    let (words, bad) = view.followed.unwrap();
    assert!(
        words.starts_with("2 events followed, 2 users, 0 new items, 1 bad line"),
        "{words}"
    );
    assert!(bad.unwrap().starts_with("line 3: "));
    assert!(!lab.look().unwrap());
    let more = std::fs::read_to_string(&path).unwrap() + &line("u3", "unheard of");
    std::fs::write(&path, more).unwrap();
    assert!(lab.look().unwrap());
    let view = lab.answer(&asked, &Task::unattended(), &|_| ()).unwrap();
    assert_eq!((view.told, view.session.len()), (2, 3));
    assert!(
        view.followed
            .unwrap()
            .0
            .contains("3 events followed, 2 users, 1 new item")
    );
}

/// Cancels as soon as something is said; returns all that was.
fn interrupted(lab: &mut PipelineLab, asked: &PipelineQuery) -> Vec<String> {
    let (task, said) = (Task::unattended(), std::sync::Mutex::new(Vec::new()));
    let ended = lab.answer(asked, &task, &|view| {
        said.lock().unwrap().extend(view.building.map(|report| report.stage));
        task.cancel.cancel();
    });
    assert!(ended.is_err());
    said.into_inner().unwrap()
}

#[test]
fn a_batch_goes_on_whoever_asks_for_something_else() {
    let mut lab = PipelineLab::new(world());
    let said = interrupted(&mut lab, &question(""));
    assert!(said.iter().all(|stage| !stage.contains("anew")), "{said:?}");
    // An event, another fault, another list: nothing of it is in the batch.
    let other = PipelineQuery {
        fault: Fault::StoreSlow,
        list: 5,
        ..question("click:i3")
    };
    let said = std::sync::Mutex::new(Vec::new());
    let view = lab
        .answer(&other, &Task::unattended(), &|view| {
            said.lock().unwrap().extend(view.building.map(|report| report.stage));
        })
        .unwrap();
    let said = said.into_inner().unwrap();
    assert!(said.iter().all(|stage| !stage.contains("anew")), "{said:?}");
    assert_eq!(view.response.unwrap().items.len(), 5);
    let first = view.batch.unwrap();
    let again = lab.answer(&question("skip:i2"), &Task::unattended(), &|_| ()).unwrap();
    assert!(Arc::ptr_eq(&first, &again.batch.unwrap()), "the batch is the same one");
}

#[test]
fn another_batch_stops_the_one_that_runs_and_says_why() {
    let begins = |change: &dyn Fn(&mut PipelineQuery)| {
        // It waits for a model that takes long enough to be interrupted.
        let formula = Arc::new(Formula::parse("svd:epochs=20000").unwrap());
        let mut asked = PipelineQuery {
            formula,
            ..question("")
        };
        let mut lab = PipelineLab::new(world());
        assert_eq!(interrupted(&mut lab, &asked)[0], "the nightly batch begins");
        change(&mut asked);
        interrupted(&mut lab, &asked)[0].clone()
    };
    let said = begins(&|asked| asked.formula = Arc::new(Formula::parse("svd:epochs=19999").unwrap()));
    assert_eq!(said, "the nightly batch begins anew: another formula");
    assert_eq!(
        begins(&|asked| asked.nights = 1),
        "the nightly batch begins anew: another night"
    );
    let said = begins(&|asked| asked.weighing.neighbors = 3);
    assert_eq!(said, "the nightly batch begins anew: another similarity");
    // What requests alone go by changes nothing: it goes on with what it was doing.
    let said = begins(&|asked| (asked.hours, asked.request, asked.user) = (7.0, 9, None));
    assert!(!said.contains("begins anew"), "{said}");
}

#[test]
fn a_guest_gets_the_fallback_and_a_subject_that_is_an_item_a_sentence() {
    let mut lab = PipelineLab::new(world());
    let asked = PipelineQuery {
        user: None,
        ..question("buy:i3")
    };
    let view = lab.answer(&asked, &Task::unattended(), &|_| ()).unwrap();
    let response = view.response.unwrap();
    assert_eq!(response.fallback.as_ref().map(|f| f.reason), Some("unknown-user"));
    let mut shared = shared();
    shared.selection.subject = crate::answers::Subject::Item(crate::data::ItemIx(0));
    assert!(query(&shared).unwrap_err().contains("pick a user"));
}
