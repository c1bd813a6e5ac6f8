//! The rows of a ratings file: the hot path, and what makes a row unusable.

use std::io::Read;
use std::sync::atomic::Ordering;

use super::columns::Columns;
use super::error::{LoadError, in_words, quoted};
use super::input::Input;
use super::interner::Interner;
use super::number::{LARGEST_RATING, parse_number, parse_rating, parse_time};
use super::records::{Fault, MAX_RECORD, Place, Records};
use crate::data::{DuplicatePolicy, LoadReport, RatingRows, Reject};
use crate::task::{Report, Task};

/// The rejects that are kept one by one; beyond them they are only counted.
const KEPT_REJECTS: usize = 1000;
/// Rows between two looks at the task: about a millisecond.
const ROWS_A_LOOK: u64 = 8192;

/// Ratings with dense indices, and the ids behind them.
#[derive(Debug, Default)]
pub(super) struct Ratings {
    pub users: Interner,
    pub items: Interner,
    pub rows: RatingRows,
    /// Where the item of each row stands; only kept where repeated pairs are an error.
    pub origins: Vec<(u32, u32)>,
}

/// What is the matter with a row: the field it is about (one past the last for a short row) and the sentence.
struct Bad {
    field: usize,
    reason: String,
}

/// How rows that cannot be used are treated, and where they are noted.
pub(super) struct Rejects<'a> {
    pub lenient: bool,
    /// The file as errors name it, and as reports do.
    pub shown: &'a str,
    pub short: &'a str,
    pub report: &'a mut LoadReport,
}

impl Rejects<'_> {
    /// Notes a bad row, or makes it the error.
    pub fn note(&mut self, place: Place, reason: String) -> Result<(), LoadError> {
        let Place { line, column } = place;
        if !self.lenient {
            return Err(LoadError::At {
                file: self.shown.to_owned(),
                line,
                column,
                problem: format!("{reason} (use --lenient to skip such rows)"),
            });
        }
        self.report.rejected_count += 1;
        if self.report.rejected.len() < KEPT_REJECTS {
            self.report.rejected.push(Reject {
                file: self.short.to_owned(),
                line,
                column,
                reason,
            });
        }
        Ok(())
    }

    /// Notes a place where the text itself is broken, or makes it the error.
    pub fn fault(&mut self, fault: Fault) -> Result<(), LoadError> {
        match fault {
            Fault::Io(error) => Err(LoadError::File {
                file: self.shown.to_owned(),
                problem: in_words(&error),
            }),
            Fault::OpenQuote(place) => self.note(place, "a quotation mark opens here and never closes".to_owned()),
            Fault::TooLong(place) => self.note(place, format!("the line is longer than {} MiB", MAX_RECORD >> 20)),
        }
    }
}

/// Why a record is no text, where it is none: the field and the sentence.
pub(super) fn broken_text<R: Read>(records: &Records<R>) -> Option<(usize, &'static str)> {
    if !records.is_unusual() {
        return None;
    }
    let first = |test: &dyn Fn(&[u8]) -> bool| (0..records.len()).find(|&i| test(records.field(i))).unwrap_or(0);
    if records.raw().contains(&0) {
        return Some((
            first(&|f| f.contains(&0)),
            "a NUL byte stands here, so that this is no text file",
        ));
    }
    if std::str::from_utf8(records.raw()).is_err() {
        let field = first(&|f| std::str::from_utf8(f).is_err());
        return Some((
            field,
            "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)",
        ));
    }
    None
}

/// Reads all rows. Progress is in bytes of the file, asked and told about once a millisecond.
pub(super) fn read<R: Read>(
    records: &mut Records<R>,
    columns: Columns,
    policy: DuplicatePolicy,
    input: &Input,
    rejects: &mut Rejects<'_>,
    task: &Task,
) -> Result<Ratings, LoadError> {
    let mut ratings = Ratings::default();
    let mut seen = 0u64;
    let needed = columns.needed();
    loop {
        match records.advance() {
            Ok(true) => {
                if let Err(bad) = ratings.push(records, columns, needed, policy) {
                    rejects.note(records.place(bad.field), bad.reason)?;
                }
            }
            Ok(false) => break,
            Err(fault) => rejects.fault(fault)?,
        }
        seen += 1;
        if seen.is_multiple_of(ROWS_A_LOOK) {
            task.cancel.check()?;
            let consumed = input.consumed.load(Ordering::Relaxed);
            task.progress
                .say(|| Report::of("reading ratings", consumed, input.total, "bytes").with("rows", seen as f64));
        }
    }
    task.cancel.check()?;
    rejects.report.rows_read = seen;
    Ok(ratings)
}

impl Ratings {
    /// Adds the current record. Nothing is added of a bad one, not even its ids.
    #[inline]
    fn push<R: Read>(
        &mut self,
        records: &Records<R>,
        columns: Columns,
        needed: usize,
        policy: DuplicatePolicy,
    ) -> Result<(), Bad> {
        if let Some((field, reason)) = broken_text(records) {
            return Err(Bad {
                field,
                reason: reason.to_owned(),
            });
        }
        if records.len() < needed {
            return Err(short_row(records.len(), needed));
        }
        let user = trimmed(records.field(columns.user));
        let item = trimmed(records.field(columns.item));
        for (id, field, what) in [(user, columns.user, "user"), (item, columns.item, "item")] {
            if id.is_empty() {
                return Err(Bad {
                    field,
                    reason: format!("the {what} is empty"),
                });
            }
        }
        let value = match columns.rating {
            Some(at) => parse_rating(records.field(at)).ok_or_else(|| bad_rating(at, records.field(at)))?,
            None => 1.0,
        };
        if let Some(at) = columns.time {
            let time = parse_time(records.field(at)).ok_or_else(|| bad_time(at, records.field(at)))?;
            self.rows.times.push(time);
        }
        // The record was found to be UTF-8 above.
        let not_text = |field| {
            move |_| Bad {
                field,
                reason: "the text is not UTF-8".to_owned(),
            }
        };
        let user = self.users.intern_bytes(user).map_err(not_text(columns.user))?;
        let item = self.items.intern_bytes(item).map_err(not_text(columns.item))?;
        self.rows.users.push(user);
        self.rows.items.push(item);
        self.rows.values.push(value);
        if policy == DuplicatePolicy::Error {
            let Place { line, column } = records.place(columns.item);
            self.origins.push((line as u32, column as u32));
        }
        Ok(())
    }
}

/// Without blanks around it; beyond ASCII only where the ends are.
#[inline]
pub(super) fn trimmed(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    match (field.first(), field.last()) {
        (Some(a), Some(b)) if *a < 0x80 && *a != 0x0b && *b < 0x80 && *b != 0x0b => field,
        _ => std::str::from_utf8(field).map_or(field, |text| text.trim().as_bytes()),
    }
}

#[cold]
fn short_row(fields: usize, needed: usize) -> Bad {
    let plural = if fields == 1 { "" } else { "s" };
    Bad {
        field: fields,
        reason: format!("the row has {fields} field{plural} where {needed} are needed"),
    }
}

#[cold]
fn bad_rating(field: usize, text: &[u8]) -> Bad {
    let text = text.trim_ascii();
    let what = if parse_number(text).is_some() {
        format!("is beyond ±{LARGEST_RATING:e}")
    } else if std::str::from_utf8(text).is_ok_and(|t| t.parse::<f64>().is_ok()) {
        "is not a finite number".to_owned()
    } else {
        "is not a number".to_owned()
    };
    Bad {
        field,
        reason: format!("rating {} {what}", quoted(text)),
    }
}

#[cold]
fn bad_time(field: usize, text: &[u8]) -> Bad {
    Bad {
        field,
        reason: format!(
            "time {} is neither seconds nor a date like 2024-05-31",
            quoted(text.trim_ascii())
        ),
    }
}
