//! Comparisons and what-if: what must hold whatever is compared.

use std::sync::Arc;

use super::*;
use crate::data::{ItemIx, UserIx};
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
    for (question, command) in [
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
