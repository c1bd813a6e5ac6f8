//! Figures that others have published on well-known datasets, and how near ours come to them.
//!
//! - `figures.txt`: the figures, one row a model and protocol.
//! - [`Known`]: the datasets, told by what is in them.
//! - [`Checker`]: computes our figures, row by row.

mod check;
mod facts;

use std::fmt;

pub use check::{Checked, Checker};

use crate::data::Dataset;

/// A dataset that figures were published on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// As in the table: `ml-100k`.
    pub key: &'static str,
    pub name: &'static str,
    users: usize,
    items: usize,
    ratings: usize,
    sum: f64,
}

/// The datasets that the table speaks of.
pub static KNOWN: &[Known] = &[
    Known::of("ml-100k", "MovieLens 100K", (943, 1682, 100_000), 352_986.0),
    Known::of("ml-1m", "MovieLens 1M", (6040, 3706, 1_000_209), 3_582_313.0),
    Known::of(
        "ml-latest-small",
        "MovieLens latest-small",
        (610, 9724, 100_836),
        353_083.0,
    ),
];

impl Known {
    const fn of(
        key: &'static str,
        name: &'static str,
        (users, items, ratings): (usize, usize, usize),
        sum: f64,
    ) -> Self {
        Self {
            key,
            name,
            users,
            items,
            ratings,
            sum,
        }
    }

    /// Which one this is: by the numbers of users and items with a rating and of ratings, and by the ratings' sum, whatever
    /// the folder is called.
    pub fn find(dataset: &Dataset) -> Option<&'static Self> {
        KNOWN.iter().find(|known| {
            dataset.users_with_ratings() == known.users
                && dataset.items_with_ratings() == known.items
                && dataset.n_ratings() == known.ratings
                && (dataset.mean() * known.ratings as f64 - known.sum).abs() < 0.01
        })
    }

    /// The rows of the table that are about this dataset, in its order.
    pub fn rows(&self) -> Result<Vec<Row>, String> {
        let mut rows = table()?;
        rows.retain(|row| row.data == self.key);
        Ok(rows)
    }
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// As in the table: `surprise`.
    pub key: &'static str,
    pub sentence: &'static str,
}

/// The sources that the table names.
pub static SOURCES: &[Source] = &[
    Source {
        key: "grouplens",
        sentence: "the README that comes with the data",
    },
    Source {
        key: "counted",
        sentence: "counted and computed from the file by an independent program",
    },
    Source {
        key: "surprise",
        sentence: "Surprise's README (three digits); a fourth digit, and single folds, by an independent implementation of \
                   its equations that meets all three",
    },
    Source {
        key: "independent",
        sentence: "an independent implementation of Surprise's equations, on its folds",
    },
    Source {
        key: "recommenders",
        sentence: "the SAR quick-start notebook of the recommenders repository",
    },
    Source {
        key: "ranking",
        sentence: "an independent implementation, on the splits of the recommenders repository's notebooks",
    },
];

/// One figure of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The metric as displayed (`ndcg@10`), or a fact (`users`).
    pub metric: String,
    pub text: String,
    pub value: f64,
}

/// A row of the table: one model under one protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub data: String,
    /// The split; `None` for facts about the data itself.
    pub split: Option<String>,
    /// How many of the split's folds, from the first; `None` for all.
    pub folds: Option<usize>,
    /// The formula, or `the data` where there is no split.
    pub model: String,
    /// Over how many seeds our figures are averaged.
    pub seeds: u64,
    pub figures: Vec<Figure>,
    pub within: f64,
    pub slow: bool,
    pub source: Source,
}

impl fmt::Display for Row {
    /// The model, and what of the split or the seeds is special.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.model)?;
        match self.folds {
            None => {}
            Some(1) => f.write_str(", first fold")?,
            Some(n) => write!(f, ", first {n} folds")?,
        }
        if self.seeds > 1 {
            write!(f, ", mean of {} seeds", self.seeds)?;
        }
        Ok(())
    }
}

fn table() -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'|')
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .has_headers(false)
        .from_reader(include_str!("figures.txt").as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        rows.push(row(&record).ok_or_else(|| format!("the table of published figures has a bad row: {record:?}"))?);
    }
    Ok(rows)
}

/// One line: data, split, folds, model, seeds, within, speed, source, figures; a dash for what is not said.
fn row(record: &csv::StringRecord) -> Option<Row> {
    let field = |at: usize| record.get(at);
    let said = |at: usize| field(at).filter(|text| *text != "-");
    let figure = |text: &str| {
        let (metric, text) = text.split_once('=')?;
        Some(Figure {
            metric: metric.to_owned(),
            value: text.parse().ok()?,
            text: text.to_owned(),
        })
    };
    Some(Row {
        data: field(0)?.to_owned(),
        split: said(1).map(str::to_owned),
        folds: said(2).map(str::parse).transpose().ok()?,
        model: said(3).unwrap_or("the data").to_owned(),
        seeds: said(4).map_or(Ok(1), str::parse).ok()?,
        within: field(5)?.parse().ok()?,
        slow: said(6) == Some("slow"),
        source: *SOURCES.iter().find(|s| Some(s.key) == field(7))?,
        figures: field(8)?.split_whitespace().map(figure).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests;
