//! Models that learn taste see a checkerboard of two tastes.

use recscope::data::{ItemIx, UserIx};
use recscope::models::{Formula, MODELS, Profile, Unit};
use recscope::task::Cancel;

use super::data::{checkerboard, separate_tastes};
use super::open;

/// Models that by definition cannot tell tastes apart, and why.
const BLIND: [(&str, &str); 5] = [
    ("random", "scores are drawn, whoever asks"),
    ("popularity", "everybody has the same scores"),
    (
        "baseline",
        "a sum of user and item biases: everybody has the same order",
    ),
    ("trending", "everybody has the same scores"),
    (
        "slope-one",
        "differences are averaged over users of both tastes, where they cancel out",
    ),
];

/// Where defaults made for thousands of ratings learn nothing of these few: settings that do.
const SETTINGS: [(&str, &str); 10] = [
    ("svd", "svd:factors=4,epochs=200,lr=0.02"),
    ("svdpp", "svdpp:factors=4,epochs=200,lr=0.02"),
    ("nmf", "nmf:factors=4,epochs=200"),
    ("co-clustering", "co-clustering:user-clusters=2,item-clusters=2"),
    ("als", "als:reg=1"),
    ("lmf", "lmf:reg=1,factors=2,epochs=200,negatives=2"),
    ("slim", "slim:l1=0.1,l2=1"),
    ("puresvd", "puresvd:factors=2"),
    ("demographic", "demographic:min-users=5"),
    // The last choice alone may be one that nobody else went on from.
    ("markov", "markov:window=8,last=8"),
];

/// Of what somebody has not rated, all that is of the own taste stands above all of the other. Models of ratings see both
/// tastes rated, the other one low; those of choices, or of features, see choices of the own taste alone.
#[test]
fn every_model_sees_the_checkerboard_or_is_blind_by_definition() {
    let (rated, chosen) = (checkerboard(), separate_tastes());
    for (name, _) in BLIND.iter().chain(&SETTINGS) {
        assert!(MODELS.iter().any(|m| m.name == *name), "{name} is no model");
    }
    let mut failures = Vec::new();
    for spec in MODELS
        .iter()
        .filter(|m| BLIND.iter().all(|(blind, _)| *blind != m.name))
    {
        let text = SETTINGS
            .iter()
            .find(|(name, _)| *name == spec.name)
            .map_or(spec.name, |s| s.1);
        let formula = Formula::parse(text).unwrap();
        let data = if formula.unit() == Unit::Rating {
            &rated
        } else {
            &chosen
        };
        for user in data.users() {
            let serving = open(data, &formula, Profile::of_user(data, user), 42, 1).unwrap();
            let is_own = |item: ItemIx| item.0 % 2 == user.0 % 2;
            let unseen = data.items().filter(|item| data.rating(user, *item).is_none());
            let (own, other): (Vec<ItemIx>, Vec<ItemIx>) = unseen.partition(|item| is_own(*item));
            // What has no score is not recommended: it stands below all that has one.
            let score = |item: &ItemIx| serving.score(*item).unwrap_or(f64::NEG_INFINITY);
            let lowest = own.iter().map(score).fold(f64::INFINITY, f64::min);
            let highest = other.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
            assert!(
                !own.is_empty() && !other.is_empty(),
                "{user:?} has nothing left of a taste"
            );
            if lowest <= highest {
                failures.push(format!("{text}, {user:?}: {lowest} is not above {highest}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn models_that_learn_taste_see_the_checkerboard() {
    let data = checkerboard();
    for text in [
        "item-knn",
        "user-knn",
        "svd:factors=4,epochs=200,lr=0.02",
        "svdpp:factors=4,epochs=200,lr=0.02",
        "nmf:factors=4,epochs=200",
        "biased-als:factors=4",
        "co-clustering:user-clusters=2,item-clusters=2",
        "user-knn:prediction=means,similarity=pearson",
    ] {
        let formula = Formula::parse(text).unwrap();
        for user in [UserIx(0), UserIx(1)] {
            let serving = open(&data, &formula, Profile::of_user(&data, user), 42, 1).unwrap();
            let best = serving.recommend(2, false, &Cancel::new()).unwrap();
            assert!(
                best.iter().all(|(item, _)| item.0 % 2 == user.0 % 2),
                "{text}, {user:?}: {best:?}"
            );
        }
    }
}
