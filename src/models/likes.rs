//! Votes against are kept from models that would count them as interest.

use std::sync::Arc;

use super::{FitContext, LatentFactors, LowRatings, ModelSpec, Params, Profile, Recommender, Served, Unit};
use crate::data::{FeedbackKind, ItemIx, UserIx};
use crate::task::{Cancel, Cancelled};

/// The context without votes against, for a model that learns from rows whatever they say; `None` where the model or
/// the data need none of that.
pub(super) fn without_dislikes(spec: &ModelSpec, params: &Params, context: &FitContext) -> Option<FitContext> {
    let data = &context.dataset;
    let counted = matches!((spec.low_ratings)(params), LowRatings::Weighed | LowRatings::Counted);
    if !counted || data.feedback().kind != FeedbackKind::Votes || data.scale().min >= 0.0 {
        return None;
    }
    let likes = data.subset(|row| data.rating_in_file_order(row).2 >= 0.0);
    Some(FitContext {
        dataset: Arc::new(likes),
        ..context.clone()
    })
}

/// A model that was fitted to likes alone, and sees likes alone of whom it serves.
pub(super) struct OfLikes(pub Arc<dyn Recommender>);

impl Recommender for OfLikes {
    fn unit(&self) -> Unit {
        self.0.unit()
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Arc::clone(&self.0).serve(Arc::new(profile.likes()), cancel)
    }

    fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }

    fn factors(&self) -> Option<&dyn LatentFactors> {
        self.0.factors().map(|_| self as &dyn LatentFactors)
    }

    fn note(&self) -> Option<String> {
        self.0.note()
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        self.0.training_curve()
    }
}

/// Those of the model behind it, which has some.
impl LatentFactors for OfLikes {
    fn n_factors(&self) -> usize {
        self.0.factors().map_or(0, LatentFactors::n_factors)
    }

    fn item(&self, item: ItemIx) -> Option<Vec<f64>> {
        self.0.factors()?.item(item)
    }

    fn user(&self, user: UserIx) -> Option<Vec<f64>> {
        self.0.factors()?.user(user)
    }

    fn profile(&self, profile: &Profile) -> Vec<f64> {
        self.0.factors().map_or_else(Vec::new, |f| f.profile(&profile.likes()))
    }

    fn item_bias(&self, item: ItemIx) -> f64 {
        self.0.factors().map_or(0.0, |f| f.item_bias(item))
    }

    fn profile_bias(&self, profile: &Profile) -> f64 {
        self.0.factors().map_or(0.0, |f| f.profile_bias(&profile.likes()))
    }

    fn mean(&self) -> f64 {
        self.0.factors().map_or(0.0, LatentFactors::mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::models::tests_common::{dataset, serve, serve_guest};
    use crate::models::{Catalog, FitStore, Formula, MODELS};
    use crate::task::Task;

    /// Item 0: everybody's dislike. Items 1 to 8: liked by some.
    fn votes() -> Arc<Dataset> {
        let mut rows = Vec::new();
        for user in 0..12u32 {
            rows.push((user, 0, -1.0));
            rows.extend((1..9).filter(|i| (user + i) % 3 != 0).map(|i| (user, i, 1.0)));
        }
        let data = dataset(&rows, 9);
        assert_eq!(data.feedback().kind, FeedbackKind::Votes);
        data
    }

    #[test]
    fn what_everybody_votes_against_is_never_recommended_first() {
        let data = votes();
        let store = FitStore::new(Arc::clone(&data), 1);
        let default = crate::models::default_formula(FeedbackKind::Votes);
        let names = MODELS.iter().map(|m| m.name).filter(|name| *name != "random");
        for text in names.chain([default]) {
            let model = match store.fit(&Formula::parse(text).unwrap(), &Task::unattended()) {
                Ok(model) => model,
                Err(why) => {
                    // One wants no negative values, others want times.
                    let unfit = ["nmf", "trending", "markov", "session-knn"];
                    assert!(unfit.contains(&text), "{text}: {why}");
                    continue;
                }
            };
            for user in data.users() {
                // As a guest who has not voted on item 0: a user has, so that it is no candidate.
                let likes = data.user_row(user).iter().filter(|r| r.1 > 0.0 && r.0 % 2 == 0);
                let serving = serve_guest(&model, &likes.collect::<Vec<_>>());
                let best = serving.recommend(1, false, &Cancel::new()).unwrap();
                let only = serving.candidates(&Cancel::new()).unwrap().len() < 2;
                assert!(only || best[0].0 != ItemIx(0), "{text} recommends it to {user:?}");
            }
        }
    }

    #[test]
    fn a_vote_against_is_not_taken_for_interest() {
        let data = votes();
        let store = FitStore::new(Arc::clone(&data), 1);
        for text in ["ease", "als", "bpr:epochs=2", "rp3beta", "popularity"] {
            let entry = Catalog::default().find(text.split(':').next().unwrap()).unwrap();
            assert_eq!((entry.spec().low_ratings)(&entry.defaults()), LowRatings::Counted);
            let model = store.fit(&Formula::parse(text).unwrap(), &Task::unattended()).unwrap();
            let [plain, against] = [&[(2, 1.0)][..], &[(2, 1.0), (1, -1.0)]].map(|r| serve_guest(&model, r));
            assert_eq!(plain.score(ItemIx(4)), against.score(ItemIx(4)), "{text}");
        }
        // The stored user is served as stored.
        let model = store.fit(&Formula::parse("als").unwrap(), &Task::unattended()).unwrap();
        let serving = serve(&model, Profile::of_user(&data, UserIx(0)));
        assert!(serving.scores(&Cancel::new()).unwrap().iter().count() > 0);
    }
}
