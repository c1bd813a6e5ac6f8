use super::ProportionSpec;
use crate::bandit::Posterior;
use crate::experiment::tested::{More, Tested};

pub(super) static BAYES: ProportionSpec = ProportionSpec {
    name: "bayes",
    formula: "P(θ_B > θ_A) and E[(θ_A − θ_B)₊], θ ~ Beta(1 + x, 1 + n − x)",
    doc: "the statistic is P(B > A), the interval that of θ_B − θ_A with equal tails",
    test: |arms| {
        let [a, b] = [arms.a, arms.b].map(|c| Posterior::new(1.0 + c.clicks as f64, 1.0 + c.misses() as f64));
        let ((low_a, high_a), (low_b, high_b)) = (reach(&a), reach(&b));
        let better = integral((0.0, 1.0), (low_b, high_b), |x| b.density(x) * a.cdf(x));
        let all = (low_a.min(low_b), high_a.max(high_b));
        let loss = integral((0.0, 1.0), all, |x| (1.0 - a.cdf(x)) * b.cdf(x));
        // P(θ_B − θ_A ≤ d): where θ_A + d leaves 0 to 1, θ_B is surely above or below it.
        let below = |d: f64| {
            let inside = ((-d).max(0.0), (1.0 - d).min(1.0));
            let surely = if d > 0.0 { 1.0 - a.cdf(1.0 - d) } else { 0.0 };
            surely + integral(inside, (low_a, high_a), |x| a.density(x) * b.cdf(x + d))
        };
        let quantile = |level: f64| {
            let (mut low, mut high) = ((low_b - high_a).max(-1.0), (high_b - low_a).min(1.0));
            for _ in 0..48 {
                let at = f64::midpoint(low, high);
                if below(at) < level {
                    low = at;
                } else {
                    high = at;
                }
            }
            f64::midpoint(low, high)
        };
        let mut told = Tested::new("bayes").about("difference", b.mean() - a.mean());
        told.statistic = Some(better.clamp(0.0, 1.0));
        told.more = More {
            expected_loss: Some(loss.max(0.0)),
            ..More::default()
        };
        told.within((quantile(arms.alpha / 2.0), quantile(1.0 - arms.alpha / 2.0)))
    },
};

/// Where all but 1e-17 of a law lies on either side; the upper end without the digits that 1 − 1e-17 does not have.
fn reach(p: &Posterior) -> (f64, f64) {
    (p.quantile(1e-17), 1.0 - Posterior::new(p.beta, p.alpha).quantile(1e-17))
}

/// ∫ f over `low` to `high`, f being nothing worth mentioning outside of `mass`: the trapezoid rule over the logit of the
/// place between the ends, where f dx vanishes at both of them, so that the error falls faster than any power of the step.
fn integral((low, high): (f64, f64), mass: (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    const STEPS: u32 = 600;
    let width = high - low;
    if width <= 0.0 {
        return 0.0;
    }
    let logit = |x: f64| {
        let (before, behind) = ((x - low) / width, (high - x) / width);
        (before.max(1e-18) / behind.max(1e-18)).ln()
    };
    let (from, to) = (logit(mass.0), logit(mass.1));
    let step = (to - from) / f64::from(STEPS);
    let at = |n: u32| {
        let share = 1.0 / (1.0 + (-(from + step * f64::from(n))).exp());
        f(low + width * share) * share * (1.0 - share)
    };
    (0..=STEPS).map(at).sum::<f64>() * step * width
}
