/// The year, month and day (UTC, Gregorian) of a time in seconds since 1970; `None` beyond the year 9999.
///
/// Days are counted from 0000-03-01 in eras of 400 years (Hinnant 2013, "chrono-compatible low-level date algorithms").
pub fn civil(seconds: i64) -> Option<(i64, u32, u32)> {
    let days = seconds.div_euclid(86_400).checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (-9999..=9999).contains(&year).then_some((year, month, day))
}

/// A time as a date: `2001-01-04`; empty where it is none.
pub fn date(seconds: i64) -> String {
    civil(seconds).map_or_else(String::new, |(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_known_seconds() {
        for (seconds, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (881_250_949, "1997-12-04"),
            (951_782_400, "2000-02-29"),
            (978_307_199, "2000-12-31"),
            (4_107_542_400, "2100-03-01"),
            (i64::MAX, ""),
            (i64::MIN, ""),
        ] {
            assert_eq!(date(seconds), text, "{seconds}");
        }
    }
}
