use serde::{Deserialize, Serialize};

use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled};

/// Baselines: how far each user and each item lies from the global mean, fitted by alternating least squares.
///
/// b_ui = μ + b_u + b_i. One epoch sets every b_i = Σ_{u rated i} (r − μ − b_u) / (reg_item + n_i), then every
/// b_u = Σ_{i rated by u} (r − μ − b_i) / (reg_user + n_u). Koren 2010, as Surprise's `BaselineOnly` computes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    pub mean: f64,
    /// b_u by user; 0 for users without ratings.
    pub user: Vec<f64>,
    /// b_i by item; 0 for items without ratings.
    pub item: Vec<f64>,
    /// What is added to a user's number of ratings.
    pub reg_user: f64,
}

/// Rows between two checks for cancellation.
const ROWS_AT_ONCE: usize = 256;

impl Baselines {
    /// Fits the baselines with Surprise's default regularization and epochs.
    pub fn fit(dataset: &Dataset, cancel: &Cancel) -> Result<Self, Cancelled> {
        Self::als(dataset, (15.0, 10.0, 10), cancel, |_| ())
    }

    /// Fits the baselines, calling `watch` after every epoch. O(epochs × ratings); deterministic.
    pub fn als(
        dataset: &Dataset,
        (reg_user, reg_item, epochs): (f64, f64, usize),
        cancel: &Cancel,
        mut watch: impl FnMut(&Self),
    ) -> Result<Self, Cancelled> {
        let mut fitted = Self {
            mean: dataset.mean(),
            user: vec![0.0; dataset.n_users()],
            item: vec![0.0; dataset.n_items()],
            reg_user,
        };
        for _ in 0..epochs {
            for item in dataset.items() {
                if item.at() % ROWS_AT_ONCE == 0 {
                    cancel.check()?;
                }
                fitted.item[item.at()] = damped(fitted.mean, &fitted.user, dataset.item_row(item).iter(), reg_item);
            }
            for user in dataset.users() {
                if user.at() % ROWS_AT_ONCE == 0 {
                    cancel.check()?;
                }
                fitted.user[user.at()] = fitted.user_bias(dataset.user_row(user).iter());
            }
            cancel.check()?;
            watch(&fitted);
        }
        Ok(fitted)
    }

    /// b_u of a user with these `(item, rating)`s, items ascending. For a stored user it equals the fitted b_u bit for
    /// bit (users come last in an epoch), so an undone edit changes nothing.
    pub fn user_bias(&self, ratings: impl Iterator<Item = (u32, f64)>) -> f64 {
        damped(self.mean, &self.item, ratings, self.reg_user)
    }

    /// b_ui for a given, possibly folded-in user bias.
    #[inline]
    pub fn of(&self, user_bias: f64, item: ItemIx) -> f64 {
        self.mean + user_bias + self.item[item.at()]
    }

    pub fn memory_bytes(&self) -> usize {
        8 * (self.user.capacity() + self.item.capacity())
    }
}

/// Σ (r − μ − bias of the other side) / (regularization + n); 0 for no ratings.
fn damped(mean: f64, others: &[f64], ratings: impl Iterator<Item = (u32, f64)>, regularization: f64) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (other, rating) in ratings {
        sum += rating - mean - others[other as usize];
        n += 1.0;
    }
    if n > 0.0 { sum / (regularization + n) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::tests_common::dataset;
    use super::*;

    #[test]
    fn two_epochs_by_hand() {
        // μ = 3. Without regularization the first epoch sets b_i0 = ((5−3)+(2−3))/2 = .5, b_i1 = (2−3)/1 = −1, then
        // b_u0 = ((5−3−.5)+(2−3+1))/2 = .75, b_u1 = 2−3−.5 = −1.5; the second: b_i0 = (2−.75 −1+1.5)/2 = .875,
        // b_i1 = −1−.75 = −1.75; b_u0 = (2−.875 −1+1.75)/2 = .9375, b_u1 = −1−.875 = −1.875.
        let data = dataset(&[(0, 0, 5.0), (0, 1, 2.0), (1, 0, 2.0)]);
        let fitted = Baselines::als(&data, (0.0, 0.0, 2), &Cancel::new(), |_| ()).unwrap();
        assert_eq!(fitted.mean, 3.0);
        assert_eq!(fitted.item, [0.875, -1.75]);
        assert_eq!(fitted.user, [0.9375, -1.875]);
        let shrunk = Baselines::als(&data, (15.0, 10.0, 1), &Cancel::new(), |_| ()).unwrap();
        assert!((shrunk.item[0] - 1.0 / 12.0).abs() < 1e-15);
        assert!((shrunk.user[1] - (-1.0 - 1.0 / 12.0) / 16.0).abs() < 1e-15);
    }

    #[test]
    fn a_stored_user_folds_in_to_its_own_bias() {
        let data = dataset(&[(0, 0, 5.0), (0, 1, 2.5), (1, 0, 2.0), (1, 2, 0.7), (2, 1, 4.1)]);
        let fitted = Baselines::fit(&data, &Cancel::new()).unwrap();
        for user in data.users() {
            assert_eq!(fitted.user_bias(data.user_row(user).iter()), fitted.user[user.at()]);
        }
        assert_eq!(fitted.user_bias(std::iter::empty()), 0.0);
    }

    #[test]
    fn it_stops_when_told_to() {
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(Baselines::fit(&dataset(&[(0, 0, 1.0)]), &cancel), Err(Cancelled));
    }
}
