//! Matrix Market, the exchange format for sparse matrices: `%%MatrixMarket matrix coordinate real general`, comments, the
//! size (`rows columns entries`), then an entry a line: row, column, and its value. Rows are users, columns items.

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::records::Place as Spot;
use super::super::rows::{RowFile, Take};
use super::{Format, Layout, Opening, nowhere};

pub(super) const FORMAT: Format = Format {
    name: "matrix-market",
    title: "Matrix Market",
    files: "`NAME.mtx` (coordinate): rows are users, columns items; `--columns user=column,item=row` turns it",
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
    if layout != "coordinate" {
        return Err(at(
            1,
            "only sparse matrices are read (\"coordinate\"; write the matrix as such, or as CSV)",
        ));
    }
    if symmetry != "general" {
        return Err(at(
            1,
            "a symmetric matrix is none of users and items (write it as \"general\")",
        ));
    }
    let valued = match field {
        "real" | "integer" | "double" => true,
        "pattern" => false,
        _ => return Err(at(1, "the values should be real, integer or pattern")),
    };
    let sizes = (1u64..)
        .zip(first.lines())
        .find(|(_, l)| !l.starts_with('%') && !l.trim().is_empty());
    let Some((preamble, sizes)) = sizes else {
        return Err(at(2, "the size is missing (a line of rows, columns and entries)"));
    };
    let sizes: Option<Vec<u64>> = sizes.split_whitespace().map(|n| n.parse().ok()).collect();
    let Some([rows, width, entries]) = sizes.as_deref() else {
        return Err(at(
            preamble,
            "the size should be three whole numbers: rows, columns and entries",
        ));
    };
    let names = ["row", "column", "value"].iter().take(if valued { 3 } else { 2 });
    Ok(Matrix {
        columns: names.map(|&name| name.to_owned()).collect(),
        preamble,
        rows: *rows,
        width: *width,
        entries: *entries,
    })
}

impl LineFormat for Matrix {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn preamble(&self) -> u64 {
        self.preamble
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
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
