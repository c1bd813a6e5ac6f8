//! Batch and real time: what a production system computes at night, keeps in a store, and decides anew for every request.
//!
//! ```text
//! data ─► sources ─► union ─► store ─┬─► seen ─► session ─► drop, boost ─► diversity ─► slot ─► pin, cap, min ─► list
//!                          (a build) │                                                                          │
//!                                    └─ similarities, catalog, popularity (the fallback)        events ◄────────┘
//! ```
//!
//! 1. A [`Plan`], written in TOML: sources with quotas, the formula that ranks, the session's weights, diversity, rules.
//! 2. [`build`](batch::build) computes candidates of all users and streams them into a [`Store`](store::Store).
//! 3. A [`Server`] answers [`Request`]s from the store alone, stage by stage, with a trace.
//! 4. [`follow`] takes in events as they come.

pub mod batch;
#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod bundle_tests;
mod catalog;
mod condition;
mod course;
mod diversity;
pub mod events;
#[cfg(test)]
mod fallback_tests;
pub mod fault;
mod fetch;
pub mod follow;
mod manifest;
mod placing;
mod plan;
mod request;
pub mod retrieval;
mod rules;
#[cfg(test)]
mod rules_tests;
mod server;
pub mod session;
mod slot;
mod stages;
pub mod store;
mod stored;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_common;
mod why_not;

pub use catalog::Catalog;
pub use condition::Condition;
pub use diversity::{Diversity, Method, calibrated, mmr, xquad};
pub use manifest::{DataName, Manifest, SourceName};
pub use plan::{DEFAULT_PLAN, Plan, PlanError, SourcePlan};
pub use request::{
    Detail, Dropped, Fallback, Lever, Listed, Lost, Request, Response, RuleReport, Share, StageReport, Way,
};
pub use rules::{Rule, RuleKind};
pub use server::Server;
pub use session::{Act, SessionEvent, SessionPlan};
pub use stored::StoredLists;
