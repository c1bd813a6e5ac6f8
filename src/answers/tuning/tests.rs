use super::*;
use crate::answers::leaderboard::split_name;
use crate::data::UserIx;
use crate::evaluate::{FittableModel, Folds, Options, Split, evaluate};
use crate::models::tests_common::synthetic;
use crate::task::Cancel;

const THREE: &str = "0.6*item-knn + 0.3*ease + 0.1*popularity";

fn world() -> World {
    World::new(synthetic(30, 24), 42)
}

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

fn metrics() -> Vec<Metric> {
    Metric::parse_list(METRICS).unwrap()
}

/// What `evaluate` says of a formula on the same ratings, every model fitted and served anew.
fn plainly(world: &World, formula: &Formula) -> Vec<Option<f64>> {
    let split = Split::parse(&split_name(world.seed())).unwrap();
    let outer = split.folds(&world.dataset).unwrap().get(0);
    let fold = split.folds(&outer.train).unwrap().get(0);
    let folds = Folds::given("validation", [fold]);
    let options = Options {
        seed: world.seed(),
        ..Options::default()
    };
    let models = [FittableModel::from(formula.clone())];
    let row = evaluate(&folds, &models, &metrics(), &options, &Task::unattended())
        .unwrap()
        .rows
        .remove(0);
    metrics().iter().map(|metric| row.mean(&metric.to_string())).collect()
}

#[test]
fn a_sweep_measures_what_evaluate_does() {
    let world = world();
    let start = formula("0.5*item-knn + 0.5*popularity");
    let values = parse_settings("0..1:3").unwrap();
    let view = sweep(
        &world,
        &start,
        ("1.weight", Some(&values)),
        (&metrics(), Some(10_000)),
        &Task::unattended(),
    )
    .unwrap();
    assert_eq!(view.measured.users, view.measured.of_users);
    assert_eq!(
        view.rows.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(),
        ["0", "0.5", "1"]
    );
    for (row, value) in view.rows.iter().zip(values) {
        let turned = start.with_setting("1.weight", &value).unwrap();
        assert_eq!(row.figures, plainly(&world, &turned), "{}", row.model);
    }
    // The ends and the middle are not all the same.
    assert!(view.rows.iter().any(|row| row.figures != view.rows[0].figures));
}

#[test]
fn the_corners_of_the_triangle_are_the_single_models() {
    let world = world();
    let start = formula(THREE);
    let whose = Whose::User(UserIx(0));
    let view = triangle(&world, &start, Some(&whose), 2, (&metrics(), None), &Task::unattended()).unwrap();
    assert_eq!(view.points.len(), 6);
    for (n, part) in three_parts(&start).unwrap().iter().enumerate() {
        let corner = view.points.iter().find(|point| point.weights[n] == 1.0).unwrap();
        assert_eq!(corner.figures, plainly(&world, part), "{part}");
    }
    let list = |formula: &Formula| -> Vec<ItemIx> {
        let serving = world.serving(formula, &whose, &Cancel::new()).unwrap();
        let best = serving.recommend(LENGTH, false, &Cancel::new()).unwrap();
        best.into_iter().map(|(item, _)| item).collect()
    };
    for point in &view.points {
        let there = list(&shared(&start, point.weights));
        assert_eq!(point.rbo, Some(rank_biased_overlap(&there, &list(&start), PERSISTENCE)));
    }
}

#[test]
fn the_grid_covers_the_triangle() {
    let points = grid(10);
    assert_eq!(points.len(), 66);
    assert_eq!((points[0], points[65]), ([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]));
    assert!(
        points
            .iter()
            .all(|p| (p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p.iter().all(|w| *w >= 0.0))
    );
    assert_eq!(grid(0).len(), 1);
}

#[test]
fn shares_rank_as_the_formula_does() {
    let doubled = formula("1.2*item-knn + 0.6*ease + 0.2*popularity");
    let weights = shares(&doubled).unwrap();
    assert!((weights[0] - 0.6).abs() < 1e-12 && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let world = world();
    world.fit(&doubled, &Task::unattended()).unwrap();
    let list = |formula: &Formula| {
        let serving = world.serving(formula, &Whose::User(UserIx(3)), &Cancel::new()).unwrap();
        let best = serving.recommend(30, false, &Cancel::new()).unwrap();
        best.into_iter().map(|(item, _)| item).collect::<Vec<_>>()
    };
    assert_eq!(list(&doubled), list(&shared(&doubled, weights)));
    assert_eq!(shares(&formula("item-knn + ease")), None);
    assert_eq!(shares(&formula("item-knn + ease - popularity")), None);
    assert_eq!(shares(&formula("0*item-knn + 0*ease + 0*popularity")), None);
}

#[test]
fn values_are_read_and_have_defaults() {
    let numbers = |text: &str| -> Vec<String> { parse_values(text).unwrap().iter().map(ToString::to_string).collect() };
    assert_eq!(numbers("0..1:5"), ["0", "0.25", "0.5", "0.75", "1"]);
    assert_eq!(numbers("0..1").len(), 11);
    assert_eq!(numbers("2, 0.5"), ["2", "0.5"]);
    assert_eq!(numbers("minmax,rank"), ["minmax", "rank"]);
    for wrong in ["", "a", "0..b", "0..1:1", "1,,2", "inf"] {
        assert!(parse_values(wrong).unwrap_err().contains("0..1:11"), "{wrong}");
    }
    let nested = formula("2.5*item-knn + switch(ratings<5 ? ease : cascade(popularity > ease; keep=20))");
    for dial in nested.dials() {
        let values = default_values(&dial);
        assert!(values.len() >= 5, "{}", dial.path);
        assert!(
            values.iter().all(|value| nested.turned(&dial.path, *value).is_ok()),
            "{}",
            dial.path
        );
    }
}

#[test]
fn what_cannot_be_measured_says_so() {
    let task = Task::unattended();
    let say = |result: Result<SweepView, AnswerError>| result.unwrap_err().to_string();
    let start = formula(THREE);
    let none = sweep(&world(), &start, ("9.weight", None), (&metrics(), None), &task);
    assert!(say(none).contains("there is no dial"));
    let wrong = ["rank".to_owned()];
    let none = sweep(&world(), &start, ("1.weight", Some(&wrong)), (&metrics(), None), &task);
    assert!(say(none).contains("cannot be set to rank"));
    let lone = World::new(crate::models::tests_common::dataset(&[(0, 0, 3.0)], 2), 42);
    let none = sweep(&lone, &start, ("1.weight", None), (&metrics(), None), &task);
    assert!(!say(none).is_empty());
    let none = triangle(&world(), &formula("ease"), None, 2, (&metrics(), None), &task);
    assert!(none.unwrap_err().to_string().contains("three parts"));
}

#[test]
fn users_are_chosen_evenly_and_said() {
    let bench = Bench::new(&world(), Some(7), 3, &Task::unattended()).unwrap();
    let (users, of) = bench.users();
    assert!(users == 7 && of > 7);
    assert!(bench.held_out().contains("stratified"));
    let all = Bench::new(&world(), None, 3, &Task::unattended()).unwrap();
    assert_eq!(all.users().0, all.users().1);
}

#[test]
fn a_parameter_is_swept_as_a_dial_is() {
    let task = Task::unattended();
    let values = ["10", "1000"].map(str::to_owned);
    let view = sweep(
        &world(),
        &formula("ease"),
        ("lambda", Some(&values)),
        (&metrics(), None),
        &task,
    )
    .unwrap();
    assert_eq!((view.kind, view.part.as_str()), ("parameter", "ease"));
    for (row, value) in view.rows.iter().zip(&values) {
        assert_eq!(row.model, format!("ease:lambda={value}"));
        assert_eq!(row.figures, plainly(&world(), &formula(&row.model)));
    }
    let usual = sweep(&world(), &formula("ease"), ("lambda", None), (&metrics(), None), &task).unwrap();
    assert_eq!(usual.rows.len(), 9);
}
