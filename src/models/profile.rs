use std::sync::Arc;

use crate::data::{Dataset, Edits, ItemIx, Moment, UserIx};

/// One rating of a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rated {
    pub item: ItemIx,
    /// The rating, on the dataset's scale.
    pub rating: f64,
    /// When, if known.
    pub time: Option<Moment>,
}

/// All that a model may know about the user it recommends to. A known user, an edited one, a guest with three titles
/// and a new user with none are all profiles, and are served alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    user: Option<UserIx>,
    rows: Vec<Rated>,
    /// For a guest, by row: its position, from 0, in the order the items were last named. Empty for users.
    named: Vec<u32>,
    edited: bool,
    overlay: Arc<Edits>,
}

impl Profile {
    /// A user exactly as stored.
    pub fn of_user(dataset: &Dataset, user: UserIx) -> Self {
        Self::of_edited_user(dataset, user, &Arc::default())
    }

    /// A user with what-if edits over the stored ratings, of this and of other users.
    pub fn of_edited_user(dataset: &Dataset, user: UserIx, edits: &Arc<Edits>) -> Self {
        let row = dataset.user_row(user);
        let stored = |k: usize, item: u32, rating: f64| Rated {
            item: ItemIx(item),
            rating,
            time: dataset.time(user, k),
        };
        let edited = edits.of_user(user).next().is_some();
        let rows = if edited {
            let cells = edits.user_ratings(dataset, user).into_iter();
            cells
                .map(|(item, rating)| match row.ids.binary_search(&item.0) {
                    Ok(k) => stored(k, item.0, rating),
                    Err(_) => Rated {
                        item,
                        rating,
                        time: None,
                    },
                })
                .collect()
        } else {
            row.iter()
                .enumerate()
                .map(|(k, (item, rating))| stored(k, item, rating))
                .collect()
        };
        Self {
            user: Some(user),
            rows,
            named: Vec::new(),
            edited,
            overlay: Arc::clone(edits),
        }
    }

    /// A guest, not in the dataset. Of an item named twice the last rating counts. The order in which items are named
    /// is kept for models of sequences.
    pub fn guest(ratings: impl IntoIterator<Item = (ItemIx, f64)>, edits: &Arc<Edits>) -> Self {
        let ratings = ratings.into_iter().zip(0..);
        let cells: std::collections::BTreeMap<_, _> = ratings.map(|((item, r), n)| (item, (r, n))).collect();
        let rated = |(&item, &(rating, _)): (&ItemIx, &(f64, u32))| Rated {
            item,
            rating,
            time: None,
        };
        Self {
            user: None,
            rows: cells.iter().map(rated).collect(),
            named: cells.values().map(|(_, n)| *n).collect(),
            edited: false,
            overlay: Arc::clone(edits),
        }
    }

    /// The user in the dataset; `None` for a guest.
    pub fn user(&self) -> Option<UserIx> {
        self.user
    }

    /// Whether the ratings differ from what is stored for the user. Always false for a guest.
    pub fn is_edited(&self) -> bool {
        self.edited
    }

    /// The ratings, items ascending.
    pub fn rows(&self) -> &[Rated] {
        &self.rows
    }

    /// The position of row `at` in the order in which a guest named the items; `at` for a user.
    pub fn place_given(&self, at: usize) -> usize {
        self.named.get(at).map_or(at, |n| *n as usize)
    }

    /// The edits of all users, for models that read other users' ratings.
    pub fn overlay(&self) -> &Edits {
        &self.overlay
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rating of `item`, if any. O(log n).
    pub fn rating(&self, item: ItemIx) -> Option<f64> {
        let at = self.rows.binary_search_by_key(&item, |r| r.item).ok()?;
        Some(self.rows[at].rating)
    }

    pub fn contains(&self, item: ItemIx) -> bool {
        self.rating(item).is_some()
    }

    /// The same somebody with nothing but what is rated 0 or above.
    #[must_use]
    pub fn likes(&self) -> Self {
        let liked = |at: &usize| self.rows[*at].rating >= 0.0;
        let kept: Vec<usize> = (0..self.rows.len()).filter(liked).collect();
        Self {
            user: self.user,
            rows: kept.iter().map(|at| self.rows[*at]).collect(),
            named: kept.iter().filter_map(|at| self.named.get(*at)).copied().collect(),
            edited: self.edited,
            overlay: Arc::clone(&self.overlay),
        }
    }

    /// The mean rating; `None` where nothing is rated.
    pub fn mean(&self) -> Option<f64> {
        (!self.rows.is_empty()).then(|| self.rows.iter().map(|r| r.rating).sum::<f64>() / self.rows.len() as f64)
    }
}
