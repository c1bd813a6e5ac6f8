//! What the tests of this folder share: small datasets, the MovieLens file where it is at hand, simple models.

use std::path::PathBuf;
use std::sync::Arc;

use super::FittableModel;
use crate::data::{Dataset, DatasetParts, DuplicatePolicy, Ids, ItemIx, RatingRows};
use crate::models::{About, Explanation, FitContext, NoScore, PartKind, Profile, Recommender, Scores, Served, Unit};
use crate::task::{Cancel, Cancelled};

/// One rating as it stands in a file: user id, item id, rating, time.
pub type TextRow = (String, String, f64, i64);

/// A dataset of these rows, ids numbered by first appearance.
pub fn dataset(rows: &[TextRow]) -> Arc<Dataset> {
    let number = |ids: Vec<&str>| {
        let mut known = std::collections::HashMap::new();
        let mut order = Vec::new();
        let numbered = ids.into_iter().map(|id| {
            *known.entry(id.to_owned()).or_insert_with(|| {
                order.push(id.to_owned());
                order.len() as u32 - 1
            })
        });
        let numbered: Vec<u32> = numbered.collect();
        (Ids::new(order), numbered)
    };
    let (users, user_column) = number(rows.iter().map(|r| r.0.as_str()).collect());
    let (items, item_column) = number(rows.iter().map(|r| r.1.as_str()).collect());
    let parts = DatasetParts {
        users,
        items,
        ratings: RatingRows {
            users: user_column,
            items: item_column,
            values: rows.iter().map(|r| r.2).collect(),
            times: rows.iter().map(|r| r.3).collect(),
        },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// Rows from (user, item, rating), the position as time.
pub fn rows(cells: &[(&str, &str, f64)]) -> Vec<TextRow> {
    let cells = cells.iter().zip(0..);
    cells
        .map(|(&(user, item, rating), time)| (user.to_owned(), item.to_owned(), rating, time))
        .collect()
}

/// `n` ratings of made-up users and items, every pair at most once, not sorted by user.
pub fn scattered(n: usize) -> Arc<Dataset> {
    let cells: Vec<TextRow> = (0..n)
        .map(|k| {
            let cell = (k * 7919) % 10_007;
            let (user, item) = (cell % 71, (cell / 71) * (cell / 71) / 150);
            let time = (cell * 31 % 997) as i64;
            (
                format!("u{user}"),
                format!("i{item}"),
                f64::from(k as u32 % 5 + 1),
                time,
            )
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    let once = cells.into_iter().filter(|c| seen.insert((c.0.clone(), c.1.clone())));
    dataset(&once.collect::<Vec<_>>())
}

/// A file of MovieLens 100K, where `RECSCOPE_DATA` names the folder that has it; else says that the test was skipped.
pub fn movielens_rows(file: &str) -> Option<Vec<TextRow>> {
    let Some(folder) = std::env::var_os("RECSCOPE_DATA") else {
        println!("skipped: RECSCOPE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("ml-100k").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: RECSCOPE_DATA has no ml-100k/{file}");
        return None;
    };
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let rating = fields[2].parse().unwrap();
        (
            fields[0].to_owned(),
            fields[1].to_owned(),
            rating,
            fields[3].parse().unwrap(),
        )
    };
    Some(text.lines().map(row).collect())
}

/// All of MovieLens 100K, as [`movielens_rows`].
pub fn movielens() -> Option<Arc<Dataset>> {
    movielens_rows("u.data").map(|rows| dataset(&rows))
}

/// A model that gives every item one score for everybody.
pub struct SameForAll {
    pub scores: Vec<Option<f64>>,
    pub unit: Unit,
    pub fallback: Option<f64>,
}

impl SameForAll {
    pub fn model(self) -> Arc<dyn Recommender> {
        Arc::new(self)
    }
}

struct AtWork(Arc<SameForAll>);

impl Recommender for SameForAll {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, _: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(AtWork(self)))
    }

    fn memory_bytes(&self) -> usize {
        8 * self.scores.len()
    }
}

impl Served for AtWork {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.0.scores[item.at()].ok_or(NoScore::UnknownItem)
    }

    fn score_all(&self, _: &Cancel) -> Result<Scores, Cancelled> {
        let mut scores = Scores::unknown(self.0.scores.len());
        for (item, score) in (0..).map(ItemIx).zip(&self.0.scores) {
            if let Some(score) = score {
                scores.set(item, *score);
            }
        }
        Ok(scores)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        Ok(Explanation::leaf(
            PartKind::Component,
            "the same for all",
            About::Nothing,
            score,
        ))
    }

    fn fallback(&self, _: Option<ItemIx>) -> Option<f64> {
        self.0.fallback
    }
}

/// Recommends what most have rated: the number of ratings in training.
pub fn popularity() -> FittableModel {
    FittableModel::new("most rated", |context: &FitContext| {
        let data = &context.dataset;
        let count = |item| Some(data.item_row(item).len() as f64).filter(|n| *n > 0.0);
        Ok(SameForAll {
            scores: data.items().map(count).collect(),
            unit: Unit::Count,
            fallback: None,
        }
        .model())
    })
}

/// Predicts the mean of each item's training ratings, and where there are none, the mean of all.
pub fn item_means() -> FittableModel {
    FittableModel::new("item means", |context: &FitContext| {
        let data = &context.dataset;
        Ok(SameForAll {
            scores: data.items().map(|item| data.item_row(item).mean()).collect(),
            unit: Unit::Rating,
            fallback: Some(data.mean()),
        }
        .model())
    })
}
