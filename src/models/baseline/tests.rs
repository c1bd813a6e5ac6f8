use super::*;
use crate::data::{Edits, UserIx};
use crate::models::tests_common::{
    check_serving, context, dataset, fit, fit_in, serve, serve_guest, serve_user, synthetic,
};
use crate::models::{FitError, Recommender};

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

/// μ = 4; user 0 rates items 0 and 1, user 1 rates item 0, nobody rates item 2.
fn data() -> Arc<Dataset> {
    dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)], 3)
}

#[test]
fn one_epoch_of_als_by_hand() {
    let model = fit("baseline", "epochs=1", &data()).unwrap();
    let (first, second) = (1.0 / 12.0, -1.0 / 11.0);
    let user = ((1.0 - first) + (-1.0 - second)) / 17.0;
    let serving = serve_user(&model, &data(), 0);
    close(serving.score(ItemIx(0)).unwrap(), 4.0 + user + first);
    close(serving.score(ItemIx(1)).unwrap(), 4.0 + user + second);
    let other = -first / 16.0;
    close(
        serve_user(&model, &data(), 1).score(ItemIx(1)).unwrap(),
        4.0 + other + second,
    );
    let errors = [1.0 - user - first, -1.0 - user - second, -other - first];
    let rmse = (errors.iter().map(|e| e * e).sum::<f64>() / 3.0).sqrt();
    let (name, curve) = model.training_curve().unwrap();
    assert_eq!((name, curve.len()), ("RMSE on the ratings", 1));
    close(curve[0], rmse);
}

#[test]
fn one_epoch_of_sgd_by_hand() {
    let model = fit("baseline", "method=sgd,lr=0.1,reg=0.5,epochs=1", &data()).unwrap();
    let serving = serve_user(&model, &data(), 0);
    // (0,0): e = 1: b_u0 = b_i0 = .1. (0,1): e = -1.1: b_u0 = .1 + .1(-1.1 - .05) = -.015, b_i1 = -.11.
    // (1,0): e = -.1: b_u1 = -.01, b_i0 = .1 + .1(-.1 - .05) = .085.
    close(serving.score(ItemIx(0)).unwrap(), 4.0 - 0.015 + 0.085);
    close(serving.score(ItemIx(1)).unwrap(), 4.0 - 0.015 - 0.11);
    close(
        serve_user(&model, &data(), 1).score(ItemIx(1)).unwrap(),
        4.0 - 0.01 - 0.11,
    );
}

#[test]
fn unknown_terms_are_dropped() {
    let data = data();
    for settings in ["", "method=sgd"] {
        let model = fit("baseline", settings, &data).unwrap();
        let (user, guest) = (serve_user(&model, &data, 0), serve_guest(&model, &[]));
        assert_eq!(user.score(ItemIx(2)), Err(NoScore::UnknownItem));
        let tree = user.explain(ItemIx(0)).unwrap();
        let part = |n: usize| tree.children[n].value;
        let (mean, user_bias, item_bias) = (part(0), part(1), part(2));
        let unknown_item = Some((mean + user_bias, Some(NoScore::UnknownItem)));
        assert_eq!(user.predict(Some(ItemIx(2)), &data), unknown_item);
        assert_eq!(user.predict(None, &data), unknown_item);
        let unknown_user = Some((mean + item_bias, Some(NoScore::UnknownUser)));
        assert_eq!(guest.predict(Some(ItemIx(0)), &data), unknown_user);
        check_serving(&user, 3);
        check_serving(&guest, 3);
    }
}

#[test]
fn a_guest_with_a_users_ratings_gets_that_users_bias() {
    let data = synthetic(30, 20);
    let model = fit("baseline", "", &data).unwrap();
    let rows: Vec<(u32, f64)> = data.user_row(UserIx(3)).iter().collect();
    let (guest, user) = (serve_guest(&model, &rows), serve_user(&model, &data, 3));
    close(guest.score(ItemIx(5)).unwrap(), user.score(ItemIx(5)).unwrap());
    check_serving(&guest, 20);
}

#[test]
fn the_sgd_fold_equals_repeated_steps() {
    let settings = SgdSettings {
        learning_rate: 0.005,
        regularization: 0.02,
        epochs: 20,
    };
    let mut expected = 0.0;
    for _ in 0..7 * 20 {
        expected += 0.005 * ((0.8 - expected) - 0.02 * expected);
    }
    close(sgd_bias(settings, 0.8 * 7.0, 7), expected);
}

#[test]
fn an_edit_moves_the_bias_and_undoing_it_restores_every_bit() {
    let data = synthetic(30, 20);
    for settings in ["", "method=sgd"] {
        let model = fit("baseline", settings, &data).unwrap();
        let before = serve_user(&model, &data, 2).score(ItemIx(7)).unwrap();
        let item = ItemIx(data.user_row(UserIx(2)).ids[0]);
        let mut edits = Edits::default();
        edits.set(&data, UserIx(2), item, Some(50.0));
        let edited = serve(
            &model,
            Profile::of_edited_user(&data, UserIx(2), &Arc::new(edits.clone())),
        );
        assert!(edited.score(ItemIx(7)).unwrap() > before + 0.5);
        check_serving(&edited, 20);
        let stored = data.rating(UserIx(2), item);
        edits.set(&data, UserIx(2), item, stored);
        let undone = serve(&model, Profile::of_edited_user(&data, UserIx(2), &Arc::new(edits)));
        assert_eq!(undone.score(ItemIx(7)).unwrap().to_bits(), before.to_bits());
    }
}

#[test]
fn degenerate_data_is_handled() {
    let alone = dataset(&[(0, 0, 3.0)], 1);
    let constant = dataset(&[(0, 0, 2.0), (0, 1, 2.0), (1, 1, 2.0)], 2);
    let empty = dataset(&[], 2);
    for settings in ["", "method=sgd", "epochs=0", "reg-u=0,reg-i=0"] {
        let score = |data: &Arc<Dataset>| {
            let model: Arc<dyn Recommender> = fit("baseline", settings, data).unwrap();
            let serving = serve_guest(&model, &[]);
            check_serving(&serving, data.n_items());
            serving.score(ItemIx(0))
        };
        assert_eq!(score(&alone), Ok(3.0));
        assert_eq!(score(&constant), Ok(2.0));
        assert_eq!(score(&empty), Err(NoScore::UnknownItem));
    }
}

#[test]
fn training_can_be_cancelled() {
    let context = context(&data());
    context.task.cancel.cancel();
    for settings in ["", "method=sgd"] {
        let fitted = fit_in("baseline", settings, &context);
        assert!(matches!(fitted.err(), Some(FitError::Cancelled(_))));
    }
}
