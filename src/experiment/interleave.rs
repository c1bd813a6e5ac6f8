//! Interleaving: both lists in one, so that everybody is their own control (Radlinski, Kurup and Joachims 2008).

use rand::RngExt;
use serde::Serialize;

use super::power::{SizeFormula, n_of_means};
use super::simulate::{Behavior, Interleaver, Person};
use super::special::normal_two_sided;
use crate::bandit::{Posterior, stream_of};
use crate::task::{Cancelled, Report, Task};

/// The two-sided p-value of the sign test: that a fair coin falls at least as unevenly, exactly.
pub fn sign_test(wins_a: u64, wins_b: u64) -> f64 {
    let (few, n) = (wins_a.min(wins_b), wins_a + wins_b);
    if 2 * few == n {
        return 1.0;
    }
    // P(X ≤ few) of n fair coins is I_½(n − few, few + 1).
    let below = Posterior::new((n - few) as f64, few as f64 + 1.0).cdf(0.5);
    (2.0 * below).min(1.0)
}

/// What interleaving says, beside an A/B test on as many sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Interleaved {
    pub sessions: u64,
    /// Sessions in which A's items were clicked more often.
    pub wins_a: u64,
    pub wins_b: u64,
    pub ties: u64,
    /// Of the sign test, ties dropped.
    pub p: f64,
    pub ab: SplitTest,
    /// Sessions that a test at .05 needs in all to have 80 % power, by what was measured.
    pub needed: Option<f64>,
    /// The same of the A/B test on clicks a session.
    pub needed_ab: Option<f64>,
    /// needed_ab / needed, with the interval that chance leaves around it.
    pub ratio: Option<f64>,
    pub ratio_low: Option<f64>,
    pub ratio_high: Option<f64>,
    /// Why there is no ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// The A/B test on as many sessions of the same people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SplitTest {
    /// Clicks a session.
    pub a: f64,
    pub b: f64,
    pub z: f64,
    pub p: f64,
}

/// Sums of one number a session.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn mean(&self) -> f64 {
        if self.n > 0.0 { self.sum / self.n } else { 0.0 }
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        if self.n > 1.0 {
            ((self.squares - self.n * mean * mean) / (self.n - 1.0)).max(0.0)
        } else {
            0.0
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Chunk {
    wins: [u64; 2],
    score: Sums,
    split: [Sums; 2],
}

impl Chunk {
    fn merge(&mut self, other: &Self) {
        for arm in 0..2 {
            self.wins[arm] += other.wins[arm];
            self.split[arm].merge(&other.split[arm]);
        }
        self.score.merge(&other.score);
    }
}

/// Sessions a job.
const CHUNK: u64 = 1024;

/// Shows so many sessions an interleaved list, and as many others either list, and compares. Each session is of a person
/// drawn with replacement. The same whatever the number of threads.
///
/// # Errors
/// Cancellation.
pub fn interleave(
    people: &[Person],
    behavior: &Behavior,
    sessions: u64,
    seed: u64,
    task: &Task,
) -> Result<Interleaved, Cancelled> {
    let jobs = if people.is_empty() { 0 } else { sessions.div_ceil(CHUNK) };
    let chunks = task.pool.try_map(jobs as usize, |job| {
        task.cancel.check()?;
        let from = job as u64 * CHUNK;
        let mut chunk = Chunk::default();
        for number in from..sessions.min(from + CHUNK) {
            let mut stream = stream_of(seed, "interleaving", number);
            let walker = Interleaver::draw(people, behavior, &mut stream);
            let clicks = walker.interleaved(&mut stream);
            let score = clicks[1] as f64 - clicks[0] as f64;
            for arm in 0..2 {
                chunk.wins[arm] += u64::from(clicks[arm] > clicks[1 - arm]);
            }
            // The sign test looks at who won, not by how much.
            chunk.score.add(if score == 0.0 { 0.0 } else { score.signum() });
            let arm = usize::from(stream.random::<bool>());
            let other = Interleaver::draw(people, behavior, &mut stream);
            chunk.split[arm].add(other.one_list(arm, &mut stream));
        }
        task.progress
            .say(|| Report::of("interleaving", from, sessions, "sessions"));
        Ok(chunk)
    })?;
    let mut all = Chunk::default();
    for chunk in &chunks {
        all.merge(chunk);
    }
    Ok(told(&all))
}

fn told(all: &Chunk) -> Interleaved {
    let [wins_a, wins_b] = all.wins;
    let sessions = all.score.n as u64;
    let [a, b] = all.split;
    let stderr = (a.variance() / a.n.max(1.0) + b.variance() / b.n.max(1.0)).sqrt();
    let z = if stderr > 0.0 {
        (b.mean() - a.mean()) / stderr
    } else {
        0.0
    };
    let spread = (all.score.variance() / all.score.n.max(1.0)).sqrt();
    let z_interleaved = if spread > 0.0 { all.score.mean() / spread } else { 0.0 };
    // With an effect of d standard deviations one sample needs half as many as each of two.
    let needed = n_of_means(
        all.score.mean() / all.score.variance().sqrt(),
        0.05,
        0.8,
        SizeFormula::Normal,
    );
    let needed = needed.map(|n| n / 2.0);
    let apart = (f64::midpoint(a.variance(), b.variance())).sqrt();
    let needed_ab = n_of_means((b.mean() - a.mean()) / apart, 0.05, 0.8, SizeFormula::Normal).map(|n| 2.0 * n);
    let mut told = Interleaved {
        sessions,
        wins_a,
        wins_b,
        ties: sessions - wins_a - wins_b,
        p: sign_test(wins_a, wins_b),
        ab: SplitTest {
            a: a.mean(),
            b: b.mean(),
            z,
            p: normal_two_sided(z),
        },
        needed,
        needed_ab,
        ..Interleaved::default()
    };
    if z.abs() < 2.0 || z_interleaved.abs() < 2.0 {
        told.note = Some("chance alone may explain one of the two differences: more sessions would tell the ratio");
        return told;
    }
    if let Some((one, other)) = needed.zip(needed_ab) {
        let ratio = other / one;
        // ln ratio = 2 ln |z₁/z₂| + const, and each z has a standard error of 1.
        let far = 2.0 * 1.96 * (1.0 / (z * z) + 1.0 / (z_interleaved * z_interleaved)).sqrt();
        told.ratio = Some(ratio);
        told.ratio_low = Some(ratio * (-far).exp());
        told.ratio_high = Some(ratio * far.exp());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_tests_agree_with_the_binomial_law() {
        // scipy.stats.binomtest(k, n, .5).pvalue.
        for (a, b, p) in [
            (5214, 4861, 0.000452845840499),
            (12, 28, 0.016589003),
            (1, 9, 0.021484375),
            (0, 5, 0.0625),
            (7, 7, 1.0),
            (0, 0, 1.0),
            (6, 5, 1.0),
        ] {
            assert!((sign_test(a, b) - p).abs() < 6e-9, "{a} {b}: {}", sign_test(a, b));
            assert_eq!(sign_test(a, b), sign_test(b, a));
        }
    }
}
