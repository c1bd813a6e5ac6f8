use super::*;
use crate::panes::Ask;
use crate::panes::answer::Answer;
use crate::panes::answer::question::Question;
use crate::panes::tests_common::{assert_contract, texts};

fn view() -> QuestionsView {
    let about = [
        "Alien (1979)",
        "not in the first 10?",
        "out of the first 10?",
        "beside The Empire Strikes Back (1980)",
        "first 10, by steps",
        "by item-knn:…",
    ];
    let titles = Question::ALL.map(Question::title);
    QuestionsView {
        label: Some("Alien (1979)".to_owned()),
        rows: titles.into_iter().zip(about.map(str::to_owned)).collect(),
        second: None,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Questions, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Questions, &view());
}

#[test]
fn its_cursor_turns_the_answer_and_follows_it() {
    let mut shared = Shared::default();
    let target = Questions.target(&view(), &PaneState::default(), 3).unwrap();
    lead(&mut shared, &target);
    assert_eq!(shared.memory(Answer::ID).mode, 3);
    Questions::settle(&mut shared);
    assert_eq!(shared.memory(Questions::ID).cursor, 3);
    // Turned by a key of the answer, the cursor goes along.
    Question::Fragility.ask(&mut shared);
    Questions::settle(&mut shared);
    assert_eq!(shared.memory(Questions::ID).cursor, 4);
    assert_eq!(Questions.target(&view(), &PaneState::default(), 6), None);
}
