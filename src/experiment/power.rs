//! How many users an experiment needs, and what so many can find.

use super::special::{ROOT_TWO, critical_z, normal_below, normal_quantile, root, t_power};

/// How the size of an experiment is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeFormula {
    /// Two proportions: n = (z_{α/2} √(2p̄q̄) + z_β √(p₁q₁ + p₂q₂))² / (p₁ − p₂)², as R's power.prop.test has it.
    Pooled,
    /// Two proportions: n = 2 (z_{α/2} + z_β)² / h² with Cohen's h = 2 asin √p₂ − 2 asin √p₁.
    CohenH,
    /// Two means, the effect in standard deviations: n = 2 (z_{α/2} + z_β)² / d².
    Normal,
    /// Two means by the noncentral t law, solved for n.
    NoncentralT,
}

impl SizeFormula {
    pub fn text(self) -> &'static str {
        match self {
            Self::Pooled => "(z_{α/2} √(2p̄q̄) + z_β √(p₁q₁ + p₂q₂))² / (p₁ − p₂)²",
            Self::CohenH => "2 (z_{α/2} + z_β)² / h², h = 2 asin √p₂ − 2 asin √p₁ (Cohen)",
            Self::Normal => "2 (z_{α/2} + z_β)² / d², d in standard deviations",
            Self::NoncentralT => "such that the t-test of d standard deviations has this power by the noncentral t law",
        }
    }
}

/// Users an arm, not rounded, for a two-sided test at level α with this power to find p₁ against p₂. `None` where they
/// are the same.
pub fn n_of_proportions(baseline: f64, target: f64, alpha: f64, power: f64, formula: SizeFormula) -> Option<f64> {
    if baseline == target {
        return None;
    }
    let (z_alpha, z_beta) = (critical_z(alpha), normal_quantile(power));
    let n = if formula == SizeFormula::CohenH {
        let h = 2.0 * (target.sqrt().asin() - baseline.sqrt().asin());
        (ROOT_TWO * (z_alpha + z_beta) / h).powi(2)
    } else {
        let mean = f64::midpoint(baseline, target);
        let pooled = (2.0 * mean * (1.0 - mean)).sqrt();
        let apart = (baseline * (1.0 - baseline) + target * (1.0 - target)).sqrt();
        ((z_alpha * pooled + z_beta * apart) / (baseline - target)).powi(2)
    };
    n.is_finite().then_some(n)
}

/// The power of n users an arm to find p₁ against p₂: the same formula, turned around.
pub fn power_of_proportions(baseline: f64, target: f64, alpha: f64, n: f64) -> f64 {
    let mean = f64::midpoint(baseline, target);
    let pooled = (2.0 * mean * (1.0 - mean)).sqrt();
    let apart = (baseline * (1.0 - baseline) + target * (1.0 - target)).sqrt();
    let away = (baseline - target).abs() * n.sqrt() - critical_z(alpha) * pooled;
    if apart > 0.0 {
        normal_below(away / apart)
    } else {
        f64::from(away > 0.0)
    }
}

/// The smallest target above the baseline that n users an arm find with this power; `None` where even 1 is not found.
pub fn detectable_target(baseline: f64, alpha: f64, power: f64, n: f64) -> Option<f64> {
    let excess = |target: f64| power_of_proportions(baseline, target, alpha, n) - power;
    (excess(1.0) >= 0.0).then(|| root(baseline, 1.0, excess))
}

/// Users an arm, not rounded, to find a difference of `d` standard deviations between two means. `None` for no difference.
pub fn n_of_means(d: f64, alpha: f64, power: f64, formula: SizeFormula) -> Option<f64> {
    let normal = 2.0 * ((critical_z(alpha) + normal_quantile(power)) / d).powi(2);
    if !(normal.is_finite() && d != 0.0) {
        return None;
    }
    if formula != SizeFormula::NoncentralT {
        return Some(normal);
    }
    let excess = |n: f64| t_power(d.abs() * (n / 2.0).sqrt(), 2.0 * n - 2.0, alpha) - power;
    // Never fewer than by the normal law, and hardly more than two.
    let low = normal.max(2.0);
    (normal < 1e9).then(|| {
        if excess(low) >= 0.0 {
            low
        } else {
            root(low, normal + 50.0, excess)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64, digits: f64) {
        assert!(
            (found.unwrap() - expected).abs() <= digits,
            "{found:?} is not {expected}"
        );
    }

    #[test]
    fn goldens() {
        let n = |p: f64, q: f64, power: f64| n_of_proportions(p, q, 0.05, power, SizeFormula::Pooled);
        near(n(0.04, 0.05, 0.95), 11165.9883, 6e-5);
        near(n(0.04, 0.05, 0.80), 6744.9331, 6e-5);
        near(n(0.02, 0.022, 0.80), 80681.3803, 6e-5);
        near(n(0.10, 0.11, 0.80), 14750.7905, 6e-5);
        near(n(0.05, 0.06, 0.80), 8157.7314, 6e-5);
        near(
            n_of_proportions(0.04, 0.05, 0.05, 0.8, SizeFormula::CohenH),
            6725.8,
            0.06,
        );
        // Six arms against one: α is shared by five tests.
        near(
            n_of_proportions(0.04, 0.05, 0.01, 0.95, SizeFormula::Pooled),
            15307.8,
            0.06,
        );
        near(n_of_means(0.2, 0.05, 0.8, SizeFormula::NoncentralT), 393.4057, 6e-5);
        // 2 (1.959964 + 0.841621)² / 0.04.
        near(n_of_means(0.2, 0.05, 0.8, SizeFormula::Normal), 392.4440, 6e-5);
    }

    #[test]
    fn size_power_and_target_turn_each_other_around() {
        for (baseline, target, power) in [(0.04, 0.05, 0.8), (0.5, 0.51, 0.95), (0.001, 0.002, 0.6)] {
            let n = n_of_proportions(baseline, target, 0.05, power, SizeFormula::Pooled).unwrap();
            assert!((power_of_proportions(baseline, target, 0.05, n) - power).abs() < 1e-12);
            near(detectable_target(baseline, 0.05, power, n), target, 1e-9);
        }
        assert_eq!(detectable_target(0.5, 0.05, 0.8, 2.0), None);
        assert_eq!(n_of_proportions(0.1, 0.1, 0.05, 0.8, SizeFormula::Pooled), None);
        assert_eq!(n_of_means(0.0, 0.05, 0.8, SizeFormula::NoncentralT), None);
    }
}
