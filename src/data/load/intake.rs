//! Ratings from files that are no delimited text: their cells go where the fields of a line go.

use std::str;

use super::columns::{Role, by_alias};
use super::error::{LoadError, quoted};
use super::formats::Plan;
use super::interner::Interner;
use super::merge::{Merger, Ratings};
use super::number::LARGEST_RATING;
use super::parser::{Manner, Parsed, Parser, ROWS_A_LOOK, bad_rating, trimmed};
use super::ratings::{Feed, read_parts};
use super::records::{Place, Separator, Syntax};
use super::rejects::Rejects;
use super::rows::{Cell, Counting, Piece, RowFile, Take};
use super::times::TimeForm;
use super::{Columns, Loader, findings};
use crate::data::{FeedbackClues, NO_TIME};
use crate::task::Task;

impl Loader<'_> {
    /// All ratings of an opened file of rows.
    pub(super) fn read_rows(
        &mut self,
        mut file: Box<dyn RowFile>,
        shown: &str,
        short: &str,
        plan: &Plan,
    ) -> Result<(Ratings, FeedbackClues), LoadError> {
        let names = file.columns().to_vec();
        let mut first_rows = file.sample();
        let header = !file.is_headless();
        if header {
            first_rows.insert(0, names.clone());
        }
        let said = header.then_some(&names[..]);
        let fail = |problem: String| LoadError::File {
            file: shown.to_owned(),
            problem,
        };
        if !file.is_ordered() {
            self.check_names(&names).map_err(fail)?;
        }
        if file.counting() == Counting::Rows {
            self.report.encoding.clear();
        }
        let columns = self.columns(header, &first_rows, plan).map_err(fail)?;
        if columns.needed() > names.len() {
            let known: Vec<String> = names.iter().take(12).map(|n| quoted(n.as_bytes())).collect();
            let needed = columns.needed();
            let problem = format!(
                "there is no column {needed} (the columns are {}; say --columns user=…,item=…)",
                known.join(", ")
            );
            return Err(fail(problem));
        }
        let clues = self.clues(columns, said).map_err(fail)?;
        let implicit = self.options.is_implicit();
        findings::note_columns(&mut self.report, columns, said, names.len(), implicit);
        file.want(&wanted(columns));
        let manner = Manner {
            // Nothing is cut here.
            syntax: Syntax::plain(Separator::Byte(b',')),
            columns,
            times: self.time_form(columns, &first_rows[usize::from(header)..]),
            policy: self.options.duplicates.unwrap_or_default(),
            lenient: self.options.lenient,
            quick: false,
        };
        let rejects = Rejects {
            lenient: self.options.lenient,
            counting: file.counting(),
            shown,
            short,
            report: &mut self.report,
        };
        let merger = Merger::new(rejects, self.task.pool.threads(), 0, file.progress().1);
        let (mut file, merger) = read_parts(file, merger, &manner, self.task);
        self.task.cancel.check()?;
        let ratings = merger.finish()?;
        if let Some(problem) = file.missing(self.report.rows_read) {
            return Err(fail(problem));
        }
        for remark in file.remarks() {
            self.report.note(format!("{short}: {remark}"));
        }
        Ok((ratings, clues))
    }
}

impl Loader<'_> {
    /// Without an order, columns are what their names say; one that says nothing is not guessed at.
    fn check_names(&self, names: &[String]) -> Result<(), String> {
        let map = self.options.columns.clone().unwrap_or_default();
        for (role, what, said) in [(Role::User, "user", map.user), (Role::Item, "item", map.item)] {
            if said.is_none() && by_alias(names, role).is_none() {
                let known: Vec<String> = names.iter().take(12).map(|n| quoted(n.as_bytes())).collect();
                let known = match known[..] {
                    [] => "there are none".to_owned(),
                    _ => format!("there are {}", known.join(", ")),
                };
                return Err(format!(
                    "no column is named like {what}s: say which it is with --columns {what}=… ({known})"
                ));
            }
        }
        Ok(())
    }
}

/// The columns of the roles that there are, in the order of [`Intake::take`].
fn wanted(columns: Columns) -> Vec<usize> {
    let optional = [columns.rating, columns.time];
    [columns.user, columns.item]
        .into_iter()
        .chain(optional.into_iter().flatten())
        .collect()
}

impl Feed for Box<dyn RowFile> {
    type Part = (Piece, u64);

    fn next(&mut self, _: Vec<u8>) -> Result<Option<Self::Part>, LoadError> {
        let piece = (**self).next()?;
        let consumed = self.progress().0;
        Ok(piece.map(|piece| (piece, consumed)))
    }

    fn read(parser: &mut Parser, (piece, consumed): Self::Part, task: &Task) -> Result<Parsed, LoadError> {
        parser.begin(0);
        let mut intake = Intake {
            parser,
            task,
            part: String::new(),
            scratch: String::new(),
            known: Default::default(),
            taken: 0,
        };
        piece(&mut intake)?;
        task.cancel.check()?;
        let mut parsed = parser.end(0);
        parsed.consumed = consumed;
        parsed.last = true;
        Ok(parsed)
    }
}

/// Hands rows to a parser.
struct Intake<'a> {
    parser: &'a mut Parser,
    task: &'a Task,
    /// The file of several in which the rows stand.
    part: String,
    scratch: String,
    /// What texts that have numbers were found to be: users, items.
    known: [Known; 2],
    taken: usize,
}

impl Take for Intake<'_> {
    fn row(&mut self, cells: &[Cell<'_>], place: &dyn Fn(usize) -> Place) -> bool {
        self.taken += 1;
        if self.taken.is_multiple_of(ROWS_A_LOOK) && self.task.cancel.is_cancelled() {
            return false;
        }
        if let Err((at, reason)) = self.take(cells, place) {
            return self.bad(place(at), reason);
        }
        self.parser.out.seen += 1;
        true
    }

    fn bad(&mut self, place: Place, reason: String) -> bool {
        self.parser.out.seen += 1;
        let reason = match self.part.as_str() {
            "" => reason,
            part => format!("in {part}: {reason}"),
        };
        self.parser.note(place, reason);
        !self.parser.ends_here()
    }

    fn part(&mut self, name: &str) {
        name.clone_into(&mut self.part);
    }
}

impl Intake<'_> {
    /// Adds a row: user, item, and the rating and time as far as there are columns of them.
    fn take(&mut self, cells: &[Cell<'_>], place: &dyn Fn(usize) -> Place) -> Result<(), (usize, String)> {
        let columns = self.parser.manner.columns;
        let [user, item, rest @ ..] = cells else {
            return Err((0, "the row has no user and item".to_owned()));
        };
        let time_at = 2 + usize::from(columns.rating.is_some());
        let value = match (columns.rating, rest.first()) {
            (Some(_), Some(cell)) => self.rating(*cell, || place(2)).map_err(|reason| (2, reason))?,
            _ => 1.0,
        };
        let time = match columns.time.and_then(|_| cells.get(time_at)) {
            Some(cell) => {
                let time = self.time(*cell, || place(time_at));
                Some(time.map_err(|reason| (time_at, reason))?)
            }
            None => None,
        };
        // Both are looked at before either gets a number: nothing is added of a bad row.
        let [users, items] = &mut self.known;
        let user_id = match users.find(*user) {
            Some(index) => Id::Known(index),
            None => id(*user, "user", &mut self.scratch).map_err(|reason| (0, reason))?,
        };
        let mut of_item = String::new();
        let item_id = match items.find(*item) {
            Some(index) => Id::Known(index),
            None => id(*item, "item", &mut of_item).map_err(|reason| (1, reason))?,
        };
        let user = users.learn(*user, number(&mut self.parser.users, user_id));
        let item = items.learn(*item, number(&mut self.parser.items, item_id));
        self.parser.accept(user, item, value, time, || place(1));
        Ok(())
    }

    fn rating(&mut self, cell: Cell<'_>, place: impl FnOnce() -> Place) -> Result<f64, String> {
        match cell {
            Cell::Integer(n) => Ok(n as f64),
            // No minus zero.
            Cell::Number(x) if x.abs() <= LARGEST_RATING => Ok(x + 0.0),
            Cell::Flag(flag) => Ok(f64::from(u8::from(flag))),
            Cell::Text(text) | Cell::Known { text, .. } => self.parser.rating(text.as_bytes(), place),
            Cell::Missing => Err("the rating is missing".to_owned()),
            other => Err(bad_rating(other.text().as_bytes())),
        }
    }

    /// A time with what lies above it in billionths.
    fn time(&mut self, cell: Cell<'_>, place: impl FnOnce() -> Place) -> Result<(i64, u32), String> {
        match cell {
            Cell::Integer(n) if self.parser.manner.times == TimeForm::Usual => Ok((n, 0)),
            Cell::Moment { seconds, nanos } => Ok((seconds, nanos)),
            Cell::Missing => Ok((NO_TIME, 0)),
            other => self.parser.time(other.text().as_bytes(), place),
        }
    }
}

/// The index of each text of a column that has a number, so that it is looked up once a piece.
#[derive(Default)]
struct Known(Vec<Option<u32>>);

impl Known {
    #[inline]
    fn find(&self, cell: Cell<'_>) -> Option<u32> {
        match cell {
            Cell::Known { number, .. } => self.0.get(number as usize).copied().flatten(),
            _ => None,
        }
    }

    #[inline]
    fn learn(&mut self, cell: Cell<'_>, index: u32) -> u32 {
        if let Cell::Known { number, .. } = cell {
            let at = number as usize;
            if self.0.len() <= at {
                self.0.resize((at + 1).next_power_of_two(), None);
            }
            self.0[at] = Some(index);
        }
        index
    }
}

/// An id on its way to its number.
enum Id<'a> {
    Whole(u32),
    Text(&'a str),
    /// It has its number already.
    Known(u32),
}

/// The id that a cell holds, as text has it; `scratch` is room for it.
fn id<'a>(cell: Cell<'a>, what: &str, scratch: &'a mut String) -> Result<Id<'a>, String> {
    let text = match cell {
        Cell::Integer(n) => {
            if let Ok(n) = u32::try_from(n) {
                return Ok(Id::Whole(n));
            }
            *scratch = n.to_string();
            scratch
        }
        Cell::Number(x) if !x.is_finite() || x.abs() >= EXACT => {
            return Err(format!(
                "the {what} {x} is a number that is not exact (store ids as text)"
            ));
        }
        Cell::Text(text) | Cell::Known { text, .. } => {
            let bytes = trimmed(text.as_bytes());
            // Mostly there is nothing to trim, and no need to look at the text again.
            if bytes.len() == text.len() {
                text
            } else {
                str::from_utf8(bytes).unwrap_or(text)
            }
        }
        other => {
            *scratch = other.text().into_owned();
            scratch
        }
    };
    if text.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    Ok(Id::Text(text))
}

/// Whole numbers from here on are not all exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[inline]
fn number(ids: &mut Interner, id: Id<'_>) -> u32 {
    match id {
        Id::Whole(n) => ids.intern_number(n),
        Id::Text(text) => ids.intern(text),
        Id::Known(index) => index,
    }
}
