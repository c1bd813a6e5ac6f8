use std::sync::Arc;

use super::testing::{dataset, fitted, toy};
use super::{Measure, Neighbor, Similarity, neighbors_of_profile};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::{NoScore, Profile, Serving};
use crate::task::Cancel;

fn serving(data: &Arc<Dataset>, formula: &str, user: u32) -> Serving {
    let profile = Arc::new(Profile::of_user(data, UserIx(user)));
    Serving::open(&fitted(data, formula), profile, &Cancel::new()).unwrap()
}

#[test]
fn the_toy_has_its_known_answers() {
    let data = Arc::new(toy());
    let profile = Profile::of_user(&data, UserIx(1));
    let near = neighbors_of_profile(&data, &profile, Measure::from(Similarity::Cosine), None, &Cancel::new()).unwrap();
    let expected = [(0, 0.8609, 2), (2, 0.4201, 2), (3, 0.1515, 1)];
    assert_eq!(near.len(), expected.len());
    for (
        Neighbor {
            index,
            similarity,
            support,
        },
        known,
    ) in near.into_iter().zip(expected)
    {
        assert_eq!((index, support), (known.0, known.2));
        assert!((similarity - known.1).abs() < 5e-5, "{similarity}");
    }
    // To item 2 A gives .8609 × 3 and C .4201 × 1; to item 3 only D gives .1515 × 5.
    let best = serving(&data, "user-knn", 1)
        .recommend(9, false, &Cancel::new())
        .unwrap();
    assert_eq!(best.iter().map(|b| b.0.0).collect::<Vec<_>>(), [1, 2]);
    assert!((best[0].1 - 3.0029).abs() < 1e-4, "{}", best[0].1);
    assert!((best[1].1 - 0.7576).abs() < 1e-4, "{}", best[1].1);
}

#[test]
fn items_of_the_profile_speak_for_what_is_like_them() {
    let data = Arc::new(toy());
    let serving = serving(&data, "item-knn", 1);
    // Items 1 and 2 share A and C: (5·3 + 1·1) / √((25+16+1)(9+1)); items 2 and 4 share A and C too:
    // (3·1 + 1·5) / √((9+1)(1+1+25+16)).
    let expected = 4.0 * 16.0 / 420f64.sqrt() + 8.0 / 430f64.sqrt();
    assert!((serving.score(ItemIx(1)).unwrap() - expected).abs() < 1e-12);
    let tree = serving.explain(ItemIx(1)).unwrap();
    assert_eq!(tree.children.len(), 2);
    assert!(tree.worst_residual() < 1e-12);
}

#[test]
fn one_user_and_one_item_have_nobody_to_speak() {
    let data = Arc::new(dataset(&[(0, 0, 4.0)]));
    for formula in ["user-knn", "item-knn"] {
        assert_eq!(serving(&data, formula, 0).score(ItemIx(0)), Err(NoScore::NoNeighbors));
    }
}
