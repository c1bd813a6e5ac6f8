use super::*;
use crate::answers::{Entity, Named};
use crate::data::ItemIx;
use crate::panes::tests_common::{assert_contract, text, texts};

fn strategy(name: &str, first: u32) -> StrategyList {
    let titles = [
        "Star Wars (1977)",
        "千と千尋の神隠し (2001)",
        "Grease (1978)",
        "One Flew Over the Cuckoo's Nest (1975)",
    ];
    let item = |n: u32| Named {
        entity: Entity::Item(ItemIx(n)),
        kind: "item",
        id: n.to_string(),
        label: titles[n as usize % 4].to_owned(),
    };
    StrategyList {
        name: name.to_owned(),
        items: (first..first + 10).map(item).collect(),
        shared: 10 - first as usize,
        branch: None,
        is_fitting: false,
        error: None,
    }
}

fn view() -> StrategiesView {
    let failing = StrategyList {
        items: Vec::new(),
        error: Some("als is being fitted".to_owned()),
        ..strategy("als", 0)
    };
    let switch = StrategyList {
        branch: Some("demographic".to_owned()),
        ..strategy("switch(ratings<3 ? demographic : als)", 3)
    };
    StrategiesView {
        ratings: 2,
        stated: vec!["Comedy".to_owned(), "Sci-Fi".to_owned()],
        strategies: vec![strategy("popularity", 0), strategy("bandit", 2), failing, switch],
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Strategies, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let nothing = StrategiesView {
        ratings: 0,
        stated: Vec::new(),
        strategies: Vec::new(),
    };
    for view in [view(), nothing] {
        assert_contract(&Strategies, &view);
    }
}

#[test]
fn the_list_of_the_row_under_the_cursor_is_shown() {
    let at = |cursor| PaneState {
        cursor,
        ..PaneState::default()
    };
    let shown = |cursor| text(&Strategies, &view(), &at(cursor), (50, 18));
    assert!(
        shown(3).contains("switch takes demographic") && shown(3).contains("One Flew"),
        "{}",
        shown(3)
    );
    assert!(shown(2).contains("als is being fitted"));
    let target = |row| Strategies.target(&view(), &at(0), row);
    assert_eq!(
        (target(0), target(1)),
        (Some(Target::Model("popularity".to_owned())), None)
    );
}
