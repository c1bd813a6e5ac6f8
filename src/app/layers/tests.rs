use crate::answers::{Entity, Subject, Whose};
use crate::app::events::Event;
use crate::app::tests_common::{Stage, middle_world, toy_world};
use crate::data::{ItemIx, UserIx};
use crate::panes::PaneId;

fn stage() -> Stage {
    Stage::new(middle_world(), (120, 40))
}

fn subject(stage: &Stage) -> Subject {
    stage.explorer.state.shared.selection.subject.clone()
}

#[test]
fn the_picker_previews_and_esc_brings_everything_back() {
    let mut stage = stage();
    let before = stage.explorer.state.shared.selection.clone();
    stage.press("u");
    stage.type_text("u17");
    assert_eq!(subject(&stage), Subject::Person(Whose::User(UserIx(17))));
    assert!(stage.text().contains("user u17"));
    // The list of the new subject leads, not the one of the old.
    let list = PaneId("recommendations");
    let slot = stage.explorer.slots.iter().find(|s| s.id() == list).unwrap();
    let first = slot.target(&stage.explorer.state.shared.memory(list), 0);
    let first = first.as_ref().and_then(crate::panes::Target::entity);
    assert_eq!(
        stage.explorer.state.shared.selection.focus_item.map(Entity::Item),
        first
    );
    stage.press("esc");
    assert_eq!(stage.explorer.state.shared.selection.subject, before.subject);
    assert!(stage.explorer.state.shared.back.is_empty());
}

#[test]
fn what_is_picked_is_a_visit() {
    let mut stage = stage();
    let before = subject(&stage);
    stage.press("i");
    stage.type_text("i33");
    stage.press("enter");
    assert_eq!(subject(&stage), Subject::Item(ItemIx(33)));
    assert!(stage.explorer.layers.is_empty());
    stage.press("backspace");
    assert_eq!(subject(&stage), before);
    stage.press("alt-right");
    assert_eq!(subject(&stage), Subject::Item(ItemIx(33)));
}

#[test]
fn letters_in_a_text_field_are_letters() {
    let mut stage = stage();
    stage.press("i q u ?");
    let typed = |stage: &mut Stage| {
        stage
            .explorer
            .layers
            .last_mut()
            .unwrap()
            .input()
            .unwrap()
            .value()
            .to_owned()
    };
    assert_eq!(typed(&mut stage), "qu?");
    stage.explorer.handle(Event::Paste(" x".to_owned()));
    assert_eq!(typed(&mut stage), "qu? x");
    stage.press("ctrl-w ctrl-u");
    assert_eq!(typed(&mut stage), "");
    stage.press("esc");
    assert!(stage.explorer.layers.is_empty());
}

#[test]
fn a_filter_leaves_rows_and_leads_to_them() {
    let mut stage = stage();
    stage.press("tab shift-tab /");
    let all = stage.explorer.state.shared.facts.rows;
    stage.type_text("i1");
    let left = stage.explorer.state.shared.facts.rows;
    assert!(left > 0 && left < all, "{left} of {all}");
    let focus = stage.explorer.state.shared.selection.focus_item.unwrap();
    assert!(stage.explorer.world.label(Entity::Item(focus)).contains("i1"));
    stage.press("enter down");
    let row = stage.explorer.state.shared.selection.focus_item.unwrap();
    assert!(stage.explorer.world.label(Entity::Item(row)).contains("i1") && row != focus);
    // Esc ends the filter; the cursor stays where it was.
    stage.press("esc");
    assert_eq!(stage.explorer.state.shared.facts.rows, all);
    assert_eq!(
        stage
            .explorer
            .state
            .shared
            .facts
            .target
            .as_ref()
            .and_then(crate::panes::Target::entity),
        Some(Entity::Item(row))
    );
}

#[test]
fn an_edit_changes_the_answers_and_undo_brings_them_back() {
    let mut stage = stage();
    let before = stage.text();
    // The first row of the profile, one step down the scale.
    stage.press("shift-tab home e left left enter");
    assert_eq!(stage.explorer.state.shared.selection.edits.len(), 1);
    let edited = stage.text();
    assert_ne!(edited, before);
    assert!(edited.contains("1 edited"));
    stage.press("ctrl-z");
    assert!(stage.explorer.state.shared.selection.edits.is_empty());
    stage.press("ctrl-y");
    assert_eq!(
        stage.text().lines().skip(1).collect::<Vec<_>>().len(),
        edited.lines().skip(1).count()
    );
    assert_eq!(stage.explorer.state.shared.selection.edits.len(), 1);
    stage.press("R");
    assert!(stage.explorer.state.shared.selection.edits.is_empty());
    stage.press("ctrl-z");
    assert_eq!(stage.explorer.state.shared.selection.edits.len(), 1);
}

#[test]
fn leaving_the_editor_leaves_the_rating() {
    let mut stage = stage();
    stage.press("e right x 1");
    assert!(!stage.explorer.state.shared.selection.edits.is_empty());
    stage.press("esc");
    assert!(stage.explorer.state.shared.selection.edits.is_empty() && !stage.explorer.state.history.can(true));
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
    assert!(stage.text().contains("guest with 1 rating "));
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
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), "popularity");
    // What cannot be read stays open, with what is wrong.
    stage.press("m ctrl-u");
    stage.type_text("0.5*nothing");
    stage.press("enter");
    assert!(!stage.explorer.layers.is_empty());
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), "popularity");
    let screen = stage.text();
    assert!(screen.contains("formula, column"), "{screen}");
    stage.press("ctrl-u");
    stage.type_text("item-k");
    stage.press("tab enter");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), "item-knn");
    stage.press("m ctrl-u");
    stage.type_text("base");
    stage.press("down enter");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), "baseline");
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
    assert!(!help.contains("Undo all edits"));
    stage.press("page-down q");
    assert!(stage.explorer.layers.is_empty());
}

#[test]
fn steps_of_the_layers() {
    let mut stage = Stage::new(toy_world(), (80, 24));
    for keys in ["i down esc", "m esc", "e right left x enter ctrl-z ctrl-y ctrl-z"] {
        stage.press(keys);
        assert!(stage.explorer.layers.is_empty(), "{keys}");
        assert!(stage.explorer.state.shared.selection.edits.is_empty(), "{keys}");
    }
}

#[test]
fn ratings_off_the_scale_are_refused_by_name() {
    let mut stage = stage();
    stage.press("e 9");
    assert!(stage.text().contains("9 is no rating here"), "{}", stage.text());
    assert!(stage.explorer.state.shared.selection.edits.is_empty());
    stage.press("esc");
}

#[test]
fn a_formula_is_completed_and_its_mistakes_are_marked_where_they_are() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("m ctrl-u");
    stage.type_text("0.5*item-k");
    stage.press("tab");
    stage.type_text(":simil");
    assert!(stage.text().contains("similarity="), "{}", stage.text());
    stage.press("tab");
    stage.type_text("jac");
    stage.press("tab");
    // Down and Enter write a parameter too, and leave the line open.
    stage.type_text(",min-su");
    stage.press("down enter");
    stage.type_text("2 + 0.5*popularity | zs");
    stage.press("tab");
    let typed = "0.5*item-knn:similarity=jaccard,min-support=2 + 0.5*popularity | zscore";
    assert!(stage.text().contains(&format!("= {typed}")), "{}", stage.text());
    stage.press("enter");
    let formula = stage.explorer.state.shared.selection.formula.to_string();
    assert!(
        formula.contains("similarity=jaccard") && formula.ends_with("| zscore"),
        "{formula}"
    );
    stage.press("m ctrl-u");
    stage.type_text("svd + poplarity");
    let screen = stage.text();
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("= svd + poplarity"))
        .unwrap();
    let column = |line: &str, what: &str| line[..line.find(what).unwrap()].chars().count();
    assert_eq!(column(lines[at + 1], "▲"), column(lines[at], "poplarity"), "{screen}");
    assert!(lines[at + 2].contains("did you mean popularity"), "{screen}");
}

#[test]
fn what_is_typed_replaces_the_formula() {
    let mut stage = stage();
    stage.press("m");
    stage.type_text("svd");
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), "svd");
    // A step within the line first keeps it.
    stage.press("m left end");
    stage.type_text(":factors=8");
    stage.press("enter");
    assert_eq!(
        stage.explorer.state.shared.selection.formula.to_string(),
        "svd:factors=8"
    );
}

#[test]
fn the_palette_finds_what_is_possible() {
    let (state, keymap) = (
        crate::app::state::State::default(),
        crate::app::keymap::Keymap::default(),
    );
    let choices = |search: &str| super::palette::choices(&state, &keymap, search);
    let all = choices("");
    assert!(all.iter().any(|c| c.id == "show_help") && all.iter().all(|c| c.id != "undo_edit"));
    let theme = choices("nxt thme");
    assert_eq!(theme.first().map(|c| c.id), Some("next_theme"));
    assert!(!theme[0].matched.is_empty());
    assert!(choices("zzzzzz").is_empty());
    assert!(matches!(
        choices("explore")[0].action,
        crate::app::action::Action::Screen('1')
    ));
    for pane in crate::panes::PANES {
        let name = format!("pane {}", pane.id.0.replace('_', " "));
        let found = choices(&name);
        let action = found.first().map(|c| &c.action);
        assert!(
            matches!(action, Some(crate::app::action::Action::Pane(id)) if *id == pane.id),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_pane_is_reached_from_another_screen_by_its_name() {
    let mut stage = stage();
    stage.press(":");
    stage.type_text("retrieval");
    stage.press("enter");
    let state = &stage.explorer.state;
    assert_eq!((state.screen().digit, state.shared.pane.0), ('7', "retrieval"));
    // Space measures there, and does not ask for a list as on the rest of the screen.
    let hints = stage.text().lines().last().unwrap_or_default().to_owned();
    assert_eq!(hints.matches("Space").count(), 1, "{hints}");
}

#[test]
fn arithmetic_goes_step_by_step_and_hides_what_is_to_be_guessed() {
    let mut stage = stage();
    stage.press("2");
    stage.settle();
    stage.press("=");
    let whole = stage.text();
    assert!(whole.contains("Arithmetic") && !whole.contains("step 1 of"), "{whole}");
    stage.press("n");
    let first = stage.text();
    assert!(first.contains("Arithmetic · step 1 of"), "{first}");
    stage.press("right");
    assert!(stage.text().contains("step 2 of"));
    stage.press("p left");
    assert!(!stage.text().contains("· step"), "before the first step stand all");
    // Guessing hides the result of the step until it is revealed, by space or by going on.
    stage.press("g");
    let hidden = stage.text();
    assert!(hidden.contains("guess, then space") && hidden.contains('?'), "{hidden}");
    stage.press("space");
    assert!(!stage.text().contains("guess, then space"));
    stage.press("n");
    assert!(stage.text().contains("step 2 of") && stage.text().contains("guess, then space"));
    stage.press("n");
    let revealed = stage.text();
    assert!(
        revealed.contains("step 2 of") && !revealed.contains("guess, then space"),
        "{revealed}"
    );
    stage.press("g g esc");
    assert!(stage.explorer.layers.is_empty());
}
