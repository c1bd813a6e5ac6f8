//! Association rules: users who rate one item also rate another, more often than by chance.

#[cfg(test)]
mod tests;
mod thin;

use std::sync::Arc;

use super::item_weights::{ItemWeights, LinearModel, NEIGHBORS, weights_between};
use super::neighborhood::log_likelihood_ratio;
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};
use crate::data::ItemIx;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "rules",
    title: "Association rules",
    summary: "Association rules, \"who rates this rates that\": for every item its strongest companions by lift, \
              confidence or log-likelihood ratio.",
    formula: "score(u, i) = Σ_j w_ji over the rated items j;  llr: G² of the 2×2 table; lift: N·n_ij / ((n_i + d)(n_j + \
              d)); confidence: n_ij / (n_j + d)",
    parameters: &[
        Parameter {
            name: "measure",
            range: Range::Choice(&["llr", "lift", "confidence"]),
            default: "llr",
            doc: "llr: log-likelihood ratio, how surprising the pair is; lift: how many times more often than by chance; \
                  confidence: the share of raters of one that also rated the other",
        },
        NEIGHBORS.with_default("50"),
        Parameter {
            name: "min-llr",
            range: Range::Real(0.0, 1e9),
            default: "0",
            doc: "ignore rules with a smaller log-likelihood ratio; 10.83 corresponds to p = 0.001",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, 1e9),
            default: "50",
            doc: "lift and confidence: added to every item's rating count; 0 favors rarely rated items",
        },
        Parameter {
            name: "max-interactions",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "500",
            doc: "use only this many random ratings of each user",
        },
    ],
    search: &[
        Search::words("measure", &["llr", "lift", "confidence"]),
        Search::log("neighbors", 10.0, 400.0),
        Search::log("damping", 1.0, 500.0),
    ],
    unit: |_| Unit::Score,
    paper: "T. Dunning (1993), Accurate Methods for the Statistics of Surprise and Coincidence; Apache Mahout's correlated \
            cross-occurrence; R. Agrawal, T. Imieliński and A. Swami (1993), Mining Association Rules between Sets of \
            Items in Large Databases",
    strengths: "A few robust rules that can be read one by one; works with noisy data and without rating values. Less \
                accurate than models that weigh all items against each other.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Rules>(),
};

struct Rules;

impl Fit for Rules {
    type Trained = ItemWeights;

    /// Keeps the strongest rules that lead to each item. The weights are those of Mahout, not normalized.
    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let max_interactions = params.whole("max-interactions");
        let thinned = thin::thin(&context.dataset, max_interactions, context.seed, &context.task.cancel)?;
        let data = thinned.as_ref().unwrap_or(&*context.dataset);
        let measure = match params.word("measure") {
            "lift" => Measure::Lift,
            "confidence" => Measure::Confidence,
            _ => Measure::Llr,
        };
        let (min_llr, damping) = (params.real("min-llr"), params.real("damping"));
        let population = data.users_with_ratings() as f64;
        let count = |item: u32| data.item_row(ItemIx(item)).len() as f64;
        let pair = |from: u32, to: u32, both: u32| {
            let (both, a, b) = (f64::from(both), count(from), count(to));
            let llr = || log_likelihood_ratio(both, a, b, population);
            let weight = match measure {
                Measure::Llr => llr(),
                Measure::Lift => population * both / ((a + damping) * (b + damping)),
                Measure::Confidence => both / (a + damping),
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

enum Measure {
    Llr,
    Lift,
    Confidence,
}
