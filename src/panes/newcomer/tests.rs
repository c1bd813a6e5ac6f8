use super::*;
use std::sync::Arc;

use crate::answers::newcomer::{NewcomerMap, Sky};
use crate::answers::{Named, NewcomerAnswer, Question};
use crate::data::ItemIx;
use crate::latent::Plane;
use crate::panes::tests_common::{assert_contract, text, texts};

fn item(n: u32, label: &str) -> Named {
    Named {
        entity: Entity::Item(ItemIx(n)),
        kind: "item",
        id: n.to_string(),
        label: label.to_owned(),
    }
}

fn view() -> NewcomerView {
    NewcomerView {
        ask: "popularity*entropy",
        question: Some(Question {
            item: item(7, "Star Wars (1977)"),
            ratings: 2_583,
            entropy: 1.876,
        }),
        answers: vec![
            NewcomerAnswer {
                item: item(1, "千と千尋の神隠し (2001)"),
                rating: 4.5,
            },
            NewcomerAnswer {
                item: item(2, "Grease (1978)"),
                rating: 2.0,
            },
        ],
        skipped: 3,
        uncertainty: Some(0.731),
        place: Some((0.5, 0.25)),
        map: Some(NewcomerMap {
            sky: Arc::new(Sky {
                plane: Plane {
                    center: vec![0.0, 0.0],
                    axes: [vec![1.0, 0.0], vec![0.0, 1.0]],
                    explained: [0.6, 0.2],
                },
                points: (0..60)
                    .map(|n| (f64::from(n % 10) / 5.0 - 1.0, f64::from(n / 10) / 3.0 - 1.0))
                    .collect(),
            }),
            way: vec![(0.0, 0.0), (0.5, 0.25)],
            answered: vec![(0.8, 0.2), (-0.4, -0.6)],
            asked: Some((-0.9, 0.6)),
        }),
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Newcomer, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let nothing = NewcomerView {
        ask: "random",
        question: None,
        answers: Vec::new(),
        skipped: 0,
        uncertainty: None,
        place: None,
        map: None,
    };
    for view in [view(), nothing] {
        assert_contract(&Newcomer, &view);
    }
}

#[test]
fn the_question_is_the_first_row() {
    let view = view();
    let rows: Vec<String> = (0..3)
        .map(|n| Newcomer.row_text(&view, &PaneState::default(), n))
        .collect();
    assert_eq!(rows, ["Star Wars (1977)", "千と千尋の神隠し (2001)", "Grease (1978)"]);
    let shown = text(&Newcomer, &view, &PaneState::default(), (60, 10));
    assert!(
        shown.contains("uncertainty 73 %") && shown.contains("3 without"),
        "{shown}"
    );
    let lines = Newcomer.arithmetic(&view, &PaneState::default(), 0).unwrap();
    assert!(lines[2].starts_with("ln(2583) × 1.876 = 14.739"), "{lines:?}");
}

#[test]
fn the_newcomer_stands_on_the_map() {
    let map = PaneState {
        mode: 1,
        ..PaneState::default()
    };
    let shown = text(&Newcomer, &view(), &map, (40, 12));
    for mark in ["● you", "?", "○"] {
        assert!(shown.contains(mark), "{mark}: {shown}");
    }
    // The newcomer lies right of the middle: between the left edge and the answer at the right.
    let line = shown
        .lines()
        .find(|line| line.contains('●') && !line.contains("you"))
        .unwrap();
    let at = line.chars().position(|c| c == '●').unwrap();
    assert!((24..36).contains(&at), "{at}: {shown}");
    // Where there is room both are seen.
    let beside = text(&Newcomer, &view(), &PaneState::default(), (100, 14));
    assert!(beside.contains("● you") && beside.contains("Star Wars"), "{beside}");
}
