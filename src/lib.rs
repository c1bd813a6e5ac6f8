//! recscope
pub mod data;
pub mod models;
pub mod task;
