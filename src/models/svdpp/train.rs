//! Stochastic gradient descent with implicit feedback, at the cost of plain matrix factorization.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::SPEC;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Descent, Factors, Learned, Visits, dot, losses};
use crate::models::wide::{Kernel, run_wide};
use crate::task::{Cancelled, Task};

/// The parameters during training: a bias and a row of factors for each user and item.
struct State {
    user_bias: Vec<f64>,
    item_bias: Vec<f64>,
    own: Vec<f64>,
    items: Vec<f64>,
    implicit: Vec<f64>,
}

impl State {
    /// Biases 0; factors drawn from N(init_mean, init_deviation): of users, of items, then the implicit ones, in index
    /// order. Factors of users and items without ratings stay 0.
    fn new(dataset: &Dataset, settings: &Descent, seed: u64) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let (n_users, n_items) = (dataset.n_users(), dataset.n_items());
        let mut draw = |n: usize, knows: &dyn Fn(u32) -> bool| {
            let mut factors = vec![0.0; n * settings.factors];
            for (row, at) in factors.chunks_exact_mut(settings.factors).zip(0..) {
                for x in row.iter_mut().filter(|_| knows(at)) {
                    let normal: f64 = StandardNormal.sample(&mut random);
                    *x = settings.init_mean + settings.init_deviation * normal;
                }
            }
            factors
        };
        let is_user = |at| !dataset.user_row(UserIx(at)).is_empty();
        let is_item = |at| !dataset.item_row(ItemIx(at)).is_empty();
        Self {
            own: draw(n_users, &is_user),
            items: draw(n_items, &is_item),
            implicit: draw(n_items, &is_item),
            user_bias: vec![0.0; n_users],
            item_bias: vec![0.0; n_items],
        }
    }
}

/// Trains r ≈ μ + b_u + b_i + q_i·(p_u + z_u), z_u = Σ y_j / √n over the n items j that the user rated, by stochastic
/// gradient descent on Σ e² + λ(b_u² + b_i² + |p_u|² + |q_i|² + Σ |y_j|²).
///
/// The ratings are visited grouped by user, in one shuffled order ([`Visits`]) for all epochs, and every rating updates all
/// n of the user's y_j: with e = r − r̂, from the old values, b_u += γ(e − λb_u); b_i += γ(e − λb_i);
/// p_u += γ(e·q_i − λp_u); q_i += γ(e·(p_u + z_u) − λq_i); y_j += γ(e·q_i/√n − λy_j).
///
/// Done literally, that is O(n²·factors) per user. But a rating maps every y_j of the user in the same way,
/// y ← k·y + (γe/√n)·q_i with k = 1 − γλ, so z_u = Σ y_j / √n follows z ← k·z + γe·q_i, the same update as p_u. So their
/// sum is updated as one, p + z ← k·(p + z) + 2γe·q_i, and after the user's last rating half of its change beyond the decay,
/// δ, is distributed: p ← kⁿ·p + δ and y_j ← kⁿ·y_j + δ/√n. This gives the same results up to rounding in O(n·factors) per
/// user, O(epochs · ratings · factors) in all. In f64, single-threaded.
///
/// Koren (2008); as Surprise's `SVDpp` with its defaults, except for the random generator.
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    task.cancel.check()?;
    let mut state = State::new(dataset, settings, seed);
    let visits = Visits::draw(dataset, seed);
    let mut step = Step::new(dataset.mean(), settings);
    let curve = losses(SPEC.name, "RMSE", settings.epochs, task, |_| {
        let mut squares = 0.0;
        for (user, places) in visits.iter(dataset) {
            task.cancel.check()?;
            squares += run_wide(Visit {
                step: &mut step,
                state: &mut state,
                row: dataset.user_row(user),
                user,
                places,
            });
        }
        Ok((squares / dataset.n_ratings().max(1) as f64).sqrt())
    })?;
    let mut users = state.own;
    for (user, own) in dataset.users().zip(users.chunks_exact_mut(settings.factors)) {
        let row = dataset.user_row(user);
        let scale = (row.len().max(1) as f64).sqrt().recip();
        for &item in row.ids {
            let implicit = &state.implicit[item as usize * settings.factors..][..settings.factors];
            own.iter_mut().zip(implicit).for_each(|(p, y)| *p += scale * y);
        }
    }
    Ok(Learned {
        mean: Some(dataset.mean()),
        user_bias: Some(state.user_bias),
        item_bias: Some(state.item_bias),
        users: Factors::new(settings.factors, users),
        items: Factors::new(settings.factors, state.items),
        implicit: Some(Factors::new(settings.factors, state.implicit)),
        curve,
        ..Learned::default()
    })
}

/// One pass over the ratings of a user.
struct Visit<'a> {
    step: &'a mut Step,
    state: &'a mut State,
    row: Row<'a>,
    user: UserIx,
    /// Indices into the row, in visiting order.
    places: &'a [u32],
}

/// The constants of a step, and its buffers for one user.
struct Step {
    mean: f64,
    rate: f64,
    /// 1 − γλ.
    keep: f64,
    /// The current p + z.
    taste: Vec<f64>,
    /// p + z before the first rating.
    start: Vec<f64>,
}

impl Step {
    fn new(mean: f64, settings: &Descent) -> Self {
        Self {
            mean,
            rate: settings.learning_rate,
            keep: 1.0 - settings.learning_rate * settings.regularization,
            taste: vec![0.0; settings.factors],
            start: vec![0.0; settings.factors],
        }
    }
}

impl Kernel for Visit<'_> {
    /// The sum of squared errors, each before its own step.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (row, state) = (self.row, self.state);
        let Step {
            mean,
            rate,
            keep,
            taste,
            start,
        } = self.step;
        let width = taste.len();
        let own = &mut state.own[self.user.at() * width..][..width];
        let scale = (row.len().max(1) as f64).sqrt().recip();
        start.fill(0.0);
        for &item in row.ids {
            let implicit = &state.implicit[item as usize * width..][..width];
            start.iter_mut().zip(implicit).for_each(|(sum, y)| *sum += y);
        }
        start.iter_mut().zip(&*own).for_each(|(sum, p)| *sum = p + scale * *sum);
        taste.copy_from_slice(start);

        let mut squares = 0.0;
        let bias = &mut state.user_bias[self.user.at()];
        for &place in self.places {
            let (item, rating) = (row.ids[place as usize] as usize, row.values.get(place as usize));
            let its_bias = &mut state.item_bias[item];
            let its = &mut state.items[item * width..][..width];
            let error = rating - (*mean + *bias + *its_bias + dot(taste, its));
            squares += error * error;
            let pull = *rate * error;
            *bias = *keep * *bias + pull;
            *its_bias = *keep * *its_bias + pull;
            for (taste, q) in taste.iter_mut().zip(its) {
                let (old_taste, old_q) = (*taste, *q);
                *taste = *keep * old_taste + 2.0 * pull * old_q;
                *q = *keep * old_q + pull * old_taste;
            }
        }

        let kept = keep.powi(row.len() as i32);
        for ((p, moved), end) in own.iter_mut().zip(&mut *start).zip(&*taste) {
            let half = 0.5 * (end - kept * *moved);
            *p = kept * *p + half;
            *moved = scale * half;
        }
        for &item in row.ids {
            let implicit = &mut state.implicit[item as usize * width..][..width];
            implicit
                .iter_mut()
                .zip(&*start)
                .for_each(|(y, moved)| *y = kept * *y + moved);
        }
        squares
    }
}
