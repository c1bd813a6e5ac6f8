//! The box in which a line is typed: a sentence below it says what it takes, or what is wrong with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::app::action::Scene;
use crate::panes::widgets::{centered, fit, popup, put, text_field, wrapped_message};
use crate::panes::{Drawn, Role};

/// So many of the ways to go on are shown.
const OFFERED: usize = 6;

/// A line on its way.
pub struct Line<'a> {
    pub title: &'a str,
    /// What Enter does.
    pub hint: &'a str,
    pub input: &'a Input,
    /// What it may become, the likeliest first.
    pub offers: &'a [String],
    /// What can be typed.
    pub help: &'a str,
    /// What is wrong with what was typed; stands in place of the help.
    pub problem: Option<&'a str>,
}

impl Line<'_> {
    /// Draws it over the panes; says where the terminal's cursor stands.
    pub fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let lines = self.offers.len().min(OFFERED) as u16;
        let area = centered(scene.body, 76, 6 + lines);
        let inside = popup(buffer, area, &theme.plain(self.title), self.hint, theme);
        let at = text_field(buffer, inside, &theme.plain("› "), self.input, theme);
        for (n, offer) in self.offers.iter().take(usize::from(lines)).enumerate() {
            let style = theme.style(if n == 0 { Role::Key } else { Role::Muted });
            let text = fit(
                offer,
                usize::from(inside.width.saturating_sub(2)),
                theme.symbols().ellipsis,
            );
            let y = inside.y + 1 + n as u16;
            put(buffer, inside, inside.x + 2, y, &theme.plain(&text), style);
        }
        let above = (1 + lines).min(inside.height);
        let below = Rect {
            y: inside.y + above,
            height: inside.height - above,
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
