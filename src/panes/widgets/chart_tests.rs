use super::*;
use proptest::prelude::*;

fn text(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        (area.left()..area.right())
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (area.top()..area.bottom())
        .map(|y| line(y).trim_end().to_owned())
        .collect()
}

#[test]
fn a_flat_line_says_why() {
    let drawn = |points: &[(f64, f64)]| {
        let area = Rect::new(0, 0, 40, 9);
        let mut buffer = Buffer::empty(area);
        let curves = [Curve {
            name: "",
            points,
            series: 0,
        }];
        let y = Axis {
            flat: "nothing was lost",
            ..Axis::default()
        };
        LineChart {
            x: Axis::default(),
            y,
            curves: &curves,
        }
        .draw(&mut buffer, area, &Theme::default());
        text(&buffer).join("\n")
    };
    assert!(drawn(&[(1.0, 0.0), (9.0, 0.0)]).contains("nothing was lost"));
    assert!(!drawn(&[(1.0, 0.0), (9.0, 0.5)]).contains("nothing was lost"));
}

fn chart(points: &[(f64, f64)], logarithmic: bool, area: Rect) -> Vec<String> {
    let mut buffer = Buffer::empty(area);
    let curves = [Curve {
        name: "ucb1",
        points,
        series: 0,
    }];
    let x = Axis {
        label: "step",
        logarithmic,
        ..Axis::default()
    };
    let y = Axis {
        label: "regret",
        ..Axis::default()
    };
    LineChart { x, y, curves: &curves }.draw(&mut buffer, area, &Theme::default());
    text(&buffer)
}

#[test]
fn a_straight_line_rises_from_corner_to_corner() {
    let drawn = chart(&[(0.0, 0.0), (10.0, 10.0)], false, Rect::new(0, 0, 21, 5));
    let expected = [
        "    10           ⢀⡠⠔●",
        "              ⣀⠤⠊⠁",
        "regret    ⢀⡠⠒⠉",
        "     0 ⡠⠔⠊⠁",
        "       0   step    10",
    ];
    assert_eq!(drawn, expected);
}

#[test]
fn decades_take_equal_space() {
    // y grows by one a decade: a straight line over a logarithmic axis.
    let decades: Vec<(f64, f64)> = (0..5).map(|d| (10f64.powi(d), f64::from(d))).collect();
    let plain: Vec<(f64, f64)> = (0..5).map(|d| (f64::from(d), f64::from(d))).collect();
    let area = Rect::new(0, 0, 30, 8);
    let (a, b) = (chart(&decades, true, area), chart(&plain, false, area));
    assert_eq!(a[..7], b[..7]);
    assert_ne!(a[7], b[7]);
    // What a logarithm cannot place is left out.
    let with_zero: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(decades).collect();
    assert_eq!(chart(&with_zero, true, area), a);
}

#[test]
fn planes_find_cells_and_points_again() {
    let area = Rect::new(3, 2, 20, 10);
    let plane = Plane::around([(-1.0, -2.0), (1.0, 2.0), (f64::NAN, 9.0)], (0.0, 0.0), 1.0, area);
    for x in area.left()..area.right() {
        for y in area.top()..area.bottom() {
            assert_eq!(plane.cell(point(&plane, x, y)), Some((x, y)));
        }
    }
    assert_eq!(plane.cell((1.0, 2.0)), Some((22, 2)));
    assert_eq!(plane.cell((5.0, 0.0)), None);
    let near = Plane::around([(-1.0, -2.0), (1.0, 2.0)], (0.25, 0.0), 4.0, area);
    assert!((near.x.1 - near.x.0 - 2.08 / 4.0).abs() < 1e-12);
    assert!((f64::midpoint(near.x.0, near.x.1) - 0.52).abs() < 1e-12);
}

#[test]
fn degenerate_data_still_has_a_plane() {
    for points in [
        vec![],
        vec![(3.0, 3.0)],
        vec![(0.0, 0.0); 2],
        vec![(f64::NAN, 1.0)],
        vec![(1e308, -1e308), (-1e308, 1e308)],
    ] {
        let plane = Plane::around(points.clone(), (f64::NAN, 0.0), 0.0, Rect::new(0, 0, 4, 4));
        assert!(plane.x.0 < plane.x.1 && plane.y.0 < plane.y.1, "{points:?} {plane:?}");
        chart(&points, false, Rect::new(0, 0, 20, 6));
    }
}

proptest! {
    #[test]
    fn any_curve_in_any_area(points in proptest::collection::vec(any::<(f64, f64)>(), 0..6), w in 0u16..30, h in 0u16..9, log in any::<bool>()) {
        chart(&points, log, Rect::new(0, 0, w, h));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 5));
        let plane = Plane::around(points.iter().copied(), (0.1, 0.0), 2.0, Rect::new(5, 3, w, h));
        plane.scatter(&mut buffer, points.iter().map(|p| (*p, 0, Style::new())), &Theme::default());
    }
}

/// The point of the data in the middle of a cell.
fn point(plane: &Plane, x: u16, y: u16) -> (f64, f64) {
    let share = |at: u16, start: u16, cells: u16| (f64::from(at) - f64::from(start) + 0.5) / f64::from(cells.max(1));
    let across = share(x, plane.area.x, plane.area.width);
    let down = share(y, plane.area.y, plane.area.height);
    (
        plane.x.0 + across * (plane.x.1 - plane.x.0),
        plane.y.1 - down * (plane.y.1 - plane.y.0),
    )
}
