//! The chronological order of a user's or a profile's ratings.

use crate::data::{Dataset, Moment, UserIx};
use crate::models::{FileOrder, Profile};

/// A time, the known ones first, and a place in the file.
type Placed = (bool, Option<Moment>, u32);

/// The order in which items were rated: by time where the data has times (ties by item, ratings without a time last), else
/// file order.
///
/// Costs no memory with times, 4 bytes per rating without.
#[derive(Clone, Debug)]
pub struct Chronology {
    file_order: Option<FileOrder>,
}

impl Chronology {
    pub fn of(data: &Dataset) -> Self {
        Self {
            file_order: (!data.has_times()).then(|| FileOrder::of(data)),
        }
    }

    /// The items of a stored user, oldest first, with their times where known.
    pub fn of_user(&self, data: &Dataset, user: UserIx) -> Vec<(u32, Option<Moment>)> {
        let ids = data.user_row(user).ids.iter().enumerate();
        let mut rows: Vec<(Placed, u32)> = ids
            .map(|(k, &item)| {
                let time = data.time(user, k);
                let place = self.file_order.as_ref().map_or(0, |o| o.row_of(user, k));
                ((time.is_none(), time, place), item)
            })
            .collect();
        rows.sort_unstable();
        rows.into_iter().map(|((_, time, _), item)| (item, time)).collect()
    }

    /// The positions in `profile.rows()`, oldest first. Ratings without a time come last: edits are the newest, and a
    /// guest's ratings keep their order.
    pub fn of_profile(&self, data: &Dataset, profile: &Profile) -> Vec<usize> {
        let file_rows = self.file_order.as_ref().map(|o| o.of_profile(data, profile));
        let mut order: Vec<usize> = (0..profile.len()).collect();
        order.sort_by_key(|&at| {
            let place = file_rows.as_ref().map_or(0, |rows| rows[at]);
            let time = profile.rows()[at].time;
            ((time.is_none(), time, place), profile.place_given(at))
        });
        order
    }

    pub fn memory_bytes(&self) -> usize {
        self.file_order.as_ref().map_or(0, FileOrder::memory_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Edits, ItemIx};
    use crate::models::tests_common::{dataset, timed};

    fn order(chronology: &Chronology, data: &Dataset, profile: &Profile) -> Vec<u32> {
        let order = chronology.of_profile(data, profile);
        order.iter().map(|&at| profile.rows()[at].item.0).collect()
    }

    #[test]
    fn by_time_then_item_and_edits_last() {
        let data = timed(&[(0, 0, 50), (0, 1, 20), (0, 2, 50), (0, 3, 10), (1, 0, 5)]);
        let chronology = Chronology::of(&data);
        let user = UserIx(0);
        let items: Vec<u32> = chronology.of_user(&data, user).iter().map(|r| r.0).collect();
        assert_eq!(items, [3, 1, 0, 2]);
        assert_eq!(order(&chronology, &data, &Profile::of_user(&data, user)), items);
        let mut edits = Edits::default();
        edits.set(&data, UserIx(1), ItemIx(1), Some(3.0));
        let edited = Profile::of_edited_user(&data, UserIx(1), &Arc::new(edits));
        assert_eq!(order(&chronology, &data, &edited), [0, 1]);
    }

    #[test]
    fn without_times_by_the_file_and_guests_as_typed() {
        let data = dataset(&[(0, 2, 1.0), (1, 0, 1.0), (0, 0, 1.0), (0, 1, 1.0)], 3);
        let chronology = Chronology::of(&data);
        let items: Vec<u32> = chronology.of_user(&data, UserIx(0)).iter().map(|r| r.0).collect();
        assert_eq!(items, [2, 0, 1]);
        assert_eq!(order(&chronology, &data, &Profile::of_user(&data, UserIx(0))), items);
        let typed = [2, 0, 1, 2].map(|i| (ItemIx(i), 4.0));
        let guest = Profile::guest(typed, &Arc::default());
        assert_eq!(order(&chronology, &data, &guest), [0, 1, 2]);
    }
}
