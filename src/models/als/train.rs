//! Alternating least squares: one side at a time, its rows in parallel.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::exact::ExactRow;
use super::gradient::{Gram, Row, Scratch};
use super::system::{Solved, gram};
use super::{Confidence, SPEC, Settings};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::latent::{Factors, Learned, joined, losses};
use crate::models::wide::{WIDE, run_shaped, run_wide};
use crate::task::{Cancelled, Stages, Task};

const ROWS_PER_JOB: usize = 16;

/// Minimizes Σ w(p − x·y)² + λ(Σ|x|² + Σ|y|²) over all user-item pairs. Rated pairs have weight w = |c| and preference
/// p = 1 if c > 0, else 0; all others have w = 1 and p = 0.
///
/// Initial values are drawn from U(0, 0.01), users before items, by a seeded PCG. Then users and items alternate: every
/// row by three conjugate-gradient steps from its previous value, or by Cholesky factorization, in f32. After the last
/// epoch the users are solved once more, exactly and in f64, so that served users are the solution for the final items
/// and scores split into the shares of the ratings; implicit serves the users from before the last item update. Rows
/// without ratings stay 0. λ is not multiplied by the number of ratings.
///
/// The curve is the loss halfway through each epoch, divided by the sum of all weights: it never rises. Deterministic for
/// any number of threads. O(epochs · (ratings · factors + (users + items) · factors²)).
///
/// Hu, Koren and Volinsky (2008); conjugate gradients as in implicit's `AlternatingLeastSquares`.
pub(super) fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let mut random = Pcg64::seed_from_u64(seed);
    let width = settings.factors.next_multiple_of(WIDE);
    let users = |u: usize| dataset.user_row(UserIx(u as u32));
    let items = |i: usize| dataset.item_row(ItemIx(i as u32));
    let mut initial = |n: usize, known: &dyn Fn(usize) -> bool| {
        let mut factors = vec![0.0f32; n * width];
        for at in (0..n).filter(|at| known(*at)) {
            let row = &mut factors[at * width..][..settings.factors];
            for x in row {
                *x = 0.01 * random.random::<f32>();
            }
        }
        factors
    };
    let mut user_factors = initial(dataset.n_users(), &|u| !users(u).is_empty());
    let mut item_factors = initial(dataset.n_items(), &|i| !items(i).is_empty());
    let total_weight = total_weight(dataset, settings.confidence);
    let half_epoch = HalfEpoch { settings, width, task };
    let mut stages = Stages::begin(&task.timings);
    let curve = losses(SPEC.name, "loss", settings.epochs, task, |_| {
        (user_factors, _) = half_epoch.solve(&item_factors, &user_factors, &users)?;
        let loss;
        (item_factors, loss) = half_epoch.solve(&user_factors, &item_factors, &items)?;
        Ok(loss / total_weight)
    })?;
    stages.end("fitting als: epochs");
    let items = Factors::of_padded(&item_factors, width, settings.factors);
    let users = solve_users(dataset, &items, settings, task)?;
    stages.end("fitting als: users, exactly");
    Ok(Learned {
        users,
        items,
        curve,
        ..Learned::default()
    })
}

/// The sum of the weights of all pairs; an unrated pair has weight 1.
fn total_weight(dataset: &Dataset, confidence: Confidence) -> f64 {
    let rows = dataset.users().flat_map(|u| dataset.user_row(u).iter());
    let rated: f64 = rows.map(|(_, r)| confidence.of(r).abs() - 1.0).sum();
    rated + dataset.n_users() as f64 * dataset.n_items() as f64
}

/// Solves every user exactly. O(ratings · d² + users · d³).
fn solve_users(dataset: &Dataset, items: &Factors, settings: &Settings, task: &Task) -> Result<Factors, Cancelled> {
    let cancel = &task.cancel;
    let width = settings.factors;
    let shared = gram(items, dataset.n_items(), settings.regularization, cancel)?;
    let confidence = settings.confidence;
    let n = dataset.n_users();
    let solved = task.pool.try_map(n.div_ceil(ROWS_PER_JOB), |block| {
        let mut rows = Vec::with_capacity(ROWS_PER_JOB * width);
        let mut solved = Solved::room(width);
        for user in block * ROWS_PER_JOB..n.min((block + 1) * ROWS_PER_JOB) {
            let row = dataset.user_row(UserIx(user as u32));
            if row.is_empty() {
                rows.resize(rows.len() + width, 0.0);
                continue;
            }
            let entries = row.iter().map(|(i, r)| (i, confidence.of(r)));
            solved.solve(&shared, items, entries, cancel)?;
            rows.extend_from_slice(&solved.solution);
        }
        Ok(rows)
    })?;
    Ok(Factors::new(width, solved.concat()))
}

/// Shared inputs of the two half-epochs.
struct HalfEpoch<'a> {
    settings: &'a Settings,
    width: usize,
    task: &'a Task,
}

impl HalfEpoch<'_> {
    /// Solves one side with the other fixed; also returns the loss before.
    fn solve<'d>(
        &self,
        others: &[f32],
        old: &[f32],
        row_of: &(dyn Fn(usize) -> crate::data::Row<'d> + Sync),
    ) -> Result<(Vec<f32>, f64), Cancelled> {
        let n = old.len() / self.width;
        let shared = self.gram(others)?;
        // A row's loss includes its λ|x|²; the other side's is added here.
        let trace: f64 = (0..self.width).map(|k| f64::from(shared[k * self.width + k])).sum();
        let lambda = self.settings.regularization;
        let mut with_lambda = shared;
        for k in 0..self.settings.factors {
            with_lambda[k * self.width + k] += lambda as f32;
        }
        let blocks = self.task.pool.try_map(n.div_ceil(ROWS_PER_JOB), |block| {
            let range = block * ROWS_PER_JOB..n.min((block + 1) * ROWS_PER_JOB);
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
            others,
            gram,
            ids: row.ids,
            scratch,
            solution,
        };
        if self.settings.exact {
            let lambda = self.settings.regularization as f32;
            run_shaped(ExactRow { row, lambda })
        } else {
            run_shaped(row)
        }
    }

    /// The full Gram matrix of one side: the sum over at most 32 runs of rows, in their order.
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
