//! What `=` shows of a score, for every registered model and every kind of hybrid.

use std::sync::Arc;

use super::tests::{assert_computes, walk};
use super::*;
use crate::answers::{ExplainQuery, Whose, World, explain, work};
use crate::data::{ItemIx, UserIx};
use crate::explain::tests_common::{formulas, small};
use crate::models::Formula;
use crate::task::{Cancel, Task};

fn guest() -> Whose {
    Whose::Guest(Arc::new(vec![(ItemIx(1), 5.0), (ItemIx(4), 2.0), (ItemIx(6), 4.0)]))
}

/// The last number that a page comes to.
fn last_number(work: &Arithmetic) -> Option<f64> {
    let of = |step: &Step| match step {
        Step::Note(_) | Step::Answer { .. } => None,
        Step::Formula { result, .. } => Some(*result),
        Step::Table(columns) => columns.total.1.iter().flatten().last().copied(),
        Step::Lines(lines) => lines
            .iter()
            .rev()
            .find_map(|line| line.rsplit(' ').next()?.parse().ok()),
    };
    work.steps.iter().rev().find_map(of)
}

/// The pages of all parts of a score, that of the score itself first; none where there is no score.
fn pages(world: &World, query: &ExplainQuery) -> Vec<(String, Arithmetic, f64)> {
    let Ok(tree) = explain::tree(world, query, &Cancel::new()) else {
        return Vec::new();
    };
    let mut pages = Vec::new();
    walk(&mut Vec::new(), &tree, &mut |path| {
        let page = work::of_part(world, query, path, &Cancel::new()).unwrap();
        let [.., node] = path else { panic!("a path has an end") };
        let parent = if path.len() > 1 { path[path.len() - 2] } else { node };
        pages.push((format!("{} {}", node.kind, node.label), page, parent.value));
    });
    pages
}

#[test]
fn the_last_number_of_every_page_is_the_number_served() {
    let world = World::new(small(), 42);
    for formula in formulas() {
        if world.fit(&formula, &Task::unattended()).is_err() {
            continue;
        }
        let mut scores = 0;
        for whose in [Whose::User(UserIx(0)), Whose::User(UserIx(3)), guest()] {
            let serving = world.serving(&formula, &whose, &Cancel::new()).unwrap();
            for item in [0, 3, 7, 10].map(ItemIx) {
                let query = ExplainQuery::new(whose.clone(), item, formula.clone());
                for (n, (name, page, parent)) in pages(&world, &query).into_iter().enumerate() {
                    let served = if n == 0 { serving.score(item).unwrap() } else { parent };
                    let of = format!("{formula}, {whose:?}, {item:?}: {name}");
                    assert!(
                        page.slides().iter().any(Slide::has_result),
                        "{of}: no steps in {page:#?}"
                    );
                    assert!(assert_computes(&page, &of) > 0, "{of}");
                    let last = last_number(&page).unwrap();
                    assert!(
                        (last - served).abs() <= 1e-6 * (1.0 + served.abs()),
                        "{of}: {last} is not {served}: {page:#?}"
                    );
                    scores += usize::from(n == 0);
                }
            }
        }
        // As it is set, none of these learns anything from so few ratings.
        let learns_nothing = ["slim"].contains(&formula.to_string().as_str());
        assert!(scores > 0 || learns_nothing, "{formula} scores nothing");
    }
}

fn page_of(text: &str, whose: Whose, kind: &str) -> Vec<String> {
    let world = World::new(small(), 42);
    let formula = Formula::parse(text).unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    let all = pages(&world, &ExplainQuery::new(whose, ItemIx(7), formula));
    let (.., page, _) = all.iter().find(|page| page.0.starts_with(kind)).unwrap();
    page.lines()
}

#[test]
fn what_lies_behind_a_part_comes_before_it() {
    let user = || Whose::User(UserIx(0));
    for (text, whose, kind, line) in [
        (
            "svd:factors=3",
            user(),
            "component",
            "one step of gradient descent on a rating",
        ),
        (
            "svd:factors=3",
            user(),
            "factor",
            "one step of gradient descent on a rating",
        ),
        (
            "svd:factors=3",
            guest(),
            "component",
            "a guest has no factors: they are folded in",
        ),
        (
            "0.5*svd:factors=3 + 0.5*ease | rank",
            guest(),
            "component svd",
            "a guest has no factors",
        ),
        ("ease", user(), "component", "what having rated "),
        (
            "ease:closeness=60",
            user(),
            "rated",
            "who rated both m minutes apart counts",
        ),
        ("item-knn", user(), "rated", "cosine: a = "),
        ("user-knn", user(), "neighbor", "cosine: a = "),
        ("content", user(), "term", "what the profile has of "),
    ] {
        let lines = page_of(text, whose, kind);
        assert!(
            lines[1].starts_with(line) || lines.iter().any(|l| l.starts_with(line)),
            "{text}: {lines:#?}"
        );
    }
    // The row that is asked for, not the strongest one.
    let lines = page_of("ease:lambda=5", user(), "rated");
    let (rated, first) = (lines[0].clone(), &lines[1]);
    assert_eq!(*first, format!("what having rated {rated} says of i7"));
}

/// Two ratings of items with two factors, by hand: K = [[q1·q1 + 1 + 2λ, q1·q2 + 1], [.., q2·q2 + 1 + 2λ]].
#[test]
fn a_fold_of_two_ratings_is_solved_on_paper() {
    let rating = |name: &str, rating, factors: [f64; 2]| FoldedRating {
        item: name.to_owned(),
        rating,
        bias: 0.5,
        factors: factors.to_vec(),
        share: 0.0,
    };
    let fold = Fold {
        item: "i".into(),
        mean: 3.0,
        item_bias: -0.25,
        factors: vec![1.0, 1.0],
        lambda: 0.5,
        has_bias: true,
        ratings: vec![rating("a", 5.0, [1.0, 0.0]), rating("b", 2.0, [0.0, 2.0])],
    };
    // y = (1.5, −1.5); K = [[3, 1], [1, 6]]: a = (10.5, −6) / 17; k_i = (2, 3).
    let page = of_fold(&fold);
    assert!(assert_computes(&page, "fold") > 4);
    let expected = 3.0 - 0.25 + (2.0 * 10.5 - 3.0 * 6.0) / 17.0;
    assert!((last_number(&page).unwrap() - expected).abs() < 1e-12, "{page:#?}");
    let lines = page.lines();
    for line in ["(1)  3 × a1 + 1 × a2 = 1.5", "(2)  1 × a1 + 6 × a2 = -1.5"] {
        assert!(lines.iter().any(|l| l == line), "{lines:#?}");
    }
    // The gradient of what is minimized vanishes at p = Σ a_j q_j, b = Σ a_j.
    let a = [10.5 / 17.0, -6.0 / 17.0];
    let (p, b) = ([a[0], 2.0 * a[1]], a[0] + a[1]);
    let gradient = |x: [f64; 2], y: f64| y - b - p[0] * x[0] - p[1] * x[1];
    let errors = [gradient([1.0, 0.0], 1.5), gradient([0.0, 2.0], -1.5)];
    assert!((errors[0] - p[0]).abs() < 1e-12 && (2.0 * errors[1] - p[1]).abs() < 1e-12);
    assert!((errors[0] + errors[1] - b).abs() < 1e-12);
}

#[test]
fn a_fold_comes_to_the_score_however_many_ratings_there_are() {
    let world = World::new(small(), 42);
    for (text, n) in [
        ("svd:factors=4", 2),
        ("svd:factors=4", 9),
        ("svd:factors=2,biased=false", 5),
        ("svd:factors=2,biased=false", 7),
    ] {
        let formula = Formula::parse(text).unwrap();
        world.fit(&formula, &Task::unattended()).unwrap();
        let ratings = (0..n).map(|i| (ItemIx(i), f64::from(1 + i * 3 % 5)));
        let whose = Whose::Guest(Arc::new(ratings.collect()));
        let item = ItemIx(10);
        let score = world
            .serving(&formula, &whose, &Cancel::new())
            .unwrap()
            .score(item)
            .unwrap();
        let page = crate::answers::learned::of_model(&world, (&whose, item), &formula, None, &Cancel::new());
        let page = page.unwrap().unwrap();
        assert!(assert_computes(&page, text) > 0);
        assert!(
            (last_number(&page).unwrap() - score).abs() < 1e-9,
            "{text} {n}: {score} {page:#?}"
        );
    }
}

/// A weight of EASE is what its row says, also where items are left out or ratings count by how near they are in time.
#[test]
fn a_row_of_ease_comes_to_the_weight_that_the_model_holds() {
    let world = World::new(small(), 42);
    for text in ["ease:lambda=2", "ease:lambda=2,closeness=600", "ease:lambda=2,items=6"] {
        let formula = Formula::parse(text).unwrap();
        world.fit(&formula, &Task::unattended()).unwrap();
        let whose = Whose::User(UserIx(0));
        let mut rows = 0;
        for (item, by) in world
            .dataset
            .items()
            .flat_map(|i| world.dataset.items().map(move |j| (i, j)))
        {
            let page = crate::answers::learned::of_model(&world, (&whose, item), &formula, Some(by), &Cancel::new());
            let Some(page) = page.unwrap() else { continue };
            assert!(assert_computes(&page, text) > 0);
            let lines = page.lines();
            let held = lines.last().unwrap().strip_prefix("the model holds ").unwrap();
            let held: f64 = held.split(' ').next().unwrap().parse().unwrap();
            let result = last_number(&page).unwrap();
            assert!(
                (held - result).abs() < 1e-6,
                "{text} {item:?} by {by:?}: {held} {result}"
            );
            rows += usize::from(held != 0.0);
        }
        assert!(rows > 20, "{text}: {rows}");
    }
}

/// A lone model knows only its name: its settings are those of the formula.
#[test]
fn similarities_behind_a_score_are_measured_as_the_formula_says() {
    let user = || Whose::User(UserIx(0));
    for text in [
        "item-knn:similarity=jaccard",
        "0.5*item-knn:similarity=jaccard + 0.5*popularity",
        "switch(raters>0 ? item-knn:similarity=jaccard : popularity)",
    ] {
        let lines = page_of(text, user(), "rated");
        assert!(lines[1].starts_with("jaccard: a = "), "{text}: {lines:#?}");
        let world = World::new(small(), 42);
        let formula = Formula::parse(text).unwrap();
        world.fit(&formula, &Task::unattended()).unwrap();
        let query = ExplainQuery::new(user(), ItemIx(7), formula);
        let view = explain::compute(&world, &query, &Cancel::new()).unwrap();
        let work = work::of_explanation(&world, &query, &view, &Cancel::new()).unwrap();
        let pairs = work.iter().filter(|page| page.title.contains(": a = "));
        assert!(
            pairs.clone().count() > 0 && pairs.clone().all(|page| page.title.starts_with("jaccard")),
            "{text}"
        );
    }
}
