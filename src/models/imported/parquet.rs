//! Parquet, as Spark saves the factors of its ALS and tables of scores: a folder of part files, or one file.

use std::collections::HashMap;
use std::path::Path;

use parquet::record::Field;

use super::pairs::{Rows, SCORES};
use super::side::{Axis, Side};
use super::{shown, unfit};
use crate::data::{for_each_row, part_id as id, part_number as number};
use crate::models::FitError;
use crate::models::latent::Numbers;
use crate::task::Task;

/// The factors of all users or items: columns `id` and `features`, and `bias` if there is one.
pub(super) fn factors(axis: Axis, path: &Path, task: &Task) -> Result<Side, FitError> {
    let (mut ids, mut biases, mut numbers, mut width) = (Vec::new(), Vec::new(), Numbers::default(), None);
    for_each_row(path, task, &mut |row| {
        let id = row.find(&["id"]).and_then(id);
        ids.push(id.ok_or("there is no column id of whole numbers or text")?);
        let features = match row.find(&["features"]) {
            Some(Field::ListInternal(list)) => list.elements(),
            _ => return Err("there is no column features, a list of numbers".to_owned()),
        };
        let (n, before) = (features.len(), *width.get_or_insert(features.len()));
        if n != before {
            return Err(format!("it has {n} factors, those before {before}"));
        }
        for feature in features {
            push(&mut numbers, feature)?;
        }
        if let Some(bias) = row.find(&["bias"]) {
            biases.push(number(bias).ok_or("its bias is no finite number")?);
        }
        Ok(())
    })?;
    let shown = shown(path);
    if ids.is_empty() {
        return Err(unfit(&shown, "it has no factors"));
    }
    Ok(Side {
        ids_belong: shown.clone(),
        shown,
        axis,
        ids: Some(ids),
        width: width.unwrap_or(0),
        numbers,
        bias: (!biases.is_empty()).then_some(biases),
        is_absent: false,
    })
}

/// A table of scores: columns `user`, `item`, and `prediction`, `score` or `rating`; else the first three.
pub(super) fn pairs(path: &Path, task: &Task) -> Result<Rows, FitError> {
    let (mut users, mut items) = (Numbering::default(), Numbering::default());
    let mut scores = Vec::new();
    for_each_row(path, task, &mut |row| {
        let user = row.find(&["user", "user_id", "userid"]).or_else(|| row.at(0));
        let item = row.find(&["item", "item_id", "itemid"]).or_else(|| row.at(1));
        let score = row.find(&SCORES).or_else(|| row.at(2));
        let (Some(user), Some(item), Some(score)) = (user, item, score) else {
            return Err("there are no three columns of users, items and scores".to_owned());
        };
        let user = id(user).ok_or("its user is neither a whole number nor text")?;
        let item = id(item).ok_or("its item is neither a whole number nor text")?;
        let score =
            number(score).ok_or("its score is no finite number (Spark leaves such out by coldStartStrategy=drop)")?;
        scores.push((users.of(user), items.of(item), score));
        Ok(())
    })?;
    Ok(Rows {
        shown: shown(path),
        users: users.ids,
        items: items.ids,
        scores,
    })
}

#[derive(Default)]
struct Numbering {
    ids: Vec<String>,
    known: HashMap<String, u32>,
}

impl Numbering {
    fn of(&mut self, id: String) -> u32 {
        *self.known.entry(id).or_insert_with_key(|id| {
            self.ids.push(id.clone());
            self.ids.len() as u32 - 1
        })
    }
}

/// Adds a factor; the first decides the precision.
fn push(numbers: &mut Numbers, field: &Field) -> Result<(), String> {
    let x = number(field).ok_or("one of its factors is no finite number")?;
    if let (Numbers::Single(before), Field::Double(_)) = (&*numbers, field) {
        *numbers = Numbers::Double(before.iter().map(|x| f64::from(*x)).collect());
    }
    match numbers {
        Numbers::Single(numbers) => numbers.push(x as f32),
        Numbers::Double(numbers) => numbers.push(x),
    }
    Ok(())
}
