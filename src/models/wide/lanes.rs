//! Rows of numbers in registers, by the processor's own instructions.
//!
//! A value of `Bits512` or `Bits256` is the proof that the machine has vectors of that width: only this file makes one,
//! right after it has looked. What takes that proof is safe to call.

use super::Kernel;

/// What can be done with a row of 64 bytes (16 `f32` or 8 `f64`), in as many vectors as the machine needs for it.
pub(in crate::models) trait Lanes<F>: Copy {
    /// The row.
    type Row: Copy;

    /// How many rows all registers hold.
    const ROWS: usize;

    /// The same number everywhere.
    fn splat(self, x: F) -> Self::Row;

    /// The first numbers of `from`. Panics where there are too few.
    fn load(self, from: &[F]) -> Self::Row;

    /// Overwrites the first numbers of `to`. Panics where there are too few.
    fn store(self, x: Self::Row, to: &mut [F]);

    fn add(self, a: Self::Row, b: Self::Row) -> Self::Row;

    fn multiply(self, a: Self::Row, b: Self::Row) -> Self::Row;

    /// a·b + c, rounded once where the machine can, else twice.
    fn fused(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row;

    /// Whether any number of `a` is no less than the same one of `b`.
    fn any_reaches(self, a: Self::Row, b: Self::Row) -> bool;

    /// The sum of all numbers, by halves: the first half to the second, and so on.
    fn total(self, x: Self::Row) -> F;

    /// Asks for what will be read soon.
    fn prefetch(self, from: &[F]);
}

/// A loop written in rows of registers. As for a [`Kernel`], all must be inlined.
pub(in crate::models) trait Shaped {
    type Output;

    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) -> Self::Output;
}

/// For any machine.
#[derive(Clone, Copy)]
pub(super) struct Any;

macro_rules! any_lanes {
    ($number:ty, $n:literal) => {
        impl Lanes<$number> for Any {
            type Row = [$number; $n];

            const ROWS: usize = 4;

            #[inline(always)]
            fn splat(self, x: $number) -> Self::Row {
                [x; $n]
            }

            #[inline(always)]
            fn load(self, from: &[$number]) -> Self::Row {
                std::array::from_fn(|k| from[k])
            }

            #[inline(always)]
            fn store(self, x: Self::Row, to: &mut [$number]) {
                to[..$n].copy_from_slice(&x);
            }

            #[inline(always)]
            fn add(self, a: Self::Row, b: Self::Row) -> Self::Row {
                std::array::from_fn(|k| a[k] + b[k])
            }

            #[inline(always)]
            fn multiply(self, a: Self::Row, b: Self::Row) -> Self::Row {
                std::array::from_fn(|k| a[k] * b[k])
            }

            #[inline(always)]
            fn fused(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row {
                std::array::from_fn(|k| a[k] * b[k] + c[k])
            }

            #[inline(always)]
            fn any_reaches(self, a: Self::Row, b: Self::Row) -> bool {
                (0..$n).any(|k| a[k] >= b[k])
            }

            #[inline(always)]
            fn total(self, mut x: Self::Row) -> $number {
                let mut n = $n / 2;
                while n > 0 {
                    for k in 0..n {
                        x[k] += x[k + n];
                    }
                    n /= 2;
                }
                x[0]
            }

            #[inline(always)]
            fn prefetch(self, _: &[$number]) {}
        }
    };
}

any_lanes!(f32, 16);
any_lanes!(f64, 8);

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m256d, __m512, __m512d, _CMP_GE_OQ, _MM_HINT_T0, _mm_add_pd, _mm_add_ps, _mm_add_sd, _mm_add_ss,
        _mm_cvtsd_f64, _mm_cvtss_f32, _mm_movehl_ps, _mm_prefetch, _mm_shuffle_ps, _mm_unpackhi_pd, _mm256_add_pd,
        _mm256_add_ps, _mm256_castpd256_pd128, _mm256_castps256_ps128, _mm256_cmp_pd, _mm256_cmp_ps,
        _mm256_extractf128_pd, _mm256_extractf128_ps, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_loadu_pd,
        _mm256_loadu_ps, _mm256_movemask_pd, _mm256_movemask_ps, _mm256_mul_pd, _mm256_mul_ps, _mm256_set1_pd,
        _mm256_set1_ps, _mm256_storeu_pd, _mm256_storeu_ps, _mm512_add_pd, _mm512_add_ps, _mm512_castpd512_pd256,
        _mm512_castps512_ps256, _mm512_cmp_pd_mask, _mm512_cmp_ps_mask, _mm512_extractf32x8_ps, _mm512_extractf64x4_pd,
        _mm512_fmadd_pd, _mm512_fmadd_ps, _mm512_loadu_pd, _mm512_loadu_ps, _mm512_mul_pd, _mm512_mul_ps,
        _mm512_set1_pd, _mm512_set1_ps, _mm512_storeu_pd, _mm512_storeu_ps,
    };

    use super::{Kernel, Lanes, Shaped};

    /// The proof that there is AVX2 with fused multiply-add: every x86 since 2015.
    #[derive(Clone, Copy)]
    pub struct Bits256(());

    /// The proof that there is AVX-512 with its byte, double-word and narrow instructions: servers since 2017, Zen since
    /// its fourth.
    #[derive(Clone, Copy)]
    pub struct Bits512(());

    impl Bits256 {
        #[inline]
        pub fn detected() -> Option<Self> {
            use std::arch::is_x86_feature_detected as has;
            (has!("avx2") && has!("fma")).then_some(Self(()))
        }

        /// Runs a kernel with these vectors.
        pub fn run_kernel<K: Kernel>(self, kernel: K) -> K::Output {
            #[target_feature(enable = "avx2")]
            fn run<K: Kernel>(_: Bits256, kernel: K) -> K::Output {
                kernel.run()
            }
            // SAFETY: `self` proves what the function requires.
            unsafe { run(self, kernel) }
        }

        pub fn run_shaped<K: Shaped>(self, kernel: K) -> K::Output {
            #[target_feature(enable = "avx2,fma")]
            fn run<K: Shaped>(lanes: Bits256, kernel: K) -> K::Output {
                kernel.run(lanes)
            }
            // SAFETY: `self` proves what the function requires.
            unsafe { run(self, kernel) }
        }
    }

    impl Bits512 {
        #[inline]
        pub fn detected() -> Option<Self> {
            use std::arch::is_x86_feature_detected as has;
            let narrow = has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
            (has!("avx512f") && narrow && Bits256::detected().is_some()).then_some(Self(()))
        }

        pub fn run_shaped<K: Shaped>(self, kernel: K) -> K::Output {
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn run<K: Shaped>(lanes: Bits512, kernel: K) -> K::Output {
                kernel.run(lanes)
            }
            // SAFETY: `self` proves what the function requires.
            unsafe { run(self, kernel) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn reaches_256(a: __m256, b: __m256) -> bool {
        _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(a, b)) != 0
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn reaches_256d(a: __m256d, b: __m256d) -> bool {
        _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GE_OQ>(a, b)) != 0
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn reaches_512(a: __m512, b: __m512) -> bool {
        _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) != 0
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn reaches_512d(a: __m512d, b: __m512d) -> bool {
        _mm512_cmp_pd_mask::<_CMP_GE_OQ>(a, b) != 0
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn total_256([a, b]: [__m256; 2]) -> f32 {
        let eight = _mm256_add_ps(a, b);
        let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn total_256d([a, b]: [__m256d; 2]) -> f64 {
        let four = _mm256_add_pd(a, b);
        let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
        _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx2")]
    fn total_512([x]: [__m512; 1]) -> f32 {
        total_256([_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x)])
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx2")]
    fn total_512d([x]: [__m512d; 1]) -> f64 {
        total_256d([_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd::<1>(x)])
    }

    /// A row of `$n` numbers in `$vectors` vectors of `$each`.
    macro_rules! lanes {
        ($lanes:ty, $rows:literal, $number:ty, $vector:ty, $vectors:literal, $each:literal, $splat:ident, $load:ident,
         $store:ident, $add:ident, $multiply:ident, $fused:ident, $reaches:ident, $total:ident) => {
            // SAFETY of all: `self` proves that the machine has the instruction; what is read and written was checked to be
            // as long as a row, and needs no alignment.
            impl Lanes<$number> for $lanes {
                type Row = [$vector; $vectors];

                const ROWS: usize = $rows;

                #[inline(always)]
                fn splat(self, x: $number) -> Self::Row {
                    [unsafe { $splat(x) }; $vectors]
                }

                #[inline(always)]
                fn load(self, from: &[$number]) -> Self::Row {
                    let from = &from[..$vectors * $each];
                    let mut row: Self::Row = [unsafe { $splat(0.0) }; $vectors];
                    for k in 0..$vectors {
                        row[k] = unsafe { $load(from[k * $each..].as_ptr()) };
                    }
                    row
                }

                #[inline(always)]
                fn store(self, x: Self::Row, to: &mut [$number]) {
                    let to = &mut to[..$vectors * $each];
                    for k in 0..$vectors {
                        unsafe { $store(to[k * $each..].as_mut_ptr(), x[k]) };
                    }
                }

                #[inline(always)]
                fn add(self, a: Self::Row, b: Self::Row) -> Self::Row {
                    let mut row = a;
                    for k in 0..$vectors {
                        row[k] = unsafe { $add(a[k], b[k]) };
                    }
                    row
                }

                #[inline(always)]
                fn multiply(self, a: Self::Row, b: Self::Row) -> Self::Row {
                    let mut row = a;
                    for k in 0..$vectors {
                        row[k] = unsafe { $multiply(a[k], b[k]) };
                    }
                    row
                }

                #[inline(always)]
                fn fused(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row {
                    let mut row = a;
                    for k in 0..$vectors {
                        row[k] = unsafe { $fused(a[k], b[k], c[k]) };
                    }
                    row
                }

                #[inline(always)]
                fn any_reaches(self, a: Self::Row, b: Self::Row) -> bool {
                    let mut any = false;
                    for k in 0..$vectors {
                        any |= unsafe { $reaches(a[k], b[k]) };
                    }
                    any
                }

                #[inline(always)]
                fn total(self, x: Self::Row) -> $number {
                    unsafe { $total(x) }
                }

                #[inline(always)]
                fn prefetch(self, from: &[$number]) {
                    // The start of a line of the cache: nothing is read, whatever stands there.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().cast()) };
                }
            }
        };
    }

    lanes!(
        Bits256,
        8,
        f32,
        __m256,
        2,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        _mm256_fmadd_ps,
        reaches_256,
        total_256
    );
    lanes!(
        Bits256,
        8,
        f64,
        __m256d,
        2,
        4,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_add_pd,
        _mm256_mul_pd,
        _mm256_fmadd_pd,
        reaches_256d,
        total_256d
    );
    lanes!(
        Bits512,
        32,
        f32,
        __m512,
        1,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        _mm512_fmadd_ps,
        reaches_512,
        total_512
    );
    lanes!(
        Bits512,
        32,
        f64,
        __m512d,
        1,
        8,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_add_pd,
        _mm512_mul_pd,
        _mm512_fmadd_pd,
        reaches_512d,
        total_512d
    );
}

/// Runs a kernel with vectors of 256 bits where the machine has AVX2. Wider ones gain nothing in loops over a few dozen
/// numbers, whose rest the compiler does one by one.
///
/// The bits are the same either way: wider vectors add and multiply the same numbers in the same order, and fused
/// multiply-add, which would round differently, is left out.
#[inline]
pub(in crate::models) fn run_wide<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = x86::Bits256::detected() {
        return lanes.run_kernel(kernel);
    }
    kernel.run()
}

/// Runs a loop written in rows with the widest vectors that the machine has: 512 bits with AVX-512, 256 with AVX2.
#[inline]
pub(in crate::models) fn run_shaped<K: Shaped>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = x86::Bits512::detected() {
        return lanes.run_shaped(kernel);
    } else if let Some(lanes) = x86::Bits256::detected() {
        return lanes.run_shaped(kernel);
    }
    kernel.run(Any)
}

/// What a kernel gives on every width that this machine has, the narrowest first.
#[cfg(test)]
pub(in crate::models) fn on_every_width<K: Shaped + Clone>(kernel: K) -> Vec<K::Output> {
    let mut all = vec![kernel.clone().run(Any)];
    #[cfg(target_arch = "x86_64")]
    {
        all.extend(x86::Bits256::detected().map(|lanes| lanes.run_shaped(kernel.clone())));
        all.extend(x86::Bits512::detected().map(|lanes| lanes.run_shaped(kernel)));
    }
    all
}
