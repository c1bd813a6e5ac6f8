//! Solves one row by conjugate gradients; the system matrix is never formed.

use crate::models::wide::{Kernel, add, dot};

/// Conjugate-gradient steps per row and epoch; few suffice, as each starts from the previous solution.
const STEPS: usize = 3;

/// Buffers reused from row to row.
#[derive(Default)]
pub(super) struct Scratch {
    /// The factors of the row's entries, contiguous.
    pub rows: Vec<f32>,
    /// |c| − 1 of the entries.
    pub weights: Vec<f32>,
    /// max(c, 0) of the entries.
    pub pulls: Vec<f32>,
    residual: Vec<f32>,
    direction: Vec<f32>,
    pub image: Vec<f32>,
    /// A row's system matrix, for the Cholesky solver.
    pub matrix: Vec<f32>,
    /// The entries of a block, in panels, for the Cholesky solver.
    pub panels: Vec<[f32; super::exact::PANEL]>,
}

/// A row's system, over padded rows of `width` numbers.
pub(super) struct Row<'a> {
    pub width: usize,
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

impl Kernel for Row<'_> {
    /// The row's part of the loss before the steps: Σ weight × (preference − product)² over the whole other side, plus
    /// λ|x|² for this row.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Self { width, scratch, .. } = self;
        let Scratch {
            rows,
            weights,
            pulls,
            residual,
            direction,
            image,
            ..
        } = scratch;
        gather(rows, self.others, self.ids, width);
        for vector in [&mut *residual, direction, image] {
            vector.clear();
            vector.resize(width, 0.0);
        }
        // The residual b − A x, and the loss along the way.
        multiply(self.gram, self.solution, image);
        let mut loss = f64::from(dot(self.solution, image));
        for ((row, weight), pull) in rows.chunks_exact(width).zip(&*weights).zip(&*pulls) {
            let product = dot(row, self.solution);
            loss += entry_loss(*weight, *pull, product);
            add(residual, pull - weight * product, row);
        }
        residual.iter_mut().zip(&*image).for_each(|(r, a)| *r -= a);
        direction.copy_from_slice(residual);
        let mut length = dot(residual, residual);
        for _ in 0..STEPS {
            if length < 1e-20 {
                break;
            }
            multiply(self.gram, direction, image);
            add_entries(rows, weights, direction, image);
            let step = length / dot(direction, image);
            add(self.solution, step, direction);
            add(residual, -step, image);
            let new_length = dot(residual, residual);
            let beta = new_length / length;
            direction
                .iter_mut()
                .zip(&*residual)
                .for_each(|(d, r)| *d = r + beta * *d);
            length = new_length;
        }
        loss
    }
}

/// Copies the rows of `ids` into `rows`.
#[inline(always)]
pub(super) fn gather(rows: &mut Vec<f32>, others: &[f32], ids: &[u32], width: usize) {
    rows.clear();
    for &id in ids {
        rows.extend_from_slice(&others[id as usize * width..][..width]);
    }
}

/// to ← G x for a symmetric G, four rows of G at a time.
#[inline(always)]
pub(super) fn multiply(gram: &[f32], x: &[f32], to: &mut [f32]) {
    let width = x.len();
    to.fill(0.0);
    // The width is a multiple of the lane count, so no rows are left over.
    for (block, x) in gram.chunks_exact(4 * width).zip(x.as_chunks::<4>().0) {
        let (g0, rest) = block.split_at(width);
        let (g1, rest) = rest.split_at(width);
        let (g2, g3) = rest.split_at(width);
        let to = &mut to[..width];
        for k in 0..width {
            to[k] += (x[0] * g0[k] + x[1] * g1[k]) + (x[2] * g2[k] + x[3] * g3[k]);
        }
    }
}

/// to ← to + Σ w (q·x) q, four entries at a time.
#[inline(always)]
fn add_entries(rows: &[f32], weights: &[f32], x: &[f32], to: &mut [f32]) {
    let width = x.len();
    let mut blocks = rows.chunks_exact(4 * width);
    let (fours, last) = weights.as_chunks::<4>();
    for (block, weights) in blocks.by_ref().zip(fours) {
        let (q0, rest) = block.split_at(width);
        let (q1, rest) = rest.split_at(width);
        let (q2, q3) = rest.split_at(width);
        let (w0, w1) = (weights[0] * dot(q0, x), weights[1] * dot(q1, x));
        let (w2, w3) = (weights[2] * dot(q2, x), weights[3] * dot(q3, x));
        let to = &mut to[..width];
        for k in 0..width {
            to[k] += (w0 * q0[k] + w1 * q1[k]) + (w2 * q2[k] + w3 * q3[k]);
        }
    }
    for (row, weight) in blocks.remainder().chunks_exact(width).zip(last) {
        add(to, weight * dot(row, x), row);
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
