//! Solves one row by Cholesky factorization, in f32.

use super::gradient::{Row, Scratch, entry_loss, multiply};
use crate::models::wide::{LANE, Lanes, Shaped, add, dot, tile};

pub(super) struct ExactRow<'a> {
    pub row: Row<'a>,
    /// λ, a lower bound of the pivots up to rounding.
    pub lambda: f32,
}

impl Shaped for ExactRow<'_> {
    /// The row's part of the loss before the update, as for [`Row`].
    type Output = f64;

    #[inline(always)]
    fn run<S: Lanes>(self, lanes: S) -> f64 {
        let Row {
            width,
            others,
            gram,
            ids,
            scratch,
            solution,
        } = self.row;
        let Scratch {
            weights,
            pulls,
            image: right,
            matrix,
            panels,
            ..
        } = scratch;
        right.resize(width, 0.0);
        multiply(gram, solution, right);
        let mut loss = f64::from(dot(solution, right));
        right.fill(0.0);
        matrix.clear();
        matrix.extend_from_slice(gram);
        panels.resize(2 * width.div_ceil(PANEL) * BLOCK, [0.0; PANEL]);
        let entries = ids.chunks(BLOCK).zip(weights.chunks(BLOCK)).zip(pulls.chunks(BLOCK));
        for ((ids, weights), pulls) in entries {
            for (at, ((id, weight), pull)) in ids.iter().zip(weights).zip(pulls).enumerate() {
                let row = &others[*id as usize * width..][..width];
                loss += entry_loss(*weight, *pull, dot(row, solution));
                add(right, *pull, row);
                pack(panels, at, row, *weight);
            }
            // As many sums at a time as there are registers.
            match S::N {
                16 => add_squares::<S, 16, 1>(lanes, matrix, panels, ids.len(), width),
                8 => add_squares::<S, 4, 2>(lanes, matrix, panels, ids.len(), width),
                _ => add_squares::<S, 2, 4>(lanes, matrix, panels, ids.len(), width),
            }
        }
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
const BLOCK: usize = 32;

/// Factors in a panel.
pub(super) const PANEL: usize = 16;

/// Writes the row of an entry into its place in all panels, [`BLOCK`] entries each: of q first, then of w·q.
#[inline(always)]
fn pack(panels: &mut [[f32; PANEL]], at: usize, row: &[f32], weight: f32) {
    let (plain, weighted) = panels.split_at_mut(panels.len() / 2);
    for (panel, numbers) in row.chunks(PANEL).enumerate() {
        let (plain, weighted) = (&mut plain[panel * BLOCK + at], &mut weighted[panel * BLOCK + at]);
        plain[..numbers.len()].copy_from_slice(numbers);
        for k in 0..PANEL {
            weighted[k] = weight * plain[k];
        }
    }
}

/// A ← A + Σ w q qᵀ over the first `n` entries of the panels, for the upper triangle and what its tiles have below it;
/// `ROWS` rows of a panel at a time, against the [`PANEL`] columns that are `VECTORS` vectors.
#[inline(always)]
fn add_squares<S: Lanes, const ROWS: usize, const VECTORS: usize>(
    lanes: S,
    matrix: &mut [f32],
    panels: &[[f32; PANEL]],
    n: usize,
    width: usize,
) {
    let (plain, weighted) = panels.split_at(panels.len() / 2);
    for (above, left) in weighted.chunks_exact(BLOCK).enumerate() {
        for (beside, right) in plain.chunks_exact(BLOCK).enumerate().skip(above) {
            for row in (0..PANEL).step_by(ROWS) {
                let (left, right) = ((&left[..n], row), (&right[..n], 0));
                tile::<S, ROWS, VECTORS, false, PANEL, PANEL>(lanes, left, right, |r, sums| {
                    let mut numbers = [0.0; PANEL];
                    for (k, sum) in sums.into_iter().enumerate() {
                        lanes.store(sum, &mut numbers[k * S::N..]);
                    }
                    // The last panel may be half empty, beside and below.
                    let first = above * PANEL + row + r;
                    if let Some(to) = matrix.chunks_exact_mut(width).nth(first) {
                        to[beside * PANEL..]
                            .iter_mut()
                            .zip(numbers)
                            .for_each(|(to, sum)| *to += sum);
                    }
                });
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
        // In whole lanes: what is known by now is not read again.
        let first = aligned_start(i);
        let kept = *right[first..].first_chunk::<LANE>().unwrap_or(&[0.0; LANE]);
        add(&mut right[first..], -known, &row[first..]);
        right[first..=i].copy_from_slice(&kept[..=i - first]);
    }
    solution.fill(0.0);
    for i in (0..width).rev() {
        let row = &factor[i * width..][..width];
        // Left of the diagonal the factor is 0; at it and left of it the solution is still 0.
        let known = dot(&row[aligned_start(i)..], &solution[aligned_start(i)..]);
        solution[i] = (right[i] - known) * row[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::wide::on_every_width;

    /// A row of 70 entries and one of 3, over 24 factors of which 20 count: half of the last panel is empty.
    #[derive(Clone)]
    struct Solve {
        n: u32,
    }

    const WIDTH: usize = 24;
    const FACTORS: usize = 20;

    fn number(k: usize) -> f32 {
        ((k * 7919 + 13) % 101) as f32 / 50.0 - 1.0
    }

    fn others() -> Vec<f32> {
        (0..100 * WIDTH)
            .map(|k| if k % WIDTH < FACTORS { number(k) } else { 0.0 })
            .collect()
    }

    /// 2·I, with λ on the padding as well as [`super::super::train`] has it: none.
    fn gram() -> Vec<f32> {
        (0..WIDTH * WIDTH)
            .map(|k| {
                if k % (WIDTH + 1) == 0 && k / WIDTH < FACTORS {
                    2.0
                } else {
                    0.0
                }
            })
            .collect()
    }

    impl Shaped for Solve {
        type Output = (f64, Vec<f32>);

        fn run<S: Lanes>(self, lanes: S) -> Self::Output {
            let mut scratch = Scratch::default();
            scratch.weights = (0..self.n).map(|k| 0.5 + (k % 3) as f32).collect();
            scratch.pulls = (0..self.n).map(|k| 1.5 + (k % 2) as f32).collect();
            let ids: Vec<u32> = (0..self.n).map(|k| k * 7 % 100).collect();
            let mut solution = vec![0.0; WIDTH];
            solution[3] = 0.5;
            let row = Row {
                width: WIDTH,
                others: &others(),
                gram: &gram(),
                ids: &ids,
                scratch: &mut scratch,
                solution: &mut solution,
            };
            let loss = ExactRow { row, lambda: 1.0 }.run(lanes);
            (loss, solution)
        }
    }

    /// A x = b, with A summed up in 64 bits by loops.
    #[test]
    fn a_row_is_solved_alike_in_vectors_of_every_width() {
        for n in [70, 3] {
            let all = on_every_width(Solve { n });
            let (loss, solution) = &all[0];
            assert!(loss.is_finite() && all.iter().all(|other| other == &all[0]));
            let mut left = vec![0.0f64; FACTORS];
            for a in 0..FACTORS {
                left[a] = 2.0 * f64::from(solution[a]);
            }
            let mut right = vec![0.0f64; FACTORS];
            for k in 0..n as usize {
                let at = k * 7 % 100 * WIDTH;
                let row: Vec<f64> = others()[at..at + FACTORS].iter().map(|x| f64::from(*x)).collect();
                let product: f64 = row.iter().zip(solution).map(|(q, x)| q * f64::from(*x)).sum();
                for a in 0..FACTORS {
                    left[a] += (0.5 + (k % 3) as f64) * product * row[a];
                    right[a] += (1.5 + (k % 2) as f64) * row[a];
                }
            }
            for a in 0..FACTORS {
                assert!((left[a] - right[a]).abs() < 1e-3, "{n}, {a}: {} {}", left[a], right[a]);
            }
        }
    }
}
