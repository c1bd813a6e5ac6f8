//! Numbers and dates from bytes: a quick exact road for the usual, the standard library for the rest.

use crate::data::Day;

const POWERS: [f64; 16] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A finite number, or `None`: not-a-number, the infinities and what overflows are no numbers here.
///
/// The quick road takes up to 15 digits with an optional point: both the digits as an integer and the power of ten are
/// exact in 53 bits, so that their quotient is the correctly rounded value (Clinger 1990). No minus zero comes out.
pub(super) fn parse_number(field: &[u8]) -> Option<f64> {
    let field = field.trim_ascii();
    let (negative, digits) = match field.first()? {
        b'-' => (true, &field[1..]),
        _ => (false, field),
    };
    if digits.len() > 16 {
        return parse_unusual(field);
    }
    let (mut mantissa, mut count, mut decimals, mut point) = (0u64, 0, 0, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                count += 1;
                decimals += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => return parse_unusual(field),
        }
    }
    if count == 0 || count > 15 {
        return parse_unusual(field);
    }
    let value = mantissa as f64 / POWERS[decimals];
    Some(if negative && mantissa != 0 { -value } else { value })
}

#[cold]
fn parse_unusual(field: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(field).ok()?.parse().ok()?;
    value.is_finite().then_some(value + 0.0)
}

/// The largest rating that is read, either sign: squares of it, and the products of sums of those, stay finite.
pub const LARGEST_RATING: f64 = 1e30;

/// A number that can be a rating: [`parse_number`] within ±[`LARGEST_RATING`].
#[inline]
pub(super) fn parse_rating(field: &[u8]) -> Option<f64> {
    parse_number(field).filter(|r| r.abs() <= LARGEST_RATING)
}

/// Seconds since 1970: a whole number, a decimal one (cut), or a date such as `2024-05-31` or `2024-05-31T12:00:00Z`.
pub(super) fn parse_time(field: &[u8]) -> Option<i64> {
    let field = field.trim_ascii();
    if (1..=18).contains(&field.len()) && field.iter().all(u8::is_ascii_digit) {
        return Some(field.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')));
    }
    if let Some(seconds) = parse_number(field) {
        return (seconds.abs() < 9e15).then_some(seconds as i64);
    }
    parse_date(std::str::from_utf8(field).ok()?)
}

/// ISO 8601's usual shapes: `Y-M-D`, then perhaps `T` or a blank and `h:m[:s[.f]]`, then perhaps `Z` or `±h[:]m`.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let mut parts = date.split(['-', '/']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let (year, month, day) = (whole(year)?, whole(month)?, whole(day)?);
    let begin = Day::seconds(year, month, day)?;
    Some(begin + if rest.is_empty() { 0 } else { parse_clock(rest)? })
}

fn parse_clock(text: &str) -> Option<i64> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) if matches!(text.as_bytes()[at], b'Z' | b'z') => (&text[..at], (at + 1 == text.len()).then_some(0)?),
        Some(at) => {
            let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
            let (hours, minutes) = (
                whole(digits.get(..2)?)?,
                whole(digits.get(2..).filter(|m| !m.is_empty()).unwrap_or("0"))?,
            );
            let seconds = hours * 3600 + minutes * 60;
            (
                &text[..at],
                if text.as_bytes()[at] == b'-' { -seconds } else { seconds },
            )
        }
        None => (text, 0),
    };
    let clock = clock.trim();
    let mut parts = clock.split(':');
    let (hours, minutes) = (whole(parts.next()?)?, whole(parts.next()?)?);
    let seconds = match parts.next() {
        Some(seconds) => {
            let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
            whole(&fraction[..fraction.len().min(9)])?;
            whole(seconds)?
        }
        None => 0,
    };
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    fits.then_some(hours * 3600 + minutes * 60 + seconds - offset)
}

fn whole(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "5",
            "3.5",
            "-9.97",
            "0.1",
            "123456789012345",
            "1e5",
            ".5",
            "5.",
            "+3",
            "0.30000000000000004",
            " 4 ",
        ] {
            assert_eq!(parse_number(text.as_bytes()), text.trim().parse().ok(), "{text}");
        }
        assert_eq!(parse_number(b"-0").map(f64::to_bits), Some(0));
        assert_eq!(parse_number(b"-0e0").map(f64::to_bits), Some(0));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            " ",
            "abc",
            "NaN",
            "nan",
            "inf",
            "-Infinity",
            "1e400",
            "1,5",
            "5 stars",
            ".",
            "-",
            "1.2.3",
            "--1",
            "0x10",
        ] {
            assert_eq!(parse_number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_number(b"\xff"), None);
    }

    #[test]
    fn times_are_seconds_or_dates() {
        let cases = [
            ("881250949", Some(881_250_949)),
            ("1424380312.9", Some(1_424_380_312)),
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2001-02-29", None),
            ("2024-05-31T12:34:56Z", Some(1_717_158_896)),
            ("2024-05-31 12:34:56.789", Some(1_717_158_896)),
            ("2024-05-31T14:34:56+02:00", Some(1_717_158_896)),
            ("2024/05/31 12:34", Some(1_717_158_840)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("2024-13-01", None),
            ("2024-05-31T25:00", None),
            ("yesterday", None),
            ("", None),
            ("2024-05-31T12:00é", None),
            ("2024-05-31T12:00+é1", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_time(text.as_bytes()), seconds, "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_are_exact(mantissa in -999_999_999_999_999i64..=999_999_999_999_999, decimals in 0usize..=15) {
            let digits = format!("{:016}", mantissa.abs());
            let (whole, fraction) = digits.split_at(16 - decimals);
            let text = format!("{}{}.{}", if mantissa < 0 { "-" } else { "" }, whole.trim_start_matches('0'), fraction);
            let wanted: Option<f64> = text.parse().ok();
            prop_assert_eq!(parse_number(text.as_bytes()), wanted.map(|v| v + 0.0));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (parse_number(&bytes), parse_time(&bytes));
        }
    }
}
