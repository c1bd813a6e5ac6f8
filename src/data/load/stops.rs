//! Where runs of plain characters end, many bytes at a time.

/// The lowest plain character is `!`: what lies below is blank or controls something.
pub(super) const PLAIN: u8 = b'!';

/// Bit k speaks of byte k.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stops {
    pub separators: u64,
    /// What else is a quotation mark or no plain ASCII character.
    pub others: u64,
}

impl Stops {
    /// Those of the first `window` bytes, a multiple of 16 up to 64. Panics where there are fewer.
    #[inline(always)]
    #[cfg_attr(target_arch = "x86_64", allow(unsafe_code))]
    pub fn of(bytes: &[u8], window: usize, separator: u8) -> Self {
        let mut all = Self::default();
        for (at, bytes) in bytes[..window].as_chunks().0.iter().enumerate() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every processor of this kind has SSE2.
            let (separators, others) = unsafe { of_sixteen(bytes, separator) };
            #[cfg(not(target_arch = "x86_64"))]
            let (separators, others) = one_by_one(bytes, separator);
            all.separators |= u64::from(separators) << (16 * at);
            all.others |= u64::from(others) << (16 * at);
        }
        all.others &= !all.separators;
        all
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn of_sixteen(bytes: &[u8; 16], separator: u8) -> (u16, u16) {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let [low, high] = [0, 8].map(|at| i64::from_le_bytes(std::array::from_fn(|k| bytes[at + k])));
    let bytes = _mm_set_epi64x(high, low);
    let separators = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(separator.cast_signed()));
    let marks = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
    // Signed, what is not ASCII lies below as well.
    let below = _mm_cmplt_epi8(bytes, _mm_set1_epi8(PLAIN.cast_signed()));
    let others = _mm_movemask_epi8(_mm_or_si128(marks, below));
    (_mm_movemask_epi8(separators) as u16, others as u16)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn one_by_one(bytes: &[u8; 16], separator: u8) -> (u16, u16) {
    let bits = |is: &dyn Fn(u8) -> bool| (0..16).fold(0, |all, k| all | u16::from(is(bytes[k])) << k);
    let is_other = |byte| byte == b'"' || !(PLAIN..0x80).contains(&byte);
    (bits(&|byte| byte == separator), bits(&is_other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_is_looked_at(bytes in proptest::collection::vec(any::<u8>(), 64), separator in 0u8..0x80) {
            for window in [16, 32, 64] {
                let mut wanted = Stops::default();
                for (at, sixteen) in bytes[..window].as_chunks().0.iter().enumerate() {
                    let (separators, others) = one_by_one(sixteen, separator);
                    wanted.separators |= u64::from(separators) << (16 * at);
                    wanted.others |= u64::from(others & !separators) << (16 * at);
                }
                prop_assert_eq!(Stops::of(&bytes, window, separator), wanted);
            }
        }
    }
}
