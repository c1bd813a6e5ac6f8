use super::*;
use crate::screens::SCREENS;
use proptest::prelude::*;

fn lay(width: u16, height: u16, focused: usize, zoomed: bool) -> Result<Layout, TooSmall> {
    lay_out(
        Rect::new(0, 0, width, height),
        SCREENS[0],
        focused,
        zoomed,
        &Sizes::new(),
    )
}

#[test]
fn at_120_by_40_three_columns_and_two_rows() {
    let layout = lay(120, 40, 0, false).unwrap();
    assert_eq!((layout.header.y, layout.selection.y, layout.hints.y), (0, 1, 39));
    assert_eq!(layout.body, Rect::new(0, 2, 120, 37));
    let areas: Vec<Rect> = layout.panes.iter().map(|p| p.area).collect();
    assert_eq!(areas[0], Rect::new(0, 2, 33, 22));
    assert_eq!(areas[3], Rect::new(0, 23, 33, 16));
    assert_eq!(areas[5].right(), 120);
    assert_eq!(areas[5].bottom(), 39);
    assert_eq!(
        (layout.panes[0].joins_above, layout.panes[0].joins_below),
        (false, true)
    );
    assert_eq!(
        (layout.panes[3].joins_above, layout.panes[3].joins_below),
        (true, false)
    );
}

#[test]
fn at_80_by_24_two_columns_and_at_200_by_60_everything_is_used() {
    let layout = lay(80, 24, 0, false).unwrap();
    assert_eq!(layout.panes.len(), 6);
    assert!(
        layout.panes.iter().all(|p| p.area.height >= 5 && p.area.width >= 30),
        "{layout:?}"
    );
    let layout = lay(200, 60, 0, false).unwrap();
    let (right, bottom) = (
        layout.panes.iter().map(|p| p.area.right()).max(),
        layout.panes.iter().map(|p| p.area.bottom()).max(),
    );
    assert_eq!((right, bottom), (Some(200), Some(59)));
}

#[test]
fn a_page_of_many_panes_is_that_of_the_keyboard() {
    let cold = SCREENS.iter().find(|s| s.digit == '6').unwrap();
    let mut seen = Vec::new();
    for pane in 0..cold.panes.len() {
        let layout = lay_out(Rect::new(0, 0, 80, 24), cold, pane, false, &Sizes::new()).unwrap();
        assert_eq!((layout.crumbs.height, layout.body.height), (1, 20));
        assert!(layout.panes.iter().any(|p| p.pane == pane));
        assert!(layout.panes.iter().all(|p| p.area.height >= 8), "{layout:?}");
        let shown: Vec<usize> = layout.panes.iter().map(|p| p.pane).collect();
        if !seen.contains(&shown) {
            seen.push(shown);
        }
    }
    // Every pane is on one page, and the rows of different pages are resized apart.
    let mut all: Vec<usize> = seen.iter().flatten().copied().collect();
    all.sort_unstable();
    assert_eq!((seen.len(), all), (3, (0..cold.panes.len()).collect()));
    let rows = [0, 1, 3, 5, 6].map(|pane| grid_position(cold, Form::Medium, pane).unwrap().0);
    assert_eq!(rows, [0, 1, 2, 3, 4]);
}

#[test]
fn small_screens_show_one_pane_and_tiny_ones_none() {
    for (width, height) in [(79, 24), (80, 23), (30, 8), (28, 7)] {
        let layout = lay(width, height, 2, false).unwrap();
        assert_eq!(layout.panes.len(), 1, "{width}×{height}");
        assert_eq!(layout.panes[0].pane, 2);
        assert_eq!(layout.crumbs.height, 1);
        assert_eq!(layout.panes[0].area.bottom(), height - 1);
    }
    for (width, height) in [(27, 40), (200, 6), (1, 1), (0, 0)] {
        assert_eq!(lay(width, height, 0, false), Err(TooSmall));
    }
}

#[test]
fn a_zoomed_pane_has_everything() {
    let layout = lay(120, 40, 4, true).unwrap();
    assert_eq!(layout.panes.len(), 1);
    assert_eq!(
        (layout.panes[0].pane, layout.panes[0].area),
        (4, Rect::new(0, 3, 120, 36))
    );
}

#[test]
fn panes_grow_at_the_cost_of_their_neighbors() {
    let screen = SCREENS[0];
    let area = Rect::new(0, 0, 120, 40);
    let before = lay_out(area, screen, 0, false, &Sizes::new()).unwrap();
    let mut sizes = Sizes::new();
    sizes.insert(size_key(screen, Form::Wide, "column", 0), 6);
    sizes.insert(size_key(screen, Form::Wide, "row", 1), -3);
    let after = lay_out(area, screen, 0, false, &sizes).unwrap();
    let width = |l: &Layout, n: usize| l.panes[n].area.width;
    assert_eq!(width(&after, 0), width(&before, 0) + 6);
    assert_eq!(width(&after, 1), width(&before, 1) - 6);
    assert_eq!(width(&after, 2), width(&before, 2));
    assert_eq!(after.panes[3].area.height, before.panes[3].area.height - 3);
    assert_eq!(grid_position(screen, Form::Wide, 4), Some((1, 1)));
    assert_eq!(grid_position(screen, Form::Single, 4), None);
}

#[test]
fn points_find_panes() {
    let layout = lay(120, 40, 0, false).unwrap();
    assert_eq!(pane_at(&layout, 0, 2), Some(0));
    assert_eq!(pane_at(&layout, 119, 38), Some(5));
    // The border that two rows share belongs to the lower pane, whose title stands on it.
    assert_eq!(pane_at(&layout, 5, 23), Some(3));
    assert_eq!(pane_at(&layout, 5, 0), None);
    assert_eq!(
        (pane_beside(&layout, 0, true), pane_beside(&layout, 0, false)),
        (Some(1), None)
    );
    assert_eq!(
        (pane_beside(&layout, 5, false), pane_beside(&layout, 4, true)),
        (Some(4), Some(5))
    );
}

proptest! {
    #[test]
    fn panes_tile_the_body_whatever_the_sizes(
        width in 28u16..260, height in 7u16..80, deltas in proptest::collection::vec(-60i16..60, 12), zoomed in any::<bool>(), focused in 0usize..8,
    ) {
        let screen = SCREENS[if focused.is_multiple_of(2) { 0 } else { 5 }];
        let mut sizes = Sizes::new();
        for (n, delta) in deltas.iter().enumerate() {
            let form = if n < 6 { Form::Wide } else { Form::Medium };
            sizes.insert(size_key(screen, form, if n % 2 == 0 { "row" } else { "column" }, n % 6 / 2), *delta);
        }
        let layout = lay_out(Rect::new(0, 0, width, height), screen, focused, zoomed, &sizes).unwrap();
        prop_assert!(layout.panes.iter().any(|p| p.pane == focused.min(screen.panes.len() - 1)) || focused >= screen.panes.len());
        for y in layout.body.top()..layout.body.bottom() {
            for x in layout.body.left()..layout.body.right() {
                let n = layout.panes.iter().filter(|p| p.area.contains((x, y).into())).count();
                prop_assert!((1..=2).contains(&n), "({x}, {y}) is in {n} panes: {layout:?}");
            }
        }
        prop_assert!(layout.panes.iter().all(|p| p.area.intersection(layout.body) == p.area));
    }
}
