//! Loops for the widest vectors that the machine has, chosen at run time.
//!
//! - [`Kernel`], [`run_wide`]: compiled for each width; the compiler finds the vectors.
//! - [`Shaped`], [`run_shaped`]: written in vectors, [`Lanes`], where the shape of the loop depends on their width.

mod exponential;
mod lanes;

use std::ops::{AddAssign, Mul};

use lanes::Any;

#[cfg(test)]
pub(super) use exponential::LEAST;
pub(super) use exponential::{exponential, sigmoid};
#[cfg(test)]
pub(super) use lanes::on_every_width;
pub(super) use lanes::{Lanes, Shaped, run_shaped, run_wide};

/// A loop worth compiling more than once. [`Kernel::run`] must be `#[inline(always)]`, and so must all that it calls where
/// the compiler might not inline by itself: what isn't inlined into [`run_wide`] is not compiled for wider vectors.
pub(super) trait Kernel {
    type Output;

    fn run(self) -> Self::Output;
}

/// Rows are padded to a multiple of so many `f32`, so that loops over them have no remainders.
pub(super) const LANE: usize = 8;

/// The `f32` of a register row, see [`Lanes`].
pub(super) const WIDE: usize = 16;

/// `n` rounded up to a multiple of [`LANE`].
pub(super) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANE)
}

/// Σ_k left_k right_kᵀ over the rows of two panels: the products of `ROWS` columns of `left` from `row` on with `ACROSS`
/// register rows of columns of `right` from `column` on, handed to `each` row by row. They stay in registers if there are as
/// many; every sum goes from the first row to the last, whatever the shape. With `FUSED` products are added unrounded where
/// the machine can.
#[inline(always)]
pub(super) fn tile<
    S: Lanes<f32>,
    const ROWS: usize,
    const ACROSS: usize,
    const FUSED: bool,
    const L: usize,
    const R: usize,
>(
    lanes: S,
    (left, row): (&[[f32; L]], usize),
    (right, column): (&[[f32; R]], usize),
    mut each: impl FnMut(usize, [S::Row; ACROSS]),
) {
    let mut sums = [[lanes.splat(0.0); ACROSS]; ROWS];
    for (left, right) in left.iter().zip(right) {
        let mut numbers = [lanes.splat(0.0); ACROSS];
        for c in 0..ACROSS {
            numbers[c] = lanes.load(&right[column + c * WIDE..]);
        }
        for r in 0..ROWS {
            let x = lanes.splat(left[row + r]);
            for c in 0..ACROSS {
                sums[r][c] = if FUSED {
                    lanes.fused(x, numbers[c], sums[r][c])
                } else {
                    lanes.add(sums[r][c], lanes.multiply(x, numbers[c]))
                };
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        each(r, sums);
    }
}

/// As many `f32` as a register row has; see [`Lanes`].
pub(super) type Wide = [f32; WIDE];

/// The products of some rows with x, each in sixteen partial sums as in [`dot`]; all of the same length.
#[inline(always)]
pub(super) fn products<S: Lanes<f32>, const N: usize>(lanes: S, rows: [&[Wide]; N], x: &[Wide]) -> [f32; N] {
    let mut sums = [lanes.splat(0.0); N];
    for (at, x) in x.iter().enumerate() {
        let x = lanes.load(x);
        for k in 0..N {
            sums[k] = lanes.add(sums[k], lanes.multiply(lanes.load(&rows[k][at]), x));
        }
    }
    let mut all = [0.0; N];
    for k in 0..N {
        all[k] = lanes.total(sums[k]);
    }
    all
}

/// to ← to + by·from, of the same length.
#[inline(always)]
pub(super) fn add_wide<S: Lanes<f32>>(lanes: S, to: &mut [Wide], by: f32, from: &[Wide]) {
    let by = lanes.splat(by);
    for (to, from) in to.iter_mut().zip(from) {
        let sum = lanes.add(lanes.load(to), lanes.multiply(by, lanes.load(from)));
        lanes.store(sum, to);
    }
}

/// to ← by·to + plus, of the same length.
#[inline(always)]
pub(super) fn scale_and_add<S: Lanes<f32>>(lanes: S, to: &mut [Wide], by: f32, plus: &[Wide]) {
    let by = lanes.splat(by);
    for (to, plus) in to.iter_mut().zip(plus) {
        let sum = lanes.add(lanes.load(plus), lanes.multiply(by, lanes.load(to)));
        lanes.store(sum, to);
    }
}

/// by·row.
#[inline(always)]
pub(super) fn scaled<S: Lanes<f32>>(lanes: S, by: f32, row: &Wide) -> Wide {
    let mut product = [0.0; WIDE];
    lanes.store(lanes.multiply(lanes.splat(by), lanes.load(row)), &mut product);
    product
}

/// to ← to + (by₀·from₀ + by₁·from₁) + (by₂·from₂ + by₃·from₃), all of the same length.
#[inline(always)]
pub(super) fn add_four<S: Lanes<f32>>(lanes: S, to: &mut [Wide], by: [f32; 4], from: [&[Wide]; 4]) {
    let mut factors = [lanes.splat(0.0); 4];
    for k in 0..4 {
        factors[k] = lanes.splat(by[k]);
    }
    for (at, to) in to.iter_mut().enumerate() {
        let mut parts = factors;
        for k in 0..4 {
            parts[k] = lanes.multiply(factors[k], lanes.load(&from[k][at]));
        }
        let four = lanes.add(lanes.add(parts[0], parts[1]), lanes.add(parts[2], parts[3]));
        let sum = lanes.add(lanes.load(to), four);
        lanes.store(sum, to);
    }
}

/// to ← to + by·from.
#[inline(always)]
pub(super) fn add<F: Copy + Mul<Output = F> + AddAssign>(to: &mut [F], by: F, from: &[F]) {
    to.iter_mut().zip(from).for_each(|(to, x)| *to += by * *x);
}

/// a·b in sixteen partial sums, so that additions need not wait for each other; both of the same length, in [`LANE`]s.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (pairs_a, rest_a) = a.as_chunks::<{ 2 * LANE }>();
    let (pairs_b, rest_b) = b.as_chunks::<{ 2 * LANE }>();
    let mut strands = [0.0; 2 * LANE];
    for (a, b) in pairs_a.iter().zip(pairs_b) {
        for k in 0..2 * LANE {
            strands[k] += a[k] * b[k];
        }
    }
    let (rest_a, rest_b) = (rest_a.as_chunks::<LANE>().0, rest_b.as_chunks::<LANE>().0);
    for (a, b) in rest_a.iter().zip(rest_b) {
        for k in 0..LANE {
            strands[k] += a[k] * b[k];
        }
    }
    Any.total(strands)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dot<'a>(&'a [f32], &'a [f32]);

    impl Kernel for Dot<'_> {
        type Output = f32;

        #[inline(always)]
        fn run(self) -> f32 {
            dot(self.0, self.1)
        }
    }

    #[test]
    fn wide_and_narrow_give_the_same_bits_and_the_right_sum() {
        for n in [0, 8, 16, 24, 104] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
            let a: Vec<f32> = (0..n).map(number).collect();
            let b: Vec<f32> = (0..n).map(|k| number(k * 31 + 5)).collect();
            let naive: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            let wide = run_wide(Dot(&a, &b));
            assert_eq!(wide.to_bits(), Dot(&a, &b).run().to_bits());
            assert!((f64::from(wide) - naive).abs() < 1e-5, "{n}: {wide} {naive}");
        }
    }

    const ROWS: usize = 37;

    fn panel<const WIDTH: usize>(salt: usize) -> Vec<[f32; WIDTH]> {
        let number = |k: usize| (((k + salt) * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
        (0..ROWS)
            .map(|row| std::array::from_fn(|k| number(row * WIDTH + k)))
            .collect()
    }

    /// All products of 6 columns of one panel with 16 of another, row by row, and the bytes of a row.
    #[derive(Clone)]
    struct Products<const FUSED: bool>;

    impl<const FUSED: bool> Shaped for Products<FUSED> {
        type Output = (Vec<f32>, usize);

        #[inline(always)]
        fn run<S: Lanes<f32>>(self, lanes: S) -> Self::Output {
            let (left, right) = (panel::<8>(0), panel::<32>(5));
            let mut all = vec![0.0; 6 * WIDE];
            for row in [0, 3] {
                tile::<S, 3, 1, FUSED, 8, 32>(lanes, (&left, 2 + row), (&right, 8), |r, [sum]| {
                    lanes.store(sum, &mut all[(row + r) * WIDE..]);
                });
            }
            (all, size_of::<S::Row>())
        }
    }

    #[test]
    fn a_tile_has_the_same_bits_in_vectors_of_every_width() {
        let (left, right) = (panel::<8>(0), panel::<32>(5));
        let exact = |at: usize| -> f64 {
            let (row, column) = (2 + at / 16, 8 + at % 16);
            (0..ROWS)
                .map(|k| f64::from(left[k][row]) * f64::from(right[k][column]))
                .sum()
        };
        let all = on_every_width(Products::<false>);
        for (products, bytes) in &all {
            assert_eq!(*bytes, 64);
            assert_eq!(products, &all[0].0);
        }
        for (products, _) in all.into_iter().chain(on_every_width(Products::<true>)) {
            assert_eq!(products.len(), 6 * 16);
            for (at, seen) in products.iter().enumerate() {
                assert!(
                    (f64::from(*seen) - exact(at)).abs() < 1e-5,
                    "{at}: {seen} {}",
                    exact(at)
                );
            }
        }
    }

    /// Which numbers reach a bound.
    #[derive(Clone)]
    struct Reaches(Vec<f32>, f32);

    impl Shaped for Reaches {
        type Output = bool;

        #[inline(always)]
        fn run<S: Lanes<f32>>(self, lanes: S) -> bool {
            let bound = lanes.splat(self.1);
            (0..32)
                .step_by(WIDE)
                .any(|at| lanes.any_reaches(lanes.load(&self.0[at..]), bound))
        }
    }

    #[test]
    fn whatever_reaches_a_bound_is_seen_in_vectors_of_every_width() {
        for (at, bound, reaches) in [(0, 1.0, true), (31, 1.0, true), (13, 1.5, false), (7, f32::NAN, false)] {
            let mut numbers = vec![0.5; 32];
            numbers[at] = 1.0;
            assert!(
                on_every_width(Reaches(numbers, bound))
                    .iter()
                    .all(|seen| *seen == reaches),
                "{at}"
            );
        }
    }
}
