use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::batch::{Batch, Histories};
use super::gradient::{Gradient, Rows, Step};
use super::matrix::Matrix;
use super::network::{Descriptions, Network};
use super::stock::Stock;
use super::*;
use crate::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, ItemIx, RatingRows, UserIx};
use crate::models::tests_common::{check_serving, context, edited, fit, fit_in, serve, serve_guest, serve_user};
use crate::models::{About, NoScore, PartKind};
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

const DRAWING: Drawing = Drawing {
    hidden: 0.4,
    item_dropout: 0.3,
    candidates: 100,
};

fn histories(data: &Dataset) -> Histories {
    let weighing = Weighing::new(data.scale(), data.mean(), 0.5);
    let task = Task::unattended();
    Histories::of(data, &weighing, &vec![false; data.n_ratings()], &task.cancel)
        .unwrap()
        .0
}

/// A network in 64 bits and a batch with every case: dropped ids, more than one piece, and, with few candidates, items that are
/// read alone.
fn step_data(hidden: usize, activation: Activation, candidates: usize) -> (Network<f64>, Descriptions, Batch<f64>) {
    let data = data();
    let histories = histories(&data);
    let descriptions = Descriptions::of(&data, 1, &Task::unattended().cancel).unwrap();
    let shape = Shape {
        factors: 5,
        hidden,
        activation,
    };
    let mut network: Network<f64> = Network::random(shape, &descriptions, &histories.counts, 3);
    // Nothing is 0, so that everything is tested.
    for of in numbers() {
        for (at, x) in of(&mut network).into_iter().enumerate() {
            *x += 0.3 * ((at * 37 % 11) as f64 - 5.0) / 5.0;
        }
    }
    let drawing = Drawing { candidates, ..DRAWING };
    let users: Vec<u32> = (0..30).chain(0..10).collect();
    let batch = Batch::draw(&users, &histories, drawing, &mut Pcg64::seed_from_u64(1));
    (network, descriptions, batch)
}

const REG: f64 = 0.2;

/// What `of` makes of a step.
fn of_step<T>(
    network: &Network<f64>,
    descriptions: &Descriptions,
    batch: &Batch<f64>,
    of: impl FnOnce(Step<'_, f64>) -> T,
) -> T {
    let with = (&Stock::default(), &Task::unattended());
    of(Step::new(network, descriptions, batch, REG, with).unwrap())
}

fn loss(network: &Network<f64>, descriptions: &Descriptions, batch: &Batch<f64>) -> f64 {
    of_step(network, descriptions, batch, |step| step.loss())
}

fn gradient(network: &Network<f64>, descriptions: &Descriptions, batch: &Batch<f64>) -> (f64, Gradient<f64>) {
    of_step(network, descriptions, batch, |step| step.gradient().unwrap())
}

/// The numbers of a table or a tower, one by one, to be nudged.
type Numbers = fn(&mut Network<f64>) -> Vec<&mut f64>;

fn numbers() -> [Numbers; 7] {
    [
        |n| n.items.ids.numbers.iter_mut().collect(),
        |n| n.items.terms.numbers.iter_mut().collect(),
        |n| n.users.ids.numbers.iter_mut().collect(),
        |n| n.users.terms.numbers.iter_mut().collect(),
        |n| n.items.tower.matrices_mut().flat_map(|m| &mut m.numbers).collect(),
        |n| n.users.tower.matrices_mut().flat_map(|m| &mut m.numbers).collect(),
        |n| n.biases.numbers.iter_mut().collect(),
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
fn flat(gradient: &Gradient<f64>, network: &Network<f64>) -> [Vec<f64>; 7] {
    let tower = |tower: &tower::Tower<f64>| tower.matrices().flat_map(|m| m.numbers.clone()).collect();
    [
        dense(&gradient.items.ids, network.items.ids.rows()),
        dense(&gradient.items.terms, network.items.terms.rows()),
        dense(&gradient.users.ids, network.users.ids.rows()),
        dense(&gradient.users.terms, network.users.terms.rows()),
        tower(&gradient.items.tower),
        tower(&gradient.users.tower),
        dense(&gradient.biases, network.biases.rows()),
    ]
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    for (hidden, activation, candidates) in [
        (0, Activation::Relu, 100),
        (0, Activation::Relu, 7),
        (7, Activation::Tanh, 100),
        (7, Activation::Relu, 7),
    ] {
        let (mut network, descriptions, batch) = step_data(hidden, activation, candidates);
        let (value, gradient) = gradient(&network, &descriptions, &batch);
        assert!((value - loss(&network, &descriptions, &batch)).abs() < 1e-12);
        let gradient = flat(&gradient, &network);
        for (of, expected) in numbers().into_iter().zip(&gradient) {
            let moves = expected.iter().any(|g| g.abs() > 1e-3);
            assert!(moves || (hidden == 0 && expected.is_empty()), "something moves");
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
fn what_is_hidden_is_not_read_and_all_else_is() {
    let (_, _, batch) = step_data(0, Activation::Relu, 100);
    let histories = histories(&data());
    let mut n_hidden = 0.0;
    for (row, user) in batch.users.iter().enumerate() {
        let items = |list: &super::batch::Lists<f64>| -> Vec<u32> {
            list.row(row).map(|(slot, _)| batch.slots[slot]).collect()
        };
        let (read, hidden) = (items(&batch.history), items(&batch.targets));
        assert!(read.iter().all(|item| !hidden.contains(item)));
        let mut both = [read.clone(), hidden.clone()].concat();
        both.sort_unstable();
        assert_eq!(both, histories.items(*user));
        let weights: f64 = batch.history.row(row).map(|(_, w)| w).sum();
        assert!(read.is_empty() || (weights - 1.0).abs() < 1e-12);
        n_hidden += hidden.len() as f64 / both.len() as f64 / batch.rows() as f64;
    }
    assert!((n_hidden - DRAWING.hidden).abs() < 0.08, "{n_hidden}");
    let dropped = batch.keeps.iter().filter(|keeps| !**keeps).count();
    assert!(dropped > 0 && dropped < batch.keeps.len());
}

#[test]
fn a_sample_of_the_catalog_holds_what_is_hidden_and_others_as_often_as_is_said() {
    let histories = histories(&data());
    for candidates in [3, 8] {
        let drawing = Drawing {
            candidates,
            hidden: 0.3,
            ..DRAWING
        };
        let mut random = Pcg64::seed_from_u64(5);
        let n = 6000;
        // By item, the mean of 1 / (how likely it is said to be drawn) where it is drawn, else of 0.
        let mut means = vec![0.0; 12];
        for _ in 0..n {
            let users: Vec<u32> = rand::seq::index::sample(&mut random, 30, 3)
                .into_iter()
                .map(|user| user as u32)
                .collect();
            let batch: Batch<f64> = Batch::draw(&users, &histories, drawing, &mut random);
            assert_eq!(batch.n_candidates(), candidates);
            for (slot, share) in batch.log_share.iter().enumerate() {
                means[batch.slots[slot] as usize] += (-share).exp() / f64::from(n);
            }
            for row in 0..3 {
                assert!(batch.targets.row(row).all(|(slot, _)| slot < candidates));
            }
        }
        assert!(
            means.iter().all(|mean| (mean - 1.0).abs() < 0.15),
            "{candidates}: {means:?}"
        );
    }
}

#[test]
fn the_loss_is_that_of_a_plain_loop() {
    let (network, descriptions, mut batch) = step_data(0, Activation::Relu, 100);
    batch.keeps.fill(true);
    let item = |at: u32| {
        let mut input = network.items.ids.row(at as usize).to_vec();
        network.items.add_terms(&descriptions.items, at, &mut input);
        input
    };
    let (mut sum, mut weight, mut squares) = (0.0, 0.0, 0.0);
    for (row, user) in batch.users.iter().enumerate() {
        let mut taste = network.users.ids.row(0).to_vec();
        network.users.add_terms(&descriptions.users, *user, &mut taste);
        for (slot, share) in batch.history.row(row) {
            let input = item(batch.slots[slot]);
            taste.iter_mut().zip(input).for_each(|(to, x)| *to += share * x);
        }
        let read: Vec<usize> = batch.history.row(row).map(|(slot, _)| slot).collect();
        let logit = |slot: usize| {
            let at = batch.slots[slot];
            let product: f64 = taste.iter().zip(item(at)).map(|(a, b)| a * b).sum();
            product + network.biases.numbers[at as usize]
        };
        let others = (0..batch.slots.len()).filter(|slot| !read.contains(slot));
        let all: f64 = others.map(|slot| logit(slot).exp()).sum();
        for (slot, of_it) in batch.targets.row(row) {
            sum += of_it * (all.ln() - logit(slot));
            weight += of_it;
        }
        squares += taste.iter().map(|x| x * x).sum::<f64>();
    }
    let expected = sum / weight + REG * squares / batch.rows() as f64;
    let found = loss(&network, &descriptions, &batch);
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn it_learns_a_planted_taste_for_members_guests_and_new_items() {
    let data = data();
    let model = fit(
        "two-tower",
        "factors=8,epochs=60,batch=8,lr=0.01,patience=60,reg=0.01,validation=0.02",
        &data,
    )
    .unwrap();
    let (name, curve) = model.training_curve().unwrap();
    assert!(name.contains("nDCG@10 on the ratings held out"));
    let highest = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!(highest > 1.2 * curve[0] && highest <= 1.0, "{curve:?}");
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
fn what_is_served_is_the_mean_over_the_epochs_the_later_the_more() {
    let data = data();
    let train = |epochs: usize, averaging: f64| {
        let mut settings = Settings::of(&Params::defaults(SPEC.parameters));
        (settings.shape.factors, settings.shape.hidden) = (3, 2);
        (settings.batch, settings.learning_rate) = (8, 0.1);
        (settings.epochs, settings.averaging) = (epochs, averaging);
        let trained = super::train::train(&data, &settings, 1, &Task::unattended()).unwrap();
        let matrices: Vec<Vec<f32>> = trained.network.matrices().map(|m| m.numbers.clone()).collect();
        matrices.concat()
    };
    let last: Vec<Vec<f32>> = (1..=6).map(|epochs| train(epochs, 0.0)).collect();
    for (epochs, averaging, weights) in [
        (1, 0.9, &[1.0][..]),
        // As long as few have passed, they count alike.
        (3, 0.9, &[1.0 / 3.0; 3]),
        (6, 0.5, &[0.03125, 0.03125, 0.0625, 0.125, 0.25, 0.5]),
    ] {
        let found = train(epochs, averaging);
        for (at, x) in found.iter().enumerate() {
            let expected: f32 = last.iter().zip(weights).map(|(network, w)| network[at] * w).sum();
            assert!((x - expected).abs() < 1e-5, "{epochs}: {at}: {x} is not {expected}");
        }
    }
}

#[test]
fn scores_and_reasons_agree_for_everybody() {
    let data = data();
    for settings in [
        "factors=6,epochs=2",
        "factors=6,epochs=2,hidden=9",
        "factors=3,hidden=4,activation=tanh",
    ] {
        let model = fit("two-tower", settings, &data).unwrap();
        check_serving(&serve_user(&model, &data, 3), 14);
        check_serving(&serve(&model, edited(&data, 2, &[(1, Some(5.0))])), 14);
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
        assert!(features.count() >= 2, "what is shared, and gender");
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
    let shapes = [
        (0, Activation::Relu, 100),
        (7, Activation::Tanh, 7),
        (7, Activation::Relu, 100),
    ];
    let steps = shapes.map(|(hidden, activation, candidates)| {
        let (network, descriptions, batch) = step_data(hidden, activation, candidates);
        let (loss, gradient) = gradient(&network, &descriptions, &batch);
        let lists = |list: &super::batch::Lists<f64>| {
            let rows = (0..batch.rows()).map(|row| list.row(row).collect());
            rows.collect::<Vec<Vec<(usize, f64)>>>()
        };
        let rows = |descriptions: &crate::models::content::Features, n: usize| {
            let row = |at: usize| descriptions.row_at(at).collect::<Vec<(u32, f64)>>();
            (0..n).map(row).collect::<Vec<_>>()
        };
        serde_json::json!({
            "network": network,
            "reg": REG,
            "item_said": rows(&descriptions.items, network.items.ids.rows()),
            "user_said": rows(&descriptions.users, 30),
            "batch": {
                "slots": batch.slots,
                "users": batch.users,
                "keeps": batch.keeps,
                "log_share": batch.log_share,
                "history": lists(&batch.history),
                "targets": lists(&batch.targets),
            },
            "loss": loss,
            "gradient": flat(&gradient, &network),
        })
    });
    std::fs::write(path, serde_json::to_string(&steps).unwrap()).unwrap();
}
