//! The items of a build: what a request needs to know of them without the data.

use serde::{Deserialize, Serialize};

use crate::data::{Attribute, AttributeKind, Attributes, Dataset, Ids, ItemIx};

/// The items of a build, by number.
///
/// After a full build numbers are those of the data. An incremental build keeps the numbers that are there, as records name
/// items by them, and adds new items at the end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    ids: Ids,
    labels: Ids,
    /// How many users had rated each.
    raters: Vec<u32>,
    attributes: Attributes,
    /// The items by falling number of raters: what is recommended where nothing else can be said.
    popular: Vec<u32>,
    /// How many of the first numbers the first build knew; later ones are new since.
    known: u32,
}

impl Catalog {
    /// All items of the data.
    pub fn of(data: &Dataset) -> Self {
        Self::numbered(data, data.items().map(Some).collect(), None)
    }

    /// The items of `before`, under their numbers, and then those that the data has beside them.
    pub fn grown(before: &Self, data: &Dataset) -> Self {
        let mut rows: Vec<Option<ItemIx>> = before.ids.iter().map(|id| data.find_item(id)).collect();
        rows.extend(
            data.items()
                .filter(|i| before.ids.find(data.item_id(*i)).is_none())
                .map(Some),
        );
        Self::numbered(data, rows, Some(before))
    }

    fn numbered(data: &Dataset, rows: Vec<Option<ItemIx>>, before: Option<&Self>) -> Self {
        let named = |at: usize, row: &Option<ItemIx>| match (row, before) {
            (Some(item), _) => (data.item_id(*item).to_owned(), data.item_label(*item).to_owned()),
            // Only what was there before has no row.
            (None, Some(old)) => (old.ids.get(at).to_owned(), old.labels.get(at).to_owned()),
            (None, None) => (String::new(), String::new()),
        };
        let names: Vec<(String, String)> = rows.iter().enumerate().map(|(at, row)| named(at, row)).collect();
        let raters: Vec<u32> = rows
            .iter()
            .map(|row| row.map_or(0, |item| data.item_row(item).len() as u32))
            .collect();
        let columns = data.item_attributes().columns.iter();
        Self {
            ids: Ids::new(names.iter().map(|n| n.0.as_str())),
            labels: Ids::new(names.iter().map(|n| n.1.as_str())),
            attributes: Attributes {
                columns: columns.map(|column| of_rows(column, &rows)).collect(),
            },
            known: before.map_or(raters.len() as u32, |old| old.known),
            popular: by_popularity(&raters),
            raters,
        }
    }

    /// The same items with other counts of raters, one of each: where the data is a sample of what was counted.
    #[must_use]
    pub fn with_raters(self, raters: Vec<u32>) -> Self {
        Self {
            popular: by_popularity(&raters),
            raters,
            ..self
        }
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The id, verbatim; `item` must be below [`Catalog::len`].
    pub fn id(&self, item: u32) -> &str {
        self.ids.get(item as usize)
    }

    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// What to show for an item.
    pub fn label(&self, item: u32) -> &str {
        self.labels.get(item as usize)
    }

    pub fn find(&self, id: &str) -> Option<u32> {
        self.ids.find(id).map(|at| at as u32)
    }

    /// How many users had rated it.
    pub fn raters(&self, item: u32) -> u32 {
        self.raters.get(item as usize).copied().unwrap_or(0)
    }

    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The items by falling number of raters, those without any left out.
    pub fn popular(&self) -> &[u32] {
        &self.popular
    }

    /// Whether it came after the last full build.
    pub fn is_new(&self, item: u32) -> bool {
        item >= self.known
    }

    /// The names of the columns of attributes.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.attributes.columns.iter().map(|c| c.name.as_str())
    }

    pub fn memory_bytes(&self) -> usize {
        let texts = self.ids.memory_bytes() + self.labels.memory_bytes() + self.attributes.memory_bytes();
        texts + 4 * (self.raters.capacity() + self.popular.capacity())
    }
}

/// The items that somebody has rated, by falling number of raters.
fn by_popularity(raters: &[u32]) -> Vec<u32> {
    let mut popular: Vec<u32> = (0..raters.len() as u32).filter(|i| raters[*i as usize] > 0).collect();
    popular.sort_by_key(|i| std::cmp::Reverse(raters[*i as usize]));
    popular
}

/// A column, its rows in another order, some of them unknown.
fn of_rows(column: &Attribute, rows: &[Option<ItemIx>]) -> Attribute {
    match column.kind {
        AttributeKind::Number => {
            let number = |row: &Option<ItemIx>| row.and_then(|item| column.number(item.at()));
            Attribute::of_numbers(&column.name, rows.iter().map(number))
        }
        AttributeKind::Names => {
            let names = |row: &Option<ItemIx>| {
                let terms = row.iter().flat_map(|item| column.terms(item.at()));
                terms
                    .map(|(term, count)| (column.names().get(term as usize), count))
                    .collect()
            };
            Attribute::of_names::<&str>(&column.name, rows.iter().map(names))
        }
    }
}
