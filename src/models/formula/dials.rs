//! What can be turned in a formula without fitting anything anew: weights, normalizations, thresholds, widths.

use std::fmt;

use super::{Formula, Norm};
use crate::data::nearest;

/// What a dial turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DialKind {
    /// The weight of a part of a weighted sum.
    Weight,
    /// How the parts of a weighted sum are normalized.
    Norm,
    /// The count that a switch tests for.
    Threshold,
    /// How many items each stage of a cascade keeps.
    Keep,
}

impl DialKind {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Norm => "norm",
            Self::Threshold => "threshold",
            Self::Keep => "keep",
        }
    }
}

/// What a dial is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DialValue {
    Number(f64),
    Norm(Norm),
}

impl fmt::Display for DialValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::Norm(norm) => f.write_str(norm.name()),
        }
    }
}

/// Something that can be turned. Turning it needs no fit, and no component has to be scored again.
#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    /// Where it is: the places of the parts on the way, from 1, then what it turns: `1.weight`, `norm`, `2.1.weight`.
    pub path: String,
    pub kind: DialKind,
    pub value: DialValue,
    /// What it belongs to: the part that a weight weighs, else the combination itself.
    pub of: Formula,
}

/// Why a dial cannot be turned so: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DialError(pub String);

impl Formula {
    /// All that can be turned in it, in the order of the formula. A sum of one part has no dials of its own, as its order is
    /// always the same; neither has what becomes the features of another model, which is fitted to it.
    pub fn dials(&self) -> Vec<Dial> {
        let mut dials = Vec::new();
        self.collect_dials("", &mut dials);
        dials
    }

    fn collect_dials(&self, path: &str, dials: &mut Vec<Dial>) {
        let dial = |name: &str, kind, value, of: &Self| Dial {
            path: format!("{path}{name}"),
            kind,
            value,
            of: of.clone(),
        };
        match self {
            Self::Switch { test, .. } => {
                let threshold = DialValue::Number(test.threshold);
                dials.push(dial("threshold", DialKind::Threshold, threshold, self));
            }
            Self::Cascade { keep, .. } => {
                let keep = DialValue::Number(*keep as f64);
                dials.push(dial("keep", DialKind::Keep, keep, self));
            }
            Self::Augment { .. } => return,
            Self::Weighted { .. } | Self::Model { .. } => {}
        }
        let sum = match self {
            Self::Weighted { terms, norm } if terms.len() > 1 => Some((terms, norm)),
            _ => None,
        };
        for (n, part) in self.parts().into_iter().enumerate() {
            if let Some((terms, _)) = sum {
                let weight = DialValue::Number(terms[n].0);
                dials.push(dial(&format!("{}.weight", n + 1), DialKind::Weight, weight, part));
            }
            part.collect_dials(&format!("{path}{}.", n + 1), dials);
        }
        if let Some((_, norm)) = sum {
            dials.push(dial("norm", DialKind::Norm, DialValue::Norm(*norm), self));
        }
    }

    /// The dial at a path, as [`Dial::path`] has it.
    ///
    /// # Errors
    /// A sentence that names the dials there are.
    pub fn dial(&self, path: &str) -> Result<Dial, DialError> {
        let dials = self.dials();
        let Some(at) = dials.iter().position(|dial| dial.path == path) else {
            let names: Vec<&str> = dials.iter().map(|dial| dial.path.as_str()).collect();
            return Err(DialError(match nearest(path, names.iter().copied()) {
                _ if names.is_empty() => {
                    format!("{self} has nothing to turn: it is no weighted sum, switch or cascade")
                }
                Some(close) => format!("there is no dial {path}; did you mean {close}?"),
                None => format!("there is no dial {path}; there are: {}", names.join(", ")),
            }));
        };
        Ok(dials[at].clone())
    }

    /// The same formula with one dial turned.
    ///
    /// # Errors
    /// A sentence where there is no such dial, or where it cannot be set to that.
    pub fn turned(&self, path: &str, value: DialValue) -> Result<Self, DialError> {
        self.dial(path)?;
        let mut turned = self.clone();
        turned.turn(path, value)?;
        Ok(turned)
    }

    fn turn(&mut self, path: &str, value: DialValue) -> Result<(), DialError> {
        let wrong = || DialError(format!("{path} cannot be set to {value}"));
        let place = path
            .split_once('.')
            .and_then(|(n, rest)| Some((n.parse::<usize>().ok()?, rest)));
        match (self, place, value) {
            (Self::Weighted { terms, .. }, Some((n, "weight")), DialValue::Number(weight)) if weight.is_finite() => {
                terms.get_mut(n.wrapping_sub(1)).ok_or_else(wrong)?.0 = weight;
            }
            (Self::Weighted { norm, .. }, None, DialValue::Norm(to)) => *norm = to,
            (Self::Switch { test, .. }, None, DialValue::Number(to)) if to.is_finite() && to >= 0.0 => {
                test.threshold = to;
            }
            (Self::Cascade { keep, .. }, None, DialValue::Number(to))
                if to >= 1.0 && to.fract() == 0.0 && to <= f64::from(u32::MAX) =>
            {
                *keep = to as usize;
            }
            (combination, Some((n, rest)), _) => {
                let part = combination.part_mut(n.wrapping_sub(1)).ok_or_else(wrong)?;
                return part.turn(rest, value).map_err(|_| wrong());
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    pub(super) fn part_mut(&mut self, at: usize) -> Option<&mut Self> {
        match self {
            Self::Model { .. } | Self::Augment { .. } => None,
            Self::Weighted { terms, .. } => terms.get_mut(at).map(|term| &mut term.1),
            Self::Switch { yes, no, .. } => [yes, no].into_iter().nth(at).map(AsMut::as_mut),
            Self::Cascade { stages, .. } => stages.get_mut(at),
        }
    }

    /// The formula with every dial in the same place: two formulas that differ only in how they are turned have equal ones.
    #[must_use]
    pub fn shape(&self) -> Self {
        let mut shape = self.clone();
        for dial in self.dials() {
            let rest = match dial.kind {
                // Neither 1, which is not written, nor 0 of a sum that would then be written otherwise.
                DialKind::Weight => DialValue::Number(0.5),
                DialKind::Norm => DialValue::Norm(Norm::MinMax),
                DialKind::Threshold | DialKind::Keep => DialValue::Number(1.0),
            };
            // A dial of the formula can be turned to that.
            let _ = shape.turn(&dial.path, rest);
        }
        shape
    }

    /// Whether the two differ at most in how they are turned.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "0.6*item-knn + 0.4*(0.7*content - 0.3*svd | zscore)";

    fn formula(text: &str) -> Formula {
        Formula::parse(text).unwrap()
    }

    fn paths(text: &str) -> Vec<String> {
        formula(text).dials().into_iter().map(|dial| dial.path).collect()
    }

    #[test]
    fn every_kind_of_combination_has_its_dials() {
        assert_eq!(
            paths(NESTED),
            ["1.weight", "2.weight", "2.1.weight", "2.2.weight", "2.norm", "norm"]
        );
        assert_eq!(
            paths("switch(ratings<5 ? content : cascade(popularity > svd; keep=9))"),
            ["threshold", "2.keep"]
        );
        assert!(paths("svd").is_empty() && paths("2*svd").is_empty());
        // What a model is fitted to cannot be turned without a fit.
        assert_eq!(paths("svd + augment(svd -> content)"), ["1.weight", "2.weight", "norm"]);
    }

    #[test]
    fn each_dial_turns_what_it_says_and_nothing_else() {
        let start = formula(NESTED);
        for (path, value, text) in [
            (
                "1.weight",
                DialValue::Number(0.1),
                "0.1*item-knn + 0.4*(0.7*content - 0.3*svd | zscore)",
            ),
            (
                "2.2.weight",
                DialValue::Number(0.2),
                "0.6*item-knn + 0.4*(0.7*content + 0.2*svd | zscore)",
            ),
            (
                "2.norm",
                DialValue::Norm(Norm::Rank),
                "0.6*item-knn + 0.4*(0.7*content - 0.3*svd | rank)",
            ),
        ] {
            let turned = start.turned(path, value).unwrap();
            assert_eq!(turned.to_string(), formula(text).to_string());
            assert!(turned.is_alike(&start) && turned != start);
            // Back again it is the same as before.
            let before = start.dial(path).unwrap().value;
            assert_eq!(turned.turned(path, before).unwrap(), start);
        }
        assert!(!start.is_alike(&formula("0.6*item-knn + 0.4*content")));
    }

    #[test]
    fn what_cannot_be_turned_says_so() {
        let start = formula("switch(ratings<5 ? content : svd + popularity)");
        let say = |path: &str, value| start.turned(path, value).unwrap_err().to_string();
        assert_eq!(
            say("2.1.weigth", DialValue::Number(1.0)),
            "there is no dial 2.1.weigth; did you mean 2.1.weight?"
        );
        assert_eq!(
            say("threshold", DialValue::Norm(Norm::Rank)),
            "threshold cannot be set to rank"
        );
        assert_eq!(
            say("2.1.weight", DialValue::Number(f64::NAN)),
            "2.1.weight cannot be set to NaN"
        );
        let lone = formula("svd").turned("1.weight", DialValue::Number(1.0)).unwrap_err();
        assert!(lone.to_string().contains("nothing to turn"));
    }
}
