use super::*;
use crate::data::ItemIx;
use crate::models::tests_common::{check_serving, dataset, everybody, fit, serve_guest, serve_user, synthetic};
use crate::models::{NoScore, PartKind};
use crate::task::{Cancel, Pool, Task};

fn settings(factors: usize, epochs: usize) -> Settings {
    Settings {
        factors,
        epochs,
        reg_users: 0.05,
        reg_items: 0.2,
        init_low: 0.1,
        init_high: 0.9,
    }
}

fn rows(factors: &crate::models::latent::Factors, n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|at| factors.row(at)).collect()
}

/// A direct implementation of the equations: numerators and denominators over all ratings, then both sides at once.
#[test]
fn training_is_that_of_the_equations() {
    let data = synthetic(12, 300);
    let (f, epochs) = (4, 3);
    let pools = [Pool::default(), Pool::new("test", 3)];
    let train = |epochs, pool: &Pool| {
        let task = Task {
            pool: pool.clone(),
            ..Task::unattended()
        };
        train::train(&data, &settings(f, epochs), 5, &task).unwrap()
    };
    let first = train(0, &pools[0]);
    let (mut p, mut q) = (rows(&first.users, 12), rows(&first.items, 300));
    let ratings: Vec<(usize, usize, f64)> = data
        .users()
        .flat_map(|u| data.user_row(u).iter().map(move |(i, r)| (u.at(), i as usize, r)))
        .collect();
    let mut curve = Vec::new();
    for _ in 0..epochs {
        let dot = |u: usize, i: usize| (0..f).map(|f| p[u][f] * q[i][f]).sum::<f64>();
        let squares: f64 = ratings.iter().map(|&(u, i, r)| (r - dot(u, i)).powi(2)).sum();
        curve.push((squares / ratings.len() as f64).sqrt());
        let (mut new_p, mut new_q) = (p.clone(), q.clone());
        for f in 0..f {
            for u in 0..12 {
                let own: Vec<_> = ratings.iter().filter(|r| r.0 == u).collect();
                let above: f64 = own.iter().map(|r| q[r.1][f] * r.2).sum();
                let below: f64 = own.iter().map(|r| q[r.1][f] * dot(u, r.1)).sum();
                if above != 0.0 {
                    new_p[u][f] *= above / (below + own.len() as f64 * 0.05 * p[u][f]);
                }
            }
            for i in 0..300 {
                let own: Vec<_> = ratings.iter().filter(|r| r.1 == i).collect();
                let above: f64 = own.iter().map(|r| p[r.0][f] * r.2).sum();
                let below: f64 = own.iter().map(|r| p[r.0][f] * dot(r.0, i)).sum();
                if above != 0.0 {
                    new_q[i][f] *= above / (below + own.len() as f64 * 0.2 * q[i][f]);
                }
            }
        }
        (p, q) = (new_p, new_q);
    }
    for pool in &pools {
        let trained = train(epochs, pool);
        for (seen, expected) in [(rows(&trained.users, 12), &p), (rows(&trained.items, 300), &q)] {
            for (a, b) in seen.iter().flatten().zip(expected.iter().flatten()) {
                assert!((a - b).abs() < 1e-10, "{a} is not {b}");
            }
        }
        assert!(trained.curve.iter().zip(&curve).all(|(a, b)| (a - b).abs() < 1e-10));
    }
    let (one, three) = (train(epochs, &pools[0]), train(epochs, &pools[1]));
    assert_eq!(rows(&one.items, 300), rows(&three.items, 300));
}

#[test]
fn it_learns_a_planted_taste_in_parts_that_add() {
    let data = synthetic(60, 40);
    let model = fit("nmf", "factors=4,epochs=200", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    let mean = |of: u32| (0..20).map(|i| serving.score(ItemIx(2 * i + of)).unwrap()).sum::<f64>() / 20.0;
    assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    let tree = serving.explain(ItemIx(3)).unwrap();
    assert_eq!(tree.children.len(), 4);
    assert!(
        tree.children
            .iter()
            .all(|c| c.kind == PartKind::Factor && c.value >= 0.0)
    );
    let guest = serve_guest(&model, &[(0, 5.0), (2, 5.0), (1, 1.0), (3, 1.0)]);
    assert!(guest.score(ItemIx(4)).unwrap() > guest.score(ItemIx(5)).unwrap() + 1.0);
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    let model = fit("nmf", "factors=5", &data).unwrap();
    let guest = serve_guest(&model, &[(1, 5.0), (2, 1.0), (7, 4.0)]);
    check_serving(&guest, 20);
    let history = guest.explain_by_history(ItemIx(3)).unwrap().unwrap();
    assert_eq!(history.children.len(), 3, "{history:?}");
    for serving in &everybody(&model, &data) {
        check_serving(serving, 20);
    }
}

#[test]
fn what_is_unknown_gets_the_global_mean() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 1.0)], 3);
    let model = fit("nmf", "", &data).unwrap();
    let (user, nobody) = (serve_user(&model, &data, 0), serve_guest(&model, &[]));
    assert_eq!(user.score(ItemIx(2)), Err(NoScore::UnknownItem));
    assert_eq!(user.predict(None, &data), Some((3.0, Some(NoScore::UnknownItem))));
    assert_eq!(
        nobody.predict(Some(ItemIx(0)), &data),
        Some((3.0, Some(NoScore::UnknownUser)))
    );
    assert_eq!(nobody.score(ItemIx(0)), Err(NoScore::EmptyProfile));
    assert!(user.scores(&Cancel::new()).unwrap().get(ItemIx(1)).is_some());
}

#[test]
fn negative_ratings_are_refused() {
    let data = dataset(&[(0, 0, 1.0), (0, 1, -1.0)], 2);
    assert!(matches!(fit("nmf", "", &data).err(), Some(FitError::Unfit(sentence)) if sentence.contains("-1")));
    // A user with only zero ratings gets scores of 0.
    let data = dataset(&[(0, 0, 0.0), (0, 1, 0.0), (1, 0, 3.0)], 2);
    let model = fit("nmf", "init-high=0", &data).unwrap();
    assert_eq!(serve_user(&model, &data, 0).score(ItemIx(0)), Ok(0.0));
}
