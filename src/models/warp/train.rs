//! Stochastic Adagrad steps against the first sampled item that scores too high.

use rand::RngExt;
use rand::rand_core::Rng;

use super::SPEC;
use crate::data::Dataset;
use crate::models::latent::{Descent, Factors, Learned, Run, Strata, below, losses};
use crate::models::wide::{Kernel, dot, padded, run_wide};
use crate::task::{Cancelled, Task};

const MAX_WEIGHT: f32 = 10.0;

/// Minimizes the hinge 1 − s_ui + s_uj, weighted by the logarithm of i's estimated rank.
///
/// An epoch visits every rating (u, i) once, in random order. Items j that u did not rate are sampled until one scores
/// above s_ui − 1, at most `max-sampled` times; found at the t-th try, it has weight L = ln⌊(items − 1)/t⌋, at most 10, and
/// from the old values: x_u += η(L(y_i − y_j) − λx_u); y_i += η(Lx_u − λy_i); y_j −= η(Lx_u + λy_j); item biases likewise,
/// with 1 as the user's value. Each parameter has its own η = γ/√(1 + Σ earlier gradients²) (Adagrad). Initial values are
/// drawn from U(−½, ½)/factors; biases are 0. In f32. The curve is the mean weighted hinge.
///
/// As LightFM's `warp` without features, except that j comes from the same block of items (see `Strata`), a rated j counts
/// as a failed try, λ applies in every step instead of by a common scale, and users have no bias, which would not change
/// the order of items. O(epochs · ratings · factors · tries).
///
/// Weston, Bengio and Usunier (2011).
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let n_factors = settings.factors;
    // After the factors: an item's bias, or a user's constant 1; then Adagrad's sums of squares of all of these.
    let width = padded(n_factors + 1);
    let mut drawn = 0;
    let n_users = dataset.users().filter(|u| !dataset.user_row(*u).is_empty()).count();
    let mut strata = Strata::new(dataset, 2 * width, seed, |row, random| {
        for x in &mut row[..n_factors] {
            *x = (random.random::<f32>() - 0.5) / n_factors as f32;
        }
        row[n_factors] = if drawn < n_users { 1.0 } else { 0.0 };
        row[width..].fill(1.0);
        drawn += 1;
    });
    let curve = losses(SPEC.name, "loss", settings.epochs, task, |_| {
        let parts = strata.epoch(task, |run| {
            run_wide(Descend {
                run,
                width,
                n_factors,
                n_items: dataset.n_items(),
                settings,
            })
        })?;
        Ok(parts.iter().sum::<f64>() / dataset.n_ratings().max(1) as f64)
    })?;
    let (users, items) = strata.finish();
    let biases = items.chunks_exact(2 * width).map(|row| f64::from(row[n_factors]));
    Ok(Learned {
        item_bias: Some(biases.collect()),
        users: Factors::of_padded(&users, 2 * width, n_factors),
        items: Factors::of_padded(&items, 2 * width, n_factors),
        curve,
        ..Learned::default()
    })
}

struct Descend<'a> {
    run: Run<'a>,
    width: usize,
    n_factors: usize,
    n_items: usize,
    settings: &'a Descent,
}

impl Kernel for Descend<'_> {
    /// The sum of weighted hinges.
    type Output = Result<f64, Cancelled>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self {
            mut run,
            width,
            n_factors,
            n_items,
            settings,
        } = self;
        let (rate, lambda) = (settings.learning_rate as f32, settings.regularization as f32);
        let n = run.pairs.len();
        let mut losses = 0.0;
        for at in 0..n {
            if at % 1024 == 0 {
                run.cancel.check()?;
            }
            let bits = run.random.next_u32();
            run.pairs.swap(at, at + below(bits, n - at));
            let (user, rated) = run.pairs[at];
            let row = |at: u32| at as usize * 2 * width..(at as usize + 1) * 2 * width;
            let taste = &run.users[row(user)][..width];
            let threshold = dot(taste, &run.items[row(rated)][..width]) - 1.0;
            // A loop, not a closure, which would not be inlined into the wider vectors.
            let mut found = None;
            for tries in 1..=settings.max_sampled {
                let other = below(run.random.next_u32(), run.n_items()) as u32;
                let excess = dot(taste, &run.items[row(other)][..width]) - threshold;
                if excess > 0.0 && !run.is_rated(user, other) {
                    found = Some((other, tries, excess));
                    break;
                }
            }
            let Some((other, tries, excess)) = found else { continue };
            let weight = libm::logf(((n_items - 1) / tries).max(1) as f32).min(MAX_WEIGHT);
            losses += f64::from(weight * excess);
            let (x, x_squares) = run.users[row(user)].split_at_mut(width);
            let Ok([y, z]) = run.items.get_disjoint_mut([row(rated), row(other)]) else {
                continue;
            };
            let ((y, y_squares), (z, z_squares)) = (y.split_at_mut(width), z.split_at_mut(width));
            for k in 0..width {
                let (u, i, j) = (x[k], y[k], z[k]);
                let step = |value: &mut f32, squares: &mut f32, gradient: f32| {
                    *value += rate / squares.sqrt() * gradient;
                    *squares += gradient * gradient;
                };
                step(&mut x[k], &mut x_squares[k], weight * (i - j) - lambda * u);
                step(&mut y[k], &mut y_squares[k], weight * u - lambda * i);
                step(&mut z[k], &mut z_squares[k], -weight * u - lambda * j);
            }
            x[n_factors] = 1.0;
        }
        Ok(losses)
    }
}
