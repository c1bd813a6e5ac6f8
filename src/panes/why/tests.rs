use serde_json::{Map, Value, json};

use super::*;
use crate::answers::{Check, Entity, Named, NeighborRatings, NodeRef};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};

fn detail(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}

fn node(kind: &'static str, label: &str, value: f64, pairs: &[(&str, Value)], children: Vec<TreeNode>) -> TreeNode {
    let about = |entity, kind, id: &str| NodeRef {
        entity,
        kind,
        id: id.to_owned(),
        label: label.to_owned(),
    };
    TreeNode {
        label: label.to_owned(),
        kind,
        about: match kind {
            "rated" => Some(about(Some(Entity::Item(ItemIx(label.len() as u32))), "item", label)),
            "component" => Some(about(None, "model", label)),
            "factor" => Some(about(None, "factor", "3")),
            _ => None,
        },
        value,
        detail: detail(pairs),
        children,
        hidden: vec![],
    }
}

/// 0.6 × (12 − 2) / (13 − 2) = .5454…, of which the parts are 0.6/11 of 7.5, 6.5 less 2, and so on.
fn explained() -> ExplainView {
    let scale = 0.6 / 11.0;
    let rated = |label: &str, s: f64, r: f64| {
        node(
            "rated",
            label,
            s * r * scale,
            &[("similarity", json!(s)), ("rating", json!(r)), ("support", json!(91))],
            vec![],
        )
    };
    let parts = vec![
        rated("Star Wars (1977)", 0.76, 5.0),
        rated("Empire Strikes Back, The (1980)", 0.62, 5.0),
        rated("千と千尋の神隠し (2001)", 0.5, 4.0),
        node(
            "rest",
            "23 more",
            (12.0 - 3.8 - 3.1 - 2.0) * scale,
            &[("of", json!(23))],
            vec![],
        ),
        node("offset", "− min / range", -2.0 * scale, &[], vec![]),
    ];
    let weight = |w: f64, n: f64, score: f64, min: f64, max: f64| {
        vec![
            ("weight", json!(w)),
            ("score", json!(score)),
            ("normalized", json!(n)),
            ("min", json!(min)),
            ("max", json!(max)),
            ("normalization", json!("minmax")),
        ]
    };
    let knn = node(
        "component",
        "item-knn",
        10.0 * scale,
        &weight(0.6, 10.0 / 11.0, 12.0, 2.0, 13.0),
        parts,
    );
    let terms = vec![
        node(
            "term",
            "genre Sci-Fi",
            0.3 * 0.5 * 0.4,
            &[("profile", json!(0.5)), ("item", json!(0.4))],
            vec![],
        ),
        node(
            "term",
            "director Spielberg",
            0.3 * 0.3,
            &[("profile", json!(0.5)), ("item", json!(0.6))],
            vec![],
        ),
    ];
    let content = node("component", "content", 0.15, &weight(0.3, 0.5, 0.5, 0.0, 1.0), terms);
    let popularity = node(
        "component",
        "popularity",
        -0.02,
        &weight(-0.1, 0.2, 116.0, 0.0, 580.0),
        vec![],
    );
    let score = 10.0 * scale + 0.15 - 0.02;
    let named = |n: usize| Named {
        entity: Entity::User(UserIx(n as u32)),
        kind: "user",
        id: n.to_string(),
        label: n.to_string(),
    };
    let tree = node("hybrid", "weighted sum", score, &[], vec![knn, content, popularity]);
    ExplainView {
        words: crate::data::Words::default(),
        user: Some("42".into()),
        item: "174".into(),
        label: "Raiders of the Lost Ark (1981)".into(),
        model: "0.6*item-knn + 0.3*content − 0.1*popularity".into(),
        unit: "normalized".into(),
        score,
        prediction: None,
        sentence: "because you rated Star Wars (1977) 5, which 380 people rated alike".into(),
        rank: Some(1),
        candidates: 1499,
        percentile: Some(99.933),
        meaning: "weighted normalized parts; 0 = the lowest of every part (min-max)".into(),
        low_ratings: None,
        neighbor_ratings: NeighborRatings {
            others: 0,
            good: 29,
            so_so: 8,
            bad: 4,
            ratings: (0..41).map(|n| (named(n), 0.5, 4.0)).collect(),
        },
        check: Check::of(&tree),
        tree,
    }
}

const WHY: Why = Why::new();

fn seen(explained: ExplainView) -> PartsView {
    PartsView { explained, asked: None }
}

fn view() -> PartsView {
    seen(explained())
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&WHY, &view(), &PaneState::default()));
}

#[test]
fn beside_each_other_where_it_is_wide() {
    insta::assert_snapshot!(text(&WHY, &view(), &PaneState::default(), (130, 16)));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&WHY, &view());
    let mut bare = explained();
    bare.neighbor_ratings = NeighborRatings::default();
    bare.tree.children.clear();
    bare.rank = None;
    bare.percentile = None;
    bare.prediction = Some(4.4119);
    let bare = seen(bare);
    assert_contract(&WHY, &bare);
    let shown = text(&WHY, &bare, &PaneState::default(), (60, 26));
    for part in ["none of the nearest users rated it", "rated already", "predicts 4.41"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}

#[test]
fn the_check_tells_whether_the_parts_add_up() {
    let mut view = explained();
    let check = view.check;
    assert!(
        check.holds && check.off.abs() < 1e-12 && check.residual == 0.0,
        "{}",
        check.off
    );
    assert!(text(&WHY, &seen(view.clone()), &PaneState::default(), (76, 30)).contains("= score ✔ residual "));
    view.tree.children[0].children[0].value += 0.01;
    view.check = Check::of(&view.tree);
    assert!(!view.check.holds);
    assert!(text(&WHY, &seen(view), &PaneState::default(), (76, 30)).contains('✘'));
}

#[test]
fn folding_hides_children_and_says_how_many() {
    let key = WHY.row_key(&view(), &PaneState::default(), 1);
    let state = PaneState {
        folded: [key].into(),
        ..PaneState::default()
    };
    assert_eq!(WHY.rows(&view(), &PaneState::default()) - WHY.rows(&view(), &state), 5);
    assert!(WHY.is_branch(&view(), &state, 1) && !WHY.is_branch(&view(), &state, 3));
    assert!(text(&WHY, &view(), &state, (60, 20)).contains("item-knn +5"));
}

#[test]
fn rows_are_about_items_and_their_arithmetic_holds() {
    let state = PaneState::default();
    let item = Entity::Item(ItemIx("Star Wars (1977)".len() as u32));
    assert_eq!(WHY.target(&view(), &state, 2), Some(Target::Entity(item)));
    assert_eq!(WHY.target(&view(), &state, 1), None);
    let component = WHY.arithmetic(&view(), &state, 1).unwrap();
    assert_eq!(
        component[1..7],
        [
            "normalized = (score − min) / (max − min)",
            "= (12 − 2) / (13 − 2)",
            "= 0.9090909",
            "share = weight × normalized",
            "= 0.6 × 0.9090909",
            "= 0.5454545"
        ]
    );
    let rated = WHY.arithmetic(&view(), &state, 2).unwrap();
    assert_eq!(
        rated[1..7],
        [
            "own share = similarity × rating",
            "= 0.76 × 5",
            "= 3.8",
            "share = own share × weight / (max − min)",
            "= 3.8 × 0.6 / (13 − 2)",
            "= 0.2072727"
        ]
    );
}

#[test]
fn factors_have_the_names_that_somebody_gave_them() {
    let factor = |number: usize| TreeNode {
        label: format!("Horror (f{number})"),
        kind: "factor",
        about: Some(NodeRef {
            entity: None,
            kind: "factor",
            id: number.to_string(),
            label: format!("factor {number}"),
        }),
        ..TreeNode::default()
    };
    let mut tree = TreeNode {
        children: vec![factor(3), factor(4)],
        ..TreeNode::default()
    };
    super::question::call(&mut tree, &[(2, "cerebral sci-fi".to_owned())]);
    let labels: Vec<&str> = tree.children.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["cerebral sci-fi (f3)", "Horror (f4)"]);
}
