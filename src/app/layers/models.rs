//! The model menu with the formula line.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::{PAGE, rows_at};
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::keys::Key;
use crate::app::scope::{Scope, Verb};
use crate::models::{Catalog, Formula, ModelEntry};
use crate::panes::widgets::{centered, cut, fit, popup, put, text_field, wrap};
use crate::panes::{Drawn, Role, Shared, first_row};

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

/// The models that the last word of a formula may mean: those that contain it, or all where none does or it is one.
fn matching(catalog: &Catalog, formula: &str) -> Vec<ModelEntry> {
    let word = last_word(formula);
    let all: Vec<ModelEntry> = catalog.models().collect();
    let found: Vec<ModelEntry> = all.iter().filter(|m| m.name().contains(word)).cloned().collect();
    if word.is_empty() || found.is_empty() || found.iter().any(|m| m.name() == word) {
        return all;
    }
    found
}

/// The word that a formula ends with: what is being typed.
fn last_word(formula: &str) -> &str {
    let start = formula
        .rfind(|c: char| !(c.is_alphanumeric() || c == '-'))
        .map_or(0, |at| at + formula[at..].chars().next().map_or(0, char::len_utf8));
    &formula[start..]
}

impl Models {
    /// The row that is marked: the one under the cursor, else the one whose name was typed, else the first.
    fn marked(&self, found: &[ModelEntry]) -> usize {
        if self.chosen {
            return self.cursor;
        }
        let word = last_word(self.input.value());
        found.iter().position(|m| m.name() == word).unwrap_or(0)
    }
}

impl Layer for Models {
    fn scope(&self) -> Scope {
        Scope::List
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        let catalog = cx.world.catalog();
        let found = matching(catalog, self.input.value());
        let marked = self.marked(&found);
        match verb {
            Verb::Close => return Then::Close,
            Verb::Accept => {
                let row = found.get(marked).filter(|_| self.chosen).map(|m| m.name().to_owned());
                let text = row.unwrap_or_else(|| self.input.value().to_owned());
                // What can't be read stays open, with what is wrong below it.
                if let Ok(formula) = catalog.parse(&text) {
                    (self.take)(&mut cx.state.shared, Arc::new(formula));
                    return Then::Close;
                }
            }
            Verb::Move(motion) => {
                self.cursor = motion.from(marked, found.len(), PAGE);
                // The first step from a line that names no model goes onto the first row.
                if !self.chosen
                    && found
                        .get(marked)
                        .is_some_and(|m| m.name() != last_word(self.input.value()))
                {
                    self.cursor = 0;
                }
                self.chosen = !found.is_empty();
            }
            Verb::Complete => {
                if let Some(model) = found.get(marked) {
                    let kept = self.input.value().len() - last_word(self.input.value()).len();
                    self.input = Input::new(format!("{}{}", &self.input.value()[..kept], model.name()));
                    (self.chosen, self.fresh) = (false, false);
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
        let found = matching(catalog, self.input.value());
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
        let (text, role) = match catalog.parse(self.input.value()) {
            Ok(formula) => (format!("{} {formula}", theme.symbols().checks[0]), Role::Positive),
            Err(error) => (format!("{} {error}", theme.symbols().checks[1]), Role::Warning),
        };
        let mut next = inside.y + 1;
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
        let about = found.get(marked).map_or(Vec::new(), |m| describe(m, cells));
        let room = inside.bottom().saturating_sub(top);
        let below = (about.len() as u16 + 1).min(room / 2);
        let rows = room - below;
        let first = first_row(0, marked, usize::from(rows), found.len());
        for (n, model) in found.iter().enumerate().skip(first).take(usize::from(rows)) {
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
                cut(model.name(), 18),
                theme.style(Role::Strong),
            );
            let title = fit(model.spec().title, cells.saturating_sub(20), theme.symbols().ellipsis);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_what_is_being_typed() {
        for (formula, word) in [
            ("0.6*item-k", "item-k"),
            ("svd + ", ""),
            ("", ""),
            ("é(pop", "pop"),
            ("svd:factors=1", "1"),
        ] {
            assert_eq!(last_word(formula), word);
        }
    }

    #[test]
    fn models_are_offered_by_the_word() {
        let catalog = Catalog::default();
        let names = |formula: &str| {
            let found = matching(&catalog, formula);
            found.iter().map(|m| m.name().to_owned()).collect::<Vec<_>>()
        };
        let all = catalog.models().count();
        assert!(names("0.6*knn").iter().all(|n| n.contains("knn")) && !names("0.6*knn").is_empty());
        assert_eq!(names("svd + ").len(), all);
        assert_eq!(names("no-such-thing").len(), all);
        assert_eq!(names("popularity").len(), all);
    }
}
