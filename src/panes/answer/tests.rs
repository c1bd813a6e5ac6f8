use std::sync::Arc;

use super::question::{Asked, asked, length};
use super::*;
use crate::answers::{
    CompareQuery, CompareSide, ContrastQuery, CounterfactualQuery, Entity, ExplainQuery, FragilityQuery, Subject,
    Whose, WhyNotQuery, World, compare, contrast, counterfactual, explain, fragility, why_not,
};
use crate::data::{ItemIx, UserIx};
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::panes::{Ask, Beside, Shared};
use crate::task::{Cancel, Task};

const MODEL: &str = "0.6*item-knn + 0.4*popularity";

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

/// The answer to every question about the item at a rank of somebody's list.
fn answers(rank: usize) -> Vec<AnswerView> {
    let world = World::new(synthetic(40, 30), 42);
    let (task, cancel) = (Task::unattended(), Cancel::new());
    let other = formula("ease:lambda=10");
    for model in [&formula(MODEL), &other] {
        world.fit(model, &task).unwrap();
    }
    let whose = Whose::User(UserIx(3));
    let serving = world.serving(&formula(MODEL), &whose, &cancel).unwrap();
    let item = serving.recommend(rank, false, &cancel).unwrap()[rank - 1].0;
    let n = 4;
    let explained = explain::compute(&world, &ExplainQuery::new(whose.clone(), item, formula(MODEL)), &cancel).unwrap();
    let why_not = WhyNotQuery {
        whose: whose.clone(),
        item,
        formula: formula(MODEL),
        n,
    };
    let why_not = why_not::compute(&world, &why_not, &cancel).unwrap();
    let without = CounterfactualQuery {
        whose: whose.clone(),
        item: Some(item),
        formula: formula(MODEL),
        n,
    };
    let without = counterfactual::compute(&world, &without, &cancel).unwrap();
    let two = ContrastQuery {
        whose: whose.clone(),
        item,
        against: None,
        formula: formula(MODEL),
    };
    let two = contrast::compute(&world, &two, &cancel).unwrap();
    let fragile = FragilityQuery {
        whose: whose.clone(),
        formula: formula(MODEL),
        n,
    };
    let fragile = fragility::compute(&world, &fragile, &cancel, &mut |_| ()).unwrap();
    let side = |formula: Formula| CompareSide {
        subject: Subject::Person(whose.clone()),
        formula,
    };
    let lists = CompareQuery {
        a: side(formula(MODEL)),
        b: side(other),
        n,
    };
    let lists = compare::compute(&world, &lists, &task).unwrap();
    let view = |sheet, of| AnswerView { of, sheet };
    vec![
        view(Sheet::default(), Answered::Why(Box::new(explained))),
        view(sheets::why_not(&why_not), Answered::WhyNot(why_not)),
        view(sheets::without(&without), Answered::Without(without)),
        view(sheets::contrast(&two), Answered::Contrast(two)),
        view(sheets::fragility(&fragile), Answered::Fragility(fragile)),
        view(sheets::compare(&lists), Answered::Compare(lists)),
    ]
}

#[test]
fn three_sizes_of_every_answer() {
    // The first of the list can be taken out of it, one further down can be brought in.
    for (view, further) in answers(1).iter().zip(answers(8)) {
        let view = if view.of.question() == Question::WhyNot {
            &further
        } else {
            view
        };
        let name = format!("{:?}", view.of.question()).to_lowercase();
        insta::assert_snapshot!(name, texts(&Answer, view, &PaneState::default()));
    }
}

#[test]
fn every_answer_keeps_the_contract() {
    for view in answers(1).iter().chain(&answers(8)) {
        assert_contract(&Answer, view);
    }
}

#[test]
fn rows_say_what_they_would_change_and_titles_nothing() {
    for view in answers(8) {
        let state = PaneState::default();
        let mut changes = 0;
        for row in 0..Answer.rows(&view, &state) {
            match Answer.target(&view, &state, row) {
                Some(Target::Change(change, about)) => {
                    changes += 1;
                    if let (crate::answers::Change::Ratings(ratings), Some(Entity::Item(item))) = (&*change, about) {
                        assert!(ratings.iter().any(|(rated, _)| *rated == item));
                    }
                }
                Some(other) => assert!(other.entity().is_some(), "{other:?}"),
                None => {}
            }
        }
        let changes_something = matches!(view.of, Answered::WhyNot(_) | Answered::Fragility(_));
        assert_eq!(changes > 0, changes_something, "{:?}", view.of.question());
        let first = Answer.first_cursor(&view);
        assert!(first < Answer.rows(&view, &state).max(1));
        let keys: Vec<u64> = (0..Answer.rows(&view, &state))
            .map(|row| Answer.row_key(&view, &state, row))
            .collect();
        let distinct: std::collections::BTreeSet<&u64> = keys.iter().collect();
        assert!(distinct.len() * 10 >= keys.len() * 9, "{:?}", view.of.question());
    }
}

#[test]
fn the_bars_of_a_contrast_lie_on_the_side_of_their_sign() {
    let view = &answers(8)[3];
    let shown = text(&Answer, view, &PaneState::default(), (90, 40));
    // Where each bar begins and ends, and whether its difference is below 0.
    let bars = shown.lines().filter_map(|line| {
        let cells: Vec<char> = line.chars().collect();
        let is_bar = |c: &char| "▄▖▗".contains(*c);
        let ends = (cells.iter().position(is_bar)?, cells.iter().rposition(is_bar)?);
        let difference = line
            .split_whitespace()
            .rev()
            .find(|word| word.starts_with(['+', '-']))?;
        Some((ends, difference.starts_with('-')))
    });
    let (below, above): (Vec<_>, Vec<_>) = bars.partition(|(_, is_below)| *is_below);
    assert!(below.len() > 2 && above.len() > 2, "{shown}");
    let axis = above.iter().map(|(ends, _)| ends.0).min();
    assert!(below.iter().all(|(ends, _)| Some(ends.1 + 1) == axis), "{shown}");
    assert!(above.iter().all(|(ends, _)| Some(ends.0) == axis), "{shown}");
}

fn shared() -> Shared {
    let mut shared = Shared::default();
    shared.selection.subject = Subject::Person(Whose::User(UserIx(3)));
    shared.selection.focus_item = Some(ItemIx(5));
    shared.selection.formula = Arc::new(formula(MODEL));
    shared
}

#[test]
fn a_question_depends_on_what_it_is_about_and_on_nothing_else() {
    let mut other = shared();
    other.selection.focus_item = Some(ItemIx(6));
    for question in Question::ALL {
        let is_about_item = !matches!(question, Question::Fragility | Question::Compare);
        let (one, two) = (asked(&shared(), question), asked(&other, question));
        assert_eq!(one != two, is_about_item, "{question:?}");
        let mut longer = shared();
        let values = &mut longer.memory_mut(Answer::ID).values;
        values.insert(question::LENGTH.to_owned(), crate::panes::controls::Value::Number(7.0));
        assert_eq!((length(&shared()), length(&longer)), (10, 7));
        assert_eq!(asked(&longer, question) != one, question.has_length(), "{question:?}");
        question.ask(&mut longer);
        assert_eq!(Question::asked(&longer), question);
        assert_eq!(Answer::controls(&longer).len(), usize::from(question.has_length()));
    }
}

#[test]
fn what_is_compared_with_is_what_was_picked_as_far_as_it_fits() {
    let other = |shared: &Shared| match asked(shared, Question::Compare) {
        Ok(Asked::Compare(query)) => Some((query.b.subject, query.b.formula.to_string())),
        _ => None,
    };
    let person = |user| Subject::Person(Whose::User(UserIx(user)));
    let mut shared = shared();
    assert_eq!(other(&shared), Some((person(3), "item-knn".to_owned())));
    shared.selection.formula = Arc::new(formula("item-knn"));
    assert_eq!(other(&shared), Some((person(3), "popularity".to_owned())));
    shared.selection.beside = Some(Beside::Subject(person(4)));
    assert_eq!(other(&shared), Some((person(4), "item-knn".to_owned())));
    shared.selection.beside = Some(Beside::Model(Arc::new(formula("ease"))));
    assert_eq!(other(&shared), Some((person(3), "ease".to_owned())));
    // An item is compared with an item.
    shared.selection.subject = Subject::Item(ItemIx(2));
    assert_eq!(other(&shared), None);
    shared.selection.neighbor = Some(Entity::Item(ItemIx(9)));
    assert_eq!(other(&shared), Some((Subject::Item(ItemIx(9)), "item-knn".to_owned())));
    shared.selection.beside = Some(Beside::Subject(Subject::Item(ItemIx(4))));
    assert_eq!(other(&shared), Some((Subject::Item(ItemIx(4)), "item-knn".to_owned())));
}

#[test]
fn without_an_item_there_is_a_sentence() {
    let mut shared = shared();
    shared.selection.focus_item = None;
    let sentence = asked(&shared, Question::WhyNot).unwrap_err();
    assert!(sentence.ends_with('.'), "{sentence}");
    assert!(asked(&shared, Question::Fragility).is_ok());
}
