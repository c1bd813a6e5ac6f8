//! What factors are called: as their probes say, or as somebody called them.

use super::Factors;
use crate::answers::DescribeView;
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Value, Values};
use crate::panes::{Pane, Shared};

/// The name of a factor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FactorName {
    /// Empty where nothing is known.
    pub text: String,
    /// Other seeds find another factor in its place.
    pub is_unstable: bool,
    /// Somebody called it so.
    pub is_own: bool,
}

const NAMES: &str = "names";

/// Under what the names of a model's factors are remembered.
fn key(shown: &Formula, varimax: bool) -> String {
    let turned = if varimax { " by varimax" } else { "" };
    format!("names of {shown}{turned}")
}

/// The names that were given by hand, for the model that is shown: each model has its own.
pub(super) fn control(values: &Values, shown: &Formula, varimax: bool) -> Control {
    let given = values.get(&key(shown, varimax)).cloned();
    Control {
        name: NAMES,
        doc: "Names of your own, kept for this model: f3=cerebral sci-fi; f7=dark.",
        kind: Kind::Text(check),
        default: given.unwrap_or_else(|| Value::Text(String::new())),
    }
}

/// Keeps the names under their model.
pub(super) fn bind(shared: &mut Shared, control: &str, value: Option<&Value>, shown: &Formula, varimax: bool) -> bool {
    if control != NAMES {
        return false;
    }
    let values = &mut shared.memory_mut(Factors::ID).values;
    match value {
        Some(Value::Text(text)) if !text.trim().is_empty() => {
            values.insert(key(shown, varimax), Value::Text(text.clone()));
        }
        _ => {
            values.remove(&key(shown, varimax));
        }
    }
    true
}

/// `f3=a name; f7=another`: the factors from 0 with their names.
fn parse(text: &str) -> Result<Vec<(usize, &str)>, String> {
    let entries = text.split(';').map(str::trim).filter(|entry| !entry.is_empty());
    let parsed = entries.map(|entry| {
        let named = entry.split_once('=').and_then(|(factor, name)| {
            let number = factor.trim().strip_prefix('f')?.parse::<usize>().ok()?;
            Some((number.checked_sub(1)?, name.trim()))
        });
        named.ok_or_else(|| format!("{entry:?} is not of the form f3=name"))
    });
    parsed.collect()
}

/// What somebody called the factors (from 0) of the model inside a formula whose factors Why shows.
pub fn own(shared: &Shared, formula: &Formula) -> Vec<(usize, String)> {
    let values = shared.values(Factors::ID);
    let model = formula.with_factors();
    let Some(Value::Text(text)) = model.and_then(|model| values.get(&key(model, false))) else {
        return Vec::new();
    };
    let named = parse(text).unwrap_or_default().into_iter();
    let named = named.filter(|(_, name)| !name.is_empty());
    named
        .map(|(factor, name)| (factor, crate::data::clean_label(name).into_owned()))
        .collect()
}

fn check(text: &str) -> Result<(), String> {
    parse(text).map(|_| ())
}

/// The name of every factor.
pub(super) fn of(n_factors: usize, described: Option<&DescribeView>, given: &str) -> Vec<FactorName> {
    let mut names = vec![FactorName::default(); n_factors];
    let known = described.into_iter().flat_map(|d| &d.factors);
    for (name, factor) in names.iter_mut().zip(known) {
        name.text = factor.name.clone().unwrap_or_default();
        name.is_unstable = factor.is_unstable();
    }
    for (factor, text) in parse(given).unwrap_or_default() {
        if let Some(name) = names.get_mut(factor).filter(|_| !text.is_empty()) {
            name.text = crate::data::clean_label(text).into_owned();
            name.is_own = true;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_given_by_hand_stand_before_others() {
        let names = of(4, None, "f3=cerebral sci-fi; f1 = dark ;f9=nobody");
        let texts: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
        assert_eq!(texts, ["dark", "", "cerebral sci-fi", ""]);
        assert!(names[2].is_own && !names[1].is_own);
        for wrong in ["3=x", "f0=x", "sci-fi", "f3"] {
            assert!(check(wrong).unwrap_err().contains("f3=name"), "{wrong}");
        }
        assert!(check("").is_ok() && check("f2=a=b;").is_ok());
    }

    #[test]
    fn each_model_keeps_its_own_names() {
        let mut shared = Shared::default();
        let [svd, als] = ["svd", "als"].map(|name| Formula::parse(name).unwrap());
        assert!(bind(
            &mut shared,
            NAMES,
            Some(&Value::Text("f1=dark".to_owned())),
            &svd,
            false
        ));
        assert!(!bind(&mut shared, "model", None, &svd, false));
        let said =
            |shared: &Shared, model: &Formula, varimax| control(&shared.values(Factors::ID), model, varimax).default;
        assert_eq!(said(&shared, &svd, false), Value::Text("f1=dark".to_owned()));
        assert_eq!(said(&shared, &svd, true), Value::Text(String::new()));
        assert_eq!(said(&shared, &als, false), Value::Text(String::new()));
        assert!(bind(&mut shared, NAMES, None, &svd, false));
        assert_eq!(said(&shared, &svd, false), Value::Text(String::new()));
    }
}
