//! The controls of the filters: a change reads the data again.

use crate::data::{Condition, Day, Filters, UserSample};
use crate::panes::controls::{Control, Kind, Range, Settings, Step, Value};

/// What is written where a filter leaves everything.
const ALL: &str = "all";

const LEAST: Range = Range {
    min: 0.0,
    max: 1_000_000.0,
    step: Step::By(1.0, 10.0),
    unit: "",
};

fn check<T: std::str::FromStr<Err = String>>(text: &str) -> Result<(), String> {
    if text == ALL {
        return Ok(());
    }
    text.parse::<T>().map(|_| ())
}

fn check_users(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        _ if text == ALL => Ok(()),
        Ok(1..) => Ok(()),
        _ => Err(format!("{text:?} is no number of users: write one, or {ALL}")),
    }
}

/// The filters as controls, set to those that the data was read through.
pub(super) fn controls(now: &Filters) -> Vec<Control> {
    let text = |name, doc, check, now: Option<String>| Control {
        name,
        doc,
        kind: Kind::Text(check),
        default: Value::Text(now.unwrap_or_else(|| ALL.to_owned())),
    };
    let least = |name, doc, now: u32| Control {
        name,
        doc,
        kind: Kind::Number(LEAST),
        default: Value::Number(f64::from(now)),
    };
    let (condition, users) = (
        now.condition.map(|c| c.to_string()),
        now.sample_users.map(|s| s.users.to_string()),
    );
    vec![
        text(
            "where",
            "Only ratings that meet a condition: rating>=4.",
            check::<Condition>,
            condition,
        ),
        least(
            "min-user-ratings",
            "Only users with so many ratings, and items as the next says, until nothing changes.",
            now.min_user_ratings,
        ),
        least(
            "min-item-ratings",
            "Only items with so many ratings.",
            now.min_item_ratings,
        ),
        text(
            "since",
            "Only ratings of this day and later: 1997-09-20.",
            check::<Day>,
            now.since.map(|d| d.to_string()),
        ),
        text(
            "until",
            "Only ratings of this day and earlier.",
            check::<Day>,
            now.until.map(|d| d.to_string()),
        ),
        text(
            "sample-users",
            "Only so many users, drawn by the seed.",
            check_users,
            users,
        ),
    ]
}

/// What the controls are set to.
pub(super) fn filters(settings: &Settings, seed: u64) -> Filters {
    let text = |name| Some(settings.text(name)).filter(|text| text != ALL);
    Filters {
        condition: text("where").and_then(|t| t.parse().ok()),
        min_user_ratings: settings.number("min-user-ratings") as u32,
        min_item_ratings: settings.number("min-item-ratings") as u32,
        since: text("since").and_then(|t| t.parse().ok()),
        until: text("until").and_then(|t| t.parse().ok()),
        sample_users: text("sample-users")
            .and_then(|t| t.parse().ok())
            .map(|users| UserSample { users, seed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panes::controls::Values;

    #[test]
    fn what_the_data_was_read_through_is_what_the_controls_say() {
        let read = Filters {
            condition: Some("rating>=4".parse().unwrap()),
            min_user_ratings: 5,
            since: Some("1997-09-20".parse().unwrap()),
            sample_users: Some(UserSample { users: 100, seed: 7 }),
            ..Filters::default()
        };
        for now in [Filters::default(), read] {
            let settings = Settings {
                controls: controls(&now),
                values: Values::new(),
            };
            assert_eq!(filters(&settings, 7), now);
            // Everything can be typed as it is shown.
            for control in &settings.controls {
                let shown = control.shown(&control.default);
                assert_eq!(control.parse(&shown), Ok(control.default.clone()), "{}", control.name);
            }
        }
        assert!(check_users("0").is_err() && check::<Day>("soon").is_err() && check::<Condition>("4").is_err());
    }
}
