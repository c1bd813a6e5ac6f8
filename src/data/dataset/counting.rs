//! What the values say by themselves.

use crate::data::Scale;

/// The sum of all values where it is exact, so that no order of adding makes a difference: values are multiples of 1/64,
/// and no partial sum needs more than 53 bits.
pub(super) fn exact_sum(table: &[f64], counts: &[u64]) -> Option<f64> {
    let largest = table.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let n: u64 = counts.iter().sum();
    let exact = !table.is_empty() && table.iter().all(|v| (v * 64.0).fract() == 0.0);
    let bounded = largest * 64.0 * (n as f64) < 9e15;
    let sum = || table.iter().zip(counts).map(|(v, &n)| v * n as f64).sum();
    (exact && bounded).then(sum)
}

/// Lowest, highest, and the step: the smallest gap between distinct values, where every gap is a multiple of it and
/// there are at most a hundred steps.
pub(super) fn scale_of(values: impl Iterator<Item = f64>, table: &[f64]) -> Scale {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        min = min.min(value);
        max = max.max(value);
    }
    if min > max {
        return Scale {
            min: 0.0,
            max: 0.0,
            step: None,
        };
    }
    let gap = table.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let regular = gap.is_finite()
        && (max - min) / gap <= 100.5
        && table.iter().all(|v| {
            let steps = (v - min) / gap;
            (steps - steps.round()).abs() < 1e-6
        });
    let step = regular.then(|| (gap * 1e9).round() / 1e9);
    Scale { min, max, step }
}
