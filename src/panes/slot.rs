use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ask::{Compute, Job, Setting, Source};
use super::controls;
use super::export::Export;
use super::pane::{Message, Pane, PaneInput};
use super::rows::{Drawn, Rows};
use super::selection::{PaneId, PaneState, Target};
use super::shared::{Facts, Shared};
use super::theme::{Role, Theme};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{AnswerError, Subject, Whose, World};
use crate::engine::{Generation, JobError, Lane, Latest, Order, Phase, Runs, Snapshot};
use crate::models::Formula;
use crate::task::{Pool, Task};

/// A pane at work, whatever its answer is: its question, what answers it, and what is shown meanwhile.
pub trait Slot {
    /// Its name.
    fn id(&self) -> PaneId;
    /// Asks, if the question is another than the one asked last; `fits` counts the fits that were finished.
    fn ask(&mut self, shared: &Shared, world: &World, fits: u64);
    /// Does to its run what a person says; nothing where it has none.
    fn order(&self, order: Order);
    /// Takes what was published; says whether that changed anything. May move the pane's cursor along with its row.
    fn poll(&mut self, shared: &mut Shared) -> bool;
    /// Brings the visible rows in line with the filter; the cursor stays on its row as far as that is still visible.
    fn sync(&mut self, remembered: &mut PaneState);
    /// The models that must be fitted for its question.
    fn models(&self, shared: &Shared) -> Vec<Arc<Formula>>;
    /// How far its answer is.
    fn standing(&self) -> Standing<'_>;
    /// Its title.
    fn title(&self, shared: &Shared) -> String;
    /// The least size inside the border.
    fn min_size(&self) -> (u16, u16);
    /// What it shows and can do.
    fn facts(&self, shared: &Shared, drawn: &Drawn) -> Facts;
    /// How many rows are visible, and of how many.
    fn rows(&self) -> (usize, usize);
    /// What the row at a position is about.
    fn target(&self, remembered: &PaneState, position: usize) -> Option<Target>;
    /// The key of the row at a position.
    fn row_key(&self, remembered: &PaneState, position: usize) -> Option<u64>;
    /// How the number of the row at a position comes about.
    fn work(&self, remembered: &PaneState, position: usize) -> Option<Arithmetic>;
    /// The command line that prints the same numbers, for data named so.
    fn command(&self, world: &World, data: &[String]) -> Option<String>;
    /// All that it shows, as a table.
    fn export(&self) -> Option<Export>;
    /// Draws the controls and the answer, where there is one; says where everything went.
    fn draw(&self, scene: &Inside<'_>, area: Rect, buffer: &mut Buffer) -> Drawn;
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing<'a> {
    /// An answer is being computed, or waits for its turn.
    pub is_pending: bool,
    /// What is shown answers the present question.
    pub is_current: bool,
    pub is_waiting: bool,
    /// There was an answer to some question.
    pub has_view: bool,
    pub failure: Option<&'a str>,
}

impl Standing<'_> {
    /// Whether an answer will come by itself.
    pub fn is_awaited(&self) -> bool {
        self.is_pending || self.is_waiting
    }
}

/// What a slot is drawn with.
pub struct Inside<'a> {
    pub theme: &'a Theme,
    pub shared: &'a Shared,
    /// Where it was scrolled to when it was last drawn.
    pub offset: usize,
    pub focused: bool,
    pub stale: bool,
    /// What stands in place of an answer.
    pub message: Option<Message>,
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

/// What answers a pane.
enum Answers<Q, V: Send + Sync + 'static> {
    Computed(Compute<Q, V>, Lane<V>),
    Running(Arc<dyn Runs<Q, V>>),
}

impl<Q, V: Send + Sync + 'static> Answers<Q, V> {
    fn latest(&self) -> &Latest<V> {
        match self {
            Self::Computed(_, lane) => lane.latest(),
            Self::Running(run) => run.latest(),
        }
    }
}

/// Whom and which model an answer is about, however it is turned: another one starts at the top.
type About = (Subject, Formula);

fn about(shared: &Shared) -> About {
    // A guest is the same one after another rating.
    let subject = match &shared.selection.subject {
        Subject::Person(Whose::Guest(_)) => Subject::Person(Whose::Guest(Arc::default())),
        subject => subject.clone(),
    };
    (subject, shared.selection.formula.shape())
}

struct PaneSlot<P: Pane> {
    pane: P,
    answers: Answers<P::Query, P::View>,
    pool: Pool,
    asked: Option<(Result<P::Query, String>, u64)>,
    asked_about: Option<About>,
    generation: Generation,
    shown: Arc<Snapshot<P::View>>,
    /// The last answer there was: shown, marked as stale, until the next one comes.
    view: Option<Arc<Snapshot<P::View>>>,
    /// What the answer shown is about.
    about: Option<About>,
    visible: Visible,
}

/// Opens a pane.
pub fn open<P: Pane + Default>(setting: &Setting<'_>) -> Box<dyn Slot> {
    let answers = match P::source(setting) {
        Source::Computed(compute) => Answers::Computed(compute, Lane::new(setting.browsing, Arc::clone(&setting.wake))),
        Source::Running(run) => Answers::Running(run),
    };
    Box::new(PaneSlot {
        pane: P::default(),
        pool: setting.pool.clone(),
        asked: None,
        asked_about: None,
        generation: Generation::default(),
        shown: answers.latest().load(),
        answers,
        view: None,
        about: None,
        visible: Visible::default(),
    })
}

impl<P: Pane> PaneSlot<P> {
    fn current_view(&self) -> Option<&P::View> {
        self.view.as_ref().and_then(|s| s.phase.view())
    }

    /// The row (of all) at a position (of the visible).
    fn row(&self, position: usize) -> Option<(&P::View, usize)> {
        let row = self.visible.rows().get(position)?;
        self.current_view().map(|view| (view, row))
    }

    /// A pane without rows may still have arithmetic of all of it.
    fn has_arithmetic(&self, remembered: &PaneState) -> bool {
        let row = self.visible.rows().get(remembered.cursor).unwrap_or(0);
        let view = self.current_view();
        view.is_some_and(|view| self.pane.has_arithmetic(view, remembered, row))
    }

    /// Keeps the cursor on what it was on, as far as that is still there, and says where that went.
    fn keep_cursor(&self, before: Option<&P::View>, remembered: &mut PaneState) -> Option<String> {
        let view = self.current_view()?;
        let Some(before) = before.filter(|_| self.about == self.asked_about) else {
            if remembered.cursor == 0 && remembered.filter.is_empty() {
                remembered.cursor = self.pane.first_cursor(view);
            }
            return None;
        };
        if !remembered.filter.is_empty() {
            return None;
        }
        let (old, new) = (self.pane.rows(before, remembered), self.pane.rows(view, remembered));
        let at = remembered.cursor;
        if at >= old {
            return None;
        }
        let key = |view: &P::View, row: usize| self.pane.row_key(view, remembered, row);
        let wanted = key(before, at);
        // Most rows stay where they are.
        if at < new && key(view, at) == wanted {
            return None;
        }
        let found = (0..new).find(|row| key(view, *row) == wanted);
        let went = if P::IS_RANKED {
            let name = self.pane.row_text(before, remembered, at);
            Some(match found {
                Some(row) => format!("{name} moved to rank {}", row + 1),
                None => format!("{name} is no longer on the list"),
            })
        } else {
            None
        };
        remembered.cursor = found.unwrap_or(at).min(new.saturating_sub(1));
        went
    }
}

impl<P: Pane> Slot for PaneSlot<P> {
    fn id(&self) -> PaneId {
        P::ID
    }

    fn ask(&mut self, shared: &Shared, world: &World, fits: u64) {
        let query = P::query(shared);
        let waits = matches!(self.shown.phase, Phase::Waiting) || self.shown.phase.view().is_some_and(P::lacks);
        let asked = self.asked.as_ref();
        if asked.is_some_and(|(q, f)| *q == query && (*f == fits || !waits)) {
            return;
        }
        self.asked = Some((query.clone(), fits));
        self.asked_about = Some(about(shared));
        match &self.answers {
            Answers::Running(run) => {
                if let Ok(query) = &query {
                    run.want(query);
                }
                self.generation = run.generation();
            }
            Answers::Computed(compute, lane) => {
                self.generation = self.generation.next();
                let (world, pool, compute) = (world.clone(), self.pool.clone(), Arc::clone(compute));
                lane.ask(self.generation, move |asked| {
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
                        AnswerError::Fitting(_) => JobError::Waiting,
                        other => JobError::Failed(other.to_string()),
                    })
                });
            }
        }
    }

    fn order(&self, order: Order) {
        if let Answers::Running(run) = &self.answers {
            run.order(order);
        }
    }

    fn poll(&mut self, shared: &mut Shared) -> bool {
        let latest = self.answers.latest().load();
        if Arc::ptr_eq(&latest, &self.shown) {
            return false;
        }
        self.shown = latest;
        if self.shown.phase.view().is_some() {
            let before = self.view.replace(Arc::clone(&self.shown));
            let went = self.keep_cursor(before.as_ref().and_then(|s| s.phase.view()), shared.memory_mut(P::ID));
            if went.is_some() {
                shared.notice = went;
            }
            self.about.clone_from(&self.asked_about);
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

    fn models(&self, shared: &Shared) -> Vec<Arc<Formula>> {
        P::query(shared).map_or_else(|_| Vec::new(), |query| P::models(&query))
    }

    fn standing(&self) -> Standing<'_> {
        // By what was taken, not by what may have been published since: the cursors follow what is shown.
        let (is_pending, generation) = match &self.answers {
            Answers::Computed(..) => {
                let is_part = matches!(self.shown.phase, Phase::Partial(_));
                (self.shown.generation < self.generation || is_part, self.generation)
            }
            // What goes on by itself is no answer that somebody waits for.
            Answers::Running(run) => (self.shown.generation < run.generation(), Generation::default()),
        };
        Standing {
            is_pending: self.asked.is_some() && is_pending,
            is_current: self.shown.phase.view().is_some() && self.shown.generation >= generation,
            is_waiting: matches!(self.shown.phase, Phase::Waiting),
            has_view: self.view.is_some(),
            failure: match (&self.shown.phase, &self.asked, &self.answers) {
                (_, Some((Err(message), _)), Answers::Running(_)) | (Phase::Failed(message), ..) => Some(message),
                _ => None,
            },
        }
    }

    fn title(&self, shared: &Shared) -> String {
        // While a model is waited for, what was answered before stands no longer below the title.
        let view = self
            .current_view()
            .filter(|_| !matches!(self.shown.phase, Phase::Waiting));
        self.pane.title(view, &shared.selection)
    }

    fn min_size(&self) -> (u16, u16) {
        self.pane.min_size()
    }

    fn facts(&self, shared: &Shared, drawn: &Drawn) -> Facts {
        let remembered = &shared.memory(P::ID);
        let at = self.row(remembered.cursor);
        Facts {
            has_view: self.current_view().is_some(),
            rows: self.visible.rows().len(),
            page: usize::from(drawn.rows.height),
            target: self.target(remembered, remembered.cursor),
            row_key: self.row_key(remembered, remembered.cursor),
            arm: self.current_view().and_then(|view| self.pane.arm(view)),
            is_branch: at.is_some_and(|(view, row)| self.pane.is_branch(view, remembered, row)),
            is_folded: at.is_some_and(|(view, row)| self.pane.is_folded(view, remembered, row)),
            modes: self.pane.modes(),
            pans: self.pane.pans(remembered),
            has_arithmetic: self.has_arithmetic(remembered),
            has_command: self.current_view().is_some(),
            controls: P::controls(shared),
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

    fn work(&self, remembered: &PaneState, position: usize) -> Option<Arithmetic> {
        let view = self.current_view()?;
        let row = self.visible.rows().get(position).unwrap_or(0);
        let lines = || self.pane.arithmetic(view, remembered, row).map(Arithmetic::of_lines);
        self.pane.work(view, remembered, row).or_else(lines)
    }

    fn command(&self, world: &World, data: &[String]) -> Option<String> {
        let (query, _) = self.asked.as_ref()?;
        P::command(query.as_ref().ok()?, self.current_view()?, world, data)
    }

    fn export(&self) -> Option<Export> {
        self.current_view().map(|view| self.pane.export(view))
    }

    fn draw(&self, scene: &Inside<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let focus = scene.shared.control.filter(|_| scene.focused);
        let remembered = PaneState {
            offset: scene.offset,
            control: focus,
            ..scene.shared.memory(P::ID)
        };
        let controls = P::controls(scene.shared);
        let lines = if P::DRAWS_CONTROLS {
            0
        } else {
            controls::height(&controls, &remembered.values, focus, area)
        };
        let (body, strip) = (
            Rect {
                height: area.height - lines,
                ..area
            },
            Rect {
                y: area.bottom() - lines,
                height: lines,
                ..area
            },
        );
        let input = PaneInput {
            theme: scene.theme,
            selection: &scene.shared.selection,
            words: scene.shared.words,
            state: &remembered,
            rows: self.visible.rows(),
            focused: scene.focused,
            stale: scene.stale,
        };
        let mut drawn = match (&scene.message, self.current_view()) {
            (None, Some(view)) => self.pane.draw(view, &input, body, buffer),
            (Some(message), _) => {
                if !self.pane.draw_message(message, &input, body, buffer) {
                    super::widgets::wrapped_message(buffer, body, &message.text, scene.theme);
                }
                Drawn::default()
            }
            (None, None) => Drawn::default(),
        };
        if scene.stale {
            buffer.set_style(body, scene.theme.style(Role::Stale));
        }
        if !P::DRAWS_CONTROLS {
            drawn.controls = controls::draw(&controls, &remembered.values, focus, strip, buffer, scene.theme);
        }
        super::widgets::to_ascii(buffer, area, scene.theme);
        drawn
    }
}
