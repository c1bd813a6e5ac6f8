//! recscope, a terminal explorer for recommender systems: the guided tour.
//!
//! ```text
//! files ─► data ─► models ─► explain ─┐
//!                     │               ├─► answers ──► engine (background) ──► panes ─► app ─► terminal
//!                  bandit, evaluate   │      │
//!                     └───────────────┘      └──────► cli (the same answers as JSON, CSV, text)
//! ```
//!
//! From the bottom up, each folder using only those before it:
//!
//! 1. [`task`]: what any long work is handed: cancellation, progress, a thread pool.
//! 2. [`data`]: files become an immutable [`data::Dataset`] in both orientations; what-if [`data::Edits`] lie over it.
//! 3. [`models`]: a dataset becomes a fitted [`models::Recommender`] that scores a [`models::Profile`] and explains every
//!    score by an [`models::Explanation`] whose parts sum to it. Models are combined by a [`models::Formula`].
//! 4. [`evaluate`]: models fitted to the training part of a split and measured on the rest: an
//!    [`evaluate::Evaluation`], checked against published tables.
//! 5. [`answers`]: typed questions and typed answers, computed from an [`answers::World`]: what a pane shows and what the
//!    command line prints.
//!
//! To add a model, write one file with a [`models::ModelSpec`] and add one line to [`models::MODELS`]: it appears in the
//! model menu, in `--model`, in the help, in the README's table, and the contract tests run over it.

pub mod answers;
pub mod app;
pub mod bandit;
pub mod cli;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod models;
pub mod panes;
pub mod task;
