use super::*;
use crate::answers::new_item::{Displaced, Exposure, FeatureRow, NewItemUser};
use crate::answers::{Entity, Named};
use crate::bandit::{arms_of, parse_policies, simulate};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Task;

fn named(entity: Entity, id: u32, label: &str) -> Named {
    Named {
        entity,
        kind: entity.kind(),
        id: id.to_string(),
        label: label.to_owned(),
    }
}

fn model(name: &str, auc: Option<f64>) -> NewItemModel {
    let user = |n: u32| NewItemUser {
        user: named(Entity::User(UserIx(n)), n, &format!("user {n}")),
        score: 0.8 - 0.05 * f64::from(n),
        rank: 1 + 3 * n as usize,
        rating: auc.and_then(|_| n.is_multiple_of(2).then_some(4.0)),
        liked: auc.is_some() && n.is_multiple_of(2),
    };
    let exposure = |(bonus, lists): (f64, usize)| Exposure {
        bonus,
        lists,
        liked: auc.map(|_| lists / 3),
        price: (bonus > 0.0).then_some(bonus / 2.0),
    };
    NewItemModel {
        name: name.to_owned(),
        auc,
        recall: auc.map(|_| 0.12),
        median_rank: Some(341),
        best: (0..10).map(user).collect(),
        exposure: [(0.0, 31), (0.5, 90), (1.0, 214), (2.0, 610), (4.0, 943)]
            .map(exposure)
            .to_vec(),
        displaced: vec![Displaced {
            item: named(Entity::Item(ItemIx(7)), 7, "千と千尋の神隠し (2001)"),
            lists: 44,
        }],
        error: None,
    }
}

fn view(hidden: bool) -> NewItemState {
    let mut arms = arms_of(&[0.7, 0.5, 0.4]);
    arms[0].guess = Some(0.62);
    let policies = parse_policies("thompson; thompson:strength=20").unwrap();
    let result = simulate(&arms, &policies, 2_000, 3, 1, &Task::unattended()).unwrap();
    let unfit = NewItemModel {
        name: "augment(popularity -> content)".to_owned(),
        error: Some("popularity has no latent factors".to_owned()),
        ..NewItemModel::default()
    };
    let auc = |auc: f64| hidden.then_some(auc);
    NewItemState {
        result: Some(NewItemView {
            label: "Alien (1979)".to_owned(),
            id: hidden.then(|| "183".to_owned()),
            features: vec![FeatureRow {
                column: "genre".to_owned(),
                values: "Horror, Sci-Fi".to_owned(),
            }],
            n: 10,
            bonus: 1.0,
            users: 943,
            likers: hidden.then_some(204),
            auc_of_activity: auc(0.641),
            models: vec![model("content", auc(0.703)), model("two-tower", auc(0.744)), unfit],
            slot: Some(SlotView {
                is_rate_known: hidden,
                result,
            }),
        }),
        report: None,
        asks: false,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&NewItem, &view(true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let on_the_way = NewItemState {
        report: Some("two-tower".to_owned()),
        ..view(true)
    };
    let asks = NewItemState {
        asks: true,
        ..NewItemState::default()
    };
    for view in [view(true), view(false), on_the_way, asks, NewItemState::default()] {
        assert_contract(&NewItem, &view);
    }
}

#[test]
fn a_mode_is_a_model_and_rows_are_users() {
    let view = view(true);
    let at = |mode| PaneState {
        mode,
        ..PaneState::default()
    };
    assert_eq!([0, 1, 2].map(|mode| NewItem.rows(&view, &at(mode))), [10, 10, 0]);
    assert_eq!(
        NewItem.target(&view, &at(1), 3),
        Some(Target::Entity(Entity::User(UserIx(3))))
    );
    let shown = text(&NewItem, &view, &at(0), (70, 24));
    for part in [
        "AUC .641",
        "content suits best",
        "1.000 → 214 (71)",
        "as an arm: liked by 70 %",
        "千と千尋",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
