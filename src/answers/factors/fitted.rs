use std::sync::Arc;

use crate::answers::{AnswerError, World};
use crate::models::{Formula, LatentFactors, Recommender};

/// The fitted model.
pub(in crate::answers) fn fitted_factors(
    world: &World,
    formula: &Formula,
) -> Result<Arc<dyn Recommender>, AnswerError> {
    let model = world.fits.get(formula);
    model.ok_or_else(|| AnswerError::Fitting(formula.to_string()))
}

/// Its latent factors.
pub fn latent<'a>(model: &'a Arc<dyn Recommender>, formula: &Formula) -> Result<&'a dyn LatentFactors, AnswerError> {
    let none = || AnswerError::Usage(format!("{formula} has no latent factors (svd has)"));
    model.factors().ok_or_else(none)
}
