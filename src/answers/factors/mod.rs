//! Latent factors of one user or item, or of all, and what they mean.

pub mod describe;
mod fitted;
mod traits;
mod turned;

use serde::{Serialize, Serializer};

use super::{AnswerError, Entity, Named, Subject, World};
use crate::data::{FeedbackKind, ItemIx};
use crate::models::{Formula, NoScore};
use crate::task::Cancel;
use turned::rotation;

pub(super) use fitted::fitted_factors;
pub use fitted::latent;

/// The model whose factors are shown for a formula that has none in it.
pub fn fallback(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Ratings | FeedbackKind::Votes => "svd",
        FeedbackKind::Counts | FeedbackKind::Events => "als",
    }
}

/// Latent factors of the subject and of the focus item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorsView {
    /// `user` or `item`.
    pub kind: &'static str,
    /// Verbatim; `null` for a guest.
    pub id: Option<String>,
    pub label: String,
    pub model: String,
    /// μ, the mean of the training ratings.
    pub mean: f64,
    /// What its ratings lie above or below the mean, whatever the factors.
    pub bias: f64,
    /// Its place in the space of factors.
    pub factors: Vec<f64>,
    /// The focus item, for a person: name, bias, factors.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "beside")]
    pub focus: Option<(Named, f64, Vec<f64>)>,
    /// Σ of the products of its factors and the focus item's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<f64>,
    /// μ, both biases and the products: what the model says of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The loss that training lowers by its name, and its value after every epoch.
    pub training: Option<(String, Vec<f64>)>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorsQuery {
    /// The user, guest or item whose factors are asked for.
    pub subject: Subject,
    /// Shown beside them: an item for a person.
    pub focus: Option<ItemIx>,
    pub formula: Formula,
    /// Factors turned by varimax: other parts, the same sums.
    pub varimax: bool,
}

/// The item beside the subject, as the command line prints it.
#[derive(Serialize)]
struct Beside<'a> {
    id: &'a str,
    label: &'a str,
    bias: f64,
    factors: &'a [f64],
}

#[expect(clippy::ref_option, reason = "serde hands the field as it is")]
fn beside<S: Serializer>(focus: &Option<(Named, f64, Vec<f64>)>, serializer: S) -> Result<S::Ok, S::Error> {
    let beside = focus.as_ref().map(|(named, bias, factors)| Beside {
        id: &named.id,
        label: &named.label,
        bias: *bias,
        factors,
    });
    beside.serialize(serializer)
}

/// The factors of one user, guest or item.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Usage`] where it has no factors,
/// [`AnswerError::NoScore`] for an item that it was not trained on.
pub fn compute(world: &World, query: &FactorsQuery, cancel: &Cancel) -> Result<FactorsView, AnswerError> {
    let model = fitted_factors(world, &query.formula)?;
    let known = latent(&model, &query.formula)?;
    let rotation = if query.varimax {
        Some(rotation(world, &query.formula, cancel)?)
    } else {
        None
    };
    let turned = |factors: Vec<f64>| match &rotation {
        Some(rotation) => rotation.apply(&factors),
        None => factors,
    };
    let focus = query.focus.and_then(|item| {
        let factors = known.item(item)?;
        Some((world.named(Entity::Item(item)), known.item_bias(item), turned(factors)))
    });
    let (kind, id, label, bias, factors) = match &query.subject {
        Subject::Person(whose) => {
            let profile = world.profile(whose);
            let named = profile.user().map(|u| world.named(Entity::User(u)));
            let (id, label) = named.map_or((None, "guest".to_owned()), |n| (Some(n.id), n.label));
            ("user", id, label, known.profile_bias(&profile), known.profile(&profile))
        }
        Subject::Item(item) => {
            let named = world.named(Entity::Item(*item));
            let factors = known.item(*item).ok_or(NoScore::UnknownItem)?;
            ("item", Some(named.id), named.label, known.item_bias(*item), factors)
        }
    };
    let factors = turned(factors);
    let curve = model.training_curve();
    let products = focus
        .as_ref()
        .map(|(.., other)| factors.iter().zip(other).map(|(a, b)| a * b).sum::<f64>());
    let score = focus.as_ref().zip(products);
    let score = score.map(|((_, beside, _), products)| known.mean() + bias + beside + products);
    Ok(FactorsView {
        kind,
        id,
        label,
        model: query.formula.to_string(),
        mean: known.mean(),
        bias,
        factors,
        focus,
        products,
        score,
        training: curve.map(|(name, losses)| (name.to_owned(), losses.to_vec())),
    })
}
