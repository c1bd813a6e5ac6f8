//! The catalog as tf-idf vectors.

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
    /// How many items have it.
    pub items: usize,
    /// ln((1 + n) / (1 + items)) + 1, with n the size of the catalog; 1 for another model's factors.
    pub idf: f64,
    pub is_factor: bool,
}

impl Term {
    /// For display: `Comedy`, `factor f3 of svd`.
    pub fn label(&self) -> String {
        if self.is_factor {
            format!("factor {} of {}", self.name, self.column)
        } else {
            self.name.clone()
        }
    }
}

/// Metadata columns with a weight parameter of their own; kept even if no two items share a value.
pub(super) const WELL_KNOWN: [&str; 5] = ["genre", "year", "director", "keyword", "tag"];

/// A sparse tf-idf vector per item, of Euclidean length 1 or empty, as by scikit-learn's `TfidfTransformer` with its
/// defaults (smooth idf, L2-normalized rows).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Features {
    vocabulary: Vec<Term>,
    ends: Vec<u32>,
    terms: Vec<u32>,
    weights: Vec<f64>,
}

impl Features {
    /// The features of the catalog's metadata. A column's tf-idf is multiplied by `weight_of(column)`; 0 leaves it out.
    ///
    /// In text columns each name is a term; `year` becomes its decade; other numbers are ignored, and so is any column
    /// that is not well known and in which no two items share a name (a URL, say). tf is 1, but for tags 1 + ln(count), so
    /// that one frequent tag does not dominate. Terms of fewer than `min_items` items are ignored.
    /// O(entries · ln entries of an item).
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

    /// As [`Features::of_catalog`], for the users: `age` becomes a bracket. Terms of fewer than `min_users` are ignored.
    pub fn of_users(dataset: &Dataset, min_users: usize, cancel: &Cancel) -> Result<Self, Cancelled> {
        let bracket = |column: &str, age: f64| (column == "age").then(|| bracket_of(age).to_owned());
        let (attributes, n) = (dataset.user_attributes(), dataset.n_users());
        Self::of_rows(attributes, n, |_| 1.0, min_users, bracket, cancel)
    }

    /// As [`Features::of_catalog`], for the attributes of any `n` rows, such as users. `named(column, number)` is the term
    /// that a number in that column becomes; `None` leaves it out.
    fn of_rows(
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
            if weight <= 0.0 || names.is_uninformative {
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
            for (item, (row, terms)) in rows.iter_mut().zip(names.rows).enumerate() {
                if item % 4096 == 0 {
                    cancel.check()?;
                }
                for (k, count) in terms {
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

    /// The same items with another model's factors as additional terms. Each factor is standardized over the items that
    /// have factors, then divided by √(number of factors), so that the factors are on average as long as the metadata
    /// vector; rows are then normalized again. A constant factor becomes 0.
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

    /// Appends the next item's row, L2-normalized; terms ascending.
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

    /// All items, with or without features.
    pub fn n_items(&self) -> usize {
        self.ends.len()
    }

    /// All terms; rows refer to them by index.
    pub fn vocabulary(&self) -> &[Term] {
        &self.vocabulary
    }

    /// The (term, weight) pairs of an item, terms ascending: a vector of length 1, or empty.
    #[inline]
    pub fn row(&self, item: ItemIx) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        self.row_at(item.at())
    }

    /// As [`Features::row`], for any kind of row.
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

/// A metadata column as terms: the (term, count) pairs of each row, and the number of rows with each term.
struct Column {
    vocabulary: Vec<String>,
    rows: Vec<Vec<(u32, u32)>>,
    items: Vec<usize>,
    is_uninformative: bool,
}

/// MovieLens-1M's age brackets.
fn bracket_of(age: f64) -> &'static str {
    match age {
        a if a < 18.0 => "under 18",
        a if a < 25.0 => "18-24",
        a if a < 35.0 => "25-34",
        a if a < 45.0 => "35-44",
        a if a < 50.0 => "45-49",
        a if a < 56.0 => "50-55",
        _ => "56 and over",
    }
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
        is_uninformative: !well_known && items.iter().all(|n| *n <= 1),
        vocabulary,
        rows,
        items,
    }
}

/// Each factor's mean and 1 / (deviation · √factors) over the items that have factors; 0 if the factor is constant.
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
