use crate::data::ItemIx;
use crate::models::tests_common::{check_serving, dataset, fit, serve_guest, serve_user, synthetic};

/// User 0 rated items 0 and 1, user 1 rated 0, 1 and 2.
#[test]
fn a_walk_by_hand() {
    let data = dataset(&[(0, 0, 1.0), (0, 1, 5.0), (1, 0, 2.0), (1, 1, 3.0), (1, 2, 4.0)], 3);
    let model = fit("rp3beta", "alpha=1,beta=0", &data).unwrap();
    let serving = serve_guest(&model, &[(0, 3.0)]);
    // From item 0 to one of two users, from there to one of their two or three items.
    let one = serving.score(ItemIx(1)).unwrap();
    assert!((one - (0.5 / 2.0 + 0.5 / 3.0)).abs() < 1e-7, "{one}");
    let two = serving.score(ItemIx(2)).unwrap();
    assert!((two - 0.5 / 3.0).abs() < 1e-7, "{two}");
    check_serving(&serving, 3);
    let held_back = fit("rp3beta", "alpha=1,beta=1", &data).unwrap();
    let one = serve_guest(&held_back, &[(0, 3.0)]).score(ItemIx(1)).unwrap();
    assert!((one - 5.0 / 24.0).abs() < 1e-7, "{one}");
}

/// Against matrix products of row-normalized matrices, as the paper writes it.
#[test]
fn as_a_product_of_matrices() {
    let data = synthetic(20, 15);
    let (alpha, beta) = (0.8f64, 0.3f64);
    let model = fit("rp3beta", "alpha=0.8,beta=0.3,neighbors=all", &data).unwrap();
    let rated = |u, i| f64::from(u8::from(data.rating(u, ItemIx(i)).is_some()));
    let n_of = |i| data.item_row(ItemIx(i)).len() as f64;
    for user in data.users() {
        let serving = serve_user(&model, &data, user.0);
        check_serving(&serving, 15);
        for i in 0..15 {
            let mut expected = 0.0;
            for j in (0..15).filter(|&j| j != i) {
                for v in data.users() {
                    let out = (rated(v, j) / n_of(j)).powf(alpha);
                    let on = (rated(v, i) / data.user_row(v).len() as f64).powf(alpha);
                    expected += rated(user, j) * out * on / n_of(i).powf(beta);
                }
            }
            let score = serving.score(ItemIx(i)).unwrap();
            assert!((score - expected).abs() < 1e-6 * expected, "{score} {expected}");
        }
    }
}
