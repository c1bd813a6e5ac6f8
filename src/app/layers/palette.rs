//! The command palette: every command that is possible here, every screen and every pane, by name.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::{PAGE, rows_at};
use crate::app::action::{Action, Cx, Layer, Offers, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::state::State;
use crate::panes::widgets::{centered, highlighted, message, popup, put, put_right, spans_in, text_field, width, wrap};
use crate::panes::{Drawn, PANES, Role, first_row};
use crate::screens::SCREENS;

/// The palette.
#[derive(Default)]
struct Palette {
    input: Input,
    cursor: usize,
}

/// Opens it.
pub fn open(cx: &mut Cx<'_>) {
    cx.open(Palette::default());
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub title: String,
    doc: String,
    /// The action's id, by which its keys are found; empty for a screen, whose digit is in the title, and for a pane.
    pub id: &'static str,
    pub action: Action,
    pub matched: Vec<usize>,
}

/// The commands that are possible here, best match first; all of them in their order for an empty search.
pub(super) fn choices(state: &State, offers: &dyn Offers, search: &str) -> Vec<Choice> {
    let here = state.scopes();
    let offered = |id: &str| id != "open_palette" && id != "step_out" && !id.starts_with("move_");
    let possible = offers
        .actions()
        .iter()
        .filter(|a| here.contains(&a.scope) && offered(a.id) && a.is_possible(state));
    let mut all: Vec<Choice> = possible
        .map(|a| Choice {
            title: a.title.to_owned(),
            doc: a.doc.to_owned(),
            id: a.id,
            action: Action::Do(a),
            matched: Vec::new(),
        })
        .collect();
    all.extend(SCREENS.iter().map(|s| Choice {
        title: format!("Screen {} {}", s.digit, s.name),
        doc: "Switches to this screen.".to_owned(),
        id: "",
        action: Action::Screen(s.digit),
        matched: Vec::new(),
    }));
    all.extend(PANES.iter().filter_map(|pane| {
        let screen = SCREENS.iter().find(|s| s.panes.contains(&pane.id))?;
        Some(Choice {
            title: format!("Pane {}", pane.id.0.replace('_', " ")),
            doc: format!(
                "Gives it the keyboard; it stands on screen {} {}.",
                screen.digit, screen.name
            ),
            id: "",
            action: Action::Pane(pane.id),
            matched: Vec::new(),
        })
    }));
    if search.trim().is_empty() {
        return all;
    }
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut found: Vec<(i64, Choice)> = all
        .into_iter()
        .filter_map(|mut choice| {
            let (score, matched) = matcher.fuzzy_indices(&choice.title, search.trim())?;
            choice.matched = matched;
            Some((score, choice))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, choice)| choice).collect()
}

impl Layer for Palette {
    fn scope(&self) -> Scope {
        Scope::List
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        let mut found = choices(cx.state, cx.offers, self.input.value());
        match verb {
            Verb::Close => Then::Close,
            Verb::Accept if self.cursor < found.len() => Then::Do(found.swap_remove(self.cursor).action),
            Verb::Move(motion) => {
                self.cursor = motion.from(self.cursor, found.len(), PAGE);
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, _cx: &mut Cx<'_>) {
        self.cursor = 0;
    }

    fn point(&mut self, row: usize, _cx: &mut Cx<'_>) {
        self.cursor = row;
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let found = choices(scene.state, scene.offers, self.input.value());
        let area = centered(scene.body, 118, (found.len() as u16).saturating_add(3).clamp(6, 26));
        let inside = popup(buffer, area, "Commands", "", theme);
        let at = text_field(buffer, inside, ": ", &self.input, theme);
        // A sentence stands beside its command where it fits; that of the marked command always stands below the list.
        let about = found
            .get(self.cursor)
            .map_or(Vec::new(), |c| wrap(&c.doc, usize::from(inside.width).max(1)));
        let beside = inside.width.saturating_sub(39);
        let below = if about.iter().any(|line| width(line) > usize::from(beside)) {
            about.len() as u16
        } else {
            0
        };
        let list = Rect {
            y: inside.y + 1,
            height: inside.height.saturating_sub(1 + below),
            ..inside
        };
        for (n, text) in about.iter().take(usize::from(below)).enumerate() {
            let y = list.bottom() + n as u16;
            put(buffer, inside, inside.x, y, text, theme.style(Role::Text));
        }
        if found.is_empty() {
            let none = format!("no command is called {}", self.input.value());
            message(buffer, list, &[&none], theme.style(Role::Muted), theme);
        }
        let first = first_row(0, self.cursor, usize::from(list.height), found.len());
        for (n, choice) in found.iter().enumerate().skip(first).take(usize::from(list.height)) {
            let y = list.y + (n - first) as u16;
            let line = Rect::new(list.x, y, list.width, 1);
            if n == self.cursor {
                buffer.set_style(line, theme.style(Role::Selection));
            }
            let keys = scene.offers.hint(choice.id);
            put_right(
                buffer,
                line,
                line.x + 9.min(line.width),
                y,
                &theme.plain(&keys),
                theme.style(Role::Key),
            );
            let from = |cells: u16| Rect {
                x: (line.x + cells).min(line.right()),
                width: line.width.saturating_sub(cells),
                ..line
            };
            let spans = highlighted(
                &choice.title,
                &choice.matched,
                theme.style(Role::Text),
                theme.style(Role::Match),
            );
            spans_in(
                buffer,
                Rect {
                    width: from(11).width.min(26),
                    ..from(11)
                },
                &spans,
                theme.symbols().ellipsis,
            );
            let doc = from(39);
            if width(&choice.doc) <= usize::from(doc.width) {
                put(buffer, doc, doc.x, y, &choice.doc, theme.style(Role::Muted));
            }
        }
        (at, rows_at(list, found.len(), first))
    }
}
