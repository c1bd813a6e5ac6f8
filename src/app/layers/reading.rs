//! The help. Long lines wrap; nothing is cut.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::action::{Cx, Layer, Offers, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::state::State;
use crate::panes::widgets::{put, put_right, wrap};
use crate::panes::{Drawn, Role};

use super::PAGE;
use super::page::frame;

/// The help, scrolled by so many lines.
struct Help {
    scroll: usize,
}

/// Opens the help.
pub fn open_help(cx: &mut Cx<'_>) {
    cx.open(Help { scroll: 0 });
}

impl Layer for Help {
    fn scope(&self) -> Scope {
        Scope::Reading
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => Then::Close,
            Verb::Move(motion) => {
                // As far as there is something to read.
                let lines = help_lines(cx.state, cx.offers).len();
                self.scroll = motion.from(self.scroll, lines, PAGE);
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        self.draw_help(scene, buffer);
        (None, Drawn::default())
    }
}

/// A line of the help: keys and title on its first one, a part of the sentence; a lone title is a heading.
type HelpLine = (String, String, String);

/// Cells of the keys, the title and what lies between.
const KEYS: usize = 15;
const TITLE: usize = 24;

impl Help {
    fn draw_help(&self, scene: &Scene<'_>, buffer: &mut Buffer) {
        let theme = scene.theme;
        let wide = scene.body.width.min(118);
        let room = usize::from(wide).saturating_sub(KEYS + TITLE + 7);
        let mut lines: Vec<HelpLine> = Vec::new();
        for (keys, title, doc) in help_lines(scene.state, scene.offers) {
            // Where there is no room beside the title, the sentence stands below it.
            let (beside, cells) = if room >= 24 {
                (true, room)
            } else {
                (false, usize::from(wide).saturating_sub(6))
            };
            let mut parts = wrap(&doc, cells).into_iter();
            let first = if beside {
                parts.next().unwrap_or_default()
            } else {
                String::new()
            };
            lines.push((keys, title, first));
            lines.extend(parts.map(|part| (String::new(), String::new(), part)));
        }
        let heading = ("What is possible here", self.scroll);
        let (inside, first) = frame(heading, lines.len(), wide, scene, buffer);
        for (n, (keys, title, doc)) in lines.iter().skip(first).take(usize::from(inside.height)).enumerate() {
            let line = Rect::new(inside.x, inside.y + n as u16, inside.width, 1);
            if keys.is_empty() && doc.is_empty() {
                put(buffer, line, line.x + 1, line.y, title, theme.style(Role::Header));
                continue;
            }
            let end = line.x + (KEYS as u16).min(line.width);
            put_right(buffer, line, end, line.y, &theme.plain(keys), theme.style(Role::Key));
            put(buffer, line, end + 2, line.y, title, theme.style(Role::Text));
            let x = if room >= 24 {
                end + TITLE as u16 + 4
            } else if title.is_empty() {
                line.x + 3
            } else {
                end
            };
            if !doc.is_empty() {
                put(buffer, line, x, line.y, &theme.plain(doc), theme.style(Role::Muted));
            }
        }
    }
}

/// (keys, title, sentence) of everything possible, the innermost scope first.
fn help_lines(state: &State, offers: &dyn Offers) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for scope in state.scopes() {
        let heading = match scope {
            Scope::Control => "On this control".to_owned(),
            Scope::Pane(pane) => format!("In this pane: {}", pane.replace('_', " ")),
            Scope::Screen(_) => format!("On this screen: {}", state.screen().name),
            Scope::Panes => "In every pane".to_owned(),
            _ => "Always".to_owned(),
        };
        let possible = offers
            .actions()
            .iter()
            .filter(|a| a.scope == scope && a.is_possible(state));
        let rows: Vec<HelpLine> = possible
            .map(|a| (offers.keys_shown(a.id), a.title.to_owned(), a.doc.to_owned()))
            .collect();
        if !rows.is_empty() {
            lines.push((String::new(), heading, String::new()));
            lines.extend(rows);
        }
    }
    lines.push((
        "1 … 0".to_owned(),
        "Screens".to_owned(),
        "The screens named in the first line.".to_owned(),
    ));
    lines
}
