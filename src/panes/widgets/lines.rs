use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::super::theme::{Role, Theme};
use super::table::spans_in;
use super::text::{put_right, width};

/// Texts one after the other, each in its style.
pub type Spans<'a> = Vec<(Cow<'a, str>, Style)>;

/// The cells that texts one after the other take.
pub fn spans_width(spans: &[(Cow<'_, str>, Style)]) -> usize {
    spans.iter().map(|(text, _)| width(text)).sum()
}

/// The lines of `text` in `cells` cells each: broken at blanks, and within a word only where it is longer than a line. What
/// fits stays as it is, so that the columns of a table do.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    if width(text) <= cells && !text.trim().is_empty() {
        return vec![text.trim_end().to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let wide = width(word);
        if used > 0 && used + 1 + wide > cells {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if wide + used <= cells {
            line.push_str(word);
            used += wide;
            continue;
        }
        // Behind a comma, where that helps; else wherever the line ends.
        for piece in word.split_inclusive(',') {
            if used > 0 && used + width(piece) > cells {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            for grapheme in piece.graphemes(true) {
                if used + width(grapheme) > cells && used > 0 {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(grapheme);
                used += width(grapheme);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Units of text over as many lines of `cells` as they take, `gap` blanks between two on a line; no unit is broken.
pub fn flow<'a>(units: impl IntoIterator<Item = Spans<'a>>, gap: usize, cells: u16) -> Vec<Spans<'a>> {
    let mut lines: Vec<Spans<'a>> = Vec::new();
    for unit in units {
        match lines.last_mut() {
            Some(line) if spans_width(line) + gap + spans_width(&unit) <= usize::from(cells) => {
                line.push((" ".repeat(gap).into(), Style::new()));
                line.extend(unit);
            }
            _ => lines.push(unit),
        }
    }
    lines
}

/// Writes line after line from the top of an area, as far as it reaches.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    left: Rect,
    theme: &'a Theme,
}

impl<'a> Pen<'a> {
    /// Begins at the top of `area`.
    pub fn new(buffer: &'a mut Buffer, area: Rect, theme: &'a Theme) -> Self {
        Self {
            left: area.intersection(buffer.area),
            buffer,
            theme,
        }
    }

    /// What is not yet written on.
    pub fn left(&self) -> Rect {
        self.left
    }

    /// How many lines are left.
    pub fn lines_left(&self) -> u16 {
        self.left.height
    }

    /// The buffer, for drawing into the area of a line taken by [`Pen::take`].
    pub fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Takes up to `lines` lines and returns where they are.
    pub fn take(&mut self, lines: u16) -> Rect {
        let taken = Rect {
            height: lines.min(self.left.height),
            ..self.left
        };
        self.left.y += taken.height;
        self.left.height -= taken.height;
        taken
    }

    /// Takes up to `lines` lines from the bottom and returns where they are.
    pub fn take_below(&mut self, lines: u16) -> Rect {
        let height = lines.min(self.left.height);
        self.left.height -= height;
        Rect {
            y: self.left.y + self.left.height,
            height,
            ..self.left
        }
    }

    /// One line of texts.
    pub fn line(&mut self, spans: &[(Cow<'_, str>, Style)]) {
        let place = self.take(1);
        if !place.is_empty() {
            spans_in(self.buffer, place, spans, self.theme.symbols().ellipsis);
        }
    }

    /// One line of texts, and one that ends at the right edge if there is room for both.
    pub fn line_and(&mut self, spans: &[(Cow<'_, str>, Style)], right: &str, style: Style) {
        let place = self.take(1);
        if place.is_empty() {
            return;
        }
        spans_in(self.buffer, place, spans, self.theme.symbols().ellipsis);
        if spans_width(spans) + 2 + width(right) <= usize::from(place.width) {
            put_right(self.buffer, place, place.right(), place.y, right, style);
        }
    }

    /// One line in one style.
    pub fn text(&mut self, text: &str, style: Style) {
        self.line(&[(Cow::Borrowed(text), style)]);
    }

    /// A text over as many lines as it needs, the first behind `label`, the others indented as far. What does not fit in
    /// `most` lines ends in an ellipsis.
    pub fn paragraph(&mut self, label: &str, text: &str, most: u16, style: Style) {
        let indent = width(label);
        let cells = usize::from(self.left.width).saturating_sub(indent);
        let lines = wrap(text, cells.max(1));
        let most = usize::from(most.min(self.left.height));
        for (n, line) in lines.iter().take(most).enumerate() {
            let head = if n == 0 {
                Cow::Borrowed(label)
            } else {
                Cow::Owned(" ".repeat(indent))
            };
            let mut line = Cow::Borrowed(line.as_str());
            if n + 1 == most && lines.len() > most {
                line = Cow::Owned(format!("{line} {}", lines[n + 1]));
            }
            self.line(&[(head, self.theme.style(Role::Muted)), (line, style)]);
        }
    }

    /// A heading over the whole width: `── text ─────`.
    pub fn heading(&mut self, text: &str) {
        let place = self.take(1);
        if place.is_empty() {
            return;
        }
        let rule = self.theme.symbols().frame[0];
        let after = usize::from(place.width).saturating_sub(width(text) + 4);
        let spans = [
            (Cow::Owned(format!("{rule}{rule} ")), self.theme.style(Role::Border)),
            (Cow::Borrowed(text), self.theme.style(Role::Title)),
            (
                Cow::Owned(format!(" {}", rule.repeat(after))),
                self.theme.style(Role::Border),
            ),
        ];
        spans_in(self.buffer, place, &spans, self.theme.symbols().ellipsis);
    }
}

/// Replaces what is beyond ASCII in an area by its nearest twin of one cell, where the theme asks for it.
pub fn to_ascii(buffer: &mut Buffer, area: Rect, theme: &Theme) {
    if !theme.is_ascii() {
        return;
    }
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let symbol = buffer[(x, y)].symbol();
            if symbol.is_ascii() {
                continue;
            }
            let twin = symbol.chars().next().map_or('?', ascii_twin);
            buffer[(x, y)].set_char(twin);
        }
    }
}

fn ascii_twin(c: char) -> char {
    match c {
        '±' | '…' | '≈' => '~',
        '×' | '✘' => 'x',
        '\u{a0}' => ' ',
        '·' | '•' | '☆' => '.',
        '–' | '—' | '−' | '─' => '-',
        'Σ' => 'S',
        'μ' => 'm',
        'σ' => 's',
        '≥' | '→' | '▶' => '>',
        '≤' | '←' => '<',
        '★' => '*',
        '½' | '✔' => '+',
        '┊' | '│' => '|',
        '²' => '2',
        '‖' => '"',
        '▁'..='▃' => '_',
        '▄'..='▆' => '=',
        '▇' | '█' | '▉'..='▋' => '#',
        'À'..='Å' => 'A',
        'È'..='Ë' => 'E',
        'Ò'..='Ö' => 'O',
        'Ù'..='Ü' => 'U',
        'à'..='å' => 'a',
        'ç' => 'c',
        'ε' | 'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_by_width() {
        assert_eq!(
            wrap("0.6*item-knn + 0.3*content", 14),
            ["0.6*item-knn +", "0.3*content"]
        );
        assert_eq!(wrap("映画映画 ab", 4), ["映画", "映画", "ab"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("item-knn:k=20,min-k=3", 14), ["item-knn:k=20,", "min-k=3"]);
        assert!(wrap("  ", 3).is_empty());
        assert_eq!(wrap("f1   .2", 7), ["f1   .2"]);
        // Nothing is lost even where no letter fits.
        assert_eq!(wrap("映a", 1).concat(), "映a");
    }

    #[test]
    fn a_pen_stays_in_its_area() {
        let area = Rect::new(1, 1, 8, 3);
        let theme = Theme::default();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 5));
        let mut pen = Pen::new(&mut buffer, area, &theme);
        pen.heading("ab");
        pen.paragraph("m ", "one two three four", 9, Style::new());
        pen.text("lost", Style::new());
        assert_eq!(pen.lines_left(), 0);
        let shown: Vec<String> = (0..5)
            .map(|y| (0..10).map(|x| buffer[(x, y)].symbol()).collect::<String>())
            .collect();
        assert_eq!(
            shown,
            ["          ", " ── ab ── ", " m one    ", "   two t… ", "          "]
        );
    }

    #[test]
    fn ascii_takes_one_cell_for_one() {
        let theme = Theme::default().ascii(true);
        let area = Rect::new(0, 0, 7, 1);
        let mut buffer = Buffer::with_lines(["±×映é✔ß"]);
        to_ascii(&mut buffer, area, &theme);
        assert_eq!(buffer, Buffer::with_lines(["~x? e+?"]));
    }
}
