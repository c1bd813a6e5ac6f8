use ndarray::{Array2, ArrayView2, linalg::general_mat_mul};

use crate::task::{Cancelled, Pool, Report, Task};

/// How many rows and columns a tile has: three of them (f64) fit into a core's second-level cache.
const SIDE: usize = 128;

/// A symmetric n × n matrix in square tiles of its lower triangle: half the memory of the whole.
pub(super) struct SymmetricTiles {
    n: usize,
    /// Row by row of the lower triangle of tiles; those at the right and lower edge may be smaller.
    tiles: Vec<Array2<f64>>,
}

/// A matrix that should have been positive definite is not, to the precision of f64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDefinite;

/// Where the tile in row `i` and column `j` ≤ `i` stands.
fn place(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

impl SymmetricTiles {
    /// The lower triangle of a full symmetric matrix, row by row, with `ridge` added to the diagonal.
    pub fn of(full: &[f32], n: usize, ridge: f64) -> Self {
        let side = |tile: usize| SIDE.min(n - tile * SIDE);
        let rows = n.div_ceil(SIDE);
        let mut tiles = Vec::with_capacity(place(rows, 0));
        for i in 0..rows {
            for j in 0..=i {
                tiles.push(Array2::from_shape_fn((side(i), side(j)), |(r, c)| {
                    let (row, column) = (i * SIDE + r, j * SIDE + c);
                    let added = if row == column { ridge } else { 0.0 };
                    f64::from(full[row * n + column]) + added
                }));
            }
        }
        Self { n, tiles }
    }

    #[inline]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        let (low, high) = (row.min(column), row.max(column));
        self.tiles[place(high / SIDE, low / SIDE)][[high % SIDE, low % SIDE]]
    }

    fn rows(&self) -> usize {
        self.n.div_ceil(SIDE)
    }

    /// Turns a positive definite A into −A⁻¹.
    ///
    /// The sweep operator (Beaton 1964; Goodnight 1979), by tiles: to sweep the pivot tile K, A_ij loses
    /// A_iK·A_KK⁻¹·A_Kj, A_iK becomes A_iK·A_KK⁻¹, and A_KK becomes −A_KK⁻¹. n³/2 multiplications, as by Cholesky, nearly
    /// all of them in products of tiles, which go side by side; each tile's sums have one order whatever the threads. Asks
    /// `task` once for every row of tiles and says which pivot it is at.
    pub fn negative_inverse(&mut self, task: &Task) -> Result<Result<(), NotDefinite>, Cancelled> {
        let rows = self.rows();
        for k in 0..rows {
            task.cancel.check()?;
            task.progress
                .say(|| Report::of("inverting", (k * SIDE) as u64, self.n as u64, "items"));
            let pivot = &mut self.tiles[place(k, k)];
            if sweep_alone(pivot).is_err() {
                return Ok(Err(NotDefinite));
            }
            self.sweep_others(k, task)?;
        }
        Ok(Ok(()))
    }

    /// What sweeping tile `k`, already −A_KK⁻¹, does to all other tiles.
    fn sweep_others(&mut self, k: usize, task: &Task) -> Result<(), Cancelled> {
        let pivot = self.tiles[place(k, k)].clone();
        let columns = task.pool.try_map(self.rows(), |i| {
            task.cancel.check()?;
            let column = match i.cmp(&k) {
                std::cmp::Ordering::Greater => self.tiles[place(i, k)].clone(),
                std::cmp::Ordering::Less => self.tiles[place(k, i)].t().to_owned(),
                std::cmp::Ordering::Equal => return Ok(Panel::default()),
            };
            let by_pivot = column.dot(&pivot);
            Ok(Panel { column, by_pivot })
        })?;
        let mut lines: Vec<(usize, &mut [Array2<f64>])> = Vec::with_capacity(self.rows());
        let mut rest = self.tiles.as_mut_slice();
        for i in 0.. {
            if rest.is_empty() {
                break;
            }
            let (line, after) = rest.split_at_mut(i + 1);
            lines.push((i, line));
            rest = after;
        }
        task.pool.try_each(lines, |(i, line)| {
            for (j, tile) in line.iter_mut().enumerate() {
                task.cancel.check()?;
                match (i == k, j == k) {
                    (true, true) => {}
                    (false, true) => tile.assign(&minus(columns[i].by_pivot.view())),
                    (true, false) => tile.assign(&minus(columns[j].by_pivot.t())),
                    // by_pivot carries the minus.
                    (false, false) => {
                        general_mat_mul(1.0, &columns[i].by_pivot, &columns[j].column.t(), 1.0, tile);
                    }
                }
            }
            Ok(())
        })
    }
}

/// The tiles of the pivot's column, before and after they are multiplied by −A_KK⁻¹.
#[derive(Default)]
struct Panel {
    column: Array2<f64>,
    by_pivot: Array2<f64>,
}

fn minus(tile: ArrayView2<'_, f64>) -> Array2<f64> {
    -&tile
}

/// Turns a small positive definite A into −A⁻¹ by the same sweeps, one row at a time.
fn sweep_alone(a: &mut Array2<f64>) -> Result<(), NotDefinite> {
    let n = a.nrows();
    for k in 0..n {
        let pivot = a[[k, k]];
        // Not `pivot <= 0`: NaN is not definite either.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Err(NotDefinite);
        }
        let column: Vec<f64> = a.column(k).to_vec();
        for i in (0..n).filter(|&i| i != k) {
            let by = column[i] / pivot;
            let row = a.row_mut(i);
            row.into_iter().zip(&column).for_each(|(x, c)| *x -= by * c);
        }
        for i in 0..n {
            a[[i, k]] = column[i] / pivot;
            a[[k, i]] = column[i] / pivot;
        }
        a[[k, k]] = -1.0 / pivot;
    }
    Ok(())
}

/// About how long [`SymmetricTiles::negative_inverse`] takes for n rows, in seconds: a few products of tiles are timed.
pub(super) fn estimated_seconds(n: usize, pool: &Pool) -> f64 {
    let tile = Array2::from_elem((SIDE, SIDE), 1.0);
    let mut sum = tile.clone();
    let start = std::time::Instant::now();
    let times = 8;
    for _ in 0..times {
        general_mat_mul(1e-3, &tile, &tile, 1e-3, &mut sum);
    }
    let one = start.elapsed().as_secs_f64() / f64::from(times);
    let products = (n as f64 / SIDE as f64).powi(3) / 2.0;
    one * products / pool.threads() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix of small whole numbers: BᵀB of a sparse B.
    fn definite(n: usize) -> Vec<f32> {
        let entry = |u: usize, i: usize| {
            if (u * 31 + i * 17 + (u * i) % 7).is_multiple_of(5) {
                1.0f32
            } else {
                0.0
            }
        };
        let mut full = vec![0.0; n * n];
        for u in 0..2 * n {
            for i in (0..n).filter(|&i| entry(u, i) > 0.0) {
                for j in 0..n {
                    full[i * n + j] += entry(u, j);
                }
            }
        }
        full
    }

    #[test]
    fn times_the_matrix_it_is_minus_the_identity() {
        for n in [1, 2, 7, SIDE - 1, SIDE, SIDE + 1, 2 * SIDE + 30] {
            let full = definite(n);
            let mut tiles = SymmetricTiles::of(&full, n, 0.5);
            tiles.negative_inverse(&Task::unattended()).unwrap().unwrap();
            let step = (n / 20).max(1);
            for i in (0..n).step_by(step) {
                for j in (0..n).step_by(step) {
                    let product: f64 = (0..n)
                        .map(|k| {
                            let ridge = if i == k { 0.5 } else { 0.0 };
                            (f64::from(full[i * n + k]) + ridge) * tiles.get(k, j)
                        })
                        .sum();
                    let identity = if i == j { -1.0 } else { 0.0 };
                    assert!((product - identity).abs() < 1e-9, "{n}: {i},{j}: {product}");
                }
            }
        }
    }

    #[test]
    fn threads_do_not_change_a_bit_and_what_is_not_definite_is_said() {
        let n = 3 * SIDE + 5;
        let full = definite(n);
        let inverse = |threads| {
            let task = Task {
                pool: Pool::new("test", threads),
                ..Task::unattended()
            };
            let mut tiles = SymmetricTiles::of(&full, n, 1.0);
            tiles.negative_inverse(&task).unwrap().unwrap();
            tiles.tiles
        };
        assert_eq!(inverse(1), inverse(3));
        let mut tiles = SymmetricTiles::of(&[1.0, 2.0, 2.0, 1.0], 2, 0.0);
        assert_eq!(tiles.negative_inverse(&Task::unattended()), Ok(Err(NotDefinite)));
        let task = Task::unattended();
        task.cancel.cancel();
        assert_eq!(tiles.negative_inverse(&task), Err(Cancelled));
    }
}
