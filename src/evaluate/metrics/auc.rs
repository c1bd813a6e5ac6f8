use super::{Compute, MetricSpec, WholeRanking};

pub(super) static AUC: MetricSpec = MetricSpec {
    name: "auc",
    title: "Area under the ROC curve",
    heads: ["AUC", "AUC"],
    extra: true,
    definition: "mean over users of the share of pairs (relevant test item, other candidate) that are scored in the right order, \
                 ties a half; candidates are all items with a score less the user's training items; a relevant item \
                 without a score is below all",
    ..MetricSpec::share(Compute::Whole(auc))
};

/// How many of the pairs of a liked and another score are in the right order, ties counting half: Mann and Whitney's U, by the
/// number of pairs the area under the ROC curve. Sorts `liked`. O((liked + others) · ln liked).
pub fn pairs_in_order(liked: &mut [f64], others: &[f64]) -> f64 {
    liked.sort_unstable_by(f64::total_cmp);
    let won = |score: &f64| {
        let above = liked.len() - liked.partition_point(|own| own <= score);
        let same = liked.len() - liked.partition_point(|own| own < score) - above;
        above as f64 + same as f64 / 2.0
    };
    others.iter().map(won).sum()
}

/// Of pairs of a relevant and another candidate, the share in the right order, 0 to 1; one half where there are no others.
/// O(candidates · ln relevant). Rendle et al. 2009 take it over the same pairs.
fn auc(ranking: &WholeRanking<'_>) -> f64 {
    let (n_relevant, n_others) = (ranking.n_relevant, ranking.others.len());
    if n_others == 0 {
        return 0.5;
    }
    pairs_in_order(&mut ranking.relevant.to_vec(), ranking.others) / (n_relevant as f64 * n_others as f64)
}
