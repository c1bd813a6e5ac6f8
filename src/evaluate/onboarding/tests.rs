use std::sync::Arc;

use super::interview::entropy;
use super::*;
use crate::data::{Dataset, Edits, ItemIx};
use crate::models::FitStore;
use crate::models::tests_common::{dataset, synthetic};
use crate::models::{Formula, Profile, Serving};
use crate::task::{Cancel, Task};

fn formulas(texts: &[&str]) -> Vec<Formula> {
    texts.iter().map(|text| Formula::parse(text).unwrap()).collect()
}

type Interview = Vec<Option<(ItemIx, f64)>>;

fn interviews(data: &Dataset, ask: Ask, questions: usize) -> (Newcomers, Vec<Interview>) {
    let newcomers = Newcomers::of(data, 12, 3).unwrap();
    let fits = FitStore::new(Arc::clone(&newcomers.train), 3);
    let interviewer = Interviewer::prepare(ask, &newcomers.train, &fits, 3, &Task::unattended()).unwrap();
    let asked = newcomers
        .people
        .iter()
        .map(|p| interviewer.interview(p, questions))
        .collect();
    (newcomers, asked)
}

#[test]
fn newcomers_leave_nothing_behind_and_keep_half_for_the_test() {
    let data = synthetic(60, 40);
    let newcomers = Newcomers::of(&data, 12, 3).unwrap();
    assert_eq!(newcomers.people.len(), 12);
    let mut gone = 0;
    for person in &newcomers.people {
        let (all, row) = (data.user_row(person.user), newcomers.train.user_row(person.user));
        assert!(all.len() >= 10 && row.is_empty());
        assert_eq!(person.known.len(), all.len() / 2);
        for (item, rating) in &person.known {
            assert_eq!(data.rating(person.user, *item), Some(*rating));
        }
        gone += all.len();
    }
    assert_eq!(newcomers.train.n_ratings() + gone, data.n_ratings());
    assert_eq!(Newcomers::of(&data, 12, 3).unwrap().people, newcomers.people);
    assert_ne!(Newcomers::of(&data, 12, 4).unwrap().people, newcomers.people);
    // Of two people one is left to learn from; of one, or of those with few ratings, nobody can be held out.
    let rows: Vec<(u32, u32, f64)> = (0..24).map(|k| (k / 12, k % 12, 3.0)).collect();
    assert_eq!(Newcomers::of(&dataset(&rows, 12), 9, 1).unwrap().people.len(), 1);
    for few in [&rows[..12], &rows[..9]] {
        assert!(
            Newcomers::of(&dataset(few, 12), 9, 1)
                .unwrap_err()
                .contains("10 ratings or more")
        );
    }
}

#[test]
fn no_item_is_asked_twice_and_answers_are_their_own() {
    let data = synthetic(60, 40);
    for (ask, name) in ASKS {
        let (newcomers, asked) = interviews(&data, ask, 100);
        for (person, answers) in newcomers.people.iter().zip(asked) {
            let told: Vec<(ItemIx, f64)> = answers.iter().flatten().copied().collect();
            // Whoever is asked about everything tells all that they know.
            let mut items: Vec<ItemIx> = told.iter().map(|t| t.0).collect();
            items.sort_unstable();
            let rated = |item: &ItemIx| !newcomers.train.item_row(*item).is_empty();
            let known: Vec<ItemIx> = person.known.iter().map(|k| k.0).filter(rated).collect();
            if ask != Ask::Bandit {
                assert_eq!(items, known, "{name}");
            }
            items.dedup();
            assert_eq!(items.len(), told.len(), "{name}");
            assert!(
                told.iter().all(|(item, rating)| person.answer(*item) == Some(*rating)),
                "{name}"
            );
        }
    }
}

#[test]
fn orders_are_what_they_say() {
    // Three rate item 0 alike, two differ about item 1, four about item 2; nobody knows item 3.
    let rows = [(0, 0, 3.0), (1, 0, 3.0), (2, 0, 3.0), (0, 1, 1.0), (1, 1, 5.0)];
    let more = [(0, 2, 2.0), (1, 2, 2.0), (2, 2, 4.0), (3, 2, 4.0)];
    let data = dataset(&[&rows[..], &more[..]].concat(), 4);
    assert_eq!([0, 1, 2].map(|i| entropy(&data, ItemIx(i))), [0.0, 1.0, 1.0]);
    let mut person = Newcomers::of(&synthetic(30, 30), 1, 1).unwrap().people.remove(0);
    person.known = (0..4).map(|i| (ItemIx(i), f64::from(i))).collect();
    let order = |ask: Ask| {
        let fits = FitStore::new(Arc::clone(&data), 1);
        let interviewer = Interviewer::prepare(ask, &data, &fits, 1, &Task::unattended()).unwrap();
        interviewer
            .interview(&person, 9)
            .iter()
            .map(|a| a.unwrap().0.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(order(Ask::Popularity), [2, 0, 1]);
    assert_eq!(order(Ask::Entropy), [1, 2, 0]);
    // ln 4 · 1, ln 2 · 1, ln 3 · 0.
    assert_eq!(order(Ask::PopularityEntropy), [2, 1, 0]);
    let mut any = order(Ask::Random);
    any.sort_unstable();
    assert_eq!(any, [0, 1, 2]);
}

#[test]
fn a_survey_avoids_what_is_already_told() {
    // By the definition: gain(q) = chance · ln(1 + qᵀA⁻¹q), A from all answers so far, solved anew.
    let data = synthetic(80, 30);
    let (newcomers, asked) = interviews(&data, Ask::Coverage, 12);
    let fits = FitStore::new(Arc::clone(&newcomers.train), 3);
    let model = fits.fit(&Formula::parse("als").unwrap(), &Task::unattended()).unwrap();
    let factors = model.factors().unwrap();
    let width = factors.n_factors();
    let people = newcomers.train.users_with_ratings() as f64;
    for (person, answers) in newcomers.people.iter().zip(&asked) {
        let mut matrix = ndarray::Array2::<f64>::eye(width);
        let mut order: Vec<ItemIx> = Vec::new();
        for answer in answers {
            let gain = |item: ItemIx| {
                let q = ndarray::Array1::from(factors.item(item)?);
                let chance = newcomers.train.item_row(item).len() as f64 / people;
                Some(chance * q.dot(&solved(&matrix, &q)).ln_1p())
            };
            let open: Vec<(ItemIx, f64)> = (0..30)
                .map(ItemIx)
                .filter(|i| !order.contains(i))
                .filter_map(|i| Some((i, gain(i)?)))
                .collect();
            let most = open.iter().map(|o| o.1).fold(f64::MIN, f64::max);
            // Which one was asked is only seen where it was answered; it gains as much as any.
            if let Some((item, _)) = answer {
                let own = open.iter().find(|o| o.0 == *item).unwrap().1;
                assert!((own - most).abs() < 1e-9, "{own} {most}");
            }
            let next = open.iter().filter(|o| (o.1 - most).abs() < 1e-12).map(|o| o.0);
            let asked = answer
                .map(|a| a.0)
                .or_else(|| next.into_iter().find(|i| person.answer(*i).is_none()));
            order.push(asked.unwrap());
            if let Some((item, _)) = answer {
                let q = ndarray::Array1::from(factors.item(*item).unwrap());
                for (a, x) in q.iter().enumerate() {
                    for (b, y) in q.iter().enumerate() {
                        matrix[[a, b]] += x * y;
                    }
                }
            }
        }
    }
}

/// The solution of Ax = b by elimination.
fn solved(a: &ndarray::Array2<f64>, b: &ndarray::Array1<f64>) -> ndarray::Array1<f64> {
    let (mut a, mut b, n) = (a.clone(), b.clone(), b.len());
    for k in 0..n {
        for row in k + 1..n {
            let by = a[[row, k]] / a[[k, k]];
            for column in k..n {
                a[[row, column]] -= by * a[[k, column]];
            }
            b[row] -= by * b[k];
        }
    }
    for k in (0..n).rev() {
        let rest: f64 = (k + 1..n).map(|j| a[[k, j]] * b[j]).sum();
        b[k] = (b[k] - rest) / a[[k, k]];
    }
    b
}

#[test]
fn curves_are_those_of_lists_made_one_by_one() {
    let data = synthetic(60, 40);
    let newcomers = Newcomers::of(&data, 12, 3).unwrap();
    let strategies = formulas(&[
        "popularity",
        "item-knn",
        "svd",
        "als",
        "switch(ratings<3 ? popularity : item-knn)",
    ]);
    let task = Task::unattended();
    let models: Vec<Strategy> = strategies.iter().cloned().map(Strategy::Model).collect();
    let result = onboard(&newcomers, Ask::Popularity, 8, &models, 3, &task).unwrap();
    assert_eq!(
        (result.newcomers, result.answered.len(), result.answered[0]),
        (12, 9, 0.0)
    );
    assert!(result.answered.windows(2).all(|w| w[1] >= w[0]));
    // A guest with the same answers gets the same list: nothing of a newcomer is in the fits.
    let (_, asked) = interviews(&data, Ask::Popularity, 8);
    let fits = FitStore::new(Arc::clone(&newcomers.train), 3);
    for (formula, curve) in strategies.iter().zip(&result.curves) {
        let model = fits.fit(formula, &task).unwrap();
        for questions in [0, 5, 8] {
            let mut sum = 0.0;
            for (person, answers) in newcomers.people.iter().zip(&asked) {
                let told = answers[..questions].iter().flatten().copied();
                let profile = Profile::guest(told, &Arc::default());
                let serving = Serving::open(&model, Arc::new(profile), &Cancel::new()).unwrap();
                let list = serving.recommend(10, false, &Cancel::new()).unwrap();
                let relevant = |item: ItemIx| data.rating(person.user, item).is_some() && person.answer(item).is_none();
                let gain: f64 = list
                    .iter()
                    .zip(1..)
                    .filter(|((item, _), _)| relevant(*item))
                    .map(|(_, rank)| 1.0 / f64::from(rank + 1).log2())
                    .sum();
                let tested = data.user_row(person.user).len() - person.known.len();
                let ideal: f64 = (1..=tested.min(10)).map(|rank| 1.0 / (rank as f64 + 1.0).log2()).sum();
                sum += gain / ideal;
            }
            let mean = sum / newcomers.people.len() as f64;
            assert!(
                (curve.mean[questions] - mean).abs() < 1e-9,
                "{} {questions}: {} {mean}",
                curve.name,
                curve.mean[questions]
            );
        }
    }
    // One list for all learns nothing; but what was answered is not recommended any more.
    assert!(result.curves[0].stderr.iter().all(|e| *e > 0.0));
}

#[test]
fn answers_lie_over_the_stored_ratings() {
    // What a newcomer said is an edit of somebody who rated nothing.
    let data = synthetic(60, 40);
    let newcomers = Newcomers::of(&data, 1, 3).unwrap();
    let person = &newcomers.people[0];
    let mut edits = Edits::default();
    edits.set(
        &newcomers.train,
        person.user,
        person.known[0].0,
        Some(person.known[0].1),
    );
    let profile = Profile::of_edited_user(&newcomers.train, person.user, &Arc::new(edits));
    assert_eq!(
        (profile.len(), profile.rating(person.known[0].0)),
        (1, Some(person.known[0].1))
    );
}

#[test]
fn ways_to_ask_are_read_and_written() {
    for (ask, name) in ASKS {
        assert_eq!((name.parse(), ask.to_string().as_str()), (Ok(ask), name));
        assert!(!ask.doc().is_empty());
    }
    assert_eq!("popularity * entropy".parse(), Ok(Ask::PopularityEntropy));
    assert!(
        "popularty"
            .parse::<Ask>()
            .unwrap_err()
            .contains("did you mean popularity?")
    );
}

#[test]
fn the_next_question_is_that_of_the_interview() {
    let data = synthetic(60, 40);
    let newcomers = Newcomers::of(&data, 6, 3).unwrap();
    let fits = FitStore::new(Arc::clone(&newcomers.train), 3);
    for (ask, _) in ASKS {
        let interviewer = Interviewer::prepare(ask, &newcomers.train, &fits, 3, &Task::unattended()).unwrap();
        let person = &newcomers.people[0];
        let mut told = std::collections::BTreeMap::new();
        let mut answers = Vec::new();
        for _ in 0..12 {
            let next = interviewer.next(&told).unwrap();
            assert!(!told.contains_key(&next), "{ask}: asked twice");
            let answer = person.answer(next);
            answers.extend(answer.map(|rating| (next, rating)));
            told.insert(next, answer);
        }
        // Chance is drawn by who is asked; all else goes by the answers alone.
        if !matches!(ask, Ask::Random | Ask::Bandit) {
            let asked: Vec<_> = interviewer.interview(person, 12).into_iter().flatten().collect();
            assert_eq!(asked, answers, "{ask}");
        }
    }
    let all = newcomers.train.items().map(|item| (item, None)).collect();
    let interviewer = Interviewer::prepare(Ask::Popularity, &newcomers.train, &fits, 3, &Task::unattended()).unwrap();
    assert_eq!(interviewer.next(&all), None);
}

#[test]
fn uncertainty_falls_as_a_direct_solution_says() {
    let data = synthetic(60, 40);
    let fits = FitStore::new(Arc::clone(&data), 3);
    let model = fits.fit(&formulas(&["als:factors=4"])[0], &Task::unattended()).unwrap();
    let factors = model.factors().unwrap();
    let answered: Vec<ItemIx> = [3, 8, 21].map(ItemIx).to_vec();
    let q = |item: ItemIx| ndarray::Array1::from(factors.item(item).unwrap());
    let mut a = ndarray::Array2::<f64>::eye(4);
    for item in &answered {
        let q = q(*item);
        for (r, x) in q.iter().enumerate() {
            for (c, y) in q.iter().enumerate() {
                a[[r, c]] += x * y;
            }
        }
    }
    let items: Vec<ItemIx> = data.items().filter(|i| !data.item_row(*i).is_empty()).collect();
    let after: f64 = items.iter().map(|i| q(*i).dot(&solved(&a, &q(*i)))).sum();
    let before: f64 = items.iter().map(|i| q(*i).dot(&q(*i))).sum();
    let found = uncertainty(&data, factors, &answered);
    assert!((found - after / before).abs() < 1e-9 && found < 1.0, "{found}");
    assert_eq!(uncertainty(&data, factors, &[]), 1.0);
}

/// Even users like what is of genre a, odd ones what is of b; of ten items each.
fn two_tastes() -> Arc<Dataset> {
    let mut ratings = crate::data::RatingRows::default();
    for user in 0..30u32 {
        for item in (0..20u32).filter(|item| (user + item) % 3 != 0) {
            ratings.users.push(user);
            ratings.items.push(item);
            ratings.values.push(if item % 2 == user % 2 { 5.0 } else { 1.0 });
        }
    }
    let genre = |item: u32| vec![(if item.is_multiple_of(2) { "a" } else { "b" }, 1)];
    let parts = crate::data::DatasetParts {
        users: crate::data::Ids::new((0..30).map(|u| format!("u{u}"))),
        items: crate::data::Ids::new((0..20).map(|i| format!("i{i}"))),
        ratings,
        item_attributes: crate::data::Attributes {
            columns: vec![crate::data::Attribute::of_names("genre", (0..20).map(genre))],
        },
        ..crate::data::DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, crate::data::DuplicatePolicy::Last).unwrap())
}

#[test]
fn stated_preferences_and_bandits_serve_what_is_liked() {
    let data = two_tastes();
    let task = Task::unattended();
    let fits = FitStore::new(Arc::clone(&data), 3);
    let server = |strategy| Server::prepare(&strategy, &data, &fits, 3, &task).unwrap();
    let (stated, bandit) = (server(Strategy::Stated), server(Strategy::Bandit));
    let cancel = Cancel::new();
    let nobody = Arc::new(Profile::guest([], &Arc::default()));
    for (name, parity) in [(0, 0), (1, 1)] {
        // What is said decides, before any rating; more popular items first.
        let list = stated.list(&data, &nobody, &[name], 10, &cancel).unwrap();
        assert!(list.iter().all(|item| item.0 % 2 == parity), "{list:?}");
        let counts: Vec<usize> = list.iter().map(|item| data.item_row(*item).len()).collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
        // Ratings decide: eight likes of one genre, eight dislikes of the other.
        let rated = (0..16).map(|n| (ItemIx(n), if n % 2 == parity { 5.0 } else { 1.0 }));
        let profile = Arc::new(Profile::guest(rated.clone(), &Arc::default()));
        let list = bandit.list(&data, &profile, &[], 3, &cancel).unwrap();
        assert_eq!(list.iter().filter(|item| item.0 % 2 == parity).count(), 2, "{list:?}");
        assert_eq!(list.len(), 3);
        assert!(list.iter().all(|item| item.0 >= 16));
        assert_eq!(list, bandit.list(&data, &profile, &[], 3, &cancel).unwrap());
        // And they tell what would have been stated.
        let known: Vec<(ItemIx, f64)> = rated.collect();
        assert_eq!(stated_by(&data, &known), [name]);
    }
    // Without a word the most popular come first.
    let list = stated.list(&data, &nobody, &[], 20, &cancel).unwrap();
    let counts: Vec<usize> = list.iter().map(|item| data.item_row(*item).len()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b));
    // On people of two tastes it beats what is the same for all, before the first question.
    let newcomers = Newcomers::of(&data, 10, 3).unwrap();
    let strategies = Strategy::parse_all("popularity; stated; bandit", &crate::models::Catalog::default()).unwrap();
    let result = onboard(&newcomers, Ask::Popularity, 4, &strategies, 3, &task).unwrap();
    let names: Vec<&str> = result.curves.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["popularity", "stated", "bandit"]);
    assert!(result.curves.iter().all(|c| c.error.is_none() && c.mean.len() == 5));
    // Where nothing is said of items there is nothing to state.
    let bare = synthetic(30, 30);
    let fits = FitStore::new(Arc::clone(&bare), 3);
    if kind_column(&bare).is_none() {
        assert!(Server::prepare(&Strategy::Stated, &bare, &fits, 3, &task).is_err());
    }
}
