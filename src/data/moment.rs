use std::fmt;

use serde::{Serialize, Serializer};

/// A moment in UTC, as finely as the data knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    seconds: i64,
    nanos: u32,
}

const NANOS: u32 = 1_000_000_000;

impl Moment {
    /// So many seconds after the beginning of 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// So many ticks after the beginning of 1970.
    pub(super) fn of_ticks(ticks: i64, resolution: Resolution) -> Self {
        let per_second = i64::from(resolution.ticks());
        Self {
            seconds: ticks.div_euclid(per_second),
            nanos: ticks.rem_euclid(per_second) as u32 * (NANOS / resolution.ticks()),
        }
    }

    /// Whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds since 1970; `None` beyond the years 1677 to 2262.
    pub(super) fn nanoseconds(self) -> Option<i64> {
        let whole = i128::from(self.seconds) * i128::from(NANOS) + i128::from(self.nanos);
        whole.try_into().ok()
    }

    /// Seconds from one moment to another, never negative.
    pub fn distance(self, other: Self) -> f64 {
        let (late, early) = (self.max(other), self.min(other));
        let nanos = f64::from(late.nanos) - f64::from(early.nanos);
        late.seconds.abs_diff(early.seconds) as f64 + nanos / f64::from(NANOS)
    }

    /// As one number, for plots and tables.
    pub fn as_f64(self) -> f64 {
        self.seconds as f64 + f64::from(self.nanos) / f64::from(NANOS)
    }
}

impl fmt::Display for Moment {
    /// Seconds since 1970, with as many decimals as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Before 1970 the decimals count down.
        let down = self.seconds < 0 && self.nanos > 0;
        let (seconds, nanos) = if down {
            (self.seconds + 1, NANOS - self.nanos)
        } else {
            (self.seconds, self.nanos)
        };
        let sign = if down && seconds == 0 { "-" } else { "" };
        write!(f, "{sign}{seconds}")?;
        if nanos > 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl Serialize for Moment {
    /// A whole number where it is one.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.nanos == 0 {
            to.serialize_i64(self.seconds)
        } else {
            to.serialize_f64(self.as_f64())
        }
    }
}

/// How finely times are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub enum Resolution {
    #[default]
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Resolution {
    pub(super) const ALL: [Self; 4] = [Self::Seconds, Self::Milliseconds, Self::Microseconds, Self::Nanoseconds];

    /// How many a second.
    pub(super) fn ticks(self) -> u32 {
        1000u32.pow(self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_seconds_with_decimals() {
        let cases = [
            (1_700_000_000, Resolution::Seconds, "1700000000", 1_700_000_000),
            (
                1_700_000_000_250,
                Resolution::Milliseconds,
                "1700000000.25",
                1_700_000_000,
            ),
            (-1_500, Resolution::Milliseconds, "-1.5", -2),
            (-250_000, Resolution::Microseconds, "-0.25", -1),
            (1_000_000_001, Resolution::Nanoseconds, "1.000000001", 1),
        ];
        for (ticks, resolution, text, seconds) in cases {
            let moment = Moment::of_ticks(ticks, resolution);
            assert_eq!((moment.to_string().as_str(), moment.seconds()), (text, seconds));
            assert_eq!(moment.as_f64(), text.parse::<f64>().unwrap());
            assert_eq!(serde_json::to_string(&moment).unwrap(), text);
        }
        let (a, b) = (Moment::of_ticks(-250, Resolution::Milliseconds), Moment::of_seconds(2));
        assert_eq!((a.distance(b), b.distance(a), a < b), (2.25, 2.25, true));
    }
}
