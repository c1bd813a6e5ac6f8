//! The registry of panes at work: what each asks, made from the selection. One entry a pane.

use std::sync::Arc;

use super::slots::{Question, Setting, Slot, slot};
use crate::answers::{AnswerError, ColdStartView, RecommendQuery, Subject, profile, recommend};
use crate::data::Edits;
use crate::engine::Lane;
use crate::models::Formula;
use crate::panes::profile::Profile;
use crate::panes::recommendations::Recommendations;

/// How long a list of recommendations is.
const LIST: usize = 200;

/// Models whose factors can be shown.
const FACTOR_MODELS: [&str; 10] = [
    "svd",
    "svdpp",
    "nmf",
    "biased-als",
    "als",
    "bpr",
    "lmf",
    "warp",
    "puresvd",
    "two-tower",
];

/// The model whose factors are shown: the model itself where it has some, else `svd`.
pub fn factor_formula(formula: &str) -> String {
    let name = formula.split(':').next().unwrap_or("").trim();
    if FACTOR_MODELS.contains(&name) {
        formula.to_owned()
    } else {
        "svd".to_owned()
    }
}

/// The slots of all panes.
pub fn slots(setting: &Setting<'_>, bandit: &Arc<Lane<ColdStartView>>) -> Vec<Box<dyn Slot>> {
    let _ = bandit;
    vec![
        slot(
            Profile,
            Question {
                query: |selection, _| Ok((selection.subject.clone(), Arc::clone(&selection.edits))),
                compute: |(subject, _): &(Subject, Arc<Edits>), job| {
                    profile::compute(job.world, subject, &job.task.cancel)
                },
            },
            setting,
        ),
        slot(
            Recommendations,
            Question {
                query: |selection, _| {
                    Ok((
                        selection.subject.clone(),
                        selection.formula.clone(),
                        Arc::clone(&selection.edits),
                    ))
                },
                compute: |(subject, formula, _): &(Subject, String, Arc<Edits>), job| {
                    let query = RecommendQuery {
                        subject: subject.clone(),
                        formula: read(formula)?,
                        n: LIST,
                        include_seen: false,
                    };
                    recommend::compute(job.world, &query, job.task, &mut |view| job.partial(view))
                },
            },
            setting,
        ),
    ]
}

fn read(formula: &str) -> Result<Formula, AnswerError> {
    Formula::parse(formula).map_err(|e| AnswerError::Usage(e.to_string()))
}
