use super::super::tests_common::{Opened, formulas, small};
use super::*;
use crate::data::UserIx;
use crate::models::Profile;

const N: usize = 2;

/// Asks of every item of every user why it is not in the list of two.
fn each(opened: &Opened, mut check: impl FnMut(UserIx, ItemIx, &Serving, WhyNot)) {
    for user in opened.data.users() {
        let profile = Profile::of_user(&opened.data, user);
        let serving = opened.serve(&profile);
        let unrated: Vec<ItemIx> = opened.data.items().filter(|item| !profile.contains(*item)).collect();
        for item in opened.data.items() {
            let question = WhyNotQuestion {
                trials: opened.trials(&profile),
                serving: &serving,
                fits: &opened.fits,
                formula: &opened.formula,
                item,
                n: N,
                could_rate: &unrated,
            };
            check(user, item, &serving, find(&question).unwrap());
        }
    }
}

#[test]
fn every_verdict_contrast_and_lever_holds() {
    let data = small();
    let mut verdicts = std::collections::BTreeMap::new();
    let mut kinds = std::collections::BTreeMap::new();
    for formula in formulas() {
        let Some(opened) = Opened::of(&data, &formula, 1) else {
            continue;
        };
        each(&opened, |user, item, serving, found| {
            let what = format!("{formula}, {user:?}, {item:?}: {found:?}");
            *verdicts.entry(format!("{:?}", found.verdict)).or_insert(0) += 1;
            check_verdict(&opened, user, item, &found, &what);
            if let (Some(cut), Some(score)) = (found.cut, found.score) {
                let sum: f64 = found.contrast.iter().map(Contrast::difference).sum();
                let size: f64 = found
                    .contrast
                    .iter()
                    .map(|row| row.first.abs() + row.second.abs())
                    .sum();
                assert!((sum - (score - cut.score)).abs() <= 1e-6 * size.max(1.0), "{what}");
                assert!(cut.score >= score && serving.score(cut.item) == Ok(cut.score), "{what}");
            }
            for lever in &found.levers {
                *kinds.entry(format!("{:?}", lever.kind)).or_insert(0) += 1;
                check_lever(&opened, user, item, lever, &what);
            }
        });
    }
    assert_eq!(verdicts.len(), 6, "{verdicts:?}");
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

fn check_verdict(opened: &Opened, user: UserIx, item: ItemIx, found: &WhyNot, what: &str) {
    let list = opened.list_after(user, &[], &[]);
    let place = list.iter().position(|other| *other == item);
    let expected = match found.verdict {
        Verdict::InList => place.is_some_and(|at| at < N),
        Verdict::OutScored => place.is_some_and(|at| at >= N),
        Verdict::Rated => opened.data.rating(user, item).is_some(),
        Verdict::UnknownToModel | Verdict::NoNeighbors | Verdict::BelowCut => place.is_none() && found.reason.is_some(),
    };
    assert!(expected, "{what}");
    assert_eq!(found.rank, place.map(|at| at + 1), "{what}");
}

/// Makes the change by the text of the formula or by edits, and looks where the item is.
fn check_lever(opened: &Opened, user: UserIx, item: ItemIx, lever: &Lever, what: &str) {
    let list = match (&lever.kind, &lever.what) {
        (LeverKind::Length, _) => opened.list_after(user, &[], &[]),
        (LeverKind::Rating | LeverKind::Unrate | LeverKind::NewRating, What::Item(rated)) => {
            assert_eq!(opened.data.rating(user, *rated), lever.from, "{what}");
            opened.list_after(user, &[(*rated, lever.to)], &[])
        }
        (LeverKind::Weight | LeverKind::Threshold | LeverKind::Keep, What::Named(name)) => {
            let after = lever.formula.as_ref().map(ToString::to_string).unwrap();
            // Within other formulas the text of a part says not which of them is meant.
            if !opened.formula.to_string().contains('(') {
                let text = changed(&opened.formula.to_string(), name, lever);
                assert_eq!(after, Formula::parse(&text).unwrap().to_string(), "{what}");
            }
            let formula = Formula::parse(&after).unwrap();
            Opened::of(&opened.data, &formula, 1)
                .unwrap()
                .list_after(user, &[], &[])
        }
        other => panic!("{other:?}"),
    };
    let rank = list.iter().position(|other| *other == item).map(|at| at + 1);
    assert_eq!(rank, Some(lever.rank), "{what}: {lever:?}");
    if lever.kind == LeverKind::Length {
        assert_eq!(lever.to, Some(lever.rank as f64));
    } else {
        assert!(lever.rank <= N, "{what}");
    }
}

/// The text of the formula after the change.
fn changed(text: &str, name: &str, lever: &Lever) -> String {
    let (from, to) = (lever.from.unwrap(), lever.to.unwrap());
    let (old, new) = match lever.kind {
        LeverKind::Weight if from == 1.0 => (name.to_owned(), format!("{to}*{name}")),
        LeverKind::Weight => (format!("{}*{name}", from.abs()), format!("{}*{name}", to.abs())),
        LeverKind::Threshold => {
            let test = name.trim_end_matches(|c: char| c.is_ascii_digit());
            (name.to_owned(), format!("{test}{to}"))
        }
        _ => (format!("keep={from}"), format!("keep={to}")),
    };
    assert!(text.contains(&old), "{text} has no {old}");
    text.replacen(&old, &new, 1)
}

/// Sums within other formulas.
const NESTED: [&str; 5] = [
    "cascade(popularity > 0.5*item-knn + 0.5*content; keep=6)",
    "switch(ratings>4 ? 0.6*item-knn + 0.4*popularity : popularity)",
    "0.7*(0.5*item-knn - 0.5*popularity) + 0.3*content",
    "0.5*(item-knn + 2*content | rank) + 0.5*(popularity + user-knn | zscore)",
    "cascade(popularity > switch(ratings<3 ? content : 0.9*(0.5*ease:lambda=1 + 0.5*content) + 0.1*popularity); keep=9)",
];

#[test]
fn weights_within_a_formula_are_levers_too() {
    let data = small();
    for text in NESTED {
        let opened = Opened::of(&data, &Formula::parse(text).unwrap(), 2).unwrap();
        let mut weights = 0;
        each(&opened, |user, item, _, found| {
            for lever in &found.levers {
                check_lever(&opened, user, item, lever, &format!("{text}, {user:?}, {item:?}"));
                let (from, to) = (lever.from, lever.to);
                let inner = lever.kind == LeverKind::Weight && {
                    let whole = lever.formula.as_ref().unwrap().to_string();
                    // With the old weight in its place the formula is as it was.
                    assert_ne!(whole, text, "{lever:?}");
                    from.zip(to).is_some_and(|(from, to)| from * to > 0.0)
                };
                weights += usize::from(inner);
            }
        });
        assert!(weights > 3, "{text}: {weights}");
    }
}

#[test]
fn the_nearest_weight_is_where_the_lines_meet() {
    let opened = Opened::of(&small(), &Formula::parse("0.5*item-knn + 0.5*popularity").unwrap(), 1).unwrap();
    let mut found_any = 0;
    each(&opened, |user, item, _, found| {
        for lever in found.levers.iter().filter(|lever| lever.kind == LeverKind::Weight) {
            let (from, to, What::Named(name)) = (lever.from.unwrap(), lever.to.unwrap(), &lever.what) else {
                panic!("{lever:?}");
            };
            // A tenth less of a change is not enough.
            let text = opened.formula.to_string();
            let nearly = Lever {
                to: Some(from + 0.9 * (to - from)),
                ..lever.clone()
            };
            let formula = Formula::parse(&changed(&text, name, &nearly)).unwrap();
            let list = Opened::of(&opened.data, &formula, 1)
                .unwrap()
                .list_after(user, &[], &[]);
            assert!(!list[..N].contains(&item), "{lever:?}");
            found_any += 1;
        }
    });
    assert!(found_any > 5, "{found_any}");
}
