//! One slot a pane: the question that the state makes, the lane that answers it, and what is shown meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::{Facts, State};
use crate::answers::{AnswerError, Subject, World};
use crate::engine::{Asked, Executor, Generation, JobError, Lane, Phase, Snapshot, Waker};
use crate::panes::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Rows, Selection, Target, Theme};
use crate::task::{Pool, Task};

/// What a question is computed with.
pub struct Job<'a, V> {
    /// The data, the edits, the fits.
    pub world: &'a World,
    /// Cancellation, and the threads of browsing.
    pub task: &'a Task,
    asked: &'a Asked<V>,
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

/// How a pane is asked: from the state to a question, from the question to its answer.
pub struct Question<P: Pane, Q> {
    /// The question; an error is a sentence to be shown in place of an answer.
    pub query: fn(&Selection, &PaneState) -> Result<Q, String>,
    /// The answer.
    pub compute: Compute<Q, P::View>,
    /// The command line that prints it, where there is one: from the question, the world and the data as it was named.
    pub command: fn(&Q, &World, &[String]) -> Option<String>,
}

/// What all slots share.
pub struct Setting<'a> {
    /// The threads of browsing.
    pub executor: &'a Executor,
    /// What wakes the loop.
    pub wake: Waker,
    /// Where one answer may spread out.
    pub pool: Pool,
    /// Where what takes long is done, in nobody's way.
    pub behind: Arc<Executor>,
}

/// A pane at work, whatever its answer is.
pub trait Slot {
    /// Which.
    fn id(&self) -> PaneId;
    /// Asks, if the question is another than the one asked last. Says whether it asked.
    fn ask(&mut self, state: &State, world: &World, fits: u64) -> bool;
    /// Takes what was published; says whether that changed anything. May move the pane's cursor along with its row.
    fn poll(&mut self, state: &mut State) -> bool;
    /// Brings the visible rows in line with the filter; the cursor stays on its row as far as that is still visible.
    fn sync(&mut self, remembered: &mut PaneState);
    /// Whether an answer is awaited.
    fn is_pending(&self) -> bool;
    /// Whether what is shown answers the present question.
    fn is_current(&self) -> bool;
    /// Whether an answer will come by itself: it is being computed, or waits for a fit.
    fn is_awaited(&self) -> bool;
    /// Whether there never was an answer to any question.
    fn is_unanswered(&self) -> bool;
    /// What stands in place of an answer; `None` where there is one.
    fn message(&self) -> Option<String>;
    /// Its title.
    fn title(&self, selection: &Selection) -> String;
    /// The least size inside the border.
    fn min_size(&self) -> (u16, u16);
    /// What it shows and can do.
    fn facts(&self, remembered: &PaneState) -> Facts;
    /// How many rows are visible, and of how many.
    fn rows(&self) -> (usize, usize);
    /// What the row at a position is about.
    fn target(&self, remembered: &PaneState, position: usize) -> Option<Target>;
    /// The key of the row at a position.
    fn row_key(&self, remembered: &PaneState, position: usize) -> Option<u64>;
    /// The arithmetic of the row at a position.
    fn arithmetic(&self, remembered: &PaneState, position: usize) -> Option<Vec<String>>;
    /// The command line that prints the same numbers, for data named so.
    fn command(&self, world: &World, data: &[String]) -> Option<String>;
    /// All that it shows.
    fn export(&self) -> Option<Export>;
    /// Draws the answer, where there is one.
    fn draw(&mut self, scene: &Inside<'_>, area: Rect, buffer: &mut Buffer);
    /// Where its rows went.
    fn drawn(&self) -> Drawn;
}

/// What a slot is drawn with.
pub struct Inside<'a> {
    /// Colors.
    pub theme: &'a Theme,
    /// What everything is about.
    pub selection: &'a Selection,
    /// What the pane remembers.
    pub remembered: &'a PaneState,
    /// It has the keyboard.
    pub focused: bool,
    /// Its answer is being replaced.
    pub stale: bool,
}

/// Which rows are visible, and what that was made from.
#[derive(Default)]
struct Visible {
    generation: Option<(Generation, usize)>,
    filter: String,
    mode: usize,
    folded: BTreeSet<u64>,
    all: usize,
    some: Option<Vec<u32>>,
}

impl Visible {
    fn rows(&self) -> Rows<'_> {
        self.some.as_deref().map_or(Rows::All(self.all), Rows::Some)
    }
}

struct PaneSlot<P: Pane, Q> {
    pane: P,
    /// None for a pane whose answers come by themselves (the bandit run).
    question: Option<Question<P, Q>>,
    /// The command line of a pane without a question.
    own_command: Option<OwnCommand<P::View>>,
    lane: Arc<Lane<P::View>>,
    pool: Pool,
    asked: Option<(Result<Q, String>, u64)>,
    generation: Generation,
    shown: Arc<Snapshot<P::View>>,
    /// The last answer there was: shown, marked as stale, until the next one comes.
    view: Option<Arc<Snapshot<P::View>>>,
    /// Whom the answer shown is about.
    subject: Option<Subject>,
    asked_subject: Option<Subject>,
    visible: Visible,
    drawn: Drawn,
}

/// A slot for a pane.
pub fn slot<P: Pane, Q: PartialEq + Clone + Send + 'static>(
    pane: P,
    question: Question<P, Q>,
    setting: &Setting<'_>,
) -> Box<dyn Slot> {
    let lane = Arc::new(Lane::new(setting.executor, Arc::clone(&setting.wake)));
    Box::new(empty(pane, Some(question), lane, setting.pool.clone()))
}

/// The command line of a pane whose answers come by themselves: from the answer, the world and the data as it was named.
pub type OwnCommand<V> = fn(&V, &World, &[String]) -> String;

/// A slot for a pane whose answers come by themselves; several may show the same answers.
pub fn slot_of<P: Pane>(pane: P, lane: &Arc<Lane<P::View>>, command: OwnCommand<P::View>) -> Box<dyn Slot> {
    let mut slot = empty::<P, ()>(pane, None, Arc::clone(lane), Pool::default());
    slot.own_command = Some(command);
    Box::new(slot)
}

fn empty<P: Pane, Q>(
    pane: P,
    question: Option<Question<P, Q>>,
    lane: Arc<Lane<P::View>>,
    pool: Pool,
) -> PaneSlot<P, Q> {
    PaneSlot {
        pane,
        question,
        own_command: None,
        shown: lane.latest().load(),
        lane,
        pool,
        asked: None,
        generation: Generation::default(),
        view: None,
        subject: None,
        asked_subject: None,
        visible: Visible::default(),
        drawn: Drawn::default(),
    }
}

/// In place of an answer while a model is fitted: never shown as it is, since `app` knows how far the fit is.
pub const FITTING: &str = "fitting";

impl<P: Pane, Q> PaneSlot<P, Q> {
    fn current_view(&self) -> Option<&P::View> {
        self.view.as_ref().and_then(|s| s.phase.view())
    }

    /// The row (of all) at a position (of the visible).
    fn row(&self, position: usize) -> Option<(&P::View, usize)> {
        let row = self.visible.rows().get(position)?;
        self.current_view().map(|view| (view, row))
    }

    /// Keeps the cursor on the thing it was on, as far as that is still there.
    fn keep_cursor(&self, before: Option<&P::View>, remembered: &mut PaneState) {
        let Some(view) = self.current_view() else { return };
        if self.subject != self.asked_subject || before.is_none() {
            if remembered.cursor == 0 && remembered.filter.is_empty() {
                remembered.cursor = self.pane.first_cursor(view);
            }
            return;
        }
        let Some(before) = before.filter(|_| remembered.filter.is_empty()) else {
            return;
        };
        let (old, new) = (self.pane.rows(before, remembered), self.pane.rows(view, remembered));
        if remembered.cursor >= old {
            return;
        }
        let key = |view: &P::View, row: usize| self.pane.row_key(view, remembered, row);
        let wanted = key(before, remembered.cursor);
        // Most rows stay where they are.
        let same = remembered.cursor < new && key(view, remembered.cursor) == wanted;
        let found = if same {
            None
        } else {
            (0..new).find(|row| key(view, *row) == wanted)
        };
        remembered.cursor = found.unwrap_or(remembered.cursor).min(new.saturating_sub(1));
    }
}

impl<P: Pane, Q: PartialEq + Clone + Send + 'static> Slot for PaneSlot<P, Q> {
    fn id(&self) -> PaneId {
        self.pane.id()
    }

    fn ask(&mut self, state: &State, world: &World, fits: u64) -> bool {
        let Some(question) = &self.question else { return false };
        let query = (question.query)(&state.selection, &state.pane_state(self.pane.id()));
        let waits = matches!(&self.shown.phase, Phase::Failed(m) if m == FITTING);
        let same = self
            .asked
            .as_ref()
            .is_some_and(|(q, f)| *q == query && (*f == fits || !waits));
        if same {
            return false;
        }
        self.generation = self.generation.next();
        self.asked = Some((query.clone(), fits));
        self.asked_subject = Some(state.selection.subject.clone());
        let (world, pool, compute) = (world.clone(), self.pool.clone(), Arc::clone(&question.compute));
        self.lane.ask(self.generation, move |asked| {
            let query = query.map_err(JobError::Failed)?;
            let task = Task {
                cancel: asked.cancel.clone(),
                pool,
                ..Task::default()
            };
            let job = Job {
                world: &world,
                task: &task,
                asked,
            };
            compute(&query, &job).map_err(|error| match error {
                AnswerError::Cancelled(_) => JobError::Cancelled,
                AnswerError::Fitting(_) => JobError::Failed(FITTING.to_owned()),
                other => JobError::Failed(other.to_string()),
            })
        });
        true
    }

    fn poll(&mut self, state: &mut State) -> bool {
        let latest = self.lane.latest().load();
        if Arc::ptr_eq(&latest, &self.shown) {
            return false;
        }
        self.shown = latest;
        if self.shown.phase.view().is_some() {
            let before = self.view.replace(Arc::clone(&self.shown));
            let remembered = state.panes.entry(self.pane.id()).or_default();
            self.keep_cursor(before.as_ref().and_then(|s| s.phase.view()), remembered);
            self.subject.clone_from(&self.asked_subject);
        }
        true
    }

    fn sync(&mut self, remembered: &mut PaneState) {
        let stamp = self.view.as_ref().map(|s| (s.generation, Arc::as_ptr(s).addr()));
        let visible = &self.visible;
        if visible.generation == stamp
            && visible.filter == remembered.filter
            && visible.mode == remembered.mode
            && visible.folded == remembered.folded
        {
            return;
        }
        let filtered = visible.filter != remembered.filter;
        let under = visible
            .rows()
            .get(remembered.cursor)
            .filter(|_| filtered && visible.generation == stamp);
        let all = self.current_view().map_or(0, |view| self.pane.rows(view, remembered));
        let wanted = remembered.filter.to_lowercase();
        let holds = |row: &u32| {
            let text = self
                .current_view()
                .map(|view| self.pane.row_text(view, remembered, *row as usize));
            text.is_some_and(|t| t.to_lowercase().contains(&wanted))
        };
        let some = (!wanted.is_empty()).then(|| (0..all as u32).filter(holds).collect());
        self.visible = Visible {
            generation: stamp,
            filter: remembered.filter.clone(),
            mode: remembered.mode,
            folded: remembered.folded.clone(),
            all,
            some,
        };
        if let Some(row) = under {
            remembered.cursor = self.visible.rows().position(row).unwrap_or(0);
        }
    }

    fn is_pending(&self) -> bool {
        self.asked.is_some()
            && (self.shown.generation < self.generation || matches!(self.shown.phase, Phase::Partial(_)))
    }

    fn is_current(&self) -> bool {
        self.shown.phase.view().is_some() && (self.question.is_none() || self.shown.generation == self.generation)
    }

    fn is_awaited(&self) -> bool {
        self.is_pending() || matches!(&self.shown.phase, Phase::Failed(m) if m == FITTING)
    }

    fn is_unanswered(&self) -> bool {
        self.question.is_some() && self.view.is_none()
    }

    fn message(&self) -> Option<String> {
        match &self.shown.phase {
            Phase::Failed(message) => Some(message.clone()),
            _ => None,
        }
    }

    fn title(&self, selection: &Selection) -> String {
        self.pane.title(self.current_view(), selection)
    }

    fn min_size(&self) -> (u16, u16) {
        self.pane.min_size()
    }

    fn facts(&self, remembered: &PaneState) -> Facts {
        let at = self.row(remembered.cursor);
        Facts {
            has_view: self.current_view().is_some(),
            rows: self.visible.rows().len(),
            page: usize::from(self.drawn.rows.height),
            target: self.target(remembered, remembered.cursor),
            is_branch: at.is_some_and(|(view, row)| self.pane.is_branch(view, remembered, row)),
            modes: self.pane.modes(),
            pans: self.pane.pans(remembered),
            has_arithmetic: self.current_view().is_some_and(|view| {
                let row = self.visible.rows().get(remembered.cursor).unwrap_or(0);
                self.pane.has_arithmetic(view, remembered, row)
            }),
            has_command: self.current_view().is_some(),
        }
    }

    fn rows(&self) -> (usize, usize) {
        (self.visible.rows().len(), self.visible.all)
    }

    fn target(&self, remembered: &PaneState, position: usize) -> Option<Target> {
        let (view, row) = self.row(position)?;
        self.pane.target(view, remembered, row)
    }

    fn row_key(&self, remembered: &PaneState, position: usize) -> Option<u64> {
        let (view, row) = self.row(position)?;
        Some(self.pane.row_key(view, remembered, row))
    }

    fn arithmetic(&self, remembered: &PaneState, position: usize) -> Option<Vec<String>> {
        // A pane without rows may still have arithmetic of all of it.
        let view = self.current_view()?;
        let row = self.visible.rows().get(position).unwrap_or(0);
        self.pane.arithmetic(view, remembered, row)
    }

    fn command(&self, world: &World, data: &[String]) -> Option<String> {
        if let Some(command) = self.own_command {
            return self.current_view().map(|view| command(view, world, data));
        }
        let (query, _) = self.asked.as_ref()?;
        let question = self.question.as_ref()?;
        (question.command)(query.as_ref().ok()?, world, data)
    }

    fn export(&self) -> Option<Export> {
        self.current_view().map(|view| self.pane.export(view))
    }

    fn draw(&mut self, scene: &Inside<'_>, area: Rect, buffer: &mut Buffer) {
        let input = PaneInput {
            theme: scene.theme,
            selection: scene.selection,
            state: scene.remembered,
            rows: self.visible.rows(),
            focused: scene.focused,
            stale: scene.stale,
        };
        self.drawn = match self.view.as_ref().and_then(|s| s.phase.view()) {
            Some(view) => self.pane.draw(view, &input, area, buffer),
            None => Drawn::default(),
        };
    }

    fn drawn(&self) -> Drawn {
        self.drawn
    }
}
