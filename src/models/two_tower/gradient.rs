//! The loss of a batch and its gradient.

use super::batch::Batch;
use super::matrix::{Matrix, Op, Real, multiply};
use super::network::{Descriptions, Network};
use super::tower::Tower;
use crate::models::content::Features;
use crate::models::runs::run;
use crate::models::wide::add;
use crate::task::{Cancelled, Task};

/// The rows of a table that a step touches, ascending, with the gradient of each.
#[derive(Clone, Debug)]
pub struct Rows<F> {
    pub at: Vec<u32>,
    pub values: Matrix<F>,
}

impl<F: Real> Rows<F> {
    fn zeros(mut at: Vec<u32>, width: usize) -> Self {
        at.sort_unstable();
        at.dedup();
        Self {
            values: Matrix::zeros(at.len(), width),
            at,
        }
    }

    /// The gradient of row `at`, which must be one of them.
    fn of(&mut self, at: u32) -> &mut [F] {
        let place = self.at.partition_point(|other| *other < at);
        self.values.row_mut(place)
    }
}

/// The gradient of the loss with respect to a [`Network`], table by table.
pub struct Gradient<F> {
    pub items: HalfGradient<F>,
    pub users: HalfGradient<F>,
}

/// The gradient of one of the two towers.
pub struct HalfGradient<F> {
    pub ids: Rows<F>,
    pub terms: Rows<F>,
    pub tower: Tower<F>,
}

/// Rows of users per job of a thread.
const AT_ONCE: usize = 32;

/// The loss and gradient of a few rows on the users' side.
struct Part<F> {
    /// −Σ ln p(positive).
    loss: f64,
    tower: Tower<F>,
    candidates: Matrix<F>,
    /// With respect to the user tower's inputs, row by row.
    inputs: Matrix<F>,
}

/// A step's forward pass on the items' side, and what the users' side needs in addition.
pub struct Step<'a, F> {
    network: &'a Network<F>,
    descriptions: &'a Descriptions,
    batch: &'a Batch<F>,
    temperature: F,
    inputs: Matrix<F>,
    task: &'a Task,
}

impl<'a, F: Real> Step<'a, F> {
    pub fn new(
        network: &'a Network<F>,
        descriptions: &'a Descriptions,
        batch: &'a Batch<F>,
        temperature: f64,
        task: &'a Task,
    ) -> Self {
        let mut inputs = Matrix::zeros(batch.slots.len(), network.items.ids.width);
        for (slot, item) in batch.slots.iter().enumerate() {
            let row = inputs.row_mut(slot);
            row.copy_from_slice(network.items.ids.row(*item as usize));
            network.items.add_terms(&descriptions.items, *item, row);
        }
        Self {
            network,
            descriptions,
            batch,
            temperature: F::of(temperature),
            inputs,
            task,
        }
    }

    /// The item tower's inputs, by row.
    fn candidates(&self) -> Matrix<F> {
        let batch = self.batch;
        let mut candidates = Matrix::zeros(batch.rows(), self.inputs.width);
        for (row, slot) in batch.positives.iter().enumerate() {
            let (slot, input) = (*slot as usize, candidates.row_mut(row));
            if batch.keeps_item[row] {
                input.copy_from_slice(self.inputs.row(slot));
            } else {
                let items = &self.network.items;
                items.add_terms(&self.descriptions.items, batch.slots[slot], input);
            }
        }
        candidates
    }

    /// The user tower's inputs, for some rows.
    fn users(&self, rows: std::ops::Range<usize>) -> Matrix<F> {
        let batch = self.batch;
        let mut users = Matrix::zeros(rows.len(), self.inputs.width);
        for (at, row) in rows.enumerate() {
            let input = users.row_mut(at);
            for (slot, weight) in batch.history(row) {
                add(input, weight, self.inputs.row(slot));
            }
            let user = batch.users[row];
            if batch.keeps_user[row] {
                add(input, F::one(), self.network.users.ids.row(user as usize));
            }
            self.network.users.add_terms(&self.descriptions.users, user, input);
        }
        users
    }

    /// Turns the logits of some rows, from `first` on, into the gradient with respect to them, summed over rows, and
    /// returns their loss: softmax cross-entropy with the row's own candidate as the target. The log-probability of
    /// sampling a candidate is subtracted from its logit (else the loss punishes popular items), and a candidate that
    /// happens to be the row's positive item again is left out.
    fn softmax(&self, first: usize, logits: &mut Matrix<F>) -> f64 {
        let batch = self.batch;
        let mut loss = 0.0;
        for at in 0..logits.rows() {
            let (own, row) = (first + at, logits.row_mut(at));
            let positive = batch.positives[own];
            let mut highest = F::neg_infinity();
            for (column, logit) in row.iter_mut().enumerate() {
                *logit = *logit / self.temperature - batch.log_share[column];
                if column != own && batch.positives[column] == positive {
                    *logit = F::neg_infinity();
                }
                highest = highest.max(*logit);
            }
            let right = row[own] - highest;
            let mut sum = F::zero();
            for logit in row.iter_mut() {
                *logit = (*logit - highest).exp();
                sum += *logit;
            }
            loss += (sum.ln() - right).wide();
            for p in row.iter_mut() {
                *p /= sum;
            }
            row[own] -= F::one();
        }
        loss
    }

    fn part(&self, rows: std::ops::Range<usize>, candidates: &Matrix<F>) -> Part<F> {
        let (n, first) = (rows.len(), rows.start);
        let tower = &self.network.users.tower;
        let pass = tower.forward(self.users(rows));
        let mut logits = Matrix::zeros(n, candidates.rows());
        multiply(&pass.output, Op::N, candidates, Op::T, F::zero(), &mut logits);
        let loss = self.softmax(first, &mut logits);
        let scale = F::one() / (self.temperature * F::of(self.batch.rows() as f64));
        logits.numbers.iter_mut().for_each(|g| *g *= scale);
        let mut users = Matrix::zeros(n, candidates.width);
        multiply(&logits, Op::N, candidates, Op::N, F::zero(), &mut users);
        let mut to_candidates = Matrix::zeros(candidates.rows(), candidates.width);
        multiply(&logits, Op::T, &pass.output, Op::N, F::zero(), &mut to_candidates);
        let mut layers = tower.zeros_like();
        Part {
            loss,
            inputs: tower.backward(&pass, users, &mut layers),
            tower: layers,
            candidates: to_candidates,
        }
    }

    pub fn loss(&self) -> Result<f64, Cancelled> {
        let candidates = self.network.items.tower.forward(self.candidates()).output;
        let rows = self.batch.rows();
        let parts = self.task.pool.try_map(rows.div_ceil(AT_ONCE), |k| {
            self.task.cancel.check()?;
            let rows = k * AT_ONCE..rows.min((k + 1) * AT_ONCE);
            let (n, first) = (rows.len(), rows.start);
            let users = self.network.users.tower.forward(self.users(rows)).output;
            let mut logits = Matrix::zeros(n, candidates.rows());
            multiply(&users, Op::N, &candidates, Op::T, F::zero(), &mut logits);
            Ok(self.softmax(first, &mut logits))
        })?;
        Ok(parts.iter().sum::<f64>() / rows.max(1) as f64)
    }

    /// The mean loss of the rows and its gradient. Runs on the pool; sums have the same order on any number of threads.
    ///
    /// O(rows² · factors + (history + terms) · factors).
    pub fn gradient(&self) -> Result<(f64, Gradient<F>), Cancelled> {
        let rows = self.batch.rows();
        let items = self.network.items.tower.forward(self.candidates());
        let parts = self.task.pool.try_map(rows.div_ceil(AT_ONCE), |k| {
            self.task.cancel.check()?;
            Ok(self.part(k * AT_ONCE..rows.min((k + 1) * AT_ONCE), &items.output))
        })?;
        let mut loss = 0.0;
        let mut user_tower = self.network.users.tower.zeros_like();
        let mut to_candidates = Matrix::zeros(rows, items.output.width);
        let mut to_users = Matrix::zeros(0, self.inputs.width);
        for part in parts {
            loss += part.loss;
            for (sum, matrix) in user_tower.matrices_mut().zip(part.tower.matrices()) {
                add(&mut sum.numbers, F::one(), &matrix.numbers);
            }
            add(&mut to_candidates.numbers, F::one(), &part.candidates.numbers);
            to_users.numbers.extend_from_slice(&part.inputs.numbers);
        }
        let mut item_tower = self.network.items.tower.zeros_like();
        let to_items = self
            .network
            .items
            .tower
            .backward(&items, to_candidates, &mut item_tower);
        let gradient = Gradient {
            items: self.item_gradient(&to_users, &to_items, item_tower)?,
            users: self.user_gradient(&to_users, user_tower),
        };
        Ok((loss / rows.max(1) as f64, gradient))
    }

    /// The gradient of items, as parts of histories and as candidates.
    fn item_gradient(
        &self,
        to_users: &Matrix<F>,
        to_items: &Matrix<F>,
        tower: Tower<F>,
    ) -> Result<HalfGradient<F>, Cancelled> {
        let (batch, width) = (self.batch, self.inputs.width);
        let (ends, places) = batch.by_slot();
        let mut ids = Matrix::zeros(batch.slots.len(), width);
        let pieces = ids.numbers.chunks_mut(AT_ONCE * width).enumerate().collect();
        self.task.pool.try_each(pieces, |(k, piece)| {
            self.task.cancel.check()?;
            for (at, sum) in piece.chunks_exact_mut(width).enumerate() {
                for (row, weight) in &places[run(&ends, k * AT_ONCE + at)] {
                    add(sum, *weight, to_users.row(*row as usize));
                }
            }
            Ok(())
        })?;
        let mut inputs = ids.clone();
        for (row, slot) in batch.positives.iter().enumerate() {
            let slot = *slot as usize;
            add(inputs.row_mut(slot), F::one(), to_items.row(row));
            if batch.keeps_item[row] {
                add(ids.row_mut(slot), F::one(), to_items.row(row));
            }
        }
        let at = batch.slots.clone();
        Ok(HalfGradient {
            terms: terms(&self.descriptions.items, &at, &inputs),
            ids: Rows { at, values: ids },
            tower,
        })
    }

    /// The gradient of the users' own embeddings and of their terms'.
    fn user_gradient(&self, to_users: &Matrix<F>, tower: Tower<F>) -> HalfGradient<F> {
        let batch = self.batch;
        let kept = || (0..batch.rows()).filter(|row| batch.keeps_user[*row]);
        let mut ids = Rows::zeros(kept().map(|row| batch.users[row]).collect(), self.inputs.width);
        for row in kept() {
            add(ids.of(batch.users[row]), F::one(), to_users.row(row));
        }
        HalfGradient {
            ids,
            terms: terms(&self.descriptions.users, &batch.users, to_users),
            tower,
        }
    }
}

/// The gradient of the terms of the items or users `at`, from the gradient with respect to the sum of each.
fn terms<F: Real>(descriptions: &Features, at: &[u32], gradient: &Matrix<F>) -> Rows<F> {
    let row_of = |at: &u32| descriptions.row_at(*at as usize);
    let touched = at.iter().flat_map(|at| row_of(at).map(|(term, _)| term));
    let mut terms = Rows::zeros(touched.collect(), gradient.width);
    for (row, at) in at.iter().enumerate() {
        for (term, weight) in row_of(at) {
            add(terms.of(term), F::of(weight), gradient.row(row));
        }
    }
    terms
}
