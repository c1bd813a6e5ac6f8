//! Answers become cells. One folder a pane: what it asks, what it draws, which rows its cursor walks over, what it exports,
//! its own actions, its tests.
//!
//! A pane is a unit struct that implements [`Ask`] (what it asks) and [`Pane`] (how that is drawn), and stands in [`PANES`]
//! by one line. It holds nothing: everything it may depend on comes in through [`PaneInput`], so that a frame is a function
//! of its inputs. The frame around a pane (border, title, phase, staleness mark, folding when it is too small) is drawn by
//! `app`; a pane gets the area inside and may be handed any area, 0×0 included.

mod ask;
pub mod cold_start;
pub mod controls;
pub mod data;
pub mod factors;
pub mod leaderboard;
pub mod lesson;
pub mod neighbors;
pub mod profile;
pub mod recommendations;
pub mod theme;
pub mod users;
pub mod why;
pub mod widgets;

mod export;
mod pane;
mod rows;
mod selection;
mod shared;
mod slot;
#[cfg(test)]
mod testing;

pub use ask::{Ask, Compute, Job, Setting, Source};
pub use export::{Cell, Export};
pub use pane::{Pane, PaneInput};
pub use rows::{Drawn, Rows, first_row};
pub use selection::{PaneId, PaneState, Selection, Target};
pub use shared::{ActionRow, Facts, Leads, Shared, Visit};
pub use slot::{Inside, Slot, Standing};
pub use theme::{Role, Theme, ThemeName};

/// A pane in the registry.
pub struct PaneSpec {
    /// Its name.
    pub id: PaneId,
    /// What its cursor sets, where it sets something.
    pub leads: Option<Leads>,
    /// It starts at the top when the subject or the model changes.
    pub is_about_subject: bool,
    /// Its own actions.
    pub actions: &'static [ActionRow],
    /// Brings what is shared in line with it.
    pub settle: fn(&mut Shared),
    /// Opens it.
    pub open: fn(&Setting<'_>) -> Box<dyn Slot>,
}

impl PaneSpec {
    const fn of<P: Pane + Default>() -> Self {
        Self {
            id: P::ID,
            leads: P::LEADS,
            is_about_subject: P::IS_ABOUT_SUBJECT,
            actions: P::ACTIONS,
            settle: P::settle,
            open: slot::open::<P>,
        }
    }
}

/// The registry: one line a pane.
pub static PANES: &[PaneSpec] = &[
    PaneSpec::of::<profile::Profile>(),
    PaneSpec::of::<recommendations::Recommendations>(),
    PaneSpec::of::<why::Why>(),
    PaneSpec::of::<neighbors::Neighbors>(),
    PaneSpec::of::<factors::Factors>(),
    PaneSpec::of::<cold_start::ColdStart>(),
    PaneSpec::of::<leaderboard::Leaderboard>(),
    PaneSpec::of::<lesson::Lesson>(),
    PaneSpec::of::<users::Users>(),
    PaneSpec::of::<data::Data>(),
];

/// The pane of this name.
pub fn spec(id: PaneId) -> Option<&'static PaneSpec> {
    PANES.iter().find(|s| s.id == id)
}
