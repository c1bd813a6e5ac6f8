//! Co-clustering: users and items in a few clusters each, scored by the mean rating of each pair of clusters.

mod train;

use std::sync::Arc;

use train::{Settings, Trained};

use super::{
    About, Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Parameter, Params, PartKind,
    Profile, Range, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "co-clustering",
    title: "Co-clustering",
    summary: "Groups users and items into a few clusters; a score is the mean rating of the two clusters together, \
              corrected by how the user and the item differ from their clusters.",
    formula: "score(u, i) = A(group of u, group of i) + (μ_u − A(group of u)) + (μ_i − A(group of i))",
    parameters: &[
        Parameter {
            name: "user-clusters",
            range: Range::Whole(1, 1000),
            default: "3",
            doc: "number of user groups",
        },
        Parameter {
            name: "item-clusters",
            range: Range::Whole(1, 1000),
            default: "3",
            doc: "number of item groups",
        },
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "20",
            doc: "rounds of reassignment at most; stops early when no group changes",
        },
    ],
    search: &[
        Search::even("user-clusters", 2.0, 12.0),
        Search::even("item-clusters", 2.0, 12.0),
    ],
    unit: |_| Unit::Rating,
    paper: "T. George and S. Merugu (2005), A Scalable Collaborative Filtering Framework Based on Co-Clustering",
    strengths: "Trains in moments; a score is the sum of three numbers, and the groups divide the audience into \
                blocks. Coarser than factor models; the groups depend on the seed.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<CoClustering>(),
};

struct CoClustering {
    dataset: Arc<Dataset>,
    trained: Arc<Trained>,
}

impl Fit for CoClustering {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let settings = Settings {
            user_clusters: params.whole("user-clusters"),
            item_clusters: params.whole("item-clusters"),
            epochs: params.whole("epochs"),
        };
        Ok(train::train(&context.dataset, &settings, context.seed, &context.task)?)
    }

    fn open(trained: Arc<Trained>, context: &FitContext, _: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        Ok(Arc::new(CoClustering { dataset, trained }))
    }
}

/// A profile's cluster and its mean rating.
#[derive(Clone, Copy)]
struct Assignment {
    cluster: usize,
    mean: f64,
}

impl CoClustering {
    /// The cluster that training would choose for these ratings, with all others fixed.
    fn fold(&self, ratings: impl Iterator<Item = (u32, f64)> + Clone) -> Option<Assignment> {
        let (sum, n) = ratings.clone().fold((0.0, 0u32), |(sum, n), (_, r)| (sum + r, n + 1));
        let mean = (n > 0).then(|| sum / f64::from(n))?;
        let (cluster, _) = self.trained.user_cluster(mean, ratings);
        Some(Assignment {
            cluster: cluster as usize,
            mean,
        })
    }

    /// The trained cluster of a stored user, unless edits change the best-fitting one; for other profiles the best-fitting
    /// cluster. `None` where nothing is rated.
    fn assignment(&self, profile: &Profile) -> Option<Assignment> {
        let rows = profile.rows().iter().map(|row| (row.item.0, row.rating));
        let stored = profile.user().map(|user| (user, self.dataset.user_row(user)));
        let Some((user, stored)) = stored.filter(|(_, row)| !row.is_empty()) else {
            return self.fold(rows);
        };
        let trained = Assignment {
            cluster: self.trained.user_cluster[user.at()] as usize,
            mean: self.trained.user_mean[user.at()],
        };
        if !profile.is_edited() {
            return Some(trained);
        }
        let mut edited = self.fold(rows)?;
        let before = self.fold(stored.iter());
        if before.is_some_and(|before| before.cluster == edited.cluster) {
            edited.cluster = trained.cluster;
        }
        Some(edited)
    }
}

impl Recommender for CoClustering {
    fn unit(&self) -> Unit {
        Unit::Rating
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(CoClusteringServed {
            assignment: self.assignment(&profile),
            profile,
            model: self,
        }))
    }

    fn memory_bytes(&self) -> usize {
        let t = &self.trained;
        let means = t.means.users.len() + t.means.items.len() + t.means.pairs.len();
        4 * (t.user_cluster.capacity() + t.item_cluster.capacity())
            + 8 * (t.user_mean.capacity() + t.item_mean.capacity() + t.curve.capacity() + means)
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        Some(("RMSE on the ratings", &self.trained.curve))
    }
}

struct CoClusteringServed {
    model: Arc<CoClustering>,
    profile: Arc<Profile>,
    assignment: Option<Assignment>,
}

/// The terms of a score.
struct Parts {
    assignment: Assignment,
    cluster: usize,
    /// The mean of the co-cluster.
    base: f64,
    /// The user's mean minus the user cluster's.
    user: f64,
    /// The item's mean minus the item cluster's.
    item: f64,
}

impl Parts {
    fn score(&self) -> f64 {
        self.base + self.user + self.item
    }
}

impl CoClusteringServed {
    fn parts(&self, item: ItemIx) -> Result<Parts, NoScore> {
        let (dataset, trained) = (&self.model.dataset, &self.model.trained);
        NoScore::check(dataset, item, self.assignment.is_none())?;
        let assignment = self.assignment.ok_or(NoScore::EmptyProfile)?;
        let cluster = trained.item_cluster[item.at()] as usize;
        Ok(Parts {
            assignment,
            cluster,
            base: trained.means.pair(assignment.cluster, cluster),
            user: assignment.mean - trained.means.users[assignment.cluster],
            item: trained.item_mean[item.at()] - trained.means.items[cluster],
        })
    }
}

impl Served for CoClusteringServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.parts(item).map(|parts| parts.score())
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let parts = self.parts(item)?;
        let trained = &self.model.trained;
        let (users, items) = (parts.assignment.cluster, parts.cluster);
        let size = |clusters: &[u32], of: usize, rated: &dyn Fn(u32) -> bool| {
            let members = clusters
                .iter()
                .zip(0..)
                .filter(|(c, at)| **c as usize == of && rated(*at));
            members.count()
        };
        let dataset = &self.model.dataset;
        let base = Explanation::base("mean where the groups meet", parts.base)
            .count("user-group", users + 1)
            .count("item-group", items + 1);
        let who = self.profile.user().map_or(About::Nothing, About::User);
        let in_group = size(&trained.user_cluster, users, &|at| {
            !dataset.user_row(crate::data::UserIx(at)).is_empty()
        });
        let user = Explanation::leaf(PartKind::Bias, "user against group", who, parts.user)
            .number("mean", parts.assignment.mean)
            .number("group-mean", trained.means.users[users])
            .count("ratings", self.profile.len())
            .count("group-size", in_group);
        let in_group = size(&trained.item_cluster, items, &|at| {
            !dataset.item_row(ItemIx(at)).is_empty()
        });
        let item = Explanation::leaf(PartKind::Bias, "item against group", About::Item(item), parts.item)
            .number("mean", trained.item_mean[item.at()])
            .number("group-mean", trained.means.items[items])
            .count("ratings", dataset.item_row(item).len())
            .count("group-size", in_group);
        let root = Explanation::of_model(SPEC.name, parts.score());
        Ok(root.of_parts(vec![base, user, item]))
    }

    /// The global mean for an unknown user or item. (Surprise documents the mean of the known one, but its code never
    /// reaches that branch, and its published figures follow the code.)
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let known = item.and_then(|item| self.score(item).ok());
        Some(known.unwrap_or_else(|| self.model.dataset.mean()))
    }
}

#[cfg(test)]
mod tests;
