//! The line in which a control's value is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use tui_input::Input;

use super::line::Line;
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::control;
use crate::panes::Drawn;
use crate::panes::controls::{Control, text_of};

/// A value on its way.
struct Editor {
    control: Control,
    input: Input,
    problem: Option<String>,
}

/// Opens it on the control with the keyboard.
pub fn open(cx: &mut Cx<'_>) {
    let Some(control) = control::focused(cx) else { return };
    let value = control.value(&cx.state.shared.values(cx.state.shared.pane));
    cx.open(Editor {
        input: Input::new(text_of(&value)),
        control,
        problem: None,
    });
}

impl Layer for Editor {
    fn scope(&self) -> Scope {
        Scope::Line
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => return Then::Close,
            Verb::Accept => match self.control.parse(self.input.value()) {
                Ok(value) => {
                    control::set(cx, &self.control, value);
                    return Then::Close;
                }
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
        self.problem = self.control.parse(self.input.value()).err();
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let line = Line {
            title: self.control.name,
            hint: "Enter sets it",
            input: &self.input,
            help: self.control.doc,
            problem: self.problem.as_deref(),
        };
        line.draw(scene, buffer)
    }
}
