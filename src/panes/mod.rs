//! Answers become cells. One folder a pane: what it asks, what it draws, which rows its cursor walks over, what it exports,
//! its own actions, its tests.
//!
//! A pane is a unit struct that implements [`Ask`] (what it asks) and [`Pane`] (how that is drawn), and stands in [`PANES`]
//! by one line; its snapshots show what it looks like. It holds nothing: everything it may depend on comes in through [`PaneInput`], so that a frame is a function
//! of its inputs. The frame around a pane (border, title, phase, staleness mark, folding when it is too small) is drawn by
//! `app`; a pane gets the area inside and may be handed any area, 0×0 included.

pub mod answer;
mod ask;
mod background;
pub mod because;
pub mod before_after;
pub mod brings;
pub mod changes;
pub mod co_rated;
pub mod cold_start;
pub mod controls;
pub mod data;
pub mod decisions;
pub mod edits;
pub mod experiment;
pub mod factors;
pub mod heat;
pub mod hybrid;
pub mod interleaving;
pub mod leaderboard;
pub mod learning;
pub mod lesson;
pub mod measures;
pub mod neighborhood;
pub mod neighbors;
pub mod new_item;
pub mod newcomer;
pub mod nightly;
pub mod off_policy;
mod once;
pub mod peeking;
pub mod pitfall;
pub mod policies;
pub mod power;
pub mod profile;
pub mod questions;
pub mod rank_flow;
pub mod recommendations;
pub mod request;
pub mod reranked;
pub mod retrieval;
pub mod sequential;
pub mod simulator;
pub mod slices;
pub mod strategies;
pub mod theme;
pub mod tradeoff;
pub mod tune;
pub mod tuning;
pub mod users;
pub mod why;
pub mod widgets;

mod export;
mod pane;
mod registry;
mod rows;
mod selection;
mod shared;
mod slot;
#[cfg(test)]
mod tests_common;

pub use ask::{Ask, Compute, Job, Setting, Source};
use export::cells;
pub use export::{Cell, Export};
pub use pane::{Message, Pane, PaneInput};
pub use registry::{PANES, PaneSpec, spec};
pub use rows::{Drawn, Pointed, Rows, first_row};
pub use selection::{Beside, PaneId, PaneState, Selection, Target};
pub use shared::{ActionRow, Facts, Leads, Picks, Shared, Visit, Wish};
pub use slot::{Inside, Slot, Standing};
pub use theme::{Role, Theme, ThemeName};
