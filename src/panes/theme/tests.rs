use super::*;
use ratatui::style::Modifier;

const ROLES: [Role; 20] = [
    Role::Text,
    Role::Muted,
    Role::Strong,
    Role::Title,
    Role::TitleFocused,
    Role::Border,
    Role::BorderFocused,
    Role::Selection,
    Role::SelectionUnfocused,
    Role::Match,
    Role::Stale,
    Role::Positive,
    Role::Negative,
    Role::Neutral,
    Role::Edited,
    Role::Warning,
    Role::Error,
    Role::Key,
    Role::Header,
    Role::Series(3),
];

#[test]
fn without_color_every_role_is_reset_and_the_cursor_still_shows() {
    for name in ThemeName::ALL {
        let theme = Theme::new(name, Depth::Mono);
        for role in ROLES {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (Some(Color::Reset), None), "{role:?}");
        }
        let cursor = theme.style(Role::Selection);
        assert!(cursor.add_modifier.contains(Modifier::REVERSED));
        assert_ne!(cursor, theme.style(Role::SelectionUnfocused));
    }
    assert_eq!(Theme::new(ThemeName::Mono, Depth::True).depth(), Depth::Mono);
}

#[test]
fn each_depth_only_uses_its_own_colors() {
    for name in [ThemeName::Dark, ThemeName::Light, ThemeName::ColorBlind] {
        for role in ROLES {
            for depth in [Depth::Ansi16, Depth::Ansi256, Depth::True] {
                let style = Theme::new(name, depth).style(role);
                for color in style.fg.into_iter().chain(style.bg) {
                    let fits = match depth {
                        Depth::Ansi256 => matches!(color, Color::Indexed(16..)),
                        Depth::True => matches!(color, Color::Rgb(..)),
                        _ => !matches!(color, Color::Indexed(_) | Color::Rgb(..)),
                    };
                    assert!(fits, "{name:?} {depth:?} {role:?} {color:?}");
                }
            }
        }
    }
}

#[test]
fn series_are_told_apart_by_color_and_by_pattern() {
    for name in [ThemeName::Dark, ThemeName::Light, ThemeName::ColorBlind] {
        let theme = Theme::new(name, Depth::True);
        for a in 0..8 {
            for b in a + 1..8 {
                assert_ne!(theme.style(Role::Series(a)), theme.style(Role::Series(b)));
                assert_ne!(theme.pattern(a), theme.pattern(b));
                assert_ne!(theme.marker(a), theme.marker(b));
                assert_ne!(
                    theme.clone().ascii(true).pattern(a),
                    theme.clone().ascii(true).pattern(b)
                );
            }
        }
    }
}

/// WCAG 2.1 relative luminance and contrast ratio.
fn contrast(a: Color, b: (u8, u8, u8)) -> f64 {
    let Color::Rgb(red, green, blue) = a else {
        return 21.0;
    };
    let luminance = |(r, g, b): (u8, u8, u8)| {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.03928 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    };
    let (x, y) = (luminance((red, green, blue)), luminance(b));
    (x.max(y) + 0.05) / (x.min(y) + 0.05)
}

#[test]
fn text_can_be_read_on_its_ground() {
    for name in [ThemeName::Dark, ThemeName::Light, ThemeName::ColorBlind] {
        let theme = Theme::new(name, Depth::True);
        for role in ROLES {
            let Some(color) = theme.style(role).fg else { continue };
            let least = if matches!(role, Role::Border) { 1.5 } else { 4.0 };
            let ratio = contrast(color, theme.ground().1);
            assert!(ratio >= least, "{name:?} {role:?}: {ratio:.1}");
        }
    }
}

#[test]
fn ascii_mode_draws_only_ascii() {
    let theme = Theme::default().ascii(true);
    let s = theme.symbols();
    let mut pieces: Vec<&str> = vec![s.ellipsis, s.cursor, s.dot, s.axis, s.times];
    pieces.extend(
        s.patterns
            .iter()
            .chain(&s.markers)
            .chain(&s.eighths_left)
            .chain(&s.eighths_up),
    );
    pieces.extend(s.tree.iter().chain(&s.moves).chain(&s.checks).chain(&s.frame));
    assert!(pieces.iter().all(|p| p.is_ascii()));
    assert_eq!(theme.plain("Amélie"), "Am?lie");
    assert_eq!(theme.plain("Why · −2 × “a”…"), "Why - -2 x \"a\".");
    assert_eq!(Theme::default().plain("Amélie"), "Amélie");
}

#[test]
fn names_are_found_again() {
    for name in ThemeName::ALL {
        assert_eq!(ThemeName::parse(name.name()), Some(name));
    }
    assert_eq!(ThemeName::parse("pink"), None);
    assert_eq!(ThemeName::Mono.next(), ThemeName::Dark);
}
