//! A linear autoencoder in closed form: predicts whether an item is rated from all other items.

mod inverse;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use inverse::{NotDefinite, SymmetricTiles, estimated_seconds};

use super::item_weights::{CLOSENESS, Chosen, Closeness, DenseWeights, ITEMS, ItemWeights, LinearModel};
use super::{
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Pool, Task};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "ease",
    title: "Linear autoencoder (EASE)",
    summary: "A linear model with a closed-form solution: how much having rated each item counts for or against every \
              other, all others taken into account.",
    formula: "score(u, i) = Σ_j B_ji over the rated items j,  B_ji = −P_ji / P_ii,  P = (G + λI)⁻¹, G = XᵀX, X binary",
    parameters: &[
        Parameter {
            name: "lambda",
            range: Range::Real(1e-3, 1e9),
            default: "500",
            doc: "L2 regularization of the weights; use more with more ratings per item",
        },
        CLOSENESS,
        ITEMS,
    ],
    search: &[
        Search::log("lambda", 30.0, 5000.0),
        Search::log("closeness", 0.1, 100_000.0),
    ],
    unit: |_| Unit::Score,
    paper: "H. Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data",
    strengths: "One parameter, no randomness, and among the best rankings; explanations are exact sums over rated \
                items. With closeness, items rated in one sitting count for more. Memory grows with the square of the \
                number of items, time with its cube.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Ease>(),
};

struct Ease;

/// So many items are fitted in a second or so.
const FEW: usize = 4_000;

impl Fit for Ease {
    type Trained = ItemWeights;

    /// Computes B from the binary user-item matrix.
    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let (data, task) = (&context.dataset, &context.task);
        task.cancel.check()?;
        let chosen = Chosen::of(data, params, SPEC.name, |n| cost(n, &task.pool).to_string())?;
        let gram = chosen.gram(data, Closeness::of(data, params), task)?;
        let lambda = params.real("lambda");
        let values = weights_of(gram, chosen.len(), lambda, task)?;
        Ok(ItemWeights::Dense(DenseWeights::new(
            chosen.items,
            data.n_items(),
            values,
        )))
    }

    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        let chosen = Chosen::of(data, params, SPEC.name, |_| String::new()).ok()?;
        // A second or so, not worth being timed.
        (chosen.len() > FEW).then(|| cost(chosen.len(), pool))
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, _: &Params) -> Fitted {
        Ok(LinearModel::of_presence(SPEC.name, weights, context, None))
    }
}

/// The row of G = XᵀX of one item, as `ease` with these parameters counts it, by every item of the catalog; `None` where it
/// can't be fitted.
///
/// # Errors
/// Cancellation.
pub fn co_ratings(
    data: &Dataset,
    params: &Params,
    item: ItemIx,
    cancel: &Cancel,
) -> Result<Option<Vec<f64>>, Cancelled> {
    let chosen = Chosen::of(data, params, SPEC.name, |_| String::new());
    let row = chosen.map(|chosen| chosen.gram_row(data, Closeness::of(data, params), item, cancel));
    row.ok().transpose()
}

/// B row by row, from XᵀX; the diagonal is meaningless.
fn weights_of(gram: Vec<f32>, n: usize, lambda: f64, task: &Task) -> Result<Vec<f32>, FitError> {
    let mut tiles = SymmetricTiles::of(&gram, n, lambda);
    drop(gram);
    tiles.negative_inverse(task)?.map_err(|NotDefinite| {
        FitError::Unfit(format!(
            "ease cannot invert XᵀX + {lambda}·I in double precision; use a larger lambda"
        ))
    })?;
    // B_ji = −P_ji / P_ii; the tiles hold −P.
    let precision: Vec<f64> = (0..n).map(|i| -tiles.get(i, i)).collect();
    let mut values = vec![0.0; n * n];
    let rows: Vec<(usize, &mut [f32])> = values.chunks_mut(n.max(1)).enumerate().collect();
    task.pool.try_each(rows, |(j, row)| {
        task.cancel.check()?;
        for (i, (weight, p)) in row.iter_mut().zip(&precision).enumerate() {
            *weight = (tiles.get(j, i) / p) as f32;
        }
        Ok::<(), FitError>(())
    })?;
    Ok(values)
}

/// Of training with `n` items.
fn cost(n: usize, pool: &Pool) -> FitCost {
    FitCost {
        seconds: estimated_seconds(n, pool),
        bytes: 8.0 * (n as f64).powi(2),
    }
}
