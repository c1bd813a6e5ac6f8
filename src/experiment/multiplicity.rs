//! p-values of several tests, adjusted for being several.

/// A way to adjust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// m p: no false alarm at all, with probability 1 − α.
    Bonferroni,
    /// Holm 1979: the same promise, never weaker.
    Holm,
    /// Benjamini and Hochberg 1995: of the alarms, the share α is false on average.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli 2001: the same, however tests depend on each other.
    BenjaminiYekutieli,
}

impl Adjustment {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Bonferroni, "bonferroni"),
        (Self::Holm, "holm"),
        (Self::BenjaminiHochberg, "bh"),
        (Self::BenjaminiYekutieli, "by"),
    ];

    /// The adjusted p-values, in the order given: a test is significant at α where its own is at most α. O(m log m).
    pub fn adjust(self, p: &[f64]) -> Vec<f64> {
        let m = p.len() as f64;
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|i, j| p[*i].total_cmp(&p[*j]));
        let mut adjusted = vec![0.0; p.len()];
        match self {
            Self::Bonferroni => {
                for (to, p) in adjusted.iter_mut().zip(p) {
                    *to = (m * p).min(1.0);
                }
            }
            Self::Holm => {
                let mut most: f64 = 0.0;
                for (rank, &at) in order.iter().enumerate() {
                    most = most.max((m - rank as f64) * p[at]).min(1.0);
                    adjusted[at] = most;
                }
            }
            Self::BenjaminiHochberg | Self::BenjaminiYekutieli => {
                let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
                let factor = if self == Self::BenjaminiYekutieli {
                    harmonic
                } else {
                    1.0
                };
                let mut least: f64 = 1.0;
                for (rank, &at) in order.iter().enumerate().rev() {
                    least = least.min(factor * m / (rank as f64 + 1.0) * p[at]);
                    adjusted[at] = least;
                }
            }
        }
        adjusted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f64; 10] = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 6e-7, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn goldens() {
        let bh = Adjustment::BenjaminiHochberg.adjust(&P);
        near(
            &bh,
            &[0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105714, 0.216, 0.216, 0.216],
        );
        let holm = Adjustment::Holm.adjust(&P);
        near(
            &holm,
            &[0.01, 0.072, 0.312, 0.312, 0.312, 0.312, 0.312, 0.615, 0.615, 0.615],
        );
        let rejected = |p: &[f64]| p.iter().filter(|p| **p <= 0.05).count();
        assert_eq!((rejected(&bh), rejected(&holm)), (2, 1));
        // scipy.stats.false_discovery_control(P, method="by").
        let harmonic = 2.9289682539682538;
        near(
            &Adjustment::BenjaminiYekutieli.adjust(&P)[..2],
            &[0.01 * harmonic, 0.04 * harmonic],
        );
        near(&Adjustment::Bonferroni.adjust(&P[..3]), &[0.003, 0.024, 0.117]);
    }

    #[test]
    fn the_order_of_tests_does_not_matter() {
        let mut turned = P;
        turned.reverse();
        for (adjustment, name) in Adjustment::ALL {
            let mut back = adjustment.adjust(&turned);
            back.reverse();
            assert_eq!(back, adjustment.adjust(&P), "{name}");
            assert!(adjustment.adjust(&[]).is_empty());
            assert!(back.windows(2).all(|w| w[0] <= w[1]) && back.iter().zip(P).all(|(adjusted, p)| *adjusted >= p));
        }
    }
}
