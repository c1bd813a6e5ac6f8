use jiff::{ToSpan, civil};

/// A day of the (proleptic Gregorian) calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

const EPOCH: civil::Date = civil::date(1970, 1, 1);
const SECONDS: i64 = 86_400;

impl Day {
    /// The day on which a moment falls, in seconds since 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        // The calendar repeats every 400 years, and jiff's ends with the year 9999: times in milliseconds lie beyond.
        const ERA: i64 = 146_097;
        let days = seconds.div_euclid(SECONDS);
        let date = EPOCH.saturating_add(days.rem_euclid(ERA).days());
        Self {
            year: i64::from(date.year()) + 400 * days.div_euclid(ERA),
            month: date.month().unsigned_abs().into(),
            day: date.day().unsigned_abs().into(),
        }
    }

    /// The seconds from 1970 to the beginning of a day; `None` where there is no such day, or beyond the year 9999.
    pub(super) fn seconds(year: i64, month: i64, day: i64) -> Option<i64> {
        let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
        let date = civil::Date::new(year, month, day).ok()?;
        Some(date.duration_since(EPOCH).as_secs())
    }
}

impl std::str::FromStr for Day {
    type Err = String;

    /// As in ISO 8601: `1997-09-20`.
    fn from_str(text: &str) -> Result<Self, String> {
        let date: Option<civil::Date> = text.parse().ok();
        let day = date.map(|date| Self::of_seconds(date.duration_since(EPOCH).as_secs()));
        // jiff also reads `1997-09-20T12:00`, whose time would be lost.
        let day = day.filter(|day| day.to_string() == text);
        day.ok_or_else(|| format!("{:?} is no day: write it as 1997-09-20", super::clean_label(text)))
    }
}

impl std::fmt::Display for Day {
    /// As in ISO 8601: `1997-09-20`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        for (seconds, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (874_724_710, "1997-09-20"),
            (881_250_949, "1997-12-04"),
            (951_782_400, "2000-02-29"),
            (978_307_199, "2000-12-31"),
            (4_107_542_400, "2100-03-01"),
            (-2_203_891_200, "1900-03-01"),
            (1_717_158_896_000, "56384-08-07"),
            (i64::MAX, "292277026596-12-04"),
            (i64::MIN, "-292277022657-01-27"),
        ] {
            assert_eq!(Day::of_seconds(seconds).to_string(), text, "{seconds}");
        }
        assert_eq!(Day::seconds(2000, 2, 29), Some(951_782_400));
        assert_eq!(Day::seconds(2001, 2, 29), None);
        assert_eq!("2000-02-29".parse(), Ok(Day::of_seconds(951_782_400)));
        for text in ["2001-02-29", "", "1997", "20.9.1997", "1997-9-20x"] {
            assert!(
                text.parse::<Day>().is_err_and(|why| why.contains("1997-09-20")),
                "{text}"
            );
        }
    }
}
