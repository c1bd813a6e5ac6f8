use serde::Serialize;

use super::special::chi2_above;

/// Whether arms have the shares of users that they should.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleRatio {
    /// Σ (observed − expected)² / expected.
    pub statistic: f64,
    pub p: f64,
    /// p below [`SampleRatio::ALARM`]: something is wrong with how users were assigned or counted, and no figure of the
    /// experiment is to be trusted.
    pub alarm: bool,
}

impl SampleRatio {
    /// The level of the alarm. At .05 it would cry wolf at every twentieth experiment that is in order.
    pub const ALARM: f64 = 0.001;

    /// χ² on the counts of users an arm; `shares` are proportional to what was planned. `None` for fewer than two arms, or
    /// where nothing is expected of an arm.
    pub fn of(users: &[u64], shares: &[f64]) -> Option<Self> {
        let (all, whole) = (users.iter().sum::<u64>() as f64, shares.iter().sum::<f64>());
        let is_right = users.len() >= 2 && users.len() == shares.len() && all > 0.0;
        if !is_right || shares.iter().any(|share| !(*share > 0.0 && share.is_finite())) {
            return None;
        }
        let term = |(seen, share): (&u64, &f64)| {
            let expected = all * share / whole;
            (*seen as f64 - expected).powi(2) / expected
        };
        let statistic = users.iter().zip(shares).map(term).sum();
        let p = chi2_above(statistic, users.len() as f64 - 1.0);
        Some(Self {
            statistic,
            p,
            alarm: p < Self::ALARM,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goldens() {
        let even = SampleRatio::of(&[50_421, 49_579], &[0.5, 0.5]).unwrap();
        assert!((even.statistic - 7.08964).abs() < 6e-6 && (even.p - 0.0077530820).abs() < 6e-11);
        // At the usual .05 this would have been an alarm.
        assert!(!even.alarm);
        let odd = SampleRatio::of(&[90_500, 9_500], &[90.0, 10.0]).unwrap();
        assert!((odd.statistic - 27.7778).abs() < 6e-5 && (odd.p - 1.3608e-7).abs() < 6e-12);
        assert!(odd.alarm);
    }

    #[test]
    fn arms_without_an_answer() {
        for (users, shares) in [
            (vec![], vec![]),
            (vec![3], vec![1.0]),
            (vec![0, 0], vec![1.0, 1.0]),
            (vec![1, 2], vec![1.0, 0.0]),
        ] {
            assert_eq!(SampleRatio::of(&users, &shares), None);
        }
        assert_eq!(SampleRatio::of(&[5, 5, 5], &[1.0; 3]).unwrap().p, 1.0);
    }
}
