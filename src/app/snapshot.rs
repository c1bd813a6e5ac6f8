//! Pictures of a screen without a terminal: for the README, for bug reports, for tests.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::action::{Action, find};
use super::events::Event;
use super::explorer::{Explorer, Options, Request};
use super::keys::{Code, Key};
use crate::panes::widgets::buffer_lines;
use crate::panes::{Export, PaneId, Slot};

/// What is to be taken.
#[derive(Clone, Debug)]
pub struct Picture {
    pub size: (u16, u16),
    /// The keys to press first, as in the settings file, with blanks between; `text:…` types a text (`_` for a blank).
    pub keys: String,
    pub limit: Duration,
}

/// The screen, taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// As text, a line a row, trailing blanks cut.
    pub text: String,
    pub svg: String,
}

/// Opens the explorer, presses keys, each fully answered before the next, and takes the screen.
///
/// # Errors
/// One sentence: a key that is none, answers that do not come in time, no threads.
pub fn snapshot(options: Options, picture: &Picture) -> Result<Taken, String> {
    let (explorer, buffer) = opened(options, picture)?;
    let svg = super::svg::svg(&buffer, &explorer.theme);
    Ok(Taken {
        text: text(&buffer),
        svg,
    })
}

/// What a pane shows, and the command line that prints the same numbers.
#[derive(Clone, Debug)]
pub struct TakenPane {
    pub pane: PaneId,
    pub command: String,
    pub table: Export,
}

/// Opens the explorer, presses keys as [`snapshot`] does, and takes every pane of the screen.
///
/// # Errors
/// As [`snapshot`]; a pane that has no answer.
pub fn take_panes(options: Options, picture: &Picture) -> Result<Vec<TakenPane>, String> {
    let (mut explorer, _) = opened(options, picture)?;
    let panes = explorer.state.screen().panes;
    let mut taken = Vec::new();
    for (n, pane) in panes.iter().enumerate() {
        explorer.state.focus(n, None);
        explorer.refresh();
        let copy = find(&crate::app::keymap::Keymap::default(), "copy_command");
        let requests = copy.map_or_else(Vec::new, |copy: Action| explorer.act(copy));
        let command = requests.into_iter().find_map(|r| match r {
            Request::Copy(line) => Some(line),
            _ => None,
        });
        let table = explorer.focused_slot().and_then(Slot::export);
        let (command, table) = command.zip(table).ok_or_else(|| format!("{} has no answer", pane.0))?;
        taken.push(TakenPane {
            pane: *pane,
            command,
            table,
        });
    }
    Ok(taken)
}

/// The explorer after the keys, everything answered and drawn.
fn opened(options: Options, picture: &Picture) -> Result<(Explorer, Buffer), String> {
    let mut explorer = Explorer::new(options, Arc::new(|| {})).map_err(|e| e.to_string())?;
    let area = Rect::new(0, 0, picture.size.0, picture.size.1);
    let mut buffer = settled(&mut explorer, area, picture.limit)?;
    for word in picture.keys.split_whitespace() {
        for key in keys_of(word)? {
            let requests = explorer.handle(Event::Key(key));
            if requests.contains(&Request::Quit) {
                return Err(format!("the key {key} left the explorer"));
            }
            buffer = settled(&mut explorer, area, picture.limit)?;
        }
    }
    Ok((explorer, buffer))
}

fn keys_of(word: &str) -> Result<Vec<Key>, String> {
    match word.strip_prefix("text:") {
        Some(text) => {
            let typed = text.chars().map(|c| if c == '_' { ' ' } else { c });
            Ok(typed.map(|c| Key::plain(Code::Char(c))).collect())
        }
        None => Key::parse(word).map(|key| vec![key]),
    }
}

/// A frame with everything answered. The frame before tells panes how many rows they have.
fn settled(explorer: &mut Explorer, area: Rect, limit: Duration) -> Result<Buffer, String> {
    for _ in 0..2 {
        if !explorer.wait_idle(limit) {
            return Err(format!("the answers did not come within {} s", limit.as_secs()));
        }
        explorer.draw(area, &mut Buffer::empty(area), false);
        explorer.refresh();
    }
    let mut buffer = Buffer::empty(area);
    explorer.draw(area, &mut buffer, false);
    Ok(buffer)
}

fn text(buffer: &Buffer) -> String {
    buffer_lines(buffer).into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests_common;

    fn take(keys: &str) -> Result<Taken, String> {
        let picture = Picture {
            size: (120, 40),
            keys: keys.to_owned(),
            limit: Duration::from_secs(60),
        };
        snapshot(tests_common::options(tests_common::middle_world()), &picture)
    }

    #[test]
    fn the_same_keys_give_the_same_picture() {
        let taken = take("u text:u17 enter tab down").unwrap();
        assert!(
            taken.text.contains("user u17") && taken.text.lines().count() == 40,
            "{}",
            taken.text
        );
        assert!(taken.svg.contains(">u17</text>"));
        let again = take("u text:u17 enter tab down").unwrap();
        assert_eq!((again.text, again.svg), (taken.text, taken.svg));
    }

    #[test]
    fn what_cannot_be_pressed_is_named() {
        assert!(take("hyper-x").unwrap_err().contains("\"hyper-x\" is not a key"));
        assert_eq!(take("down q").unwrap_err(), "the key q left the explorer");
    }
}
