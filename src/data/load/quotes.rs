//! Fields in quotation marks that go over several lines: text, or rows swallowed by a mark that nobody meant?

use std::io::Read;

use super::columns::Columns;
use super::number::is_number;
use super::records::{Records, is_broken};
use super::times::is_time;

/// The field of the current record that cannot be meant to go over several lines: one of those that make a rating, or one
/// whose further lines are ratings themselves.
pub(super) fn swallowing<R: Read>(records: &Records<R>, columns: Columns) -> Option<usize> {
    let roles = [Some(columns.user), Some(columns.item), columns.rating, columns.time];
    let broken = roles.into_iter().flatten().filter(|&at| is_broken(records.field(at)));
    broken.min().or_else(|| {
        let swallowed = records.further_lines().iter().any(|line| is_rating(line, columns));
        swallowed.then(|| records.broken_field())?
    })
}

/// Whether a line is certainly a row of ratings: a number where there must be one, and ids without blanks.
fn is_rating(line: &[&[u8]], columns: Columns) -> bool {
    let is_id = |at: usize| line.get(at).is_some_and(|id| !id.is_empty() && !id.contains(&b' '));
    let fits = |at: Option<usize>, test: fn(&[u8]) -> bool| at.is_none_or(|at| line.get(at).is_some_and(|f| test(f)));
    columns.rating.or(columns.time).is_some()
        && is_id(columns.user)
        && is_id(columns.item)
        && fits(columns.rating, is_number)
        && fits(columns.time, is_time)
}
