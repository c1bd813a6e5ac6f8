//! Formulas that differ only in how they are turned, measured on ratings held out for that.

use std::sync::Arc;

use crate::answers::leaderboard::split_name;
use crate::answers::{AnswerError, World};
use crate::evaluate::splits::SplitError;
use crate::evaluate::{FittableModel, Fold, Folds, Metric, Options, Split, evaluate};
use crate::models::hybrid::{assemble, remembered};
use crate::models::{FitError, FitStore, Formula, Recommender};
use crate::task::Task;

/// So many users are measured, where nothing is said.
pub const USERS: usize = 500;

/// So many bytes of scores are kept, where nobody says how many users are measured; and of fitted models.
const ROOM: usize = 256 << 20;

/// The ratings held out, and the parts fitted to the rest. The part that the leaderboard tests on is not touched: what is
/// held out is a share of what it trains on.
pub struct Bench {
    fold: Arc<Fold>,
    split: String,
    store: FitStore,
    /// The parts fitted so far, each with the scores of everybody it was asked for.
    parts: Vec<(Formula, Arc<dyn Recommender>)>,
    of_users: usize,
}

impl Bench {
    /// Holds ratings out, and chooses `users` of those who have some, evenly over the file; as many as fit into memory with
    /// the scores of `parts` models where nothing is said. O(ratings·ln).
    ///
    /// # Errors
    /// A sentence where the ratings cannot be divided so, or nothing is held out.
    pub fn new(world: &World, users: Option<usize>, parts: usize, task: &Task) -> Result<Self, AnswerError> {
        let usage = |error: SplitError| AnswerError::Usage(format!("some ratings must be held out: {error}"));
        let name = split_name(world.seed());
        let split = Split::parse(&name).map_err(usage)?;
        let outer = split.folds(&world.dataset).map_err(usage)?.get(0);
        task.cancel.check()?;
        let fold = split.folds(&outer.train).map_err(usage)?.get(0);
        task.cancel.check()?;
        let mut fold = Arc::unwrap_or_clone(fold);
        fold.users.retain(|user| user.user.is_some() && user.n_relevant > 0);
        let of_users = fold.users.len();
        if of_users == 0 {
            let few = "there are too few ratings to hold some out: nobody has one to be tested on";
            return Err(AnswerError::Usage(few.to_owned()));
        }
        let room = ROOM / (world.dataset.n_items().max(1) * 9 * parts.max(1));
        let wanted = users.unwrap_or(USERS.min(room).max(1)).min(of_users);
        // Evenly over the file: the order of files often means something.
        let chosen: Vec<usize> = (0..wanted).map(|n| n * of_users / wanted).collect();
        let mut at = 0;
        fold.users.retain(|_| {
            at += 1;
            chosen.binary_search(&(at - 1)).is_ok()
        });
        Ok(Self {
            store: FitStore::new(Arc::clone(&fold.train), world.seed()),
            fold: Arc::new(fold),
            split: name,
            parts: Vec::new(),
            of_users,
        })
    }

    /// Which ratings are held out, in a sentence.
    pub fn held_out(&self) -> String {
        format!("{} of what the leaderboard trains on", self.split)
    }

    /// How many users are measured, and of how many.
    pub fn users(&self) -> (usize, usize) {
        (self.fold.users.len(), self.of_users)
    }

    /// Fits the parts of the formula that were not fitted yet.
    fn prepare(&mut self, formula: &Formula, task: &Task) -> Result<(), AnswerError> {
        // The scores of parts that are no longer asked for take room.
        self.parts.retain(|(part, _)| formula.fittables().contains(&part));
        // So do models fitted for settings that were passed.
        if self.store.memory_bytes() > ROOM {
            self.store = self.store.with_seed(self.store.seed());
        }
        for part in formula.fittables() {
            if !self.parts.iter().any(|(fitted, _)| fitted == part) {
                let model = self.store.fit(part, task)?;
                self.parts.push((part.clone(), remembered(model)));
            }
        }
        Ok(())
    }

    /// The mean of each metric over the users; `None` where one cannot be told. The parts are fitted the first time, and
    /// everybody is scored by them once.
    ///
    /// # Errors
    /// Where a part cannot be fitted; cancellation.
    pub fn measure(
        &mut self,
        formula: &Formula,
        metrics: &[Metric],
        task: &Task,
    ) -> Result<Vec<Option<f64>>, AnswerError> {
        self.prepare(formula, task)?;
        let (parts, train, turned) = (self.parts.clone(), Arc::clone(&self.fold.train), formula.clone());
        let model = FittableModel::new(formula.to_string(), move |_| {
            assemble(&turned, &train, &mut |part| {
                let found = parts.iter().find(|(fitted, _)| fitted == part);
                let lacking = || FitError::Unfit(format!("{part} is not fitted"));
                found.map(|(_, model)| Arc::clone(model)).ok_or_else(lacking)
            })
        });
        let folds = Folds::given(self.split.clone(), [Arc::clone(&self.fold)]);
        let evaluation = evaluate(&folds, &[model], metrics, &Options::default(), task)?;
        let row = evaluation.rows.first();
        let mean = |metric: &Metric| row.and_then(|row| row.mean(&metric.to_string()));
        Ok(metrics.iter().map(mean).collect())
    }
}
