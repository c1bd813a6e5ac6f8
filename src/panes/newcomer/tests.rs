use super::*;
use crate::answers::{Named, NewcomerAnswer, Question};
use crate::data::ItemIx;
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
