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
    /// What becomes of a low rating by the profile, with these parameters.
    pub low_ratings: fn(&Params) -> LowRatings,
    pub fit: Training,
}

/// What a model makes of a rating that says "I didn't like it".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LowRatings {
    /// They lower scores; or the model knows nothing of ratings.
    Heeded,
    /// Their value is added: a low one helps less than a high one, and harms only where it is below zero.
    Added,
    /// That there is a rating counts, not which: a low one helps like a high one.
    Counted,
}

impl LowRatings {
    /// What a person should know of it, `name` being the model's, as a clause; `None` where all is well.
    pub fn clause(self, name: &str) -> Option<String> {
        match self {
            Self::Heeded => None,
            Self::Added => Some(format!("{name} adds a low rating too, only less than a high one")),
            Self::Counted => Some(format!("{name} counts a low rating like a high one")),
        }
    }
}

impl ModelSpec {
    /// Trains it and puts it to work.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Fitted {
        self.fit.fit(context, params).map(|fitted| fitted.model)
    }
}
