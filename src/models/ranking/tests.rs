use std::sync::Arc;

use super::{Ranker, Wanted};
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::tests_common::{dataset, fit, synthetic};
use crate::models::{FitStore, Formula, MODELS, Profile, Recommender, Serving};
use crate::task::{Cancel, Task};

/// Each list beside the one that serving alone gives, to the bit.
fn lists_are_those_of_serving_alone(
    model: &Arc<dyn Recommender>,
    data: &Dataset,
    profiles: &[Arc<Profile>],
    what: &str,
) {
    let cancel = Cancel::new();
    let ranker = Ranker::open(model, data, profiles.len(), &Task::unattended()).unwrap();
    for (n, include_seen) in [(0, false), (3, false), (10, true), (usize::MAX, false)] {
        let lists = ranker.lists(profiles, Wanted { n, include_seen }, &cancel).unwrap();
        assert_eq!(lists.len(), profiles.len());
        for (list, profile) in lists.iter().zip(profiles) {
            let alone = Serving::open(model, Arc::clone(profile), &cancel).unwrap();
            let alone = alone.recommend(n, include_seen, &cancel).unwrap();
            let bits = |list: &[(ItemIx, f64)]| list.iter().map(|(i, s)| (i.0, s.to_bits())).collect::<Vec<_>>();
            assert_eq!(bits(list), bits(&alone), "{what}, {n} of {:?}", profile.user());
        }
    }
}

/// All users as stored, one of them edited, a guest, and nobody.
fn profiles(data: &Dataset) -> Vec<Arc<Profile>> {
    let mut edits = Edits::default();
    edits.set(data, UserIx(3), ItemIx(5), Some(1.0));
    let others = [
        Profile::of_edited_user(data, UserIx(3), &Arc::new(edits)),
        Profile::guest([(ItemIx(2), 5.0), (ItemIx(7), 1.0)], &Arc::default()),
        Profile::default(),
    ];
    let stored = data.users().map(|user| Profile::of_user(data, user));
    stored.chain(others).map(Arc::new).collect()
}

#[test]
fn every_model_ranks_many_as_it_ranks_one() {
    let data = synthetic(26, 90);
    let store = FitStore::new(Arc::clone(&data), 7);
    let hybrids = [
        "0.6*item-knn + 0.4*content",
        "als + 0.1*popularity",
        "cascade(als > svd; keep=20)",
    ];
    let mut together = 0;
    for text in MODELS.iter().map(|model| model.name).chain(hybrids) {
        let model = store.fit(&Formula::parse(text).unwrap(), &Task::unattended()).unwrap();
        together += usize::from(model.factors().is_some());
        lists_are_those_of_serving_alone(&model, &data, &profiles(&data), text);
    }
    assert!(together >= 8, "{together} models have factors");
}

/// Factors that are all alike, none, huge or tiny: ties stand in the order of the file.
#[test]
fn what_32_bits_cannot_tell_apart_is_ranked_all_the_same() {
    let data = synthetic(26, 500);
    for settings in [
        "epochs=0,init-std=0",
        "epochs=0,init-std=0.000000000000000000001",
        "epochs=1,biased=false",
    ] {
        let model = fit("svd", settings, &data).unwrap();
        lists_are_those_of_serving_alone(&model, &data, &profiles(&data), settings);
    }
    // A regularization that draws all factors to 0.
    let model = fit("als", "reg=1000000", &data).unwrap();
    lists_are_those_of_serving_alone(&model, &data, &profiles(&data), "all 0");
    // Hundreds of items with the same raters have the same factors.
    let alike: Vec<(u32, u32, f64)> = (0..30).flat_map(|u| (0..400).map(move |i| (u, i, 1.0))).collect();
    let few = (30..60).flat_map(|u| (0..20).map(move |i| (u, 400 + (u + i) % 30, 1.0)));
    let data = dataset(&alike.into_iter().chain(few).collect::<Vec<_>>(), 440);
    let model = fit("als", "factors=8", &data).unwrap();
    lists_are_those_of_serving_alone(&model, &data, &profiles(&data), "alike");
}
