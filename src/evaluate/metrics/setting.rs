//! What metrics beyond accuracy are told beside the lists: how popular items are, how alike, and what they are about.

use std::sync::{Arc, OnceLock};

use super::{Metric, RankedUser};
use crate::data::{Attribute, AttributeKind, Dataset, ItemIx};
use crate::models::content::Features;
use crate::models::{FitError, FitStore, Formula};
use crate::task::{Cancelled, Task};

/// The items that exposure is spread over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum CatalogOf {
    /// All items of the data, rated in training or not.
    #[default]
    All,
    /// Those with a rating in training.
    Rated,
}

/// What an item without a rating in training counts where popularity is measured in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Unseen {
    /// As one of N + 1 ratings.
    #[default]
    One,
    /// As the least popular of the rated items.
    Max,
}

/// By what items are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AlikeBy {
    /// The cosine of the content model's tf-idf vectors.
    #[default]
    Content,
    /// The cosine of the factors of als, fitted to the training part.
    Factors,
}

/// How metrics beyond accuracy are to be taken, where a person may choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    pub catalog: CatalogOf,
    pub unseen: Unseen,
    pub alike_by: AlikeBy,
}

/// What a metric needs to know of items beyond their ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// How alike two items are.
    Alike,
    /// Of which categories an item is.
    Categories,
}

/// A training part as metrics see it.
pub struct Setting<'a> {
    pub train: &'a Dataset,
    pub choices: Choices,
    alike: Result<Alike, String>,
    is_head: OnceLock<Vec<bool>>,
    least: OnceLock<usize>,
}

/// Unit vectors of items.
enum Alike {
    Content(Features),
    Factors(Vec<Option<Vec<f64>>>),
}

/// The share of all interactions that the head of the catalog makes up.
const HEAD: f64 = 0.8;

/// The attributes by which items are sorted into categories, the best known first.
const CATEGORIES: [&str; 3] = ["genre", "category", "tag"];

impl<'a> Setting<'a> {
    /// What `metrics` need. Similarities are prepared only where one asks for them.
    pub fn of(
        train: &'a Arc<Dataset>,
        metrics: &[Metric],
        choices: Choices,
        seed: u64,
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let wanted = metrics.iter().any(|m| m.spec().needs == Needs::Alike);
        let alike = match choices.alike_by {
            _ if !wanted => Err(String::new()),
            AlikeBy::Content => {
                let features = Features::of_catalog(train, |_| 1.0, 1, &task.cancel)?;
                match features.vocabulary() {
                    [] => Err("the items have no attributes to be alike by (say --ild-by factors)".to_owned()),
                    _ => Ok(Alike::Content(features)),
                }
            }
            AlikeBy::Factors => factors(train, seed, task)?,
        };
        Ok(Self {
            train,
            choices,
            alike,
            is_head: OnceLock::new(),
            least: OnceLock::new(),
        })
    }

    /// With nothing chosen, and no word of what items are alike by.
    #[cfg(test)]
    pub fn plain(train: &'a Dataset) -> Self {
        Self {
            train,
            choices: Choices::default(),
            alike: Err(String::new()),
            is_head: OnceLock::new(),
            least: OnceLock::new(),
        }
    }

    /// With these vectors, of any length.
    #[cfg(test)]
    #[must_use]
    pub fn with_vectors(self, vectors: &[&[f64]]) -> Self {
        Self {
            alike: Ok(Alike::Factors(vectors.iter().map(|v| unit(v)).collect())),
            ..self
        }
    }

    /// Why a metric says nothing here.
    pub fn refuses(&self, metric: &Metric) -> Option<String> {
        match metric.spec().needs {
            Needs::Alike => self.alike.as_ref().err().cloned(),
            Needs::Categories if self.categories().is_none() => {
                Some(format!("the items have none of {}", CATEGORIES.join(", ")))
            }
            Needs::Nothing | Needs::Categories => None,
        }
    }

    /// What a user is known to have rated; `None` where that is nothing.
    pub fn history(&self, user: &RankedUser<'_>) -> Option<Vec<ItemIx>> {
        if !user.known.is_empty() {
            return Some(user.known.iter().map(|(item, _)| *item).collect());
        }
        let ids = self.train.user_row(user.user?).ids;
        (!ids.is_empty()).then(|| ids.iter().copied().map(ItemIx).collect())
    }

    /// Raters in training.
    pub fn raters(&self, item: ItemIx) -> usize {
        self.train.item_row(item).len()
    }

    /// −log₂ of the item's share of all ratings in training.
    pub fn bits(&self, item: ItemIx) -> f64 {
        let all = self.train.n_ratings() as f64;
        match (self.raters(item), self.choices.unseen) {
            (0, Unseen::One) => (all + 1.0).log2(),
            (0, Unseen::Max) => {
                let rated = || self.train.items().map(|item| self.raters(item)).filter(|n| *n > 0);
                let least = self.least.get_or_init(|| rated().min().unwrap_or(1));
                (all.max(1.0) / *least as f64).log2()
            }
            (raters, _) => (all / raters as f64).log2(),
        }
    }

    /// Whether an item is of the few that make up four fifths of all ratings, the most rated first, ties in the order of
    /// the file; the one that passes the mark is.
    pub fn is_head(&self, item: ItemIx) -> bool {
        let head = || {
            let mut order: Vec<ItemIx> = self.train.items().collect();
            order.sort_by_key(|item| (std::cmp::Reverse(self.raters(*item)), *item));
            let mark = HEAD * self.train.n_ratings() as f64;
            let mut is_head = vec![false; self.train.n_items()];
            let mut sum = 0;
            for item in order {
                if sum as f64 >= mark {
                    break;
                }
                sum += self.raters(item);
                is_head[item.at()] = true;
            }
            is_head
        };
        self.is_head.get_or_init(head)[item.at()]
    }

    /// How alike two items are, a cosine; 0 where nothing is known of one of them.
    pub fn alike(&self, a: ItemIx, b: ItemIx) -> f64 {
        match &self.alike {
            Ok(Alike::Content(features)) => features.cosine(a, b),
            Ok(Alike::Factors(vectors)) => match (&vectors[a.at()], &vectors[b.at()]) {
                (Some(a), Some(b)) => a.iter().zip(b).map(|(x, y)| x * y).sum(),
                _ => 0.0,
            },
            Err(_) => 0.0,
        }
    }

    /// The attribute that sorts items into categories.
    pub fn categories(&self) -> Option<&Attribute> {
        categories(self.train)
    }

    /// How often each item of the catalog is listed.
    pub fn exposure<'l>(&self, lists: impl Iterator<Item = &'l ItemIx>) -> Vec<u32> {
        let mut shown = vec![0; self.train.n_items()];
        lists.for_each(|item| shown[item.at()] += 1);
        let counts = self.train.items().zip(shown);
        counts
            .filter(|(item, _)| self.choices.catalog == CatalogOf::All || self.raters(*item) > 0)
            .map(|(_, n)| n)
            .collect()
    }
}

/// The attribute that sorts items into categories.
pub(in crate::evaluate) fn categories(train: &Dataset) -> Option<&Attribute> {
    let named = |name: &&str| train.item_attributes().column(name);
    let columns = CATEGORIES.iter().filter_map(named);
    columns.into_iter().find(|column| column.kind == AttributeKind::Names)
}

fn factors(train: &Arc<Dataset>, seed: u64, task: &Task) -> Result<Result<Alike, String>, Cancelled> {
    let formula = match Formula::parse("als") {
        Ok(formula) => formula,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let model = match FitStore::new(Arc::clone(train), seed).fit(&formula, task) {
        Ok(model) => model,
        Err(FitError::Cancelled(cancelled)) => return Err(cancelled),
        Err(why) => return Ok(Err(why.to_string())),
    };
    let of = |item| model.factors().and_then(|f| f.item(item)).and_then(|f| unit(&f));
    Ok(Ok(Alike::Factors(train.items().map(of).collect())))
}

/// `None` where it has no direction.
fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    (norm > 0.0).then(|| vector.iter().map(|x| x / norm).collect())
}
