//! Item-to-item similarity by co-occurrence, with the profile's ratings weighted by recency.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::item_weights::{Affinity, Aging, HALF_LIFE, ItemWeights, LinearModel, NEIGHBORS, weights_between};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};
use crate::data::{Dataset, ItemIx};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "sar",
    title: "Simple algorithm for recommendation (SAR)",
    summary: "Item-to-item similarity by the number of users who rated both items, multiplied by the profile's \
              ratings, of which older ones count for less.",
    formula: "score(u, i) = Σ_j r_uj · 0.5^(age_uj / half-life) · s(j, i),  s from co-occurrence counts",
    parameters: &[
        Parameter {
            name: "similarity",
            range: Range::Choice(&[
                "jaccard",
                "cooccurrence",
                "cosine",
                "inclusion",
                "lift",
                "mutual-information",
                "lexicographers",
            ]),
            default: "jaccard",
            doc: "from counts c: jaccard c_ij/(c_ii+c_jj−c_ij); cooccurrence c_ij; cosine c_ij/√(c_ii·c_jj); inclusion \
                  c_ij/min(c_ii, c_jj); lift c_ij/(c_ii·c_jj); mutual-information log₂(N·lift); lexicographers c_ij times \
                  mutual-information",
        },
        HALF_LIFE,
        Parameter {
            name: "threshold",
            range: Range::Whole(1, u64::MAX),
            default: "1",
            doc: "ignore pairs with fewer common raters",
        },
        NEIGHBORS,
    ],
    search: &[
        Search::log("threshold", 1.0, 10.0),
        Search::log("half-life", 5.0, 5000.0),
    ],
    unit: |_| Unit::SimilaritySum,
    paper: "Microsoft recommenders, Simple Algorithm for Recommendation (2018), after Microsoft's Product Recommendations \
            solution",
    strengths: "Trains in a moment and follows recent interests. Without rating times it is plain item-to-item \
                similarity. Favors popular items more than item-knn.",
    low_ratings: |_| LowRatings::Weighed,
    fit: Training::of::<Sar>(),
};

struct Sar;

impl Fit for Sar {
    type Trained = ItemWeights;

    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let data = &*context.dataset;
        let association = Association::of(data, params.word("similarity"));
        let threshold = params.whole("threshold");
        let count = |item: u32| data.item_row(ItemIx(item)).len() as f64;
        let pair = |a: u32, b: u32, both: u32| {
            (both as usize >= threshold).then(|| association.between(f64::from(both), count(a), count(b)))
        };
        let keep = params.whole(NEIGHBORS.name);
        weights_between((data, SPEC.name), keep, &context.task, |_| 1, pair)
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, params: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        Ok(Arc::new(LinearModel {
            name: SPEC.name.into(),
            unit: Unit::SimilaritySum,
            affinity: Affinity {
                by_rating: true,
                aging: Aging::of(&dataset, params.real(HALF_LIFE.name)),
                recency: None,
            },
            dataset,
            weights,
            spared: Some("threshold=1"),
            weight_name: "similarity",
        }))
    }
}

/// The similarity of two items, from counts of raters; N is the number of users.
enum Association {
    Jaccard,
    Cooccurrence,
    Cosine,
    Inclusion,
    Lift,
    MutualInformation(f64),
    Lexicographers(f64),
}

impl Association {
    fn of(data: &Dataset, name: &str) -> Self {
        let users = data.users_with_ratings() as f64;
        match name {
            "cooccurrence" => Self::Cooccurrence,
            "cosine" => Self::Cosine,
            "inclusion" => Self::Inclusion,
            "lift" => Self::Lift,
            "mutual-information" => Self::MutualInformation(users),
            "lexicographers" => Self::Lexicographers(users),
            _ => Self::Jaccard,
        }
    }

    /// For items with `a` and `b` raters, `both` of them in common.
    fn between(&self, both: f64, a: f64, b: f64) -> f64 {
        match self {
            Self::Jaccard => both / (a + b - both),
            Self::Cooccurrence => both,
            Self::Cosine => both / (a * b).sqrt(),
            Self::Inclusion => both / a.min(b),
            Self::Lift => both / (a * b),
            Self::MutualInformation(users) => (users * both / (a * b)).log2(),
            Self::Lexicographers(users) => both * (users * both / (a * b)).log2(),
        }
    }
}
