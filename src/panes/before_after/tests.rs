use super::*;
use crate::answers::{Entered, Entity, NeighborsMoved, RankPoint, Rbo};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};

fn row(rank: usize, n: u32, label: &str, moved: Option<Moved>) -> RecommendRow {
    RecommendRow {
        rank,
        entity: Entity::Item(ItemIx(n)),
        id: n.to_string(),
        label: label.to_owned(),
        score: 1.0 / rank as f64,
        parts: Vec::new(),
        seen: false,
        ratings: 10,
        moved,
    }
}

fn near(n: u32) -> Named {
    Named {
        entity: Entity::User(UserIx(n)),
        kind: "user",
        id: n.to_string(),
        label: n.to_string(),
    }
}

fn lists() -> BeforeAfterView {
    BeforeAfterView::Lists(WhatIfView {
        user: Some("42".into()),
        model: "item-knn".into(),
        edits: 2,
        changes: Vec::new(),
        overlap: 0.75,
        rbo: Rbo { p: 0.9, value: 0.8123 },
        before: vec![
            row(1, 1, "Fargo (1996)", None),
            row(2, 2, "Contact (1997)", None),
            row(3, 3, "Grease (1978)", None),
            row(4, 4, "Twister (1996)", None),
        ],
        after: vec![
            row(1, 2, "Contact (1997)", Some(Moved::By(1))),
            row(2, 1, "Fargo (1996)", Some(Moved::By(-1))),
            row(3, 3, "Grease (1978)", Some(Moved::By(0))),
            row(4, 9, "千と千尋の神隠し (2001)", Some(Moved::New)),
        ],
        neighbors: NeighborsMoved {
            gained: vec![near(7)],
            lost: vec![near(8), near(9)],
        },
    })
}

fn history(entered: bool) -> BeforeAfterView {
    let points = (0..120).map(|known| RankPoint {
        known,
        rank: (known > 0).then(|| 400 / known + 3),
    });
    BeforeAfterView::History {
        known: 90,
        view: RankHistoryView {
            user: "42".into(),
            item: "50".into(),
            label: "Star Wars (1977)".into(),
            model: "item-knn".into(),
            n: 10,
            events: 130,
            step: 1,
            points: if entered { points.collect() } else { Vec::new() },
            entered: entered.then(|| Entered {
                known: 57,
                rank: 10,
                day: Some("1997-11-02".into()),
                after: Some(near(3)),
            }),
            rated_at: Some(119),
        },
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&BeforeAfter, &lists(), &PaneState::default()));
}

#[test]
fn a_history_at_three_sizes() {
    insta::assert_snapshot!(texts(&BeforeAfter, &history(true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [lists(), history(true), history(false)] {
        assert_contract(&BeforeAfter, &view);
    }
}

#[test]
fn what_left_the_list_stands_below_it() {
    let view = lists();
    let names: Vec<String> = (0..5)
        .map(|n| BeforeAfter.row_text(&view, &PaneState::default(), n))
        .collect();
    assert_eq!(names[4], "Twister (1996)");
    let shown = text(&BeforeAfter, &view, &PaneState::default(), (60, 12));
    assert!(shown.contains("out   4"), "{shown}");
    let export = BeforeAfter.export(&view);
    assert_eq!(export.rows[4][..2], [Cell::Empty, Cell::Number(4.0)]);
    assert_eq!(export.rows[0][..2], [Cell::Number(1.0), Cell::Number(2.0)]);
}
