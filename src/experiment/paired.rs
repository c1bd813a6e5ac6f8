//! Two treatments of the same users.

use super::special::{mean_and_variance, t_two_sided};

/// The p-value of the paired t-test, two-sided: t = d̄ / (s/√n) with n − 1 degrees of freedom, d being one − other. `None` for
/// fewer than two users, or lists of different lengths; 1 where all differences are 0, 0 where all are the same otherwise.
/// O(users).
pub fn paired_t(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() {
        return None;
    }
    let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
    let (mean, variance) = mean_and_variance(&differences)?;
    let variance = variance?;
    if variance == 0.0 {
        return Some(if mean == 0.0 { 1.0 } else { 0.0 });
    }
    let n = differences.len() as f64;
    Some(t_two_sided(mean / (variance / n).sqrt(), n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences 1, 0, 1, 2, 2: t = 1.2 / √(.7/5). With four degrees of freedom Student's law has a closed form,
    /// P(|T| > t) = 1 − ¾ u (1 − t²/(12 + 3t²)) with u = t/√(1 + t²/4).
    #[test]
    fn by_hand() {
        let p = paired_t(&[1.0, 2.0, 4.0, 5.0, 7.0], &[0.0, 2.0, 3.0, 3.0, 5.0]).unwrap();
        let t = 1.2 / f64::sqrt(0.7 / 5.0);
        let u = t / (1.0 + t * t / 4.0).sqrt();
        let expected = 1.0 - 0.75 * u * (1.0 - t * t / (12.0 + 3.0 * t * t));
        assert!((p - expected).abs() < 1e-12 && (p - 0.032_677_923).abs() < 1e-8, "{p}");
        assert_eq!(paired_t(&[1.0, 2.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(paired_t(&[2.0, 3.0], &[1.0, 2.0]), Some(0.0));
        assert_eq!(paired_t(&[2.0], &[1.0]), None);
        assert_eq!(paired_t(&[2.0, 1.0], &[1.0]), None);
    }
}
