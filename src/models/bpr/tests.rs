use super::*;
use crate::data::{ItemIx, UserIx};
use crate::models::tests_common::{
    check_serving, context, dataset, fit, fit_in, serve_guest, serve_user, synthetic, two_tastes,
};
use crate::models::{NoScore, PartKind, Profile};
use crate::task::{Cancel, Pool, Progress, Task};

#[test]
fn it_learns_a_planted_taste_and_folds_it_in() {
    let data = two_tastes();
    let model = fit("bpr", "factors=8,epochs=300,lr=0.05", &data).unwrap();
    let guest = serve_guest(&model, &[(0, 1.0), (2, 1.0), (4, 1.0)]);
    for (serving, least) in [(serve_user(&model, &data, 2), 0), (guest, 6)] {
        let scores = serving.scores(&Cancel::new()).unwrap();
        let lowest = (least..30)
            .step_by(2)
            .map(|i| scores.get(ItemIx(i)).unwrap())
            .fold(f64::MAX, f64::min);
        let highest = (1..30)
            .step_by(2)
            .map(|i| scores.get(ItemIx(i)).unwrap())
            .fold(f64::MIN, f64::max);
        assert!(lowest > highest, "{lowest} {highest}");
    }
    let (_, curve) = model.training_curve().unwrap();
    assert!(
        (curve[0] - 2f64.ln()).abs() < 0.1 && curve[299] < 0.3,
        "{} {}",
        curve[0],
        curve[299]
    );
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    let model = fit("bpr", "factors=5,epochs=20", &data).unwrap();
    check_serving(&serve_user(&model, &data, 4), 20);
    check_serving(&serve_guest(&model, &[]), 20);
    let guest = serve_guest(&model, &[(1, 5.0), (2, 1.0)]);
    check_serving(&guest, 20);
    // A guest's scores come from the fold alone.
    let history = guest.explain_by_history(ItemIx(7)).unwrap().unwrap();
    let kinds: Vec<PartKind> = history.children.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [PartKind::Rated, PartKind::Rated, PartKind::Bias]);
}

#[test]
fn nobody_has_the_order_of_the_biases() {
    let data = dataset(&[(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0), (1, 1, 1.0), (3, 2, 1.0)], 4);
    let model = fit("bpr", "factors=2,epochs=200", &data).unwrap();
    let nobody = serve_guest(&model, &[]);
    let factors = model.factors().unwrap();
    assert_eq!(nobody.score(ItemIx(0)), Ok(factors.item_bias(ItemIx(0))));
    assert_eq!(nobody.score(ItemIx(3)), Err(NoScore::UnknownItem));
    assert_eq!(factors.profile_bias(&Profile::of_user(&data, UserIx(0))), 0.0);
}

/// What a step does, by hand, where an epoch moved one user alone.
#[test]
fn a_step_goes_down_the_gradient() {
    // Each user rated one item of their own, so that a block has two or three ratings and few pairs are drawn.
    let rows: Vec<(u32, u32, f64)> = (0..17).map(|u| (u, u, 1.0)).collect();
    let data = dataset(&rows, 17);
    let settings = |epochs| Descent {
        factors: 3,
        epochs,
        learning_rate: 0.1,
        regularization: 0.2,
        popular: true,
        ..Descent::default()
    };
    let task = Task::unattended();
    let (mut met, mut exact) = (0, 0);
    for seed in 0..300 {
        let before = train::train(&data, &settings(0), seed, &task).unwrap();
        let after = train::train(&data, &settings(1), seed, &task).unwrap();
        let users: Vec<usize> = (0..17)
            .filter(|u| before.users.row(*u) != after.users.row(*u))
            .collect();
        let items: Vec<usize> = (0..17)
            .filter(|i| before.items.row(*i) != after.items.row(*i))
            .collect();
        let (&[user], &[one, two]) = (&users[..], &items[..]) else {
            continue;
        };
        let other = if one == user { two } else { one };
        let (x, y, z) = (before.users.row(user), before.items.row(user), before.items.row(other));
        let bias = |learned: &Learned, item: usize| learned.item_bias(ItemIx(item as u32));
        let difference: f64 = (0..3).map(|k| x[k] * (y[k] - z[k])).sum();
        let pull = 1.0 / (1.0 + (difference + bias(&before, user) - bias(&before, other)).exp());
        let mut pairs = vec![
            (
                bias(&after, user),
                bias(&before, user) + 0.1 * (pull - 0.2 * bias(&before, user)),
            ),
            (
                bias(&after, other),
                bias(&before, other) - 0.1 * (pull + 0.2 * bias(&before, other)),
            ),
        ];
        for k in 0..3 {
            pairs.extend([
                (
                    after.users.row(user)[k],
                    x[k] + 0.1 * (pull * (y[k] - z[k]) - 0.2 * x[k]),
                ),
                (after.items.row(user)[k], y[k] + 0.1 * (pull * x[k] - 0.2 * y[k])),
                (after.items.row(other)[k], z[k] - 0.1 * (pull * x[k] + 0.2 * z[k])),
            ]);
        }
        met += 1;
        exact += usize::from(pairs.iter().all(|(seen, expected)| (seen - expected).abs() < 1e-6));
    }
    // A pair that was drawn twice moved further.
    assert!(met > 10 && 2 * exact > met, "{exact} of {met}");
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = synthetic(70, 50);
    for name in ["bpr", "warp", "lmf"] {
        let factors = |threads| {
            let mut context = context(&data);
            context.task.pool = Pool::new("pairs", threads);
            let model = fit_in(name, "factors=12,epochs=4", &context).unwrap();
            let factors = model.factors().unwrap();
            let rows: Vec<_> = data
                .users()
                .map(|u| factors.user(u))
                .chain(data.items().map(|i| factors.item(i)))
                .collect();
            (rows, model.training_curve().unwrap().1.to_vec())
        };
        assert_eq!(factors(1), factors(3), "{name}");
    }
}

#[test]
fn training_can_be_cancelled() {
    let data = synthetic(30, 20);
    for name in ["bpr", "warp", "lmf"] {
        let mut context = context(&data);
        let cancel = context.task.cancel.clone();
        context.task.progress = Progress::to(move |report| {
            if report.done == 2 {
                cancel.cancel();
            }
        });
        assert!(
            matches!(fit_in(name, "", &context).err(), Some(FitError::Cancelled(_))),
            "{name}"
        );
    }
}
