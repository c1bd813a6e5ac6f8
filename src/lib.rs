//! recscope
pub mod answers;
pub mod data;
pub mod models;
pub mod panes;
pub mod task;
