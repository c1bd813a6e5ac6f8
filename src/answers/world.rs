use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::names::Names;
use super::{Bar, Entity, Named, Naming, Subject, Whose};
use crate::cache::Cache;
use crate::data::{Dataset, Edits};
use crate::explain::Trials;
use crate::models::hybrid::at_work;
use crate::models::neighborhood::{Measure, Neighbor, NeighborSearch};
use crate::models::{
    Catalog, FitError, FitStore, Formula, FormulaError, NoScore, Profile, Recommender, Serving, Stopped,
};
use crate::task::{Cancel, Cancelled, Memo, Pool, Task, Timings};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model cannot be fitted; one sentence says why.
    #[error("{0}")]
    Unfit(String),
    /// Its fit was stopped; another formula has what it learned.
    #[error(transparent)]
    Stopped(Box<Stopped>),
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
            FitError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

impl From<FormulaError> for AnswerError {
    fn from(error: FormulaError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<NoScore> for AnswerError {
    fn from(reason: NoScore) -> Self {
        Self::NoScore(reason)
    }
}

/// How many models at work for somebody are kept: the parts of a hybrid, and the hybrid as it was turned last.
const SERVINGS: usize = 24;
/// How many subjects' neighbors are kept, all of them: 16 bytes each.
const NEAR: usize = 4;
/// How many of anything else are kept, of each kind.
const OTHERS: usize = 24;

/// What all answers are computed from: the data, the edits over it, the fitted models. Cheap to clone; a clone with
/// other edits is another world with the same fits.
#[derive(Clone)]
pub struct World {
    pub dataset: Arc<Dataset>,
    /// What-if edits; private so that the slots below always belong to them.
    edits: Arc<Edits>,
    pub fits: Arc<FitStore>,
    /// The models that formulas may name.
    catalog: Catalog,
    pub near: Arc<NeighborSearch>,
    /// Where one answer may spread out.
    pool: Pool,
    timings: Timings,
    /// Users are not sampled where that is not necessary.
    for_everyone: bool,
    /// The bars that ratings are counted in, without their counts.
    bars: Arc<OnceLock<Vec<Bar>>>,
    /// What the picker looks through: users, items.
    names: Arc<[OnceLock<Names>; 2]>,
    prepared: Arc<Prepared>,
    /// What no edit changes, computed once likewise.
    lasting: Arc<Memos>,
}

/// What belongs to the edits, and is computed once however many panes want it: six panes are not six scorings.
struct Prepared {
    servings: Memo<(String, Whose), Serving>,
    near: Memo<(Subject, Measure), Vec<Neighbor>>,
    others: Memos,
}

/// Whatever an answer wants to have once: a [`Memo`] for each kind of key and value.
#[derive(Default)]
struct Memos(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memos {
    /// The one of this kind; `None` never comes, the key being the type.
    fn of<K, V>(&self) -> Option<Arc<Memo<K, V>>>
    where
        K: PartialEq + Clone + Send + 'static,
        V: Send + Sync + 'static,
    {
        let mut memos = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || -> Arc<dyn Any + Send + Sync> { Arc::new(Memo::<K, V>::new(OTHERS)) };
        let memo = Arc::clone(memos.entry(TypeId::of::<(K, V)>()).or_insert_with(made));
        drop(memos);
        memo.downcast::<Memo<K, V>>().ok()
    }

    fn get<K, V>(
        &self,
        key: &K,
        cancel: &Cancel,
        compute: impl FnOnce() -> Result<V, AnswerError>,
    ) -> Result<Arc<V>, AnswerError>
    where
        K: PartialEq + Clone + Send + 'static,
        V: Send + Sync + 'static,
    {
        match self.of::<K, V>() {
            Some(memo) => memo.get(key, cancel, compute),
            None => compute().map(Arc::new),
        }
    }
}

impl Default for Prepared {
    fn default() -> Self {
        Self {
            servings: Memo::new(SERVINGS),
            near: Memo::new(NEAR),
            others: Memos::default(),
        }
    }
}

impl World {
    /// The dataset without edits, nothing fitted yet; `seed` is for everything random in the fits.
    pub fn new(dataset: Arc<Dataset>, seed: u64) -> Self {
        Self::cached(dataset, seed, Cache::none())
    }

    /// As [`World::new`]; fits that take long are kept in a cache, and taken from it.
    pub fn cached(dataset: Arc<Dataset>, seed: u64, cache: Cache) -> Self {
        Self {
            fits: Arc::new(FitStore::cached(Arc::clone(&dataset), seed, cache)),
            near: Arc::new(NeighborSearch::new(Arc::clone(&dataset))),
            dataset,
            catalog: Catalog::default(),
            edits: Arc::default(),
            pool: Pool::default(),
            timings: Timings::default(),
            for_everyone: false,
            bars: Arc::default(),
            names: Arc::default(),
            prepared: Arc::default(),
            lasting: Arc::default(),
        }
    }

    /// The same world, where one answer may spread out over the threads of `pool`.
    #[must_use]
    pub fn on(mut self, pool: Pool) -> Self {
        self.pool = pool;
        self
    }

    /// The same world, which knows how long it took to read.
    #[must_use]
    pub fn timed(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// How long each stage took that was noted for this world: reading, and what the command line does with it.
    pub fn timings(&self) -> &Timings {
        &self.timings
    }

    /// The same world, where formulas may name the models of `catalog`.
    #[must_use]
    pub fn naming(mut self, catalog: Catalog) -> Self {
        self.catalog = catalog;
        self
    }

    /// The models that formulas may name.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where one answer may spread out.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The same world, where an item's users are looked for among all users even where they are very many, if the model
    /// has a cheap way (see [`Recommender::audience`]).
    #[must_use]
    pub fn for_everyone(mut self) -> Self {
        self.for_everyone = true;
        self
    }

    /// See [`World::for_everyone`].
    pub fn is_for_everyone(&self) -> bool {
        self.for_everyone
    }

    /// The same world with other edits.
    #[must_use]
    pub fn with_edits(&self, edits: Arc<Edits>) -> Self {
        if self.edits == edits {
            return self.clone();
        }
        Self {
            edits,
            prepared: Arc::default(),
            ..self.clone()
        }
    }

    /// The same world with nothing prepared: as if nobody had asked anything yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            prepared: Arc::default(),
            lasting: Arc::default(),
            ..self.clone()
        }
    }

    /// The what-if edits.
    pub fn edits(&self) -> &Arc<Edits> {
        &self.edits
    }

    /// The formula that answers where none is asked for: it goes by what values mean.
    pub fn default_formula(&self) -> Formula {
        Formula::default_for(self.dataset.feedback().kind)
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

    /// A fitted model at work for somebody: prepared once and shared by all who ask for the same. So are the parts of a hybrid:
    /// with other weights it is combined anew, and no part is scored again. The same bits as by the model itself.
    ///
    /// # Errors
    /// [`AnswerError::Fitting`] where the model isn't fitted yet: this never fits.
    pub fn serving(&self, formula: &Formula, whose: &Whose, cancel: &Cancel) -> Result<Arc<Serving>, AnswerError> {
        let name = formula.to_string();
        self.prepared
            .servings
            .get(&(name, whose.clone()), cancel, || self.combined(formula, whose, cancel))
    }

    /// As [`World::serving`], for a formula that is asked for once: its parts are shared, itself it is not kept.
    ///
    /// # Errors
    /// As [`World::serving`].
    pub fn combined(&self, formula: &Formula, whose: &Whose, cancel: &Cancel) -> Result<Serving, AnswerError> {
        let fitting = || AnswerError::Fitting(formula.to_string());
        let parts = formula.fittables();
        let model = if parts == [formula] {
            self.fits.get(formula).ok_or_else(fitting)?
        } else {
            let mut open = Vec::with_capacity(parts.len());
            for part in parts {
                open.push((part, self.serving(part, whose, cancel)?));
            }
            let part = |wanted: &Formula| {
                let found = open.iter().find(|(part, _)| *part == wanted);
                found.map(|(_, serving)| Arc::clone(serving))
            };
            at_work(formula, &self.dataset, part).ok_or_else(fitting)?
        };
        Ok(Serving::open(&model, Arc::new(self.profile(whose)), cancel)?)
    }

    /// What belongs to this world and these edits under a key, computed once however many ask for it: the last few of each kind
    /// are kept.
    pub(super) fn once<K, V>(
        &self,
        key: &K,
        cancel: &Cancel,
        compute: impl FnOnce() -> Result<V, AnswerError>,
    ) -> Result<Arc<V>, AnswerError>
    where
        K: PartialEq + Clone + Send + 'static,
        V: Send + Sync + 'static,
    {
        self.prepared.others.get(key, cancel, compute)
    }

    /// As [`World::once`], for what does not depend on edits: it stays whatever is edited.
    pub(super) fn lasting<K, V>(
        &self,
        key: &K,
        cancel: &Cancel,
        compute: impl FnOnce() -> Result<V, AnswerError>,
    ) -> Result<Arc<V>, AnswerError>
    where
        K: PartialEq + Clone + Send + 'static,
        V: Send + Sync + 'static,
    {
        self.lasting.get(key, cancel, compute)
    }

    /// What [`World::lasting`] has computed by now; never waits.
    pub(super) fn lasting_if_there<K, V>(&self, key: &K) -> Option<Arc<V>>
    where
        K: PartialEq + Clone + Send + 'static,
        V: Send + Sync + 'static,
    {
        self.lasting.of::<K, V>()?.peek(key)
    }

    /// The fitted model itself; never fits.
    pub(super) fn fitted(&self, formula: &Formula) -> Result<Arc<dyn Recommender>, AnswerError> {
        let fitted = self.fits.get(formula);
        fitted.ok_or_else(|| AnswerError::Fitting(formula.to_string()))
    }

    /// Serves hypothetical variants of a profile.
    pub(super) fn trials<'a>(
        &'a self,
        model: &'a Arc<dyn Recommender>,
        profile: &'a Profile,
        cancel: &'a Cancel,
    ) -> Trials<'a> {
        Trials {
            dataset: &self.dataset,
            model,
            profile,
            pool: self.pool(),
            cancel,
        }
    }

    /// All that have a similarity to the subject, in the order of the file; shared by all who ask for the same.
    pub fn near_to(
        &self,
        subject: &Subject,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<Arc<Vec<Neighbor>>, AnswerError> {
        let key = (subject.clone(), measure);
        self.prepared
            .near
            .get(&key, cancel, || self.near_once(subject, measure, cancel))
    }

    /// As [`World::near_to`], kept for nobody.
    pub fn near_once(
        &self,
        subject: &Subject,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<Vec<Neighbor>, AnswerError> {
        let task = (&self.pool, cancel);
        Ok(match subject {
            Subject::Person(whose) => self.near.all_of_profile(&self.profile(whose), measure, task)?,
            Subject::Item(item) => self.near.all_of_item(&self.edits, *item, measure, task)?,
        })
    }

    /// What the picker looks through, written down on first demand: the names of all users, or of all items.
    pub(super) fn names(&self, users: bool, task: &Task) -> Result<&Names, Cancelled> {
        let kept = &self.names[usize::from(users)];
        if let Some(names) = kept.get() {
            return Ok(names);
        }
        let names = if users {
            Names::of_users(&self.dataset, task)?
        } else {
            Names::of_items(&self.dataset, task)?
        };
        Ok(kept.get_or_init(|| names))
    }

    /// The bars of the dataset's histogram, all counts 0.
    pub(super) fn empty_bars(&self) -> &[Bar] {
        self.bars.get_or_init(|| {
            let mut bars = match self.dataset.n_ratings() {
                0 => Vec::new(),
                _ => Bar::of(&self.dataset.histogram()),
            };
            for bar in &mut bars {
                *bar.count_mut() = 0;
            }
            bars
        })
    }

    /// The entity's id, verbatim.
    pub fn id(&self, entity: Entity) -> &str {
        self.dataset.id(entity)
    }

    /// What to call the entity on a screen.
    pub fn label(&self, entity: Entity) -> String {
        self.dataset.label(entity)
    }

    /// The entity with what to call it.
    pub fn named(&self, entity: Entity) -> Named {
        Named::of(entity, &*self.dataset)
    }
}
