//! The line in which a control's value is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::control;
use crate::panes::controls::{Control, text_of};
use crate::panes::widgets::{centered, fit, popup, put, text_field, wrapped_message};
use crate::panes::{Drawn, Role};

/// So many of the ways to go on are shown.
const OFFERED: usize = 6;

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
        let theme = scene.theme;
        let note = if self.offers.is_empty() {
            "Enter sets it"
        } else {
            "Tab completes it, Enter sets it"
        };
        let lines = self.offers.len().min(OFFERED) as u16;
        let area = centered(scene.body, 76, 6 + lines);
        let inside = popup(buffer, area, self.control.name, note, theme);
        let at = text_field(buffer, inside, "› ", &self.input, theme);
        for (n, offer) in self.offers.iter().take(usize::from(lines)).enumerate() {
            let style = theme.style(if n == 0 { Role::Key } else { Role::Muted });
            let text = fit(
                offer,
                usize::from(inside.width.saturating_sub(2)),
                theme.symbols().ellipsis,
            );
            put(
                buffer,
                inside,
                inside.x + 2,
                inside.y + 1 + n as u16,
                &theme.plain(&text),
                style,
            );
        }
        let above = (1 + lines).min(inside.height);
        let below = Rect {
            y: inside.y + above,
            height: inside.height - above,
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
