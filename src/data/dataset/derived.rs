//! Datasets that are made of others.

use std::sync::Arc;

use super::Dataset;
use super::counting::scale_of;
use crate::data::index::{Indexed, transposed_here};
use crate::data::storage::{FileOrder, Orientation, Stored, Times, encode};
use crate::data::{Attribute, AttributeKind, Attributes, Ids, ItemIx, UserIx, clean_label};
use crate::task::Task;

impl Dataset {
    /// The same users and items with only the ratings that `keep` picks by their position in the order of the file: a
    /// training set. Everything beyond ratings is shared, indices mean the same in both.
    #[must_use]
    pub fn subset(&self, keep: impl Fn(usize) -> bool) -> Self {
        let n = self.n_ratings();
        // By position: the row in the file of what is kept.
        let mut wanted = vec![u32::MAX; n];
        for (row, file_row) in (0..n).filter(|&r| keep(r)).enumerate() {
            wanted[self.position(file_row)] = row as u32;
        }
        let kept = |k: &usize| wanted[*k] != u32::MAX;
        let mut ends = Vec::with_capacity(self.n_users());
        for user in 0..self.n_users() {
            let before = ends.last().copied().unwrap_or(0);
            ends.push(before + self.by_user.range(user).filter(kept).count() as u32);
        }
        let positions = || (0..n).filter(kept);
        let (table, values) = encode(positions().map(|k| self.by_user.values.get(k, &self.table)));
        let mut times = Times::None;
        for position in positions().filter(|_| self.has_times()) {
            times.push(self.ticks_at(position));
        }
        times.narrow();
        let by_user = Orientation {
            ends,
            ids: positions().map(|k| self.by_user.ids[k]).collect(),
            values,
        };
        let file_rows: Vec<u32> = positions().map(|k| wanted[k]).collect();
        let mut part = Self::of(Indexed {
            by_item: transposed_here(&by_user, self.n_items()),
            table,
            times,
            file_order: FileOrder::of(&file_rows, file_rows.len(), &by_user),
            by_user,
            duplicates: 0,
        });
        part.name.clone_from(&self.name);
        part.users = Arc::clone(&self.users);
        part.items = Arc::clone(&self.items);
        part.labels = Arc::clone(&self.labels);
        part.item_attributes = Arc::clone(&self.item_attributes);
        part.user_attributes = Arc::clone(&self.user_attributes);
        part.feedback = Arc::clone(&self.feedback);
        part.resolution = self.resolution;
        part.synthetic = self.synthetic;
        part.report = Arc::clone(&self.report);
        part.identity = part.hash(&Task::unattended());
        part
    }

    /// The same with one more item, the last, that nobody has rated. `said` is what is known of it: of each column of names the
    /// names, of a column of numbers the number as text; other columns say nothing of it.
    #[must_use]
    pub fn with_item(&self, id: &str, title: &str, said: &[(&str, Vec<&str>)]) -> Self {
        let mut wider = self.clone();
        let place = self.n_items();
        wider.items = Arc::new(Ids::new(self.items.iter().chain([id])));
        let label = clean_label(title);
        wider.labels = Arc::new(Ids::new(self.labels.iter().chain([&*label])));
        let end = self.by_item.ends.last().copied().unwrap_or(0);
        wider.by_item.ends.push(end);
        let columns = self.item_attributes.columns.iter().map(|column| {
            let said = said.iter().find(|(name, _)| *name == column.name);
            with_row(column, place, said.map_or(&[], |(_, names)| names))
        });
        wider.item_attributes = Arc::new(Attributes {
            columns: columns.collect(),
        });
        wider.identity = wider.hash(&Task::unattended());
        wider
    }

    /// The same who rated what with other numbers: `value(user, item, rating)` for each rating, finite. Scale and mean
    /// follow; everything else is shared.
    #[must_use]
    pub fn with_values(&self, value: impl Fn(UserIx, ItemIx, f64) -> f64) -> Self {
        let mut changed = self.clone();
        let by_user = self
            .users()
            .flat_map(|u| self.user_row(u).iter().map(move |(i, r)| (u, ItemIx(i), r)));
        let by_item = self
            .items()
            .flat_map(|i| self.item_row(i).iter().map(move |(u, r)| (UserIx(u), i, r)));
        let values: Vec<f64> = by_user.map(|(u, i, r)| value(u, i, r)).collect();
        changed.table = Vec::new();
        changed.counts = Vec::new();
        changed.mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        changed.scale = scale_of(values.iter().copied(), &changed.table);
        changed.by_user.values = Stored::Exact(values);
        changed.by_item.values = Stored::Exact(by_item.map(|(u, i, r)| value(u, i, r)).collect());
        changed.identity = changed.hash(&Task::unattended());
        changed
    }
}

/// A column with what it says of the row at `place`, which it did not have.
fn with_row(column: &Attribute, place: usize, said: &[&str]) -> Attribute {
    match column.kind {
        AttributeKind::Number => {
            let number = said.first().and_then(|text| text.trim().parse().ok());
            let known = (0..place).map(|row| column.number(row));
            Attribute::of_numbers(&column.name, known.chain([number]))
        }
        AttributeKind::Names => {
            let named = |(term, count): (u32, u32)| (column.names().get(term as usize), count);
            let known = (0..place).map(|row| column.terms(row).map(named).collect::<Vec<_>>());
            let new = said.iter().map(|name| (*name, 1)).collect();
            Attribute::of_names(&column.name, known.chain([new]))
        }
    }
}
