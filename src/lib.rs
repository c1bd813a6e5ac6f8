//! recscope, a terminal explorer for recommender systems: the guided tour.
//!
//! ```text
//! files ─► data ─► models ─┬─► answers ─┬─► engine (background) ─► panes ─► screens ─► app ─► terminal
//!            │             │            │
//!            └─► explain, bandit,       └─► cli (the same answers as text, JSON, CSV)
//!                evaluate, experiment, latent, pipeline
//! ```
//!
//! From the bottom up, each folder using only those before it:
//!
//! 1. [`task`]: what any long work is handed: cancellation, progress, a thread pool.
//! 2. [`cache`]: what took long to make, kept on disk and trusted only where every checksum is right.
//! 3. [`data`]: files become an immutable [`data::Dataset`] in both orientations; what-if [`data::Edits`] lie over it.
//! 4. [`models`]: a dataset becomes a fitted [`models::Recommender`] that scores a [`models::Profile`] and explains every
//!    score by an [`models::Explanation`] whose parts sum to it. Models are combined by a [`models::Formula`].
//! 5. [`explain`]: counterfactual explanations: the smallest set of ratings whose removal takes an item out of the list,
//!    why another is not in it, the difference of two explanations.
//! 6. [`bandit`]: arms and policies, simulated step by step and at large: regret, pulls, posteriors; and from a log what
//!    another policy would have earned.
//! 7. [`evaluate`]: models fitted to the training part of a split and measured on the rest: an
//!    [`evaluate::Evaluation`], checked against published tables.
//! 8. [`experiment`]: A/B tests: statistics, power, repeated looks, interleaving, and a simulator that knows the truth.
//! 9. [`latent`]: what factors mean and how far a map of them can be believed: probes, names, stability, rotations, trust.
//! 10. [`pipeline`]: what a production system computes at night and decides anew for every request: candidates in a store,
//!     sessions, rules, diversity, exploration; and what becomes of an answer when a part fails.
//! 11. [`answers`]: typed questions and typed answers, computed from an [`answers::World`]: what a pane shows and what the
//!     command line prints.
//! 12. [`engine`]: work in the background where only the newest question counts; answers are published as snapshots.
//! 13. [`cli`]: one file a sub-command; prints answers as text, JSON or CSV.
//! 14. [`panes`]: answers become cells. One folder a pane; themes, widgets and the [`panes::Pane`] interface beside them.
//! 15. [`screens`]: panes become screens. One folder a screen: which panes it has, how they stand, what can be done on it.
//! 16. [`app`]: events become actions, actions change the state, the panes answer the state and are drawn; and the terminal
//!     is left as it was found.
//!
//! To add a model, a pane, a screen or anything else is one file or folder and one registry line: CONTRIBUTING.md shows each.

pub mod answers;
pub mod app;
pub mod bandit;
pub mod cache;
pub mod cli;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod experiment;
pub mod explain;
pub mod latent;
pub mod models;
pub mod panes;
pub mod pipeline;
pub mod screens;
pub mod task;
