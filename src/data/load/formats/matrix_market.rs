//! Matrix Market, the exchange format for sparse matrices: `%%MatrixMarket matrix coordinate real general`, comments, the
//! size (`rows columns entries`), then an entry a line: row, column, and its value. Rows are users, columns items. A dense
//! matrix (`array`) has a value a line, column by column; its zeros are values too, unless `--zero missing` is said.

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::records::Place as Spot;
use super::super::rows::{Cell, RowFile, Take, hand_over};
use super::{Format, Layout, Opening, nowhere};

pub(super) const FORMAT: Format = Format {
    name: "matrix-market",
    title: "Matrix Market",
    files: "`NAME.mtx`: rows are users, columns items; `--columns user=column,item=row` turns it",
    recognize: nowhere,
    layout: Some(Layout { is, text: true, open }),
};

fn is(head: &[u8]) -> bool {
    head.len() >= MARK.len() && head[..MARK.len()].eq_ignore_ascii_case(MARK)
}

const MARK: &[u8] = b"%%MatrixMarket";

struct Matrix {
    columns: Vec<String>,
    preamble: u64,
    rows: u64,
    width: u64,
    entries: u64,
    /// Every value stands there, and nothing else.
    dense: bool,
}

fn open(input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    Ok(Box::new(LineFile::open(input, begin)?))
}

/// Reads the header and the size.
fn begin(first: &str) -> Result<Matrix, (Spot, String)> {
    let at = |line: u64, problem: &str| (Spot { line, column: 1 }, problem.to_owned());
    let header = first.lines().next().unwrap_or("").to_ascii_lowercase();
    let words: Vec<&str> = header.split_whitespace().collect();
    let [_, "matrix", layout, field, symmetry] = words[..] else {
        return Err(at(
            1,
            "the header should be like \"%%MatrixMarket matrix coordinate real general\"",
        ));
    };
    let dense = layout == "array";
    if !dense && layout != "coordinate" {
        return Err(at(1, "the layout should be coordinate or array"));
    }
    if symmetry != "general" {
        return Err(at(
            1,
            "a symmetric matrix is none of users and items (write it as \"general\")",
        ));
    }
    let valued = match field {
        "real" | "integer" | "double" => true,
        "pattern" if !dense => false,
        _ => return Err(at(1, "the values should be real, integer or pattern")),
    };
    let sizes = (1u64..)
        .zip(first.lines())
        .find(|(_, l)| !l.starts_with('%') && !l.trim().is_empty());
    let Some((preamble, sizes)) = sizes else {
        return Err(at(2, "the size is missing (a line of rows, columns and entries)"));
    };
    let sizes: Option<Vec<u64>> = sizes.split_whitespace().map(|n| n.parse().ok()).collect();
    let (rows, width, entries) = match (sizes.as_deref(), dense) {
        (Some(&[rows, width, entries]), false) => (rows, width, entries),
        (Some(&[rows, width]), true) => (rows, width, rows.saturating_mul(width)),
        (_, false) => {
            return Err(at(
                preamble,
                "the size should be three whole numbers: rows, columns and entries",
            ));
        }
        (_, true) => return Err(at(preamble, "the size should be two whole numbers: rows and columns")),
    };
    let names = ["row", "column", "value"].iter().take(if valued { 3 } else { 2 });
    Ok(Matrix {
        columns: names.map(|&name| name.to_owned()).collect(),
        preamble,
        rows,
        width,
        entries,
        dense,
    })
}

impl Matrix {
    /// The value of a dense matrix: the line says where it belongs.
    fn read_value(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        let place = line.place(line.text.trim_start());
        let before = line.number.saturating_sub(self.preamble + 1);
        if before >= self.entries {
            let problem = format!("there are more lines than the {} values of the size", self.entries);
            return take.bad(place, problem);
        }
        let value = line.text.trim();
        if value.contains(char::is_whitespace) {
            return take.bad(place, "one value a line is expected".to_owned());
        }
        let (row, column) = (1 + before % self.rows, 1 + before / self.rows);
        let cell = |at| match at {
            0 => Cell::Integer(row as i64),
            1 => Cell::Integer(column as i64),
            _ => Cell::Text(value),
        };
        hand_over(wanted, cell, &|_| place, take)
    }
}

impl LineFormat for Matrix {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn preamble(&self) -> u64 {
        self.preamble
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        if self.dense {
            return self.read_value(line, wanted, take);
        }
        if line.text.starts_with('%') {
            return true;
        }
        let fields: Vec<&str> = line.text.split_whitespace().collect();
        let sizes = [(self.rows, "row"), (self.width, "column")];
        for (field, (size, what)) in fields.iter().zip(sizes) {
            if !field.parse().is_ok_and(|n: u64| (1..=size).contains(&n)) {
                return take.bad(
                    line.place(field),
                    format!("the {what} should be a whole number from 1 to {size}"),
                );
            }
        }
        line.hand_over_fields(&fields, self.columns.len(), wanted, take)
    }

    fn is_ordered(&self) -> bool {
        true
    }

    fn missing(&self, rows: u64) -> Option<String> {
        let wanted = self.entries;
        (rows != wanted)
            .then(|| format!("it has {rows} entries where its size says {wanted} (is the download complete?)"))
    }
}
