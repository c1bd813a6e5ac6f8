//! e^x in 32 bits, which the compiler finds vectors for.

/// Below it e^x is no longer a normal number, and counts as 0.
pub(in crate::models) const LEAST: f32 = -87.0;
/// Added to a small number, it leaves the nearest whole number in the last bits.
const ROUND: f32 = 12_582_912.0;

/// e^x for x ≤ 0: 2^n · e^r with n = x / ln 2, rounded, and |r| ≤ ln 2 / 2, e^r by Cephes' polynomial. Without a branch.
#[inline(always)]
pub(in crate::models) fn exponential(x: f32) -> f32 {
    let clamped = if x > LEAST { x } else { LEAST };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that n·ln 2 loses nothing.
    let r = clamped - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut e = 1.987_569_2e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        e = e * r + c;
    }
    let e = e * r * r + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    let keeps = u32::from(x > LEAST).wrapping_neg();
    f32::from_bits((e * power).to_bits() & keeps)
}

/// 1 / (1 + e^−x), to 2e-7 of its size.
#[inline(always)]
pub(in crate::models) fn sigmoid(x: f32) -> f32 {
    let e = exponential(-x.abs());
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoids_are_those_of_64_bits() {
        for k in -1000..=1000 {
            let x = k as f32 * 0.0837;
            let expected = 1.0 / (1.0 + (-f64::from(x)).exp());
            let found = f64::from(sigmoid(x));
            assert!(
                (found - expected).abs() <= 3e-7 * expected,
                "{x}: {found}, not {expected}"
            );
        }
        assert_eq!([sigmoid(0.0), sigmoid(f32::INFINITY), sigmoid(-1e30)], [0.5, 1.0, 0.0]);
    }
}
