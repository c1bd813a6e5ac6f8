//! The catalog as vectors: what is said of an item, weighted by how much it tells.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::data::{Attribute, AttributeKind, Attributes, Dataset, ItemIx};
use crate::models::LatentFactors;
use crate::task::{Cancel, Cancelled};

/// One term of the vocabulary: a genre, a decade, a director, a tag, …
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The column it comes from, or the model that added it.
    pub column: String,
    /// As in the metadata: `Comedy`, `1990s`; `f3` for another model's third factor.
    pub name: String,
    /// How many items it is said of.
    pub items: usize,
    /// ln((1 + n) / (1 + items)) + 1, with n all items of the catalog; 1 for another model's factors.
    pub idf: f64,
    pub is_factor: bool,
}

impl Term {
    /// What to call it: `Comedy`, `factor f3 of svd`.
    pub fn label(&self) -> String {
        if self.is_factor {
            format!("factor {} of {}", self.name, self.column)
        } else {
            self.name.clone()
        }
    }
}

/// Columns of metadata that everybody knows: they have a weight of their own, and may say things of one item alone.
pub(super) const WELL_KNOWN: [&str; 5] = ["genre", "year", "director", "keyword", "tag"];

/// A sparse vector of length 1 for every item that anything is said of: tf·idf by term, as scikit-learn's
/// `TfidfTransformer` with its defaults (smooth idf, rows divided by their Euclidean length).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Features {
    vocabulary: Vec<Term>,
    ends: Vec<u32>,
    terms: Vec<u32>,
    weights: Vec<f64>,
}

impl Features {
    /// Weighs the catalog's metadata; the tf-idf of a column's terms is multiplied by `weight_of(column)`, 0 leaves it out.
    ///
    /// Columns of names give a term a name; `year` gives its decade; other numbers are left out, as is a further column in
    /// which no two items share a name (an address, say: it can't say what is alike). tf is how often the term is said of
    /// the item: 1, but for tags 1 + ln(count), so that a much-tagged film isn't all one tag. Terms of fewer than
    /// `min_items` items are left out. O(entries · ln entries of an item).
    pub fn of_catalog(
        dataset: &Dataset,
        weight_of: impl Fn(&str) -> f64,
        min_items: usize,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let decade = |column: &str, year: f64| (column == "year").then(|| decade_of(year));
        Self::of_rows(
            dataset.item_attributes(),
            dataset.n_items(),
            weight_of,
            min_items,
            decade,
            cancel,
        )
    }

    /// As [`Features::of_catalog`], of what is said of any `n` rows: users, for one. `named(column, number)` is the name
    /// of the term that a number in that column becomes; `None` leaves it out.
    pub fn of_rows(
        attributes: &Attributes,
        n: usize,
        weight_of: impl Fn(&str) -> f64,
        min_items: usize,
        named: impl Fn(&str, f64) -> Option<String>,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let mut vocabulary: Vec<Term> = Vec::new();
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        for column in &attributes.columns {
            let weight = weight_of(&column.name);
            let names = read_column(column, n, |number| named(&column.name, number));
            if weight <= 0.0 || names.tells_nothing {
                continue;
            }
            let mut kept = vec![None; names.vocabulary.len()];
            for (k, name) in names.vocabulary.into_iter().enumerate() {
                let items = names.items[k];
                if items >= min_items.max(1) {
                    kept[k] = Some(vocabulary.len() as u32);
                    vocabulary.push(Term {
                        column: column.name.clone(),
                        name,
                        items,
                        idf: ((1.0 + n as f64) / (1.0 + items as f64)).ln() + 1.0,
                        is_factor: false,
                    });
                }
            }
            for (item, (row, said)) in rows.iter_mut().zip(names.rows).enumerate() {
                if item % 4096 == 0 {
                    cancel.check()?;
                }
                for (k, count) in said {
                    if let Some(term) = kept[k as usize] {
                        let tf = 1.0 + f64::from(count.max(1)).ln();
                        row.push((term, weight * tf * vocabulary[term as usize].idf));
                    }
                }
            }
        }
        let mut features = Self {
            vocabulary,
            ..Self::default()
        };
        for mut row in rows {
            row.sort_unstable_by_key(|(term, _)| *term);
            features.push_row(&row);
        }
        Ok(features)
    }

    /// The same items with another model's factors as further terms. Every factor is standardized over the items that
    /// have factors (mean 0, deviation 1), then divided by √(number of factors), so that the block is on average as long
    /// as the metadata's vector; the whole is then made of length 1 again. A factor that is the same everywhere is left at 0.
    #[must_use]
    pub fn with_factors(&self, model: &str, factors: &dyn LatentFactors) -> Self {
        let n_items = self.n_items();
        let n_factors = factors.n_factors();
        let (means, scales) = standardization(factors, n_items);
        let first = self.vocabulary.len() as u32;
        let with_factors = (0..n_items).filter(|i| factors.item(ItemIx(*i as u32)).is_some());
        let items = with_factors.count();
        let mut wider = Self {
            vocabulary: self.vocabulary.clone(),
            ..Self::default()
        };
        wider.vocabulary.extend((0..n_factors).map(|f| Term {
            column: model.to_owned(),
            name: format!("f{}", f + 1),
            items,
            idf: 1.0,
            is_factor: true,
        }));
        for i in 0..n_items {
            let item = ItemIx(i as u32);
            let mut row: Vec<(u32, f64)> = self.row(item).collect();
            for (f, value) in factors.item(item).into_iter().flatten().enumerate() {
                row.push((first + f as u32, (value - means[f]) * scales[f]));
            }
            wider.push_row(&row);
        }
        wider
    }

    /// Adds the next item's row, made of length 1; terms ascending.
    fn push_row(&mut self, row: &[(u32, f64)]) {
        let length = row.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        if length > 0.0 {
            for &(term, weight) in row.iter().filter(|(_, w)| *w != 0.0) {
                self.terms.push(term);
                self.weights.push(weight / length);
            }
        }
        self.ends.push(self.terms.len() as u32);
    }

    /// How many items there are, with or without features.
    pub fn n_items(&self) -> usize {
        self.ends.len()
    }

    /// All terms; a row's terms are positions in it.
    pub fn vocabulary(&self) -> &[Term] {
        &self.vocabulary
    }

    /// The (term, weight) pairs of an item, terms ascending; their squares sum to 1, or there are none.
    #[inline]
    pub fn row(&self, item: ItemIx) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        self.row_at(item.at())
    }

    /// As [`Features::row`], of whatever the rows are.
    #[inline]
    pub fn row_at(&self, at: usize) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        let range = match (at, self.ends.get(at)) {
            (_, None) => 0..0,
            (0, Some(&end)) => 0..end as usize,
            (at, Some(&end)) => self.ends[at - 1] as usize..end as usize,
        };
        let terms = self.terms[range.clone()].iter().copied();
        terms.zip(self.weights[range].iter().copied())
    }

    /// The cosine of two items, 0 where either has no features. O(terms of both).
    pub fn cosine(&self, a: ItemIx, b: ItemIx) -> f64 {
        let mut others = self.row(b).peekable();
        let mut sum = 0.0;
        for (term, weight) in self.row(a) {
            while others.next_if(|(t, _)| *t < term).is_some() {}
            if let Some((_, other)) = others.next_if(|(t, _)| *t == term) {
                sum += weight * other;
            }
        }
        sum
    }

    pub fn memory_bytes(&self) -> usize {
        let names: usize = self
            .vocabulary
            .iter()
            .map(|t| t.column.capacity() + t.name.capacity())
            .sum();
        names
            + size_of::<Term>() * self.vocabulary.capacity()
            + 4 * (self.ends.capacity() + self.terms.capacity())
            + 8 * self.weights.capacity()
    }
}

/// A column as terms: what each item is said to be, and how many items each term is said of.
struct Column {
    vocabulary: Vec<String>,
    rows: Vec<Vec<(u32, u32)>>,
    items: Vec<usize>,
    tells_nothing: bool,
}

/// `1990s` for 1994.
fn decade_of(year: f64) -> String {
    format!("{}0s", (year / 10.0).floor() as i64)
}

fn read_column(column: &Attribute, n_rows: usize, named: impl Fn(f64) -> Option<String>) -> Column {
    let mut vocabulary: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<(u32, u32)>> = Vec::with_capacity(n_rows);
    match column.kind {
        AttributeKind::Names => {
            vocabulary.extend(column.names().iter().map(str::to_owned));
            rows.extend((0..n_rows).map(|i| column.terms(i).collect()));
        }
        AttributeKind::Number => {
            let mut seen: HashMap<String, u32> = HashMap::new();
            for i in 0..n_rows {
                let term = column.number(i).and_then(&named).map(|name| {
                    *seen.entry(name).or_insert_with_key(|name| {
                        vocabulary.push(name.clone());
                        vocabulary.len() as u32 - 1
                    })
                });
                rows.push(term.map(|t| (t, 1)).into_iter().collect());
            }
        }
    }
    let mut items = vec![0; vocabulary.len()];
    for (term, _) in rows.iter().flatten() {
        items[*term as usize] += 1;
    }
    let well_known = WELL_KNOWN.contains(&column.name.as_str());
    Column {
        tells_nothing: !well_known && items.iter().all(|n| *n <= 1),
        vocabulary,
        rows,
        items,
    }
}

/// Each factor's mean and 1 / (deviation · √factors) over the items that have factors; 0 where it doesn't vary.
fn standardization(factors: &dyn LatentFactors, n_items: usize) -> (Vec<f64>, Vec<f64>) {
    let n_factors = factors.n_factors();
    let rows = || (0..n_items as u32).filter_map(|i| factors.item(ItemIx(i)));
    let n = rows().count().max(1) as f64;
    let mut means = vec![0.0; n_factors];
    for row in rows() {
        means.iter_mut().zip(row).for_each(|(m, x)| *m += x / n);
    }
    let mut variances = vec![0.0; n_factors];
    for row in rows() {
        for (f, x) in row.iter().enumerate() {
            variances[f] += (x - means[f]).powi(2) / n;
        }
    }
    let scale = |v: &f64| {
        if *v > 1e-24 {
            1.0 / (v * n_factors as f64).sqrt()
        } else {
            0.0
        }
    };
    let scales = variances.iter().map(scale).collect();
    (means, scales)
}
