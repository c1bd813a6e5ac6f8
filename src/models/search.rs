//! Where tuning looks for better parameters: one line a parameter in a model's [`ModelSpec`](super::ModelSpec).

use serde::ser::{Serialize, Serializer};
use std::fmt;

use super::{ParamValue, Parameter, Range};

/// The values of one parameter that tuning tries. Parameters without one keep their default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// As in formulas.
    pub name: &'static str,
    pub span: Span,
}

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Evenly from the first to the second.
    Even(f64, f64),
    /// From the first to the second, both above 0, as often between 1 and 10 as between 10 and 100.
    Log(f64, f64),
    /// One of these words, each as often.
    Words(&'static [&'static str]),
}

impl Search {
    pub const fn even(name: &'static str, low: f64, high: f64) -> Self {
        Self {
            name,
            span: Span::Even(low, high),
        }
    }

    pub const fn log(name: &'static str, low: f64, high: f64) -> Self {
        Self {
            name,
            span: Span::Log(low, high),
        }
    }

    pub const fn words(name: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            span: Span::Words(words),
        }
    }

    /// The value at a place of the span, 0 its beginning and 1 its end, as formulas have it: three significant digits, whole
    /// where the parameter is.
    pub fn at(&self, parameter: &Parameter, place: f64) -> String {
        let place = place.clamp(0.0, 1.0);
        let number = match self.span {
            Span::Even(low, high) => low + place * (high - low),
            Span::Log(low, high) => (low.ln() + place * (high.ln() - low.ln())).exp(),
            Span::Words(words) => {
                let last = words.len().saturating_sub(1);
                let at = (place * words.len() as f64) as usize;
                return words.get(at.min(last)).copied().unwrap_or_default().to_owned();
            }
        };
        match parameter.range {
            Range::Whole(..) | Range::WholeOrAll(..) => format!("{:.0}", number.round()),
            Range::Real(..) | Range::Choice(_) => significant(number).to_string(),
        }
    }

    /// The place of a value: the reverse of [`Search::at`], within the span. `None` for a value that has none (`all`).
    pub fn place(&self, value: ParamValue) -> Option<f64> {
        let number = match value {
            ParamValue::Real(x) => x,
            ParamValue::Whole(n) => n as f64,
            ParamValue::All => return None,
            ParamValue::Word(word) => {
                let Span::Words(words) = self.span else { return None };
                let at = words.iter().position(|w| *w == word)?;
                return Some((at as f64 + 0.5) / words.len() as f64);
            }
        };
        let place = match self.span {
            Span::Even(low, high) => (number - low) / (high - low),
            Span::Log(low, high) if number > 0.0 => (number / low).ln() / (high / low).ln(),
            Span::Log(..) => 0.0,
            Span::Words(_) => return None,
        };
        Some(place.clamp(0.0, 1.0))
    }
}

/// `number` with three significant digits.
fn significant(number: f64) -> f64 {
    // What `format!` writes of a finite number reads back.
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// `50 to 5000, by ratio`, `0.3 to 1.6`, `cosine | jaccard`.
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Span::Even(low, high) => write!(f, "{low} to {high}"),
            Span::Log(low, high) => write!(f, "{low} to {high}, by ratio"),
            Span::Words(words) => f.write_str(&words.join(" | ")),
        }
    }
}

impl Serialize for Search {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{MODELS, Params};

    #[test]
    fn every_place_is_a_value_that_the_model_takes() {
        let mut searched = 0;
        for spec in MODELS {
            for search in spec.search {
                let parameter = spec.parameters.iter().find(|p| p.name == search.name);
                let parameter = parameter.unwrap_or_else(|| panic!("{} has no {}", spec.name, search.name));
                let mut params = Params::defaults(spec.parameters);
                for place in [0.0, 0.25, 0.5, 0.99, 1.0] {
                    let text = search.at(parameter, place);
                    assert_eq!(params.set(search.name, &text), Ok(()), "{}: {text}", spec.name);
                    let value = params.get(search.name).unwrap();
                    let back = search.place(value).unwrap();
                    assert_eq!(search.at(parameter, back), text, "{} {}", spec.name, search.name);
                }
                assert!(!search.to_string().is_empty());
                searched += 1;
            }
        }
        assert!(searched > 60, "{searched}");
    }

    #[test]
    fn a_default_lies_within_its_span() {
        for spec in MODELS {
            let params = Params::defaults(spec.parameters);
            for search in spec.search {
                let Some(value) = params.get(search.name) else { continue };
                let inside = match (search.span, value) {
                    (Span::Words(words), ParamValue::Word(word)) => words.contains(&word),
                    // Off; what is drawn turns it on, as often as not.
                    (Span::Log(..), ParamValue::Real(0.0)) | (_, ParamValue::All) => true,
                    (Span::Even(low, high) | Span::Log(low, high), ParamValue::Real(x)) => (low..=high).contains(&x),
                    (Span::Even(low, high) | Span::Log(low, high), ParamValue::Whole(n)) => {
                        (low..=high).contains(&(n as f64))
                    }
                    _ => false,
                };
                assert!(inside, "{}: {}={value} is not in {search}", spec.name, search.name);
            }
        }
    }

    #[test]
    fn spans_by_hand() {
        let lambda = Parameter {
            name: "lambda",
            range: Range::Real(0.0, 1e9),
            default: "1",
            doc: "",
        };
        let by_ratio = Search::log("lambda", 1.0, 10_000.0);
        assert_eq!(by_ratio.at(&lambda, 0.5), "100");
        assert_eq!(by_ratio.at(&lambda, 0.3), "15.8");
        assert_eq!(by_ratio.place(ParamValue::Real(10.0)), Some(0.25));
        assert_eq!(by_ratio.place(ParamValue::Real(0.0)), Some(0.0));
        let whole = Parameter {
            range: Range::WholeOrAll(1, u64::MAX),
            ..lambda
        };
        assert_eq!(Search::even("lambda", 1.0, 4.0).at(&whole, 0.5), "3");
        assert_eq!(by_ratio.place(ParamValue::All), None);
        let words = Search::words("lambda", &["a", "b", "c"]);
        assert_eq!(
            [0.0, 0.34, 0.9, 1.0].map(|p| words.at(&lambda, p)),
            ["a", "b", "c", "c"]
        );
    }
}
