//! The pieces that panes are drawn from. All take any area, 0×0 included, and write only inside it.

mod bars;
mod braille;
mod chart;
mod field;
mod figures;
mod frame;
mod lines;
mod named;
mod number;
mod shade;
mod table;
mod text;
mod thin;
mod tree;

pub use bars::{Extent, gauge, parted_bar, stacked_bar, upright_bars};
pub use braille::Braille;
pub use chart::{Axis, Curve, LineChart, Plane};
pub use field::text_field;
pub use figures::{Figures, average};
pub use frame::{Joints, beside, centered, message, pane_border, pane_frame, pane_title, popup, wrapped_message};
pub use lines::{Pen, Spans, flow, spans_width, to_ascii, wrap};
pub use named::{entity_key, name_of};
pub use number::{NONE, compact, percent, plural, quantity, score, short, signed, thousands};
pub use shade::{reach, shade_of, shades};
pub use table::{Column, Content, draw_table, highlighted, spans_in};
pub use text::{buffer_lines, cut, fit, put, put_right, width};
pub use thin::{bar_cell, thin_bar};
pub use tree::{Folds, TreeRow, tree_rows};
