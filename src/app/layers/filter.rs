//! `/`: only the rows of a pane that contain what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use tui_input::Input;

use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::cursor;
use crate::panes::widgets::text_field;
use crate::panes::{Drawn, PaneId};

/// The filter of a pane.
struct Filter {
    pane: PaneId,
    input: Input,
}

/// Opens it on the pane with the keyboard.
pub fn open(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let input = Input::new(cx.state.shared.memory(pane).filter);
    cx.open(Filter { pane, input });
}

impl Layer for Filter {
    fn scope(&self) -> Scope {
        Scope::List
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => {
                cx.state.shared.memory_mut(self.pane).filter.clear();
                Then::Close
            }
            Verb::Accept => Then::Close,
            Verb::Move(motion) => {
                cursor::step(cx, motion);
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, cx: &mut Cx<'_>) {
        self.input
            .value()
            .clone_into(&mut cx.state.shared.memory_mut(self.pane).filter);
    }

    fn is_line(&self) -> bool {
        true
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let at = text_field(buffer, scene.line, "/ ", &self.input, scene.theme);
        (at, Drawn::default())
    }
}
