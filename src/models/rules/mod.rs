//! Association rules: who rates this rates that, as far as that is no chance.

#[cfg(test)]
mod tests;
mod thin;

use std::sync::Arc;

use super::item_weights::{ItemWeights, LinearModel, NEIGHBORS, weights_between};
use super::neighborhood::log_likelihood_ratio;
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};
use crate::data::ItemIx;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "rules",
    title: "Association rules",
    summary: "Rules of the form who rates this rates that: for every item those others that come with it most \
              surprisingly, most faithfully, or most out of proportion.",
    formula: "score(u, i) = Σ_j w_ji over the rated items j;  llr: G² of the 2×2 table; lift: N·n_ij / ((n_i + d)(n_j + \
              d)); confidence: n_ij / (n_j + d)",
    parameters: &[
        Parameter {
            name: "measure",
            range: Range::Choice(&["llr", "lift", "confidence"]),
            default: "llr",
            doc: "llr: how surprising, by the log-likelihood ratio; lift: how many times more often than by chance; \
                  confidence: the share of those who rated one that rated the other",
        },
        NEIGHBORS.with_default("50"),
        Parameter {
            name: "min-llr",
            range: Range::Real(0.0, 1e9),
            default: "0",
            doc: "rules with a smaller log-likelihood ratio are left out; 10.83 is a chance of 1 in 1000",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, 1e9),
            default: "50",
            doc: "lift and confidence: as if items had so many more ratings; 0 favors what hardly anybody rated",
        },
        Parameter {
            name: "max-interactions",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "500",
            doc: "of users with more ratings than this, so many drawn at random take part",
        },
    ],
    unit: |_| Unit::Score,
    paper: "T. Dunning (1993), Accurate Methods for the Statistics of Surprise and Coincidence; Apache Mahout's correlated \
            cross-occurrence; R. Agrawal, T. Imieliński and A. Swami (1993), Mining Association Rules between Sets of \
            Items in Large Databases",
    strengths: "Few, robust rules that can be read one by one; holds on noisy data and needs no ratings. Less exact than \
                models that weigh all items against each other.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Rules>(),
};

struct Rules;

impl Fit for Rules {
    type Trained = ItemWeights;

    /// The rules, by the heaviest of what points to each item. Mahout's numbers, from sets of rated items; it divides
    /// by nothing, and neither do we.
    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let most = params.whole("max-interactions");
        let thinned = thin::thin(&context.dataset, most, context.seed, &context.task.cancel)?;
        let data = thinned.as_ref().unwrap_or(&*context.dataset);
        let strength = match params.word("measure") {
            "lift" => Strength::Lift,
            "confidence" => Strength::Confidence,
            _ => Strength::Llr,
        };
        let (min_llr, damping) = (params.real("min-llr"), params.real("damping"));
        let population = data.users_with_ratings() as f64;
        let count = |item: u32| data.item_row(ItemIx(item)).len() as f64;
        let pair = |from: u32, to: u32, both: u32| {
            let (both, a, b) = (f64::from(both), count(from), count(to));
            let llr = || log_likelihood_ratio(both, a, b, population);
            let weight = match strength {
                Strength::Llr => llr(),
                Strength::Lift => population * both / ((a + damping) * (b + damping)),
                Strength::Confidence => both / (a + damping),
            };
            (min_llr <= 0.0 || llr() >= min_llr).then_some(weight)
        };
        let keep = params.whole(NEIGHBORS.name);
        weights_between((data, SPEC.name), keep, &context.task, |_| 1, pair)
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, _: &Params) -> Fitted {
        Ok(LinearModel::of_presence(SPEC.name, weights, context, Some("min-llr=0")))
    }
}

/// What makes a rule strong.
enum Strength {
    Llr,
    Lift,
    Confidence,
}
