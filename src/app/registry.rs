//! The one registry of everything a person can do: a row an action. Keymap, help, hint line, command palette, the README's
//! key table and the tests are all made from it.

use std::sync::LazyLock;

use super::action::{ActionSpec, Cx, Does, Effect, Possible};
use super::keymap::Keymap;
use super::layers::{editor, export, filter, models, palette, picker, rating, reading, script, work};
use super::scope::{Motion, Scope, Verb};
use super::state::State;
use super::verbs::what_if::{Travel, save, travel};
use super::verbs::{control, cursor, going, program};
use crate::panes::PANES;
use crate::screens::SCREENS;

use Scope::{Always, Control, Export, Line, List, Panes, Rating, Reading, Work};

macro_rules! actions {
    ($($scope:expr => $id:literal $title:literal ($hint:literal) [$($key:literal),*] $does:expr, $possible:expr, $doc:literal;)*) => {
        vec![$(ActionSpec {
            id: $id,
            title: $title,
            hint: $hint,
            doc: $doc,
            keys: &[$($key),*],
            scope: $scope,
            does: $does,
            possible: $possible,
        }),*]
    };
}

/// What the explorer does.
const fn app(run: fn(&mut Cx<'_>)) -> Does {
    Does::App(run)
}

/// What lies on top does.
const fn top(verb: Verb) -> Does {
    Does::Layer(verb)
}

const ALWAYS: Possible = Possible::Always;

/// The most useful first: so they stand in the palette, the help and the hint line.
#[rustfmt::skip]
static ACTIONS: LazyLock<Vec<ActionSpec>> = LazyLock::new(|| {
    let mut all = actions! {
        // What is asked most
        Panes => "pick_user" "Pick a user" ("user") ["u"] app(picker::open_users), ALWAYS, "A fuzzy search over all users; every pane previews the marked one.";
        Panes => "pick_item" "Pick an item" ("item") ["i"] app(picker::open_items), ALWAYS, "A fuzzy search over all items; every pane previews the marked one.";
        Panes => "choose_model" "Choose the model" ("model") ["m"] app(models::open), ALWAYS, "All models with what they do; or type a formula.";
        Panes => "edit_rating" "Edit the rating" ("edit rating") ["e"] app(rating::open), Possible::Where(|s| s.shared.rating_cell().is_some(), "no rating is under the cursor"), "What if this rating were different, or missing? Every pane answers.";
        Panes => "show_arithmetic" "Show the arithmetic" ("arithmetic") ["="] app(work::open), Possible::Where(|s| s.shared.facts.has_arithmetic, "nothing under the cursor was computed"), "Numbers, formula and result of what is under the cursor.";
        Panes => "filter_rows" "Filter the list" ("filter") ["/"] app(filter::open), Possible::Where(has_rows, "this pane has no list"), "Shows only the rows that contain what you type.";
        Panes => "open_row" "Open the row" ("open") ["enter"] app(going::open_row), Possible::Where(has_target, "nothing that could be opened is under the cursor"), "Makes the marked row the subject of every pane, or its model.";
        Panes => "start_guest" "Start a guest" ("") ["n"] app(picker::open_guest), ALWAYS, "A newcomer to whom you give ratings; nothing is retrained.";
        Panes => "open_palette" "Commands" ("commands") [":"] app(palette::open), ALWAYS, "Every command that is possible here, by name.";
        Panes => "show_help" "Help" ("help") ["?", "f1"] app(reading::open_help), ALWAYS, "What is possible here, and by which keys.";
        Panes => "focus_next" "Next pane or control" ("pane") ["tab"] app(|cx| going::focus_by(cx, true)), ALWAYS, "To the next control of the pane, then to the next pane.";
        Panes => "focus_previous" "Previous pane or control" ("") ["shift-tab"] app(|cx| going::focus_by(cx, false)), ALWAYS, "To the control or the pane before.";
        Panes => "zoom_pane" "Zoom the pane" ("zoom") ["z"] app(going::zoom), ALWAYS, "The pane takes the whole screen; again gives it back.";
        Panes => "next_view" "Next view of the pane" ("view") ["v"] app(cursor::next_view), Possible::Where(|s| s.shared.facts.modes > 1, "this pane has one view only"), "Steps through the ways in which the pane can show its answer.";
        Panes => "fold_branch" "Fold or unfold" ("") ["space"] app(cursor::fold), Possible::Where(|s| s.shared.facts.is_branch, "the row has no parts"), "Hides or shows the parts of the row under the cursor.";
        Panes => "freeze_why" "Hold Why" ("") ["f"] app(going::freeze), Possible::Where(|s| s.shared.selection.why().is_some(), "Why is not about an item"), "Keeps Why on this item while the cursor moves; again lets it follow.";
        // What was changed, where one has been
        Panes => "stop_fit" "Stop the fit" ("keep the fit") ["D"] app(|cx| { cx.state.enough.say(); }), Possible::Where(|s| s.enough.is_heeded(), "nothing is being fitted epoch by epoch"), "What learns by epochs keeps what it has learned; undo fits it whole.";
        Panes => "undo_edit" "Undo" ("") ["ctrl-z"] app(|cx| program::travel(cx, true)), Possible::Where(|s| s.history.can(true), "nothing was changed"), "Takes back the last change of a rating, the model or a control.";
        Panes => "redo_edit" "Redo" ("") ["ctrl-y"] app(|cx| program::travel(cx, false)), Possible::Where(|s| s.history.can(false), "nothing was undone"), "Makes the change again that was undone.";
        Panes => "reset_edits" "Undo all edits" ("") ["R"] app(program::reset_edits), Possible::Where(|s| !s.shared.selection.edits.is_empty(), "no rating was edited"), "Back to the ratings as they are stored.";
        Panes => "write_edit" "Write an edit" ("") ["E"] app(script::open_line), Possible::Where(is_person, "an item is the subject, not a person"), "rate TITLE 4.5, unrate TITLE, until 1998-01-31, or scale 0.5.";
        Panes => "replay_edits" "Replay edits" ("") ["L"] app(script::open_file), Possible::Where(is_person, "an item is the subject, not a person"), "Applies the edits of a text file to the subject.";
        Panes => "save_edits" "Save the edits" ("") ["S"] app(save), Possible::Where(is_edited, "no rating of the subject was edited"), "Writes the subject's edits into a text file of this folder.";
        Panes => "step_back_in_time" "An event back" ("") ["["] app(|cx| travel(cx, Travel::Event { back: true })), Possible::Where(is_person, "an item is the subject, not a person"), "As if the last event had not happened yet; every pane answers.";
        Panes => "step_on_in_time" "An event on" ("") ["]"] app(|cx| travel(cx, Travel::Event { back: false })), Possible::Where(is_person, "an item is the subject, not a person"), "Lets the next event of the history happen.";
        Panes => "go_back_a_day" "A day back" ("") ["{"] app(|cx| travel(cx, Travel::Day { back: true })), Possible::Where(is_person, "an item is the subject, not a person"), "To the end of the day before the last event.";
        Panes => "go_on_a_day" "A day on" ("") ["}"] app(|cx| travel(cx, Travel::Day { back: false })), Possible::Where(is_person, "an item is the subject, not a person"), "To the end of the day of the next event.";
        Panes => "go_to_now" "To the present" ("") ["."] app(|cx| travel(cx, Travel::Now)), Possible::Where(is_person, "an item is the subject, not a person"), "Lets all of the history happen.";
        Panes => "go_back" "Back" ("") ["backspace", "alt-left"] app(|cx| going::travel(cx, true)), Possible::Where(|s| !s.shared.back.is_empty(), "this is the first subject"), "To the subject before this one.";
        Panes => "go_forward" "Forward" ("") ["alt-right"] app(|cx| going::travel(cx, false)), Possible::Where(|s| !s.shared.forward.is_empty(), "this is the last subject"), "To the subject that you came back from.";
        // Moving
        Panes => "move_down" "Down" ("") ["down", "j"] app(|cx| cursor::step(cx, Motion::Down)), ALWAYS, "One row down; moves a map.";
        Panes => "move_up" "Up" ("") ["up", "k"] app(|cx| cursor::step(cx, Motion::Up)), ALWAYS, "One row up; moves a map.";
        Panes => "move_left" "Left" ("") ["left", "h"] app(|cx| cursor::step(cx, Motion::Left)), ALWAYS, "Folds a branch, moves a map, or goes to the pane on the left.";
        Panes => "move_right" "Right" ("") ["right", "l"] app(|cx| cursor::step(cx, Motion::Right)), ALWAYS, "Unfolds a branch, moves a map, or goes to the pane on the right.";
        Panes => "page_down" "Page down" ("") ["page-down"] app(|cx| cursor::step(cx, Motion::PageDown)), ALWAYS, "A screenful down.";
        Panes => "page_up" "Page up" ("") ["page-up"] app(|cx| cursor::step(cx, Motion::PageUp)), ALWAYS, "A screenful up.";
        Panes => "half_page_down" "Half a page down" ("") ["ctrl-d"] app(|cx| cursor::step(cx, Motion::HalfDown)), ALWAYS, "Half a screenful down.";
        Panes => "half_page_up" "Half a page up" ("") ["ctrl-u"] app(|cx| cursor::step(cx, Motion::HalfUp)), ALWAYS, "Half a screenful up.";
        Panes => "go_first" "To the first row" ("") ["g", "home"] app(|cx| cursor::step(cx, Motion::First)), ALWAYS, "The top of the list.";
        Panes => "go_last" "To the last row" ("") ["G", "end"] app(|cx| cursor::step(cx, Motion::Last)), ALWAYS, "The end of the list.";
        // Taking along
        Panes => "copy_pane" "Copy the pane" ("") ["y"] app(|cx| cx.effects.push(Effect::CopyPane)), Possible::Where(has_view, "the pane has no answer yet"), "Sends the pane as text to the terminal's clipboard.";
        Panes => "copy_command" "Copy the command line" ("") ["Y"] app(|cx| cx.effects.push(Effect::CopyCommand)), Possible::Where(|s| s.shared.facts.has_command, "the pane has no answer yet"), "Copies the command that prints the same numbers as JSON.";
        Panes => "export_pane" "Export the pane" ("") ["x"] app(export::open), Possible::Where(has_view, "the pane has no answer yet"), "Into a file: CSV, JSON, text, Markdown, LaTeX; the screen as SVG.";
        // The screen and the program
        Panes => "narrow_pane" "Narrower" ("") ["<"] app(|cx| going::resize(cx, -2, 0)), ALWAYS, "Gives two columns to the panes beside it.";
        Panes => "widen_pane" "Wider" ("") [">"] app(|cx| going::resize(cx, 2, 0)), ALWAYS, "Takes two columns from the panes beside it.";
        Panes => "grow_pane" "Taller" ("") ["+"] app(|cx| going::resize(cx, 0, 1)), ALWAYS, "Takes a line from the panes above or below.";
        Panes => "shrink_pane" "Shorter" ("") ["-"] app(|cx| going::resize(cx, 0, -1)), ALWAYS, "Gives a line to the panes above or below.";
        Panes => "next_theme" "Next theme" ("") ["T"] app(program::next_theme), ALWAYS, "Dark, light, color-blind, mono.";
        Panes => "toggle_mouse" "Mouse on or off" ("") ["M"] app(program::toggle_mouse), ALWAYS, "Off leaves the mouse to the terminal's own selection.";
        Panes => "step_out" "One step out" ("") ["esc"] app(going::step_out), ALWAYS, "Leaves the control, the filter, the zoom, then the hold on Why.";
        Panes => "suspend_program" "Suspend" ("") [] app(|cx| cx.effects.push(Effect::Suspend)), ALWAYS, "Back to the shell until fg.";
        Panes => "quit_program" "Quit" ("quit") ["q"] app(|cx| cx.effects.push(Effect::Quit)), ALWAYS, "Leaves the terminal as it was found.";
        Always => "redraw_screen" "Redraw the screen" ("") ["ctrl-l"] app(|cx| cx.effects.push(Effect::Repaint)), ALWAYS, "After something else wrote over it.";
        Always => "abort_program" "Quit at once" ("") ["ctrl-c"] app(|cx| cx.effects.push(Effect::Quit)), ALWAYS, "Whatever lies on top.";
        // Controls
        Control => "step_control_down" "Lower" ("lower") ["left"] app(|cx| control::step(cx, false, false)), ALWAYS, "One step down, or the choice before.";
        Control => "step_control_up" "Higher" ("higher") ["right"] app(|cx| control::step(cx, true, false)), ALWAYS, "One step up, or the next choice.";
        Control => "step_control_far_down" "Much lower" ("") ["shift-left"] app(|cx| control::step(cx, false, true)), ALWAYS, "A large step down, or the first choice.";
        Control => "step_control_far_up" "Much higher" ("") ["shift-right"] app(|cx| control::step(cx, true, true)), ALWAYS, "A large step up, or the last choice.";
        Control => "type_control" "Type a value" ("type") ["enter"] app(editor::open), ALWAYS, "Type the value of the control.";
        Control => "reset_control" "Reset the control" ("reset") ["backspace"] app(control::reset), ALWAYS, "Back to its default.";
        Control => "leave_control" "Leave the control" ("leave") ["esc"] app(control::leave), ALWAYS, "The keyboard goes back to the pane.";
        // On top of the panes
        List => "accept_choice" "Use it" ("use it") ["enter"] top(Verb::Accept), ALWAYS, "Uses what is under the cursor.";
        List => "next_choice" "Down" ("") ["down", "ctrl-n"] top(Verb::Move(Motion::Down)), ALWAYS, "One row down.";
        List => "previous_choice" "Up" ("") ["up", "ctrl-p"] top(Verb::Move(Motion::Up)), ALWAYS, "One row up.";
        List => "page_choices_down" "Page down" ("") ["page-down"] top(Verb::Move(Motion::PageDown)), ALWAYS, "A screenful down.";
        List => "page_choices_up" "Page up" ("") ["page-up"] top(Verb::Move(Motion::PageUp)), ALWAYS, "A screenful up.";
        List => "complete_choice" "Complete the line" ("") ["tab"] top(Verb::Complete), ALWAYS, "Writes the model under the cursor into the formula.";
        List => "close_list" "Close" ("close") ["esc"] top(Verb::Close), ALWAYS, "Closes it and leaves everything as it was.";
        Line => "accept_value" "Set it" ("set it") ["enter"] top(Verb::Accept), ALWAYS, "Sets the control to what was typed.";
        Line => "complete_value" "Complete it" ("complete") ["tab"] top(Verb::Complete), ALWAYS, "Writes the first of the words that fit into the line.";
        Line => "close_line" "Close" ("close") ["esc"] top(Verb::Close), ALWAYS, "Leaves the control as it was.";
        Reading => "close_page" "Close" ("close") ["esc", "q", "enter"] top(Verb::Close), ALWAYS, "Back to the panes.";
        Reading => "scroll_down" "Down" ("") ["down", "j"] top(Verb::Move(Motion::Down)), ALWAYS, "One line down.";
        Reading => "scroll_up" "Up" ("") ["up", "k"] top(Verb::Move(Motion::Up)), ALWAYS, "One line up.";
        Reading => "scroll_page_down" "Page down" ("") ["page-down", "space"] top(Verb::Move(Motion::PageDown)), ALWAYS, "A screenful down.";
        Reading => "scroll_page_up" "Page up" ("") ["page-up"] top(Verb::Move(Motion::PageUp)), ALWAYS, "A screenful up.";
        Work => "next_step" "Next step" ("step") ["right", "n", "l"] top(Verb::Step(true)), ALWAYS, "One step further; shows first what is still hidden.";
        Work => "previous_step" "Previous step" ("") ["left", "p", "h"] top(Verb::Step(false)), ALWAYS, "One step back; before the first stand all steps at once.";
        Work => "guess_result" "Guess, then reveal" ("guess") ["g"] top(Verb::Guess), ALWAYS, "Hides every result until you have guessed it; again shows them.";
        Work => "reveal_result" "Reveal the result" ("") ["space"] top(Verb::Reveal), ALWAYS, "Shows the result that is hidden, else a screenful more.";
        Rating => "lower_rating" "Lower" ("lower") ["left", "h", "down", "j", "-"] top(Verb::Step(false)), ALWAYS, "One step lower on the scale.";
        Rating => "raise_rating" "Higher" ("higher") ["right", "l", "up", "k", "+"] top(Verb::Step(true)), ALWAYS, "One step higher on the scale.";
        Rating => "remove_rating" "No rating" ("remove") ["delete", "x"] top(Verb::Remove), ALWAYS, "As if it had never been rated.";
        Rating => "accept_rating" "Keep it" ("keep it") ["enter"] top(Verb::Accept), ALWAYS, "Keeps the rating.";
        Rating => "cancel_rating" "Cancel" ("cancel") ["esc", "q"] top(Verb::Close), ALWAYS, "Leaves the rating as it was.";
        Export => "export_csv" "CSV" ("CSV") ["c"] top(Verb::Nth(0)), ALWAYS, "A table with a header line.";
        Export => "export_json" "JSON" ("JSON") ["j"] top(Verb::Nth(1)), ALWAYS, "A list of objects.";
        Export => "export_text" "Text" ("text") ["t"] top(Verb::Nth(2)), ALWAYS, "Aligned columns.";
        Export => "export_svg" "Screen as SVG" ("SVG") ["s"] top(Verb::Nth(3)), ALWAYS, "A picture of the whole screen.";
        Export => "export_markdown" "Markdown" ("Markdown") ["m"] top(Verb::Nth(4)), ALWAYS, "A table for a document.";
        Export => "export_latex" "LaTeX" ("LaTeX") ["l"] top(Verb::Nth(5)), ALWAYS, "A tabular for a paper.";
        Export => "close_export" "Close" ("close") ["esc", "q"] top(Verb::Close), ALWAYS, "Nothing is written.";
    };
    // What panes ask of whatever is under the cursor stands beside what the explorer does with it.
    let beside = all.iter().position(|a| a.id == "filter_rows").unwrap_or(all.len());
    let everywhere = PANES.iter().flat_map(|pane| pane.everywhere);
    all.splice(beside..beside, everywhere.map(|row| ActionSpec::of_pane(row, Panes)));
    for pane in PANES {
        all.extend(pane.actions.iter().map(|row| ActionSpec::of_pane(row, Scope::Pane(pane.id.0))));
    }
    for screen in SCREENS {
        all.extend(screen.actions.iter().map(|row| ActionSpec::of_pane(row, Scope::Screen(screen.digit))));
    }
    all
});

fn is_person(state: &State) -> bool {
    matches!(state.shared.selection.subject, crate::answers::Subject::Person(_))
}

fn is_edited(state: &State) -> bool {
    use crate::answers::{Subject, Whose};
    let selection = &state.shared.selection;
    match &selection.subject {
        Subject::Person(Whose::User(user)) => selection.edits.of_user(*user).next().is_some(),
        Subject::Person(Whose::Guest(ratings)) => !ratings.is_empty(),
        Subject::Item(_) => false,
    }
}

fn has_rows(state: &State) -> bool {
    let shared = &state.shared;
    shared.facts.rows > 0 || !shared.memory(shared.pane).filter.is_empty()
}

fn has_target(state: &State) -> bool {
    use crate::panes::Target;
    let target = state.shared.facts.target.as_ref();
    target.is_some_and(|target| target.entity().is_some() || matches!(target, Target::Model(_)))
}

fn has_view(state: &State) -> bool {
    state.shared.facts.has_view
}

/// All actions: the explorer's, then those of panes and screens.
pub fn actions() -> &'static [ActionSpec] {
    &ACTIONS
}

impl Default for Keymap {
    /// The keys as they come.
    fn default() -> Self {
        Self::new(actions())
    }
}

/// The key table of the README, made from the registry: what a person meets in the panes, then the panes of their own kind.
pub fn keys_markdown() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("| Keys | Action | Name | |\n|---|---|---|---|\n");
    let shown = |a: &&ActionSpec| {
        matches!(
            a.scope,
            Panes | Always | Control | Work | Scope::Pane(_) | Scope::Screen(_)
        ) && !a.keys.is_empty()
    };
    for action in actions().iter().filter(shown) {
        let keys: Vec<String> = action.keys.iter().map(|k| format!("`{k}`")).collect();
        let place = match action.scope {
            Scope::Pane(pane) => format!(" ({})", pane.replace('_', " ")),
            Scope::Control => " (control)".to_owned(),
            Scope::Work => " (arithmetic)".to_owned(),
            _ => String::new(),
        };
        let (keys, title, id, doc) = (keys.join(" "), action.title, action.id, action.doc);
        let _ = writeln!(text, "| {keys} | {title}{place} | `{id}` | {doc} |");
    }
    let _ = writeln!(
        text,
        "| `1` … `0` | Screens | | Those that are named in the first line. |"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keys::Key;
    use std::collections::HashSet;

    #[test]
    fn no_two_actions_share_a_key_in_one_scope() {
        let mut seen = HashSet::new();
        let mut ids = HashSet::new();
        for action in actions() {
            assert!(ids.insert(action.id), "{} stands twice", action.id);
            assert!(
                action.id.contains('_') && !action.doc.is_empty() && action.doc.ends_with(['.', '?']),
                "{}",
                action.id
            );
            for text in action.keys {
                assert!(
                    seen.insert((action.scope, Key::parse(text).unwrap())),
                    "{text} of {} is taken",
                    action.id
                );
            }
        }
    }

    #[test]
    fn names_in_users_settings_keep_working() {
        // Every name that a release had; none is ever taken off this list.
        let names = "abort_program accept_choice accept_rating ask_why_not cancel_rating center_map \
            choose_model close_export close_list close_page complete_choice copy_command copy_pane \
            edit_rating export_csv export_json export_pane export_svg export_text filter_rows \
            focus_next focus_previous fold_branch freeze_why go_back go_first go_forward go_last \
            grow_pane half_page_down half_page_up lower_rating magnify_map move_down move_left \
            move_right move_up narrow_pane next_choice next_theme next_view open_palette open_row \
            page_choices_down page_choices_up page_down page_up pick_item pick_user previous_choice \
            quit_program raise_rating redo_edit redraw_screen remove_model remove_rating reset_bandit \
            reset_edits run_bandit run_evaluation scroll_down scroll_page_down scroll_page_up \
            scroll_up show_arithmetic show_help shrink_map shrink_pane start_guest step_bandit \
            step_out suspend_program toggle_mouse undo_edit widen_pane zoom_pane";
        for name in names.split_whitespace() {
            assert!(actions().iter().any(|a| a.id == name), "{name}");
        }
    }

    #[test]
    fn help_and_palette_fit_120_columns() {
        for action in actions() {
            let (title, doc) = (action.title.chars().count(), action.doc.chars().count());
            // Border, keys, title, sentence, border.
            assert!(title <= 24 && doc <= 72, "{}: {title} and {doc} characters", action.id);
        }
    }

    #[test]
    fn the_key_table_holds_every_action_of_the_panes() {
        let table = keys_markdown();
        for action in actions().iter().filter(|a| a.scope == Panes && !a.keys.is_empty()) {
            assert!(
                table.contains(action.title) && table.contains(&format!("`{}`", action.keys[0])),
                "{}",
                action.id
            );
        }
    }
}
