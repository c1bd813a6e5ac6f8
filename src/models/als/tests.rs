use super::*;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::PartKind;
use crate::models::tests_common::{
    check_serving, context, dataset, edited, fit, fit_in, serve, serve_guest, serve_user, synthetic,
};
use crate::task::{Pool, Progress};

/// The loss, computed naively over every pair.
fn loss(data: &Dataset, users: &[Vec<f64>], items: &[Vec<f64>], alpha: f64, lambda: f64) -> f64 {
    let mut sum = 0.0;
    for (u, x) in users.iter().enumerate() {
        for (i, y) in items.iter().enumerate() {
            let product: f64 = x.iter().zip(y).map(|(a, b)| a * b).sum();
            sum += match data.rating(UserIx(u as u32), ItemIx(i as u32)) {
                Some(_) => alpha * (1.0 - product).powi(2),
                None => product * product,
            };
        }
    }
    let lengths = users.iter().chain(items).flatten().map(|x| x * x).sum::<f64>();
    sum + lambda * lengths
}

fn factors_of(model: &Arc<dyn crate::models::Recommender>, data: &Dataset) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let factors = model.factors().unwrap();
    let zero = || vec![0.0; factors.n_factors()];
    (
        data.users().map(|u| factors.user(u).unwrap_or_else(zero)).collect(),
        data.items().map(|i| factors.item(i).unwrap_or_else(zero)).collect(),
    )
}

#[test]
fn the_users_are_where_the_gradient_of_the_loss_vanishes() {
    let data = synthetic(30, 20);
    for settings in [
        "factors=5,epochs=3,reg=0.7,alpha=6",
        "factors=9,epochs=3,reg=0.7,alpha=6,solver=cholesky",
    ] {
        let model = fit("als", settings, &data).unwrap();
        let (users, items) = factors_of(&model, &data);
        for (u, f) in [(0, 0), (3, 4), (29, 2)] {
            let nudged = |by: f64| {
                let mut users = users.clone();
                users[u][f] += by;
                loss(&data, &users, &items, 6.0, 0.7)
            };
            let gradient = (nudged(1e-4) - nudged(-1e-4)) / 2e-4;
            assert!(gradient.abs() < 1e-6, "{settings}: {gradient}");
        }
    }
}

#[test]
fn the_loss_never_rises_and_is_the_one_that_is_reported() {
    let data = synthetic(40, 30);
    for solver in ["cg", "cholesky"] {
        let model = fit(
            "als",
            &format!("factors=6,epochs=12,reg=1,alpha=5,solver={solver}"),
            &data,
        )
        .unwrap();
        let (_, curve) = model.training_curve().unwrap();
        assert_eq!(curve.len(), 12);
        assert!(curve.windows(2).all(|w| w[1] <= w[0] + 1e-6), "{solver}: {curve:?}");
        assert!(curve[11] < 0.9 * curve[0], "{solver}: {curve:?}");
        // The final loss is slightly below the last value of the curve, as both sides were updated after it.
        let (users, items) = factors_of(&model, &data);
        let weights = 40.0 * 30.0 + 4.0 * data.n_ratings() as f64;
        let last = loss(&data, &users, &items, 5.0, 1.0) / weights;
        assert!(
            last <= curve[11] && last > 0.97 * curve[11],
            "{solver}: {last} {curve:?}"
        );
    }
}

#[test]
fn both_solvers_come_to_the_same_loss() {
    let data = synthetic(40, 30);
    let last = |solver: &str| {
        let settings = format!("factors=4,epochs=60,reg=1,alpha=3,solver={solver}");
        let model = fit("als", &settings, &data).unwrap();
        *model.training_curve().unwrap().1.last().unwrap()
    };
    let (cg, exact) = (last("cg"), last("cholesky"));
    assert!((cg - exact).abs() < 1e-3 * exact, "{cg} {exact}");
}

#[test]
fn history_explains_the_served_score_to_the_last_part() {
    let data = synthetic(30, 20);
    for settings in ["factors=5", "factors=11,weights=ratings,alpha=3,solver=cholesky"] {
        let model = fit("als", settings, &data).unwrap();
        let servings = [
            serve_user(&model, &data, 4),
            serve_guest(&model, &[(1, 5.0), (2, 1.0)]),
            serve(&model, edited(&data, 4, &[(0, Some(5.0))])),
        ];
        for serving in servings {
            check_serving(&serving, 20);
            let tree = serving.explain_by_history(ItemIx(3)).unwrap().unwrap();
            assert!(tree.children.iter().all(|c| c.kind == PartKind::Rated), "{settings}");
            assert_eq!(tree.children.len(), serving.profile().len());
            assert!(tree.worst_residual() < 1e-12, "{}", tree.worst_residual());
        }
    }
}

#[test]
fn a_guest_with_the_ratings_of_a_user_is_served_the_same_bits() {
    let data = synthetic(30, 20);
    let model = fit("als", "factors=7", &data).unwrap();
    let ratings: Vec<(u32, f64)> = data.user_row(UserIx(5)).iter().collect();
    let (user, guest) = (serve_user(&model, &data, 5), serve_guest(&model, &ratings));
    for item in data.items() {
        assert_eq!(user.score(item).map(f64::to_bits), guest.score(item).map(f64::to_bits));
    }
}

#[test]
fn a_rating_below_zero_is_a_sign_of_no_interest() {
    let mut rows = Vec::new();
    for u in 0..12u32 {
        rows.extend((0..6u32).map(|i| (u, i, if i % 2 == u % 2 { 4.0 } else { -4.0 })));
    }
    let data = dataset(&rows, 6);
    let model = fit("als", "factors=2,weights=ratings,reg=0.1", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    let score = |i| serving.score(ItemIx(i)).unwrap();
    assert!(score(0) > 0.7 && score(1) < 0.3, "{} {}", score(0), score(1));
    check_serving(&serving, 6);
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = synthetic(70, 50);
    let factors = |threads| {
        let mut context = context(&data);
        context.task.pool = Pool::new("als", threads);
        let model = fit_in("als", "factors=12,epochs=4", &context).unwrap();
        (factors_of(&model, &data), model.training_curve().unwrap().1.to_vec())
    };
    assert_eq!(factors(1), factors(3));
}

#[test]
fn training_can_be_cancelled() {
    let data = synthetic(30, 20);
    let mut context = context(&data);
    let cancel = context.task.cancel.clone();
    context.task.progress = Progress::to(move |report| {
        assert!(!report.figures.is_empty());
        if report.done == 2 {
            cancel.cancel();
        }
    });
    assert!(matches!(
        fit_in("als", "", &context).err(),
        Some(FitError::Cancelled(_))
    ));
}
