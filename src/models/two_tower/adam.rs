//! Adam, which in embedding tables updates only the rows that a step touched.

use super::gradient::{Gradient, HalfGradient, Rows};
use super::matrix::{Matrix, Real};
use super::network::{Half, Network};
use crate::models::wide::{Kernel, run_wide};

/// The moments of one matrix: running means of its gradient and of the gradient's square.
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
        run_wide(Stepping {
            first: &mut self.first[from..from + numbers.len()],
            second: &mut self.second[from..from + numbers.len()],
            numbers,
            gradient,
            rate,
        });
    }

    fn rows(&mut self, table: &mut Matrix<F>, rows: &Rows<F>, rate: Rate<F>) {
        for (at, gradient) in rows.at.iter().zip(rows.values.numbers.chunks_exact(table.width.max(1))) {
            let from = *at as usize * table.width;
            self.step(from, table.row_mut(*at as usize), gradient, rate);
        }
    }
}

/// Some numbers with their gradient and moments.
struct Stepping<'a, F> {
    numbers: &'a mut [F],
    gradient: &'a [F],
    first: &'a mut [F],
    second: &'a mut [F],
    rate: Rate<F>,
}

impl<F: Real> Kernel for Stepping<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let rate = self.rate;
        let moments = self.first.iter_mut().zip(self.second);
        for ((x, g), (m, v)) in self.numbers.iter_mut().zip(self.gradient).zip(moments) {
            *m += (*g - *m) * rate.first;
            *v += (*g * *g - *v) * rate.second;
            *x -= rate.length * *m / (v.sqrt() + rate.least);
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
    /// The step size, with both bias corrections.
    length: F,
    /// ε, corrected accordingly.
    least: F,
}

/// Kingma and Ba's (2015) with β₁ = .9, β₂ = .999, ε = 1e-8. Embedding rows that a batch does not read keep their
/// values and moments, as in TensorFlow's LazyAdam: a dense step would update every row every time.
pub struct Adam<F> {
    learning_rate: f64,
    steps: i32,
    items: HalfMoments<F>,
    users: HalfMoments<F>,
    biases: Moments<F>,
}

struct HalfMoments<F> {
    ids: Moments<F>,
    terms: Moments<F>,
    tower: Vec<Moments<F>>,
}

impl<F: Real> HalfMoments<F> {
    fn of(half: &Half<F>) -> Self {
        Self {
            ids: Moments::of(&half.ids),
            terms: Moments::of(&half.terms),
            tower: half.tower.matrices().map(Moments::of).collect(),
        }
    }

    fn step(&mut self, half: &mut Half<F>, gradient: &HalfGradient<F>, rate: Rate<F>) {
        self.ids.rows(&mut half.ids, &gradient.ids, rate);
        self.terms.rows(&mut half.terms, &gradient.terms, rate);
        let matrices = half.tower.matrices_mut().zip(gradient.tower.matrices());
        for (moments, (matrix, gradient)) in self.tower.iter_mut().zip(matrices) {
            moments.step(0, &mut matrix.numbers, &gradient.numbers, rate);
        }
    }
}

impl<F: Real> Adam<F> {
    pub fn new(network: &Network<F>, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            steps: 0,
            items: HalfMoments::of(&network.items),
            users: HalfMoments::of(&network.users),
            biases: Moments::of(&network.biases),
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
        self.items.step(&mut network.items, &gradient.items, rate);
        self.users.step(&mut network.users, &gradient.users, rate);
        self.biases.rows(&mut network.biases, &gradient.biases, rate);
    }
}
