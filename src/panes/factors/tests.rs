use super::*;
use crate::answers::{EndRow, Entity, MapPoint, Named, ProbeRow, Region};
use crate::latent::Plane;
use crate::panes::Theme;
use crate::panes::tests_common::{assert_contract, draw, filtered, lines, text, texts};

/// 400 items on a spiral of two arms.
fn map() -> MapView {
    let point = |n: u32| {
        let t = f64::from(n) / 30.0;
        let turn = if n.is_multiple_of(2) { 0.0 } else { std::f64::consts::PI };
        MapPoint {
            entity: Entity::Item(ItemIx(n)),
            id: n.to_string(),
            label: format!("Film {n}"),
            x: t * (t + turn).cos(),
            y: t * (t + turn).sin(),
            trust: Some(f64::from(n % 11) / 10.0),
            hubness: Some(n % 23),
        }
    };
    let region = |(name, x, y): (&str, f64, f64)| Region {
        name: name.to_owned(),
        x,
        y,
    };
    let points: Vec<MapPoint> = (0..400).map(point).collect();
    MapView {
        model: "svd".into(),
        places: points.iter().map(|point| (point.x, point.y)).collect(),
        points,
        projection: "pca",
        explained: Some((0.123, 0.081)),
        kl: None,
        trustworthiness: Some(0.912),
        continuity: Some(0.874),
        errors: None,
        looked_at: None,
        ends: vec![],
        hub_skewness: Some(1.3),
        plane: Some(Plane {
            center: vec![0.0; 8],
            axes: [unit(0), unit(1)],
            explained: [0.123, 0.081],
        }),
        regions: vec![
            [("drama", -8.0, 4.0), ("sci-fi", 8.0, 5.0), ("horror", 8.0, 5.2)]
                .map(region)
                .to_vec(),
        ],
        going: None,
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

/// Eight factors, every third without a name, the sixth not found again by other seeds.
fn described() -> DescribeView {
    let end = |n: usize, loading: f64| EndRow {
        id: n.to_string(),
        label: format!("Film {n}"),
        loading,
        ratings: 40 + n,
    };
    let factor = |f: usize| DescribedFactor {
        factor: f + 1,
        name: (f % 3 != 1).then(|| format!("Horror {f} ↔ Romance {f}")),
        stability: Some(if f == 5 { 0.41 } else { 0.93 }),
        low: (0..5).map(|n| end(n, n as f64 / 4.0 - 1.9)).collect(),
        high: (5..10).map(|n| end(n, 2.9 - n as f64 / 4.0)).collect(),
        probes: [
            ("genre: Horror", 0.61, 1e-9),
            ("genre: Romance", -0.48, 1e-5),
            ("year", 0.1, 0.4),
        ]
        .map(|(attribute, r, q)| ProbeRow {
            attribute: attribute.to_owned(),
            r,
            q,
        })
        .to_vec(),
        r2: Some(0.52),
        r2_permuted: Some(-0.03),
    };
    DescribeView {
        model: "svd:factors=8".into(),
        rotation: "none",
        items: 340,
        least_count: 20,
        seeds: vec![42, 43, 44, 45, 46],
        r2: Some(0.52),
        r2_permuted: Some(-0.03),
        factors: (0..8).map(factor).collect(),
        planted: None,
    }
}

/// The same, with what the factors mean.
fn named() -> FactorsPaneView {
    FactorsPaneView {
        names: names::of(8, Some(&described()), "f1=cerebral sci-fi"),
        described: Some(Arc::new(described())),
        ..view()
    }
}

fn view() -> FactorsPaneView {
    FactorsPaneView {
        factors: Arc::new(factors(true)),
        map: Some(Arc::new(map())),
        subject: None,
        rated: (0..12).map(|n| ItemIx(n * 30)).collect(),
        before: None,
        place: Some((0.1, -0.2)),
        recommended: vec![
            (ItemIx(250), "Aliens (1986)".into()),
            (ItemIx(333), "Brazil (1985)".into()),
        ],
        described: None,
        names: vec![],
        shade: None,
        path: vec![],
        listed: None,
        beside: None,
        near: None,
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
        place: Some((0.1, -0.2)),
        recommended: vec![],
        described: None,
        names: vec![],
        shade: None,
        path: vec![],
        listed: None,
        beside: None,
        near: None,
    };
    assert_contract(&Factors, &bare);
    assert!(text(&Factors, &bare, &in_mode(1), (40, 8)).contains("the map is being drawn"));
    bare.map = Some(Arc::new(MapView {
        points: vec![],
        places: vec![],
        regions: vec![],
        trustworthiness: None,
        continuity: None,
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
    // A name stands one blank from its mark, wherever in its cell that is.
    let mut seen = 0;
    for n in 0..40 {
        let moved = PaneState {
            pan: (f64::from(n) / 300.0, f64::from(n) / 500.0),
            ..in_mode(1)
        };
        let shown = text(&Factors, &view(), &moved, (76, 26));
        let Some(line) = shown.lines().find(|line| line.contains("Alien (1979)")) else {
            continue;
        };
        let at = |wanted: &str| Some(line[..line.find(wanted)?].chars().count());
        let (Some(mark), Some(name)) = (at("◆"), at("Alien")) else {
            continue;
        };
        assert!(name == mark + 2 || mark == name + 13, "{shown}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

/// Dots have styles of their own; of those below a name nothing is left.
#[test]
fn a_name_over_dots_has_one_style() {
    let mut map = map();
    map.regions = vec![vec![Region {
        name: "the middle of it all".into(),
        x: 0.0,
        y: 0.0,
    }]];
    let view = FactorsPaneView {
        map: Some(Arc::new(map)),
        rated: vec![],
        ..view()
    };
    let (buffer, _) = draw(&Factors, &view, &in_mode(1), (76, 26), &Theme::default());
    let lines = lines(&buffer);
    let name = "the middle of it all";
    let (y, line) = lines.iter().enumerate().find(|(_, line)| line.contains(name)).unwrap();
    let x = line.split(name).next().unwrap().chars().count() as u16;
    let style = |n: u16| buffer[(x + n, y as u16)].style();
    assert!((0..name.len() as u16).all(|n| style(n) == style(0)), "{lines:?}");
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

#[test]
fn three_sizes_with_what_factors_mean() {
    insta::assert_snapshot!(texts(&Factors, &named(), &PaneState::default()));
    assert_contract(&Factors, &named());
}

#[test]
fn names_stand_beside_the_bars_and_are_struck_through_where_they_do_not_come_back() {
    let (buffer, _) = draw(&Factors, &named(), &in_mode(2), (70, 24), &Theme::default());
    let shown = lines(&buffer);
    let line = |f: &str| shown.iter().position(|l| l.starts_with(f)).unwrap();
    assert!(shown[line("f3 ")].contains("Horror 2 ↔ Romance 2"), "{shown:#?}");
    // Named by hand, before what probes say.
    assert!(shown[line("f1 ")].contains("cerebral sci-fi"), "{shown:#?}");
    assert!(!shown[line("f2 ")].contains('↔'), "{shown:#?}");
    let struck = |f: &str| {
        let y = line(f) as u16;
        (0..70).any(|x| {
            let style = buffer[(x, y)].style();
            style.add_modifier.contains(ratatui::style::Modifier::CROSSED_OUT)
        })
    };
    assert!(struck("f6 ") && !struck("f3 "));
    // The one under the cursor is told of below: that with the largest product.
    let text = shown.join("\n");
    for said in [
        "f3 Horror 2 ↔ Romance 2",
        "attributes explain 52",
        "stability .93",
        "Film 5",
        "Film 0",
        "Horror +.61",
    ] {
        assert!(text.contains(said), "{said} in\n{text}");
    }
    let sixth = PaneState {
        cursor: 3,
        ..in_mode(2)
    };
    assert!(text_of(&named(), &sixth).contains("not found again by other seeds"));
    let export = Factors.export(&named());
    assert_eq!(export.columns[1], "name");
}

fn text_of(view: &FactorsPaneView, state: &PaneState) -> String {
    text(&Factors, view, state, (70, 24))
}

/// Classes by the arm of the spiral, or quarters of their numbers.
fn shaded(is_ordered: bool) -> FactorsPaneView {
    let class = |n: u32| Some(if is_ordered { (n / 100) as u8 } else { (n % 2) as u8 });
    let legend: &[&str] = if is_ordered {
        &["1–5", "5–9", "9–20", "20–99"]
    } else {
        &["Drama", "Horror"]
    };
    FactorsPaneView {
        shade: Some(Arc::new(Shade {
            classes: (0..400).map(class).collect(),
            legend: legend.iter().map(|name| (*name).to_owned()).collect(),
            is_ordered,
        })),
        rated: vec![],
        recommended: vec![],
        ..view()
    }
}

#[test]
fn classes_of_points_have_colors_and_without_colors_marks() {
    let theme = Theme::default();
    let (buffer, _) = draw(&Factors, &shaded(false), &in_mode(1), (76, 26), &theme);
    let shown = lines(&buffer).join("\n");
    assert!(shown.contains("· Drama") && shown.contains("· Horror"), "{shown}");
    let has = |role: Role| {
        buffer
            .content
            .iter()
            .any(|cell| cell.fg == theme.style(role).fg.unwrap())
    };
    assert!(has(Role::Series(0)) && has(Role::Series(1)));
    let mono = Theme::new(crate::panes::ThemeName::Mono, theme.depth());
    let (buffer, _) = draw(&Factors, &shaded(false), &in_mode(1), (76, 26), &mono);
    let shown = lines(&buffer).join("\n");
    assert!(shown.contains("● Drama") && shown.contains("◆ Horror"), "{shown}");
    assert!(
        shown.matches('●').count() > 20 && shown.matches('◆').count() > 20,
        "{shown}"
    );
    // Quarters go by brightness, which needs no color.
    let (buffer, _) = draw(&Factors, &shaded(true), &in_mode(1), (76, 26), &mono);
    let modifiers: std::collections::BTreeSet<String> = buffer
        .content
        .iter()
        .map(|cell| format!("{:?}", cell.modifier))
        .collect();
    assert!(modifiers.len() >= 4, "{modifiers:?}");
    for view in [shaded(true), shaded(false)] {
        assert_contract(&Factors, &view);
    }
}

#[test]
fn a_part_of_the_map_is_listed_with_its_hubs_first() {
    let state = PaneState {
        zoom: 4.0,
        pan: (0.2, 0.1),
        ..PaneState::default()
    };
    let mut places = tools::Area::seen(&state).points(&map());
    tools::Order::Hubs.sort(&mut places, &map());
    assert!(!places.is_empty() && places.len() < 100, "{}", places.len());
    let view = FactorsPaneView {
        listed: Some(places.clone()),
        ..view()
    };
    assert_contract(&Factors, &view);
    let hubs: Vec<u32> = places
        .iter()
        .map(|at| map().points[*at as usize].hubness.unwrap())
        .collect();
    assert!(hubs.windows(2).all(|w| w[0] >= w[1]));
    assert_eq!(Factors.rows(&view, &in_mode(3)), places.len());
    assert_eq!(
        Factors.target(&view, &in_mode(3), 0),
        Some(Target::Entity(Entity::Item(ItemIx(places[0]))))
    );
    let shown = text(&Factors, &view, &in_mode(3), (60, 12));
    assert!(shown.contains(&format!("Film {}", places[0])), "{shown}");
    assert_eq!(Factors.export(&view).rows.len(), places.len());
    // All of it where no part was chosen.
    assert_eq!(Factors.rows(&super::tests::view(), &in_mode(3)), 400);
}

#[test]
fn the_way_of_somebody_is_drawn_and_explained() {
    let view = FactorsPaneView {
        path: vec![(-8.0, -8.0), (0.0, 0.0), (8.0, 8.0)],
        ..view()
    };
    assert!(text(&Factors, &view, &in_mode(1), (76, 26)).contains("· path"));
    assert_contract(&Factors, &view);
}

#[test]
fn a_map_that_settles_says_how_far_it_is() {
    let map = MapView {
        explained: None,
        plane: None,
        kl: Some(1.234),
        going: Some((340, 1000)),
        ..map()
    };
    let view = FactorsPaneView {
        map: Some(Arc::new(map)),
        place: None,
        ..view()
    };
    let shown = text(&Factors, &view, &in_mode(1), (76, 26));
    assert!(shown.contains("step 340 of 1000, KL 1.23"), "{shown}");
    assert!(!shown.contains("● person"), "nobody has a place on it: {shown}");
}

/// The crosshair at an item, whose neighbors are known.
fn pointed() -> (FactorsPaneView, PaneState) {
    let map = map();
    let mut state = in_mode(1);
    tools::toggle_cross(&mut state);
    let at = crate::answers::map::near::point_at(&map, tools::on_map(&map, (0.5, 0.5))).unwrap();
    let list = |from: usize| (0..10).map(|n| ((from + 7 * n) % 400, n as f64 / 10.0)).collect();
    let near = NearPoint {
        at,
        norm: 2.31,
        norm_rank: 0.87,
        on_map: list(20),
        full: list(34),
        cosine: list(100),
        dot: list(103),
    };
    let view = FactorsPaneView {
        near: Some(Arc::new(near)),
        ..view()
    };
    (view, state)
}

#[test]
fn what_is_pointed_at_is_named_with_what_is_near_it_four_ways() {
    let (view, state) = pointed();
    assert_contract(&Factors, &view);
    let at = view.near.as_ref().unwrap().at;
    assert_eq!(
        Factors.target(&view, &state, 0),
        Some(Target::Entity(Entity::Item(ItemIx(at as u32))))
    );
    assert_eq!(Factors.target(&view, &in_mode(1), 0), None, "nothing is pointed at");
    let shown = text(&Factors, &view, &state, (118, 36));
    for wanted in [
        "on the map",
        "in the full space",
        "by cosine",
        "by dot product",
        "8 of 10 near here are so in full",
        &format!("Film {at}"),
    ] {
        assert!(shown.contains(wanted), "{wanted} in {shown}");
    }
    let low = text(&Factors, &view, &state, (76, 18));
    assert!(
        low.contains("on the map") && low.contains("by cosine") == low.contains("by dot product"),
        "{low}"
    );
    let (_, drawn) = draw(&Factors, &view, &state, (118, 36), &Theme::default());
    assert!(
        drawn.plane.height >= 12 && drawn.plane.width == 118,
        "{:?}",
        drawn.plane
    );
}

#[test]
fn a_ruler_says_its_ends_and_a_list_goes_along_it() {
    let end = |label: &str| crate::answers::map::MapEnd {
        label: label.to_owned(),
        ids: vec![],
    };
    let map = MapView {
        projection: "ruler",
        ends: vec![end("Alien (1979)"), end("Amélie (2001)")],
        ..map()
    };
    let mut listed: Vec<u32> = (0..400).collect();
    tools::Order::Across.sort(&mut listed, &map);
    let view = FactorsPaneView {
        map: Some(Arc::new(map)),
        listed: Some(listed),
        ..view()
    };
    assert_contract(&Factors, &view);
    let shown = text(&Factors, &view, &in_mode(1), (100, 24));
    assert!(
        shown.contains("from Alien (1979) to Amélie (2001): 12 %")
            || shown.contains("from Alien (1979) to Amélie (2001): 12%"),
        "{shown}"
    );
    let list = text(&Factors, &view, &in_mode(LIST), (60, 14));
    assert!(list.contains("along") && list.contains("400 points"), "{list}");
}
