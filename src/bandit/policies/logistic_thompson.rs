use rand::RngExt;
use rand_distr::StandardNormal;

use super::by_context::{ByContext, ContextRule};
use super::linear::LAMBDA;
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::PolicySpec;

pub(crate) static LOGISTIC_THOMPSON: PolicySpec = PolicySpec {
    name: "logistic-thompson",
    title: "Logistic Thompson",
    doc: "Thompson sampling by logistic regression on the context x, as made for clicks",
    formula: "highest draw of w x, w ~ N(m, 1/q); m minimizes sum q (w - m)^2 / 2 + sum ln(1 + exp(-y w x)), q += x^2 p (1 - p)",
    parameters: &[LAMBDA],
    paper: "Chapelle and Li 2011, An empirical evaluation of Thompson sampling, algorithm 3",
    build: |values, setting| {
        let flat = Weights {
            means: vec![0.0; setting.features],
            precisions: vec![values[0]; setting.features],
        };
        ByContext::boxed(Logistic, flat, setting)
    },
};

#[derive(Clone, Debug)]
struct Logistic;

/// What is believed of the coefficients: independent normal laws, by Laplace's method.
#[derive(Clone, Debug)]
struct Weights {
    means: Vec<f64>,
    precisions: Vec<f64>,
}

impl Weights {
    /// Mean and variance of wᵀx.
    fn law(&self, x: &[f64]) -> (f64, f64) {
        let terms = self.means.iter().zip(&self.precisions).zip(x);
        terms.fold((0.0, 0.0), |(mean, variance), ((m, q), x)| {
            (mean + m * x, variance + x * x / q)
        })
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// The root of s = successes − pulls · σ(mean + s · variance): falling against rising, so there is one, between
/// −(pulls − successes) and `successes`. Newton's steps within that bracket.
fn shift(mean: f64, variance: f64, pulls: f64, successes: f64) -> f64 {
    let (mut low, mut high) = (successes - pulls, successes);
    let mut s = 0.0;
    for _ in 0..100 {
        let p = sigmoid(mean + s * variance);
        let excess = s - successes + pulls * p;
        if excess > 0.0 {
            high = s;
        } else {
            low = s;
        }
        let newton = s - excess / (1.0 + pulls * p * (1.0 - p) * variance);
        let next = if newton > low && newton < high {
            newton
        } else {
            f64::midpoint(low, high)
        };
        if (next - s).abs() <= 1e-14 * (1.0 + s.abs()) {
            return next;
        }
        s = next;
    }
    s
}

impl ContextRule for Logistic {
    const KIND: FigureKind = FigureKind::Draw;
    type Arm = Weights;

    /// All outcomes have the same x, so the minimum lies at m + s·x/q, and only s is unknown.
    fn learn(&self, arm: &mut Weights, x: &[f64], pulls: f64, successes: f64) {
        let (mean, variance) = arm.law(x);
        let s = shift(mean, variance, pulls, successes);
        let p = sigmoid(mean + s * variance);
        for ((m, q), x) in arm.means.iter_mut().zip(&mut arm.precisions).zip(x) {
            *m += s * x / *q;
            *q += x * x * pulls * p * (1.0 - p);
        }
    }

    /// As for a linear model, wᵀx is normal and drawn at once.
    fn figure(&self, arm: &Weights, x: &[f64], stream: &mut Stream) -> f64 {
        let (mean, variance) = arm.law(x);
        mean + variance.sqrt() * stream.sample::<f64, _>(StandardNormal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_where_the_gradient_vanishes() {
        for (pulls, successes) in [(1.0, 1.0), (1.0, 0.0), (50.0, 30.0), (5.0, 0.0), (1e4, 1e4)] {
            let before = Weights {
                means: vec![0.3, -0.7, 0.0],
                precisions: vec![1.0, 2.5, 0.4],
            };
            let mut after = before.clone();
            let x = [1.0, 0.5, -2.0];
            Logistic.learn(&mut after, &x, pulls, successes);
            let p = sigmoid(after.means.iter().zip(x).map(|(m, x)| m * x).sum());
            for (k, x) in x.iter().enumerate() {
                let pull = before.precisions[k] * (after.means[k] - before.means[k]);
                let gradient = pull + x * (pulls * p - successes);
                assert!(gradient.abs() < 1e-7 * pulls, "{gradient} for {successes} of {pulls}");
                let expected = before.precisions[k] + x * x * pulls * p * (1.0 - p);
                assert!((after.precisions[k] - expected).abs() < 1e-9 * expected);
            }
        }
    }
}
