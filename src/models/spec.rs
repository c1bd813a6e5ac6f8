use super::fit::Training;
use super::params::{Parameter, Params};
use super::recommender::{FitContext, Fitted};
use super::scores::Unit;

/// Everything about a kind of model, for the model menu, `--model`, palette, help, contract tests and the README's
/// table.
pub struct ModelSpec {
    /// As in formulas: `item-knn`.
    pub name: &'static str,
    /// For display: `Item-based nearest neighbors`.
    pub title: &'static str,
    pub summary: &'static str,
    /// Its equation in one line of plain text.
    pub formula: &'static str,
    pub parameters: &'static [Parameter],
    /// The unit of the scores with these parameters.
    pub unit: fn(&Params) -> Unit,
    /// The source: authors, year, title.
    pub paper: &'static str,
    /// Its strengths and when to use it, in a sentence or two.
    pub strengths: &'static str,
    pub fit: Training,
}

impl ModelSpec {
    /// Trains and opens it.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Fitted {
        self.fit.fit(context, params).map(|fitted| fitted.model)
    }
}
