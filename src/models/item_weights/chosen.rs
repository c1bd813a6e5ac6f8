use super::{Closeness, alike, for_each_item};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::{FitError, Parameter, Params, Range};
use crate::task::{Cancel, Cancelled, Task};

/// For models with a weight between any two items.
pub const ITEMS: Parameter = Parameter {
    name: "items",
    range: Range::WholeOrAll(1, 200_000),
    default: "all",
    doc: "only so many of the most rated items take part; memory and time grow with its square and cube",
};

/// Beyond so many items somebody has to say that they want them all.
const MOST_UNASKED: usize = 20_000;

/// The items that a dense matrix is for: the most rated ones, ascending.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Which, ascending.
    pub items: Vec<u32>,
}

impl Chosen {
    /// As the parameter [`ITEMS`] says: `all` that have a rating, or the N with the most ratings (ties by the file).
    ///
    /// # Errors
    /// [`FitError::Unfit`] for `all` of more than 20,000 items; `cost` says in words what so many would need.
    pub fn of(
        data: &Dataset,
        params: &Params,
        model: &str,
        cost: impl FnOnce(usize) -> String,
    ) -> Result<Self, FitError> {
        let keep = params.whole(ITEMS.name);
        let mut items: Vec<u32> = (0..data.n_items() as u32).filter(|&i| count(data, i) > 0).collect();
        if keep == usize::MAX && items.len() > MOST_UNASKED {
            return Err(FitError::Unfit(format!(
                "{model} on all {} items would need {}; let only the most rated take part: {model}:items={MOST_UNASKED}",
                items.len(),
                cost(items.len())
            )));
        }
        items.sort_by_key(|&i| std::cmp::Reverse(count(data, i)));
        items.truncate(keep);
        items.sort_unstable();
        Ok(Self { items })
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// XᵀX for the binary matrix X of users by chosen items, row by row: how many users rated both, and on the diagonal
    /// how many rated the item; with `closeness`, each user counts as much as their two ratings belong together. Counts
    /// are exact up to 2²⁴ users.
    pub fn gram(&self, data: &Dataset, closeness: Option<Closeness>, task: &Task) -> Result<Vec<f32>, Cancelled> {
        let stage = "counting co-ratings";
        let rows = if let Some(closeness) = closeness {
            let add = |sums: &mut [f64], item, user| closeness.add(data, sums, item, user);
            let row = |_, sums: &[f64]| -> Vec<f32> { self.items.iter().map(|&i| sums[i as usize] as f32).collect() };
            for_each_item(data, &self.items, task, stage, add, row)?
        } else {
            let add = alike(data, |_| 1u32);
            let row = |_, sums: &[u32]| -> Vec<f32> { self.items.iter().map(|&i| sums[i as usize] as f32).collect() };
            for_each_item(data, &self.items, task, stage, add, row)?
        };
        task.cancel.check()?;
        Ok(rows.concat())
    }

    /// The row of [`Chosen::gram`] of one item, by every item of the catalog: 0 for those that take no part.
    pub fn gram_row(
        &self,
        data: &Dataset,
        closeness: Option<Closeness>,
        item: ItemIx,
        cancel: &Cancel,
    ) -> Result<Vec<f64>, Cancelled> {
        let mut sums = vec![0.0; data.n_items()];
        for (user, _) in data.item_row(item).iter() {
            cancel.check()?;
            match closeness {
                Some(closeness) => closeness.add(data, &mut sums, item.0, UserIx(user)),
                None => data
                    .user_row(UserIx(user))
                    .ids
                    .iter()
                    .for_each(|&i| sums[i as usize] += 1.0),
            }
        }
        let mut row = vec![0.0; sums.len()];
        if self.items.binary_search(&item.0).is_ok() {
            self.items.iter().for_each(|&i| row[i as usize] = sums[i as usize]);
        }
        Ok(row)
    }
}

fn count(data: &Dataset, item: u32) -> usize {
    data.item_row(ItemIx(item)).len()
}
