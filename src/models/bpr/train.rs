//! Stochastic gradient descent over pairs of items.

use rand::RngExt;
use rand::rand_core::Rng;

use super::SPEC;
use crate::data::Dataset;
use crate::models::latent::{Descent, Factors, Learned, Run, Strata, below, losses};
use crate::models::wide::{Kernel, dot, padded, run_wide, sigmoid};
use crate::task::{Cancelled, Task};

/// Maximizes ln σ(x_u·(y_i − y_j) + b_i − b_j) over pairs of an item i that u rated and an item j that u did not.
///
/// An epoch draws as many pairs as there are ratings: (u, i) is a random rating; j is a uniformly random item or, with
/// popular sampling, the item of another random rating. Draws where u rated j are skipped. With z = σ(−difference), from
/// the old values: x_u += γ(z(y_i − y_j) − λx_u); y_i += γ(zx_u − λy_i); y_j −= γ(zx_u + λy_j); item biases likewise,
/// with 1 as the user's value. Initial values are drawn from U(−½, ½)/factors. In f32. The curve is the mean of −ln σ over
/// every sixteenth draw.
///
/// As Cornac's `BPR`, or with popular sampling implicit's `BayesianPersonalizedRanking`, except that j comes from the same
/// block of items, and (popular) from the ratings of the same block of users (see `Strata`; items are assigned to blocks
/// anew in every epoch), so that the result does not depend on the number of threads. O(epochs · ratings · factors).
///
/// Rendle et al. (2009).
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let n_factors = settings.factors;
    // After the factors: an item's bias, or a user's constant 1.
    let width = padded(n_factors + 1);
    let mut drawn = 0;
    let n_users = dataset.users().filter(|u| !dataset.user_row(*u).is_empty()).count();
    let mut strata = Strata::new(dataset, width, seed, |row, random| {
        for x in &mut row[..=n_factors] {
            *x = (random.random::<f32>() - 0.5) / n_factors as f32;
        }
        if drawn < n_users {
            row[n_factors] = 1.0;
        }
        drawn += 1;
    });
    let curve = losses(SPEC.name, "loss", settings.epochs, task, |_| {
        let parts = strata.epoch(task, |run| {
            run_wide(Descend {
                run,
                width,
                n_factors,
                rate: settings.learning_rate as f32,
                keep: (1.0 - settings.learning_rate * settings.regularization) as f32,
                popular: settings.popular,
            })
        })?;
        let (sum, n) = parts.iter().fold((0.0, 0), |(sum, n), part| (sum + part.0, n + part.1));
        Ok(sum / f64::from(n.max(1)))
    })?;
    let (users, items) = strata.finish();
    Ok(Learned {
        item_bias: Some(items.chunks_exact(width).map(|row| f64::from(row[n_factors])).collect()),
        users: Factors::of_padded(&users, width, n_factors),
        items: Factors::of_padded(&items, width, n_factors),
        curve,
        ..Learned::default()
    })
}

struct Descend<'a> {
    run: Run<'a>,
    width: usize,
    n_factors: usize,
    rate: f32,
    /// 1 − γλ.
    keep: f32,
    popular: bool,
}

impl Kernel for Descend<'_> {
    /// The sum of the sampled losses, and how many there are.
    type Output = Result<(f64, u32), Cancelled>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self {
            mut run,
            width,
            n_factors,
            rate,
            keep,
            popular,
        } = self;
        let n = run.pairs.len();
        let (mut losses, mut counted) = (0.0, 0);
        for draw in 0..n {
            if draw % 4096 == 0 {
                run.cancel.check()?;
            }
            let bits = run.random.next_u64();
            let (user, rated) = run.pairs[below(bits as u32, n)];
            let bits = (bits >> 32) as u32;
            let other = if popular {
                run.pairs[below(bits, n)].1
            } else {
                below(bits, run.n_items()) as u32
            };
            if rated == other || run.is_rated(user, other) {
                continue;
            }
            let x = &mut run.users[user as usize * width..][..width];
            let row = |at: u32| at as usize * width..(at as usize + 1) * width;
            let Ok([y, z]) = run.items.get_disjoint_mut([row(rated), row(other)]) else {
                continue;
            };
            let difference = dot(x, y) - dot(x, z);
            let pull = sigmoid(-difference);
            if draw % 16 == 0 {
                // −ln σ(d) = −ln(1 − pull).
                losses -= f64::from(libm::log1pf(-pull.min(1.0 - f32::EPSILON)));
                counted += 1;
            }
            let pull = rate * pull;
            for k in 0..width {
                let (u, i, j) = (x[k], y[k], z[k]);
                x[k] = keep * u + pull * (i - j);
                y[k] = keep * i + pull * u;
                z[k] = keep * j - pull * u;
            }
            x[n_factors] = 1.0;
        }
        Ok((losses, counted))
    }
}
