//! Controls: what a pane can be set to, as data. A pane declares them; one widget draws them, one set of actions works them,
//! and their values are part of the pane's question, of undo, of the session and of the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::theme::{Role, Theme};
use super::widgets::{fit, put, short, thousands, width};
use crate::answers::World;

/// One thing that a pane can be set to.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its name, on the screen and in session files: `horizon`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    pub kind: Kind,
    /// What it is until somebody sets it.
    pub default: Value,
}

/// What a control can be set to.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A number shown as a bar within its range.
    Slider(Range),
    Number(Range),
    Choice(Vec<String>),
    Toggle,
    /// A line of text; the check says what is wrong with it.
    Text(fn(&str) -> Result<(), String>),
    /// The same with what its end may go on with: all of the line, as it may become.
    Completed(fn(&str) -> Result<(), String>, fn(&World, &str) -> Vec<String>),
}

/// The range of a number and how it is stepped through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub min: f64,
    pub max: f64,
    /// From one value to the next.
    pub step: Step,
    /// Shown after the number: `pulls/s`; empty for a pure number.
    pub unit: &'static str,
}

/// How a number is stepped through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// By so much, and coarsely by so much.
    By(f64, f64),
    /// 1, 2, 5, 10, 20, …; coarsely by powers of ten.
    Decades,
}

/// What a control is set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
    /// A choice or a line of text.
    Text(String),
}

/// The values of a pane's controls that somebody has set, by name.
pub type Values = BTreeMap<String, Value>;

impl Range {
    fn stepped(&self, value: f64, up: bool, coarse: bool) -> f64 {
        let sign = if up { 1.0 } else { -1.0 };
        let to = match self.step {
            Step::By(fine, large) => {
                let step = if coarse { large } else { fine };
                // Onto the grid of steps, whatever was typed before; rounded, so that tenths leave nothing behind.
                let at = (value - self.min) / step;
                let next = if up {
                    (at + 1e-9).floor() + 1.0
                } else {
                    (at - 1e-9).ceil() - 1.0
                };
                ((self.min + next * step) * 1e9).round() / 1e9
            }
            Step::Decades if coarse => value * 10f64.powf(sign),
            Step::Decades => {
                let decade = 10f64.powf(value.max(f64::MIN_POSITIVE).log10().floor());
                let marks = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0].map(|m| m * decade);
                let above = marks.iter().find(|m| **m > value * (1.0 + 1e-9));
                let below = marks.iter().rfind(|m| **m < value * (1.0 - 1e-9));
                *(if up { above } else { below }).unwrap_or(&value)
            }
        };
        to.clamp(self.min, self.max)
    }

    /// Where in its range a value lies, 0 to 1.
    fn share(&self, value: f64) -> f64 {
        let at = match self.step {
            Step::By(..) => (value - self.min) / (self.max - self.min),
            Step::Decades => (value / self.min).ln() / (self.max / self.min).ln(),
        };
        if at.is_finite() { at.clamp(0.0, 1.0) } else { 0.0 }
    }
}

impl Control {
    /// A number without a unit.
    pub fn number(name: &'static str, doc: &'static str, (min, max): (f64, f64), step: Step, default: f64) -> Self {
        Self {
            name,
            doc,
            kind: Kind::Number(Range {
                min,
                max,
                step,
                unit: "",
            }),
            default: Value::Number(default),
        }
    }

    /// What it is set to among `values`: the default where nobody set it, or where it was set to what it cannot be.
    pub fn value(&self, values: &Values) -> Value {
        let fits = |value: &&Value| match (&self.kind, value) {
            (Kind::Slider(range) | Kind::Number(range), Value::Number(n)) => (range.min..=range.max).contains(n),
            (Kind::Choice(options), Value::Text(text)) => options.contains(text),
            (Kind::Toggle, Value::Flag(_)) => true,
            (Kind::Text(check) | Kind::Completed(check, _), Value::Text(text)) => check(text).is_ok(),
            _ => false,
        };
        values.get(self.name).filter(fits).unwrap_or(&self.default).clone()
    }

    /// One step on from a value.
    pub fn stepped(&self, value: &Value, up: bool, coarse: bool) -> Value {
        match (&self.kind, value) {
            (Kind::Slider(range) | Kind::Number(range), Value::Number(n)) => {
                Value::Number(range.stepped(*n, up, coarse))
            }
            (Kind::Choice(options), Value::Text(text)) => {
                let last = options.len().saturating_sub(1);
                let at = options.iter().position(|o| o == text).unwrap_or(0);
                let to = match (up, coarse) {
                    (true, true) => last,
                    (false, true) => 0,
                    (true, false) => (at + 1).min(last),
                    (false, false) => at.saturating_sub(1),
                };
                options
                    .get(to)
                    .map_or_else(|| value.clone(), |o| Value::Text(o.clone()))
            }
            (Kind::Toggle, Value::Flag(_)) => Value::Flag(up),
            _ => value.clone(),
        }
    }

    /// What a typed text means.
    ///
    /// # Errors
    /// One sentence with what is allowed.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match &self.kind {
            Kind::Slider(range) | Kind::Number(range) => {
                let plain = text.replace([',', '_'], "");
                let number: f64 = plain.parse().map_err(|_| format!("{text:?} is not a number"))?;
                let whole =
                    matches!(range.step, Step::Decades) || matches!(range.step, Step::By(s, _) if s.fract() == 0.0);
                if whole && number.fract() != 0.0 {
                    return Err(format!("{} is a whole number", self.name));
                }
                if (range.min..=range.max).contains(&number) {
                    return Ok(Value::Number(number));
                }
                Err(format!(
                    "{} goes from {} to {}",
                    self.name,
                    number_text(range.min),
                    number_text(range.max)
                ))
            }
            Kind::Choice(options) => {
                let starting: Vec<&String> = options.iter().filter(|o| o.starts_with(text)).collect();
                let only = || starting.first().copied().filter(|_| starting.len() == 1);
                match options.iter().find(|o| *o == text).or_else(only) {
                    Some(found) => Ok(Value::Text(found.clone())),
                    None => Err(format!("{} is one of {}", self.name, options.join(", "))),
                }
            }
            Kind::Toggle => match text {
                "on" | "yes" | "true" | "1" => Ok(Value::Flag(true)),
                "off" | "no" | "false" | "0" => Ok(Value::Flag(false)),
                _ => Err(format!("{} is on or off", self.name)),
            },
            Kind::Text(check) | Kind::Completed(check, _) => check(text).map(|()| Value::Text(text.to_owned())),
        }
    }

    /// What a typed text may become.
    pub fn completions(&self, world: &World, text: &str) -> Vec<String> {
        match &self.kind {
            Kind::Completed(_, offers) => offers(world, text),
            Kind::Choice(options) => options
                .iter()
                .filter(|o| o.starts_with(text) && *o != text)
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The value at a share (0 to 1) of a slider's range, on its steps; `None` for what is no slider.
    pub fn at_share(&self, share: f64) -> Option<Value> {
        let Kind::Slider(range) = &self.kind else { return None };
        let share = share.clamp(0.0, 1.0);
        let exact = match range.step {
            Step::By(fine, _) => {
                let raw = share * (range.max - range.min) / fine;
                ((range.min + raw.round() * fine) * 1e9).round() / 1e9
            }
            Step::Decades => (range.min * (range.max / range.min).powf(share)).round(),
        };
        Some(Value::Number(exact.clamp(range.min, range.max)))
    }

    /// A value as it is shown and typed, with its unit.
    pub fn shown(&self, value: &Value) -> String {
        match (value, &self.kind) {
            (Value::Number(n), Kind::Slider(range) | Kind::Number(range)) if !range.unit.is_empty() => {
                format!("{} {}", number_text(*n), range.unit)
            }
            _ => text_of(value),
        }
    }
}

/// A value as it is typed: without a unit.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Flag(on) => if *on { "on" } else { "off" }.to_owned(),
        Value::Number(n) => number_text(*n),
        Value::Text(text) => text.clone(),
    }
}

fn number_text(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() >= 1000.0 && n.abs() < 1e15 {
        let sign = if n < 0.0 { "-" } else { "" };
        format!("{sign}{}", thousands(n.abs() as u64))
    } else {
        short(n)
    }
}

/// The values of a pane's controls, defaults filled in, as its question needs them.
pub struct Settings {
    pub controls: Vec<Control>,
    pub values: Values,
}

impl Settings {
    fn value(&self, name: &str) -> Option<Value> {
        let control = self.controls.iter().find(|c| c.name == name)?;
        Some(control.value(&self.values))
    }

    /// A number; 0 where there is no such control.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Number(n)) => n,
            _ => 0.0,
        }
    }

    /// A choice or a line of text.
    pub fn text(&self, name: &str) -> String {
        self.value(name).map_or_else(String::new, |v| text_of(&v))
    }
}

/// How wide a slider's bar is.
const BAR: u16 = 8;

/// The least height inside a pane's border at which its controls are drawn though none of them has the keyboard.
const ROOMY: u16 = 12;

/// How many of the pane's lines its controls take: none in a low pane, unless one of them has the keyboard.
pub fn height(controls: &[Control], values: &Values, focus: Option<usize>, inside: Rect) -> u16 {
    if controls.is_empty() || inside.height < 2 || (focus.is_none() && inside.height < ROOMY) {
        return 0;
    }
    let lines = places(controls, values, inside)
        .last()
        .map_or(0, |p| p.y - inside.y + 1);
    // Where there is room for one line only, it is the one with the keyboard.
    lines.min((inside.height / 4).max(1))
}

/// A control's cells: `name value`, with a bar for a slider.
fn cells(control: &Control, value: &Value) -> u16 {
    let bar = if matches!(control.kind, Kind::Slider(_)) {
        BAR + 1
    } else {
        0
    };
    (width(control.name) + 1 + width(&control.shown(value))) as u16 + bar
}

/// Where each control stands: one after the other, wrapped.
fn places(controls: &[Control], values: &Values, area: Rect) -> Vec<Rect> {
    let (mut x, mut y) = (area.x, area.y);
    let mut places = Vec::with_capacity(controls.len());
    for control in controls {
        let long = cells(control, &control.value(values)).min(area.width);
        if x > area.x && x + long > area.right() {
            (x, y) = (area.x, y.saturating_add(1));
        }
        places.push(Rect::new(x, y, long, 1));
        x += long + 2;
    }
    places
}

/// Draws the controls into `area`; returns where each one went (empty where it did not fit).
pub fn draw(
    controls: &[Control],
    values: &Values,
    focus: Option<usize>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Vec<Rect> {
    let mut all = places(controls, values, area);
    // Scrolled by whole lines, so that the one with the keyboard is seen.
    let line = focus.and_then(|n| all.get(n)).map_or(0, |p| p.y - area.y);
    let first = (line + 1).saturating_sub(area.height);
    for (n, place) in all.iter_mut().enumerate() {
        let seen = (first..first + area.height).contains(&(place.y - area.y));
        *place = if seen {
            Rect {
                y: place.y - first,
                ..*place
            }
        } else {
            Rect::default()
        };
        if seen {
            draw_one(&controls[n], values, focus == Some(n), *place, buffer, theme);
        }
    }
    all
}

fn draw_one(control: &Control, values: &Values, focused: bool, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let value = control.value(values);
    let shown = control.shown(&value);
    let role = if values.contains_key(control.name) {
        Role::Edited
    } else {
        Role::Text
    };
    let used = put(buffer, place, place.x, place.y, control.name, theme.style(Role::Muted)) + 1;
    let text = fit(
        &shown,
        usize::from(place.width.saturating_sub(used)),
        theme.symbols().ellipsis,
    );
    let after = put(buffer, place, place.x + used, place.y, &text, theme.style(role));
    if let (Kind::Slider(range), Value::Number(n)) = (&control.kind, &value) {
        let bar = bar_of(place, 0);
        if bar.x > place.x + used + after {
            slider(range, *n, bar, buffer, theme, role);
        }
    }
    if focused {
        buffer.set_style(place, theme.style(Role::Selection));
    }
}

/// Draws a slider's bar over the whole of `bar`, the knob where the value is.
pub fn slider(range: &Range, value: f64, bar: Rect, buffer: &mut Buffer, theme: &Theme, role: Role) {
    let (line, at) = if theme.is_ascii() { ("-", "o") } else { ("─", "●") };
    let knob = cell_of(range, value, bar.width);
    for cell in 0..bar.width {
        let symbol = if cell == knob { at } else { line };
        put(buffer, bar, bar.x + cell, bar.y, symbol, theme.style(role));
    }
}

/// The cell of a bar of so many cells in which a value lies.
pub fn cell_of(range: &Range, value: f64, cells: u16) -> u16 {
    (range.share(value) * f64::from(cells.saturating_sub(1))).round() as u16
}

/// A name that is made at run time, as a control's. Kept for good: there are as many as there are dials in formulas.
pub fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

/// Where a slider's bar stands in its place: `cells` wide, as wide as those below a pane where that is 0.
fn bar_of(place: Rect, cells: u16) -> Rect {
    let long = (if cells == 0 { BAR } else { cells }).min(place.width);
    Rect {
        x: place.right() - long,
        width: long,
        ..place
    }
}

/// The share of a slider's range that a column of the screen means, where its bar, so many cells wide, stands there.
pub fn share_at(place: Rect, bar: u16, x: u16) -> f64 {
    let bar = bar_of(place, bar);
    let last = f64::from(bar.width.saturating_sub(1).max(1));
    (f64::from(x) - f64::from(bar.x)) / last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(min: f64, max: f64, step: Step, default: f64) -> Control {
        Control {
            name: "n",
            doc: "A number.",
            kind: Kind::Number(Range {
                min,
                max,
                step,
                unit: "",
            }),
            default: Value::Number(default),
        }
    }

    #[test]
    fn numbers_step_along_their_grid_and_stay_in_their_range() {
        let epsilon = number(0.0, 1.0, Step::By(0.05, 0.25), 0.1);
        let horizon = number(10.0, 1e6, Step::Decades, 1e4);
        for (control, from, up, coarse, to) in [
            (&epsilon, 0.1, true, false, 0.15),
            (&epsilon, 0.15, false, false, 0.1),
            (&epsilon, 0.12, true, false, 0.15),
            (&epsilon, 0.12, false, false, 0.1),
            (&epsilon, 0.1, true, true, 0.25),
            (&epsilon, 1.0, true, false, 1.0),
            (&epsilon, 0.0, false, true, 0.0),
            (&horizon, 1e4, true, false, 2e4),
            (&horizon, 2e4, true, false, 5e4),
            (&horizon, 5e4, true, false, 1e5),
            (&horizon, 1e4, false, false, 5e3),
            (&horizon, 5e3, false, false, 2e3),
            (&horizon, 3e3, true, false, 5e3),
            (&horizon, 1e4, true, true, 1e5),
            (&horizon, 1e6, true, false, 1e6),
            (&horizon, 10.0, false, false, 10.0),
        ] {
            let Value::Number(got) = control.stepped(&Value::Number(from), up, coarse) else {
                panic!("a number steps to a number");
            };
            assert!(
                (got - to).abs() <= 1e-9 * to.abs().max(1.0),
                "{from} {up} {coarse}: {got}, not {to}"
            );
        }
    }

    #[test]
    fn what_is_typed_is_checked() {
        let arms = number(2.0, 50.0, Step::By(1.0, 10.0), 10.0);
        assert_eq!(arms.parse(" 12 "), Ok(Value::Number(12.0)));
        assert_eq!(arms.parse("1").unwrap_err(), "n goes from 2 to 50");
        assert_eq!(arms.parse("2.5").unwrap_err(), "n is a whole number");
        assert_eq!(arms.parse("many").unwrap_err(), "\"many\" is not a number");
        assert!(arms.parse("NaN").is_err() && arms.parse("inf").is_err());
        let choice = Control {
            kind: Kind::Choice(vec!["slow".to_owned(), "slower".to_owned(), "fast".to_owned()]),
            default: Value::Text("fast".to_owned()),
            ..arms.clone()
        };
        assert_eq!(choice.parse("f"), Ok(Value::Text("fast".to_owned())));
        assert_eq!(choice.parse("slow"), Ok(Value::Text("slow".to_owned())));
        assert!(choice.parse("slo").is_err());
        assert_eq!(
            choice.stepped(&Value::Text("slow".to_owned()), true, true),
            Value::Text("fast".to_owned())
        );
    }

    #[test]
    fn a_value_that_cannot_be_is_the_default() {
        let arms = number(2.0, 50.0, Step::By(1.0, 10.0), 10.0);
        let set = |value| arms.value(&Values::from([("n".to_owned(), value)]));
        assert_eq!(set(Value::Number(7.0)), Value::Number(7.0));
        for odd in [
            Value::Number(51.0),
            Value::Number(f64::NAN),
            Value::Flag(true),
            Value::Text("7".to_owned()),
        ] {
            assert_eq!(set(odd), Value::Number(10.0));
        }
    }

    #[test]
    fn they_wrap_and_the_one_with_the_keyboard_is_seen() {
        let controls: Vec<Control> = (0..9).map(|_| number(0.0, 100.0, Step::By(1.0, 10.0), 42.0)).collect();
        let values = Values::new();
        let inside = Rect::new(0, 0, 12, 40);
        assert_eq!(height(&controls, &values, None, inside), 5);
        assert_eq!(height(&controls, &values, None, Rect { height: 8, ..inside }), 0);
        for focus in 0..9 {
            let low = Rect { height: 8, ..inside };
            let lines = height(&controls, &values, Some(focus), low);
            let area = Rect {
                height: lines,
                ..inside
            };
            let mut buffer = Buffer::empty(area);
            let places = draw(&controls, &values, Some(focus), area, &mut buffer, &Theme::default());
            assert!(!places[focus].is_empty() && area.intersection(places[focus]) == places[focus]);
        }
        // Any area, 0×0 included.
        for (w, h) in [(0, 0), (1, 1), (3, 2)] {
            let area = Rect::new(0, 0, w, h);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 5));
            draw(&controls, &values, Some(8), area, &mut buffer, &Theme::default());
        }
    }
}
