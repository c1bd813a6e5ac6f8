use std::sync::Arc;

use super::error::BatchError;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::hybrid::at_work;
use crate::models::{Catalog as Models, FitStore, Formula, Profile, Recommender, Serving};
use crate::pipeline::plan::{Plan, PlanError, SourcePlan, Written};
use crate::pipeline::store::{Candidate, MOST_SOURCES};
use crate::task::{Cancel, Cancelled, Task};

/// The quotas of the parts of a formula that are sources because none is named.
const QUOTAS: [usize; MOST_SOURCES] = [800, 300, 100, 100, 100, 100, 100, 100];

/// Fitted sources and the formula that ranks what they propose.
pub struct Scorer {
    data: Arc<Dataset>,
    rank: Formula,
    sources: Vec<SourcePlan>,
    formulas: Vec<Formula>,
    /// Each model that any of them needs, fitted once.
    parts: Vec<(Formula, Arc<dyn Recommender>)>,
    keep: usize,
}

/// Models at work for one user, each opened once, whatever it is part of.
struct Open<'a> {
    scorer: &'a Scorer,
    profile: Arc<Profile>,
    parts: Vec<Arc<Serving>>,
}

impl Scorer {
    /// Fits everything that a plan names.
    ///
    /// # Errors
    /// A formula that can't be read, with its place in the plan; a model that can't be fitted.
    pub fn new(plan: &Plan, models: &Models, fits: &FitStore, task: &Task) -> Result<Self, BatchError> {
        let data = fits.dataset();
        let parse = |written: &Written| {
            models.parse(&written.text).map_err(|e| PlanError {
                file: "plan".to_owned(),
                line: written.line,
                column: written.column,
                what: e.to_string(),
            })
        };
        let rank = match &plan.rank {
            Some(written) => parse(written)?,
            None => Formula::default_for(data.feedback().kind),
        };
        let sources = if plan.sources.is_empty() {
            sources_of(&rank, plan.keep)
        } else {
            plan.sources.clone()
        };
        let formulas = sources
            .iter()
            .map(|s| parse(&s.formula))
            .collect::<Result<Vec<_>, _>>()?;
        let mut parts: Vec<(Formula, Arc<dyn Recommender>)> = Vec::new();
        for formula in std::iter::once(&rank).chain(&formulas) {
            for part in formula.fittables() {
                if !parts.iter().any(|(known, _)| known == part) {
                    parts.push((part.clone(), fits.fit(part, task)?));
                }
            }
        }
        Ok(Self {
            data: Arc::clone(data),
            rank,
            sources,
            formulas,
            parts,
            keep: plan.keep,
        })
    }

    /// The formula that ranks.
    pub fn rank(&self) -> &Formula {
        &self.rank
    }

    pub fn sources(&self) -> &[SourcePlan] {
        &self.sources
    }

    /// The candidates of a stored user: what the sources propose up to their quotas, ranked by the formula's score, the best
    /// [`Plan::keep`] of them. What the formula has no score for is left out. The scores are those that the formula gives
    /// offline, rounded to 32 bits, and their order is that before rounding; ties go by the order of the file.
    ///
    /// # Errors
    /// Cancelled.
    pub fn candidates(&self, user: UserIx, cancel: &Cancel) -> Result<Vec<Candidate>, Cancelled> {
        self.candidates_of(Profile::of_user(&self.data, user), cancel)
    }

    /// The same for any profile.
    ///
    /// # Errors
    /// Cancelled.
    pub fn candidates_of(&self, profile: Profile, cancel: &Cancel) -> Result<Vec<Candidate>, Cancelled> {
        let open = Open::new(self, Arc::new(profile), cancel)?;
        // Of every item, by whom it is proposed.
        let mut bits = vec![0u8; self.data.n_items()];
        for (bit, (source, formula)) in self.sources.iter().zip(&self.formulas).enumerate() {
            let serving = open.serving(formula, cancel)?;
            for (item, _) in serving.recommend(source.quota, false, cancel)? {
                bits[item.at()] |= 1 << bit;
            }
        }
        let ranker = open.serving(&self.rank, cancel)?;
        let scores = ranker.scores(cancel)?;
        let proposed = self.data.items().zip(bits).filter(|(_, bits)| *bits != 0);
        let scored = proposed.filter_map(|(item, bits)| Some((item, scores.get(item)?, bits)));
        let mut scored: Vec<(ItemIx, f64, u8)> = scored.collect();
        scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(self.keep);
        let candidate = |(item, score, sources): (ItemIx, f64, u8)| Candidate {
            item: item.0,
            score: (score as f32).clamp(f32::MIN, f32::MAX),
            sources,
        };
        Ok(scored.into_iter().map(candidate).collect())
    }
}

impl<'a> Open<'a> {
    fn new(scorer: &'a Scorer, profile: Arc<Profile>, cancel: &Cancel) -> Result<Self, Cancelled> {
        let open = |(_, model): &(Formula, Arc<dyn Recommender>)| {
            Serving::open(model, Arc::clone(&profile), cancel).map(Arc::new)
        };
        Ok(Self {
            parts: scorer.parts.iter().map(open).collect::<Result<_, _>>()?,
            scorer,
            profile,
        })
    }

    fn part(&self, formula: &Formula) -> Option<Arc<Serving>> {
        let at = self.scorer.parts.iter().position(|(known, _)| known == formula)?;
        Some(Arc::clone(&self.parts[at]))
    }

    fn serving(&self, formula: &Formula, cancel: &Cancel) -> Result<Arc<Serving>, Cancelled> {
        if let Some(part) = self.part(formula) {
            return Ok(part);
        }
        match at_work(formula, &self.scorer.data, |part| self.part(part)) {
            Some(model) => Ok(Arc::new(Serving::open(&model, Arc::clone(&self.profile), cancel)?)),
            // All parts were fitted in the beginning.
            None => Err(Cancelled),
        }
    }
}

/// The parts of a formula as sources; a lone model is one by itself.
fn sources_of(rank: &Formula, keep: usize) -> Vec<SourcePlan> {
    let parts = match rank {
        Formula::Weighted { .. } => rank.parts(),
        _ => vec![rank],
    };
    let alone = parts.len() == 1;
    let mut sources: Vec<SourcePlan> = Vec::new();
    for (part, quota) in parts.into_iter().zip(QUOTAS) {
        let text = part.to_string();
        let name = text.split([':', ' ', '*', '(']).next().unwrap_or("source").to_owned();
        let again = sources.iter().filter(|s| s.name.starts_with(&name)).count();
        sources.push(SourcePlan {
            name: if again == 0 {
                name
            } else {
                format!("{name}-{}", again + 1)
            },
            formula: Written {
                text,
                line: 1,
                column: 1,
            },
            quota: if alone { keep } else { quota },
        });
    }
    sources
}
