//! How little known what is recommended is, in bits or as a share, and how well it is liked all the same.

use super::{Compute, MetricSpec, RankedUser, Setting, discount};
use crate::data::ItemIx;

pub(super) static NOVELTY_BITS: MetricSpec = MetricSpec {
    name: "novelty-bits",
    title: "Self-information",
    heads: ["self-info", "self-information"],
    unit: "bits",
    decimals: 2,
    extra: true,
    definition: "bits: mean over users of the mean over places of −log2(ratings of the item / all ratings in training); an \
                 unseen item counts 1/(N + 1) unless --unseen max",
    ..MetricSpec::share(Compute::Beyond(self_information))
};

pub(super) static EPC: MetricSpec = MetricSpec {
    name: "epc",
    title: "Expected popularity complement",
    heads: ["EPC", "EPC"],
    extra: true,
    definition: "mean over users of Σ over hits of d · (1 − raters / users in training) / Σ over places of d, d = 1/log2(rank+1)",
    ..MetricSpec::share(Compute::Beyond(epc))
};

pub(super) static EFD: MetricSpec = MetricSpec {
    name: "efd",
    title: "Expected free discovery",
    heads: ["EFD", "EFD"],
    unit: "bits",
    extra: true,
    definition: "bits: as epc, with −log2(ratings of the item / all ratings in training) for 1 − raters / users",
    ..MetricSpec::share(Compute::Beyond(efd))
};

/// The mean −log₂ share of ratings of what is listed; nothing of an empty list. O(k). Castells et al. 2011.
fn self_information(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    mean(user.items.iter().map(|item| setting.bits(*item)))
}

/// O(k). Vargas and Castells 2011, with relevance and discount.
fn epc(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let users = setting.train.users_with_ratings().max(1) as f64;
    discovered(user, |item| 1.0 - setting.raters(item) as f64 / users)
}

/// O(k). Vargas and Castells 2011, with relevance and discount.
fn efd(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    discovered(user, |item| setting.bits(item))
}

fn discovered(user: &RankedUser<'_>, novelty: impl Fn(ItemIx) -> f64) -> Option<f64> {
    let all: f64 = (1..=user.items.len()).map(discount).sum();
    let of = |rank: usize| discount(rank) * novelty(user.items[rank - 1]);
    (all > 0.0).then(|| user.hit_ranks().map(of).sum::<f64>() / all)
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}
