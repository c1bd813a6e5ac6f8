//! The table of a real experiment.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;

use crate::data::{ColumnName, LoadError, find_column, named_columns, needed_column, number_field, read_by_name};
use crate::task::Task;

/// Which column is what, where their names do not say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutcomeColumns {
    named: Vec<(&'static str, ColumnName)>,
}

const ROLES: [&str; 5] = ["user", "arm", "metric", "pre", "per"];
const USER: [&str; 6] = ["user", "user_id", "userid", "uid", "visitor", "visitor_id"];
const ARM: [&str; 6] = ["arm", "variant", "group", "treatment", "bucket", "condition"];
const METRIC: [&str; 6] = ["metric", "value", "outcome", "clicks", "y", "reward"];
const PRE: [&str; 5] = ["pre", "before", "pre_metric", "covariate", "x"];
const PER: [&str; 4] = ["per", "views", "impressions", "sessions"];

impl std::str::FromStr for OutcomeColumns {
    type Err = String;

    /// Reads `user=uid,arm=variant,metric=clicks,pre=before,per=views`, by header or by number from 1.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self {
            named: named_columns(text, &ROLES, "an experiment")?,
        })
    }
}

impl OutcomeColumns {
    fn of(&self, role: &str) -> Option<&ColumnName> {
        self.named
            .iter()
            .find(|(known, _)| *known == role)
            .map(|(_, name)| name)
    }
}

/// The users of one arm, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arm {
    pub name: String,
    /// By user, rows of the same user summed.
    pub metric: Vec<f64>,
    /// What the metric is per; empty where the table does not have it.
    pub per: Vec<f64>,
    /// From before the experiment; empty where the table does not have it.
    pub before: Vec<f64>,
}

/// A real experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Arms, in the order of their first appearance.
    pub arms: Vec<Arm>,
    pub rows: u64,
    /// Whether rows say whose they are; else every row is a user.
    pub has_users: bool,
}

/// Where the columns stand.
#[derive(Clone, Copy, Default)]
struct Places {
    user: Option<usize>,
    arm: usize,
    metric: usize,
    before: Option<usize>,
    per: Option<usize>,
}

impl Outcomes {
    /// Reads a table with a header: the arm and the metric of each row, and where it has them the user, a value from before
    /// and what the metric is per, by their usual names or by `columns`. Several rows of a user are summed, for users and
    /// not rows are independent; what was before must be the same in all of them.
    ///
    /// # Errors
    /// A bad row, with file, line and column: a number that is none, a user in two arms.
    pub fn read(path: &Path, columns: &OutcomeColumns, task: &Task) -> Result<Self, LoadError> {
        let places = Cell::new(Places::default());
        let mut outcomes = Self::default();
        let mut users: HashMap<String, (usize, usize)> = HashMap::new();
        let header = |names: &[String]| {
            places.set(found(names, columns)?);
            Ok(())
        };
        read_by_name(path, task, header, |fields| {
            let places = places.get();
            let metric = number_field(fields, places.metric, "metric")?;
            let optional = |at: Option<usize>, role: &str| at.map(|at| number_field(fields, at, role)).transpose();
            let (before, per) = (optional(places.before, "pre")?, optional(places.per, "per")?);
            if fields[places.arm].is_empty() {
                return Err((places.arm, "the arm is missing".to_owned()));
            }
            outcomes.rows += 1;
            outcomes.has_users = places.user.is_some();
            let arm = outcomes.arm(&fields[places.arm]);
            let known = places
                .user
                .and_then(|at| users.get(&fields[at]).map(|known| (at, *known)));
            if let Some((at, (in_arm, number))) = known {
                let into = &mut outcomes.arms[in_arm];
                if in_arm != arm {
                    let (first, second) = (into.name.clone(), &fields[places.arm]);
                    return Err((
                        places.arm,
                        format!("user \"{}\" is in arm {first} and in arm {second}", fields[at]),
                    ));
                }
                into.metric[number] += metric;
                if let Some(per) = per {
                    into.per[number] += per;
                }
                if let (Some(before), Some(place)) = (before, places.before)
                    && into.before[number] != before
                {
                    return Err((place, format!("user \"{}\" has another value from before", fields[at])));
                }
                return Ok(());
            }
            let into = &mut outcomes.arms[arm];
            if let Some(at) = places.user {
                users.insert(fields[at].clone(), (arm, into.metric.len()));
            }
            into.metric.push(metric);
            into.before.extend(before);
            into.per.extend(per);
            Ok(())
        })?;
        Ok(outcomes)
    }

    /// The place of an arm, added where it is new.
    fn arm(&mut self, name: &str) -> usize {
        let known = self.arms.iter().position(|arm| arm.name == name);
        known.unwrap_or_else(|| {
            self.arms.push(Arm {
                name: name.to_owned(),
                ..Arm::default()
            });
            self.arms.len() - 1
        })
    }
}

fn found(names: &[String], columns: &OutcomeColumns) -> Result<Places, String> {
    let needed = |role: &str, aliases: &[&str]| needed_column(names, columns.of(role), aliases, role);
    // What may be missing must be there where it was named.
    let optional = |role: &str, aliases: &[&str]| match columns.of(role) {
        Some(ColumnName::Nothing) => Ok(None),
        Some(_) => needed(role, aliases).map(Some),
        None => Ok(find_column(names, None, aliases)),
    };
    let places = Places {
        user: optional("user", &USER)?,
        arm: needed("arm", &ARM)?,
        metric: needed("metric", &METRIC)?,
        before: optional("pre", &PRE)?,
        per: optional("per", &PER)?,
    };
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, columns: &str) -> Result<Outcomes, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let columns = if columns.is_empty() {
            OutcomeColumns::default()
        } else {
            columns.parse()?
        };
        let read = Outcomes::read(&path, &columns, &Task::unattended());
        read.map_err(|e| e.to_string().rsplit('/').next().unwrap_or_default().to_owned())
    }

    #[test]
    fn rows_become_users() {
        let text = "user,variant,clicks,views,before\nu1,A,1,10,3\nu2,B,2,5,4\nu1,A,2,4,3\nu3,B,0,7,1\n";
        let outcomes = read(text, "").unwrap();
        let arm = |name: &str, metric: &[f64], per: &[f64], before: &[f64]| Arm {
            name: name.to_owned(),
            metric: metric.to_vec(),
            per: per.to_vec(),
            before: before.to_vec(),
        };
        let a = arm("A", &[3.0], &[14.0], &[3.0]);
        let b = arm("B", &[2.0, 0.0], &[5.0, 7.0], &[4.0, 1.0]);
        assert_eq!(outcomes.arms, [a, b]);
        assert_eq!((outcomes.rows, outcomes.has_users), (4, true));
        // By number, and without users: every row is one.
        let outcomes = read("g;m\nx;1\ny;2\nx;3\n", "arm=1,metric=2").unwrap();
        assert!(!outcomes.has_users && outcomes.arms[0].metric == [1.0, 3.0]);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let cases = [
            (
                "user,arm,metric\nu,A,x\n",
                "",
                "t.csv:2:5: metric \"x\" is not a number",
            ),
            (
                "user,arm,metric\nu,A,1\nu,B,2\n",
                "",
                "t.csv:3:3: user \"u\" is in arm A and in arm B",
            ),
            (
                "user,arm,metric\nu,A\n",
                "",
                "t.csv:2:4: the row has 2 fields, the header 3",
            ),
            (
                "user,arm,metric,pre\nu,A,1,2\nu,A,1,3\n",
                "",
                "t.csv:3:7: user \"u\" has another value from before",
            ),
            ("user,arm,metric\nu,,1\n", "", "t.csv:2:3: the arm is missing"),
            (
                "user,arm,metric\nu,A,inf\n",
                "",
                "t.csv:2:5: metric \"inf\" is not a number",
            ),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(read(text, columns).unwrap_err(), expected);
        }
        assert!(
            read("a,b\n1,2\n", "")
                .unwrap_err()
                .contains("there is no column of the arm")
        );
        assert!(
            read("arm,metric\nA,2\n", "pre=before")
                .unwrap_err()
                .contains("\"before\" for the pre")
        );
        assert!(
            "arm=1,arm=2"
                .parse::<OutcomeColumns>()
                .unwrap_err()
                .contains("two columns")
        );
        let wrong = "weight=1".parse::<OutcomeColumns>().unwrap_err();
        assert_eq!(
            wrong,
            "\"weight\" is not a column of an experiment (user, arm, metric, pre or per)"
        );
    }
}
