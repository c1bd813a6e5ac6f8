use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::Job;
use super::mix::{Mix, around};
use crate::evaluate::Metric;
use crate::evaluate::metrics::Better;
use crate::models::{Formula, ModelEntry, Params, Unit};

/// So many settings are drawn in a round.
const DRAWN: usize = 16;
/// A round never draws from fewer models than this, as long as there are so many.
const FEWEST_MODELS: usize = 3;
/// So many hybrids are tried at once.
const MIXED: usize = 12;
/// So often hybrids are improved in a round, as long as they get better.
const TIMES_MIXED: usize = 3;
/// A setting that was tried is drawn again, this often.
const ATTEMPTS: usize = 30;
/// After so many rounds that bring nothing new, all has been tried.
const IDLE_ROUNDS: usize = 3;
/// How far a value that is near another may be from it, as a share of what there is to search.
const NEAR: f64 = 0.15;

/// A model, and the best that is known of it.
pub(super) struct Family {
    /// The model whose parameters are searched; `None` for a combination, which is tried as it is.
    entry: Option<ModelEntry>,
    /// Where the search begins.
    first: Formula,
    /// The best formula on the last rung, and what it is worth there.
    best: Option<(Formula, f64)>,
}

impl Family {
    pub fn of(first: Formula) -> Self {
        let entry = match &first {
            Formula::Model { model, .. } => Some(model.clone()),
            _ => None,
        };
        Self {
            entry,
            first,
            best: None,
        }
    }

    pub fn best(&self) -> Option<&Formula> {
        self.best.as_ref().map(|(formula, _)| formula)
    }

    fn worth(&self) -> f64 {
        self.best.as_ref().map_or(f64::NEG_INFINITY, |(_, worth)| *worth)
    }

    fn has_search(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| !entry.spec().search.is_empty())
    }
}

enum Stage {
    Begin,
    /// The defaults are tried.
    First,
    /// Settings that were drawn are tried on a rung.
    Drawn(usize, Vec<Formula>),
    /// Hybrids are tried on a rung, the so-manieth time in this round.
    Mixed(usize, Vec<(Mix, Formula)>, usize),
}

/// What is tried next, from what came out so far and a seed alone.
///
/// First all models with their defaults, on the last rung. Then round after round: settings drawn of the better half of the
/// models, then of the better quarter, and so on, one half of the settings anywhere in their spans and the other near the
/// best known, climb the rungs, of which each keeps the better half (successive halving; Jamieson and Talwalkar 2016); then
/// weighted hybrids of the best models are improved step by step.
pub(super) struct Planner {
    pub families: Vec<Family>,
    higher: bool,
    of_ratings: bool,
    last: usize,
    random: Pcg64,
    /// What each trial is worth, by formula and rung.
    tried: BTreeMap<(String, usize), Option<f64>>,
    stage: Stage,
    round: usize,
    idle: usize,
    /// The best hybrid on the last rung.
    mix: Option<(Mix, f64)>,
}

impl Planner {
    pub fn new(first: Vec<Formula>, metric: Metric, last: usize, seed: u64) -> Self {
        let mut families: Vec<Family> = Vec::with_capacity(first.len());
        for formula in first {
            families.push(Family::of(formula));
        }
        Self {
            families,
            higher: metric.spec().better == Better::Higher,
            of_ratings: metric.spec().compute.is_of_ratings(),
            last,
            random: Pcg64::seed_from_u64(seed),
            tried: BTreeMap::new(),
            stage: Stage::Begin,
            round: 0,
            idle: 0,
            mix: None,
        }
    }

    /// The trials to come; none where all has been tried.
    pub fn next(&mut self) -> Vec<Job> {
        loop {
            if self.idle >= IDLE_ROUNDS {
                return Vec::new();
            }
            let jobs = self.step();
            if !jobs.is_empty() {
                return jobs;
            }
        }
    }

    /// One step on: to the next rung, to hybrids, or to the next round. It may bring nothing.
    fn step(&mut self) -> Vec<Job> {
        match std::mem::replace(&mut self.stage, Stage::First) {
            Stage::Begin => self.families.iter().map(|f| Job::of(&f.first, self.last)).collect(),
            Stage::First => self.draw(),
            Stage::Drawn(rung, drawn) if rung < self.last => {
                let survivors = self.better(drawn, rung, |n| n.div_ceil(2), |formula| formula);
                let jobs = survivors.iter().map(|f| Job::of(f, rung + 1)).collect();
                self.stage = Stage::Drawn(rung + 1, survivors);
                jobs
            }
            Stage::Drawn(..) => self.mix(0),
            Stage::Mixed(rung, mixed, times) if rung < self.last => {
                let survivors = self.better(mixed, rung, |n| n.div_ceil(4), |(_, formula)| formula);
                let jobs = survivors.iter().map(|(_, f)| Job::of(f, self.last)).collect();
                self.stage = Stage::Mixed(self.last, survivors, times);
                jobs
            }
            Stage::Mixed(_, mixed, times) => {
                let before = self.mix.as_ref().map(|(_, worth)| *worth);
                for (mix, formula) in mixed {
                    let worth = self.worth(&formula, self.last);
                    let better = self
                        .mix
                        .as_ref()
                        .is_none_or(|(_, best)| worth.is_some_and(|w| w > *best));
                    if let Some(worth) = worth.filter(|_| better) {
                        self.mix = Some((mix, worth));
                    }
                }
                let is_better = self.mix.as_ref().map(|(_, worth)| *worth) > before;
                if is_better && times + 1 < TIMES_MIXED {
                    self.mix(times + 1)
                } else {
                    self.round += 1;
                    self.draw()
                }
            }
        }
    }

    /// Takes what came out of trials.
    pub fn take(&mut self, job: &Job, value: Option<f64>) {
        let worth = value.map(|value| if self.higher { value } else { -value });
        let name = job.formula.to_string();
        if let (Some(worth), true) = (worth, job.rung == self.last) {
            let of = self.families.iter_mut().find(|f| f.is_of(&job.formula));
            if let Some(family) = of.filter(|f| f.best.is_none() || worth > f.worth()) {
                family.best = Some((job.formula.clone(), worth));
            }
        }
        self.tried.insert((name, job.rung), worth);
    }

    fn worth(&self, formula: &Formula, rung: usize) -> Option<f64> {
        self.tried.get(&(formula.to_string(), rung)).copied().flatten()
    }

    /// The better part of what was tried on a rung, best first; of equals what came first.
    fn better<T>(
        &self,
        tried: Vec<T>,
        rung: usize,
        keeps: impl Fn(usize) -> usize,
        formula: impl Fn(&T) -> &Formula,
    ) -> Vec<T> {
        let worth = |one: T| self.worth(formula(&one), rung).map(|worth| (worth, one));
        let mut ranked: Vec<(f64, T)> = tried.into_iter().filter_map(worth).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let keep = keeps(ranked.len());
        ranked.into_iter().take(keep).map(|(_, one)| one).collect()
    }

    /// The places of the families, the best first.
    pub fn ranked(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.families.len()).collect();
        places.sort_by(|a, b| self.families[*b].worth().total_cmp(&self.families[*a].worth()));
        places
    }

    /// Settings of the better models, for the lowest rung.
    fn draw(&mut self) -> Vec<Job> {
        let ranked = self.ranked();
        let can_win = |at: &usize| self.families[*at].has_search();
        // Errors need ratings, which a model may predict with other parameters than its defaults.
        let measured = |at: &usize| self.of_ratings || self.families[*at].best.is_some();
        let pool: Vec<usize> = ranked.into_iter().filter(|at| can_win(at) && measured(at)).collect();
        let halved = pool.len() >> (self.round + 1).min(63);
        let pool = &pool[..halved.max(FEWEST_MODELS).min(pool.len())];
        let mut drawn: Vec<Formula> = Vec::with_capacity(DRAWN);
        for n in 0..DRAWN {
            let Some(family) = pool.get(n % pool.len().max(1)) else {
                break;
            };
            if let Some(formula) = self.draw_of(*family).filter(|f| !drawn.contains(f)) {
                drawn.push(formula);
            }
        }
        self.idle = if drawn.is_empty() { self.idle + 1 } else { 0 };
        let jobs = drawn.iter().map(|f| Job::of(f, 0)).collect();
        self.stage = Stage::Drawn(0, drawn);
        jobs
    }

    /// A setting of a model that was not tried yet.
    fn draw_of(&mut self, at: usize) -> Option<Formula> {
        let family = &self.families[at];
        let entry = family.entry.clone()?;
        let start = |formula: Option<&Formula>| match formula {
            Some(Formula::Model { params, .. }) => Some(params.clone()),
            _ => None,
        };
        let (first, best) = (start(Some(&family.first))?, start(family.best()));
        for _ in 0..ATTEMPTS {
            let near = best.as_ref().filter(|_| self.random.random_bool(0.5));
            let params = drawn_from(near.unwrap_or(&first), near.is_some(), &entry, &mut self.random);
            let formula = Formula::Model {
                model: entry.clone(),
                params,
            };
            let name = formula.to_string();
            let is_new = (0..=self.last).all(|rung| !self.tried.contains_key(&(name.clone(), rung)));
            if is_new && (!self.of_ratings || formula.unit() == Unit::Rating) {
                return Some(formula);
            }
        }
        None
    }

    /// Hybrids near the best, or of the best model and others.
    fn mix(&mut self, times: usize) -> Vec<Job> {
        let usable = |at: &usize| {
            let family = &self.families[*at];
            let is_rating = || family.best().is_some_and(|f| f.unit() == Unit::Rating);
            family.entry.is_some() && family.best.is_some() && (!self.of_ratings || is_rating())
        };
        let parts: Vec<usize> = self.ranked().into_iter().filter(usable).collect();
        let mut mixed: Vec<(Mix, Formula)> = Vec::new();
        for mix in around(self.mix.as_ref().map(|(mix, _)| mix), &parts, self.of_ratings) {
            let part = |at: usize| self.families.get(at)?.best().cloned();
            let Some(formula) = mix.formula(part) else { continue };
            let is_tried = self.tried.contains_key(&(formula.to_string(), 0))
                || self.tried.contains_key(&(formula.to_string(), self.last));
            if !is_tried && mixed.len() < MIXED && mixed.iter().all(|(_, other)| *other != formula) {
                mixed.push((mix, formula));
            }
        }
        let jobs = mixed.iter().map(|(_, f)| Job::of(f, 0)).collect();
        self.stage = Stage::Mixed(0, mixed, times);
        jobs
    }
}

impl Family {
    /// Whether the formula is one of this model.
    fn is_of(&self, formula: &Formula) -> bool {
        match (formula, &self.entry) {
            (Formula::Model { model, .. }, Some(entry)) => model.name() == entry.name(),
            _ => *formula == self.first,
        }
    }
}

/// Parameters with every other one drawn anew: anywhere in its span, or near what it is.
fn drawn_from(start: &Params, near: bool, entry: &ModelEntry, random: &mut Pcg64) -> Params {
    let mut params = start.clone();
    for search in entry.spec().search {
        let (draws, anywhere, offset) = (
            random.random_bool(0.5),
            random.random::<f64>(),
            random.random_range(-NEAR..NEAR),
        );
        let Some(parameter) = params.known().iter().find(|p| p.name == search.name) else {
            continue;
        };
        if !draws {
            continue;
        }
        let is_word = matches!(search.span, crate::models::Span::Words(_));
        let place = start.get(search.name).and_then(|value| search.place(value));
        let place = place
            .filter(|_| near && !is_word)
            .map_or(anywhere, |place| place + offset);
        // A contract test sees that every place of a span is allowed.
        let _ = params.set(search.name, &search.at(parameter, place));
    }
    params
}
