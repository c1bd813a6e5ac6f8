//! Clickbait: what is clicked most today may not be what is clicked most in two months. The model of RecSim's long-term
//! satisfaction (Ie et al. 2019, after Mladenov et al.), as its code has it: the signs of its documentation are others.
//!
//! Somebody consumes one item a day, whose share of bait is b. Their net positive exposure NPE ← β NPE − 2(b − ½) + N(0, σ),
//! satisfaction = logistic(s · NPE), and the logarithm of the day's engagement has the law
//! N((b μ_bait + (1 − b) μ_good) · satisfaction, 1).

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::Serialize;

use super::special::{normal_two_sided, root};
use crate::bandit::stream_of;
use crate::task::{Cancelled, Task};

/// The knobs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pitfall {
    /// β: how much of the exposure stays from day to day, 0 to 1.
    pub memory: f64,
    /// s: how much satisfaction goes by exposure.
    pub sensitivity: f64,
    /// σ of the exposure's noise.
    pub noise: f64,
    /// The log-engagement of pure bait at satisfaction 1.
    pub bait: f64,
    /// That of good items.
    pub good: f64,
    /// The share of bait under the policy that goes by clicks.
    pub share_a: f64,
    /// The same under the policy that goes by satisfaction.
    pub share_b: f64,
}

impl Default for Pitfall {
    /// RecSim's constants, but for a memory of .97 and a sensitivity of .02: its own .7 and .01 never show the pitfall.
    fn default() -> Self {
        Self {
            memory: 0.97,
            sensitivity: 0.02,
            noise: 0.05,
            bait: 5.0,
            good: 4.0,
            share_a: 1.0,
            share_b: 0.0,
        }
    }
}

/// One policy on one day, over its users.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PolicyDay {
    pub engagement: f64,
    /// The mean of its logarithm.
    pub log_engagement: f64,
    pub satisfaction: f64,
    /// What the closed form says of the log-engagement, without noise.
    pub expected: f64,
}

/// The two policies over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PitfallView {
    pub users: usize,
    pub a: Vec<PolicyDay>,
    pub b: Vec<PolicyDay>,
    /// The first day on which B's mean log-engagement is A's or more, as simulated.
    pub crossover: Option<usize>,
    /// After so many exposures they are equal by the closed form, t* = ln(1 − (1 − β) ln(μ_bait/μ_good)/s) / ln β for pure bait
    /// against none; `null` where bait stays ahead for ever.
    pub crossover_exact: Option<f64>,
    /// s* = (1 − β) ln(μ_bait/μ_good): below it there is no pitfall.
    pub least_sensitivity: f64,
    /// What tests of such lengths would say.
    pub tests: Vec<PitfallTest>,
}

/// A test that ends after some days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PitfallTest {
    pub days: usize,
    /// B's engagement over all days against A's, relative.
    pub lift: f64,
    pub p: f64,
}

impl Pitfall {
    /// Σ of the exposures after t days: (1 − β^t)/(1 − β).
    fn exposure(&self, t: f64) -> f64 {
        if (1.0 - self.memory).abs() < 1e-12 {
            t
        } else {
            (1.0 - self.memory.powf(t)) / (1.0 - self.memory)
        }
    }

    fn pull(&self, share: f64) -> f64 {
        share * self.bait + (1.0 - share) * self.good
    }

    /// The log-engagement of a policy after t exposures, without noise.
    pub fn expected(&self, share: f64, t: f64) -> f64 {
        let exposure = -2.0 * (share - 0.5) * self.exposure(t);
        self.pull(share) * logistic(self.sensitivity * exposure)
    }

    /// The mean engagement in the long run of a policy kept for ever: exp(mean + ½) of the log-normal law.
    pub fn steady_engagement(&self, share: f64) -> f64 {
        (self.expected(share, f64::INFINITY) + 0.5).exp()
    }

    /// Pure bait stays ahead for ever where s is below this.
    pub fn least_sensitivity(&self) -> f64 {
        (1.0 - self.memory) * (self.bait / self.good).ln()
    }

    /// After how many exposures B is level with A; `None` where it never is. The closed form for pure bait against none, else
    /// the root of the same difference.
    pub fn crossover(&self) -> Option<f64> {
        if self.share_a == 1.0 && self.share_b == 0.0 && self.memory < 1.0 {
            let left = 1.0 - self.least_sensitivity() / self.sensitivity;
            return (left > 0.0 && self.bait > self.good).then(|| left.ln() / self.memory.ln());
        }
        let ahead = |t: f64| self.expected(self.share_a, t) - self.expected(self.share_b, t);
        let far = 1e5;
        (ahead(0.0) > 0.0 && ahead(far) < 0.0).then(|| root(0.0, far, ahead))
    }

    /// Both policies on as many users each, for so many days; day t is after t exposures. Tests are read off after 14 days,
    /// after 60, and at the end.
    ///
    /// O(users × days). The same whatever the number of threads.
    ///
    /// # Errors
    /// Cancellation.
    pub fn simulate(&self, users: usize, days: usize, seed: u64, task: &Task) -> Result<PitfallView, Cancelled> {
        let jobs = users.div_ceil(CHUNK);
        let mut policies = Vec::new();
        for share in [self.share_a, self.share_b] {
            let name = if policies.is_empty() { "bait" } else { "good" };
            let chunks = task.pool.try_map(jobs, |job| {
                let mut sums = vec![Sums::default(); days];
                for user in job * CHUNK..users.min((job + 1) * CHUNK) {
                    if user % 64 == 0 {
                        task.cancel.check()?;
                    }
                    self.live(share, &mut stream_of(seed, name, user as u64), &mut sums);
                }
                Ok(sums)
            })?;
            let mut all = vec![Sums::default(); days];
            for (day, sums) in all.iter_mut().enumerate() {
                for chunk in &chunks {
                    sums.merge(&chunk[day]);
                }
            }
            policies.push(all);
        }
        Ok(self.told(users, &policies))
    }

    /// One user's days.
    fn live(&self, share: f64, stream: &mut crate::bandit::Stream, sums: &mut [Sums]) {
        let (mut exposure, mut total) = (0.0, 0.0);
        for day in sums {
            let noise: f64 = stream.sample(StandardNormal);
            exposure = self.memory * exposure - 2.0 * (share - 0.5) + self.noise * noise;
            let satisfaction = logistic(self.sensitivity * exposure);
            let noise: f64 = stream.sample(StandardNormal);
            let log = self.pull(share) * satisfaction + noise;
            total += log.exp();
            day.engagement += log.exp();
            day.log += log;
            day.satisfaction += satisfaction;
            day.total += total;
            day.total2 += total * total;
        }
    }

    fn told(&self, users: usize, policies: &[Vec<Sums>]) -> PitfallView {
        let n = users.max(1) as f64;
        let days = |policy: usize, share: f64| -> Vec<PolicyDay> {
            let day = |(at, sums): (usize, &Sums)| PolicyDay {
                engagement: sums.engagement / n,
                log_engagement: sums.log / n,
                satisfaction: sums.satisfaction / n,
                expected: self.expected(share, (at + 1) as f64),
            };
            policies[policy].iter().enumerate().map(day).collect()
        };
        let (a, b) = (days(0, self.share_a), days(1, self.share_b));
        let crosses = |(a, b): (&PolicyDay, &PolicyDay)| b.log_engagement >= a.log_engagement;
        let crossover = a.iter().zip(&b).position(crosses).map(|at| at + 1);
        let mut lengths: Vec<usize> = [14, 60, a.len()]
            .into_iter()
            .filter(|d| (1..=a.len()).contains(d))
            .collect();
        lengths.dedup();
        lengths.sort_unstable();
        lengths.dedup();
        let test = |days: &usize| {
            let of = |policy: &[Sums]| {
                let sums = policy[days - 1];
                let mean = sums.total / n;
                (mean, (sums.total2 / n - mean * mean).max(0.0) / n)
            };
            let ((mean_a, variance_a), (mean_b, variance_b)) = (of(&policies[0]), of(&policies[1]));
            let stderr = (variance_a + variance_b).sqrt();
            PitfallTest {
                days: *days,
                lift: mean_b / mean_a - 1.0,
                p: if stderr > 0.0 {
                    normal_two_sided((mean_b - mean_a) / stderr)
                } else {
                    1.0
                },
            }
        };
        PitfallView {
            users,
            crossover,
            crossover_exact: self.crossover(),
            least_sensitivity: self.least_sensitivity(),
            tests: if users > 0 {
                lengths.iter().map(test).collect()
            } else {
                Vec::new()
            },
            a,
            b,
        }
    }
}

/// Users a job.
const CHUNK: usize = 512;

#[derive(Clone, Copy, Default)]
struct Sums {
    engagement: f64,
    log: f64,
    satisfaction: f64,
    /// Engagement since the first day, and its square.
    total: f64,
    total2: f64,
}

impl Sums {
    fn merge(&mut self, other: &Self) {
        self.engagement += other.engagement;
        self.log += other.log;
        self.satisfaction += other.satisfaction;
        self.total += other.total;
        self.total2 += other.total2;
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, digits: f64) {
        assert!((found - expected).abs() <= digits, "{found} is not {expected}");
    }

    fn recsim(sensitivity: f64) -> Pitfall {
        Pitfall {
            memory: 0.7,
            sensitivity,
            ..Pitfall::default()
        }
    }

    #[test]
    fn goldens_of_the_closed_form() {
        near(recsim(0.01).least_sensitivity(), 0.0669431, 6e-8);
        for (sensitivity, bait, good) in [(0.01, 19.27, 12.60), (0.1, 13.29, 16.95), (0.3, 6.33, 30.70)] {
            near(recsim(sensitivity).steady_engagement(1.0), bait, 6e-3);
            near(recsim(sensitivity).steady_engagement(0.0), good, 6e-3);
        }
        near(Pitfall::default().crossover().unwrap(), 13.4, 0.06);
        // RecSim's own sensitivity: bait wins for ever.
        assert_eq!(recsim(0.01).crossover(), None);
    }

    #[test]
    fn other_shares_cross_where_their_curves_do() {
        let mixed = Pitfall {
            share_a: 0.8,
            share_b: 0.3,
            ..Pitfall::default()
        };
        let t = mixed.crossover().unwrap();
        near(mixed.expected(0.8, t), mixed.expected(0.3, t), 1e-9);
        let nearly = Pitfall {
            share_b: 1e-12,
            ..Pitfall::default()
        };
        near(
            nearly.crossover().unwrap(),
            Pitfall::default().crossover().unwrap(),
            1e-6,
        );
    }

    #[test]
    fn the_simulated_crossover_is_on_the_closed_forms_day() {
        let view = Pitfall::default()
            .simulate(40_000, 60, 42, &Task::unattended())
            .unwrap();
        let day = view.crossover_exact.unwrap().ceil() as usize;
        assert_eq!((view.crossover, day), (Some(14), 14));
        for (days, policy) in [("a", &view.a), ("b", &view.b)] {
            for day in policy {
                near(
                    day.log_engagement,
                    day.expected,
                    4.0 * (1.02f64 / 40_000.0).sqrt() + 2e-3,
                );
                assert!((0.0..=1.0).contains(&day.satisfaction), "{days}");
            }
        }
        // The short test ships bait, the long one does not.
        let lifts: Vec<(usize, bool)> = view.tests.iter().map(|t| (t.days, t.lift > 0.0)).collect();
        assert_eq!(lifts, [(14, false), (60, true)]);
        assert!(view.tests.iter().all(|t| t.p < 0.05));
    }

    #[test]
    fn nobody_and_no_day_have_no_nan() {
        for (users, days) in [(0, 0), (0, 5), (5, 0), (1, 1)] {
            let view = Pitfall::default()
                .simulate(users, days, 1, &Task::unattended())
                .unwrap();
            assert!(view.a.iter().all(|d| d.engagement.is_finite()));
            assert!(view.tests.iter().all(|t| t.lift.is_finite() && t.p.is_finite()));
        }
    }
}
