use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::Profile;

/// The row of every rating in the file. Ties in similarity between items of a profile are broken by it, as in Surprise:
/// with few co-ratings they are many, and published figures depend on it.
#[derive(Clone, Debug)]
pub struct FileOrder {
    starts: Vec<usize>,
    /// By user, then item: the row in the file.
    rows: Vec<u32>,
}

impl FileOrder {
    pub fn of(data: &Dataset) -> Self {
        let mut starts = Vec::with_capacity(data.n_users());
        let mut start = 0;
        for user in data.users() {
            starts.push(start);
            start += data.user_row(user).len();
        }
        let mut rows = vec![0; start];
        for file_row in 0..start {
            let (user, k) = data.place_in_file_order(file_row);
            rows[starts[user.at()] + k] = file_row as u32;
        }
        Self { starts, rows }
    }

    /// The row in the file of the `k`-th rating of a user.
    pub fn row_of(&self, user: UserIx, k: usize) -> u32 {
        self.rows[self.starts[user.at()] + k]
    }

    /// The row in the file of each rating of a profile; those not in the file come last.
    pub fn of_profile(&self, data: &Dataset, profile: &Profile) -> Vec<u32> {
        let row_of = |item: ItemIx| {
            let user = profile.user()?;
            let k = data.user_row(user).ids.binary_search(&item.0).ok()?;
            Some(self.row_of(user, k))
        };
        let rows = profile.rows().iter();
        rows.map(|r| row_of(r.item).unwrap_or(u32::MAX)).collect()
    }

    pub fn memory_bytes(&self) -> usize {
        8 * self.starts.capacity() + 4 * self.rows.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::dataset;

    #[test]
    fn rows_of_the_file() {
        // User 1 rated 2, 0, 1 in this order, user 0 rated 1 and then 0; user 2 nothing.
        let data = dataset(&[(1, 2, 1.0), (0, 1, 2.0), (1, 0, 3.0), (1, 1, 4.0), (0, 0, 5.0)], 3);
        let order = FileOrder::of(&data);
        let rows: Vec<u32> = (0..3).map(|k| order.row_of(UserIx(1), k)).collect();
        assert_eq!(rows, [2, 3, 0]);
    }
}
