use std::collections::BTreeSet;
use std::sync::Arc;

use crate::data::{Edits, ItemIx, UserIx};

/// Whom or what everything on the screen is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A user of the dataset.
    User(UserIx),
    /// An item of the catalog.
    Item(ItemIx),
}

/// What a row under the cursor is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A user.
    User(UserIx),
    /// An item.
    Item(ItemIx),
    /// A latent factor, from 0.
    Factor(usize),
    /// An arm of a bandit, from 0.
    Arm(usize),
}

impl Target {
    /// As a subject, where it can be one.
    pub fn subject(self) -> Option<Subject> {
        match self {
            Self::User(user) => Some(Subject::User(user)),
            Self::Item(item) => Some(Subject::Item(item)),
            Self::Factor(_) | Self::Arm(_) => None,
        }
    }
}

/// The selection: what every pane's question is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The subject; none only in an empty dataset.
    pub subject: Option<Subject>,
    /// The item that Why, the raters and the factor bars are about. For a user subject.
    pub focus_item: Option<ItemIx>,
    /// The user that Why is about where the subject is an item.
    pub focus_user: Option<UserIx>,
    /// The neighbor (of the subject's kind) whose similarity is shown in detail.
    pub focus_neighbor: Option<Subject>,
    /// What Why is held on while the cursor moves on.
    pub frozen: Option<(Subject, ItemIx)>,
    /// The model, as a formula in canonical form.
    pub formula: String,
    /// The what-if edits, of everybody.
    pub edits: Arc<Edits>,
    /// For everything that draws random numbers.
    pub seed: u64,
}

/// What a pane remembers between frames. Plain data; what a pane has no use for stays at its default.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneState {
    /// The position of the cursor among the visible rows (those left after the filter).
    pub cursor: usize,
    /// The first visible row on screen, when last drawn.
    pub offset: usize,
    /// What `/` looks for; empty for everything.
    pub filter: String,
    /// Which of its views the pane shows, stepped through by a key of the pane; from 0.
    pub mode: usize,
    /// Rows of a tree that are folded, by their key.
    pub folded: BTreeSet<u64>,
    /// Shift of a map from its center, in units of its width and height.
    pub pan: (f64, f64),
    /// Magnification of a map; 1 shows all of it.
    pub zoom: f64,
}

impl Default for PaneState {
    fn default() -> Self {
        Self {
            cursor: 0,
            offset: 0,
            filter: String::new(),
            mode: 0,
            folded: BTreeSet::new(),
            pan: (0.0, 0.0),
            zoom: 1.0,
        }
    }
}
