//! Reassigns users and items to clusters in turn.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancelled, Report, Task};

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub user_clusters: usize,
    pub item_clusters: usize,
    pub epochs: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trained {
    /// Cluster by user; 0 where there are no ratings.
    pub user_cluster: Vec<u32>,
    /// Cluster by item; 0 where there are no ratings.
    pub item_cluster: Vec<u32>,
    /// Mean rating by user (μ_u); 0 where there are none.
    pub user_mean: Vec<f64>,
    /// Mean rating by item (μ_i); 0 where there are none.
    pub item_mean: Vec<f64>,
    pub means: Means,
    /// The RMSE on the ratings after each epoch, with the means from before it.
    pub curve: Vec<f64>,
}

/// The mean rating within each cluster; the global mean where it has no rating.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Means {
    pub users: Vec<f64>,
    pub items: Vec<f64>,
    /// A_co, by user cluster and item cluster, row by row.
    pub pairs: Vec<f64>,
}

impl Means {
    /// A_co of a user cluster and an item cluster.
    #[inline]
    pub fn pair(&self, users: usize, items: usize) -> f64 {
        self.pairs[users * self.items.len() + items]
    }

    /// A_co + (μ_u − A_u) + (μ_i − A_i).
    #[inline]
    fn estimate(&self, (users, user_mean): (usize, f64), (items, item_mean): (usize, f64)) -> f64 {
        self.pair(users, items) + (user_mean - self.users[users]) + (item_mean - self.items[items])
    }
}

impl Trained {
    /// The cluster with the smallest squared error on ratings whose mean is `mean` (the first on ties), and that error.
    /// O(ratings · user clusters).
    pub fn user_cluster(&self, mean: f64, ratings: impl Iterator<Item = (u32, f64)> + Clone) -> (u32, f64) {
        best(self.means.users.len(), |cluster| {
            squared_error(ratings.clone(), |item| {
                let item = item as usize;
                let item_side = (self.item_cluster[item] as usize, self.item_mean[item]);
                self.means.estimate((cluster, mean), item_side)
            })
        })
    }

    fn item_cluster(&self, mean: f64, ratings: impl Iterator<Item = (u32, f64)> + Clone) -> (u32, f64) {
        best(self.means.items.len(), |cluster| {
            squared_error(ratings.clone(), |user| {
                let user = user as usize;
                let user_side = (self.user_cluster[user] as usize, self.user_mean[user]);
                self.means.estimate(user_side, (cluster, mean))
            })
        })
    }

    /// The mean ratings of the clusters as they are now.
    fn compute_means(&self, dataset: &Dataset) -> Means {
        let (n_users, n_items) = (self.means.users.len(), self.means.items.len());
        let mut sums = vec![(0.0, 0u32); n_users * n_items];
        for user in dataset.users() {
            let of_cluster = self.user_cluster[user.at()] as usize * n_items;
            for (item, rating) in dataset.user_row(user).iter() {
                let (sum, n) = &mut sums[of_cluster + self.item_cluster[item as usize] as usize];
                *sum += rating;
                *n += 1;
            }
        }
        let mean = |cells: &mut dyn Iterator<Item = (f64, u32)>| {
            let (sum, n) = cells.fold((0.0, 0), |(sum, n), (s, m)| (sum + s, n + m));
            if n == 0 { dataset.mean() } else { sum / f64::from(n) }
        };
        Means {
            users: sums.chunks(n_items).map(|row| mean(&mut row.iter().copied())).collect(),
            items: (0..n_items)
                .map(|i| mean(&mut sums.iter().skip(i).step_by(n_items).copied()))
                .collect(),
            pairs: sums.iter().map(|cell| mean(&mut std::iter::once(*cell))).collect(),
        }
    }
}

/// The first cluster with the smallest error, and the error.
fn best(n: usize, error: impl Fn(usize) -> f64) -> (u32, f64) {
    let mut best = (0, f64::INFINITY);
    for cluster in 0..n {
        let error = error(cluster);
        if error < best.1 {
            best = (cluster as u32, error);
        }
    }
    best
}

fn squared_error(ratings: impl Iterator<Item = (u32, f64)>, estimate: impl Fn(u32) -> f64) -> f64 {
    ratings.map(|(at, rating)| (rating - estimate(at)).powi(2)).sum()
}

/// Assigns users and items to random clusters, then in every epoch: computes the cluster means, moves every user to the
/// cluster with the smallest squared error on their ratings, then every item, given the new user clusters. Stops early
/// once nothing moves. O(epochs · ratings · clusters).
///
/// George and Merugu (2005); as Surprise's `CoClustering`, except for the random generator.
pub(super) fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Trained, Cancelled> {
    task.cancel.check()?;
    let mut random = Pcg64::seed_from_u64(seed);
    let mut draw = |known: bool, n: usize| if known { random.random_range(0..n as u32) } else { 0 };
    let (user_row, item_row) = (|u| dataset.user_row(UserIx(u)), |i| dataset.item_row(ItemIx(i)));
    let (n_users, n_items) = (dataset.n_users() as u32, dataset.n_items() as u32);
    let mut trained = Trained {
        user_cluster: (0..n_users)
            .map(|u| draw(!user_row(u).is_empty(), settings.user_clusters))
            .collect(),
        item_cluster: (0..n_items)
            .map(|i| draw(!item_row(i).is_empty(), settings.item_clusters))
            .collect(),
        user_mean: (0..n_users).map(|u| user_row(u).mean().unwrap_or(0.0)).collect(),
        item_mean: (0..n_items).map(|i| item_row(i).mean().unwrap_or(0.0)).collect(),
        means: Means {
            users: vec![0.0; settings.user_clusters],
            items: vec![0.0; settings.item_clusters],
            pairs: Vec::new(),
        },
        curve: Vec::new(),
    };
    for epoch in 0..settings.epochs {
        task.cancel.check()?;
        trained.means = trained.compute_means(dataset);
        let (users, _) = reassign(task, n_users as usize, |u| {
            trained.user_cluster(trained.user_mean[u], user_row(u as u32).iter())
        })?;
        let moved = users != trained.user_cluster;
        trained.user_cluster = users;
        let (items, squares) = reassign(task, n_items as usize, |i| {
            trained.item_cluster(trained.item_mean[i], item_row(i as u32).iter())
        })?;
        let moved = moved || items != trained.item_cluster;
        trained.item_cluster = items;
        let rmse = (squares / dataset.n_ratings().max(1) as f64).sqrt();
        trained.curve.push(rmse);
        task.progress.say(|| {
            let of = Report::of(
                "fitting co-clustering",
                epoch as u64 + 1,
                settings.epochs as u64,
                "epochs",
            );
            of.with("RMSE", rmse)
        });
        if !moved {
            break;
        }
    }
    trained.means = trained.compute_means(dataset);
    Ok(trained)
}

/// The new cluster of each of `n` users or items, and the sum of the errors.
fn reassign(
    task: &Task,
    n: usize,
    best: impl Fn(usize) -> (u32, f64) + Send + Sync,
) -> Result<(Vec<u32>, f64), Cancelled> {
    let found = task.pool.try_map(n, |at| {
        task.cancel.check()?;
        Ok(best(at))
    })?;
    let squares = found.iter().map(|(_, error)| error).filter(|e| e.is_finite()).sum();
    Ok((found.into_iter().map(|(cluster, _)| cluster).collect(), squares))
}
