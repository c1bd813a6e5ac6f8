use super::*;
use crate::data::{Edits, ItemIx, UserIx};
use crate::models::latent::Visits;
use crate::models::tests_common::{
    check_serving, dataset, everybody, fit, history_explains_a_guest, serve, serve_guest, serve_user, synthetic,
};
use crate::models::{About, NoScore, Profile};
use crate::task::{Cancel, Task};

fn settings(factors: usize, epochs: usize) -> Descent {
    Descent {
        factors,
        epochs,
        learning_rate: 0.03,
        regularization: 0.1,
        init_mean: 0.05,
        init_deviation: 0.4,
        ..Descent::default()
    }
}

/// A direct implementation of the equations: every rating updates all items of its user.
#[test]
fn training_is_that_of_the_equations_step_by_step() {
    let data = synthetic(12, 15);
    let task = Task::unattended();
    let (f, epochs) = (5, 3);
    let (n_users, n_items) = (data.n_users(), data.n_items());
    let first = train::train(&data, &settings(f, 0), 9, &task).unwrap();
    let trained = train::train(&data, &settings(f, epochs), 9, &task).unwrap();
    let all = |factors: &crate::models::latent::Factors, n: usize| -> Vec<Vec<f64>> {
        (0..n).map(|at| factors.row(at)).collect()
    };
    let (mut q, mut y) = (
        all(&first.items, n_items),
        all(first.implicit.as_ref().unwrap(), n_items),
    );
    let row = |u: usize| data.user_row(UserIx(u as u32));
    let feedback = |y: &[Vec<f64>], u: usize, f: usize| {
        row(u).ids.iter().map(|j| y[*j as usize][f]).sum::<f64>() / (row(u).len() as f64).sqrt()
    };
    let mut p = all(&first.users, n_users);
    for (u, p) in p.iter_mut().enumerate() {
        (0..f).for_each(|f| p[f] -= feedback(&y, u, f));
    }
    let (mut bu, mut bi) = (vec![0.0; n_users], vec![0.0; n_items]);
    let (rate, reg) = (0.03, 0.1);
    let visits = Visits::draw(&data, 9);
    for _ in 0..epochs {
        for (user, places) in visits.iter(&data) {
            let u = user.at();
            for &place in places {
                let (i, r) = (row(u).ids[place as usize] as usize, row(u).values.get(place as usize));
                let z: Vec<f64> = (0..f).map(|f| feedback(&y, u, f)).collect();
                let product: f64 = (0..f).map(|f| q[i][f] * (p[u][f] + z[f])).sum();
                let e = r - (data.mean() + bu[u] + bi[i] + product);
                bu[u] += rate * (e - reg * bu[u]);
                bi[i] += rate * (e - reg * bi[i]);
                for f in 0..f {
                    let (old_p, old_q) = (p[u][f], q[i][f]);
                    p[u][f] += rate * (e * old_q - reg * old_p);
                    q[i][f] += rate * (e * (old_p + z[f]) - reg * old_q);
                    for j in row(u).ids {
                        let y = &mut y[*j as usize][f];
                        *y += rate * (e * old_q / (row(u).len() as f64).sqrt() - reg * *y);
                    }
                }
            }
        }
    }
    let near = |seen: f64, expected: f64| assert!((seen - expected).abs() < 1e-10, "{seen} is not {expected}");
    for (u, own) in p.iter().enumerate() {
        near(trained.user_bias.as_ref().unwrap()[u], bu[u]);
        let taste = trained.users.row(u);
        (0..f).for_each(|f| near(taste[f], own[f] + feedback(&y, u, f)));
    }
    for i in 0..n_items {
        near(trained.item_bias(ItemIx(i as u32)), bi[i]);
        let (its, implicit) = (trained.items.row(i), trained.implicit.as_ref().unwrap().row(i));
        (0..f).for_each(|f| near(its[f], q[i][f]));
        (0..f).for_each(|f| near(implicit[f], y[i][f]));
    }
}

#[test]
fn it_learns_a_planted_taste() {
    let data = synthetic(60, 40);
    let model = fit("svdpp", "factors=8,epochs=150,lr=0.02", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    let mean = |of: u32| (0..20).map(|i| serving.score(ItemIx(2 * i + of)).unwrap()).sum::<f64>() / 20.0;
    assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    let (_, curve) = model.training_curve().unwrap();
    assert!(curve[149] < 0.8 * curve[0], "{} {}", curve[0], curve[149]);
}

#[test]
fn explanations_match_scores_for_every_user() {
    let data = synthetic(30, 20);
    let model = fit("svdpp", "factors=5", &data).unwrap();
    for serving in &everybody(&model, &data) {
        check_serving(serving, 20);
    }
}

#[test]
fn the_history_of_a_guest_explains_all_of_the_score() {
    history_explains_a_guest("svdpp");
}

/// Ratings that equal the prediction leave p and b at 0: the taste is Σ y_j / √n, the shares are y_j·q_i / √n.
#[test]
fn an_expected_rating_speaks_by_its_implicit_factors_alone() {
    let data = synthetic(30, 20);
    let trained = train::train(&data, &settings(4, 5), 3, &Task::unattended()).unwrap();
    let (history, learned) = (History(Ridge(0.1)), &trained);
    let items = [ItemIx(2), ItemIx(7), ItemIx(11)];
    let spoken: Vec<Vec<f64>> = items
        .iter()
        .map(|j| trained.implicit.as_ref().unwrap().row(j.at()))
        .collect();
    let sum: Vec<f64> = (0..4)
        .map(|f| spoken.iter().map(|y| y[f]).sum::<f64>() / 3f64.sqrt())
        .collect();
    let expected = |j: ItemIx| learned.base() + learned.item_bias(j) + learned.items.dot(j.at(), &sum);
    let ratings: Vec<(ItemIx, f64)> = items.iter().map(|j| (*j, expected(*j))).collect();
    let folded = crate::models::latent::FoldIn::fold(&history, learned, &ratings, &Cancel::new()).unwrap();
    let taste = &folded.taste;
    assert!(taste.bias.abs() < 1e-12);
    assert!(taste.factors.iter().zip(&sum).all(|(p, z)| (p - z).abs() < 1e-12));
    let q = learned.items.row(5);
    for (share, y) in folded.shares(&q).iter().zip(&spoken) {
        let product: f64 = y.iter().zip(&q).map(|(y, q)| y * q).sum();
        assert!((share - product / 3f64.sqrt()).abs() < 1e-12);
    }
}

#[test]
fn an_edit_undone_is_none_and_unknown_terms_drop_out() {
    let data = dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)], 3);
    let model = fit("svdpp", "factors=4", &data).unwrap();
    let user = serve_user(&model, &data, 0);
    let mut edits = Edits::default();
    edits.set(&data, UserIx(0), ItemIx(1), Some(1.0));
    edits.set(&data, UserIx(0), ItemIx(1), Some(3.0));
    let undone = serve(&model, Profile::of_edited_user(&data, UserIx(0), &Arc::new(edits)));
    assert_eq!(user.scores(&Cancel::new()), undone.scores(&Cancel::new()));
    assert_eq!(user.score(ItemIx(2)), Err(NoScore::UnknownItem));
    let factors = model.factors().unwrap();
    let bias = factors.profile_bias(&Profile::of_user(&data, UserIx(0)));
    assert_eq!(
        user.predict(None, &data),
        Some((4.0 + bias, Some(NoScore::UnknownItem)))
    );
    let known = 4.0 + factors.item_bias(ItemIx(0));
    let nobody = serve_guest(&model, &[]);
    assert_eq!(
        nobody.predict(Some(ItemIx(0)), &data),
        Some((known, Some(NoScore::UnknownUser)))
    );
    let tree = user.explain(ItemIx(0)).unwrap();
    assert_eq!(tree.children[3].about, About::Factor(0));
}

#[test]
fn divergence_is_reported() {
    let data = dataset(&[(0, 0, 1e6), (0, 1, -1e6), (1, 0, 3.0)], 2);
    let fitted = fit("svdpp", "lr=0.5", &data);
    assert!(matches!(fitted.err(), Some(FitError::Unfit(sentence)) if sentence.contains("smaller lr")));
}
