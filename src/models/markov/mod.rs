//! First-order transition probabilities between items, from every user's history.

mod transitions;

use std::sync::Arc;

use super::chronology::Chronology;
use super::item_weights::{Affinity, ItemWeights, LinearModel, Recency};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "markov",
    title: "Transitions (Markov chain)",
    summary: "Counts which item follows which in all histories, and recommends what tends to follow the profile's \
              ratings, the latest first.",
    formula: "score(u, i) = Σ_j keep^steps(j) · n_ji / (n_j + damping),  n_ji: how often i came next after j, steps: how \
              many ratings ago j was",
    parameters: &[
        Parameter {
            name: "window",
            range: Range::Whole(1, 1000),
            default: "1",
            doc: "how many later items count as successors; the s-th counts 1/s",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, 1e9),
            default: "10",
            doc: "added to every item's transition total; shrinks the probabilities of rare items",
        },
        Parameter {
            name: "keep",
            range: Range::Real(0.0, 1.0),
            default: "0.99",
            doc: "factor on a rating's weight for every later rating; 0: only the last one counts",
        },
        Parameter {
            name: "last",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "all",
            doc: "use only this many of the latest ratings",
        },
    ],
    search: &[Search::log("window", 1.0, 20.0), Search::log("damping", 0.5, 200.0)],
    unit: |_| Unit::Score,
    paper: "G. Shani, D. Heckerman and R. Brafman (2005), An MDP-Based Recommender System; damped",
    strengths: "Knows order: sequels, seasons, next steps. Needs many ratings per pair of items, and rating times; \
                without them it uses the order of the file.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Markov>(),
};

struct Markov;

impl Fit for Markov {
    type Trained = ItemWeights;

    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let settings = (params.whole("window"), params.real("damping"));
        let chronology = Chronology::of(&context.dataset);
        let weights = transitions::probabilities(&context.dataset, &chronology, settings, &context.task)?;
        Ok(ItemWeights::Sparse(weights))
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, params: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        Ok(Arc::new(LinearModel {
            name: SPEC.name.into(),
            unit: Unit::Score,
            affinity: Affinity {
                by_rating: false,
                aging: None,
                recency: Some(Recency {
                    keep: params.real("keep"),
                    last: params.whole("last"),
                    chronology: Chronology::of(&dataset),
                }),
            },
            dataset,
            weights,
            spared: None,
            weight_name: "probability",
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ItemIx;
    use crate::models::tests_common::{check_serving, fit, serve, serve_user, timed};
    use crate::models::{NoScore, Profile};

    /// 0 → 1 → 2 twice, 0 → 2 once, and user 3 ends with 0.
    fn data() -> Arc<crate::data::Dataset> {
        timed(&[
            (0, 0, 10),
            (0, 1, 20),
            (0, 2, 30),
            (1, 0, 5),
            (1, 1, 6),
            (1, 2, 9),
            (2, 2, 8),
            (2, 0, 7),
            (3, 3, 1),
            (3, 0, 2),
        ])
    }

    #[test]
    fn what_follows_by_hand() {
        let data = data();
        let model = fit("markov", "damping=1,keep=0.5", &data).unwrap();
        let serving = serve_user(&model, &data, 3);
        // After 0 came 1 twice and 2 once; after 3 came 0.
        assert_eq!(serving.score(ItemIx(1)), Ok(f64::from(2.0f32 / 4.0)));
        assert!((serving.score(ItemIx(2)).unwrap() - 0.25).abs() < 1e-7);
        // 3 is one step back.
        assert_eq!(serving.score(ItemIx(0)), Ok(0.5 * 0.5));
        assert_eq!(serving.score(ItemIx(3)), Err(NoScore::NoNeighbors));
        check_serving(&serving, 4);
        let tree = serving.explain(ItemIx(0)).unwrap();
        assert_eq!(tree.children[0].figure("steps-back"), Some(1.0));
        let last = fit("markov", "last=1", &data).unwrap();
        assert_eq!(serve_user(&last, &data, 3).score(ItemIx(0)), Err(NoScore::NoNeighbors));
    }

    #[test]
    fn further_ahead_counts_less() {
        let data = data();
        let model = fit("markov", "window=2,damping=0", &data).unwrap();
        let guest = |items: &[u32]| {
            let typed: Vec<(ItemIx, f64)> = items.iter().map(|i| (ItemIx(*i), 1.0)).collect();
            serve(&model, Profile::guest(typed, &Arc::default()))
        };
        // 0 → 2: once next, twice the one after; n_0 = 3 + 2/2.
        assert!((guest(&[0]).score(ItemIx(2)).unwrap() - (1.0 + 2.0 * 0.5) / 4.0).abs() < 1e-7);
        // The order that a guest types is the order.
        let (a, b) = (guest(&[0, 3]), guest(&[3, 0]));
        assert!(b.score(ItemIx(1)).unwrap() > a.score(ItemIx(1)).unwrap());
        check_serving(&b, 4);
    }
}
