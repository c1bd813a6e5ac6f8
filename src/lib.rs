//! recscope
pub mod data;
pub mod task;
