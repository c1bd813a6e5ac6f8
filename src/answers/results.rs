//! Figures that are kept in a file, a JSON line a model, to be opened again, laid beside others, and added to.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::clean_label;
use crate::evaluate::metrics::Better;
use crate::evaluate::{Evaluation, Metric};
use crate::task::{Held, Lines};

/// A line of the file: what one model is worth on one split of some data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub schema: u32,
    pub data: DataName,
    pub split: String,
    pub seed: u64,
    /// How it was measured, besides: relevant items, negatives, seeds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setting: String,
    pub model: String,
    /// By name: `ndcg@10`.
    pub metrics: BTreeMap<String, Figure>,
    pub fit_seconds: f64,
    pub test_seconds: f64,
}

/// Which data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DataName {
    pub name: String,
    /// A number that any other rating, id or attribute would change, in hexadecimal.
    pub identity: String,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// `None` where it is undefined.
    pub mean: Option<f64>,
    /// Fold by fold.
    #[serde(default)]
    pub values: Vec<Option<f64>>,
}

/// A figure that is another now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    pub data: String,
    pub split: String,
    pub model: String,
    pub metric: String,
    pub before: Option<f64>,
    pub now: Option<f64>,
}

impl Kept {
    /// The rows of an evaluation.
    pub fn of(evaluation: &Evaluation, data: &DataName, seed: u64, setting: &str) -> Vec<Self> {
        let fitted = evaluation.rows.iter().filter(|row| row.error.is_none());
        let row = |row: &crate::evaluate::ModelRow| Self {
            schema: 1,
            data: data.clone(),
            split: evaluation.split.clone(),
            seed,
            setting: setting.to_owned(),
            model: row.model.clone(),
            metrics: row
                .metrics
                .iter()
                .map(|outcome| {
                    let figure = Figure {
                        mean: outcome.mean,
                        values: outcome.values.clone(),
                    };
                    (outcome.metric.to_string(), figure)
                })
                .collect(),
            fit_seconds: row.fit_seconds,
            test_seconds: row.test_seconds,
        };
        fitted.map(row).collect()
    }

    /// Whether both are of the same model measured in the same way on the same data.
    fn is_of_the_same(&self, other: &Self) -> bool {
        let key = |kept: &Self| {
            (
                kept.data.identity.clone(),
                kept.split.clone(),
                kept.seed,
                kept.setting.clone(),
            )
        };
        key(self) == key(other) && self.model == other.model
    }
}

/// What is in a file of results, and what had to be left out.
///
/// # Errors
/// A sentence: it cannot be read, or a line is no result.
pub fn open(path: &Path) -> Result<(Vec<Kept>, Vec<String>), String> {
    let name = clean_label(&path.to_string_lossy()).into_owned();
    let bytes = std::fs::read(path).map_err(|error| format!("{name}: it cannot be read ({error})"))?;
    read(&Held::of(&bytes), &name)
}

fn read(held: &Held, name: &str) -> Result<(Vec<Kept>, Vec<String>), String> {
    let mut kept = Vec::with_capacity(held.lines.len());
    for (at, line) in held.lines.iter().enumerate() {
        let row = serde_json::from_slice::<Kept>(line).map_err(|error| {
            let at = at + 1;
            format!("{name}:{at}: the line is no result ({error}); name a file that --results wrote")
        });
        kept.push(row?);
    }
    let mut notes = Vec::new();
    match held.rest.as_slice() {
        [] => {}
        // A line that was begun.
        rest if rest.starts_with(b"{\"schema\":1,") => {
            let at = held.lines.len() + 1;
            notes.push(format!("{name}:{at}: the line was not finished; it is left out"));
        }
        _ => {
            return Err(format!("{name}: it holds no results; name a file that --results wrote"));
        }
    }
    Ok((kept, notes))
}

/// Appends rows to a file, which is begun where there is none, in one write; what is other than before is told.
///
/// # Errors
/// A sentence where it cannot be written, or holds something else.
pub fn append(path: &Path, rows: &[Kept]) -> Result<Vec<Changed>, String> {
    let name = clean_label(&path.to_string_lossy()).into_owned();
    let failed = |error: std::io::Error| format!("{name}: it cannot be written ({error})");
    let (mut lines, held) = Lines::open(path).map_err(failed)?;
    let (before, _) = read(&held, &name)?;
    let mut text = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut text, row).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
    }
    lines.append(&text).map_err(failed)?;
    Ok(changed(&before, rows))
}

/// The figures that differ between two lots of results: of each model the newest line of either, where both have the figure.
pub fn changed(before: &[Kept], now: &[Kept]) -> Vec<Changed> {
    let mut changes = Vec::new();
    for row in newest(now) {
        let Some(old) = before.iter().rfind(|old| old.is_of_the_same(row)) else {
            continue;
        };
        for (metric, figure) in &row.metrics {
            let Some(was) = old.metrics.get(metric).filter(|was| was.mean != figure.mean) else {
                continue;
            };
            changes.push(Changed {
                data: row.data.name.clone(),
                split: row.split.clone(),
                model: row.model.clone(),
                metric: metric.clone(),
                before: was.mean,
                now: figure.mean,
            });
        }
    }
    changes
}

/// Of what was measured again and again the last line, in the order of the first ones.
pub fn newest(kept: &[Kept]) -> Vec<&Kept> {
    let mut rows: Vec<&Kept> = Vec::new();
    for row in kept {
        match rows.iter_mut().find(|known| known.is_of_the_same(row)) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
    rows
}

/// Whether more of a metric is better, by its name; what no metric has is taken to be.
pub fn better(metric: &str) -> Better {
    Metric::parse(metric).map_or(Better::Higher, |metric| metric.spec().better)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, ndcg: f64) -> Kept {
        let figure = Figure {
            mean: Some(ndcg),
            values: vec![Some(ndcg)],
        };
        Kept {
            schema: 1,
            data: DataName {
                name: "toy".into(),
                identity: "0f".into(),
            },
            split: "random:seed=1".into(),
            seed: 1,
            setting: String::new(),
            model: model.into(),
            metrics: BTreeMap::from([("ndcg@10".to_owned(), figure)]),
            fit_seconds: 0.5,
            test_seconds: 0.25,
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_laid_beside_what_comes() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("results.jsonl");
        assert_eq!(append(&path, &[row("ease", 0.4), row("als", 0.3)]), Ok(Vec::new()));
        assert_eq!(open(&path).unwrap().0, [row("ease", 0.4), row("als", 0.3)]);
        // Another seed is another figure, not a change.
        let other = Kept {
            seed: 2,
            ..row("als", 0.1)
        };
        let changes = append(&path, &[row("ease", 0.5), row("als", 0.3), other.clone()]).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].before, changes[0].now), (Some(0.4), Some(0.5)));
        let kept = open(&path).unwrap().0;
        assert_eq!(newest(&kept), [&row("ease", 0.5), &row("als", 0.3), &other]);
    }

    #[test]
    fn half_a_line_is_left_out_and_anything_else_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("results.jsonl");
        append(&path, &[row("ease", 0.4)]).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"schema\":1,")).unwrap();
        let (kept, notes) = open(&path).unwrap();
        assert_eq!((kept.len(), notes.len()), (1, 1));
        assert!(notes[0].contains(":2: the line was not finished"));
        append(&path, &[row("als", 0.3)]).unwrap();
        assert_eq!(
            open(&path).unwrap(),
            (vec![row("ease", 0.4), row("als", 0.3)], Vec::new())
        );
        std::fs::write(&path, "no end").unwrap();
        assert!(open(&path).unwrap_err().contains("holds no results"));
        std::fs::write(&path, "user,item\n").unwrap();
        assert!(open(&path).unwrap_err().contains(":1: the line is no result"));
        assert!(append(&path, &[row("ease", 0.4)]).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "user,item\n");
        assert!(open(&place.path().join("none")).unwrap_err().contains("cannot be read"));
    }
}
