use crate::models::tests_common::{check_serving, fit, learns_a_planted_taste, serve_guest, serve_user, synthetic};

#[test]
fn it_learns_a_planted_taste_and_folds_it_in() {
    learns_a_planted_taste("warp", "factors=8,epochs=60");
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    let model = fit("warp", "factors=5,epochs=20", &data).unwrap();
    check_serving(&serve_user(&model, &data, 4), 20);
    check_serving(&serve_guest(&model, &[(1, 5.0), (2, 1.0)]), 20);
    check_serving(&serve_guest(&model, &[]), 20);
}
