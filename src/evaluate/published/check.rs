use std::sync::Arc;
use std::time::Instant;

use super::super::{Folds, Metric, Options, Split, evaluate};
use super::facts::fact;
use super::{Figure, Row};
use crate::data::Dataset;
use crate::models::Formula;
use crate::task::{Cancelled, Task};

/// A published figure beside ours.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Checked {
    pub metric: String,
    pub published: f64,
    /// What comes out here; `None` where nothing does.
    pub ours: Option<f64>,
    pub within: f64,
    pub pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Checked {
    fn new(figure: &Figure, row: &Row, ours: Result<f64, String>) -> Self {
        let near = |ours: &f64| (ours - figure.value).abs() <= row.within * (1.0 + 1e-9);
        Self {
            metric: figure.metric.clone(),
            published: figure.value,
            within: row.within,
            pass: ours.as_ref().is_ok_and(near),
            ours: ours.as_ref().ok().copied(),
            reason: ours.err(),
        }
    }
}

/// Computes our figures for rows of the table, one row after the other.
pub struct Checker {
    dataset: Arc<Dataset>,
    /// The first seed; rows of several seeds take those that follow, too.
    seed: u64,
    /// The folds of the row before, made once for all rows that share a split.
    folds: Option<(String, Folds)>,
}

impl Checker {
    /// For a dataset that the rows are about.
    pub fn new(dataset: Arc<Dataset>, seed: u64) -> Self {
        Self {
            dataset,
            seed,
            folds: None,
        }
    }

    /// Our figures for `row`, and the seconds that they took.
    pub fn check(&mut self, row: &Row, task: &Task) -> Result<(Vec<Checked>, f64), Cancelled> {
        let start = Instant::now();
        let ours = match &row.split {
            None => {
                let figure =
                    |f: &Figure| fact(&self.dataset, &f.metric).ok_or_else(|| "the data does not say".to_owned());
                row.figures.iter().map(figure).collect()
            }
            Some(split) => match self.measure(row, split, task)? {
                Ok(figures) => figures.into_iter().map(Ok).collect(),
                Err(why) => vec![Err(why); row.figures.len()],
            },
        };
        let checked = row
            .figures
            .iter()
            .zip(ours)
            .map(|(figure, ours)| Checked::new(figure, row, ours));
        Ok((checked.collect(), start.elapsed().as_secs_f64()))
    }

    /// The means over folds and seeds, or why there are none.
    fn measure(&mut self, row: &Row, split: &str, task: &Task) -> Result<Result<Vec<f64>, String>, Cancelled> {
        let metrics = row.figures.iter().map(|f| Metric::parse(&f.metric));
        let metrics = match metrics.collect::<Result<Vec<_>, _>>() {
            Ok(metrics) => metrics,
            Err(why) => return Ok(Err(why.to_string())),
        };
        let formula = match Formula::parse(&row.model) {
            Ok(formula) => formula,
            Err(why) => return Ok(Err(why.to_string())),
        };
        let folds = match self.folds(split, row.folds) {
            Ok(folds) => folds,
            Err(why) => return Ok(Err(why)),
        };
        let mut sums = vec![0.0; metrics.len()];
        for seed in 0..row.seeds {
            let options = Options {
                seed: self.seed.wrapping_add(seed),
                ..Options::default()
            };
            let result = evaluate(&folds, &[formula.clone().into()], &metrics, &options, task)?;
            let outcomes = result.rows.iter().flat_map(|row| &row.metrics);
            for (sum, outcome) in sums.iter_mut().zip(outcomes) {
                let Some(mean) = outcome.mean else {
                    return Ok(Err(outcome.reason.clone().unwrap_or_default()));
                };
                *sum += mean;
            }
        }
        Ok(Ok(sums.into_iter().map(|sum| sum / row.seeds.max(1) as f64).collect()))
    }

    fn folds(&mut self, split: &str, first: Option<usize>) -> Result<Folds, String> {
        if self.folds.as_ref().is_none_or(|(made, _)| made != split) {
            let parsed = Split::parse(split).map_err(|why| why.to_string())?;
            let made = parsed.folds(&self.dataset).map_err(|why| why.to_string())?;
            // Given: every fold stays in memory instead of being made again for every row.
            self.folds = Some((split.to_owned(), Folds::given(made.name(), made.iter())));
        }
        let (_, all) = self.folds.as_ref().ok_or_else(|| "no folds".to_owned())?;
        Ok(match first {
            Some(n) => Folds::given(all.name(), all.iter().take(n)),
            None => all.clone(),
        })
    }
}
