//! Numbers from bytes: a quick exact road for the usual, the standard library for the rest.

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

/// What the commas of a number mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comma {
    Decimal,
    Thousands,
    /// One comma, three digits behind it: only the rest of the column tells.
    Either,
}

/// A number with commas, such as `3,5`, `1.234,5` or `12,345.6`; where the comma may be either it separates thousands.
pub(super) fn parse_comma(field: &[u8]) -> Option<(f64, Comma)> {
    let text = std::str::from_utf8(field.trim_ascii()).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (before, last) = digits.rsplit_once(',')?;
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_decimal = is_digits(last) && (is_digits(before) || is_grouped(before, '.')) && !digits.starts_with(',');
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_thousands = is_grouped(whole, ',') && is_digits(decimals);
    let comma = match (is_decimal, is_thousands) {
        (true, true) => Comma::Either,
        (true, false) => Comma::Decimal,
        (false, true) => Comma::Thousands,
        (false, false) => return None,
    };
    let plain = match comma {
        Comma::Decimal => text.replace('.', "").replace(',', "."),
        _ => text.replace(',', ""),
    };
    Some((parse_rating(plain.as_bytes())?, comma))
}

/// Whether digits stand in groups of three, the first of one to three and not zero.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().unwrap_or_default();
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    (1..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && !first.starts_with('0')
        && text.contains(separator)
        && groups.all(is_group)
}

/// A number of either kind.
pub(super) fn is_number(field: &[u8]) -> bool {
    parse_number(field).is_some() || parse_comma(field).is_some()
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
    fn commas_are_decimal_or_separate_thousands() {
        let cases = [
            ("3,5", Some((3.5, Comma::Decimal))),
            ("-3,50", Some((-3.5, Comma::Decimal))),
            ("0,125", Some((0.125, Comma::Decimal))),
            ("1234,567", Some((1234.567, Comma::Decimal))),
            ("1.234,5", Some((1234.5, Comma::Decimal))),
            ("1,234", Some((1234.0, Comma::Either))),
            ("1,234,567", Some((1_234_567.0, Comma::Thousands))),
            ("12,345.6", Some((12_345.6, Comma::Thousands))),
            ("1,23,456", None),
            (",5", None),
            ("1,2.3", None),
            ("a,b", None),
            ("3.5", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse_comma(text.as_bytes()), wanted, "{text}");
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
            let _ = (parse_number(&bytes), parse_comma(&bytes));
        }
    }
}
