use serde::Serialize;

/// What is believed of an arm's success rate θ: the law Beta(α, β).
///
/// From a prior Beta(a₀, b₀) and S successes in N pulls it is Beta(a₀ + S, b₀ + N − S).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Posterior {
    /// α > 0: prior weight of success, and the successes.
    pub alpha: f64,
    /// β > 0: prior weight of failure, and the failures.
    pub beta: f64,
    /// ln B(α, β), kept because every other figure needs it.
    #[serde(skip)]
    log_beta: f64,
}

impl Posterior {
    /// Beta(`alpha`, `beta`); both are raised to 1e-9 where they are below it.
    pub fn new(alpha: f64, beta: f64) -> Self {
        let (alpha, beta) = (alpha.max(1e-9), beta.max(1e-9));
        Self {
            alpha,
            beta,
            log_beta: libm::lgamma(alpha) + libm::lgamma(beta) - libm::lgamma(alpha + beta),
        }
    }

    /// The law after one more outcome. ln B follows by one logarithm, B(α + 1, β) = B(α, β) · α / (α + β): its rounding grows
    /// with every step, so that now and then it is made anew.
    #[must_use]
    pub(super) fn after(&self, success: bool) -> Self {
        let (a, b) = (self.alpha, self.beta);
        let (alpha, beta, part) = if success { (a + 1.0, b, a) } else { (a, b + 1.0, b) };
        Self {
            alpha,
            beta,
            log_beta: self.log_beta + (part / (a + b)).ln(),
        }
    }

    /// ln B(α, β).
    pub(super) fn log_beta(&self) -> f64 {
        self.log_beta
    }

    /// Its mean, α / (α + β).
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// Its density at θ in 0 to 1, for drawing: never infinite.
    ///
    /// Where α or β is below 1 the density has no bound at the edge; it is then taken 1e-6 from it.
    pub fn density(&self, theta: f64) -> f64 {
        let low = if self.alpha < 1.0 { 1e-6 } else { 0.0 };
        let high = if self.beta < 1.0 { 1.0 - 1e-6 } else { 1.0 };
        let theta = theta.clamp(low, high);
        self.log_density(theta.ln(), (-theta).ln_1p()).exp()
    }

    /// ln of the density, from ln θ and ln(1 − θ).
    pub(super) fn log_density(&self, log: f64, log_rest: f64) -> f64 {
        times(self.alpha - 1.0, log) + times(self.beta - 1.0, log_rest) - self.log_beta
    }

    /// P(θ ≤ x): the regularized incomplete beta function I_x(α, β). About √max(α, β) steps, correct to 1e-13.
    pub fn cdf(&self, x: f64) -> f64 {
        let x = x.clamp(0.0, 1.0);
        let (log, log_rest) = (x.ln(), (-x).ln_1p());
        self.split(x, 1.0 - x, log, log_rest).0
    }

    /// P(θ ≤ x) and P(θ > x), from x, 1 − x and their logarithms: the smaller one is computed, so that neither tail
    /// loses digits.
    pub(super) fn split(&self, x: f64, rest: f64, log: f64, log_rest: f64) -> (f64, f64) {
        if x <= 0.0 {
            return (0.0, 1.0);
        }
        if rest <= 0.0 {
            return (1.0, 0.0);
        }
        let (a, b) = (self.alpha, self.beta);
        let front = (a * log + b * log_rest - self.log_beta).exp();
        if x < (a + 1.0) / (a + b + 2.0) {
            let below = (front * fraction(a, b, x) / a).clamp(0.0, 1.0);
            (below, 1.0 - below)
        } else {
            let above = (front * fraction(b, a, rest) / b).clamp(0.0, 1.0);
            (1.0 - above, above)
        }
    }

    /// −ln P(θ > q) and its slope, the hazard f(q) / P(θ > q). Finite however far out q is.
    pub(super) fn surprise(&self, q: f64) -> (f64, f64) {
        let (a, b) = (self.alpha, self.beta);
        let (log, log_rest) = (q.ln(), (-q).ln_1p());
        let log_front = a * log + b * log_rest - self.log_beta;
        if q < (a + 1.0) / (a + b + 2.0) {
            let below = (log_front.exp() * fraction(a, b, q) / a).min(1.0 - 1e-16);
            let above = 1.0 - below;
            (-(-below).ln_1p(), (log_front - log - log_rest).exp() / above)
        } else {
            let tail = fraction(b, a, 1.0 - q) / b;
            (-(log_front + tail.ln()), 1.0 / (q * (1.0 - q) * tail))
        }
    }

    /// The θ below which lies the share `level` (0 to 1) of the law. Newton's steps within a bracket; correct to 1e-12.
    pub fn quantile(&self, level: f64) -> f64 {
        if level <= 0.0 {
            return 0.0;
        }
        if level >= 1.0 {
            return 1.0;
        }
        let (mut low, mut high, mut x) = (0.0, 1.0, self.mean());
        for _ in 0..200 {
            let (log, log_rest) = (x.ln(), (-x).ln_1p());
            let (below, above) = self.split(x, 1.0 - x, log, log_rest);
            let excess = if below < 0.5 {
                below - level
            } else {
                (1.0 - level) - above
            };
            let newton = x - excess / self.log_density(log, log_rest).exp();
            if excess == 0.0 || (newton - x).abs() <= 1e-14 * x {
                break;
            }
            if excess > 0.0 {
                high = x;
            } else {
                low = x;
            }
            let inside = newton > low && newton < high;
            let next = if inside { newton } else { f64::midpoint(low, high) };
            if next == x {
                break;
            }
            x = next;
        }
        x
    }

    /// The central interval that holds the share `level` of the law, such as .95: equal tails left and right.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let tail = (1.0 - level.clamp(0.0, 1.0)) / 2.0;
        (self.quantile(tail), self.quantile(1.0 - tail))
    }
}

/// k·ln x, where nothing times −∞ is nothing.
fn times(k: f64, log: f64) -> f64 {
    if k == 0.0 { 0.0 } else { k * log }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut f = d;
    for step in 1..20_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        f *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        f *= d * c;
        if (d * c - 1.0).abs() < 4e-16 {
            break;
        }
    }
    f
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within, "{found} instead of {expected}");
    }

    #[test]
    fn the_cdf_is_the_binomial_sum() {
        // P(Beta(a, b) ≤ x) = P(Binomial(a + b − 1, x) ≥ a) for whole a and b.
        for (a, b) in [(1u32, 1u32), (1, 6), (3, 2), (10, 25), (31, 21)] {
            for x in [0.001, 0.05, 0.3, 0.5, 0.77, 0.999] {
                let n = a + b - 1;
                let choose = |k: u32| (1..=k).fold(1.0, |c, i| c * f64::from(n - k + i) / f64::from(i));
                let term = |k: u32| choose(k) * f64::powi(x, k as i32) * f64::powi(1.0 - x, (n - k) as i32);
                let expected: f64 = (a..=n).map(term).sum();
                close(Posterior::new(f64::from(a), f64::from(b)).cdf(x), expected, 1e-12);
            }
        }
    }

    #[test]
    fn closed_forms_are_met() {
        // Beta(1, b): P(θ > q) = (1 − q)^b. Beta(½, ½): the arcsine law.
        let flat = Posterior::new(1.0, 40.0);
        close(flat.quantile(0.975), 1.0 - 0.025f64.powf(1.0 / 40.0), 1e-13);
        close(flat.surprise(0.6).0, -40.0 * 0.4f64.ln(), 1e-10);
        close(flat.surprise(0.6).1, 40.0 / 0.4, 1e-9);
        let arcsine = Posterior::new(0.5, 0.5);
        close(
            arcsine.quantile(0.25),
            (std::f64::consts::PI / 8.0).sin().powi(2),
            1e-12,
        );
        assert!(arcsine.density(0.0).is_finite() && arcsine.density(1.0).is_finite());
        close(Posterior::new(1.0, 1.0).density(0.0), 1.0, 1e-12);
        close(Posterior::new(2.0, 1.0).density(1.0), 2.0, 1e-12);
        close(Posterior::new(3.0, 7.0).mean(), 0.3, 1e-15);
    }

    #[test]
    fn outcomes_one_by_one_lead_to_the_same_law() {
        for (alpha, beta) in [(1.0, 1.0), (0.5, 0.5), (300.0, 2.5)] {
            let (mut law, mut successes) = (Posterior::new(alpha, beta), 0.0);
            for n in 1..=1024u32 {
                let success = n.is_multiple_of(7);
                law = law.after(success);
                successes += f64::from(success);
                let anew = Posterior::new(alpha + successes, beta + f64::from(n) - successes);
                assert_eq!((law.alpha, law.beta), (anew.alpha, anew.beta));
                close(law.log_beta, anew.log_beta, 1e-10);
            }
        }
    }

    #[test]
    fn quantiles_turn_the_cdf_around_even_for_large_counts() {
        for (a, b) in [(0.5, 3.5), (1.0, 1e6), (3e5, 7e5), (61.0, 552.0), (2.0, 1.0)] {
            let law = Posterior::new(a, b);
            for level in [1e-6, 0.025, 0.5, 0.975, 1.0 - 1e-6] {
                let found = law.cdf(law.quantile(level));
                assert!((found - level).abs() < 1e-10, "{found} instead of {level} of {law:?}");
            }
            let (low, high) = law.interval(0.95);
            assert!(low < law.mean() && law.mean() < high);
        }
    }
}
