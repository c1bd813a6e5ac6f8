//! The box in which a line is typed: a sentence below it says what it takes, or what is wrong with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::app::action::Scene;
use crate::panes::widgets::{centered, popup, text_field, wrapped_message};
use crate::panes::{Drawn, Role};

/// A line on its way.
pub struct Line<'a> {
    pub title: &'a str,
    /// What Enter does.
    pub hint: &'a str,
    pub input: &'a Input,
    /// What can be typed.
    pub help: &'a str,
    /// What is wrong with what was typed; stands in place of the help.
    pub problem: Option<&'a str>,
}

impl Line<'_> {
    /// Draws it over the panes; says where the terminal's cursor stands.
    pub fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let area = centered(scene.body, 76, 6);
        let inside = popup(buffer, area, &theme.plain(self.title), self.hint, theme);
        let at = text_field(buffer, inside, &theme.plain("› "), self.input, theme);
        let below = Rect {
            y: inside.y + 1.min(inside.height),
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let (text, role) = match self.problem {
            Some(problem) => (problem, Role::Warning),
            None => (self.help, Role::Muted),
        };
        wrapped_message(buffer, below, text, theme);
        buffer.set_style(below, theme.style(role));
        (at, Drawn::default())
    }
}
