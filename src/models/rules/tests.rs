use super::*;
use crate::data::Dataset;
use crate::models::NoScore;
use crate::models::tests_common::{check_serving, dataset, fit, serve_guest};

/// Five users: items 0 and 1 come together three times; item 2 comes once with each and once alone.
fn data() -> Arc<Dataset> {
    let rows = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 2), (4, 3)];
    dataset(&rows.map(|(u, i)| (u, i, 1.0)), 4)
}

#[test]
fn measures_by_hand() {
    let data = data();
    // Of 5 users 3 rated item 0, 3 rated item 1, 3 both. G² of (3 0; 0 2) = 2·(5 ln 5 − 3 ln 3 − 2 ln 2).
    let g = 2.0 * (5.0 * 5f64.ln() - 3.0 * 3f64.ln() - 2.0 * 2f64.ln());
    for (settings, expected) in [
        ("", g),
        ("measure=lift,damping=0", 5.0 * 3.0 / 9.0),
        ("measure=lift,damping=1", 5.0 * 3.0 / 16.0),
        ("measure=confidence,damping=0", 1.0),
        ("measure=confidence,damping=1", 0.75),
    ] {
        let model = fit("rules", settings, &data).unwrap();
        let serving = serve_guest(&model, &[(0, 2.0)]);
        let score = serving.score(ItemIx(1)).unwrap();
        assert!((score - expected).abs() < 1e-6, "{settings}: {score}");
        assert_eq!(serving.score(ItemIx(3)), Err(NoScore::NoNeighbors));
        check_serving(&serving, 4);
    }
}

#[test]
fn chance_is_no_rule() {
    let data = data();
    // Items 0 and 2 come together less often than by chance: 1 of 5, where 3/5 · 2/5 expect 1.2.
    let llr = fit("rules", "", &data).unwrap();
    assert_eq!(
        serve_guest(&llr, &[(0, 1.0)]).score(ItemIx(2)),
        Err(NoScore::NoNeighbors)
    );
    let all = fit("rules", "measure=confidence,damping=0", &data).unwrap();
    assert!((serve_guest(&all, &[(0, 1.0)]).score(ItemIx(2)).unwrap() - 1.0 / 3.0).abs() < 1e-7);
    let sure = fit("rules", "measure=confidence,min-llr=1", &data).unwrap();
    assert_eq!(
        serve_guest(&sure, &[(0, 1.0)]).score(ItemIx(2)),
        Err(NoScore::NoNeighbors)
    );
    assert!(serve_guest(&sure, &[(0, 1.0)]).score(ItemIx(1)).is_ok());
}

#[test]
fn one_rule_an_item() {
    let rows = [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (2, 0),
        (2, 2),
        (3, 0),
        (3, 1),
        (3, 2),
        (4, 3),
    ];
    let data = dataset(&rows.map(|(u, i)| (u, i, 1.0)), 4);
    let model = fit("rules", "measure=confidence,damping=0,neighbors=1", &data).unwrap();
    // Both 1 and 2 lead to 0 with confidence 1: the first one stays.
    assert!(serve_guest(&model, &[(1, 1.0)]).score(ItemIx(0)).is_ok());
    assert_eq!(
        serve_guest(&model, &[(2, 1.0)]).score(ItemIx(0)),
        Err(NoScore::NoNeighbors)
    );
}
