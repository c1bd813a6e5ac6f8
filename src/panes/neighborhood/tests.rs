use super::*;
use crate::answers::{Entity, Named, NeighborRow};
use crate::data::{UserIx, Words};
use crate::models::neighborhood::Significance;
use crate::panes::Shared;
use crate::panes::controls::Value;
use crate::panes::tests_common::{assert_contract, filtered, text, texts};

fn named(n: u32) -> Named {
    Named {
        entity: Entity::User(UserIx(n)),
        kind: "user",
        id: n.to_string(),
        label: n.to_string(),
    }
}

fn view() -> NeighborhoodView {
    let row = |n: usize| {
        let similarity = 0.584 - 0.033 * n as f64;
        NeighborRow {
            entity: Entity::User(UserIx(n as u32)),
            id: (867 - 13 * n).to_string(),
            label: (867 - 13 * n).to_string(),
            similarity,
            significance: Some(Significance {
                unshrunk: similarity + 0.1,
                low: (n != 2).then_some(similarity - 0.08),
                high: (n != 2).then_some(similarity + 0.05),
            }),
            support: 91 - n as u32,
            ratings: 1518 - n * 50,
            mean: (n != 4).then_some(3.925 - n as f64 * 0.1),
            focus_rating: (n % 3 != 1).then_some(5.0 - (n % 4) as f64),
        }
    };
    let table = NeighborsView {
        words: Words::default(),
        subject: Some(named(42)),
        similarity: "cosine".into(),
        neighbors: (0..20).map(row).collect(),
        defined: 942,
        edited: false,
        bootstrap: Some(Bootstrap::of_seed(42)),
    };
    NeighborhoodView { table, asked: None }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Neighborhood, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Neighborhood, &view());
    let mut alone = view();
    alone.table.neighbors.clear();
    assert_contract(&Neighborhood, &alone);
    let shown = text(&Neighborhood, &alone, &PaneState::default(), (40, 5));
    assert!(shown.contains("nobody has that much in common"));
}

#[test]
fn what_is_worth_nothing_shows_no_interval() {
    let shown = text(&Neighborhood, &view(), &PaneState::default(), (90, 12));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[0].contains("shrunk") && lines[0].contains("unshrunk") && lines[0].contains("95 %"),
        "{shown}"
    );
    assert!(
        lines[1].contains(".584") && lines[1].contains(".684") && lines[1].contains(".504 – .634"),
        "{shown}"
    );
    assert!(!lines[3].contains(" – ."), "{shown}");
    assert!(lines[11].contains("400 draws, seed 42"), "{shown}");
    // Before the intervals are there, and where nothing is shrunk, nothing is said of either.
    let mut early = view();
    early.table.bootstrap = None;
    early.table.neighbors.iter_mut().for_each(|n| n.significance = None);
    let shown = text(&Neighborhood, &early, &PaneState::default(), (90, 12));
    assert!(
        shown.contains("similarity") && !shown.contains("shrunk") && !shown.contains("draws"),
        "{shown}"
    );
}

#[test]
fn rows_are_filtered_by_their_names() {
    let state = PaneState {
        filter: "854".into(),
        ..PaneState::default()
    };
    let shown = filtered(&Neighborhood, &view(), &state, (60, 6));
    assert!(shown.contains("854") && !shown.contains("867"), "{shown}");
}

#[test]
fn controls_say_the_measure_and_its_own_shrinkage() {
    let mut shared = Shared::default();
    let (measure, k) = settings::settings(&shared);
    assert_eq!((measure.similarity.name(), measure.shrinkage, k), ("cosine", 0.0, 20));
    let values = &mut shared.memory_mut(settings::PANE).values;
    values.insert("similarity".into(), Value::Text("pearson-baseline".into()));
    values.insert("support".into(), Value::Number(3.0));
    let (measure, _) = settings::settings(&shared);
    assert_eq!((measure.min_support, measure.shrinkage), (3, 100.0));
    // What is no similarity counts as none.
    shared
        .memory_mut(settings::PANE)
        .values
        .insert("similarity".into(), Value::Text("tanimoto".into()));
    assert_eq!(settings::settings(&shared).0.similarity.name(), "cosine");
}

#[test]
fn a_row_explains_its_similarity_once_the_baselines_are_there() {
    use crate::answers::{Subject, Whose, neighbors};
    use crate::models::neighborhood::Similarity;
    use crate::models::tests_common::synthetic;
    let world = World::new(synthetic(24, 14), 42);
    let subject = Subject::Person(Whose::User(UserIx(0)));
    let query = NeighborsQuery::new(subject, Similarity::Cosine, 5);
    let view = NeighborhoodView {
        table: neighbors::compute(&world, &query, &Cancel::new()).unwrap(),
        asked: Some((world.clone(), query)),
    };
    assert!(!Neighborhood.has_arithmetic(&view, &PaneState::default(), 0));
    assert_eq!(Neighborhood.work(&view, &PaneState::default(), 0), None);
    world.near.baselines(&Cancel::new()).unwrap();
    let lines = Neighborhood.arithmetic(&view, &PaneState::default(), 1).unwrap();
    let similarity = view.table.neighbors[1].similarity;
    let result = lines
        .last()
        .unwrap()
        .strip_prefix("= ")
        .unwrap()
        .parse::<f64>()
        .unwrap();
    assert!((result - similarity).abs() < 1e-6, "{lines:?} {similarity}");
    assert!(!Neighborhood.has_arithmetic(&view, &PaneState::default(), 5));
}
