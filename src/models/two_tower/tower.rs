//! A tower: dense layers, then normalization to length 1.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, Op, Real, dot, multiply};
use crate::models::wide::add;

/// Applied after every layer but the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    Relu,
    Tanh,
}

impl Activation {
    fn of<F: Real>(self, x: F) -> F {
        match self {
            Self::Relu => x.max(F::zero()),
            Self::Tanh => x.tanh(),
        }
    }

    /// The slope where the activation has the value `y`.
    fn slope<F: Real>(self, y: F) -> F {
        match self {
            Self::Relu if y > F::zero() => F::one(),
            Self::Relu => F::zero(),
            Self::Tanh => F::one() - y * y,
        }
    }
}

/// y = W·x + b.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layer<F> {
    /// W: outputs × inputs.
    pub weights: Matrix<F>,
    pub bias: Matrix<F>,
}

/// Layers with the activation between them. With one layer it is linear up to normalization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tower<F> {
    pub activation: Activation,
    pub layers: Vec<Layer<F>>,
}

/// The forward pass of some rows, with all that its gradient needs.
pub struct Pass<F> {
    inputs: Vec<Matrix<F>>,
    /// The output rows, of length 1 (or 0).
    pub output: Matrix<F>,
    pub lengths: Vec<F>,
}

/// Lengths below this count as this (as in PyTorch's `normalize`).
const SHORTEST: f64 = 1e-12;

impl<F: Real> Tower<F> {
    /// Layers of these widths, from inputs to outputs: random initial weights of variance 1 / inputs, biases 0.
    pub fn random(widths: &[usize], activation: Activation, random: &mut Pcg64) -> Self {
        let layers = widths.windows(2).map(|pair| {
            let mut weights = Matrix::zeros(pair[1], pair[0]);
            let deviation = (1.0 / pair[0].max(1) as f64).sqrt();
            for x in &mut weights.numbers {
                let normal: f64 = StandardNormal.sample(random);
                *x = F::of(deviation * normal);
            }
            Layer {
                weights,
                bias: Matrix::zeros(1, pair[1]),
            }
        });
        Self {
            activation,
            layers: layers.collect(),
        }
    }

    /// The same shape, all 0.
    pub fn zeros_like(&self) -> Self {
        let zeros = |m: &Matrix<F>| Matrix::zeros(m.rows(), m.width);
        let layers = self.layers.iter().map(|layer| Layer {
            weights: zeros(&layer.weights),
            bias: zeros(&layer.bias),
        });
        Self {
            activation: self.activation,
            layers: layers.collect(),
        }
    }

    pub fn cast<G: Real>(&self) -> Tower<G> {
        let layers = self.layers.iter().map(|layer| Layer {
            weights: layer.weights.cast(),
            bias: layer.bias.cast(),
        });
        Tower {
            activation: self.activation,
            layers: layers.collect(),
        }
    }

    /// All matrices, in an unspecified but fixed order.
    pub fn matrices_mut(&mut self) -> impl Iterator<Item = &mut Matrix<F>> {
        self.layers
            .iter_mut()
            .flat_map(|layer| [&mut layer.weights, &mut layer.bias])
    }

    pub fn matrices(&self) -> impl Iterator<Item = &Matrix<F>> {
        self.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias])
    }

    /// Whether it is linear up to normalization.
    pub fn is_linear(&self) -> bool {
        self.layers.len() == 1
    }

    /// The output of the last layer before normalization, and the inputs of each layer.
    fn run_layers(&self, rows: Matrix<F>) -> (Vec<Matrix<F>>, Matrix<F>) {
        let mut inputs = Vec::with_capacity(self.layers.len());
        let mut current = rows;
        for (at, layer) in self.layers.iter().enumerate() {
            let mut out = Matrix::zeros(current.rows(), layer.weights.rows());
            for row in out.numbers.chunks_exact_mut(layer.weights.rows().max(1)) {
                row.copy_from_slice(&layer.bias.numbers);
            }
            multiply(&current, Op::N, &layer.weights, Op::T, F::one(), &mut out);
            if at + 1 < self.layers.len() {
                for x in &mut out.numbers {
                    *x = self.activation.of(*x);
                }
            }
            inputs.push(current);
            current = out;
        }
        (inputs, current)
    }

    /// The output for one row of inputs.
    pub fn unit(&self, row: Vec<F>) -> Vec<F> {
        let width = row.len();
        self.forward(Matrix { width, numbers: row }).output.numbers
    }

    /// Runs rows of inputs through all layers and normalizes them; a row of zeros stays 0.
    pub fn forward(&self, rows: Matrix<F>) -> Pass<F> {
        let (inputs, mut output) = self.run_layers(rows);
        let mut lengths = Vec::with_capacity(output.rows());
        for at in 0..output.rows() {
            let row = output.row_mut(at);
            let length = dot(row, row).sqrt().max(F::of(SHORTEST));
            for x in row.iter_mut() {
                *x /= length;
            }
            lengths.push(length);
        }
        Pass {
            inputs,
            output,
            lengths,
        }
    }

    /// From the gradient with respect to the output to that with respect to the inputs; `layers` accumulates theirs.
    pub fn backward(&self, pass: &Pass<F>, mut gradient: Matrix<F>, layers: &mut Self) -> Matrix<F> {
        for (at, length) in pass.lengths.iter().enumerate() {
            let output = pass.output.row(at);
            let row = gradient.row_mut(at);
            let along = dot(row, output);
            add(row, -along, output);
            for x in row.iter_mut() {
                *x /= *length;
            }
        }
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let (input, sums) = (&pass.inputs[at], &mut layers.layers[at]);
            multiply(&gradient, Op::T, input, Op::N, F::one(), &mut sums.weights);
            for row in gradient.numbers.chunks_exact(gradient.width.max(1)) {
                add(&mut sums.bias.numbers, F::one(), row);
            }
            let mut below = Matrix::zeros(input.rows(), input.width);
            multiply(&gradient, Op::N, &layer.weights, Op::N, F::zero(), &mut below);
            if at > 0 {
                for (x, y) in below.numbers.iter_mut().zip(&input.numbers) {
                    *x *= self.activation.slope(*y);
                }
            }
            gradient = below;
        }
        gradient
    }
}
