use std::sync::Arc;

use super::*;
use crate::data::Dataset;
use crate::evaluate::Split;
use crate::evaluate::tests_common::dataset;
use crate::models::MODELS;

/// 60 people of three tastes, each of whom rated eight of forty items, most of their taste.
fn tastes() -> Arc<Dataset> {
    let mut rows = Vec::new();
    for user in 0..60_i64 {
        for n in 0..8_i64 {
            let own = (user % 3) * 13 + (user * 5 + n * n * 3) % 13;
            let item = if n == 7 { (user * 11) % 40 } else { own };
            rows.push((
                format!("u{user}"),
                format!("i{item}"),
                f64::from(3 + (n % 3) as i32),
                user * 100 + n,
            ));
        }
    }
    dataset(&rows)
}

struct Setting {
    folds: Folds,
    validation: Validation,
    first: Vec<Formula>,
}

fn setting(models: &str) -> Setting {
    let split = Split::parse("stratified:by=user,ratio=0.75,seed=3").unwrap();
    let folds = split.folds(&tastes()).unwrap();
    let outer = folds.get(0);
    Setting {
        validation: Validation::new(&split, &outer.train).unwrap(),
        folds: Folds::given("tastes", [outer]),
        first: models.split(';').map(|text| Formula::parse(text).unwrap()).collect(),
    }
}

impl Setting {
    fn tuning(&self, metric: &str, budget: Budget) -> Tuning<'_> {
        Tuning {
            folds: &self.folds,
            validation: &self.validation,
            metric: Metric::parse(metric).unwrap(),
            options: Options::default(),
            first: self.first.clone(),
            baselines: vec![Formula::parse("popularity").unwrap()],
            budget,
        }
    }
}

fn on(threads: usize) -> Task {
    Task {
        pool: Pool::new("test", threads),
        ..Task::unattended()
    }
}

/// Without what the clock says.
fn timeless(trials: &[Trial]) -> Vec<Trial> {
    let timeless = |trial: &Trial| Trial {
        seconds: 0.0,
        ..trial.clone()
    };
    trials.iter().map(timeless).collect()
}

fn search(setting: &Setting, trials: usize, threads: usize, earlier: Vec<Trial>) -> (Tuned, Vec<Trial>, Vec<Trial>) {
    let mut written = Vec::new();
    let mut sink = |trial: &Trial| {
        written.push(trial.clone());
        Ok(())
    };
    let tuning = setting.tuning("ndcg@5", Budget::Trials(trials));
    let (tuned, trials) = tuning.run(earlier, &mut sink, &on(threads)).unwrap();
    (tuned, timeless(&trials), timeless(&written))
}

const FEW: &str = "popularity;item-knn;ease;puresvd:factors=5";

#[test]
fn the_same_seed_finds_the_same_on_any_number_of_threads_and_after_a_stop() {
    let setting = setting(FEW);
    let (tuned, trials, written) = search(&setting, 45, 1, Vec::new());
    assert_eq!((trials.len(), &written), (45, &trials));
    assert!(trials.iter().enumerate().all(|(at, trial)| trial.trial == at + 1));
    let (other, on_three, written) = search(&setting, 45, 3, Vec::new());
    assert_eq!((&on_three, &written), (&trials, &trials));
    assert_eq!(
        (&other.winner, other.test, other.validation),
        (&tuned.winner, tuned.test, tuned.validation)
    );
    // As if it had been killed after some trials: those are not made again.
    let (after, all, written) = search(&setting, 45, 2, trials[..23].to_vec());
    assert_eq!((&all, &written[..]), (&trials, &trials[23..]));
    assert_eq!((&after.winner, after.test), (&tuned.winner, tuned.test));
    // Drawn settings and hybrids were tried.
    assert!(trials.iter().any(|t| t.formula.starts_with("ease:lambda=")));
    assert!(
        trials
            .iter()
            .any(|t| t.formula.contains(" + ") && t.validation.is_some())
    );
}

#[test]
fn nothing_is_lost_on_validation_and_the_test_is_as_evaluate_says() {
    let setting = setting(FEW);
    let (tuned, trials, _) = search(&setting, 40, 2, Vec::new());
    let first: Vec<&str> = trials[..4].iter().map(|t| t.formula.as_str()).collect();
    assert_eq!(first, ["popularity", "item-knn", "ease", "puresvd:factors=5"]);
    let last = setting.validation.last();
    let best = trials.iter().filter(|t| t.rung == last).filter_map(|t| t.validation);
    assert_eq!(best.fold(0.0, f64::max), tuned.validation);
    assert!(tuned.baselines.len() >= 2, "{:?}", tuned.baselines);
    let metric = [Metric::parse("ndcg@5").unwrap()];
    let measured = |folds: &Folds, text: &str| {
        let model = FittableModel::from(Formula::parse(text).unwrap());
        let evaluation = evaluate(folds, &[model], &metric, &Options::default(), &Task::unattended());
        evaluation.unwrap().rows[0].mean("ndcg@5")
    };
    assert_eq!(measured(&setting.folds, &tuned.winner), tuned.test);
    for baseline in &tuned.baselines {
        assert_eq!(
            measured(&setting.folds, &baseline.model),
            baseline.test,
            "{}",
            baseline.model
        );
        let against = baseline.winner_against.unwrap();
        assert!((against.mean - (tuned.test.unwrap() - baseline.test.unwrap())).abs() < 1e-12);
    }
    // A hybrid made of fitted parts is what it is when it is fitted by itself.
    let validation = Folds::given("v", [Arc::clone(setting.validation.fold(last))]);
    let mix = trials
        .iter()
        .find(|t| t.formula.contains(" + ") && t.validation.is_some())
        .unwrap();
    assert_eq!(measured(&validation, &mix.formula), mix.validation, "{}", mix.formula);
}

#[test]
fn errors_are_made_small_and_only_by_models_that_predict_ratings() {
    let setting = setting("random;baseline;item-knn;svd:factors=2,epochs=2");
    let tuning = setting.tuning("rmse", Budget::Trials(30));
    let (tuned, trials) = tuning.run(Vec::new(), &mut |_| Ok(()), &on(2)).unwrap();
    assert_eq!(tuned.better, Better::Lower);
    let measured = trials.iter().filter_map(|t| t.validation);
    assert_eq!(measured.fold(f64::MAX, f64::min), tuned.validation);
    // The defaults of item-knn add similarities up; why they say no rating is told, and rules that do are searched.
    let knn = trials.iter().find(|t| t.formula == "item-knn").unwrap();
    assert!(knn.validation.is_none() && knn.reason.as_ref().unwrap().contains("not rating"));
    let rules = trials
        .iter()
        .filter(|t| t.formula.starts_with("item-knn:") && t.validation.is_some());
    assert!(rules.count() > 0);
    let sums: Vec<&Trial> = trials.iter().filter(|t| t.formula.contains(" + ")).collect();
    assert!(
        !sums.is_empty() && sums.iter().all(|t| t.validation.is_some()),
        "{sums:?}"
    );
}

#[test]
fn a_budget_of_time_ends_and_one_that_is_too_small_says_so() {
    let setting = setting(FEW);
    let tuning = setting.tuning("ndcg@5", Budget::Time(Duration::from_nanos(1)));
    let error = tuning.run(Vec::new(), &mut |_| Ok(()), &on(2)).unwrap_err();
    assert!(error.to_string().contains("give it more"), "{error}");
    let tuning = setting.tuning("ndcg@5", Budget::Time(Duration::from_millis(300)));
    let begun = Instant::now();
    let (tuned, trials) = tuning.run(Vec::new(), &mut |_| Ok(()), &on(2)).unwrap();
    assert!(tuned.tried == trials.len() && !trials.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(20));
    // What cannot be kept stops the search, and so does whoever no longer wants it.
    let tuning = setting.tuning("ndcg@5", Budget::Trials(30));
    let error = tuning.run(Vec::new(), &mut |_| Err("full".into()), &on(2)).unwrap_err();
    assert_eq!(error.to_string(), "full");
    let task = on(2);
    task.cancel.cancel();
    let error = tuning.run(Vec::new(), &mut |_| Ok(()), &task).unwrap_err();
    assert!(matches!(error, TuneError::Cancelled(_)));
}

#[test]
fn when_all_was_tried_it_ends_by_itself() {
    let setting = setting("random;slope-one");
    let (tuned, trials, _) = search(&setting, 10_000, 2, Vec::new());
    assert!(trials.len() < 500, "{}", trials.len());
    assert!(tuned.test.is_some());
    // No formula was tried twice on a rung.
    let mut seen: Vec<(&str, usize)> = trials.iter().map(|t| (t.formula.as_str(), t.rung)).collect();
    seen.sort_unstable();
    let n = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), n);
}

#[test]
fn every_model_has_somewhere_to_search_or_nothing_to_set() {
    for spec in MODELS {
        let has_none = spec.parameters.is_empty();
        assert_eq!(spec.search.is_empty(), has_none, "{}", spec.name);
    }
}
