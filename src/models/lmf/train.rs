//! Gradient steps of whole rows, a side at a time.

use rand::SeedableRng;
use rand::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::SPEC;
use crate::data::{Dataset, ItemIx, Row, UserIx};
use crate::models::latent::{Descent, Factors, Learned, below, losses};
use crate::models::wide::{Kernel, dot, padded, run_wide};
use crate::task::{Cancelled, Task};

/// How many rows take their step between two looks around.
const BLOCK: usize = 16;

/// Trains on Σ ln σ(s_ui) over the ratings + Σ ln(1 − σ(s_uj)) over drawn items j − λ/2 Σ (all numbers)².
///
/// In every epoch all users take one step, then all items. A row of n ratings draws `negatives`·n others, but no more than
/// there are on the other side, its own among them: all alike, or the other ends of random ratings, so the more popular the
/// more often.
/// With g its gradient, x += γ g/√(10⁻⁶ + Σ over epochs g²), each number by its own (Adagrad). First values from N(0, 1),
/// biases too. In 32 bits. The curve holds the mean of −ln P over what was met in the users' steps.
///
/// implicit's `LogisticMatrixFactorization`, with popular others, but every rating counts 1, and the others drawn are
/// as many as its document says; its code caps them at the number of factors + 2. The same bits for any number of
/// threads: every row has its own stream. O(epochs · ratings · negatives · factors).
///
/// Johnson (2014).
pub(super) fn train(dataset: &Dataset, settings: &Descent, seed: u64, task: &Task) -> Result<Learned, Cancelled> {
    let n_factors = settings.factors;
    // Behind the factors: a user's bias and a constant 1; an item's constant 1 and bias.
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
    squares: Vec<f32>,
    /// The place of the constant 1.
    constant: usize,
    /// Whom the ratings belong to, one entry a rating.
    ends: Vec<u32>,
    known: Vec<u32>,
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
        let (mut ends, mut known) = (Vec::new(), Vec::new());
        for (at, row) in rows.chunks_exact_mut(width).enumerate() {
            let n_ratings = row_of(at).len();
            if n_ratings > 0 {
                for x in &mut row[..n_factors + 2] {
                    *x = StandardNormal.sample(random);
                }
                row[constant] = 1.0;
                known.push(at as u32);
                ends.resize(ends.len() + n_ratings, at as u32);
            }
        }
        Self {
            width,
            squares: vec![0.0; rows.len()],
            rows,
            constant,
            ends,
            known,
        }
    }

    /// One step of every row; the mean of the losses met.
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
            let mut drawn = Vec::new();
            let mut gradient = vec![0.0; width];
            let rows = rows.chunks_exact_mut(width).zip(squares.chunks_exact_mut(width));
            for (at, (own, squares)) in rows.enumerate() {
                task.cancel.check()?;
                let at = block * BLOCK + at;
                let ids = row_of(at).ids;
                if ids.is_empty() {
                    continue;
                }
                let place = (turn << 32 | at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mut random = Pcg64::seed_from_u64(seed ^ place);
                drawn.clear();
                let n_drawn = n_others.min(ids.len() * settings.negatives);
                let from = if settings.popular { &others.ends } else { &others.known };
                drawn.extend((0..n_drawn).map(|_| from[below(random.next_u32(), from.len())]));
                gradient.fill(0.0);
                let loss = run_wide(Climb {
                    others: &others.rows,
                    ids,
                    drawn: &drawn,
                    own,
                    squares,
                    gradient: &mut gradient,
                    rate: settings.learning_rate as f32,
                    lambda: settings.regularization as f32,
                });
                own[constant] = 1.0;
                sum = (sum.0 + loss, sum.1 + ids.len() + n_drawn);
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
    drawn: &'a [u32],
    own: &'a mut [f32],
    squares: &'a mut [f32],
    gradient: &'a mut [f32],
    rate: f32,
    lambda: f32,
}

impl Kernel for Climb<'_> {
    /// The sum of −ln P before the step.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let width = self.own.len();
        let mut loss = 0.0;
        let signs = [(self.ids, -1.0f32), (self.drawn, 1.0)];
        for (id, sign) in signs
            .into_iter()
            .flat_map(|(ids, sign)| ids.iter().map(move |id| (*id, sign)))
        {
            let row = &self.others[id as usize * width..][..width];
            // How wrong it is: 1 − σ(s) for what was rated, σ(s) for what was drawn.
            let wrong = 1.0 / (1.0 + libm::expf(-sign * dot(self.own, row)));
            loss -= f64::from(libm::log1pf(-wrong.min(1.0 - f32::EPSILON)));
            let pull = sign * wrong;
            self.gradient.iter_mut().zip(row).for_each(|(g, q)| *g -= pull * q);
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
