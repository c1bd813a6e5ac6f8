use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution};
use rand_pcg::Pcg64;

use super::kinds::{factors_of, kinds};
use super::newcomers::Newcomer;
use super::questions::Ask;
use crate::data::{Dataset, FeedbackKind, ItemIx};
use crate::models::{FitError, FitStore, LatentFactors};
use crate::task::Task;

/// So many of the most rated items are asked about by their place in latent space.
const SURVEYED: usize = 1000;

/// Chooses questions.
pub struct Interviewer {
    plan: Plan,
    seed: u64,
    /// From which value on an answer is a like, by item; only for kinds.
    likes: Vec<f64>,
}

enum Plan {
    /// One order for everybody.
    Order(Vec<ItemIx>),
    /// Items with the chance of an answer and their factors.
    Survey(Vec<(ItemIx, f64, Vec<f64>)>),
    /// Kinds of items, the most rated of each first.
    Kinds(Vec<Vec<ItemIx>>),
    /// Any of these.
    Any(Vec<ItemIx>),
}

impl Interviewer {
    /// Looks at the data once, for all newcomers.
    ///
    /// # Errors
    /// Where the latent space cannot be learned; cancellation.
    pub fn prepare(ask: Ask, train: &Dataset, fits: &FitStore, seed: u64, task: &Task) -> Result<Self, FitError> {
        let count = |item: &ItemIx| train.item_row(*item).len();
        let rated: Vec<ItemIx> = train.items().filter(|item| count(item) > 0).collect();
        let ordered = |key: &dyn Fn(ItemIx) -> f64| {
            let mut order: Vec<(ItemIx, f64)> = rated.iter().map(|item| (*item, key(*item))).collect();
            order.sort_by(|a, b| b.1.total_cmp(&a.1));
            order.into_iter().map(|(item, _)| item).collect::<Vec<_>>()
        };
        let popular = || ordered(&|item| count(&item) as f64);
        let plan = match ask {
            Ask::Popularity => Plan::Order(popular()),
            Ask::Entropy => Plan::Order(ordered(&|item| entropy(train, item))),
            Ask::PopularityEntropy => Plan::Order(ordered(&|item| (count(&item) as f64).ln() * entropy(train, item))),
            Ask::Coverage => Plan::Survey(survey(train, popular(), fits, task)?),
            Ask::Bandit => Plan::Kinds(kinds(train, fits, task)?),
            Ask::Random => Plan::Any(rated),
        };
        let likes = match plan {
            Plan::Kinds(_) => train.items().map(|item| train.liked_from(item)).collect(),
            _ => Vec::new(),
        };
        Ok(Self { plan, seed, likes })
    }

    /// Asks somebody so many questions, or as many as there are items: each answer, `None` where there was none.
    pub fn interview(&self, person: &Newcomer, questions: usize) -> Vec<Option<(ItemIx, f64)>> {
        self.ask(person.user.0, questions, &|item| person.answer(item))
    }

    /// What to ask next somebody who answered (or, with `None`, could not answer) these questions; `None` where nothing is left.
    pub fn next(&self, told: &BTreeMap<ItemIx, Option<f64>>) -> Option<ItemIx> {
        let open = Cell::new(None);
        let answer = |item: ItemIx| {
            let known = told.get(&item).copied();
            if known.is_none() && open.get().is_none() {
                open.set(Some(item));
            }
            known.flatten()
        };
        // No item is asked about twice: among one more than were told there is one that was not.
        self.ask(0, told.len() + 1, &answer);
        open.get()
    }

    fn ask(&self, who: u32, questions: usize, told: &dyn Fn(ItemIx) -> Option<f64>) -> Vec<Option<(ItemIx, f64)>> {
        let answer = |item: ItemIx| told(item).map(|rating| (item, rating));
        let mut random = Pcg64::seed_from_u64(self.seed ^ u64::from(who).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        match &self.plan {
            Plan::Order(items) => items.iter().take(questions).map(|item| answer(*item)).collect(),
            Plan::Any(items) => {
                let mut left = items.clone();
                let mut draw = || (!left.is_empty()).then(|| left.swap_remove(random.random_range(0..left.len())));
                (0..questions).map_while(|_| draw()).map(answer).collect()
            }
            Plan::Survey(items) => survey_of(items, questions, answer),
            Plan::Kinds(kinds) => {
                let is_like = |(item, rating): (ItemIx, f64)| rating >= self.likes[item.at()];
                talk(kinds, questions, answer, is_like, &mut random)
            }
        }
    }
}

/// How uncertain it is where somebody lies in latent space who answered about these items: the mean of qᵀA⁻¹q over the most
/// rated items, A = I + Σ qqᵀ over what was answered, as a share of what it is without answers (1). O(answers · items · factors).
pub fn uncertainty(train: &Dataset, factors: &dyn LatentFactors, answered: &[ItemIx]) -> f64 {
    let mut items: Vec<ItemIx> = train.items().filter(|item| !train.item_row(*item).is_empty()).collect();
    items.sort_by_key(|item| std::cmp::Reverse(train.item_row(*item).len()));
    let known: Vec<Vec<f64>> = items
        .iter()
        .take(SURVEYED)
        .filter_map(|item| factors.item(*item))
        .collect();
    let before: f64 = known.iter().map(|q| dot(q, q)).sum();
    let mut inverse = Inverse::default();
    answered
        .iter()
        .filter_map(|item| factors.item(*item))
        .for_each(|q| inverse.add(&q));
    let after: f64 = known.iter().map(|q| dot(q, &inverse.times(q))).sum();
    if before > 0.0 { after / before } else { 1.0 }
}

/// A⁻¹ of A = I + Σ qqᵀ, as the vectors that each q took from it (Sherman and Morrison).
#[derive(Default)]
struct Inverse {
    taken: Vec<(Vec<f64>, f64)>,
}

impl Inverse {
    fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut turned = x.to_vec();
        for (by, scale) in &self.taken {
            let share = dot(by, x) / scale;
            turned.iter_mut().zip(by).for_each(|(value, b)| *value -= share * b);
        }
        turned
    }

    fn add(&mut self, q: &[f64]) {
        let by = self.times(q);
        let scale = 1.0 + dot(q, &by);
        self.taken.push((by, scale));
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// How much opinions about an item differ, in bits: the entropy of its values; of counts by powers of two; of rated or not
/// where values say nothing.
pub fn entropy(data: &Dataset, item: ItemIx) -> f64 {
    let row = data.item_row(item);
    let kind = data.feedback().kind;
    if kind == FeedbackKind::Events {
        let share = row.len() as f64 / data.users_with_ratings().max(1) as f64;
        return bits(&[share, 1.0 - share]);
    }
    let mut classes: HashMap<u64, usize> = HashMap::new();
    for (_, value) in row.iter() {
        let class = if kind == FeedbackKind::Counts {
            value.max(1.0).log2().floor()
        } else {
            value
        };
        *classes.entry(class.to_bits()).or_default() += 1;
    }
    let mut counts: Vec<usize> = classes.into_values().collect();
    // The same sum to the last bit, whatever the order of the map.
    counts.sort_unstable();
    let shares: Vec<f64> = counts.into_iter().map(|c| c as f64 / row.len() as f64).collect();
    bits(&shares)
}

fn bits(shares: &[f64]) -> f64 {
    let parts = shares.iter().filter(|share| **share > 0.0);
    parts.map(|share| -share * share.log2()).sum::<f64>() + 0.0
}

fn survey(
    train: &Dataset,
    popular: Vec<ItemIx>,
    fits: &FitStore,
    task: &Task,
) -> Result<Vec<(ItemIx, f64, Vec<f64>)>, FitError> {
    let people = train.users_with_ratings().max(1) as f64;
    let mut items = Vec::new();
    factors_of(fits, task, |factors| {
        for item in popular.into_iter().take(SURVEYED) {
            let chance = train.item_row(item).len() as f64 / people;
            items.extend(factors.item(item).map(|q| (item, chance, q)));
        }
    })?;
    Ok(items)
}

/// What tells most, times the chance that it is told; A⁻¹ follows every answer by Sherman and Morrison.
fn survey_of(
    items: &[(ItemIx, f64, Vec<f64>)],
    questions: usize,
    answer: impl Fn(ItemIx) -> Option<(ItemIx, f64)>,
) -> Vec<Option<(ItemIx, f64)>> {
    let width = items.first().map_or(0, |i| i.2.len());
    // By item, A⁻¹q; only answers change it.
    let mut turned: Vec<Vec<f64>> = items.iter().map(|(_, _, q)| q.clone()).collect();
    let mut asked = vec![false; items.len()];
    let mut answers = Vec::with_capacity(questions);
    while answers.len() < questions {
        let gain = |at: usize| items[at].1 * dot(&items[at].2, &turned[at]).max(0.0).ln_1p();
        let open = (0..items.len()).filter(|at| !asked[*at]).map(|at| (at, gain(at)));
        // The first of equals: the more popular one.
        let best = open.reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((best, _)) = best else { break };
        asked[best] = true;
        let told = answer(items[best].0);
        if told.is_some() && width > 0 {
            let (by, q) = (turned[best].clone(), &items[best].2);
            let scale = 1.0 + dot(q, &by);
            for (at, (_, _, other)) in items.iter().enumerate() {
                let share = dot(&by, other) / scale;
                for (value, b) in turned[at].iter_mut().zip(&by) {
                    *value -= share * b;
                }
            }
        }
        answers.push(told);
    }
    answers
}

/// Thompson sampling over kinds, each with a flat prior.
fn talk(
    kinds: &[Vec<ItemIx>],
    questions: usize,
    answer: impl Fn(ItemIx) -> Option<(ItemIx, f64)>,
    is_like: impl Fn((ItemIx, f64)) -> bool,
    random: &mut Pcg64,
) -> Vec<Option<(ItemIx, f64)>> {
    // Likes and other outcomes, each with the prior's one.
    let mut beliefs = vec![(1.0, 1.0); kinds.len()];
    let mut next = vec![0; kinds.len()];
    let mut asked = std::collections::HashSet::new();
    let mut answers = Vec::with_capacity(questions);
    while answers.len() < questions {
        let mut best: Option<(usize, f64)> = None;
        for (kind, items) in kinds.iter().enumerate() {
            while items.get(next[kind]).is_some_and(|item| asked.contains(item)) {
                next[kind] += 1;
            }
            let (likes, others) = beliefs[kind];
            let draw = Beta::new(likes, others).map_or(0.0, |beta| beta.sample(random));
            if next[kind] < items.len() && best.is_none_or(|(_, highest)| draw > highest) {
                best = Some((kind, draw));
            }
        }
        let Some((kind, _)) = best else { break };
        let item = kinds[kind][next[kind]];
        asked.insert(item);
        let told = answer(item);
        if told.is_some_and(&is_like) {
            beliefs[kind].0 += 1.0;
        } else {
            beliefs[kind].1 += 1.0;
        }
        answers.push(told);
    }
    answers
}
