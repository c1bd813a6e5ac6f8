//! What only a whole column decides: the unit of times, the order of day and month, what a comma in a number means.

use super::evidence::Evidence;
use super::merge::Ratings;
use super::records::Place;
use super::times::{month_first, of_digits};
use crate::data::compact::CompactValues;
use crate::data::storage::Times;
use crate::data::{LoadReport, NO_TIME, Resolution};

/// Times beyond this many seconds (the year 5138) are taken for milliseconds.
const LAST_SECOND: i64 = 100_000_000_000;

/// Why a column cannot be settled: where, and a sentence.
pub(super) type Unsettled = (Place, String);

/// Decides for all columns, and gives how finely times are known.
pub(super) fn settle(ratings: &mut Ratings, report: &mut LoadReport) -> Result<Resolution, Unsettled> {
    let evidence = std::mem::take(&mut ratings.evidence);
    settle_commas(&evidence, &mut ratings.rows.values, report)?;
    let times = &mut ratings.rows.times;
    let missing = times.missing();
    if missing > 0 && missing == times.len() {
        *times = Times::None;
        report.note("no row has a time");
    } else if missing > 0 {
        let rows = if missing == 1 {
            "1 row has"
        } else {
            &format!("{missing} rows have")
        };
        report.note(format!("{rows} no time; the ratings count"));
    }
    settle_order(&evidence, times)?;
    let fractions = std::mem::take(&mut ratings.fractions);
    if fractions.is_empty() && settle_digits(times) {
        report.note("times such as 20220825 were taken for dates");
        return Ok(Resolution::Seconds);
    }
    Ok(settle_unit(times, &fractions, report))
}

fn settle_commas(evidence: &Evidence, values: &mut CompactValues, report: &mut LoadReport) -> Result<(), Unsettled> {
    let meaning = match (evidence.decimal_comma, evidence.thousands_comma) {
        (Some(decimal), Some(thousands)) => {
            let (later, first) = if decimal.line > thousands.line {
                (decimal, thousands)
            } else {
                (thousands, decimal)
            };
            let problem = format!(
                "the comma of this rating means something else than that in line {}: one is decimal, one separates \
                 thousands (write both the same way)",
                first.line
            );
            return Err((later, problem));
        }
        (Some(_), None) => "are decimal",
        (None, Some(_)) => "separate thousands",
        (None, None) if evidence.either_comma.is_empty() => return Ok(()),
        (None, None) => "separate thousands (three digits follow every one)",
    };
    report.note(format!("commas in ratings {meaning}"));
    if evidence.decimal_comma.is_some() && !evidence.either_comma.is_empty() {
        let mut either = evidence.either_comma.iter().peekable();
        let mut settled = CompactValues::default();
        for row in 0..values.stored.len() {
            let value = values.stored.get(row, &values.table);
            let is_either = either.next_if_eq(&&row).is_some();
            settled.push(if is_either { value / 1000.0 } else { value });
        }
        *values = settled;
    }
    Ok(())
}

fn settle_order(evidence: &Evidence, times: &mut Times) -> Result<(), Unsettled> {
    match (evidence.day_first, evidence.month_first) {
        (Some(day), Some(month)) => {
            let (later, first) = if day.line > month.line {
                (day, month)
            } else {
                (month, day)
            };
            let problem = format!(
                "this date has day and month in another order than that in line {} (say --time-format, or leave times \
                 out with --columns time=none)",
                first.line
            );
            Err((later, problem))
        }
        (None, Some(_)) => {
            *times = changed(times, |_, time| month_first(time));
            Ok(())
        }
        (None, None) => evidence
            .either_order
            .clone()
            .map_or(Ok(()), |(place, text)| Err((place, ambiguous(&text)))),
        (Some(_), None) => Ok(()),
    }
}

/// What is said of dates whose day and month no row tells apart.
fn ambiguous(text: &str) -> String {
    let separator = text.chars().find(|c| !c.is_ascii_digit()).unwrap_or('/');
    let clock = match text.matches(':').count() {
        0 => "",
        1 => " %H:%M",
        _ => " %H:%M:%S",
    };
    let form = |a, b| format!("--time-format \"%{a}{separator}%{b}{separator}%Y{clock}\"");
    format!(
        "no row tells whether time {} begins with the day or the month (say {} or {})",
        super::error::quoted(text.as_bytes()),
        form('d', 'm'),
        form('m', 'd')
    )
}

/// All known times changed, each with its row.
fn changed(times: &Times, change: impl Fn(usize, i64) -> i64) -> Times {
    let mut new = Times::None;
    let time = |row| times.get(row).map_or(NO_TIME, |time| change(row, time));
    let rows: Vec<usize> = (0..times.len()).step_by(4096).collect();
    for start in rows {
        let piece: Vec<i64> = (start..times.len().min(start + 4096)).map(time).collect();
        new.extend(&piece);
    }
    new
}

/// Whether all times are numbers such as 20220825, and then makes them dates.
fn settle_digits(times: &mut Times) -> bool {
    let mut known = (0..times.len()).filter_map(|row| times.get(row)).peekable();
    if known.peek().is_none() || !known.all(|time| of_digits(time).is_some()) {
        return false;
    }
    *times = changed(times, |_, time| of_digits(time).unwrap_or(time));
    true
}

/// Brings all times to ticks of the coarsest unit that keeps them apart: milliseconds and finer units are told by their
/// size, where all times are far beyond any date.
fn settle_unit(times: &mut Times, fractions: &[u32], report: &mut LoadReport) -> Resolution {
    let unit = unit_of(times);
    if unit == Resolution::Seconds && fractions.is_empty() {
        return unit;
    }
    if unit != Resolution::Seconds {
        let name = format!("{unit:?}").to_lowercase();
        report.note(format!("times are in {name} and were taken as such"));
    }
    // In nanoseconds a time may be beyond what a number holds.
    let fraction = |row: usize| i128::from(fractions.get(row).copied().unwrap_or(0));
    let nanos = |row: usize, time: i64| {
        let billionths = i128::from(time) * 1_000_000_000 + fraction(row);
        billionths / i128::from(unit.ticks())
    };
    let keeps = |resolution: &Resolution| {
        let ticks = i128::from(Resolution::Nanoseconds.ticks() / resolution.ticks());
        (0..times.len()).all(|row| times.get(row).is_none_or(|time| nanos(row, time) % ticks == 0))
    };
    let resolution = Resolution::ALL
        .into_iter()
        .find(keeps)
        .unwrap_or(Resolution::Nanoseconds);
    let fits = |resolution: Resolution| {
        let most = i128::from(i64::MAX) * i128::from(1_000_000_000 / resolution.ticks());
        (0..times.len()).all(|row| times.get(row).is_none_or(|time| nanos(row, time).abs() < most))
    };
    let coarser = Resolution::ALL.into_iter().rev().filter(|r| *r <= resolution);
    let resolution = coarser.into_iter().find(|r| fits(*r)).unwrap_or_default();
    let ticks = i128::from(1_000_000_000 / resolution.ticks());
    *times = changed(times, |row, time| nanos(row, time).div_euclid(ticks) as i64);
    resolution
}

/// The unit of times. Zero is none: it says that a time is not known.
fn unit_of(times: &Times) -> Resolution {
    // What fits into four bytes is seconds.
    let Times::Wide(times) = times else {
        return Resolution::Seconds;
    };
    let known = times.iter().filter(|&&time| time != NO_TIME && time != 0);
    let earliest = known.min().copied().unwrap_or(0);
    // A unit a thousand times finer has its present time a thousand times further.
    let finest = Resolution::ALL.into_iter().rev();
    let is_unit = |unit: &Resolution| earliest / i64::from(unit.ticks() / 1000) >= LAST_SECOND;
    finest.take(3).find(is_unit).unwrap_or_default()
}
