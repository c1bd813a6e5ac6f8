//! A tower: what it reads, changed by a hidden layer if it has one.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, Op, Real, multiply};
use crate::models::wide::add;

/// Applied in the hidden layer.
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

/// W·x + b.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layer<F> {
    /// W: outputs × inputs.
    pub weights: Matrix<F>,
    pub bias: Matrix<F>,
}

/// x without a hidden layer, x + W₂·a(W₁·x + b₁) + b₂ with one: a residual block (He et al. 2016), which begins as x.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tower<F> {
    pub activation: Activation,
    /// None, or both layers of the block.
    pub layers: Vec<Layer<F>>,
}

/// The forward pass of some rows, with all that its gradient needs.
pub struct Pass<F> {
    /// The rows and the hidden layer's values; nothing without a hidden layer.
    inputs: Vec<Matrix<F>>,
    pub output: Matrix<F>,
}

impl<F: Real> Tower<F> {
    /// From and to `width` numbers, with `hidden` between them: random weights of variance 1 / width into the hidden layer,
    /// 0 out of it, biases 0.
    pub fn random(width: usize, hidden: usize, activation: Activation, random: &mut Pcg64) -> Self {
        let mut layers = Vec::new();
        if hidden > 0 {
            let deviation = (1.0 / width.max(1) as f64).sqrt();
            let mut into = Layer::zeros(hidden, width);
            for x in &mut into.weights.numbers {
                let normal: f64 = StandardNormal.sample(random);
                *x = F::of(deviation * normal);
            }
            layers = vec![into, Layer::zeros(width, hidden)];
        }
        Self { activation, layers }
    }

    /// The same shape, all 0.
    pub fn zeros_like(&self) -> Self {
        let zeros = |layer: &Layer<F>| Layer::zeros(layer.weights.rows(), layer.weights.width);
        Self {
            activation: self.activation,
            layers: self.layers.iter().map(zeros).collect(),
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

    /// Whether it gives back what it reads.
    pub fn is_identity(&self) -> bool {
        self.layers.is_empty()
    }

    /// Runs some rows through it. O(rows · width · hidden).
    pub fn forward(&self, rows: Matrix<F>) -> Pass<F> {
        let [into, out] = self.layers.as_slice() else {
            return Pass {
                inputs: Vec::new(),
                output: rows,
            };
        };
        let mut hidden = into.of(&rows);
        hidden.numbers.iter_mut().for_each(|x| *x = self.activation.of(*x));
        let mut output = out.of(&hidden);
        add(&mut output.numbers, F::one(), &rows.numbers);
        Pass {
            inputs: vec![rows, hidden],
            output,
        }
    }

    /// The output of one row.
    pub fn output(&self, row: Vec<F>) -> Vec<F> {
        let rows = Matrix {
            width: row.len(),
            numbers: row,
        };
        self.forward(rows).output.numbers
    }

    /// The gradient with respect to the input, from that with respect to the output; those of the layers are added to
    /// `layers`.
    pub fn backward(&self, pass: &Pass<F>, mut gradient: Matrix<F>, layers: &mut Self) -> Matrix<F> {
        let ([into, out], [rows, hidden]) = (self.layers.as_slice(), pass.inputs.as_slice()) else {
            return gradient;
        };
        let mut below = out.backward(hidden, &gradient, &mut layers.layers[1]);
        for (x, y) in below.numbers.iter_mut().zip(&hidden.numbers) {
            *x *= self.activation.slope(*y);
        }
        let below = into.backward(rows, &below, &mut layers.layers[0]);
        add(&mut gradient.numbers, F::one(), &below.numbers);
        gradient
    }
}

impl<F: Real> Layer<F> {
    fn zeros(outputs: usize, inputs: usize) -> Self {
        Self {
            weights: Matrix::zeros(outputs, inputs),
            bias: Matrix::zeros(1, outputs),
        }
    }

    fn of(&self, rows: &Matrix<F>) -> Matrix<F> {
        let mut out = Matrix {
            width: self.weights.rows(),
            numbers: self.bias.numbers.repeat(rows.rows()),
        };
        multiply(rows, Op::N, &self.weights, Op::T, F::one(), &mut out);
        out
    }

    /// The gradient with respect to `input`, from that of the output; that of the layer is added to `sums`.
    fn backward(&self, input: &Matrix<F>, gradient: &Matrix<F>, sums: &mut Self) -> Matrix<F> {
        multiply(gradient, Op::T, input, Op::N, F::one(), &mut sums.weights);
        for row in gradient.numbers.chunks_exact(gradient.width.max(1)) {
            add(&mut sums.bias.numbers, F::one(), row);
        }
        let mut below = Matrix::zeros(input.rows(), input.width);
        multiply(gradient, Op::N, &self.weights, Op::N, F::zero(), &mut below);
        below
    }
}
