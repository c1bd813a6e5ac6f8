use std::sync::Arc;

use proptest::prelude::*;

use super::tests_common::{dataset, fitted, fitted_by, neighbors_of_item, neighbors_of_profile, sized, toy};
use super::{Baselines, Measure, Neighbor, SIMILARITY_NAMES, Similarity, rank_neighbors};
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::{NoScore, PartKind, Profile, Recommender, Serving, Unit};
use crate::task::{Cancel, Pool, Task};

fn serving(data: &Arc<Dataset>, formula: &str, user: u32) -> Serving {
    let profile = Arc::new(Profile::of_user(data, UserIx(user)));
    Serving::open(&fitted(data, formula), profile, &Cancel::new()).unwrap()
}

#[test]
fn the_toy_has_its_known_answers() {
    let data = Arc::new(toy());
    let profile = Profile::of_user(&data, UserIx(1));
    let near = neighbors_of_profile(&data, &profile, Measure::from(Similarity::Cosine), None, &Cancel::new()).unwrap();
    let expected = [(0, 0.8609, 2), (2, 0.4201, 2), (3, 0.1515, 1)];
    assert_eq!(near.len(), expected.len());
    for (
        Neighbor {
            index,
            similarity,
            support,
        },
        known,
    ) in near.into_iter().zip(expected)
    {
        assert_eq!((index, support), (known.0, known.2));
        assert!((similarity - known.1).abs() < 5e-5, "{similarity}");
    }
    // To item 2 A gives .8609 × 3 and C .4201 × 1; to item 3 only D gives .1515 × 5.
    let best = serving(&data, "user-knn", 1)
        .recommend(9, false, &Cancel::new())
        .unwrap();
    assert_eq!(best.iter().map(|b| b.0.0).collect::<Vec<_>>(), [1, 2]);
    assert!((best[0].1 - 3.0029).abs() < 1e-4, "{}", best[0].1);
    assert!((best[1].1 - 0.7576).abs() < 1e-4, "{}", best[1].1);
}

#[test]
fn items_of_the_profile_speak_for_what_is_like_them() {
    let data = Arc::new(toy());
    let serving = serving(&data, "item-knn", 1);
    // Items 1 and 2 share A and C: (5·3 + 1·1) / √((25+16+1)(9+1)); items 2 and 4 share A and C too:
    // (3·1 + 1·5) / √((9+1)(1+1+25+16)).
    let expected = 4.0 * 16.0 / 420f64.sqrt() + 8.0 / 430f64.sqrt();
    assert!((serving.score(ItemIx(1)).unwrap() - expected).abs() < 1e-12);
    let tree = serving.explain(ItemIx(1)).unwrap();
    assert_eq!(tree.children.len(), 2);
    assert!(tree.worst_residual() < 1e-12);
}

#[test]
fn one_user_and_one_item_have_nobody_to_speak() {
    let data = Arc::new(dataset(&[(0, 0, 4.0)]));
    for formula in ["user-knn", "item-knn"] {
        assert_eq!(serving(&data, formula, 0).score(ItemIx(0)), Err(NoScore::NoNeighbors));
    }
}

#[test]
fn an_empty_profile_has_no_scores_but_a_fallback() {
    let data = Arc::new(toy());
    let guest = Arc::new(Profile::default());
    for (formula, fallback) in [
        ("user-knn", None),
        ("item-knn", None),
        ("user-knn:prediction=means", Some(3.0)),
        ("item-knn:prediction=basic", Some(3.0)),
    ] {
        let serving = Serving::open(&fitted(&data, formula), Arc::clone(&guest), &Cancel::new()).unwrap();
        assert_eq!(serving.score(ItemIx(0)), Err(NoScore::EmptyProfile), "{formula}");
        assert_eq!(serving.scores(&Cancel::new()).unwrap().iter().count(), 0, "{formula}");
        let predicted = serving.predict(Some(ItemIx(0)), &data);
        assert_eq!(predicted.map(|p| p.0), fallback, "{formula}");
        assert_eq!(
            predicted.and_then(|p| p.1),
            fallback.map(|_| NoScore::UnknownUser),
            "{formula}"
        );
    }
}

#[test]
fn where_neighbors_are_too_few_the_center_is_predicted() {
    // Nobody but user 2 rated item 2, and user 2 shares nothing with user 0. User 0's mean is 4.5, item 2's is 2.
    let data = Arc::new(dataset(&[
        (0, 0, 5.0),
        (0, 1, 4.0),
        (1, 0, 3.0),
        (1, 1, 1.0),
        (2, 2, 2.0),
    ]));
    let baselines = Baselines::fit(&data, &Cancel::new()).unwrap();
    let baseline = baselines.of(baselines.user[0], ItemIx(2));
    for (formula, expected) in [
        ("user-knn:prediction=basic", 3.0),
        ("user-knn:prediction=means", 4.5),
        ("user-knn:prediction=zscore", 4.5),
        ("user-knn:prediction=baseline", baseline),
        ("item-knn:prediction=basic", 3.0),
        ("item-knn:prediction=means", 2.0),
        ("item-knn:prediction=zscore", 2.0),
        ("item-knn:prediction=baseline", baseline),
    ] {
        let predicted = serving(&data, formula, 0).predict(Some(ItemIx(2)), &data);
        assert_eq!(predicted, Some((expected, Some(NoScore::NoNeighbors))), "{formula}");
    }
    // For an item that is not in the catalog the mean is predicted, with baselines the user's.
    let unknown = |formula| serving(&data, formula, 0).predict(None, &data);
    assert_eq!(
        unknown("user-knn:prediction=means"),
        Some((3.0, Some(NoScore::UnknownItem)))
    );
    let known_terms = baselines.mean + baselines.user[0];
    for formula in ["user-knn:prediction=baseline", "item-knn:prediction=baseline"] {
        assert_eq!(unknown(formula), Some((known_terms, Some(NoScore::UnknownItem))));
    }
}

#[test]
fn an_items_equal_neighbors_speak_in_the_order_of_the_file() {
    // Items 0 and 1 are equally like item 2; user 0 rated item 1 first.
    let data = Arc::new(dataset(&[
        (1, 0, 4.0),
        (0, 1, 1.0),
        (0, 0, 5.0),
        (1, 1, 4.0),
        (1, 2, 4.0),
        (0, 3, 2.0),
        (2, 1, 3.0),
    ]));
    let formula = "item-knn:similarity=cosine-common,prediction=basic,k=1,neighbors=all";
    assert_eq!(serving(&data, formula, 0).score(ItemIx(2)), Ok(1.0));
    // What is not in the file comes last.
    let mut edits = Edits::default();
    edits.set(&data, UserIx(2), ItemIx(0), Some(5.0));
    let edited = Arc::new(Profile::of_edited_user(&data, UserIx(2), &Arc::new(edits)));
    let serving = Serving::open(&fitted(&data, formula), edited, &Cancel::new()).unwrap();
    assert_eq!(serving.score(ItemIx(2)), Ok(3.0));
}

#[test]
fn edits_of_others_reach_user_knn_and_fitted_items_stay() {
    let data = Arc::new(toy());
    let mut edits = Edits::default();
    edits.set(&data, UserIx(0), ItemIx(1), Some(5.0));
    let profile = Arc::new(Profile::of_edited_user(&data, UserIx(1), &Arc::new(edits)));
    let score = |formula, profile: &Arc<Profile>| {
        let serving = Serving::open(&fitted(&data, formula), Arc::clone(profile), &Cancel::new()).unwrap();
        serving.score(ItemIx(1)).unwrap()
    };
    // A is now (5, 5, ·, 1): its cosine with B is 21 / √(51 · 17), and it says 5.
    let expected = 21.0 / (51.0 * 17.0f64).sqrt() * 5.0 + 9.0 / (27.0 * 17.0f64).sqrt();
    assert!((score("user-knn", &profile) - expected).abs() < 1e-12);
    let stored = Arc::new(Profile::of_user(&data, UserIx(1)));
    assert_eq!(score("item-knn", &profile), score("item-knn", &stored));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let ratings: Vec<(u32, u32, f64)> = (0..900u32)
        .map(|n| (n * 7 % 61, n * n % 83, f64::from(n % 10) * 0.7 - 2.0))
        .collect();
    let data = Arc::new(dataset(&ratings));
    for similarity in SIMILARITY_NAMES {
        let formula = format!("item-knn:similarity={similarity},prediction=zscore,neighbors=7");
        let run = |threads| {
            let task = Task {
                pool: Pool::new("test", threads),
                ..Task::unattended()
            };
            let profile = Arc::new(Profile::of_user(&data, UserIx(5)));
            let serving = Serving::open(&fitted_by(&data, &formula, task), profile, &Cancel::new()).unwrap();
            serving.scores(&Cancel::new()).unwrap().clone()
        };
        assert_eq!(run(1), run(3), "{formula}");
    }
}

/// The settings of a model, as a person would read them off the formula.
#[derive(Clone, Debug)]
struct Wanted {
    user_side: bool,
    measure: Measure,
    rule: &'static str,
    k: usize,
    keep: usize,
    min_k: usize,
    damping: f64,
}

impl Wanted {
    fn formula(&self) -> String {
        let limit = |n: usize| if n > 1000 { "all".to_owned() } else { n.to_string() };
        format!(
            "{}:similarity={},prediction={},k={},neighbors={},min-k={},min-support={},shrinkage={},damping={}",
            if self.user_side { "user-knn" } else { "item-knn" },
            self.measure.similarity.name(),
            self.rule,
            limit(self.k),
            limit(self.keep),
            self.min_k,
            self.measure.min_support,
            self.measure.shrinkage,
            self.damping
        )
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    (
        any::<bool>(),
        prop::sample::select(SIMILARITY_NAMES.to_vec()),
        (1usize..3, prop::sample::select(vec![0.0, 4.0])),
        prop::sample::select(vec!["sum", "basic", "means", "zscore", "baseline"]),
        (
            prop::sample::select(vec![1, 2, 3, usize::MAX]),
            prop::sample::select(vec![2, 4, usize::MAX]),
            1usize..3,
            prop::sample::select(vec![0.0, 1.5]),
        ),
    )
        .prop_map(
            |(user_side, name, (min_support, shrinkage), rule, (k, keep, min_k, damping))| Wanted {
                user_side,
                measure: Measure {
                    similarity: Similarity::find(name).unwrap(),
                    min_support,
                    shrinkage,
                },
                rule,
                k,
                keep,
                min_k,
                damping,
            },
        )
}

fn spread(of: &[f64]) -> f64 {
    let mean = of.iter().sum::<f64>() / of.len() as f64;
    (of.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / of.len() as f64).sqrt()
}

/// Similarity, what ties go by, rating, the neighbor's ratings, its baseline for what it rated.
type Speaker = (f64, u32, f64, Vec<f64>, f64);

/// The score by definition: rank, keep, choose, drop, weigh.
fn by_definition(data: &Dataset, wanted: &Wanted, profile: &Profile, item: ItemIx) -> Option<f64> {
    let cancel = Cancel::new();
    let baselines = Baselines::fit(data, &cancel).unwrap();
    let all: Vec<f64> = data
        .users()
        .flat_map(|u| data.user_row(u).iter().map(|c| c.1))
        .collect();
    let mu = all.iter().sum::<f64>() / all.len() as f64;
    let own: Vec<(u32, f64)> = profile
        .rows()
        .iter()
        .filter(|r| r.item != item)
        .map(|r| (r.item.0, r.rating))
        .collect();
    let own_bias = baselines.user_bias(own.iter().copied());
    let user_cells = |u: u32| profile.overlay().user_ratings(data, UserIx(u));
    let mut speakers: Vec<Speaker> = Vec::new();
    if wanted.user_side {
        let mut unrated = profile.overlay().clone();
        let unrated = match profile.user() {
            Some(user) => {
                unrated.set(data, user, item, None);
                Profile::of_edited_user(data, user, &Arc::new(unrated))
            }
            None => Profile::guest(own.iter().map(|&(i, r)| (ItemIx(i), r)), &Arc::new(unrated)),
        };
        let mut near = neighbors_of_profile(data, &unrated, wanted.measure, Some(&baselines), &cancel).unwrap();
        rank_neighbors(&mut near, wanted.keep);
        for n in near {
            let cells = user_cells(n.index);
            if let Some((_, rating)) = cells.iter().find(|c| c.0 == item) {
                let bias = baselines.user_bias(cells.iter().map(|c| (c.0.0, c.1)));
                let ratings = cells.iter().map(|c| c.1).collect();
                speakers.push((n.similarity, n.index, *rating, ratings, baselines.of(bias, item)));
            }
        }
    } else {
        let mut near =
            neighbors_of_item(data, &Edits::default(), item, wanted.measure, Some(&baselines), &cancel).unwrap();
        rank_neighbors(&mut near, wanted.keep);
        let file_row = |j: u32| {
            let stands = |n: &usize| {
                let (u, i, ..) = data.rating_in_file_order(*n);
                Some(u) == profile.user() && i.0 == j
            };
            (0..data.n_ratings()).find(stands).map_or(u32::MAX, |n| n as u32)
        };
        for n in near {
            if let Some((_, rating)) = own.iter().find(|c| c.0 == n.index) {
                let ratings = data.item_row(ItemIx(n.index)).iter().map(|c| c.1).collect();
                let baseline = baselines.of(own_bias, ItemIx(n.index));
                speakers.push((n.similarity, file_row(n.index), *rating, ratings, baseline));
            }
        }
    }
    speakers.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    speakers.truncate(wanted.k);
    speakers.retain(|s| s.0 > 0.0);
    if speakers.len() < wanted.min_k {
        return None;
    }
    let weight = speakers.iter().map(|s| s.0).sum::<f64>() + wanted.damping;
    let weighted =
        |deviation: &dyn Fn(&Speaker) -> f64| -> f64 { speakers.iter().map(|s| s.0 * deviation(s)).sum::<f64>() };
    let center: Vec<f64> = if wanted.user_side {
        own.iter().map(|c| c.1).collect()
    } else {
        data.item_row(item).iter().map(|c| c.1).collect()
    };
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let width = |of: &[f64]| [spread(of), spread(&all), 1.0].into_iter().find(|s| *s > 1e-9).unwrap();
    Some(match wanted.rule {
        "sum" => weighted(&|s| s.2),
        "basic" => (weighted(&|s| s.2) + wanted.damping * mu) / weight,
        "means" => mean(&center) + weighted(&|s| s.2 - mean(&s.3)) / weight,
        "zscore" => mean(&center) + width(&center) * weighted(&|s| (s.2 - mean(&s.3)) / width(&s.3)) / weight,
        _ => baselines.of(own_bias, item) + weighted(&|s| s.2 - s.4) / weight,
    })
}

fn check_model(data: &Arc<Dataset>, model: &Arc<dyn Recommender>, wanted: &Wanted, profile: Profile) {
    let formula = wanted.formula();
    let serving = Serving::open(model, Arc::new(profile), &Cancel::new()).unwrap();
    let scores = serving.scores(&Cancel::new()).unwrap();
    let sum = wanted.rule == "sum";
    assert_eq!(serving.unit(), if sum { Unit::SimilaritySum } else { Unit::Rating });
    for item in data.items() {
        let score = serving.score(item);
        assert_eq!(
            score.ok().map(f64::to_bits),
            scores.get(item).map(f64::to_bits),
            "{formula}"
        );
        let defined = by_definition(data, wanted, serving.profile(), item);
        match (score, defined) {
            (Ok(score), Some(expected)) => {
                assert!(
                    (score - expected).abs() < 1e-9 * expected.abs().max(1.0),
                    "{formula}: {score} {expected}"
                );
                let tree = serving.explain(item).unwrap();
                assert_eq!(
                    (tree.value.to_bits(), tree.kind),
                    (score.to_bits(), PartKind::Component)
                );
                assert!(tree.worst_residual() < 1e-9, "{formula}: {tree:?}");
                assert!(
                    tree.children.iter().all(|c| c.kind != PartKind::Residual),
                    "{formula}: {tree:?}"
                );
            }
            (Err(_), None) => assert!(serving.explain(item).is_err()),
            (score, defined) => panic!("{formula}: {score:?}, by definition {defined:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn both_models_score_as_the_definitions_say(
        ratings in prop::collection::vec((0u32..7, 0u32..8, 1u32..=10), 1..45),
        changes in prop::collection::vec((0u32..7, 0u32..8, prop::option::of(1u32..=10)), 0..5),
        guest in prop::collection::vec((0u32..8, 1u32..=10), 0..5),
        user in 0u32..7, wanted in wanted(),
    ) {
        let half = |r: u32| f64::from(r) / 2.0;
        let ratings: Vec<(u32, u32, f64)> = ratings.into_iter().map(|(u, i, r)| (u, i, half(r))).collect();
        let data = Arc::new(sized(7, 8, &ratings));
        let mut edits = Edits::default();
        for (user, item, rating) in changes {
            edits.set(&data, UserIx(user), ItemIx(item), rating.map(half));
        }
        let edits = Arc::new(edits);
        let model = fitted(&data, &wanted.formula());
        check_model(&data, &model, &wanted, Profile::of_user(&data, UserIx(user)));
        check_model(&data, &model, &wanted, Profile::of_edited_user(&data, UserIx(user), &edits));
        let guest = guest.into_iter().map(|(i, r)| (ItemIx(i), half(r)));
        check_model(&data, &model, &wanted, Profile::guest(guest, &edits));
    }
}

#[test]
fn an_item_for_many_users_is_each_of_them_served() {
    let pairs = (0..24u32).flat_map(|user| (0..17u32).map(move |item| (user, item)));
    // A square in it: nobody has all items or none.
    let rated = pairs.filter(|(user, item)| (user * 5 + item * 3 + item * item + user * item) % 7 < 3);
    let rows: Vec<(u32, u32, f64)> = rated
        .map(|(user, item)| (user, item, f64::from((user * 31 + item * 7) % 9 + 2) / 2.0))
        .collect();
    let data = Arc::new(sized(25, 18, &rows));
    let mut edits = Edits::default();
    for (user, item, rating) in [(2, 3, Some(1.3)), (2, 5, None), (11, 3, Some(5.0)), (24, 1, Some(4.0))] {
        edits.set(&data, UserIx(user), ItemIx(item), rating);
    }
    let mut scored = 0;
    for similarity in SIMILARITY_NAMES {
        for prediction in ["sum", "basic", "means", "zscore", "baseline"] {
            let settings = format!("similarity={similarity},prediction={prediction},k=4,min-support=2");
            let model = fitted(&data, &format!("user-knn:{settings}"));
            for (edits, item) in [(Edits::default(), 3), (edits.clone(), 3), (edits.clone(), 17)] {
                let (edits, item) = (Arc::new(edits), ItemIx(item));
                let together = Arc::clone(&model).serve_item(item, &edits, &Task::unattended());
                let together = together.unwrap().expect("neighbors are all kept");
                for user in data.users() {
                    let profile = Arc::new(Profile::of_edited_user(&data, user, &edits));
                    let rated = profile.contains(item);
                    let serving = Serving::open(&model, profile, &Cancel::new()).unwrap();
                    let alone = serving.score(item).ok().filter(|_| !rated).map(f64::to_bits);
                    let seen = together.score(user, &Cancel::new()).unwrap();
                    assert_eq!(seen.map(f64::to_bits), alone, "{settings}: {user:?} {item:?}");
                    scored += usize::from(seen.is_some());
                }
            }
        }
    }
    assert!(scored > 1000, "{scored}");
    let few = fitted(&data, "user-knn:neighbors=3");
    let none = few.serve_item(ItemIx(3), &Arc::default(), &Task::unattended());
    assert!(none.unwrap().is_none());
}
