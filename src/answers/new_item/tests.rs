use super::*;
use crate::data::{Attribute, Attributes, DatasetParts, DuplicatePolicy, Ids, RatingRows};
use crate::models::{Profile, Serving};
use crate::task::{Cancel, Pool};

/// Sixteen users by eight films. Even users like horror, odd ones comedies; nobody has seen all of them.
pub(super) fn films() -> Dataset {
    let genres = [
        &["Sci-Fi", "Horror"][..],
        &["Sci-Fi", "Horror"],
        &["Sci-Fi", "Horror"],
        &["Sci-Fi"],
        &["Comedy"],
        &["Comedy"],
        &["Comedy"],
        &["Horror"],
    ];
    let directors = [
        "Kubrick, Stanley",
        "Scott",
        "Scott",
        "Kubrick, Stanley",
        "Wilder",
        "Wilder",
        "Hawks",
        "Scott",
    ];
    let mut ratings = RatingRows::default();
    for user in 0..16u32 {
        for item in (0..8u32).filter(|item| *item != user % 8 && *item != (user + 3) % 8) {
            let is_comedy = (4..7).contains(&item);
            ratings.users.push(user);
            ratings.items.push(item);
            ratings
                .values
                .push(if is_comedy == (user % 2 == 1) { 5.0 } else { 1.0 });
        }
    }
    let names = |names: &[&'static str]| names.iter().map(|name| (*name, 1)).collect::<Vec<_>>();
    let parts = DatasetParts {
        users: Ids::new((0..16).map(|u| format!("u{u}"))),
        items: Ids::new((0..8).map(|i| format!("i{i}"))),
        ratings,
        item_attributes: Attributes {
            columns: vec![
                Attribute::of_names("genre", genres.map(names)),
                Attribute::of_names("director", directors.map(|d| vec![(d, 1)])),
                Attribute::of_numbers("year", (0..8).map(|n| Some(1970.0 + f64::from(n)))),
            ],
        },
        ..DatasetParts::default()
    };
    Dataset::new(parts, DuplicatePolicy::Last).unwrap()
}

fn world() -> World {
    World::new(Arc::new(films()), 42)
}

fn query(item: NewItem, models: &str) -> NewItemQuery {
    NewItemQuery {
        item,
        models: models.split(';').map(|m| Formula::parse(m.trim()).unwrap()).collect(),
        n: 2,
        bonus: 1.0,
        strength: 10.0,
        users: 1000,
    }
}

fn view(world: &World, query: &NewItemQuery, threads: usize) -> NewItemView {
    let task = Task {
        pool: Pool::new("test", threads),
        ..Task::unattended()
    };
    compute(world, query, &Training::of(world, &query.item), &task, &mut |_| ()).unwrap()
}

#[test]
fn a_hidden_item_goes_to_those_who_liked_it() {
    let world = world();
    let hidden = query(NewItem::Hidden(ItemIx(0)), "content; popularity");
    let view = view(&world, &hidden, 2);
    assert_eq!((view.id.as_deref(), view.users, view.likers), (Some("i0"), 16, Some(6)));
    // The two who like horror and have not seen it are no likers, though they are as near to it.
    let auc = view.models[0].auc.unwrap();
    assert!(auc > 0.8, "{auc}");
    assert!(
        view.models[0]
            .best
            .iter()
            .all(|best| best.liked == (best.rating == Some(5.0)))
    );
    let horror = |best: &NewItemUser| {
        best.user
            .id
            .trim_start_matches('u')
            .parse::<u32>()
            .unwrap()
            .is_multiple_of(2)
    };
    assert!(view.models[0].best.iter().all(horror));
    // Nobody has rated it: by popularity it suits everybody alike, and is last; four have not even two to choose from.
    assert_eq!(view.models[1].auc, Some(0.5));
    assert_eq!(
        (view.models[1].recall, view.models[1].exposure[0].lists),
        (Some(0.0), 4)
    );
    let slot = view.slot.unwrap();
    // 14 of 16 have seen it, 6 of them like it.
    assert!(slot.is_rate_known && (slot.result.arms[0].mean - 6.0 / 12.0).abs() < 1e-12);
    assert_eq!(
        (
            slot.result.arms[0].id.as_str(),
            slot.result.arms.len(),
            slot.result.policies.len()
        ),
        ("i0", 8, 2)
    );
}

#[test]
fn a_typed_item_goes_to_those_who_like_its_kind() {
    let world = world();
    let said = said(&world.dataset, "genre=Comedy, director=Wilder").unwrap();
    let title = "i3".to_owned();
    let view = view(&world, &query(NewItem::Typed { title, said }, "content"), 1);
    assert_eq!((view.label.as_str(), view.id, view.likers), ("i3", None, None));
    let shown: Vec<(&str, &str)> = view
        .features
        .iter()
        .map(|f| (f.column.as_str(), f.values.as_str()))
        .collect();
    assert_eq!(shown, [("genre", "Comedy"), ("director", "Wilder")]);
    let comedy = |best: &NewItemUser| best.user.id.trim_start_matches('u').parse::<u32>().unwrap() % 2 == 1;
    assert!(
        view.models[0]
            .best
            .iter()
            .all(|best| comedy(best) && best.rating.is_none())
    );
    assert_eq!(view.models[0].auc, None);
    let slot = view.slot.unwrap();
    assert!(!slot.is_rate_known && Some(slot.result.arms[0].mean) == slot.result.arms[0].guess);
}

#[test]
fn lists_are_those_that_the_model_makes_and_bonuses_only_add() {
    let world = world();
    // Scores of this model are all different.
    let query = query(NewItem::Hidden(ItemIx(1)), "two-tower:factors=4,epochs=3");
    let view = view(&world, &query, 2);
    let (train, item) = without_ratings(&world.dataset, &query.item);
    let fits = FitStore::new(Arc::clone(&train), 42);
    let model = fits.fit(&query.models[0], &Task::unattended()).unwrap();
    let cancel = Cancel::new();
    let (mut shown, mut ranks) = (0, Vec::new());
    for user in train.users() {
        let serving = Serving::open(&model, Arc::new(Profile::of_user(&train, user)), &cancel).unwrap();
        let list = serving.recommend(query.n, false, &cancel).unwrap();
        shown += usize::from(list.iter().any(|(listed, _)| *listed == item));
        ranks.extend(serving.standing(item, &cancel).unwrap().rank);
    }
    let model = &view.models[0];
    assert_eq!(model.exposure[0].lists, shown);
    ranks.sort_unstable();
    assert_eq!(model.median_rank, Some(ranks[(ranks.len() - 1) / 2]));
    assert_eq!(model.exposure.iter().map(|e| e.bonus).collect::<Vec<_>>(), BONUSES);
    assert!(
        model
            .exposure
            .is_sorted_by(|a, b| a.lists <= b.lists && a.liked <= b.liked)
    );
    assert!(model.exposure[4].lists > model.exposure[0].lists);
    // Each list that it enters loses one.
    let lost: usize = model.displaced.iter().map(|d| d.lists).sum();
    assert!(lost <= model.exposure[2].lists && lost > 0);
    for exposure in &model.exposure {
        assert!(
            exposure
                .price
                .is_none_or(|price| (0.0..=exposure.bonus).contains(&price)),
            "{exposure:?}"
        );
    }
}

#[test]
fn threads_change_nothing_and_what_cannot_be_fitted_is_said() {
    let world = world();
    let query = query(
        NewItem::Hidden(ItemIx(2)),
        "content; augment(popularity -> content); augment(als -> content)",
    );
    let (one, three) = (view(&world, &query, 1), view(&world, &query, 3));
    assert_eq!(one, three);
    assert!(one.models[1].error.is_some() && one.models[2].error.is_none());
    let text = serde_json::to_string(&one).unwrap();
    assert!(!text.contains("NaN"));
}
