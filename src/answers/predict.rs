//! What somebody would rate an item.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Whose, World};
use crate::models::{Formula, Serving, Unit};
use crate::task::{Report, Task};

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictQuery {
    /// By which model; its unit must be `rating`.
    pub formula: Formula,
    /// (user id, item id); they need not be in the dataset.
    pub pairs: Vec<(String, String)>,
    /// Bring predictions within the scale of the ratings.
    pub clip: bool,
}

/// Predictions in the order of the pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredictView {
    pub model: String,
    pub predictions: Vec<PredictRow>,
}

/// What is predicted for one pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredictRow {
    /// The id as the file has it.
    pub user: String,
    /// The id as the file has it.
    pub item: String,
    /// Always a number: where the model could not say, what it falls back to.
    pub prediction: f64,
    /// Why the model could not say; `null` where it could.
    pub reason: Option<String>,
}

/// Predicts every pair. Fits the model if need be; users are served in parallel.
///
/// # Errors
/// [`AnswerError::Usage`] for a model that doesn't predict ratings; what fitting says; cancellation.
pub fn compute(world: &World, query: &PredictQuery, task: &Task) -> Result<PredictView, AnswerError> {
    if query.formula.unit() != Unit::Rating {
        let (formula, unit) = (&query.formula, query.formula.unit());
        let hint = "try baseline, svd, or user-knn:prediction=means";
        let sentence = format!("{formula} does not predict ratings, its scores are of unit {unit} ({hint})");
        return Err(AnswerError::Usage(sentence));
    }
    let model = world.fit(&query.formula, task)?;
    let mut of_user: HashMap<&str, usize> = HashMap::new();
    let mut users: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, (user, _)) in query.pairs.iter().enumerate() {
        let slot = *of_user.entry(user).or_insert_with(|| {
            users.push((user, Vec::new()));
            users.len() - 1
        });
        users[slot].1.push(at);
    }
    let data = &*world.dataset;
    let mut rows: Vec<Option<(f64, Option<String>)>> = vec![None; query.pairs.len()];
    let mut done = 0;
    for chunk in users.chunks(16 * task.pool.threads()) {
        let predicted = task.pool.try_map(chunk.len(), |k| -> Result<_, AnswerError> {
            let (id, places) = &chunk[k];
            let whose = data
                .find_user(id)
                .map_or_else(|| Whose::Guest(Arc::default()), Whose::User);
            let serving = Serving::open(&model, world.profile(&whose).into(), &task.cancel)?;
            let predict = |&at: &usize| (at, serving.predict(data.find_item(&query.pairs[at].1), data));
            Ok(places.iter().map(predict).collect::<Vec<_>>())
        })?;
        for (at, prediction) in predicted.into_iter().flatten() {
            rows[at] = prediction.map(|(value, reason)| {
                let value = if query.clip { data.scale().clip(value) } else { value };
                (value, reason.map(|r| r.to_string()))
            });
        }
        done += chunk.len() as u64;
        task.progress
            .say(|| Report::of("predicting", done, users.len() as u64, "users"));
    }
    let predictions = query.pairs.iter().zip(rows).map(|((user, item), row)| {
        // A model of unit rating that falls back to nothing is answered for by the mean of all ratings.
        let (prediction, reason) = row.unwrap_or_else(|| (data.mean(), Some("unknown-item".to_owned())));
        PredictRow {
            user: user.clone(),
            item: item.clone(),
            prediction,
            reason,
        }
    });
    Ok(PredictView {
        model: query.formula.to_string(),
        predictions: predictions.collect(),
    })
}
