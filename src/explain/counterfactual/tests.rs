use std::sync::Arc;

use super::super::tests_common::{Opened, formulas, small};
use super::*;
use crate::data::{ItemIx, UserIx};
use crate::models::{Formula, Profile};

/// Looks for the sets of every user, every n from 1 to 4, every item of the list.
fn each(opened: &Opened, mut check: impl FnMut(UserIx, ItemIx, usize, Counterfactual)) {
    for user in opened.data.users() {
        let profile = Profile::of_user(&opened.data, user);
        let serving = opened.serve(&profile);
        for n in 1..=4 {
            for (item, _) in serving.recommend(n, false, &opened.cancel).unwrap() {
                let found = find(&opened.trials(&profile), &serving, item, n).unwrap();
                check(user, item, n, found);
            }
        }
    }
}

#[test]
fn brute_force_agrees_for_every_model() {
    let data = small();
    let (mut minimal, mut all) = (0, 0);
    for formula in formulas() {
        let Some(opened) = Opened::of(&data, &formula, 1) else {
            continue;
        };
        let smallest: Vec<_> = data.users().map(|user| opened.smallest_sets(user, 1..=4)).collect();
        each(&opened, |user, item, n, found| {
            let least = smallest[user.at()].get(&(item, n)).copied();
            let what = format!("{formula}, {user:?}, {item:?}, n = {n}: {found:?}, smallest {least:?}");
            if let Some(set) = &found.set {
                let edits: Vec<_> = set.iter().map(|item| (*item, None)).collect();
                let list = opened.list_after(user, &edits, set);
                assert!(!list.iter().take(n).any(|other| *other == item), "{what}");
                let rank = list.iter().position(|other| *other == item).map(|at| at + 1);
                assert_eq!(rank, found.rank_after, "{what}");
                assert!(
                    found
                        .replaced_by
                        .is_none_or(|new| list.iter().take(n).any(|other| *other == new)),
                    "{what}"
                );
                assert!(!found.is_minimal() || Some(set.len()) == least, "{what}");
                minimal += usize::from(found.is_minimal());
            } else {
                let ratings = data.user_row(user).len();
                assert!(found.excluded_below <= ratings || least.is_none(), "{what}");
            }
            assert!(least.is_none_or(|least| found.excluded_below <= least), "{what}");
            all += 1;
        });
    }
    assert!(all > 2000, "only {all} were looked at");
    assert!(
        10 * minimal > 6 * all,
        "only {minimal} of {all} are known to be minimal"
    );
}

/// No model is left out without a word: all but these learn from so small a catalog.
#[test]
fn brute_force_leaves_no_model_out() {
    let data = small();
    let unfit: Vec<String> = formulas()
        .into_iter()
        .filter(|formula| Opened::of(&data, formula, 1).is_none())
        .map(|formula| formula.to_string())
        .collect();
    assert_eq!(unfit, [""; 0]);
}

#[test]
fn sums_are_settled_whatever_the_length_of_the_list() {
    let data = small();
    for text in [
        "item-knn",
        "ease:lambda=1",
        "slim:l1=0.1,l2=1",
        "rp3beta",
        "sar",
        "rules",
        "content",
        "popularity",
    ] {
        let opened = Opened::of(&data, &Formula::parse(text).unwrap(), 1).unwrap();
        each(&opened, |user, item, n, found| {
            let settled = found.is_minimal() || found.excluded_below > data.user_row(user).len();
            assert!(settled, "{text}, {user:?}, {item:?}, n = {n}: {found:?}");
        });
    }
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let data = small();
    for text in ["als:factors=4,reg=1", "user-knn", "item-knn + user-knn | rank"] {
        let formula = Formula::parse(text).unwrap();
        let found = [1, 3].map(|threads| {
            let mut found = Vec::new();
            let opened = Opened::of(&data, &formula, threads).unwrap();
            each(&opened, |_, _, _, one| found.push(one));
            found
        });
        assert_eq!(found[0], found[1], "{text}");
    }
}

#[test]
fn models_that_say_they_are_sums_serve_what_is_left_of_them() {
    let data = small();
    let mut sums = 0;
    for formula in formulas() {
        let Some(opened) = Opened::of(&data, &formula, 1) else {
            continue;
        };
        for user in data.users() {
            let profile = Profile::of_user(&data, user);
            let whole = opened.serve(&profile);
            if whole.additive().is_none() {
                continue;
            }
            sums += 1;
            for set in 1u32..1 << profile.len() {
                let out: Vec<usize> = (0..profile.len()).filter(|at| set >> at & 1 == 1).collect();
                check_what_is_left(&opened, &whole, &out, &formula.to_string());
            }
        }
    }
    assert!(sums >= 8 * 10, "only {sums} are sums");
}

fn check_what_is_left(opened: &Opened, whole: &Serving, out: &[usize], what: &str) {
    let sums = whole.additive().unwrap();
    let rows = whole.profile().rows();
    let removed: Vec<ItemIx> = out.iter().map(|at| rows[*at].item).collect();
    let trial = opened.trials(whole.profile()).without(&removed).unwrap();
    let left = trial.serving.scores(&opened.cancel).unwrap();
    let scale = trial.serving.additive().unwrap().scale();
    let before = whole.scores(&opened.cancel).unwrap();
    let shares: Vec<_> = (0..rows.len()).map(|at| sums.share(at)).collect();
    for item in opened.data.items().filter(|item| !whole.profile().contains(*item)) {
        let heard = (0..rows.len()).filter(|at| !out.contains(at) && shares[*at].get(item).is_some());
        let is_scored = before.get(item).is_some() && heard.count() >= sums.needed();
        assert_eq!(
            left.get(item).is_some(),
            is_scored,
            "{what}, {item:?} without {removed:?}"
        );
        if let (Some(was), Some(is)) = (before.get(item), left.get(item)) {
            let taken: f64 = out.iter().filter_map(|at| shares[*at].get(item)).sum();
            let rest = was * sums.scale() - taken;
            assert!(
                (is * scale - rest).abs() < 1e-9 * (1.0 + rest.abs()),
                "{what}, {item:?}: {is} for {rest}"
            );
        }
    }
}

#[test]
fn a_guest_is_asked_like_a_user() {
    let data = small();
    let formula = Formula::parse("item-knn:neighbors=all").unwrap();
    let opened = Opened::of(&data, &formula, 1).unwrap();
    let user = UserIx(2);
    let stored = Profile::of_user(&data, user);
    let guest = Profile::guest(
        stored.rows().iter().rev().map(|row| (row.item, row.rating)),
        &Arc::default(),
    );
    let find_for = |profile: &Profile| {
        let serving = opened.serve(profile);
        let item = serving.recommend(1, false, &opened.cancel).unwrap()[0].0;
        find(&opened.trials(profile), &serving, item, 1).unwrap()
    };
    assert_eq!(find_for(&guest), find_for(&stored));
}

/// Run by `RECSCOPE_DATA=… cargo test --release --lib -- --ignored --nocapture answers_come_at_once`.
#[test]
#[ignore = "a measurement, of an optimized build"]
fn answers_come_at_once_on_a_million_ratings() {
    let Some(folder) = std::env::var_os("RECSCOPE_DATA") else {
        println!("skipped: RECSCOPE_DATA is not set");
        return;
    };
    let source = crate::data::Source::named(&std::path::Path::new(&folder).join("ml-1m"));
    let task = crate::task::Task::unattended();
    let data = Arc::new(crate::data::load(&source, &crate::data::LoadOptions::default(), &task).unwrap());
    let mut users: Vec<UserIx> = data.users().collect();
    users.sort_by_key(|user| std::cmp::Reverse(data.user_row(*user).len()));
    // The 20 heaviest, and 280 of all the others.
    let others = users[20..].iter().step_by((users.len() - 20) / 280).take(280);
    let users: Vec<UserIx> = users[..20].iter().chain(others).copied().collect();
    for text in std::env::var("RECSCOPE_FORMULAS")
        .as_deref()
        .unwrap_or("item-knn;ease;als")
        .split(';')
    {
        let opened = Opened::of(&data, &Formula::parse(text).unwrap(), 2).unwrap();
        let (mut times, mut minimal, mut found_any, mut sizes) = (Vec::new(), 0, 0, Vec::new());
        for user in &users {
            let profile = Profile::of_user(&data, *user);
            let serving = opened.serve(&profile);
            let item = serving.recommend(1, false, &opened.cancel).unwrap()[0].0;
            let start = std::time::Instant::now();
            let found = find(&opened.trials(&profile), &serving, item, 10).unwrap();
            times.push(start.elapsed().as_secs_f64());
            minimal += usize::from(found.is_minimal());
            found_any += usize::from(found.set.is_some());
            sizes.extend(found.set.map(|set| set.len()));
        }
        times.sort_by(f64::total_cmp);
        sizes.sort_unstable();
        let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        let middle = sizes.get(sizes.len() / 2);
        println!(
            "{text}: median {median:.4} s, p99 {p99:.4} s, most {:.4} s; found {found_any}, minimal {minimal}, size {middle:?} to {:?}",
            times[times.len() - 1],
            sizes.last()
        );
        assert!(median < 0.1 && p99 < 1.0, "{text}: median {median}, p99 {p99}");
    }
}
