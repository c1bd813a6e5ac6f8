//! Two models on the same users, side by side.

/// How one model does against another, user by user.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Paired {
    /// The mean of one − other over all users.
    pub mean: f64,
    /// Half the width of the 95 % interval around it: 1.96 standard errors of the mean of the differences. `None`
    /// for fewer than [`Paired::FEWEST`] users, where the normal law says little.
    pub half_width: Option<f64>,
    pub higher: usize,
    pub lower: usize,
    pub same: usize,
}

impl Paired {
    /// Users below which no interval is given.
    pub const FEWEST: usize = 30;

    /// `one` against `other`: a value of each user, both in the same order. `None` for no users, or lists of different
    /// lengths. O(users).
    ///
    /// The interval is of the mean of paired differences d: s/√n with s² = Σ(d − mean)²/(n − 1). It holds for other users
    /// of the same kind, this split taken as it is.
    pub fn of(one: &[f64], other: &[f64]) -> Option<Self> {
        let n = one.len();
        if n == 0 || n != other.len() {
            return None;
        }
        let differences = || one.iter().zip(other).map(|(a, b)| a - b);
        let mean = differences().sum::<f64>() / n as f64;
        let half_width = (n >= Self::FEWEST).then(|| {
            let squares: f64 = differences().map(|d| (d - mean) * (d - mean)).sum();
            1.96 * (squares / (n as f64 - 1.0) / n as f64).sqrt()
        });
        Some(Self {
            mean,
            half_width,
            higher: differences().filter(|d| *d > 0.0).count(),
            lower: differences().filter(|d| *d < 0.0).count(),
            same: differences().filter(|d| *d == 0.0).count(),
        })
    }

    /// Whether chance alone may explain the difference: the interval includes 0, or there is none.
    pub fn may_be_chance(&self) -> bool {
        self.half_width.is_none_or(|half| self.mean.abs() <= half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Differences: twenty of +2, ten of 0, six of -1; their mean is 34/36.
        let one: Vec<f64> = [3.0; 20].into_iter().chain([1.0; 10]).chain([0.0; 6]).collect();
        let other = [1.0; 36];
        let paired = Paired::of(&one, &other).unwrap();
        assert_eq!((paired.higher, paired.lower, paired.same), (20, 6, 10));
        let mean = 34.0 / 36.0;
        assert!((paired.mean - mean).abs() < 1e-12);
        // Σ(d − mean)² = Σd² − n·mean² = 86 − 34²/36.
        let error = ((86.0 - 34.0 * 34.0 / 36.0) / 35.0 / 36.0_f64).sqrt();
        assert!((paired.half_width.unwrap() - 1.96 * error).abs() < 1e-12);
        assert!(!paired.may_be_chance());
        let back = Paired::of(&other, &one).unwrap();
        assert_eq!((back.mean, back.half_width), (-paired.mean, paired.half_width));
    }

    #[test]
    fn few_users_have_no_interval_and_none_no_answer() {
        let paired = Paired::of(&[1.0, 0.5], &[0.5, 0.5]).unwrap();
        assert_eq!((paired.mean, paired.half_width), (0.25, None));
        assert!(paired.may_be_chance());
        assert_eq!(Paired::of(&[], &[]), None);
        assert_eq!(Paired::of(&[1.0], &[]), None);
        // The same for everybody: nothing varies, and a difference is no chance.
        let shifted = Paired::of(&[0.5; 40], &[0.25; 40]).unwrap();
        assert_eq!((shifted.half_width, shifted.may_be_chance()), (Some(0.0), false));
        assert!(Paired::of(&[0.5; 40], &[0.5; 40]).unwrap().may_be_chance());
    }
}
