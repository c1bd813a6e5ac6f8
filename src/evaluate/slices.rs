//! Test users in groups: for whom a model does well, and for whom it does not.

use serde::Serialize;

use super::metrics::categories;
use crate::data::{Attribute, AttributeKind, Dataset, UserIx};

/// Groups of fewer users say too little to be shown.
pub const FEWEST: usize = 10;
/// Of an attribute with more values, the most frequent ones.
const MOST_VALUES: usize = 12;
/// Numbers are divided into so many groups of about the same size.
const QUANTILES: usize = 4;

/// A group of test users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// What divides users: `ratings`, `popularity`, `genre`, or an attribute of theirs.
    pub by: String,
    /// Which group it is: `21 to 64`, `F`, `Drama`.
    pub name: String,
    /// The places among those tested, ascending.
    pub users: Vec<u32>,
}

/// The mean of a metric over a group, a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceRow {
    pub by: String,
    pub slice: String,
    pub users: usize,
    /// In the order of the models; `None` for a model without values of users.
    pub means: Vec<Option<f64>>,
    /// Whether it is the group for which the model does worst, of all.
    pub worst: Vec<bool>,
}

/// Groups of the users with these places: by how many ratings of theirs are trained on, by how well known what they rated is,
/// by the category that they rated most (a genre, as a rule), and by every attribute of users with few values. Those of fewer
/// than [`FEWEST`] are left out, and so is whoever the training data doesn't know. O(ratings + users·attributes).
pub fn slices(train: &Dataset, users: &[Option<UserIx>]) -> Vec<Slice> {
    let known = |value: &dyn Fn(UserIx) -> Option<f64>| -> Vec<Option<f64>> {
        let of = |user: &Option<UserIx>| value((*user)?).filter(|value| value.is_finite());
        users.iter().map(of).collect()
    };
    let ratings = known(&|user| Some(train.user_row(user).len() as f64));
    let mut all = quantiles("ratings", &ratings);
    let raters = |item: &u32| train.item_row(crate::data::ItemIx(*item)).len() as f64;
    let popularity = known(&|user| {
        let ids = train.user_row(user).ids;
        (!ids.is_empty()).then(|| (ids.iter().map(raters).sum::<f64>() / ids.len() as f64).round())
    });
    all.extend(quantiles("popularity", &popularity));
    if let Some(column) = categories(train) {
        let favorites: Vec<Option<u32>> = users.iter().map(|user| favorite(train, (*user)?, column)).collect();
        all.extend(named(&column.name, &favorites, column));
    }
    for column in &train.user_attributes().columns {
        match column.kind {
            AttributeKind::Names => {
                let one = |user: &Option<UserIx>| column.terms((*user)?.at()).map(|(term, _)| term).next();
                let values: Vec<Option<u32>> = users.iter().map(one).collect();
                all.extend(named(&column.name, &values, column));
            }
            AttributeKind::Number => {
                let values = known(&|user| column.number(user.at()));
                all.extend(quantiles(&column.name, &values));
            }
        }
    }
    all.retain(|slice| slice.users.len() >= FEWEST);
    all
}

/// The means of each group, from the values of the users by model, and which is the worst of each model. `higher` says that
/// more is better. O(groups·models·users).
pub fn means(slices: &[Slice], by_user: &[&[f64]], higher: bool) -> Vec<SliceRow> {
    let mean = |slice: &Slice, values: &[f64]| {
        let own: Option<Vec<f64>> = slice.users.iter().map(|at| values.get(*at as usize).copied()).collect();
        own.filter(|own| !own.is_empty())
            .map(|own| own.iter().sum::<f64>() / own.len() as f64)
    };
    let row = |slice: &Slice| SliceRow {
        by: slice.by.clone(),
        slice: slice.name.clone(),
        users: slice.users.len(),
        means: by_user.iter().map(|values| mean(slice, values)).collect(),
        worst: vec![false; by_user.len()],
    };
    let mut rows: Vec<SliceRow> = slices.iter().map(row).collect();
    for model in 0..by_user.len() {
        let value = |row: &SliceRow| row.means[model].map(|mean| if higher { mean } else { -mean });
        let known = rows.iter().enumerate().filter_map(|(at, row)| Some((at, value(row)?)));
        let worst = known.reduce(|a, b| if b.1 < a.1 { b } else { a });
        if let Some((at, _)) = worst {
            rows[at].worst[model] = true;
        }
    }
    rows
}

/// Groups of about the same size by a number, low ones first; who has the same number is in the same group.
fn quantiles(by: &str, values: &[Option<f64>]) -> Vec<Slice> {
    let mut order: Vec<(f64, u32)> = (0u32..)
        .zip(values)
        .filter_map(|(at, value)| Some(((*value)?, at)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut groups: Vec<Slice> = Vec::new();
    let mut begin = 0;
    for n in 1..=QUANTILES {
        let mut end = order.len() * n / QUANTILES;
        while end < order.len() && end > 0 && order[end].0 == order[end - 1].0 {
            end += 1;
        }
        let Some(group) = order.get(begin..end).filter(|group| !group.is_empty()) else {
            continue;
        };
        let (low, high) = (group[0].0, group[group.len() - 1].0);
        let mut users: Vec<u32> = group.iter().map(|(_, at)| *at).collect();
        users.sort_unstable();
        groups.push(Slice {
            by: by.to_owned(),
            name: if low == high {
                low.to_string()
            } else {
                format!("{low} to {high}")
            },
            users,
        });
        begin = end;
    }
    // All in one group is no division.
    if groups.len() < 2 { Vec::new() } else { groups }
}

/// Groups by a name, the most frequent first; of equals the one that comes first in the data.
fn named(by: &str, values: &[Option<u32>], column: &Attribute) -> Vec<Slice> {
    let mut groups: Vec<Slice> = column
        .names()
        .iter()
        .map(|name| Slice {
            by: by.to_owned(),
            name: crate::data::clean_label(name).into_owned(),
            users: Vec::new(),
        })
        .collect();
    for (at, value) in (0u32..).zip(values) {
        if let Some(group) = value.and_then(|value| groups.get_mut(value as usize)) {
            group.users.push(at);
        }
    }
    groups.retain(|group| !group.users.is_empty());
    groups.sort_by_key(|group| std::cmp::Reverse(group.users.len()));
    groups.truncate(MOST_VALUES);
    if groups.len() < 2 { Vec::new() } else { groups }
}

/// The category that most of what a user rated is of; of equals the one that comes first in the data.
fn favorite(train: &Dataset, user: UserIx, column: &Attribute) -> Option<u32> {
    let mut counts = vec![0u32; column.names().len()];
    for item in train.user_row(user).ids {
        for (term, _) in column.terms(*item as usize) {
            if let Some(count) = counts.get_mut(term as usize) {
                *count += 1;
            }
        }
    }
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    counts.iter().position(|count| *count == most).map(|at| at as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests_common::dataset;

    #[test]
    fn groups_hold_who_has_the_same_together() {
        let values: Vec<Option<f64>> = (0..40).map(|n| Some(f64::from(n / 8))).chain([None]).collect();
        let groups = quantiles("ratings", &values);
        let seen: Vec<(&str, usize)> = groups.iter().map(|g| (g.name.as_str(), g.users.len())).collect();
        // A quarter ends within the 1s, which are not divided; so with the 2s and the 3s.
        assert_eq!(seen, [("0 to 1", 16), ("2", 8), ("3", 8), ("4", 8)]);
        assert_eq!(groups[0].users, (0..16).collect::<Vec<u32>>());
        assert!(quantiles("ratings", &vec![Some(1.0); 20]).is_empty());
        assert!(quantiles("ratings", &[]).is_empty());
    }

    #[test]
    fn means_and_the_worst_by_hand() {
        let slice = |name: &str, users: &[u32]| Slice {
            by: "taste".into(),
            name: name.into(),
            users: users.to_vec(),
        };
        let slices = [slice("a", &[0, 1]), slice("b", &[2]), slice("c", &[1, 2])];
        let rows = means(&slices, &[&[1.0, 0.0, 0.25], &[0.0, 0.0, 1.0], &[]], true);
        let figures: Vec<&[Option<f64>]> = rows.iter().map(|row| &row.means[..]).collect();
        assert_eq!(figures[0], [Some(0.5), Some(0.0), None]);
        assert_eq!(figures[1], [Some(0.25), Some(1.0), None]);
        assert_eq!(figures[2], [Some(0.125), Some(0.5), None]);
        let worst: Vec<&[bool]> = rows.iter().map(|row| &row.worst[..]).collect();
        assert_eq!(
            worst,
            [[false, true, false], [false, false, false], [true, false, false]]
        );
        let rows = means(&slices, &[&[1.0, 0.0, 0.25]], false);
        assert!(rows[0].worst[0]);
    }

    #[test]
    fn users_are_divided_by_what_they_rated() {
        // Ten users with two ratings, ten with four, ten with five; somebody whom nobody knows.
        let rated = |u: i64| (0..[2, 4, 5][(u % 3) as usize]).map(move |i| (format!("u{u}"), format!("i{i}"), 1.0, i));
        let train = dataset(&(0..30).flat_map(rated).collect::<Vec<_>>());
        let users: Vec<Option<UserIx>> = train.users().map(Some).chain([None]).collect();
        let slices = slices(&train, &users);
        let of = |by: &str| -> Vec<(String, usize)> {
            let own = slices.iter().filter(|slice| slice.by == by);
            own.map(|slice| (slice.name.clone(), slice.users.len())).collect()
        };
        let expected = [("2", 10), ("4", 10), ("5", 10)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(of("ratings"), expected);
        // All rated i0 and i1 (30), twenty i2 and i3, ten i4: means 30, 25 and 22.
        let expected = [("22", 10), ("25", 10), ("30", 10)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(of("popularity"), expected);
        assert!(slices.iter().all(|slice| !slice.users.contains(&30)));
    }
}
