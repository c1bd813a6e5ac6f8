//! What the tests of all panes share: drawing into text, and the contract that every pane keeps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Depth, ThemeName};
pub use super::widgets::buffer_lines as lines;
use super::widgets::to_ascii;
use super::{Drawn, Message, Pane, PaneInput, PaneState, Rows, Selection, Theme};

/// The sizes inside a pane's border that Explore gives at 80×24, 120×40 and 200×60, roughly.
pub const SIZES: [(u16, u16); 3] = [(38, 8), (48, 15), (76, 26)];

/// Draws a pane as it would be on a screen.
pub fn draw<P: Pane>(pane: &P, view: &P::View, state: &PaneState, size: (u16, u16), theme: &Theme) -> (Buffer, Drawn) {
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buffer = Buffer::empty(area);
    let rows = Rows::All(pane.rows(view, state));
    let drawn = draw_into(pane, view, state, rows, area, &mut buffer, theme);
    (buffer, drawn)
}

/// A pane's text with the rows that its filter leaves.
pub fn filtered<P: Pane>(pane: &P, view: &P::View, state: &PaneState, size: (u16, u16)) -> String {
    let wanted = state.filter.to_lowercase();
    let holds = |row: &u32| {
        let text = pane.row_text(view, state, *row as usize);
        text.to_lowercase().contains(&wanted)
    };
    let left: Vec<u32> = (0..pane.rows(view, state) as u32).filter(holds).collect();
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buffer = Buffer::empty(area);
    draw_into(
        pane,
        view,
        state,
        Rows::Some(&left),
        area,
        &mut buffer,
        &Theme::default(),
    );
    lines(&buffer).join("\n")
}

fn draw_into<P: Pane>(
    pane: &P,
    view: &P::View,
    state: &PaneState,
    rows: Rows<'_>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Drawn {
    let selection = Selection::default();
    let input = PaneInput {
        theme,
        selection: &selection,
        words: crate::data::Words::default(),
        state,
        rows,
        focused: true,
        stale: false,
    };
    let drawn = pane.draw(view, &input, area, buffer);
    to_ascii(buffer, area, theme);
    drawn
}

/// A pane's text at a size, without colors.
pub fn text<P: Pane>(pane: &P, view: &P::View, state: &PaneState, size: (u16, u16)) -> String {
    let (buffer, _) = draw(pane, view, state, size, &Theme::default());
    lines(&buffer).join("\n")
}

/// What a pane draws in place of an answer, where it has a way of its own.
pub fn message_text<P: Pane>(pane: &P, message: &Message, (width, height): (u16, u16)) -> Option<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let (theme, selection, state) = (Theme::default(), Selection::default(), PaneState::default());
    let input = PaneInput {
        theme: &theme,
        selection: &selection,
        words: crate::data::Words::default(),
        state: &state,
        rows: Rows::All(0),
        focused: true,
        stale: false,
    };
    let drawn = pane.draw_message(message, &input, area, &mut buffer);
    drawn.then(|| lines(&buffer).join("\n"))
}

/// The text at the three sizes, one after the other, for a snapshot.
pub fn texts<P: Pane>(pane: &P, view: &P::View, state: &PaneState) -> String {
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, text(pane, view, state, size));
    SIZES.map(one).join("\n")
}

/// What every pane keeps: it never panics, whatever the size; writes only inside its area; says where its rows are;
/// shows no NaN; every row has a text and a key; the table to take home is square; ASCII stays ASCII.
pub fn assert_contract<P: Pane>(pane: &P, view: &P::View) {
    let theme = Theme::new(ThemeName::Dark, Depth::True);
    for mode in 0..4 {
        for cursor in [0, 3, 1_000_000] {
            let state = PaneState {
                cursor,
                mode,
                ..PaneState::default()
            };
            for width in (0..=8).chain((9..=60).step_by(7)).chain([96, 150, 198]) {
                for height in (0..=6).chain([8, 12, 17, 21, 30, 56]) {
                    assert_at(pane, view, &state, (width, height), &theme);
                }
            }
            let rows = pane.rows(view, &state);
            for row in (0..rows).take(200) {
                let _ = (pane.target(view, &state, row), pane.row_key(view, &state, row));
                assert!(!pane.row_text(view, &state, row).contains("NaN"));
                let lines = pane.arithmetic(view, &state, row).unwrap_or_default().concat();
                assert!(!lines.contains("NaN") && !lines.contains("inf"), "{lines}");
            }
            assert_ascii(pane, view, &state);
        }
    }
    let export = pane.export(view);
    assert!(export.rows.iter().all(|r| r.len() == export.columns.len()));
    assert!(!pane.title(Some(view), &Selection::default()).contains("NaN"));
    assert!(!pane.title(None, &Selection::default()).is_empty());
}

fn assert_at<P: Pane>(pane: &P, view: &P::View, state: &PaneState, size: (u16, u16), theme: &Theme) {
    let whole = Rect::new(0, 0, size.0 + 4, size.1 + 2);
    let area = Rect::new(2, 1, size.0, size.1);
    let mut buffer = Buffer::empty(whole);
    for cell in &mut buffer.content {
        cell.set_symbol("~");
    }
    let rows = Rows::All(pane.rows(view, state));
    let drawn = draw_into(pane, view, state, rows, area, &mut buffer, theme);
    for y in 0..whole.height {
        for x in 0..whole.width {
            let inside = area.contains((x, y).into());
            assert!(
                inside || buffer[(x, y)].symbol() == "~",
                "{size:?} mode {} writes at {x},{y}",
                state.mode
            );
        }
    }
    assert!(
        drawn.rows.is_empty() || area.intersection(drawn.rows) == drawn.rows,
        "{size:?}: {drawn:?}"
    );
    assert!(
        usize::from(drawn.rows.height) <= pane.rows(view, state),
        "{size:?}: {drawn:?}"
    );
    let shown = lines(&buffer).concat();
    assert!(!shown.contains("NaN") && !shown.contains("inf "), "{size:?}: {shown}");
}

fn assert_ascii<P: Pane>(pane: &P, view: &P::View, state: &PaneState) {
    let theme = Theme::new(ThemeName::Mono, Depth::Mono).ascii(true);
    for size in SIZES {
        let (buffer, _) = draw(pane, view, state, size, &theme);
        for line in lines(&buffer) {
            assert!(line.is_ascii(), "{line}");
        }
    }
}
