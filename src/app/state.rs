//! Everything a person can change, as plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Sizes;
use super::scope::Scope;
use crate::answers::{Subject, Whose};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::controls::Values;
use crate::panes::{PaneId, Shared, ThemeName};
use crate::screens::{SCREENS, Screen};
use crate::task::Enough;

/// The whole state of the explorer, but for what lies on top of the panes.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub shared: Shared,
    /// The screen, by its place among [`SCREENS`].
    pub screen: usize,
    /// The pane that has the keyboard, by its place in the screen's list.
    pub focused: usize,
    pub zoomed: bool,
    pub history: History,
    pub theme: ThemeName,
    /// They were chosen by key: worth remembering.
    pub theme_chosen: bool,
    pub mouse: bool,
    pub sizes: Sizes,
    /// Says to the fit that runs that it is enough.
    pub enough: Enough,
}

/// All that undo brings back: edits, a guest's ratings, the model and the controls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undoable {
    edits: Arc<Edits>,
    guest: Option<Arc<Vec<(ItemIx, f64)>>>,
    formula: Arc<Formula>,
    values: BTreeMap<PaneId, Values>,
}

/// One history over edits and controls alike.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// As it was before each change, the latest last.
    undo: Vec<Undoable>,
    /// As it was before each change that was taken back, the latest last.
    redo: Vec<Undoable>,
    now: Undoable,
}

impl Undoable {
    fn of(shared: &Shared) -> Self {
        let selection = &shared.selection;
        let set = shared.memories.iter().filter(|(_, m)| !m.values.is_empty());
        Self {
            edits: Arc::clone(&selection.edits),
            guest: match &selection.subject {
                Subject::Person(Whose::Guest(ratings)) => Some(Arc::clone(ratings)),
                _ => None,
            },
            formula: Arc::clone(&selection.formula),
            values: set.map(|(pane, m)| (*pane, m.values.clone())).collect(),
        }
    }

    fn restore(&self, shared: &mut Shared) {
        shared.selection.edits = Arc::clone(&self.edits);
        if let Some(ratings) = &self.guest {
            shared.selection.subject = Subject::Person(Whose::Guest(Arc::clone(ratings)));
        }
        shared.set_formula(Arc::clone(&self.formula));
        for (pane, memory) in &mut shared.memories {
            memory.values = self.values.get(pane).cloned().unwrap_or_default();
        }
    }
}

impl History {
    /// Begins anew, as it stands.
    pub fn begin(&mut self, shared: &Shared) {
        *self = Self {
            now: Undoable::of(shared),
            ..Self::default()
        };
    }

    /// Notes what was changed since the last time. Doing something new ends what could be done again.
    pub fn note(&mut self, shared: &Shared) {
        let mut now = Undoable::of(shared);
        // Going to a guest, or away from one, is a visit and no change.
        if now.guest.is_none() || self.now.guest.is_none() {
            self.now.guest.clone_from(&now.guest);
        }
        if now != self.now {
            std::mem::swap(&mut self.now, &mut now);
            self.undo.push(now);
            self.redo.clear();
        }
    }

    /// Whether there is something to take back, or to do again.
    pub fn can(&self, undo: bool) -> bool {
        !(if undo { &self.undo } else { &self.redo }).is_empty()
    }

    /// Takes the last change back, or does it again; how many more there are to take back.
    pub fn travel(&mut self, undo: bool, shared: &mut Shared) -> Option<usize> {
        let (from, to) = if undo {
            (&mut self.undo, &mut self.redo)
        } else {
            (&mut self.redo, &mut self.undo)
        };
        let before = from.pop()?;
        before.restore(shared);
        to.push(std::mem::replace(&mut self.now, Undoable::of(shared)));
        Some(self.undo.len())
    }
}

impl State {
    /// The screen that is shown.
    pub fn screen(&self) -> &'static Screen {
        SCREENS[self.screen.min(SCREENS.len() - 1)]
    }

    /// Gives the keyboard to a pane of the screen, by its place; to one of its controls, where `control` says so.
    pub fn focus(&mut self, pane: usize, control: Option<usize>) {
        let panes = self.screen().panes;
        self.focused = pane.min(panes.len() - 1);
        self.shared.pane = panes[self.focused];
        self.shared.control = control;
    }

    /// Shows a screen.
    pub fn show(&mut self, screen: usize) {
        self.screen = screen;
        self.zoomed = false;
        self.focus(self.screen().first, None);
    }

    /// Where keys are looked up while nothing lies on top, the innermost first.
    pub fn scopes(&self) -> Vec<Scope> {
        let mut scopes = Vec::with_capacity(5);
        if self.shared.control.is_some() {
            scopes.push(Scope::Control);
        }
        scopes.extend([
            Scope::Pane(self.shared.pane.0),
            Scope::Screen(self.screen().digit),
            Scope::Panes,
            Scope::Always,
        ]);
        scopes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::UserIx;
    use crate::panes::controls::Value;

    #[test]
    fn edits_models_and_controls_are_one_history_and_visits_are_none() {
        let data = crate::app::tests_common::toy_world().dataset;
        let mut state = State::default();
        state.shared.selection.subject = Subject::Person(Whose::User(UserIx(0)));
        state.history.begin(&state.shared);
        let note = |state: &mut State| state.history.note(&state.shared);
        let pane = PaneId("cold_start");
        note(&mut state);
        assert!(!state.history.can(true));
        let mut edits = Edits::default();
        edits.set(&data, UserIx(0), ItemIx(0), Some(1.0));
        state.shared.selection.edits = Arc::new(edits.clone());
        note(&mut state);
        state
            .shared
            .memory_mut(pane)
            .values
            .insert("arms".to_owned(), Value::Number(3.0));
        note(&mut state);
        let guest = |n: f64| Subject::Person(Whose::Guest(Arc::new(vec![(ItemIx(1), n)])));
        state.shared.selection.subject = guest(4.0);
        note(&mut state);
        state.shared.selection.subject = guest(5.0);
        note(&mut state);
        let back = |state: &mut State| {
            let State { history, shared, .. } = state;
            history.travel(true, shared)
        };
        assert_eq!(back(&mut state), Some(2));
        assert_eq!(state.shared.selection.subject, guest(4.0));
        assert_eq!(back(&mut state), Some(1));
        assert!(state.shared.values(pane).is_empty());
        assert_eq!(back(&mut state), Some(0));
        assert!(state.shared.selection.edits.is_empty());
        assert_eq!(back(&mut state), None);
        let State { history, shared, .. } = &mut state;
        history.travel(false, shared);
        history.travel(false, shared);
        assert_eq!(*state.shared.selection.edits, edits);
        assert_eq!(state.shared.values(pane).len(), 1);
        note(&mut state);
        assert!(
            state.history.can(false),
            "noting nothing new keeps what can be done again"
        );
    }
}
