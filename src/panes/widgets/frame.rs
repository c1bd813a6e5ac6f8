use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::super::rows::Drawn;
use super::super::theme::{Role, Theme};
use super::text::{fit, put, put_right, width};

/// Draws a box with a title on its upper edge and a note at the right end of it; returns the inside. An area less than two
/// lines high gets the title alone.
pub fn pane_frame(buffer: &mut Buffer, area: Rect, title: &str, note: &str, focused: bool, theme: &Theme) -> Rect {
    let inside = pane_border(buffer, area, Joints::default(), focused, theme);
    pane_title(buffer, area, title, note, focused, theme);
    inside
}

/// Which edges of a box another box shares: its corners become joints there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joints {
    pub above: bool,
    pub below: bool,
}

/// The box without its title; returns the inside.
pub fn pane_border(buffer: &mut Buffer, area: Rect, joints: Joints, focused: bool, theme: &Theme) -> Rect {
    let area = area.intersection(buffer.area);
    if area.height < 2 || area.width < 2 {
        return Rect::new(area.x, area.bottom(), area.width, 0);
    }
    let role = if focused { Role::BorderFocused } else { Role::Border };
    let style = theme.style(role);
    let [
        across,
        down,
        upper_left,
        upper_right,
        lower_right,
        lower_left,
        joint_left,
        joint_right,
    ] = theme.symbols().frame;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for x in area.x..=right {
        buffer[(x, area.y)].set_symbol(across).set_style(style);
        buffer[(x, bottom)].set_symbol(across).set_style(style);
    }
    for y in area.y..=bottom {
        buffer[(area.x, y)].set_symbol(down).set_style(style);
        buffer[(right, y)].set_symbol(down).set_style(style);
    }
    let corners = if joints.above {
        [joint_left, joint_right]
    } else {
        [upper_left, upper_right]
    };
    buffer[(area.x, area.y)].set_symbol(corners[0]);
    buffer[(right, area.y)].set_symbol(corners[1]);
    let corners = if joints.below {
        [joint_left, joint_right]
    } else {
        [lower_left, lower_right]
    };
    buffer[(area.x, bottom)].set_symbol(corners[0]);
    buffer[(right, bottom)].set_symbol(corners[1]);
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

/// The title of a box on its upper edge, and a note at the right end of it. All that is drawn of an area of one line.
pub fn pane_title(buffer: &mut Buffer, area: Rect, title: &str, note: &str, focused: bool, theme: &Theme) {
    let area = area.intersection(buffer.area);
    // The edge may be drawn bold or dim already, as that of a neighbor with the keyboard.
    let style = if focused {
        theme.style(Role::TitleFocused).remove_modifier(Modifier::DIM)
    } else {
        let plain = Modifier::BOLD.union(Modifier::DIM);
        theme.style(Role::Title).remove_modifier(plain)
    };
    if area.height < 2 || area.width < 2 {
        let title = title_in(title, usize::from(area.width), theme.symbols().ellipsis);
        put(buffer, area, area.x, area.y, &theme.plain(&title), style);
        return;
    }
    let room = usize::from(area.width).saturating_sub(4);
    let note = if width(note) + 8 <= room { note } else { "" };
    let left = room.saturating_sub(if note.is_empty() { 0 } else { width(note) + 3 });
    let title = title_in(title, left.saturating_sub(1), theme.symbols().ellipsis);
    if !title.is_empty() {
        put(
            buffer,
            area,
            area.x + 1,
            area.y,
            &format!(" {} ", theme.plain(&title)),
            style,
        );
    }
    if !note.is_empty() {
        let text = format!(" {} ", theme.plain(note));
        put_right(buffer, area, area.right() - 2, area.y, &text, theme.style(Role::Muted));
    }
}

/// As much of a title as fits: its last parts go as wholes, but that the part behind the name is cut where enough of it stays
/// to be read.
fn title_in<'a>(title: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    const ENOUGH: usize = 8;
    let mut kept = title;
    while width(kept) > cells {
        let Some((before, last)) = kept.rsplit_once(PART) else {
            break;
        };
        let is_name = !before.contains(PART);
        if is_name && width(before) + width(PART) + ENOUGH.min(width(last)) <= cells {
            break;
        }
        kept = before;
    }
    fit(kept, cells, ellipsis)
}

/// What stands between the parts of a title.
const PART: &str = " · ";

/// `area` left and right of `gap` columns, the left part `cells` wide.
pub fn beside(area: Rect, cells: u16, gap: u16) -> [Rect; 2] {
    let left = cells.min(area.width);
    let used = left.saturating_add(gap).min(area.width);
    [
        Rect { width: left, ..area },
        Rect::new(area.x + used, area.y, area.width - used, area.height),
    ]
}

/// The rectangle of at most `width` by `height` in the middle of `area`.
pub fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

/// Wipes `area` and draws a box over it: what lies on top of the panes. Returns the inside.
pub fn popup(buffer: &mut Buffer, area: Rect, title: &str, note: &str, theme: &Theme) -> Rect {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
        // A wide letter cut in half by the edge would push the line aside.
        if area.x > buffer.area.x && width(buffer[(area.x - 1, y)].symbol()) > 1 {
            buffer[(area.x - 1, y)].set_symbol(" ");
        }
    }
    pane_frame(buffer, area, title, note, true, theme)
}

/// Lines in the middle of `area`, cut where they are too long: what stands in for an answer.
pub fn message(buffer: &mut Buffer, area: Rect, lines: &[&str], style: Style, theme: &Theme) {
    let area = area.intersection(buffer.area);
    let first = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (n, line) in lines.iter().enumerate().take(usize::from(area.height)) {
        let text = fit(line, usize::from(area.width), theme.symbols().ellipsis);
        let x = area.x + (area.width - (width(&text) as u16).min(area.width)) / 2;
        put(buffer, area, x, first + n as u16, &text, style);
    }
}

/// A sentence in the middle of `area`, wrapped: what stands in for an answer. There are no rows then.
pub fn wrapped_message(buffer: &mut Buffer, area: Rect, text: &str, theme: &Theme) -> Drawn {
    let lines = super::wrap(text, usize::from(area.width.saturating_sub(2)).clamp(1, 76));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    message(buffer, area, &lines, theme.style(Role::Muted), theme);
    Drawn::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(buffer: &Buffer) -> Vec<String> {
        let area = buffer.area;
        let line = |y| {
            (area.left()..area.right())
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        };
        (area.top()..area.bottom()).map(line).collect()
    }

    fn frame(width: u16, height: u16, title: &str, note: &str) -> (Vec<String>, Rect) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let inside = pane_frame(&mut buffer, area, title, note, false, &Theme::default());
        (text(&buffer), inside)
    }

    #[test]
    fn a_frame_has_title_and_note_as_far_as_they_fit() {
        let (drawn, inside) = frame(24, 3, "Neighbors", "943");
        assert_eq!(
            drawn,
            [
                "╭ Neighbors ───── 943 ─╮",
                "│                      │",
                "╰──────────────────────╯"
            ]
        );
        assert_eq!(inside, Rect::new(1, 1, 22, 1));
        assert_eq!(frame(12, 2, "Neighbors", "943").0[0], "╭ Neighb… ─╮");
        assert_eq!(frame(4, 2, "Neighbors", "").0, ["╭──╮", "╰──╯"]);
        assert_eq!(frame(6, 1, "Neighbors", "9").0, ["Neigh…"]);
        let cells = |w| frame(w, 2, "Items · 200 of 211 · normalized", "").0[0].clone();
        assert_eq!(cells(40), "╭ Items · 200 of 211 · normalized ─────╮");
        assert_eq!(cells(30), "╭ Items · 200 of 211 ────────╮");
        assert_eq!(cells(21), "╭ Items · 200 of … ─╮");
        assert_eq!(cells(20), "╭ Items ───────────╮");
        for (w, h) in [(0, 0), (1, 1), (2, 2), (3, 1), (1, 5), (5, 2)] {
            let (_, inside) = frame(w, h, "Neighbors", "943");
            assert!(inside.right() <= w && inside.bottom() <= h, "{w}×{h}: {inside:?}");
        }
    }

    #[test]
    fn a_popup_wipes_what_lies_below() {
        let area = Rect::new(0, 0, 6, 3);
        let mut buffer = Buffer::with_lines(["映映映", "映映映", "映映映"]);
        let inside = popup(&mut buffer, Rect::new(1, 0, 4, 3), "", "", &Theme::default());
        assert_eq!(inside, Rect::new(2, 1, 2, 1));
        assert_eq!(buffer[(0, 1)].symbol(), " ");
        assert_eq!(buffer[(1, 1)].symbol(), "│");
        assert_eq!(centered(area, 4, 9), Rect::new(1, 0, 4, 3));
    }

    #[test]
    fn messages_stand_in_the_middle() {
        let area = Rect::new(0, 0, 9, 3);
        let mut buffer = Buffer::empty(area);
        message(
            &mut buffer,
            area,
            &["too small", "80×24 please"],
            Style::new(),
            &Theme::default(),
        );
        assert_eq!(text(&buffer), ["too small", "80×24 pl…", "         "]);
    }
}
