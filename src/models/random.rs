//! Ratings drawn from a normal distribution: the baseline for a model that knows nothing.

use std::f64::consts::TAU;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audience::score_all_users;
use super::{
    About, Audience, Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Params, PartKind,
    Profile, Recommender, Scores, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancel, Cancelled, Task};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "random",
    title: "Random",
    summary: "A rating drawn from a normal distribution with the mean and deviation of the training ratings; the same \
              draw every time for the same seed, person and item.",
    formula: "score(u, i) = μ + σ·z(seed, u, i),  z ~ N(0, 1)",
    parameters: &[],
    search: &[],
    unit: |_| Unit::Rating,
    paper: "Surprise's NormalPredictor (N. Hug, 2020, Surprise: A Python library for recommender systems)",
    strengths: "The floor: a model that does no better has learned nothing. Also an unbiased order for trying out metrics.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<Random>(),
};

#[derive(Serialize, Deserialize)]
struct Trained {
    mean: f64,
    /// The standard deviation of all ratings, divided by n (not n − 1), as in Surprise.
    deviation: f64,
}

struct Random {
    seed: u64,
    trained: Arc<Trained>,
    n_items: usize,
}

impl Fit for Random {
    type Trained = Trained;

    fn train(context: &FitContext, _: &Params) -> Result<Trained, FitError> {
        let dataset = &context.dataset;
        let mean = dataset.mean();
        let mut squares = 0.0;
        for user in dataset.users() {
            if user.at() % 1024 == 0 {
                context.task.cancel.check()?;
            }
            squares += dataset
                .user_row(user)
                .iter()
                .map(|(_, r)| (r - mean).powi(2))
                .sum::<f64>();
        }
        Ok(Trained {
            mean,
            deviation: (squares / dataset.n_ratings().max(1) as f64).sqrt(),
        })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, _: &Params) -> Fitted {
        Ok(Arc::new(Random {
            seed: context.seed,
            trained,
            n_items: context.dataset.n_items(),
        }))
    }
}

impl Recommender for Random {
    fn unit(&self) -> Unit {
        Unit::Rating
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(RandomServed {
            key: self.key(key_of(&profile)),
            model: self,
        }))
    }

    fn prepare_audience(&self, _: &Dataset, _: &Task) -> Result<bool, Cancelled> {
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        let known = item.at() < self.n_items;
        let score = |user| known.then(|| self.rating(self.key(key_of_user(user)), item.0));
        score_all_users(data, task, score).map(Some)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + size_of::<Trained>()
    }
}

/// Identifies whom the draws are for: the user, whatever the edits; for a guest the ratings.
fn key_of(profile: &Profile) -> u64 {
    match profile.user() {
        Some(user) => key_of_user(user),
        None => profile.rows().iter().fold(1, |key, row| {
            mix(key ^ mix(u64::from(row.item.0)) ^ row.rating.to_bits()) | 1
        }),
    }
}

fn key_of_user(user: UserIx) -> u64 {
    u64::from(user.0) << 1
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input moves about half of the output's.
pub(super) fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// The seed and `of`, mixed.
    fn key(&self, of: u64) -> u64 {
        mix(self.seed ^ mix(of))
    }

    /// A standard normal number for `item`, by the Box–Muller transform of two hashed uniforms.
    fn draw(key: u64, item: u32) -> f64 {
        let uniform = |word: u64| ((word >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let first = mix(key ^ mix(u64::from(item) << 1));
        let second = mix(first);
        (-2.0 * libm::log(uniform(first))).sqrt() * libm::cos(TAU * uniform(second))
    }

    fn rating(&self, key: u64, item: u32) -> f64 {
        self.trained.mean + self.trained.deviation * Self::draw(key, item)
    }
}

struct RandomServed {
    model: Arc<Random>,
    key: u64,
}

impl Served for RandomServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        if item.at() < self.model.n_items {
            Ok(self.model.rating(self.key, item.0))
        } else {
            Err(NoScore::UnknownItem)
        }
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.n_items, cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let Trained { mean, deviation } = *self.model.trained;
        let z = Random::draw(self.key, item.0);
        let base = Explanation::base("global mean", mean);
        let chance = Explanation::leaf(PartKind::Residual, "chance", About::Nothing, deviation * z)
            .number("deviation", deviation)
            .number("draw", z);
        let root = Explanation::of_model(SPEC.name, score);
        Ok(root.of_parts(vec![base, chance]))
    }

    /// Surprise's random predictor draws for unknown users and items, too.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        Some(self.model.rating(self.key, item.map_or(u32::MAX, |i| i.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{check_serving, context, dataset, fit, fit_in, serve_guest, serve_user};

    #[test]
    fn the_draws_have_the_mean_and_deviation_of_the_ratings() {
        let data = dataset(&[(0, 0, 1.0), (1, 0, 5.0), (2, 0, 3.0)], 20_000);
        let model = fit("random", "", &data).unwrap();
        let serving = serve_user(&model, &data, 0);
        let draws: Vec<f64> = (0..20_000).map(|i| serving.score(ItemIx(i)).unwrap()).collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let deviation = (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt();
        let sigma = (8.0f64 / 3.0).sqrt();
        assert!((mean - 3.0).abs() < 4.0 * sigma / n.sqrt(), "{mean}");
        assert!(
            (deviation - sigma).abs() < 4.0 * sigma / (2.0 * n).sqrt(),
            "{deviation}"
        );
        let beyond = draws.iter().filter(|d| (*d - 3.0).abs() > 1.96 * sigma).count() as f64 / n;
        assert!((beyond - 0.05).abs() < 0.007, "{beyond}");
    }

    #[test]
    fn the_draws_go_by_seed_person_and_item() {
        let data = dataset(&[(0, 0, 1.0), (1, 1, 5.0)], 3);
        let model = fit("random", "", &data).unwrap();
        let score = |serving: &crate::models::Serving, i| serving.score(ItemIx(i)).unwrap();
        let first = serve_user(&model, &data, 0);
        assert_eq!(score(&first, 1), score(&serve_user(&model, &data, 0), 1));
        assert_ne!(score(&first, 1), score(&first, 2));
        assert_ne!(score(&first, 1), score(&serve_user(&model, &data, 1), 1));
        let guest = serve_guest(&model, &[(0, 5.0)]);
        assert_eq!(score(&guest, 1), score(&serve_guest(&model, &[(0, 5.0)]), 1));
        assert_ne!(score(&guest, 1), score(&serve_guest(&model, &[(0, 4.0)]), 1));
        let mut other = context(&data);
        other.seed = 2;
        let reseeded = fit_in("random", "", &other).unwrap();
        assert_ne!(score(&first, 1), score(&serve_user(&reseeded, &data, 0), 1));
        check_serving(&first, 3);
        check_serving(&guest, 3);
    }

    #[test]
    fn a_constant_rating_leaves_nothing_to_chance() {
        let data = dataset(&[(0, 0, 4.0), (1, 0, 4.0)], 2);
        let model = fit("random", "", &data).unwrap();
        assert_eq!(serve_guest(&model, &[]).score(ItemIx(1)), Ok(4.0));
    }
}
