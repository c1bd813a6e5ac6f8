use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::data::{Condition, Dataset, FeedbackKind, ItemIx, Moment, UserIx};

/// In which fold each rating is tested. Two bytes a rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    n_folds: usize,
    fold_of: Vec<u16>,
}

impl Assignment {
    /// A rating that no fold tests.
    const NEVER: u16 = u16::MAX;
    /// One that is neither tested nor trained on: it is known of a user whom models have never seen.
    const KNOWN: u16 = u16::MAX - 1;

    /// Every rating is tested once: `fold_of(row)` says in which of `n_folds` (at most 65,533).
    pub(super) fn of_folds(n_folds: usize, fold_of: Vec<u16>) -> Self {
        Self { n_folds, fold_of }
    }

    /// One fold that tests the rows, by position in the order of the file, for which `is_test` holds.
    pub(super) fn hold_out(is_test: impl IntoIterator<Item = bool>) -> Self {
        let fold = |test| if test { 0 } else { Self::NEVER };
        Self {
            n_folds: 1,
            fold_of: is_test.into_iter().map(fold).collect(),
        }
    }

    /// Keeps a row out of the training of the only fold: it is known of its user, or tested.
    pub(super) fn fold_in(&mut self, row: usize, is_known: bool) {
        self.fold_of[row] = if is_known { Self::KNOWN } else { 0 };
    }

    pub fn n_folds(&self) -> usize {
        self.n_folds
    }

    /// Whether the rating at `row`, in the order of the file, is trained on in `fold`.
    #[inline]
    pub fn is_train(&self, row: usize, fold: usize) -> bool {
        !self.is_test(row, fold) && !self.is_known(row)
    }

    /// Whether the rating at `row` is known of a user whom models have never seen, and only that.
    #[inline]
    pub fn is_known(&self, row: usize) -> bool {
        self.fold_of[row] == Self::KNOWN
    }

    /// Whether the rating at `row`, in the order of the file, is tested in `fold`.
    #[inline]
    pub fn is_test(&self, row: usize, fold: usize) -> bool {
        usize::from(self.fold_of[row]) == fold
    }

    pub fn train_size(&self, fold: usize) -> usize {
        (0..self.fold_of.len()).filter(|&row| self.is_train(row, fold)).count()
    }

    pub fn test_size(&self, fold: usize) -> usize {
        self.fold_of.iter().filter(|f| usize::from(**f) == fold).count()
    }
}

/// One rating to be tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestRow {
    /// What was rated; `None` where the training data's catalog doesn't have it.
    pub item: Option<ItemIx>,
    pub rating: f64,
}

/// All test ratings of one user.
#[derive(Clone, Debug, PartialEq)]
pub struct TestUser {
    /// Who; `None` where the training data doesn't know them.
    pub user: Option<UserIx>,
    /// What is known of a user whom models have never seen; empty of others, whose training ratings are.
    pub known: Vec<(ItemIx, f64)>,
    pub rows: Vec<TestRow>,
    /// The ratings of the distinct items that the catalog doesn't have, each item's last.
    pub strange: Vec<f64>,
    /// The distinct catalog items that lists should hold, ascending: all that were tested, or those that meet a condition.
    pub relevant: Vec<ItemIx>,
    /// How many distinct items are relevant, those out of the catalog included.
    pub n_relevant: usize,
}

impl TestUser {
    /// All is relevant that was held out, but votes against.
    pub(super) fn new(user: Option<UserIx>, rows: Vec<TestRow>, strange: Vec<f64>, train: &Dataset) -> Self {
        let mut tested = Self {
            user,
            known: Vec::new(),
            rows,
            strange,
            relevant: Vec::new(),
            n_relevant: 0,
        };
        let votes = train.feedback().kind == FeedbackKind::Votes;
        tested.judge(|value| !votes || value > 0.0);
        tested
    }

    /// The tested items of the catalog, ascending, each with its rating: the last, where it is tested more than once.
    pub fn rated(&self) -> Vec<(ItemIx, f64)> {
        let mut rated: Vec<(ItemIx, f64)> = self.rows.iter().filter_map(|r| Some((r.item?, r.rating))).collect();
        rated.reverse();
        rated.sort_by_key(|(item, _)| *item);
        rated.dedup_by_key(|(item, _)| *item);
        rated
    }

    /// Makes relevant what has a rating that is.
    fn judge(&mut self, is_relevant: impl Fn(f64) -> bool) {
        let rated = self.rated();
        let relevant = rated.into_iter().filter(|(_, rating)| is_relevant(*rating));
        self.relevant = relevant.map(|(item, _)| item).collect();
        let strange = self.strange.iter().filter(|rating| is_relevant(**rating));
        self.n_relevant = self.relevant.len() + strange.count();
    }
}

/// A training set and the ratings held out from it, by user.
#[derive(Clone, Debug)]
pub struct Fold {
    pub train: Arc<Dataset>,
    /// The users with a test rating, in the order of the training data, then unknown ones as they appear.
    pub users: Vec<TestUser>,
    /// How many test rows repeat a pair that is trained on: models know the answer.
    pub rows_in_training: usize,
    /// How many distinct items are tested that the training data's catalog doesn't have.
    pub strange_items: usize,
    /// How many test rows are older than a rating of the same user that is trained on.
    pub rows_before_training: usize,
}

impl Fold {
    /// A training set and test rows (user id, item id, rating) from elsewhere, e.g. `u1.base` and `u1.test`. Users and
    /// items that the training set doesn't know are tested too.
    pub fn from_pair(train: Arc<Dataset>, test_rows: Vec<(String, String, f64)>) -> Self {
        let mut known: Vec<Vec<usize>> = vec![Vec::new(); train.n_users()];
        let mut unknown: Vec<Vec<usize>> = Vec::new();
        let mut place = HashMap::new();
        for (n, (user, ..)) in test_rows.iter().enumerate() {
            if let Some(user) = train.find_user(user) {
                known[user.at()].push(n);
                continue;
            }
            let at = *place.entry(user.as_str()).or_insert(unknown.len());
            if at == unknown.len() {
                unknown.push(Vec::new());
            }
            unknown[at].push(n);
        }
        let mut strange_items = HashSet::new();
        let mut user = |user: Option<UserIx>, rows: &[usize]| {
            // In order, so that the same files make the same fold.
            let mut strange = BTreeMap::new();
            let rows = rows.iter().map(|&n| {
                let (_, id, rating) = &test_rows[n];
                let item = train.find_item(id);
                if item.is_none() {
                    strange.insert(id.as_str(), *rating);
                    strange_items.insert(id.as_str());
                }
                TestRow { item, rating: *rating }
            });
            let rows = rows.collect();
            TestUser::new(user, rows, strange.into_values().collect(), &train)
        };
        let tested = train.users().zip(&known).filter(|(_, rows)| !rows.is_empty());
        let mut users: Vec<TestUser> = tested.map(|(u, rows)| user(Some(u), rows)).collect();
        users.extend(unknown.iter().map(|rows| user(None, rows)));
        let is_trained = |user: Option<UserIx>, row: &TestRow| {
            let pair = user.zip(row.item);
            pair.is_some_and(|(user, item)| train.rating(user, item).is_some())
        };
        let in_training = users
            .iter()
            .map(|u| u.rows.iter().filter(|row| is_trained(u.user, row)).count());
        Self {
            rows_in_training: in_training.sum(),
            rows_before_training: 0,
            strange_items: strange_items.len(),
            train,
            users,
        }
    }

    /// The same, where only test items with a rating that meets `condition` are relevant.
    #[must_use]
    pub fn judged_by(mut self, condition: Condition) -> Self {
        for user in &mut self.users {
            user.judge(|rating| condition.holds(rating));
        }
        self
    }

    /// Whether there is a rating of them to go by.
    pub fn knows(&self, tested: &TestUser) -> bool {
        let is_trained = |user: UserIx| !self.train.user_row(user).is_empty();
        !tested.known.is_empty() || tested.user.is_some_and(is_trained)
    }

    pub fn n_test(&self) -> usize {
        self.users.iter().map(|u| u.rows.len()).sum()
    }

    fn of_assignment(dataset: &Dataset, assignment: &Assignment, fold: usize) -> Self {
        let mut rows: Vec<Vec<TestRow>> = vec![Vec::new(); dataset.n_users()];
        let mut known: Vec<Vec<(ItemIx, f64)>> = vec![Vec::new(); dataset.n_users()];
        let mut latest: Vec<Option<Moment>> = vec![None; dataset.n_users()];
        for row in 0..dataset.n_ratings() {
            let (user, item, rating, time) = dataset.rating_in_file_order(row);
            if assignment.is_test(row, fold) {
                let item = Some(item);
                rows[user.at()].push(TestRow { item, rating });
            } else if assignment.is_known(row) {
                known[user.at()].push((item, rating));
            } else {
                latest[user.at()] = latest[user.at()].max(time);
            }
        }
        let is_early = |row: &usize| {
            let (user, _, _, time) = dataset.rating_in_file_order(*row);
            assignment.is_test(*row, fold) && time.is_some() && time < latest[user.at()]
        };
        let rows_before_training = (0..dataset.n_ratings()).filter(is_early).count();
        let tested = dataset
            .users()
            .zip(rows)
            .zip(known)
            .filter(|((_, rows), _)| !rows.is_empty());
        let tested = tested.map(|((user, rows), known)| TestUser {
            known,
            ..TestUser::new(Some(user), rows, Vec::new(), dataset)
        });
        Self {
            users: tested.collect(),
            rows_in_training: 0,
            rows_before_training,
            strange_items: 0,
            train: Arc::new(dataset.subset(|row| assignment.is_train(row, fold))),
        }
    }
}

/// The folds of a split, made one at a time so that only one training set stands in memory.
#[derive(Clone, Debug)]
pub struct Folds {
    name: String,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Split(Arc<Dataset>, Assignment),
    Given(Vec<Arc<Fold>>),
}

impl Folds {
    pub(super) fn of_assignment(name: String, dataset: Arc<Dataset>, assignment: Assignment) -> Self {
        Self {
            name,
            source: Source::Split(dataset, assignment),
        }
    }

    /// Folds that come ready made, under a name for reports, e.g. `u1.base / u1.test`.
    pub fn given(name: impl Into<String>, folds: impl IntoIterator<Item = impl Into<Arc<Fold>>>) -> Self {
        Self {
            name: name.into(),
            source: Source::Given(folds.into_iter().map(Into::into).collect()),
        }
    }

    /// The split in canonical form, or the name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn len(&self) -> usize {
        match &self.source {
            Source::Split(_, assignment) => assignment.n_folds(),
            Source::Given(folds) => folds.len(),
        }
    }

    /// What the values that are learned from mean.
    pub fn feedback_kind(&self) -> FeedbackKind {
        let data = match &self.source {
            Source::Split(dataset, _) => Some(dataset),
            Source::Given(folds) => folds.first().map(|fold| &fold.train),
        };
        data.map_or_else(FeedbackKind::default, |data| data.feedback().kind)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the fold at `index`, which must be below [`Folds::len`].
    pub fn get(&self, index: usize) -> Arc<Fold> {
        match &self.source {
            Source::Split(dataset, assignment) => Arc::new(Fold::of_assignment(dataset, assignment, index)),
            Source::Given(folds) => Arc::clone(&folds[index]),
        }
    }

    /// The ratings that are divided, and whether the rating at a row, in the order of the file, is tested in a fold; `None`
    /// for folds that came ready made.
    pub fn division(&self) -> Option<(&Dataset, &Assignment)> {
        match &self.source {
            Source::Split(dataset, assignment) => Some((dataset, assignment)),
            Source::Given(_) => None,
        }
    }

    /// All folds, one at a time.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Fold>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}
