use std::collections::BTreeSet;
use std::sync::Arc;

use super::controls::Values;
use crate::answers::{Change, Entity, Subject, Whose};
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::Formula;

/// Which pane: `profile`, `recommendations`, …, as written in session files and for `snapshot`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaneId(pub &'static str);

/// What a row under the cursor is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A user or an item: Enter makes it the subject.
    Entity(Entity),
    /// A latent factor, from 0.
    Factor(usize),
    /// An arm of a bandit, from 0.
    Arm(usize),
    /// One of the models set side by side, in canonical form: Enter lets it answer every pane.
    Model(String),
    /// One of the things that its pane offers, from 0.
    Choice(usize),
    /// What the row would change, and the user or item that it is about.
    Change(Arc<Change>, Option<Entity>),
}

impl Target {
    /// The user or item, where it is one.
    pub fn entity(&self) -> Option<Entity> {
        match self {
            Self::Entity(entity) => Some(*entity),
            Self::Change(_, about) => *about,
            Self::Factor(_) | Self::Arm(_) | Self::Model(_) | Self::Choice(_) => None,
        }
    }
}

/// What a subject with its list is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Beside {
    /// Somebody else, or another item, by the same model.
    Subject(Subject),
    /// The same subject by another model.
    Model(Arc<Formula>),
}

/// The selection: what every pane's question is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The subject. A guest without ratings where the dataset has nobody.
    pub subject: Subject,
    /// The item that Why, the raters and the factor bars are about, where the subject is a person.
    pub focus_item: Option<ItemIx>,
    /// The user that Why is about, where the subject is an item.
    pub focus_user: Option<UserIx>,
    /// The neighbor (of the subject's kind) whose similarity is shown in detail.
    pub neighbor: Option<Entity>,
    /// What Why is held on while the cursor moves on.
    pub frozen: Option<(Whose, ItemIx)>,
    /// The item that the one in focus is compared with; none for its neighbor in the list.
    pub second: Option<ItemIx>,
    /// What the subject and its model are compared with; none for what fits best.
    pub beside: Option<Beside>,
    /// The model that answers every pane.
    pub formula: Arc<Formula>,
    pub compared: Vec<Arc<Formula>>,
    pub edits: Arc<Edits>,
    /// For everything that draws random numbers.
    pub seed: u64,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            subject: Subject::Person(Whose::Guest(Arc::default())),
            focus_item: None,
            focus_user: None,
            neighbor: None,
            frozen: None,
            second: None,
            beside: None,
            formula: Arc::default(),
            compared: Vec::new(),
            edits: Arc::default(),
            seed: 42,
        }
    }
}

impl Selection {
    /// Whom and which item Why is about: what is held, else the subject and its focus.
    pub fn why(&self) -> Option<(Whose, ItemIx)> {
        if let Some(held) = &self.frozen {
            return Some(held.clone());
        }
        match &self.subject {
            Subject::Person(whose) => self.focus_item.map(|item| (whose.clone(), item)),
            Subject::Item(item) => self.focus_user.map(|user| (Whose::User(user), *item)),
        }
    }

    /// Sets a rating, or takes it out: of a user by an edit, of the guest who is the subject among their ratings.
    pub fn set_rating(&mut self, dataset: &Dataset, whose: &Whose, item: ItemIx, rating: Option<f64>) {
        match (whose, &self.subject) {
            (Whose::User(user), _) => {
                let mut edits = (*self.edits).clone();
                edits.set(dataset, *user, item, rating);
                self.edits = Arc::new(edits);
            }
            (Whose::Guest(_), Subject::Person(Whose::Guest(ratings))) => {
                let mut ratings: Vec<_> = ratings.iter().copied().filter(|(i, _)| *i != item).collect();
                ratings.extend(rating.map(|r| (item, r)));
                self.subject = Subject::Person(Whose::Guest(Arc::new(ratings)));
            }
            (Whose::Guest(_), _) => {}
        }
    }

    /// The item that everything is about: the subject, or the focus of a person.
    pub fn item(&self) -> Option<ItemIx> {
        match self.subject {
            Subject::Person(_) => self.focus_item,
            Subject::Item(item) => Some(item),
        }
    }

    /// The subject as a user or item of the dataset; `None` for a guest.
    pub fn entity(&self) -> Option<Entity> {
        match self.subject {
            Subject::Person(Whose::User(user)) => Some(Entity::User(user)),
            Subject::Person(Whose::Guest(_)) => None,
            Subject::Item(item) => Some(Entity::Item(item)),
        }
    }
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
    /// Rows of a tree that are folded where it shows them open, or the other way round, by their key.
    pub folded: BTreeSet<u64>,
    /// Shift of a map from its center, in units of its width and height.
    pub pan: (f64, f64),
    /// Magnification of a map; 1 shows all of it.
    pub zoom: f64,
    /// Which of its controls has the keyboard, while it is drawn.
    pub control: Option<usize>,
    /// What its controls were set to, by name; nothing for those at their defaults.
    pub values: Values,
}

impl PaneState {
    /// Magnifies a map.
    pub fn magnify(&mut self, by: f64) {
        self.zoom = (self.zoom * by).clamp(1.0, 50.0);
    }

    /// Folds the branch of a tree that is open, opens one that is folded.
    pub fn turn(&mut self, key: u64) {
        if !self.folded.remove(&key) {
            self.folded.insert(key);
        }
    }
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
            control: None,
            values: Values::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_is_about_the_subject_and_its_focus_unless_held() {
        let (user, item) = (UserIx(3), ItemIx(7));
        let mut selection = Selection::default();
        assert_eq!(
            (selection.why(), selection.item(), selection.entity()),
            (None, None, None)
        );
        selection.subject = Subject::Person(Whose::User(user));
        selection.focus_item = Some(item);
        assert_eq!(selection.why(), Some((Whose::User(user), item)));
        assert_eq!(selection.item(), Some(item));
        selection.subject = Subject::Item(ItemIx(9));
        assert_eq!(selection.why(), None);
        selection.focus_user = Some(UserIx(1));
        assert_eq!(selection.why(), Some((Whose::User(UserIx(1)), ItemIx(9))));
        selection.frozen = Some((Whose::User(user), item));
        assert_eq!(selection.why(), Some((Whose::User(user), item)));
    }
}
