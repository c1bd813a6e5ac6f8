use serde::{Deserialize, Serialize};

use super::Ids;

/// What kind of thing a column of metadata says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeKind {
    /// Any number of names from a vocabulary: genres, tags, directors, occupation, gender.
    Names,
    /// One number, such as a year or an age.
    Number,
}

/// One column of metadata over all users or all items.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// As in the file's header, lower case and singular where we know the format: `genre`, `year`, `tag`, `director`, `age`.
    pub name: String,
    pub kind: AttributeKind,
    names: Ids,
    ends: Vec<u32>,
    terms: Vec<u32>,
    counts: Vec<u32>,
    numbers: Vec<f64>,
}

impl Attribute {
    /// A column of names: for each row the names with how often each was said (1, but for tags).
    /// Names are numbered in order of first appearance; repeated names in a row add their counts.
    pub fn of_names<S: AsRef<str>>(name: &str, rows: impl IntoIterator<Item = Vec<(S, u32)>>) -> Self {
        let mut seen = std::collections::HashMap::<String, u32>::new();
        let mut order: Vec<String> = Vec::new();
        let (mut ends, mut terms, mut counts) = (Vec::new(), Vec::<u32>::new(), Vec::<u32>::new());
        for row in rows {
            let start = terms.len();
            for (text, count) in row {
                let term = *seen.entry(text.as_ref().to_owned()).or_insert_with(|| {
                    order.push(text.as_ref().to_owned());
                    order.len() as u32 - 1
                });
                if let Some(at) = terms[start..].iter().position(|t| *t == term) {
                    counts[start + at] += count;
                } else {
                    terms.push(term);
                    counts.push(count);
                }
            }
            ends.push(terms.len() as u32);
        }
        let mut column = Self {
            names: Ids::new(order),
            ends,
            terms,
            counts,
            ..Self::empty(name, AttributeKind::Names)
        };
        column.shrink_to_fit();
        column
    }

    fn empty(name: &str, kind: AttributeKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            names: Ids::default(),
            ends: Vec::new(),
            terms: Vec::new(),
            counts: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink_to_fit(&mut self) {
        self.names.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.terms.shrink_to_fit();
        self.counts.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }

    /// A column of numbers; what is missing or not finite is `None` from then on.
    pub fn of_numbers(name: &str, rows: impl IntoIterator<Item = Option<f64>>) -> Self {
        let mut column = Self::empty(name, AttributeKind::Number);
        column.numbers = rows.into_iter().map(|n| n.unwrap_or(f64::NAN)).collect();
        column.numbers.shrink_to_fit();
        column
    }

    /// How many rows the column speaks of.
    pub fn rows(&self) -> usize {
        self.ends.len().max(self.numbers.len())
    }

    /// The vocabulary of a column of names, in order of first appearance.
    pub fn names(&self) -> &Ids {
        &self.names
    }

    /// The (name index, count) pairs of `row`; empty for a column of numbers or a row beyond the metadata.
    pub fn terms(&self, row: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let range = match self.ends.get(row) {
            Some(&end) => (if row == 0 { 0 } else { self.ends[row - 1] as usize })..end as usize,
            None => 0..0,
        };
        range.map(|k| (self.terms[k], self.counts[k]))
    }

    /// The number of `row`, where there is one.
    pub fn number(&self, row: usize) -> Option<f64> {
        self.numbers.get(row).copied().filter(|n| n.is_finite())
    }

    /// What `row` says, for showing: names joined by `, `, or the number; `None` where it says nothing.
    pub fn display(&self, row: usize) -> Option<String> {
        match self.kind {
            AttributeKind::Number => self.number(row).map(|n| n.to_string()),
            AttributeKind::Names => {
                let names: Vec<&str> = self.terms(row).map(|(t, _)| self.names.get(t as usize)).collect();
                (!names.is_empty()).then(|| names.join(", "))
            }
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.names.memory_bytes()
            + 4 * (self.ends.capacity() + self.terms.capacity() + self.counts.capacity())
            + 8 * self.numbers.capacity()
    }
}

/// All that is known of users or items beyond their ratings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Attributes {
    /// The columns, in the order of the file.
    pub columns: Vec<Attribute>,
}

impl Attributes {
    /// The column called `name`, if there is one.
    pub fn column(&self, name: &str) -> Option<&Attribute> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// What is known of these rows, in this order.
    pub(super) fn of_rows(&self, rows: &[u32]) -> Self {
        let column = |column: &Attribute| {
            let known = rows
                .iter()
                .map(|&row| row as usize)
                .take_while(|&row| row < column.rows());
            match column.kind {
                AttributeKind::Number => Attribute::of_numbers(&column.name, known.map(|row| column.number(row))),
                AttributeKind::Names => {
                    let named = |(term, count)| (column.names.get(term as usize), count);
                    Attribute::of_names(
                        &column.name,
                        known.map(|row| column.terms(row).map(named).collect::<Vec<_>>()),
                    )
                }
            }
        };
        Self {
            columns: self.columns.iter().map(column).collect(),
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.columns.iter().map(Attribute::memory_bytes).sum()
    }
}
