//! The model menu with the formula line.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::completion::{Offer, OfferKind, Place, offers};
use super::{PAGE, rows_at};
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::keys::Key;
use crate::app::scope::{Scope, Verb};
use crate::models::{Formula, FormulaError, ModelEntry};
use crate::panes::widgets::{centered, cut, fit, popup, put, text_field, width, wrap};
use crate::panes::{Drawn, Role, Shared, Theme, first_row};

/// The menu.
struct Models {
    input: Input,
    cursor: usize,
    /// The cursor was moved: Enter means the row, not the line.
    chosen: bool,
    /// Nothing was typed yet: the first letter replaces the line.
    fresh: bool,
    /// What the model is chosen for.
    take: Take,
}

/// What becomes of the model.
type Take = fn(&mut Shared, Arc<Formula>);

/// Opens it on the present formula.
pub fn open(cx: &mut Cx<'_>) {
    open_for(cx, Shared::set_formula);
}

/// Opens it on the present formula, for `take`.
pub fn open_for(cx: &mut Cx<'_>, take: Take) {
    let formula = cx.state.shared.selection.formula.to_string();
    cx.open(Models {
        input: Input::new(formula),
        cursor: 0,
        chosen: false,
        fresh: true,
        take,
    });
}

impl Models {
    /// The row that is marked: the one under the cursor, else the one whose name was typed, else the first.
    fn marked(&self, found: &[Offer]) -> usize {
        if self.chosen {
            return self.cursor;
        }
        let word = self.place().word();
        found.iter().position(|offer| offer.text == word).unwrap_or(0)
    }

    /// Where in the formula the cursor stands.
    fn place(&self) -> Place<'_> {
        Place::of(self.input.value(), self.input.cursor())
    }

    /// Writes an offer in the place of the word that the cursor is in.
    fn complete(&mut self, offer: &Offer) {
        let (text, at) = self.place().with(&offer.text);
        self.input = Input::new(text).with_cursor(at);
        (self.cursor, self.chosen, self.fresh) = (0, false, false);
    }
}

impl Models {
    /// Marks the place of an error below the line that is typed, where that place is seen; says whether it is. `at` is where
    /// the terminal's cursor stands.
    fn mark(
        &self,
        error: &FormulaError,
        at: Option<Position>,
        inside: Rect,
        buffer: &mut Buffer,
        theme: &Theme,
    ) -> bool {
        let Some(at) = at.filter(|_| inside.height > 4) else {
            return false;
        };
        // Where the error lies as seen from the cursor, in cells.
        let cells = |count: usize| width(&self.input.value().chars().take(count).collect::<String>());
        let (wrong, cursor) = (cells(error.column.saturating_sub(1)), self.input.visual_cursor());
        let Some(x) = (usize::from(at.x) + wrong).checked_sub(cursor) else {
            return false;
        };
        let field = usize::from(inside.x) + 2..usize::from(inside.right());
        if !field.contains(&x) {
            return false;
        }
        let mark = if theme.is_ascii() { "^" } else { "▲" };
        let style = theme.style(Role::Warning);
        put(buffer, inside, x as u16, inside.y + 1, mark, style);
        let cell = Rect::new(x as u16, inside.y, 1, 1).intersection(inside);
        buffer.set_style(cell, style.add_modifier(ratatui::style::Modifier::UNDERLINED));
        true
    }
}

impl Layer for Models {
    fn scope(&self) -> Scope {
        Scope::List
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        let catalog = cx.world.catalog();
        let found = offers(catalog, self.place());
        let marked = self.marked(&found);
        match verb {
            Verb::Close => return Then::Close,
            Verb::Accept => {
                let row = found.get(marked).filter(|_| self.chosen);
                // A model is a formula by itself; all else is a part of one.
                if let Some(part) = row.filter(|offer| offer.kind != OfferKind::Model) {
                    self.complete(part);
                    return Then::Stay;
                }
                let text = row.map_or_else(|| self.input.value().to_owned(), |offer| offer.text.clone());
                // What can't be read stays open, with what is wrong below it.
                if let Ok(formula) = catalog.parse(&text) {
                    (self.take)(&mut cx.state.shared, Arc::new(formula));
                    return Then::Close;
                }
            }
            Verb::Move(motion) => {
                self.cursor = motion.from(marked, found.len(), PAGE);
                // The first step from a line that names no model goes onto the first row.
                if !self.chosen && found.get(marked).is_some_and(|offer| offer.text != self.place().word()) {
                    self.cursor = 0;
                }
                self.chosen = !found.is_empty();
            }
            Verb::Complete => {
                if let Some(offer) = found.get(marked) {
                    self.complete(offer);
                }
            }
            _ => {}
        }
        Then::Stay
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, _cx: &mut Cx<'_>) {
        (self.cursor, self.chosen) = (0, false);
    }

    fn before_key(&mut self, key: Key) {
        // A letter replaces the formula; a step within it means to change it.
        if std::mem::take(&mut self.fresh) && key.typed().is_some() {
            self.input.reset();
        }
    }

    fn point(&mut self, row: usize, _cx: &mut Cx<'_>) {
        (self.cursor, self.chosen) = (row, true);
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let catalog = scene.world.catalog();
        let found = offers(catalog, self.place());
        let area = centered(scene.body, 100, (found.len() as u16).saturating_add(9).clamp(8, 34));
        let inside = popup(
            buffer,
            area,
            "Model",
            "type to replace, Enter uses it, Tab completes",
            theme,
        );
        let at = text_field(buffer, inside, "= ", &self.input, theme);
        let cells = usize::from(inside.width.max(1));
        let read = catalog.parse(self.input.value());
        let mut next = inside.y + 1;
        if let Err(error) = &read
            && self.mark(error, at, inside, buffer, theme)
        {
            next += 1;
        }
        let (text, role) = reading(&read, theme);
        let mut line = |buffer: &mut Buffer, text: &str, role: Role| {
            let at = Rect::new(inside.x, next, inside.width, u16::from(next < inside.bottom()));
            put(buffer, at, at.x, at.y, text, theme.style(role));
            next = (next + 1).min(inside.bottom());
        };
        for part in wrap(&text, cells) {
            line(buffer, &part, role);
        }
        let top = next;
        // The rows take what the description of the marked one leaves.
        let marked = self.marked(&found);
        let about = found.get(marked).and_then(|offer| offer.model.as_ref());
        let about = about.map_or_else(Vec::new, |model| describe(model, cells));
        let room = inside.bottom().saturating_sub(top);
        let below = (about.len() as u16 + 1).min(room / 2);
        let rows = room - below;
        let first = first_row(0, marked, usize::from(rows), found.len());
        for (n, offer) in found.iter().enumerate().skip(first).take(usize::from(rows)) {
            let row = Rect::new(inside.x, top + (n - first) as u16, inside.width, 1);
            if n == marked {
                let role = if self.chosen {
                    Role::Selection
                } else {
                    Role::SelectionUnfocused
                };
                buffer.set_style(row, theme.style(role));
            }
            put(
                buffer,
                row,
                row.x + 1,
                row.y,
                cut(&offer.text, 18),
                theme.style(Role::Strong),
            );
            let title = theme.plain(&offer.title).into_owned();
            let title = fit(&title, cells.saturating_sub(20), theme.symbols().ellipsis);
            put(buffer, row, row.x + 20, row.y, &title, theme.style(Role::Muted));
        }
        for (n, text) in about.iter().enumerate().take(usize::from(below.saturating_sub(1))) {
            let row = Rect::new(inside.x, top + rows + 1 + n as u16, inside.width, 1);
            put(buffer, row, row.x, row.y, &theme.plain(text), theme.style(Role::Text));
        }
        let list = Rect::new(inside.x, top, inside.width, rows);
        (at, rows_at(list, found.len(), first))
    }
}

/// What was understood, or what is wrong.
fn reading(read: &Result<Formula, FormulaError>, theme: &Theme) -> (String, Role) {
    match read {
        Ok(formula) => (format!("{} {formula}", theme.symbols().checks[0]), Role::Positive),
        Err(error) => (format!("{} {error}", theme.symbols().checks[1]), Role::Warning),
    }
}

/// What the menu says of a model, in lines of at most `cells`.
fn describe(model: &ModelEntry, cells: usize) -> Vec<String> {
    let (spec, defaults) = (model.spec(), model.defaults());
    let mut lines = wrap(model.summary(), cells);
    if let Some(notice) = model.import().and_then(|import| import.notice()) {
        lines.extend(wrap(&notice, cells));
    }
    lines.extend(wrap(spec.formula, cells));
    let value = |name: &str| defaults.get(name).map_or_else(String::new, |v| v.to_string());
    let parameters: Vec<String> = spec
        .parameters
        .iter()
        .map(|p| format!("{}={}", p.name, value(p.name)))
        .collect();
    if !parameters.is_empty() {
        lines.extend(wrap(&format!("parameters: {}", parameters.join(", ")), cells));
    }
    lines.extend(wrap(spec.strengths, cells));
    lines
}
