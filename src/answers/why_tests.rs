//! Comparisons and what-if: what must hold whatever is compared.

use std::sync::Arc;

use super::*;
use crate::data::{ItemIx, UserIx};
use crate::explain::why_not::Verdict;
use crate::models::Formula;
use crate::models::tests_common::{synthetic, timed};
use crate::task::{Cancel, Task};

fn world() -> World {
    World::new(synthetic(40, 30), 42)
}

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

fn user(user: u32) -> Subject {
    Subject::Person(Whose::User(UserIx(user)))
}

fn compared(world: &World, a: (&Subject, &str), b: (&Subject, &str)) -> CompareView {
    let side = |(subject, text): (&Subject, &str)| {
        world.fit(&formula(text), &Task::unattended()).unwrap();
        CompareSide {
            subject: subject.clone(),
            formula: formula(text),
        }
    };
    let query = CompareQuery {
        a: side(a),
        b: side(b),
        n: 5,
    };
    compare::compute(world, &query, &Task::unattended()).unwrap()
}

const MODELS: [&str; 5] = [
    "item-knn",
    "als:factors=4,reg=1",
    "user-knn",
    "0.7*item-knn + 0.3*popularity",
    "switch(raters>12 ? item-knn : popularity)",
];

#[test]
fn a_list_beside_itself_is_the_same() {
    let world = world();
    let item = Subject::Item(ItemIx(3));
    let guest = Subject::Person(Whose::Guest(Arc::new(vec![(ItemIx(1), 5.0), (ItemIx(4), 2.0)])));
    for text in MODELS {
        for subject in [&user(0), &user(7), &item, &guest] {
            let view = compared(&world, (subject, text), (subject, text));
            assert_eq!(view.overlap, 1.0, "{text}");
            assert!((view.rbo.value - 1.0).abs() < 1e-12, "{text}: {}", view.rbo.value);
            assert!(
                !view.rows.is_empty() && view.rows.iter().all(|row| row.a == row.b),
                "{text}"
            );
            assert!(!view.difference.is_empty(), "{text}");
            assert!(view.difference.iter().all(|row| row.difference == 0.0), "{text}");
        }
    }
}

#[test]
fn the_other_way_round_everything_is_mirrored() {
    let world = world();
    let mut moved = 0;
    for text in MODELS {
        for (a, b) in [
            ((user(0), text), (user(1), text)),
            ((user(2), text), (user(2), "ease:lambda=1")),
            ((Subject::Item(ItemIx(3)), text), (Subject::Item(ItemIx(8)), text)),
        ] {
            let one = compared(&world, (&a.0, a.1), (&b.0, b.1));
            let other = compared(&world, (&b.0, b.1), (&a.0, a.1));
            assert_eq!((&one.a, &one.b), (&other.b, &other.a));
            assert_eq!((one.overlap, one.rbo), (other.overlap, other.rbo));
            let places: Vec<_> = one.rows.iter().map(|row| (row.entity, row.a, row.b)).collect();
            let mirrored: Vec<_> = other.rows.iter().map(|row| (row.entity, row.b, row.a)).collect();
            assert_eq!(places, mirrored);
            assert_eq!(one.about, other.about);
            let parts: Vec<_> = one
                .difference
                .iter()
                .map(|d| (&d.label, d.a, d.b, d.difference))
                .collect();
            let mirrored: Vec<_> = other
                .difference
                .iter()
                .map(|d| (&d.label, d.b, d.a, -d.difference))
                .collect();
            assert_eq!(parts, mirrored);
            moved += one.rows.iter().filter(|row| row.a != row.b).count();
        }
    }
    assert!(moved > 20, "{moved}");
}

#[test]
fn differences_sum_to_that_of_the_scores() {
    let world = world();
    for text in MODELS {
        let view = compared(&world, (&user(0), text), (&user(1), text));
        let Entity::Item(item) = view.about.unwrap().entity else {
            panic!("an item was compared");
        };
        let score = |user| {
            let whose = Whose::User(UserIx(user));
            world
                .serving(&formula(text), &whose, &Cancel::new())
                .unwrap()
                .score(item)
                .unwrap()
        };
        let sum: f64 = view.difference.iter().map(|row| row.difference).sum();
        assert!((sum - (score(0) - score(1))).abs() < 1e-6, "{text}");
    }
}

#[test]
fn over_everybody_those_who_change_most_come_first() {
    let world = world();
    let (a, b) = (formula("item-knn"), formula("popularity"));
    let task = Task::unattended();
    let same = compare::everybody(&world, (&a, &a), 5, &task).unwrap();
    assert!(same.users.len() == 40 && same.users.iter().all(|user| user.overlap == 1.0));
    let view = compare::everybody(&world, (&a, &b), 5, &task).unwrap();
    assert!(view.users.windows(2).all(|pair| pair[0].rbo <= pair[1].rbo));
    let mean = view.users.iter().map(|user| user.rbo).sum::<f64>() / 40.0;
    assert!((view.rbo.value - mean).abs() < 1e-12);
    // What is not kept is exchanged.
    let kept = view.users.iter().map(|user| user.overlap).sum::<f64>() / 40.0;
    assert_eq!((view.churn.metric.as_str(), same.churn.value), ("churn@5", 0.0));
    assert!(view.churn.value > 0.0 && (view.churn.value - (1.0 - kept)).abs() < 1e-12);
    let first = &view.users[0];
    let subject = user(world.find_user(&first.user).unwrap().0);
    let alone = compared(&world, (&subject, "item-knn"), (&subject, "popularity"));
    assert_eq!((alone.overlap, alone.rbo.value), (first.overlap, first.rbo));
}

fn edited(world: &World, whose: &Whose, text: &str) -> WhatIfView {
    let after = world.edited_by(whose, text, "edits.txt").unwrap();
    let query = WhatIfQuery {
        whose: whose.clone(),
        formula: formula("item-knn"),
        n: 5,
    };
    world.fit(&query.formula, &Task::unattended()).unwrap();
    what_if::compute(world, &query, (&after.0, &after.1), &Task::unattended()).unwrap()
}

#[test]
fn an_edit_undone_is_none() {
    let world = world();
    let whose = Whose::User(UserIx(3));
    let row = world.profile(&whose).rows()[1];
    let (id, rating) = (world.dataset.item_id(row.item), row.rating);
    let text = format!("# there and back\nunrate {id}\nrate {id} 1 # once\n  rate  {id}  {rating}\r\n\nscale 1\n");
    let after = world.edited_by(&whose, &text, "edits.txt").unwrap();
    assert_eq!(after.0.profile(&after.1), world.profile(&whose));
    assert!(after.0.edits().is_empty());
    let view = edited(&world, &whose, &text);
    let bits = |rows: &[RecommendRow]| rows.iter().map(|r| (r.entity, r.score.to_bits())).collect::<Vec<_>>();
    assert_eq!(bits(&view.before), bits(&view.after));
    assert_eq!((view.edits, view.neighbors), (0, NeighborsMoved::default()));
    let moved = edited(&world, &whose, &format!("unrate {id}"));
    assert_eq!(moved.edits, 1);
    assert_ne!(bits(&moved.before), bits(&moved.after));
}

#[test]
fn edits_are_done_one_after_the_other() {
    let day = 86_400;
    let world = World::new(
        timed(&[(0, 0, 0), (0, 1, day), (0, 2, 2 * day + day / 2), (1, 0, 0)]),
        42,
    );
    let ratings = |whose: &Whose, text: &str| {
        let (world, whose) = world.edited_by(whose, text, "edits.txt").unwrap();
        let rows = world.profile(&whose).rows().to_vec();
        rows.iter().map(|row| (row.item.0, row.rating)).collect::<Vec<_>>()
    };
    let whose = Whose::User(UserIx(0));
    // To the end of the day; what is rated in thought has no time and stays.
    assert_eq!(ratings(&whose, "until 1970-01-02"), [(0, 1.0), (1, 1.0)]);
    assert_eq!(ratings(&whose, "until 1970-01-03"), [(0, 1.0), (1, 1.0), (2, 1.0)]);
    assert_eq!(
        ratings(&whose, "unrate i2\nrate i2 1\nuntil 1970-01-01"),
        [(0, 1.0), (2, 1.0)]
    );
    assert_eq!(ratings(&whose, "scale 3\nunrate i0"), [(1, 3.0), (2, 3.0)]);
    let guest = Whose::Guest(Arc::new(vec![(ItemIx(2), 1.0), (ItemIx(0), 1.0)]));
    assert_eq!(ratings(&guest, "rate i1 1\nunrate i0"), [(1, 1.0), (2, 1.0)]);
}

#[test]
fn ratings_are_scaled_onto_the_scale() {
    let world = world();
    let whose = Whose::User(UserIx(3));
    let after = world.edited_by(&whose, "scale 0.5", "edits.txt").unwrap();
    for (was, is) in world.profile(&whose).rows().iter().zip(after.0.profile(&whose).rows()) {
        assert_eq!(is.rating, (was.rating / 2.0).max(world.dataset.scale().min));
    }
}

#[test]
fn mistakes_in_edits_are_named_by_file_line_and_column() {
    let world = world();
    let whose = Whose::User(UserIx(3));
    let unrated = world
        .dataset
        .items()
        .find(|item| !world.profile(&whose).contains(*item))
        .unwrap();
    let unrate = format!("unrate {}", world.dataset.item_id(unrated));
    for (text, place, part) in [
        ("rate i1", "1:8", "the rating is missing"),
        ("\n rate i1 x", "2:10", "is not a number"),
        ("rate i1 9", "1:9", "is off the scale"),
        ("rate nothing 3", "1:6", "there is no item nothing"),
        ("# fine\nunrate", "2:7", "needs something behind it"),
        (&unrate, "1:1", "is not rated here"),
        ("until 1998-02-30", "1:7", "is no day"),
        ("until 1998-01-01T10:00", "1:7", "is no day"),
        ("scale -1", "1:7", "is not a number above 0"),
        ("scale inf", "1:7", "is not a number above 0"),
        ("drop i1", "1:1", "there is no edit \"drop\""),
    ] {
        let error = world.edited_by(&whose, text, "edits.txt").err().unwrap().to_string();
        assert!(error.starts_with(&format!("edits.txt:{place}: ")), "{text:?}: {error}");
        assert!(error.contains(part) && error.lines().count() == 1, "{text:?}: {error}");
    }
    let dateless = World::new(crate::models::tests_common::dataset(&[(0, 0, 1.0), (0, 1, 2.0)], 2), 1);
    let error = dateless
        .edited_by(&Whose::User(UserIx(0)), "until 1998-01-01", "e")
        .err()
        .unwrap();
    assert!(error.to_string().contains("has no times"), "{error}");
}

#[test]
fn each_question_has_its_command() {
    let world = world();
    let (person, model) = (Whose::User(UserIx(3)), formula("ease"));
    let why_not = WhyNotQuery {
        whose: person.clone(),
        item: ItemIx(2),
        formula: model.clone(),
        n: 5,
    };
    let counterfactual = CounterfactualQuery {
        whose: person,
        item: None,
        formula: model.clone(),
        n: 10,
    };
    let side = |subject: &Subject, text: &str| CompareSide {
        subject: subject.clone(),
        formula: formula(text),
    };
    let two = |a: CompareSide, b: CompareSide| CompareQuery { a, b, n: 10 };
    let models = two(side(&user(3), "ease"), side(&user(3), "svd"));
    let users = two(side(&user(3), "ease"), side(&user(4), "ease"));
    let items = two(
        side(&Subject::Item(ItemIx(1)), "ease"),
        side(&Subject::Item(ItemIx(2)), "ease"),
    );
    let contrast = ContrastQuery {
        whose: Whose::User(UserIx(3)),
        item: ItemIx(2),
        against: Some(ItemIx(5)),
        formula: model.clone(),
    };
    let fragility = FragilityQuery {
        whose: Whose::User(UserIx(3)),
        formula: model.clone(),
        n: 3,
    };
    for (question, command) in [
        (
            CommandLine::Contrast(&contrast),
            "compare --user u3 --items i2,i5 --model ease",
        ),
        (
            CommandLine::Fragility(&fragility),
            "fragility --user u3 --model ease -n 3",
        ),
        (
            CommandLine::WhyNot(&why_not),
            "why-not --user u3 --item i2 --model ease -n 5",
        ),
        (
            CommandLine::Counterfactual(&counterfactual),
            "counterfactual --user u3 --model ease",
        ),
        (CommandLine::Compare(&models), "compare --user u3 --models 'ease; svd'"),
        (
            CommandLine::Compare(&users),
            "compare --user u3 --users u4 --model ease",
        ),
        (CommandLine::Compare(&items), "compare --items i1,i2 --model ease"),
    ] {
        let line = command_line(&world, &[], question);
        assert_eq!(line, format!("recscope {command} --format json"));
    }
}

/// Two items for somebody.
fn contrasted(world: &World, text: &str, whose: &Whose, item: ItemIx, against: Option<ItemIx>) -> Option<ContrastView> {
    world.fit(&formula(text), &Task::unattended()).unwrap();
    let query = ContrastQuery {
        whose: whose.clone(),
        item,
        against,
        formula: formula(text),
    };
    match contrast::compute(world, &query, &Cancel::new()) {
        Ok(view) => Some(view),
        Err(AnswerError::NoScore(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn differences_of_two_items_sum_to_minus_their_gap() {
    let world = world();
    let guest = Whose::Guest(Arc::new(vec![(ItemIx(1), 5.0), (ItemIx(4), 2.0)]));
    let mut seen = 0;
    for text in MODELS
        .into_iter()
        .chain(["svd:factors=4", "0.5*svd:factors=4 + 0.5*content", "slope-one"])
    {
        for whose in [&Whose::User(UserIx(0)), &Whose::User(UserIx(7)), &guest] {
            for (item, other) in [(2, 9), (9, 2), (11, 20), (5, 5)] {
                let (item, other) = (ItemIx(item), ItemIx(other));
                let (Some(one), Some(mirrored)) = (
                    contrasted(&world, text, whose, item, Some(other)),
                    contrasted(&world, text, whose, other, Some(item)),
                ) else {
                    continue;
                };
                let size: f64 = one.contrast.iter().map(|row| row.item.abs() + row.cut.abs()).sum();
                let sum: f64 = one.contrast.iter().map(|row| row.difference).sum();
                assert!(
                    (sum + one.cut.score - one.item.score).abs() <= 1e-6 * size.max(1.0),
                    "{text}"
                );
                assert!(one.holds() && one.gap == -mirrored.gap, "{text}");
                let of = |view: &ContrastView, swap: bool| {
                    let row = |row: &ContrastRow| {
                        if swap {
                            (row.label.clone(), row.cut, row.item, -row.difference + 0.0)
                        } else {
                            (row.label.clone(), row.item, row.cut, row.difference + 0.0)
                        }
                    };
                    view.contrast.iter().map(row).collect::<Vec<_>>()
                };
                assert_eq!(of(&one, false), of(&mirrored, true), "{text}");
                if item == other {
                    assert!(
                        one.gap == 0.0 && one.contrast.iter().all(|row| row.difference == 0.0),
                        "{text}"
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn an_item_is_compared_with_the_one_before_it() {
    let world = world();
    let (whose, text) = (Whose::User(UserIx(3)), "item-knn");
    world.fit(&formula(text), &Task::unattended()).unwrap();
    let serving = world.serving(&formula(text), &whose, &Cancel::new()).unwrap();
    let list = serving.recommend(5, false, &Cancel::new()).unwrap();
    let with = |item: ItemIx| {
        let view = contrasted(&world, text, &whose, item, None).unwrap();
        (view.item.rank, view.cut.named.entity)
    };
    assert_eq!(with(list[0].0), (Some(1), Entity::Item(list[1].0)));
    assert_eq!(with(list[1].0), (Some(2), Entity::Item(list[0].0)));
    assert_eq!(with(list[4].0), (Some(5), Entity::Item(list[3].0)));
    let rated = world.profile(&whose).rows()[0].item;
    assert_eq!(with(rated), (None, Entity::Item(list[0].0)));
}

#[test]
fn what_is_fragile_is_said_in_numbers_that_fit_together() {
    let world = world();
    let mut fragile = 0;
    for text in MODELS {
        world.fit(&formula(text), &Task::unattended()).unwrap();
        for user in [0, 3, 7] {
            let query = FragilityQuery {
                whose: Whose::User(UserIx(user)),
                formula: formula(text),
                n: 5,
            };
            let mut parts = Vec::new();
            let view = fragility::compute(&world, &query, &Cancel::new(), &mut |part| parts.push(part.tried)).unwrap();
            assert!(parts.windows(2).all(|pair| pair[0] < pair[1]) && parts.iter().all(|tried| *tried < view.steps));
            assert_eq!((view.tried, view.items.len()), (view.steps, 5));
            let steps = || view.ratings.iter().flat_map(|row| &row.steps);
            let changing = steps()
                .filter(|step| !step.out.is_empty() || !step.new.is_empty())
                .count();
            assert_eq!(
                (changing, steps().count()),
                (view.changed, view.changed + view.reordered),
                "{text}"
            );
            for row in &view.items {
                let leaves = steps().filter(|step| step.out.contains(&row.id)).count();
                assert_eq!(leaves, row.leaves, "{text}");
            }
            let most = view.items.iter().map(|row| row.leaves).max().unwrap();
            let marked = view.most_fragile.as_ref().map(|most| most.id.clone());
            let found = marked.and_then(|id| view.items.iter().find(|row| row.id == id));
            assert_eq!(found.map_or(0, |row| row.leaves), most, "{text}");
            assert!(
                view.ratings
                    .windows(2)
                    .all(|pair| pair[0].exchanged() >= pair[1].exchanged())
            );
            fragile += usize::from(most > 0);
        }
    }
    assert!(fragile > 5, "{fragile}");
}

/// The sentence about an item.
fn reason(world: &World, text: &str, user: u32, item: u32) -> String {
    world.fit(&formula(text), &Task::unattended()).unwrap();
    let query = ExplainQuery::new(Whose::User(UserIx(user)), ItemIx(item), formula(text));
    explain::compute(world, &query, &Cancel::new()).unwrap().sentence
}

#[test]
fn the_reason_names_what_speaks_for_it_most() {
    // Three people rated items 0 and 2 alike, one did not; user 3 rated 0 and 1.
    let rows = [
        (0, 0, 5.0),
        (0, 2, 5.0),
        (1, 0, 4.0),
        (1, 2, 5.0),
        (2, 0, 5.0),
        (2, 2, 4.0),
        (4, 0, 1.0),
        (4, 2, 5.0),
        (5, 1, 1.0),
        (5, 2, 1.0),
        (3, 0, 5.0),
        (3, 1, 2.0),
    ];
    let world = World::new(crate::models::tests_common::dataset(&rows, 4), 42);
    let alike = "because you rated i0 5, which 3 people rated alike";
    assert_eq!(reason(&world, "item-knn", 3, 2), alike);
    assert_eq!(reason(&world, "ease:lambda=1", 3, 2), alike);
    // Of a sum it is the part that adds most, not the constant that all items share.
    assert_eq!(
        reason(&world, "0.1*item-knn + 0.9*popularity | none", 3, 2),
        "because 5 people rated it"
    );
    assert_eq!(reason(&world, "popularity", 3, 2), "because 5 people rated it");
    let near = reason(&world, "user-knn", 3, 2);
    assert!(
        near.starts_with("because user u") && near.ends_with("whose taste is like yours, rated it 5"),
        "{near}"
    );
    // Factors mean nothing to a reader: the ratings behind them do.
    let svd = reason(&world, "svd:factors=2", 3, 2);
    assert!(!svd.contains("factor"), "{svd}");
}

#[test]
fn there_is_a_reason_for_every_score_of_every_model() {
    let world = world();
    for text in crate::models::MODELS.iter().map(|m| m.name).chain(MODELS) {
        let text = if text == "two-tower" {
            "two-tower:epochs=1,factors=4,hidden=4"
        } else {
            text
        };
        if world.fit(&formula(text), &Task::unattended()).is_err() {
            continue;
        }
        for item in 0..30 {
            let query = ExplainQuery::new(Whose::User(UserIx(1)), ItemIx(item), formula(text));
            let Ok(view) = explain::compute(&world, &query, &Cancel::new()) else {
                continue;
            };
            let is_clause = view.sentence.starts_with("because ") || view.sentence.starts_with("no part");
            assert!(is_clause && !view.sentence.contains("NaN"), "{text}: {}", view.sentence);
            assert_eq!(view.sentence.trim_end(), view.sentence);
        }
    }
}

#[test]
fn the_way_into_the_list_ends_where_the_item_was_lost() {
    let world = world();
    let text = "cascade(popularity > item-knn; keep=20)";
    world.fit(&formula(text), &Task::unattended()).unwrap();
    let mut lost = std::collections::BTreeSet::new();
    for item in 0..30 {
        let query = WhyNotQuery {
            whose: Whose::User(UserIx(2)),
            item: ItemIx(item),
            formula: formula(text),
            n: 4,
        };
        let view = why_not::compute(&world, &query, &Cancel::new()).unwrap();
        assert!(
            view.funnel.windows(2).all(|pair| pair[0].out >= pair[1].out),
            "{:?}",
            view.funnel
        );
        let passed = view
            .funnel
            .iter()
            .take_while(|stage| stage.passes == Some(true))
            .count();
        assert!(view.funnel.iter().skip(passed + 1).all(|stage| stage.passes.is_none()));
        let at = view.funnel.get(passed).map(|stage| stage.stage);
        let expected = match view.verdict {
            Verdict::InList => None,
            Verdict::Rated => Some("unseen"),
            Verdict::OutScored => Some("list"),
            Verdict::UnknownToModel | Verdict::NoNeighbors | Verdict::BelowCut => Some("scored"),
        };
        assert_eq!(at, expected, "{view:?}");
        lost.insert(at);
        for lever in &view.levers {
            let is_formula = matches!(lever.does, Change::Formula(_));
            assert_eq!(is_formula, lever.model.is_some(), "{lever:?}");
        }
    }
    assert!(lost.len() >= 4, "{lost:?}");
}
