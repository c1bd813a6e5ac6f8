//! Views on data small enough to be worked out by hand, and on some that isn't.

use std::sync::Arc;

use super::*;
use crate::data::{
    Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, Moment, RatingRows, UserIx,
};
use crate::models::neighborhood::Similarity;
use crate::models::{DEFAULT_FORMULA, Formula};
use crate::task::{Cancel, Pool, Task};

/// Users A to D by items 1 to 4: 5 3 · 1 / 4 · · 1 / 1 1 · 5 / · · 5 4. Titles, genres, times a month apart.
fn toy() -> World {
    let cells = [
        (0, 0, 5.0),
        (0, 1, 3.0),
        (0, 3, 1.0),
        (1, 0, 4.0),
        (1, 3, 1.0),
        (2, 0, 1.0),
        (2, 1, 1.0),
        (2, 3, 5.0),
        (3, 2, 5.0),
        (3, 3, 4.0),
    ];
    let titles = ["Alien (1979)", "Aliens (1986)", "Heat (1995)", "The Heat (2013)"];
    let genres = [
        vec![("Horror", 1)],
        vec![("Action", 1)],
        vec![("Crime", 1)],
        vec![("Comedy", 1)],
    ];
    let parts = DatasetParts {
        name: "toy".into(),
        users: Ids::new(["A", "B", "C", "D"]),
        items: Ids::new(["1", "2", "3", "4"]),
        ratings: RatingRows {
            users: cells.iter().map(|c| c.0).collect(),
            items: cells.iter().map(|c| c.1).collect(),
            values: cells.iter().map(|c| c.2).collect(),
            times: (0..10).map(|n| 86_400 * 31 * n).collect(),
        },
        titles: titles.iter().map(|t| Some((*t).to_owned())).collect(),
        item_attributes: Attributes {
            columns: vec![Attribute::of_names("genre", genres)],
        },
        ..DatasetParts::default()
    };
    World::new(Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap()), 42)
}

fn many() -> World {
    World::new(crate::models::tests_common::synthetic(40, 30), 42)
}

const A: UserIx = UserIx(0);
const B: UserIx = UserIx(1);

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

fn fitted(world: &World, text: &str) -> Formula {
    let formula = formula(text);
    world.fit(&formula, &Task::unattended()).unwrap();
    formula
}

fn edited(world: &World, user: UserIx, cells: &[(u32, Option<f64>)]) -> World {
    let mut edits = Edits::default();
    for (item, rating) in cells {
        edits.set(&world.dataset, user, ItemIx(*item), *rating);
    }
    world.with_edits(Arc::new(edits))
}

fn person(user: UserIx) -> Subject {
    Subject::Person(Whose::User(user))
}

fn list(world: &World, subject: Subject, formula: &Formula) -> RecommendView {
    let query = RecommendQuery {
        subject,
        formula: formula.clone(),
        n: 10,
        include_seen: false,
    };
    recommend::compute(world, &query, &Task::unattended(), &mut |_| ()).unwrap()
}

/// A list that is no ranking says why, and what it says to try is one.
#[test]
fn nothing_learned_is_said_with_what_to_try() {
    let world = toy();
    for text in ["als", "puresvd", "slim", "als + slim"] {
        for user in world.dataset.users() {
            let view = list(&world, person(user), &fitted(&world, text));
            assert!(view.items.iter().all(|row| row.score == 0.0), "{text}");
            let note = view.note.unwrap();
            let tried = note.split("; ").find_map(|part| part.split_once("try ")).unwrap().1;
            let better = list(&world, person(user), &fitted(&world, tried));
            assert!(
                better.note.is_none() || better.items.len() < 2,
                "{tried}: {:?}",
                better.note
            );
            assert!(
                better.items.iter().all(|row| row.score.abs() > 1e-3),
                "{tried}: {:?}",
                better.items
            );
        }
    }
    let view = list(&world, person(UserIx(1)), &fitted(&world, "rules:min-llr=100"));
    assert!(view.note.unwrap().ends_with("try rules:min-llr=0"));
    let view = list(&world, person(UserIx(3)), &fitted(&world, "markov"));
    assert_eq!(view.items.len(), 0);
    assert!(view.note.unwrap().starts_with("no item has a score: "));
    assert_eq!(list(&world, person(UserIx(1)), &fitted(&world, "item-knn")).note, None);
}

#[test]
fn info_counts_months_and_tails() {
    let view = info::compute(&toy(), &Cancel::new()).unwrap();
    let json = serde_json::to_value(&view).unwrap();
    // Ratings a user: 3 3 2 2. Σ (n + 1 − 2i)·x / (n·Σx) = (3·3 + 1·3 − 1·2 − 3·2) / 40.
    assert_eq!(
        json["per_user"],
        serde_json::json!({"mean": 2.5, "median": 2, "most": 3, "gini": 0.1})
    );
    assert_eq!(json["months"][0], serde_json::json!({"month": "1970-01", "count": 1}));
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(view.findings.len()));
    assert!(!view.findings.is_empty() && json["findings"][0]["text"].is_string());
    assert_eq!((view.users, view.items, view.ratings, view.density), (4, 4, 10, 0.625));
    assert_eq!(view.activity, (vec![3, 3, 2, 2], vec![4, 3, 2, 1]));
    assert_eq!(
        view.time_range,
        Some([0, 86_400 * 31 * 9].map(Moment::of_seconds).into())
    );
    assert_eq!(view.months.iter().map(|m| m.count).sum::<u64>(), 10);
    let months: Vec<(&str, u64)> = view.months[..3].iter().map(|m| (m.month.as_str(), m.count)).collect();
    assert_eq!(months, [("1970-01", 1), ("1970-02", 1), ("1970-03", 1)]);
    let counts: Vec<(f64, u64)> = view
        .histogram
        .iter()
        .map(|b| match b {
            Bar::Value { value, count } => (*value, *count),
            Bar::Bin { .. } => panic!("few values are not binned"),
        })
        .collect();
    assert_eq!(counts, [(1.0, 4), (3.0, 1), (4.0, 2), (5.0, 3)]);
}

#[test]
fn a_profile_shows_what_counts_and_what_was() {
    let world = edited(&toy(), A, &[(0, Some(2.0)), (1, None), (2, Some(4.0))]);
    let view = profile::compute(&world, &person(A), &Cancel::new()).unwrap();
    let rows: Vec<_> = view.rows.iter().map(|r| (r.id, r.rating, r.stored)).collect();
    assert_eq!(
        rows,
        [
            ("3".to_owned(), Some(4.0), Some(None)),
            ("2".to_owned(), None, Some(Some(3.0))),
            ("1".to_owned(), Some(2.0), Some(Some(5.0))),
            ("4".to_owned(), Some(1.0), None)
        ]
    );
    assert_eq!((view.ratings, view.edits, view.mean), (3, 3, Some(7.0 / 3.0)));
    assert!((view.deviation.unwrap() - (14f64 / 9.0).sqrt()).abs() < 1e-12);
    // 2 lies between the bars of 1 and 3 and counts in the nearer one; of two as near, the lower.
    assert_eq!(view.histogram.iter().map(Bar::count).collect::<Vec<_>>(), [2, 0, 1, 0]);

    let item = profile::compute(&world, &Subject::Item(ItemIx(0)), &Cancel::new()).unwrap();
    assert_eq!(item.rows.iter().map(|r| r.id).collect::<Vec<_>>(), ["B", "A", "C"]);
    assert_eq!(item.attributes, [("genre".to_owned(), "Horror".to_owned())]);
    let guest = Subject::Person(Whose::Guest(Arc::default()));
    let nobody = profile::compute(&world, &guest, &Cancel::new()).unwrap();
    assert_eq!((nobody.subject, nobody.mean, nobody.deviation), (None, None, None));
}

#[test]
fn neighbors_have_the_known_cosines_and_say_what_they_think_of_the_focus() {
    let query = NeighborsQuery {
        focus: Some(ItemIx(1)),
        ..NeighborsQuery::new(person(B), Similarity::Cosine, 2)
    };
    let view = neighbors::compute(&toy(), &query, &Cancel::new()).unwrap();
    let seen: Vec<(&str, String, u32)> = view
        .neighbors
        .iter()
        .map(|n| (n.id.as_str(), format!("{:.4}", n.similarity), n.support))
        .collect();
    assert_eq!(seen, [("A", "0.8609".to_owned(), 2), ("C", "0.4201".to_owned(), 2)]);
    assert_eq!((view.defined, view.edited), (3, false));
    assert_eq!(view.neighbors[0].focus_rating, Some(3.0));
    assert_eq!((view.neighbors[0].ratings, view.neighbors[0].mean), (3, Some(3.0)));

    let world = edited(&toy(), A, &[(1, Some(5.0))]);
    let view = neighbors::compute(&world, &query, &Cancel::new()).unwrap();
    assert_eq!(view.neighbors[0].focus_rating, Some(5.0));
    assert!(!view.edited, "B is not edited");
}

#[test]
fn a_pair_agrees_with_the_list_of_neighbors() {
    let world = many();
    for spec in &crate::models::neighborhood::SIMILARITIES {
        let near = NeighborsQuery::new(person(B), spec.similarity, 3);
        let near = neighbors::compute(&world, &near, &Cancel::new()).unwrap();
        let other = near.neighbors[0].entity;
        let query = PairQuery {
            subject: person(B),
            other,
            measure: spec.similarity.into(),
        };
        let view = pair::compute(&world, &query, &Cancel::new()).unwrap();
        assert_eq!(view.value, Some(near.neighbors[0].similarity), "{}", spec.name);
        assert_eq!(view.common.len(), view.support as usize);
        assert!(view.all.contains(&(spec.name.to_owned(), view.value)));
    }
    let mixed = PairQuery {
        subject: person(B),
        other: Entity::Item(ItemIx(0)),
        measure: Similarity::Cosine.into(),
    };
    assert!(matches!(
        pair::compute(&world, &mixed, &Cancel::new()),
        Err(AnswerError::Usage(_))
    ));
}

#[test]
fn parts_sum_to_the_score_and_stand_in_the_formulas_order() {
    let world = many();
    for text in [
        DEFAULT_FORMULA,
        "item-knn - 0.5*popularity | zscore",
        "switch(raters<14 ? popularity : item-knn)",
    ] {
        let formula = fitted(&world, text);
        let view = list(&world, person(B), &formula);
        assert!(!view.items.is_empty());
        for row in &view.items {
            assert_eq!(row.parts.len(), view.components.len());
            assert_eq!(row.parts.iter().sum::<f64>(), row.score, "{text}");
        }
    }
    let lone = fitted(&world, "popularity");
    let view = list(&world, person(B), &lone);
    assert!(view.items[0].parts.is_empty() && view.components.is_empty());
    let seen = world.dataset.user_row(B).len();
    assert_eq!(view.candidates, 30 - seen);
}

#[test]
fn an_item_is_given_to_those_whom_it_suits_best_whatever_the_threads() {
    let world = many();
    let formula = fitted(&world, DEFAULT_FORMULA);
    let item = ItemIx(3);
    let one = list(&world, Subject::Item(item), &formula);
    let query = RecommendQuery {
        subject: Subject::Item(item),
        formula: formula.clone(),
        n: 10,
        include_seen: false,
    };
    let task = Task {
        pool: Pool::new("test", 3),
        ..Task::default()
    };
    let three = recommend::compute(&world, &query, &task, &mut |_| ()).unwrap();
    assert_eq!(one, three);
    assert!(one.items.is_sorted_by(|a, b| a.score >= b.score));
    for row in &one.items {
        let Entity::User(user) = row.entity else {
            panic!("users are listed")
        };
        assert_eq!(world.dataset.rating(user, item), None);
        let serving = world.serving(&formula, &Whose::User(user), &Cancel::new()).unwrap();
        assert_eq!(serving.score(item), Ok(row.score));
    }
    let mut everyone = Vec::new();
    let each = &mut |user: UserIx, rows: Vec<RecommendRow>| -> Result<(), AnswerError> {
        everyone.push((user, rows));
        Ok(())
    };
    everyone::compute(&world, &query, &task, each).unwrap();
    assert_eq!(everyone.len(), 40);
    assert_eq!(everyone[1].1, list(&world, person(B), &formula).items);
}

#[test]
fn an_audience_finds_the_users_that_serving_everybody_finds() {
    let plain = many();
    let edited = edited(&plain, A, &[(3, Some(5.0)), (4, None), (7, Some(1.0))]);
    let formulas = [
        "0.6*item-knn + 0.3*content + 0.1*popularity",
        "popularity",
        "item-knn",
        "0.6*item-knn + 0.3*content + 0.1*popularity | rank",
    ];
    let formulas = formulas.map(|f| fitted(&plain, f));
    let ask = |world: &World| {
        let items = (0..30).flat_map(|item| formulas.iter().map(move |f| (ItemIx(item), f)));
        let lists = items.map(|(item, formula)| list(world, Subject::Item(item), formula));
        lists.collect::<Vec<_>>()
    };
    let (before, before_edited) = (ask(&plain), ask(&edited));
    for formula in &formulas {
        let model = plain.fits.get(formula).unwrap();
        assert_eq!(model.prepare_audience(&plain.dataset, &Task::unattended()), Ok(true));
    }
    assert_eq!(ask(&plain), before);
    assert_eq!(ask(&edited), before_edited);
    assert_ne!(before, before_edited);
}

#[test]
fn an_explanation_places_names_and_adds_up() {
    let world = toy();
    let formula = fitted(&world, "user-knn");
    let query = ExplainQuery::new(Whose::User(B), ItemIx(1), formula.clone());
    let view = explain::compute(&world, &query, &Cancel::new()).unwrap();
    let score = 3.0 * 21.0 / (35f64 * 17.0).sqrt() + 9.0 / (27f64 * 17.0).sqrt();
    assert!((view.score - score).abs() < 1e-12);
    assert_eq!((view.rank, view.candidates, view.percentile), (Some(1), 2, Some(50.0)));
    assert_eq!((view.prediction, view.unit.as_str()), (None, "similarity-sum"));
    // A (3) is so-so, C (1) is bad.
    let near = &view.neighbor_ratings;
    assert_eq!((near.good, near.so_so, near.bad), (0, 1, 1));
    assert_eq!(near.ratings[0].0.id, "A");
    let names: Vec<(&str, &str)> = view.tree.children.iter().map(|c| (c.kind, c.label.as_str())).collect();
    assert_eq!(names, [("neighbor", "A"), ("neighbor", "C")]);
    assert_eq!(
        view.tree.children[0].about.as_ref().unwrap().entity,
        Some(Entity::User(A))
    );

    let rated = ExplainQuery::new(Whose::User(B), ItemIx(0), formula);
    let view = explain::compute(&world, &rated, &Cancel::new()).unwrap();
    assert_eq!(view.rank, None);
    let unfitted = ExplainQuery::new(Whose::User(B), ItemIx(0), self::formula("baseline"));
    let error = explain::compute(&world, &unfitted, &Cancel::new()).unwrap_err();
    assert_eq!(error, AnswerError::Fitting("baseline".into()));
}

#[test]
fn raw_trees_stand_in_the_details_with_names() {
    let world = toy();
    let formula = fitted(&world, "item-knn + popularity | rank");
    let query = ExplainQuery::new(Whose::User(B), ItemIx(1), formula);
    let view = explain::compute(&world, &query, &Cancel::new()).unwrap();
    let knn = view.tree.children.iter().find(|c| c.label == "item-knn").unwrap();
    assert!(knn.children.is_empty());
    let raw = &knn.detail["raw"];
    let labels: Vec<&str> = raw["children"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|c| c["label"].as_str())
        .collect();
    assert!(labels.contains(&"Alien (1979)"), "{labels:?}");
    assert_eq!(raw["children"][0]["ref"]["kind"], "item");
}

fn pca(formula: &Formula) -> MapQuery {
    MapQuery {
        formula: formula.clone(),
        projection: Projection::Pca([0, 1]),
        users: false,
    }
}

#[test]
fn the_map_and_the_factors_say_the_same() {
    let world = many();
    let formula = fitted(&world, "svd:factors=5,epochs=5");
    let map = map::compute(&world, &pca(&formula), &Task::unattended()).unwrap();
    assert_eq!(map.points.len(), 30);
    let explained = map.explained.unwrap();
    assert!(explained.0 >= explained.1 && explained.0 + explained.1 <= 1.0 + 1e-12);
    assert!((0.0..=1.0).contains(&map.trustworthiness.unwrap()));
    assert!((0.0..=1.0).contains(&map.continuity.unwrap()));
    let shares: f64 = map.points.iter().map(|p| p.trust.unwrap()).sum();
    assert!((0.0..=30.0).contains(&shares) && shares > 5.0);
    assert_eq!(map.points.iter().map(|p| p.hubness.unwrap()).sum::<u32>(), 300);
    let query = FactorsQuery {
        subject: Subject::Item(ItemIx(7)),
        focus: None,
        formula: formula.clone(),
        varimax: false,
    };
    let seven = factors::compute(&world, &query, &Cancel::new()).unwrap();
    let place = map.plane.as_ref().unwrap().project(&seven.factors);
    assert_eq!(map.place_of(ItemIx(7)), Some(place));
    // The score is what the factors, biases and mean make.
    let query = FactorsQuery {
        subject: person(B),
        focus: Some(ItemIx(7)),
        formula: formula.clone(),
        varimax: false,
    };
    let view = factors::compute(&world, &query, &Cancel::new()).unwrap();
    let (_, bias, factors) = view.focus.unwrap();
    let product: f64 = view.factors.iter().zip(&factors).map(|(p, q)| p * q).sum();
    let score = world
        .serving(&formula, &Whose::User(B), &Cancel::new())
        .unwrap()
        .score(ItemIx(7))
        .unwrap();
    assert!((view.mean + view.bias + bias + product - score).abs() < 1e-9);
    assert_eq!(view.training.unwrap().1.len(), 5);
    let none = fitted(&world, "popularity");
    assert!(matches!(
        map::compute(&world, &pca(&none), &Task::unattended()),
        Err(AnswerError::Usage(_))
    ));
}

fn picked(world: &World, text: &str, previous: Option<(&PickQuery, &PickView)>) -> (PickQuery, PickView) {
    let query = PickQuery {
        text: text.into(),
        users: true,
        items: true,
    };
    let view = pick::compute(world, &query, previous, &Task::unattended(), &mut |_| ()).unwrap();
    (query, view)
}

#[test]
fn the_picker_finds_refines_and_marks() {
    let world = toy();
    let (_, all) = picked(&world, "", None);
    assert_eq!((all.matches, all.total, all.rows.len()), (8, 8, 8));
    assert_eq!(all.rows[0].text, "The Heat (2013)  4", "most ratings first");
    let (query, heat) = picked(&world, "hea", None);
    assert_eq!(
        heat.rows.iter().map(|r| r.text.as_str()).collect::<Vec<_>>(),
        ["Heat (1995)  3", "The Heat (2013)  4"]
    );
    let letters: String = heat.rows[1]
        .matched
        .iter()
        .filter_map(|at| heat.rows[1].text.chars().nth(*at))
        .collect();
    assert_eq!(letters, "Hea");
    let (_, refined) = picked(&world, "heat 3", Some((&query, &heat)));
    assert_eq!(refined, picked(&world, "heat 3", None).1);
    assert_eq!(refined.rows[0].text, "Heat (1995)  3", "the title, then the id");
    // What is exactly an id comes first, however few have rated it.
    assert_eq!(picked(&world, "3", None).1.rows[0].entity, Entity::Item(ItemIx(2)));
    assert_eq!(picked(&world, "zzz", None).1.matches, 0);
}

#[test]
fn the_picker_finds_titles_without_their_accents() {
    for title in ["Le Mépris (1963)", "Le Me\u{301}pris (1963)"] {
        let parts = DatasetParts {
            users: Ids::new(["A"]),
            items: Ids::new(["tt0057345"]),
            ratings: RatingRows {
                users: vec![0],
                items: vec![0],
                values: vec![5.0],
                times: Vec::new(),
            },
            titles: vec![Some(title.to_owned())],
            ..DatasetParts::default()
        };
        let world = World::new(Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap()), 42);
        for text in ["mepris", "Mépris", "ME\u{301}PRIS"] {
            let row = &picked(&world, text, None).1.rows[0];
            assert_eq!(row.text, format!("{title}  tt0057345"));
            assert_eq!(&row.text[..row.id_at], format!("{title}  "));
            let letters = row.matched.iter().filter_map(|at| row.text.chars().nth(*at));
            let found = if title.contains('é') {
                "Mépris"
            } else {
                "Me\u{301}pris"
            };
            assert_eq!(letters.collect::<String>(), found, "{text}");
        }
    }
}

#[test]
fn ids_titles_and_edits_are_read_as_people_type_them() {
    let world = toy();
    let item = |title| world.find_title(title).map(|i| i.0).map_err(|e| e.to_string());
    assert_eq!(
        (item("alien"), item("ALIENS (1986)"), item("1995")),
        (Ok(0), Ok(1), Ok(2))
    );
    assert_eq!(item("heat"), Ok(2), "the whole title, less its year");
    assert!(item("ali").unwrap_err().contains("Alien (1979) (1), Aliens (1986) (2)"));
    assert!(item("matrix").unwrap_err().contains("no title"));
    assert_eq!(
        world.find_user("E").unwrap_err().to_string(),
        "there is no user E; the nearest are A, B, C"
    );
    assert_eq!(world.parse_edit("B/2=3.5").unwrap(), (B, ItemIx(1), Some(3.5)));
    assert_eq!(world.parse_edit("B/1=").unwrap(), (B, ItemIx(0), None));
    assert!(world.parse_ratings("1=5,2=inf").is_err());
}

#[test]
fn commands_reproduce_the_world_they_come_from() {
    let world = edited(&toy(), B, &[(0, None), (1, Some(2.5))]);
    let data = ["my data".to_owned(), "--lenient".to_owned()];
    let query = RecommendQuery {
        subject: person(B),
        formula: formula("user-knn:k=3"),
        n: 20,
        include_seen: false,
    };
    assert_eq!(
        command_line(&world, &data, CommandLine::Recommend(&query)),
        "recscope recommend 'my data' --lenient --user B --unrate 1 --rate 2=2.5 --model user-knn:k=3 -n 20 --format json"
    );
    let query = NeighborsQuery::new(person(A), Similarity::Msd, 10);
    assert_eq!(
        command_line(&world, &[], CommandLine::Neighbors(&query)),
        "recscope neighbors --user A --edit B/1= --edit B/2=2.5 --similarity msd --format json"
    );
    let guest = Whose::Guest(Arc::new(vec![(ItemIx(0), -1.0), (ItemIx(3), 5.0)]));
    let query = ExplainQuery::new(guest, ItemIx(2), Formula::default());
    assert_eq!(
        command_line(&toy(), &[], CommandLine::Explain(&query)),
        "recscope explain --profile 1=-1,4=5 --item 3 --format json"
    );
}

#[test]
fn whoever_no_longer_wants_an_answer_gets_none() {
    let world = many();
    let formula = fitted(&world, DEFAULT_FORMULA);
    let task = Task::unattended();
    task.cancel.cancel();
    let stopped = |result: Result<(), AnswerError>| assert!(matches!(result, Err(AnswerError::Cancelled(_))));
    let query = RecommendQuery {
        subject: Subject::Item(ItemIx(0)),
        formula: formula.clone(),
        n: 5,
        include_seen: false,
    };
    stopped(recommend::compute(&world, &query, &task, &mut |_| ()).map(|_| ()));
    stopped(info::compute(&world, &task.cancel).map(|_| ()));
    let near = NeighborsQuery::new(person(B), Similarity::Cosine, 5);
    stopped(neighbors::compute(&world, &near, &task.cancel).map(|_| ()));
    let svd = fitted(&world, "svd:factors=2,epochs=1");
    stopped(map::compute(&world, &pca(&svd), &task).map(|_| ()));
    let pick = PickQuery {
        text: "i".into(),
        users: true,
        items: true,
    };
    stopped(pick::compute(&world, &pick, None, &task, &mut |_| ()).map(|_| ()));
}
