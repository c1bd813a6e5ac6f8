//! Ratings far from 0 and near each other: 10,000,001 to 10,000,003.

use std::sync::Arc;

use super::tests_common::{fitted, sized};
use super::*;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::{Profile, Serving};
use crate::task::Cancel;

const USERS: u32 = 11;
const ITEMS: u32 = 9;
const FAR: f64 = 1e7;

/// Ratings of 1 to 3, moved by so much; two thirds of all cells.
fn data(by: f64) -> Arc<Dataset> {
    let cells = (0..USERS * ITEMS).filter(|n| n * 7919 % 101 < 66);
    let ratings: Vec<(u32, u32, f64)> = cells
        .map(|n| (n % USERS, n / USERS, by + 1.0 + f64::from(n * n * 31 % 7 % 3)))
        .collect();
    Arc::new(sized(USERS, ITEMS, &ratings))
}

/// By the definition, in whole numbers until the last division and root. Rows are (entry, rating).
fn exact(similarity: Similarity, a: &[(u32, i128)], b: &[(u32, i128)]) -> Option<f64> {
    let theirs = |entry: u32| b.iter().find(|r| r.0 == entry).map(|r| r.1);
    let common: Vec<(i128, i128)> = a.iter().filter_map(|(e, x)| Some((*x, theirs(*e)?))).collect();
    let n = common.len() as i128;
    let sum = |of: &dyn Fn(i128, i128) -> i128| common.iter().map(|(x, y)| of(*x, *y)).sum::<i128>();
    let ratio = |top: i128, left: i128, right: i128| {
        (left > 0 && right > 0).then(|| top as f64 / ((left as f64) * (right as f64)).sqrt())
    };
    if n == 0 {
        return None;
    }
    match similarity {
        Similarity::Msd => Some(1.0 / (1.0 + sum(&|x, y| (x - y) * (x - y)) as f64 / n as f64)),
        Similarity::Pearson => {
            let (x, y) = (sum(&|x, _| x), sum(&|_, y| y));
            ratio(
                n * sum(&|x, y| x * y) - x * y,
                n * sum(&|x, _| x * x) - x * x,
                n * sum(&|_, y| y * y) - y * y,
            )
        }
        Similarity::CenteredCosine => {
            let facts = |row: &[(u32, i128)]| (row.len() as i128, row.iter().map(|r| r.1).sum::<i128>());
            let ((na, sa), (nb, sb)) = (facts(a), facts(b));
            let spread = |row: &[(u32, i128)], n: i128, s: i128| row.iter().map(|r| (n * r.1 - s).pow(2)).sum::<i128>();
            ratio(
                sum(&|x, y| (na * x - sa) * (nb * y - sb)),
                spread(a, na, sa),
                spread(b, nb, sb),
            )
        }
        _ => None,
    }
}

#[test]
fn similarities_are_those_of_whole_numbers() {
    let (data, cancel) = (data(FAR), Cancel::new());
    let whole = |row: Vec<(u32, f64)>| row.into_iter().map(|(e, r)| (e, r as i128)).collect::<Vec<_>>();
    let search = NeighborSearch::new(Arc::clone(&data));
    let mut edits = Edits::default();
    edits.set(&data, UserIx(2), ItemIx(3), Some(FAR + 3.0));
    edits.set(&data, UserIx(2), ItemIx(4), None);
    let edits = Arc::new(edits);
    let user_row = |user: UserIx| {
        whole(
            edits
                .user_ratings(&data, user)
                .into_iter()
                .map(|(i, r)| (i.0, r))
                .collect(),
        )
    };
    let item_row = |item: ItemIx| {
        whole(
            edits
                .item_ratings(&data, item)
                .into_iter()
                .map(|(u, r)| (u.0, r))
                .collect(),
        )
    };
    let mut compared = 0;
    for similarity in [Similarity::Pearson, Similarity::Msd, Similarity::CenteredCosine] {
        let mut check = |pair: PairArithmetic, listed: &[Neighbor], other: u32, expected: Option<f64>| {
            let listed = listed.iter().find(|n| n.index == other).map(|n| n.similarity);
            assert_eq!(pair.value.ok(), listed, "{similarity:?}");
            assert_eq!(
                listed.is_some(),
                expected.is_some(),
                "{similarity:?} {listed:?} {expected:?}"
            );
            let (Some(seen), Some(expected)) = (listed, expected) else {
                return;
            };
            assert!((seen - expected).abs() < 1e-12, "{similarity:?}: {seen} {expected}");
            compared += 1;
        };
        let measure = Measure::from(similarity);
        for a in data.users() {
            let profile = Profile::of_edited_user(&data, a, &edits);
            let near = search.of_profile(&profile, measure, &cancel).unwrap();
            for b in data.users().filter(|b| *b != a) {
                let pair = search.pair_with_user(&profile, b, measure, &cancel).unwrap();
                check(pair, &near, b.0, exact(similarity, &user_row(a), &user_row(b)));
            }
        }
        for a in data.items() {
            let near = search.of_item(&edits, a, measure, &cancel).unwrap();
            for b in data.items().filter(|b| *b != a) {
                let pair = search.pair_of_items(&edits, a, b, measure, &cancel).unwrap();
                check(pair, &near, b.0, exact(similarity, &item_row(a), &item_row(b)));
            }
        }
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn predictions_move_with_the_ratings() {
    let (near, far) = (data(0.0), data(FAR));
    let mut formulas = ["baseline", "baseline:method=sgd", "slope-one"]
        .map(str::to_owned)
        .to_vec();
    for model in ["user-knn", "item-knn"] {
        for prediction in ["basic", "means", "zscore", "baseline"] {
            for similarity in ["pearson", "centered-cosine", "msd", "pearson-baseline"] {
                formulas.push(format!("{model}:prediction={prediction},similarity={similarity}"));
            }
        }
    }
    for formula in formulas {
        let models = [&near, &far].map(|data| fitted(data, &formula));
        for user in near.users() {
            let open = |model, data| {
                let profile = Arc::new(Profile::of_user(data, user));
                Serving::open(model, profile, &Cancel::new()).unwrap()
            };
            let (a, b) = (open(&models[0], &near), open(&models[1], &far));
            for item in near.items() {
                match (a.score(item), b.score(item)) {
                    (Ok(a), Ok(b)) => assert!((a - (b - FAR)).abs() < 1e-5, "{formula} {user:?} {item:?}: {a} {b}"),
                    (a, b) => assert_eq!(a.is_ok(), b.is_ok(), "{formula}: {a:?} {b:?}"),
                }
            }
        }
    }
}
