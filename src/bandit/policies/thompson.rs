use rand::RngExt;
use rand_distr::{Beta, Distribution, Gamma};

use super::tails::{Highest, Tails, propose};
use crate::bandit::policy::{Choice, FigureKind, How, Outcome, Policy, Setting, Stream, Tally, stream_of};
use crate::bandit::spec::{Parameter, PolicySpec};
use crate::bandit::{Posterior, p_best};

pub(crate) static THOMPSON: PolicySpec = PolicySpec {
    name: "thompson",
    title: "Thompson sampling",
    doc: "draws a rate for each arm from what is believed of it, and takes the highest draw",
    formula: "highest draw of Beta(alpha + S, beta + N - S); with a guess m of the rate alpha + strength m, beta + strength (1 - m)",
    parameters: &[
        Parameter {
            name: "alpha",
            doc: "prior weight of success (0.5 and 0.5: Jeffreys' prior)",
            min: 0.001,
            max: 1e6,
            default: 1.0,
        },
        Parameter {
            name: "beta",
            doc: "prior weight of failure",
            min: 0.001,
            max: 1e6,
            default: 1.0,
        },
        STRENGTH,
    ],
    paper: "Thompson 1933, On the likelihood that one unknown probability exceeds another; Chapelle and Li 2011",
    build: |values, setting| Box::new(Thompson::new((values[0], values[1]), values[2], setting)),
};

/// Warm start: Beta(κm, κ(1 − m)) on top of α and β.
pub(super) const STRENGTH: Parameter = Parameter {
    name: "strength",
    doc: "how many pulls it counts what similar items let expect of an arm; 0 for not at all",
    min: 0.0,
    max: 1e6,
    default: 0.0,
};

/// A proposal is not worth while where it is made more often than this: an arm is drawn in full instead.
const OFTEN: f64 = 0.7;

/// Thompson sampling that draws a rate in full only where it could be the highest.
///
/// The arm with the highest mean is drawn first. Of each other arm only one thing matters: whether its draw exceeds the
/// highest so far, m, and if so what it is. Where the law's density f is log-concave (α, β ≥ 1) it lies below its tangent
/// at m, f(m)·exp(−λ(x − m)) with λ = (β − 1)/(1 − m) − (α − 1)/m, whose mass beyond m is f(m)/λ where λ > 0. (Where α < 1
/// the factor x^(α − 1) falls: it is at most that at m, and the same holds without its part of λ.) One trial of rejection
/// from that tail decides: with probability p = f(m)/λ an x is proposed, and kept with probability f(x) over the tangent.
/// What is kept has exactly the density f beyond m.
///
/// Mostly no arm proposes anything. Every p has a bound b that costs no exponential ([`Tails::bound`]); a uniform number
/// of at least Σ b says at once that all arms stay below m, as the probability of that, Π(1 − p), is at least 1 − Σ b.
/// Below it the same number is handed from arm to arm: given that it is no less than the first b, (u − b)/(1 − b) is
/// uniform once more. So choices have exactly the law of Thompson sampling, at the cost of one draw and of ten bounds.
#[derive(Clone, Debug)]
pub(super) struct Thompson {
    /// α and β of every arm before any pull.
    priors: Vec<(f64, f64)>,
    posteriors: Vec<Posterior>,
    means: Vec<f64>,
    tails: Tails,
    /// The arm with the highest posterior mean.
    leader: usize,
    /// No other arm has a higher posterior mean than this.
    rival: f64,
}

/// After so many outcomes of an arm its law is made anew from the counts: until then only its last digits drift.
const ANEW: u64 = 1024;

/// A draw from Beta(α, β): of two gammas (Marsaglia and Tsang), or by Cheng's method, where α or β is small.
fn draw(posterior: &Posterior, stream: &mut Stream) -> f64 {
    let (alpha, beta) = (posterior.alpha, posterior.beta);
    // There is a law for every positive α and β; the ranges of the parameters see to that.
    if alpha >= 1.0
        && beta >= 1.0
        && let (Ok(successes), Ok(failures)) = (Gamma::new(alpha, 1.0), Gamma::new(beta, 1.0))
    {
        let x: f64 = successes.sample(stream);
        return x / (x + failures.sample(stream));
    }
    Beta::new(alpha, beta).map_or(posterior.mean(), |law| law.sample(stream))
}

impl Thompson {
    /// Of every arm whose rate is expected to be m, the prior is Beta(α + `strength` m, β + `strength` (1 − m)), else Beta(α, β).
    pub(super) fn new((alpha, beta): (f64, f64), strength: f64, setting: &Setting<'_>) -> Self {
        let prior = |arm: usize| match setting.guesses.get(arm).copied().flatten() {
            Some(m) => (alpha + strength * m, beta + strength * (1.0 - m)),
            None => (alpha, beta),
        };
        let priors: Vec<(f64, f64)> = (0..setting.arms).map(prior).collect();
        let posteriors: Vec<Posterior> = priors
            .iter()
            .map(|(alpha, beta)| Posterior::new(*alpha, *beta))
            .collect();
        let mut thompson = Self {
            means: posteriors.iter().map(Posterior::mean).collect(),
            tails: Tails::new(posteriors.len()),
            posteriors,
            priors,
            leader: 0,
            rival: 1.0,
        };
        (0..thompson.means.len()).for_each(|arm| thompson.hand_over(arm));
        thompson.find_leader();
        thompson
    }

    /// Tells the tails what is believed of an arm.
    fn hand_over(&mut self, arm: usize) {
        self.tails.put(arm, &self.posteriors[arm], arm == self.leader);
    }

    fn find_leader(&mut self) {
        let before = self.leader;
        let mean = |arm: &usize| self.means[*arm];
        self.leader = (0..self.means.len())
            .max_by(|a, b| mean(a).total_cmp(&mean(b)))
            .unwrap_or(0);
        self.rival = mean(&self.runner_up(self.leader));
        self.hand_over(before);
        self.hand_over(self.leader);
    }

    /// The arm whose draw is highest. `look` is told of each draw: the arm, the draw where it was made in full, and the
    /// value that it does not exceed otherwise.
    fn sample(&mut self, stream: &mut Stream, mut look: impl FnMut(usize, Option<f64>, f64)) -> usize {
        let arms = self.posteriors.len();
        let first = draw(&self.posteriors[self.leader], stream);
        look(self.leader, Some(first), first);
        let mut highest = Highest::of(self.leader, first);
        let mut next = 0;
        while next < arms {
            let bound = self.tails.bound(&highest, next);
            let u: f64 = stream.random();
            if u >= bound {
                break;
            }
            let risen = self.walk(&mut next, u, &highest, stream, &mut look);
            highest = risen.unwrap_or(highest);
        }
        let rest = (next..arms).filter(|arm| *arm != self.leader);
        rest.for_each(|arm| look(arm, None, highest.value));
        highest.arm
    }

    /// Goes from arm `next` on to the first that uses up the uniform number `u`, or whose draw is above the highest so
    /// far: that draw. `next` is then the arm behind.
    fn walk(
        &self,
        next: &mut usize,
        mut u: f64,
        highest: &Highest,
        stream: &mut Stream,
        look: &mut impl FnMut(usize, Option<f64>, f64),
    ) -> Option<Highest> {
        // u is uniform below this.
        let mut scale = 1.0;
        while *next < self.posteriors.len() {
            let arm = *next;
            *next += 1;
            if arm == self.leader {
                continue;
            }
            let (law, bound) = (&self.posteriors[arm], self.tails.bound_of(arm));
            if bound < OFTEN {
                let part = bound * scale;
                if u >= part {
                    u -= part;
                    scale -= part;
                    look(arm, None, highest.value);
                    continue;
                }
                let draw = propose(law, u / scale, highest, stream);
                look(arm, draw, draw.unwrap_or(highest.value));
                return draw.map(|value| Highest::of(arm, value));
            }
            let value = draw(law, stream);
            look(arm, Some(value), value);
            if value > highest.value {
                return Some(Highest::of(arm, value));
            }
        }
        None
    }

    /// Takes up one more outcome of an arm.
    fn follow(&mut self, arm: usize, success: bool, tally: &Tally) {
        if tally.pulls()[arm].is_multiple_of(ANEW) {
            return self.refresh(arm, tally);
        }
        self.put(arm, self.posteriors[arm].after(success));
    }

    /// Makes the law of an arm anew from its counts.
    fn refresh(&mut self, arm: usize, tally: &Tally) {
        let successes = tally.successes()[arm] as f64;
        let failures = (tally.pulls()[arm] - tally.successes()[arm]) as f64;
        let (alpha, beta) = self.priors[arm];
        self.put(arm, Posterior::new(alpha + successes, beta + failures));
    }

    fn put(&mut self, arm: usize, posterior: Posterior) {
        let mean = posterior.mean();
        self.posteriors[arm] = posterior;
        self.means[arm] = mean;
        self.hand_over(arm);
        if arm != self.leader {
            self.rival = self.rival.max(mean);
        }
        if self.means[self.leader] < self.rival {
            self.find_leader();
        }
    }

    /// The arm other than `leader` of the highest posterior mean.
    pub(super) fn runner_up(&self, leader: usize) -> usize {
        let mean = |arm: &usize| self.means[*arm];
        let others = (0..self.means.len()).filter(|&arm| arm != leader);
        others.max_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap_or(leader)
    }
}

impl Policy for Thompson {
    fn choose(&mut self, _: &Tally, stream: &mut Stream) -> Choice {
        Choice::of(self.sample(stream, |_, _, _| ()), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        self.follow(outcome.arm, outcome.reward, tally);
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        (0..tally.arms()).for_each(|arm| self.refresh(arm, tally));
        true
    }

    fn probabilities(&self, _: &Tally) -> Option<Vec<f64>> {
        Some(p_best(&self.posteriors))
    }

    fn prior(&self, arm: usize) -> Option<(f64, f64)> {
        self.priors.get(arm).copied()
    }

    fn figure_kind(&self) -> FigureKind {
        FigureKind::Draw
    }

    /// The draws of the next pull; those that were only found to be below another are made up for here, from what of
    /// their law is below it.
    fn figures(&mut self, _: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        let mut seen = vec![(None, 1.0); self.posteriors.len()];
        self.sample(stream, |arm, draw, ceiling| seen[arm] = (draw, ceiling));
        let mut aside = stream_of(stream.random(), "draws", 0);
        let complete = |(law, (draw, ceiling)): (&Posterior, (Option<f64>, f64))| {
            draw.unwrap_or_else(|| {
                let share = aside.random::<f64>() * law.cdf(ceiling);
                law.quantile(share).min(ceiling)
            })
        };
        self.posteriors.iter().zip(seen).map(complete).map(Some).collect()
    }
}
