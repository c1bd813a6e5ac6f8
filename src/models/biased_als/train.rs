//! Alternating least squares: with the items fixed, every user is a small ridge regression, and vice versa.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::SPEC;
use super::Settings;
use super::fold::BiasedAlsFold;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Cholesky, Factors, FoldIn, Learned, joined, losses};
use crate::task::{Cancelled, Task};

/// Trains r ≈ μ + b_u + b_i + p_u·q_i. The biases come first, in one pass: b_i = Σ(r − μ) / (n_i + β), then
/// b_u = Σ(r − μ − b_i) / (n_u + β). The factors are fitted to the residuals r̃, alternating `epochs` times: users
/// p_u = (QᵀQ + λn_u I)⁻¹ Qᵀr̃ over the user's items, then items likewise; then users once more, in f64, so that served
/// users are the exact solution for the served items. Initial item factors are random unit vectors. Without biases it
/// fits the ratings themselves, as Spark's explicit ALS.
///
/// Matrices in f32, systems solved in f64; runs on the task's threads, deterministic for any number of them.
/// O(epochs · (ratings · factors² + (users + items) · factors³)).
///
/// Zhou et al. (2008); as LensKit's `BiasedMFScorer`, except for the last half-step and the random generator.
pub(super) fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    task.cancel.check()?;
    let width = settings.factors;
    let (n_users, n_items) = (dataset.n_users(), dataset.n_items());
    let (user_row, item_row) = (|u| dataset.user_row(UserIx(u)), |i| dataset.item_row(ItemIx(i)));
    let mut learned = Learned::default();
    if settings.biased {
        let mean = dataset.mean();
        let biases = |row: Row<'_>, residual: &dyn Fn(u32, f64) -> f64| {
            row.iter().map(|(id, r)| residual(id, r)).sum::<f64>() / (row.len() as f64 + settings.damping).max(1.0)
        };
        let of_items: Vec<f64> = dataset
            .items()
            .map(|i| biases(item_row(i.0), &|_, r| r - mean))
            .collect();
        let of_users = dataset.users();
        let of_users = of_users.map(|u| biases(user_row(u.0), &|i, r| r - mean - of_items[i as usize]));
        learned.user_bias = Some(of_users.collect());
        learned.item_bias = Some(of_items);
        learned.mean = Some(mean);
    }
    let residual = |user: u32, item: u32, rating: f64| {
        let user_bias = learned.user_bias.as_ref().map_or(0.0, |b| b[user as usize]);
        (rating - learned.base() - learned.item_bias(ItemIx(item)) - user_bias) as f32
    };
    let half_step = HalfStep {
        width,
        regularization: settings.regularization,
        task,
    };
    let mut items = unit_vectors(n_items, width, seed);
    let curve = losses(SPEC.name, "RMSE", settings.epochs, task, |_| {
        let (users, squares) = half_step.run(n_users, user_row, &|u, i, r| residual(u, i, r), &items)?;
        (items, _) = half_step.run(n_items, item_row, &|i, u, r| residual(u, i, r), &users)?;
        Ok((squares / dataset.n_ratings().max(1) as f64).sqrt())
    })?;
    for (factors, item) in items.chunks_exact_mut(width).zip(0..) {
        if item_row(item).is_empty() {
            factors.fill(0.0);
        }
    }
    learned.curve = curve;
    learned.items = Factors::new(width, items);
    if learned.items.is_finite() {
        learned.users = Factors::new(width, solve_users(dataset, settings, &learned, task)?);
    }
    Ok(learned)
}

/// `n` random unit vectors.
fn unit_vectors(n: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut rows: Vec<f32> = (0..n * width).map(|_| StandardNormal.sample(&mut random)).collect();
    for row in rows.chunks_exact_mut(width) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        for x in row {
            *x /= length;
        }
    }
    rows
}

/// The user factors, by the same fold that serves guests.
fn solve_users(dataset: &Dataset, settings: &Settings, learned: &Learned, task: &Task) -> Result<Vec<f64>, Cancelled> {
    let fold = BiasedAlsFold::of(settings);
    let rows = task.pool.try_map(dataset.n_users(), |user| {
        let row = dataset.user_row(UserIx(user as u32)).iter();
        let ratings: Vec<(ItemIx, f64)> = row.map(|(item, rating)| (ItemIx(item), rating)).collect();
        Ok(fold.fold(learned, &ratings, &task.cancel)?.taste.factors)
    })?;
    Ok(rows.concat())
}

struct HalfStep<'a> {
    width: usize,
    regularization: f64,
    task: &'a Task,
}

impl HalfStep<'_> {
    /// The new factors of `n` rows and their sum of squared errors. `residual(row, index on the other side, rating)` is
    /// what the factors are fitted to. Rows without ratings are 0.
    fn run<'d>(
        &self,
        n: usize,
        row: impl Fn(u32) -> Row<'d> + Send + Sync,
        residual: &(dyn Fn(u32, u32, f64) -> f32 + Send + Sync),
        other: &[f32],
    ) -> Result<(Vec<f32>, f64), Cancelled> {
        const ROWS_PER_JOB: usize = 16;
        let parts = self.task.pool.try_map(n.div_ceil(ROWS_PER_JOB), |part| {
            let start = part * ROWS_PER_JOB;
            let mut system = System::new(self.width);
            let mut factors = Vec::with_capacity(ROWS_PER_JOB * self.width);
            let mut squares = 0.0;
            for at in start..(start + ROWS_PER_JOB).min(n) {
                let row = row(at as u32);
                let ratings = || row.iter().map(|(id, rating)| (id, residual(at as u32, id, rating)));
                system.clear();
                system.add_all(ratings(), other, self.task)?;
                let solution = system.solve(self.regularization * row.len() as f64);
                squares += ratings()
                    .map(|(id, y)| error(y, &solution, other, id).powi(2))
                    .sum::<f64>();
                factors.extend_from_slice(&solution);
            }
            Ok((factors, squares))
        })?;
        Ok(joined(parts, 0.0))
    }
}

/// y − x·(row `id` of `other`).
fn error(y: f32, x: &[f32], other: &[f32], id: u32) -> f64 {
    let row = &other[id as usize * x.len()..][..x.len()];
    f64::from(y - x.iter().zip(row).map(|(a, b)| a * b).sum::<f32>())
}

/// XᵀX and Xᵀy of one row, accumulated in blocks of ratings.
struct System {
    width: usize,
    block: Vec<f32>,
    squares: Vec<f32>,
    right: Vec<f32>,
}

impl System {
    fn new(width: usize) -> Self {
        Self {
            width,
            block: Vec::new(),
            squares: vec![0.0; width * width],
            right: vec![0.0; width],
        }
    }

    fn clear(&mut self) {
        self.squares.fill(0.0);
        self.right.fill(0.0);
    }

    fn add_all(
        &mut self,
        ratings: impl Iterator<Item = (u32, f32)>,
        other: &[f32],
        task: &Task,
    ) -> Result<(), Cancelled> {
        const BLOCK: usize = 256;
        self.block.clear();
        for (id, y) in ratings {
            let row = &other[id as usize * self.width..][..self.width];
            self.right.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * y);
            self.block.extend_from_slice(row);
            if self.block.len() == BLOCK * self.width {
                task.cancel.check()?;
                self.add_block();
            }
        }
        task.cancel.check()?;
        self.add_block();
        Ok(())
    }

    fn add_block(&mut self) {
        let rows = self.block.len() / self.width;
        let shapes = (
            ArrayView2::from_shape((rows, self.width), &self.block),
            ArrayViewMut2::from_shape((self.width, self.width), &mut self.squares),
        );
        if let (Ok(block), Ok(mut squares)) = shapes {
            general_mat_mul(1.0, &block.t(), &block, 1.0, &mut squares);
        }
        self.block.clear();
    }

    /// (XᵀX + ridge·I)⁻¹ Xᵀy; 0 where `ridge` is 0 (no ratings).
    fn solve(&self, ridge: f64) -> Vec<f32> {
        if ridge == 0.0 {
            return vec![0.0; self.width];
        }
        let mut squares: Vec<f64> = self.squares.iter().map(|x| f64::from(*x)).collect();
        squares.iter_mut().step_by(self.width + 1).for_each(|x| *x += ridge);
        let mut solution: Vec<f64> = self.right.iter().map(|x| f64::from(*x)).collect();
        Cholesky::of(squares, self.width).solve(&mut solution);
        solution.into_iter().map(|x| x as f32).collect()
    }
}
