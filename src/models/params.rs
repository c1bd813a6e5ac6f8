use std::collections::BTreeMap;
use std::fmt;

use crate::data::nearest;

/// The allowed values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A real number, both ends included.
    Real(f64, f64),
    /// An integer, both ends included.
    Whole(u64, u64),
    /// An integer from the first to the second, or the word `all`.
    WholeOrAll(u64, u64),
    Choice(&'static [&'static str]),
}

/// A parameter of a model, from which parsing, help, docs and menus are generated.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As in formulas: `factors`, `min-support`.
    pub name: &'static str,
    pub range: Range,
    /// The default as in formulas; may be a rule in words where it depends on others (`100 for pearson-baseline, else
    /// 0`), which the model then evaluates.
    pub default: &'static str,
    pub doc: &'static str,
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamValue {
    Real(f64),
    Whole(u64),
    All,
    Word(&'static str),
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real(x) => write!(f, "{x}"),
            Self::Whole(n) => write!(f, "{n}"),
            Self::All => f.write_str("all"),
            Self::Word(w) => f.write_str(w),
        }
    }
}

impl Parameter {
    /// A copy with another default.
    #[must_use]
    pub const fn with_default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// Parses a value; the error says what is allowed.
    pub fn parse(&self, text: &str) -> Result<ParamValue, String> {
        let whole = |low: u64, high: u64| {
            let n = text.parse::<u64>().ok().filter(|n| (low..=high).contains(n));
            n.map(ParamValue::Whole)
        };
        let value = match self.range {
            Range::Real(low, high) => {
                let x = text.parse::<f64>().ok().filter(|x| (low..=high).contains(x));
                x.map(ParamValue::Real)
            }
            Range::Whole(low, high) => whole(low, high),
            Range::WholeOrAll(low, high) if text != "all" => whole(low, high),
            Range::WholeOrAll(..) => Some(ParamValue::All),
            Range::Choice(words) => words.iter().find(|w| **w == text).map(|w| ParamValue::Word(w)),
        };
        value.ok_or_else(|| format!("{}={text} is not allowed: {}", self.name, self.range))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real(low, high) if *high >= f64::MAX => write!(f, "a number from {low}"),
            Self::Real(low, high) => write!(f, "a number from {low} to {high}"),
            Self::Whole(low, u64::MAX) => write!(f, "a whole number from {low}"),
            Self::Whole(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::WholeOrAll(low, u64::MAX) => write!(f, "a whole number from {low}, or all"),
            Self::WholeOrAll(low, high) => write!(f, "a whole number from {low} to {high}, or all"),
            Self::Choice(words) => f.write_str(&words.join(" | ")),
        }
    }
}

/// The parameters of one model: values set over defaults.
#[derive(Clone, Debug)]
pub struct Params {
    known: &'static [Parameter],
    /// Defaults that override those of `known`.
    own: BTreeMap<&'static str, ParamValue>,
    set: BTreeMap<&'static str, ParamValue>,
}

impl PartialEq for Params {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl Params {
    pub fn defaults(known: &'static [Parameter]) -> Self {
        Self::with_defaults(known, BTreeMap::new())
    }

    /// All defaults, those in `own` instead of the parameter's.
    pub fn with_defaults(known: &'static [Parameter], own: BTreeMap<&'static str, ParamValue>) -> Self {
        Self {
            known,
            own,
            set: BTreeMap::new(),
        }
    }

    /// The parameters that may be set.
    pub fn known(&self) -> &'static [Parameter] {
        self.known
    }

    /// Sets a parameter from text. A default value is not kept, so that equal models have equal formulas.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(parameter) = self.known.iter().find(|p| p.name == name) else {
            let names: Vec<&str> = self.known.iter().map(|p| p.name).collect();
            return Err(match nearest(name, names.iter().copied()) {
                Some(close) => format!("there is no parameter {name} here; did you mean {close}?"),
                None if names.is_empty() => format!("there is no parameter {name} here; this model has none"),
                None => format!("there is no parameter {name} here; there are: {}", names.join(", ")),
            });
        };
        let value = parameter.parse(text)?;
        if self.default(parameter) == Some(value) {
            self.set.remove(parameter.name);
        } else {
            self.set.insert(parameter.name, value);
        }
        Ok(())
    }

    /// The value of `name`: as set, else the default; `None` where the default is a rule in words, or there is no
    /// `name`.
    pub fn get(&self, name: &str) -> Option<ParamValue> {
        if let Some(value) = self.set.get(name) {
            return Some(*value);
        }
        self.default(self.known.iter().find(|p| p.name == name)?)
    }

    fn default(&self, parameter: &Parameter) -> Option<ParamValue> {
        let own = self.own.get(parameter.name).copied();
        own.or_else(|| parameter.parse(parameter.default).ok())
    }

    /// The default as in formulas, or the rule in words.
    pub fn default_text(&self, parameter: &Parameter) -> String {
        let own = self.own.get(parameter.name);
        own.map_or_else(|| parameter.default.to_owned(), ParamValue::to_string)
    }

    /// A real number or integer; 0 where `get` has none.
    pub fn real(&self, name: &str) -> f64 {
        match self.get(name) {
            Some(ParamValue::Real(x)) => x,
            Some(ParamValue::Whole(n)) => n as f64,
            _ => 0.0,
        }
    }

    /// An integer; `usize::MAX` for `all`, 0 where `get` has none.
    pub fn whole(&self, name: &str) -> usize {
        match self.get(name) {
            Some(ParamValue::Whole(n)) => usize::try_from(n).unwrap_or(usize::MAX),
            Some(ParamValue::All) => usize::MAX,
            _ => 0,
        }
    }

    /// A word; empty where `get` has none.
    pub fn word(&self, name: &str) -> &'static str {
        match self.get(name) {
            Some(ParamValue::Word(w)) => w,
            _ => "",
        }
    }

    /// Those set to something other than the default, in the order of the model's list.
    pub fn changed(&self) -> impl Iterator<Item = (&'static str, ParamValue)> + '_ {
        self.known
            .iter()
            .filter_map(|p| self.set.get(p.name).map(|v| (p.name, *v)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Parameter] = &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "100",
            doc: "",
        },
        Parameter {
            name: "k",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "40",
            doc: "",
        },
        Parameter {
            name: "shrinkage",
            range: Range::Real(0.0, f64::MAX),
            default: "it depends",
            doc: "",
        },
    ];

    #[test]
    fn what_is_the_default_is_not_kept() {
        let mut params = Params::defaults(KNOWN);
        params.set("factors", "100").unwrap();
        params.set("k", "all").unwrap();
        params.set("shrinkage", "2.5").unwrap();
        let changed: Vec<String> = params.changed().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(changed, ["k=all", "shrinkage=2.5"]);
        assert_eq!((params.whole("factors"), params.whole("k")), (100, usize::MAX));
        assert_eq!(Params::defaults(KNOWN).get("shrinkage"), None);
    }

    #[test]
    fn mistakes_are_explained() {
        let mut params = Params::defaults(KNOWN);
        assert_eq!(
            params.set("factor", "3").unwrap_err(),
            "there is no parameter factor here; did you mean factors?"
        );
        assert_eq!(
            params.set("factors", "0").unwrap_err(),
            "factors=0 is not allowed: a whole number from 1 to 1000"
        );
        assert!(params.set("shrinkage", "NaN").is_err());
    }
}
