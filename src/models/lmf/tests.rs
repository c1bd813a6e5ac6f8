use crate::data::ItemIx;
use crate::models::testing::{check_serving, dataset, fit, serve_guest, serve_user, synthetic};
use crate::task::Cancel;

#[test]
fn it_learns_a_planted_taste_and_folds_it_in() {
    let mut rows = Vec::new();
    for u in 0..40u32 {
        rows.extend(
            (0..30u32)
                .filter(|i| i % 2 == u % 2 && (i / 2 + u / 2) % 4 != 0)
                .map(|i| (u, i, 1.0)),
        );
    }
    let data = dataset(&rows, 30);
    let model = fit("lmf", "factors=8,epochs=60,reg=0.6", &data).unwrap();
    let guest = serve_guest(&model, &[(0, 1.0), (2, 1.0), (4, 1.0)]);
    for serving in [serve_user(&model, &data, 2), guest] {
        let scores = serving.scores(&Cancel::new()).unwrap();
        let mean = |first: u32| {
            (first..30)
                .step_by(2)
                .map(|i| scores.get(ItemIx(i)).unwrap())
                .sum::<f64>()
                / 15.0
        };
        assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    }
    let (_, curve) = model.training_curve().unwrap();
    assert!(curve[59] < 0.5 * curve[0], "{curve:?}");
}

#[test]
fn scores_and_reasons_agree_for_everybody() {
    let data = synthetic(30, 20);
    let model = fit("lmf", "factors=5,epochs=20", &data).unwrap();
    check_serving(&serve_user(&model, &data, 4), 20);
    check_serving(&serve_guest(&model, &[(1, 5.0), (2, 1.0)]), 20);
    check_serving(&serve_guest(&model, &[]), 20);
}
