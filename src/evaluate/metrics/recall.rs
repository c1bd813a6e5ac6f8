use super::{Compute, MetricSpec, RankedUser};

pub(super) static RECALL: MetricSpec = MetricSpec {
    name: "recall",
    title: "Recall",
    heads: ["recall", "recall"],
    definition: "hits in the first k / |test|",
    ..MetricSpec::share(Compute::User(recall))
};

pub(super) static RECALL_MIN: MetricSpec = MetricSpec {
    name: "recall-min",
    title: "Recall, reachable",
    heads: ["recall-min", "recall-min"],
    definition: "hits in the first k / min(k, |test|): 1 can be reached",
    ..MetricSpec::share(Compute::User(recall_min))
};

/// hits / |test|, 0 to min(1, k / |test|). O(k).
fn recall(user: &RankedUser<'_>) -> f64 {
    user.n_hits() as f64 / user.n_relevant as f64
}

/// hits / min(k, |test|), 0 to 1, as in Liang et al. 2018. O(k).
fn recall_min(user: &RankedUser<'_>) -> f64 {
    user.n_hits() as f64 / user.most_hits() as f64
}
