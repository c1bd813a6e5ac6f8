//! Models side by side on ratings that were held out: a row a model, as they are measured, and the first lesson, which is
//! read from the same rows.

mod pairs;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{AnswerError, Entity, World};
use crate::data::{FeedbackKind, UserIx};
use crate::evaluate::slices::{Slice, SliceRow, means, slices};
use crate::evaluate::{
    Evaluation, FittableModel, Fold, FoldSize, Folds, Metric, ModelRow, Options, Paired, Split, evaluate,
};
use crate::models::{Formula, default_formula, default_neighborhood};
use crate::task::{Report, Task};

pub use pairs::{AgainstBest, ModelPair, ModelSpread, UserFigures, holm};

/// What is measured, the figure that rows are ranked by first.
const RANKING: &str = "ndcg@10,precision@10,recall@10,map@10,mrr@10,hit@10,coverage@10,novelty@10,arp@10";
/// What the lesson looks at.
pub const LESSON_MEASURES: &str = "ndcg@10,coverage@10";
/// The measure that rows are ranked by, and whose values by user are kept.
pub const LEAD: &str = "ndcg@10";
/// How ratings are held out; its seed is the world's. Published figures use the same.
const SPLIT: &str = "stratified:by=item,ratio=0.75,generator=numpy";
/// Bars of a spread over users, from 0 to 1.
pub const BINS: usize = 10;

/// The first lesson: three models, each with one idea more than the one before, for values of this kind.
pub fn ladder(kind: FeedbackKind) -> [&'static str; 3] {
    ["popularity", default_neighborhood(kind), "ease"]
}

/// The models that stand on the board before anybody adds one, for values of this kind.
pub fn first_models(kind: FeedbackKind) -> Vec<String> {
    let factors = if kind == FeedbackKind::Ratings { "svd" } else { "als" };
    let named = ladder(kind).into_iter().chain([factors, default_formula(kind)]);
    named.map(canonical).collect()
}

/// The word for the columns that the board has where nobody chose any.
pub const USUAL: &str = "usual";

/// Reads the columns that somebody chose: metrics separated by commas, [`USUAL`] among them standing for the usual ones. The
/// leading measure comes first, whether it was named or not, and nothing twice.
///
/// # Errors
/// A sentence that says which metric there is none of.
pub fn columns(text: &str, kind: FeedbackKind) -> Result<Vec<Metric>, String> {
    let mut chosen = Metric::parse_list(LEAD).map_err(|error| error.to_string())?;
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let named = if name == USUAL {
            measures(kind)
        } else {
            vec![Metric::parse(name).map_err(|error| error.to_string())?]
        };
        for metric in named {
            if !chosen.contains(&metric) {
                chosen.push(metric);
            }
        }
    }
    if chosen.len() > MOST_COLUMNS {
        return Err(format!("a board has at most {MOST_COLUMNS} columns of figures"));
    }
    Ok(chosen)
}

/// The most columns of figures on the board.
pub const MOST_COLUMNS: usize = 31;

/// What the board measures, as the command line takes it: errors on the scale only where the values lie on one.
pub fn measures_of(kind: FeedbackKind) -> String {
    let rating = if kind == FeedbackKind::Ratings { ",rmse" } else { "" };
    format!("{RANKING}{rating}")
}

/// As reports write it; what can't be read stays as it is.
fn canonical(text: &str) -> String {
    Formula::parse(text).map_or_else(|_| text.to_owned(), |f| f.to_string())
}

/// Whether rows come by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BoardState {
    /// There are so many ratings that a person has to say whether it is worth it.
    #[default]
    Asks,
    Running,
    /// A person stopped it before all rows were there.
    Stopped,
    Done,
}

/// Somebody with held-out ratings.
#[derive(Clone, Debug, PartialEq)]
pub struct TestPerson {
    pub user: UserIx,
    pub id: String,
    pub label: String,
    pub test_items: usize,
}

/// How the leading measure is spread over users, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Users with exactly 0: none of their items was found.
    pub zero: usize,
    /// The others, in [`BINS`] equal bars over (0, 1]: a value on a border counts below it.
    pub bins: [usize; BINS],
    /// A quarter of users have this or less, a half, three quarters.
    pub quartiles: [f64; 3],
    /// Users (by their place among those tested), lowest first; of equals those with more test items come first, then it
    /// goes by the order of the file.
    pub order: Vec<u32>,
}

impl Spread {
    /// Of a value and the number of test items of each user.
    fn of(values: &[f64], test_items: impl Fn(usize) -> usize) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        let key = |at: u32| (values[at as usize], std::cmp::Reverse(test_items(at as usize)));
        order.sort_by(|a, b| {
            let ((a, more_a), (b, more_b)) = (key(*a), key(*b));
            a.total_cmp(&b).then(more_a.cmp(&more_b))
        });
        let mut spread = Self::default();
        for &value in values {
            match value {
                v if v <= 0.0 => spread.zero += 1,
                v => spread.bins[((v * BINS as f64).ceil() as usize).clamp(1, BINS) - 1] += 1,
            }
        }
        if let Some(last) = order.len().checked_sub(1) {
            // The nearest rank: the least value that so many users do not exceed.
            let at = |share: usize| ((order.len() * share).div_ceil(4)).saturating_sub(1).min(last);
            spread.quartiles = [1, 2, 3].map(|share| values[order[at(share)] as usize]);
        }
        spread.order = order;
        spread
    }
}

/// A model that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The figures, exactly as `recscope evaluate` prints them.
    pub row: ModelRow,
    /// How the leading measure is spread over users.
    pub spread: Spread,
}

impl Measured {
    /// The mean of a measure, where it can be told.
    pub fn mean(&self, measure: &str) -> Option<f64> {
        self.row.mean(measure)
    }

    /// Each user's value of the leading measure.
    pub fn by_user(&self) -> &[f64] {
        let lead = self.row.metrics.iter().find(|m| m.metric.to_string() == LEAD);
        lead.map_or(&[], |m| &m.by_user)
    }
}

/// A row of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRow {
    /// The model, as a formula in canonical form.
    pub model: String,
    pub measured: Option<Arc<Measured>>,
    /// The best of the others (by its place), and how this one does against it, user by user.
    pub against: Option<(usize, Paired)>,
    /// How far chance explains its distance to the best by the leading measure ([`holm`]).
    pub p_holm: Option<f64>,
}

impl BoardRow {
    /// The mean of a measure, where it is there and can be told.
    pub fn mean(&self, measure: &str) -> Option<f64> {
        self.measured.as_ref()?.mean(measure)
    }

    /// Why it could not be fitted.
    pub fn error(&self) -> Option<&str> {
        self.measured.as_ref()?.row.error.as_deref()
    }
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub model: &'static str,
    /// The mean of the leading measure, once it is there.
    pub value: Option<f64>,
    pub coverage: Option<f64>,
    pub error: Option<String>,
    /// Against the step before, user by user.
    pub gain: Option<Paired>,
}

impl Step {
    /// The model without its parameters: what the lesson calls it.
    pub fn name(&self) -> &'static str {
        self.model.split(':').next().unwrap_or(self.model)
    }
}

/// What it takes to measure models on a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub ratings: usize,
    /// Bytes for the part to learn from and the part to test on, about.
    pub bytes: usize,
    pub users: usize,
}

impl Cost {
    fn of(world: &World) -> Self {
        let data = &world.dataset;
        // Three quarters are learned from; what is tested is kept in rows.
        let test = data.n_ratings() / 4 * size_of::<crate::evaluate::TestRow>();
        Self {
            ratings: data.n_ratings(),
            bytes: data.memory().ratings() / 4 * 3 + test,
            users: data.users_with_ratings(),
        }
    }
}

/// The board as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderboardView {
    pub state: BoardState,
    pub split: String,
    pub seed: u64,
    /// How large the two parts are, once they are made.
    pub size: Option<FoldSize>,
    /// The measures, in the order of the columns.
    pub metrics: Vec<Metric>,
    /// The models, in the order asked for.
    pub rows: Vec<BoardRow>,
    pub steps: Vec<Step>,
    /// What is being measured (by its place), and the last word of it.
    pub running: Option<(usize, Option<Report>)>,
    pub people: Arc<Vec<TestPerson>>,
    /// The leading measure over groups of users, a mean a row of the board.
    pub slices: Arc<Vec<SliceRow>>,
    /// What it takes to measure all rows.
    pub cost: Cost,
}

impl LeaderboardView {
    /// How many rows are there, failed ones too.
    pub fn done(&self) -> usize {
        self.rows.iter().filter(|r| r.measured.is_some()).count()
    }

    /// The row that is best by the leading measure, the first of those that are.
    pub fn best(&self) -> Option<usize> {
        best_but(&self.rows, usize::MAX)
    }
}

/// The row that is best by the leading measure, but for one.
fn best_but(rows: &[BoardRow], but: usize) -> Option<usize> {
    let known = rows.iter().enumerate().filter(|(n, _)| *n != but);
    let known = known.filter_map(|(n, row)| Some((n, row.mean(LEAD)?)));
    known
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(n, _)| n)
}

/// What has been measured so far. It is kept while models come and go.
pub struct Board {
    world: World,
    fold: Option<Arc<Fold>>,
    split: String,
    size: Option<FoldSize>,
    people: Arc<Vec<TestPerson>>,
    slices: Vec<Slice>,
    /// What the columns show; beside it, what other panes look at is measured.
    columns: Vec<Metric>,
    rows: BTreeMap<String, Arc<Measured>>,
}

impl Board {
    /// Nothing measured yet. What-if edits play no part: what is measured are the ratings as stored.
    pub fn new(world: World) -> Self {
        Self {
            fold: None,
            split: String::new(),
            size: None,
            people: Arc::default(),
            slices: Vec::new(),
            columns: measures(world.dataset.feedback().kind),
            rows: BTreeMap::new(),
            world,
        }
    }

    /// Shows these columns from now on. What was measured without one of them is measured again when it is asked for.
    pub fn show(&mut self, columns: &[Metric]) {
        self.columns = columns.to_vec();
    }

    /// What is measured: the columns, and what other panes look at.
    fn measured(&self) -> Vec<Metric> {
        let mut all = measures(self.kind());
        let more = self.columns.iter().filter(|metric| !all.contains(metric)).copied();
        let more: Vec<Metric> = more.collect();
        all.extend(more);
        all
    }

    /// Divides the ratings, the first time. O(ratings·log).
    ///
    /// # Errors
    /// One sentence where the data can't be divided so.
    pub fn prepare(&mut self, task: &Task) -> Result<(), AnswerError> {
        if self.fold.is_some() {
            return Ok(());
        }
        task.cancel.check()?;
        let usage = |e: crate::evaluate::splits::SplitError| AnswerError::Usage(e.to_string());
        let split = Split::parse(SPLIT).map_err(usage)?.with_seed(self.world.seed());
        let folds = split.folds(&self.world.dataset).map_err(usage)?;
        task.cancel.check()?;
        let fold = folds.get(0);
        task.cancel.check()?;
        let person = |tested: &crate::evaluate::TestUser| {
            let user = tested.user?;
            Some(TestPerson {
                user,
                id: self.world.id(Entity::User(user)).to_owned(),
                label: self.world.label(Entity::User(user)),
                test_items: tested.n_relevant,
            })
        };
        // A split of a dataset knows all its users.
        self.people = Arc::new(fold.users.iter().filter_map(person).collect());
        folds.name().clone_into(&mut self.split);
        let users: Vec<Option<UserIx>> = self.people.iter().map(|person| Some(person.user)).collect();
        self.slices = slices(&fold.train, &users);
        task.cancel.check()?;
        self.size = Some(FoldSize::of(&fold));
        self.fold = Some(fold);
        Ok(())
    }

    /// Whether the model was measured, by all columns that are shown.
    pub fn has(&self, model: &str) -> bool {
        self.rows.get(model).is_some_and(|one| {
            let has = |column: &Metric| one.row.metrics.iter().any(|outcome| outcome.metric == *column);
            one.row.error.is_some() || self.columns.iter().all(has)
        })
    }

    /// Measures a model as `recscope evaluate` does, and keeps its row; one that can't be fitted has a row that says why.
    /// Needs [`Board::prepare`].
    ///
    /// # Errors
    /// Cancelled; then nothing is kept.
    pub fn measure(&mut self, model: &str, task: &Task) -> Result<(), AnswerError> {
        let Some(fold) = &self.fold else { return Ok(()) };
        let formula = self.world.catalog().parse(model)?;
        let options = Options {
            seed: self.world.seed(),
            by_user: true,
            ..Options::default()
        };
        let folds = Folds::given(self.split.clone(), [Arc::clone(fold)]);
        let models = [FittableModel::from(formula)];
        let Evaluation { rows, .. } = evaluate(&folds, &models, &self.measured(), &options, task)?;
        for row in rows {
            self.keep(model, row);
        }
        Ok(())
    }

    fn kind(&self) -> FeedbackKind {
        self.world.dataset.feedback().kind
    }

    /// Keeps the row of a model, with the users' values of the leading measure only.
    pub(crate) fn keep(&mut self, model: &str, mut row: ModelRow) {
        for outcome in row.metrics.iter_mut().filter(|o| o.metric.to_string() != LEAD) {
            outcome.by_user = Vec::new();
        }
        let mut measured = Measured {
            row,
            spread: Spread::default(),
        };
        let people = &self.people;
        measured.spread = Spread::of(measured.by_user(), |at| people.get(at).map_or(0, |p| p.test_items));
        self.rows.insert(model.to_owned(), Arc::new(measured));
    }

    /// The leading measure over groups of users.
    fn by_group(&self, rows: &[BoardRow]) -> Vec<SliceRow> {
        let values = |row: &BoardRow| row.measured.as_ref().map(Arc::clone);
        let measured: Vec<Option<Arc<Measured>>> = rows.iter().map(values).collect();
        let by_user = |one: &Option<Arc<Measured>>| one.as_ref().map_or(Vec::new(), |one| one.by_user().to_vec());
        let by_user: Vec<Vec<f64>> = measured.iter().map(by_user).collect();
        let by_user: Vec<&[f64]> = by_user.iter().map(Vec::as_slice).collect();
        means(&self.slices, &by_user, true)
    }

    /// The board of these models as it stands. O(models·users).
    pub fn view(&self, models: &[String], state: BoardState) -> LeaderboardView {
        let row = |model: &String| BoardRow {
            model: model.clone(),
            measured: self.rows.get(model).filter(|_| self.has(model)).map(Arc::clone),
            against: None,
            p_holm: None,
        };
        let mut rows: Vec<BoardRow> = models.iter().map(row).collect();
        let best: Vec<Option<usize>> = (0..rows.len()).map(|n| best_but(&rows, n)).collect();
        for (n, other) in best.into_iter().enumerate() {
            rows[n].against = other.and_then(|other| Some((other, paired(&rows[n], &rows[other])?)));
        }
        if let Some(best) = best_but(&rows, usize::MAX) {
            let by_user: Vec<&[f64]> = rows
                .iter()
                .map(|row| row.measured.as_ref().map_or(&[][..], |one| one.by_user()))
                .collect();
            let adjusted = holm(&by_user, best);
            rows.iter_mut().zip(adjusted).for_each(|(row, p)| row.p_holm = p);
        }
        LeaderboardView {
            state: if rows.iter().all(|r| r.measured.is_some()) {
                BoardState::Done
            } else {
                state
            },
            split: self.split.clone(),
            seed: self.world.seed(),
            size: self.size,
            metrics: self.columns.clone(),
            steps: steps(&rows, self.kind()),
            running: None,
            people: Arc::clone(&self.people),
            slices: Arc::new(self.by_group(&rows)),
            cost: Cost::of(&self.world),
            rows,
        }
    }
}

/// The measures, in the order of the columns.
pub fn measures(kind: FeedbackKind) -> Vec<Metric> {
    // The text is ours, and a test reads it.
    Metric::parse_list(&measures_of(kind)).unwrap_or_default()
}

/// The split in canonical form, as the command line takes it.
pub fn split_name(seed: u64) -> String {
    Split::parse(SPLIT).map_or_else(|_| SPLIT.to_owned(), |split| split.with_seed(seed).to_string())
}

fn paired(one: &BoardRow, other: &BoardRow) -> Option<Paired> {
    Paired::of(one.measured.as_ref()?.by_user(), other.measured.as_ref()?.by_user())
}

fn steps(rows: &[BoardRow], kind: FeedbackKind) -> Vec<Step> {
    let ladder = ladder(kind);
    let find = |model: &str| rows.iter().find(|r| r.model == model);
    let step = |(n, model): (usize, &'static str)| {
        let row = find(model);
        let before = n.checked_sub(1).and_then(|n| find(ladder[n]));
        Step {
            model,
            value: row.and_then(|r| r.mean(LEAD)),
            coverage: row.and_then(|r| r.mean("coverage@10")),
            error: row.and_then(|r| r.error()).map(str::to_owned),
            gain: row.zip(before).and_then(|(row, before)| paired(row, before)),
        }
    };
    ladder.into_iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests;
