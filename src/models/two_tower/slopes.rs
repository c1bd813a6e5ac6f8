//! How each part of a tower's input affects its output.

use super::matrix::{Matrix, dot};
use super::tower::Tower;

/// Points on the path from 0 to the input at which the gradient of a nonlinear tower is taken.
pub const STEPS: usize = 64;

/// For each direction, what an input adds to direction · output: slope · input, on top of `start`.
pub struct Slopes {
    /// Directions × inputs.
    pub inputs: Matrix<f64>,
    /// By direction: the output without any input.
    pub start: Vec<f64>,
}

impl Slopes {
    /// The slopes of `directions` (one per row) at this input: the directions themselves where the tower gives back what it
    /// reads; else the mean of the gradient along the path from 0 to the input (midpoints of [`STEPS`] steps; Sundararajan et
    /// al. 2017), which adds up to the difference only approximately.
    pub fn of(tower: &Tower<f64>, input: &[f64], directions: &Matrix<f64>) -> Self {
        let (width, rows) = (input.len(), directions.rows());
        if tower.is_identity() {
            return Self {
                inputs: directions.clone(),
                start: vec![0.0; rows],
            };
        }
        let mut inputs = Matrix::zeros(rows, width);
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
        let nothing = tower.output(vec![0.0; width]);
        Self {
            start: (0..rows).map(|d| dot(directions.row(d), &nothing)).collect(),
            inputs,
        }
    }
}
