//! Adam, which in tables of embeddings moves only the rows that a step touched.

use super::gradient::{Gradient, Rows};
use super::matrix::{Matrix, Real};
use super::network::Network;

/// The running means of one matrix's gradient and of its square.
struct Moments<F> {
    first: Vec<F>,
    second: Vec<F>,
}

impl<F: Real> Moments<F> {
    fn of(matrix: &Matrix<F>) -> Self {
        let zeros = || vec![F::zero(); matrix.numbers.len()];
        Self {
            first: zeros(),
            second: zeros(),
        }
    }

    fn step(&mut self, from: usize, numbers: &mut [F], gradient: &[F], rate: Rate<F>) {
        let first = &mut self.first[from..from + numbers.len()];
        let second = &mut self.second[from..from + numbers.len()];
        for (((x, g), m), v) in numbers.iter_mut().zip(gradient).zip(first).zip(second) {
            *m += (*g - *m) * rate.first;
            *v += (*g * *g - *v) * rate.second;
            *x -= rate.length * *m / (v.sqrt() + rate.least);
        }
    }

    fn rows(&mut self, table: &mut Matrix<F>, rows: &Rows<F>, rate: Rate<F>) {
        for (at, gradient) in rows.at.iter().zip(rows.values.numbers.chunks_exact(table.width.max(1))) {
            let from = *at as usize * table.width;
            self.step(from, table.row_mut(*at as usize), gradient, rate);
        }
    }
}

/// The constants of one step.
#[derive(Clone, Copy)]
struct Rate<F> {
    /// 1 − β₁.
    first: F,
    /// 1 − β₂.
    second: F,
    /// The step's length with both bias corrections in it.
    length: F,
    /// ε, corrected likewise.
    least: F,
}

/// Kingma and Ba's (2015) with β₁ = .9, β₂ = .999, ε = 1e-8. Rows of embeddings that a batch does not read stay as they
/// are, and so do their moments, as in TensorFlow's LazyAdam: a dense step would move every row every time.
pub struct Adam<F> {
    learning_rate: f64,
    steps: i32,
    tables: [Moments<F>; 4],
    item_tower: Vec<Moments<F>>,
    user_tower: Vec<Moments<F>>,
}

impl<F: Real> Adam<F> {
    pub fn new(network: &Network<F>, learning_rate: f64) -> Self {
        let tables = [
            &network.item_ids,
            &network.item_terms,
            &network.user_ids,
            &network.user_terms,
        ];
        Self {
            learning_rate,
            steps: 0,
            tables: tables.map(Moments::of),
            item_tower: network.item_tower.matrices().map(Moments::of).collect(),
            user_tower: network.user_tower.matrices().map(Moments::of).collect(),
        }
    }

    pub fn step(&mut self, network: &mut Network<F>, gradient: &Gradient<F>) {
        self.steps = self.steps.saturating_add(1);
        let (first, second): (f64, f64) = (0.9, 0.999);
        let correction = (1.0 - second.powi(self.steps)).sqrt();
        let rate = Rate {
            first: F::of(1.0 - first),
            second: F::of(1.0 - second),
            length: F::of(self.learning_rate * correction / (1.0 - first.powi(self.steps))),
            least: F::of(1e-8 * correction),
        };
        let tables = [
            (&mut network.item_ids, &gradient.item_ids),
            (&mut network.item_terms, &gradient.item_terms),
            (&mut network.user_ids, &gradient.user_ids),
            (&mut network.user_terms, &gradient.user_terms),
        ];
        for (moments, (table, rows)) in self.tables.iter_mut().zip(tables) {
            moments.rows(table, rows, rate);
        }
        let towers = [
            (&mut self.item_tower, &mut network.item_tower, &gradient.item_tower),
            (&mut self.user_tower, &mut network.user_tower, &gradient.user_tower),
        ];
        for (moments, tower, gradient) in towers {
            for ((moments, matrix), gradient) in moments.iter_mut().zip(tower.matrices_mut()).zip(gradient.matrices()) {
                moments.step(0, &mut matrix.numbers, &gradient.numbers, rate);
            }
        }
    }
}
