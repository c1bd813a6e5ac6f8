use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::SplitError;
use crate::evaluate::numpy_rng::{Draw, NumpyRng};
use crate::models::{Parameter, Params, Range};

/// The parameter of every random split: what it begins with.
pub(super) const SEED: Parameter = Parameter {
    name: "seed",
    range: Range::Whole(0, u64::MAX),
    default: "that of --seed",
    doc: "what the random numbers begin with; below 2^32 for generator=numpy",
};

/// The parameter of every random split: whose random numbers.
pub(super) const GENERATOR: Parameter = Parameter {
    name: "generator",
    range: Range::Choice(&["pcg", "numpy"]),
    default: "pcg",
    doc: "numpy draws as numpy's legacy generator does, so that published splits are met exactly",
};

/// The generator that a split asks for. Both serve numpy's recipes; only their words differ.
pub(super) enum Draws {
    Numpy(Box<NumpyRng>),
    Pcg(Pcg64),
}

impl Draws {
    /// The generator of `generator=`, seeded with `seed=` (0 where the split has none).
    pub(super) fn of(params: &Params) -> Result<Self, SplitError> {
        let seed = params.whole("seed") as u64;
        if params.word("generator") != "numpy" {
            return Ok(Self::Pcg(Pcg64::seed_from_u64(seed)));
        }
        match u32::try_from(seed) {
            Ok(seed) => Ok(Self::Numpy(Box::new(NumpyRng::new(seed)))),
            Err(_) => Err(SplitError(format!(
                "seed={seed} is too large for generator=numpy: at most {}",
                u32::MAX
            ))),
        }
    }

    /// The numbers 0 to n − 1 in random order.
    pub(super) fn permutation(&mut self, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        self.shuffle(&mut order);
        order
    }
}

impl Draw for Draws {
    fn word(&mut self) -> u32 {
        match self {
            Self::Numpy(rng) => rng.word(),
            Self::Pcg(rng) => rng.next_u32(),
        }
    }
}
