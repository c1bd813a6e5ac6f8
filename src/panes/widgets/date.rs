use crate::answers::calendar::Day;

/// A time as a date: `2001-01-04`; empty where it is beyond the year 9999.
pub fn date(seconds: i64) -> String {
    let day = Day::of_seconds(seconds);
    if (-9999..=9999).contains(&day.year) {
        day.to_string()
    } else {
        String::new()
    }
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
