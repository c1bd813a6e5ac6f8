//! The random numbers that published splits were drawn with: numpy's legacy generator, and its recipes on top.

/// A source of 32-bit words, with numpy's legacy recipes for what is made of them.
pub trait Draw {
    fn word(&mut self) -> u32;

    /// A number in \[0, 1) of 53 bits: of two words a, b it is ((a >> 5)·2²⁶ + (b >> 6)) / 2⁵³, as numpy's
    /// `RandomState.rand`.
    fn rand(&mut self) -> f64 {
        let high = f64::from(self.word() >> 5);
        let low = f64::from(self.word() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Shuffles in place as numpy's `RandomState.shuffle`: for i from the last down to 1, words under the smallest mask
    /// 2ᵏ − 1 ≥ i are drawn until one is at most i, and that entry changes places with entry i.
    ///
    /// O(n); for at most 2³² entries, which all positions of a dataset are.
    fn shuffle<T>(&mut self, entries: &mut [T]) {
        for last in (1..entries.len()).rev() {
            let bound = last as u32;
            let mask = u32::MAX >> bound.leading_zeros();
            let other = loop {
                let candidate = self.word() & mask;
                if candidate <= bound {
                    break candidate as usize;
                }
            };
            entries.swap(last, other);
        }
    }
}

const N: usize = 624;
const M: usize = 397;

/// MT19937, seeded with one integer as numpy's `RandomState(seed)` and `np.random.seed(seed)` do (`init_genrand`).
///
/// Matsumoto and Nishimura 1998: Mersenne twister.
#[derive(Clone, Debug)]
pub struct NumpyRng {
    state: [u32; N],
    next: usize,
}

impl NumpyRng {
    pub fn new(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let before = state[i - 1];
            state[i] = 1_812_433_253_u32
                .wrapping_mul(before ^ (before >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, next: N }
    }

    fn twist(&mut self) {
        for i in 0..N {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }
}

impl Draw for NumpyRng {
    fn word(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_reference_implementation() {
        let mut rng = NumpyRng::new(5489);
        let words: Vec<u32> = (0..5).map(|_| rng.word()).collect();
        assert_eq!(
            words,
            [3_499_211_612, 581_869_302, 3_890_346_734, 3_586_334_585, 545_404_204]
        );
        // The 10,000th word that the C++ standard requires of mt19937.
        assert_eq!((5..10_000).map(|_| rng.word()).last(), Some(4_123_659_995));
    }

    /// Figures printed by numpy 2.4: `RandomState(42).rand(4)`, `RandomState(1).rand(100001)[-1]`.
    #[test]
    fn rand_is_numpys_bit_for_bit() {
        let mut rng = NumpyRng::new(42);
        let four = [(); 4].map(|()| rng.rand());
        let expected = [
            0.374_540_118_847_362_5,
            0.950_714_306_409_916_2,
            0.731_993_941_811_405_1,
            0.598_658_484_197_036_6,
        ];
        assert_eq!(four, expected);
        let mut rng = NumpyRng::new(1);
        assert_eq!((0..100_001).map(|_| rng.rand()).last(), Some(0.318_461_220_541_441_77));
    }

    #[test]
    fn shuffle_is_that_of_the_published_folds() {
        let mut order: Vec<u32> = (0..100_000).collect();
        NumpyRng::new(0).shuffle(&mut order);
        assert_eq!(order[..8], [3582, 60498, 53227, 21333, 3885, 51521, 84261, 10685]);
        assert_eq!(order[99_997..], [42613, 43567, 68268]);
    }

    /// `RandomState(seed).shuffle(arange(n))`, then `rand()`, in numpy 2.4.
    #[test]
    fn shuffle_and_what_follows_are_numpys() {
        let mut rng = NumpyRng::new(7);
        let mut order: Vec<u32> = (0..10).collect();
        rng.shuffle(&mut order);
        assert_eq!(order, [8, 5, 0, 2, 1, 9, 7, 3, 6, 4]);
        assert_eq!(rng.rand(), 0.072_051_133_359_761_54);
        let mut rng = NumpyRng::new(u32::MAX);
        let mut order: Vec<u64> = (0..33).collect();
        rng.shuffle(&mut order);
        assert_eq!(order[..10], [24, 15, 19, 3, 21, 2, 28, 30, 1, 6]);
        assert_eq!(order.iter().zip(0..).map(|(a, i)| a * i).sum::<u64>(), 8417);
        assert_eq!(rng.rand(), 0.648_110_841_346_070_4);
    }

    #[test]
    fn nothing_and_one_entry_cost_no_word() {
        let mut rng = NumpyRng::new(3);
        rng.shuffle::<u8>(&mut []);
        rng.shuffle(&mut [1]);
        assert_eq!(rng.word(), NumpyRng::new(3).word());
    }
}
