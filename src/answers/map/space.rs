use crate::answers::factors::{fitted_factors, latent};
use crate::answers::{AnswerError, Entity, World};
use crate::latent::Points;
use crate::models::Formula;
use crate::task::Cancel;

/// All items, or all users, that a model has factors for.
pub(super) struct Space {
    /// In the order of the file.
    pub entities: Vec<Entity>,
    pub points: Points,
}

impl Space {
    /// # Errors
    /// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Usage`] where it has no factors, or none of them;
    /// cancellation.
    pub fn of(world: &World, formula: &Formula, users: bool, cancel: &Cancel) -> Result<Self, AnswerError> {
        let model = fitted_factors(world, formula)?;
        let known = latent(&model, formula)?;
        cancel.check()?;
        let data = &world.dataset;
        let (entities, rows): (Vec<Entity>, Vec<Vec<f64>>) = if users {
            let rated = data.users().filter(|user| !data.user_row(*user).is_empty());
            rated
                .filter_map(|user| Some((Entity::User(user), known.user(user)?)))
                .unzip()
        } else {
            data.items()
                .filter_map(|item| Some((Entity::Item(item), known.item(item)?)))
                .unzip()
        };
        let what = if users { "user" } else { "item" };
        if rows.is_empty() {
            return Err(AnswerError::Usage(format!(
                "{formula} has factors of no {what}: there is nothing to map"
            )));
        }
        Ok(Self {
            entities,
            points: Points::of(known.n_factors(), rows),
        })
    }
}
