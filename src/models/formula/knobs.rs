//! All that a formula can be set to: its dials, and the parameters of its models, which have to be fitted anew.

use super::{DialError, DialValue, Formula, Norm};
use crate::data::unknown;
use crate::models::{ParamValue, Parameter, Search};

/// Something in a formula that can be set to one value after another.
#[derive(Clone, Debug)]
pub struct Knob {
    /// Where it is: the places of the parts on the way, from 1, then its name: `1.weight`, `factors`, `2.1.lambda`.
    pub path: String,
    pub kind: KnobKind,
    /// What it belongs to.
    pub of: Formula,
}

/// What a knob sets.
#[derive(Clone, Debug)]
pub enum KnobKind {
    /// What needs no fit: see [`Formula::dials`].
    Dial(super::Dial),
    /// A parameter of a model.
    Parameter {
        parameter: Parameter,
        /// What it is set to; `None` where the default is a rule in words.
        value: Option<ParamValue>,
        /// The values that tuning tries, where it tries any.
        search: Option<Search>,
    },
}

impl DialValue {
    /// Reads a finite number or the name of a normalization.
    pub fn parse(text: &str) -> Option<Self> {
        let norm = Norm::ALL.into_iter().find(|norm| norm.name() == text);
        let number = || text.parse::<f64>().ok().filter(|n| n.is_finite());
        norm.map(Self::Norm).or_else(|| number().map(Self::Number))
    }
}

impl Formula {
    /// All that it can be set to: its dials, then the parameters of its models, in the order of the formula. What becomes the features of another model is left as it is.
    pub fn knobs(&self) -> Vec<Knob> {
        let dial = |dial: super::Dial| Knob {
            path: dial.path.clone(),
            of: dial.of.clone(),
            kind: KnobKind::Dial(dial),
        };
        let mut knobs: Vec<Knob> = self.dials().into_iter().map(dial).collect();
        self.collect_parameters("", &mut knobs);
        knobs
    }

    fn collect_parameters(&self, path: &str, knobs: &mut Vec<Knob>) {
        match self {
            Self::Augment { .. } => {}
            Self::Model { model, params } => {
                for parameter in params.known() {
                    let search = model.spec().search.iter().find(|search| search.name == parameter.name);
                    knobs.push(Knob {
                        path: format!("{path}{}", parameter.name),
                        kind: KnobKind::Parameter {
                            parameter: *parameter,
                            value: params.get(parameter.name),
                            search: search.copied(),
                        },
                        of: self.clone(),
                    });
                }
            }
            _ => {
                for (n, part) in self.parts().into_iter().enumerate() {
                    part.collect_parameters(&format!("{path}{}.", n + 1), knobs);
                }
            }
        }
    }

    /// The knob at a path.
    ///
    /// # Errors
    /// A sentence that names the knobs there are.
    pub fn knob(&self, path: &str) -> Result<Knob, DialError> {
        let mut knobs = self.knobs();
        match knobs.iter().position(|knob| knob.path == path) {
            Some(at) => Ok(knobs.swap_remove(at)),
            None if knobs.is_empty() => Err(DialError(format!(
                "{self} has nothing to turn: neither weights nor parameters"
            ))),
            None => Err(DialError(unknown(
                "dial",
                path,
                knobs.iter().map(|knob| knob.path.as_str()),
            ))),
        }
    }

    /// The same formula with a dial or a parameter set to a value, written as in formulas.
    ///
    /// # Errors
    /// A sentence where there is no such knob, or where it cannot be set to that.
    pub fn with_setting(&self, path: &str, text: &str) -> Result<Self, DialError> {
        match self.knob(path)?.kind {
            KnobKind::Dial(_) => {
                let value =
                    DialValue::parse(text).ok_or_else(|| DialError(format!("{path} cannot be set to {text}")))?;
                self.turned(path, value)
            }
            KnobKind::Parameter { .. } => {
                let mut set = self.clone();
                set.set_parameter(path, text)?;
                Ok(set)
            }
        }
    }

    fn set_parameter(&mut self, path: &str, text: &str) -> Result<(), DialError> {
        if let Self::Model { params, .. } = self {
            return params.set(path, text).map_err(DialError);
        }
        let wrong = || DialError(format!("{path} cannot be set to {text}"));
        let (place, rest) = path.split_once('.').ok_or_else(wrong)?;
        let place: usize = place.parse().map_err(|_| wrong())?;
        let part = self.part_mut(place.wrapping_sub(1)).ok_or_else(wrong)?;
        part.set_parameter(rest, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str) -> Formula {
        Formula::parse(text).unwrap()
    }

    #[test]
    fn dials_and_parameters_are_set_by_their_paths() {
        let start = formula("0.6*ease + 0.4*(0.7*svd:factors=20 + 0.3*content | zscore)");
        let paths: Vec<String> = start.knobs().into_iter().map(|knob| knob.path).collect();
        for path in ["1.weight", "norm", "2.norm", "1.lambda", "2.1.factors"] {
            assert!(paths.iter().any(|p| p == path), "{path} in {paths:?}");
        }
        for (path, text, expected) in [
            (
                "1.lambda",
                "100",
                "0.6*ease:lambda=100 + 0.4*(0.7*svd:factors=20 + 0.3*content | zscore)",
            ),
            (
                "2.1.factors",
                "7",
                "0.6*ease + 0.4*(0.7*svd:factors=7 + 0.3*content | zscore)",
            ),
            (
                "2.norm",
                "rank",
                "0.6*ease + 0.4*(0.7*svd:factors=20 + 0.3*content | rank)",
            ),
            (
                "1.weight",
                "0.25",
                "0.25*ease + 0.4*(0.7*svd:factors=20 + 0.3*content | zscore)",
            ),
        ] {
            let set = start.with_setting(path, text).unwrap();
            assert_eq!(set.to_string(), formula(expected).to_string());
        }
        assert_eq!(
            formula("svd").with_setting("factors", "3").unwrap(),
            formula("svd:factors=3")
        );
    }

    #[test]
    fn every_knob_of_every_model_can_be_set_to_both_its_ends() {
        for model in crate::models::MODELS {
            let lone = formula(model.name);
            for knob in lone.knobs() {
                let KnobKind::Parameter { parameter, search, .. } = knob.kind else {
                    panic!("{}: a lone model has no dials", model.name)
                };
                for place in [0.0, 1.0] {
                    let Some(text) = search.map(|search| search.at(&parameter, place)) else {
                        continue;
                    };
                    assert!(lone.with_setting(&knob.path, &text).is_ok(), "{}={text}", knob.path);
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_set_says_so() {
        let say =
            |text: &str, path: &str, value: &str| formula(text).with_setting(path, value).unwrap_err().to_string();
        assert!(say("svd", "factros", "3").contains("did you mean factors?"));
        assert!(say("svd", "factors", "-1").contains("factors=-1 is not allowed"));
        assert!(say("svd + ease", "norm", "7").contains("norm cannot be set to 7"));
        assert!(say("svd + ease", "1.weight", "NaN").contains("cannot be set to NaN"));
        assert!(say("random", "x", "1").contains("nothing to turn"));
    }
}
