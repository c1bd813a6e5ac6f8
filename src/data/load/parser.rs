//! Records of a block become ratings with the block's own small numbers for ids and values: what several threads do at
//! once. `merge` gives them their numbers in the dataset.

use std::io::{self, Read};

use super::blocks::Block;
use super::columns::Columns;
use super::error::quoted;
use super::evidence::Evidence;
use super::interner::Interner;
use super::number::{LARGEST_RATING, parse_comma, parse_number, parse_rating};
use super::quick::{Field, QuickRow, QuickRows};
use super::quotes::swallowing;
use super::records::{Fault, MAX_RECORD, Place, Records, Syntax};
use super::times::{TimeForm, is_missing};
use crate::data::compact::CompactValues;
use crate::data::storage::Recent;
use crate::data::{DuplicatePolicy, NO_TIME};
use crate::task::{Cancel, Cancelled};

/// The rejects that are kept one by one; beyond them they are only counted.
pub(super) const KEPT_REJECTS: usize = 1000;
/// Rows between two looks at the task: less than a millisecond.
pub(super) const ROWS_A_LOOK: usize = 8192;
/// Most usual rows taken together.
const SOME: usize = 64;

/// How the rows of a file are read.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub syntax: Syntax,
    pub columns: Columns,
    pub times: TimeForm,
    pub policy: DuplicatePolicy,
    pub lenient: bool,
    /// Usual rows take the quick road.
    pub quick: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Bad {
    pub place: Place,
    pub reason: String,
}

/// What was read of a block. Lines count from the block's first, which is 1; ids and values have the parser's numbers.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub parser: usize,
    pub users: Vec<u32>,
    pub items: Vec<u32>,
    pub values: ParsedValues,
    /// Empty where there is no column of times.
    pub times: Vec<i64>,
    /// What lies above them, in billionths; no longer than up to the last that has something.
    pub fractions: Vec<u32>,
    pub evidence: Evidence,
    /// Where the item of each row stands; only where repeated pairs are an error.
    pub origins: Vec<(u32, u32)>,
    /// Rows read, bad ones included.
    pub seen: u64,
    pub lines: u64,
    /// The first bad rows, and how many there are in all. Where they are errors, reading ended at the first.
    pub bad: Vec<Bad>,
    pub bad_count: u64,
    /// What the parser met for the first time.
    pub new_users: Vec<String>,
    pub new_items: Vec<String>,
    pub new_values: Vec<f64>,
    /// The block's bytes, for another use.
    pub buffer: Vec<u8>,
    pub filled: usize,
    /// Where a record begins whose end must stand in a later block.
    pub open_at: Option<usize>,
    pub last: bool,
    /// How far the file had been read.
    pub consumed: u64,
}

/// Codes into the parser's table of values; the values themselves where those are too many.
#[derive(Debug)]
pub(super) enum ParsedValues {
    Codes(Vec<u16>),
    Exact(Vec<f64>),
}

impl Default for ParsedValues {
    fn default() -> Self {
        Self::Codes(Vec::new())
    }
}

/// Reads blocks, one at a time, and remembers the ids and values that it has met.
pub(super) struct Parser {
    number: usize,
    pub(super) manner: Manner,
    needed: usize,
    quick: Option<QuickRows>,
    some: Vec<QuickRow>,
    pub(super) users: Interner,
    pub(super) items: Interner,
    values: CompactValues,
    /// The ratings met lately, by their text.
    words: Recent<(f64, u16)>,
    /// The codes of the ratings met lately, by their bits.
    codes: Recent<u16>,
    /// The last user by its key, and its number: consecutive rows mostly share it.
    last_user: (u64, u32),
    /// How many users, items and values have been handed on.
    told: (usize, usize, usize),
    pub(super) out: Parsed,
}

impl Parser {
    pub fn new(number: usize, manner: &Manner) -> Self {
        let quick = QuickRows::new(&manner.syntax, manner.columns);
        Self {
            number,
            needed: manner.columns.needed(),
            quick: quick.filter(|_| manner.quick && manner.times == TimeForm::Usual),
            some: vec![QuickRow::default(); SOME],
            manner: manner.clone(),
            users: Interner::default(),
            items: Interner::default(),
            values: CompactValues::default(),
            words: Recent::default(),
            codes: Recent::default(),
            last_user: (0, 0),
            told: (0, 0, 0),
            out: Parsed::default(),
        }
    }

    /// Reads a block whose first line begins a record.
    pub fn read_block(&mut self, block: Block, cancel: &Cancel) -> Result<Parsed, Cancelled> {
        self.begin(block.filled);
        let mut records = Records::of(block.buffer, block.filled, self.manner.syntax.clone());
        let mut looked = 0;
        loop {
            if self.out.users.len() >= looked {
                cancel.check()?;
                looked = self.out.users.len() + ROWS_A_LOOK;
            }
            self.take_usual(&mut records, looked);
            match records.advance() {
                Ok(true) => self.take_or_note(&mut records),
                Ok(false) => break,
                Err(Fault::OpenQuote(_)) if !block.last && records.length_ahead() <= MAX_RECORD => {
                    self.out.open_at = Some(records.record_start());
                    break;
                }
                Err(fault) => self.note_fault(fault),
            }
            if self.ends_here() {
                break;
            }
        }
        let lines = match self.out.open_at {
            Some(_) => records.begins_at_line(),
            None => records.line(),
        };
        let mut parsed = self.end(lines - 1);
        parsed.buffer = records.into_buffer();
        parsed.filled = block.filled;
        parsed.last = block.last;
        parsed.consumed = block.consumed;
        Ok(parsed)
    }

    /// Reads on from any records, about [`ROWS_A_LOOK`] rows at a time; `None` behind the last.
    pub fn read_some<R: Read>(&mut self, records: &mut Records<R>) -> io::Result<Option<Parsed>> {
        self.begin(0);
        let first_line = records.line();
        let mut ended = false;
        while (self.out.seen as usize) < ROWS_A_LOOK && !ended && !self.ends_here() {
            match records.advance() {
                Ok(true) => self.take_or_note(records),
                Ok(false) => ended = true,
                Err(Fault::Io(error)) => return Err(error),
                Err(fault) => self.note_fault(fault),
            }
        }
        let nothing = ended && self.out.seen == 0;
        let mut parsed = self.end(records.line() - first_line);
        // Here lines were counted from the beginning of the file.
        let relative = |line: u64| 1 + line - first_line;
        for bad in &mut parsed.bad {
            bad.place.line = relative(bad.place.line);
        }
        parsed.evidence.count_from(first_line);
        for origin in &mut parsed.origins {
            origin.0 = relative(u64::from(origin.0)) as u32;
        }
        Ok((!nothing).then_some(parsed))
    }

    pub(super) fn begin(&mut self, bytes: usize) {
        let rows = bytes / 16;
        self.out = Parsed {
            parser: self.number,
            users: Vec::with_capacity(rows),
            items: Vec::with_capacity(rows),
            values: match self.values.code(1.0) {
                Some(_) => ParsedValues::Codes(Vec::with_capacity(rows)),
                None => ParsedValues::Exact(Vec::new()),
            },
            times: Vec::with_capacity(if self.manner.columns.time.is_some() { rows } else { 0 }),
            ..Parsed::default()
        };
    }

    pub(super) fn end(&mut self, lines: u64) -> Parsed {
        let mut out = std::mem::take(&mut self.out);
        let text = |ids: &Interner, from: usize| (from..ids.len()).map(|i| ids.get(i as u32).to_owned()).collect();
        out.lines = lines;
        out.new_users = text(&self.users, self.told.0);
        out.new_items = text(&self.items, self.told.1);
        out.new_values = self.values.table[self.told.2..].to_vec();
        self.told = (self.users.len(), self.items.len(), self.values.table.len());
        out
    }

    /// Where bad rows are errors, nothing behind the first one matters.
    pub(super) fn ends_here(&self) -> bool {
        self.out.bad_count > 0 && !self.manner.lenient
    }

    /// Takes the usual rows ahead, until there are about `enough` rows or one is not usual.
    fn take_usual<R: Read>(&mut self, records: &mut Records<R>, enough: usize) {
        let Some(quick) = self.quick.take() else { return };
        let mut some = std::mem::take(&mut self.some);
        let (bytes, begin) = records.ahead();
        let (mut at, mut lines) = (begin, 0);
        // More at a time while all are taken, so that little is read again where many are not.
        let mut most = 1;
        while self.out.users.len() < enough {
            let (mut n, mut next, mut length) = (0, at, 0);
            while n < most && quick.read(bytes, next, length, &mut some[n]).is_some() {
                length = some[n].next - next;
                next = some[n].next;
                n += 1;
            }
            let taken = self.take_quick(bytes, at, &some[..n], records.line() + lines);
            at = some[..taken].last().map_or(at, |row| row.next);
            lines += taken as u64;
            if taken < most {
                break;
            }
            most = SOME.min(2 * most);
        }
        records.pass(at, lines);
        self.out.seen += lines;
        (self.quick, self.some) = (Some(quick), some);
    }

    /// Adds rows, the first of which begins at `begin`, up to one whose rating takes a closer look; returns how many. Column by
    /// column: what one row looks up need not wait for the row before.
    fn take_quick(&mut self, bytes: &[u8], begin: usize, rows: &[QuickRow], line: u64) -> usize {
        let mut values = [(0.0, 0); SOME];
        let mut n = 0;
        for (row, value) in rows.iter().zip(&mut values) {
            let word = row.rating;
            let known = if word == 0 {
                Some((1.0, 0))
            } else {
                self.words.get(word).or_else(|| self.learn(word))
            };
            let Some(known) = known else { break };
            *value = known;
            n += 1;
        }
        let (rows, values) = (&rows[..n], &values[..n]);
        let Self {
            out,
            users,
            items,
            last_user,
            manner,
            ..
        } = self;
        out.users.extend(rows.iter().map(|row| {
            let key = row.user.word;
            if key == 0 || key != last_user.0 {
                *last_user = (key, number(users, bytes, row.user));
            }
            last_user.1
        }));
        out.items.extend(rows.iter().map(|row| number(items, bytes, row.item)));
        match &mut out.values {
            ParsedValues::Codes(codes) => codes.extend(values.iter().map(|value| value.1)),
            ParsedValues::Exact(exact) => exact.extend(values.iter().map(|value| value.0)),
        }
        if manner.columns.time.is_some() {
            out.times.extend(rows.iter().map(|row| row.time));
        }
        if manner.policy == DuplicatePolicy::Error {
            let begins = std::iter::once(begin).chain(rows.iter().map(|row| row.next));
            let places = (line..).zip(rows.iter().zip(begins));
            out.origins
                .extend(places.map(|(line, (row, begin))| (line as u32, (row.item_at - begin + 1) as u32)));
        }
        n
    }

    /// The value and code of a rating that was not met lately.
    #[cold]
    fn learn(&mut self, word: u64) -> Option<(f64, u16)> {
        let bytes = word.to_le_bytes();
        let length = bytes.iter().position(|b| *b == 0).unwrap_or(8);
        let value = parse_rating(&bytes[..length])?;
        let known = (value, self.code(value));
        self.words.put(word, known);
        Some(known)
    }

    /// The code of a value; where there are no more codes, those of the block become the values themselves.
    fn code(&mut self, value: f64) -> u16 {
        let code = self.values.code(value);
        if code.is_none()
            && let ParsedValues::Codes(codes) = &self.out.values
        {
            let values = codes.iter().map(|&c| self.values.table[c as usize]);
            self.out.values = ParsedValues::Exact(values.collect());
        }
        code.unwrap_or(0)
    }

    // Apart from the quick road, which is the faster for it.
    #[inline(never)]
    fn take_or_note<R: Read>(&mut self, records: &mut Records<R>) {
        if records.has_line_breaks()
            && let Some(field) = swallowing(records, self.manner.columns)
        {
            let fault = records.give_up_field(field);
            return self.note_fault(fault);
        }
        self.out.seen += 1;
        if let Err((field, reason)) = self.take(records) {
            self.note(records.place(field), reason);
        }
    }

    fn note_fault(&mut self, fault: Fault) {
        self.out.seen += 1;
        match fault {
            // The bytes are all here.
            Fault::Io(_) => {}
            Fault::OpenQuote(place) | Fault::StrayQuote(place) => self.note(place, OPEN_QUOTE.to_owned()),
            Fault::TooLong(place) => self.note(place, too_long()),
        }
    }

    pub(super) fn note(&mut self, place: Place, reason: String) {
        self.out.bad_count += 1;
        if self.out.bad.len() < KEPT_REJECTS {
            self.out.bad.push(Bad { place, reason });
        }
    }

    /// Adds the current record. Nothing is added of a bad one.
    fn take<R: Read>(&mut self, records: &Records<R>) -> Result<(), (usize, String)> {
        let columns = self.manner.columns;
        if let Some((field, reason)) = broken_text(records) {
            return Err((field, reason.to_owned()));
        }
        if records.len() < self.needed {
            return Err(short_row(records.len(), self.needed));
        }
        let user = trimmed(records.field(columns.user));
        let item = trimmed(records.field(columns.item));
        for (id, field, what) in [(user, columns.user, "user"), (item, columns.item, "item")] {
            if id.is_empty() {
                return Err((field, format!("the {what} is empty")));
            }
        }
        let at_field = |at: usize| move |reason: String| (at, reason);
        let value = match columns.rating {
            Some(at) => self
                .rating(records.field(at), || records.place(at))
                .map_err(at_field(at))?,
            None => 1.0,
        };
        let time = match columns.time {
            Some(at) => Some(
                self.time(records.field(at), || records.place(at))
                    .map_err(at_field(at))?,
            ),
            None => None,
        };
        // The record was found to be UTF-8 above.
        let not_text = |field| move |_| (field, "the text is not UTF-8".to_owned());
        let user = self.users.intern_bytes(user).map_err(not_text(columns.user))?;
        let item = self.items.intern_bytes(item).map_err(not_text(columns.item))?;
        self.accept(user, item, value, time, || records.place(columns.item));
        Ok(())
    }

    /// Adds a row, its time with what lies above it in billionths; `place` says where its item stands.
    pub(super) fn accept(
        &mut self,
        user: u32,
        item: u32,
        value: f64,
        time: Option<(i64, u32)>,
        place: impl FnOnce() -> Place,
    ) {
        self.out.users.push(user);
        self.out.items.push(item);
        let bits = value.to_bits();
        let code = self.codes.get(bits).unwrap_or_else(|| {
            let code = self.code(value);
            self.codes.put(bits, code);
            code
        });
        match &mut self.out.values {
            ParsedValues::Codes(codes) => codes.push(code),
            ParsedValues::Exact(values) => values.push(value),
        }
        if let Some((whole, billionths)) = time {
            if billionths > 0 {
                self.out.fractions.resize(self.out.times.len(), 0);
                self.out.fractions.push(billionths);
            }
            self.out.times.push(whole);
        }
        if self.manner.policy == DuplicatePolicy::Error {
            let Place { line, column } = place();
            self.out.origins.push((line as u32, column as u32));
        }
    }

    /// A rating, with commas where a column has such; or why it is none.
    pub(super) fn rating(&mut self, field: &[u8], place: impl FnOnce() -> Place) -> Result<f64, String> {
        if let Some(value) = parse_rating(field) {
            return Ok(value);
        }
        let (value, comma) = parse_comma(field).ok_or_else(|| bad_rating(field))?;
        self.out.evidence.note_comma(comma, self.out.users.len(), place());
        Ok(value)
    }

    /// A time and what lies above it, in billionths; or why it is none.
    pub(super) fn time(&mut self, field: &[u8], place: impl FnOnce() -> Place) -> Result<(i64, u32), String> {
        if is_missing(field) {
            return Ok((NO_TIME, 0));
        }
        let form = &self.manner.times;
        let time = form.read(field).ok_or_else(|| form.complaint(field))?;
        self.out.evidence.note_time(time, field, place);
        Ok((time.whole, time.billionths))
    }
}

#[inline]
fn number(ids: &mut Interner, bytes: &[u8], field: Field) -> u32 {
    if field.word != 0 {
        return ids.intern_key(field.word);
    }
    // The quick reader takes only ASCII.
    std::str::from_utf8(&bytes[field.start..field.end]).map_or(0, |id| ids.intern(id))
}

/// What is said of a quotation mark without a counterpart.
pub(super) const OPEN_QUOTE: &str =
    "a quotation mark opens here and never closes; where marks are text, say --quote none";

/// What is said of an endless line.
pub(super) fn too_long() -> String {
    format!("the line is longer than {} MiB", MAX_RECORD >> 20)
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
fn short_row(fields: usize, needed: usize) -> (usize, String) {
    let plural = if fields == 1 { "" } else { "s" };
    (
        fields,
        format!("the row has {fields} field{plural} where {needed} are needed"),
    )
}

#[cold]
pub(super) fn bad_rating(text: &[u8]) -> String {
    let text = text.trim_ascii();
    let what = if parse_number(text).is_some() {
        format!("is beyond ±{LARGEST_RATING:e}")
    } else if std::str::from_utf8(text).is_ok_and(|t| t.parse::<f64>().is_ok()) {
        "is not a finite number".to_owned()
    } else if text.len() > 2 && text.starts_with(b"\"") && text.ends_with(b"\"") {
        "is not a number; say --quote double where marks enclose fields".to_owned()
    } else {
        "is not a number".to_owned()
    };
    format!("rating {} {what}", quoted(text))
}
