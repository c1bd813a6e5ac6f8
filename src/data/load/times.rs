//! Times from bytes: numbers since 1970, dates, whatever form a person names.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;

use super::error::{LoadError, quoted};
use super::number::parse_number;
use crate::data::Day;

/// A time as it stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Seconds since 1970, or a number whose unit the whole column decides, rounded down.
    pub whole: i64,
    /// What lies above, in billionths.
    pub billionths: u32,
    pub order: Order,
}

/// In which order a date has its day and month. Where both orders fit, the day was taken to come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// They mean the same, or the form says it.
    Same,
    DayFirst,
    MonthFirst,
    Either,
}

/// The form of all times of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// A number, or a date with the year first.
    Usual,
    /// A date with the year last: `29-01-2021`, `12/1/2010 8:26`.
    YearLast,
    /// As `strftime` would write it.
    Named(String),
}

impl TimeForm {
    /// That which a person named, else the one that fits more of the first fields.
    pub fn of<'a>(named: Option<&str>, fields: impl Iterator<Item = &'a str>) -> Self {
        if let Some(form) = named {
            return Self::Named(form.to_owned());
        }
        let known: Vec<&str> = fields.filter(|f| !is_missing(f.as_bytes())).collect();
        let last = known.iter().filter(|f| year_last(f).is_some()).count();
        if 2 * last > known.len() {
            Self::YearLast
        } else {
            Self::Usual
        }
    }

    pub fn read(&self, field: &[u8]) -> Option<Time> {
        match self {
            Self::Usual => parse_time(field),
            Self::YearLast => year_last(std::str::from_utf8(field).ok()?),
            Self::Named(form) => by_form(form, field.trim_ascii()),
        }
    }

    /// Why a field cannot be read.
    #[cold]
    pub fn complaint(&self, field: &[u8]) -> String {
        let time = quoted(field.trim_ascii());
        let hint = "--time-format names another form, --columns time=none leaves times out";
        match self {
            Self::Usual => format!("time {time} is neither seconds nor a date like 2024-05-31; {hint}"),
            Self::YearLast => format!("time {time} is no date like 31-05-2024; {hint}"),
            Self::Named(form) => format!("time {time} is not of the form {}; {hint}", quoted(form.as_bytes())),
        }
    }
}

/// Refuses a form that can be no form at all.
pub(super) fn check_form(form: &str) -> Result<(), LoadError> {
    strtime::format(form, jiff::Timestamp::UNIX_EPOCH).map_or_else(
        |_| {
            let form = quoted(form.as_bytes());
            let hint = "write it as for strftime, e.g. \"%d-%m-%Y %H:%M\"";
            Err(LoadError::Option(format!(
                "--time-format {form} is not understood ({hint})"
            )))
        },
        |_| Ok(()),
    )
}

/// Whether a field says that nothing is known.
#[inline]
pub(super) fn is_missing(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    field.is_empty()
        || (field.len() <= 4
            && (matches!(field, b"\\N" | b"?" | b"-")
                || ["null", "none", "na", "n/a", "nan", "nat"]
                    .iter()
                    .any(|w| field.eq_ignore_ascii_case(w.as_bytes()))))
}

/// Whether a field can be a time of any form that is recognized.
pub(super) fn is_time(field: &[u8]) -> bool {
    parse_time(field).is_some() || std::str::from_utf8(field).is_ok_and(|text| year_last(text).is_some())
}

/// Whether a field without a name above it is rather a time than another number.
pub(super) fn is_plausible(field: &[u8]) -> bool {
    let is_late = |time: Time| time.whole.abs() > 9999 || time.order != Order::Same;
    field.len() < 40
        && parse_time(field)
            .or_else(|| TimeForm::YearLast.read(field))
            .is_some_and(is_late)
}

/// A number since 1970, with or without decimals, or a date such as `2024-05-31` or `2024-05-31T12:00:00.5Z`.
pub(super) fn parse_time(field: &[u8]) -> Option<Time> {
    let field = field.trim_ascii();
    if (1..=18).contains(&field.len()) && field.iter().all(u8::is_ascii_digit) {
        let whole = field.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
        return Some(fixed(whole, 0));
    }
    if let Some(number) = parse_number(field) {
        return (number.abs() < 9e15).then(|| decimal(field).unwrap_or_else(|| rounded(number)));
    }
    year_first(std::str::from_utf8(field).ok()?)
}

fn fixed(whole: i64, billionths: u32) -> Time {
    Time {
        whole,
        billionths,
        order: Order::Same,
    }
}

/// A number in digits, with a point and perhaps a sign, to the last of nine decimals.
fn decimal(field: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(field).ok()?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(decimals) {
        return None;
    }
    let (whole, billionths) = (whole.parse::<i64>().ok()?, billionths(decimals));
    Some(match (negative, billionths) {
        (false, _) => fixed(whole, billionths),
        (true, 0) => fixed(-whole, 0),
        (true, _) => fixed(-whole - 1, 1_000_000_000 - billionths),
    })
}

/// Up to nine decimals.
fn billionths(decimals: &str) -> u32 {
    let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(9);
    digits.fold(0, |n, b| n * 10 + u32::from(b - b'0'))
}

fn rounded(number: f64) -> Time {
    let whole = number.floor();
    fixed(whole as i64, ((number - whole) * 1e9) as u32)
}

/// ISO 8601's usual shapes: `Y-M-D`, then perhaps `T` or a blank and `h:m[:s[.f]]`, then perhaps `Z` or `±h[:]m`.
fn year_first(text: &str) -> Option<Time> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let mut parts = date.split(['-', '/']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let begin = Day::seconds(whole(year)?, whole(month)?, whole(day)?)?;
    let (clock, offset) = zoned(rest)?;
    let (seconds, billionths) = parse_clock(clock)?;
    Some(fixed(begin + seconds - offset, billionths))
}

/// `d/m/Y` or `m/d/Y`, also with `-` or `.`, then perhaps `h:m[:s[.f]]` and `AM` or `PM`.
fn year_last(text: &str) -> Option<Time> {
    let text = text.trim();
    let (date, rest) = match text.find([' ', 'T', ',']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let separator = date
        .chars()
        .find(|c| !c.is_ascii_digit())
        .filter(|c| "/-.".contains(*c))?;
    let mut parts = date.split(separator);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || first.len() > 2 || second.len() > 2 {
        return None;
    }
    let (first, second, year) = (whole(first)?, whole(second)?, whole(year)?);
    let (day_first, month_first) = (Day::seconds(year, second, first), Day::seconds(year, first, second));
    let (begin, order) = match (day_first, month_first) {
        (Some(begin), Some(_)) if first == second => (begin, Order::Same),
        (Some(begin), Some(_)) => (begin, Order::Either),
        (Some(begin), None) => (begin, Order::DayFirst),
        (None, Some(begin)) => (begin, Order::MonthFirst),
        (None, None) => return None,
    };
    let (seconds, billionths) = parse_clock(rest)?;
    Some(Time {
        whole: begin + seconds,
        billionths,
        order,
    })
}

/// The same time of the day with day and month exchanged, where the day may be a month.
pub(super) fn month_first(seconds: i64) -> i64 {
    let Day { year, month, day } = Day::of_seconds(seconds);
    let exchanged = Day::seconds(year, day.into(), month.into());
    exchanged.map_or(seconds, |begin| begin + seconds.rem_euclid(86_400))
}

/// A number such as 20220825 or 20220825101500 as a date, in seconds since 1970.
pub(super) fn of_digits(number: i64) -> Option<i64> {
    let (date, clock) = match number {
        19_000_101..=21_001_231 => (number, 0),
        19_000_101_000_000..=21_001_231_235_959 => (number / 1_000_000, number % 1_000_000),
        _ => return None,
    };
    let begin = Day::seconds(date / 10_000, date / 100 % 100, date % 100)?;
    let (hours, minutes, seconds) = (clock / 10_000, clock / 100 % 100, clock % 100);
    (hours < 24 && minutes < 60 && seconds < 60).then_some(begin + hours * 3600 + minutes * 60 + seconds)
}

/// A time in a form that a person named; in UTC where it has no zone.
fn by_form(form: &str, field: &[u8]) -> Option<Time> {
    let parsed = strtime::parse(form, field).ok()?;
    let time = parsed.to_timestamp().or_else(|_| {
        let local = parsed.to_datetime().or_else(|_| parsed.to_date().map(midnight))?;
        jiff::tz::Offset::UTC.to_timestamp(local)
    });
    let (seconds, nanos) = time.map(|t| (t.as_second(), t.subsec_nanosecond())).ok()?;
    let down = i64::from(nanos < 0);
    Some(fixed(seconds - down, (i64::from(nanos) + down * 1_000_000_000) as u32))
}

fn midnight(date: Date) -> DateTime {
    date.at(0, 0, 0, 0)
}

/// A time of the day and how many seconds its zone is ahead.
fn zoned(text: &str) -> Option<(&str, i64)> {
    let Some(at) = text.find(['Z', 'z', '+', '-']) else {
        return Some((text, 0));
    };
    let (clock, sign) = (text[..at].trim(), text.as_bytes()[at]);
    if matches!(sign, b'Z' | b'z') {
        return (at + 1 == text.len()).then_some((clock, 0));
    }
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let minutes = digits.get(2..).filter(|m| !m.is_empty()).unwrap_or("0");
    let ahead = whole(digits.get(..2)?)? * 3600 + whole(minutes)? * 60;
    Some((clock, if sign == b'-' { -ahead } else { ahead }))
}

/// Seconds since midnight, and billionths; midnight where nothing is said.
fn parse_clock(text: &str) -> Option<(i64, u32)> {
    if text.is_empty() {
        return Some((0, 0));
    }
    let lower = text.to_ascii_lowercase();
    let half = ["am", "pm"].iter().position(|half| lower.ends_with(half));
    let clock = half.map_or(text, |_| text[..text.len() - 2].trim_end());
    let mut parts = clock.split(':');
    let (mut hours, minutes) = (whole(parts.next()?)?, whole(parts.next()?)?);
    if let Some(half) = half {
        if !(1..=12).contains(&hours) {
            return None;
        }
        hours = hours % 12 + 12 * half as i64;
    }
    let (seconds, decimals) = parts
        .next()
        .map_or(("0", "0"), |s| s.split_once(['.', ',']).unwrap_or((s, "0")));
    if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = whole(seconds)?;
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    fits.then(|| (hours * 3600 + minutes * 60 + seconds, billionths(decimals)))
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
    fn numbers_and_dates_with_the_year_first() {
        let cases = [
            ("881250949", Some((881_250_949, 0))),
            ("1424380312.9", Some((1_424_380_312, 900_000_000))),
            ("-1.25", Some((-2, 750_000_000))),
            ("1.424380312e9", Some((1_424_380_312, 0))),
            ("1970-01-01", Some((0, 0))),
            ("2000-02-29", Some((951_782_400, 0))),
            ("2001-02-29", None),
            ("2024-05-31T12:34:56Z", Some((1_717_158_896, 0))),
            ("2024-05-31 12:34:56.789", Some((1_717_158_896, 789_000_000))),
            ("2024-05-31T14:34:56+02:00", Some((1_717_158_896, 0))),
            ("2014-04-07T10:51:09.277Z", Some((1_396_867_869, 277_000_000))),
            ("2024/05/31 12:34", Some((1_717_158_840, 0))),
            ("1969-12-31T23:59:59Z", Some((-1, 0))),
            ("2024-13-01", None),
            ("2024-05-31T25:00", None),
            ("yesterday", None),
            ("", None),
            ("2024-05-31T12:00é", None),
            ("2024-05-31T12:00+é1", None),
        ];
        for (text, wanted) in cases {
            let seen = parse_time(text.as_bytes()).map(|t| (t.whole, t.billionths));
            assert_eq!(seen, wanted, "{text}");
        }
    }

    #[test]
    fn dates_with_the_year_last() {
        let cases = [
            ("12/1/2010 8:26", Some((1_263_284_760, Order::Either))),
            ("29-01-2021", Some((1_611_878_400, Order::DayFirst))),
            ("1/29/2021", Some((1_611_878_400, Order::MonthFirst))),
            ("02.02.2021, 00:00:01", Some((1_612_224_001, Order::Same))),
            ("1/29/2021 12:05 AM", Some((1_611_878_700, Order::MonthFirst))),
            ("1/29/2021 12:05PM", Some((1_611_921_900, Order::MonthFirst))),
            ("31/04/2021", None),
            ("1/29/21", None),
            ("1/29-2021", None),
            ("1/29/2021 13:00 PM", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(year_last(text).map(|t| (t.whole, t.order)), wanted, "{text}");
        }
        // 12 January becomes 1 December, at the same time of the day.
        assert_eq!(month_first(1_263_284_760), 1_291_191_960);
        assert_eq!(of_digits(20_220_825), Some(1_661_385_600));
        assert_eq!(of_digits(20_220_825_000_130), Some(1_661_385_690));
        assert_eq!((of_digits(20_221_325), of_digits(881_250_949)), (None, None));
    }

    #[test]
    fn a_person_may_name_the_form() {
        let read = |form: &str, text: &str| by_form(form, text.as_bytes()).map(|t| (t.whole, t.billionths));
        assert_eq!(read("%d-%m-%Y %H:%M", "29-01-2021 00:02"), Some((1_611_878_520, 0)));
        assert_eq!(read("%m/%d/%y", "1/29/21"), Some((1_611_878_400, 0)));
        assert_eq!(
            read("%Y%m%dT%H%M%S%.f%z", "20210129T010000.5+0100"),
            Some((1_611_878_400, 500_000_000))
        );
        assert_eq!(read("%d-%m-%Y", "2021-01-29"), None);
        assert!(check_form("%d-%m-%Y").is_ok() && check_form("%d-%@").is_err());
        let missing = ["", " ", "NULL", "nan", "N/A", "\\N", "?"];
        assert!(missing.iter().all(|text| is_missing(text.as_bytes())) && !is_missing(b"0"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "[0-9/:.T Z+-]{0,24}") {
            for field in [&bytes[..], text.as_bytes()] {
                let _ = (is_time(field), TimeForm::YearLast.read(field), by_form("%Y-%m-%d", field));
            }
            let _ = text.parse().map(|n: i64| (month_first(n), of_digits(n)));
        }
    }
}
