pub use crate::answers::text::{percent, plural, thousands};

/// What is shown where there is no number.
pub const NONE: &str = "–";

/// A score in three decimals as people read it fastest: `.871`, `-.021`, `3.412`, `1,234`; [`NONE`] for what is not finite.
pub fn score(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    if value.abs() >= 999.9995 {
        return thousands_signed(value.round());
    }
    let decimals = if value.abs() >= 99.9995 { 1 } else { 3 };
    let text = format!("{value:.decimals$}");
    let text = text.strip_prefix("-0.").map_or_else(
        || {
            text.strip_prefix("0.")
                .map_or_else(|| text.clone(), |rest| format!(".{rest}"))
        },
        |rest| format!("-.{rest}"),
    );
    if text.trim_start_matches(['-', '.']).trim_matches('0').is_empty() {
        return if value == 0.0 { "0".to_owned() } else { tiny(value) };
    }
    text
}

/// A number too small for three decimals, in scientific notation.
fn tiny(value: f64) -> String {
    format!("{value:.0e}")
}

/// As [`score`], always with its sign: `+.021`, `-.310`; `0` stays bare.
pub fn signed(value: f64) -> String {
    let text = score(value);
    if value > 0.0 && value.is_finite() {
        format!("+{text}")
    } else {
        text
    }
}

/// A number with up to two decimals, none that say nothing: `4`, `3.5`, `3.75`.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn thousands_signed(value: f64) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:.3e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", thousands(value.abs() as u64))
}

/// How often or how much, in at most six characters: `260`, `13.9k`, `353k`, `1.25M`; of small amounts two decimals.
pub fn quantity(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let size = value.abs();
    if size < 9999.5 {
        let rounded = if size < 100.0 {
            (value * 100.0).round() / 100.0
        } else {
            value.round()
        };
        return if size < 1000.0 {
            short(rounded)
        } else {
            thousands_signed(rounded)
        };
    }
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    // What rounds to a thousand is one of the next unit.
    let unit = units.into_iter().find(|(unit, _)| size >= 0.9995 * unit);
    let (unit, suffix) = unit.unwrap_or((1.0, ""));
    let scaled = value / unit;
    let decimals = match scaled.abs() {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        _ => 2,
    };
    if scaled.abs() >= 9999.5 {
        return format!("{value:.2e}");
    }
    format!("{scaled:.decimals$}{suffix}")
}

/// A count in at most four or five characters: `943`, `1.7k`, `25M`.
pub fn compact(count: u64) -> String {
    for (unit, suffix) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if count >= unit {
            let tenths = (count as f64 / unit as f64 * 10.0).round() / 10.0;
            return if tenths >= 10.0 {
                format!("{tenths:.0}{suffix}")
            } else {
                format!("{}{suffix}", short(tenths))
            };
        }
    }
    count.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        for (value, text) in [
            (0.871, ".871"),
            (-0.021, "-.021"),
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1.000"),
            (3.41249, "3.412"),
            (123.456, "123.5"),
            (1234.4, "1,234"),
            (-20_000.0, "-20,000"),
            (0.0004, "4e-4"),
            (1e20, "1.000e20"),
            (f64::NAN, NONE),
            (f64::INFINITY, NONE),
        ] {
            assert_eq!(score(value), text, "{value}");
        }
        assert_eq!(
            (signed(0.5), signed(-0.5), signed(0.0)),
            ("+.500".into(), "-.500".into(), "0".into())
        );
    }

    #[test]
    fn quantities_are_short_whatever_their_size() {
        let texts = [
            (0.0, "0"),
            (0.25, "0.25"),
            (7.126, "7.13"),
            (260.0, "260"),
            (614.5, "615"),
            (9_999.0, "9,999"),
            (9_999.6, "10.0k"),
            (13_883.0, "13.9k"),
            (352_698.0, "353k"),
            (999_999.0, "1.00M"),
            (1_250_000.0, "1.25M"),
            (-13_623.0, "-13.6k"),
            (5e13, "50.0T"),
            (1e300, "1.00e300"),
            (f64::NAN, NONE),
        ];
        for (value, text) in texts {
            assert_eq!(quantity(value), text, "{value}");
        }
    }

    #[test]
    fn counts_ratings_and_shares() {
        assert_eq!(
            ["0", "999", "1,000", "25,000,095"],
            [0, 999, 1000, 25_000_095].map(thousands)[..]
        );
        assert_eq!(
            ["943", "1.7k", "25M", "10k", "1G"],
            [943, 1682, 25_000_095, 10_000, 1_000_000_000].map(compact)[..]
        );
        assert_eq!(["4", "3.5", "3.53", "0"], [4.0, 3.5, 3.529, -0.001].map(short)[..]);
        assert_eq!(
            ["0 %", "6.3 %", "42 %", NONE],
            [0.0, 0.063, 0.4217, f64::NAN].map(percent)[..]
        );
    }
}
