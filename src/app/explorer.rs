//! The explorer without a terminal: events go in, frames come out. The terminal's loop, pictures of screens and the tests
//! drive the same thing.

use std::sync::Arc;
use std::time::Duration;

use super::bandit::BanditRun;
use super::config::Config;
use super::evaluation::EvaluationRun;
use super::events::Event;
use super::fits::Fits;
use super::keymap::Keymap;
use super::keys::Key;
use super::layout::{Layout, lay_out};
use super::mouse;
use super::questions::{self, factor_formula};
use super::screens;
use super::seen::{Panes, View};
use super::session::{Session, Sessions};
use super::slots::{FITTING, Setting, Slot};
use super::state::{Facts, Overlay, Picking, State};
use super::update::{Effect, Seen, settle, update};
use super::{opening, overlays, taking};
use crate::answers::{PickQuery, PickView, World, pick};
use crate::engine::{Executor, Generation, JobError, Lane, Waker};
use crate::panes::{Drawn, Theme, theme::Depth};
use crate::task::{Pool, Priority, Task};

/// What the explorer is started with.
pub struct Options {
    /// The data, nothing fitted yet.
    pub world: World,
    /// The arguments that the dataset was opened with, for command lines that print the same; none for the sample inside
    /// the program.
    pub data: Vec<String>,
    /// Settings and keys.
    pub config: Config,
    /// The model, where one was asked for.
    pub model: Option<String>,
    /// Threads in all.
    pub threads: usize,
    /// Where the last session is remembered.
    pub sessions: Sessions,
    /// The theme.
    pub theme: crate::panes::ThemeName,
    /// How many colors the terminal shows.
    pub depth: Depth,
}

/// What the loop that owns the terminal is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// End the program.
    Quit,
    /// End it as this signal would.
    Die(i32),
    /// Give the terminal back until the program is continued.
    Suspend,
    /// Take the terminal again: something else had it.
    Resume,
    /// Draw every cell anew.
    Repaint,
    /// Mouse reports on or off.
    Mouse(bool),
    /// Send this to the clipboard.
    Copy(String),
}

/// The explorer.
pub struct Explorer {
    pub(super) state: State,
    pub(super) world: World,
    pub(super) keymap: Keymap,
    pub(super) theme: Theme,
    pub(super) panes: Panes,
    pub(super) fits: Fits,
    pub(super) data: Vec<String>,
    pub(super) dataset_line: String,
    pub(super) mouse: mouse::Memory,
    depth: Depth,
    ascii: bool,
    bandit: BanditRun,
    evaluation: EvaluationRun,
    picker: Lane<PickView>,
    pick_asked: Option<PickQuery>,
    pick_generation: Generation,
    sessions: Sessions,
    browsing: Executor,
    background: Executor,
    pool: Pool,
}

impl Explorer {
    /// Opens on the last session with this dataset, or on somebody worth looking at; `wake` is called when answers come.
    ///
    /// # Errors
    /// The operating system refuses threads.
    pub fn new(options: Options, wake: Waker) -> std::io::Result<Self> {
        let threads = options.threads.max(1);
        // So many that no pane waits for another one's thread.
        let browsing = Executor::at(Priority::Answers, "browse", 8)?;
        // One to fit, one for the bandit, one to evaluate: none holds another up.
        let background = Executor::at(Priority::Background, "fit", 3)?;
        let pool = Pool::at(Priority::Answers, "browse-pool", threads);
        // Where threads know no priority, one core is kept for browsing.
        let spared = usize::from(!Priority::IS_KNOWN);
        let fitting = Pool::at(Priority::Background, "fit-pool", threads.saturating_sub(spared).max(1));
        let world = options.world.on(pool.clone()).for_everyone();
        let bandit = BanditRun::new(&background, Arc::clone(&wake), Arc::clone(&world.dataset), world.seed());
        let evaluation = EvaluationRun::new(&background, Arc::clone(&wake), &world, fitting.clone());
        let setting = Setting {
            executor: &browsing,
            wake: Arc::clone(&wake),
            pool: pool.clone(),
            behind: Arc::new(Executor::at(Priority::Background, "map", 1)?),
        };
        let slots = questions::slots(&setting, bandit.lane(), evaluation.lane());
        let session = options.sessions.load(world.dataset.identity());
        let mut state = opening::state(
            &world,
            session.unwrap_or_default(),
            options.model.or(options.config.model.clone()),
        );
        if !state.theme_chosen {
            state.theme = options.theme;
        }
        state.mouse = !options.config.no_mouse;
        let picker = Lane::new(&browsing, Arc::clone(&wake));
        let mut explorer = Self {
            theme: Theme::new(state.theme, options.depth).ascii(options.config.ascii),
            state,
            keymap: options.config.keymap,
            panes: Panes {
                slots,
                layout: Layout::default(),
                picks: picker.latest().load(),
                overlay: Drawn::default(),
            },
            fits: Fits::new(&background, wake, fitting),
            dataset_line: Self::dataset_line(&world.dataset),
            data: options.data,
            mouse: mouse::Memory::default(),
            depth: options.depth,
            ascii: options.config.ascii,
            bandit,
            evaluation,
            picker,
            pick_asked: None,
            pick_generation: Generation::default(),
            sessions: if options.config.no_session {
                Sessions::nowhere()
            } else {
                options.sessions
            },
            browsing,
            background,
            pool,
            world,
        };
        explorer.bandit.start();
        explorer.follow();
        explorer.prepare_names();
        Ok(explorer)
    }

    /// After the first questions of the panes: what the picker will look through.
    fn prepare_names(&self) {
        let (world, pool) = (self.world.clone(), self.pool.clone());
        let cancel = self.browsing.cancel().child();
        self.browsing.submit(move || {
            let task = Task {
                cancel,
                pool,
                ..Task::default()
            };
            // Whoever opens the picker before it is done, or after it was cancelled, does it again.
            let _ = pick::prepare(&world, &task);
        });
    }

    /// What happened changes the state and asks new questions; what only the owner of the terminal can do comes back.
    pub fn handle(&mut self, event: Event) -> Vec<Request> {
        let requests = match event {
            Event::Key(key) => self.press(key),
            Event::Paste(text) => {
                overlays::paste(&mut self.state, &text);
                Vec::new()
            }
            Event::Mouse(what, x, y) => mouse::handle(self, what, x, y),
            Event::Resize(width, height) => {
                self.state.size = (width, height);
                Vec::new()
            }
            Event::Wake => Vec::new(),
            Event::Terminate(signal) => vec![Request::Die(signal)],
            Event::Suspend => vec![Request::Suspend],
            Event::Continue => vec![Request::Resume],
            Event::Hangup => vec![Request::Quit],
        };
        if matches!(self.state.overlays.last(), Some(Overlay::Filter { .. })) {
            // Other rows are visible: the cursor leads to what it stands on now.
            self.sync();
            self.lead();
        }
        self.follow();
        requests
    }

    fn press(&mut self, key: Key) -> Vec<Request> {
        let scopes = self.state.scopes();
        // What is not possible in an inner scope leaves the key to the outer one.
        let found = self.keymap.find_all(&scopes, key).next();
        let possible = self.keymap.find_all(&scopes, key).find(|a| (a.possible)(&self.state));
        let action = match (possible, found) {
            (Some(action), _) => Some(action.action),
            (None, Some(action)) => {
                self.state.notice = Some(format!("not possible here: {}", action.title.to_lowercase()));
                None
            }
            (None, None) => Keymap::screen(&scopes, key),
        };
        if let Some(action) = action {
            return self.act(action);
        }
        if found.is_none() {
            overlays::type_key(&mut self.state, key, &self.world);
        }
        Vec::new()
    }

    /// Does an action.
    pub(super) fn act(&mut self, action: super::actions::Action) -> Vec<Request> {
        let effects = self.with_seen(|state, world, seen| update(state, action, world, seen));
        if action == super::actions::Action::NextMode && self.state.pane() == screens::LEADERBOARD {
            // Other rows stand on top: the cursor leads to what it stands on now.
            self.sync();
            self.lead();
        }
        effects.into_iter().filter_map(|e| self.carry_out(e)).collect()
    }

    /// Calls `work` with the state, the world and what is on the screen.
    fn with_seen<T>(&mut self, work: impl FnOnce(&mut State, &World, &dyn Seen) -> T) -> T {
        let view = View {
            panes: &self.panes,
            remembered: self.state.panes.clone(),
        };
        work(&mut self.state, &self.world, &view)
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Request> {
        match effect {
            Effect::Quit => Some(Request::Quit),
            Effect::Suspend => Some(Request::Suspend),
            Effect::Repaint => Some(Request::Repaint),
            Effect::Mouse(on) => Some(Request::Mouse(on)),
            Effect::Theme => {
                self.theme = Theme::new(self.state.theme, self.depth).ascii(self.ascii);
                None
            }
            Effect::Bandit(what) => {
                self.bandit.act(what);
                None
            }
            Effect::RunEvaluation => {
                self.evaluation.run_or_stop();
                None
            }
            Effect::CopyPane => {
                let text = self.focused_slot().and_then(Slot::export)?.to_text();
                self.state.notice = Some("the pane was sent to the terminal's clipboard".to_owned());
                Some(Request::Copy(text))
            }
            Effect::CopyCommand => {
                let command = taking::command_line(self)?;
                self.state.notice = Some(format!("sent to the terminal's clipboard: {command}"));
                Some(Request::Copy(command))
            }
            Effect::Export(format) => {
                self.state.notice = Some(taking::export(self, format));
                None
            }
        }
    }

    /// The slot of the pane with the keyboard.
    pub(super) fn focused_slot(&self) -> Option<&dyn Slot> {
        self.panes.slot(self.state.pane())
    }

    /// Takes what was published; says whether anything changed that can be seen.
    pub fn poll(&mut self) -> bool {
        let mut changed = self.fits.poll();
        if changed && let Some(noticed) = self.fits.news() {
            self.state.notice = Some(noticed);
        }
        for slot in &mut self.panes.slots {
            changed |= slot.poll(&mut self.state);
        }
        let picks = self.picker.latest().load();
        if picks.phase.view().is_some() && !Arc::ptr_eq(&picks, &self.panes.picks) {
            let is_whole = picks.phase.is_settled();
            self.panes.picks = picks;
            // As long as names are looked through, another one may come to the top, and the panes only take time from it.
            if is_whole {
                self.preview();
            }
            changed = true;
        }
        if changed {
            self.follow();
        }
        changed
    }

    /// The picker's first row changes with what is typed: its preview follows.
    fn preview(&mut self) {
        if let Some(Overlay::Picker {
            picking,
            cursor,
            before,
            input,
        }) = self.state.overlays.last()
        {
            // Before anything is typed or moved, the screen stays as it was.
            if input.value().is_empty() && *cursor == 0 {
                return;
            }
            let (picking, before) = (*picking, before.clone());
            let entity = self.panes.picked().get(*cursor).map(|p| p.entity);
            overlays::preview(&mut self.state, picking, &before, entity);
        }
    }

    /// Everything that follows from the state: the world's edits, fits, questions, cursors.
    fn follow(&mut self) {
        self.world = self.world.with_edits(Arc::clone(&self.state.selection.edits));
        let model = self.state.selection.formula.clone();
        let factors = factor_formula(&self.world, &model);
        self.fits.want(
            if factors == model {
                vec![model]
            } else {
                vec![model, factors]
            },
            &self.world,
        );
        if self.state.screen().panes.contains(&screens::LEADERBOARD) {
            super::board::stand_by(&mut self.state);
            self.evaluation.want(&self.state.board);
        }
        self.sync();
        // First those that lead, so that nobody is led by the answer to an older question.
        let leads = |s: &dyn Slot| super::update::leads(s.id()).is_some();
        self.ask(leads);
        self.with_seen(|state, _, seen| settle(state, seen));
        self.sync();
        self.ask_picker();
        // Who is led waits for who leads, and shows meanwhile what it showed.
        let list = self.panes.slot(screens::RECOMMENDATIONS);
        if self.state.selection.why().is_some() || !list.is_some_and(Slot::is_awaited) {
            self.ask(|_| true);
        }
        self.refresh();
    }

    fn ask(&mut self, which: impl Fn(&dyn Slot) -> bool) {
        let shown = self.state.screen().panes;
        let fits = self.fits.epoch();
        for slot in self
            .panes
            .slots
            .iter_mut()
            .filter(|s| shown.contains(&s.id()) && which(s.as_ref()))
        {
            slot.ask(&self.state, &self.world, fits);
        }
    }

    /// Brings what the pane with the keyboard can do up to date: after the keyboard went to another one.
    pub(super) fn refresh(&mut self) {
        self.sync();
        let pane = self.state.pane();
        let remembered = self.state.pane_state(pane);
        self.state.facts = self
            .panes
            .slot(pane)
            .map_or_else(Facts::default, |s| s.facts(&remembered));
    }

    /// The focus follows the cursor of the pane with the keyboard.
    pub(super) fn lead(&mut self) {
        self.with_seen(|state, _, seen| super::update::follow(state, seen));
    }

    fn sync(&mut self) {
        for slot in &mut self.panes.slots {
            let pane = slot.id();
            let remembered = self.state.panes.entry(pane).or_default();
            slot.sync(remembered);
            remembered.cursor = remembered.cursor.min(slot.rows().0.saturating_sub(1));
        }
    }

    fn ask_picker(&mut self) {
        let Some(Overlay::Picker { picking, input, .. }) = self.state.overlays.last() else {
            self.pick_asked = None;
            return;
        };
        let query = PickQuery {
            text: input.value().to_owned(),
            users: *picking == Picking::User,
            items: *picking != Picking::User,
        };
        if self.pick_asked.as_ref() == Some(&query) {
            return;
        }
        // What was found refines only what was asked before in the same list, and only whole answers do.
        let found = self.picker.latest().load();
        let whole = found.generation == self.pick_generation && found.phase.is_settled();
        let previous = self.pick_asked.replace(query.clone()).filter(|_| whole);
        self.pick_generation = self.pick_generation.next();
        let (world, pool) = (self.world.clone(), self.pool.clone());
        self.picker.ask(self.pick_generation, move |asked| {
            let task = Task {
                cancel: asked.cancel.clone(),
                pool,
                ..Task::default()
            };
            let previous = previous.as_ref().zip(found.phase.view());
            let view = pick::compute(&world, &query, previous, &task, &mut |view| {
                // An error only means that nobody wants it: the task says so, too.
                let _ = asked.partial(view);
            });
            view.map_err(|e| match e {
                crate::answers::AnswerError::Cancelled(_) => JobError::Cancelled,
                other => JobError::Failed(other.to_string()),
            })
        });
    }

    /// Whether answers to the last thing that happened are awaited. A fit, or a bandit that runs, is not one of them.
    pub fn is_pending(&self) -> bool {
        let shown = self.state.screen().panes;
        self.panes
            .slots
            .iter()
            .any(|s| shown.contains(&s.id()) && s.is_pending())
            || self.picks_are_awaited()
    }

    /// Whether the picker is open and not all names were looked at yet.
    fn picks_are_awaited(&self) -> bool {
        let found = self.picker.latest().load();
        self.pick_asked.is_some() && (found.generation < self.pick_generation || !found.phase.is_settled())
    }

    /// What stands in place of a pane's answer.
    pub(super) fn message(&self, slot: &dyn Slot) -> Option<String> {
        let message = match slot.message() {
            Some(message) => message,
            None if slot.is_unanswered() && self.fits.is_busy() => FITTING.to_owned(),
            None => return None,
        };
        if message != FITTING {
            return Some(message);
        }
        let model = &self.state.selection.formula;
        let why = self
            .fits
            .failure(model)
            .or_else(|| self.fits.failure(&factor_formula(&self.world, model)));
        Some(why.unwrap_or_else(|| self.fits.line()))
    }

    /// Lays the screen out for its present size.
    pub(super) fn lay_out(&mut self, area: ratatui::layout::Rect) -> bool {
        let state = &self.state;
        let layout = lay_out(area, state.screen(), state.focused, state.zoomed, &state.sizes);
        let fits = layout.is_ok();
        self.panes.layout = layout.unwrap_or_default();
        fits
    }

    /// Waits until nothing is computed any more, at most `limit`, and takes what came. For pictures and tests.
    pub fn wait_idle(&mut self, limit: Duration) -> bool {
        let deadline = std::time::Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if !self.background.wait_idle(left) || !self.browsing.wait_idle(left) {
                return false;
            }
            // What was taken may ask again.
            if !self.poll() && !self.is_pending() && !self.fits.is_busy() {
                return true;
            }
        }
    }

    /// Remembers the session.
    pub fn save(&self) {
        let session: Session = opening::session(&self.state, &self.world);
        if let Err(error) = self.sessions.save(self.world.dataset.identity(), &session) {
            tracing::warn!("the session was not remembered: {error}");
        }
    }
}

#[cfg(test)]
#[path = "explorer_tests.rs"]
mod tests;
