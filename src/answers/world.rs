use std::sync::{Arc, Mutex, PoisonError};

use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::neighborhood::NeighborSearch;
use crate::models::{FitError, FitStore, Formula, NoScore, Profile, Recommender, Serving};
use crate::task::{Cancel, Cancelled, Task};

/// A user or an item: what a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// A user of the dataset.
    User(UserIx),
    /// An item of the dataset.
    Item(ItemIx),
}

impl Entity {
    /// `user` or `item`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Item(_) => "item",
        }
    }
}

/// Whose recommendations are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Whose {
    /// A user of the dataset, with whatever edits there are.
    User(UserIx),
    /// Somebody who isn't in the dataset, with these ratings.
    Guest(Arc<Vec<(ItemIx, f64)>>),
}

/// What the explorer looks at: somebody, or an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A user or a guest.
    Person(Whose),
    /// An item.
    Item(ItemIx),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model cannot be fitted; one sentence says why.
    #[error("{0}")]
    Unfit(String),
    /// The model is being fitted: ask again when it is ready.
    #[error("{0} is being fitted")]
    Fitting(String),
    /// An id that isn't there; one sentence with the nearest ones.
    #[error("{0}")]
    Unknown(String),
    /// The model has nothing to say of this item.
    #[error("{}", .0.sentence())]
    NoScore(NoScore),
    /// A question that makes no sense for this model or data; one sentence.
    #[error("{0}")]
    Usage(String),
}

impl From<FitError> for AnswerError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled(c) => Self::Cancelled(c),
            FitError::Unfit(why) => Self::Unfit(why),
        }
    }
}

impl From<NoScore> for AnswerError {
    fn from(reason: NoScore) -> Self {
        Self::NoScore(reason)
    }
}

/// One question's prepared answer. Whoever comes while it is being prepared waits for it.
struct Slot {
    formula: String,
    whose: Whose,
    serving: Mutex<Option<Arc<Serving>>>,
}

/// How many prepared answers are kept.
const SLOTS: usize = 8;

/// What all answers are computed from: the data, the edits over it, the fitted models. Cheap to clone; a clone with
/// other edits is another world with the same fits.
#[derive(Clone)]
pub struct World {
    /// The ratings and the catalog.
    pub dataset: Arc<Dataset>,
    /// What-if edits; private so that the slots below always belong to them.
    edits: Arc<Edits>,
    /// Fitted models, each fitted once.
    pub fits: Arc<FitStore>,
    /// What neighbor searches share.
    pub near: Arc<NeighborSearch>,
    /// Most recent last: six panes are not six scorings.
    slots: Arc<Mutex<Vec<Arc<Slot>>>>,
}

impl World {
    /// The dataset without edits, nothing fitted yet; `seed` is for everything random in the fits.
    pub fn new(dataset: Arc<Dataset>, seed: u64) -> Self {
        Self {
            fits: Arc::new(FitStore::new(Arc::clone(&dataset), seed)),
            near: Arc::new(NeighborSearch::new(Arc::clone(&dataset))),
            dataset,
            edits: Arc::default(),
            slots: Arc::default(),
        }
    }

    /// The same world with other edits.
    #[must_use]
    pub fn with_edits(&self, edits: Arc<Edits>) -> Self {
        if self.edits == edits {
            return self.clone();
        }
        Self {
            edits,
            slots: Arc::default(),
            ..self.clone()
        }
    }

    /// The what-if edits.
    pub fn edits(&self) -> &Arc<Edits> {
        &self.edits
    }

    /// The seed of everything random.
    pub fn seed(&self) -> u64 {
        self.fits.seed()
    }

    /// The profile of somebody, edits included.
    pub fn profile(&self, whose: &Whose) -> Profile {
        match whose {
            Whose::User(user) => Profile::of_edited_user(&self.dataset, *user, &self.edits),
            Whose::Guest(ratings) => Profile::guest(ratings.iter().copied(), &self.edits),
        }
    }

    /// The fitted model, fitting it now if need be. Components that are fitted already are reused.
    pub fn fit(&self, formula: &Formula, task: &Task) -> Result<Arc<dyn Recommender>, AnswerError> {
        Ok(self.fits.fit(formula, task)?)
    }

    /// A fitted model at work for somebody: prepared once and shared by all who ask for the same.
    ///
    /// # Errors
    /// [`AnswerError::Fitting`] where the model isn't fitted yet: this never fits.
    pub fn serving(&self, formula: &Formula, whose: &Whose, cancel: &Cancel) -> Result<Arc<Serving>, AnswerError> {
        let name = formula.to_string();
        let slot = self.slot(&name, whose);
        let mut held = slot.serving.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(serving) = held.as_ref() {
            return Ok(Arc::clone(serving));
        }
        let model = self.fits.get(formula).ok_or(AnswerError::Fitting(name))?;
        let serving = Arc::new(Serving::open(&model, Arc::new(self.profile(whose)), cancel)?);
        *held = Some(Arc::clone(&serving));
        Ok(serving)
    }

    /// The slot of this question, made if need be; the one longest unused is given up beyond eight.
    fn slot(&self, formula: &str, whose: &Whose) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let found = slots.iter().position(|s| s.formula == formula && s.whose == *whose);
        let slot = match found {
            Some(at) => slots.remove(at),
            None => Arc::new(Slot {
                formula: formula.to_owned(),
                whose: whose.clone(),
                serving: Mutex::default(),
            }),
        };
        if slots.len() >= SLOTS {
            slots.remove(0);
        }
        slots.push(Arc::clone(&slot));
        slot
    }

    /// The entity's id, verbatim.
    pub fn id(&self, entity: Entity) -> &str {
        match entity {
            Entity::User(user) => self.dataset.user_id(user),
            Entity::Item(item) => self.dataset.item_id(item),
        }
    }

    /// What to call the entity on a screen.
    pub fn label(&self, entity: Entity) -> String {
        match entity {
            Entity::User(user) => self.dataset.user_label(user),
            Entity::Item(item) => self.dataset.item_label(item).to_owned(),
        }
    }
}
