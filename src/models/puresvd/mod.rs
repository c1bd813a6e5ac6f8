//! The taste of everybody in a few directions: a truncated singular value decomposition.
//!
//! [`subspace`] finds the leading singular vectors.

mod subspace;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::latent::{Factors, FoldIn, Folded, Latent, Learned, dot};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "puresvd",
    title: "Truncated SVD (PureSVD)",
    summary: "A truncated singular value decomposition of the rating matrix with unrated entries as 0; items are \
              ranked by how well they match the profile's projection.",
    formula: "score(u, i) = Σ_j v_j·v_i over the rated items j,  v the leading right singular vectors of the binary X",
    parameters: &[Parameter {
        name: "factors",
        range: Range::Whole(1, 1000),
        default: "20",
        doc: "how many directions are kept; more follow rarer tastes, and noise",
    }],
    search: &[Search::log("factors", 5.0, 150.0)],
    unit: |_| Unit::Score,
    paper: "P. Cremonesi, Y. Koren and R. Turrin (2010), Performance of Recommender Algorithms on Top-N Recommendation \
            Tasks",
    strengths: "Strong rankings from one number to choose, and no luck; anybody is served at once by adding up what they \
                rated. Best with few factors.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<PureSvd>(),
};

struct PureSvd;

impl Fit for PureSvd {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        context.task.cancel.check()?;
        let wanted = params.whole("factors");
        let found = subspace::decompose(&context.dataset, wanted, context.seed, &context.task)?;
        Ok(Learned {
            users: Factors::new(found.width, found.user_factors),
            items: Factors::new(found.width, found.item_factors),
            curve: found.explained,
            ..Learned::default()
        })
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let loss = "share of the ratings that the factors explain";
        Latent::open(&SPEC, (context, params), learned, Sum, loss)
    }
}

/// The taste of a profile is the sum of its items' factors, for everybody: X·V.
struct Sum;

impl FoldIn for Sum {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        cancel.check()?;
        let rows: Vec<Vec<f64>> = ratings.iter().map(|(item, _)| learned.items.row(item.at())).collect();
        let mut factors = vec![0.0; learned.n_factors()];
        for row in &rows {
            factors.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        Ok(Folded::new(factors, 0.0, move |q| {
            rows.iter().map(|row| dot(row, q)).collect()
        }))
    }

    fn is_training(&self) -> bool {
        true
    }

    fn needs_ratings(&self) -> bool {
        true
    }

    fn note(&self, learned: &Learned, _: &Dataset) -> Option<String> {
        let (n, explained) = (learned.n_factors(), learned.curve.last()?);
        (n > 1 && *explained > 1.0 - 1e-9).then(|| {
            format!(
                "the {n} factors of puresvd give all ratings back exactly and say nothing of what was not rated: it scores \
                 0; try puresvd:factors={}",
                n.div_ceil(2)
            )
        })
    }
}
