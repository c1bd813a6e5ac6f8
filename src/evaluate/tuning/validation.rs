use std::sync::{Arc, Mutex, PoisonError};

use crate::data::{Dataset, UserIx};
use crate::evaluate::splits::SplitError;
use crate::evaluate::{FittableModel, Fold, Folds, Metric, Options, Split, evaluate};
use crate::models::{FitStore, Formula, Recommender};
use crate::task::{Cancelled, Task};

/// A rung below the last has at least so many test users: of fewer, figures say little.
const FEWEST_USERS: usize = 200;

/// The shares of the users that the rungs are of.
const SHARES: [f64; 3] = [0.25, 0.5, 1.0];

/// Ratings held out within a training part, on rungs: the first ones of a part of the users, both to learn from and to test,
/// the last one of all.
#[derive(Debug)]
pub struct Validation {
    /// How ratings are held out.
    name: String,
    rungs: Vec<Arc<Fold>>,
    /// The test users of each rung, with all there is to learn from.
    tested: Vec<Arc<Fold>>,
}

/// What came out of one trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub value: Result<f64, String>,
    pub seconds: f64,
}

impl Validation {
    /// Divides `train` by `split` as the whole was divided. Users are chosen evenly over the file. O(ratings·ln).
    ///
    /// # Errors
    /// A sentence where `train` cannot be divided so.
    pub fn new(split: &Split, train: &Arc<Dataset>) -> Result<Self, SplitError> {
        let whole = split.folds(train)?.get(0);
        let n_users = whole.users.len();
        let (mut rungs, mut tested) = (Vec::new(), Vec::new());
        for share in SHARES.into_iter().filter(|share| *share < 1.0) {
            if n_users as f64 * share >= FEWEST_USERS as f64 {
                let part = part(&whole, share);
                let users = part.users.clone();
                rungs.push(Arc::new(part));
                tested.push(Arc::new(Fold {
                    users,
                    ..Fold::clone(&whole)
                }));
            }
        }
        rungs.push(Arc::clone(&whole));
        tested.push(whole);
        Ok(Self {
            name: split.to_string(),
            rungs,
            tested,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the rung of all users.
    pub fn last(&self) -> usize {
        self.rungs.len() - 1
    }

    /// The ratings of a rung; the last one's above it.
    pub fn fold(&self, rung: usize) -> &Arc<Fold> {
        &self.rungs[rung.min(self.last())]
    }

    /// Fits the formula to a rung and measures it. The fitted model comes too, where there is one.
    pub fn measure(
        &self,
        formula: &Formula,
        rung: usize,
        (metric, options): (Metric, &Options),
        task: &Task,
    ) -> Result<(Measured, Option<Arc<dyn Recommender>>), Cancelled> {
        let fitted: Arc<Mutex<Option<Arc<dyn Recommender>>>> = Arc::default();
        let (kept, own) = (Arc::clone(&fitted), formula.clone());
        let model = FittableModel::new(formula.to_string(), move |context| {
            let model = FitStore::new(Arc::clone(&context.dataset), context.seed).fit(&own, &context.task)?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&model));
            Ok(model)
        });
        let measured = self.measured(model, self.fold(rung), (metric, options), task)?;
        let fitted = fitted.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok((measured, fitted))
    }

    /// Measures what is fitted to all users on those of a rung.
    pub fn measure_users(
        &self,
        model: FittableModel,
        rung: usize,
        how: (Metric, &Options),
        task: &Task,
    ) -> Result<Measured, Cancelled> {
        self.measured(model, &self.tested[rung.min(self.last())], how, task)
    }

    fn measured(
        &self,
        model: FittableModel,
        fold: &Arc<Fold>,
        (metric, options): (Metric, &Options),
        task: &Task,
    ) -> Result<Measured, Cancelled> {
        let folds = Folds::given(self.name.clone(), [Arc::clone(fold)]);
        let evaluation = evaluate(&folds, &[model], &[metric], options, task)?;
        let row = evaluation.rows.into_iter().next();
        let outcome = row.as_ref().and_then(|row| row.metrics.first());
        let value = outcome.and_then(|o| o.mean).filter(|value| value.is_finite());
        let said = row.as_ref().and_then(|row| row.error.clone());
        let reason = said.or_else(|| outcome.and_then(|o| o.reason.clone()));
        Ok(Measured {
            value: value.ok_or_else(|| reason.unwrap_or_else(|| format!("{metric} is undefined"))),
            seconds: row.map_or(0.0, |row| row.fit_seconds + row.test_seconds),
        })
    }
}

/// What a fold is of a share of the users.
fn part(fold: &Fold, share: f64) -> Fold {
    let at = |user: usize| (user as f64 * share).floor();
    let keeps = |user: UserIx| at(user.at() + 1) > at(user.at());
    let train = &fold.train;
    let mut part = fold.clone();
    part.train = Arc::new(train.subset(|row| keeps(train.place_in_file_order(row).0)));
    part.users.retain(|tested| tested.user.is_none_or(keeps));
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests_common::{dataset, rows};

    #[test]
    fn rungs_are_of_more_and_more_users_and_the_last_of_all() {
        // Each of 1,000 users rated ten items.
        let of_user = |u: i64| (0..10).map(move |i| (format!("u{u}"), format!("i{}", (u * 7 + i * 3) % 50), 4.0, i));
        let train = dataset(&(0..1000).flat_map(of_user).collect::<Vec<_>>());
        let split = Split::parse("stratified:by=user,ratio=0.8,seed=1").unwrap();
        let validation = Validation::new(&split, &train).unwrap();
        let sizes: Vec<(usize, usize)> = validation
            .rungs
            .iter()
            .map(|f| (f.users.len(), f.train.n_ratings()))
            .collect();
        assert_eq!(sizes, [(250, 2000), (500, 4000), (1000, 8000)]);
        let whole = validation.fold(2);
        for fold in &validation.rungs {
            for tested in &fold.users {
                let user = tested.user.unwrap();
                assert!(whole.users.contains(tested));
                assert_eq!(fold.train.user_row(user).len(), 8);
                assert_eq!(whole.train.user_row(user).len(), 8);
            }
        }
        for (part, tested) in validation.rungs.iter().zip(&validation.tested) {
            assert_eq!((&part.users, tested.train.n_ratings()), (&tested.users, 8000));
        }
        assert_eq!((validation.last(), validation.name()), (2, split.to_string().as_str()));
        // Of few users there is but one.
        let few = [("a", "x", 1.0), ("a", "y", 2.0), ("b", "x", 3.0), ("b", "y", 3.0)];
        let few = dataset(&rows(&few));
        let split = Split::parse("random:ratio=0.5,seed=1").unwrap();
        assert_eq!(Validation::new(&split, &few).unwrap().last(), 0);
    }
}
