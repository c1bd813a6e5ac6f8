//! How ratings, their times and their order in the file are kept: as few bytes as the values allow.
//!
//! What is one entry a rating is left out by serde: it goes to the cache as it lies in memory (see `cached`).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{NO_OFFSET, NO_TIME, Row, Values};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Stored {
    Coded8(#[serde(skip)] Vec<u8>),
    Coded16(#[serde(skip)] Vec<u16>),
    Exact(#[serde(skip)] Vec<f64>),
}

impl Default for Stored {
    fn default() -> Self {
        Self::Coded8(Vec::new())
    }
}

/// One way round: the ratings grouped by user or by item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Orientation {
    pub ends: Vec<u32>,
    #[serde(skip)]
    pub ids: Vec<u32>,
    pub values: Stored,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) enum Times {
    #[default]
    None,
    /// Ticks after `base`, or [`NO_OFFSET`].
    Narrow(i64, #[serde(skip)] Vec<u32>),
    /// Ticks, or [`NO_TIME`].
    Wide(#[serde(skip)] Vec<i64>),
}

impl Times {
    /// The time at `k`, where there is one, in ticks since 1970.
    pub(super) fn get(&self, k: usize) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Narrow(base, offsets) => offsets
                .get(k)
                .filter(|&&t| t != NO_OFFSET)
                .map(|&t| base + i64::from(t)),
            Self::Wide(times) => times.get(k).copied().filter(|&t| t != NO_TIME),
        }
    }

    /// Another time behind the others: in four bytes as long as all lie between 1970 and 2106.
    pub(super) fn push(&mut self, time: i64) {
        self.extend(&[time]);
    }

    /// As [`Times::push`], for many.
    pub(super) fn extend(&mut self, new: &[i64]) {
        if new.is_empty() {
            return;
        }
        if matches!(self, Self::None) {
            *self = Self::Narrow(0, Vec::new());
        }
        // Nothing known ends as NO_OFFSET.
        let fits = |t: &i64| t.cast_unsigned() < u64::from(NO_OFFSET) || *t == NO_TIME;
        // Without a way out at every time, many are looked at at once.
        let all_fit = |times: &[i64]| times.iter().fold(true, |all, t| all & fits(t));
        if let (Self::Narrow(..), false) = (&*self, new.chunks(256).all(all_fit)) {
            *self = Self::Wide((0..self.len()).map(|k| self.get(k).unwrap_or(NO_TIME)).collect());
        }
        let offset = |t: &i64| if *t == NO_TIME { NO_OFFSET } else { *t as u32 };
        match self {
            Self::None => {}
            Self::Narrow(_, offsets) => offsets.extend(new.iter().map(offset)),
            Self::Wide(times) => times.extend_from_slice(new),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Narrow(_, offsets) => offsets.len(),
            Self::Wide(times) => times.len(),
        }
    }

    /// How many are not known.
    pub(super) fn missing(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Narrow(_, offsets) => offsets.iter().filter(|&&t| t == NO_OFFSET).count(),
            Self::Wide(times) => times.iter().filter(|&&t| t == NO_TIME).count(),
        }
    }

    /// Gives back room for times that did not come.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::None => {}
            Self::Narrow(_, times) => times.shrink_to_fit(),
            Self::Wide(times) => times.shrink_to_fit(),
        }
    }

    /// Counted from the earliest, in four bytes each where they span less than 136 years.
    pub(super) fn narrow(&mut self) {
        match self {
            Self::None => {}
            Self::Narrow(base, offsets) => {
                let earliest = offsets.iter().copied().min().filter(|&t| t != NO_OFFSET).unwrap_or(0);
                *base += i64::from(earliest);
                for time in offsets {
                    *time -= if *time == NO_OFFSET { 0 } else { earliest };
                }
            }
            Self::Wide(times) => {
                let known = || times.iter().copied().filter(|&t| t != NO_TIME);
                let base = known().min().unwrap_or(0);
                let widest = known().map(|t| t.abs_diff(base)).max().unwrap_or(0);
                if widest < u64::from(NO_OFFSET) {
                    let offset = |&t: &i64| {
                        if t == NO_TIME {
                            NO_OFFSET
                        } else {
                            t.abs_diff(base) as u32
                        }
                    };
                    *self = Self::Narrow(base, times.iter().map(offset).collect());
                }
            }
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Narrow(_, t) => 4 * t.capacity(),
            Self::Wide(t) => 8 * t.capacity(),
        }
    }
}

impl Stored {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Coded8(codes) => codes.len(),
            Self::Coded16(codes) => codes.len(),
            Self::Exact(values) => values.len(),
        }
    }

    /// How often each of `n` codes occurs; nothing where values have none.
    pub(super) fn counts(&self, n: usize) -> Vec<u64> {
        // In several tables in turn: the same code again need not wait for the last to be counted.
        fn in_turn<C: Copy + Into<usize>>(codes: &[C], n: usize) -> Vec<u64> {
            let mut tables: [_; 4] = std::array::from_fn(|_| vec![0u64; n]);
            let (fours, rest) = codes.as_chunks::<4>();
            for four in fours {
                for (table, code) in tables.iter_mut().zip(four) {
                    table[(*code).into()] += 1;
                }
            }
            for &code in rest {
                tables[0][code.into()] += 1;
            }
            (0..n)
                .map(|code| tables.iter().map(|table| table[code]).sum())
                .collect()
        }
        match self {
            Self::Coded8(codes) => in_turn(codes, n),
            Self::Coded16(codes) => in_turn(codes, n),
            Self::Exact(_) => vec![0; n],
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match self {
            Self::Coded8(v) => v.capacity(),
            Self::Coded16(v) => 2 * v.capacity(),
            Self::Exact(v) => 8 * v.capacity(),
        }
    }

    #[inline]
    pub(super) fn get(&self, k: usize, table: &[f64]) -> f64 {
        match self {
            Self::Coded8(codes) => table[codes[k] as usize],
            Self::Coded16(codes) => table[codes[k] as usize],
            Self::Exact(values) => values[k],
        }
    }
}

impl Orientation {
    #[inline]
    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        start..self.ends[row] as usize
    }

    #[inline]
    pub(super) fn row<'a>(&'a self, row: usize, table: &'a [f64]) -> Row<'a> {
        let range = self.range(row);
        let values = match &self.values {
            Stored::Coded8(codes) => Values::Coded8(&codes[range.clone()], table),
            Stored::Coded16(codes) => Values::Coded16(&codes[range.clone()], table),
            Stored::Exact(values) => Values::Exact(&values[range.clone()]),
        };
        Row {
            ids: &self.ids[range],
            values,
        }
    }

    pub(super) fn row_count(&self) -> usize {
        (0..self.ends.len()).filter(|&r| !self.range(r).is_empty()).count()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        4 * (self.ends.capacity() + self.ids.capacity()) + self.values.memory_bytes()
    }
}

/// The distinct values, ascending, and each value's code; an empty table and the values themselves beyond 65,536.
pub(super) fn encode(values: impl Iterator<Item = f64> + Clone) -> (Vec<f64>, Stored) {
    let mut recent = Recent::default();
    let mut distinct: HashSet<u64> = HashSet::new();
    for value in values.clone() {
        if recent.get(value.to_bits()).is_none() {
            distinct.insert(value.to_bits());
            recent.put(value.to_bits(), ());
            if distinct.len() > 1 << 16 {
                return (Vec::new(), Stored::Exact(values.collect()));
            }
        }
    }
    let mut table: Vec<f64> = distinct.into_iter().map(f64::from_bits).collect();
    table.sort_unstable_by(f64::total_cmp);
    let mut recent = Recent::default();
    let code = |value: f64| {
        recent.get(value.to_bits()).unwrap_or_else(|| {
            // Every value is in the table by construction.
            let code = table.partition_point(|v| v.total_cmp(&value).is_lt()) as u16;
            recent.put(value.to_bits(), code);
            code
        })
    };
    let stored = if table.len() <= 256 {
        let mut code = code;
        Stored::Coded8(values.map(|v| code(v) as u8).collect())
    } else {
        Stored::Coded16(values.map(code).collect())
    };
    (table, stored)
}

/// What is known of words met lately: ratings are few distinct ones, and looking up each of millions would take long.
pub(super) struct Recent<V>(Vec<(u64, Option<V>)>);

impl<V: Copy> Default for Recent<V> {
    fn default() -> Self {
        Self(vec![(0, None); 256])
    }
}

impl<V: Copy> Recent<V> {
    #[inline]
    fn slot(word: u64) -> usize {
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
    }

    #[inline]
    pub(super) fn get(&self, word: u64) -> Option<V> {
        let (seen, known) = self.0[Self::slot(word)];
        known.filter(|_| seen == word)
    }

    pub(super) fn put(&mut self, word: u64, known: V) {
        self.0[Self::slot(word)] = (word, Some(known));
    }
}

/// Where in the dataset each row of the file went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum FileOrder {
    /// The file is sorted as the dataset is.
    Same,
    /// The file comes user by user: the place within the user's row, in two bytes.
    WithinUser(#[serde(skip)] Vec<u16>),
    Any(#[serde(skip)] Vec<u32>),
}

impl FileOrder {
    /// The order of a file that comes user by user: of each of its rows the place among those of the user.
    pub(super) fn within_user(places: Vec<u16>, by_user: &Orientation) -> Self {
        let in_order = |user| {
            let row = &places[by_user.range(user)];
            row.iter().enumerate().all(|(at, &place)| at == place as usize)
        };
        if (0..by_user.ends.len()).all(in_order) {
            Self::Same
        } else {
            Self::WithinUser(places)
        }
    }

    /// The order of the rows at `kept`, which are sorted by user, out of `rows` rows of the file.
    pub(super) fn of(kept: &[u32], rows: usize, by_user: &Orientation) -> Self {
        let mut order = vec![u32::MAX; rows];
        for (position, &at) in kept.iter().enumerate() {
            order[at as usize] = position as u32;
        }
        order.retain(|&position| position != u32::MAX);
        if order.iter().enumerate().all(|(n, &p)| n == p as usize) {
            return Self::Same;
        }
        let mut within = Vec::with_capacity(order.len());
        for user in 0..by_user.ends.len() {
            let range = by_user.range(user);
            let start = range.start as u32;
            for &position in &order[range.clone()] {
                match u16::try_from(position.wrapping_sub(start)) {
                    Ok(place) if range.contains(&(position as usize)) => within.push(place),
                    _ => return Self::Any(order),
                }
            }
        }
        Self::WithinUser(within)
    }

    /// The position in the dataset of row `file_row` of the file.
    pub(super) fn position(&self, file_row: usize, by_user: &Orientation) -> usize {
        match self {
            Self::Same => file_row,
            Self::WithinUser(places) => {
                let user = by_user.ends.partition_point(|&end| end as usize <= file_row);
                by_user.range(user).start + places[file_row] as usize
            }
            Self::Any(positions) => positions[file_row] as usize,
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match self {
            Self::Same => 0,
            Self::WithinUser(places) => 2 * places.capacity(),
            Self::Any(positions) => 4 * positions.capacity(),
        }
    }
}
