use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::data::{ColumnName, LoadError, clean_label, named_columns, needed_column, number_field, read_by_name};
use crate::task::Task;

/// One action that was taken, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logged {
    /// Its place in [`Log::actions`].
    pub action: usize,
    pub reward: f64,
    /// The probability with which the logging policy took it, above 0 and at most 1.
    pub propensity: f64,
}

/// What a policy did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// The names of the actions, in the order of their first appearance.
    pub actions: Vec<String>,
    pub rows: Vec<Logged>,
}

/// Which column of a log is what, where their names do not say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogColumns {
    action: Option<ColumnName>,
    reward: Option<ColumnName>,
    propensity: Option<ColumnName>,
}

const ACTION: [&str; 5] = ["action", "arm", "item_id", "item", "item_nr"];
const REWARD: [&str; 3] = ["reward", "click", "outcome"];
const PROPENSITY: [&str; 4] = ["propensity", "propensity_score", "pscore", "probability"];
const EXPECTED: [&str; 5] = ["q_hat", "q", "expected", "reward", "value"];

impl std::str::FromStr for LogColumns {
    type Err = String;

    /// Reads `action=item_id,reward=click,propensity=3`, by header or by number from 1.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut columns = Self::default();
        for (role, name) in named_columns(text, &["action", "reward", "propensity"], "a log")? {
            match role {
                "action" => columns.action = Some(name),
                "reward" => columns.reward = Some(name),
                _ => columns.propensity = Some(name),
            }
        }
        Ok(columns)
    }
}

/// Numbers names in the order of their first appearance.
#[derive(Default)]
struct Numbering {
    seen: HashMap<String, usize>,
    names: Vec<String>,
}

impl Numbering {
    fn of(&mut self, name: &str) -> usize {
        if let Some(&at) = self.seen.get(name) {
            return at;
        }
        self.seen.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.names.len() - 1
    }
}

impl Log {
    /// Reads a log from a table with a header: the action, the reward and the propensity of each row, by their usual
    /// names (those of the Open Bandit data among them) or by `columns`. Streams; 24 bytes a row are kept.
    pub fn read(path: &Path, columns: &LogColumns, task: &Task) -> Result<Self, LoadError> {
        let places = Cell::new([0; 3]);
        let (mut numbering, mut rows) = (Numbering::default(), Vec::new());
        let header = |names: &[String]| {
            places.set([
                needed_column(names, columns.action.as_ref(), &ACTION, "action")?,
                needed_column(names, columns.reward.as_ref(), &REWARD, "reward")?,
                needed_column(names, columns.propensity.as_ref(), &PROPENSITY, "propensity")?,
            ]);
            Ok(())
        };
        read_by_name(path, task, header, |fields| {
            let [action, reward, propensity] = places.get();
            let chance = number_field(fields, propensity, "propensity")?;
            if chance <= 0.0 || chance > 1.0 {
                return Err((propensity, format!("propensity {chance} is not above 0 and at most 1")));
            }
            rows.push(Logged {
                reward: number_field(fields, reward, "reward")?,
                action: numbering.of(&fields[action]),
                propensity: chance,
            });
            Ok(())
        })?;
        if rows.is_empty() {
            let file = clean_label(&path.to_string_lossy()).into_owned();
            let problem = "the log has no rows below its header".to_owned();
            return Err(LoadError::File { file, problem });
        }
        Ok(Self {
            actions: numbering.names,
            rows,
        })
    }

    /// The place of an action by its name, added where it is new: that of a row that is not there.
    pub(super) fn action(&mut self, name: &str) -> usize {
        let known = self.actions.iter().position(|a| a == name);
        known.unwrap_or_else(|| {
            self.actions.push(name.to_owned());
            self.actions.len() - 1
        })
    }

    /// Whether every row was logged with the same propensity.
    pub fn is_uniform(&self) -> bool {
        let first = self.rows.first().map_or(1.0, |row| row.propensity);
        self.rows.iter().all(|row| (row.propensity / first - 1.0).abs() < 1e-6)
    }
}

/// Reads a table of one number an action: its columns are `action` and one of `names`, for instance `probability`.
pub(super) fn read_by_action(path: &Path, names: &[&str], task: &Task) -> Result<Vec<(String, f64)>, LoadError> {
    let places = Cell::new([0; 2]);
    let mut rows: Vec<(String, f64)> = Vec::new();
    let mut seen = HashSet::new();
    let header = |header: &[String]| {
        places.set([
            needed_column(header, None, &ACTION, "action")?,
            needed_column(header, None, names, names[0])?,
        ]);
        Ok(())
    };
    read_by_name(path, task, header, |fields| {
        let [action, value] = places.get();
        if !seen.insert(fields[action].clone()) {
            return Err((action, format!("action \"{}\" stands here again", fields[action])));
        }
        rows.push((fields[action].clone(), number_field(fields, value, names[0])?));
        Ok(())
    })?;
    Ok(rows)
}

/// Reads what reward is expected of each action, q̂: columns `action` and `q_hat`. Actions that the log does not have are
/// added to it.
pub fn read_expected(path: &Path, log: &mut Log, task: &Task) -> Result<Vec<Option<f64>>, LoadError> {
    let rows = read_by_action(path, &EXPECTED, task)?;
    let places: Vec<(usize, f64)> = rows.iter().map(|(name, q)| (log.action(name), *q)).collect();
    let mut expected = vec![None; log.actions.len()];
    for (at, q) in places {
        expected[at] = Some(q);
    }
    Ok(expected)
}
