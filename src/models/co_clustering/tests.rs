use super::*;
use crate::data::UserIx;
use crate::models::tests_common::{
    check_serving, context, dataset, edited, everybody, fit, fit_in, serve, serve_guest, serve_user, synthetic,
};
use crate::task::{Pool, Task};

fn settings(user_clusters: usize, item_clusters: usize, epochs: usize) -> Settings {
    Settings {
        user_clusters,
        item_clusters,
        epochs,
    }
}

/// A direct implementation of the equations, from the initial clusters of an untrained model.
#[test]
fn training_is_that_of_the_definition() {
    let data = synthetic(40, 25);
    let task = Task::unattended();
    for (seed, epochs) in [(1, 1), (2, 2), (3, 3), (4, 20)] {
        let start = train::train(&data, &settings(3, 2, 0), seed, &task).unwrap();
        let trained = train::train(&data, &settings(3, 2, epochs), seed, &task).unwrap();
        let (mut users, mut items) = (start.user_cluster, start.item_cluster);
        let rows: Vec<(usize, usize, f64)> = data
            .users()
            .flat_map(|u| data.user_row(u).iter().map(move |(i, r)| (u.at(), i as usize, r)))
            .collect();
        let mean = |keep: &dyn Fn(usize, usize) -> bool| {
            let kept: Vec<f64> = rows.iter().filter(|r| keep(r.0, r.1)).map(|r| r.2).collect();
            if kept.is_empty() {
                data.mean()
            } else {
                kept.iter().sum::<f64>() / kept.len() as f64
            }
        };
        let means = |users: &[u32], items: &[u32]| {
            let (of_user, of_item) = (|u: usize| users[u] as usize, |i: usize| items[i] as usize);
            let by_user: Vec<f64> = (0..3).map(|c| mean(&|u, _| of_user(u) == c)).collect();
            let by_item: Vec<f64> = (0..2).map(|c| mean(&|_, i| of_item(i) == c)).collect();
            let by_pair: Vec<f64> = (0..6)
                .map(|c| mean(&|u, i| of_user(u) == c / 2 && of_item(i) == c % 2))
                .collect();
            (by_user, by_item, by_pair)
        };
        for _ in 0..epochs {
            let (by_user, by_item, by_pair) = means(&users, &items);
            let error = |row: &(usize, usize, f64), c: usize, d: usize| {
                let user = mean(&|u, _| u == row.0) - by_user[c];
                let item = mean(&|_, i| i == row.1) - by_item[d];
                (row.2 - (by_pair[c * 2 + d] + user + item)).powi(2)
            };
            let first_least = |errors: Vec<f64>| {
                let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
                errors.iter().position(|e| *e == least).unwrap() as u32
            };
            users = (0..40)
                .map(|u| {
                    let own = || rows.iter().filter(move |r| r.0 == u);
                    first_least(
                        (0..3)
                            .map(|c| own().map(|r| error(r, c, items[r.1] as usize)).sum())
                            .collect(),
                    )
                })
                .collect();
            items = (0..25)
                .map(|i| {
                    let own = || rows.iter().filter(move |r| r.1 == i);
                    first_least(
                        (0..2)
                            .map(|c| own().map(|r| error(r, users[r.0] as usize, c)).sum())
                            .collect(),
                    )
                })
                .collect();
        }
        assert_eq!((&trained.user_cluster, &trained.item_cluster), (&users, &items));
        let (by_user, by_item, by_pair) = means(&users, &items);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(&trained.means.users, &by_user));
        assert!(near(&trained.means.items, &by_item));
        assert!(near(&trained.means.pairs, &by_pair));
    }
}

#[test]
fn it_finds_the_planted_groups() {
    let data = synthetic(60, 40);
    let model = fit("co-clustering", "user-clusters=2,item-clusters=2", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    let mean = |of: u32| (0..20).map(|i| serving.score(ItemIx(2 * i + of)).unwrap()).sum::<f64>() / 20.0;
    assert!(mean(0) > mean(1) + 1.5, "{} {}", mean(0), mean(1));
    let (_, curve) = model.training_curve().unwrap();
    assert!(curve.last().unwrap() < &0.9, "{curve:?}");
    assert!(curve.len() < 20, "nobody moves any longer: {}", curve.len());
    // A guest with the taste of one group is assigned to it.
    let guest = serve_guest(&model, &[(0, 5.0), (2, 5.0), (1, 1.0), (3, 2.0)]);
    assert!(guest.score(ItemIx(4)).unwrap() > guest.score(ItemIx(5)).unwrap() + 1.5);
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    let model = fit("co-clustering", "", &data).unwrap();
    for serving in &everybody(&model, &data) {
        check_serving(serving, 20);
    }
    let tree = serve_user(&model, &data, 4).explain(ItemIx(3)).unwrap();
    let kinds: Vec<PartKind> = tree.children.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [PartKind::Base, PartKind::Bias, PartKind::Bias]);
    let user = &tree.children[1];
    let difference = user.figure("mean").unwrap() - user.figure("group-mean").unwrap();
    assert_eq!(user.value, difference);
}

#[test]
fn an_edit_moves_the_mean_and_only_a_large_one_the_group() {
    let data = synthetic(60, 40);
    let model = fit("co-clustering", "user-clusters=2,item-clusters=2", &data).unwrap();
    let group = |profile: Profile| {
        let tree = serve(&model, profile).explain(ItemIx(3)).unwrap();
        (
            tree.children[0].figure("user-group").unwrap(),
            tree.children[1].figure("mean").unwrap(),
        )
    };
    let row = data.user_row(UserIx(7));
    let (stored, mean) = group(Profile::of_user(&data, UserIx(7)));
    let (first, rating) = row.iter().next().unwrap();
    let (same, moved) = group(edited(&data, 7, &[(first, Some(rating + 0.5))]));
    assert_eq!(same, stored);
    assert!((moved - mean - 0.5 / row.len() as f64).abs() < 1e-12);
    let turned: Vec<_> = row.iter().map(|(i, r)| (i, Some(6.0 - r))).collect();
    assert_ne!(group(edited(&data, 7, &turned)).0, stored);
}

#[test]
fn the_seed_decides_and_threads_do_not() {
    let data = synthetic(40, 25);
    let train = |seed, threads| {
        let task = Task {
            pool: Pool::new("test", threads),
            ..Task::unattended()
        };
        train::train(&data, &settings(4, 3, 5), seed, &task).unwrap()
    };
    assert_eq!(train(1, 1), train(1, 3));
    assert_ne!(train(1, 1).user_cluster, train(2, 1).user_cluster);
}

#[test]
fn what_is_unknown_gets_the_global_mean() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 1.0)], 3);
    let model = fit("co-clustering", "", &data).unwrap();
    let (user, nobody) = (serve_user(&model, &data, 0), serve_guest(&model, &[]));
    assert_eq!(
        user.predict(Some(ItemIx(2)), &data),
        Some((3.0, Some(NoScore::UnknownItem)))
    );
    assert_eq!(user.predict(None, &data), Some((3.0, Some(NoScore::UnknownItem))));
    assert_eq!(
        nobody.predict(Some(ItemIx(0)), &data),
        Some((3.0, Some(NoScore::UnknownUser)))
    );
    let mut stopped = context(&data);
    stopped.task.cancel.cancel();
    stopped.seed = 3;
    assert!(fit_in("co-clustering", "", &stopped).is_err());
}
