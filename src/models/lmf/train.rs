//! Full-row Adagrad steps, one side at a time.

use rand::SeedableRng;
use rand::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::SPEC;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Descent, Factors, Learned, below, losses};
use crate::models::wide::{Kernel, LANE, add, dot, exponential, padded, run_wide};
use crate::task::{Cancelled, Task};

/// Rows per parallel job.
const BLOCK: usize = 16;

/// Maximizes Σ ln σ(s_ui) over the ratings + Σ ln(1 − σ(s_uj)) over sampled items j − λ/2 Σ (all parameters)².
///
/// In every epoch all users take one step, then all items. A row of n ratings samples `negatives`·n of the other side, but
/// no more than its size, rated ones included: uniformly, or with popular sampling in proportion to their ratings. With
/// gradient g, x += γ g/√(10⁻⁶ + Σ over epochs g²) elementwise (Adagrad). Initial values, biases included, are drawn from
/// N(0, 1). In f32. The curve is the mean of −ln P over the positives and negatives of the user steps.
///
/// As implicit's `LogisticMatrixFactorization` with popular sampling, except that every rating counts 1, and that the
/// number of samples is as documented there; its code caps it at the number of factors + 2. Every row has its own random
/// stream, so results do not depend on the number of threads. O(epochs · ratings · negatives · factors).
///
/// Johnson (2014).
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let n_factors = settings.factors;
    // After the factors: a user's bias and constant 1, or an item's constant 1 and bias.
    let width = padded(n_factors + 2);
    let user_row = |u: usize| dataset.user_row(UserIx(u as u32));
    let item_row = |i: usize| dataset.item_row(ItemIx(i as u32));
    let mut random = Pcg64::seed_from_u64(seed);
    let mut users = Side::new(
        dataset.n_users(),
        width,
        n_factors,
        n_factors + 1,
        &user_row,
        &mut random,
    );
    let mut items = Side::new(dataset.n_items(), width, n_factors, n_factors, &item_row, &mut random);
    let curve = losses(SPEC.name, "loss", settings.epochs, task, |epoch| {
        let loss = users.step(&items, &user_row, settings, (seed, 2 * epoch as u64), task)?;
        items.step(&users, &item_row, settings, (seed, 2 * epoch as u64 + 1), task)?;
        Ok(loss)
    })?;
    let bias = |side: &Side, at: usize| side.rows.chunks_exact(width).map(|row| f64::from(row[at])).collect();
    Ok(Learned {
        user_bias: Some(bias(&users, n_factors)),
        item_bias: Some(bias(&items, n_factors + 1)),
        users: Factors::of_padded(&users.rows, width, n_factors),
        items: Factors::of_padded(&items.rows, width, n_factors),
        curve,
        ..Learned::default()
    })
}

struct Side {
    width: usize,
    rows: Vec<f32>,
    /// Adagrad's sums of squared gradients, shaped like `rows`.
    squares: Vec<f32>,
    /// The column of the constant 1.
    constant: usize,
    /// The row of every rating: popular samples are drawn from here.
    popular: Vec<u32>,
    /// The rows with ratings: uniform samples are drawn from here.
    rated: Vec<u32>,
}

impl Side {
    fn new<'d>(
        n: usize,
        width: usize,
        n_factors: usize,
        constant: usize,
        row_of: &dyn Fn(usize) -> Row<'d>,
        random: &mut Pcg64,
    ) -> Self {
        let mut rows = vec![0.0f32; n * width];
        let (mut popular, mut rated) = (Vec::new(), Vec::new());
        for (at, row) in rows.chunks_exact_mut(width).enumerate() {
            let n_ratings = row_of(at).len();
            if n_ratings > 0 {
                for x in &mut row[..n_factors + 2] {
                    *x = StandardNormal.sample(random);
                }
                row[constant] = 1.0;
                rated.push(at as u32);
                popular.resize(popular.len() + n_ratings, at as u32);
            }
        }
        Self {
            width,
            squares: vec![0.0; rows.len()],
            rows,
            constant,
            popular,
            rated,
        }
    }

    /// One step of every row; returns the mean loss before it.
    fn step<'d>(
        &mut self,
        others: &Self,
        row_of: &(dyn Fn(usize) -> Row<'d> + Sync),
        settings: &Descent,
        (seed, turn): (u64, u64),
        task: &Task,
    ) -> Result<f64, Cancelled> {
        let (width, constant) = (self.width, self.constant);
        let n_others = others.rows.len() / width;
        let squares = self.squares.chunks_mut(BLOCK * width);
        let blocks: Vec<_> = self.rows.chunks_mut(BLOCK * width).zip(squares).enumerate().collect();
        let losses = task.pool.try_map_each(blocks, |(block, (rows, squares))| {
            let mut sum = (0.0, 0usize);
            let (mut negatives, mut errors) = (Vec::new(), Vec::new());
            let mut gradient = vec![0.0; width];
            let rows = rows.chunks_exact_mut(width).zip(squares.chunks_exact_mut(width));
            for (at, (own, squares)) in rows.enumerate() {
                task.cancel.check()?;
                let at = block * BLOCK + at;
                let ids = row_of(at).ids;
                if ids.is_empty() {
                    continue;
                }
                let stream = (turn << 32 | at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mut random = Pcg64::seed_from_u64(seed ^ stream);
                negatives.clear();
                let n_negatives = n_others.min(ids.len() * settings.negatives);
                let from = if settings.popular {
                    &others.popular
                } else {
                    &others.rated
                };
                negatives.extend((0..n_negatives).map(|_| from[below(random.next_u32(), from.len())]));
                gradient.fill(0.0);
                let loss = run_wide(Climb {
                    others: &others.rows,
                    ids,
                    negatives: &negatives,
                    own,
                    squares,
                    gradient: &mut gradient,
                    errors: &mut errors,
                    rate: settings.learning_rate as f32,
                    lambda: settings.regularization as f32,
                });
                own[constant] = 1.0;
                sum = (sum.0 + loss, sum.1 + ids.len() + n_negatives);
            }
            Ok(sum)
        })?;
        let sum = losses.iter().fold((0.0, 0), |(a, n), (b, m)| (a + b, n + m));
        Ok(sum.0 / sum.1.max(1) as f64)
    }
}

struct Climb<'a> {
    others: &'a [f32],
    ids: &'a [u32],
    negatives: &'a [u32],
    own: &'a mut [f32],
    squares: &'a mut [f32],
    gradient: &'a mut [f32],
    /// Of each positive, then of each negative.
    errors: &'a mut Vec<f32>,
    rate: f32,
    lambda: f32,
}

impl Kernel for Climb<'_> {
    /// The sum of −ln P before the step.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (width, own) = (self.own.len(), &*self.own);
        let row = |id: u32| &self.others[id as usize * width..][..width];
        // How far the model leans to the wrong side: −s for a rating, s for a negative sample.
        self.errors.clear();
        self.errors.extend(self.ids.iter().map(|id| -dot(own, row(*id))));
        self.errors.extend(self.negatives.iter().map(|id| dot(own, row(*id))));
        let loss = losses_to_errors(self.errors);
        let (positives, negatives) = self.errors.split_at(self.ids.len());
        for (id, error) in self.ids.iter().zip(positives) {
            add(self.gradient, *error, row(*id));
        }
        for (id, error) in self.negatives.iter().zip(negatives) {
            add(self.gradient, -error, row(*id));
        }
        let numbers = self.own.iter_mut().zip(self.squares).zip(&*self.gradient);
        for ((x, squares), gradient) in numbers {
            let gradient = gradient - self.lambda * *x;
            *squares += gradient * gradient;
            *x += self.rate / (1e-6 + *squares).sqrt() * gradient;
        }
        loss
    }
}

/// Each number x becomes the error σ(x), which is 1 − the predicted probability. Returns Σ −ln(1 − σ(x)).
#[inline(always)]
fn losses_to_errors(numbers: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    // One logarithm of a product for many: 1 − σ is no less than 2⁻²³, and 2⁻⁸·²³ has room in 64 bits.
    let mut product = |product: f64| loss -= libm::log(product);
    let (pieces, rest) = numbers.as_chunks_mut::<LANE>();
    for piece in pieces {
        let mut right = [0.0f32; LANE];
        for k in 0..LANE {
            let (error, one) = error_and_rest(piece[k]);
            (piece[k], right[k]) = (error, one);
        }
        product(right.iter().map(|p| f64::from(*p)).product());
    }
    for x in rest {
        let (error, right) = error_and_rest(*x);
        *x = error;
        product(f64::from(right));
    }
    loss
}

/// σ(x), and 1 − σ(x), which is no less than the smallest that a loss is taken of.
#[inline(always)]
fn error_and_rest(x: f32) -> (f32, f32) {
    let e = exponential(-x.abs());
    let one = 1.0 / (1.0 + e);
    let (small, large) = (e * one, one);
    let (error, rest) = if x < 0.0 { (small, large) } else { (large, small) };
    (error, if rest > f32::EPSILON { rest } else { f32::EPSILON })
}
