use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::strategy::Server;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::evaluate::folds::{TestRow, TestUser};
use crate::evaluate::metrics::{Metric, RankedUser, ndcg};
use crate::models::Profile;
use crate::task::{Cancel, Cancelled};

/// Who has fewer ratings is no newcomer: half of them are the test.
const LEAST_RATINGS: usize = 10;

/// Somebody new, of whom nothing was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer {
    pub user: UserIx,
    /// What they can answer when asked about it, items ascending: half of their ratings.
    pub known: Vec<(ItemIx, f64)>,
    /// The other half: what lists are measured on.
    tested: TestUser,
}

/// Newcomers, and the data without their ratings.
#[derive(Clone, Debug)]
pub struct Newcomers {
    /// Users and items as before, and what is known of them besides ratings.
    pub train: Arc<Dataset>,
    pub people: Vec<Newcomer>,
}

impl Newcomers {
    /// Takes up to `most` users with 10 ratings or more out of the data, at random; all the others if there are fewer.
    /// Half of their ratings, at random, can be asked for, the rest is the test. O(ratings).
    ///
    /// # Errors
    /// One sentence where nobody is left to learn from, or nobody has enough ratings.
    pub fn of(data: &Dataset, most: usize, seed: u64) -> Result<Self, String> {
        let mut random = Pcg64::seed_from_u64(seed);
        let mut users: Vec<UserIx> = data
            .users()
            .filter(|u| data.user_row(*u).len() >= LEAST_RATINGS)
            .collect();
        users.shuffle(&mut random);
        // Somebody must be left to learn from.
        users.truncate(most.min(data.users_with_ratings() / 2));
        if users.is_empty() {
            return Err(format!(
                "nobody can be held out: that needs users with {LEAST_RATINGS} ratings or more, and others to learn from"
            ));
        }
        let mut is_new = vec![false; data.n_users()];
        for user in &users {
            is_new[user.at()] = true;
        }
        let train = Arc::new(data.subset(|row| !is_new[data.rating_in_file_order(row).0.at()]));
        let people = users.into_iter().map(|user| {
            let mut rows: Vec<(ItemIx, f64)> = data.user_row(user).iter().map(|(i, r)| (ItemIx(i), r)).collect();
            rows.shuffle(&mut random);
            let test = rows.split_off(rows.len() / 2);
            rows.sort_by_key(|(item, _)| *item);
            let row = |(item, rating)| TestRow {
                item: Some(item),
                rating,
            };
            Newcomer {
                user,
                known: rows,
                tested: TestUser::new(Some(user), test.into_iter().map(row).collect(), Vec::new(), &train),
            }
        });
        let people: Vec<Newcomer> = people.filter(|p| p.tested.n_relevant > 0).collect();
        if people.is_empty() {
            return Err("no test rating of a newcomer is a vote for something".to_owned());
        }
        Ok(Self { train, people })
    }
}

impl Newcomer {
    /// Their rating of an item, if it is one that they can be asked for.
    pub fn answer(&self, item: ItemIx) -> Option<f64> {
        let at = self.known.binary_search_by_key(&item, |k| k.0).ok()?;
        Some(self.known[at].1)
    }

    /// nDCG@10 of the list that a strategy makes for them after these answers, who state that they like these kinds.
    pub(super) fn ndcg(
        &self,
        server: &Server,
        train: &Dataset,
        (answers, stated): (&Edits, &[u32]),
        cancel: &Cancel,
    ) -> Result<f64, Cancelled> {
        let profile = Profile::of_edited_user(train, self.user, &Arc::new(answers.clone()));
        let items = server.list(train, &Arc::new(profile), stated, Metric::DEFAULT_K, cancel)?;
        let is_hit = |item: &ItemIx| self.tested.relevant.binary_search(item).is_ok();
        Ok(ndcg(&RankedUser {
            user: None,
            known: &[],
            hits: &items.iter().map(is_hit).collect::<Vec<_>>(),
            items: &items,
            n_relevant: self.tested.n_relevant,
            k: Metric::DEFAULT_K,
        }))
    }
}
