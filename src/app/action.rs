//! What can happen, what it happens with, and what may lie on top of the panes: the interfaces between the registry, the
//! keymap, the layers and the loop.

use std::any::Any;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::keys::Key;
use super::places::{Places, Spot};
use super::scope::{Scope, Verb};
use super::state::State;
use crate::answers::World;
use crate::engine::{Executor, Waker};
use crate::panes::{ActionRow, Drawn, PaneId, Shared, Slot, Standing, Target, Theme};
use crate::task::Pool;

/// All there is to know of an action that has a name.
pub struct ActionSpec {
    /// `verb_noun`, as in the settings file.
    pub id: &'static str,
    /// As the palette and the help call it.
    pub title: &'static str,
    /// The same in a word or two, for the hint line; empty for what needs no hint.
    pub hint: &'static str,
    pub doc: &'static str,
    pub keys: &'static [&'static str],
    pub scope: Scope,
    pub does: Does,
    /// When it is possible; only then is it offered.
    pub possible: Possible,
}

/// What an action does.
#[derive(Clone, Copy)]
pub enum Does {
    App(fn(&mut Cx<'_>)),
    Layer(Verb),
    /// What a pane or a screen may do.
    Pane(fn(&mut Shared, &World)),
}

/// When an action is possible.
#[derive(Clone, Copy)]
pub enum Possible {
    Always,
    /// As the explorer stands; where it isn't, the sentence says why.
    Where(fn(&State) -> bool, &'static str),
    Shared(fn(&Shared) -> bool),
}

impl ActionSpec {
    /// The action of a pane or a screen.
    pub fn of_pane(row: &ActionRow, scope: Scope) -> Self {
        Self {
            id: row.id,
            title: row.title,
            hint: row.hint,
            doc: row.doc,
            keys: row.keys,
            scope,
            does: Does::Pane(row.run),
            possible: Possible::Shared(row.possible),
        }
    }

    /// Whether it is possible now.
    pub fn is_possible(&self, state: &State) -> bool {
        match self.possible {
            Possible::Always => true,
            Possible::Where(possible, _) => possible(state),
            Possible::Shared(possible) => possible(&state.shared),
        }
    }

    /// Why it isn't possible now.
    pub fn why_not(&self) -> String {
        let title = self.title.to_lowercase();
        match self.possible {
            Possible::Where(_, why) => format!("Not possible here ({title}): {why}."),
            _ => format!("Not possible here: {}.", title.trim_end_matches('?')),
        }
    }
}

/// What happens. Only actions change the state.
#[derive(Clone, Debug)]
pub enum Action {
    Do(&'static ActionSpec),
    Screen(char),
    /// Gives the keyboard to this pane, on another screen where it stands there alone.
    Pane(PaneId),
    /// The mouse was pressed somewhere; `double`: for the second time.
    Point {
        spot: Spot,
        double: bool,
    },
    Wheel {
        spot: Spot,
        up: bool,
    },
    /// The mouse was dragged, by shares of the pane's width and height.
    Drag {
        spot: Spot,
        by: (f64, f64),
    },
    Type(Key),
    Paste(String),
}

impl std::fmt::Debug for ActionSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What is to be done beyond the state.
pub enum Effect {
    Quit,
    /// Give the terminal back until the program is continued.
    Suspend,
    Repaint,
    Mouse(bool),
    Theme,
    /// The pane as text to the clipboard.
    CopyPane,
    /// The command line with the same numbers to the clipboard.
    CopyCommand,
    /// The pane into a file: csv, json, text, the screen as svg, markdown, latex.
    Export(usize),
    /// A text into a new file called like this.
    SaveText(&'static str, String),
    Open(Box<dyn Layer>),
}

/// What actions work with.
pub struct Cx<'a> {
    pub state: &'a mut State,
    pub world: &'a World,
    pub slots: &'a [Box<dyn Slot>],
    pub places: &'a Places,
    pub offers: &'a dyn Offers,
    pub tools: &'a Tools,
    /// What is to be done beyond the state.
    pub effects: Vec<Effect>,
}

/// What a layer computes with.
pub struct Tools {
    pub browsing: Executor,
    pub pool: Pool,
    pub wake: Waker,
}

/// What can be done here, with the keys as they are bound.
pub trait Offers {
    /// All actions.
    fn actions(&self) -> &'static [ActionSpec];
    /// The first key of an action as people read it; empty where it has none.
    fn hint(&self, id: &str) -> String;
    /// All keys of an action as people read them.
    fn keys_shown(&self, id: &str) -> String;
}

impl Cx<'_> {
    /// The slot of a pane.
    pub fn slot(&self, pane: PaneId) -> Option<&dyn Slot> {
        self.slots.iter().find(|s| s.id() == pane).map(AsRef::as_ref)
    }

    /// How far a pane's answer is.
    pub fn standing(&self, pane: PaneId) -> Standing<'_> {
        self.slot(pane).map_or_else(Standing::default, Slot::standing)
    }

    /// What the row under the cursor of a pane is about.
    pub fn target(&self, pane: PaneId) -> Option<Target> {
        let remembered = self.state.shared.memory(pane);
        self.slot(pane)?.target(&remembered, remembered.cursor)
    }

    /// Says a sentence in place of the hints, until the next key.
    pub fn say(&mut self, notice: impl Into<String>) {
        self.state.shared.notice = Some(notice.into());
    }

    /// Lets something lie on top.
    pub fn open(&mut self, layer: impl Layer + 'static) {
        self.effects.push(Effect::Open(Box::new(layer)));
    }
}

/// What becomes of a layer after it was asked something.
#[derive(Debug)]
pub enum Then {
    Stay,
    Close,
    Do(Action),
}

/// What lies on top of the panes.
pub trait Layer: Any + Send {
    /// Where its keys are looked up.
    fn scope(&self) -> Scope;

    /// All scopes that its keys are looked up in, the innermost first.
    fn scopes(&self) -> Vec<Scope> {
        vec![self.scope()]
    }

    /// Does what a key means here.
    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then;

    /// Its text field, where it has one.
    fn input(&mut self) -> Option<&mut Input> {
        None
    }

    /// A key is about to reach the text field.
    fn before_key(&mut self, key: Key) {
        let _ = key;
    }

    /// Its text was changed.
    fn typed(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// A key that neither an action nor the text field has; says whether it was used.
    fn key(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let _ = (key, cx);
        false
    }

    /// The mouse was pressed on a row.
    fn point(&mut self, row: usize, cx: &mut Cx<'_>) {
        let _ = (row, cx);
    }

    /// Answers may have come; says whether that changed anything that can be seen.
    fn poll(&mut self, cx: &mut Cx<'_>) -> bool {
        let _ = cx;
        false
    }

    /// Whether answers are awaited.
    fn is_pending(&self) -> bool {
        false
    }

    /// Draws it: into the body of the screen, or into the hint line. Returns where the terminal's cursor belongs, where
    /// there is a text field, and where its rows went.
    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn);

    /// It stands in the hint line.
    fn is_line(&self) -> bool {
        false
    }
}

/// What layers are drawn with.
pub struct Scene<'a> {
    pub state: &'a State,
    pub world: &'a World,
    pub body: Rect,
    pub line: Rect,
    /// How wide the panes at the left edge are.
    pub first_column: u16,
    pub offers: &'a dyn Offers,
    pub theme: &'a Theme,
}

/// An action of the registry by its id, where there is one.
pub fn find(offers: &dyn Offers, id: &str) -> Option<Action> {
    offers.actions().iter().find(|a| a.id == id).map(Action::Do)
}
