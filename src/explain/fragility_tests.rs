use super::*;
use crate::explain::tests_common::{Opened, formulas, small};
use crate::models::{Formula, Profile};

/// What is found for everybody and every length of list from 1 to 4.
fn each(opened: &Opened, mut check: impl FnMut(crate::data::UserIx, usize, &Fragility)) {
    for user in opened.data.users() {
        let profile = Profile::of_user(&opened.data, user);
        let serving = opened.serve(&profile);
        let steps = single_steps(&opened.data, &profile);
        for n in 1..=4 {
            let mut reported = 0;
            let found = find(&opened.trials(&profile), &serving, n, &steps, |part| {
                assert!(part.outcomes.len() > reported, "every report has something new");
                reported = part.outcomes.len();
            });
            let found = found.unwrap();
            assert_eq!((reported, found.outcomes.len()), (steps.len(), steps.len()));
            check(user, n, &found);
        }
    }
}

/// Every rating of the scale beside the own one, by looking through all of them.
fn neighbors_on_the_scale(rating: f64) -> Vec<f64> {
    let scale = [1.0, 2.0, 3.0, 4.0, 5.0];
    scale.into_iter().filter(|r| (r - rating).abs() == 1.0).collect()
}

#[test]
fn it_is_what_trying_everything_finds() {
    let data = small();
    let (mut models, mut changed, mut reordered, mut fragile) = (0, 0, 0, 0);
    for formula in formulas() {
        let Some(opened) = Opened::of(&data, &formula, 2) else {
            continue;
        };
        models += 1;
        each(&opened, |user, n, found| {
            let what = format!("{formula}, {user:?}, n = {n}");
            let cut = |mut list: Vec<ItemIx>| {
                list.truncate(n);
                list
            };
            let before = cut(opened.list_after(user, &[], &[]));
            assert_eq!(found.list, before, "{what}");
            let mut lists = Vec::new();
            for (item, rating) in data.user_row(user).iter() {
                for to in neighbors_on_the_scale(rating) {
                    lists.push(cut(opened.list_after(user, &[(ItemIx(item), Some(to))], &[])));
                }
            }
            let tried: Vec<&Vec<ItemIx>> = found.outcomes.iter().map(|o| &o.list).collect();
            assert_eq!(tried, lists.iter().collect::<Vec<_>>(), "{what}");
            let sorted = |list: &Vec<ItemIx>| {
                let mut list = list.clone();
                list.sort_unstable();
                list
            };
            let others = lists.iter().filter(|list| sorted(list) != sorted(&before)).count();
            let moved = lists.iter().filter(|list| **list != before).count();
            assert_eq!((found.changed(), found.reordered()), (others, moved - others), "{what}");
            for (stand, item) in found.stands().iter().zip(&before) {
                let leaves = lists.iter().filter(|list| !list.contains(item)).count();
                assert_eq!((stand.item, stand.leaves), (*item, leaves), "{what}");
                assert!(stand.moves >= stand.leaves && stand.moves <= moved, "{what}");
            }
            let most = found.stands().iter().map(|stand| stand.leaves).max().unwrap_or(0);
            let marked = found.most_fragile();
            assert_eq!(marked.is_some(), most > 0, "{what}");
            if let Some(marked) = marked {
                let stand = found.stands().into_iter().find(|stand| stand.item == marked);
                assert_eq!(stand.unwrap().leaves, most, "{what}");
            }
            changed += found.changed();
            reordered += found.reordered();
            fragile += usize::from(marked.is_some());
        });
    }
    assert!(
        models > 20 && changed > 500 && reordered > 500 && fragile > 300,
        "{models} {changed} {reordered} {fragile}"
    );
}

#[test]
fn a_step_back_brings_the_list_back() {
    let data = small();
    let opened = Opened::of(&data, &Formula::parse("item-knn:values=centered").unwrap(), 1).unwrap();
    each(&opened, |user, n, found| {
        for outcome in &found.outcomes {
            let (item, to) = outcome.change;
            assert_ne!(to, data.rating(user, item));
            let back = opened.list_after(user, &[(item, to), (item, data.rating(user, item))], &[]);
            assert_eq!(back[..found.list.len()], found.list, "{user:?}, n = {n}");
            let (out, new) = (outcome.out(&found.list), outcome.added(&found.list));
            assert_eq!(outcome.changes(&found.list), !out.is_empty() || !new.is_empty());
            assert!(
                out.iter()
                    .all(|item| found.list.contains(item) && !outcome.list.contains(item))
            );
            assert!(
                new.iter()
                    .all(|item| !found.list.contains(item) && outcome.list.contains(item))
            );
        }
    });
}

#[test]
fn where_all_values_are_alike_a_step_takes_the_rating_out() {
    let rows: Vec<(u32, u32, f64)> = (0..6)
        .flat_map(|user| (0..3).map(move |n| (user, (user + n * 2) % 7, 1.0)))
        .collect();
    let data = crate::models::tests_common::dataset(&rows, 7);
    let opened = Opened::of(&data, &Formula::parse("item-knn").unwrap(), 1).unwrap();
    let mut changed = 0;
    each(&opened, |user, n, found| {
        assert_eq!(found.outcomes.len(), data.user_row(user).len());
        for outcome in &found.outcomes {
            let (item, to) = outcome.change;
            assert_eq!(to, None);
            let mut list = opened.list_after(user, &[(item, None)], &[item]);
            list.truncate(n);
            assert_eq!(outcome.list, list);
        }
        changed += found.changed();
    });
    assert!(changed > 10, "{changed}");
}

/// By sums as by serving: bit for bit, for those that are sums, also where ratings are taken out.
#[test]
fn sums_give_the_list_that_serving_gives() {
    let data = small();
    let (mut asked, mut answered) = (0, 0);
    for formula in formulas() {
        let Some(opened) = Opened::of(&data, &formula, 1) else {
            continue;
        };
        for user in data.users() {
            let profile = Profile::of_user(&data, user);
            let (serving, trials) = (opened.serve(&profile), opened.trials(&profile));
            if serving.additive().is_none() {
                continue;
            }
            for n in [1, 3, 20] {
                let list = serving.recommend(n, false, trials.cancel).unwrap();
                let list: Vec<ItemIx> = list.into_iter().map(|(item, _)| item).collect();
                let sums = Sums::of(&serving, &list, &trials).unwrap().unwrap();
                let steps = profile.rows().iter().flat_map(|row| {
                    [1.0, 2.5, 5.0]
                        .map(Some)
                        .map(|to| (row.item, to))
                        .into_iter()
                        .chain([(row.item, None)])
                });
                for change in steps {
                    asked += 1;
                    let Some(found) = sums.list_after(&trials, change, n).unwrap() else {
                        continue;
                    };
                    answered += 1;
                    let kept_out: Vec<ItemIx> = change.1.is_none().then_some(change.0).into_iter().collect();
                    let mut served = opened.list_after(user, &[change], &kept_out);
                    served.truncate(n);
                    assert_eq!(found, served, "{formula}, {user:?}, n = {n}: {change:?}");
                }
            }
        }
    }
    assert!(answered * 10 > asked * 8 && asked > 1000, "{answered} of {asked}");
}
