//! Loops compiled for any machine and for wider vectors, with one choice between them at run time.

use std::ops::{AddAssign, Mul};

/// A loop worth compiling more than once. [`Kernel::run`] must be `#[inline(always)]`, and so must all that it calls where the
/// compiler might not inline by itself: what isn't inlined into [`run_wide`] is not compiled for wider vectors.
pub(super) trait Kernel {
    type Output;

    fn run(self) -> Self::Output;
}

/// Runs a kernel with the widest vectors that the machine has: 512 bits with AVX-512, 256 with AVX2.
///
/// The bits are the same either way: wider vectors add and multiply the same numbers in the same order, and fused
/// multiply-add, which would round differently, is left out.
#[inline]
pub(super) fn run_wide<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    match Width::detected() {
        // SAFETY: all that the function requires was just detected.
        Width::Bits512 => return unsafe { with_avx512(kernel) },
        // SAFETY: likewise.
        Width::Bits256 => return unsafe { with_avx2(kernel) },
        Width::Any => {}
    }
    kernel.run()
}

/// A loop worth compiling for each width, with fused multiply-add where the machine has it: for estimates whose bits do not
/// show. As for a [`Kernel`], all must be inlined.
pub(super) trait Fused {
    type Output;

    /// `LANES` is how many `f32` a vector has: 16 and 8 with fused multiply-add, 4 without.
    fn run<const LANES: usize>(self) -> Self::Output;
}

/// Runs a fused kernel with the widest vectors that the machine has.
#[inline]
pub(super) fn run_fused<K: Fused>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    match Width::detected() {
        // SAFETY: all that the function requires was just detected.
        Width::Bits512 => return unsafe { fused_with_avx512(kernel) },
        // SAFETY: likewise.
        Width::Bits256 => return unsafe { fused_with_avx2(kernel) },
        Width::Any => {}
    }
    kernel.run::<4>()
}

/// The widest vectors of this machine that there are kernels for.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Any,
    /// AVX2 and fused multiply-add: every x86 since 2015.
    Bits256,
    /// AVX-512 with its byte, double-word and narrow instructions: servers since 2017, Zen since its fourth.
    Bits512,
}

#[cfg(target_arch = "x86_64")]
impl Width {
    #[inline]
    fn detected() -> Self {
        use std::arch::is_x86_feature_detected as has;
        if !(has!("avx2") && has!("fma")) {
            Self::Any
        } else if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
            Self::Bits512
        } else {
            Self::Bits256
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fused_with_avx2<K: Fused>(kernel: K) -> K::Output {
    kernel.run::<8>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
fn fused_with_avx512<K: Fused>(kernel: K) -> K::Output {
    kernel.run::<16>()
}

/// Rows are padded to a multiple of so many `f32`, so that loops over them have no remainders.
pub(super) const LANE: usize = 8;

/// `n` rounded up to a multiple of [`LANE`].
pub(super) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANE)
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
    let mut half = [0.0; LANE];
    for k in 0..LANE {
        half[k] = strands[k] + strands[k + LANE];
    }
    let mut quarter = [0.0; 4];
    for k in 0..4 {
        quarter[k] = half[k] + half[k + 4];
    }
    (quarter[0] + quarter[2]) + (quarter[1] + quarter[3])
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
}
