use super::*;
use crate::data::{ItemIx, UserIx};
use crate::models::tests_common::{
    check_serving, context, dataset, edited, everybody, fit, fit_in, history_explains_a_guest, serve_guest, serve_user,
    synthetic,
};
use crate::models::{About, NoScore, PartKind, Profile};
use crate::task::{Cancel, Progress, Report};

#[test]
fn it_learns_a_planted_taste() {
    let data = synthetic(60, 40);
    let model = fit("svd", "factors=8,epochs=150,lr=0.02", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    let mean = |of: u32| (0..20).map(|i| serving.score(ItemIx(2 * i + of)).unwrap()).sum::<f64>() / 20.0;
    assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    let (_, curve) = model.training_curve().unwrap();
    assert_eq!(curve.len(), 150);
    assert!(curve[149] < 0.8 * curve[0], "{} {}", curve[0], curve[149]);
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    for settings in ["factors=5", "factors=17,biased=false,epochs=40"] {
        let model = fit("svd", settings, &data).unwrap();
        for serving in &everybody(&model, &data) {
            check_serving(serving, 20);
        }
    }
}

#[test]
fn an_explanation_goes_over_biases_and_factors() {
    let data = synthetic(30, 20);
    let model = fit("svd", "factors=5", &data).unwrap();
    let serving = serve_user(&model, &data, 4);
    let tree = serving.explain(ItemIx(3)).unwrap();
    let kinds: Vec<PartKind> = tree.children.iter().map(|c| c.kind).collect();
    assert_eq!(kinds[..3], [PartKind::Base, PartKind::Bias, PartKind::Bias]);
    let factors = model.factors().unwrap();
    let (p, q) = (factors.user(UserIx(4)).unwrap(), factors.item(ItemIx(3)).unwrap());
    for (f, part) in tree.children[3..].iter().enumerate() {
        assert_eq!((part.kind, &part.about), (PartKind::Factor, &About::Factor(f)));
        assert_eq!(part.value, p[f] * q[f]);
        assert_eq!((part.figure("user"), part.figure("item")), (Some(p[f]), Some(q[f])));
    }
    assert_eq!(tree.children.len(), 8);
    let profile = Profile::of_user(&data, UserIx(4));
    let sum = factors.mean()
        + factors.profile_bias(&profile)
        + factors.item_bias(ItemIx(3))
        + p.iter().zip(q).map(|(p, q)| p * q).sum::<f64>();
    assert!((tree.value - sum).abs() < 1e-12);
    assert_eq!(factors.profile(&profile), p);
}

#[test]
fn a_guest_is_folded_in_and_history_explains_all_of_it() {
    let (data, model) = history_explains_a_guest("svd");
    // The trained factors of a stored user differ from the fold: the difference is a residual.
    let user = serve_user(&model, &data, 0)
        .explain_by_history(ItemIx(30))
        .unwrap()
        .unwrap();
    assert_eq!(user.children.last().unwrap().kind, PartKind::Residual);
}

#[test]
fn a_share_by_history_is_the_slope_of_the_score_in_the_rating() {
    let data = synthetic(60, 40);
    let model = fit("svd", "factors=8", &data).unwrap();
    let score = |rating: f64| {
        let guest = serve_guest(&model, &[(0, rating), (5, 2.0), (9, 4.0)]);
        (
            guest.score(ItemIx(20)).unwrap(),
            guest.explain_by_history(ItemIx(20)).unwrap().unwrap(),
        )
    };
    let ((low, _), (high, tree)) = (score(4.0), score(5.0));
    let residual = 5.0 - data.mean() - model.factors().unwrap().item_bias(ItemIx(0));
    let share = tree
        .children
        .iter()
        .find(|c| c.about == About::Item(ItemIx(0)))
        .unwrap();
    assert!((share.value - (high - low) * residual).abs() < 1e-9);
}

#[test]
fn an_edit_moves_the_trained_factors_by_the_difference_of_folds() {
    let data = synthetic(60, 40);
    let model = fit("svd", "factors=6", &data).unwrap();
    let factors = model.factors().unwrap();
    let stored = Profile::of_user(&data, UserIx(7));
    let change = [(1, Some(5.0)), (2, Some(1.0))];
    let what_if = edited(&data, 7, &change);
    assert!(what_if.is_edited());
    let guest = |profile: &Profile| {
        let rows = profile.rows().iter().map(|r| (r.item, r.rating));
        Profile::guest(rows, &Arc::default())
    };
    let (before, after) = (factors.profile(&guest(&stored)), factors.profile(&guest(&what_if)));
    let trained = factors.user(UserIx(7)).unwrap();
    for (f, seen) in factors.profile(&what_if).iter().enumerate() {
        assert!((seen - (trained[f] + after[f] - before[f])).abs() < 1e-12);
    }
    let bias = |p: &Profile| factors.profile_bias(p);
    let expected = bias(&stored) + bias(&guest(&what_if)) - bias(&guest(&stored));
    assert!((bias(&what_if) - expected).abs() < 1e-12);
    assert_ne!(factors.profile(&what_if), trained);

    let undone = edited(
        &data,
        7,
        &[
            (1, Some(5.0)),
            (1, data.rating(UserIx(7), ItemIx(1))),
            (2, Some(3.0)),
            (2, data.rating(UserIx(7), ItemIx(2))),
        ],
    );
    assert_eq!(factors.profile(&undone), trained);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let data = synthetic(30, 20);
    let scores = |seed| {
        let mut context = context(&data);
        context.seed = seed;
        let model = fit_in("svd", "factors=10", &context).unwrap();
        let serving = serve_user(&model, &data, 0);
        serving.scores(&Cancel::new()).unwrap().clone()
    };
    assert_eq!(scores(1), scores(1));
    assert_ne!(scores(1), scores(2));
}

#[test]
fn unknown_terms_drop_out() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)], 3);
    let model = fit("svd", "factors=4", &data).unwrap();
    let factors = model.factors().unwrap();
    let (user, guest) = (serve_user(&model, &data, 0), serve_guest(&model, &[]));
    let bias = factors.profile_bias(&Profile::of_user(&data, UserIx(0)));
    assert_eq!(user.score(ItemIx(2)), Err(NoScore::UnknownItem));
    assert_eq!(factors.item(ItemIx(2)), None);
    let unknown_item = Some((4.0 + bias, Some(NoScore::UnknownItem)));
    assert_eq!(user.predict(Some(ItemIx(2)), &data), unknown_item);
    assert_eq!(user.predict(None, &data), unknown_item);
    let known = 4.0 + factors.item_bias(ItemIx(0));
    assert_eq!(guest.score(ItemIx(0)), Ok(known));
    let unknown_user = Some((known, Some(NoScore::UnknownUser)));
    assert_eq!(guest.predict(Some(ItemIx(0)), &data), unknown_user);
    let unbiased = fit("svd", "factors=4,biased=false", &data).unwrap();
    let user = serve_user(&unbiased, &data, 0);
    assert_eq!(user.predict(None, &data), Some((4.0, Some(NoScore::UnknownItem))));
}

#[test]
fn degenerate_data_is_handled() {
    for (rows, n_items) in [
        (&[(0, 0, 3.0)][..], 1),
        (&[(0, 0, 2.0), (0, 1, 2.0), (1, 1, 2.0)], 2),
        (&[], 2),
        (&[(2, 0, -10.0), (2, 1, 10.0)], 3),
    ] {
        let data = dataset(rows, n_items);
        let model = fit("svd", "factors=9", &data).unwrap();
        check_serving(&serve_guest(&model, &[(0, 3.0)]), n_items);
        for user in 0..data.n_users() as u32 {
            check_serving(&serve_user(&model, &data, user), n_items);
        }
    }
    let constant = dataset(&[(0, 0, 2.0), (0, 1, 2.0), (1, 1, 2.0)], 2);
    let model = fit("svd", "factors=4,epochs=500", &constant).unwrap();
    assert!((serve_user(&model, &constant, 1).score(ItemIx(0)).unwrap() - 2.0).abs() < 0.1);
}

#[test]
fn divergence_is_reported() {
    let data = dataset(&[(0, 0, 1e6), (0, 1, -1e6), (1, 0, 3.0)], 2);
    let fitted = fit("svd", "lr=0.5", &data);
    assert!(matches!(fitted.err(), Some(FitError::Unfit(sentence)) if sentence.contains("smaller lr")));
}

#[test]
fn it_reports_every_epoch_and_can_be_cancelled() {
    let data = synthetic(30, 20);
    let mut context = context(&data);
    let cancel = context.task.cancel.clone();
    let reports = Arc::new(std::sync::Mutex::new(Vec::<Report>::new()));
    let heard = Arc::clone(&reports);
    context.task.progress = Progress::to(move |report| {
        if report.done == 3 {
            cancel.cancel();
        }
        heard.lock().unwrap().push(report);
    });
    let fitted = fit_in("svd", "", &context);
    assert!(matches!(fitted.err(), Some(FitError::Cancelled(_))));
    let reports = reports.lock().unwrap();
    assert_eq!(reports.len(), 3);
    assert_eq!((reports[0].total, reports[0].unit), (Some(20), "epochs"));
    assert!(reports[0].figures[0].1 > reports[2].figures[0].1);
}
