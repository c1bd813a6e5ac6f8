use std::fmt;
use std::str::FromStr;

/// A condition on a rating, written `rating>=4`: which rows are read, which test items are relevant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    comparison: Comparison,
    bound: f64,
}

/// The bound is a finite number.
impl Eq for Condition {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Differs,
    Above,
    Below,
    Equals,
}

/// As written; those of two characters come first, so that `>` is not found in `>=`.
const COMPARISONS: [(&str, Comparison); 7] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("!=", Comparison::Differs),
    ("==", Comparison::Equals),
    (">", Comparison::Above),
    ("<", Comparison::Below),
    ("=", Comparison::Equals),
];

impl Condition {
    pub fn holds(self, rating: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => rating >= self.bound,
            Comparison::AtMost => rating <= self.bound,
            Comparison::Differs => rating != self.bound,
            Comparison::Above => rating > self.bound,
            Comparison::Below => rating < self.bound,
            Comparison::Equals => rating == self.bound,
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no condition on the rating: write for example \"rating>=4\"");
        let found = COMPARISONS
            .iter()
            .find(|(sign, _)| text.contains(sign))
            .ok_or_else(wrong)?;
        let (name, bound) = text.split_once(found.0).ok_or_else(wrong)?;
        let bound = bound.trim().parse::<f64>().ok().filter(|b| b.is_finite());
        match bound {
            Some(bound) if name.trim() == "rating" => Ok(Self {
                comparison: found.1,
                bound,
            }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = |c: &(&str, Comparison)| c.1 == self.comparison;
        let sign = COMPARISONS.iter().rfind(|c| equals(c)).map_or("", |c| c.0);
        write!(f, "rating{sign}{}", self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comparison_is_read_written_and_holds() {
        for (text, holds) in [
            ("rating>=4", [false, true, true]),
            ("rating<=4", [true, true, false]),
            ("rating>4", [false, false, true]),
            ("rating<4", [true, false, false]),
            ("rating=4", [false, true, false]),
            ("rating!=4", [true, false, true]),
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_string(), text);
            assert_eq!([3.5, 4.0, 4.5].map(|r| condition.holds(r)), holds, "{text}");
        }
        assert_eq!(
            " rating == -0.5 ".parse::<Condition>().unwrap().to_string(),
            "rating=-0.5"
        );
    }

    #[test]
    fn what_is_no_condition_says_how_one_is_written() {
        for text in [
            "",
            "rating",
            "4",
            "rating>=",
            "rating>=x",
            "stars>=4",
            ">=4",
            "rating>=nan",
            "rating>=<4",
            "rating>=inf",
        ] {
            let why = text.parse::<Condition>().unwrap_err();
            assert!(why.contains("\"rating>=4\""), "{text}: {why}");
        }
    }
}
