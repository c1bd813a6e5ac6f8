//! Solves one row by Cholesky factorization, in f32.

use super::gradient::{AHEAD, Row, Scratch, ask_for, entry_loss, multiply, row_of};
use crate::models::wide::{Lanes, Shaped, WIDE, Wide, add_wide, products, scaled, tile};

pub(super) struct ExactRow<'a> {
    pub row: Row<'a>,
    /// λ, a lower bound of the pivots up to rounding.
    pub lambda: f32,
}

impl Shaped for ExactRow<'_> {
    /// The row's part of the loss before the update, as for [`Row`].
    type Output = f64;

    #[inline(always)]
    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) -> f64 {
        let Row { ids, scratch, .. } = self.row;
        let (others, gram) = (self.row.others.as_chunks().0, self.row.gram.as_chunks().0);
        let solution = self.row.solution.as_chunks_mut().0;
        let Scratch {
            weights,
            pulls,
            image: right,
            matrix,
            panels,
            ..
        } = scratch;
        right.resize(solution.len(), [0.0; WIDE]);
        multiply(lanes, gram, solution, right);
        let mut loss = f64::from(products(lanes, [&*solution], right)[0]);
        right.fill([0.0; WIDE]);
        in_panels(gram, solution.len(), matrix);
        panels.resize(2 * solution.len() * BLOCK, [0.0; WIDE]);
        let (plain, weighted) = panels.split_at_mut(solution.len() * BLOCK);
        let entries = ids.chunks(BLOCK).zip(weights.chunks(BLOCK)).zip(pulls.chunks(BLOCK));
        for ((ids, weights), pulls) in entries {
            for (at, ((id, weight), pull)) in ids.iter().zip(weights).zip(pulls).enumerate() {
                ask_for(lanes, others, ids.get(at + AHEAD), solution.len());
                let row = row_of(others, *id, solution.len());
                loss += entry_loss(*weight, *pull, products(lanes, [row], solution)[0]);
                add_wide(lanes, right, *pull, row);
                for (panel, q) in row.iter().enumerate() {
                    plain[panel * BLOCK + at] = *q;
                    weighted[panel * BLOCK + at] = scaled(lanes, *weight, q);
                }
            }
            add_squares(lanes, matrix, (plain, weighted), ids.len());
        }
        factorize(lanes, matrix, solution.len(), self.lambda);
        solve(lanes, matrix, right, solution);
        loss
    }
}

/// Entries added to the system at a time: as many as fit into the L1 cache.
const BLOCK: usize = 32;

/// The matrix panel by panel: all rows of its first [`WIDE`] columns, then of the next.
#[inline(always)]
fn in_panels(matrix: &[Wide], n_panels: usize, panels: &mut Vec<Wide>) {
    panels.clear();
    for panel in 0..n_panels {
        panels.extend(matrix.iter().skip(panel).step_by(n_panels));
    }
}

/// The products of two panels over their rows; see [`tile`].
#[inline(always)]
fn panel_products<S: Lanes<f32>>(lanes: S, left: &[Wide], right: &[Wide]) -> [Wide; WIDE] {
    let mut all = [[0.0; WIDE]; WIDE];
    // As many sums at a time as there are registers.
    if S::ROWS >= 32 {
        tile::<S, WIDE, 1, false, WIDE, WIDE>(lanes, (left, 0), (right, 0), |r, [sums]| lanes.store(sums, &mut all[r]));
    } else {
        for row in (0..WIDE).step_by(4) {
            tile::<S, 4, 1, false, WIDE, WIDE>(lanes, (left, row), (right, 0), |r, [sums]| {
                lanes.store(sums, &mut all[row + r]);
            });
        }
    }
    all
}

/// A ← A + Σ w q qᵀ over the first `n` entries of the panels of q and of w·q, for the upper triangle and what its tiles have
/// below it.
#[inline(always)]
fn add_squares<S: Lanes<f32>>(lanes: S, matrix: &mut [Wide], (plain, weighted): (&[Wide], &[Wide]), n: usize) {
    let rows = plain.len() / BLOCK * WIDE;
    for (above, left) in weighted.chunks_exact(BLOCK).enumerate() {
        for (beside, right) in plain.chunks_exact(BLOCK).enumerate().skip(above) {
            let sums = panel_products(lanes, &left[..n], &right[..n]);
            add_wide(lanes, &mut matrix[beside * rows + above * WIDE..][..WIDE], 1.0, &sums);
        }
    }
}

/// Factorizes A = UᵀU in place of the upper triangle, [`WIDE`] rows at a time. Each row is 0 in the columns of its panel that
/// are left of the diagonal.
#[inline(always)]
fn factorize<S: Lanes<f32>>(lanes: S, matrix: &mut [Wide], n_panels: usize, lambda: f32) {
    let rows = n_panels * WIDE;
    for above in 0..n_panels {
        let first = above * WIDE;
        for beside in above..n_panels {
            let done = |panel: usize| &matrix[panel * rows..][..first];
            let sums = panel_products(lanes, done(above), done(beside));
            add_wide(lanes, &mut matrix[beside * rows + first..][..WIDE], -1.0, &sums);
        }
        for r in 0..WIDE {
            let own = &mut matrix[above * rows + first + r];
            let scale = 1.0 / own[r].max(lambda).sqrt();
            own[..r].fill(0.0);
            let by: [f32; WIDE] = std::array::from_fn(|s| own[s] * scale);
            for panel in matrix.chunks_exact_mut(rows).skip(above) {
                let (own, below) = panel[first + r..first + WIDE].split_at_mut(1);
                own[0] = scaled(lanes, scale, &own[0]);
                for (row, by) in below.iter_mut().zip(&by[r + 1..]) {
                    add_wide(lanes, std::slice::from_mut(row), -by, own);
                }
            }
            // The diagonal is stored inverted, as it is only divided by.
            matrix[above * rows + first + r][r] = scale;
        }
    }
}

/// Solves UᵀU x = b; overwrites b.
#[inline(always)]
fn solve<S: Lanes<f32>>(lanes: S, factor: &[Wide], right: &mut [Wide], solution: &mut [Wide]) {
    let rows = right.len() * WIDE;
    for i in 0..rows {
        let (panel, at) = (i / WIDE, i % WIDE);
        let known = right[panel][at] * factor[panel * rows + i][at];
        for (right, factor) in right.iter_mut().zip(factor.chunks_exact(rows)).skip(panel) {
            add_wide(lanes, std::slice::from_mut(right), -known, &factor[i..=i]);
        }
        right[panel][at] = known;
    }
    solution.fill([0.0; WIDE]);
    for i in (0..rows).rev() {
        let (panel, at) = (i / WIDE, i % WIDE);
        let mut sum = lanes.splat(0.0);
        // Left of the diagonal the factor is 0; at it and left of it the solution is still 0.
        for (solution, factor) in solution.iter().zip(factor.chunks_exact(rows)).skip(panel) {
            sum = lanes.add(sum, lanes.multiply(lanes.load(&factor[i]), lanes.load(solution)));
        }
        solution[panel][at] = (right[panel][at] - lanes.total(sum)) * factor[panel * rows + i][at];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::wide::on_every_width;

    /// A row of 70 entries and one of 3, over 32 factors of which 20 count.
    #[derive(Clone)]
    struct Solve {
        n: u32,
    }

    const WIDTH: usize = 32;
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

        fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) -> Self::Output {
            let mut scratch = Scratch::default();
            scratch.weights = (0..self.n).map(|k| 0.5 + (k % 3) as f32).collect();
            scratch.pulls = (0..self.n).map(|k| 1.5 + (k % 2) as f32).collect();
            let ids: Vec<u32> = (0..self.n).map(|k| k * 7 % 100).collect();
            let mut solution = vec![0.0; WIDTH];
            solution[3] = 0.5;
            let row = Row {
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
            let mut left = [0.0f64; FACTORS];
            for a in 0..FACTORS {
                left[a] = 2.0 * f64::from(solution[a]);
            }
            let mut right = [0.0f64; FACTORS];
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
