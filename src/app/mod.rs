//! The explorer: events become actions, actions change the state, the state asks and is drawn.
//!
//! ```text
//! terminal ─► events ─► keymap ─► update(state) ─► effects ─┐
//!     ▲                               │                     │
//!     └──── draw ◄── panes ◄── answers (lanes) ◄── runtime ◄┘
//! ```

pub mod actions;
pub mod config;
mod editing;
mod events;
mod keymap;
mod keys;
mod layout;
mod overlays;
mod pacing;
mod screens;
pub mod session;
mod state;
mod terminal;
mod update;
