//! Everything a person can change, as plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use tui_input::Input;

use super::actions::Scope;
use super::layout::Sizes;
use super::screens::{SCREENS, Screen};
use crate::answers::{Subject, Whose};
use crate::data::{Edits, ItemIx, UserIx};
use crate::panes::{PaneId, PaneState, Selection, Target, ThemeName};

/// The whole state of the explorer.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What every pane's question is made from.
    pub selection: Selection,
    /// The screen, by its place among [`SCREENS`].
    pub screen: usize,
    /// The pane that has the keyboard, by its place in the screen's list.
    pub focused: usize,
    /// It has the whole screen.
    pub zoomed: bool,
    /// What each pane remembers.
    pub panes: BTreeMap<PaneId, PaneState>,
    /// The models of the leaderboard, as formulas in canonical form.
    pub board: Vec<String>,
    /// What lies on top of the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Where one has been, the latest last.
    pub back: Vec<Visit>,
    /// Where one came back from, the latest last.
    pub forward: Vec<Visit>,
    /// What undo goes back to, the latest last.
    pub undo: Vec<EditStep>,
    /// What redo goes forward to, the latest last.
    pub redo: Vec<EditStep>,
    /// The theme's name.
    pub theme: ThemeName,
    /// It was chosen by key: worth remembering.
    pub theme_chosen: bool,
    /// Mouse reports are on.
    pub mouse: bool,
    /// What panes grew by.
    pub sizes: Sizes,
    /// The size of the screen.
    pub size: (u16, u16),
    /// A sentence in place of the hints, until the next key.
    pub notice: Option<String>,
    /// What the pane that has the keyboard can do, as of its last answer.
    pub facts: Facts,
}

/// What the pane with the keyboard shows and can do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// There is an answer.
    pub has_view: bool,
    /// How many rows are visible.
    pub rows: usize,
    /// How many of them fit on the screen.
    pub page: usize,
    /// What the row under the cursor is about.
    pub target: Option<Target>,
    /// The row can be folded.
    pub is_branch: bool,
    /// How many ways of showing its answer the pane has.
    pub modes: usize,
    /// The cursor keys move what is shown.
    pub pans: bool,
    /// There is arithmetic to be shown.
    pub has_arithmetic: bool,
    /// There is a command line with the same numbers.
    pub has_command: bool,
}

/// A place in the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// The subject.
    pub subject: Subject,
    /// The focus of a person.
    pub focus_item: Option<ItemIx>,
    /// The focus of an item.
    pub focus_user: Option<UserIx>,
}

/// What an edit changed, as it was before.
#[derive(Clone, Debug, PartialEq)]
pub enum EditStep {
    /// Ratings of users of the dataset.
    Edits(Arc<Edits>),
    /// The ratings of a guest.
    Guest(Subject),
}

/// Whose rating of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Who rates.
    pub whose: Whose,
    /// What is rated.
    pub item: ItemIx,
}

/// What a picker is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picking {
    /// A user becomes the subject.
    User,
    /// An item becomes the subject.
    Item,
    /// Why is held on an item: why is it not on the list?
    WhyNot,
    /// A guest rates an item.
    Rate,
}

/// What lies on top of the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A fuzzy search over users or items.
    Picker {
        /// What for.
        picking: Picking,
        /// What is looked for.
        input: Input,
        /// The row under the cursor.
        cursor: usize,
        /// What Esc goes back to.
        before: Selection,
    },
    /// `/` of a pane.
    Filter {
        /// Which.
        pane: PaneId,
        /// What is looked for.
        input: Input,
    },
    /// All commands.
    Palette {
        /// What is looked for.
        input: Input,
        /// The row under the cursor.
        cursor: usize,
    },
    /// The model menu with the formula line.
    Models {
        /// The formula.
        input: Input,
        /// The row under the cursor.
        cursor: usize,
        /// The cursor was moved: Enter means the row, not the line.
        chosen: bool,
    },
    /// What is possible here.
    Help {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Lines to be read.
    Page {
        /// Its title.
        title: String,
        /// What it says.
        lines: Vec<String>,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// The rating editor.
    Rating {
        /// Which rating.
        cell: Cell,
        /// What it is about.
        label: String,
        /// The rating as edited; `None`: none.
        value: Option<f64>,
        /// What Esc goes back to.
        before: (Subject, Arc<Edits>),
    },
    /// How to export.
    Export,
}

impl Overlay {
    /// Where its keys are looked up.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Picker { .. } | Self::Filter { .. } | Self::Palette { .. } | Self::Models { .. } => Scope::List,
            Self::Help { .. } | Self::Page { .. } => Scope::Reading,
            Self::Rating { .. } => Scope::Rating,
            Self::Export => Scope::Export,
        }
    }

    /// Its text field, where it has one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Self::Picker { input, .. }
            | Self::Filter { input, .. }
            | Self::Palette { input, .. }
            | Self::Models { input, .. } => Some(input),
            _ => None,
        }
    }
}

impl State {
    /// The screen that is shown.
    pub fn screen(&self) -> &'static Screen {
        &SCREENS[self.screen.min(SCREENS.len() - 1)]
    }

    /// The pane that has the keyboard.
    pub fn pane(&self) -> PaneId {
        let panes = self.screen().panes;
        panes[self.focused.min(panes.len() - 1)]
    }

    /// What the pane remembers; the defaults for one that remembers nothing yet.
    pub fn pane_state(&self, pane: PaneId) -> PaneState {
        self.panes.get(&pane).cloned().unwrap_or_default()
    }

    /// What the pane with the keyboard remembers, to be changed.
    pub fn pane_state_mut(&mut self) -> &mut PaneState {
        self.panes.entry(self.pane()).or_default()
    }

    /// Where keys are looked up, the innermost first.
    pub fn scopes(&self) -> Vec<Scope> {
        match self.overlays.last() {
            Some(overlay) => vec![overlay.scope(), Scope::Always],
            None => vec![Scope::Pane(self.pane().0), Scope::Panes, Scope::Always],
        }
    }

    /// The place in the history that this is.
    pub fn visit(&self) -> Visit {
        Visit {
            subject: self.selection.subject.clone(),
            focus_item: self.selection.focus_item,
            focus_user: self.selection.focus_user,
        }
    }

    /// The rating that `e` edits: of the row under the cursor, else of the focus.
    pub fn cell(&self) -> Option<Cell> {
        use crate::answers::Entity;
        let under = self.facts.target.and_then(Target::entity);
        match (&self.selection.subject, under) {
            (Subject::Person(whose), Some(Entity::Item(item))) => Some((whose.clone(), item)),
            (Subject::Person(whose), _) => self.selection.focus_item.map(|item| (whose.clone(), item)),
            (Subject::Item(item), Some(Entity::User(user))) => Some((Whose::User(user), *item)),
            (Subject::Item(item), _) => self.selection.focus_user.map(|user| (Whose::User(user), *item)),
        }
        .map(|(whose, item)| Cell { whose, item })
    }
}

/// When actions are possible.
impl State {
    /// The pane has rows.
    pub fn has_rows(&self) -> bool {
        self.facts.rows > 0 || !self.pane_state(self.pane()).filter.is_empty()
    }

    /// The row under the cursor can be a subject, or the model.
    pub fn has_target(&self) -> bool {
        self.facts.target.and_then(Target::entity).is_some() || super::board::under_cursor(self).is_some()
    }

    /// The row under the cursor is a model that may be taken off the board.
    pub fn can_remove_model(&self) -> bool {
        super::board::under_cursor(self).is_some_and(|at| super::board::is_removable(self, at))
    }

    /// There is a subject before this one.
    pub fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    /// There is a subject after this one.
    pub fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }

    /// There is a rating to edit.
    pub fn can_rate(&self) -> bool {
        self.cell().is_some()
    }

    /// There is an edit to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// There is an edit to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Something is edited.
    pub fn has_edits(&self) -> bool {
        !self.selection.edits.is_empty()
    }

    /// There is arithmetic under the cursor.
    pub fn has_arithmetic(&self) -> bool {
        self.facts.has_arithmetic
    }

    /// The subject is a user or a guest.
    pub fn is_person(&self) -> bool {
        matches!(self.selection.subject, Subject::Person(_))
    }

    /// Why is about something.
    pub fn has_why(&self) -> bool {
        self.selection.why().is_some()
    }

    /// The pane has an answer.
    pub fn has_view(&self) -> bool {
        self.facts.has_view
    }

    /// A command line prints the same.
    pub fn has_command(&self) -> bool {
        self.facts.has_command
    }

    /// The pane has several ways to show its answer.
    pub fn has_modes(&self) -> bool {
        self.facts.modes > 1
    }

    /// The cursor keys move a map.
    pub fn has_map(&self) -> bool {
        self.facts.pans
    }

    /// The row under the cursor is a branch.
    pub fn can_fold(&self) -> bool {
        self.facts.is_branch
    }

    /// The model menu is open.
    pub fn in_models(&self) -> bool {
        matches!(self.overlays.last(), Some(Overlay::Models { .. }))
    }
}
