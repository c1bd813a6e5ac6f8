//! What training will take, said before it begins.

use std::fmt;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

use super::Params;
use crate::data::Dataset;
use crate::task::Pool;

/// An estimate of what training takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FitCost {
    pub seconds: f64,
    pub bytes: f64,
}

impl FitCost {
    /// Worth a word before it starts: ten seconds, or a gigabyte.
    pub fn is_large(&self) -> bool {
        self.seconds >= 10.0 || self.bytes >= 1e9
    }

    /// Of factors learned in passes over all ratings: epochs · ratings · factors steps of this pace.
    pub(super) fn of_epochs(data: &Dataset, params: &Params, step: StepTime, pool: &Pool) -> Self {
        let factors = params.whole("factors") as f64;
        let steps = params.whole("epochs") as f64 * data.n_ratings() as f64 * factors;
        Self {
            seconds: step.seconds(steps, pool),
            bytes: 8.0 * factors * (data.n_users() + data.n_items()) as f64,
        }
    }
}

impl fmt::Display for FitCost {
    /// `about 2.5 GB of memory and 60 seconds here`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {:.1} GB of memory and ", self.bytes / 1e9)?;
        match self.seconds {
            seconds if seconds < 100.0 => write!(f, "{:.0} seconds here", seconds.max(1.0)),
            seconds => write!(f, "{:.0} minutes here", seconds / 60.0),
        }
    }
}

/// How long a model takes for one step of its training: nanoseconds of a processor that does 8 multiplications and additions in
/// one (how far this one is from that is measured as well), as measured on MovieLens 1M; larger data leave the caches, and take
/// up to twice as long.
#[derive(Clone, Copy, Debug)]
pub struct StepTime {
    nanoseconds: f64,
    shared: bool,
}

impl StepTime {
    /// One thread takes all steps.
    pub(super) const fn alone(nanoseconds: f64) -> Self {
        Self {
            nanoseconds,
            shared: false,
        }
    }

    /// All threads share them.
    pub(super) const fn shared(nanoseconds: f64) -> Self {
        Self {
            nanoseconds,
            shared: true,
        }
    }

    pub(super) fn seconds(self, steps: f64, pool: &Pool) -> f64 {
        let threads = if self.shared { pool.threads() as f64 } else { 1.0 };
        steps * self.nanoseconds * 1e-9 * slowness() / threads
    }
}

/// How many times longer this processor takes for arithmetic than the one that paces are given for; 1 there.
fn slowness() -> f64 {
    static SLOWNESS: OnceLock<f64> = OnceLock::new();
    *SLOWNESS.get_or_init(|| {
        let (row, mut sums) = ([0.5f32; 1024], [0.0f32; 1024]);
        // The quickest of them: others may have had to wait for a processor.
        let quickest = (0..16)
            .map(|_| {
                let start = Instant::now();
                for scale in 0..64u16 {
                    let scale = black_box(f32::from(scale));
                    sums.iter_mut().zip(&row).for_each(|(sum, x)| *sum += scale * x);
                }
                black_box(&mut sums);
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        quickest * 1e9 * 8.0 / (64.0 * 1024.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Formula;
    use crate::models::tests_common::dataset;

    /// Twice the epochs or factors take twice as long, and a model without passes says nothing.
    #[test]
    fn costs_grow_with_what_is_done() {
        let data = dataset(&[(0, 0, 4.0), (0, 1, 2.0), (1, 1, 5.0)], 0);
        let pool = Pool::new("test", 1);
        let cost = |text: &str| Formula::parse(text).unwrap().cost(&data, &pool);
        for model in ["svd", "svdpp", "nmf", "bpr", "warp", "lmf", "als", "two-tower"] {
            let of = |epochs: u32, factors: u32| cost(&format!("{model}:epochs={epochs},factors={factors}"));
            let (one, twice) = (of(10, 8), of(20, 8));
            assert!(one.seconds > 0.0, "{model}");
            assert!((twice.seconds / one.seconds - 2.0).abs() < 1e-12, "{model}");
            assert!((of(10, 16).seconds / one.seconds - 2.0).abs() < 1e-12, "{model}");
            assert!(!one.is_large(), "{model} on three ratings");
        }
        assert_eq!(cost("popularity"), FitCost::default());
        let sum = cost("0.5*svd + 0.5*nmf").seconds;
        assert!((sum - cost("svd").seconds - cost("nmf").seconds).abs() < 1e-18);
    }
}
