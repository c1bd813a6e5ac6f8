//! recscope
pub mod answers;
pub mod data;
pub mod engine;
pub mod models;
pub mod panes;
pub mod task;
