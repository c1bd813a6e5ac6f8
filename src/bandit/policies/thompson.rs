use rand::RngExt;
use rand_distr::{Beta, Distribution};

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
const STRENGTH: Parameter = Parameter {
    name: "strength",
    doc: "how many pulls it counts what similar items let expect of an arm; 0 for not at all",
    min: 0.0,
    max: 1e6,
    default: 0.0,
};

/// ln of a probability that a uniform f64 (53 bits) cannot tell from 0.
const NEVER: f64 = -50.0;

/// Thompson sampling that draws a rate in full only where it could be the highest.
///
/// The arm with the highest mean is drawn first. Of each other arm only one thing matters: whether its draw exceeds the
/// highest so far, m, and if so what it is. Beyond its mode the law's density f is log-concave (α, β ≥ 1), so it lies
/// below its tangent there, f(m)·exp(−λ(x − m)), whose mass beyond m is f(m)/λ. One trial of rejection from that tail
/// decides: with probability f(m)/λ an x is proposed, and kept with probability f(x) over the tangent. What is kept has
/// exactly the density f beyond m. That costs an exponential an arm instead of a draw, and choices have exactly the law
/// of Thompson sampling.
#[derive(Clone, Debug)]
pub(super) struct Thompson {
    /// α and β of every arm before any pull.
    priors: Vec<(f64, f64)>,
    laws: Vec<Law>,
    /// The arm with the highest posterior mean.
    leader: usize,
}

/// After so many outcomes of an arm its law is made anew from the counts: until then only its last digits drift.
const ANEW: u64 = 1024;

/// What is believed of an arm. Kept until the arm is pulled again: making it costs as much as a draw.
#[derive(Clone, Debug)]
struct Law {
    posterior: Posterior,
    /// α − 1 and β − 1: the slopes of the density.
    left: f64,
    right: f64,
    sampler: Option<Beta<f64>>,
    mean: f64,
    /// α ≥ 1 and β ≥ 1.
    concave: bool,
}

/// The highest draw so far.
struct Highest {
    arm: usize,
    value: f64,
    log: f64,
    log_rest: f64,
    /// 1 / value and 1 / (1 − value).
    inverse: f64,
    inverse_rest: f64,
}

impl Highest {
    fn of(arm: usize, value: f64) -> Self {
        Self {
            arm,
            value,
            log: value.ln(),
            log_rest: (-value).ln_1p(),
            inverse: 1.0 / value,
            inverse_rest: 1.0 / (1.0 - value),
        }
    }
}

impl Law {
    fn new(alpha: f64, beta: f64) -> Self {
        Self::of(Posterior::new(alpha, beta))
    }

    fn of(posterior: Posterior) -> Self {
        let (alpha, beta) = (posterior.alpha, posterior.beta);
        Self {
            posterior,
            left: alpha - 1.0,
            right: beta - 1.0,
            sampler: Beta::new(alpha, beta).ok(),
            mean: posterior.mean(),
            concave: alpha >= 1.0 && beta >= 1.0,
        }
    }

    fn draw(&self, stream: &mut Stream) -> f64 {
        // There is a sampler for every positive α and β; the ranges of the parameters see to that.
        self.sampler
            .as_ref()
            .map_or(self.mean, |sampler| sampler.sample(stream))
    }

    /// A draw where it is above the highest so far. The other value says what is known of a draw that is not: the draw
    /// itself, where it was made.
    fn challenge(&self, highest: &Highest, stream: &mut Stream) -> Result<f64, Option<f64>> {
        let m = highest.value;
        // Not a number where m is 0 or 1, which is not above 1 either.
        let fall = self.right * highest.inverse_rest - self.left * highest.inverse;
        if !(self.concave && fall > 1.0 && m > 0.0 && m < 1.0) {
            return self.duel(m, stream);
        }
        let log_density = self.posterior.log_density(highest.log, highest.log_rest);
        if log_density < NEVER {
            return Err(None);
        }
        if log_density < 0.0 {
            // e^y ≥ 1 + y + … + y⁴/24: how little mass there is at most costs no exponential, and mostly decides.
            let y = -log_density;
            let least = (1.0 - 1e-9) * fall * (1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0)))));
            if least > 1.0 / 0.7 {
                let u: f64 = stream.random();
                if u * least >= 1.0 {
                    return Err(None);
                }
                return self.propose(u, log_density, fall, m, stream);
            }
        }
        let mass = log_density.exp() / fall;
        if mass > 0.7 {
            return self.duel(m, stream);
        }
        let u = stream.random();
        self.propose(u, log_density, fall, m, stream)
    }

    /// One trial from the tail beyond m, `u` being its uniform number.
    fn propose(&self, u: f64, log_density: f64, fall: f64, m: f64, stream: &mut Stream) -> Result<f64, Option<f64>> {
        let mass = log_density.exp() / fall;
        if u >= mass {
            return Err(None);
        }
        // Given u < mass, u / mass is uniform once more.
        let beyond = -(u / mass).max(f64::MIN_POSITIVE).ln() / fall;
        let x = m + beyond;
        if x >= 1.0 {
            return Err(None);
        }
        let kept = self.posterior.log_density(x.ln(), (-x).ln_1p()) - log_density + fall * beyond;
        if stream.random::<f64>() < kept.exp() {
            Ok(x)
        } else {
            Err(None)
        }
    }

    /// The same, by a draw in full.
    fn duel(&self, m: f64, stream: &mut Stream) -> Result<f64, Option<f64>> {
        let x = self.draw(stream);
        if x > m { Ok(x) } else { Err(Some(x)) }
    }
}

impl Thompson {
    /// Of every arm whose rate is expected to be m, the prior is Beta(α + `strength` m, β + `strength` (1 − m)), else Beta(α, β).
    pub(super) fn new((alpha, beta): (f64, f64), strength: f64, setting: &Setting<'_>) -> Self {
        let prior = |arm: usize| match setting.guesses.get(arm).copied().flatten() {
            Some(m) => (alpha + strength * m, beta + strength * (1.0 - m)),
            None => (alpha, beta),
        };
        let priors: Vec<(f64, f64)> = (0..setting.arms).map(prior).collect();
        let laws = priors.iter().map(|(alpha, beta)| Law::new(*alpha, *beta));
        let mut thompson = Self {
            laws: laws.collect(),
            priors,
            leader: 0,
        };
        for arm in 1..thompson.laws.len() {
            if thompson.laws[arm].mean > thompson.laws[thompson.leader].mean {
                thompson.leader = arm;
            }
        }
        thompson
    }

    /// The arm whose draw is highest. `look` is told of each draw: the arm, the draw where it was made in full, and the
    /// value that it does not exceed otherwise.
    fn sample(&self, stream: &mut Stream, mut look: impl FnMut(usize, Option<f64>, f64)) -> usize {
        let first = self.laws[self.leader].draw(stream);
        look(self.leader, Some(first), first);
        let mut highest = Highest::of(self.leader, first);
        for (arm, law) in self.laws.iter().enumerate() {
            if arm == self.leader {
                continue;
            }
            match law.challenge(&highest, stream) {
                Ok(draw) => {
                    look(arm, Some(draw), draw);
                    highest = Highest::of(arm, draw);
                }
                Err(draw) => look(arm, draw, highest.value),
            }
        }
        highest.arm
    }

    /// Takes up one more outcome of an arm.
    fn follow(&mut self, arm: usize, success: bool, tally: &Tally) {
        if tally.pulls()[arm].is_multiple_of(ANEW) {
            return self.refresh(arm, tally);
        }
        let law = Law::of(self.laws[arm].posterior.after(success));
        self.put(arm, law);
    }

    /// Makes the law of an arm anew from its counts.
    fn refresh(&mut self, arm: usize, tally: &Tally) {
        let successes = tally.successes()[arm] as f64;
        let failures = (tally.pulls()[arm] - tally.successes()[arm]) as f64;
        let (alpha, beta) = self.priors[arm];
        self.put(arm, Law::new(alpha + successes, beta + failures));
    }

    fn put(&mut self, arm: usize, law: Law) {
        self.laws[arm] = law;
        if arm == self.leader {
            let mean = |arm: &usize| self.laws[*arm].mean;
            self.leader = (0..self.laws.len())
                .max_by(|a, b| mean(a).total_cmp(&mean(b)))
                .unwrap_or(0);
        } else if self.laws[arm].mean > self.laws[self.leader].mean {
            self.leader = arm;
        }
    }

    /// The arm other than `leader` of the highest posterior mean.
    pub(super) fn runner_up(&self, leader: usize) -> usize {
        let mean = |arm: &usize| self.laws[*arm].mean;
        let others = (0..self.laws.len()).filter(|&arm| arm != leader);
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
        let posteriors: Vec<Posterior> = self.laws.iter().map(|law| law.posterior).collect();
        Some(p_best(&posteriors))
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
        let mut seen = vec![(None, 1.0); self.laws.len()];
        self.sample(stream, |arm, draw, ceiling| seen[arm] = (draw, ceiling));
        let mut aside = stream_of(stream.random(), "draws", 0);
        let complete = |(law, (draw, ceiling)): (&Law, (Option<f64>, f64))| {
            draw.unwrap_or_else(|| {
                let share = aside.random::<f64>() * law.posterior.cdf(ceiling);
                law.posterior.quantile(share).min(ceiling)
            })
        };
        self.laws.iter().zip(seen).map(complete).map(Some).collect()
    }
}
