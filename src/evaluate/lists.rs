//! Lists that were made elsewhere, measured like a model's.

use std::collections::HashMap;
use std::sync::Arc;

use super::FittableModel;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::{About, Explanation, FitContext, NoScore, PartKind, Profile, Recommender, Scores, Served, Unit};
use crate::task::{Cancel, Cancelled};

/// A place of a list: whose, what, and the rank, of which only the order counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub user: String,
    pub item: String,
    pub rank: f64,
}

/// What of some lists cannot be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strange {
    /// Users whom the training data doesn't know: their lists are left out.
    pub users: usize,
    /// Places of items that the training data doesn't know: they are left out, and those below move up.
    pub places: usize,
    /// Places of items that an earlier place of the same list has: left out too.
    pub repeated: usize,
    /// Places of items that are trained on. They keep their place, and are no hits.
    pub seen: usize,
}

/// The lists of the users whom the training data knows.
struct Lists {
    n_items: usize,
    by_user: HashMap<UserIx, Arc<[ItemIx]>>,
}

/// The lists under a name, ready to be measured: as they are, items that are trained on included.
pub fn listed(name: impl Into<String>, places: Arc<Vec<Place>>) -> FittableModel {
    FittableModel::new(name, move |context: &FitContext| {
        let (lists, _) = Lists::of(&places, &context.dataset);
        Ok(Arc::new(lists))
    })
    .listing_seen()
}

/// What of the lists cannot be measured with this training data. O(places·ln).
pub fn strange(places: &[Place], train: &Dataset) -> Strange {
    Lists::of(places, train).1
}

impl Lists {
    /// Users and items are found by id; equal ranks stay in their order.
    fn of(places: &[Place], train: &Dataset) -> (Self, Strange) {
        let mut strange = Strange::default();
        let mut ranked: HashMap<&str, Vec<&Place>> = HashMap::new();
        for place in places {
            ranked.entry(&place.user).or_default().push(place);
        }
        let mut by_user = HashMap::with_capacity(ranked.len());
        for (id, mut list) in ranked {
            let Some(user) = train.find_user(id) else {
                strange.users += 1;
                continue;
            };
            list.sort_by(|a, b| a.rank.total_cmp(&b.rank));
            let mut items: Vec<ItemIx> = Vec::with_capacity(list.len());
            let mut is_listed = std::collections::HashSet::with_capacity(list.len());
            for place in list {
                match train.find_item(&place.item) {
                    None => strange.places += 1,
                    Some(item) if !is_listed.insert(item) => strange.repeated += 1,
                    Some(item) => {
                        strange.seen += usize::from(train.rating(user, item).is_some());
                        items.push(item);
                    }
                }
            }
            by_user.insert(user, Arc::from(items));
        }
        let lists = Self {
            n_items: train.n_items(),
            by_user,
        };
        (lists, strange)
    }
}

impl Recommender for Lists {
    fn unit(&self) -> Unit {
        Unit::Score
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let list = profile.user().and_then(|user| self.by_user.get(&user).cloned());
        Ok(Box::new(ServedList {
            n_items: self.n_items,
            list: list.unwrap_or_default(),
        }))
    }

    fn memory_bytes(&self) -> usize {
        self.by_user.values().map(|list| size_of_val::<[ItemIx]>(list)).sum()
    }
}

/// Somebody's list: the score of an item is minus its place.
struct ServedList {
    n_items: usize,
    list: Arc<[ItemIx]>,
}

impl Served for ServedList {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let at = self.list.iter().position(|listed| *listed == item);
        at.map(|at| -(at as f64) - 1.0).ok_or(NoScore::NotImported)
    }

    fn score_all(&self, _: &Cancel) -> Result<Scores, Cancelled> {
        let mut scores = Scores::unknown(self.n_items);
        for (at, item) in self.list.iter().enumerate() {
            scores.set(*item, -(at as f64) - 1.0);
        }
        Ok(scores)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        Ok(Explanation::leaf(
            PartKind::Component,
            "the list",
            About::Nothing,
            score,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests_common::{dataset, rows};
    use crate::evaluate::{Fold, Folds, Metric, Options, evaluate};
    use crate::task::Task;

    const TRAIN: [(&str, &str, f64); 5] = [
        ("a", "x", 1.0),
        ("a", "y", 1.0),
        ("b", "x", 1.0),
        ("b", "z", 1.0),
        ("c", "w", 1.0),
    ];

    fn places(cells: &[(&str, &str, f64)]) -> Vec<Place> {
        let place = |(user, item, rank): &(&str, &str, f64)| Place {
            user: (*user).to_owned(),
            item: (*item).to_owned(),
            rank: *rank,
        };
        cells.iter().map(place).collect()
    }

    /// a is to get z and w, b to get w. a's list, by rank: x (seen), z, ?, z again, w; b's: y, w. c has no list and no test.
    #[test]
    fn lists_are_measured_as_they_are() {
        let test = [("a", "z", 1.0), ("a", "w", 1.0), ("b", "w", 1.0)];
        let test = test.iter().map(|(u, i, r)| ((*u).to_owned(), (*i).to_owned(), *r));
        let fold = Fold::from_pair(dataset(&rows(&TRAIN)), test.collect());
        let lists = places(&[
            ("a", "w", 9.0),
            ("a", "x", 1.0),
            ("a", "z", 2.0),
            ("a", "?", 3.0),
            ("a", "z", 4.0),
            ("b", "y", 0.0),
            ("b", "w", 0.5),
            ("nobody", "w", 1.0),
        ]);
        let expected = Strange {
            users: 1,
            places: 1,
            repeated: 1,
            seen: 1,
        };
        assert_eq!(strange(&lists, &fold.train), expected);
        let metrics = Metric::parse_list("precision@3,mrr@3,map@3,rmse").unwrap();
        let models = [listed("given", Arc::new(lists))];
        let folds = Folds::given("pair", [fold]);
        let seen = evaluate(&folds, &models, &metrics, &Options::default(), &Task::unattended()).unwrap();
        let mean = |name: &str| seen.rows[0].mean(name);
        // Of three places a has z and w, behind x; b has w second of two.
        assert_eq!(mean("precision@3"), Some(0.5));
        assert_eq!(mean("mrr@3"), Some(0.5));
        // a: precisions 1/2 and 2/3 of two; b: 1/2 of one.
        assert!((mean("map@3").unwrap() - 13.0 / 24.0).abs() < 1e-12);
        assert_eq!(mean("rmse"), None);
    }
}
