use super::fit::Training;
use super::params::{Parameter, Params};
use super::recommender::{FitContext, Fitted};
use super::scores::Unit;
use super::search::Search;

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
    /// Where tuning looks for better parameters; those not named keep their defaults.
    pub search: &'static [Search],
    /// The unit of the scores with these parameters.
    pub unit: fn(&Params) -> Unit,
    /// The source: authors, year, title.
    pub paper: &'static str,
    /// Its strengths and when to use it, in a sentence or two.
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
    /// The profile's values are added, but what goes with what is learned from rows alone, whatever they say.
    Weighed,
    /// That there is a rating counts, not which: a low one helps like a high one.
    Counted,
}

impl LowRatings {
    /// What a person should know of it, `name` being the model's, as a clause; `None` where all is well.
    pub fn clause(self, name: &str) -> Option<String> {
        match self {
            Self::Heeded => None,
            Self::Added | Self::Weighed => Some(format!("{name} adds a low rating too, only less than a high one")),
            Self::Counted => Some(format!("{name} counts a low rating like a high one")),
        }
    }
}

impl ModelSpec {
    /// Trains and opens it.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Fitted {
        self.fit.fit(context, params).map(|fitted| fitted.model)
    }
}
