use super::*;
use crate::panes::theme::{Depth, ThemeName};
use crate::panes::{PaneState, Rows, Selection, Theme};
use ratatui::style::Modifier;

fn lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        (area.left()..area.right())
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (area.top()..area.bottom()).map(line).collect()
}

fn columns() -> [Column<'static>; 4] {
    [
        Column::fixed("#", 3).right(),
        Column::flex("item", 6, 1),
        Column::fixed("score", 5).right().ranks(7),
        Column::fixed("parts", 4).optional(1),
    ]
}

fn draw(rows: Rows<'_>, state: &PaneState, width: u16, height: u16, seen: &mut Vec<usize>) -> (Buffer, Drawn) {
    let theme = Theme::default();
    let selection = Selection::default();
    let input = PaneInput {
        theme: &theme,
        selection: &selection,
        words: crate::data::Words::default(),
        state,
        rows,
        focused: true,
        stale: false,
    };
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let drawn = draw_table(&columns(), &input, area, &mut buffer, |row| {
        seen.push(row);
        Some(vec![
            Content::text(row.to_string()),
            Content::text(format!("Item number {row}")),
            Content::text(".871"),
            Content::Stacked([2.0, 1.0].as_slice().into(), Extent { below: 0.0, above: 4.0 }),
        ])
    });
    (buffer, drawn)
}

#[test]
fn a_table_draws_only_what_is_seen() {
    let mut seen = Vec::new();
    let state = PaneState {
        cursor: 500_000,
        ..PaneState::default()
    };
    let (buffer, drawn) = draw(Rows::All(1_000_000), &state, 27, 5, &mut seen);
    assert_eq!(seen, [499_998, 499_999, 500_000, 500_001]);
    assert_eq!(drawn.rows, Rect::new(0, 1, 27, 4));
    assert_eq!(drawn.row_at(3, 1), Some(499_998));
    assert_eq!(
        lines(&buffer)[..2],
        ["  # item         score par…", "49… Item number…  .871 ██▓ "]
    );
    assert!(buffer[(0, 3)].modifier.contains(Modifier::BOLD));
    assert!(!buffer[(0, 2)].modifier.contains(Modifier::BOLD));
}

#[test]
fn bars_of_the_selected_row_keep_their_pattern() {
    let theme = Theme::new(ThemeName::Mono, Depth::Mono);
    let (selection, state) = (Selection::default(), PaneState::default());
    let input = PaneInput {
        theme: &theme,
        selection: &selection,
        words: crate::data::Words::default(),
        state: &state,
        rows: Rows::All(1),
        focused: true,
        stale: false,
    };
    let area = Rect::new(0, 0, 27, 1);
    let mut buffer = Buffer::empty(area);
    draw_table(&columns(), &input, area, &mut buffer, |_| {
        let stacked = Content::Stacked([2.0, 1.0].as_slice().into(), Extent { below: 0.0, above: 4.0 });
        Some(vec![
            Content::text("1"),
            Content::text("Alien"),
            Content::text(".871"),
            stacked,
        ])
    });
    for x in 0..27 {
        let bar = ["█", "▓"].contains(&buffer[(x, 0)].symbol());
        let reversed = buffer[(x, 0)].modifier.contains(Modifier::REVERSED);
        assert!(!(bar && reversed), "{x}");
        assert!(bar || reversed || x > 21, "{x}");
    }
}

#[test]
fn narrow_tables_leave_out_optional_columns_and_cut_texts() {
    let state = PaneState::default();
    let shown = |w, h| lines(&draw(Rows::Some(&[7, 9]), &state, w, h, &mut Vec::new()).0);
    assert_eq!(
        shown(21, 3),
        [
            "  # item   score par…",
            "  7 Item …  .871 ██▓ ",
            "  9 Item …  .871 ██▓ "
        ]
    );
    assert_eq!(
        shown(16, 3),
        ["  # item   score", "  7 Item …  .871", "  9 Item …  .871"]
    );
    assert_eq!(shown(16, 2), ["  # item   score", "  7 Item …  .871"]);
    assert_eq!(shown(7, 1), ["  7 It…"]);
    assert_eq!(shown(1, 1), ["7"]);
    for (w, h) in [(0, 0), (0, 5), (5, 0)] {
        draw(Rows::All(3), &state, w, h, &mut Vec::new());
    }
}

#[test]
fn space_left_over_is_shared_by_weight_up_to_the_limit() {
    let columns = [
        Column::fixed("", 4),
        Column::flex("", 2, 1).at_most(5),
        Column::flex("", 2, 2),
    ];
    for (cells, expected) in [(10, [4, 2, 2]), (13, [4, 3, 4]), (30, [4, 5, 19])] {
        let widths: Vec<u16> = places(&columns, cells).into_iter().flatten().map(|(_, w)| w).collect();
        assert_eq!(widths, expected, "{cells}");
        assert_eq!(widths.iter().sum::<u16>() + 2, cells);
    }
}

#[test]
fn matched_letters_are_lit() {
    let (plain, found) = (Style::new(), Style::new().bold());
    let spans = highlighted("Ünder", &[0, 1, 4], plain, found);
    let expected: Vec<(Cow<'_, str>, Style)> = vec![("Ün".into(), found), ("de".into(), plain), ("r".into(), found)];
    assert_eq!(spans, expected);
    assert!(highlighted("", &[], plain, found).is_empty());
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    spans_in(&mut buffer, Rect::new(0, 0, 4, 1), &spans, "…");
    assert_eq!(lines(&buffer), ["Ünd…"]);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
    spans_in(&mut buffer, Rect::new(0, 0, 2, 1), &spans, "…");
    assert_eq!(lines(&buffer), ["Ü…"]);
}
