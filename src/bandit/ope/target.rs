use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::log::{Log, read_by_action};
use crate::bandit::BanditError;
use crate::data::unknown;
use crate::task::Task;

/// The policy whose worth is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Every action as often as any other.
    Uniform,
    /// This action, always.
    Always(String),
    /// The probabilities in a file: columns `action` and `probability`.
    Table(PathBuf),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "uniform" => Ok(Self::Uniform),
            Some(("always", arm)) if !arm.is_empty() => Ok(Self::Always(arm.to_owned())),
            Some(("table", file)) if !file.is_empty() => Ok(Self::Table(file.into())),
            _ => Err(format!(
                "\"{text}\" is no policy to evaluate: write uniform, always:ARM or table:FILE"
            )),
        }
    }
}

impl Target {
    /// The probability of each action of `log`; actions that only the target knows are added to it.
    pub fn probabilities(&self, log: &mut Log, task: &Task) -> Result<Vec<f64>, BanditError> {
        match self {
            Self::Uniform => Ok(vec![1.0 / log.actions.len() as f64; log.actions.len()]),
            Self::Always(arm) => {
                let names = log.actions.iter().map(String::as_str);
                let at = log.actions.iter().position(|a| a == arm);
                let at = at.ok_or_else(|| BanditError::NoSuchAction(unknown("action", arm, names)))?;
                Ok((0..log.actions.len()).map(|a| f64::from(a == at)).collect())
            }
            Self::Table(file) => table(file, log, task),
        }
    }
}

fn table(file: &Path, log: &mut Log, task: &Task) -> Result<Vec<f64>, BanditError> {
    let rows = read_by_action(file, &["probability"], task)?;
    let sum: f64 = rows.iter().map(|row| row.1).sum();
    let outside = rows.iter().find(|row| !(0.0..=1.0).contains(&row.1));
    if let Some((action, probability)) = outside {
        let problem = format!("the probability of action \"{action}\" is {probability}, which is not between 0 and 1");
        return Err(BanditError::table(file, problem));
    }
    if (sum - 1.0).abs() > 1e-6 {
        let problem = format!("the probabilities sum to {sum}, but must sum to 1");
        return Err(BanditError::table(file, problem));
    }
    let places: Vec<(usize, f64)> = rows.iter().map(|(name, p)| (log.action(name), *p)).collect();
    let mut probabilities = vec![0.0; log.actions.len()];
    for (at, p) in places {
        probabilities[at] = p;
    }
    Ok(probabilities)
}
