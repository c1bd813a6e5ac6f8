//! The loss of a batch and its gradient.

use std::ops::Range;

use super::batch::Batch;
use super::matrix::{Matrix, Op, Real, View, multiply, multiply_rows};
use super::network::{Descriptions, Network};
use super::stock::Stock;
use super::tower::{Pass, Tower};
use crate::models::content::Features;
use crate::models::runs::{run, sort_by_key};
use crate::models::wide::add;
use crate::task::{Cancelled, Task};

/// The rows of a table that a step touches, with the gradient of each.
#[derive(Clone, Debug)]
pub struct Rows<F> {
    pub at: Vec<u32>,
    pub values: Matrix<F>,
}

/// The gradient of the loss with respect to a [`Network`], table by table.
pub struct Gradient<F> {
    pub items: HalfGradient<F>,
    pub users: HalfGradient<F>,
    pub biases: Rows<F>,
}

/// The gradient of one of the two towers.
pub struct HalfGradient<F> {
    pub ids: Rows<F>,
    pub terms: Rows<F>,
    pub tower: Tower<F>,
}

/// Users per job of a thread.
const USERS: usize = 32;
/// Items per job of a thread.
const ITEMS: usize = 256;

/// What some rows on the users' side give.
struct UserPart<F> {
    loss: f64,
    output: Matrix<F>,
    /// With respect to the user tower's inputs.
    inputs: Matrix<F>,
    tower: Tower<F>,
}

/// What some candidates give.
struct ItemPart<F> {
    biases: Vec<F>,
    tower: Tower<F>,
}

/// A step's forward pass on the items' side, and what the users' side needs in addition.
pub struct Step<'a, F> {
    network: &'a Network<F>,
    descriptions: &'a Descriptions,
    batch: &'a Batch<F>,
    /// The penalty on the mean squared length of the users' outputs.
    reg: F,
    /// By slot: the item's embedding plus those of its terms.
    inputs: Matrix<F>,
    /// The item tower's passes over the candidates, [`ITEMS`] each; none where it gives back what it reads.
    passes: Vec<Option<Pass<F>>>,
    /// Its output: candidates × width.
    candidates: Matrix<F>,
    /// The weight of all that is hidden.
    total: F,
    /// By candidate: what is added to its logits.
    offsets: Vec<F>,
    stock: &'a Stock<F>,
    task: &'a Task,
}

impl<'a, F: Real> Step<'a, F> {
    /// Runs the items of the batch through their tower. O(items · (terms + hidden) · factors), on the pool.
    ///
    /// # Errors
    /// Cancellation, as in all that follows.
    pub fn new(
        network: &'a Network<F>,
        descriptions: &'a Descriptions,
        batch: &'a Batch<F>,
        reg: f64,
        (stock, task): (&'a Stock<F>, &'a Task),
    ) -> Result<Self, Cancelled> {
        let width = network.items.ids.width;
        let mut inputs = stock.zeros(batch.slots.len(), width);
        let pieces = inputs.numbers.chunks_mut(ITEMS * width).zip(batch.slots.chunks(ITEMS));
        task.pool.try_each(pieces.collect(), |(piece, items)| {
            task.cancel.check()?;
            for (row, item) in piece.chunks_exact_mut(width).zip(items) {
                row.copy_from_slice(network.items.ids.row(*item as usize));
                network.items.add_terms(&descriptions.items, *item, row);
            }
            Ok(())
        })?;
        let mut candidates = stock.zeros(batch.n_candidates(), width);
        let pieces = candidates.numbers.chunks_mut(ITEMS * width).enumerate();
        let passes = task.pool.try_map_each(pieces.collect(), |(k, piece)| {
            task.cancel.check()?;
            for (row, slot) in piece.chunks_exact_mut(width).zip(k * ITEMS..) {
                if batch.keeps[slot] {
                    row.copy_from_slice(inputs.row(slot));
                } else {
                    network.items.add_terms(&descriptions.items, batch.slots[slot], row);
                }
            }
            let tower = &network.items.tower;
            let pass = (!tower.is_identity()).then(|| tower.forward(Matrix::of(width, piece)));
            if let Some(pass) = &pass {
                piece.copy_from_slice(&pass.output.numbers);
            }
            Ok(pass)
        })?;
        let bias = |(slot, share): (usize, &F)| network.biases.numbers[batch.slots[slot] as usize] - *share;
        Ok(Self {
            network,
            descriptions,
            batch,
            reg: F::of(reg),
            total: batch.targets.total().max(F::epsilon()),
            inputs,
            passes,
            candidates,
            offsets: batch.log_share.iter().enumerate().map(bias).collect(),
            stock,
            task,
        })
    }

    /// The user tower's inputs, for some rows.
    fn users(&self, rows: Range<usize>) -> Matrix<F> {
        let (batch, users) = (self.batch, &self.network.users);
        let mut inputs = Matrix::zeros(rows.len(), self.inputs.width);
        for (at, row) in rows.enumerate() {
            let input = inputs.row_mut(at);
            input.copy_from_slice(users.ids.row(0));
            for (slot, weight) in batch.history.row(row) {
                add(input, weight, self.inputs.row(slot));
            }
            users.add_terms(&self.descriptions.users, batch.users[row], input);
        }
        inputs
    }

    /// Writes the logits of some rows, from `first` on: −∞ for what is in the row's history.
    fn logits(&self, first: usize, users: &Matrix<F>, logits: &mut [F]) {
        let width = self.offsets.len();
        for row in logits.chunks_exact_mut(width) {
            row.copy_from_slice(&self.offsets);
        }
        let to = (width, &mut *logits);
        multiply_rows(users, Op::N, 0, &self.candidates, Op::T, F::one(), to);
        for (at, row) in logits.chunks_exact_mut(width).enumerate() {
            for (slot, _) in self.batch.history.row(first + at) {
                if let Some(logit) = row.get_mut(slot) {
                    *logit = F::neg_infinity();
                }
            }
        }
    }

    /// Turns the logits of some rows, from `first` on, into the gradient with respect to them, and returns their loss: softmax
    /// cross-entropy, summed over what is hidden in each, divided by the weight of all that is hidden.
    fn softmax(&self, first: usize, logits: &mut [F]) -> f64 {
        let targets = &self.batch.targets;
        let share = F::one() / self.total;
        let mut loss = 0.0;
        for (at, row) in logits.chunks_exact_mut(self.offsets.len()).enumerate() {
            let of_row = targets.row(first + at);
            let mut hidden = F::zero();
            let mut rights = F::zero();
            for (slot, weight) in of_row.clone() {
                hidden += weight;
                rights += weight * row[slot];
            }
            if hidden == F::zero() {
                row.fill(F::zero());
                continue;
            }
            let (largest, sum) = F::exponentials(row);
            loss += ((hidden * (largest + sum.ln()) - rights) * share).wide();
            let scale = hidden * share / sum;
            for p in row.iter_mut() {
                *p *= scale;
            }
            for (slot, weight) in of_row {
                row[slot] -= weight * share;
            }
        }
        loss
    }

    /// The penalty on some rows of the users' output.
    fn penalty(&self, output: &Matrix<F>) -> f64 {
        let squares: F = output.numbers.iter().map(|x| *x * *x).sum();
        self.reg.wide() * squares.wide() / self.batch.rows() as f64
    }

    fn rows_of(&self, k: usize) -> Range<usize> {
        k * USERS..self.batch.rows().min((k + 1) * USERS)
    }

    /// Of the users of one piece; fills `logits` with the gradient with respect to these: rows × candidates.
    fn user_part(&self, k: usize, logits: &mut [F]) -> UserPart<F> {
        let rows = self.rows_of(k);
        let first = rows.start;
        let tower = &self.network.users.tower;
        let pass = tower.forward(self.users(rows));
        self.logits(first, &pass.output, logits);
        let loss = self.softmax(first, logits) + self.penalty(&pass.output);
        let mut outputs = pass.output.clone();
        let pull = F::of(2.0) * self.reg / F::of(self.batch.rows() as f64);
        multiply(self.view(logits), Op::N, &self.candidates, Op::N, pull, &mut outputs);
        let mut layers = tower.zeros_like();
        UserPart {
            loss,
            inputs: tower.backward(&pass, outputs, &mut layers),
            output: pass.output,
            tower: layers,
        }
    }

    /// A matrix with a column for each candidate.
    fn view<'b>(&self, numbers: &'b [F]) -> View<'b, F> {
        View {
            width: self.offsets.len(),
            numbers,
        }
    }

    /// Of the candidates of one piece, from the gradient with respect to all logits and the users' `outputs`; fills `inputs`
    /// with the gradient with respect to the item tower's inputs.
    fn item_part(&self, k: usize, inputs: &mut [F], logits: &Matrix<F>, outputs: &Matrix<F>) -> ItemPart<F> {
        let (tower, width) = (&self.network.items.tower, self.inputs.width);
        let (first, n) = (k * ITEMS, inputs.len() / width);
        let to = (width, &mut *inputs);
        multiply_rows(logits, Op::T, first, outputs, Op::N, F::zero(), to);
        let mut biases = vec![F::zero(); n];
        for row in logits.numbers.chunks_exact(logits.width) {
            add(&mut biases, F::one(), &row[first..first + n]);
        }
        let mut layers = tower.zeros_like();
        if let Some(pass) = &self.passes[k] {
            let below = tower.backward(pass, Matrix::of(width, inputs), &mut layers);
            inputs.copy_from_slice(&below.numbers);
        }
        ItemPart { biases, tower: layers }
    }

    /// The mean loss of what is hidden, with the penalty.
    #[cfg(test)]
    pub fn loss(&self) -> f64 {
        let part = |k: usize| {
            let rows = self.rows_of(k);
            let (first, output) = (rows.start, self.network.users.tower.forward(self.users(rows)).output);
            let mut logits = vec![F::zero(); output.rows() * self.offsets.len()];
            self.logits(first, &output, &mut logits);
            self.softmax(first, &mut logits) + self.penalty(&output)
        };
        (0..self.batch.rows().div_ceil(USERS)).map(part).sum()
    }

    /// The loss and its gradient. Runs on the pool; sums have the same order on any number of threads.
    ///
    /// O(rows · candidates · factors + (history + terms) · factors).
    pub fn gradient(&self) -> Result<(f64, Gradient<F>), Cancelled> {
        let (task, width) = (self.task, self.inputs.width);
        let mut logits = self.stock.zeros(self.batch.rows(), self.offsets.len());
        let pieces = logits.numbers.chunks_mut(USERS * self.offsets.len()).enumerate();
        let users = task.pool.try_map_each(pieces.collect(), |(k, piece)| {
            task.cancel.check()?;
            Ok(self.user_part(k, piece))
        })?;
        let (mut outputs, mut to_users) = (Matrix::zeros(0, width), Matrix::zeros(0, width));
        for part in &users {
            outputs.numbers.extend_from_slice(&part.output.numbers);
            to_users.numbers.extend_from_slice(&part.inputs.numbers);
        }
        let mut to_items = self.stock.zeros(self.batch.n_candidates(), width);
        let pieces = to_items.numbers.chunks_mut(ITEMS * width).enumerate();
        let items = task.pool.try_map_each(pieces.collect(), |(k, piece)| {
            task.cancel.check()?;
            Ok(self.item_part(k, piece, &logits, &outputs))
        })?;
        self.stock.give(logits);
        let item_tower = sum(&self.network.items.tower, items.iter().map(|part| &part.tower));
        let user_tower = sum(&self.network.users.tower, users.iter().map(|part| &part.tower));
        let loss = users.iter().map(|part| part.loss).sum();
        let n = self.batch.n_candidates();
        let gradient = Gradient {
            items: self.item_gradient(&to_users, to_items, item_tower)?,
            users: self.user_gradient(&to_users, user_tower)?,
            biases: Rows {
                at: self.batch.slots[..n].to_vec(),
                values: Matrix {
                    width: 1,
                    numbers: items.iter().flat_map(|part| part.biases.iter().copied()).collect(),
                },
            },
        };
        Ok((loss, gradient))
    }

    /// The gradient of items, as parts of histories and as candidates.
    fn item_gradient(
        &self,
        to_users: &Matrix<F>,
        to_items: Matrix<F>,
        tower: Tower<F>,
    ) -> Result<HalfGradient<F>, Cancelled> {
        let batch = self.batch;
        let (ends, places) = batch.history.by_slot(batch.slots.len());
        let runs: Vec<_> = (0..batch.slots.len()).map(|slot| run(&ends, slot)).collect();
        let mut ids = self.gathered(&runs, &places, to_users)?;
        // What a dropped embedding would have got goes to the item's terms alone.
        let mut inputs = self.stock.empty(ids.width);
        inputs.numbers.extend_from_slice(&ids.numbers);
        add(
            &mut inputs.numbers[..to_items.numbers.len()],
            F::one(),
            &to_items.numbers,
        );
        for slot in (0..batch.n_candidates()).filter(|slot| batch.keeps[*slot]) {
            add(ids.row_mut(slot), F::one(), to_items.row(slot));
        }
        let terms = self.terms(&self.descriptions.items, &batch.slots, &inputs)?;
        self.stock.give(inputs);
        self.stock.give(to_items);
        Ok(HalfGradient {
            terms,
            ids: Rows {
                at: batch.slots.clone(),
                values: ids,
            },
            tower,
        })
    }

    /// The gradient of what all users share, and of their terms.
    fn user_gradient(&self, to_users: &Matrix<F>, tower: Tower<F>) -> Result<HalfGradient<F>, Cancelled> {
        let mut shared = Matrix::zeros(1, to_users.width);
        for row in to_users.numbers.chunks_exact(to_users.width.max(1)) {
            add(&mut shared.numbers, F::one(), row);
        }
        Ok(HalfGradient {
            ids: Rows {
                at: vec![0],
                values: shared,
            },
            terms: self.terms(&self.descriptions.users, &self.batch.users, to_users)?,
            tower,
        })
    }

    /// The gradient of the terms of the items or users `at`, from the gradient with respect to the sum of each.
    fn terms(&self, descriptions: &Features, at: &[u32], gradient: &Matrix<F>) -> Result<Rows<F>, Cancelled> {
        let entries = at.iter().enumerate().flat_map(|(row, at)| {
            let terms = descriptions.row_at(*at as usize);
            terms.map(move |(term, weight)| (term, (row as u32, F::of(weight))))
        });
        let mut places = vec![(0, F::zero()); entries.clone().count()];
        let n = descriptions.vocabulary().len();
        let ends = sort_by_key(n, entries, |slot, place| places[slot] = place);
        let touched: Vec<u32> = (0..n as u32)
            .filter(|term| !run(&ends, *term as usize).is_empty())
            .collect();
        let runs: Vec<_> = touched.iter().map(|term| run(&ends, *term as usize)).collect();
        Ok(Rows {
            values: self.gathered(&runs, &places, gradient)?,
            at: touched,
        })
    }

    /// For each run, Σ weight · row of `from` over its (row, weight).
    fn gathered(&self, runs: &[Range<usize>], places: &[(u32, F)], from: &Matrix<F>) -> Result<Matrix<F>, Cancelled> {
        const AT_ONCE: usize = 16;
        let mut sums = self.stock.zeros(runs.len(), from.width);
        let pieces = sums.numbers.chunks_mut(AT_ONCE * from.width).zip(runs.chunks(AT_ONCE));
        self.task.pool.try_each(pieces.collect(), |(piece, runs)| {
            self.task.cancel.check()?;
            for (sum, run) in piece.chunks_exact_mut(from.width).zip(runs) {
                for (row, weight) in &places[run.clone()] {
                    add(sum, *weight, from.row(*row as usize));
                }
            }
            Ok(())
        })?;
        Ok(sums)
    }

    /// The mean nDCG of the `k` best candidates of every row by what is `relevant` for it, in ascending item order; rows without
    /// are left out. What is in a history is no candidate.
    pub fn ndcg(&self, k: usize, relevant: &[&[u32]]) -> Result<f64, Cancelled> {
        let sums = self.task.pool.try_map(self.batch.rows().div_ceil(USERS), |part| {
            self.task.cancel.check()?;
            let rows = self.rows_of(part);
            let first = rows.start;
            let output = self.network.users.tower.forward(self.users(rows)).output;
            let mut logits = self.stock.zeros(output.rows(), self.offsets.len());
            self.logits(first, &output, &mut logits.numbers);
            let of_row = |at: usize| {
                let relevant = relevant[first + at];
                let is_hit = |slot: &usize| relevant.binary_search(&self.batch.slots[*slot]).is_ok();
                let hits = best(logits.row(at), k).iter().map(is_hit).collect::<Vec<_>>();
                gain(&hits) / gain(&vec![true; relevant.len().min(k)])
            };
            let rows = (0..output.rows()).filter(|at| !relevant[first + *at].is_empty());
            let sum = rows.map(of_row).sum::<f64>();
            self.stock.give(logits);
            Ok(sum)
        })?;
        let n = relevant.iter().filter(|items| !items.is_empty()).count();
        Ok(sums.iter().sum::<f64>() / n.max(1) as f64)
    }
}

impl<F: Real> Step<'_, F> {
    /// Gives back its memory.
    pub fn end(self) {
        self.stock.give(self.inputs);
        self.stock.give(self.candidates);
    }
}

impl<F: Real> Gradient<F> {
    /// As [`Step::end`].
    pub fn end(self, stock: &Stock<F>) {
        stock.give(self.items.ids.values);
        stock.give(self.items.terms.values);
        stock.give(self.users.terms.values);
    }
}

/// Discounted: Σ 1 / log₂(place + 1) over the hits.
fn gain(hits: &[bool]) -> f64 {
    let places = hits.iter().enumerate().filter(|(_, is_hit)| **is_hit);
    places.map(|(at, _)| 1.0 / (at as f64 + 2.0).log2()).sum()
}

/// The places of the `k` largest, largest first.
fn best<F: Real>(row: &[F], k: usize) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::with_capacity(k + 1);
    for (at, x) in row.iter().enumerate() {
        if best.len() < k || best.last().is_some_and(|last| *x > row[*last]) {
            let place = best.partition_point(|other| row[*other] >= *x);
            best.insert(place, at);
            best.truncate(k);
        }
    }
    best
}

/// The sum of gradients of the layers of a tower.
fn sum<'t, F: Real>(tower: &Tower<F>, parts: impl Iterator<Item = &'t Tower<F>>) -> Tower<F> {
    let mut total = tower.zeros_like();
    for part in parts {
        for (sum, matrix) in total.matrices_mut().zip(part.matrices()) {
            add(&mut sum.numbers, F::one(), &matrix.numbers);
        }
    }
    total
}
