use std::sync::Arc;

use crate::answers::{AnswerError, World};
use crate::experiment::simulate::{Person, people};
use crate::models::Formula;
use crate::task::Task;

/// Where nothing else is said, people like what this model scores high.
pub const TASTES: &str = "als";

/// Who takes part, and what they are shown: what lists are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct LabQuery {
    /// A: the control.
    pub control: Formula,
    /// B: the treatment.
    pub treatment: Formula,
    /// The model whose scores are the truth of what people like; `None`: planted at random.
    pub taste: Option<Formula>,
    /// So many users of the dataset lend their histories, at most.
    pub people: usize,
    /// Items a list.
    pub length: usize,
    pub seed: u64,
}

/// People with their lists: what every experiment on the same formulas shares.
#[derive(Clone)]
pub struct Lab {
    pub query: LabQuery,
    pub people: Arc<Vec<Person>>,
    /// How many items there are.
    pub items: usize,
}

impl Lab {
    /// Fits what is not fitted yet and makes everybody's lists.
    ///
    /// # Errors
    /// A model that cannot be fitted; [`AnswerError::Usage`] where nobody has a list in both arms; cancellation.
    pub fn open(world: &World, query: &LabQuery, task: &Task) -> Result<Self, AnswerError> {
        let (a, b) = (world.fit(&query.control, task)?, world.fit(&query.treatment, task)?);
        let taste = query
            .taste
            .as_ref()
            .map(|formula| world.fit(formula, task))
            .transpose()?;
        let extent = (query.people, query.length);
        let people = people(&world.dataset, [&a, &b], taste.as_ref(), extent, query.seed, task)?;
        if !people.iter().any(|p| p.lists.iter().all(|list| !list.is_empty())) {
            return Err(AnswerError::Usage(
                "nobody has a list by both formulas: there is nothing to be tested".to_owned(),
            ));
        }
        Ok(Self {
            query: query.clone(),
            people: Arc::new(people),
            items: world.dataset.n_items(),
        })
    }
}
