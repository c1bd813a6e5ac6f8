use std::collections::BTreeMap;

use super::{Dataset, ItemIx, UserIx};

/// What an edit makes of one cell: a new rating, or none.
pub type Edit = Option<f64>;

/// A what-if overlay over a [`Dataset`]: ratings changed, added or removed, the dataset itself untouched.
///
/// An edit that says what the dataset says anyway is dropped, so that a profile edited back is exactly the stored one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    by_user: BTreeMap<UserIx, BTreeMap<ItemIx, Edit>>,
}

impl Edits {
    pub fn is_empty(&self) -> bool {
        self.by_user.is_empty()
    }

    pub fn len(&self) -> usize {
        self.by_user.values().map(BTreeMap::len).sum()
    }

    /// Sets (or with `None` removes) the rating of `item` by `user`.
    pub fn set(&mut self, dataset: &Dataset, user: UserIx, item: ItemIx, rating: Edit) {
        let stored = dataset.rating(user, item);
        let cells = self.by_user.entry(user).or_default();
        if rating == stored {
            cells.remove(&item);
        } else {
            cells.insert(item, rating);
        }
        if cells.is_empty() {
            self.by_user.remove(&user);
        }
    }

    /// The edit of one cell, if it was edited.
    pub fn get(&self, user: UserIx, item: ItemIx) -> Option<Edit> {
        self.by_user.get(&user)?.get(&item).copied()
    }

    /// All edits, by user, then item.
    pub fn cells(&self) -> impl Iterator<Item = (UserIx, ItemIx, Edit)> + '_ {
        let users = self.by_user.iter();
        users.flat_map(|(user, cells)| cells.iter().map(move |(item, edit)| (*user, *item, *edit)))
    }

    /// The edits of one user, by item.
    pub fn of_user(&self, user: UserIx) -> impl Iterator<Item = (ItemIx, Edit)> + '_ {
        self.by_user.get(&user).into_iter().flatten().map(|(i, e)| (*i, *e))
    }

    /// The edits of one item, by user. Costs a look at every edited user.
    pub fn of_item(&self, item: ItemIx) -> impl Iterator<Item = (UserIx, Edit)> + '_ {
        self.by_user
            .iter()
            .filter_map(move |(u, cells)| cells.get(&item).map(|e| (*u, *e)))
    }

    /// The ratings of `user` as they would be, items ascending.
    pub fn user_ratings(&self, dataset: &Dataset, user: UserIx) -> Vec<(ItemIx, f64)> {
        let stored = dataset.user_row(user).iter().map(|(i, r)| (ItemIx(i), r));
        overlay(stored, self.of_user(user))
    }

    /// The ratings of `item` as they would be, users ascending.
    pub fn item_ratings(&self, dataset: &Dataset, item: ItemIx) -> Vec<(UserIx, f64)> {
        let stored = dataset.item_row(item).iter().map(|(u, r)| (UserIx(u), r));
        overlay(stored, self.of_item(item))
    }
}

/// Lays edits over stored cells, both ascending by key.
fn overlay<K: Ord + Copy>(
    stored: impl Iterator<Item = (K, f64)>,
    edits: impl Iterator<Item = (K, Edit)>,
) -> Vec<(K, f64)> {
    let mut edits = edits.peekable();
    let mut cells = Vec::with_capacity(stored.size_hint().0);
    for (key, rating) in stored {
        while let Some((at, edit)) = edits.next_if(|(at, _)| *at < key) {
            cells.extend(edit.map(|r| (at, r)));
        }
        match edits.next_if(|(at, _)| *at == key) {
            Some((_, edit)) => cells.extend(edit.map(|r| (key, r))),
            None => cells.push((key, rating)),
        }
    }
    cells.extend(edits.filter_map(|(at, edit)| edit.map(|r| (at, r))));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_lie_over_the_stored_cells() {
        let stored = [(1, 5.0), (3, 3.0), (4, 1.0)];
        let edits = [(0, Some(2.0)), (3, None), (4, Some(4.0)), (9, Some(1.0)), (10, None)];
        let seen = overlay(stored.into_iter(), edits.into_iter());
        assert_eq!(seen, [(0, 2.0), (1, 5.0), (4, 4.0), (9, 1.0)]);
    }
}
