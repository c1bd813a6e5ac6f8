use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The width of `text` in cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `cells` cells, cut between graphemes, `ellipsis` (one cell) in place of what was cut.
pub fn fit<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    // Every grapheme of printable ASCII is one byte and one cell: no table look-up for the common case.
    if text.len() <= cells || text.width() <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}{ellipsis}", cut(text, cells - 1)))
}

/// The longest beginning of `text` that takes at most `cells` cells.
pub fn cut(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// Writes `text` at (`x`, `y`), cut to `area`; returns the cells used.
pub fn put(buffer: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    if !area.contains((x, y).into()) {
        return 0;
    }
    let (end, _) = buffer.set_stringn(x, y, text, usize::from(area.right() - x), style);
    end - x
}

/// As [`put`], but `text` ends at the cell before `right`.
pub fn put_right(buffer: &mut Buffer, area: Rect, right: u16, y: u16, text: &str, style: Style) -> u16 {
    let wide = width(text).min(usize::from(u16::MAX)) as u16;
    let area = Rect {
        width: right.min(area.right()).saturating_sub(area.x),
        ..area
    };
    put(buffer, area, right.saturating_sub(wide).max(area.x), y, text, style)
}

/// The lines of a buffer as text, trailing blanks cut; what is two cells wide stands once.
pub fn buffer_lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        let mut text = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += width(symbol).max(1) as u16;
        }
        text.trim_end().to_owned()
    };
    (area.top()..area.bottom()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_graphemes_by_width() {
        for (text, cells, cut) in [
            ("Alien", 5, "Alien"),
            ("Aliens", 5, "Alie…"),
            ("Alien", 1, "…"),
            ("Alien", 0, ""),
            ("日本映画", 8, "日本映画"),
            ("日本映画", 7, "日本映…"),
            ("日本映画", 6, "日本…"),
            ("日本映画", 2, "…"),
            ("e\u{301}te\u{301}", 2, "e\u{301}…"),
            ("👩‍👩‍👧x", 2, "…"),
            ("", 3, ""),
        ] {
            assert_eq!(fit(text, cells, "…"), cut, "{text} in {cells}");
            assert!(width(&fit(text, cells, "…")) <= cells);
        }
    }

    #[test]
    fn nothing_is_written_outside() {
        let whole = Rect::new(0, 0, 10, 3);
        let area = Rect::new(2, 1, 5, 1);
        let mut buffer = Buffer::empty(whole);
        assert_eq!(put(&mut buffer, area, 4, 1, "abcdef", Style::new()), 3);
        assert_eq!(put(&mut buffer, area, 1, 1, "no", Style::new()), 0);
        assert_eq!(put(&mut buffer, area, 3, 2, "no", Style::new()), 0);
        assert_eq!(put(&mut buffer, Rect::new(0, 0, 99, 99), 50, 50, "no", Style::new()), 0);
        assert_eq!(put_right(&mut buffer, whole, 10, 0, "end", Style::new()), 3);
        let expected = Buffer::with_lines(["       end", "    abc   ", "          "]);
        assert_eq!(buffer, expected);
    }
}
