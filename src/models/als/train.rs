//! Alternating least squares, a side at a time, its rows in parallel.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::exact::ExactRow;
use super::gradient::{Gram, Row, Scratch};
use super::system::{Solved, gram};
use super::{Confidence, SPEC, Settings};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::latent::{Factors, Learned, joined, losses};
use crate::models::wide::{padded, run_wide};
use crate::task::{Cancelled, Task};

/// How many rows are solved between two looks around.
const BLOCK: usize = 16;

/// Trains on Σ over all pairs of w(p − x·y)² + λ(Σ|x|² + Σ|y|²), where w is |c| and p is whether c > 0 for what was rated,
/// and w is 1 and p is 0 for all else.
///
/// First values from U(0, 0.01), users' before items', from a seeded PCG. Then users and items in turn: every row by
/// three steps of conjugate gradients from where it stood, or by Cholesky's factorization, in 32 bits. After the last
/// epoch the users are solved once more, exactly and in 64 bits, so that what is served is the solution for the items'
/// final factors and splits into what each rating adds; implicit serves the users from before the items' last move.
/// Rows without ratings stay 0. λ is not multiplied by the number of ratings.
///
/// The curve holds the loss in the middle of each epoch, divided by the sum of all weights: it never rises. The same bits
/// for any number of threads. O(epochs · (ratings · factors + (users + items) · factors²)).
///
/// Hu, Koren and Volinsky (2008); conjugate gradients as in implicit's `AlternatingLeastSquares`.
pub(super) fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let mut random = Pcg64::seed_from_u64(seed);
    let width = padded(settings.factors);
    let users = |u: usize| dataset.user_row(UserIx(u as u32));
    let items = |i: usize| dataset.item_row(ItemIx(i as u32));
    let mut first = |n: usize, known: &dyn Fn(usize) -> bool| {
        let mut factors = vec![0.0f32; n * width];
        for at in (0..n).filter(|at| known(*at)) {
            let row = &mut factors[at * width..][..settings.factors];
            for x in row {
                *x = 0.01 * random.random::<f32>();
            }
        }
        factors
    };
    let mut user_factors = first(dataset.n_users(), &|u| !users(u).is_empty());
    let mut item_factors = first(dataset.n_items(), &|i| !items(i).is_empty());
    let total_weight = total_weight(dataset, settings.confidence);
    let half = Half { settings, width, task };
    let curve = losses(SPEC.name, "loss", settings.epochs, task, |_| {
        (user_factors, _) = half.solve(&item_factors, &user_factors, &users)?;
        let loss;
        (item_factors, loss) = half.solve(&user_factors, &item_factors, &items)?;
        Ok(loss / total_weight)
    })?;
    let items = Factors::of_padded(&item_factors, width, settings.factors);
    Ok(Learned {
        users: solve_users(dataset, &items, settings, task)?,
        items,
        curve,
        ..Learned::default()
    })
}

/// The weights of all pairs: 1 for what nobody rated.
fn total_weight(dataset: &Dataset, confidence: Confidence) -> f64 {
    let rows = dataset.users().flat_map(|u| dataset.user_row(u).iter());
    let rated: f64 = rows.map(|(_, r)| confidence.of(r).abs() - 1.0).sum();
    rated + dataset.n_users() as f64 * dataset.n_items() as f64
}

/// Every user exactly. O(ratings · d² + users · d³).
fn solve_users(dataset: &Dataset, items: &Factors, settings: &Settings, task: &Task) -> Result<Factors, Cancelled> {
    let cancel = &task.cancel;
    let width = settings.factors;
    let shared = gram(items, dataset.n_items(), settings.regularization, cancel)?;
    let confidence = settings.confidence;
    let n = dataset.n_users();
    let solved = task.pool.try_map(n.div_ceil(BLOCK), |block| {
        let mut rows = Vec::with_capacity(BLOCK * width);
        for user in block * BLOCK..n.min((block + 1) * BLOCK) {
            let row = dataset.user_row(UserIx(user as u32));
            if row.is_empty() {
                rows.resize(rows.len() + width, 0.0);
                continue;
            }
            let entries = row.iter().map(|(i, r)| (i, confidence.of(r)));
            rows.extend(Solved::of(&shared, items, entries, cancel)?.solution);
        }
        Ok(rows)
    })?;
    Ok(Factors::new(width, solved.concat()))
}

/// What half an epoch needs beside the two sides.
struct Half<'a> {
    settings: &'a Settings,
    width: usize,
    task: &'a Task,
}

impl Half<'_> {
    /// One side solved, the other held; and the loss as it was before.
    fn solve<'d>(
        &self,
        others: &[f32],
        old: &[f32],
        row_of: &(dyn Fn(usize) -> crate::data::Row<'d> + Sync),
    ) -> Result<(Vec<f32>, f64), Cancelled> {
        let n = old.len() / self.width;
        let shared = self.gram(others)?;
        // λ|x|² is part of every row's loss; the other side's is added here.
        let trace: f64 = (0..self.width).map(|k| f64::from(shared[k * self.width + k])).sum();
        let lambda = self.settings.regularization;
        let mut with_lambda = shared;
        for k in 0..self.settings.factors {
            with_lambda[k * self.width + k] += lambda as f32;
        }
        let blocks = self.task.pool.try_map(n.div_ceil(BLOCK), |block| {
            let range = block * BLOCK..n.min((block + 1) * BLOCK);
            let mut solution = old[range.start * self.width..range.end * self.width].to_vec();
            let mut scratch = Scratch::default();
            let mut loss = 0.0;
            for (at, own) in range.zip(solution.chunks_exact_mut(self.width)) {
                self.task.cancel.check()?;
                let row = row_of(at);
                if row.is_empty() {
                    continue;
                }
                loss += self.solve_row(others, &with_lambda, row, own, &mut scratch);
            }
            Ok((solution, loss))
        })?;
        Ok(joined(blocks, lambda * trace))
    }

    fn solve_row(
        &self,
        others: &[f32],
        gram: &[f32],
        row: crate::data::Row<'_>,
        solution: &mut [f32],
        scratch: &mut Scratch,
    ) -> f64 {
        scratch.weights.clear();
        scratch.pulls.clear();
        for (_, rating) in row.iter() {
            let confidence = self.settings.confidence.of(rating);
            scratch.weights.push((confidence.abs() - 1.0) as f32);
            scratch.pulls.push(confidence.max(0.0) as f32);
        }
        let row = Row {
            width: self.width,
            others,
            gram,
            ids: row.ids,
            scratch,
            solution,
        };
        if self.settings.exact {
            let lambda = self.settings.regularization as f32;
            run_wide(ExactRow { row, lambda })
        } else {
            run_wide(row)
        }
    }

    /// The Gram matrix of one side, whole: the sums of at most 32 runs of rows, added in their order.
    fn gram(&self, rows: &[f32]) -> Result<Vec<f32>, Cancelled> {
        let width = self.width;
        let run = (rows.len() / width).div_ceil(32).max(256) * width;
        let parts = self.task.pool.try_map(rows.len().div_ceil(run), |part| {
            self.task.cancel.check()?;
            let rows = &rows[part * run..rows.len().min((part + 1) * run)];
            Ok(run_wide(Gram { width, rows }))
        })?;
        let mut sum = vec![0.0; width * width];
        for part in parts {
            sum.iter_mut().zip(part).for_each(|(s, x)| *s += x);
        }
        for a in 0..width {
            for b in 0..a {
                sum[b * width + a] = sum[a * width + b];
            }
        }
        Ok(sum)
    }
}
