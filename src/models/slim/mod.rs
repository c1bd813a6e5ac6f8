//! Sparse linear models: predict whether an item is rated from a few others, learned column by column.

mod descent;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use descent::{Settings, regress};

use super::item_weights::{CLOSENESS, Chosen, Closeness, ITEMS, ItemWeights, LinearModel, NEIGHBORS, SparseWeights};
use super::{
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::Pool;
use crate::task::Report;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "slim",
    title: "Sparse linear model (SLIM)",
    summary: "A sparse linear model: predicts each item from a few others rated by the same person, with weights that \
              are never negative and mostly zero.",
    formula: "score(u, i) = Σ_j W_ji over the rated items j,  W ≥ 0 minimizes ½‖X − XW‖² + l1·ΣW + ½·l2·‖W‖², zero \
              diagonal, X binary",
    parameters: &[
        Parameter {
            name: "l1",
            range: Range::Real(0.0, 1e9),
            default: "3",
            doc: "L1 regularization; more makes the weights sparser",
        },
        Parameter {
            name: "l2",
            range: Range::Real(0.0, 1e9),
            default: "100",
            doc: "L2 regularization; more spreads weight over more items",
        },
        Parameter {
            doc: "candidate items per item, preselected by cosine (fsSLIM); fewer is faster",
            ..NEIGHBORS
        },
        Parameter {
            name: "max-iters",
            range: Range::Whole(1, 100_000),
            default: "100",
            doc: "rounds of coordinate descent at most, per item",
        },
        Parameter {
            name: "tolerance",
            range: Range::Real(0.0, 1.0),
            default: "0.001",
            doc: "stop after a round that moves no weight by more",
        },
        CLOSENESS,
        ITEMS,
    ],
    search: &[Search::log("l1", 0.1, 20.0), Search::log("l2", 5.0, 1000.0)],
    unit: |_| Unit::Score,
    paper: "X. Ning and G. Karypis (2011), SLIM: Sparse Linear Methods for Top-N Recommender Systems; coordinate descent \
            after J. Friedman, T. Hastie and R. Tibshirani (2010)",
    strengths: "Nearly as good as ease with a hundredth of the weights, so explanations are short and all weights \
                positive. Two parameters to tune; slower to train.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Slim>(),
};

struct Slim;

impl Fit for Slim {
    type Trained = ItemWeights;

    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let (data, task) = (&context.dataset, &context.task);
        task.cancel.check()?;
        let settings = Settings {
            l1: params.real("l1") as f32,
            l2: params.real("l2") as f32,
            max_iterations: params.whole("max-iters"),
            tolerance: params.real("tolerance") as f32,
            neighbors: params.whole(NEIGHBORS.name),
        };
        let cost = |n: usize| format!("{:.1} GB of memory", 4.0 * (n as f64).powi(2) / 1e9);
        let chosen = Chosen::of(data, params, SPEC.name, cost)?;
        let (gram, n) = (chosen.gram(data, Closeness::of(data, params), task)?, chosen.len());
        let done = AtomicU64::new(0);
        let columns = task.pool.try_map(n, |target| {
            let column = regress(&gram, n, target, &settings, &task.cancel);
            let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
            if so_far.is_multiple_of(16) {
                task.progress
                    .say(|| Report::of("fitting slim", so_far, n as u64, "items"));
            }
            column
        })?;
        let mut speakers = vec![Vec::new(); data.n_items()];
        for (&item, column) in chosen.items.iter().zip(columns) {
            let named = column.into_iter().map(|(at, w)| (chosen.items[at as usize], w));
            speakers[item as usize] = named.collect();
        }
        Ok(ItemWeights::Sparse(SparseWeights::of_listeners(&speakers)))
    }

    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        let n = Chosen::of(data, params, SPEC.name, |_| String::new()).ok()?.len() as f64;
        // Every item is regressed on all others, whose sums move with each weight that does.
        Some(FitCost {
            seconds: StepTime::shared(0.15).seconds(n.powi(3), pool),
            bytes: 4.0 * n * n,
        })
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, _: &Params) -> Fitted {
        Ok(LinearModel::of_presence(
            SPEC.name,
            weights,
            context,
            Some("l1=0.1,l2=1"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::data::ItemIx;
    use crate::models::NoScore;
    use crate::models::tests_common::{check_serving, dataset, fit, serve_user, synthetic};

    #[test]
    fn two_items_by_hand() {
        // Items 0 and 2 (1 has no rating): two raters each, one of them common: w = (1 − l1) / (2 + l2).
        let data = dataset(&[(0, 0, 5.0), (0, 2, 1.0), (1, 0, 2.0), (2, 2, 4.0)], 3);
        let model = fit("slim", "l1=0.5,l2=0", &data).unwrap();
        let serving = serve_user(&model, &data, 1);
        assert_eq!(serving.score(ItemIx(2)), Ok(0.25));
        assert_eq!(serving.score(ItemIx(1)), Err(NoScore::UnknownItem));
        check_serving(&serving, 3);
        let strict = fit("slim", "l1=1,l2=0", &data).unwrap();
        assert_eq!(
            serve_user(&strict, &data, 1).score(ItemIx(2)),
            Err(NoScore::NoNeighbors)
        );
    }

    #[test]
    fn served_for_everybody() {
        let data = synthetic(30, 20);
        let model = fit("slim", "l1=0.1,l2=1", &data).unwrap();
        for user in 0..30 {
            check_serving(&serve_user(&model, &data, user), 20);
        }
    }
}
