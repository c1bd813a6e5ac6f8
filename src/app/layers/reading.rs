//! What is only read: the help, and pages such as the arithmetic. Long lines wrap; nothing is cut.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::action::{Cx, Layer, Offers, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::state::State;
use crate::panes::widgets::{centered, popup, put, put_right, width, wrap};
use crate::panes::{Drawn, Role};

use super::PAGE;

/// What is read.
enum Content {
    Help,
    Page(Vec<String>),
}

/// Something to read, scrolled by so many lines.
struct Reading {
    title: String,
    content: Content,
    scroll: usize,
    /// The cells of the longest line of a page.
    widest: u16,
}

/// Opens the help.
pub fn open_help(cx: &mut Cx<'_>) {
    cx.open(Reading {
        title: "What is possible here".to_owned(),
        content: Content::Help,
        scroll: 0,
        widest: 0,
    });
}

/// Opens the arithmetic of what is under the cursor.
pub fn open_arithmetic(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let remembered = cx.state.shared.memory(pane);
    let lines = cx.slot(pane).and_then(|s| s.arithmetic(&remembered, remembered.cursor));
    if let Some(lines) = lines {
        let title = "Arithmetic".to_owned();
        let widest = lines.iter().map(|l| width(l)).max().unwrap_or(0).max(width(&title) + 8);
        cx.open(Reading {
            title,
            content: Content::Page(lines),
            scroll: 0,
            widest: widest as u16,
        });
    }
}

impl Layer for Reading {
    fn scope(&self) -> Scope {
        Scope::Reading
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => Then::Close,
            Verb::Move(motion) => {
                // As far as there is something to read.
                let lines = match &self.content {
                    Content::Help => help_lines(cx.state, cx.offers).len(),
                    Content::Page(lines) => lines.len(),
                };
                self.scroll = motion.from(self.scroll, lines, PAGE);
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        match &self.content {
            Content::Help => self.draw_help(scene, buffer),
            Content::Page(lines) => self.draw_page(lines, scene, buffer),
        }
        (None, Drawn::default())
    }
}

/// A line of the help: keys and title on its first one, a part of the sentence; a lone title is a heading.
type HelpLine = (String, String, String);

/// Cells of the keys, the title and what lies between.
const KEYS: usize = 15;
const TITLE: usize = 24;

impl Reading {
    fn popup(&self, lines: usize, wide: u16, scene: &Scene<'_>, buffer: &mut Buffer) -> (Rect, usize) {
        let area = centered(scene.body, wide, (lines as u16).saturating_add(2));
        let height = usize::from(area.height.saturating_sub(2));
        let most = lines.saturating_sub(height);
        let first = self.scroll.min(most);
        let note = match (first > 0, first < most) {
            (false, false) => "",
            (false, true) => "↓ more",
            (true, false) => "↑ more",
            (true, true) => "↑↓ more",
        };
        let note = scene.theme.plain(note);
        (popup(buffer, area, &self.title, &note, scene.theme), first)
    }

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
        let (inside, first) = self.popup(lines.len(), wide, scene, buffer);
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

    /// A page may be as long as a catalog: only what is seen is wrapped.
    fn draw_page(&self, lines: &[String], scene: &Scene<'_>, buffer: &mut Buffer) {
        let theme = scene.theme;
        let wide = self.widest.saturating_add(4).min(scene.body.width);
        let cells = usize::from(wide.saturating_sub(4)).max(1);
        let is_folded = usize::from(self.widest) > cells;
        let height = if is_folded { lines.len() * 2 } else { lines.len() };
        let (inside, first) = self.popup(height, wide, scene, buffer);
        let first = if is_folded {
            self.scroll.min(lines.len().saturating_sub(1))
        } else {
            first
        };
        let pieces = lines
            .iter()
            .skip(first)
            .flat_map(|line| folded(&theme.plain(line), cells));
        for (n, text) in pieces.take(usize::from(inside.height)).enumerate() {
            let (x, y) = (inside.x + 1, inside.y + n as u16);
            put(buffer, inside, x, y, &text, theme.style(Role::Text));
        }
    }
}

/// A line in pieces of at most `cells` cells. Its blanks stay, since columns are made of them; a piece that goes on is
/// indented.
fn folded(line: &str, cells: usize) -> Vec<String> {
    if width(line) <= cells {
        return vec![line.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in line.split_word_bounds() {
        if !piece.trim().is_empty() && width(&piece) + width(word.trim_end()) > cells {
            pieces.push(std::mem::replace(&mut piece, "    ".to_owned()));
        }
        for grapheme in word.graphemes(true) {
            if width(&piece) + width(grapheme) > cells.max(6) {
                pieces.push(std::mem::replace(&mut piece, "    ".to_owned()));
            }
            piece.push_str(grapheme);
        }
    }
    pieces.push(piece);
    pieces
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
