//! Solves one row by Cholesky factorization, in f32.

use super::gradient::{Row, entry_loss, gather, multiply};
use crate::models::wide::{Kernel, LANE, add, dot};

pub(super) struct ExactRow<'a> {
    pub row: Row<'a>,
    /// λ, a lower bound of the pivots up to rounding.
    pub lambda: f32,
}

impl Kernel for ExactRow<'_> {
    /// The row's part of the loss before the update, as for [`Row`].
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Row {
            width,
            others,
            gram,
            ids,
            scratch,
            solution,
        } = self.row;
        gather(&mut scratch.rows, others, ids, width);
        scratch.image.resize(width, 0.0);
        multiply(gram, solution, &mut scratch.image);
        let mut loss = f64::from(dot(solution, &scratch.image));
        let (rows, weights, pulls) = (&scratch.rows, &scratch.weights, &scratch.pulls);
        let right = &mut scratch.image;
        right.fill(0.0);
        for ((row, weight), pull) in rows.chunks_exact(width).zip(weights).zip(pulls) {
            loss += entry_loss(*weight, *pull, dot(row, solution));
            add(right, *pull, row);
        }
        let matrix = &mut scratch.matrix;
        matrix.clear();
        matrix.extend_from_slice(gram);
        add_squares(matrix, rows, weights, width, &mut scratch.weighted);
        factorize(matrix, width, self.lambda);
        solve(matrix, right, solution);
        loss
    }
}

/// The first lane-aligned column of a row of the upper triangle.
#[inline(always)]
fn aligned_start(row: usize) -> usize {
    row / LANE * LANE
}

/// Entries added to the system at a time: as many as fit into the L1 cache.
const BLOCK: usize = 64;

/// A ← A + Σ w q qᵀ for the upper triangle, in square tiles whose sums stay in registers over [`BLOCK`] entries.
/// `weighted` is a buffer for w·q, factor by factor, so that the compiler vectorizes a tile's rows, not its columns.
#[inline(always)]
fn add_squares(matrix: &mut [f32], rows: &[f32], weights: &[f32], width: usize, weighted: &mut Vec<f32>) {
    for (rows, weights) in rows.chunks(BLOCK * width).zip(weights.chunks(BLOCK)) {
        let n = weights.len();
        weighted.resize(width * n, 0.0);
        for (at, (row, w)) in rows.chunks_exact(width).zip(weights).enumerate() {
            for (factor, q) in row.iter().enumerate() {
                weighted[factor * n + at] = w * q;
            }
        }
        for a in (0..width).step_by(LANE) {
            let left: [&[f32]; LANE] = std::array::from_fn(|k| &weighted[(a + k) * n..][..n]);
            for b in (a..width).step_by(LANE) {
                let mut sums = [[0.0; LANE]; LANE];
                for (at, row) in rows.chunks_exact(width).enumerate() {
                    // Always some: rows are in whole lanes.
                    let Some(right) = row[b..].first_chunk::<LANE>() else {
                        continue;
                    };
                    for k in 0..LANE {
                        let x = left[k][at];
                        for l in 0..LANE {
                            sums[k][l] += x * right[l];
                        }
                    }
                }
                for (sums, row) in sums.iter().zip(matrix[a * width..].chunks_exact_mut(width)) {
                    add(&mut row[b..b + LANE], 1.0, sums);
                }
            }
        }
    }
}

/// Factorizes A = UᵀU in place of the upper triangle, subtracting the rows above four at a time. Each row is 0 between its
/// first aligned column and the diagonal.
#[inline(always)]
fn factorize(matrix: &mut [f32], width: usize, lambda: f32) {
    for i in 0..width {
        let (above, rest) = matrix.split_at_mut(i * width);
        let first = aligned_start(i);
        let own = &mut rest[first..width];
        let mut blocks = above.chunks_exact(4 * width);
        for block in blocks.by_ref() {
            let u: [&[f32]; 4] = std::array::from_fn(|k| &block[k * width + first..][..own.len()]);
            let c = [u[0][i - first], u[1][i - first], u[2][i - first], u[3][i - first]];
            for k in 0..own.len() {
                own[k] -= (c[0] * u[0][k] + c[1] * u[1][k]) + (c[2] * u[2][k] + c[3] * u[3][k]);
            }
        }
        for row in blocks.remainder().chunks_exact(width) {
            add(own, -row[i], &row[first..]);
        }
        own[..i - first].fill(0.0);
        let scale = 1.0 / own[i - first].max(lambda).sqrt();
        // The diagonal is stored inverted, as it is only divided by.
        for x in own.iter_mut() {
            *x *= scale;
        }
        own[i - first] = scale;
    }
}

/// Solves UᵀU x = b; overwrites b.
#[inline(always)]
fn solve(factor: &[f32], right: &mut [f32], solution: &mut [f32]) {
    let width = right.len();
    for i in 0..width {
        let row = &factor[i * width..][..width];
        right[i] *= row[i];
        let known = right[i];
        add(&mut right[i + 1..], -known, &row[i + 1..]);
    }
    solution.fill(0.0);
    for i in (0..width).rev() {
        let row = &factor[i * width..][..width];
        // Left of the diagonal the factor is 0; at it and left of it the solution is still 0.
        let known = dot(&row[aligned_start(i)..], &solution[aligned_start(i)..]);
        solution[i] = (right[i] - known) * row[i];
    }
}
