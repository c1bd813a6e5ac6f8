//! The explorer without a terminal: events go in, frames come out. The terminal's loop, pictures of screens and the tests
//! drive the same thing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::action::{Action, Cx, Effect, Tools};
use super::config::Config;
use super::draw::{self, Frame};
use super::events::Event;
use super::fits::Fits;
use super::keymap::Keymap;
use super::keys::Key;
use super::layout::LEAST;
use super::places::Places;
use super::reopening::{Reader, Reopened, Reopening};
use super::session::{Session, Sessions};
use super::state::State;
use super::update::{Layers, refresh, update};
use super::verbs::cursor;
use super::{mouse, opening, taking, wishes};
use crate::answers::{World, pick};
use crate::data::Filters;
use crate::engine::{Executor, Waker};
use crate::models::{Formula, Stopped};
use crate::panes::{PANES, Setting, Slot, Theme, theme::Depth};
use crate::task::{Pool, Priority, Task};

/// What the explorer is started with.
pub struct Options {
    pub world: World,
    /// The arguments that the dataset was opened with, for command lines that print the same; none for the sample inside
    /// the program.
    pub data: Vec<String>,
    /// The filters that it was read through.
    pub filters: Filters,
    /// Reads it again through others; none where it cannot be read twice.
    pub reader: Option<Reader>,
    pub config: Config,
    /// The model, where one was asked for.
    pub model: Option<String>,
    /// Events that are followed: a file that grows, or a Redis stream.
    pub follow: Option<String>,
    pub threads: usize,
    pub sessions: Sessions,
    pub theme: crate::panes::ThemeName,
    pub depth: Depth,
}

/// What the loop that owns the terminal is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Quit,
    Die(i32),
    /// Give the terminal back until the program is continued.
    Suspend,
    /// Take the terminal again: something else had it.
    Resume,
    Repaint,
    Mouse(bool),
    Copy(String),
}

/// The explorer.
pub struct Explorer {
    pub(super) state: State,
    pub(super) layers: Layers,
    pub(super) world: World,
    pub(super) theme: Theme,
    pub(super) slots: Vec<Box<dyn Slot>>,
    /// Where everything stands, as it was last drawn.
    pub(super) places: Places,
    fits: Fits,
    reopening: Reopening,
    data: Vec<String>,
    dataset_line: String,
    keymap: Keymap,
    mouse: mouse::Memory,
    depth: Depth,
    ascii: bool,
    tools: Tools,
    sessions: Sessions,
    background: Executor,
    fitting: Pool,
    behind: Arc<Executor>,
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
        // One to fit, and one for each of a few runs: none holds another up.
        let background = Executor::at(Priority::Background, "fit", 6)?;
        let pool = Pool::at(Priority::Answers, "browse-pool", threads);
        // Where threads know no priority, one core is kept for browsing.
        let spared = usize::from(!Priority::IS_KNOWN);
        let fitting = Pool::at(Priority::Background, "fit-pool", threads.saturating_sub(spared).max(1));
        let world = options.world.on(pool.clone()).for_everyone();
        let behind = Arc::new(Executor::at(Priority::Background, "map", 1)?);
        let tools = Tools { browsing, pool, wake };
        let slots = open_slots(&world, &tools, (&background, &fitting), &behind);
        let session = options.sessions.load(world.dataset.identity());
        let asked = options.model.or(options.config.model);
        let mut state = opening::state(&world, session.unwrap_or_default(), asked);
        state.shared.words = world.dataset.feedback().words();
        if !state.theme_chosen {
            state.theme = options.theme;
        }
        state.mouse = !options.config.no_mouse;
        state.shared.follow = options.follow;
        state.shared.filters.clone_from(&options.filters);
        state.shared.wanted_filters.clone_from(&options.filters);
        let wake = || Arc::clone(&tools.wake);
        let mut explorer = Self {
            theme: Theme::new(state.theme, options.depth).ascii(options.config.ascii),
            fits: Fits::new(&background, wake(), fitting.clone(), state.enough.clone()),
            state,
            layers: Layers::new(),
            slots,
            places: Places::default(),
            reopening: Reopening::new(&background, wake(), fitting.clone(), options.reader, options.filters),
            dataset_line: draw::dataset_line(&world.dataset),
            data: options.data,
            keymap: options.config.keymap,
            mouse: mouse::Memory::default(),
            depth: options.depth,
            ascii: options.config.ascii,
            tools,
            sessions: if options.config.no_session {
                Sessions::nowhere()
            } else {
                options.sessions
            },
            background,
            fitting,
            behind,
            world,
        };
        explorer.follow();
        explorer.state.history.begin(&explorer.state.shared);
        explorer.prepare_names();
        Ok(explorer)
    }

    /// Shows the same data through other filters, as it was shown, as far as that is left. What could be undone is
    /// about users and items that have other places now.
    fn reopen(&mut self, world: World, filters: Filters) {
        self.save();
        let session = opening::session(&self.state, &self.world);
        let world = world.on(self.tools.pool.clone()).for_everyone();
        let mut state = opening::state(&world, session, None);
        (state.theme, state.theme_chosen) = (self.state.theme, self.state.theme_chosen);
        state.mouse = self.state.mouse;
        state.focus(self.state.focused, self.state.shared.control);
        state.shared.filters.clone_from(&filters);
        state.shared.wanted_filters = filters;
        self.state = state;
        self.layers.clear();
        self.places = Places::default();
        self.slots = open_slots(&world, &self.tools, (&self.background, &self.fitting), &self.behind);
        self.fits = Fits::new(
            &self.background,
            Arc::clone(&self.tools.wake),
            self.fitting.clone(),
            self.state.enough.clone(),
        );
        self.dataset_line = draw::dataset_line(&world.dataset);
        self.world = world;
        self.follow();
        self.state.history.begin(&self.state.shared);
        self.prepare_names();
    }

    /// After the first questions of the panes: what the picker will look through.
    fn prepare_names(&self) {
        let (world, pool) = (self.world.clone(), self.tools.pool.clone());
        let cancel = self.tools.browsing.cancel().child();
        self.tools.browsing.submit(move || {
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
        let action = match event {
            Event::Key(key) => self.meaning(key),
            Event::Paste(text) => Some(Action::Paste(text)),
            Event::Mouse(what, x, y) => {
                let panes = self.state.screen().panes;
                let action = self.mouse.action(what, (x, y), &self.places, panes);
                if !self.mouse.is_held() {
                    self.note();
                }
                action
            }
            // The next frame is drawn in the new size.
            Event::Resize(..) | Event::Wake => None,
            Event::Terminate(signal) => return vec![Request::Die(signal)],
            Event::Suspend => return vec![Request::Suspend],
            Event::Continue => return vec![Request::Resume],
            Event::Hangup => return vec![Request::Quit],
        };
        let requests = action.map_or_else(Vec::new, |action| self.act(action));
        self.follow();
        requests
    }

    /// What a key means here. What is not possible in an inner scope leaves the key to the outer one.
    fn meaning(&mut self, key: Key) -> Option<Action> {
        let scopes = match self.layers.last() {
            Some(top) => {
                let mut scopes = top.scopes();
                scopes.push(super::scope::Scope::Always);
                scopes
            }
            None => self.state.scopes(),
        };
        let found = self.keymap.find_all(&scopes, key).next();
        let possible = self.keymap.find_all(&scopes, key).find(|a| a.is_possible(&self.state));
        match (possible, found) {
            (Some(action), _) => Some(Action::Do(action)),
            (None, Some(action)) => {
                self.state.shared.notice = Some(action.why_not());
                None
            }
            (None, None) => Keymap::screen(&scopes, key).or(Some(Action::Type(key))),
        }
    }

    /// Notes what was changed, so that it can be undone. What is set in a layer is noted once it is kept.
    fn note(&mut self) {
        if self.layers.is_empty() {
            self.state.history.note(&self.state.shared);
        }
    }

    /// Does an action.
    pub(super) fn act(&mut self, action: Action) -> Vec<Request> {
        // A press and what is dragged with it are one change, noted when the button is let go, or with whatever comes next.
        let is_mouse = matches!(action, Action::Point { .. } | Action::Drag { .. });
        if !matches!(action, Action::Drag { .. }) {
            self.note();
        }
        let effects = self.with_cx(|cx, layers| {
            update(cx, layers, action);
            wishes::grant(cx);
        });
        self.settle_panes();
        if !(is_mouse && self.mouse.is_held()) {
            self.note();
        }
        let requests = effects.into_iter().filter_map(|e| self.carry_out(e)).collect();
        for (pane, order) in std::mem::take(&mut self.state.shared.orders) {
            if let Some(slot) = self.slots.iter().find(|s| s.id() == pane) {
                slot.order(order);
            }
        }
        requests
    }

    /// Calls `work` with what actions work with; the effects come back.
    pub(super) fn with_cx(&mut self, work: impl FnOnce(&mut Cx<'_>, &mut Layers)) -> Vec<Effect> {
        let mut cx = Cx {
            state: &mut self.state,
            world: &self.world,
            slots: &self.slots,
            places: &self.places,
            offers: &self.keymap,
            tools: &self.tools,
            effects: Vec::new(),
        };
        work(&mut cx, &mut self.layers);
        cx.effects
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
            Effect::Open(layer) => {
                self.layers.push(layer);
                None
            }
            Effect::CopyPane => {
                let text = self.focused_slot().and_then(Slot::export)?.to_text();
                self.say(taking::sent("The pane"));
                Some(Request::Copy(text))
            }
            Effect::CopyCommand => {
                let filters = self.state.shared.filters.arguments();
                let data: Vec<String> = self.data.iter().cloned().chain(filters.into_iter().flatten()).collect();
                let command = self.focused_slot()?.command(&self.world, &data)?;
                self.say(taking::sent(&command));
                Some(Request::Copy(command))
            }
            Effect::SaveText(name, text) => {
                let notice = taking::save_text(name, &text);
                self.say(notice);
                None
            }
            Effect::Export(format) => {
                let table = self.focused_slot().and_then(Slot::export);
                let picture = || {
                    let (width, height) = self.places.size;
                    let mut buffer = Buffer::empty(Rect::new(0, 0, width.max(LEAST.0), height.max(LEAST.1)));
                    self.paint(buffer.area, &mut buffer, false);
                    super::svg::svg(&buffer, &self.theme)
                };
                let notice = taking::export(self.state.shared.pane, table, format, picture);
                self.say(notice);
                None
            }
        }
    }

    fn say(&mut self, notice: String) {
        self.state.shared.notice = Some(notice);
    }

    /// The slot of the pane with the keyboard.
    pub(super) fn focused_slot(&self) -> Option<&dyn Slot> {
        let pane = self.state.shared.pane;
        self.slots.iter().find(|s| s.id() == pane).map(AsRef::as_ref)
    }

    /// Takes what was published; says whether anything changed that can be seen.
    pub fn poll(&mut self) -> bool {
        let reopened = self.reopening.poll();
        let is_reopened = reopened.is_some();
        match reopened {
            Some(Reopened::Opened(world, filters)) => self.reopen(world, filters),
            Some(Reopened::Failed(why)) => self.say(why),
            None => {}
        }
        let mut changed = self.fits.poll() | is_reopened;
        if changed && let Some(noticed) = self.fits.news() {
            self.say(noticed);
        }
        for stopped in self.fits.stopped() {
            self.keep_stopped(&stopped);
        }
        for slot in &mut self.slots {
            changed |= slot.poll(&mut self.state.shared);
        }
        self.with_cx(|cx, layers| {
            for layer in layers {
                changed |= layer.poll(cx);
            }
        });
        if changed {
            self.follow();
        }
        changed
    }

    /// What is fitted of a fit that was stopped takes the place of what was asked for, wherever that stands; undo fits it whole.
    fn keep_stopped(&mut self, stopped: &Stopped) {
        let Ok(kept) = self.world.catalog().parse(&stopped.kept) else {
            return;
        };
        self.state.history.note(&self.state.shared);
        let shared = &mut self.state.shared;
        let formula = shared.selection.formula.replacing(&stopped.asked, &kept);
        shared.set_formula(Arc::new(formula));
        for pane in PANES {
            (pane.replace_model)(shared, &stopped.asked, &kept);
        }
        self.note();
        self.say(stopped.to_string());
    }

    /// Everything that follows from the state: the world's edits, fits, questions, cursors.
    fn follow(&mut self) {
        self.world = self.world.with_edits(Arc::clone(&self.state.shared.selection.edits));
        self.settle_panes();
        let panes = self.state.screen().panes;
        if let Some(notice) = self.reopening.want(&self.state.shared.wanted_filters) {
            self.say(notice);
        }
        let mut models: Vec<Arc<Formula>> = vec![Arc::clone(&self.state.shared.selection.formula)];
        for slot in self.slots.iter().filter(|s| panes.contains(&s.id())) {
            for model in slot.models(&self.state.shared) {
                if !models.contains(&model) {
                    models.push(model);
                }
            }
        }
        self.fits.want(models, &self.world);
        self.sync();
        // First those that lead, so that nobody is led by the answer to an older question.
        self.ask(|pane| pane.leads.is_some());
        self.with_cx(|cx, _| cursor::settle(cx));
        self.sync();
        // Who is led waits for who leads, and shows meanwhile what it showed.
        let mut waits = false;
        self.with_cx(|cx, _| waits = cx.state.shared.selection.why().is_none() && cursor::is_lead_awaited(cx));
        if !waits {
            self.ask(|_| true);
        }
        self.refresh();
    }

    /// Brings what is shared in line with the panes shown.
    fn settle_panes(&mut self) {
        let panes = self.state.screen().panes;
        for pane in PANES.iter().filter(|p| panes.contains(&p.id)) {
            (pane.settle)(&mut self.state.shared);
        }
    }

    fn ask(&mut self, which: impl Fn(&crate::panes::PaneSpec) -> bool) {
        let shown = self.state.screen().panes;
        let fits = self.fits.epoch();
        for slot in &mut self.slots {
            let is_asked = shown.contains(&slot.id()) && crate::panes::spec(slot.id()).is_some_and(&which);
            if is_asked {
                slot.ask(&self.state.shared, &self.world, fits);
            }
        }
    }

    /// Brings what the pane with the keyboard can do up to date.
    pub(super) fn refresh(&mut self) {
        self.sync();
        self.with_cx(|cx, _| refresh(cx));
    }

    fn sync(&mut self) {
        for slot in &mut self.slots {
            let remembered = self.state.shared.memory_mut(slot.id());
            slot.sync(remembered);
            remembered.cursor = remembered.cursor.min(slot.rows().0.saturating_sub(1));
        }
    }

    /// Whether answers to the last thing that happened are awaited. A fit, or a bandit that runs, is not one of them.
    pub fn is_pending(&self) -> bool {
        let shown = self.state.screen().panes;
        let mut slots = self.slots.iter().filter(|s| shown.contains(&s.id()));
        self.reopening.is_busy() || slots.any(|s| s.standing().is_pending) || self.layers.iter().any(|l| l.is_pending())
    }

    /// Draws a frame of the size of `area`; `stale`: what is being replaced has been so for a while. Returns where the
    /// terminal's cursor belongs, where there is a text field.
    pub fn draw(&mut self, area: Rect, buffer: &mut Buffer, stale: bool) -> Option<Position> {
        let (places, cursor) = self.paint(area, buffer, stale);
        self.places = places;
        cursor
    }

    fn paint(&self, area: Rect, buffer: &mut Buffer, stale: bool) -> (Places, Option<Position>) {
        let frame = Frame {
            state: &self.state,
            layers: &self.layers,
            world: &self.world,
            slots: &self.slots,
            before: &self.places,
            fits: &self.fits,
            dataset_line: &self.dataset_line,
            offers: &self.keymap,
            theme: &self.theme,
        };
        draw::draw(&frame, area, buffer, stale)
    }

    /// Waits until nothing is computed any more, at most `limit`, and takes what came. For pictures and tests.
    pub fn wait_idle(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.background.wait_idle(left) || !self.tools.browsing.wait_idle(left) {
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

/// The panes, opened on a world.
fn open_slots(
    world: &World,
    tools: &Tools,
    (background, fitting): (&Executor, &Pool),
    behind: &Arc<Executor>,
) -> Vec<Box<dyn Slot>> {
    let setting = Setting::new(
        world,
        (&tools.browsing, tools.pool.clone()),
        (background, fitting.clone()),
        Arc::clone(behind),
        Arc::clone(&tools.wake),
    );
    PANES.iter().map(|pane| (pane.open)(&setting)).collect()
}

#[cfg(test)]
#[path = "explorer_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "frames_tests.rs"]
mod frames;
#[cfg(test)]
#[path = "kinds_tests.rs"]
mod kinds;
#[cfg(test)]
#[path = "why_tests.rs"]
mod why;
