//! Delimited text as rows of fields: a part of a table that stands in several files. One file alone takes the quicker road
//! of `ratings.rs`.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::parser::{OPEN_QUOTE, too_long};
use super::super::records::{Fault, Place as Spot, Records, Separator, Syntax};
use super::super::rows::{Cell, Piece, RowFile, Take, hand_over};
use super::super::sniff;
use super::How;

/// What all parts of a table have in common; the first that holds rows says it.
#[derive(Clone, Debug)]
pub(super) struct Form {
    syntax: Syntax,
    header: bool,
}

pub(super) struct TextRows {
    form: Form,
    shown: String,
    columns: Vec<String>,
    sample: Vec<Vec<String>>,
    wanted: Vec<usize>,
    /// Until it was handed over.
    records: Option<Records<Box<dyn Read + Send>>>,
    consumed: Arc<AtomicU64>,
    total: Option<u64>,
}

impl TextRows {
    /// The rows of `input`, told apart as `form` says, else as the content and `how` do; `None` where it is blank.
    pub fn open(input: Input, form: Option<&Form>, how: &How) -> Result<Option<Self>, LoadError> {
        let Input {
            name: shown,
            bytes,
            consumed,
            total,
            ..
        } = input;
        let comma = Syntax::of(Separator::Byte(b','));
        let mut records = Records::new(bytes, comma).map_err(|e| LoadError::reading(&shown, &e))?;
        if records.is_blank() {
            return Ok(None);
        }
        let fail = |problem: &str| LoadError::At {
            file: shown.clone(),
            line: 1,
            column: 1,
            problem: problem.to_owned(),
        };
        let syntax = match (form, &how.separator) {
            (Some(form), _) => form.syntax.clone(),
            (None, Some(separator)) => Syntax::with_quotes(separator.clone(), how.quote),
            (None, None) => {
                let separator = sniff::separator(records.sample());
                let separator = separator
                    .ok_or_else(|| fail("no separator makes columns of the rows (name it with --separator)"))?;
                Syntax::with_quotes(separator, how.quote)
            }
        };
        records.set_syntax(syntax.clone());
        let mut sample = sniff::split(records.sample(), &syntax);
        let header = form.map_or_else(
            || how.header.unwrap_or_else(|| sniff::has_header(&sample)),
            |form| form.header,
        );
        let columns = match sample.first() {
            Some(first) if header => first.clone(),
            first => (1..=first.map_or(0, Vec::len)).map(|n| n.to_string()).collect(),
        };
        if header {
            records.advance().map_err(|fault| match fault {
                Fault::Io(error) => LoadError::reading(&shown, &error),
                _ => fail("the header is broken"),
            })?;
            sample.drain(..sample.len().min(1));
        }
        Ok(Some(Self {
            form: Form { syntax, header },
            wanted: (0..columns.len()).collect(),
            shown,
            columns,
            sample,
            records: Some(records),
            consumed,
            total,
        }))
    }

    pub fn form(&self) -> &Form {
        &self.form
    }
}

impl RowFile for TextRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        self.sample.clone()
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
    }

    /// The file is one piece: several are read at once.
    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        let Some(mut records) = self.records.take() else {
            return Ok(None);
        };
        let (shown, wanted) = (self.shown.clone(), self.wanted.clone());
        let needed = wanted.iter().max().map_or(0, |last| last + 1);
        Ok(Some(Box::new(move |take| {
            while read_record(&mut records, &shown, &wanted, needed, take)? {}
            Ok(())
        })))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.total)
    }

    fn is_ordered(&self) -> bool {
        true
    }

    fn is_headless(&self) -> bool {
        !self.form.header
    }
}

/// Hands the next record over; whether more are wanted.
fn read_record(
    records: &mut Records<Box<dyn Read + Send>>,
    shown: &str,
    wanted: &[usize],
    needed: usize,
    take: &mut dyn Take,
) -> Result<bool, LoadError> {
    match records.advance() {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(Fault::Io(error)) => return Err(LoadError::reading(shown, &error)),
        Err(Fault::OpenQuote(place) | Fault::StrayQuote(place)) => return Ok(take.bad(place, OPEN_QUOTE.to_owned())),
        Err(Fault::TooLong(place)) => return Ok(take.bad(place, too_long())),
    }
    let has = records.len();
    if has < needed {
        let plural = if has == 1 { "" } else { "s" };
        let reason = format!("the row has {has} field{plural} where {needed} are needed");
        return Ok(take.bad(records.place(has), reason));
    }
    let mut texts = Vec::with_capacity(wanted.len());
    for &column in wanted {
        let Ok(text) = std::str::from_utf8(records.field(column)) else {
            let reason = "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)";
            return Ok(take.bad(records.place(column), reason.to_owned()));
        };
        texts.push(text.trim());
    }
    let place = |n: usize| -> Spot { records.place(wanted.get(n).copied().unwrap_or(0)) };
    // The fields are handed over in the order in which they are wanted.
    let inner: Vec<usize> = (0..texts.len()).collect();
    Ok(hand_over(&inner, |n| Cell::Text(texts[n]), &place, take))
}
