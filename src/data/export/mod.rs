//! The other way round than `load`: a dataset as files that other programs read, and that read back to the same ratings,
//! in the same order.
//!
//! CSV and Parquet have a row a rating, with the columns `user`, `item`, `rating` and `timestamp` (seconds since 1970);
//! data that says only what happened has no rating, and data without times no timestamp. RecBole's atomic files have titles and
//! attributes, too, in files of their own.

mod csv_file;
mod parquet_file;
mod recbole;

use std::io::{self, Write};

use super::{Dataset, Ids};
use crate::task::Cancel;

pub use csv_file::{write_csv, write_csv_rows};
pub use parquet_file::write_parquet;
pub use recbole::{write_recbole_items, write_recbole_ratings, write_recbole_users};

/// Rows between two questions whether anybody still wants to know.
const ROWS_AT_ONCE: usize = 1 << 16;

/// The names of the columns that `data` has.
fn columns(data: &Dataset) -> Vec<&'static str> {
    let mut names = vec!["user", "item"];
    names.extend(has_values(data).then_some("rating"));
    names.extend(data.has_times().then_some("timestamp"));
    names
}

/// Whether a rating says more than that there is one.
fn has_values(data: &Dataset) -> bool {
    !data.is_implicit() || data.distinct_values() != [1.0]
}

/// Writes the rows that `keep` picks, fields between `separator`, each field made by `field`.
fn write_rows(
    data: &Dataset,
    separator: &str,
    keep: impl Fn(usize) -> bool,
    field: impl Fn(&str) -> String,
    to: &mut dyn Write,
    cancel: &Cancel,
) -> io::Result<()> {
    let has_values = has_values(data);
    for row in 0..data.n_ratings() {
        if row % ROWS_AT_ONCE == 0 {
            cancel.check().map_err(io::Error::other)?;
        }
        if !keep(row) {
            continue;
        }
        let (user, item, rating, time) = data.rating_in_file_order(row);
        write!(
            to,
            "{}{separator}{}",
            field(data.user_id(user)),
            field(data.item_id(item))
        )?;
        if has_values {
            write!(to, "{separator}{rating}")?;
        }
        if data.has_times() {
            let time = time.map_or_else(String::new, |time| time.to_string());
            write!(to, "{separator}{time}")?;
        }
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// Refuses ids that a text file would not give back: empty ones, and those with one of `forbidden` in them.
fn check_ids(data: &Dataset, forbidden: &[char]) -> io::Result<()> {
    for (what, ids) in [("user", data.user_ids()), ("item", data.item_ids())] {
        check(what, ids, forbidden)?;
        if ids.iter().any(str::is_empty) {
            return Err(io::Error::other(format!(
                "an {what} id is empty; Parquet (.parquet) can hold it"
            )));
        }
    }
    Ok(())
}

fn check(what: &str, texts: &Ids, forbidden: &[char]) -> io::Result<()> {
    match texts.iter().find(|text| text.contains(forbidden)) {
        Some(text) => Err(io::Error::other(format!(
            "the {what} \"{}\" holds a tab, a line break or a | that such a file cannot hold; Parquet (.parquet) can",
            text.escape_debug()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
