use super::{Compute, MetricSpec, RankedUser, Setting};

pub(super) static NOVELTY: MetricSpec = MetricSpec {
    name: "novelty",
    title: "Novelty",
    heads: ["nov", "novelty"],
    unit: "bits",
    decimals: 2,
    definition: "bits: mean over all places of all lists of k of log2(users with a rating in training / raters of the item in training)",
    ..MetricSpec::share(Compute::Lists(novelty))
};

/// Mean self-information of what is recommended, in bits: an item that all training users rated has 0, one that a half of
/// them rated 1, and so on; an item without a rating counts as rated by one. 0 where no list holds anything.
/// O(users·k). Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010; they take
/// the mean of every user's mean, which is the same where all lists are equally long.
fn novelty(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let train = setting.train;
    let all = train.users_with_ratings().max(1) as f64;
    let places = users.iter().map(|u| u.items.len()).sum::<usize>();
    let bits = |user: &RankedUser<'_>| -> f64 {
        let raters = |item| train.item_row(item).len().max(1) as f64;
        user.items.iter().map(|&item| (all / raters(item)).log2()).sum()
    };
    users.iter().map(bits).sum::<f64>() / places.max(1) as f64
}
