//! Single-threaded stochastic gradient descent over biases and factors.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::SPEC;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Descent, Factors, Learned, Visits, losses};
use crate::models::wide::{Kernel, dot, padded, run_wide};
use crate::task::{Cancelled, Task};

/// One side during training: a bias and a padded row of factors for each user or item. The padding stays 0.
struct Side {
    bias: Vec<f32>,
    factors: Vec<f32>,
}

impl Side {
    /// Draws initial factors for those that `is_known`, in index order; the others stay 0.
    fn new(n: usize, is_known: impl Fn(u32) -> bool, settings: &Descent, random: &mut Pcg64) -> Self {
        let width = padded(settings.factors);
        let mut factors = vec![0.0; n * width];
        let rows = factors.chunks_exact_mut(width).zip(0..);
        for (row, _) in rows.filter(|(_, at)| is_known(*at)) {
            for x in &mut row[..settings.factors] {
                let normal: f64 = StandardNormal.sample(random);
                *x = (settings.init_mean + settings.init_deviation * normal) as f32;
            }
        }
        Self {
            bias: vec![0.0; n],
            factors,
        }
    }

    /// The biases and the unpadded factors.
    fn finish(self, n_factors: usize) -> (Vec<f64>, Factors) {
        let bias = self.bias.iter().map(|b| f64::from(*b)).collect();
        (bias, Factors::of_padded(&self.factors, padded(n_factors), n_factors))
    }
}

/// Trains r ≈ μ + b_u + b_i + q_i·p_u by stochastic gradient descent on Σ e² + λ(b_u² + b_i² + |p_u|² + |q_i|²).
///
/// The ratings are visited grouped by user, in one shuffled order ([`Visits`]) for all epochs. Every step reads the old
/// values: e = r − r̂; b_u += γ(e − λb_u); b_i += γ(e − λb_i); p_u += γ(e·q_i − λp_u);
/// q_i += γ(e·p_u − λq_i). Initially biases are 0 and factors drawn from N(init_mean, init_deviation), users before items,
/// by a seeded PCG. In f32 (the published figures do not change in the fourth digit), single-threaded, deterministic.
/// O(epochs · ratings · factors).
///
/// Funk (2006); as Surprise's `SVD` with its defaults, except for the random generator.
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let mut random = Pcg64::seed_from_u64(seed);
    let is_user = |u| !dataset.user_row(UserIx(u)).is_empty();
    let is_item = |i| !dataset.item_row(ItemIx(i)).is_empty();
    let mut users = Side::new(dataset.n_users(), is_user, settings, &mut random);
    let mut items = Side::new(dataset.n_items(), is_item, settings, &mut random);
    let width = padded(settings.factors);
    let step = Step::of(settings);
    let mean = if settings.biased { dataset.mean() as f32 } else { 0.0 };
    let visits = Visits::draw(dataset, seed);
    let curve = losses(SPEC.name, "RMSE", settings.epochs, task, |_| {
        let mut squares = 0.0;
        for (user, places) in visits.iter(dataset) {
            task.cancel.check()?;
            squares += run_wide(Visit {
                step,
                mean,
                row: dataset.user_row(user),
                places,
                own: &mut users.factors[user.at() * width..][..width],
                own_bias: &mut users.bias[user.at()],
                items: &mut items,
            });
        }
        Ok((squares / dataset.n_ratings().max(1) as f64).sqrt())
    })?;
    let (user_bias, users) = users.finish(settings.factors);
    let (item_bias, items) = items.finish(settings.factors);
    Ok(Learned {
        mean: settings.biased.then(|| dataset.mean()),
        user_bias: settings.biased.then_some(user_bias),
        item_bias: settings.biased.then_some(item_bias),
        users,
        items,
        curve,
        ..Learned::default()
    })
}

/// One pass over the ratings of a user.
struct Visit<'a> {
    step: Step,
    mean: f32,
    row: Row<'a>,
    /// Indices into the row, in visiting order.
    places: &'a [u32],
    own: &'a mut [f32],
    own_bias: &'a mut f32,
    items: &'a mut Side,
}

impl Kernel for Visit<'_> {
    /// The sum of squared errors, each before its own step.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (own, own_bias) = (self.own, self.own_bias);
        let width = own.len();
        let mut squares = 0.0;
        for &place in self.places {
            let (i, rating) = (
                self.row.ids[place as usize] as usize,
                self.row.values.get(place as usize),
            );
            let its = &mut self.items.factors[i * width..][..width];
            let its_bias = &mut self.items.bias[i];
            let error = rating as f32 - (self.mean + *own_bias + *its_bias + dot(own, its));
            squares += f64::from(error * error);
            self.step.biases(error, own_bias, its_bias);
            self.step.factors(error, own, its);
        }
        squares
    }
}

/// The constants of a step, in the form x ← keep·x + rate·e·y.
#[derive(Clone, Copy)]
struct Step {
    rate: f32,
    /// 1 − γλ.
    keep: f32,
    biased: bool,
}

impl Step {
    fn of(settings: &Descent) -> Self {
        Self {
            rate: settings.learning_rate as f32,
            keep: (1.0 - settings.learning_rate * settings.regularization) as f32,
            biased: settings.biased,
        }
    }

    #[inline(always)]
    fn biases(self, error: f32, user: &mut f32, item: &mut f32) {
        if self.biased {
            *user = self.keep * *user + self.rate * error;
            *item = self.keep * *item + self.rate * error;
        }
    }

    #[inline(always)]
    fn factors(self, error: f32, user: &mut [f32], item: &mut [f32]) {
        let pull = self.rate * error;
        for (p, q) in user.iter_mut().zip(item) {
            let (old_p, old_q) = (*p, *q);
            *p = self.keep * old_p + pull * old_q;
            *q = self.keep * old_q + pull * old_p;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::dataset;

    /// Σ e² + λ Σ x² of one rating, halved: its gradient is what a step of length γ goes down.
    fn loss(x: &[f64], n: usize, rating: f64, mean: f64, reg: f64) -> f64 {
        let (p, q) = (&x[2..2 + n], &x[2 + n..]);
        let dot: f64 = p.iter().zip(q).map(|(a, b)| a * b).sum();
        let error = rating - (mean + x[0] + x[1] + dot);
        0.5 * error * error + 0.5 * reg * x.iter().map(|v| v * v).sum::<f64>()
    }

    #[test]
    fn a_step_goes_down_the_gradient_of_the_loss() {
        for n in [1, 7, 8, 19, 40] {
            let settings = Descent {
                factors: n,
                epochs: 1,
                learning_rate: 0.01,
                regularization: 0.3,
                init_mean: 0.2,
                init_deviation: 0.5,
                biased: true,
                ..Descent::default()
            };
            let data = dataset(&[(0, 0, 5.0), (1, 1, 1.0)], 2);
            let task = Task::unattended();
            let before = train(&data, &Descent { epochs: 0, ..settings }, 3, &task).unwrap();
            let after = train(&data, &settings, 3, &task).unwrap();
            for (at, rating) in [(0, 5.0), (1, 1.0)] {
                let flat = |t: &Learned| {
                    let biases = [&t.user_bias, &t.item_bias];
                    let mut x = biases.map(|b| b.as_ref().unwrap()[at]).to_vec();
                    t.users.push_row(at, &mut x);
                    t.items.push_row(at, &mut x);
                    x
                };
                let (old, new) = (flat(&before), flat(&after));
                for k in 0..old.len() {
                    let nudged = |by: f64| {
                        let mut x = old.clone();
                        x[k] += by;
                        loss(&x, n, rating, 3.0, 0.3)
                    };
                    let gradient = (nudged(1e-5) - nudged(-1e-5)) / 2e-5;
                    let moved = new[k] - old[k];
                    assert!((moved + 0.01 * gradient).abs() < 1e-6, "{n} {k}: {moved} {gradient}");
                }
            }
        }
    }

    #[test]
    fn it_visits_in_order_and_from_old_values() {
        let settings = Descent {
            factors: 3,
            epochs: 2,
            learning_rate: 0.05,
            regularization: 0.1,
            init_mean: 0.0,
            init_deviation: 0.4,
            biased: true,
            ..Descent::default()
        };
        let rows = [(0u32, 0u32, 5.0), (0, 1, 2.0), (1, 0, 1.0), (1, 2, 4.0), (2, 1, 3.0)];
        let data = dataset(&rows, 4);
        let task = Task::unattended();
        let first = train(&data, &Descent { epochs: 0, ..settings }, 9, &task).unwrap();
        let trained = train(&data, &settings, 9, &task).unwrap();
        let all = |factors: &Factors, n: usize| (0..n).flat_map(|at| factors.row(at)).collect::<Vec<f64>>();
        // The naive way, in f64.
        let visits = Visits::draw(&data, 9);
        let in_order = || {
            let users = visits.iter(&data);
            users.flat_map(|(user, places)| {
                let row = data.user_row(user);
                let at = |&place: &u32| {
                    (
                        user.at(),
                        row.ids[place as usize] as usize,
                        row.values.get(place as usize),
                    )
                };
                places.iter().map(at).collect::<Vec<_>>()
            })
        };
        let (mut bu, mut bi, mut p, mut q) = ([0.0; 3], [0.0; 4], all(&first.users, 3), all(&first.items, 4));
        let mut curve = Vec::new();
        for _ in 0..2 {
            let mut squares = 0.0;
            for (u, i, r) in in_order() {
                let product: f64 = (0..3).map(|f| p[u * 3 + f] * q[i * 3 + f]).sum();
                let e = r - (3.0 + bu[u] + bi[i] + product);
                squares += e * e;
                bu[u] += 0.05 * (e - 0.1 * bu[u]);
                bi[i] += 0.05 * (e - 0.1 * bi[i]);
                for f in 0..3 {
                    let (old_p, old_q) = (p[u * 3 + f], q[i * 3 + f]);
                    p[u * 3 + f] += 0.05 * (e * old_q - 0.1 * old_p);
                    q[i * 3 + f] += 0.05 * (e * old_p - 0.1 * old_q);
                }
            }
            curve.push((squares / 5.0f64).sqrt());
        }
        let (users, items) = (all(&trained.users, 3), all(&trained.items, 4));
        let pairs = [
            (&trained.user_bias.unwrap()[..], &bu[..]),
            (&trained.item_bias.unwrap(), &bi),
            (&users, &p),
            (&items[..9], &q[..9]),
            (&trained.curve, &curve),
        ];
        for (seen, expected) in pairs {
            for (a, b) in seen.iter().zip(expected) {
                assert!((a - b).abs() < 1e-6, "{a} is not {b}");
            }
        }
        assert_eq!(items[9..], [0.0; 3]);
    }
}
