//! Metadata in any table with a header: an id, perhaps a title, and columns of names or numbers.

use super::catalog::{Catalog, year_of_date, year_of_title};
use super::columns::{Role, by_alias, squeeze};
use super::error::LoadError;
use super::lists::Lists;
use super::metadata::{Catalogs, MetadataFile, TextRow};
use super::number::parse_number;
use super::times::is_missing;
use crate::data::clean_label;

pub(super) fn read_items(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    read(file, &mut catalogs.items, Role::Item, None)
}

/// As [`read_items`], with the ids in a column that is known.
pub(super) fn read_joined(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs, id: usize) -> Result<(), LoadError> {
    read(file, &mut catalogs.items, Role::Item, Some(id))
}

pub(super) fn read_users(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    read(file, &mut catalogs.users, Role::User, None)
}

/// Reads applications of tags, a row each: user, item, tag. Tags are compared in lower case.
pub(super) fn read_tags(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.sniff_syntax();
    let Some(header) = file.next_row()? else { return Ok(()) };
    let item = by_alias(&header, Role::Item).unwrap_or(1);
    let tag = header.iter().position(|h| squeeze(h) == "tag").unwrap_or(2);
    take_tags(file, &mut catalogs.items, item, tag)
}

/// The rows of a file of tags, whose columns are known.
pub(super) fn take_tags(
    file: &mut MetadataFile<'_>,
    items: &mut Catalog,
    item: usize,
    tag: usize,
) -> Result<(), LoadError> {
    let mut unknown = 0u64;
    while let Some(row) = file.next_row()? {
        let (Some(id), Some(tag)) = (row.get(item), row.get(tag)) else {
            file.reject(row.len(), "the row has too few fields for a tag")?;
            continue;
        };
        match items.ids.find(id.as_bytes()) {
            Some(index) => items.add_name("tag", index as usize, &tag.to_lowercase()),
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        file.remark(format_args!(
            "{unknown} tags are for items that stand nowhere else and were left out"
        ));
    }
    Ok(())
}

/// What a column of the table is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Use {
    Id,
    Title,
    Date,
    Attribute(String),
}

/// The values of one column by index of what they describe.
struct Values {
    name: String,
    /// As the header has it.
    header: String,
    cells: Vec<(usize, String)>,
}

/// So many columns of 0 and 1 are one attribute, said flag by flag.
const FLAGS: usize = 3;

impl Values {
    fn are_flags(&self) -> bool {
        let is_flag = |cell: &(usize, String)| matches!(cell.1.as_str(), "0" | "1");
        !self.cells.is_empty() && self.cells.iter().all(is_flag)
    }
}

/// One-hot columns: those whose flag is 1 are the names of a genre.
fn take_flags(file: &mut MetadataFile<'_>, catalog: &mut Catalog, flags: Vec<Values>) {
    if flags.is_empty() {
        return;
    }
    let name = if catalog.has_column("genre") { "flag" } else { "genre" };
    file.remark(format_args!(
        "{} columns of 0 and 1 were taken for names of the attribute {name}",
        flags.len()
    ));
    for column in flags {
        let set = column.cells.iter().filter(|(_, flag)| flag == "1");
        set.for_each(|(index, _)| catalog.add_name(name, *index, &column.header));
    }
}

fn read(file: &mut MetadataFile<'_>, catalog: &mut Catalog, role: Role, id: Option<usize>) -> Result<(), LoadError> {
    file.sniff_syntax();
    let Some(first) = file.next_row()? else { return Ok(()) };
    let headless = first
        .first()
        .is_some_and(|id| catalog.ids.find(id.as_bytes()).is_some());
    let uses = if headless {
        headless_uses(first.len(), role)
    } else {
        uses_of(&first, role, id)
    };
    let id = uses.iter().position(|u| *u == Use::Id).unwrap_or(0);
    let mut values: Vec<Option<Values>> = uses
        .iter()
        .zip(&first)
        .map(|(used, header)| match used {
            Use::Attribute(name) => Some(Values {
                name: name.clone(),
                header: header.clone(),
                cells: Vec::new(),
            }),
            _ => None,
        })
        .collect();
    let mut wide = 0u64;
    let mut pending = headless.then_some(first);
    while let Some(row) = match pending.take() {
        Some(row) => Some(row),
        None => file.next_row()?,
    } {
        if file.refuse_swallowed(id, uses.len(), |id| catalog.ids.find(id).is_some())? {
            continue;
        }
        let row = fitted(file, row, &uses);
        wide += u64::from(row.len() > uses.len());
        take_row(file, catalog, &uses, &mut values, row)?;
    }
    if wide > 0 {
        file.remark(format_args!(
            "{wide} rows have more columns than the header (is a separator not quoted?)"
        ));
    }
    let (flags, columns): (Vec<Values>, Vec<Values>) = values.into_iter().flatten().partition(Values::are_flags);
    let (flags, single) = if flags.len() < FLAGS {
        (Vec::new(), flags)
    } else {
        (flags, Vec::new())
    };
    for column in columns.into_iter().chain(single) {
        take_column(file, catalog, column);
    }
    take_flags(file, catalog, flags);
    Ok(())
}

/// A row without empty fields behind the columns; what follows a title in the last one belongs to it.
fn fitted(file: &mut MetadataFile<'_>, mut row: TextRow, uses: &[Use]) -> TextRow {
    let surplus = row.get(uses.len()..).unwrap_or_default();
    if surplus.iter().all(String::is_empty) {
        row.truncate(uses.len());
    } else if uses.last() == Some(&Use::Title) {
        row.truncate(uses.len() - 1);
        row.push(file.rest_of_row(uses.len() - 1));
    }
    row
}

fn take_row(
    file: &mut MetadataFile<'_>,
    catalog: &mut Catalog,
    uses: &[Use],
    values: &mut [Option<Values>],
    row: TextRow,
) -> Result<(), LoadError> {
    let at = uses.iter().position(|u| *u == Use::Id).unwrap_or(0);
    let Some(id) = row.get(at).filter(|id| !id.is_empty()) else {
        return file.reject(at, "the id is empty");
    };
    let Some(index) = catalog.describe(id) else {
        return Ok(());
    };
    for ((cell, used), column) in row.into_iter().zip(uses).zip(values) {
        match (used, column) {
            (Use::Title, _) => {
                if let Some(year) = year_of_title(&cell) {
                    catalog.set_number("year", index, Some(year));
                }
                catalog.set_title(index, &cell);
            }
            (Use::Date, _) => catalog.set_number("year", index, year_of_date(&cell)),
            (Use::Attribute(_), Some(column)) if !cell.is_empty() => column.cells.push((index, cell)),
            _ => {}
        }
    }
    Ok(())
}

/// Numbers where every value is one, else names, in lists where the column has such; long text and links say nothing that
/// could be compared. What says that nothing is known is left out.
fn take_column(file: &mut MetadataFile<'_>, catalog: &mut Catalog, column: Values) {
    let Values { name, mut cells, .. } = column;
    cells.retain(|(_, cell)| !is_missing(cell.as_bytes()) && cell != "(no genres listed)");
    if cells.is_empty() {
        return;
    }
    if cells.iter().all(|c| parse_number(c.1.as_bytes()).is_some()) {
        // A year of 0 or 9999 is none.
        let is_sound = |number: &f64| name != "year" || (1000.0..=2200.0).contains(number);
        for (index, cell) in cells {
            catalog.set_number(&name, index, parse_number(cell.as_bytes()).filter(is_sound));
        }
        return;
    }
    let texts: Vec<&str> = cells.iter().map(|c| c.1.as_str()).collect();
    let lists = Lists::of(&name, &texts);
    let (mut names, mut length) = (0, 0);
    for name in texts.iter().flat_map(|text| lists.names(text)) {
        (names, length) = (names + 1, length + name.len());
    }
    let links = texts.iter().filter(|text| text.starts_with("http")).count();
    let long = length > 100 * names;
    if long || links * 2 > texts.len() {
        let what = if long { "long text" } else { "links" };
        return file.remark(format_args!("the column {name} holds {what} and was left out"));
    }
    for (index, cell) in &cells {
        catalog.add_names(&name, *index, &lists.names(cell));
    }
}

/// Without a header: the id, for items the title, and numbered columns.
fn headless_uses(width: usize, role: Role) -> Vec<Use> {
    let named = |at| match at {
        0 => Use::Id,
        1 if role == Role::Item => Use::Title,
        _ => Use::Attribute(format!("column {}", at + 1)),
    };
    (0..width).map(named).collect()
}

fn uses_of(header: &[String], role: Role, id: Option<usize>) -> Vec<Use> {
    let plain_id = || header.iter().position(|h| squeeze(h) == "id");
    let id = id.or_else(|| by_alias(header, role)).or_else(plain_id).unwrap_or(0);
    let title = (role == Role::Item).then(|| title_column(header, id)).flatten();
    let mut uses: Vec<Use> = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let used = match squeeze(name).as_str() {
            _ if at == id => Use::Id,
            _ if Some(at) == title => Use::Title,
            "releasedate" | "publicationdate" | "released" => Use::Date,
            _ => Use::Attribute(attribute_name(name, at)),
        };
        uses.push(used);
    }
    uses
}

const TITLES: &str = "title movietitle filmtitle booktitle producttitle name itemname artistname productname label";

/// Whether a column of that name can be the title.
pub(super) fn is_title(name: &str) -> bool {
    TITLES.split_whitespace().any(|title| title == squeeze(name))
}

fn title_column(header: &[String], id: usize) -> Option<usize> {
    let names: Vec<String> = header.iter().map(|h| squeeze(h)).collect();
    TITLES
        .split_whitespace()
        .find_map(|title| (0..names.len()).find(|&at| at != id && names[at] == title))
}

/// Lower case, and singular where the name is a known one.
fn attribute_name(header: &str, at: usize) -> String {
    let known = match squeeze(header).as_str() {
        "genres" => "genre",
        "tags" => "tag",
        "keywords" | "plotkeywords" => "keyword",
        "directors" => "director",
        "actors" | "cast" => "actor",
        "authors" | "bookauthor" => "author",
        "categories" => "category",
        "languages" => "language",
        "countries" => "country",
        "agegroup" => "age",
        "sex" => "gender",
        "yearofpublication" | "releaseyear" => "year",
        "" => return format!("column {}", at + 1),
        _ => return clean_label(&header.to_lowercase().replace(['_', '-'], " ")).into_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_columns_are() {
        let header: Vec<String> = ["filmId", "title", "Genres", "release_date", "runtime_minutes", ""]
            .map(str::to_owned)
            .into();
        let attribute = |name: &str| Use::Attribute(name.to_owned());
        let wanted = [
            Use::Id,
            Use::Title,
            attribute("genre"),
            Use::Date,
            attribute("runtime minutes"),
            attribute("column 6"),
        ];
        assert_eq!(uses_of(&header, Role::Item, None), wanted);
        let users: Vec<String> = ["name", "ageGroup", "id"].map(str::to_owned).into();
        assert_eq!(
            uses_of(&users, Role::User, None),
            [attribute("name"), attribute("age"), Use::Id]
        );
    }
}
