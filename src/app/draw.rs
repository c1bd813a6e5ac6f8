//! One frame: the header, the selection, the panes, the hints, and what lies on top.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;
use ratatui::widgets::{Clear, Widget};

use super::action::{ActionSpec, Offers, Scene};
use super::fits::Fits;
use super::layout::{LEAST, Place, lay_out};
use super::places::Places;
use super::scope::Scope;
use super::state::State;
use super::update::Layers;
use crate::answers::text::brief;
use crate::answers::{Entity, Subject, Whose, World};
use crate::data::{Dataset, FeedbackKind, Words};
use crate::panes::widgets::{
    Joints, cut, fit, message, pane_border, pane_title, plural, put, put_right, quantity, short, thousands, width, wrap,
};
use crate::panes::{Inside, Message, Role, Slot, Theme};
use crate::screens::{SCREENS, Screen};

/// What a frame is drawn from. Drawing changes nothing; where everything went comes back.
pub struct Frame<'a> {
    pub state: &'a State,
    pub layers: &'a Layers,
    pub world: &'a World,
    pub slots: &'a [Box<dyn Slot>],
    /// Where everything stood in the frame before.
    pub before: &'a Places,
    pub fits: &'a Fits,
    pub dataset_line: &'a str,
    pub offers: &'a dyn Offers,
    pub theme: &'a Theme,
}

/// Draws a frame of the size of `area`; `stale`: what is being replaced has been so for a while. Returns where everything
/// went, and where the terminal's cursor belongs, where there is a text field.
pub fn draw(frame: &Frame<'_>, area: Rect, buffer: &mut Buffer, stale: bool) -> (Places, Option<Position>) {
    let mut places = Places {
        size: (area.width, area.height),
        ..Places::default()
    };
    let cursor = frame.draw_parts(area, buffer, stale, &mut places);
    frame.paint_ground(area, buffer);
    (places, cursor)
}

impl Frame<'_> {
    /// Gives every cell without colors those of the theme's ground, so that any theme can be read on any terminal.
    fn paint_ground(&self, area: Rect, buffer: &mut Buffer) {
        let Some((foreground, background)) = self.theme.painted_ground() else {
            return;
        };
        for at in area.intersection(buffer.area).positions() {
            let cell = &mut buffer[at];
            if cell.fg == Color::Reset {
                cell.fg = foreground;
            }
            if cell.bg == Color::Reset {
                cell.bg = background;
            }
        }
    }

    fn draw_parts(&self, area: Rect, buffer: &mut Buffer, stale: bool, places: &mut Places) -> Option<Position> {
        let state = self.state;
        let layout = lay_out(area, state.screen(), state.focused, state.zoomed, &state.sizes);
        let Ok(layout) = layout else {
            self.too_small(area, buffer);
            return None;
        };
        self.header(layout.header, buffer, places);
        self.selection_line(layout.selection, buffer, places);
        self.crumbs(layout.crumbs, buffer, places);
        self.all_panes(&layout.panes, buffer, stale, places);
        let top = self.layers.last();
        if !top.is_some_and(|layer| layer.is_line()) {
            self.hints(layout.hints, buffer, places);
        }
        let scene = Scene {
            state,
            world: self.world,
            body: layout.body,
            line: layout.hints,
            first_column: layout.panes.first().map_or(0, |p| p.area.width),
            offers: self.offers,
            theme: self.theme,
        };
        self.notice(layout.body, layout.hints, buffer);
        let mut cursor = None;
        for layer in self.layers {
            (cursor, places.layer) = layer.draw(&scene, buffer);
        }
        places.layout = layout;
        cursor
    }

    fn too_small(&self, area: Rect, buffer: &mut Buffer) {
        let actual = format!("this window: {} x {}", area.width, area.height);
        let needed = format!("needed: {} x {}", LEAST.0, LEAST.1);
        let lines: &[&str] = if area.height >= 2 {
            &[&actual, &needed]
        } else {
            &[&needed]
        };
        message(buffer, area, lines, self.theme.style(Role::Text), self.theme);
    }

    fn header(&self, area: Rect, buffer: &mut Buffer, places: &mut Places) {
        let theme = self.theme;
        let mut x = area.x;
        x += put(buffer, area, x, area.y, "recscope", theme.style(Role::Strong)) + 2;
        let bar = screen_bar(area);
        let start = bar.first().map_or(area.right(), |(x, ..)| *x);
        let room = start.saturating_sub(x + 2);
        let line = theme.plain(self.dataset_line).into_owned();
        let line = fit(&line, usize::from(room), theme.symbols().ellipsis).into_owned();
        put(
            buffer,
            area,
            x,
            area.y,
            cut(&line, usize::from(room)),
            theme.style(Role::Muted),
        );
        for (x, text, digit) in bar {
            let role = if digit == self.state.screen().digit {
                Role::TitleFocused
            } else {
                Role::Muted
            };
            let used = put(buffer, area, x, area.y, &text, theme.style(role));
            places.screens.push((x, x + used, digit));
        }
    }

    fn selection_line(&self, area: Rect, buffer: &mut Buffer, places: &mut Places) {
        let theme = self.theme;
        let selection = &self.state.shared.selection;
        let label = |e| theme.plain(&self.world.label(e)).into_owned();
        let (subject, focus) = match &selection.subject {
            Subject::Person(Whose::User(user)) => (
                format!("user {}", label(Entity::User(*user))),
                selection.focus_item.map(|i| label(Entity::Item(i))),
            ),
            Subject::Person(Whose::Guest(ratings)) => (
                format!("guest with {}", plural(ratings.len(), "rating")),
                selection.focus_item.map(|i| label(Entity::Item(i))),
            ),
            Subject::Item(item) => {
                let user = selection.focus_user.map(|u| format!("user {}", label(Entity::User(u))));
                (label(Entity::Item(*item)), user)
            }
        };
        let mut notes = Vec::new();
        if self.fits.is_busy() {
            notes.push((self.fits.line(), Role::Warning));
        }
        if selection.frozen.is_some() {
            notes.push(("Why is held (f)".to_owned(), Role::Edited));
        }
        if !selection.edits.is_empty() {
            notes.push((format!("{} edited", selection.edits.len()), Role::Edited));
        }
        let formula = selection.formula.to_string();
        notes.push((theme.plain(&formula).into_owned(), Role::Text));
        notes.push((format!("seed {}", selection.seed), Role::Muted));
        let mut right = area.right();
        // The person comes first: half of the line is left to it.
        for (text, role) in notes.iter().rev() {
            let mut room = right.saturating_sub(area.x + area.width * 2 / 5);
            if *role == Role::Text {
                // A long formula is cut, rather than that it hides what stands left of it.
                let others: usize = notes
                    .iter()
                    .filter(|n| n.1 != Role::Text && n.1 != Role::Muted)
                    .map(|n| width(&n.0) + 2)
                    .sum();
                room = room.saturating_sub(others as u16).max(room.min(16));
            }
            if room < 8 {
                break;
            }
            let cells = usize::from(room - 2);
            let shorter = (*role == Role::Text && width(text) > cells).then(|| brief(text, theme.symbols().ellipsis));
            let text = fit(shorter.as_ref().unwrap_or(text), cells, theme.symbols().ellipsis);
            let used = put_right(buffer, area, right, area.y, &text, theme.style(*role));
            if *role == Role::Text {
                places.formula = (right - used, right);
            }
            right -= used + 2;
        }
        let left = Rect {
            width: right.saturating_sub(area.x),
            ..area
        };
        let arrow = if theme.is_ascii() { " > " } else { " › " };
        let mut x = left.x;
        let subject = fit(&subject, usize::from(left.width), theme.symbols().ellipsis);
        x += put(buffer, left, x, left.y, &subject, theme.style(Role::Strong));
        if let Some(focus) = focus {
            x += put(buffer, left, x, left.y, arrow, theme.style(Role::Muted));
            let room = left.right().saturating_sub(x);
            let focus = fit(&focus, usize::from(room), theme.symbols().ellipsis);
            put(
                buffer,
                left,
                x,
                left.y,
                cut(&focus, usize::from(room)),
                theme.style(Role::Text),
            );
        }
    }

    /// The names of the screen's panes, where not all are shown at a time: as many as fit, the active one among them; `‹` and `›`
    /// stand where more are.
    fn crumbs(&self, area: Rect, buffer: &mut Buffer, places: &mut Places) {
        if area.is_empty() {
            return;
        }
        let panes = self.state.screen().panes;
        let focused = self.state.focused;
        let span = |from: usize, to: usize| -> u16 {
            let names = panes[from..=to].iter().map(|pane| width(pane.0) as u16 + 2);
            let marks = 2 * (u16::from(from > 0) + u16::from(to + 1 < panes.len()));
            names.sum::<u16>() - 2 + marks
        };
        let first = (0..focused)
            .find(|n| span(*n, focused) <= area.width)
            .unwrap_or(focused);
        let last = (focused..panes.len())
            .rev()
            .find(|n| span(first, *n) <= area.width)
            .unwrap_or(focused);
        let muted = self.theme.style(Role::Muted);
        let mut x = area.x;
        if first > 0 {
            put(buffer, area, x, area.y, "‹ ", muted);
            x += 2;
        }
        for (n, pane) in panes.iter().enumerate().take(last + 1).skip(first) {
            let style = if n == focused {
                self.theme.style(Role::TitleFocused)
            } else {
                muted
            };
            let name = pane.0.replace('_', " ");
            put(buffer, area, x, area.y, &name, style);
            places.crumbs.push((x, x + width(&name) as u16, n));
            x += width(&name) as u16 + 2;
        }
        if last + 1 < panes.len() {
            put(buffer, area, x - 1, area.y, "›", muted);
        }
    }

    fn all_panes(&self, areas: &[Place], buffer: &mut Buffer, stale: bool, places: &mut Places) {
        let panes = self.state.screen().panes;
        // The border of the pane with the keyboard goes over the borders it shares.
        let focused = |p: &Place| p.pane == self.state.focused || areas.len() == 1;
        let ordered = areas
            .iter()
            .filter(|p| !focused(p))
            .chain(areas.iter().filter(|p| focused(p)));
        let ordered: Vec<(Place, bool)> = ordered.map(|p| (*p, focused(p))).collect();
        for (place, has_keyboard) in &ordered {
            let joints = Joints {
                above: place.joins_above,
                below: place.joins_below,
            };
            pane_border(buffer, place.area, joints, *has_keyboard, self.theme);
        }
        for (place, has_keyboard) in ordered {
            if let Some(slot) = self.slots.iter().find(|s| s.id() == panes[place.pane]) {
                self.pane(slot.as_ref(), place, has_keyboard, buffer, stale, places);
            }
        }
    }

    fn pane(
        &self,
        slot: &dyn Slot,
        place: Place,
        has_keyboard: bool,
        buffer: &mut Buffer,
        stale: bool,
        places: &mut Places,
    ) {
        let remembered = self.state.shared.memory(slot.id());
        let standing = slot.standing();
        let stale = stale && standing.is_pending;
        let (visible, all) = slot.rows();
        let note = match (stale, remembered.filter.is_empty()) {
            (true, _) => self.theme.symbols().ellipsis.to_owned(),
            (_, false) => format!(
                "/{}  {} of {}",
                remembered.filter,
                thousands(visible as u64),
                thousands(all as u64)
            ),
            _ => String::new(),
        };
        let title = slot.title(&self.state.shared);
        pane_title(buffer, place.area, &title, &note, has_keyboard, self.theme);
        let inside = Rect::new(
            place.area.x + 1,
            place.area.y + 1,
            place.area.width.saturating_sub(2),
            place.area.height.saturating_sub(2),
        );
        let least = slot.min_size();
        if inside.width < least.0 || inside.height < least.1 {
            return;
        }
        let scene = Inside {
            theme: self.theme,
            shared: &self.state.shared,
            offset: self.before.drawn(slot.id()).first,
            focused: has_keyboard,
            stale,
            message: self.message(slot),
        };
        places.panes.insert(slot.id(), slot.draw(&scene, inside, buffer));
    }

    /// What stands in place of a pane's answer.
    fn message(&self, slot: &dyn Slot) -> Option<Message> {
        let standing = slot.standing();
        if let Some(failure) = standing.failure {
            return Some(Message::of(failure));
        }
        let waits = standing.is_waiting || (!standing.has_view && standing.is_pending && self.fits.is_busy());
        if !waits {
            return None;
        }
        let models = slot.models(&self.state.shared);
        let failed = models.iter().find_map(|model| self.fits.failure(model));
        Some(match failed {
            Some(failed) => Message::of(failed),
            None => Message {
                text: self.fits.line(),
                curves: self.fits.status().curves,
            },
        })
    }

    /// What there is to say, in place of the hints; what needs more than a line stands over the lowest of the body.
    fn notice(&self, body: Rect, line: Rect, buffer: &mut Buffer) {
        let Some(notice) = &self.state.shared.notice else {
            return;
        };
        let lines = wrap(&self.theme.plain(notice), usize::from(line.width).max(1));
        let height = (lines.len() as u16).min(body.height + 1);
        let area = Rect {
            y: line.bottom().saturating_sub(height),
            height,
            ..line
        };
        Clear.render(area, buffer);
        for (n, text) in lines.iter().take(usize::from(height)).enumerate() {
            let y = area.y + n as u16;
            put(buffer, area, area.x, y, text, self.theme.style(Role::Warning));
        }
    }

    /// What can be pressed, unless there is something to say. The ways to everything else keep their place at every size: help,
    /// commands, the next pane, quitting; the others stand as far as there is room.
    fn hints(&self, area: Rect, buffer: &mut Buffer, places: &mut Places) {
        if self.state.shared.notice.is_some() {
            return;
        }
        let scopes = match self.layers.last() {
            Some(top) => top.scopes(),
            None => self.state.scopes(),
        };
        let hinted = |a: &&ActionSpec| !a.hint.is_empty() && scopes.contains(&a.scope) && a.is_possible(self.state);
        let is_kept = |a: &ActionSpec| KEPT.contains(&a.id);
        let actions = self.offers.actions();
        let mut right = area.right();
        for id in KEPT {
            if let Some(action) = actions.iter().filter(hinted).find(|a| a.id == id) {
                let (key, long) = self.hint_of(action);
                if area.x + long <= right {
                    right -= long;
                    self.put_hint(buffer, Rect { x: right, ..area }, &key, action, places);
                    right = right.saturating_sub(2);
                }
            }
        }
        let (mut x, mut said) = (area.x, Vec::new());
        for scope in scopes.iter().filter(|s| **s != Scope::Always) {
            for action in actions
                .iter()
                .filter(hinted)
                .filter(|a| a.scope == *scope && !is_kept(a))
            {
                let (key, long) = self.hint_of(action);
                // What a key does further within is what it does.
                if key.is_empty() || x + long > right || said.contains(&key) {
                    continue;
                }
                self.put_hint(buffer, Rect { x, ..area }, &key, action, places);
                x += long + 2;
                said.push(key);
            }
        }
    }

    fn words(&self) -> Words {
        self.state.shared.words
    }

    fn hint_of(&self, action: &ActionSpec) -> (String, u16) {
        let key = self.theme.plain(&self.offers.hint(action.id)).into_owned();
        let long = (width(&key) + 1 + width(&self.words().say(action.hint))) as u16;
        (key, long)
    }

    fn put_hint(&self, buffer: &mut Buffer, at: Rect, key: &str, action: &ActionSpec, places: &mut Places) {
        let used = put(buffer, at, at.x, at.y, key, self.theme.style(Role::Key));
        let after = at.x + used + 1;
        let hint = self.words().say(action.hint);
        let said = put(buffer, at, after, at.y, &hint, self.theme.style(Role::Muted));
        places.hints.push((at.x, after + said, action.id));
    }
}

/// What stands at the right end of the hint line at every size, the last first.
const KEPT: [&str; 4] = ["quit_program", "show_help", "open_palette", "focus_next"];

/// What is said of the dataset in the first line: counted once, since that takes a look at every user and item.
pub fn dataset_line(data: &Dataset) -> String {
    let scale = data.scale();
    let users = plural(data.users_with_ratings(), "user");
    let items = plural(data.items_with_ratings(), "item");
    let words = data.feedback().words();
    let ratings = words.row.counted(data.n_ratings() as u64);
    let range = match words.kind {
        FeedbackKind::Ratings => format!(" {}–{}", short(scale.min), short(scale.max)),
        FeedbackKind::Counts => format!(" {}–{}", quantity(scale.min), quantity(scale.max)),
        FeedbackKind::Events | FeedbackKind::Votes => String::new(),
    };
    let synthetic = if data.is_synthetic() { " · synthetic" } else { "" };
    format!("{} · {users} · {items} · {ratings}{range}{synthetic}", data.name())
}

/// The screens in the header, right-aligned: where each stands, its text, its digit. Names are shortened where the header is
/// narrow, and left out where it is very narrow.
fn screen_bar(area: Rect) -> Vec<(u16, String, char)> {
    let forms: [fn(&&Screen) -> String; 3] = [
        |s| format!("{} {}", s.digit, s.name),
        |s| format!("{}{}", s.digit, s.short),
        |s| s.digit.to_string(),
    ];
    let rooms = [area.width * 2 / 3, area.width * 3 / 5, area.width * 2 / 3];
    for (form, room) in forms.iter().zip(rooms) {
        let texts: Vec<(String, char)> = SCREENS.iter().map(|s| (form(s), s.digit)).collect();
        let long = texts.iter().map(|(t, _)| width(t) + 1).sum::<usize>().saturating_sub(1);
        if long <= usize::from(room) {
            let mut x = area.right() - long as u16;
            let place = |(text, digit): (String, char)| {
                let at = x;
                x += width(&text) as u16 + 1;
                (at, text, digit)
            };
            return texts.into_iter().map(place).collect();
        }
    }
    Vec::new()
}

/// Debug builds say when a frame took longer than this.
pub const SLOW_FRAME: Duration = Duration::from_millis(8);
