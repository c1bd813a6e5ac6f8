//! What holds for every registered model and for every way of combining them, whoever wrote it.

mod data;
mod taste;

use std::sync::Arc;

use proptest::prelude::*;
use recscope::data::{Dataset, Edits, FeedbackKind, ItemIx, UserIx};
use recscope::models::{
    About, DEFAULT_FORMULA, Explanation, FitContext, FitError, FitStore, Formula, JustTrained, MODELS, PartKind,
    Profile, Recommender, Serving, Unit, default_formula,
};
use recscope::task::{Cancel, Pool, Task};

use data::{GENRES, Triples, checkerboard, dataset, toy};

/// Every registered model by itself, and every kind of combination.
fn formulas() -> Vec<Formula> {
    let mut texts: Vec<String> = MODELS.iter().map(|m| m.name.to_owned()).collect();
    texts.extend(
        [
            "0.6*item-knn + 0.3*content + 0.1*popularity",
            "0.5*svd:factors=4 + 0.5*content | zscore",
            "item-knn + user-knn | rank",
            "content - 0.2*popularity | softmax",
            "0.5*svd:factors=4 + 0.5*baseline | none",
            "0.5*(item-knn + content) + popularity",
            "switch(ratings<5 ? content : item-knn)",
            "switch(raters>=3 ? svd:factors=4 : content)",
            "cascade(item-knn > content; keep=3)",
            "augment(svd:factors=4 -> content)",
            DEFAULT_FORMULA,
            default_formula(FeedbackKind::Counts),
            default_formula(FeedbackKind::Events),
            default_formula(FeedbackKind::Votes),
            "item-knn:weighting=tfidf",
            "item-knn:values=centered,k=3",
            "content:values=centered",
            "augment(svd:factors=4 -> content:values=log)",
            "item-knn:weighting=bm25,k=3",
            "ease:items=5,lambda=1",
            "slim:l1=0.1,l2=1,neighbors=4",
            "puresvd:factors=3",
            "rules:measure=lift,neighbors=3",
            "two-tower:epochs=2,factors=5,hidden=6",
            "two-tower:activation=tanh,dropout=1,epochs=2,factors=5,hidden=6,rating-weight=1",
            "markov:window=3,last=4",
            "session-knn:decay=div,k=2,sample=5",
            "user-knn:prediction=basic,similarity=msd",
            "user-knn:prediction=means,similarity=pearson,damping=5",
            "user-knn:prediction=zscore,similarity=centered-cosine",
            "user-knn:prediction=baseline,similarity=pearson-baseline",
            "item-knn:prediction=basic,similarity=jaccard,k=3",
            "item-knn:prediction=means,similarity=llr,neighbors=all",
            "item-knn:prediction=zscore,similarity=lift",
            "item-knn:prediction=baseline,similarity=pearson-baseline,k=40,neighbors=all",
            "popularity:kind=mean",
            "baseline:method=sgd",
            "demographic:min-users=2,smoothing=1",
            "biased-als:biased=false,factors=3",
        ]
        .map(str::to_owned),
    );
    texts
        .iter()
        .map(|t| Formula::parse(t).unwrap_or_else(|e| panic!("{t}: {e}")))
        .collect()
}

/// Fits and serves; `None` where the model says in words that it cannot be fitted to such data.
fn open(data: &Arc<Dataset>, formula: &Formula, profile: Profile, seed: u64, threads: usize) -> Option<Serving> {
    let task = Task {
        pool: Pool::new("contract", threads),
        ..Task::unattended()
    };
    match FitStore::new(Arc::clone(data), seed).fit(formula, &task) {
        Ok(model) => Some(Serving::open(&model, Arc::new(profile), &Cancel::new()).unwrap()),
        Err(FitError::Unfit(why)) => {
            assert!(!why.is_empty());
            None
        }
        Err(error @ (FitError::Cancelled(_) | FitError::Stopped(_))) => panic!("{formula}, by nobody: {error}"),
    }
}

/// Scores are finite, single scores are those of the whole list, explanations sum to what is served.
fn check_serving(formula: &Formula, serving: &Serving, data: &Dataset) {
    let scores = serving.scores(&Cancel::new()).unwrap();
    assert_eq!(scores.n_items(), data.n_items(), "{formula}");
    for item in data.items() {
        let single = serving.score(item);
        assert_eq!(
            single.ok().map(f64::to_bits),
            scores.get(item).map(f64::to_bits),
            "{formula}, item {item:?}"
        );
        let explained = serving.explain(item);
        assert_eq!(explained.is_ok(), single.is_ok(), "{formula}, item {item:?}");
        if let (Ok(score), Ok(tree)) = (single, explained) {
            assert!(score.is_finite(), "{formula}");
            assert_eq!(
                tree.value.to_bits(),
                score.to_bits(),
                "{formula}: the root is the served score"
            );
            assert!(
                tree.worst_residual() <= 1e-6,
                "{formula}: parts leave {}",
                tree.worst_residual()
            );
            assert!(
                matches!(tree.kind, PartKind::Hybrid | PartKind::Component),
                "{formula}: root {:?}",
                tree.kind
            );
            let pruned = tree.sorted().pruned(3, 2);
            assert!(pruned.worst_residual() <= 1e-6, "{formula}: pruned");
        }
        if serving.unit() == Unit::Rating {
            let (predicted, _) = serving
                .predict(Some(item), data)
                .unwrap_or_else(|| panic!("{formula} cannot say"));
            assert!(predicted.is_finite(), "{formula}");
        }
    }
    if serving.unit() == Unit::Rating {
        assert!(
            serving.predict(None, data).is_some_and(|p| p.0.is_finite()),
            "{formula}: unknown item"
        );
    }
}

#[test]
fn every_model_serves_every_kind_of_profile() {
    let data = checkerboard();
    let mut edits = Edits::default();
    edits.set(&data, UserIx(0), ItemIx(1), Some(4.0));
    edits.set(&data, UserIx(0), ItemIx(4), None);
    edits.set(&data, UserIx(0), ItemIx(3), Some(2.0));
    edits.set(&data, UserIx(7), ItemIx(0), Some(3.0));
    let edits = Arc::new(edits);
    let nobody = Arc::default();
    for formula in formulas() {
        for profile in [
            Profile::of_user(&data, UserIx(3)),
            Profile::of_edited_user(&data, UserIx(0), &edits),
            Profile::of_edited_user(&data, UserIx(3), &edits),
            Profile::guest([(ItemIx(0), 5.0), (ItemIx(2), 4.0), (ItemIx(1), 1.0)], &nobody),
            Profile::guest([], &nobody),
        ] {
            if let Some(serving) = open(&data, &formula, profile, 42, 1) {
                check_serving(&formula, &serving, &data);
            }
        }
    }
}

#[test]
fn no_list_is_ranked_by_noise() {
    let data = toy();
    let drawn_to_nothing = [
        "als:reg=1000",
        "als:solver=cholesky",
        "biased-als:reg=1000",
        "biased-als:reg=1000,biased=false",
        "lmf:reg=100000,epochs=300",
        "puresvd:factors=1000",
        "als + popularity",
        "0.5*als - 0.5*puresvd | zscore",
        "cascade(als > puresvd; keep=3)",
        "switch(ratings<3 ? als : puresvd)",
    ];
    let texts = drawn_to_nothing.map(|text| Formula::parse(text).unwrap());
    for formula in formulas().into_iter().chain(texts) {
        let guest = Profile::guest([(ItemIx(0), 4.0)], &Arc::default());
        for profile in data.users().map(|u| Profile::of_user(&data, u)).chain([guest]) {
            let Some(serving) = open(&data, &formula, profile, 42, 1) else {
                continue;
            };
            check_serving(&formula, &serving, &data);
            let scores = serving.scores(&Cancel::new()).unwrap();
            // Of what is served, or of a score that would say anything.
            let scale = scores
                .iter()
                .fold(1e-3, |scale: f64, (_, score)| scale.max(score.abs()));
            let candidates = serving.candidates(&Cancel::new()).unwrap();
            for (a, b) in candidates
                .iter()
                .flat_map(|a| candidates.iter().map(move |b| (a.1, b.1)))
            {
                let is_tie = a.to_bits() == b.to_bits();
                assert!(is_tie || (a - b).abs() > 1e-9 * scale, "{formula}: {a:e} beside {b:e}");
            }
        }
    }
}

#[test]
fn an_edit_undone_is_no_edit_to_the_last_bit() {
    let data = checkerboard();
    let user = UserIx(2);
    let stored = data.rating(user, ItemIx(3)).unwrap();
    let mut edits = Edits::default();
    edits.set(&data, user, ItemIx(3), Some(stored + 3.0));
    edits.set(&data, user, ItemIx(3), Some(stored));
    for formula in formulas() {
        let serve = |profile| open(&data, &formula, profile, 42, 1);
        let plain = serve(Profile::of_user(&data, user));
        let undone = serve(Profile::of_edited_user(&data, user, &Arc::new(edits.clone())));
        if let (Some(plain), Some(undone)) = (plain, undone) {
            let (a, b) = (
                plain.scores(&Cancel::new()).unwrap(),
                undone.scores(&Cancel::new()).unwrap(),
            );
            assert_eq!(a, b, "{formula}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_scores_on_any_number_of_threads() {
    let data = checkerboard();
    for formula in formulas() {
        let run = |seed, threads| {
            let serving = open(&data, &formula, Profile::of_user(&data, UserIx(5)), seed, threads)?;
            Some(serving.scores(&Cancel::new()).unwrap().clone())
        };
        assert_eq!(run(7, 1), run(7, 3), "{formula}");
    }
}

#[test]
fn a_raised_flag_stops_fitting_and_serving() {
    let data = checkerboard();
    let stopped = Task::unattended();
    stopped.cancel.cancel();
    for formula in formulas() {
        let store = FitStore::new(Arc::clone(&data), 42);
        assert!(
            matches!(store.fit(&formula, &stopped), Err(FitError::Cancelled(_))),
            "{formula}"
        );
        // What was given up leaves nothing half fitted behind.
        if let Ok(model) = store.fit(&formula, &Task::unattended()) {
            assert!(
                Serving::open(&model, Arc::default(), &Cancel::new()).is_ok(),
                "{formula}"
            );
        }
    }
}

#[test]
fn tiny_and_odd_datasets_are_no_trouble() {
    let cases: Vec<(&str, Arc<Dataset>)> = vec![
        ("one user, one item", dataset(1, 1, &vec![(0, 0, 3.0)])),
        ("one user", dataset(1, 4, &vec![(0, 0, 3.0), (0, 1, 5.0), (0, 2, 1.0)])),
        ("one item", dataset(3, 1, &vec![(0, 0, 3.0), (1, 0, 5.0), (2, 0, 1.0)])),
        (
            "a constant rating",
            dataset(
                3,
                3,
                &vec![(0, 0, 4.0), (0, 1, 4.0), (1, 1, 4.0), (2, 0, 4.0), (1, 2, 4.0)],
            ),
        ),
        (
            "negative and zero ratings",
            dataset(
                3,
                3,
                &vec![(0, 0, -10.0), (0, 1, 0.0), (1, 1, 10.0), (2, 0, -3.5), (1, 2, 0.0)],
            ),
        ),
        (
            "users and items without ratings",
            dataset(5, 6, &vec![(0, 0, 2.0), (2, 3, 4.0), (2, 0, 5.0)]),
        ),
        ("no ratings", dataset(2, 2, &Vec::new())),
    ];
    for (what, data) in cases {
        for formula in formulas() {
            for user in data.users() {
                let profile = Profile::of_user(&data, user);
                if let Some(serving) = open(&data, &formula, profile, 42, 1) {
                    println!("{what}: {formula}");
                    check_serving(&formula, &serving, &data);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn explanations_sum_to_what_is_served(
        cells in prop::collection::vec((0u32..8, 0u32..9, 1u32..=10), 1..50),
        guest in prop::collection::vec((0u32..9, 1u32..=10), 0..6),
        which in any::<prop::sample::Index>(),
    ) {
        let triples: Triples = cells.iter().map(|&(u, i, r)| (u, i, f64::from(r) / 2.0)).collect();
        let data = dataset(8, 9, &triples);
        let all = formulas();
        let formula = &all[which.index(all.len())];
        let guest = Profile::guest(guest.iter().map(|&(i, r)| (ItemIx(i), f64::from(r) / 2.0)), &Arc::default());
        for profile in [Profile::of_user(&data, UserIx(0)), guest] {
            if let Some(serving) = open(&data, formula, profile, 1, 1) {
                check_serving(formula, &serving, &data);
            }
        }
    }
}

/// The model fitted, and the same model put together again from what was written down of it.
fn fitted_and_restored(
    formula: &Formula,
    mut context: FitContext,
) -> Option<(Arc<dyn Recommender>, Arc<dyn Recommender>)> {
    let (spec, params) = match formula {
        Formula::Model { model, params } => (model.spec(), params),
        Formula::Augment { from, into } => {
            let source = FitStore::new(Arc::clone(&context.dataset), context.seed).fit(from, &context.task);
            context.augmented_with = Some((from.to_string(), source.unwrap()));
            let Formula::Model { model, params } = into.as_ref() else {
                panic!("{into} takes no features");
            };
            (model.spec(), params)
        }
        _ => return None,
    };
    let JustTrained { model, trained } = spec.fit.fit(&context, params).unwrap();
    let mut bytes = Vec::new();
    trained.write(&mut bytes).unwrap();
    // What was trained is all there is: neither the other model nor time is left.
    context.augmented_with = None;
    let restored = spec.fit.restore(&bytes, &context, params);
    assert!(
        spec.fit.restore(&bytes[..bytes.len() - 1], &context, params).is_none(),
        "{formula}: half of it is nothing"
    );
    bytes.push(0);
    assert!(
        spec.fit.restore(&bytes, &context, params).is_none(),
        "{formula}: more than it is nothing"
    );
    Some((
        model,
        restored.unwrap_or_else(|| panic!("{formula} does not come back")),
    ))
}

#[test]
fn what_was_trained_serves_the_same_bits_when_it_comes_back() {
    let data = checkerboard();
    let context = FitContext {
        dataset: Arc::clone(&data),
        seed: 7,
        task: Task::unattended(),
        augmented_with: None,
    };
    let ratings = [(ItemIx(0), 5.0), (ItemIx(3), 1.0), (ItemIx(4), 4.0)];
    let mut edits = Edits::default();
    edits.set(&data, UserIx(2), ItemIx(0), None);
    edits.set(&data, UserIx(2), ItemIx(1), Some(3.0));
    let edits = Arc::new(edits);
    let mut checked = 0;
    for formula in formulas() {
        let Some(pair) = fitted_and_restored(&formula, context.clone()) else {
            continue;
        };
        checked += 1;
        for profile in [
            Profile::of_user(&data, UserIx(3)),
            Profile::of_edited_user(&data, UserIx(2), &edits),
            Profile::guest(ratings, &Arc::default()),
            Profile::guest([], &Arc::default()),
        ] {
            let profile = Arc::new(profile);
            let serve = |model| Serving::open(model, Arc::clone(&profile), &Cancel::new()).unwrap();
            let (fitted, restored) = (serve(&pair.0), serve(&pair.1));
            let bits = |serving: &Serving| {
                let scores = serving.scores(&Cancel::new()).unwrap();
                let of = |item| scores.get(item).map(f64::to_bits);
                data.items().map(of).collect::<Vec<_>>()
            };
            assert_eq!(bits(&fitted), bits(&restored), "{formula}");
            for item in data.items() {
                assert_eq!(fitted.explain(item), restored.explain(item), "{formula}");
                let (before, after) = (fitted.explain_by_history(item), restored.explain_by_history(item));
                assert_eq!(before, after, "{formula}");
                assert_eq!(fitted.fallback(Some(item)), restored.fallback(Some(item)), "{formula}");
            }
        }
        let says_factors = formula.with_factors() == Some(&formula);
        assert_eq!(says_factors, pair.0.factors().is_some(), "{formula}");
        assert_eq!(pair.0.training_curve(), pair.1.training_curve(), "{formula}");
        assert_eq!(pair.0.unit(), pair.1.unit(), "{formula}");
        match (pair.0.factors(), pair.1.factors()) {
            (Some(before), Some(after)) => {
                assert_eq!(before.n_factors(), after.n_factors());
                assert!(data.items().all(|i| before.item(i) == after.item(i)), "{formula}");
                assert!(data.users().all(|u| before.user(u) == after.user(u)), "{formula}");
            }
            (None, None) => {}
            _ => panic!("{formula}: factors come or go"),
        }
    }
    assert!(checked > MODELS.len());
}

/// (lowest, highest, step) of scales in use; a step of 0 for none.
const SCALES: [(f64, f64, f64); 6] = [
    (1.0, 5.0, 1.0),
    (0.5, 5.0, 0.5),
    (1.0, 10.0, 1.0),
    (0.0, 1.0, 0.1),
    (-10.0, 10.0, 0.0),
    (0.0, 100.0, 0.0),
];

/// Every part of `tree` that comes of ratings in the lower third of the scale alone is at most 0.
fn check_low_parts(tree: &Explanation, data: &Dataset, low_only: &dyn Fn(&About) -> bool) {
    let counts = matches!(tree.kind, PartKind::Rated | PartKind::Term);
    assert!(
        !counts || tree.value <= 0.0 || !low_only(&tree.about),
        "{:?} counts {} on {:?}",
        tree.about,
        tree.value,
        data.scale()
    );
    tree.children
        .iter()
        .for_each(|child| check_low_parts(child, data, low_only));
}

proptest! {
    #[test]
    fn by_default_a_low_rating_never_helps(
        (low, high, step) in proptest::sample::select(&SCALES[..]),
        cells in proptest::collection::vec((0..12u32, 0..10u32, 0.0..=1.0f64), 20..100),
    ) {
        let grade = |share: f64| {
            let value = low + share * (high - low);
            if step > 0.0 { low + ((value - low) / step).round() * step } else { value }
        };
        let triples: Triples = cells.iter().map(|&(user, item, share)| (user, item, grade(share))).collect();
        let data = dataset(12, 10, &triples);
        for formula in [DEFAULT_FORMULA, "content:values=centered", "item-knn:values=centered,k=2"] {
            let formula = Formula::parse(formula).unwrap();
            for user in data.users() {
                let row: Vec<(u32, f64)> = data.user_row(user).iter().collect();
                let Some(serving) = open(&data, &formula, Profile::of_user(&data, user), 1, 1) else { continue };
                for target in data.items() {
                    let low = |rating: f64| data.scale().third(rating) == 0;
                    let low_only = |about: &About| match about {
                        About::Item(item) => row.iter().any(|(i, r)| *i == item.0 && low(*r)),
                        About::Term(column, term) if column == "genre" => row.iter().all(|(i, r)| {
                            let genres = [GENRES[*i as usize % 4], GENRES[*i as usize % 3]];
                            *i == target.0 || low(*r) || !genres.contains(&term.as_str())
                        }),
                        _ => false,
                    };
                    for tree in [serving.explain(target).ok(), serving.explain_by_history(target).ok().flatten()] {
                        if let Some(tree) = &tree {
 check_low_parts(tree, &data, &low_only);
}
                    }
                }
            }
        }
    }
}
