//! The raters of one item, and what else they rated: who votes for it, whoever asks.

use super::rows::Rows;
use crate::data::{Row, Values};
use crate::task::{Cancel, Cancelled};

/// Users who rated an item, and for every item those of them who rated it. A user counts by the place among them.
#[derive(Debug)]
pub(super) struct Voters {
    /// The users, ascending.
    pub users: Vec<u32>,
    /// What each rated the item.
    pub ratings: Vec<f64>,
    /// By item where its line ends.
    ends: Vec<u32>,
    places: Vec<u32>,
    values: Kept,
}

#[derive(Debug)]
enum Kept {
    Codes(Vec<u8>),
    Exact(Vec<f64>),
}

impl Voters {
    /// One pass over all ratings.
    pub fn of(rows: &Rows<'_>, item: u32, cancel: &Cancel) -> Result<Self, Cancelled> {
        let (users, ratings): (Vec<u32>, Vec<f64>) = rows.line(item).iter().unzip();
        let mut place = vec![u32::MAX; rows.len()];
        for (at, user) in users.iter().enumerate() {
            place[*user as usize] = at as u32;
        }
        let (mut ends, mut places) = (Vec::with_capacity(rows.entries()), Vec::new());
        let coded = |line: &Row<'_>| matches!(line.values, Values::Coded8(..));
        let mut values = if (0..rows.entries() as u32).all(|entry| coded(&rows.line(entry))) {
            Kept::Codes(Vec::new())
        } else {
            Kept::Exact(Vec::new())
        };
        for entry in 0..rows.entries() as u32 {
            cancel.check()?;
            let line = rows.line(entry);
            let voting = line.ids.iter().map(|user| place[*user as usize]);
            let voting = voting.enumerate().filter(|(_, place)| *place != u32::MAX);
            match (&mut values, line.values) {
                (Kept::Codes(kept), Values::Coded8(codes, _)) => kept.extend(voting.clone().map(|(k, _)| codes[k])),
                (Kept::Exact(kept), _) => {
                    let ratings = line.iter().filter(|(user, _)| place[*user as usize] != u32::MAX);
                    kept.extend(ratings.map(|(_, rating)| rating));
                }
                // All lines are coded.
                (Kept::Codes(_), _) => {}
            }
            places.extend(voting.map(|(_, place)| place));
            ends.push(places.len() as u32);
        }
        Ok(Self {
            users,
            ratings,
            ends,
            places,
            values,
        })
    }

    /// Their ratings of an item; `table` has the stored values by code.
    pub fn line<'a>(&'a self, entry: u32, table: &'a [f64]) -> Row<'a> {
        let at = entry as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let range = start..self.ends[at] as usize;
        Row {
            values: match &self.values {
                Kept::Codes(codes) => Values::Coded8(&codes[range.clone()], table),
                Kept::Exact(values) => Values::Exact(&values[range.clone()]),
            },
            ids: &self.places[range],
        }
    }
}
