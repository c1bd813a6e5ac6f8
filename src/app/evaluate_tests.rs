use super::tests_common::{Stage, middle_world, toy_world};
use crate::answers::leaderboard::first_models;
use crate::data::FeedbackKind;
use crate::panes::PaneId;

/// The models on the board.
fn board(stage: &Stage) -> Vec<String> {
    let compared = &stage.explorer.state.shared.selection.compared;
    compared.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_is_measured_before_the_screen_is_shown() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let slot = |stage: &Stage| {
        stage
            .explorer
            .slots
            .iter()
            .find(|s| s.id().0 == "leaderboard")
            .unwrap()
            .rows()
            .1
    };
    stage.press("3 0 1");
    assert_eq!(slot(&stage), 0);
    stage.press("9");
    assert_eq!(slot(&stage), first_models(FeedbackKind::Ratings).len());
    let screen = stage.text();
    for wanted in [
        "Leaderboard",
        "Lesson",
        "Users",
        "popularity",
        "ease",
        "nDCG@10",
        "median",
    ] {
        assert!(screen.contains(wanted), "{wanted} in {screen}");
    }
    assert!(!stage.explorer.is_pending());
}

#[test]
fn keys_lead_from_a_row_to_its_users_and_to_the_model_of_all_panes() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9 down");
    let pane = |stage: &Stage, id| stage.explorer.state.shared.memory(PaneId(id));
    let cursor = pane(&stage, "leaderboard").cursor;
    let mode = pane(&stage, "users").mode;
    assert!(cursor == 1 && mode > 0);
    let model = board(&stage)[mode - 1].clone();
    assert!(
        stage
            .text()
            .contains(&format!("{}  median", &model[..8.min(model.len())]))
            || model.len() > 20
    );
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), model);
    // The menu puts a model on the board, and it is measured.
    stage.press("m ctrl-u");
    stage.type_text("puresvd:factors=2");
    stage.press("enter");
    assert_eq!(board(&stage).last().map(String::as_str), Some("puresvd:factors=2"));
    assert!(stage.text().contains("puresvd:factors=2"));
    // Users open as the subject; the board stays as it is.
    // The first stop is the board's own control.
    stage.press("tab tab tab down enter");
    let subject = stage.explorer.state.shared.selection.subject.clone();
    assert!(matches!(subject, crate::answers::Subject::Person(_)));
    assert_eq!(pane(&stage, "users").cursor, 1);
    stage.press("shift-tab shift-tab shift-tab /");
    stage.type_text("svd");
    stage.press("enter");
    let remembered = pane(&stage, "leaderboard");
    assert_eq!(
        (remembered.filter.as_str(), stage.explorer.state.shared.facts.rows),
        ("svd", 2)
    );
}

#[test]
fn a_model_is_taken_off_and_the_lesson_stays() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9 /");
    stage.type_text("svd");
    stage.press("enter d");
    assert!(!board(&stage).contains(&"svd".to_owned()));
    stage.press("esc /");
    stage.type_text("ease");
    stage.press("enter d");
    assert!(board(&stage).contains(&"ease".to_owned()));
    assert!(
        stage
            .explorer
            .state
            .shared
            .notice
            .as_deref()
            .is_some_and(|n| n.contains("Not possible here"))
    );
}

#[test]
fn a_toy_says_that_it_is_too_small() {
    let mut stage = Stage::new(toy_world(), (120, 40));
    stage.press("9");
    let screen = stage.text();
    let text = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("too few") || text.contains("leaves nothing to test"),
        "{screen}"
    );
}

#[test]
fn by_whatever_rows_are_ranked_the_users_are_those_of_the_row_under_the_cursor() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9");
    for _ in 0..10 {
        stage.press("v");
        let state = &stage.explorer.state;
        let mode = state.shared.memory(PaneId("users")).mode;
        assert_eq!(
            state.shared.facts.target,
            Some(crate::panes::Target::Model(
                state.shared.selection.compared[mode - 1].to_string()
            ))
        );
    }
}
