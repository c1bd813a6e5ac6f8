//! A page of lines on top of the panes, as wide as its longest line where there is room. Long lines wrap; nothing is cut.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use crate::app::action::Scene;
use crate::panes::Role;
use crate::panes::widgets::{centered, popup, put, width};

/// What stands on the page.
pub struct Page<'a> {
    pub title: &'a str,
    pub lines: &'a [(&'a str, Role)],
    /// The first line that is shown.
    pub scroll: usize,
    /// The cells of the longest line that it may come to show.
    pub widest: u16,
}

/// The cells of the longest of these lines, a heading counted in.
pub fn widest<'a>(lines: impl IntoIterator<Item = &'a String>) -> u16 {
    lines.into_iter().map(|l| width(l)).max().unwrap_or(0).max(18) as u16
}

/// The frame of a page of so many lines; returns its inside and the first line that is shown.
pub fn frame(
    (title, scroll): (&str, usize),
    lines: usize,
    wide: u16,
    scene: &Scene<'_>,
    buffer: &mut Buffer,
) -> (Rect, usize) {
    let area = centered(scene.body, wide, (lines as u16).saturating_add(2));
    let height = usize::from(area.height.saturating_sub(2));
    let most = lines.saturating_sub(height);
    let first = scroll.min(most);
    let note = match (first > 0, first < most) {
        (false, false) => "",
        (false, true) => "↓ more",
        (true, false) => "↑ more",
        (true, true) => "↑↓ more",
    };
    let note = scene.theme.plain(note);
    (popup(buffer, area, title, &note, scene.theme), first)
}

/// Draws a page, which may be as long as a catalog: only what is seen is wrapped.
pub fn draw_page(page: &Page<'_>, scene: &Scene<'_>, buffer: &mut Buffer) {
    let theme = scene.theme;
    let lines = page.lines;
    let heading = width(page.title) as u16 + 4;
    let wide = page.widest.saturating_add(4).max(heading).min(scene.body.width);
    let cells = usize::from(wide.saturating_sub(4)).max(1);
    let is_folded = usize::from(page.widest) > cells;
    let height = if is_folded { lines.len() * 2 } else { lines.len() };
    let title = theme.plain(page.title);
    let (inside, first) = frame((&title, page.scroll), height, wide, scene, buffer);
    let first = if is_folded {
        page.scroll.min(lines.len().saturating_sub(1))
    } else {
        first
    };
    let pieces = lines.iter().skip(first).flat_map(|(line, role)| {
        let style = theme.style(*role);
        folded(&theme.plain(line), cells)
            .into_iter()
            .map(move |piece| (piece, style))
    });
    for (n, (text, style)) in pieces.take(usize::from(inside.height)).enumerate() {
        let (x, y) = (inside.x + 1, inside.y + n as u16);
        put(buffer, inside, x, y, &text, style);
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
