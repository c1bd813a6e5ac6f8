//! What is on the screen, as far as actions depend on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Layout;
use super::slots::Slot;
use super::update::Seen;
use crate::answers::{PickRow, PickView};
use crate::engine::Snapshot;
use crate::panes::{Drawn, PaneId, PaneState, Target};

/// All answers on the screen, and where they stand.
pub struct Panes {
    /// One a pane of any screen.
    pub slots: Vec<Box<dyn Slot>>,
    /// Where everything stands, as last drawn.
    pub layout: Layout,
    /// What the picker found.
    pub picks: Arc<Snapshot<PickView>>,
    /// Where the rows of what lies on top went.
    pub overlay: Drawn,
}

impl Panes {
    /// The rows that the picker found.
    pub fn picked(&self) -> &[PickRow] {
        self.picks.phase.view().map_or(&[], |v| v.rows.as_slice())
    }

    /// The slot of a pane.
    pub fn slot(&self, pane: PaneId) -> Option<&dyn Slot> {
        self.slots.iter().find(|s| s.id() == pane).map(AsRef::as_ref)
    }
}

/// [`Seen`] needs what panes remember; this is both together.
pub struct View<'a> {
    /// The answers.
    pub panes: &'a Panes,
    /// What panes remember.
    pub remembered: BTreeMap<PaneId, PaneState>,
}

impl View<'_> {
    fn remembered(&self, pane: PaneId) -> PaneState {
        self.remembered.get(&pane).cloned().unwrap_or_default()
    }
}

impl Seen for View<'_> {
    fn rows(&self, pane: PaneId) -> usize {
        self.panes.slot(pane).map_or(0, |s| s.rows().0)
    }
    fn target(&self, pane: PaneId, position: usize) -> Option<Target> {
        self.panes.slot(pane)?.target(&self.remembered(pane), position)
    }
    fn row_key(&self, pane: PaneId, position: usize) -> Option<u64> {
        self.panes.slot(pane)?.row_key(&self.remembered(pane), position)
    }
    fn arithmetic(&self, pane: PaneId, position: usize) -> Option<Vec<String>> {
        self.panes.slot(pane)?.arithmetic(&self.remembered(pane), position)
    }
    fn is_current(&self, pane: PaneId) -> bool {
        self.panes.slot(pane).is_some_and(Slot::is_current)
    }
    fn is_awaited(&self, pane: PaneId) -> bool {
        self.panes.slot(pane).is_some_and(Slot::is_awaited)
    }
    fn picks(&self) -> &[PickRow] {
        self.panes.picked()
    }
    fn layout(&self) -> &Layout {
        &self.panes.layout
    }
}
