//! What other programs compute under the names of our metrics: the same idea with another divisor, discount or set.

use std::collections::BTreeMap;

use super::surprise::mean;
use super::{Better, Compute, GradedUser, MetricSpec, Predicted, RankedUser, Setting, discount};
use crate::data::ItemIx;

pub(super) static NDCG_FLAT: MetricSpec = MetricSpec {
    name: "ndcg-flat",
    title: "Normalized discounted cumulative gain, first ranks alike",
    heads: ["nDCG-f", "nDCG flat"],
    extra: true,
    definition: "binary relevance, ranks 1 and 2 count 1 and later ones 1/log2(rank), ideal = min(k, |test|)",
    ..MetricSpec::share(Compute::User(ndcg_flat))
};

pub(super) static NDCG_EXP: MetricSpec = MetricSpec {
    name: "ndcg-exp",
    title: "Normalized discounted cumulative gain, exponential",
    heads: ["nDCG-e", "nDCG exp."],
    extra: true,
    definition: "gain = 2^rating − 1 of a relevant test item, times 1/log2(rank+1), ideal = the min(k, |test|) highest; 0 \
                 where no gain is positive",
    ..MetricSpec::share(Compute::Graded(ndcg_exp))
};

pub(super) static NDCG_EXP_ONE: MetricSpec = MetricSpec {
    name: "ndcg-exp-one",
    title: "Normalized discounted cumulative gain, exponential from one on",
    heads: ["nDCG-e1", "nDCG exp. + 1"],
    extra: true,
    definition: "gain = 2^(rating + 1) − 1 of a relevant test item, times 1/log2(rank+1), ideal = the min(k, |test|) highest",
    ..MetricSpec::share(Compute::Graded(ndcg_exp_one))
};

pub(super) static MAP_CUTS: MetricSpec = MetricSpec {
    name: "map-cuts",
    title: "Mean precision of all cuts",
    heads: ["map-cuts", "map-cuts"],
    extra: true,
    definition: "the mean over n from 1 to k of hits in the first n / n",
    ..MetricSpec::share(Compute::User(map_cuts))
};

pub(super) static MAP_LIST: MetricSpec = MetricSpec {
    name: "map-list",
    title: "Mean average precision of what is listed",
    heads: ["map-list", "map-list"],
    extra: true,
    definition: "sum over hits in the first k of the precision at their rank, / min(|test|, how many are listed there); 0 for \
                 an empty list",
    ..MetricSpec::share(Compute::User(map_list))
};

pub(super) static PRECISION_LIST: MetricSpec = MetricSpec {
    name: "precision-list",
    title: "Precision of what is listed",
    heads: ["prec-list", "precision-list"],
    extra: true,
    definition: "hits in the first k / how many are listed there; 0 for an empty list",
    ..MetricSpec::share(Compute::User(precision_list))
};

pub(super) static PRECISION_POOLED: MetricSpec = MetricSpec {
    name: "precision-pooled",
    title: "Pooled precision",
    heads: ["prec-pool", "precision pooled"],
    extra: true,
    definition: "hits in the first k of all users / Σ over users of min(k, |test|): no mean over users",
    ..MetricSpec::share(Compute::Lists(precision_pooled))
};

pub(super) static AUC_LIMITED: MetricSpec = MetricSpec {
    name: "auc-limited",
    title: "Area under the ROC curve, from the list alone",
    heads: ["AUC-lim", "AUC limited"],
    extra: true,
    definition: "mean over users of the area under the ROC curve of the first k places, then a straight line to the end, over \
                 all items of the catalog, those of training too",
    ..MetricSpec::share(Compute::Beyond(auc_limited))
};

pub(super) static COVERAGE_ALL: MetricSpec = MetricSpec {
    name: "coverage-all",
    title: "Coverage of the whole catalog",
    heads: ["cover-all", "coverage of all"],
    extra: true,
    definition: "distinct items in all lists of k / all items of the catalog, rated in training or not",
    ..MetricSpec::share(Compute::Lists(coverage_all))
};

pub(super) static ITEMS_LISTED: MetricSpec = MetricSpec {
    name: "items-listed",
    title: "Items listed",
    heads: ["listed", "items listed"],
    unit: "items",
    decimals: 0,
    extra: true,
    definition: "how many distinct items are in all lists of k",
    ..MetricSpec::share(Compute::Lists(items_listed))
};

pub(super) static GINI_DIVERSITY: MetricSpec = MetricSpec {
    name: "gini-diversity",
    title: "Gini diversity",
    heads: ["Gini-div", "Gini diversity"],
    extra: true,
    definition: "1 − Σ (2j − I − 1) x(j) / ((I − 1) · Σ x) of how often each of the I items is in a list of k, ascending: 1 \
                 all alike, 0 one has all",
    ..MetricSpec::share(Compute::Lists(gini_diversity))
};

pub(super) static ENTROPY_NATS: MetricSpec = MetricSpec {
    name: "entropy-nats",
    title: "Entropy of exposure by item",
    heads: ["entropy-n", "entropy by item"],
    unit: "nats",
    extra: true,
    definition: "nats: −Σ p ln p over the items in lists of k, p the share of all places, divided by how many items that are",
    ..MetricSpec::share(Compute::Lists(entropy_nats))
};

pub(super) static TAIL_ITEMS: MetricSpec = MetricSpec {
    name: "tail-items",
    title: "Share of the least rated items",
    heads: ["tail-10", "tail of items"],
    extra: true,
    definition: "mean over users of the share of places with one of the tenth of the rated items (at least one) with the fewest \
                 ratings in training, ties in the order of the file",
    ..MetricSpec::share(Compute::Lists(tail_items))
};

pub(super) static MSE: MetricSpec = MetricSpec {
    name: "mse",
    title: "Mean squared error",
    heads: ["MSE", "MSE"],
    extra: true,
    definition: "mean squared error over all test ratings of a fold, predictions clipped to the training scale",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Errors(mse))
};

pub(super) static FCP_MEAN: MetricSpec = MetricSpec {
    name: "fcp-mean",
    title: "Fraction of concordant pairs, by user",
    heads: ["FCP-m", "FCP by user"],
    extra: true,
    definition: "c / (c + d), c the mean of concordant pairs over the users that have any, d that of discordant ones, a tie of \
                 predictions being discordant",
    ..MetricSpec::share(Compute::Predictions(fcp_mean))
};

/// LensKit's `LogRankWeight` with its default offset: log₂ of the rank itself, at least 1. O(k).
fn ndcg_flat(user: &RankedUser<'_>) -> f64 {
    let weight = |rank: usize| 1.0 / libm::log2(rank as f64).max(1.0);
    let ideal: f64 = (1..=user.most_hits()).map(weight).sum();
    user.hit_ranks().map(weight).sum::<f64>() / ideal
}

fn ndcg_exp(user: &GradedUser<'_>) -> f64 {
    exponential(user, 0.0)
}

fn ndcg_exp_one(user: &GradedUser<'_>) -> f64 {
    exponential(user, 1.0)
}

/// Gains 2^(r + shift) − 1, none below 0; 0 to 1. O(k).
fn exponential(user: &GradedUser<'_>, shift: f64) -> f64 {
    let gain = |rating: f64| (libm::exp2(rating + shift) - 1.0).max(0.0);
    let ideal: f64 = user
        .ideal
        .iter()
        .zip(1..)
        .take(user.k)
        .map(|(r, n)| gain(*r) * discount(n))
        .sum();
    // A place without a hit has a rating of 0, and gains nothing.
    let places = user
        .gains
        .iter()
        .zip(1..)
        .take(user.k)
        .filter(|(rating, _)| **rating != 0.0);
    let gained: f64 = places.map(|(r, n)| gain(*r) * discount(n)).sum();
    if ideal > 0.0 { gained / ideal } else { 0.0 }
}

/// Elliot's MAP. O(k).
fn map_cuts(user: &RankedUser<'_>) -> f64 {
    let mut hits = 0;
    let mut sum = 0.0;
    for n in 1..=user.k {
        hits += usize::from(user.hits.get(n - 1).copied().unwrap_or(false));
        sum += hits as f64 / n as f64;
    }
    sum / user.k as f64
}

/// LensKit's `AveragePrecision`. O(k).
fn map_list(user: &RankedUser<'_>) -> f64 {
    let precisions = user
        .hit_ranks()
        .zip(1..)
        .map(|(rank, hit)| f64::from(hit) / rank as f64);
    precisions.sum::<f64>() / user.n_relevant.min(user.items.len()).max(1) as f64
}

fn precision_list(user: &RankedUser<'_>) -> f64 {
    user.n_hits() as f64 / user.items.len().max(1) as f64
}

/// implicit's `precision_at_k`. O(users·k).
fn precision_pooled(users: &[RankedUser<'_>], _: &Setting<'_>) -> f64 {
    let hits: usize = users.iter().map(RankedUser::n_hits).sum();
    let most: usize = users.iter().map(RankedUser::most_hits).sum();
    hits as f64 / most as f64
}

/// implicit's `AUC_at_k`: pairs that the list decides, and half of those that it leaves open. O(k).
fn auc_limited(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let relevant = user.n_relevant as f64;
    let others = setting
        .train
        .n_items()
        .checked_sub(user.n_relevant)
        .filter(|n| *n > 0)? as f64;
    let (mut hits, mut misses, mut won) = (0.0, 0.0, 0.0);
    for place in 0..user.k {
        if user.hits.get(place).copied().unwrap_or(false) {
            hits += 1.0;
        } else {
            misses += 1.0;
            won += hits;
        }
    }
    won += f64::midpoint(hits, relevant) * (others - misses);
    Some(won / (relevant * others))
}

fn items_listed(users: &[RankedUser<'_>], _: &Setting<'_>) -> f64 {
    exposed(users).len() as f64
}

fn coverage_all(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    exposed(users).len() as f64 / setting.train.n_items().max(1) as f64
}

/// How often each item is listed that is. O(users·k·ln).
fn exposed(users: &[RankedUser<'_>]) -> BTreeMap<ItemIx, u32> {
    let mut counts = BTreeMap::new();
    for item in users.iter().flat_map(|user| user.items) {
        *counts.entry(*item).or_insert(0) += 1;
    }
    counts
}

/// Elliot's `Gini`: of one item alone nothing can be uneven. O(users·k + items·ln).
fn gini_diversity(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let mut counts = setting.exposure(users.iter().flat_map(|u| u.items));
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let n = counts.len() as f64;
    if n < 2.0 {
        1.0
    } else {
        1.0 - super::gini(&counts) * n / (n - 1.0)
    }
}

/// RecBole's `ShannonEntropy`. O(users·k·ln).
fn entropy_nats(users: &[RankedUser<'_>], _: &Setting<'_>) -> f64 {
    let counts = exposed(users);
    let all: f64 = counts.values().map(|n| f64::from(*n)).sum();
    let shares = counts.values().map(|n| f64::from(*n) / all);
    shares.map(|p| -p * libm::log(p)).sum::<f64>() / counts.len().max(1) as f64 + 0.0
}

/// RecBole's `TailPercentage` with its default ratio. O(items·ln + users·k).
fn tail_items(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let mut rated: Vec<ItemIx> = setting.train.items().filter(|item| setting.raters(*item) > 0).collect();
    rated.sort_by_key(|item| (setting.raters(*item), *item));
    let mut is_tail = vec![false; setting.train.n_items()];
    for item in rated.iter().take((rated.len() / 10).max(1)) {
        is_tail[item.at()] = true;
    }
    let of = |user: &RankedUser<'_>| mean(user.items.iter().map(|item| f64::from(u8::from(is_tail[item.at()]))));
    mean(users.iter().map(|user| of(user).unwrap_or(0.0))).unwrap_or(0.0)
}

/// Σe²/n. O(n).
fn mse(errors: &[f64]) -> f64 {
    errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64
}

/// Surprise's `fcp`; one half where no pair is of either kind. O(Σ test ratings of a user²).
fn fcp_mean(users: &[&[Predicted]]) -> f64 {
    let (mut concordant, mut discordant) = (Vec::new(), Vec::new());
    for rows in users {
        let (mut right, mut wrong) = (0u64, 0u64);
        for (n, a) in rows.iter().enumerate() {
            for b in &rows[n + 1..] {
                let (low, high) = if a.rating < b.rating { (a, b) } else { (b, a) };
                if low.rating < high.rating {
                    right += u64::from(low.prediction < high.prediction);
                    wrong += u64::from(low.prediction >= high.prediction);
                }
            }
        }
        concordant.extend((right > 0).then_some(right as f64));
        discordant.extend((wrong > 0).then_some(wrong as f64));
    }
    let of = |counts: Vec<f64>| mean(counts.into_iter()).unwrap_or(0.0);
    let (right, wrong) = (of(concordant), of(discordant));
    if right + wrong > 0.0 {
        right / (right + wrong)
    } else {
        0.5
    }
}
