//! The line in which edits are written, or the file is named that they are replayed from.

use std::io::Read;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use tui_input::Input;

use super::line::Line;
use crate::answers::{Subject, Whose};
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::data::clean_label;
use crate::panes::Drawn;

/// Edits on their way.
struct Script {
    input: Input,
    is_file: bool,
    problem: Option<String>,
}

/// Opens it for one edit.
pub fn open_line(cx: &mut Cx<'_>) {
    open(cx, false);
}

/// Opens it for the name of a file.
pub fn open_file(cx: &mut Cx<'_>) {
    open(cx, true);
}

fn open(cx: &mut Cx<'_>, is_file: bool) {
    cx.open(Script {
        input: Input::default(),
        is_file,
        problem: None,
    });
}

/// The longest file that is read.
const LONGEST: u64 = 1 << 20;

fn read(name: &str) -> Result<String, String> {
    let shown = clean_label(name);
    let file = std::fs::File::open(name).map_err(|e| format!("{shown}: it cannot be opened ({e})"))?;
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|e| format!("{shown}: it cannot be read ({e})"))?;
    if text.len() as u64 > LONGEST {
        return Err(format!("{shown}: it is longer than a file of edits can be (1 MiB)"));
    }
    Ok(text)
}

impl Script {
    /// Applies what was written to the subject.
    fn apply(&self, cx: &mut Cx<'_>) -> Result<(), String> {
        let typed = self.input.value().trim();
        let selection = &mut cx.state.shared.selection;
        let Subject::Person(whose) = &selection.subject else {
            return Err("edits are somebody's: pick a user or a guest first".to_owned());
        };
        let (after, whose) = if self.is_file {
            let text = read(typed)?;
            let done = cx.world.edited_by(whose, &text, typed);
            done.map_err(|e| e.to_string())?
        } else {
            let done = cx.world.edited(whose, typed);
            done.map_err(|wrong| format!("column {}: {}", wrong.column, wrong.why))?
        };
        selection.edits = std::sync::Arc::clone(after.edits());
        if let guest @ Whose::Guest(_) = whose {
            selection.subject = Subject::Person(guest);
        }
        Ok(())
    }
}

impl Layer for Script {
    fn scope(&self) -> Scope {
        Scope::Line
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => return Then::Close,
            Verb::Accept if self.input.value().trim().is_empty() => return Then::Close,
            Verb::Accept => match self.apply(cx) {
                Ok(()) => return Then::Close,
                Err(problem) => self.problem = Some(problem),
            },
            _ => {}
        }
        Then::Stay
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, _cx: &mut Cx<'_>) {
        self.problem = None;
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let (title, help) = if self.is_file {
            (
                "Replay edits from a file",
                "The name of a text file, an edit a line, as S writes it.",
            )
        } else {
            (
                "What if …",
                "rate TITLE 4.5 · unrate TITLE · until 1998-01-31 · scale 0.5; an id does as well as a title.",
            )
        };
        let line = Line {
            title,
            hint: "Enter does it",
            input: &self.input,
            offers: &[],
            help,
            problem: self.problem.as_deref(),
        };
        line.draw(scene, buffer)
    }
}
