use std::io::{self, Write};

use super::{check_ids, columns, write_rows};
use crate::data::Dataset;
use crate::task::Cancel;

/// Writes all ratings as CSV, in the order of the file.
///
/// # Errors
/// Writing failed, an id holds a line break, or cancelled.
pub fn write_csv(data: &Dataset, to: &mut dyn Write, cancel: &Cancel) -> io::Result<()> {
    write_csv_rows(data, |_| true, to, cancel)
}

/// As [`write_csv`], only the rows that `keep` picks by their position in the order of the file.
///
/// # Errors
/// As those of [`write_csv`].
pub fn write_csv_rows(
    data: &Dataset,
    keep: impl Fn(usize) -> bool,
    to: &mut dyn Write,
    cancel: &Cancel,
) -> io::Result<()> {
    check_ids(data, &['\n', '\r'])?;
    writeln!(to, "{}", columns(data).join(","))?;
    write_rows(data, ",", keep, field, to, cancel)
}

/// A field, in quotation marks where it needs them.
fn field(text: &str) -> String {
    if text.contains([',', '"', ';', '\t', '|']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
