//! Multiplicative updates, which keep factors non-negative.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::SPEC;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Factors, Learned, dot, joined, losses};
use crate::task::{Cancelled, Task};

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub factors: usize,
    pub epochs: usize,
    /// L2 regularization of user factors, per rating (λ_u).
    pub reg_users: f64,
    /// L2 regularization of item factors, per rating (λ_i).
    pub reg_items: f64,
    pub init_low: f64,
    pub init_high: f64,
}

/// Trains r ≈ p_u·q_i with non-negative factors, minimizing Σ e² + λ_u Σ n_u |p_u|² + λ_i Σ n_i |q_i|².
///
/// Every epoch updates all factors from the old ones: p_uf ← p_uf · Σ q_if r / (Σ q_if r̂ + λ_u n_u p_uf) over the user's
/// ratings, and items likewise; a factor whose numerator or denominator is 0 does not change. Initial values are uniform
/// in [init_low, init_high), users before items, from a seeded PCG. In f64; runs on the task's threads, deterministic for
/// any number of them. O(epochs · ratings · factors).
///
/// Luo et al. (2014); as Surprise's `NMF` with its defaults (unbiased), except for the random generator.
pub(super) fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    task.cancel.check()?;
    let width = settings.factors;
    let mut random = Pcg64::seed_from_u64(seed);
    let mut draw = |n: usize, rated: &dyn Fn(u32) -> bool| {
        let mut factors = vec![0.0; n * width];
        for (row, at) in factors.chunks_exact_mut(width).zip(0..) {
            for x in row.iter_mut().filter(|_| rated(at)) {
                *x = settings.init_low + (settings.init_high - settings.init_low) * random.random::<f64>();
            }
        }
        factors
    };
    let (user_row, item_row) = (|u| dataset.user_row(UserIx(u)), |i| dataset.item_row(ItemIx(i)));
    let mut users = draw(dataset.n_users(), &|u| !user_row(u).is_empty());
    let mut items = draw(dataset.n_items(), &|i| !item_row(i).is_empty());
    let curve = losses(SPEC.name, "RMSE", settings.epochs, task, |_| {
        let (new_users, squares) = update(&users, user_row, &items, settings.reg_users, width, task)?;
        let (new_items, _) = update(&items, item_row, &users, settings.reg_items, width, task)?;
        (users, items) = (new_users, new_items);
        Ok((squares / dataset.n_ratings().max(1) as f64).sqrt())
    })?;
    Ok(Learned {
        users: Factors::new(width, users),
        items: Factors::new(width, items),
        curve,
        ..Learned::default()
    })
}

/// The updated factors of one side, and the sum of the squared errors before the update.
fn update<'a>(
    own: &[f64],
    row: impl Fn(u32) -> Row<'a> + Send + Sync,
    other: &[f64],
    regularization: f64,
    width: usize,
    task: &Task,
) -> Result<(Vec<f64>, f64), Cancelled> {
    const ROWS_PER_JOB: usize = 256;
    let parts = task.pool.try_map(own.len().div_ceil(ROWS_PER_JOB * width), |part| {
        let start = part * ROWS_PER_JOB;
        let end = (start + ROWS_PER_JOB).min(own.len() / width);
        let mut updated = own[start * width..end * width].to_vec();
        let (mut numerator, mut denominator) = (vec![0.0; width], vec![0.0; width]);
        let mut squares = 0.0;
        for (at, factors) in (start..end).zip(updated.chunks_exact_mut(width)) {
            task.cancel.check()?;
            numerator.fill(0.0);
            denominator.fill(0.0);
            let row = row(at as u32);
            for (id, rating) in row.iter() {
                let its = &other[id as usize * width..][..width];
                let estimate = dot(factors, its);
                squares += (rating - estimate).powi(2);
                for (q, (numerator, denominator)) in its.iter().zip(numerator.iter_mut().zip(&mut denominator)) {
                    *numerator += q * rating;
                    *denominator += q * estimate;
                }
            }
            let ridge = regularization * row.len() as f64;
            for (p, (numerator, denominator)) in factors.iter_mut().zip(numerator.iter().zip(&denominator)) {
                let denominator = denominator + ridge * *p;
                if *numerator > 0.0 && denominator > 0.0 {
                    *p *= numerator / denominator;
                }
            }
        }
        Ok((updated, squares))
    })?;
    Ok(joined(parts, 0.0))
}
