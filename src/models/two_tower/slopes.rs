//! How each part of a tower's input affects its output.

use super::matrix::{Matrix, Op, dot, multiply};
use super::tower::Tower;

/// Points on the path from 0 to the input at which the gradient of a nonlinear tower is taken.
pub const STEPS: usize = 64;

/// For each direction, what an input adds to direction · output: slope · input, on top of `start`.
pub struct Slopes {
    /// Directions × inputs.
    pub inputs: Matrix<f64>,
    /// By direction: the output without any input.
    pub start: Vec<f64>,
    /// What the output is divided by.
    pub length: f64,
}

impl Slopes {
    /// The slopes of `directions` (one per row) at this input.
    ///
    /// One layer: direction · (W·x + b) / |W·x + b| is linear in x once the length is treated as constant, so the sum
    /// is exact. More: the mean of the gradient along the path from 0 to x (midpoints of [`STEPS`] steps), which adds
    /// up to the difference only approximately.
    pub fn of(tower: &Tower<f64>, input: &[f64], directions: &Matrix<f64>) -> Self {
        let width = input.len();
        let rows = directions.rows();
        let one = |x: Vec<f64>| tower.forward(Matrix { width, numbers: x });
        let pass = one(input.to_vec());
        let length = pass.lengths.first().copied().unwrap_or(1.0);
        let mut inputs = Matrix::zeros(rows, width);
        if let [layer] = tower.layers.as_slice() {
            multiply(directions, Op::N, &layer.weights, Op::N, 0.0, &mut inputs);
            inputs.numbers.iter_mut().for_each(|x| *x /= length);
            let bias = &layer.bias.numbers;
            return Self {
                start: (0..rows).map(|d| dot(directions.row(d), bias) / length).collect(),
                inputs,
                length,
            };
        }
        let mut unused = tower.zeros_like();
        for step in 0..STEPS {
            let share = (step as f64 + 0.5) / STEPS as f64;
            let point: Vec<f64> = input.iter().map(|x| share * x).collect();
            let pass = tower.forward(Matrix {
                width,
                numbers: point.repeat(rows),
            });
            let gradient = tower.backward(&pass, directions.clone(), &mut unused);
            for (sum, x) in inputs.numbers.iter_mut().zip(&gradient.numbers) {
                *sum += x / STEPS as f64;
            }
        }
        let nothing = one(vec![0.0; width]).output;
        Self {
            start: (0..rows).map(|d| dot(directions.row(d), nothing.row(0))).collect(),
            inputs,
            length,
        }
    }
}
