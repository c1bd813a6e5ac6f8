//! What if: a rating that is another one, or not there.

use std::sync::Arc;

use crate::answers::{Subject, Whose, World};
use crate::data::{Dataset, ItemIx, Scale};
use crate::panes::Selection;
use crate::panes::widgets::short;

/// Whose rating of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub whose: Whose,
    pub item: ItemIx,
}

/// The rating of a cell as it counts for a selection.
pub fn rating(selection: &Selection, world: &World, cell: &Cell) -> Option<f64> {
    match (&cell.whose, &selection.subject) {
        (Whose::User(user), _) => match selection.edits.get(*user, cell.item) {
            Some(edited) => edited,
            None => world.dataset.rating(*user, cell.item),
        },
        // The guest on the screen, not the one of the cell, whose ratings are those before the editor was opened.
        (Whose::Guest(_), Subject::Person(Whose::Guest(ratings))) => {
            ratings.iter().find(|(i, _)| *i == cell.item).map(|(_, r)| *r)
        }
        (Whose::Guest(_), _) => None,
    }
}

/// Sets a rating at once: every pane answers with it.
pub fn set(selection: &mut Selection, dataset: &Dataset, cell: &Cell, value: Option<f64>) {
    match (&cell.whose, &selection.subject) {
        (Whose::User(user), _) => {
            let mut edits = (*selection.edits).clone();
            edits.set(dataset, *user, cell.item, value);
            selection.edits = Arc::new(edits);
        }
        (Whose::Guest(_), Subject::Person(Whose::Guest(ratings))) => {
            let mut ratings: Vec<_> = ratings.iter().copied().filter(|(i, _)| *i != cell.item).collect();
            ratings.extend(value.map(|v| (cell.item, v)));
            selection.subject = Subject::Person(Whose::Guest(Arc::new(ratings)));
        }
        (Whose::Guest(_), _) => {}
    }
}

/// The step of a scale: its own, or a twentieth of it where it is continuous.
pub fn step_of(scale: Scale) -> f64 {
    let width = scale.max - scale.min;
    let own = scale.step.filter(|s| *s > 0.0);
    own.unwrap_or(if width > 0.0 { width / 20.0 } else { 1.0 })
}

/// One step up or down from a rating; from none, the upper middle of the scale.
pub fn stepped(value: Option<f64>, up: bool, scale: Scale) -> f64 {
    let step = step_of(scale);
    let places = |v: f64| scale.min + ((v - scale.min) / step).round() * step;
    let to = match value {
        None => places(f64::midpoint(scale.min, scale.max) + step / 2.0),
        Some(value) if up => value + step,
        Some(value) => value - step,
    };
    // Without what adding tenths leaves behind.
    ((to * 1e9).round() / 1e9).clamp(scale.min, scale.max.max(scale.min))
}

/// Whether a rating lies on a scale.
pub fn is_on(scale: Scale, value: f64) -> bool {
    let steps = scale
        .step
        .filter(|s| *s > 0.0)
        .map_or(0.0, |step| (value - scale.min) / step);
    (scale.min..=scale.max).contains(&value) && (steps - steps.round()).abs() < 1e-6
}

/// A scale in words: `1 to 5 in steps of 0.5`.
pub fn in_words(scale: Scale) -> String {
    let range = format!("{} to {}", short(scale.min), short(scale.max));
    match scale.step.filter(|s| *s > 0.0) {
        Some(step) => format!("{range} in steps of {}", short(step)),
        None => range,
    }
}

/// What a letter makes of a number that is being typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// A rating; the text it was typed as.
    Rating(f64, String),
    Unfinished(String),
    /// One sentence on what is wrong; the number begins anew.
    Refused(String),
}

/// Types a letter behind `before`. A digit alone is a rating where the scale has it; 0 alone means 10 where it has no 0.
pub fn type_letter(before: &str, letter: char, scale: Scale) -> Option<Typed> {
    if !(letter.is_ascii_digit() || letter == '.' || letter == ',') {
        return None;
    }
    let letter = if letter == ',' { '.' } else { letter };
    let read = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|v| is_on(scale, *v) && !text.ends_with('.'))
    };
    let whole = format!("{before}{letter}");
    let alone = letter.to_string();
    if let Some(value) = read(&whole) {
        return Some(Typed::Rating(value, whole));
    }
    if whole == "0" && scale.min > 0.0 && is_on(scale, 10.0) {
        return Some(Typed::Rating(10.0, String::new()));
    }
    if whole.parse::<f64>().is_ok() && whole.ends_with('.') || whole == "." || (whole == "0" && scale.min < 1.0) {
        return Some(Typed::Unfinished(whole));
    }
    // A second digit begins anew where the two together are no rating.
    if let (Some(value), false) = (read(&alone), before.contains('.')) {
        return Some(Typed::Rating(value, alone));
    }
    // The first digits of a longer number on a wide scale.
    if whole.parse::<f64>().is_ok_and(|v| v >= 1.0 && v < scale.min) {
        return Some(Typed::Unfinished(whole));
    }
    let shown = if before.contains('.') { whole } else { alone };
    Some(Typed::Refused(format!(
        "{shown} is no rating here: they go from {}",
        in_words(scale)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(min: f64, max: f64, step: impl Into<Option<f64>>) -> Scale {
        Scale {
            min,
            max,
            step: step.into(),
        }
    }

    #[test]
    fn ratings_step_along_their_scale() {
        let stars = scale(1.0, 5.0, 1.0);
        let halves = scale(0.5, 5.0, 0.5);
        let open = scale(-10.0, 10.0, None);
        for (value, up, scale, to) in [
            (Some(4.0), true, stars, 5.0),
            (Some(5.0), true, stars, 5.0),
            (Some(1.0), false, stars, 1.0),
            (None, true, stars, 4.0),
            (Some(3.5), false, halves, 3.0),
            (Some(0.3), true, open, 1.3),
            (None, false, open, 0.0),
        ] {
            let got = stepped(value, up, scale);
            let least = step_of(scale);
            assert!(
                (got - to).abs() < 1e-9 || (value.is_none() && (got - to).abs() <= least),
                "{value:?} {up} {scale:?}: {got}"
            );
        }
    }

    #[test]
    fn typed_numbers_are_ratings_of_the_scale_or_refused_by_name() {
        let (stars, halves) = (scale(1.0, 5.0, 1.0), scale(0.5, 5.0, 0.5));
        let (ten, open, counts) = (scale(1.0, 10.0, 1.0), scale(-10.0, 10.0, None), scale(10.0, 99.0, 1.0));
        let typed = |text: &str, scale| {
            let mut before = String::new();
            let mut last = None;
            for letter in text.chars() {
                last = type_letter(&before, letter, scale);
                before = match &last {
                    Some(Typed::Rating(_, text) | Typed::Unfinished(text)) => text.clone(),
                    _ => String::new(),
                };
            }
            last
        };
        for (text, scale, value) in [
            ("4", stars, 4.0),
            ("45", stars, 5.0),
            ("4.5", halves, 4.5),
            ("4,5", halves, 4.5),
            ("0.5", halves, 0.5),
            (".5", halves, 0.5),
            ("0", ten, 10.0),
            ("10", ten, 10.0),
            ("0", open, 0.0),
            ("7.25", open, 7.25),
            ("42", counts, 42.0),
        ] {
            let got = typed(text, scale);
            assert!(
                matches!(got, Some(Typed::Rating(v, _)) if v == value),
                "{text}: {got:?}"
            );
        }
        for (text, scale, word) in [
            ("9", stars, "9 is no rating here: they go from 1 to 5 in steps of 1"),
            ("4.5", stars, "4.5 is no rating"),
            ("4.3", halves, "4.3 is no rating"),
            ("0", stars, "0 is no rating"),
        ] {
            let got = typed(text, scale);
            assert!(
                matches!(&got, Some(Typed::Refused(why)) if why.contains(word)),
                "{text}: {got:?}"
            );
        }
        assert_eq!(typed("x", stars), None);
    }
}
