use super::*;
use crate::answers::Named;
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};

fn view() -> BringsView {
    let titles = [
        "Alien (1979)",
        "Heat (1995)",
        "Psycho (1960)",
        "Coco (2017)",
        "WALL-E (2008)",
    ];
    let row = |n: usize, effect, rank: Option<usize>, without: Option<usize>| BringsRow {
        entity: Entity::Item(ItemIx(n as u32)),
        id: n.to_string(),
        label: titles[n].to_owned(),
        effect,
        score: rank.map(|rank| 20.0 - rank as f64),
        rank,
        score_without: without.map(|rank| 19.5 - rank as f64),
        rank_without: without,
        rating: n.is_multiple_of(2).then_some(4.5),
    };
    BringsView {
        neighbor: Named {
            entity: Entity::User(UserIx(7)),
            kind: "user",
            id: "Ada".into(),
            label: "Ada".into(),
        },
        model: "user-knn:k=20,neighbors=20".into(),
        n: 4,
        votes: true,
        changed: 12,
        rows: vec![
            row(0, Effect::Lifted, Some(1), Some(2)),
            row(1, Effect::PushedDown, Some(2), Some(1)),
            row(2, Effect::Same, Some(3), Some(3)),
            row(3, Effect::Added, Some(4), None),
            row(4, Effect::PushedOut, Some(1234), Some(4)),
        ],
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Brings, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Brings, &view());
    let nothing = BringsView {
        rows: Vec::new(),
        ..view()
    };
    assert_contract(&Brings, &nothing);
    assert!(text(&Brings, &nothing, &PaneState::default(), (40, 4)).contains("list nothing"));
}

#[test]
fn it_says_what_is_brought_and_when_nothing_is() {
    let shown = text(&Brings, &view(), &PaneState::default(), (90, 12));
    assert!(
        shown.contains("1 added · 1 lifted · 1 pushed down · 1 pushed out") && shown.contains("12 scores moved"),
        "{shown}"
    );
    let same = BringsView {
        rows: view().rows.into_iter().filter(|r| r.effect == Effect::Same).collect(),
        ..view()
    };
    assert!(text(&Brings, &same, &PaneState::default(), (90, 12)).contains("the same list without it"));
    let silent = BringsView { votes: false, ..same };
    assert!(text(&Brings, &silent, &PaneState::default(), (90, 12)).contains("has no vote"));
}

#[test]
fn the_arithmetic_is_the_difference_of_the_scores() {
    let lines = Brings.arithmetic(&view(), &PaneState::default(), 0).unwrap();
    assert!(
        lines.iter().any(|l| l == "= 19 − 17.5") && lines.last().unwrap() == "= 1.5",
        "{lines:?}"
    );
    let lines = Brings.arithmetic(&view(), &PaneState::default(), 3).unwrap();
    assert!(lines.last().unwrap().contains("none without it"), "{lines:?}");
    assert_eq!(Brings.arithmetic(&view(), &PaneState::default(), 9), None);
}
