use super::*;
use crate::data::ItemIx;
use crate::models::tests_common::{check_serving, fit, serve_guest, serve_user, synthetic, timed};
use crate::models::{NoScore, PartKind};

/// User 0: {0, 1, 2}, and a week later {3, 4}; user 1: {0, 3} the day after; user 2: {2, 4} at last.
fn data() -> Arc<Dataset> {
    let (day, week) = (86_400, 604_800);
    timed(&[
        (0, 0, 0),
        (0, 1, 10),
        (0, 2, 20),
        (0, 3, week),
        (0, 4, week + 10),
        (1, 0, week + day),
        (1, 3, week + day + 10),
        (2, 2, week + 2 * day),
        (2, 4, week + 2 * day + 10),
    ])
}

#[test]
fn nearest_sessions_by_hand() {
    let data = data();
    let model = fit("session-knn", "decay=none,idf=false", &data).unwrap();
    let guest = serve_guest(&model, &[(0, 5.0), (2, 3.0)]);
    // {0, 1, 2} shares both, {0, 3} and {2, 4} one each.
    let (three, two) = (1.0 / 3f64.sqrt(), 1.0 / 2f64.sqrt());
    assert_eq!(guest.score(ItemIx(1)), Ok(2.0 * three));
    assert_eq!(guest.score(ItemIx(3)), Ok(two));
    // As if 0 were not rated: {0, 1, 2} shares 2, and {0, 3} nothing.
    assert!((guest.score(ItemIx(0)).unwrap() - three).abs() < 1e-15);
    check_serving(&guest, 5);
    let tree = guest.explain(ItemIx(1)).unwrap();
    assert_eq!((tree.children.len(), tree.children[0].kind), (1, PartKind::Neighbor));
    assert_eq!(tree.children[0].children.len(), 2);
    assert_eq!(tree.children[0].figure("support"), Some(2.0));
}

#[test]
fn own_sessions_do_not_speak() {
    let data = data();
    let model = fit("session-knn", "decay=none,idf=false", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    // Item 1 was in nobody else's session.
    assert_eq!(serving.score(ItemIx(1)), Err(NoScore::NoNeighbors));
    check_serving(&serving, 5);
}

#[test]
fn decay_sample_and_k() {
    let data = data();
    let two = 1.0 / 2f64.sqrt();
    // Typed last: 2; before it 0: linear weights 1 and 1/2.
    let serve = |settings: &str| {
        let model = fit("session-knn", settings, &data).unwrap();
        serve_guest(&model, &[(0, 5.0), (2, 3.0)])
    };
    assert_eq!(serve("idf=false").score(ItemIx(3)), Ok(0.5 * two));
    assert_eq!(serve("idf=false,decay=div").score(ItemIx(3)), Ok(0.5 * two));
    assert_eq!(serve("idf=false,last=1").score(ItemIx(3)), Err(NoScore::NoNeighbors));
    // The latest session that shares an item is {2, 4}; the nearest {0, 1, 2}.
    assert_eq!(serve("sample=1").score(ItemIx(3)), Err(NoScore::NoNeighbors));
    assert!(serve("sample=1").score(ItemIx(4)).is_ok());
    assert_eq!(serve("k=1").score(ItemIx(4)), Err(NoScore::NoNeighbors));
    assert!(serve("k=1").score(ItemIx(1)).is_ok());
    // Four sessions, two of them with item 0.
    let score = serve("decay=none,sample=all").score(ItemIx(3)).unwrap();
    assert!((score - two * 3f64.ln()).abs() < 1e-15);
    assert_eq!(
        serve_guest(&fit("session-knn", "", &data).unwrap(), &[]).score(ItemIx(0)),
        Err(NoScore::EmptyProfile)
    );
}

#[test]
fn served_for_everybody() {
    let data = synthetic(30, 20);
    let model = fit("session-knn", "k=10", &data).unwrap();
    for user in 0..30 {
        check_serving(&serve_user(&model, &data, user), 20);
    }
}
