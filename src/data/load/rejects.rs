use super::error::LoadError;
use super::parser::{KEPT_REJECTS, OPEN_QUOTE, too_long};
use super::records::{Fault, Place};
use super::rows::Counting;
use crate::data::{LoadReport, Reject};

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

impl Rejects<'_> {
    /// Notes a bad row, or makes it the error.
    pub fn note(&mut self, place: Place, reason: String) -> Result<(), LoadError> {
        let Place { line, column } = place;
        if !self.lenient {
            let (file, problem) = (
                self.shown.to_owned(),
                format!("{reason} (use --lenient to skip such rows)"),
            );
            return Err(match self.counting {
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
            Fault::Io(error) => Err(LoadError::reading(self.shown, &error)),
            Fault::OpenQuote(place) => self.note(place, OPEN_QUOTE.to_owned()),
            Fault::TooLong(place) => self.note(place, too_long()),
        }
    }
}
