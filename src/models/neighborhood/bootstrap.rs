//! How far a similarity might be off for want of common entries: the percentile bootstrap.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::Serialize;

use super::pair::InCommon;
use super::similarity::Measure;
use super::sums::Sums;

/// How similarities are drawn anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bootstrap {
    /// How often.
    pub draws: u32,
    /// Of the draws; every pair with as many common entries draws the same places.
    pub seed: u64,
}

impl Bootstrap {
    /// The share of the draws that the interval holds, in percent: the tails have equal weight.
    pub const LEVEL: u32 = 95;

    /// Enough that the ends of an interval move by less than its tenth from seed to seed.
    pub const DRAWS: u32 = 400;

    /// With the usual number of draws.
    pub fn of_seed(seed: u64) -> Self {
        Self {
            draws: Self::DRAWS,
            seed,
        }
    }
}

/// How much a similarity is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Significance {
    /// The similarity before it is shrunk.
    pub unshrunk: f64,
    /// The central 95 % of the similarities (shrunk as the measure says) that come out where the common entries are drawn
    /// anew, as many, with replacement, the rows staying as they are otherwise. `null` where nothing could vary: for fewer than
    /// two common entries, for entries that are all alike, and for measures that count entries whatever their ratings; and
    /// where most draws have no similarity.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl InCommon<'_> {
    /// The significance of the similarity; `None` where there is none. O(draws · common entries).
    pub fn significance(&self, measure: Measure, bootstrap: Bootstrap) -> Option<Significance> {
        let plain = Measure {
            shrinkage: 0.0,
            ..measure
        };
        let unshrunk = self.similarity(plain).ok()?;
        let ends = self.interval(measure, bootstrap);
        Some(Significance {
            unshrunk,
            low: ends.map(|e| e.0),
            high: ends.map(|e| e.1),
        })
    }

    fn interval(&self, measure: Measure, bootstrap: Bootstrap) -> Option<(f64, f64)> {
        let entries: Vec<(f64, f64)> = self.seen().collect();
        if entries.len() < 2 || measure.similarity.compares_sets() {
            return None;
        }
        let mut random = Pcg64::seed_from_u64(bootstrap.seed);
        let mut drawn: Vec<f64> = Vec::with_capacity(bootstrap.draws as usize);
        for _ in 0..bootstrap.draws {
            let mut sums = Sums::default();
            for _ in 0..entries.len() {
                let (x, y) = entries[random.random_range(0..entries.len())];
                sums.add(x, y);
            }
            drawn.extend(self.similarity_of(&sums, measure).ok());
        }
        if drawn.len() * 2 < bootstrap.draws as usize || drawn.is_empty() {
            return None;
        }
        drawn.sort_unstable_by(f64::total_cmp);
        let tail = (100.0 - f64::from(Bootstrap::LEVEL)) / 200.0;
        let (low, high) = (at(&drawn, tail), at(&drawn, 1.0 - tail));
        // Equal entries give equal draws, however few they are: that is no certainty.
        (low < high).then_some((low, high))
    }
}

/// The smallest of the ascending `values` that at least this share of them does not exceed.
fn at(values: &[f64], share: f64) -> f64 {
    let place = (share * values.len() as f64 - 1e-9).ceil() as usize;
    values[place.clamp(1, values.len()) - 1]
}
