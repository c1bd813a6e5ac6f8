//! The explorer: events become actions, actions change the state, the state asks and is drawn.
//!
//! ```text
//! terminal ─► events ─► keymap, mouse ─► actions ─► update (verbs, layers) ─► state, effects ─┐
//!     ▲                                                                    │
//!     └──── draw ◄── panes, layers ◄── answers (slots) ◄── explorer ◄──────┘
//! ```
//!
//! It knows no screen, no pane and no layer by name: panes stand in [`crate::panes::PANES`], screens in
//! [`crate::screens::SCREENS`], what can be done in the registry.

mod action;
mod appearance;
mod config;
mod draw;
#[cfg(test)]
mod evaluate_tests;
mod events;
mod explorer;
mod fits;
#[cfg(test)]
mod fits_tests;
#[cfg(test)]
mod hybrid_tests;
mod keymap;
mod keys;
mod layers;
mod layout;
mod mouse;
#[cfg(test)]
mod neighbors_tests;
mod opening;
mod pacing;
mod places;
mod registry;
mod reopening;
mod run;
mod scope;
mod session;
mod snapshot;
mod state;
mod svg;
mod taking;
mod terminal;
#[cfg(test)]
mod tests_common;
mod update;
mod verbs;
mod waiting;
mod wishes;

pub use appearance::appearance;
pub use config::{Config, ConfigError};
pub use explorer::{Explorer, Options};
pub use registry::keys_markdown;
pub use reopening::Reader;
pub use run::{Ending, run};
pub use session::Sessions;
pub use snapshot::{Picture, Taken, TakenPane, snapshot, take_panes};
pub use terminal::NotATerminal;
pub use waiting::{Held, Opening, Waited};

pub use crate::panes::{ThemeName, theme::Depth};
#[cfg(unix)]
pub use terminal::die_of;
#[cfg(test)]
mod cold_start_tests;
#[cfg(test)]
mod what_if_tests;
