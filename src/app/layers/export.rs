//! How to export the pane, or the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::action::{Cx, Effect, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::panes::widgets::{centered, cut, popup, put, put_right};
use crate::panes::{Drawn, Role};

/// The dialog.
struct Export;

/// Opens it.
pub fn open(cx: &mut Cx<'_>) {
    cx.open(Export);
}

impl Layer for Export {
    fn scope(&self) -> Scope {
        Scope::Export
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => Then::Close,
            Verb::Nth(format) => {
                // It is gone by the time the picture of the screen is taken.
                cx.effects.push(Effect::Export(format));
                Then::Close
            }
            _ => Then::Stay,
        }
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let options: Vec<_> = scene
            .offers
            .actions()
            .iter()
            .filter(|a| a.scope == Scope::Export)
            .collect();
        let area = centered(scene.body, 56, options.len() as u16 + 2);
        let title = format!("Export {}", scene.state.shared.pane.0.replace('_', " "));
        let inside = popup(buffer, area, &title, "", theme);
        for (n, action) in options.iter().enumerate().take(usize::from(inside.height)) {
            let y = inside.y + n as u16;
            let key = scene.offers.hint(action.id);
            put_right(buffer, inside, inside.x + 5, y, &key, theme.style(Role::Key));
            put(
                buffer,
                inside,
                inside.x + 7,
                y,
                cut(action.title, 16),
                theme.style(Role::Text),
            );
            put(buffer, inside, inside.x + 24, y, action.doc, theme.style(Role::Muted));
        }
        (None, Drawn::default())
    }
}
