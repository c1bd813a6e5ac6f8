//! Whether lists hold more of what everybody knows than their users' histories do.

use super::surprise::mean;
use super::{Better, Compute, MetricSpec, RankedUser, Setting};

pub(super) static ARP: MetricSpec = MetricSpec {
    name: "arp",
    title: "Average recommendation popularity",
    heads: ["ARP", "ARP"],
    unit: "ratings",
    decimals: 1,
    spare: 7,
    extra: true,
    definition: "mean over users of the mean over places of the item's ratings in training",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Beyond(arp))
};

pub(super) static TAIL: MetricSpec = MetricSpec {
    name: "tail",
    title: "Share of the long tail",
    heads: ["tail", "tail"],
    extra: true,
    definition: "mean over users of the share of places with an item outside the head, which are the most rated items that \
                 make up 80 % of the ratings in training",
    ..MetricSpec::share(Compute::Beyond(tail))
};

pub(super) static POPULARITY_LIFT: MetricSpec = MetricSpec {
    name: "popularity-lift",
    title: "Popularity lift",
    heads: ["lift", "popularity lift"],
    extra: true,
    definition: "mean over users of (mean ratings of what is listed − mean ratings of what they rated) / the latter, in \
                 training: 0 where lists are as popular as histories",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Beyond(popularity_lift))
};

/// O(k).
fn arp(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    mean(user.items.iter().map(|item| setting.raters(*item) as f64))
}

/// 0 to 1; Abdollahpouri et al. 2019 call it APLT. O(k), and once O(items · ln items).
fn tail(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    mean(
        user.items
            .iter()
            .map(|item| f64::from(u8::from(!setting.is_head(*item)))),
    )
}

/// From −1; nothing of users without a history. O(k + ratings of the user).
fn popularity_lift(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let history = setting.history(user)?;
    let before = mean(history.iter().map(|item| setting.raters(*item) as f64))?;
    Some((arp(user, setting)? - before) / before)
}
