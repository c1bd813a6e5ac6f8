//! What a file says of the meaning of its values, beside the values.

use super::columns::Columns;
use super::merge::Ratings;
use super::{LoadOptions, Loader};
use crate::data::{FeedbackClues, FeedbackKind, Zero};
use crate::task::thousands;

impl LoadOptions {
    /// Whether a column of values is left unread.
    pub(super) fn is_implicit(&self) -> bool {
        self.implicit || self.feedback == Some(FeedbackKind::Events)
    }
}

impl Loader<'_> {
    /// What is known once columns are; `names` as the file has them.
    pub(super) fn clues(&self, columns: Columns, names: Option<&[String]>) -> Result<FeedbackClues, String> {
        let kind = self.options.feedback;
        if let (Some(kind), None) = (kind.filter(|kind| !kind.is_countable()), columns.rating) {
            return Err(format!(
                "there is no column of {} (name it with --columns rating=…, or choose --feedback events or counts)",
                kind.name()
            ));
        }
        Ok(FeedbackClues {
            kind,
            zero: self.options.zero,
            implicit: columns.rating.is_none(),
            column: columns.rating.and_then(|at| names?.get(at).cloned()),
            items: names.and_then(|names| names.get(columns.item).cloned()),
        })
    }

    /// Leaves out what is no value, and says so.
    pub(super) fn leave_out_zeros(&mut self, ratings: &mut Ratings) {
        let left_out = match self.options.zero {
            Zero::Missing => ratings.leave_out_zeros(),
            Zero::Value => 0,
        };
        if left_out > 0 {
            let rows = thousands(left_out as u64);
            let sentence = format!("{rows} rows with the value 0 were left out: it says that there is none");
            self.report.note(sentence);
        }
    }
}
