//! What lies on top of the panes: one struct a file. A layer says what it draws, what keys mean to it, and what becomes of it;
//! it is opened by a row of the registry.

mod completion;
pub mod editor;
pub mod export;
pub mod filter;
mod line;
pub mod models;
mod page;
pub mod palette;
pub mod picker;
pub mod rating;
pub mod reading;
pub mod script;
pub mod work;

use ratatui::layout::Rect;

use crate::panes::Drawn;

/// How far a page of a list goes.
const PAGE: usize = 10;

/// Where rows went: as many lines of `list` as there are rows from `first` on.
fn rows_at(list: Rect, rows: usize, first: usize) -> Drawn {
    let height = rows.saturating_sub(first).min(usize::from(list.height)) as u16;
    Drawn {
        rows: Rect { height, ..list },
        first,
        ..Drawn::default()
    }
}

#[cfg(test)]
mod tests;
