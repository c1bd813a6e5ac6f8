use super::*;
use proptest::prelude::*;

fn text(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        (area.left()..area.right())
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (area.top()..area.bottom()).map(line).collect()
}

fn draw(width: u16, height: u16, paint: impl Fn(&mut Buffer, Rect)) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    paint(&mut buffer, area);
    text(&buffer)
}

fn reach(below: f64, above: f64) -> Extent {
    Extent { below, above }
}

#[test]
fn signed_bars_start_at_zero() {
    let theme = Theme::default();
    for (value, scale, drawn) in [
        (4.0, reach(0.0, 4.0), "████████"),
        (2.0, reach(0.0, 4.0), "████    "),
        (1.25, reach(0.0, 4.0), "██▌     "),
        (0.0, reach(0.0, 4.0), "        "),
        (1.0, reach(2.0, 2.0), "    ██  "),
        (-1.0, reach(2.0, 2.0), "  ██    "),
        (-1.25, reach(2.0, 2.0), " ▐██    "),
        (-9.0, reach(2.0, 2.0), "████    "),
        (f64::NAN, reach(2.0, 2.0), "        "),
        (1.0, reach(0.0, 0.0), "        "),
    ] {
        assert_eq!(
            draw(8, 1, |b, a| stacked_bar(b, a, &[value], scale, &theme)),
            [drawn],
            "{value}"
        );
    }
}

#[test]
fn stacks_show_each_part_by_its_pattern() {
    let theme = Theme::default();
    for (parts, scale, drawn) in [
        (&[4.0, 3.0, 1.0][..], reach(0.0, 8.0), "████▓▓▓▒"),
        (&[4.0, 0.0, 1.0][..], reach(0.0, 8.0), "████▒   "),
        (&[2.0, -2.0, 1.0][..], reach(4.0, 4.0), "  ▓▓██▒ "),
        (&[2.5][..], reach(0.0, 8.0), "██▌     "),
        (&[2.0, 1.6][..], reach(0.0, 8.0), "██▓▓    "),
        (&[2.0, 1.4][..], reach(0.0, 8.0), "██▓     "),
        (&[][..], reach(0.0, 8.0), "        "),
    ] {
        assert_eq!(
            draw(8, 1, |b, a| stacked_bar(b, a, parts, scale, &theme)),
            [drawn],
            "{parts:?}"
        );
    }
    let ascii = Theme::default().ascii(true);
    let scale = reach(0.0, 8.0);
    assert_eq!(
        draw(8, 1, |b, a| stacked_bar(b, a, &[4.0, 3.0, 1.0], scale, &ascii)),
        ["####===-"]
    );
}

#[test]
fn reaches_hold_their_rows() {
    assert_eq!(Extent::of([1.0, -3.0, f64::NAN, 2.0]), reach(3.0, 2.0));
    assert_eq!(
        Extent::of_stacks([&[1.0, 2.0, -1.0][..], &[-2.0, f64::INFINITY, -2.0]]),
        reach(4.0, 3.0)
    );
}

#[test]
fn upright_bars_are_exact_to_an_eighth() {
    let theme = Theme::default();
    let bars = |values: &'static [f64], w, h| {
        draw(w, h, |b, a| {
            upright_bars(b, a, values, &theme, |_| Style::new());
        })
    };
    assert_eq!(bars(&[1.0, 2.0, 4.0, 0.0], 4, 2), ["  █ ", "▄██ "]);
    assert_eq!(bars(&[0.001, 8.0], 6, 1), ["▁▁ ██ "]);
    assert_eq!(bars(&[1.0, 1.0, 1.0], 2, 1), ["██"]);
    assert_eq!(bars(&[f64::NAN, -1.0], 4, 1), ["    "]);
}

proptest! {
    #[test]
    fn any_values_in_any_area_stay_inside(
        values in proptest::collection::vec(prop_oneof![any::<f64>(), -10.0..10.0f64], 0..9),
        x in 0u16..6, y in 0u16..4, w in 0u16..12, h in 0u16..5,
    ) {
        let mut buffer = Buffer::empty(Rect::new(1, 1, 8, 3));
        let theme = Theme::default();
        let area = Rect::new(x, y, w, h);
        let scale = Extent::of(values.iter().copied());
        stacked_bar(&mut buffer, area, &values, scale, &theme);
        upright_bars(&mut buffer, area, &values, &theme, |_| Style::new());
        for value in &values {
            gauge(&mut buffer, area, *value, &theme);
        }
        for py in 1..4 {
            for px in 1..9 {
                let inside = area.contains((px, py).into());
                prop_assert!(inside || buffer[(px, py)].symbol() == " ");
            }
        }
    }
}
