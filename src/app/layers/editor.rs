//! The line in which a control's value is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::control;
use crate::panes::controls::{Control, text_of};
use crate::panes::widgets::{centered, popup, text_field, wrapped_message};
use crate::panes::{Drawn, Role};

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
        let theme = scene.theme;
        let area = centered(scene.body, 76, 6);
        let inside = popup(buffer, area, self.control.name, "Enter sets it", theme);
        let at = text_field(buffer, inside, "› ", &self.input, theme);
        let below = Rect {
            y: inside.y + 1.min(inside.height),
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let (text, role) = match &self.problem {
            Some(problem) => (problem.as_str(), Role::Warning),
            None => (self.control.doc, Role::Muted),
        };
        wrapped_message(buffer, below, text, theme);
        buffer.set_style(below, theme.style(role));
        (at, Drawn::default())
    }
}
