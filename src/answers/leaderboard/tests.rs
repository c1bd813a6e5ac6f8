use crate::data::FeedbackKind;
use std::sync::Mutex;

use super::*;
use crate::models::tests_common as testing;
use crate::task::{Pool, Progress};

fn world() -> World {
    World::new(testing::synthetic(60, 50), 42)
}

fn names(models: &[&str]) -> Vec<String> {
    models.iter().map(|m| (*m).to_owned()).collect()
}

/// Everything measured.
fn measured(world: World, models: &[String]) -> LeaderboardView {
    let mut board = Board::new(world);
    board.prepare(&Task::unattended()).unwrap();
    for model in models {
        board.measure(model, &Task::unattended()).unwrap();
    }
    board.view(models, BoardState::Done)
}

/// What `recscope evaluate` computes in one go.
fn in_one_go(world: &World, models: &[String]) -> Evaluation {
    let folds = Split::parse(&split_name(world.seed())).unwrap();
    let folds = folds.folds(&world.dataset).unwrap();
    let models: Vec<FittableModel> = models.iter().map(|m| Formula::parse(m).unwrap().into()).collect();
    let options = Options {
        seed: world.seed(),
        by_user: true,
        ..Options::default()
    };
    evaluate(
        &folds,
        &models,
        &measures(FeedbackKind::Ratings),
        &options,
        &Task::unattended(),
    )
    .unwrap()
}

#[test]
fn what_the_panes_show_of_the_users_is_what_evaluate_prints() {
    let models = first_models(FeedbackKind::Ratings);
    let view = measured(world(), &models);
    let figures = UserFigures::of(&in_one_go(&world(), &models));
    for (n, row) in view.rows.iter().enumerate() {
        let (other, difference) = row.against.unwrap();
        let other = &view.rows[other].model;
        let printed = figures
            .pairs
            .iter()
            .find(|p| p.model == row.model && p.against == *other);
        assert_eq!(printed.map(|p| p.difference), Some(difference));
        // Who is best, and how far chance explains the distance of the others.
        let is_best = view.best() == Some(n);
        let chance = figures.against_best.iter().find(|p| p.model == row.model);
        assert_eq!(chance.is_none(), is_best);
        assert!(is_best || chance.map(|p| p.p_holm) == row.p_holm);
        assert!(chance.is_none_or(|p| p.comparisons == 4 && Some(&p.best) == view.best().map(|n| &view.rows[n].model)));
        let (spread, printed) = (&row.measured.as_ref().unwrap().spread, &figures.spread[n]);
        assert_eq!((printed.zero, printed.quartiles), (spread.zero, spread.quartiles));
        assert_eq!(printed.bins, spread.bins);
    }
    for (above, below) in view.steps.iter().skip(1).zip(&view.steps) {
        let printed = figures
            .pairs
            .iter()
            .find(|p| p.model == above.model && p.against == below.model);
        assert_eq!(printed.map(|p| p.difference), above.gain);
    }
    let json = serde_json::to_value(&figures.pairs[0]).unwrap();
    assert!(
        ["model", "against", "mean", "half_width", "higher", "lower", "same"]
            .iter()
            .all(|key| json.get(key).is_some())
    );
}

#[test]
fn rows_are_what_evaluate_prints_to_the_last_bit() {
    let models = first_models(FeedbackKind::Ratings);
    let view = measured(world(), &models);
    let whole = in_one_go(&world(), &models);
    assert_eq!(
        (view.split.as_str(), view.size),
        (whole.split.as_str(), whole.folds.first().copied())
    );
    assert_eq!(view.rows.len(), 5);
    for (row, expected) in view.rows.iter().zip(&whole.rows) {
        assert_eq!(row.model, expected.model);
        for metric in &view.metrics {
            assert_eq!(
                row.mean(&metric.to_string()),
                expected.mean(&metric.to_string()),
                "{} {metric}",
                row.model
            );
        }
        let lead = expected.metrics.iter().find(|m| m.metric.to_string() == LEAD).unwrap();
        assert_eq!(row.measured.as_ref().unwrap().by_user(), lead.by_user);
    }
    let users: Vec<_> = view.people.iter().map(|p| (p.id.as_str(), p.test_items)).collect();
    let tested: Vec<_> = whole
        .tested
        .iter()
        .map(|t| (t.user.as_deref().unwrap(), t.test_items))
        .collect();
    assert_eq!(users, tested);
    // The mean of what is kept by user is the mean that is shown.
    for row in &view.rows {
        let by_user = row.measured.as_ref().unwrap().by_user();
        let mean = by_user.iter().sum::<f64>() / by_user.len() as f64;
        assert_eq!(Some(mean), row.mean(LEAD));
    }
    assert!(view.rows[0].mean("rmse").is_none() && view.rows[3].mean("rmse").is_some());
}

#[test]
fn the_lesson_is_read_from_the_rows() {
    let view = measured(world(), &first_models(FeedbackKind::Ratings));
    for (n, step) in view.steps.iter().enumerate() {
        assert_eq!(
            (step.model, step.value),
            (ladder(FeedbackKind::Ratings)[n], view.rows[n].mean(LEAD))
        );
        assert_eq!(step.coverage, view.rows[n].mean("coverage@10"));
    }
    assert_eq!(view.steps[0].gain, None);
    for pair in view.steps.windows(2) {
        let gain = pair[1].gain.unwrap();
        assert!((pair[0].value.unwrap() + gain.mean - pair[1].value.unwrap()).abs() < 1e-12);
        assert_eq!(gain.higher + gain.lower + gain.same, view.people.len());
    }
    // Without one of its models there is no step to it nor from it.
    let without = measured(world(), &names(&["popularity", "ease"]));
    assert_eq!(without.steps[1].value, None);
    assert!(without.steps[1].gain.is_none() && without.steps[2].gain.is_none());
}

#[test]
fn every_row_is_held_against_the_best_of_the_others() {
    let view = measured(world(), &first_models(FeedbackKind::Ratings));
    let best = view.best().unwrap();
    for (n, row) in view.rows.iter().enumerate() {
        let (other, paired) = row.against.unwrap();
        assert_eq!(n == best, other != best);
        assert!((paired.mean - (row.mean(LEAD).unwrap() - view.rows[other].mean(LEAD).unwrap())).abs() < 1e-12);
    }
    let alone = measured(world(), &names(&["ease"]));
    assert_eq!((alone.rows[0].against, alone.best()), (None, Some(0)));
    assert_eq!(LeaderboardView::default().best(), None);
}

#[test]
fn a_model_that_cannot_be_fitted_has_a_row_that_says_why() {
    // The toy has nothing that content could read.
    let view = measured(world(), &names(&["content", "popularity"]));
    let row = &view.rows[0];
    assert_eq!(row.error().is_some(), row.mean(LEAD).is_none());
    assert!(view.rows[1].error().is_none() && view.done() == 2);
}

#[test]
fn spreads_by_hand() {
    let items = [1, 1, 1, 1, 1, 2, 1];
    let spread = Spread::of(&[0.5, 0.0, 1.0, 0.1, 0.100_001, 0.0, 0.95], |at| items[at]);
    assert_eq!(spread.zero, 2);
    assert_eq!(spread.bins, [1, 1, 0, 0, 1, 0, 0, 0, 0, 2]);
    assert_eq!(spread.order, [5, 1, 3, 4, 0, 6, 2]);
    // Of seven: the 2nd, the 4th, the 6th.
    assert_eq!(spread.quartiles, [0.0, 0.100_001, 0.95]);
    assert_eq!(Spread::of(&[], |_| 1), Spread::default());
    assert_eq!(Spread::of(&[0.3], |_| 1).quartiles, [0.3; 3]);
}

#[test]
fn it_says_how_far_it_is_and_keeps_nothing_of_what_was_stopped() {
    let mut board = Board::new(world());
    let stopped = Task::unattended();
    stopped.cancel.cancel();
    assert!(matches!(board.prepare(&stopped), Err(AnswerError::Cancelled(_))));
    assert_eq!(
        board
            .view(&first_models(FeedbackKind::Ratings), BoardState::Running)
            .size,
        None
    );
    let stages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&stages);
    let task = Task {
        progress: Progress::to(move |report| heard.lock().unwrap().push(report.stage)),
        pool: Pool::new("test", 2),
        ..Task::unattended()
    };
    board.prepare(&task).unwrap();
    assert!(matches!(
        board.measure("ease", &stopped),
        Err(AnswerError::Cancelled(_))
    ));
    assert!(!board.has("ease"));
    board.measure("ease", &task).unwrap();
    let stages = stages.lock().unwrap();
    assert_eq!(stages.first().map(String::as_str), Some("fitting ease"));
    assert_eq!(stages.last().map(String::as_str), Some("testing ease"));
    let view = board.view(&names(&["popularity", "ease"]), BoardState::Stopped);
    assert_eq!(
        (view.done(), view.rows[0].measured.is_some(), view.best()),
        (1, false, Some(1))
    );
}

#[test]
fn data_that_cannot_be_divided_says_so() {
    let rows = [(0, 0, 3.0), (1, 1, 4.0)];
    let mut board = Board::new(World::new(testing::dataset(&rows, 2), 42));
    let why = board.prepare(&Task::unattended()).unwrap_err().to_string();
    assert!(why.contains("leaves nothing to test"), "{why}");
}

#[test]
fn what_is_written_here_can_be_read() {
    for kind in FeedbackKind::ALL {
        let (measures, models) = (measures(kind), first_models(kind));
        assert_eq!(measures.len(), 9 + usize::from(kind == FeedbackKind::Ratings));
        assert_eq!(measures[0].to_string(), LEAD);
        assert!(models.starts_with(&ladder(kind).map(str::to_owned)), "{models:?}");
        // The neighborhood of the lesson is that of the default formula; only stars are compared by what is plainest.
        assert!(
            kind == FeedbackKind::Ratings || models[4].contains(ladder(kind)[1]),
            "{models:?}"
        );
        assert!(
            models
                .iter()
                .all(|m| Formula::parse(m).is_ok_and(|f| f.to_string() == *m))
        );
    }
    assert_eq!(Metric::parse_list(LESSON_MEASURES).unwrap().len(), 2);
    assert_eq!(split_name(42), "stratified:seed=42,generator=numpy");
}

#[test]
fn chance_is_adjusted_for_as_many_comparisons_as_there_are() {
    let best: Vec<f64> = (0..40).map(|n| 0.5 + f64::from(n % 7) / 50.0).collect();
    let other = |shift: f64, noise: f64| -> Vec<f64> {
        let noise = |n: usize| if n.is_multiple_of(3) { noise } else { -noise / 2.0 };
        best.iter().enumerate().map(|(n, b)| b - shift + noise(n)).collect()
    };
    let (near, far) = (other(0.01, 0.06), other(0.05, 0.06));
    let single = |one: &[f64]| crate::experiment::paired_t(&best, one).unwrap();
    let adjusted = holm(&[&near, &best, &[], &far], 1);
    // Two comparisons: the smaller p twice, the larger once.
    assert_eq!(adjusted[3], Some((2.0 * single(&far)).min(1.0)));
    assert_eq!(adjusted[0], Some(single(&near).max(2.0 * single(&far))));
    assert_eq!((adjusted[1], adjusted[2]), (adjusted[0], None));
    assert!(single(&far) < single(&near));
    assert_eq!(holm(&[&best], 0), [None]);
    assert_eq!(holm(&[], 0), []);
}
