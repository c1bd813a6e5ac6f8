//! Solves one row by conjugate gradients; the system matrix is never formed.

use crate::models::wide::{Kernel, Lanes, Shaped, WIDE, Wide, add, add_four, add_wide, products, scale_and_add};

/// Conjugate-gradient steps per row and epoch; few suffice, as each starts from the previous solution.
const STEPS: usize = 3;

/// Buffers reused from row to row.
#[derive(Default)]
pub(super) struct Scratch {
    /// |c| − 1 of the entries.
    pub weights: Vec<f32>,
    /// max(c, 0) of the entries.
    pub pulls: Vec<f32>,
    /// The factors of the row's entries, contiguous.
    rows: Vec<Wide>,
    residual: Vec<Wide>,
    direction: Vec<Wide>,
    pub image: Vec<Wide>,
    /// A row's system matrix, and the entries of a block, for the Cholesky solver.
    pub matrix: Vec<Wide>,
    pub panels: Vec<Wide>,
}

/// A row's system, over padded rows of as many numbers as the solution has: a multiple of [`WIDE`].
pub(super) struct Row<'a> {
    pub others: &'a [f32],
    /// Their full Gram matrix with λ on the diagonal.
    pub gram: &'a [f32],
    /// Indices into `others` of the row's entries.
    pub ids: &'a [u32],
    /// Holds `weights` and `pulls` of those entries.
    pub scratch: &'a mut Scratch,
    /// The row's factors: the previous ones on entry, the new ones on return.
    pub solution: &'a mut [f32],
}

impl Shaped for Row<'_> {
    /// The row's part of the loss before the steps: Σ weight × (preference − product)² over the whole other side, plus
    /// λ|x|² for this row.
    type Output = f64;

    #[inline(always)]
    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) -> f64 {
        let (others, gram) = (self.others.as_chunks().0, self.gram.as_chunks().0);
        let solution = self.solution.as_chunks_mut().0;
        let Scratch {
            rows,
            weights,
            pulls,
            residual,
            direction,
            image,
            ..
        } = self.scratch;
        for vector in [&mut *residual, direction, image] {
            vector.clear();
            vector.resize(solution.len(), [0.0; WIDE]);
        }
        // The residual b − A x, and the loss along the way.
        multiply(lanes, gram, solution, image);
        let mut loss = f64::from(products(lanes, [&*solution], image)[0]);
        let (n, n_entries) = (solution.len(), self.ids.len());
        rows.resize(rows.len().max(n_entries * n), [0.0; WIDE]);
        let rows = &mut rows[..n_entries * n];
        let entries = self.ids.chunks(4).zip(weights.chunks(4)).zip(pulls.chunks(4));
        for ((at, ((ids, weights), pulls)), kept) in entries.enumerate().zip(rows.chunks_mut(4 * n)) {
            for k in 0..4 {
                ask_for(lanes, others, self.ids.get(4 * at + k + AHEAD), n);
            }
            let mut four: [&[Wide]; 4] = [&[]; 4];
            for (k, row) in four.iter_mut().enumerate() {
                // Those past the last count for nothing.
                *row = row_of(others, ids[k.min(ids.len() - 1)], n);
            }
            let found = products(lanes, four, solution);
            for (k, ((weight, pull), kept)) in weights.iter().zip(pulls).zip(kept.chunks_exact_mut(n)).enumerate() {
                loss += entry_loss(*weight, *pull, found[k]);
                add_and_keep(lanes, residual, pull - weight * found[k], four[k], kept);
            }
        }
        add_wide(lanes, residual, -1.0, image);
        direction.copy_from_slice(residual);
        let mut length = products(lanes, [&**residual], residual)[0];
        for _ in 0..STEPS {
            if length < 1e-20 {
                break;
            }
            multiply(lanes, gram, direction, image);
            add_entries(lanes, rows, weights, direction, image);
            let step = length / products(lanes, [&**direction], image)[0];
            add_wide(lanes, solution, step, direction);
            add_wide(lanes, residual, -step, image);
            let new_length = products(lanes, [&**residual], residual)[0];
            scale_and_add(lanes, direction, new_length / length, residual);
            length = new_length;
        }
        loss
    }
}

/// So many entries in advance a row is asked for.
pub(super) const AHEAD: usize = 12;

/// Asks for the row of an entry that is soon to come.
#[inline(always)]
pub(super) fn ask_for<S: Lanes<f32>>(lanes: S, rows: &[Wide], id: Option<&u32>, n: usize) {
    if let Some(id) = id {
        for line in row_of(rows, *id, n) {
            lanes.prefetch(line);
        }
    }
}

/// to ← to + by·from, and kept ← from.
#[inline(always)]
fn add_and_keep<S: Lanes<f32>>(lanes: S, to: &mut [Wide], by: f32, from: &[Wide], kept: &mut [Wide]) {
    let by = lanes.splat(by);
    for ((to, from), kept) in to.iter_mut().zip(from).zip(kept) {
        let from = lanes.load(from);
        lanes.store(from, kept);
        let sum = lanes.add(lanes.load(to), lanes.multiply(by, from));
        lanes.store(sum, to);
    }
}

/// The row `id` of rows of `n` register rows each.
#[inline(always)]
pub(super) fn row_of(rows: &[Wide], id: u32, n: usize) -> &[Wide] {
    &rows[id as usize * n..][..n]
}

/// to ← G x for a symmetric G, four rows of G at a time.
#[inline(always)]
pub(super) fn multiply<S: Lanes<f32>>(lanes: S, gram: &[Wide], x: &[Wide], to: &mut [Wide]) {
    to.fill([0.0; WIDE]);
    let n = x.len();
    for (block, x) in gram.chunks_exact(4 * n).zip(x.as_flattened().as_chunks::<4>().0) {
        add_four(lanes, to, *x, std::array::from_fn(|k| &block[k * n..][..n]));
    }
}

/// to ← to + Σ w (q·x) q, four entries at a time.
#[inline(always)]
fn add_entries<S: Lanes<f32>>(lanes: S, rows: &[Wide], weights: &[f32], x: &[Wide], to: &mut [Wide]) {
    let n = x.len();
    let mut blocks = rows.chunks_exact(4 * n);
    let (fours, last) = weights.as_chunks::<4>();
    for (block, weights) in blocks.by_ref().zip(fours) {
        let four: [&[Wide]; 4] = std::array::from_fn(|k| &block[k * n..][..n]);
        let found = products(lanes, four, x);
        add_four(lanes, to, std::array::from_fn(|k| weights[k] * found[k]), four);
    }
    for (row, weight) in blocks.remainder().chunks_exact(n).zip(last) {
        let found = products(lanes, [row], x)[0];
        add_wide(lanes, to, weight * found, row);
    }
}

/// An entry's term on top of xᵀ(G + λI)x in the loss: |c|(p − s)² − s² for its product s, with p = 1 if c > 0, else 0.
#[inline(always)]
pub(super) fn entry_loss(weight: f32, pull: f32, product: f32) -> f64 {
    f64::from(pull - 2.0 * pull * product + weight * product * product)
}

/// The lower triangle of the Gram matrix of some rows, each row rounded up to whole lanes; four input rows at a time.
pub(super) struct Gram<'a> {
    pub width: usize,
    pub rows: &'a [f32],
}

impl Kernel for Gram<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let width = self.width;
        let mut squares = vec![0.0; width * width];
        let mut blocks = self.rows.chunks_exact(4 * width);
        for block in blocks.by_ref() {
            let (x0, rest) = block.split_at(width);
            let (x1, rest) = rest.split_at(width);
            let (x2, x3) = rest.split_at(width);
            for a in 0..width {
                let (c0, c1, c2, c3) = (x0[a], x1[a], x2[a], x3[a]);
                let n = crate::models::wide::padded(a + 1);
                let (y0, y1, y2, y3) = (&x0[..n], &x1[..n], &x2[..n], &x3[..n]);
                let to = &mut squares[a * width..][..n];
                for k in 0..n {
                    to[k] += (c0 * y0[k] + c1 * y1[k]) + (c2 * y2[k] + c3 * y3[k]);
                }
            }
        }
        for x in blocks.remainder().chunks_exact(width) {
            for a in 0..width {
                add(&mut squares[a * width..][..=a], x[a], x);
            }
        }
        squares
    }
}
