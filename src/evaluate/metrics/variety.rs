//! How different what is listed is: among itself, from what the user knows, and in its categories.

use std::collections::BTreeMap;

use super::surprise::mean;
use super::{Better, Compute, MetricSpec, Needs, RankedUser, Setting};
use crate::data::ItemIx;

pub(super) static ILD: MetricSpec = MetricSpec {
    name: "ild",
    title: "Intra-list diversity",
    heads: ["ILD", "ILD"],
    extra: true,
    needs: Needs::Alike,
    definition: "mean over users of 1 − the mean cosine of two items of the list, by the content model's vectors unless \
                 --ild-by factors",
    ..MetricSpec::share(Compute::Beyond(ild))
};

pub(super) static SERENDIPITY: MetricSpec = MetricSpec {
    name: "serendipity",
    title: "Serendipity",
    heads: ["seren", "serendipity"],
    extra: true,
    needs: Needs::Alike,
    definition: "mean over users of the mean over places of 1 − the mean cosine to what the user rated where the item is \
                 relevant, else 0; cosines as for ild",
    ..MetricSpec::share(Compute::Beyond(serendipity))
};

pub(super) static CALIBRATION: MetricSpec = MetricSpec {
    name: "calibration",
    title: "Miscalibration",
    heads: ["calib", "miscalibration"],
    unit: "nats",
    extra: true,
    needs: Needs::Categories,
    definition: "nats: mean over users of KL(p‖0.99q + 0.01p), p and q the shares of categories in what they rated and in \
                 the list, an item with m of them giving 1/m to each",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Beyond(calibration))
};

/// Nothing of lists with fewer than two items. O(k² · terms). Ziegler et al. 2005, as a distance.
fn ild(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let pairs = user.items.iter().enumerate();
    let pairs = pairs.flat_map(|(n, a)| user.items[n + 1..].iter().map(move |b| (*a, *b)));
    mean(pairs.map(|(a, b)| 1.0 - setting.alike(a, b)))
}

/// Nothing of users without a history. O(k · ratings of the user · terms). In the manner of Auralist (Zhang et al. 2012).
fn serendipity(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let history = setting.history(user)?;
    let unlike = |item: ItemIx| mean(history.iter().map(|known| 1.0 - setting.alike(item, *known)));
    let places = user.items.iter().zip(user.hits);
    let places: Option<Vec<f64>> = places
        .map(|(item, hit)| if *hit { unlike(*item) } else { Some(0.0) })
        .collect();
    mean(places?.into_iter())
}

/// 0 where list and history have the same shares, at most ln 100; nothing of users or lists without a category.
/// O(categories of list and history). Steck 2018.
fn calibration(user: &RankedUser<'_>, setting: &Setting<'_>) -> Option<f64> {
    let history = shares(&setting.history(user)?, setting)?;
    let listed = shares(user.items, setting)?;
    let part = |(category, p): (&u32, &f64)| {
        let q = listed.get(category).copied().unwrap_or(0.0);
        p * (p / (0.99 * q + 0.01 * p)).ln()
    };
    Some(history.iter().map(part).sum())
}

/// The share of each category, items without one left out.
fn shares(items: &[ItemIx], setting: &Setting<'_>) -> Option<BTreeMap<u32, f64>> {
    let column = setting.categories()?;
    let mut sums = BTreeMap::new();
    let mut n = 0.0;
    for item in items {
        let categories: Vec<u32> = column.terms(item.at()).map(|(term, _)| term).collect();
        if !categories.is_empty() {
            n += 1.0;
        }
        for category in &categories {
            *sums.entry(*category).or_insert(0.0) += 1.0 / categories.len() as f64;
        }
    }
    for sum in sums.values_mut() {
        *sum /= n;
    }
    (n > 0.0).then_some(sums)
}
