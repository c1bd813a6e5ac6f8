use std::sync::Arc;

use crate::data::{Dataset, ItemIx};
use crate::models::formula::{Test, Variable};
use crate::models::{Audience, Explanation, NoScore, Profile, Recommender, Scores, Served, Serving, Unit};
use crate::task::{Cancel, Cancelled, Task};

/// Serves one of two models, chosen by the number of ratings of the profile or of the item.
pub(super) struct Switch {
    pub name: String,
    pub dataset: Arc<Dataset>,
    pub unit: Unit,
    pub test: Test,
    pub yes: (String, Arc<dyn Recommender>),
    pub no: (String, Arc<dyn Recommender>),
}

struct ServedSwitch {
    model: Arc<Switch>,
    ratings: usize,
    /// A branch that the test cannot choose is `None`.
    yes: Option<Serving>,
    no: Option<Serving>,
}

impl Recommender for Switch {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let outcome = (self.test.variable == Variable::Ratings).then(|| self.test.is_met(profile.len()));
        let open = |branch: bool, model| {
            let needed = outcome.is_none_or(|d| d == branch);
            needed
                .then(|| Serving::open(model, Arc::clone(&profile), cancel))
                .transpose()
        };
        Ok(Box::new(ServedSwitch {
            yes: open(true, &self.yes.1)?,
            no: open(false, &self.no.1)?,
            ratings: profile.len(),
            model: self,
        }))
    }

    fn prepare_audience(&self, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
        Ok(self.yes.1.prepare_audience(data, task)? && self.no.1.prepare_audience(data, task)?)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        let (yes, no) = (&self.yes.1, &self.no.1);
        let (Some(yes), Some(no)) = (yes.audience(data, item, task)?, no.audience(data, item, task)?) else {
            return Ok(None);
        };
        if !yes.upper.is_empty() || !no.upper.is_empty() {
            return Ok(None);
        }
        let raters = data.item_row(item).len();
        let mut whole = Audience {
            exact: yes.exact && no.exact,
            scores: yes.scores,
            upper: Vec::new(),
            parts: vec![vec![0.0; data.n_users()]; 2],
        };
        for (user, other) in data.users().zip(no.scores) {
            let count = match self.test.variable {
                Variable::Ratings => data.user_row(user).len(),
                Variable::Raters => raters,
            };
            let is_met = self.test.is_met(count);
            let score = &mut whole.scores[user.at()];
            if !is_met {
                *score = other;
            }
            whole.parts[usize::from(!is_met)][user.at()] = score.unwrap_or_default();
        }
        Ok(Some(whole))
    }

    fn note(&self) -> Option<String> {
        super::notes([&self.yes.1, &self.no.1])
    }

    fn memory_bytes(&self) -> usize {
        self.yes.1.memory_bytes() + self.no.1.memory_bytes()
    }
}

impl ServedSwitch {
    fn count(&self, item: Option<ItemIx>) -> usize {
        match self.model.test.variable {
            Variable::Ratings => self.ratings,
            Variable::Raters => item.map_or(0, |i| self.model.dataset.item_row(i).len()),
        }
    }

    /// The branch that serves `item`, with its formula.
    fn branch(&self, item: Option<ItemIx>) -> Option<(&str, &Serving)> {
        let (name, serving) = if self.model.test.is_met(self.count(item)) {
            (&self.model.yes.0, &self.yes)
        } else {
            (&self.model.no.0, &self.no)
        };
        serving.as_ref().map(|s| (name.as_str(), s))
    }

    fn explain_by(&self, item: ItemIx, by_history: bool) -> Result<Explanation, NoScore> {
        let (name, serving) = self.branch(Some(item)).ok_or(NoScore::NoComponent)?;
        let mut chosen = serving.explain_by(item, by_history)?;
        chosen.label = name.to_owned().into();
        let what = match self.model.test.variable {
            Variable::Ratings => "ratings in the profile",
            Variable::Raters => "raters of the item",
        };
        let root = Explanation::of_hybrid("switch", &self.model.name, chosen.value, "the chosen branch")
            .text("test", self.model.test.to_string())
            .text("tested", what)
            .count("count", self.count(Some(item)))
            .text("chosen", name);
        Ok(root.of_parts(vec![chosen]))
    }
}

impl Served for ServedSwitch {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.branch(Some(item)).ok_or(NoScore::NoComponent)?.1.score(item)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let yes = self.yes.as_ref().map(|s| s.scores(cancel)).transpose()?;
        let no = self.no.as_ref().map(|s| s.scores(cancel)).transpose()?;
        let n_items = self.model.dataset.n_items();
        let mut all = Scores::unknown(n_items);
        for item in (0..n_items as u32).map(ItemIx) {
            let chosen = if self.model.test.is_met(self.count(Some(item))) {
                yes
            } else {
                no
            };
            if let Some(score) = chosen.and_then(|s| s.get(item)) {
                all.set(item, score);
            }
        }
        Ok(all)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.explain_by(item, false)
    }

    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        self.explain_by(item, true).map(Some)
    }

    fn parts(&self, item: ItemIx) -> Vec<f64> {
        let score = self.score(item).unwrap_or_default();
        if self.model.test.is_met(self.count(Some(item))) {
            vec![score, 0.0]
        } else {
            vec![0.0, score]
        }
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        self.branch(item)?.1.fallback(item)
    }
}
