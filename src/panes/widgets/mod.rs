//! The pieces that panes are drawn from. All take any area, 0×0 included, and write only inside it.

mod text;

pub use text::{fit, put, put_right, width};
