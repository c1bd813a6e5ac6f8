use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::super::theme::{Role, Theme};
use super::text::{put, width};

/// One line of text being edited, behind `prompt`; scrolls so that the cursor is seen. Returns where the terminal's cursor
/// belongs, where there is room for one.
pub fn text_field(buffer: &mut Buffer, area: Rect, prompt: &str, input: &Input, theme: &Theme) -> Option<Position> {
    let area = Rect { height: 1, ..area }.intersection(buffer.area);
    if area.is_empty() {
        return None;
    }
    let long = width(prompt) as u16;
    let used = if long + 4 <= area.width {
        put(buffer, area, area.x, area.y, prompt, theme.style(Role::Key))
    } else {
        0
    };
    let room = area.width - used;
    // One cell stays free for the cursor behind the last letter.
    let scroll = input.visual_scroll(usize::from(room.saturating_sub(1)));
    let shown = skip_columns(input.value(), scroll);
    put(buffer, area, area.x + used, area.y, shown, theme.style(Role::Text));
    let at = input
        .visual_cursor()
        .saturating_sub(scroll)
        .min(usize::from(room.saturating_sub(1)));
    Some(Position::new(area.x + used + at as u16, area.y))
}

/// `text` without the graphemes that lie in the first `columns` cells.
fn skip_columns(text: &str, columns: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    let mut skipped = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if skipped >= columns {
            return &text[at..];
        }
        skipped += width(grapheme);
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(input: &Input, width: u16) -> (String, Option<Position>) {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        let at = text_field(&mut buffer, area, "/ ", input, &Theme::default());
        ((0..width).map(|x| buffer[(x, 0)].symbol()).collect(), at)
    }

    #[test]
    fn the_cursor_is_always_seen() {
        let input = Input::new("alien resurrection".to_owned());
        assert_eq!(
            draw(&input, 24),
            ("/ alien resurrection    ".to_owned(), Some(Position::new(20, 0)))
        );
        let (shown, at) = draw(&input, 10);
        assert_eq!((shown.as_str(), at), ("/ rection ", Some(Position::new(9, 0))));
        let start = input.with_cursor(0);
        assert_eq!(draw(&start, 10), ("/ alien re".to_owned(), Some(Position::new(2, 0))));
        assert_eq!(draw(&start, 1).1, Some(Position::new(0, 0)));
        assert_eq!(draw(&start, 0).1, None);
    }
}
