use super::*;
use crate::data::{Dataset, ItemIx};
use crate::models::tests_common::{check_serving, context, dataset, fit, serve_guest, serve_user, synthetic, timed};
use crate::models::{NoScore, PartKind};

/// B by its definition: for every item the ridge regression of its column on all others, by Gaussian elimination.
fn regressions(data: &Dataset, lambda: f64) -> Vec<Vec<f64>> {
    let n = data.n_items();
    let rated = |u, i: usize| f64::from(u8::from(data.rating(u, ItemIx(i as u32)).is_some()));
    let gram = |i: usize, j: usize| data.users().map(|u| rated(u, i) * rated(u, j)).sum::<f64>();
    let column = |target: usize| -> Vec<(usize, f64)> {
        let others: Vec<usize> = (0..n).filter(|&j| j != target).collect();
        let mut rows: Vec<Vec<f64>> = others
            .iter()
            .map(|&a| {
                let ridge = |b| if a == b { lambda } else { 0.0 };
                let mut row: Vec<f64> = others.iter().map(|&b| gram(a, b) + ridge(b)).collect();
                row.push(gram(a, target));
                row
            })
            .collect();
        for k in 0..rows.len() {
            let pivot = rows[k].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
                let by = row[k] / pivot[k];
                row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= by * p);
            }
        }
        let solved = others.iter().enumerate();
        solved.map(|(k, &j)| (j, rows[k][n - 1] / rows[k][k])).collect()
    };
    let mut weights = vec![vec![0.0; n]; n];
    let columns = (0..n).map(|target| (target, column(target)));
    for (target, (j, weight)) in columns.flat_map(|(target, found)| found.into_iter().map(move |w| (target, w))) {
        weights[j][target] = weight;
    }
    weights
}

#[test]
fn each_item_is_regressed_on_all_others() {
    let data = synthetic(25, 12);
    for lambda in [0.5, 20.0] {
        let expected = regressions(&data, lambda);
        let mut params = Params::defaults(SPEC.parameters);
        params.set("lambda", &lambda.to_string()).unwrap();
        let weights = Ease::train(&context(&data), &params).unwrap();
        for j in 0..12 {
            for i in (0..12).filter(|&i| i != j) {
                let weight = weights.weight(j, i).unwrap();
                assert!(
                    (weight - expected[j as usize][i as usize]).abs() < 1e-6,
                    "{j}→{i}: {weight}"
                );
            }
        }
    }
}

/// Two items, each rated by two users, one of them by both: XᵀX = (2 1; 1 2), so B_01 = 1 / (2 + λ).
#[test]
fn two_items_by_hand() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 1.0), (1, 0, 2.0), (2, 1, 4.0)], 3);
    let model = fit("ease", "lambda=2", &data).unwrap();
    let serving = serve_user(&model, &data, 1);
    assert_eq!(serving.score(ItemIx(1)), Ok(0.25));
    assert_eq!(serving.score(ItemIx(0)), Err(NoScore::NoNeighbors));
    assert_eq!(serving.score(ItemIx(2)), Err(NoScore::UnknownItem));
    check_serving(&serving, 3);
    let both = serve_guest(&model, &[(0, 3.0), (1, 3.0)]);
    assert_eq!(both.score(ItemIx(0)), Ok(0.25));
    let tree = both.explain(ItemIx(0)).unwrap();
    assert_eq!((tree.children.len(), tree.children[0].kind), (1, PartKind::Rated));
    assert_eq!(tree.children[0].figure("weight"), Some(0.25));
    assert_eq!(serve_guest(&model, &[]).score(ItemIx(0)), Err(NoScore::EmptyProfile));
}

#[test]
fn only_the_most_rated_may_take_part() {
    let data = dataset(
        &[
            (0, 0, 1.0),
            (0, 2, 1.0),
            (1, 2, 1.0),
            (0, 3, 1.0),
            (1, 3, 1.0),
            (2, 3, 1.0),
            (1, 1, 1.0),
        ],
        4,
    );
    let model = fit("ease", "items=2,lambda=1", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    check_serving(&serving, 4);
    assert_eq!(serving.score(ItemIx(0)), Err(NoScore::NoNeighbors));
    // Items 2 and 3: XᵀX = (2 2; 2 3); B_23 = 2 / (2 + 1).
    assert!((serving.score(ItemIx(3)).unwrap() - 2.0 / 3.0).abs() < 1e-7);
}

#[test]
fn too_many_items_are_refused_with_the_cost() {
    let rows: Vec<(u32, u32, f64)> = (0..20_001).map(|i| (0, i, 1.0)).collect();
    let data = dataset(&rows, 0);
    let Err(FitError::Unfit(why)) = fit("ease", "", &data) else {
        panic!("it was fitted");
    };
    assert!(
        why.starts_with("ease on all 20001 items would need about 3.2 GB of memory and "),
        "{why}"
    );
    assert!(why.ends_with("ease:items=20000"), "{why}");
}

/// As two_items_by_hand, with the ratings of user 0 three minutes apart: with a closeness of one minute they count 1/√4.
#[test]
fn what_was_rated_closely_together_counts() {
    let data = timed(&[(0, 0, 1000), (0, 1, 1180), (1, 0, 50), (2, 1, 90)]);
    let weight = |params: &str| {
        let model = fit("ease", params, &data).unwrap();
        serve_user(&model, &data, 1).score(ItemIx(1)).unwrap()
    };
    assert_eq!(weight("lambda=2"), 0.25);
    assert_eq!(weight("lambda=2,closeness=1"), 0.125);
    // Without times all pairs count fully.
    let untimed = dataset(&[(0, 0, 5.0), (0, 1, 1.0), (1, 0, 2.0), (2, 1, 4.0)], 2);
    let model = fit("ease", "lambda=2,closeness=1", &untimed).unwrap();
    assert_eq!(serve_user(&model, &untimed, 1).score(ItemIx(1)), Ok(0.25));
}
