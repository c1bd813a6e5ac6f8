/// Ratings as they stand in a file, one entry a row.
#[derive(Clone, Debug, Default)]
pub struct RatingRows {
    pub users: Vec<u32>,
    pub items: Vec<u32>,
    /// The rating of each row: finite. 1 for implicit data.
    pub values: Vec<f64>,
    /// When each row was rated, in ticks since 1970 ([`super::Resolution`]), or [`NO_TIME`]; empty where the data has no
    /// times.
    pub times: Vec<i64>,
}

/// Stands for the time of a rating whose time is not known, where others have one.
pub const NO_TIME: i64 = i64::MIN;
/// Likewise among offsets.
pub const NO_OFFSET: u32 = u32::MAX;

/// The values of consecutive ratings, as stored: a code into a table of the distinct values where those are few.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// At most 256 distinct values.
    Coded8(&'a [u8], &'a [f64]),
    Coded16(&'a [u16], &'a [f64]),
    /// Anything else.
    Exact(&'a [f64]),
}

impl Values<'_> {
    /// The value at position `k` of the row.
    #[inline]
    pub fn get(&self, k: usize) -> f64 {
        match self {
            Self::Coded8(codes, table) => table[codes[k] as usize],
            Self::Coded16(codes, table) => table[codes[k] as usize],
            Self::Exact(values) => values[k],
        }
    }
}

/// The ratings of one user (ids are items) or of one item (ids are users), ids ascending.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The dense indices on the other side, strictly ascending.
    pub ids: &'a [u32],
    pub values: Values<'a>,
}

impl<'a> Row<'a> {
    #[inline]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The pairs (index on the other side, rating).
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> + Clone + use<'a> {
        let values = self.values;
        self.ids.iter().enumerate().map(move |(k, &id)| (id, values.get(k)))
    }

    /// The rating at `id`, if there is one. O(log n).
    pub fn get(&self, id: u32) -> Option<f64> {
        self.ids.binary_search(&id).ok().map(|k| self.values.get(k))
    }

    /// The mean rating; `None` for an empty row.
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.iter().map(|(_, r)| r).sum::<f64>() / self.len() as f64)
    }
}
