//! A table with a row a user and a column an item (`--wide`): the header has the ids of the items, the first column those of
//! the users. Empty fields, and what stands for missing values, are no ratings.

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::records::{Place as Spot, Records, Syntax};
use super::super::rows::{Cell, RowFile, Take, hand_over};
use super::super::sniff;
use super::{Format, nowhere};

pub(super) const FORMAT: Format = Format {
    name: "wide",
    title: "a matrix of users and items, with `--wide`",
    files: "delimited, a row a user and a column an item, ids in the header and in the first column; empty fields are no ratings",
    recognize: nowhere,
    layout: None,
};

/// What stands where there is no value.
const MISSING: [&str; 6] = ["", "NA", "NaN", "nan", "NULL", "?"];

struct Wide {
    columns: [String; 3],
    items: Vec<String>,
    syntax: Syntax,
}

pub(super) fn open(input: Input) -> Result<Box<dyn RowFile>, LoadError> {
    Ok(Box::new(LineFile::open(input, begin)?))
}

fn begin(first: &str) -> Result<Wide, (Spot, String)> {
    let at = |problem: &str| (Spot { line: 1, column: 1 }, problem.to_owned());
    let Some(separator) = sniff::separator(first.as_bytes()) else {
        return Err(at("no separator makes columns of the rows"));
    };
    let syntax = Syntax::of(separator);
    let header = fields(first.lines().next().unwrap_or(""), &syntax).unwrap_or_default();
    let width = sniff::split(first.as_bytes(), &syntax)
        .get(1)
        .map_or(header.len(), Vec::len);
    // R leaves out the name of the column of row names.
    let named = header.len() - usize::from(header.len() == width && !header.is_empty());
    let items = header[header.len() - named..].to_vec();
    if items.is_empty() || items.iter().any(String::is_empty) {
        return Err(at(
            "the header should have the id of an item over every column but the first",
        ));
    }
    Ok(Wide {
        columns: ["user", "item", "rating"].map(str::to_owned),
        items,
        syntax,
    })
}

/// The fields of one line; `None` where a quotation mark never closes.
fn fields(line: &str, syntax: &Syntax) -> Option<Vec<String>> {
    let bytes = line.as_bytes().to_vec();
    let length = bytes.len();
    let mut records = Records::of(bytes, length, syntax.clone());
    let text = |i, records: &Records<_>| String::from_utf8_lossy(records.field(i)).trim().to_owned();
    match records.advance() {
        Ok(true) => Some((0..records.len()).map(|i| text(i, &records)).collect()),
        Ok(false) => Some(Vec::new()),
        Err(_) => None,
    }
}

impl LineFormat for Wide {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn preamble(&self) -> u64 {
        1
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        let spot = Spot {
            line: line.number,
            column: 1,
        };
        let Some(fields) = fields(line.text, &self.syntax) else {
            return take.bad(spot, "a quotation mark opens here and never closes".to_owned());
        };
        let [user, values @ ..] = &fields[..] else { return true };
        if values.len() != self.items.len() {
            let (has, items) = (values.len(), self.items.len());
            return take.bad(spot, format!("the row has {has} values, the header {items} items"));
        }
        let rated = self
            .items
            .iter()
            .zip(values)
            .filter(|(_, value)| !MISSING.contains(&value.as_str()));
        for (item, value) in rated {
            let row = [user, item, value];
            if !hand_over(wanted, |column| Cell::Text(row[column]), &|_| spot, take) {
                return false;
            }
        }
        true
    }
}
