use ndarray::{Array2, ArrayView2, linalg::general_mat_mul};

use crate::task::{Cancelled, Pool, Report, Task};

/// Rows and columns of a tile: three tiles of f64 fit into a core's L2 cache.
const TILE: usize = 128;

/// A symmetric n × n matrix as square tiles of its lower triangle, in half the memory of the full matrix.
pub(super) struct SymmetricTiles {
    n: usize,
    /// The lower triangle of tiles, row by row; tiles at the right and bottom edges may be smaller.
    tiles: Vec<Array2<f64>>,
}

/// The matrix is not positive definite to the precision of f64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDefinite;

/// The index of the tile in row `i` and column `j` ≤ `i`.
fn tile_index(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

impl SymmetricTiles {
    /// The lower triangle of a full symmetric matrix, row by row, with `ridge` added to the diagonal.
    pub fn of(full: &[f32], n: usize, ridge: f64) -> Self {
        let side = |tile: usize| TILE.min(n - tile * TILE);
        let rows = n.div_ceil(TILE);
        let mut tiles = Vec::with_capacity(tile_index(rows, 0));
        for i in 0..rows {
            for j in 0..=i {
                tiles.push(Array2::from_shape_fn((side(i), side(j)), |(r, c)| {
                    let (row, column) = (i * TILE + r, j * TILE + c);
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
        self.tiles[tile_index(high / TILE, low / TILE)][[high % TILE, low % TILE]]
    }

    fn rows(&self) -> usize {
        self.n.div_ceil(TILE)
    }

    /// Turns a positive definite A into −A⁻¹.
    ///
    /// The sweep operator (Beaton 1964; Goodnight 1979), by tiles: to sweep pivot tile K, subtract A_iK·A_KK⁻¹·A_Kj from
    /// every A_ij, replace A_iK by A_iK·A_KK⁻¹, and A_KK by −A_KK⁻¹. n³/2 multiplications, as with Cholesky, nearly all in
    /// products of tiles, which run in parallel; deterministic for any number of threads. Reports the current pivot.
    pub fn negative_inverse(&mut self, task: &Task) -> Result<Result<(), NotDefinite>, Cancelled> {
        let rows = self.rows();
        for k in 0..rows {
            task.cancel.check()?;
            task.progress
                .say(|| Report::of("inverting", (k * TILE) as u64, self.n as u64, "items"));
            let pivot = &mut self.tiles[tile_index(k, k)];
            if sweep_tile(pivot).is_err() {
                return Ok(Err(NotDefinite));
            }
            self.sweep_others(k, task)?;
        }
        Ok(Ok(()))
    }

    /// Sweeps all tiles but the pivot tile `k`, which is −A_KK⁻¹ already.
    fn sweep_others(&mut self, k: usize, task: &Task) -> Result<(), Cancelled> {
        let pivot = self.tiles[tile_index(k, k)].clone();
        let columns = task.pool.try_map(self.rows(), |i| {
            task.cancel.check()?;
            let column = match i.cmp(&k) {
                std::cmp::Ordering::Greater => self.tiles[tile_index(i, k)].clone(),
                std::cmp::Ordering::Less => self.tiles[tile_index(k, i)].t().to_owned(),
                std::cmp::Ordering::Equal => return Ok(Panel::default()),
            };
            let by_pivot = column.dot(&pivot);
            Ok(Panel { column, by_pivot })
        })?;
        let mut tile_rows: Vec<(usize, &mut [Array2<f64>])> = Vec::with_capacity(self.rows());
        let mut rest = self.tiles.as_mut_slice();
        for i in 0.. {
            if rest.is_empty() {
                break;
            }
            let (tile_row, after) = rest.split_at_mut(i + 1);
            tile_rows.push((i, tile_row));
            rest = after;
        }
        task.pool.try_each(tile_rows, |(i, tile_row)| {
            for (j, tile) in tile_row.iter_mut().enumerate() {
                task.cancel.check()?;
                match (i == k, j == k) {
                    (true, true) => {}
                    (false, true) => tile.assign(&negated(columns[i].by_pivot.view())),
                    (true, false) => tile.assign(&negated(columns[j].by_pivot.t())),
                    // by_pivot includes the minus sign.
                    (false, false) => {
                        general_mat_mul(1.0, &columns[i].by_pivot, &columns[j].column.t(), 1.0, tile);
                    }
                }
            }
            Ok(())
        })
    }
}

/// A tile of the pivot's column, before and after multiplication by −A_KK⁻¹.
#[derive(Default)]
struct Panel {
    column: Array2<f64>,
    by_pivot: Array2<f64>,
}

fn negated(tile: ArrayView2<'_, f64>) -> Array2<f64> {
    -&tile
}

/// Turns one positive definite tile A into −A⁻¹, sweeping one row at a time.
fn sweep_tile(a: &mut Array2<f64>) -> Result<(), NotDefinite> {
    let n = a.nrows();
    for k in 0..n {
        let pivot = a[[k, k]];
        // Not `pivot <= 0`, which would accept NaN.
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

/// Estimates the seconds that [`SymmetricTiles::negative_inverse`] takes for n rows, by timing a few products of tiles.
pub(super) fn estimated_seconds(n: usize, pool: &Pool) -> f64 {
    let tile = Array2::from_elem((TILE, TILE), 1.0);
    let mut sum = tile.clone();
    // The quickest of them: others may have had to wait for a processor.
    let seconds_each = (0..8)
        .map(|_| {
            let start = std::time::Instant::now();
            general_mat_mul(1e-3, &tile, &tile, 1e-3, &mut sum);
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    let products = (n as f64 / TILE as f64).powi(3) / 2.0;
    seconds_each * products / pool.threads() as f64
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
        for n in [1, 2, 7, TILE - 1, TILE, TILE + 1, 2 * TILE + 30] {
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
    fn threads_do_not_change_a_bit_and_indefinite_matrices_are_reported() {
        let n = 3 * TILE + 5;
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
