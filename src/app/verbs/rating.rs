//! What if: a rating that is another one, or not there.

use crate::answers::{Subject, Whose, World};
use crate::data::{Dataset, FeedbackKind, ItemIx, LARGEST_RATING, Scale};
use crate::panes::Selection;
use crate::panes::widgets::{quantity, short, thousands};

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
    selection.set_rating(dataset, &cell.whose, cell.item, value);
}

/// What an edited value can be, and the steps between: those of the scale; of counts the round numbers 1, 2, 5, 10, …
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    kind: FeedbackKind,
    scale: Scale,
}

/// Lights of a dial, at most.
const LIGHTS: u16 = 21;

impl Dial {
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            kind: dataset.feedback().kind,
            scale: dataset.scale(),
        }
    }

    /// One step up or down; from none, the upper middle.
    pub fn stepped(self, value: Option<f64>, up: bool) -> f64 {
        let rung = |n: f64| rung_at(n, self.scale);
        match (self.kind, value) {
            (FeedbackKind::Counts, None) => rung((self.rung_below(self.scale.max) / 2.0).round()),
            (FeedbackKind::Counts, Some(value)) => {
                let below = self.rung_below(value);
                let on = rung(below) >= value;
                let to = if up {
                    below + 1.0
                } else {
                    below - f64::from(u8::from(on))
                };
                rung(to.max(0.0)).min(LARGEST_RATING)
            }
            _ => stepped(value, up, self.scale),
        }
    }

    /// The rung of the ladder at or below a count, from 0.
    fn rung_below(self, value: f64) -> f64 {
        let mut n = 0.0;
        while n < 100.0 && rung_at(n + 1.0, self.scale) <= value {
            n += 1.0;
        }
        n
    }

    /// What a letter makes of a number that is being typed, as [`type_letter`]; a count may be any number from 0.
    pub fn type_letter(self, before: &str, letter: char) -> Option<Typed> {
        if self.kind != FeedbackKind::Counts {
            return type_letter(before, letter, self.scale);
        }
        let letter = if letter == ',' { '.' } else { letter };
        let whole = format!("{before}{letter}");
        let is_number = letter.is_ascii_digit() || (letter == '.' && !before.contains('.'));
        match whole.parse::<f64>() {
            _ if !is_number => None,
            Ok(value) if value > LARGEST_RATING => {
                Some(Typed::Refused(format!("no count is beyond {LARGEST_RATING:e}")))
            }
            Ok(value) if !whole.ends_with('.') => Some(Typed::Rating(value, whole)),
            _ => Some(Typed::Unfinished(whole)),
        }
    }

    /// What it can be set to, in words.
    pub fn in_words(self) -> String {
        let Scale { min, max, .. } = self.scale;
        match self.kind {
            FeedbackKind::Ratings => in_words(self.scale),
            FeedbackKind::Counts => format!(
                "so far {} to {}, each step 2 or 2.5 times",
                quantity(min),
                quantity(max)
            ),
            FeedbackKind::Events => "it happened, or not".to_owned(),
            FeedbackKind::Votes => format!("{} or {}", short(min), short(max)),
        }
    }

    /// A value in full.
    pub fn text(self, value: f64) -> String {
        match self.kind {
            FeedbackKind::Counts if value >= 1000.0 && value.fract() == 0.0 => thousands(value as u64),
            _ => short(value),
        }
    }

    /// How many lights there are, and how many of them are on.
    pub fn lights(self, value: Option<f64>) -> (u16, u16) {
        let place = |value: f64| match self.kind {
            FeedbackKind::Counts => self.rung_below(value),
            _ => ((value - self.scale.min) / step_of(self.scale)).round(),
        };
        let most = f64::from(LIGHTS - 1);
        let lit = |value: f64| place(value).clamp(0.0, most) as u16 + 1;
        (lit(self.scale.max), value.map_or(0, lit))
    }
}

/// The `n`-th of 1, 2, 5, 10, …, from the last one that is not above the lowest count.
fn rung_at(n: f64, scale: Scale) -> f64 {
    let first = if scale.min > 0.0 {
        scale.min.log10().floor()
    } else {
        0.0
    };
    let digit = [1.0, 2.0, 5.0][n.rem_euclid(3.0) as usize % 3];
    // Powers of ten below 1 are not exact; dividing gives the nearest.
    let decade = first + (n / 3.0).floor();
    if decade < 0.0 {
        digit / 10f64.powf(-decade)
    } else {
        digit * 10f64.powf(decade)
    }
}

/// The step of a scale: its own, or a twentieth of it where it is continuous.
fn step_of(scale: Scale) -> f64 {
    let width = scale.max - scale.min;
    let own = scale.step.filter(|s| *s > 0.0);
    own.unwrap_or(if width > 0.0 { width / 20.0 } else { 1.0 })
}

/// One step up or down from a rating; from none, the upper middle of the scale.
fn stepped(value: Option<f64>, up: bool, scale: Scale) -> f64 {
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
fn is_on(scale: Scale, value: f64) -> bool {
    let steps = scale
        .step
        .filter(|s| *s > 0.0)
        .map_or(0.0, |step| (value - scale.min) / step);
    (scale.min..=scale.max).contains(&value) && (steps - steps.round()).abs() < 1e-6
}

/// A scale in words: `1 to 5 in steps of 0.5`.
fn in_words(scale: Scale) -> String {
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
fn type_letter(before: &str, letter: char, scale: Scale) -> Option<Typed> {
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
    fn counts_step_by_round_numbers() {
        let dial = Dial {
            kind: FeedbackKind::Counts,
            scale: scale(1.0, 352_698.0, None),
        };
        let up: Vec<f64> = [1.0, 2.0, 3.0, 5.0, 13_883.0, 200_000.0, 352_698.0]
            .map(|v| dial.stepped(Some(v), true))
            .to_vec();
        assert_eq!(up, [2.0, 5.0, 5.0, 10.0, 20_000.0, 500_000.0, 500_000.0]);
        let down = [1.0, 2.0, 3.0, 5.0, 13_883.0, 0.0].map(|v| dial.stepped(Some(v), false));
        assert_eq!(down, [1.0, 1.0, 2.0, 2.0, 10_000.0, 1.0]);
        assert_eq!(dial.stepped(None, true), 500.0);
        assert_eq!(dial.lights(Some(13_883.0)), (17, 13));
        assert_eq!((dial.lights(None).1, dial.lights(Some(1e9)).1), (0, 21));
        let typed = |before, letter| dial.type_letter(before, letter);
        assert_eq!(typed("1388", '3'), Some(Typed::Rating(13_883.0, "13883".to_owned())));
        assert_eq!(typed("13", '.'), Some(Typed::Unfinished("13.".to_owned())));
        assert_eq!((typed("1.", '.'), typed("1", 'x')), (None, None));
        assert!(matches!(typed(&"9".repeat(300), '9'), Some(Typed::Refused(_))));
        let hours = Dial {
            kind: FeedbackKind::Counts,
            scale: scale(0.1, 400.0, None),
        };
        assert_eq!(hours.stepped(Some(0.3), false), 0.2);
        let events = Dial {
            kind: FeedbackKind::Events,
            scale: scale(1.0, 1.0, None),
        };
        assert_eq!((events.stepped(None, true), events.lights(Some(1.0))), (1.0, (1, 1)));
        let votes = Dial {
            kind: FeedbackKind::Votes,
            scale: scale(-1.0, 1.0, 2.0),
        };
        assert_eq!(
            (votes.stepped(None, true), votes.stepped(Some(1.0), false)),
            (1.0, -1.0)
        );
        assert_eq!(votes.in_words(), "-1 or 1");
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
