//! A catalog of 12 items and 8 users, small enough to try every set of ratings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::trial::Trials;
use crate::data::{
    Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, RatingRows, UserIx,
};
use crate::models::{FitStore, Formula, MODELS, Profile, Recommender, Serving};
use crate::task::{Cancel, Pool, Task};

const GENRES: [&str; 4] = ["Drama", "Comedy", "Horror", "Western"];

/// Two tastes and some noise: everybody rated a handful of items, at several times.
pub fn small() -> Arc<Dataset> {
    let mut rows: Vec<(u32, u32, f64)> = Vec::new();
    let mut state = 12345u32;
    for user in 0..8u32 {
        for item in 0..12u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Nobody rated the last item.
            if item < 11 && (state >> 16) % 100 < 42 {
                let taste = if user % 2 == item % 2 { 4.0 } else { 2.0 };
                rows.push((user, item, taste + f64::from((state >> 8) % 3) - 1.0));
            }
        }
    }
    let parts = DatasetParts {
        name: "small".into(),
        users: Ids::new((0..8).map(|u| format!("u{u}"))),
        items: Ids::new((0..12).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: rows.iter().map(|r| r.0).collect(),
            items: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
            times: rows
                .iter()
                .map(|r| i64::from((r.0 * 7 + r.1 * 3) % 13) * 40_000)
                .collect(),
        },
        item_attributes: Attributes {
            columns: vec![Attribute::of_names(
                "genre",
                (0..12).map(|i| [i % 4, i % 3].map(|g: usize| (GENRES[g], 1)).to_vec()),
            )],
        },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// Every registered model, some with other settings, and every kind of hybrid.
pub fn formulas() -> Vec<Formula> {
    let registered = MODELS.iter().map(|m| match m.name {
        "two-tower" => "two-tower:epochs=2,factors=4,hidden=4".to_owned(),
        name => name.to_owned(),
    });
    let others = [
        "0.6*item-knn + 0.3*content + 0.1*popularity",
        "item-knn + user-knn | rank",
        "item-knn + content | zscore",
        "content - 0.2*popularity | softmax",
        "0.5*(0.3*item-knn + 0.7*user-knn) + 0.5*popularity",
        "0.5*svd:factors=4 + 0.5*baseline | none",
        "switch(ratings<4 ? content : item-knn)",
        "switch(raters>=4 ? svd:factors=4 : content)",
        "cascade(popularity > item-knn; keep=4)",
        "augment(svd:factors=4 -> content)",
        "ease:lambda=1",
        "slim:l1=0.1,l2=1",
        "als:factors=4,reg=1",
        "item-knn:neighbors=all",
        "item-knn:min-k=2",
        "item-knn:k=2",
        "item-knn:prediction=means,similarity=llr",
    ];
    let texts = registered.chain(others.map(str::to_owned));
    texts.map(|text| Formula::parse(&text).unwrap()).collect()
}

/// A fitted formula.
pub struct Opened {
    pub data: Arc<Dataset>,
    pub fits: FitStore,
    pub formula: Formula,
    pub model: Arc<dyn Recommender>,
    pub pool: Pool,
    pub cancel: Cancel,
}

impl Opened {
    /// `None` where the model says that it cannot be fitted to such data.
    pub fn of(data: &Arc<Dataset>, formula: &Formula, threads: usize) -> Option<Self> {
        let fits = FitStore::new(Arc::clone(data), 42);
        let model = fits.fit(formula, &Task::unattended()).ok()?;
        Some(Self {
            data: Arc::clone(data),
            fits,
            formula: formula.clone(),
            model,
            pool: Pool::new("test", threads),
            cancel: Cancel::new(),
        })
    }

    pub fn serve(&self, profile: &Profile) -> Serving {
        Serving::open(&self.model, Arc::new(profile.clone()), &self.cancel).unwrap()
    }

    pub fn trials<'a>(&'a self, profile: &'a Profile) -> Trials<'a> {
        Trials {
            dataset: &self.data,
            model: &self.model,
            profile,
            pool: &self.pool,
            cancel: &self.cancel,
        }
    }

    /// The whole list of a user after edits, `out` kept out of it: by the model itself, nothing of this folder's.
    pub fn list_after(&self, user: UserIx, edits: &[(ItemIx, Option<f64>)], out: &[ItemIx]) -> Vec<ItemIx> {
        let mut overlay = Edits::default();
        for (item, rating) in edits {
            overlay.set(&self.data, user, *item, *rating);
        }
        let serving = self.serve(&Profile::of_edited_user(&self.data, user, &Arc::new(overlay)));
        let all = serving.recommend(usize::MAX / 4, false, &self.cancel).unwrap();
        all.into_iter()
            .map(|(item, _)| item)
            .filter(|item| !out.contains(item))
            .collect()
    }

    /// For every item and length of list, the size of the smallest set of the user's ratings without which the item is not
    /// among the first n: all sets are tried.
    pub fn smallest_sets(
        &self,
        user: UserIx,
        lengths: std::ops::RangeInclusive<usize>,
    ) -> BTreeMap<(ItemIx, usize), usize> {
        let rated: Vec<ItemIx> = self.data.user_row(user).ids.iter().map(|i| ItemIx(*i)).collect();
        let mut smallest = BTreeMap::new();
        for set in 1u32..1 << rated.len() {
            let out: Vec<ItemIx> = (0..rated.len())
                .filter(|at| set >> at & 1 == 1)
                .map(|at| rated[at])
                .collect();
            let edits: Vec<(ItemIx, Option<f64>)> = out.iter().map(|item| (*item, None)).collect();
            let list = self.list_after(user, &edits, &out);
            for n in lengths.clone() {
                for item in self
                    .data
                    .items()
                    .filter(|item| !list.iter().take(n).any(|other| other == item))
                {
                    let least = smallest.entry((item, n)).or_insert(usize::MAX);
                    *least = out.len().min(*least);
                }
            }
        }
        smallest
    }
}
