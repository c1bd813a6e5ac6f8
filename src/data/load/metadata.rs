//! Reading a file of metadata row by row: text in any encoding becomes text, broken rows are noted like those of ratings.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use encoding_rs::Encoding;

use super::catalog::Catalog;
use super::error::LoadError;
use super::input::{short_name, shown};
use super::records::{Place, Quote, Records, Syntax, is_broken};
use super::rejects::Rejects;
use super::rows::{Counting, Opened, TextRows};
use super::sniff;
use crate::data::{LoadOptions, LoadReport};
use crate::task::Task;

/// What is known of items and of users.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogs {
    pub items: Catalog,
    pub users: Catalog,
    /// Which item an entity of a graph is.
    pub entities: HashMap<String, usize>,
}

impl Catalogs {
    /// Whether as many items and users are described.
    pub fn is_like(&self, other: &Self) -> bool {
        self.items.described() == other.items.described() && self.users.described() == other.users.described()
    }
}

/// Takes what a file says into the catalogs.
pub(super) type MetadataReader = fn(&mut MetadataFile<'_>, &mut Catalogs) -> Result<(), LoadError>;

pub(super) struct MetadataFile<'a> {
    rows: Rows,
    shown: String,
    pub short: String,
    lenient: bool,
    quote: Option<Quote>,
    encoding: Option<&'static Encoding>,
    report: &'a mut LoadReport,
    task: &'a Task,
    other_encoding: u64,
}

/// What rows are taken from.
enum Rows {
    Text(Records<Box<dyn Read + Send>>),
    Cells(TextRows),
}

/// One row: its fields as trimmed text.
pub(super) type TextRow = Vec<String>;

impl<'a> MetadataFile<'a> {
    /// The content of `path`; the encoding is for rows that are not UTF-8, ISO-8859-1 where it is not given.
    pub fn open(
        path: &Path,
        opened: Opened,
        options: &LoadOptions,
        encoding: Option<&'static Encoding>,
        report: &'a mut LoadReport,
        task: &'a Task,
    ) -> Result<Self, LoadError> {
        let (shown, short) = (shown(path), short_name(path));
        let file = match opened {
            Opened::Text(input) => return Self::from_bytes(input.bytes, shown, short, options, encoding, report, task),
            Opened::Rows(_, _, file) => file,
        };
        report.files.push(short.clone());
        Ok(Self {
            rows: Rows::Cells(TextRows::of(file)),
            shown,
            short,
            lenient: options.lenient,
            quote: options.quote,
            encoding,
            report,
            task,
            other_encoding: 0,
        })
    }

    /// As [`MetadataFile::open`] for bytes from elsewhere.
    pub fn from_bytes(
        bytes: Box<dyn Read + Send>,
        shown: String,
        short: String,
        options: &LoadOptions,
        encoding: Option<&'static Encoding>,
        report: &'a mut LoadReport,
        task: &'a Task,
    ) -> Result<Self, LoadError> {
        let comma = Syntax::of(super::records::Separator::Byte(b','));
        let records = Records::new(bytes, comma).map_err(|e| LoadError::reading(&shown, &e))?;
        report.files.push(short.clone());
        Ok(Self {
            rows: Rows::Text(records),
            shown,
            short,
            lenient: options.lenient,
            quote: options.quote,
            encoding,
            report,
            task,
            other_encoding: 0,
        })
    }

    /// Fixes how fields are told apart.
    pub fn set_syntax(&mut self, syntax: Syntax) {
        if let Rows::Text(records) = &mut self.rows {
            records.set_syntax(syntax);
        }
    }

    /// Finds the separator by the content, with a comma where nothing speaks for another.
    pub fn sniff_syntax(&mut self) {
        if let Rows::Text(records) = &mut self.rows
            && let Some(separator) = sniff::separator(records.sample())
        {
            records.set_syntax(Syntax::with_quotes(separator, self.quote));
        }
    }

    /// A sentence for the report.
    pub fn remark(&mut self, sentence: impl std::fmt::Display) {
        self.report.note(format!("{}: {sentence}", self.short));
    }

    /// The next row that can be used, `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<TextRow>, LoadError> {
        loop {
            let next = match &mut self.rows {
                Rows::Text(_) => self.next_of_text()?,
                Rows::Cells(_) => self.next_of_cells()?,
            };
            match next {
                Step::Row(row) => return Ok(Some(row)),
                Step::Broken => {}
                Step::End => {
                    self.close();
                    return Ok(None);
                }
            }
        }
    }

    fn next_of_text(&mut self) -> Result<Step, LoadError> {
        let Rows::Text(records) = &mut self.rows else {
            return Ok(Step::End);
        };
        match records.advance() {
            Ok(false) => Ok(Step::End),
            Ok(true) if records.is_unusual() && records.raw().contains(&0) => {
                let field = (0..records.len()).find(|&i| records.field(i).contains(&0));
                let reason = "a NUL byte stands here, so that this is no text file";
                self.reject(field.unwrap_or(0), reason)?;
                Ok(Step::Broken)
            }
            Ok(true) => {
                if records.begins_at_line().is_multiple_of(4096) {
                    self.task.cancel.check()?;
                }
                let mut row = TextRow::with_capacity(records.len());
                for i in 0..records.len() {
                    row.push(text(records.field(i), self.encoding, &mut self.other_encoding));
                }
                Ok(Step::Row(row))
            }
            Err(fault) => {
                self.rejects().fault(fault)?;
                Ok(Step::Broken)
            }
        }
    }

    fn next_of_cells(&mut self) -> Result<Step, LoadError> {
        let Rows::Cells(rows) = &mut self.rows else {
            return Ok(Step::End);
        };
        self.task.cancel.check()?;
        match rows.next()? {
            None => Ok(Step::End),
            Some(Ok(row)) => Ok(Step::Row(row)),
            Some(Err((place, reason))) => {
                self.rejects().note(place, reason)?;
                Ok(Step::Broken)
            }
        }
    }

    /// The text of the current row from `field` on, separators included.
    pub fn rest_of_row(&mut self, field: usize) -> String {
        let rest = match &self.rows {
            Rows::Text(records) => records.rest(field),
            Rows::Cells(_) => Vec::new(),
        };
        text(&rest, self.encoding, &mut self.other_encoding)
    }

    /// Whether a quotation mark of the current row encloses what is not meant to be text: its id goes over several lines,
    /// or a further line is a row of its own, with a known id and as many fields. Then the row is noted, or the error, and
    /// reading goes on with the line behind its first.
    pub fn refuse_swallowed(
        &mut self,
        id: usize,
        width: usize,
        is_known: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, LoadError> {
        let Rows::Text(records) = &mut self.rows else {
            return Ok(false);
        };
        if !records.has_line_breaks() {
            return Ok(false);
        }
        let own = is_broken(records.field(id)).then_some(id);
        let is_row = |line: &Vec<&[u8]>| line.len() >= width && line.get(id).is_some_and(|id| is_known(id));
        let swallowed = || records.further_lines().iter().any(is_row);
        let field = own.or_else(|| swallowed().then(|| records.broken_field())?);
        let Some(field) = field else { return Ok(false) };
        let fault = records.give_up_field(field);
        self.rejects().fault(fault)?;
        Ok(true)
    }

    /// Notes the current row as unusable at `field`, or makes it the error.
    pub fn reject(&mut self, field: usize, reason: &str) -> Result<(), LoadError> {
        let place: Place = match &self.rows {
            Rows::Text(records) => records.place(field),
            Rows::Cells(rows) => rows.place(field),
        };
        self.rejects().note(place, reason.to_owned())
    }

    fn rejects(&mut self) -> Rejects<'_> {
        Rejects {
            lenient: self.lenient,
            counting: match &self.rows {
                Rows::Text(_) => Counting::Lines,
                Rows::Cells(rows) => rows.counting(),
            },
            shown: &self.shown,
            short: &self.short,
            report: self.report,
        }
    }

    fn close(&mut self) {
        if let Rows::Cells(rows) = &mut self.rows {
            rows.remarks().into_iter().for_each(|remark| self.remark(remark));
        }
        if std::mem::take(&mut self.other_encoding) > 0 {
            let name = self.encoding.map_or("ISO-8859-1".to_owned(), |e| e.name().to_owned());
            self.remark(format_args!("not UTF-8, read as {name}"));
        }
    }
}

/// What came of looking for the next row.
enum Step {
    Row(TextRow),
    Broken,
    End,
}

fn text(field: &[u8], encoding: Option<&'static Encoding>, other: &mut u64) -> String {
    if let Ok(text) = std::str::from_utf8(field) {
        return text.trim().to_owned();
    }
    *other += 1;
    let decoded = match encoding {
        Some(encoding) => encoding.decode_without_bom_handling(field).0,
        None => encoding_rs::mem::decode_latin1(field),
    };
    decoded.trim().to_owned()
}
