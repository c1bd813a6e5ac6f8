use super::*;
use crate::app::actions::Action::{
    Accept, Close, EditRating, Models, Move, PickItem, RatingDown, RatingUp, Redo, RemoveRating, Undo,
};
use crate::app::testing::{Stage, middle_world, toy_world};
use crate::data::{ItemIx, Scale, UserIx};

fn stage() -> Stage {
    Stage::new(middle_world(), (120, 40))
}

fn subject(stage: &Stage) -> Subject {
    stage.explorer.state.selection.subject.clone()
}

#[test]
fn the_picker_previews_and_esc_brings_everything_back() {
    let mut stage = stage();
    let before = stage.explorer.state.selection.clone();
    stage.press("u");
    stage.type_text("u17");
    assert_eq!(subject(&stage), Subject::Person(Whose::User(UserIx(17))));
    assert!(stage.text().contains("user u17"));
    // The list of the new subject leads, not the one of the old.
    let list = crate::panes::PaneId("recommendations");
    let slot = stage.explorer.panes.slot(list).unwrap();
    let first = slot
        .target(&stage.explorer.state.pane_state(list), 0)
        .and_then(crate::panes::Target::entity);
    assert_eq!(stage.explorer.state.selection.focus_item.map(Entity::Item), first);
    stage.press("esc");
    assert_eq!(stage.explorer.state.selection.subject, before.subject);
    assert!(stage.explorer.state.back.is_empty());
}

#[test]
fn what_is_picked_is_a_visit() {
    let mut stage = stage();
    let before = subject(&stage);
    stage.press("i");
    stage.type_text("i33");
    stage.press("enter");
    assert_eq!(subject(&stage), Subject::Item(ItemIx(33)));
    assert!(stage.explorer.state.overlays.is_empty());
    stage.press("backspace");
    assert_eq!(subject(&stage), before);
    stage.press("alt-right");
    assert_eq!(subject(&stage), Subject::Item(ItemIx(33)));
}

#[test]
fn letters_in_a_text_field_are_letters() {
    let mut stage = stage();
    stage.press("i q u ?");
    let Some(Overlay::Picker { input, .. }) = stage.explorer.state.overlays.last() else {
        panic!("the picker is open");
    };
    assert_eq!(input.value(), "qu?");
    paste(&mut stage.explorer.state, " x");
    stage.press("ctrl-w ctrl-u");
    stage.press("esc");
    assert!(stage.explorer.state.overlays.is_empty());
}

#[test]
fn a_filter_leaves_rows_and_leads_to_them() {
    let mut stage = stage();
    stage.press("tab shift-tab /");
    let all = stage.explorer.state.facts.rows;
    stage.type_text("i1");
    let left = stage.explorer.state.facts.rows;
    assert!(left > 0 && left < all, "{left} of {all}");
    let focus = stage.explorer.state.selection.focus_item.unwrap();
    assert!(stage.explorer.world.label(Entity::Item(focus)).contains("i1"));
    stage.press("enter down");
    let row = stage.explorer.state.selection.focus_item.unwrap();
    assert!(stage.explorer.world.label(Entity::Item(row)).contains("i1") && row != focus);
    // Esc ends the filter; the cursor stays where it was.
    stage.press("esc");
    assert_eq!(stage.explorer.state.facts.rows, all);
    assert_eq!(
        stage.explorer.state.facts.target.and_then(crate::panes::Target::entity),
        Some(Entity::Item(row))
    );
}

#[test]
fn an_edit_changes_the_answers_and_undo_brings_them_back() {
    let mut stage = stage();
    let before = stage.text();
    // The first row of the profile, one step down the scale.
    stage.press("shift-tab home e left left enter");
    assert_eq!(stage.explorer.state.selection.edits.len(), 1);
    let edited = stage.text();
    assert_ne!(edited, before);
    assert!(edited.contains("1 edited"));
    stage.press("ctrl-z");
    assert!(stage.explorer.state.selection.edits.is_empty());
    stage.press("ctrl-y");
    assert_eq!(
        stage.text().lines().skip(1).collect::<Vec<_>>().len(),
        edited.lines().skip(1).count()
    );
    assert_eq!(stage.explorer.state.selection.edits.len(), 1);
    stage.press("R");
    assert!(stage.explorer.state.selection.edits.is_empty());
    stage.press("ctrl-z");
    assert_eq!(stage.explorer.state.selection.edits.len(), 1);
}

#[test]
fn leaving_the_editor_leaves_the_rating() {
    let mut stage = stage();
    stage.press("e right x 1");
    assert!(!stage.explorer.state.selection.edits.is_empty());
    stage.press("esc");
    assert!(stage.explorer.state.selection.edits.is_empty() && !stage.explorer.state.can_undo());
}

#[test]
fn ratings_step_along_their_scale() {
    let scale = |min: f64, max: f64, step| Scale { min, max, step };
    let stars = scale(1.0, 5.0, Some(1.0));
    let halves = scale(0.5, 5.0, Some(0.5));
    let open = scale(-10.0, 10.0, None);
    for (value, up, scale, to) in [
        (Some(4.0), true, stars, 5.0),
        (Some(5.0), true, stars, 5.0),
        (Some(1.0), false, stars, 1.0),
        (None, true, stars, 4.0),
        (Some(3.5), false, halves, 3.0),
        (Some(0.3), true, open, 1.3),
        (None, false, open, 0.0),
    ] {
        let got = editing::stepped(value, up, scale);
        let least = editing::step_of(scale);
        assert!(
            (got - to).abs() < 1e-9 || (value.is_none() && (got - to).abs() <= least),
            "{value:?} {up} {scale:?}: {got}"
        );
    }
    assert_eq!(editing::of_digit('0', scale(1.0, 10.0, Some(1.0))), Some(10.0));
    assert_eq!(editing::of_digit('0', open), Some(0.0));
    assert_eq!(
        (editing::of_digit('6', stars), editing::of_digit('x', stars)),
        (None, None)
    );
}

#[test]
fn a_guest_rates_and_is_answered() {
    let mut stage = stage();
    stage.press("n");
    stage.type_text("i7");
    stage.press("enter 5 enter");
    let Subject::Person(Whose::Guest(ratings)) = subject(&stage) else {
        panic!("{:?}", subject(&stage));
    };
    assert_eq!(ratings.len(), 1);
    assert_eq!(ratings[0].1, 5.0);
    assert!(stage.text().contains("guest with 1 ratings"));
    stage.press("ctrl-z");
    assert_eq!(
        subject(&stage),
        Subject::Person(Whose::Guest(std::sync::Arc::default()))
    );
    stage.press("backspace");
    assert!(matches!(subject(&stage), Subject::Person(Whose::User(_))));
}

#[test]
fn the_model_menu_takes_formulas_and_models() {
    let mut stage = stage();
    stage.press("m ctrl-u");
    stage.type_text("popularity");
    stage.press("enter");
    assert_eq!(stage.explorer.state.selection.formula, "popularity");
    // What cannot be read stays open, with what is wrong.
    stage.press("m ctrl-u");
    stage.type_text("0.5*nothing");
    stage.press("enter");
    assert!(stage.explorer.state.in_models());
    assert_eq!(stage.explorer.state.selection.formula, "popularity");
    let screen = stage.text();
    assert!(screen.contains("formula, column"), "{screen}");
    stage.press("ctrl-u");
    stage.type_text("item-k");
    stage.press("tab enter");
    assert_eq!(stage.explorer.state.selection.formula, "item-knn");
    stage.press("m ctrl-u");
    stage.type_text("base");
    stage.press("down enter");
    assert_eq!(stage.explorer.state.selection.formula, "baseline");
}

#[test]
fn commands_run_from_the_palette_and_help_tells_the_keys() {
    let mut stage = stage();
    stage.press(":");
    stage.type_text("zoom");
    stage.press("enter");
    assert!(stage.explorer.state.zoomed);
    stage.press("z ?");
    let help = stage.text();
    assert!(
        help.contains("What is possible here") && help.contains("Pick a user"),
        "{help}"
    );
    assert!(!help.contains("Take all edits back"));
    stage.press("page-down q");
    assert!(stage.explorer.state.overlays.is_empty());
}

#[test]
fn pure_steps_of_the_overlays() {
    let mut stage = Stage::new(toy_world(), (80, 24));
    for actions in [
        &[PickItem, Move(Motion::Down), Close][..],
        &[Models, Close],
        &[EditRating, RatingUp, RatingDown, RemoveRating, Accept, Undo, Redo, Undo],
    ] {
        for action in actions {
            stage.explorer.act(*action);
            stage.settle();
        }
        assert!(stage.explorer.state.overlays.is_empty(), "{actions:?}");
        assert!(stage.explorer.state.selection.edits.is_empty(), "{actions:?}");
    }
}
