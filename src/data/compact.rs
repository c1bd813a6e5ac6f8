//! Ratings in the order of the file, in as few bytes as their values allow: what a loader collects.

use std::collections::HashMap;

use super::storage::{Stored, Times};
use super::{NO_TIME, RatingRows};

/// Ratings with dense indices, one entry a row of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct CompactRows {
    pub users: Vec<u32>,
    pub items: Vec<u32>,
    pub values: CompactValues,
    pub times: Times,
}

/// Values as codes into a table of the distinct ones, in order of first appearance; themselves beyond 65,536.
#[derive(Clone, Debug, Default)]
pub(super) struct CompactValues {
    pub table: Vec<f64>,
    pub stored: Stored,
    codes: HashMap<u64, u16>,
}

/// As many as there are codes.
pub(super) const MOST_CODES: usize = 1 << 16;

impl CompactRows {
    /// The same rows in fewer bytes.
    pub fn of(rows: RatingRows) -> Self {
        let (mut values, mut times) = (CompactValues::default(), Times::None);
        rows.values.into_iter().for_each(|value| values.push(value));
        times.extend(&rows.times);
        Self {
            users: rows.users,
            items: rows.items,
            values,
            times,
        }
    }

    /// Keeps the rows whose entry in `keeps` says so.
    pub fn retain(&mut self, keeps: &[bool]) {
        retain(&mut self.users, keeps);
        retain(&mut self.items, keeps);
        match &mut self.values.stored {
            Stored::Coded8(codes) => retain(codes, keeps),
            Stored::Coded16(codes) => retain(codes, keeps),
            Stored::Exact(values) => retain(values, keeps),
        }
        match &mut self.times {
            Times::None => {}
            Times::Narrow(_, times) => retain(times, keeps),
            Times::Wide(times) => retain(times, keeps),
        }
    }

    /// Gives back room for rows that did not come.
    pub fn shrink(&mut self) {
        self.items.shrink_to_fit();
        match &mut self.values.stored {
            Stored::Coded8(codes) => codes.shrink_to_fit(),
            Stored::Coded16(codes) => codes.shrink_to_fit(),
            Stored::Exact(values) => values.shrink_to_fit(),
        }
        self.times.shrink();
    }

    /// The same rows as everyone may use them.
    pub fn into_rows(self) -> RatingRows {
        let n = self.users.len();
        let values = (0..n).map(|k| self.values.stored.get(k, &self.values.table)).collect();
        RatingRows {
            values,
            times: (0..self.times.len())
                .map(|k| self.times.get(k).unwrap_or(NO_TIME))
                .collect(),
            users: self.users,
            items: self.items,
        }
    }
}

/// Of `column` only the entries whose counterpart in `keeps` says so; nothing of an empty column.
pub(super) fn retain<T>(column: &mut Vec<T>, keeps: &[bool]) {
    let mut keeps = keeps.iter();
    column.retain(|_| keeps.next().is_none_or(|keep| *keep));
}

impl CompactValues {
    /// Values without codes.
    pub fn exact(values: Vec<f64>) -> Self {
        Self {
            stored: Stored::Exact(values),
            ..Self::default()
        }
    }

    /// Sorts the table. Returns the new code of each old one; the codes themselves are left to whoever moves them anyway.
    pub fn sort_table(&mut self) -> Vec<u16> {
        let mut order: Vec<u16> = (0..self.table.len()).map(|c| c as u16).collect();
        order.sort_unstable_by(|&a, &b| self.table[a as usize].total_cmp(&self.table[b as usize]));
        let mut ranks = vec![0; order.len()];
        for (rank, &code) in order.iter().enumerate() {
            ranks[code as usize] = rank as u16;
        }
        self.table = order.iter().map(|&c| self.table[c as usize]).collect();
        self.codes = HashMap::new();
        ranks
    }

    /// The code of `value`, a new one where it was not seen before; `None` where there are no codes, or no longer.
    pub fn code(&mut self, value: f64) -> Option<u16> {
        if matches!(self.stored, Stored::Exact(_)) {
            return None;
        }
        if let Some(&code) = self.codes.get(&value.to_bits()) {
            return Some(code);
        }
        if self.table.len() == MOST_CODES {
            self.make_exact();
            return None;
        }
        let code = self.table.len() as u16;
        if let (256, Stored::Coded8(codes)) = (code, &self.stored) {
            self.stored = Stored::Coded16(codes.iter().map(|&c| u16::from(c)).collect());
        }
        self.codes.insert(value.to_bits(), code);
        self.table.push(value);
        Some(code)
    }

    /// Another value behind the others.
    pub fn push(&mut self, value: f64) {
        let code = self.code(value);
        match (&mut self.stored, code) {
            (Stored::Coded8(codes), Some(code)) => codes.push(code as u8),
            (Stored::Coded16(codes), Some(code)) => codes.push(code),
            (Stored::Exact(values), _) => values.push(value),
            (_, None) => {}
        }
    }

    /// Many codes that [`CompactValues::code`] gave, behind the others.
    pub fn extend(&mut self, new: &[u16]) {
        match &mut self.stored {
            Stored::Coded8(codes) => codes.extend(new.iter().map(|&c| c as u8)),
            Stored::Coded16(codes) => codes.extend_from_slice(new),
            Stored::Exact(values) => values.extend(new.iter().map(|&c| self.table[c as usize])),
        }
    }

    fn make_exact(&mut self) {
        let values = (0..self.stored.len()).map(|k| self.stored.get(k, &self.table));
        self.stored = Stored::Exact(values.collect());
        self.codes = HashMap::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_whatever_their_values() {
        for distinct in [1usize, 255, 256, 257, MOST_CODES, MOST_CODES + 1] {
            let n = MOST_CODES + 500;
            let rows = RatingRows {
                users: (0..n as u32).collect(),
                items: vec![7; n],
                values: (0..n).map(|k| (k % distinct) as f64 / 4.0).collect(),
                times: (0..n as i64).map(|k| if distinct == 1 { k } else { k - 300 }).collect(),
            };
            let compact = CompactRows::of(rows.clone());
            let width = match compact.values.stored {
                Stored::Coded8(_) => 1,
                Stored::Coded16(_) => 2,
                Stored::Exact(_) => 8,
            };
            let wanted = match distinct {
                0..=256 => 1,
                257..=MOST_CODES => 2,
                _ => 8,
            };
            assert_eq!(width, wanted, "{distinct}");
            assert_eq!(matches!(compact.times, Times::Narrow(..)), distinct == 1);
            let again = compact.into_rows();
            assert_eq!(
                (again.users, again.items, again.values, again.times),
                (rows.users, rows.items, rows.values, rows.times)
            );
        }
    }
}
