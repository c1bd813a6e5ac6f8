use super::*;
use crate::answers::{PairQuery, Subject, TermsQuery, Whose, World, terms};
use crate::data::{ItemIx, UserIx};
use crate::models::neighborhood::Similarity;
use crate::models::tests_common::{dataset, synthetic};
use crate::panes::Shared;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Cancel;

fn view_in(world: &World, (subject, other): (Subject, Entity), similarity: Similarity, out: &[Entity]) -> CoRatedView {
    let query = TermsQuery {
        pair: PairQuery {
            subject: subject.clone(),
            other,
            measure: similarity.into(),
        },
        without: out.to_vec(),
    };
    let (pair, terms) = terms::compute(world, &query, &Cancel::new()).unwrap();
    CoRatedView {
        pair,
        terms,
        is_of_persons: matches!(subject, Subject::Person(_)),
    }
}

fn users() -> (Subject, Entity) {
    (Subject::Person(Whose::User(UserIx(1))), Entity::User(UserIx(0)))
}

fn toy() -> World {
    let rows = [
        (0, 0, 5.0),
        (0, 1, 3.0),
        (0, 3, 1.0),
        (1, 0, 4.0),
        (1, 3, 1.0),
        (1, 4, 2.0),
    ];
    World::new(dataset(&rows, 5), 42)
}

fn item(n: u32) -> Entity {
    Entity::Item(ItemIx(n))
}

#[test]
fn three_sizes() {
    let world = World::new(synthetic(40, 30), 42);
    let view = view_in(&world, users(), Similarity::Pearson, &[]);
    insta::assert_snapshot!(texts(&CoRated, &view, &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let world = World::new(synthetic(40, 30), 42);
    let items = (Subject::Item(ItemIx(2)), item(5));
    for view in [
        view_in(&world, users(), Similarity::Cosine, &[]),
        view_in(&world, items, Similarity::Msd, &[]),
        view_in(&toy(), users(), Similarity::Pearson, &[item(0)]),
        // All that both rated is left out.
        view_in(&toy(), users(), Similarity::Cosine, &[item(0), item(3)]),
    ] {
        assert_contract(&CoRated, &view);
    }
}

#[test]
fn parts_and_their_sum_stand_beside_the_grid() {
    let shown = text(
        &CoRated,
        &view_in(&toy(), users(), Similarity::Cosine, &[]),
        &PaneState::default(),
        (80, 12),
    );
    let squeezed: Vec<String> = shown
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    // 5 × 4 and 1 × 1 of 21.
    assert!(squeezed.iter().any(|l| l.contains("i0 4 5 20 95 %")), "{shown}");
    assert!(
        squeezed
            .iter()
            .any(|l| l.contains("i3 1 1 1 4.8 %") || l.contains("i3 1 1 1 5 %")),
        "{shown}"
    );
    assert!(shown.contains("sum of the parts Σa·b 21"), "{shown}");
    assert!(
        shown.contains("which rating met which") && shown.contains("the same: 1 of 2"),
        "{shown}"
    );
}

#[test]
fn what_is_left_out_stays_to_be_taken_back() {
    let world = toy();
    let view = view_in(&world, users(), Similarity::CosineCommon, &[item(0)]);
    let shown = text(&CoRated, &view, &PaneState::default(), (60, 10));
    assert!(
        shown.contains("1.000 without 1, ") && shown.contains("with all") && shown.contains(" out"),
        "{shown}"
    );
    assert_eq!(CoRated.rows(&view, &PaneState::default()), 2);
    assert_eq!(
        CoRated.target(&view, &PaneState::default(), 1),
        Some(Target::Entity(item(0)))
    );
    let mut shared = Shared {
        pane: CoRated::ID,
        ..Shared::default()
    };
    assert!(!question::can_leave_out(&shared));
    for (target, expected) in [
        (item(0), Some("i0")),
        (item(3), Some("i0, i3")),
        (item(0), Some("i3")),
        (item(3), None),
    ] {
        shared.facts.target = Some(Target::Entity(target));
        assert!(question::can_leave_out(&shared));
        question::leave_out(&mut shared, &world);
        let values = shared.values(CoRated::ID);
        let shown = values.get("without").map(crate::panes::controls::text_of);
        assert_eq!(shown.as_deref(), expected);
    }
}

#[test]
fn the_arithmetic_is_that_of_the_row() {
    let view = view_in(&toy(), users(), Similarity::Cosine, &[]);
    let lines = CoRated.arithmetic(&view, &PaneState::default(), 1).unwrap();
    assert!(lines.iter().any(|l| l == "product 1 × 1 = 1"), "{lines:?}");
    assert!(lines.iter().any(|l| l == "= 21 / √(21 · 35)"), "{lines:?}");
}
