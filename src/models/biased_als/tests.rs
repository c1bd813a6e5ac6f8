use super::*;
use crate::data::{ItemIx, UserIx};
use crate::models::tests_common::{check_serving, dataset, everybody, fit, serve_guest, serve_user, synthetic};
use crate::models::{NoScore, PartKind};
use crate::task::{Cancel, Pool, Task};

fn settings(factors: usize, epochs: usize, biased: bool) -> Settings {
    Settings {
        factors,
        epochs,
        regularization: 0.05,
        damping: 5.0,
        biased,
    }
}

fn train(data: &crate::data::Dataset, settings: &Settings, threads: usize) -> Learned {
    let task = Task {
        pool: Pool::new("test", threads),
        ..Task::unattended()
    };
    train::train(data, settings, 3, &task).unwrap()
}

#[test]
fn biases_are_damped_means_in_one_pass() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 1.0)], 3);
    let learned = train(&data, &settings(2, 1, true), 1);
    let items = learned.item_bias.unwrap();
    assert!((items[0] - 0.0 / 7.0).abs() < 1e-12 && items[1] == 0.0 && items[2] == 0.0);
    let users = learned.user_bias.unwrap();
    assert!((users[0] - 2.0 / 7.0).abs() < 1e-12 && (users[1] + 2.0 / 6.0).abs() < 1e-12);
}

/// After a half-step, the gradient of Σ(r̃ − p·q)² + λn|p|² is 0 for every user; one item half-step earlier it was 0 for
/// every item.
#[test]
fn served_users_are_exact_for_served_items() {
    let data = synthetic(20, 300);
    for biased in [true, false] {
        let learned = train(&data, &settings(6, 3, biased), 1);
        for user in data.users() {
            let row = data.user_row(user);
            let p = learned.users.row(user.at());
            let bias = learned.user_bias.as_ref().map_or(0.0, |b| b[user.at()]);
            for f in 0..6 {
                let mut gradient = 0.05 * row.len() as f64 * p[f];
                for (item, rating) in row.iter() {
                    let q = learned.items.row(item as usize);
                    let left = rating - learned.base() - learned.item_bias(ItemIx(item)) - bias;
                    gradient += (learned.items.dot(item as usize, &p) - left) * q[f];
                }
                assert!(gradient.abs() < 1e-9, "{biased} {user:?} {f}: {gradient}");
            }
        }
    }
}

#[test]
fn items_solve_their_own_regressions() {
    // One user with one factor: p = Σ q r̃ / (Σ q² + λn), then q = p r̃ / (p² + λ), then p again.
    let data = dataset(&[(0, 0, 4.0), (0, 1, 2.0)], 2);
    let learned = train(&data, &settings(1, 1, false), 1);
    let q = [learned.items.row(0)[0], learned.items.row(1)[0]];
    assert!((q[0] - 2.0 * q[1]).abs() < 1e-6, "both are p·r over the same number");
    let first = |q: [f64; 2]| (4.0 * q[0] + 2.0 * q[1]) / (q[0] * q[0] + q[1] * q[1] + 0.1);
    assert!((learned.users.row(0)[0] - first(q)).abs() < 1e-9);
    // The first items are ±1, so |p| was 6/2.1 or 2/2.1.
    let fits = [6.0 / 2.1, 2.0 / 2.1].map(|p: f64| (q[0].abs() - 4.0 * p / (p * p + 0.05)).abs() < 1e-5);
    assert!(fits[0] || fits[1], "{q:?}");
}

#[test]
fn threads_change_no_bit_and_the_error_falls() {
    let data = synthetic(50, 300);
    let (one, three) = (
        train(&data, &settings(9, 4, true), 1),
        train(&data, &settings(9, 4, true), 3),
    );
    assert_eq!(one.curve, three.curve);
    for user in 0..50 {
        assert_eq!(one.users.row(user), three.users.row(user));
    }
    assert!(one.curve[3] < one.curve[0], "{:?}", one.curve);
}

#[test]
fn history_explains_every_score_completely() {
    let data = synthetic(40, 30);
    for parameters in ["factors=5", "factors=5,biased=false"] {
        let model = fit("biased-als", parameters, &data).unwrap();
        for serving in everybody(&model, &data) {
            check_serving(&serving, 30);
            let Ok(history) = serving.explain_by_history(ItemIx(3)) else {
                continue;
            };
            let parts = history.unwrap().children;
            assert!(parts.iter().all(|c| c.kind != PartKind::Residual), "{parts:?}");
        }
    }
}

#[test]
fn a_guest_with_a_users_ratings_is_that_user() {
    let data = synthetic(40, 30);
    let model = fit("biased-als", "factors=7", &data).unwrap();
    let row: Vec<(u32, f64)> = data.user_row(UserIx(9)).iter().collect();
    let (user, guest) = (serve_user(&model, &data, 9), serve_guest(&model, &row));
    for item in data.items() {
        let (a, b) = (user.score(item).unwrap(), guest.score(item).unwrap());
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    let taste = serve_guest(&model, &[(0, 5.0), (2, 5.0), (4, 5.0), (1, 1.0), (3, 1.0)]);
    assert!(taste.score(ItemIx(6)).unwrap() > taste.score(ItemIx(7)).unwrap());
}

#[test]
fn unknown_terms_drop_out() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 1.0)], 3);
    let biased = fit("biased-als", "factors=4", &data).unwrap();
    let user = serve_user(&biased, &data, 0);
    assert_eq!(user.score(ItemIx(2)), Err(NoScore::UnknownItem));
    let (seen, reason) = user.predict(None, &data).unwrap();
    assert!((seen - (3.0 + 2.0 / 7.0)).abs() < 1e-12 && reason == Some(NoScore::UnknownItem));
    let plain = fit("biased-als", "factors=4,biased=false", &data).unwrap();
    assert_eq!(
        serve_user(&plain, &data, 0).predict(None, &data),
        Some((3.0, Some(NoScore::UnknownItem)))
    );
    let nobody = serve_guest(&plain, &[]);
    assert_eq!(nobody.score(ItemIx(0)), Err(NoScore::EmptyProfile));
    assert!(nobody.scores(&Cancel::new()).unwrap().iter().next().is_none());
}
