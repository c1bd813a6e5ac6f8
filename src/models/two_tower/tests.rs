use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::batch::{Batch, Pair, Pairs};
use super::gradient::{Gradient, Rows, Step};
use super::matrix::Matrix;
use super::network::{Descriptions, Network};
use super::*;
use crate::data::{
    Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, RatingRows, UserIx,
};
use crate::models::tests_common::{check_serving, context, fit, fit_in, serve, serve_guest, serve_user};
use crate::models::{About, NoScore, PartKind, Profile};
use crate::task::{Pool, Task};

/// Two tastes, with genres that tell them apart and user attributes; the last item has a genre and no rating, the one
/// before neither.
fn data() -> Arc<Dataset> {
    let (n_users, n_items) = (30u32, 14u32);
    let mut ratings = RatingRows::default();
    for user in 0..n_users {
        for item in (0..n_items - 2).filter(|item| (item * 7 + user * 3) % 5 != 0 && item % 2 == user % 2) {
            ratings.users.push(user);
            ratings.items.push(item);
            ratings.values.push(f64::from(3 + (item + user) % 3));
        }
    }
    let genres = (0..n_items).map(|item| match item {
        12 => Vec::new(),
        _ => vec![
            (["Drama", "Comedy"][item as usize % 2], 1),
            (["Old", "New"][item as usize / 7], 1),
        ],
    });
    let gender = (0..n_users).map(|user| vec![(["F", "M"][user as usize % 2], 1)]);
    let parts = DatasetParts {
        users: Ids::new((0..n_users).map(|u| format!("u{u}"))),
        items: Ids::new((0..n_items).map(|i| format!("i{i}"))),
        ratings,
        item_attributes: Attributes {
            columns: vec![Attribute::of_names("genre", genres)],
        },
        user_attributes: Attributes {
            columns: vec![
                Attribute::of_names("gender", gender),
                Attribute::of_numbers("age", (0..n_users).map(|u| Some(f64::from(15 + u)))),
            ],
        },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// A network in 64 bits and a batch with every case: dropped ids, an item twice, short histories.
fn step_data(hidden: usize, activation: Activation) -> (Network<f64>, Descriptions, Batch<f64>) {
    let data = data();
    let task = Task::unattended();
    let weighing = Weighing::new(data.scale(), data.mean(), 0.5);
    let (pairs, _) = Pairs::of(&data, &weighing, &vec![false; data.n_ratings()], &task.cancel).unwrap();
    let descriptions = Descriptions::of(&data, 1, &task.cancel).unwrap();
    let shape = Shape {
        factors: 5,
        hidden,
        activation,
    };
    let mut network = Network::random(shape, &descriptions, &[true; 14], &[true; 30], 3);
    // Biases that are not 0, so that they are tested.
    for tower in [&mut network.items.tower, &mut network.users.tower] {
        for (at, x) in tower.matrices_mut().flat_map(|m| &mut m.numbers).enumerate() {
            *x += 0.1 * ((at * 37 % 11) as f64 - 5.0) / 5.0;
        }
    }
    let rows: Vec<Pair> = (0..pairs.len()).step_by(3).map(|at| pairs.get(at)).collect();
    let drawing = Drawing {
        history: 3,
        user_dropout: 0.4,
        item_dropout: 0.4,
    };
    let batch = Batch::draw(&rows, &pairs, drawing, &mut Pcg64::seed_from_u64(1));
    assert!(batch.rows() > 32, "more than one piece");
    (network, descriptions, batch)
}

fn loss(network: &Network<f64>, descriptions: &Descriptions, batch: &Batch<f64>) -> f64 {
    Step::new(network, descriptions, batch, 0.3, &Task::unattended())
        .loss()
        .unwrap()
}

/// The numbers of a table or a tower, one by one, to be nudged.
type Numbers = fn(&mut Network<f64>) -> Vec<&mut f64>;

fn numbers() -> [Numbers; 6] {
    [
        |n| n.items.ids.numbers.iter_mut().collect(),
        |n| n.items.terms.numbers.iter_mut().collect(),
        |n| n.users.ids.numbers.iter_mut().collect(),
        |n| n.users.terms.numbers.iter_mut().collect(),
        |n| n.items.tower.matrices_mut().flat_map(|m| &mut m.numbers).collect(),
        |n| n.users.tower.matrices_mut().flat_map(|m| &mut m.numbers).collect(),
    ]
}

fn dense(rows: &Rows<f64>, n: usize) -> Vec<f64> {
    let mut all = Matrix::zeros(n, rows.values.width);
    for (place, at) in rows.at.iter().enumerate() {
        all.row_mut(*at as usize).copy_from_slice(rows.values.row(place));
    }
    all.numbers
}

/// In the order of [`numbers`], with 0 where the step touches nothing.
fn flat(gradient: &Gradient<f64>, network: &Network<f64>) -> [Vec<f64>; 6] {
    let tower = |tower: &tower::Tower<f64>| tower.matrices().flat_map(|m| m.numbers.clone()).collect();
    [
        dense(&gradient.items.ids, network.items.ids.rows()),
        dense(&gradient.items.terms, network.items.terms.rows()),
        dense(&gradient.users.ids, network.users.ids.rows()),
        dense(&gradient.users.terms, network.users.terms.rows()),
        tower(&gradient.items.tower),
        tower(&gradient.users.tower),
    ]
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    for (hidden, activation) in [(0, Activation::Relu), (7, Activation::Tanh), (7, Activation::Relu)] {
        let (mut network, descriptions, batch) = step_data(hidden, activation);
        let (value, gradient) = Step::new(&network, &descriptions, &batch, 0.3, &Task::unattended())
            .gradient()
            .unwrap();
        assert!((value - loss(&network, &descriptions, &batch)).abs() < 1e-12);
        let gradient = flat(&gradient, &network);
        for (of, expected) in numbers().into_iter().zip(&gradient) {
            assert!(expected.iter().any(|g| g.abs() > 1e-3), "something moves");
            for (at, expected) in expected.iter().enumerate() {
                let h = 1e-6;
                *of(&mut network)[at] += h;
                let above = loss(&network, &descriptions, &batch);
                *of(&mut network)[at] -= 2.0 * h;
                let below = loss(&network, &descriptions, &batch);
                *of(&mut network)[at] += h;
                let slope = (above - below) / (2.0 * h);
                assert!((slope - expected).abs() < 1e-7, "{hidden}: {slope} is not {expected}");
            }
        }
    }
}

#[test]
fn what_is_to_be_found_is_not_in_the_history() {
    let (_, _, batch) = step_data(0, Activation::Relu);
    for row in 0..batch.rows() {
        let history: Vec<(usize, f64)> = batch.history(row).collect();
        assert_eq!(history.len(), 3);
        assert!(history.iter().all(|(slot, _)| *slot != batch.positives[row] as usize));
        assert!((history.iter().map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
    }
    let kept = batch.keeps_user.iter().filter(|k| **k).count();
    assert!(kept > 5 && kept + 5 < batch.rows());
}

#[test]
fn the_loss_of_two_rows_by_hand() {
    // Cosines over the temperature, less ln of the share; the third row's item is the first's and hidden from it.
    let (network, descriptions, mut batch) = step_data(0, Activation::Relu);
    let rows = [0usize, 40, 0];
    let pick = |values: &[u32]| rows.map(|row| values[row]).to_vec();
    batch.users = pick(&batch.users);
    batch.positives = pick(&batch.positives);
    batch.log_share = vec![-1.0, -2.0, -1.0];
    batch.keeps_user = vec![true; 3];
    batch.keeps_item = vec![true; 3];
    batch.ends = vec![0; 3];
    batch.history.clear();
    batch.weights.clear();
    assert_ne!(batch.positives[0], batch.positives[1]);
    let unit = |row: Vec<f64>, tower: &tower::Tower<f64>| tower.unit(row);
    let user = |row: usize| {
        let mut input = network.users.ids.row(batch.users[row] as usize).to_vec();
        network
            .users
            .add_terms(&descriptions.users, batch.users[row], &mut input);
        unit(input, &network.users.tower)
    };
    let item = |row: usize| {
        let item = batch.slots[batch.positives[row] as usize];
        let mut input = network.items.ids.row(item as usize).to_vec();
        network.items.add_terms(&descriptions.items, item, &mut input);
        unit(input, &network.items.tower)
    };
    let logit = |row: usize, column: usize| {
        let cosine: f64 = user(row).iter().zip(item(column)).map(|(a, b)| a * b).sum();
        cosine / 0.3 - batch.log_share[column]
    };
    let two = |right: f64, wrong: f64| (1.0 + (wrong - right).exp()).ln();
    let first = two(logit(0, 0), logit(0, 1));
    let second = (logit(1, 0).exp() + logit(1, 1).exp() + logit(1, 2).exp()).ln() - logit(1, 1);
    let expected = (2.0 * first + second) / 3.0;
    let found = loss(&network, &descriptions, &batch);
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn it_learns_a_planted_taste_for_members_guests_and_new_items() {
    let data = data();
    let model = fit("two-tower", "factors=8,epochs=40,batch=32,lr=0.01,patience=40", &data).unwrap();
    let (name, curve) = model.training_curve().unwrap();
    assert!(name.contains("held out"));
    let lowest = curve.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(lowest < 0.9 * curve[0], "{curve:?}");
    let lead = |serving: &crate::models::Serving| {
        let score = |item| serving.score(ItemIx(item)).unwrap();
        let mean = |of: u32| (0..6).map(|k| score(2 * k + of)).sum::<f64>() / 6.0;
        mean(0) - mean(1)
    };
    assert!(lead(&serve_user(&model, &data, 0)) > 0.2);
    assert!(lead(&serve_user(&model, &data, 1)) < -0.2);
    let guest = serve_guest(&model, &[(0, 5.0), (4, 5.0)]);
    assert!(lead(&guest) > 0.2);
    // Item 13 has a genre alone, that of the odd ones; item 12 has nothing.
    let odd = serve_user(&model, &data, 1);
    assert!(odd.score(ItemIx(13)).unwrap() > guest.score(ItemIx(13)).unwrap());
    assert_eq!(guest.score(ItemIx(12)), Err(NoScore::UnknownItem));
    assert_eq!(serve_guest(&model, &[]).score(ItemIx(0)), Err(NoScore::EmptyProfile));
    assert_eq!(
        serve_guest(&model, &[(0, 5.0)]).score(ItemIx(0)),
        Err(NoScore::EmptyProfile)
    );
}

#[test]
fn scores_and_reasons_agree_for_everybody() {
    let data = data();
    let mut edits = Edits::default();
    edits.set(&data, UserIx(2), ItemIx(1), Some(5.0));
    let edits = Arc::new(edits);
    for settings in [
        "factors=6,epochs=2",
        "factors=6,epochs=2,hidden=9",
        "factors=3,hidden=4,activation=tanh",
    ] {
        let model = fit("two-tower", settings, &data).unwrap();
        check_serving(&serve_user(&model, &data, 3), 14);
        check_serving(&serve(&model, Profile::of_edited_user(&data, UserIx(2), &edits)), 14);
        check_serving(&serve_guest(&model, &[(1, 5.0), (2, 3.0), (12, 1.0)]), 14);
        check_serving(&serve_guest(&model, &[]), 14);
    }
}

#[test]
fn a_linear_tower_leaves_nothing_unexplained_and_another_says_what_it_leaves() {
    let data = data();
    for (settings, is_linear) in [
        ("factors=6,epochs=3", true),
        ("factors=6,epochs=3,hidden=8,activation=tanh", false),
    ] {
        let model = fit("two-tower", settings, &data).unwrap();
        let serving = serve_user(&model, &data, 3);
        let tree = serving.explain(ItemIx(4)).unwrap();
        let history = serving.explain_by_history(ItemIx(4)).unwrap().unwrap();
        let factors: Vec<_> = tree.children.iter().filter(|c| c.kind == PartKind::Factor).collect();
        assert_eq!(factors.len(), 6);
        for node in factors.into_iter().chain([&history]) {
            let left: Vec<f64> = node
                .children
                .iter()
                .filter(|c| c.kind == PartKind::Residual)
                .map(|c| c.value)
                .collect();
            assert_eq!(left.is_empty(), is_linear, "{node:?}");
            assert!(left.iter().all(|r| r.abs() < 2e-3), "{left:?}");
        }
        let rated = history.children.iter().filter(|c| c.kind == PartKind::Rated);
        let seen: Vec<About> = rated.map(|c| c.about.clone()).collect();
        let row = data.user_row(UserIx(3));
        assert_eq!(
            seen,
            row.ids.iter().map(|i| About::Item(ItemIx(*i))).collect::<Vec<_>>()
        );
        let features = history.children.iter().filter(|c| c.kind == PartKind::Feature);
        assert!(features.count() >= 2, "own embedding and gender");
    }
}

#[test]
fn an_edited_rating_moves_the_scores_and_the_rated_item_never_helps_itself() {
    let data = data();
    let model = fit("two-tower", "factors=6,epochs=3", &data).unwrap();
    let guest = |ratings: &[(u32, f64)], item| serve_guest(&model, ratings).score(ItemIx(item)).unwrap();
    let (high, low) = (guest(&[(0, 5.0), (3, 4.0)], 6), guest(&[(0, 3.0), (3, 4.0)], 6));
    assert!((high - low).abs() > 1e-6);
    let without = guest(&[(3, 4.0), (5, 4.0)], 0);
    for rating in [3.0, 5.0] {
        assert!((guest(&[(0, rating), (3, 4.0), (5, 4.0)], 0) - without).abs() < 1e-9);
    }
}

#[test]
fn it_stops_within_an_epoch_and_does_not_mind_threads() {
    let data = data();
    let mut context = context(&data);
    context.task.pool = Pool::new("test", 3);
    let settings = "factors=4,epochs=3,batch=100";
    let scores = |model: &Arc<dyn crate::models::Recommender>| {
        serve_user(model, &data, 2)
            .scores(&crate::task::Cancel::new())
            .unwrap()
            .clone()
    };
    let spread = fit_in("two-tower", settings, &context).unwrap();
    assert_eq!(scores(&spread), scores(&fit("two-tower", settings, &data).unwrap()));
    let cancel = context.task.cancel.clone();
    context.task.progress = crate::task::Progress::to(move |_| cancel.cancel());
    assert!(matches!(
        fit_in("two-tower", settings, &context),
        Err(FitError::Cancelled(_))
    ));
}

#[test]
#[ignore = "writes a file for benches/peers/two_tower.py"]
fn a_step_for_pytorch() {
    let path = std::env::var_os("TWO_TOWER_STEP").expect("TWO_TOWER_STEP names the file to write");
    let steps = [(0, Activation::Relu), (7, Activation::Tanh), (7, Activation::Relu)].map(|(hidden, activation)| {
        let (network, descriptions, batch) = step_data(hidden, activation);
        let step = Step::new(&network, &descriptions, &batch, 0.3, &Task::unattended()).gradient();
        let (loss, gradient) = step.unwrap();
        let rows = |descriptions: &crate::models::content::Features, n: usize| {
            let row = |at: usize| descriptions.row_at(at).collect::<Vec<(u32, f64)>>();
            (0..n).map(row).collect::<Vec<_>>()
        };
        serde_json::json!({
            "network": network,
            "temperature": 0.3,
            "item_said": rows(&descriptions.items, network.items.ids.rows()),
            "user_said": rows(&descriptions.users, network.users.ids.rows()),
            "batch": {
                "slots": batch.slots,
                "users": batch.users,
                "keeps_user": batch.keeps_user,
                "keeps_item": batch.keeps_item,
                "positives": batch.positives,
                "log_share": batch.log_share,
                "ends": batch.ends,
                "history": batch.history,
                "weights": batch.weights,
            },
            "loss": loss,
            "gradient": flat(&gradient, &network),
        })
    });
    std::fs::write(path, serde_json::to_string(&steps).unwrap()).unwrap();
}
