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
    /// What the line may become, the likeliest first.
    offers: Vec<String>,
}

/// Opens it on the control with the keyboard.
pub fn open(cx: &mut Cx<'_>) {
    let Some(control) = control::focused(cx) else { return };
    let value = control.value(&cx.state.shared.values(cx.state.shared.pane));
    let input = Input::new(text_of(&value));
    cx.open(Editor {
        offers: control.completions(cx.world, input.value()),
        input,
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
            Verb::Complete => {
                if let Some(offer) = self.offers.first() {
                    self.input = Input::new(offer.clone());
                    self.typed(cx);
                }
            }
            _ => {}
        }
        Then::Stay
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, cx: &mut Cx<'_>) {
        self.problem = self.control.parse(self.input.value()).err();
        self.offers = self.control.completions(cx.world, self.input.value());
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let line = Line {
            title: self.control.name,
            hint: if self.offers.is_empty() {
                "Enter sets it"
            } else {
                "Tab completes it, Enter sets it"
            },
            input: &self.input,
            offers: &self.offers,
            help: self.control.doc,
            problem: self.problem.as_deref(),
        };
        line.draw(scene, buffer)
    }
}
