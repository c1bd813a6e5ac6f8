use super::*;
use crate::answers::map::Plane;
use crate::answers::{Entity, Named};
use crate::panes::Theme;
use crate::panes::tests_common::{assert_contract, draw, filtered, lines, text, texts};

/// 400 items on a spiral of two arms.
fn map() -> MapView {
    let point = |n: u32| {
        let t = f64::from(n) / 30.0;
        let turn = if n.is_multiple_of(2) { 0.0 } else { std::f64::consts::PI };
        (ItemIx(n), (t * (t + turn).cos()) as f32, (t * (t + turn).sin()) as f32)
    };
    MapView {
        model: "svd".into(),
        points: (0..400).map(point).collect(),
        labels: (0..400).map(|n| format!("Film {n}")).collect(),
        explained: (0.123, 0.081),
        trust: Some(0.912),
        plane: Plane {
            center: vec![0.0; 8],
            axes: [unit(0), unit(1)],
            explained: [0.123, 0.081],
        },
        regions: vec![
            ("drama".into(), -8.0, 4.0),
            ("sci-fi".into(), 8.0, 5.0),
            ("horror".into(), 8.0, 5.2),
        ],
    }
}

fn unit(axis: usize) -> Vec<f64> {
    (0..8).map(|n| f64::from(u8::from(n == axis))).collect()
}

fn factors(focus: bool) -> FactorsView {
    let named = Named {
        entity: Entity::Item(ItemIx(300)),
        kind: "item",
        id: "183".into(),
        label: "Alien (1979)".into(),
    };
    FactorsView {
        kind: "user",
        id: Some("42".into()),
        label: "42".into(),
        model: "svd:factors=8".into(),
        mean: 3.53,
        bias: 0.03,
        factors: vec![0.1, -0.2, 1.42, 0.05, -0.7, 0.3, 0.0, 0.02],
        focus: focus.then(|| (named, 0.41, vec![0.2, 0.4, 0.5, -0.3, 0.61, 0.1, 1.0, -0.5])),
        products: focus.then_some(0.228),
        score: focus.then_some(4.198),
        training: Some(("RMSE".into(), vec![1.02, 0.97, 0.94, 0.92, 0.91])),
    }
}

fn view() -> FactorsPaneView {
    FactorsPaneView {
        factors: Arc::new(factors(true)),
        map: Some(Arc::new(map())),
        subject: None,
        rated: (0..12).map(|n| ItemIx(n * 30)).collect(),
        before: None,
        recommended: vec![
            (ItemIx(250), "Aliens (1986)".into()),
            (ItemIx(333), "Brazil (1985)".into()),
        ],
    }
}

fn in_mode(mode: usize) -> PaneState {
    PaneState {
        mode,
        ..PaneState::default()
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Factors, &view(), &PaneState::default()));
}

#[test]
fn three_sizes_of_the_map_alone() {
    insta::assert_snapshot!(texts(&Factors, &view(), &in_mode(1)));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Factors, &view());
    let mut bare = FactorsPaneView {
        factors: Arc::new(factors(false)),
        map: None,
        subject: Some(ItemIx(3)),
        rated: vec![],
        before: None,
        recommended: vec![],
    };
    assert_contract(&Factors, &bare);
    assert!(text(&Factors, &bare, &in_mode(1), (40, 8)).contains("the map is being drawn"));
    bare.map = Some(Arc::new(MapView {
        points: vec![],
        labels: vec![],
        regions: vec![],
        trust: None,
        ..map()
    }));
    assert_contract(&Factors, &bare);
    bare.factors = Arc::new(FactorsView {
        factors: vec![],
        ..factors(false)
    });
    assert_contract(&Factors, &bare);
}

#[test]
fn the_bars_go_by_weight_and_sum_to_the_score() {
    // Products: .02 −.08 .71 −.015 −.427 .03 0 −.01; their sum .228, with the biases 4.198.
    assert_eq!(bars::order(&factors(true)), [2, 4, 1, 5, 0, 3, 7, 6]);
    let shown = text(&Factors, &view(), &in_mode(2), (60, 8));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[1].starts_with("f3    +1.42   +.50   +.710 "), "{shown}");
    assert!(lines[6].starts_with("others (3)"), "{shown}");
    assert!(lines[6].contains("-.025"), "{shown}");
    assert_eq!(lines[7], "μ 3.530 b_u +.030 b_i +.410 Σ +.228 = 4.198");
    let sum = Factors.arithmetic(&view(), &PaneState::default(), 0).unwrap();
    assert_eq!(sum[1..4], ["f3 = user × item", "= 1.42 × 0.5", "= 0.71"]);
    assert_eq!(
        sum[14..17],
        ["score = μ + b_u + b_i + Σ", "= 3.53 + 0.03 + 0.41 + 0.228", "= 4.198"]
    );
}

#[test]
fn names_on_the_map_do_not_collide() {
    let (buffer, _) = draw(&Factors, &view(), &in_mode(1), (76, 26), &Theme::default());
    let shown = lines(&buffer).join("\n");
    for name in ["drama", "sci-fi", "horror", "Alien (1979)", "user 42", "trust .91"] {
        assert!(shown.contains(name), "{name} in\n{shown}");
    }
    // Whom the map has no room for is shown at its edge.
    let zoomed = PaneState {
        zoom: 8.0,
        pan: (0.4, 0.4),
        ..in_mode(1)
    };
    assert!(text(&Factors, &view(), &zoomed, (60, 12)).contains('●'));
}

#[test]
fn a_search_on_the_map_lights_points_up_and_names_them_once() {
    let state = PaneState {
        filter: "film 30".into(),
        cursor: 2,
        ..in_mode(1)
    };
    let view = view();
    assert!(
        Factors.pans(&in_mode(1)) && !Factors.pans(&state),
        "the cursor steps through what was found"
    );
    assert_eq!(Factors.target(&view, &in_mode(1), 30), None);
    assert_eq!(
        Factors.target(&view, &state, 30),
        Some(Target::Entity(Entity::Item(ItemIx(30))))
    );
    let shown = filtered(&Factors, &view, &state, (76, 26));
    // Film 30 and Film 300 to 309: the one under the cursor first, nothing of the regions and the person.
    assert!(shown.contains("Film 301") && shown.contains("★ found"), "{shown}");
    assert!(!shown.contains("drama") && !shown.contains("user 42"), "{shown}");
    for n in 300..310 {
        assert!(shown.matches(&format!("Film {n}")).count() <= 1, "{n} in\n{shown}");
    }
    let none = PaneState {
        filter: "no such film".into(),
        ..in_mode(1)
    };
    assert!(!filtered(&Factors, &view, &none, (76, 26)).contains("Film"));
}

#[test]
fn the_legend_names_every_mark_and_a_label_stands_once() {
    let mut view = view();
    // The focus is recommended, too.
    view.recommended.push((ItemIx(300), "Alien (1979)".into()));
    let shown = text(&Factors, &view, &in_mode(1), (40, 26));
    for mark in [
        "● person",
        "◆ focus",
        "○ rated",
        "★ recommended",
        "· other",
        "abc region",
    ] {
        assert!(shown.contains(mark), "{mark} in\n{shown}");
    }
    assert_eq!(shown.matches("Alien (1979)").count(), 1, "{shown}");
}
