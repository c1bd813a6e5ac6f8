//! Vectors of `f32` by name: the only place where the processor's own instructions are called.
//!
//! A value of [`Bits512`] or [`Bits256`] is the proof that the machine has these vectors: only this file makes one, right
//! after it has looked. What takes that proof is safe to call.

use super::Kernel;

/// Vectors of `N` numbers, and what can be done with them.
pub(in crate::models) trait Lanes: Copy {
    type Vector: Copy;

    const N: usize;

    /// The same number everywhere.
    fn splat(self, x: f32) -> Self::Vector;

    /// The first numbers of `from`. Panics where there are too few.
    fn load(self, from: &[f32]) -> Self::Vector;

    /// Overwrites the first numbers of `to`. Panics where there are too few.
    fn store(self, x: Self::Vector, to: &mut [f32]);

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// a·b + c, rounded once where the machine can, else twice.
    fn fused(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// Whether any number of `a` is no less than the same one of `b`.
    fn any_reaches(self, a: Self::Vector, b: Self::Vector) -> bool;
}

/// A loop written in vectors. As for a [`Kernel`], all must be inlined.
pub(in crate::models) trait Shaped {
    type Output;

    fn run<S: Lanes>(self, lanes: S) -> Self::Output;
}

/// Vectors for any machine.
#[derive(Clone, Copy)]
struct Any;

impl Lanes for Any {
    type Vector = [f32; 4];

    const N: usize = 4;

    #[inline(always)]
    fn splat(self, x: f32) -> [f32; 4] {
        [x; 4]
    }

    #[inline(always)]
    fn load(self, from: &[f32]) -> [f32; 4] {
        std::array::from_fn(|k| from[k])
    }

    #[inline(always)]
    fn store(self, x: [f32; 4], to: &mut [f32]) {
        to[..4].copy_from_slice(&x);
    }

    #[inline(always)]
    fn add(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|k| a[k] + b[k])
    }

    #[inline(always)]
    fn multiply(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|k| a[k] * b[k])
    }

    #[inline(always)]
    fn fused(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|k| a[k] * b[k] + c[k])
    }

    #[inline(always)]
    fn any_reaches(self, a: [f32; 4], b: [f32; 4]) -> bool {
        (0..4).any(|k| a[k] >= b[k])
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _CMP_GE_OQ, _mm256_add_ps, _mm256_cmp_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_movemask_ps,
        _mm256_mul_ps, _mm256_set1_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_fmadd_ps,
        _mm512_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps,
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
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
            fn run<K: Shaped>(lanes: Bits512, kernel: K) -> K::Output {
                kernel.run(lanes)
            }
            // SAFETY: `self` proves what the function requires.
            unsafe { run(self, kernel) }
        }
    }

    macro_rules! lanes {
        ($lanes:ty, $vector:ty, $n:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $multiply:ident,
         $fused:ident, $reaches:expr) => {
            // SAFETY of all: `self` proves that the machine has the instruction; what is read and written was checked to be
            // as long as a vector, and needs no alignment.
            impl Lanes for $lanes {
                type Vector = $vector;

                const N: usize = $n;

                #[inline(always)]
                fn splat(self, x: f32) -> $vector {
                    unsafe { $splat(x) }
                }

                #[inline(always)]
                fn load(self, from: &[f32]) -> $vector {
                    unsafe { $load(from[..$n].as_ptr()) }
                }

                #[inline(always)]
                fn store(self, x: $vector, to: &mut [f32]) {
                    unsafe { $store(to[..$n].as_mut_ptr(), x) }
                }

                #[inline(always)]
                fn add(self, a: $vector, b: $vector) -> $vector {
                    unsafe { $add(a, b) }
                }

                #[inline(always)]
                fn multiply(self, a: $vector, b: $vector) -> $vector {
                    unsafe { $multiply(a, b) }
                }

                #[inline(always)]
                fn fused(self, a: $vector, b: $vector, c: $vector) -> $vector {
                    unsafe { $fused(a, b, c) }
                }

                #[inline(always)]
                fn any_reaches(self, a: $vector, b: $vector) -> bool {
                    let reaches: unsafe fn($vector, $vector) -> bool = $reaches;
                    unsafe { reaches(a, b) }
                }
            }
        };
    }

    lanes!(
        Bits256,
        __m256,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        _mm256_fmadd_ps,
        |a, b| unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(a, b)) != 0 }
    );
    lanes!(
        Bits512,
        __m512,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        _mm512_fmadd_ps,
        |a, b| unsafe { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) != 0 }
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

/// Runs a loop written in vectors with the widest that the machine has: 512 bits with AVX-512, 256 with AVX2.
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
