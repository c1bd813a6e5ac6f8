use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::controls::{Control, Value};
use super::shared::Shared;
use crate::answers::{AnswerError, World};
use crate::engine::{Asked, Executor, Process, Run, RunState, Runs, Waker};
use crate::models::Formula;
use crate::task::{Pool, Task};

/// What a pane asks: from what is selected to a question, from the question to its answer.
pub trait Ask: 'static {
    /// The whole input of the computation beside the world: an answer is asked for anew when it changes.
    type Query: PartialEq + Clone + Send + Sync + 'static;
    /// The answer: immutable, labels and all, so that drawing looks nothing up.
    type View: Send + Sync + 'static;

    /// The question.
    ///
    /// # Errors
    /// A sentence to be shown in place of an answer.
    fn query(shared: &Shared) -> Result<Self::Query, String>;

    /// What answers it; called once, when the explorer opens.
    fn source(setting: &Setting<'_>) -> Source<Self::Query, Self::View>;

    /// The command line that prints the same numbers, for data named so.
    fn command(query: &Self::Query, view: &Self::View, world: &World, data: &[String]) -> Option<String>;

    /// The models that must be fitted for it.
    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        let _ = query;
        Vec::new()
    }

    /// Whether the answer lacks what a model that is not fitted yet would say: it is asked for again when more are fitted.
    fn lacks(view: &Self::View) -> bool {
        let _ = view;
        false
    }

    /// What the pane can be set to; the values are part of [`Ask::query`].
    fn controls(shared: &Shared) -> Vec<Control> {
        let _ = shared;
        Vec::new()
    }

    /// Sets a control that is bound to something shared, the formula for one: nothing is remembered for it then, and its value
    /// is what [`Ask::controls`] says that it is. `None` sets it back. False for a control that is not bound.
    fn bind(shared: &mut Shared, control: &str, value: Option<&Value>) -> bool {
        let _ = (shared, control, value);
        false
    }

    /// Another formula takes the place of the model that is written `old`, where a control of the pane names that one.
    fn replace_model(shared: &mut Shared, old: &str, new: &Formula) {
        let _ = (shared, old, new);
    }

    /// Brings what is shared in line with the pane, whenever its screen is shown.
    fn settle(shared: &mut Shared) {
        let _ = shared;
    }
}

/// What a question is computed with.
pub struct Job<'a, V> {
    /// The data, the edits, the fits.
    pub world: &'a World,
    /// Cancellation, and the threads of browsing.
    pub task: &'a Task,
    pub(super) asked: &'a Asked<V>,
}

impl<V> Job<'_, V> {
    /// Shows a part of the answer.
    pub fn partial(&self, view: V) {
        // An error only means that nobody wants it: `task.cancel` says so too.
        let _ = self.asked.partial(view);
    }
}

/// What answers a question.
pub type Compute<Q, V> = Arc<dyn Fn(&Q, &Job<'_, V>) -> Result<V, AnswerError> + Send + Sync>;

/// Where answers come from.
pub enum Source<Q, V> {
    Computed(Compute<Q, V>),
    /// Something that goes on by itself; several panes may watch the same.
    Running(Arc<dyn Runs<Q, V>>),
}

impl<Q, V> Source<Q, V> {
    /// Computed by a function.
    pub fn computed(compute: impl Fn(&Q, &Job<'_, V>) -> Result<V, AnswerError> + Send + Sync + 'static) -> Self {
        Self::Computed(Arc::new(compute))
    }
}

/// What panes are opened with.
pub struct Setting<'a> {
    pub world: &'a World,
    pub browsing: &'a Executor,
    /// Where one answer may spread out.
    pub pool: Pool,
    /// Where runs go on, in nobody's way.
    pub background: &'a Executor,
    /// Where a run may spread out.
    pub background_pool: Pool,
    /// Where what takes longer than a frame, but belongs to an answer, is done.
    pub behind: Arc<Executor>,
    pub wake: Waker,
    runs: RefCell<HashMap<TypeId, Box<dyn Any>>>,
}

impl<'a> Setting<'a> {
    /// A setting without runs yet.
    pub fn new(
        world: &'a World,
        (browsing, pool): (&'a Executor, Pool),
        (background, background_pool): (&'a Executor, Pool),
        behind: Arc<Executor>,
        wake: Waker,
    ) -> Self {
        Self {
            world,
            browsing,
            pool,
            background,
            background_pool,
            behind,
            wake,
            runs: RefCell::default(),
        }
    }

    /// The run of a process: made for the first pane that asks for it, shared by the others. It begins by itself unless
    /// `state` says otherwise.
    pub fn run<P: Process>(&self, state: RunState, process: impl FnOnce() -> P) -> Source<P::Settings, P::View> {
        let mut runs = self.runs.borrow_mut();
        let made = || {
            Box::new(Arc::new(Run::new(
                self.background,
                Arc::clone(&self.wake),
                process(),
                state,
            )))
        };
        let run = runs.entry(TypeId::of::<P>()).or_insert_with(|| made());
        match run.downcast_ref::<Arc<Run<P>>>() {
            Some(run) => Source::Running(Arc::clone(run) as Arc<dyn Runs<P::Settings, P::View>>),
            // The key is the type: it cannot be another one.
            None => unreachable!("a run is kept by the type of its process"),
        }
    }
}
