use std::fmt;
use std::str::FromStr;

use super::policies::POLICIES;
use super::{Parameter, Policy, PolicyError, PolicySpec, Setting};
use crate::data::Ids;

/// The policy of this name.
pub fn find_policy(name: &str) -> Option<&'static PolicySpec> {
    POLICIES.iter().copied().find(|spec| spec.name == name)
}

/// A policy with its parameters, such as `epsilon-greedy:epsilon=0.05`. It prints as it is written, defaults left out.
#[derive(Clone, Debug)]
pub struct PolicyChoice {
    spec: &'static PolicySpec,
    values: Vec<f64>,
}

impl PolicyChoice {
    pub fn of(spec: &'static PolicySpec) -> Self {
        Self {
            spec,
            values: spec.parameters.iter().map(|p| p.default).collect(),
        }
    }

    pub fn spec(&self) -> &'static PolicySpec {
        self.spec
    }

    /// The value of a parameter; `None` where the policy does not have it.
    pub fn value(&self, key: &str) -> Option<f64> {
        let at = self.spec.parameters.iter().position(|p| p.name == key)?;
        Some(self.values[at])
    }

    /// Whether it goes by what is expected of arms: [`super::Arm::guess`].
    pub fn uses_guesses(&self) -> bool {
        self.value("strength").is_some_and(|strength| strength > 0.0)
    }

    /// The policy itself, knowing nothing yet.
    pub fn build(&self, setting: &Setting<'_>) -> Box<dyn Policy> {
        (self.spec.build)(&self.values, setting)
    }

    /// The same policy with another value.
    pub fn with(mut self, key: &str, value: f64) -> Result<Self, PolicyError> {
        let parameter = self.parameter(key)?;
        let Parameter { name, min, max, .. } = *parameter;
        if !(min..=max).contains(&value) {
            return Err(PolicyError::OutOfRange {
                policy: self.spec.name,
                key: name,
                value,
                min,
                max,
            });
        }
        if let Some(at) = self.spec.parameters.iter().position(|p| p.name == name) {
            self.values[at] = value;
        }
        Ok(self)
    }

    fn parameter(&self, key: &str) -> Result<&'static Parameter, PolicyError> {
        let parameters = self.spec.parameters;
        parameters
            .iter()
            .find(|p| p.name == key)
            .ok_or_else(|| PolicyError::UnknownKey {
                policy: self.spec.name,
                key: key.to_owned(),
                hint: match parameters.len() {
                    0 => "it has none".to_owned(),
                    _ => hint(key, parameters.iter().map(|p| p.name)),
                },
            })
    }
}

impl PartialEq for PolicyChoice {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name && self.values == other.values
    }
}

impl fmt::Display for PolicyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec.name)?;
        let changed = self
            .spec
            .parameters
            .iter()
            .zip(&self.values)
            .filter(|(p, v)| p.default != **v);
        for (n, (parameter, value)) in changed.enumerate() {
            write!(f, "{}{}={value}", if n == 0 { ':' } else { ',' }, parameter.name)?;
        }
        Ok(())
    }
}

impl FromStr for PolicyChoice {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (name.trim(), Some(rest)),
            None => (text.trim(), None),
        };
        if name.is_empty() {
            return Err(PolicyError::Empty);
        }
        let spec = find_policy(name).ok_or_else(|| PolicyError::UnknownName {
            name: name.to_owned(),
            hint: hint(name, POLICIES.iter().map(|s| s.name)),
        })?;
        let mut choice = Self::of(spec);
        let mut given = Vec::new();
        for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
            let (key, value) = part.split_once('=').ok_or_else(|| PolicyError::NotAPair {
                policy: spec.name,
                text: part.trim().to_owned(),
            })?;
            let (key, value) = (choice.parameter(key.trim())?.name, value.trim());
            if given.contains(&key) {
                return Err(PolicyError::Repeated { policy: spec.name, key });
            }
            given.push(key);
            let number = value.parse::<f64>().map_err(|_| PolicyError::NotANumber {
                policy: spec.name,
                key,
                value: value.to_owned(),
            })?;
            choice = choice.with(key, number)?;
        }
        Ok(choice)
    }
}

/// Reads policies as they are written on the command line: `thompson; ucb1; epsilon-greedy:epsilon=0.1`.
pub fn parse_policies(text: &str) -> Result<Vec<PolicyChoice>, PolicyError> {
    let text = text.trim();
    text.strip_suffix(';')
        .unwrap_or(text)
        .split(';')
        .map(str::parse)
        .collect()
}

/// The name that was probably meant, else all of them.
fn hint<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names = Ids::new(names);
    let begun = names.iter().find(|n| !written.is_empty() && n.starts_with(written));
    match begun.or_else(|| names.nearest(written, 1).first().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("there are: {}", names.iter().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_print_as_they_are_written_without_defaults() {
        let canonical = |text: &str| {
            let choices = parse_policies(text).unwrap();
            choices.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let text = "thompson; ucb1; epsilon-greedy:epsilon=0.05; thompson:alpha=0.5,beta=0.5; kl-ucb:c=3";
        assert_eq!(canonical(text), text);
        assert_eq!(canonical(" thompson : alpha = 1 , beta=2.50 ;"), "thompson:beta=2.5");
        assert_eq!(canonical("epsilon-greedy:epsilon=0.1"), "epsilon-greedy");
        for spec in POLICIES {
            let choice: PolicyChoice = spec.name.parse().unwrap();
            assert_eq!(
                (choice.to_string().as_str(), choice),
                (spec.name, PolicyChoice::of(spec))
            );
            assert!(!spec.title.is_empty() && !spec.doc.is_empty() && !spec.formula.is_empty());
            assert!(spec.parameters.iter().all(|p| (p.min..=p.max).contains(&p.default)));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_nearest_right() {
        let error = |text: &str| parse_policies(text).unwrap_err().to_string();
        assert_eq!(
            error("tompson"),
            "there is no policy \"tompson\"; did you mean \"thompson\"?"
        );
        assert_eq!(
            error("eps"),
            "there is no policy \"eps\"; did you mean \"epsilon-greedy\"?"
        );
        assert!(error("genetic-algorithm").contains("there are: thompson, epsilon-greedy, ucb1"));
        let key = error("epsilon-greedy:epsilo=0.1");
        assert_eq!(
            key,
            "epsilon-greedy has no parameter \"epsilo\"; did you mean \"epsilon\"?"
        );
        assert_eq!(error("ucb1:c=3"), "ucb1 has no parameter \"c\"; it has none");
        assert_eq!(error("exp3:gamma=1.5"), "exp3: gamma=1.5 is not between 0 and 1");
        assert_eq!(error("exp3:gamma=NaN"), "exp3: gamma=NaN is not between 0 and 1");
        assert_eq!(error("softmax:tau=hot"), "softmax: tau=hot is not a number");
        assert_eq!(
            error("thompson:alpha"),
            "\"alpha\" after thompson is not a parameter: write key=value"
        );
        assert_eq!(error("thompson:alpha=1,alpha=2"), "thompson: alpha is given twice");
        for empty in ["", " ", ";", "ucb1;;imed"] {
            assert_eq!(parse_policies(empty), Err(PolicyError::Empty));
        }
    }
}
