//! The one registry of everything a person can do. Keymap, help, hint line, command palette, the README's key table and the
//! tests are all made from it.

use super::state::State;

/// Where a key counts. An inner scope hides the same key of an outer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere, whatever lies on top.
    Always,
    /// In the panes, while nothing lies on top.
    Panes,
    /// In one pane.
    Pane(&'static str),
    /// In a list with a text field above it: picker, palette, model menu.
    List,
    /// In anything that is only read: help, arithmetic.
    Reading,
    /// In the rating editor.
    Rating,
    /// In the export dialog.
    Export,
}

/// A step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Motion {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    First,
    Last,
}

/// What a pane grows or shrinks by one key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Resize {
    Narrower,
    Wider,
    Taller,
    Lower,
}

/// What is to be done. Plain data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // Each is described by its entry in the registry.
pub enum Action {
    Quit,
    Close,
    StepOut,
    Move(Motion),
    FocusNext,
    FocusPrevious,
    Screen(char),
    Zoom,
    Resize(Resize),
    Open,
    Back,
    Forward,
    PickUser,
    PickItem,
    Guest,
    Filter,
    EditRating,
    Arithmetic,
    WhyNot,
    Undo,
    Redo,
    ResetEdits,
    Models,
    Palette,
    Help,
    Copy,
    CopyCommand,
    Export,
    Freeze,
    NextTheme,
    ToggleMouse,
    Suspend,
    Redraw,
    NextMode,
    Fold,
    RunPause,
    RunEvaluation,
    RemoveModel,
    Step,
    Reset,
    MapZoom(i8),
    Accept,
    CompleteModel,
    RatingDown,
    RatingUp,
    RemoveRating,
    ExportAs(usize),
}

/// All there is to know of an action.
pub struct ActionSpec {
    /// `verb_noun`, as in the settings file.
    pub id: &'static str,
    /// As the palette and the help call it.
    pub title: &'static str,
    /// The same in a word or two, for the hint line; empty for what needs no hint.
    pub hint: &'static str,
    /// One line more.
    pub doc: &'static str,
    /// The keys it comes with.
    pub keys: &'static [&'static str],
    /// Where its keys count.
    pub scope: Scope,
    /// Whether undo takes it back.
    pub undoable: bool,
    /// What it does.
    pub action: Action,
    /// When it is possible; only then is it offered.
    pub possible: fn(&State) -> bool,
}

const fn always(_: &State) -> bool {
    true
}

macro_rules! actions {
    ($($scope:expr => $id:literal $title:literal ($hint:literal) [$($key:literal),*] $action:expr, $possible:expr, $doc:literal $($undo:ident)?;)*) => {
        &[$(ActionSpec {
            id: $id,
            title: $title,
            hint: $hint,
            doc: $doc,
            keys: &[$($key),*],
            scope: $scope,
            undoable: actions!(@undo $($undo)?),
            action: $action,
            possible: $possible,
        }),*]
    };
    (@undo undoable) => { true };
    (@undo) => { false };
}

use Scope::{Always, Export, List, Pane, Panes, Rating, Reading};

/// The registry: one line an action.
#[rustfmt::skip]
pub static ACTIONS: &[ActionSpec] = actions! {
    // Going somewhere
    Panes => "pick_user" "Pick a user" ("user") ["u"] Action::PickUser, always, "A fuzzy search over all users; every pane previews the one under the cursor.";
    Panes => "pick_item" "Pick an item" ("item") ["i"] Action::PickItem, always, "A fuzzy search over all items; every pane previews the one under the cursor.";
    Panes => "filter_rows" "Filter the list" ("search") ["/"] Action::Filter, State::has_rows, "Shows only the rows that contain what you type.";
    Panes => "open_row" "Open the row" ("open") ["enter"] Action::Open, State::has_target, "Makes what is under the cursor the subject of every pane, or its model.";
    Panes => "go_back" "Back" ("") ["backspace", "alt-left"] Action::Back, State::can_go_back, "To the subject before this one.";
    Panes => "go_forward" "Forward" ("") ["alt-right"] Action::Forward, State::can_go_forward, "To the subject that you came back from.";
    Panes => "start_guest" "Start a guest" ("") ["n"] Action::Guest, always, "A newcomer without ratings, to whom you can give some: models score profiles, so no retraining is needed.";
    // What if, and why
    Panes => "edit_rating" "Edit the rating" ("edit rating") ["e"] Action::EditRating, State::can_rate, "What if this rating were another, or not there? Every pane answers with it." undoable;
    Panes => "undo_edit" "Undo" ("") ["ctrl-z"] Action::Undo, State::can_undo, "Takes the last edit back.";
    Panes => "redo_edit" "Redo" ("") ["ctrl-y"] Action::Redo, State::can_redo, "Does the edit again that was taken back.";
    Panes => "reset_edits" "Take all edits back" ("") ["R"] Action::ResetEdits, State::has_edits, "Back to the ratings as they are stored." undoable;
    Panes => "show_arithmetic" "Show the arithmetic" ("arithmetic") ["="] Action::Arithmetic, State::has_arithmetic, "Numbers, formula and result of what is under the cursor.";
    Panes => "ask_why_not" "Why not?" ("") ["w"] Action::WhyNot, State::is_person, "Pick an item that is not on the list and hold Why on it: its score, its rank, its parts.";
    Panes => "freeze_why" "Hold Why" ("") ["f"] Action::Freeze, State::has_why, "Keeps Why on what it shows while the cursor moves on; again lets go.";
    Panes => "choose_model" "Choose the model" ("model") ["m"] Action::Models, always, "Every model with what it does; or type a formula.";
    // Moving
    Panes => "move_down" "Down" ("") ["down", "j"] Action::Move(Motion::Down), always, "One row down; a map moves.";
    Panes => "move_up" "Up" ("") ["up", "k"] Action::Move(Motion::Up), always, "One row up; a map moves.";
    Panes => "move_left" "Left" ("") ["left", "h"] Action::Move(Motion::Left), always, "Folds a branch, moves a map, or goes to the pane on the left.";
    Panes => "move_right" "Right" ("") ["right", "l"] Action::Move(Motion::Right), always, "Unfolds a branch, moves a map, or goes to the pane on the right.";
    Panes => "page_down" "Page down" ("") ["page-down"] Action::Move(Motion::PageDown), always, "A screenful down.";
    Panes => "page_up" "Page up" ("") ["page-up"] Action::Move(Motion::PageUp), always, "A screenful up.";
    Panes => "half_page_down" "Half a page down" ("") ["ctrl-d"] Action::Move(Motion::HalfDown), always, "Half a screenful down.";
    Panes => "half_page_up" "Half a page up" ("") ["ctrl-u"] Action::Move(Motion::HalfUp), always, "Half a screenful up.";
    Panes => "go_first" "To the first row" ("") ["g", "home"] Action::Move(Motion::First), always, "The first row.";
    Panes => "go_last" "To the last row" ("") ["G", "end"] Action::Move(Motion::Last), always, "The last row.";
    // Looking
    Panes => "focus_next" "Next pane" ("pane") ["tab"] Action::FocusNext, always, "The keyboard goes to the next pane.";
    Panes => "focus_previous" "Previous pane" ("") ["shift-tab"] Action::FocusPrevious, always, "The keyboard goes to the pane before.";
    Panes => "zoom_pane" "Zoom the pane" ("zoom") ["z"] Action::Zoom, always, "The pane takes the whole screen; again gives it back.";
    Panes => "narrow_pane" "Narrower" ("") ["<"] Action::Resize(Resize::Narrower), always, "Gives two columns to the neighbors.";
    Panes => "widen_pane" "Wider" ("") [">"] Action::Resize(Resize::Wider), always, "Takes two columns from the neighbors.";
    Panes => "grow_pane" "Taller" ("") ["+"] Action::Resize(Resize::Taller), always, "Takes a line from the neighbors.";
    Panes => "shrink_pane" "Lower" ("") ["-"] Action::Resize(Resize::Lower), always, "Gives a line to the neighbors.";
    Panes => "next_view" "Next view of the pane" ("") ["v"] Action::NextMode, State::has_modes, "Steps through the ways in which the pane can show its answer.";
    Panes => "fold_branch" "Fold or unfold" ("") ["space"] Action::Fold, State::can_fold, "Hides or shows what lies below a branch of a tree.";
    // Taking along
    Panes => "copy_pane" "Copy the pane" ("") ["y"] Action::Copy, State::has_view, "The pane as text, sent to the terminal's clipboard.";
    Panes => "copy_command" "Copy the command line" ("") ["Y"] Action::CopyCommand, State::has_command, "The command that prints the same numbers as JSON.";
    Panes => "export_pane" "Export the pane" ("") ["x"] Action::Export, State::has_view, "As CSV, JSON or text into a file, or the whole screen as SVG.";
    // The program
    Panes => "open_palette" "Commands" ("commands") [":"] Action::Palette, always, "Every command that is possible here, by name.";
    Panes => "show_help" "Help" ("help") ["?"] Action::Help, always, "What is possible here, and by which keys.";
    Panes => "next_theme" "Next theme" ("") ["T"] Action::NextTheme, always, "Dark, light, color-blind, mono.";
    Panes => "toggle_mouse" "Mouse on or off" ("") ["M"] Action::ToggleMouse, always, "Off leaves the mouse to the terminal's own selection.";
    Panes => "step_out" "One step out" ("") ["esc"] Action::StepOut, always, "Ends the filter, then the zoom, then lets go of Why.";
    Panes => "suspend_program" "Suspend" ("") [] Action::Suspend, always, "Back to the shell until fg.";
    Always => "redraw_screen" "Draw the screen anew" ("") ["ctrl-l"] Action::Redraw, always, "After something else wrote over it.";
    Panes => "quit_program" "Quit" ("quit") ["q"] Action::Quit, always, "Leaves the terminal as it was found.";
    Always => "abort_program" "Quit at once" ("") ["ctrl-c"] Action::Quit, always, "Whatever lies on top.";
    // Panes of their own kind
    Pane("cold_start") => "run_bandit" "Run or pause" ("run/pause") ["space"] Action::RunPause, always, "Lets the policies pull, or holds them.";
    Pane("cold_start") => "step_bandit" "One step" ("step") ["s"] Action::Step, always, "Every policy pulls once.";
    Pane("cold_start") => "reset_bandit" "Start over" ("reset") ["r"] Action::Reset, always, "Back to the first step.";
    Pane("leaderboard") => "run_evaluation" "Measure or stop" ("measure/stop") ["space"] Action::RunEvaluation, always, "Measures the models that have no row yet, or stops that.";
    Pane("leaderboard") => "remove_model" "Take the model off" ("take off") ["delete", "d"] Action::RemoveModel, State::can_remove_model, "Takes the model under the cursor off the board; the three of the lesson stay, and the one that answers every pane.";
    Pane("factors") => "magnify_map" "Closer" ("closer") ["+"] Action::MapZoom(1), State::has_map, "Magnifies the map.";
    Pane("factors") => "shrink_map" "Farther" ("farther") ["-"] Action::MapZoom(-1), State::has_map, "Shows more of the map.";
    Pane("factors") => "center_map" "The whole map" ("all") ["."] Action::MapZoom(0), State::has_map, "Shows all of the map.";
    // On top of the panes
    List => "accept_choice" "Take it" ("take it") ["enter"] Action::Accept, always, "Takes what is under the cursor.";
    List => "next_choice" "Down" ("") ["down", "ctrl-n"] Action::Move(Motion::Down), always, "One down.";
    List => "previous_choice" "Up" ("") ["up", "ctrl-p"] Action::Move(Motion::Up), always, "One up.";
    List => "page_choices_down" "Page down" ("") ["page-down"] Action::Move(Motion::PageDown), always, "A screenful down.";
    List => "page_choices_up" "Page up" ("") ["page-up"] Action::Move(Motion::PageUp), always, "A screenful up.";
    List => "complete_choice" "Put it into the line" ("into the line") ["tab"] Action::CompleteModel, State::in_models, "Writes the model under the cursor into the formula.";
    List => "close_list" "Close" ("close") ["esc"] Action::Close, always, "Closes it and leaves everything as it was.";
    Reading => "close_page" "Close" ("close") ["esc", "q", "enter"] Action::Close, always, "Back to the panes.";
    Reading => "scroll_down" "Down" ("") ["down", "j"] Action::Move(Motion::Down), always, "One line down.";
    Reading => "scroll_up" "Up" ("") ["up", "k"] Action::Move(Motion::Up), always, "One line up.";
    Reading => "scroll_page_down" "Page down" ("") ["page-down", "space"] Action::Move(Motion::PageDown), always, "A screenful down.";
    Reading => "scroll_page_up" "Page up" ("") ["page-up"] Action::Move(Motion::PageUp), always, "A screenful up.";
    Rating => "lower_rating" "Lower" ("lower") ["left", "h", "down", "j", "-"] Action::RatingDown, always, "One step lower on the scale.";
    Rating => "raise_rating" "Higher" ("higher") ["right", "l", "up", "k", "+"] Action::RatingUp, always, "One step higher on the scale.";
    Rating => "remove_rating" "No rating" ("remove") ["delete", "x"] Action::RemoveRating, always, "As if it had never been rated.";
    Rating => "accept_rating" "Done" ("done") ["enter"] Action::Accept, always, "Keeps the rating.";
    Rating => "cancel_rating" "Leave it" ("leave it") ["esc", "q"] Action::Close, always, "Leaves the rating as it was.";
    Export => "export_csv" "CSV" ("CSV") ["c"] Action::ExportAs(0), always, "A table with a header line.";
    Export => "export_json" "JSON" ("JSON") ["j"] Action::ExportAs(1), always, "A list of objects.";
    Export => "export_text" "Text" ("text") ["t"] Action::ExportAs(2), always, "Aligned columns.";
    Export => "export_svg" "Screen as SVG" ("SVG") ["s"] Action::ExportAs(3), always, "A picture of the whole screen.";
    Export => "close_export" "Close" ("close") ["esc", "q"] Action::Close, always, "Nothing is written.";
};

/// The action with this id.
pub fn find_action(id: &str) -> Option<&'static ActionSpec> {
    ACTIONS.iter().find(|a| a.id == id)
}

/// The key table of the README, made from the registry: what a person meets in the panes, then the panes of their own kind.
pub fn keys_markdown() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("| Keys | Action | Name | |\n|---|---|---|---|\n");
    let shown =
        |a: &&ActionSpec| matches!(a.scope, Scope::Panes | Scope::Always | Scope::Pane(_)) && !a.keys.is_empty();
    for action in ACTIONS.iter().filter(shown) {
        let keys: Vec<String> = action.keys.iter().map(|k| format!("`{k}`")).collect();
        let pane = match action.scope {
            Scope::Pane(pane) => format!(" ({})", pane.replace('_', " ")),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "| {} | {}{pane} | `{}` | {} |",
            keys.join(" "),
            action.title,
            action.id,
            action.doc
        );
    }
    let _ = writeln!(
        text,
        "| `1` … `0` | Screens | | Explore, and the others as they stand in the bar. |"
    );
    text
}
