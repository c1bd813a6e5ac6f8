use std::collections::HashMap;

use crate::data::{Dataset, UserIx};
use crate::models::random::mix;
use crate::task::{Cancel, Cancelled};

/// The dataset with at most `max` random ratings per user; `None` if nobody has more.
///
/// A user with thousands of ratings adds millions of pairs and little evidence for each. The sample depends only on the
/// seed, the user and the item.
pub(super) fn thin(data: &Dataset, max: usize, seed: u64, cancel: &Cancel) -> Result<Option<Dataset>, Cancelled> {
    let mut kept: HashMap<UserIx, Vec<u32>> = HashMap::new();
    for user in data.users().filter(|u| data.user_row(*u).len() > max) {
        cancel.check()?;
        let mut items = data.user_row(user).ids.to_vec();
        items.select_nth_unstable_by_key(max, |&item| (hash(seed, user.0, item), item));
        items.truncate(max);
        items.sort_unstable();
        kept.insert(user, items);
    }
    if kept.is_empty() {
        return Ok(None);
    }
    cancel.check()?;
    Ok(Some(data.subset(|file_row| {
        let (user, item, ..) = data.rating_in_file_order(file_row);
        kept.get(&user).is_none_or(|items| items.binary_search(&item.0).is_ok())
    })))
}

/// A hash of seed, user and item.
fn hash(seed: u64, user: u32, item: u32) -> u64 {
    mix(mix(seed) ^ (u64::from(user) << 32 | u64::from(item)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::dataset;

    #[test]
    fn only_those_with_too_many_lose_some() {
        let mut rows: Vec<(u32, u32, f64)> = (0..100).map(|i| (0, i, 1.0)).collect();
        rows.extend([(1, 3, 2.0), (1, 7, 4.0)]);
        let data = dataset(&rows, 100);
        let counts = |seed| {
            let thinned = thin(&data, 10, seed, &Cancel::new()).unwrap().unwrap();
            let items = thinned.user_row(UserIx(0)).ids.to_vec();
            assert_eq!((items.len(), thinned.user_row(UserIx(1)).len()), (10, 2));
            items
        };
        assert_eq!(counts(1), counts(1));
        assert_ne!(counts(1), counts(2));
        assert!(thin(&data, 100, 1, &Cancel::new()).unwrap().is_none());
    }
}
