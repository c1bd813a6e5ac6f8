use super::*;
use crate::answers::{Entity, Subject, Whose, measures};
use crate::data::UserIx;
use crate::models::neighborhood::Measure;
use crate::models::tests_common::{dataset, synthetic};
use crate::panes::Shared;
use crate::panes::controls::Value;
use crate::panes::neighborhood::settings;
use crate::panes::tests_common::{assert_contract, text, texts};

fn view_in(world: &World, similarity: Similarity) -> MeasuresPaneView {
    let other = Entity::User(UserIx(1));
    let pair = PairQuery {
        subject: Subject::Person(Whose::User(UserIx(0))),
        other,
        measure: Measure::from(similarity),
    };
    MeasuresPaneView {
        measures: measures::with_ranks(world, &pair, &Cancel::new()).unwrap(),
        other: world.named(other),
        pair,
        world: Some(world.clone()),
    }
}

fn view() -> MeasuresPaneView {
    view_in(&World::new(synthetic(24, 14), 42), Similarity::Pearson)
}

/// One common item.
fn lone() -> MeasuresPaneView {
    let rows = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 2.0), (1, 2, 4.0)];
    view_in(&World::new(dataset(&rows, 3), 42), Similarity::Cosine)
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Measures, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Measures, &view());
    assert_contract(&Measures, &lone());
}

#[test]
fn why_a_cosine_is_one_is_said_in_full_or_ends_in_an_ellipsis() {
    let large = text(&Measures, &lone(), &PaneState::default(), (60, 26)).replace('\n', " ");
    let squeezed: String = large.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        squeezed.contains("5·2 / √(5²·2²) = 1 whatever the two ratings are"),
        "{large}"
    );
    assert!(squeezed.contains("Ask for a minimum support, or shrink"), "{large}");
    let small = text(&Measures, &lone(), &PaneState::default(), (36, 9));
    assert!(small.contains("one common rating") && small.contains('…'), "{small}");
}

#[test]
fn every_measure_has_its_arithmetic() {
    let view = view();
    for (row, measure) in view.measures.ranks.iter().enumerate() {
        let lines = Measures.arithmetic(&view, &PaneState::default(), row).unwrap();
        assert!(lines[0].starts_with(&measure.similarity), "{lines:?}");
    }
    assert_eq!(Measures.arithmetic(&view, &PaneState::default(), 99), None);
}

#[test]
fn the_measure_under_the_cursor_becomes_that_of_the_neighborhood() {
    let mut shared = Shared {
        pane: Measures::ID,
        ..Shared::default()
    };
    shared.facts.has_view = true;
    assert!(!question::can_measure_by(&shared), "it is cosine already");
    shared.memory_mut(Measures::ID).cursor = 4;
    assert!(question::can_measure_by(&shared));
    let world = World::new(synthetic(3, 3), 42);
    question::measure_by(&mut shared, &world);
    assert_eq!(
        shared.values(settings::PANE).get(settings::SIMILARITY),
        Some(&Value::Text("pearson".into()))
    );
    assert!(!question::can_measure_by(&shared));
}
