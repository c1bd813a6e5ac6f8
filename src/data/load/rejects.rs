use super::error::LoadError;
use super::parser::{KEPT_REJECTS, OPEN_QUOTE, too_long};
use super::records::{Fault, Place};
use super::rows::Counting;
use crate::data::{LoadReport, Reject};

/// What can be done about a bad row, where rows may be skipped at all.
pub(super) const SKIP: &str = " (use --lenient to skip such rows)";

/// How rows that cannot be used are treated, and where they are noted.
pub(super) struct Rejects<'a> {
    pub lenient: bool,
    /// What the numbers of a place count.
    pub counting: Counting,
    /// The file as errors name it, and as reports do.
    pub shown: &'a str,
    pub short: &'a str,
    pub report: &'a mut LoadReport,
}

/// What is wrong at a place of a file.
pub(super) fn error_at(file: String, counting: Counting, place: Place, problem: String) -> LoadError {
    let Place { line, column } = place;
    match counting {
        Counting::Lines => LoadError::At {
            file,
            line,
            column,
            problem,
        },
        Counting::Rows => LoadError::File {
            file,
            problem: format!("row {line}, column {column}: {problem}"),
        },
    }
}

impl Rejects<'_> {
    /// Notes a bad row, or makes it the error.
    pub fn note(&mut self, place: Place, reason: String) -> Result<(), LoadError> {
        let Place { line, column } = place;
        if !self.lenient {
            let problem = format!("{reason}{SKIP}");
            return Err(error_at(self.shown.to_owned(), self.counting, place, problem));
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
            Fault::Io(error) => Err(LoadError::reading(self.shown, &error)),
            Fault::OpenQuote(place) | Fault::StrayQuote(place) => self.note(place, OPEN_QUOTE.to_owned()),
            Fault::TooLong(place) => self.note(place, too_long()),
        }
    }
}
