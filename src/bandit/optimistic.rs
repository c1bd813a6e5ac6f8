//! Indices of the kind "the highest rate that is still believable": the root q of h(q) = d, where h is convex and
//! rises, and d rises with time. Both KL-UCB (h = kl(μ̂, ·)) and Bayes-UCB (h = −ln P(θ > ·)) are of this kind.
//!
//! Solving for every arm at every pull would be slow. As h is convex, the tangent at an earlier root lies below h, so
//! where the tangent reaches d is never below the new root. An arm whose tangent stays below the best index so far
//! cannot win, and is left alone. That changes no choice.

use super::kl::{kl, kl_ceiling, kl_slope};
use super::policy::{Stream, Tally, pick};

/// Indices nearer than this count as tied: their rounding depends on where the iteration began.
const TIE: f64 = 1e-11;

/// An arm is left alone only where its tangent stays below the best index by this much: slopes are rounded, too.
const SLACK: f64 = 1e-9;

/// The convex function of one arm, and what it has to reach.
pub(super) trait Optimism: Clone + Send + Sync + 'static {
    /// Takes up what the tally now says of `arm`; called after each pull of it.
    fn refresh(&mut self, tally: &Tally, arm: usize);
    /// What the targets of all arms share at one pull, such as ln t.
    fn shared(&self, tally: &Tally) -> f64;
    /// What h has to reach for `arm`: rises with the number of pulls.
    fn target(&self, tally: &Tally, arm: usize, shared: f64) -> f64;
    /// h and its slope at q.
    fn at(&self, arm: usize, q: f64) -> (f64, f64);
    /// A first q, anywhere, as good as can be had cheaply. `before` is the index before the last pull.
    fn start(&self, arm: usize, target: f64, before: Option<f64>) -> f64;
    /// The index where there is nothing to solve (`target` ≤ 0, or a rate of 0 or 1).
    fn shortcut(&self, arm: usize, target: f64) -> Option<f64>;
}

/// The root of h(q) = d in (0, 1) by Newton's method from `start`, and the slope there.
///
/// h must be convex and rising: from the left the first step lands right of the root, from the right all steps come
/// nearer without passing it.
pub(super) fn solve(start: f64, d: f64, h: impl Fn(f64) -> (f64, f64)) -> (f64, f64) {
    let mut q = start.clamp(1e-12, 1.0 - 1e-15);
    let mut slope = 0.0;
    for _ in 0..100 {
        let (value, rise) = h(q);
        slope = rise;
        if rise <= 0.0 {
            q = f64::midpoint(q, 1.0);
            continue;
        }
        let next = q - (value - d) / rise;
        let next = if next >= 1.0 { f64::midpoint(q, 1.0) } else { next };
        let moved = (next - q).abs();
        q = next.max(1e-300);
        // Near the root a step squares what is missing: after one of 1e-8 (near 0 and 1: of what is left) nothing is.
        if moved <= (1e-8 * q.min(1.0 - q)).max(2.5e-16 * q) {
            break;
        }
    }
    (q, slope)
}

/// The highest q ≥ p with kl(p, q) ≤ d: the upper end of what a rate may be whose estimate is p.
///
/// p in 0 to 1, d ≥ 0. kl(p, ·) is convex and rises from p on, so that Newton's steps from above never overshoot.
/// About five logarithms; correct to 1e-12.
pub(super) fn kl_upper_bound(p: f64, d: f64) -> f64 {
    if d <= 0.0 || p >= 1.0 {
        return p.min(1.0);
    }
    solve(kl_ceiling(p, d), d, |q| (kl(p, q), kl_slope(p, q))).0
}

/// What was last found for an arm.
#[derive(Clone, Copy, Debug)]
struct Known {
    q: f64,
    d: f64,
    /// 0: the arm was pulled since, only `q` is of use.
    slope: f64,
}

/// Chooses the arm with the highest optimistic index.
#[derive(Clone, Debug)]
pub(super) struct Optimistic<O> {
    optimism: O,
    known: Vec<Option<Known>>,
    indices: Vec<f64>,
    last: usize,
}

impl<O: Optimism> Optimistic<O> {
    pub fn new(optimism: O, arms: usize) -> Self {
        Self {
            optimism,
            known: vec![None; arms],
            indices: vec![0.0; arms],
            last: 0,
        }
    }

    fn index(&mut self, tally: &Tally, arm: usize, shared: f64) -> f64 {
        let d = self.optimism.target(tally, arm, shared);
        if let Some(q) = self.optimism.shortcut(arm, d) {
            return q;
        }
        let known = self.known[arm];
        let start = match known {
            Some(k) if k.slope > 0.0 => k.q + (d - k.d) / k.slope,
            _ => self.optimism.start(arm, d, known.map(|k| k.q)),
        };
        let (q, slope) = solve(start, d, |q| self.optimism.at(arm, q));
        self.known[arm] = Some(Known { q, d, slope });
        q
    }

    /// No index of `arm` can be above this.
    fn ceiling(&self, tally: &Tally, arm: usize, shared: f64) -> f64 {
        match self.known[arm] {
            Some(k) if k.slope > 0.0 => k.q + (self.optimism.target(tally, arm, shared) - k.d) / k.slope,
            _ => f64::INFINITY,
        }
    }

    /// The arm with the highest index; ties within 1e-11 uniformly at random.
    pub fn best(&mut self, tally: &Tally, stream: &mut Stream) -> usize {
        let (last, shared) = (self.last, self.optimism.shared(tally));
        let mut highest = self.index(tally, last, shared);
        self.indices[last] = highest;
        for arm in (0..tally.arms()).filter(|&a| a != last) {
            self.indices[arm] = if self.ceiling(tally, arm, shared) < highest - SLACK {
                f64::NEG_INFINITY
            } else {
                self.index(tally, arm, shared)
            };
            highest = highest.max(self.indices[arm]);
        }
        self.last = pick(self.indices.iter().map(|&i| i >= highest - TIE), stream);
        self.last
    }

    /// The index of each arm that `counts` admits.
    pub fn figures(&mut self, tally: &Tally, counts: impl Fn(usize) -> bool) -> Vec<Option<f64>> {
        let shared = self.optimism.shared(tally);
        (0..tally.arms())
            .map(|arm| counts(arm).then(|| self.index(tally, arm, shared)))
            .collect()
    }

    /// Takes up a pull of `arm`.
    pub fn learn(&mut self, tally: &Tally, arm: usize) {
        self.optimism.refresh(tally, arm);
        if let Some(known) = &mut self.known[arm] {
            known.slope = 0.0;
        }
    }
}
