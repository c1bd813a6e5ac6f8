use super::*;
use crate::models::tests_common::{check_serving, dataset, fit, serve, serve_guest, serve_user, timed};
use crate::models::{NoScore, Profile};

/// Item 0 is rated by users 0, 1, 2; item 1 by 0 and 1; item 2 by 1 alone; user 3 rated item 3 alone.
fn data() -> Arc<Dataset> {
    dataset(
        &[
            (0, 0, 4.0),
            (1, 0, 4.0),
            (2, 0, 4.0),
            (0, 1, 2.0),
            (1, 1, 3.0),
            (1, 2, 5.0),
            (3, 3, 1.0),
        ],
        4,
    )
}

#[test]
fn similarities_by_hand() {
    let data = data();
    // Between items 0 and 1: 2 of 3 and 2; four users.
    for (name, expected) in [
        ("jaccard", 2.0 / 3.0),
        ("cooccurrence", 2.0),
        ("cosine", 2.0 / 6f64.sqrt()),
        ("inclusion", 1.0),
        ("lift", 1.0 / 3.0),
        ("mutual-information", (4.0f64 / 3.0).log2()),
        ("lexicographers", 2.0 * (4.0f64 / 3.0).log2()),
    ] {
        let model = fit("sar", &format!("similarity={name}"), &data).unwrap();
        let serving = serve_user(&model, &data, 2);
        let score = serving.score(ItemIx(1)).unwrap();
        assert!((score - 4.0 * expected).abs() < 1e-6, "{name}: {score}");
        assert_eq!(serving.score(ItemIx(3)), Err(NoScore::NoNeighbors));
        check_serving(&serving, 4);
    }
    let model = fit("sar", "similarity=cooccurrence,threshold=2", &data).unwrap();
    let serving = serve_guest(&model, &[(1, 3.0), (2, 1.0)]);
    assert_eq!(serving.score(ItemIx(0)), Ok(6.0));
    assert_eq!(serving.score(ItemIx(2)), Err(NoScore::NoNeighbors));
}

#[test]
fn age_halves() {
    let day = 86_400;
    let data = timed(&[
        (0, 0, 0),
        (0, 1, 30 * day),
        (1, 0, 60 * day),
        (1, 1, 60 * day),
        (1, 2, 60 * day),
    ]);
    let model = fit("sar", "similarity=cooccurrence", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    // Item 2 came once with each of the others: rated 60 days ago and 30 days ago.
    let score = serving.score(ItemIx(2)).unwrap();
    assert!((score - 0.75).abs() < 1e-9, "{score}");
    check_serving(&serving, 3);
    let tree = serving.explain(ItemIx(2)).unwrap();
    assert_eq!(tree.children[0].figure("days-old"), Some(60.0));
    assert_eq!(tree.children[0].figure("affinity"), Some(0.25));
    let ageless = fit("sar", "similarity=cooccurrence,half-life=0", &data).unwrap();
    assert_eq!(serve_user(&ageless, &data, 0).score(ItemIx(2)), Ok(2.0));
    let guest = serve(&model, Profile::guest([(ItemIx(0), 1.0)], &Arc::default()));
    assert_eq!(guest.score(ItemIx(2)), Ok(1.0));
}

#[test]
fn too_many_weights_are_refused() {
    let rows: Vec<(u32, u32, f64)> = (0..23_200).map(|i| (0, i, 1.0)).collect();
    let Err(FitError::Unfit(why)) = fit("sar", "", &dataset(&rows, 0)) else {
        panic!("it was fitted");
    };
    assert!(why.contains("set neighbors to 1000 or fewer"), "{why}");
}
