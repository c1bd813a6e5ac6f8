use super::*;
use crate::data::UserIx;
use crate::models::tests_common::{check_serving, dataset, fit, serve_guest, serve_user, synthetic};
use crate::models::{NoScore, Profile};

#[test]
fn the_score_is_the_projection() {
    // Items 0 and 1 are rated by the same two users, item 2 by three others: v_0 = v_1 = (√½, 0), v_2 = (0, 1).
    let rows = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (3, 2), (4, 2)].map(|(u, i)| (u, i, 4.0));
    let data = dataset(&rows, 4);
    let model = fit("puresvd", "factors=2", &data).unwrap();
    let guest = serve_guest(&model, &[(1, 3.0)]);
    assert!((guest.score(ItemIx(0)).unwrap() - 0.5).abs() < 1e-9);
    assert!(guest.score(ItemIx(2)).unwrap().abs() < 1e-9);
    assert_eq!(guest.score(ItemIx(3)), Err(NoScore::UnknownItem));
    assert_eq!(serve_guest(&model, &[]).score(ItemIx(0)), Err(NoScore::EmptyProfile));
    check_serving(&serve_user(&model, &data, 0), 4);
}

#[test]
fn both_views_of_everybody_add_up_with_nothing_left_over() {
    let data = synthetic(40, 25);
    let model = fit("puresvd", "factors=6", &data).unwrap();
    for user in 0..40 {
        let serving = serve_user(&model, &data, user);
        check_serving(&serving, 25);
        let history = serving.explain_by_history(ItemIx(3)).unwrap().unwrap();
        assert_eq!(history.children.len(), serving.profile().len());
    }
    let factors = model.factors().unwrap();
    let profile = Profile::of_user(&data, UserIx(7));
    let summed = profile.rows().iter().map(|r| (r.item, r.rating));
    let guest = Profile::guest(summed, &Arc::default());
    assert_eq!(factors.user(UserIx(7)).unwrap(), factors.profile(&guest));
}

#[test]
fn more_factors_than_there_are() {
    let data = dataset(&[(0, 0, 1.0), (1, 1, 1.0)], 2);
    let model = fit("puresvd", "factors=1000", &data).unwrap();
    assert_eq!(model.factors().unwrap().n_factors(), 2);
    check_serving(&serve_user(&model, &data, 0), 2);
}
