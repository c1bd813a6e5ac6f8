use ratatui::layout::Rect;

/// The rows that a filter left, by their place among all rows.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    All(usize),
    /// The rows at these places, ascending.
    Some(&'a [u32]),
}

impl Rows<'_> {
    /// How many are left.
    pub fn len(&self) -> usize {
        match self {
            Self::All(n) => *n,
            Self::Some(rows) => rows.len(),
        }
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row (of all rows) at position `at` among those left.
    pub fn get(&self, at: usize) -> Option<usize> {
        match self {
            Self::All(n) => (at < *n).then_some(at),
            Self::Some(rows) => rows.get(at).map(|r| *r as usize),
        }
    }

    /// The position among those left of a row.
    pub fn position(&self, row: usize) -> Option<usize> {
        match self {
            Self::All(n) => (row < *n).then_some(row),
            Self::Some(rows) => rows.binary_search(&(row as u32)).ok(),
        }
    }

    /// The rows at positions `first..first + height`, as (position, row).
    pub fn window(&self, first: usize, height: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let end = first.saturating_add(height).min(self.len());
        (first..end).filter_map(|at| self.get(at).map(|row| (at, row)))
    }
}

/// Where a pane put its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where rows stand, one line each, without headers. Empty for a pane without rows.
    pub rows: Rect,
    /// The position (among the visible rows) of the row on the first line of it.
    pub first: usize,
    /// Where each of the pane's controls stands; empty for one that has no room.
    pub controls: Vec<Rect>,
    /// How wide the bars of sliders are, at the right end of their places; 0 for as wide as those below a pane.
    pub bars: u16,
    /// Where the heads of columns stand, and which view of the pane each means.
    pub heads: Vec<(Rect, usize)>,
    /// Where a map stands that can be pointed at.
    pub plane: Rect,
}

/// What the mouse does on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointed {
    Press,
    /// The pointer moved with the button down.
    Drag,
}

impl Drawn {
    /// The position of the row under a point of the screen.
    pub fn row_at(&self, x: u16, y: u16) -> Option<usize> {
        let inside = self.rows.contains((x, y).into());
        inside.then(|| self.first + usize::from(y - self.rows.y))
    }
}

/// The first row to show in `height` lines so that the cursor is seen: as little moved from `offset` as possible, with a
/// line or two of context, and no empty space at the end while there is something to show.
pub fn first_row(offset: usize, cursor: usize, height: usize, len: usize) -> usize {
    if height == 0 || len <= height {
        return 0;
    }
    let cursor = cursor.min(len - 1);
    let context = (height.saturating_sub(1) / 2).min(2);
    let lowest = (cursor + 1 + context).saturating_sub(height);
    let highest = cursor.saturating_sub(context);
    offset.clamp(lowest.min(highest), highest.max(lowest)).min(len - height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_left_by_a_filter() {
        let rows = Rows::Some(&[2, 5, 9]);
        assert_eq!((rows.len(), rows.get(1), rows.get(3)), (3, Some(5), None));
        assert_eq!((rows.position(9), rows.position(3)), (Some(2), None));
        assert_eq!(rows.window(1, 5).collect::<Vec<_>>(), [(1, 5), (2, 9)]);
        assert_eq!(Rows::All(4).window(2, usize::MAX).collect::<Vec<_>>(), [(2, 2), (3, 3)]);
        assert!(Rows::All(0).is_empty());
    }

    #[test]
    fn the_window_moves_no_more_than_it_must() {
        // (offset, cursor, height, len) → first
        for (case, first) in [
            ((0, 0, 10, 100), 0),
            ((0, 7, 10, 100), 0),
            ((0, 8, 10, 100), 1),
            ((0, 99, 10, 100), 90),
            ((90, 91, 10, 100), 89),
            ((50, 20, 10, 100), 18),
            ((5, 3, 10, 8), 0),
            ((5, 3, 0, 8), 0),
            ((7, 3, 1, 8), 3),
            ((0, 500, 10, 100), 90),
        ] {
            let (offset, cursor, height, len) = case;
            assert_eq!(first_row(offset, cursor, height, len), first, "{case:?}");
        }
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_in_the_window(offset in 0usize..200, cursor in 0usize..120, height in 1usize..40, len in 1usize..120) {
            let first = first_row(offset, cursor, height, len);
            let cursor = cursor.min(len - 1);
            prop_assert!(first <= cursor && cursor < first + height);
            prop_assert!(first + height <= len || first == 0);
            prop_assert_eq!(first_row(first, cursor, height, len), first);
        }
    }

    #[test]
    fn points_find_rows() {
        let drawn = Drawn {
            rows: Rect::new(2, 3, 10, 4),
            first: 7,
            ..Drawn::default()
        };
        assert_eq!(drawn.row_at(2, 3), Some(7));
        assert_eq!(drawn.row_at(11, 6), Some(10));
        assert_eq!(
            (drawn.row_at(12, 3), drawn.row_at(2, 7), drawn.row_at(2, 2)),
            (None, None, None)
        );
    }
}
