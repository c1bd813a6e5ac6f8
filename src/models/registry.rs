use std::sync::Arc;

use super::{FitContext, FitError, Parameter, Params, Recommender, Training, Unit};
use crate::data::nearest;

/// A fitted model, or why there is none.
pub type Fitted = Result<Arc<dyn Recommender>, FitError>;

/// Everything there is to know of a kind of model: from it come the model menu, `--model`, the palette, help, the contract
/// tests and the README's table.
pub struct ModelSpec {
    /// As written in formulas: `item-knn`.
    pub name: &'static str,
    /// As a person says it: `Item-based nearest neighbors`.
    pub title: &'static str,
    /// What it does, in one or two sentences.
    pub summary: &'static str,
    /// Its equation in one line of plain text.
    pub formula: &'static str,
    /// What it may be given.
    pub parameters: &'static [Parameter],
    /// The unit with the default parameters, and what it depends on if it does.
    pub unit: fn(&Params) -> Unit,
    /// Where it comes from: authors, year, title.
    pub paper: &'static str,
    /// What it is good at and when to use it, in a sentence or two.
    pub strengths: &'static str,
    /// How it is trained, and opened again.
    pub fit: Training,
}

impl ModelSpec {
    /// Trains it and puts it to work.
    ///
    /// # Errors
    /// Cancelled, or one sentence on why it cannot be fitted to this data with these parameters.
    pub fn fit(&'static self, context: &FitContext, params: &Params) -> Fitted {
        self.fit.fit(self, context, params).map(|fitted| fitted.model)
    }
}

/// The registry: one line a model.
pub static MODELS: &[&ModelSpec] = &[
    &super::random::SPEC,
    &super::popularity::SPEC,
    &super::baseline::SPEC,
    &super::neighborhood::USER_KNN,
    &super::neighborhood::ITEM_KNN,
    &super::content::SPEC,
    &super::svd::SPEC,
    &super::slope_one::SPEC,
    &super::co_clustering::SPEC,
    &super::svdpp::SPEC,
    &super::nmf::SPEC,
    &super::biased_als::SPEC,
    &super::als::SPEC,
    &super::bpr::SPEC,
    &super::lmf::SPEC,
    &super::warp::SPEC,
    &super::ease::SPEC,
    &super::slim::SPEC,
    &super::puresvd::SPEC,
    &super::rp3beta::SPEC,
    &super::sar::SPEC,
    &super::rules::SPEC,
    &super::trending::SPEC,
    &super::two_tower::SPEC,
    &super::markov::SPEC,
    &super::session_knn::SPEC,
];

/// The registry, and behind it the models that were imported.
pub fn all_models() -> Vec<&'static ModelSpec> {
    MODELS.iter().copied().chain(super::imported::imports()).collect()
}

/// The model called `name`.
///
/// # Errors
/// One sentence, with the nearest known name.
pub fn find_model(name: &str) -> Result<&'static ModelSpec, String> {
    let models = all_models();
    if let Some(spec) = models.iter().find(|m| m.name == name) {
        return Ok(spec);
    }
    let names = models.iter().map(|m| m.name);
    Err(match nearest(name, names.clone()) {
        Some(close) => format!("there is no model {name}; did you mean {close}?"),
        None => format!(
            "there is no model {name}; there are: {}",
            names.collect::<Vec<_>>().join(", ")
        ),
    })
}
