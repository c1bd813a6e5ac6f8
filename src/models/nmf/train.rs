//! Multiplicative updates: what is not negative stays so.

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
    /// How strongly users' factors are drawn to 0, for each rating (λ_u).
    pub reg_users: f64,
    /// Likewise items' (λ_i).
    pub reg_items: f64,
    pub init_low: f64,
    pub init_high: f64,
}

/// Trains r ≈ p_u·q_i with no factor below 0, on Σ e² + λ_u Σ n_u |p_u|² + λ_i Σ n_i |q_i|².
///
/// Every epoch updates all factors at once from the old ones: p_uf ← p_uf · Σ q_if r / (Σ q_if r̂ + λ_u n_u p_uf) over the
/// user's ratings, and items likewise; a factor whose numerator or denominator is 0 stays. First values: uniform in
/// [init_low, init_high), users' before items', from a seeded PCG. In f64; spread over the task's threads, with the same
/// bits for any number of them. O(epochs · ratings · factors).
///
/// Luo et al. (2014); as Surprise's `NMF` with its defaults (unbiased), but for the random generator.
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
    const AT_ONCE: usize = 256;
    let parts = task.pool.try_map(own.len().div_ceil(AT_ONCE * width), |part| {
        let start = part * AT_ONCE;
        let end = (start + AT_ONCE).min(own.len() / width);
        let mut updated = own[start * width..end * width].to_vec();
        let (mut above, mut below) = (vec![0.0; width], vec![0.0; width]);
        let mut squares = 0.0;
        for (at, factors) in (start..end).zip(updated.chunks_exact_mut(width)) {
            task.cancel.check()?;
            above.fill(0.0);
            below.fill(0.0);
            let row = row(at as u32);
            for (id, rating) in row.iter() {
                let its = &other[id as usize * width..][..width];
                let estimate = dot(factors, its);
                squares += (rating - estimate).powi(2);
                for (q, (above, below)) in its.iter().zip(above.iter_mut().zip(&mut below)) {
                    *above += q * rating;
                    *below += q * estimate;
                }
            }
            let drawn = regularization * row.len() as f64;
            for (p, (above, below)) in factors.iter_mut().zip(above.iter().zip(&below)) {
                let below = below + drawn * *p;
                if *above > 0.0 && below > 0.0 {
                    *p *= above / below;
                }
            }
        }
        Ok((updated, squares))
    })?;
    Ok(joined(parts, 0.0))
}
