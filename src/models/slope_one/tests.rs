use super::*;
use crate::data::UserIx;
use crate::models::tests_common::{check_serving, dataset, fit, serve_guest, serve_user, synthetic};
use crate::task::{Pool, Task};

/// The example of the paper: John rates 5, 3, 2, Mark 3, 4, Lucy only the second and third, 2 and 5.
fn paper() -> Arc<Dataset> {
    dataset(
        &[
            (0, 0, 5.0),
            (0, 1, 3.0),
            (0, 2, 2.0),
            (1, 0, 3.0),
            (1, 1, 4.0),
            (2, 1, 2.0),
            (2, 2, 5.0),
        ],
        4,
    )
}

#[test]
fn by_hand() {
    let data = paper();
    let model = fit("slope-one", "", &data).unwrap();
    // Lucy's mean is 3.5; the first item is rated 2 higher and 1 lower than the second, and 3 higher than the third.
    let lucy = serve_user(&model, &data, 2);
    assert_eq!(lucy.score(ItemIx(0)), Ok(3.5 + 1.75));
    let tree = lucy.explain(ItemIx(0)).unwrap();
    let values: Vec<f64> = tree.children.iter().map(|c| c.value).collect();
    assert_eq!(values, [3.5, 0.25, 1.5]);
    assert_eq!(tree.children[1].figure("deviation"), Some(0.5));
    assert_eq!(tree.children[1].figure("support"), Some(2.0));
    // A rated item as if it were not: the mean is that of the other, 5; the second is rated 1 higher and 3 lower.
    assert_eq!(lucy.score(ItemIx(1)), Ok(5.0 + (1.0 - 3.0) / 2.0));
    check_serving(&lucy, 4);
}

#[test]
fn everybody_is_served_alike() {
    let data = synthetic(30, 20);
    let model = fit("slope-one", "", &data).unwrap();
    let (user, rows) = (serve_user(&model, &data, 4), data.user_row(UserIx(4)));
    check_serving(&user, 20);
    let guest = serve_guest(&model, &rows.iter().collect::<Vec<_>>());
    assert_eq!(user.scores(&Cancel::new()), guest.scores(&Cancel::new()));
    check_serving(&serve_guest(&model, &[(1, 5.0), (2, 1.0)]), 20);
    check_serving(&serve_guest(&model, &[]), 20);
}

#[test]
fn scores_are_those_of_the_definition() {
    let data = synthetic(25, 18);
    let model = fit("slope-one", "", &data).unwrap();
    for user in data.users() {
        let serving = serve_user(&model, &data, user.0);
        let row: Vec<(u32, f64)> = data.user_row(user).iter().collect();
        let mean = row.iter().map(|r| r.1).sum::<f64>() / row.len() as f64;
        for item in data.items().filter(|i| data.rating(user, *i).is_none()) {
            let mut deviations = Vec::new();
            for (j, _) in &row {
                let both = data
                    .users()
                    .filter_map(|v| Some(data.rating(v, item)? - data.rating(v, ItemIx(*j))?));
                let both: Vec<f64> = both.collect();
                if !both.is_empty() {
                    deviations.push(both.iter().sum::<f64>() / both.len() as f64);
                }
            }
            let expected = mean + deviations.iter().sum::<f64>() / deviations.len() as f64;
            assert!((serving.score(item).unwrap() - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn kept_or_not_the_deviations_are_the_same_on_any_number_of_threads() {
    let data = synthetic(30, 70);
    let task = Task {
        pool: Pool::new("test", 3),
        ..Task::unattended()
    };
    let kept = Deviations::train(&data, 70 * 70, &task).unwrap();
    let not_kept = Deviations::train(&data, 70 * 70 - 1, &Task::unattended()).unwrap();
    assert_eq!(not_kept.memory_bytes(), 0);
    assert!(kept.memory_bytes() >= 70 * 70 * 4);
    for j in data.items() {
        let bits = |d: &Deviations| -> Vec<u32> {
            let row = d.from(j, &data, &Cancel::new()).unwrap();
            row.iter().map(|x| x.to_bits()).collect()
        };
        assert_eq!(bits(&kept), bits(&not_kept));
        let row = kept.from(j, &data, &Cancel::new()).unwrap();
        for i in data.items().filter(|i| *i != j) {
            let pair = pair_deviation(&data, i, j).map(|(deviation, _)| deviation);
            assert_eq!(pair, Some(f64::from(row[i.at()])).filter(|d| d.is_finite()));
        }
        assert!(!row[j.at()].is_finite());
    }
}

#[test]
fn items_without_a_score_have_a_fallback() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 2, 1.0), (1, 3, 2.0)], 5);
    let model = fit("slope-one", "", &data).unwrap();
    let user = serve_user(&model, &data, 0);
    assert_eq!(user.score(ItemIx(2)), Err(NoScore::NoNeighbors));
    assert_eq!(
        user.predict(Some(ItemIx(2)), &data),
        Some((4.0, Some(NoScore::NoNeighbors)))
    );
    let mean = data.mean();
    assert_eq!(
        user.predict(Some(ItemIx(4)), &data),
        Some((mean, Some(NoScore::UnknownItem)))
    );
    let nobody = serve_guest(&model, &[]);
    assert_eq!(nobody.score(ItemIx(0)), Err(NoScore::EmptyProfile));
    assert_eq!(
        nobody.predict(Some(ItemIx(0)), &data),
        Some((mean, Some(NoScore::UnknownUser)))
    );
    check_serving(&serve_guest(&model, &[(0, 3.0)]), 5);
}
