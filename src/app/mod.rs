//! The explorer: events become actions, actions change the state, the state asks and is drawn.
//!
//! ```text
//! terminal ─► events ─► keymap ─► update(state) ─► effects ─┐
//!     ▲                               │                     │
//!     └──── draw ◄── panes ◄── answers (lanes) ◄── explorer ◄┘
//! ```

pub mod actions;
mod appearance;
mod bandit;
mod board;
mod config;
mod draw;
mod editing;
mod evaluation;
mod events;
mod explorer;
mod fits;
mod keymap;
mod keys;
mod layout;
mod mouse;
mod opening;
mod overlays;
mod pacing;
mod questions;
mod run;
mod screens;
mod seen;
mod session;
mod slots;
mod snapshot;
mod state;
mod svg;
mod taking;
mod terminal;
#[cfg(test)]
mod testing;
mod update;
mod waiting;

pub use appearance::appearance;
pub use config::{Config, ConfigError};
pub use explorer::{Explorer, Options};
pub use run::{Ending, run};
pub use session::Sessions;
pub use snapshot::{Picture, Taken, TakenPane, snapshot, take_panes};
pub use terminal::NotATerminal;
pub use waiting::{Held, Opening, Waited};

pub use crate::panes::{ThemeName, theme::Depth};
#[cfg(unix)]
pub use terminal::die_of;

/// Debug builds panic at a place that `RECSCOPE_PANIC` names: how the tests see that a panic leaves the terminal as it was.
fn panic_if_asked(place: &str) {
    let asked = cfg!(debug_assertions) && std::env::var("RECSCOPE_PANIC").is_ok_and(|wanted| wanted == place);
    assert!(!asked, "as asked by RECSCOPE_PANIC");
}
