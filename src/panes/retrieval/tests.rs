use super::*;
use crate::answers::pipeline::retrieval::Crossing;
use crate::panes::tests_common::{assert_contract, text};
use crate::panes::{Ask, Shared};

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(76, 16), (116, 32), (196, 52)];

fn took(median_us: f64) -> Took {
    Took {
        median_us,
        p99_us: median_us * 1.8,
    }
}

fn view(crossing: Option<u64>) -> RetrievalShown {
    let row = |(ef, recall_10, recall_k, ratio, us): (usize, f64, Option<f64>, f64, f64)| RetrievalRow {
        ef,
        recall_10: Some(recall_10),
        recall_k,
        distance_ratio: Some(ratio),
        took: took(us),
    };
    let rows = [
        (10, 0.812, None, 1.021, 9.4),
        (20, 0.931, None, 1.008, 14.2),
        (50, 0.988, None, 1.002, 28.0),
        (100, 0.997, Some(0.972), 1.001, 50.1),
        (200, 1.0, Some(0.996), 1.0, 93.7),
    ];
    Once {
        result: Some(RetrievalView {
            model: "als".to_owned(),
            items: 3_706,
            dimensions: 66,
            users: 500,
            of_users: 6_040,
            k: 100,
            m: 16,
            ef_construction: 200,
            seed: 42,
            build_seconds: 1.84,
            layers: 4,
            links: 121_000,
            vector_bytes: 288.0,
            link_bytes: 310.4,
            exact: took(61.3),
            rows: rows.map(row).to_vec(),
            faster_from: crossing.map(|items| Crossing { items, ef: 50 }),
        }),
        report: None,
        asks: false,
    }
}

#[test]
fn three_sizes() {
    let shown = |size| text(&Retrieval, &view(Some(1_530)), &PaneState::default(), size);
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, shown(size));
    insta::assert_snapshot!(SIZES.map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    let mut short = view(None);
    if let Some(result) = &mut short.result {
        (result.k, result.rows) = (10, Vec::new());
    }
    let mut running = view(Some(9_000));
    running.report = Some("asking the graph".to_owned());
    let asks = Once {
        asks: true,
        ..RetrievalShown::default()
    };
    for view in [view(Some(1_530)), short, running, asks, RetrievalShown::default()] {
        assert_contract(&Retrieval, &view);
    }
}

#[test]
fn it_says_who_is_faster_here() {
    let said = |crossing| text(&Retrieval, &view(crossing), &PaneState::default(), (116, 32));
    assert!(said(Some(1_530)).contains("here the graph is faster"));
    assert!(said(Some(9_000)).contains("here looking at everything is as fast or faster"));
    assert!(said(None).contains("no row finds 95% of the nearest"));
}

#[test]
fn controls_are_what_is_asked() {
    let shared = Shared::default();
    let query = Retrieval::query(&shared).unwrap();
    assert_eq!(
        (query.m, query.ef_construction, query.k, query.users),
        (16, 200, 100, 500)
    );
    assert_eq!(query.ef, [10, 20, 50, 100, 200]);
    assert!(query.formula.with_factors().is_some());
}
