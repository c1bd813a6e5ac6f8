//! One frame: the header, the selection, the panes, the hints, and what lies on top.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

use super::actions::{ACTIONS, ActionSpec, Scope};
use super::explorer::Explorer;
use super::layout::{LEAST, Place};
use super::overlays::{self, Scene};
use super::screens::SCREENS;
use super::slots::Inside;
use super::state::Overlay;
use crate::answers::{Entity, Subject, Whose};
use crate::data::Dataset;
use crate::panes::widgets::{
    Joints, fit, message, pane_border, pane_title, put, put_right, text_field, thousands, width, wrap,
};
use crate::panes::{Drawn, Role};

impl Explorer {
    /// Draws a frame of the size of `area`; `stale`: what is being replaced has been so for a while. Returns where the
    /// terminal's cursor belongs, where there is a text field.
    pub fn draw(&mut self, area: Rect, buffer: &mut Buffer, stale: bool) -> Option<Position> {
        let cursor = self.draw_parts(area, buffer, stale);
        self.paint_ground(area, buffer);
        cursor
    }

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

    fn draw_parts(&mut self, area: Rect, buffer: &mut Buffer, stale: bool) -> Option<Position> {
        self.state.size = (area.width, area.height);
        self.panes.overlay = Drawn::default();
        if !self.lay_out(area) {
            self.too_small(area, buffer);
            return None;
        }
        let layout = self.panes.layout.clone();
        self.header(layout.header, buffer);
        self.selection_line(layout.selection, buffer);
        self.crumbs(layout.crumbs, buffer);
        self.all_panes(&layout.panes, buffer, stale);
        let cursor = self.hints(layout.hints, buffer);
        let scene = Scene {
            state: &self.state,
            world: &self.world,
            picks: self.panes.picks.phase.view(),
            first_column: layout.panes.first().map_or(0, |p| p.area.width),
            keymap: &self.keymap,
            theme: &self.theme,
        };
        let (on_top, rows) = overlays::draw(&scene, layout.body, buffer);
        self.panes.overlay = rows;
        on_top.or(cursor)
    }

    /// The screen as an SVG picture, at its present size.
    pub fn picture(&mut self) -> String {
        let (width, height) = self.state.size;
        let area = Rect::new(0, 0, width.max(LEAST.0), height.max(LEAST.1));
        let mut buffer = Buffer::empty(area);
        self.draw(area, &mut buffer, false);
        super::svg::svg(&buffer, &self.theme)
    }

    fn too_small(&self, area: Rect, buffer: &mut Buffer) {
        let actual = format!("this window: {} x {}", area.width, area.height);
        let needed = format!("needed: {} x {}", LEAST.0, LEAST.1);
        let lines: &[&str] = if area.height >= 2 {
            &[&actual, &needed]
        } else {
            &[&needed]
        };
        message(buffer, area, lines, self.theme.style(Role::Text), &self.theme);
    }

    fn header(&self, area: Rect, buffer: &mut Buffer) {
        let theme = &self.theme;
        let mut x = area.x;
        x += put(
            buffer,
            area,
            x,
            area.y,
            "recscope",
            area.width,
            theme.style(Role::Strong),
        ) + 2;
        let bar = screen_bar(area);
        let start = bar.first().map_or(area.right(), |(x, ..)| *x);
        let room = start.saturating_sub(x + 2);
        let line = theme.plain(&self.dataset_line).into_owned();
        let line = fit(&line, usize::from(room), theme.symbols().ellipsis).into_owned();
        put(buffer, area, x, area.y, &line, room, theme.style(Role::Muted));
        for (x, text, digit) in bar {
            let role = if digit == self.state.screen().digit {
                Role::TitleFocused
            } else {
                Role::Muted
            };
            put(buffer, area, x, area.y, &text, area.width, theme.style(role));
        }
    }

    /// What is said of the dataset in the first line: counted once, since that takes a look at every user and item.
    pub(super) fn dataset_line(data: &Dataset) -> String {
        let scale = data.scale();
        let (users, items) = (
            thousands(data.users_with_ratings() as u64),
            thousands(data.items_with_ratings() as u64),
        );
        let ratings = thousands(data.n_ratings() as u64);
        let range = if data.is_implicit() {
            String::new()
        } else {
            let short = crate::panes::widgets::short;
            format!(" {}–{}", short(scale.min), short(scale.max))
        };
        let synthetic = if data.is_synthetic() { " · synthetic" } else { "" };
        format!(
            "{} · {users} users · {items} items · {ratings} ratings{range}{synthetic}",
            data.name()
        )
    }

    fn selection_line(&self, area: Rect, buffer: &mut Buffer) {
        let theme = &self.theme;
        let selection = &self.state.selection;
        let label = |e| theme.plain(&self.world.label(e)).into_owned();
        let (subject, focus) = match &selection.subject {
            Subject::Person(Whose::User(user)) => (
                format!("user {}", label(Entity::User(*user))),
                selection.focus_item.map(|i| label(Entity::Item(i))),
            ),
            Subject::Person(Whose::Guest(ratings)) => (
                format!("guest with {} ratings", ratings.len()),
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
            notes.push(("Why is held".to_owned(), Role::Edited));
        }
        if !selection.edits.is_empty() {
            notes.push((format!("{} edited", selection.edits.len()), Role::Edited));
        }
        notes.push((theme.plain(&selection.formula).into_owned(), Role::Text));
        notes.push((format!("seed {}", selection.seed), Role::Muted));
        let mut right = area.right();
        // The person comes first: half of the line is left to it.
        for (text, role) in notes.iter().rev() {
            let room = right.saturating_sub(area.x + area.width * 2 / 5);
            if room < 8 {
                break;
            }
            let text = fit(text, usize::from(room - 2), theme.symbols().ellipsis);
            right -= put_right(buffer, area, right, area.y, &text, theme.style(*role)) + 2;
        }
        let left = Rect {
            width: right.saturating_sub(area.x),
            ..area
        };
        let arrow = if theme.is_ascii() { " > " } else { " › " };
        let mut x = left.x;
        let subject = fit(&subject, usize::from(left.width), theme.symbols().ellipsis);
        x += put(buffer, left, x, left.y, &subject, left.width, theme.style(Role::Strong));
        if let Some(focus) = focus {
            x += put(buffer, left, x, left.y, arrow, 3, theme.style(Role::Muted));
            let room = left.right().saturating_sub(x);
            let focus = fit(&focus, usize::from(room), theme.symbols().ellipsis);
            put(buffer, left, x, left.y, &focus, room, theme.style(Role::Text));
        }
    }

    fn crumbs(&self, area: Rect, buffer: &mut Buffer) {
        for (x, name, n) in crumb_bar(self, area) {
            let role = if n == self.state.focused {
                Role::TitleFocused
            } else {
                Role::Muted
            };
            put(
                buffer,
                area,
                x,
                area.y,
                &name.replace('_', " "),
                area.right().saturating_sub(x),
                self.theme.style(role),
            );
        }
    }

    fn all_panes(&mut self, places: &[Place], buffer: &mut Buffer, stale: bool) {
        let panes = self.state.screen().panes;
        // The border of the pane with the keyboard goes over the borders it shares.
        let focused = |p: &Place| p.pane == self.state.focused || places.len() == 1;
        let ordered = places
            .iter()
            .filter(|p| !focused(p))
            .chain(places.iter().filter(|p| focused(p)));
        let ordered: Vec<(Place, bool)> = ordered.map(|p| (*p, focused(p))).collect();
        for (place, has_keyboard) in &ordered {
            let joints = Joints {
                above: place.joins_above,
                below: place.joins_below,
            };
            pane_border(buffer, place.area, joints, *has_keyboard, &self.theme);
        }
        for (place, has_keyboard) in ordered {
            if let Some(at) = self.panes.slots.iter().position(|s| s.id() == panes[place.pane]) {
                self.pane(at, place, has_keyboard, buffer, stale);
            }
        }
    }

    fn pane(&mut self, at: usize, place: Place, has_keyboard: bool, buffer: &mut Buffer, stale: bool) {
        let slot = &self.panes.slots[at];
        let remembered = self.state.pane_state(slot.id());
        let stale = stale && slot.is_pending();
        let (visible, all) = slot.rows();
        let note = match (stale, remembered.filter.is_empty()) {
            (true, _) => "…".to_owned(),
            (_, false) => format!(
                "/{}  {} of {}",
                remembered.filter,
                thousands(visible as u64),
                thousands(all as u64)
            ),
            _ => String::new(),
        };
        let title = slot.title(&self.state.selection);
        pane_title(buffer, place.area, &title, &note, has_keyboard, &self.theme);
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
        if let Some(text) = self.message(slot.as_ref()) {
            let lines = wrap(&text, usize::from(inside.width.saturating_sub(2)));
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            message(buffer, inside, &lines, self.theme.style(Role::Muted), &self.theme);
            return;
        }
        let scene = Inside {
            theme: &self.theme,
            selection: &self.state.selection,
            remembered: &remembered,
            focused: has_keyboard,
            stale,
        };
        self.panes.slots[at].draw(&scene, inside, buffer);
        let first = self.panes.slots[at].drawn().first;
        if let Some(kept) = self.state.panes.get_mut(&self.panes.slots[at].id()) {
            kept.offset = first;
        }
        if stale {
            buffer.set_style(inside, self.theme.style(Role::Stale));
        }
    }

    /// What can be pressed, or what there is to say, or the line of the filter.
    fn hints(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let theme = &self.theme;
        if let Some(Overlay::Filter { input, .. }) = self.state.overlays.last() {
            return text_field(buffer, area, "/ ", input, theme);
        }
        if let Some(notice) = &self.state.notice {
            let text = theme.plain(notice);
            let text = fit(&text, usize::from(area.width), theme.symbols().ellipsis);
            put(
                buffer,
                area,
                area.x,
                area.y,
                &text,
                area.width,
                theme.style(Role::Warning),
            );
            return None;
        }
        let mut right = area.right();
        let scopes = self.state.scopes();
        let hinted = |a: &&ActionSpec| !a.hint.is_empty() && scopes.contains(&a.scope) && (a.possible)(&self.state);
        // The inner scope's come first; leaving stands at the right end, come what may.
        let last = |a: &ActionSpec| matches!(a.id, "quit_program");
        for action in ACTIONS.iter().filter(hinted).filter(|a| last(a)) {
            let (key, long) = self.hint_of(action);
            right = right.saturating_sub(long);
            self.put_hint(buffer, area, right, &key, action.hint);
        }
        let mut x = area.x;
        for scope in scopes.iter().filter(|s| **s != Scope::Always) {
            for action in ACTIONS.iter().filter(hinted).filter(|a| a.scope == *scope && !last(a)) {
                let (key, long) = self.hint_of(action);
                if key.is_empty() || x + long + 2 > right {
                    continue;
                }
                self.put_hint(buffer, area, x, &key, action.hint);
                x += long + 2;
            }
        }
        None
    }

    fn hint_of(&self, action: &ActionSpec) -> (String, u16) {
        let key = self.theme.plain(&self.keymap.hint(action.id)).into_owned();
        let long = (width(&key) + 1 + width(action.hint)) as u16;
        (key, long)
    }

    fn put_hint(&self, buffer: &mut Buffer, area: Rect, x: u16, key: &str, hint: &str) {
        let used = put(buffer, area, x, area.y, key, area.width, self.theme.style(Role::Key));
        put(
            buffer,
            area,
            x + used + 1,
            area.y,
            hint,
            area.width,
            self.theme.style(Role::Muted),
        );
    }
}

/// The screens in the header, right-aligned: where each stands, its text, its digit. Names are shortened where the header is
/// narrow, and left out where it is very narrow.
fn screen_bar(area: Rect) -> Vec<(u16, String, char)> {
    let forms: [fn(&super::screens::Screen) -> String; 3] = [
        |s| format!("{} {}", s.digit, s.name),
        |s| format!("{}{}", s.digit, s.short),
        |s| s.digit.to_string(),
    ];
    let rooms = [area.width * 3 / 5, area.width * 3 / 5, area.width * 2 / 3];
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

/// The screen whose name in the header stands at `x`.
pub fn screen_at(header: Rect, x: u16) -> Option<char> {
    let bar = screen_bar(header);
    bar.iter()
        .find(|(at, text, _)| (*at..*at + width(text) as u16).contains(&x))
        .map(|(.., digit)| *digit)
}

/// The names of the screen's panes, where they are shown one at a time.
fn crumb_bar(explorer: &Explorer, area: Rect) -> Vec<(u16, &'static str, usize)> {
    if area.is_empty() {
        return Vec::new();
    }
    let panes = explorer.state.screen().panes;
    let mut x = area.x;
    let names = panes.iter().enumerate().map(|(n, pane)| {
        let at = x;
        x += width(pane.0) as u16 + 2;
        (at, pane.0, n)
    });
    names.take_while(|(at, ..)| *at < area.right()).collect()
}

/// The pane whose name in the line of panes stands at `x`.
pub fn crumb_at(explorer: &Explorer, x: u16) -> Option<usize> {
    let bar = crumb_bar(explorer, explorer.panes.layout.crumbs);
    bar.iter()
        .find(|(at, name, _)| (*at..*at + width(name) as u16).contains(&x))
        .map(|(.., n)| *n)
}

/// Debug builds say when a frame took longer than this.
pub const SLOW_FRAME: Duration = Duration::from_millis(8);
