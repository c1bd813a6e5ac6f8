use super::*;
use crate::answers::PipelineQuery;
use crate::panes::simulator::tests::{answer, question, views};
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::pipeline::fault::Fault;

#[test]
fn three_sizes() {
    let view = answer(&question("click:i3,skip:i7,watch:i11"));
    insta::assert_snapshot!(texts(&RankFlow, &view, &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in views() {
        assert_contract(&RankFlow, &view);
    }
}

#[test]
fn where_a_fallback_answers_nothing_is_said_of_the_batch() {
    let down = PipelineQuery {
        fault: Fault::StoreDown,
        ..question("click:i3,watch:i11")
    };
    let view = answer(&down);
    let title = RankFlow.title(Some(&view), &Selection::default());
    assert!(title.ends_with("to the most popular"), "{title}");
    let shown = text(&RankFlow, &view, &PaneState::default(), (76, 26));
    assert!(
        shown.contains("popular") && shown.contains("among the most popular, score "),
        "{shown}"
    );
    assert!(!shown.contains("batch"), "{shown}");
    for row in 0..view.flow.len() {
        let lines = RankFlow.arithmetic(&view, &PaneState::default(), row).unwrap();
        assert!(!lines.concat().contains("batch"), "{lines:?}");
    }
    // And with the store there, of nothing else.
    let view = answer(&question("click:i3,watch:i11"));
    assert!(
        RankFlow
            .title(Some(&view), &Selection::default())
            .ends_with("to the batch")
    );
}
