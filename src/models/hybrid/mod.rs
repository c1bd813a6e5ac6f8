//! Combinations of models: weighted sums, switches, cascades. Nothing is fitted here; scores and explanations are built
//! from those of the fitted parts.

mod cascade;
mod normalize;
mod ready;
mod remembered;
mod switch;
mod weighted;

pub use normalize::ItemPool;
pub use ready::at_work;
pub use remembered::remembered;

use std::sync::Arc;

use super::{Fitted, Formula, Recommender};
use crate::data::Dataset;

/// The notes of the parts of a hybrid, joined.
fn notes<'a>(parts: impl IntoIterator<Item = &'a Arc<dyn Recommender>>) -> Option<String> {
    let notes: Vec<String> = parts.into_iter().filter_map(|part| part.note()).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// Builds the model of a formula; `part` gives the fitted model of each of [`Formula::fittables`].
pub fn assemble(formula: &Formula, dataset: &Arc<Dataset>, part: &mut dyn FnMut(&Formula) -> Fitted) -> Fitted {
    Ok(match formula {
        Formula::Model { .. } | Formula::Augment { .. } => part(formula)?,
        Formula::Weighted { terms, norm } => {
            let mut components = Vec::with_capacity(terms.len());
            for (weight, term) in terms {
                components.push(weighted::Component {
                    name: term.to_string(),
                    weight: *weight,
                    model: assemble(term, dataset, part)?,
                });
            }
            Arc::new(weighted::Weighted {
                name: formula.to_string(),
                n_items: dataset.n_items(),
                unit: formula.unit(),
                norm: *norm,
                components,
            })
        }
        Formula::Switch { test, yes, no } => Arc::new(switch::Switch {
            name: formula.to_string(),
            dataset: Arc::clone(dataset),
            unit: formula.unit(),
            test: *test,
            yes: (yes.to_string(), assemble(yes, dataset, part)?),
            no: (no.to_string(), assemble(no, dataset, part)?),
        }),
        Formula::Cascade { stages, keep } => {
            let mut fitted = Vec::with_capacity(stages.len());
            for stage in stages {
                fitted.push((stage.to_string(), assemble(stage, dataset, part)?));
            }
            Arc::new(cascade::Cascade {
                name: formula.to_string(),
                stages: fitted,
                keep: *keep,
            })
        }
    })
}
