//! How long to search, and among what.

use std::fmt;
use std::time::Duration;

use crate::data::FeedbackKind;
use crate::models::{Formula, MODELS, ModelEntry, default_formula};

/// How long to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    Time(Duration),
    /// So many trials, on whatever rung.
    Trials(usize),
}

impl Budget {
    /// Reads a time: `90`, `60s`, `10m`, `1h`.
    ///
    /// # Errors
    /// A sentence with the forms there are.
    pub fn time(text: &str) -> Result<Duration, String> {
        let (number, unit) = match text.trim().strip_suffix(['s', 'm', 'h']) {
            Some(number) => (number, text.trim().chars().last().unwrap_or('s')),
            None => (text.trim(), 's'),
        };
        let seconds = match unit {
            'm' => 60.0,
            'h' => 3600.0,
            _ => 1.0,
        };
        let parsed = number.parse::<f64>().ok().map(|n| n * seconds);
        parsed
            .filter(|s| *s > 0.0 && *s <= 1e7)
            .map(Duration::from_secs_f64)
            .ok_or_else(|| "write a time as 60s, 10m or 1h".to_owned())
    }

    /// Reads a time, or a number of trials: `60s`, `200 trials`.
    ///
    /// # Errors
    /// A sentence with the forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write a budget as 60s, 10m, 1h or 200 trials".to_owned();
        match text.trim().strip_suffix("trials") {
            Some(number) => {
                let number: usize = number.trim().parse().map_err(|_| wrong())?;
                let fits = (1..=1_000_000).contains(&number);
                fits.then_some(Self::Trials(number)).ok_or_else(wrong)
            }
            None => Self::time(text).map(Self::Time).map_err(|_| wrong()),
        }
    }
}

/// As it is read.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{}s", time.as_secs_f64()),
            Self::Trials(n) => write!(f, "{n} trials"),
        }
    }
}

/// Every model that is built in, with its defaults: the first trials where nobody names others.
pub fn every_model() -> Vec<Formula> {
    let entries = MODELS.iter().map(|spec| ModelEntry::from(*spec));
    entries
        .map(|model| Formula::Model {
            params: model.defaults(),
            model,
        })
        .collect()
}

/// What has to be beaten: the least that a recommender does, and what the program recommends by where nothing is said.
pub fn baselines(kind: FeedbackKind) -> Vec<Formula> {
    let texts = ["popularity", default_formula(kind)];
    texts.iter().filter_map(|text| Formula::parse(text).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        let seconds = |text: &str| Budget::time(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("60s"), Ok(60.0));
        assert_eq!(seconds("1.5m"), Ok(90.0));
        assert_eq!(seconds("1h"), Ok(3600.0));
        assert_eq!(seconds(" 7 "), Ok(7.0));
        for wrong in ["", "s", "0", "-1s", "1d", "nan", "inf", "1e9h"] {
            assert_eq!(
                seconds(wrong),
                Err("write a time as 60s, 10m or 1h".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_budget_is_a_time_or_a_number_of_trials() {
        for text in ["60s", "1.5s", "200 trials", "1 trials"] {
            assert_eq!(Budget::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Budget::parse("2m"), Ok(Budget::Time(Duration::from_secs(120))));
        for wrong in ["0 trials", "trials", "-3 trials", "1.5 trials", "soon", "nan"] {
            assert!(Budget::parse(wrong).unwrap_err().contains("200 trials"), "{wrong}");
        }
    }
}
