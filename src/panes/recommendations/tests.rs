use super::*;
use crate::answers::{Entity, Moved, RecommendRow};
use crate::data::ItemIx;
use crate::panes::tests_common::{assert_contract, draw, lines, text, texts};

const TITLES: [&str; 6] = [
    "Raiders of the Lost Ark (1981)",
    "Empire Strikes Back, The (1980)",
    "Terminator, The (1984)",
    "千と千尋の神隠し (2001)",
    "Fargo (1996)",
    "One Flew Over the Cuckoo's Nest (1975)",
];

fn list() -> RecommendView {
    let row = |n: usize| {
        let parts = vec![
            0.558 - n as f64 * 0.011,
            0.271 - (n % 4) as f64 * 0.03,
            0.042 + (n % 3) as f64 * 0.02,
        ];
        RecommendRow {
            rank: n + 1,
            entity: Entity::Item(ItemIx(n as u32)),
            id: n.to_string(),
            label: TITLES[n % 6].to_owned(),
            score: parts.iter().sum(),
            parts,
            seen: false,
            ratings: 420 - n * 7,
            moved: None,
        }
    };
    RecommendView {
        words: crate::data::Words::default(),
        note: None,
        user: Some("42".into()),
        item: None,
        model: "0.6*item-knn + 0.3*content + 0.1*popularity".into(),
        unit: "normalized".into(),
        items: (0..20).map(row).collect(),
        candidates: 1499,
        sampled: false,
        stands_for: 1.0,
        growing: false,
        edited: false,
        components: vec!["0.6*item-knn".into(), "0.3*content".into(), "0.1*popularity".into()],
        explainer: None,
    }
}

fn moved() -> RecommendView {
    let mut view = list();
    for (row, by) in view
        .items
        .iter_mut()
        .zip([Moved::By(0), Moved::By(12), Moved::By(-1), Moved::New])
    {
        row.moved = Some(by);
    }
    view
}

/// A lone model whose scores are whole numbers, and one with parts that pull either way.
fn others() -> [RecommendView; 2] {
    let mut counts = list();
    counts.components.clear();
    for (n, row) in counts.items.iter_mut().enumerate() {
        row.parts.clear();
        row.score = 583.0 - n as f64;
    }
    let mut signed = list();
    for row in &mut signed.items {
        row.parts[1] = -row.parts[1];
        row.score = row.parts.iter().sum();
    }
    [counts, signed]
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Recommendations, &list(), &PaneState::default()));
}

#[test]
fn three_sizes_after_an_edit() {
    insta::assert_snapshot!(texts(&Recommendations, &moved(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Recommendations, &list());
    assert_contract(&Recommendations, &moved());
    for view in others() {
        assert_contract(&Recommendations, &view);
    }
    let nothing = RecommendView {
        items: vec![],
        candidates: 0,
        ..list()
    };
    assert_contract(&Recommendations, &nothing);
    assert!(text(&Recommendations, &nothing, &PaneState::default(), (40, 8)).contains("nothing left"));
}

#[test]
fn what_there_is_to_say_of_a_list_stands_above_it() {
    let noted = RecommendView {
        note: Some("als learned nothing from so few ratings; try als:reg=2.0".to_owned()),
        ..list()
    };
    assert_contract(&Recommendations, &noted);
    let shown = text(&Recommendations, &noted, &PaneState::default(), (40, 12));
    let (note, row) = (shown.find("try als:reg=2.0").unwrap(), shown.find("Raiders").unwrap());
    assert!(note < row, "{shown}");
}

#[test]
fn counts_are_whole_and_signed_parts_go_both_ways() {
    let [counts, signed] = others();
    let shown = text(&Recommendations, &counts, &PaneState::default(), (48, 8));
    assert!(shown.contains(" 583 █"), "{shown}");
    let (buffer, _) = draw(
        &Recommendations,
        &signed,
        &PaneState::default(),
        (70, 8),
        &Theme::default(),
    );
    let line = &lines(&buffer)[1];
    // The part that takes away stands left of the ones that add.
    assert!(line.find('▓').unwrap() < line.find('█').unwrap(), "{line}");
}

#[test]
fn bars_of_a_lone_model_start_where_its_scores_differ() {
    let mut view = list();
    view.components.clear();
    for (n, row) in view.items.iter_mut().enumerate() {
        row.parts.clear();
        row.score = 4.8 - 0.02 * n as f64;
    }
    // From 4.80 to 4.42: the bars start a quarter of .38 below.
    let shown = text(&Recommendations, &view, &PaneState::default(), (90, 22));
    assert!(shown.contains("from 4.325"), "{shown}");
    let bar = |line: usize| shown.lines().nth(line).unwrap().matches('█').count();
    assert!(bar(1) > 2 * bar(20) && bar(20) > 0, "{shown}");
    // Scores that differ as they are need no other start.
    view.items[19].score = 0.5;
    assert!(!text(&Recommendations, &view, &PaneState::default(), (90, 22)).contains("from "));
}

#[test]
fn the_arithmetic_adds_up() {
    let lines = Recommendations.arithmetic(&list(), &PaneState::default(), 0).unwrap();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(lines[2], "0.6*item-knn    0.558");
    assert_eq!(lines[5], "score           0.871");
    assert_eq!(lines[6], "score 0.871 normalized");
    // The parts as printed, read back, sum to the score as printed.
    let figure = |line: &str| line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap();
    let sum: f64 = lines[2..5].iter().map(|l| figure(l)).sum();
    assert!((sum - figure(lines[5])).abs() < 2e-6, "{lines:?}");
}

#[test]
fn at_every_width_a_sample_says_that_it_is_one() {
    let mut view = list();
    for cells in [40, 48, 60, 70, 90] {
        for (sampled, growing) in [(true, false), (false, true), (true, true)] {
            (view.sampled, view.growing) = (sampled, growing);
            let shown = text(&Recommendations, &view, &PaneState::default(), (cells, 12));
            assert_eq!(shown.contains("sample"), sampled, "{cells}: {shown}");
            assert_eq!(shown.contains("so far"), growing, "{cells}: {shown}");
        }
    }
}

#[test]
fn a_sample_says_where_its_last_stands_among_all() {
    let mut view = list();
    assert_eq!(view.sample_error(), None);
    (view.sampled, view.stands_for, view.item) = (true, 8.0, Some("7".into()));
    // 20 · 8, and √(20 · 7/8) · 8 = 33.5.
    let error = "rank 20 here is about 160 ± 33 of all";
    assert_eq!(view.sample_error().as_deref(), Some(error));
    for (cells, fits) in [(60, false), (140, true)] {
        let shown = text(&Recommendations, &view, &PaneState::default(), (cells, 12));
        assert_eq!(shown.contains(error), fits, "{shown}");
    }
}

#[test]
fn a_shortened_list_says_so() {
    let title = |candidates| {
        let view = RecommendView { candidates, ..list() };
        Recommendations.title(Some(&view), &Selection::default())
    };
    let n = list().items.len();
    assert!(title(1_164).contains(&format!("{n} of 1,164")), "{}", title(1_164));
    assert!(!title(n).contains(" of "), "{}", title(n));
}
