use super::{Compute, MetricSpec, RankedUser};

pub(super) static HIT: MetricSpec = MetricSpec {
    name: "hit",
    title: "Hit rate",
    heads: ["hit", "hit rate"],
    spare: 3,
    definition: "1 where the first k hold a hit, else 0: the share of users with one",
    ..MetricSpec::share(Compute::User(hit))
};

/// Whether there is a hit, as 1 or 0. O(k).
fn hit(user: &RankedUser<'_>) -> f64 {
    f64::from(u8::from(user.n_hits() > 0))
}
