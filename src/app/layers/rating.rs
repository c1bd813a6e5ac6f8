//! The rating editor: every pane answers with what is set, before it is kept.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::answers::{Entity, Whose};
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::keys::Key;
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::rating::{Cell, Dial, Typed, rating, set};
use crate::panes::widgets::{centered, popup, put, put_right, width, wrap};
use crate::panes::{Drawn, Role, Selection};

/// A rating that is being edited.
struct Rating {
    cell: Cell,
    label: String,
    /// As it is set now; none for no rating.
    value: Option<f64>,
    before: Selection,
    typed: String,
    problem: Option<String>,
}

/// Opens it on the rating under the cursor.
pub fn open(cx: &mut Cx<'_>) {
    if let Some((whose, item)) = cx.state.shared.rating_cell() {
        open_on(cx, Cell { whose, item });
    }
}

/// Opens it on a rating.
pub fn open_on(cx: &mut Cx<'_>, cell: Cell) {
    let before = cx.state.shared.selection.clone();
    let item = cx.world.label(Entity::Item(cell.item));
    let label = match &cell.whose {
        Whose::User(user) => format!("user {} · {item}", cx.world.label(Entity::User(*user))),
        Whose::Guest(_) => format!("guest · {item}"),
    };
    cx.open(Rating {
        value: rating(&before, cx.world, &cell),
        cell,
        label,
        before,
        typed: String::new(),
        problem: None,
    });
}

impl Rating {
    fn set(&mut self, value: Option<f64>, cx: &mut Cx<'_>) {
        self.value = value;
        set(&mut cx.state.shared.selection, &cx.world.dataset, &self.cell, value);
    }
}

impl Layer for Rating {
    fn scope(&self) -> Scope {
        Scope::Rating
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        (self.typed, self.problem) = (String::new(), None);
        match verb {
            Verb::Close => {
                let selection = &mut cx.state.shared.selection;
                selection.subject.clone_from(&self.before.subject);
                selection.edits = Arc::clone(&self.before.edits);
                return Then::Close;
            }
            Verb::Accept => return Then::Close,
            Verb::Step(up) => self.set(Some(Dial::of(&cx.world.dataset).stepped(self.value, up)), cx),
            Verb::Remove => self.set(None, cx),
            _ => {}
        }
        Then::Stay
    }

    fn key(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let Some(letter) = key.typed() else { return false };
        self.problem = None;
        match Dial::of(&cx.world.dataset).type_letter(&self.typed, letter) {
            None => return false,
            Some(Typed::Rating(value, text)) => {
                self.typed = text;
                self.set(Some(value), cx);
            }
            Some(Typed::Unfinished(text)) => self.typed = text,
            Some(Typed::Refused(why)) => (self.typed, self.problem) = (String::new(), Some(why)),
        }
        true
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let dial = Dial::of(&scene.world.dataset);
        let words = scene.world.dataset.feedback().words();
        let wide = (width(&self.label) as u16 + 6).clamp(44, 76).min(scene.body.width);
        let cells = usize::from(wide.saturating_sub(4)).max(1);
        let help = format!("{} · x removes it · Enter keeps it", dial.in_words());
        let label = wrap(&self.label, cells);
        let below = wrap(self.problem.as_deref().unwrap_or(&help), cells);
        let mut area = centered(scene.body, wide, (label.len() + below.len()) as u16 + 3);
        // Low, so that what changes above is seen.
        area.y = scene.body.bottom().saturating_sub(area.height + 1).max(scene.body.y);
        let inside = popup(
            buffer,
            area,
            &format!("What if the {} were …", words.row.one),
            "",
            theme,
        );
        let mut y = inside.y;
        let mut line = |buffer: &mut Buffer, text: &str, role: Role| {
            let place = Rect::new(inside.x, y, inside.width, u16::from(y < inside.bottom()));
            put(
                buffer,
                place,
                place.x + 1,
                place.y,
                &theme.plain(text),
                theme.style(role),
            );
            y += 1;
            place
        };
        for part in &label {
            line(buffer, part, Role::Strong);
        }
        let shown = |v: Option<f64>| v.map_or_else(|| format!("no {}", words.row.one), |v| dial.text(v));
        let now = if self.typed.ends_with('.') {
            self.typed.clone()
        } else {
            shown(self.value)
        };
        let place = line(buffer, &now, Role::Edited);
        let stored = rating(&self.before, scene.world, &self.cell);
        let was = format!("was {}", shown(stored));
        put_right(
            buffer,
            place,
            place.right().saturating_sub(1),
            place.y,
            &was,
            theme.style(Role::Muted),
        );
        let x = place.x + 3 + width(&now) as u16;
        let room = place.right().saturating_sub(x + width(&was) as u16 + 2);
        let (all, filled) = dial.lights(self.value);
        let (full, empty) = if theme.is_ascii() { ("#", ".") } else { ("●", "○") };
        for n in (0..all).take(usize::from(room)) {
            let (symbol, role) = if n < filled {
                (full, Role::Edited)
            } else {
                (empty, Role::Muted)
            };
            put(buffer, place, x + n, place.y, symbol, theme.style(role));
        }
        let role = if self.problem.is_some() {
            Role::Warning
        } else {
            Role::Muted
        };
        for part in &below {
            line(buffer, part, role);
        }
        (None, Drawn::default())
    }
}
