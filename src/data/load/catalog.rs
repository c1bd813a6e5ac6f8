//! What is known of items or users beyond their ratings, collected by id while metadata files are read.

use super::interner::Interner;
use super::number::parse_number;
use crate::data::{Attribute, Attributes, clean_label};

/// One attribute in the making.
#[derive(Clone, Debug)]
enum Column {
    /// Of each index the names and how often each was said.
    Names(String, Vec<Vec<(String, u32)>>),
    Number(String, Vec<Option<f64>>),
}

impl Column {
    fn name(&self) -> &str {
        match self {
            Self::Names(name, _) | Self::Number(name, _) => name,
        }
    }
}

/// Titles and attributes by dense index; ids that the ratings did not have are added behind them.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    pub ids: Interner,
    pub titles: Vec<Option<String>>,
    columns: Vec<Column>,
    /// Which ids stand in a metadata file.
    described: Vec<bool>,
    /// Rows of metadata whose id came before.
    pub repeated: u64,
}

impl Catalog {
    pub fn new(ids: Interner) -> Self {
        Self { ids, ..Self::default() }
    }

    /// The index of a row of metadata, or `None` where the id was described before: the first description holds.
    pub fn describe(&mut self, id: &str) -> Option<usize> {
        let index = self.ids.intern(id) as usize;
        if self.described.len() <= index {
            self.described.resize(index + 1, false);
        }
        if std::mem::replace(&mut self.described[index], true) {
            self.repeated += 1;
            return None;
        }
        Some(index)
    }

    pub fn has_descriptions(&self) -> bool {
        !self.described.is_empty()
    }

    /// How many rows of metadata were taken.
    pub fn described(&self) -> usize {
        self.described_of(self.described.len())
    }

    /// How many of the first `n` ids are described.
    pub fn described_of(&self, n: usize) -> usize {
        (0..n).filter(|&index| self.is_described(index)).count()
    }

    pub fn is_described(&self, index: usize) -> bool {
        self.described.get(index) == Some(&true)
    }

    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name() == name)
    }

    pub fn set_title(&mut self, index: usize, title: &str) {
        if self.titles.len() <= index {
            self.titles.resize(index + 1, None);
        }
        if !title.is_empty() {
            self.titles[index] = Some(title.to_owned());
        }
    }

    /// Says `name` of the attribute `column` for `index` once more. Names are for showing: nothing that moves a cursor remains.
    pub fn add_name(&mut self, column: &str, index: usize, name: &str) {
        let name = &*clean_label(name);
        let at = self.position(column, || Column::Names(column.to_owned(), Vec::new()));
        let Column::Names(_, rows) = &mut self.columns[at] else {
            return;
        };
        if rows.len() <= index {
            rows.resize(index + 1, Vec::new());
        }
        if name.is_empty() {
            return;
        }
        match rows[index].iter_mut().find(|(n, _)| n == name) {
            Some((_, count)) => *count += 1,
            None => rows[index].push((name.to_owned(), 1)),
        }
    }

    /// Each name of a list such as `Action|Comedy`, said once however often it stands there.
    pub fn add_list(&mut self, column: &str, index: usize, list: &str) {
        let names: Vec<&str> = list.split('|').map(str::trim).collect();
        self.add_names(column, index, &names);
    }

    /// Each of these names, said once however often it stands there.
    pub fn add_names(&mut self, column: &str, index: usize, names: &[&str]) {
        for (at, name) in names.iter().enumerate() {
            if !names[..at].contains(name) {
                self.add_name(column, index, name);
            }
        }
    }

    pub fn set_number(&mut self, column: &str, index: usize, number: Option<f64>) {
        let at = self.position(column, || Column::Number(column.to_owned(), Vec::new()));
        let Column::Number(_, rows) = &mut self.columns[at] else {
            return;
        };
        if rows.len() <= index {
            rows.resize(index + 1, None);
        }
        rows[index] = number.or(rows[index]);
    }

    fn position(&mut self, name: &str, make: impl FnOnce() -> Column) -> usize {
        let known = self.columns.iter().position(|c| c.name() == name);
        known.unwrap_or_else(|| {
            self.columns.push(make());
            self.columns.len() - 1
        })
    }

    /// The columns over all ids, those that say nothing left out.
    pub fn take_attributes(&mut self) -> Attributes {
        let all = self.ids.len();
        let columns = std::mem::take(&mut self.columns)
            .into_iter()
            .filter_map(|column| match column {
                Column::Names(name, mut rows) => {
                    rows.resize(all, Vec::new());
                    let silent = rows.iter().all(Vec::is_empty);
                    (!silent).then(|| Attribute::of_names(&name, rows))
                }
                Column::Number(name, mut rows) => {
                    rows.resize(all, None);
                    let silent = rows.iter().all(Option::is_none);
                    (!silent).then(|| Attribute::of_numbers(&name, rows))
                }
            });
        Attributes {
            columns: columns.collect(),
        }
    }
}

/// The year in parentheses at the end of a title: `Heat (1995)`, also `Series (1995-1999)` and `(1995- )`.
pub(super) fn year_of_title(title: &str) -> Option<f64> {
    let inner = title.trim_end().strip_suffix(')')?;
    let inner = inner[inner.rfind('(')? + 1..].trim();
    let (year, rest) = (inner.get(..4)?, inner.get(4..)?);
    let plain = year.bytes().all(|b| b.is_ascii_digit()) && !rest.starts_with(|c: char| c.is_alphanumeric());
    let year = if plain {
        parse_number(year.as_bytes())?
    } else {
        return None;
    };
    (1800.0..2200.0).contains(&year).then_some(year)
}

/// The year of a date such as `01-Jan-1995`, `1995-01-01` or `1995`.
pub(super) fn year_of_date(date: &str) -> Option<f64> {
    let mut parts = date.split(|c: char| !c.is_ascii_alphanumeric());
    let year = parts.find(|p| p.len() == 4 && p.bytes().all(|b| b.is_ascii_digit()))?;
    let year = parse_number(year.as_bytes())?;
    (1800.0..2200.0).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_titles_and_dates() {
        assert_eq!(year_of_title("Toy Story (1995)"), Some(1995.0));
        assert_eq!(year_of_title("Seven (a.k.a. Se7en) (1995) "), Some(1995.0));
        assert_eq!(year_of_title("Fawlty Towers (1975-1979)"), Some(1975.0));
        for none in [
            "2001: A Space Odyssey",
            "X (195)",
            "X (19955)",
            "(é)",
            "Blade (director's cut)",
            "X (0001)",
        ] {
            assert_eq!(year_of_title(none), None, "{none}");
        }
        assert_eq!(year_of_date("01-Jan-1995"), Some(1995.0));
        assert_eq!(year_of_date("4-Feb-1971"), Some(1971.0));
        assert_eq!(year_of_date(""), None);
    }

    #[test]
    fn the_first_description_holds_and_the_ratings_order_stays() {
        let mut ids = Interner::default();
        ids.intern("rated");
        let mut catalog = Catalog::new(ids);
        assert_eq!(catalog.describe("new"), Some(1));
        assert_eq!(catalog.describe("rated"), Some(0));
        assert_eq!(catalog.describe("new"), None);
        catalog.add_list("genre", 1, "Drama| Comedy |Drama|");
        catalog.set_number("year", 0, Some(1999.0));
        catalog.set_number("year", 0, None);
        catalog.add_name("empty", 0, " ");
        let attributes = catalog.take_attributes();
        let names: Vec<&str> = attributes.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["genre", "year"]);
        assert_eq!(attributes.columns[0].terms(1).collect::<Vec<_>>(), [(0, 1), (1, 1)]);
        assert_eq!((attributes.columns[1].number(0), catalog.repeated), (Some(1999.0), 1));
    }
}
