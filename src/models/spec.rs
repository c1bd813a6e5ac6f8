use super::fit::Training;
use super::params::{Parameter, Params};
use super::recommender::{FitContext, Fitted};
use super::scores::Unit;

/// Everything there is to know of a kind of model: from it come the model menu, `--model`, the palette, help, the contract
/// tests and the README's table.
pub struct ModelSpec {
    /// As written in formulas: `item-knn`.
    pub name: &'static str,
    /// As a person says it: `Item-based nearest neighbors`.
    pub title: &'static str,
    pub summary: &'static str,
    /// Its equation in one line of plain text.
    pub formula: &'static str,
    pub parameters: &'static [Parameter],
    /// The unit with the default parameters, and what it depends on if it does.
    pub unit: fn(&Params) -> Unit,
    /// Where it comes from: authors, year, title.
    pub paper: &'static str,
    /// What it is good at and when to use it, in a sentence or two.
    pub strengths: &'static str,
    pub fit: Training,
}

impl ModelSpec {
    /// Trains it and puts it to work.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Fitted {
        self.fit.fit(context, params).map(|fitted| fitted.model)
    }
}
