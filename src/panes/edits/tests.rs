use super::*;
use crate::answers::{Entity, Named};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};

fn row(n: u32, label: &str, stored: Option<f64>, now: Option<f64>) -> LedgerRow {
    LedgerRow {
        entity: Entity::Item(ItemIx(n)),
        id: n.to_string(),
        label: label.to_owned(),
        stored,
        now,
    }
}

fn view() -> LedgerView {
    let day = |text: &str| text.parse::<Day>().unwrap();
    LedgerView {
        user: Some(Named {
            entity: Entity::User(UserIx(41)),
            kind: "user",
            id: "42".into(),
            label: "42".into(),
        }),
        rows: vec![
            row(1, "Star Wars (1977)", Some(5.0), Some(1.0)),
            row(2, "Contact (1997)", None, Some(4.0)),
            row(3, "千と千尋の神隠し (2001)", Some(4.0), None),
        ],
        later: 7,
        timeline: Some(TimelineView {
            events: 212,
            known: 205,
            first: day("1997-09-20"),
            last: day("1998-04-02"),
            now: Some(day("1998-03-30")),
            parts: (0..24)
                .map(|n| (n * n % 17, if n < 22 { n * n % 17 } else { 0 }))
                .collect(),
        }),
        others: 1,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Edits, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Edits, &view());
    let nothing = LedgerView {
        user: None,
        rows: Vec::new(),
        later: 0,
        timeline: None,
        others: 0,
    };
    assert_contract(&Edits, &nothing);
    let shown = text(&Edits, &nothing, &PaneState::default(), (60, 8));
    assert!(shown.contains("nothing is different"), "{shown}");
}
