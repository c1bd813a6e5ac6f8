//! Bytes become records of fields, in blocks and without an allocation a row.
//!
//! Lines without quotation marks take a road of one comparison a byte. Quoted fields follow the csv crate's rules: a
//! mark opens a field only at its beginning, a doubled mark is one mark, a line break within marks is text, empty lines
//! are skipped. Unlike there, `\"` within marks is a mark too (a backslash before it is no escape where another backslash
//! escapes that), a mark still open at the end is an error, and so is one whose closing mark is followed by anything but
//! blanks: it was never meant to open. Lines are counted by what ends them: `\n`, `\r\n` or a lone `\r`.

use std::io::{self, Read};

pub(super) use super::syntax::{Quote, Separator, Syntax};

/// Makes a buffer at least `least` bytes long, and as a rule longer, but no longer than `most`: one for a small file is small.
pub(super) fn grow(buffer: &mut Vec<u8>, least: usize, most: usize) {
    const FIRST: usize = 1 << 13;
    if buffer.len() < least {
        buffer.resize(least.next_power_of_two().clamp(FIRST.min(most), most.max(least)), 0);
    }
}

/// Where something stands: line and character, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

/// Why there is no next record.
#[derive(Debug)]
pub(super) enum Fault {
    /// The end of the bytes comes before the closing mark.
    OpenQuote(Place),
    /// The mark is closed by one that does not end the field.
    StrayQuote(Place),
    TooLong(Place),
    Io(io::Error),
}

/// The longest record that is read, in bytes; memory stays bounded whatever the file.
pub(super) const MAX_RECORD: usize = 1 << 20;
const BLOCK: usize = 1 << 18;

impl Records<io::Empty> {
    /// The records of the first `filled` bytes of `buffer` alone, the first of them on line 1.
    pub fn of(buffer: Vec<u8>, filled: usize, syntax: Syntax) -> Self {
        let mut records = Self::unread(io::empty(), syntax, 0);
        records.filled = filled.min(buffer.len());
        records.buffer = buffer;
        records.ended = true;
        // Looking is left to whoever reads a record.
        records.unusual = true;
        records
    }

    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// How a look for the end of a record ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scan {
    Whole,
    /// More bytes are needed.
    More,
    StrayQuote,
}

/// A reader of records; the current one is looked at through [`Records::field`].
pub(super) struct Records<R> {
    reader: R,
    syntax: Syntax,
    block: usize,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    ended: bool,
    /// The line on which the next record begins.
    line: u64,
    fields: Vec<(u32, u32)>,
    /// Where the current record stands in the buffer.
    start: usize,
    end: usize,
    record_line: u64,
    /// Only for records with quotes: the unquoted text, the place of each field, and of the end.
    unquoted: Vec<u8>,
    places: Vec<Place>,
    in_quotes: bool,
    /// The buffer holds bytes other than plain ASCII text.
    unusual: bool,
}

impl<R: Read> Records<R> {
    /// Reads the first block, so that [`Records::sample`] has something to show.
    pub fn new(reader: R, syntax: Syntax) -> io::Result<Self> {
        Self::with_block(reader, syntax, BLOCK)
    }

    /// Goes on with `reader` at line `line` of a file.
    pub fn resume(reader: R, syntax: Syntax, line: u64) -> io::Result<Self> {
        let mut records = Self::new(reader, syntax)?;
        records.line = line;
        Ok(records)
    }

    /// As [`Records::new`], reading `block` bytes at a time.
    fn with_block(reader: R, syntax: Syntax, block: usize) -> io::Result<Self> {
        let mut records = Self::unread(reader, syntax, block);
        records.refill()?;
        Ok(records)
    }

    fn unread(reader: R, syntax: Syntax, block: usize) -> Self {
        Self {
            reader,
            syntax,
            block,
            buffer: Vec::new(),
            at: 0,
            filled: 0,
            ended: false,
            line: 1,
            fields: Vec::new(),
            start: 0,
            end: 0,
            record_line: 1,
            unquoted: Vec::new(),
            places: Vec::new(),
            in_quotes: false,
            unusual: false,
        }
    }

    /// The bytes that are next, up to the last whole line of them.
    pub fn sample(&self) -> &[u8] {
        let ready = &self.buffer[self.at..self.filled];
        if self.ended {
            return ready;
        }
        let whole = ready
            .iter()
            .rposition(|b| *b == b'\n' || *b == b'\r')
            .map_or(0, |at| at + 1);
        &ready[..whole]
    }

    /// Whether nothing but blanks is left to read.
    pub fn is_blank(&self) -> bool {
        self.ended && self.buffer[self.at..self.filled].trim_ascii().is_empty()
    }

    pub fn set_syntax(&mut self, syntax: Syntax) {
        self.syntax = syntax;
    }

    /// The bytes that are not yet used, what comes behind them, and the line on which they begin.
    pub fn into_rest(mut self) -> (Vec<u8>, R, u64) {
        self.buffer.truncate(self.filled);
        self.buffer.drain(..self.at);
        (self.buffer, self.reader, self.line)
    }

    /// The bytes from which the next record is cut, and where it begins in them.
    #[inline]
    pub fn ahead(&self) -> (&[u8], usize) {
        (&self.buffer[..self.filled], self.at)
    }

    /// Goes on at `at` in the bytes of [`Records::ahead`], `lines` further: somebody else has read what lies between.
    pub fn pass(&mut self, at: usize, lines: u64) {
        self.at = at;
        self.line += lines;
    }

    /// Where the record begins in the bytes of [`Records::ahead`].
    pub fn record_start(&self) -> usize {
        self.start
    }

    /// Bytes from the beginning of the record on.
    pub fn length_ahead(&self) -> usize {
        self.filled - self.start
    }

    /// The line on which the next record begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// More bytes behind those not yet used.
    fn refill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == 0 {
            self.unusual = false;
        }
        let old = self.filled;
        let most = old + self.block;
        while self.filled < most && !self.ended {
            grow(&mut self.buffer, self.filled + 1, most);
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        let new = &self.buffer[old..self.filled];
        self.unusual |= !new.is_ascii() || new.contains(&0);
        Ok(())
    }

    /// Moves to the next record that is not blank; `false` at the end. After a fault, that of reading itself excepted, the
    /// next call goes on with the line behind the one on which the record began.
    pub fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            if !self.scan()? {
                return Ok(false);
            }
            let blank = match self.fields[..] {
                [] => true,
                [_] => !self.in_quotes && self.buffer[self.start..self.end].trim_ascii().is_empty(),
                _ => false,
            };
            if !blank {
                return Ok(true);
            }
        }
    }

    /// The next record, blank or not.
    fn scan(&mut self) -> Result<bool, Fault> {
        loop {
            let begin = self.at;
            self.start = begin;
            self.record_line = self.line;
            self.fields.clear();
            let scanned = match self.syntax.separator {
                Separator::Byte(separator) => self.scan_by_byte(separator),
                Separator::Text(_) => self.scan_by_text(),
                Separator::Blanks => self.scan_by_blanks(),
            };
            if scanned == Scan::StrayQuote {
                return Err(self.give_up_quote(Fault::StrayQuote));
            }
            let whole = scanned == Scan::Whole;
            if whole && self.end - begin > MAX_RECORD {
                return Err(self.give_up_length());
            }
            if whole {
                return Ok(self.at > begin);
            }
            if self.filled - begin > MAX_RECORD {
                return Err(self.give_up_length());
            }
            if self.ended {
                // Only an open quote has no end at the end of the file.
                return Err(self.give_up_quote(Fault::OpenQuote));
            }
            self.at = begin;
            self.refill().map_err(Fault::Io)?;
        }
    }

    /// Ends the record at `end` if the buffer says how the line ends.
    #[inline]
    fn finish(&mut self, end: usize) -> Scan {
        self.end = end;
        if end == self.filled {
            self.at = end;
            return if self.ended { Scan::Whole } else { Scan::More };
        }
        if self.buffer[end] == b'\r' {
            if end + 1 == self.filled && !self.ended {
                return Scan::More;
            }
            let pair = end + 1 < self.filled && self.buffer[end + 1] == b'\n';
            self.at = end + 1 + usize::from(pair);
        } else {
            self.at = end + 1;
        }
        self.line += 1;
        Scan::Whole
    }

    fn scan_by_byte(&mut self, separator: u8) -> Scan {
        let mut field = self.start;
        self.in_quotes = false;
        let mut i = self.start;
        while i < self.filled {
            let byte = self.buffer[i];
            if byte == separator {
                self.fields.push((field as u32, i as u32));
                field = i + 1;
            } else if byte == b'\n' || byte == b'\r' {
                break;
            } else if byte == b'"' && i == field && self.syntax.quoting {
                return self.scan_quoted(separator);
            }
            i += 1;
        }
        self.fields.push((field as u32, i as u32));
        self.finish(i)
    }

    fn scan_by_text(&mut self) -> Scan {
        self.in_quotes = false;
        let Separator::Text(separator) = &self.syntax.separator else {
            return Scan::Whole;
        };
        let (mut field, mut i) = (self.start, self.start);
        let first = separator[0];
        while i < self.filled {
            let byte = self.buffer[i];
            if byte == first && self.buffer[i..self.filled].starts_with(separator) {
                self.fields.push((field as u32, i as u32));
                i += separator.len();
                field = i;
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                break;
            }
            i += 1;
        }
        self.fields.push((field as u32, i as u32));
        self.finish(i)
    }

    fn scan_by_blanks(&mut self) -> Scan {
        self.in_quotes = false;
        let mut i = self.start;
        loop {
            while i < self.filled && matches!(self.buffer[i], b' ' | b'\t') {
                i += 1;
            }
            let field = i;
            while i < self.filled && !matches!(self.buffer[i], b' ' | b'\t' | b'\n' | b'\r') {
                i += 1;
            }
            if i > field {
                self.fields.push((field as u32, i as u32));
            }
            if i == self.filled || matches!(self.buffer[i], b'\n' | b'\r') {
                return self.finish(i);
            }
        }
    }

    /// The whole record again, with quotes, into `unquoted`.
    fn scan_quoted(&mut self, separator: u8) -> Scan {
        self.fields.clear();
        self.unquoted.clear();
        self.places.clear();
        self.in_quotes = true;
        let mut place = Place {
            line: self.record_line,
            column: 1,
        };
        let mut i = self.start;
        loop {
            let field = self.unquoted.len();
            self.places.push(place);
            let quoted = i < self.filled && self.buffer[i] == b'"';
            if quoted {
                match self.unquote(i + 1, &mut place) {
                    Some(behind) => i = behind,
                    None => return Scan::More,
                }
            }
            while i < self.filled && !matches!(self.buffer[i], b'\n' | b'\r') && self.buffer[i] != separator {
                if quoted && !matches!(self.buffer[i], b' ' | b'\t') {
                    return Scan::StrayQuote;
                }
                self.unquoted.push(self.buffer[i]);
                step(&mut place, self.buffer[i], None);
                i += 1;
            }
            self.fields.push((field as u32, self.unquoted.len() as u32));
            if i < self.filled && self.buffer[i] == separator {
                i += 1;
                place.column += 1;
                continue;
            }
            self.places.push(place);
            let scanned = self.finish(i);
            if scanned == Scan::Whole {
                self.line += place.line - self.record_line;
            }
            return scanned;
        }
    }

    /// Adds the text between marks, which begins at `i`, to what is unquoted, and moves the place of the opening mark over
    /// it; where the closing mark ends, `None` where more bytes are needed.
    fn unquote(&mut self, mut i: usize, place: &mut Place) -> Option<usize> {
        place.column += 1;
        loop {
            let byte = *self.buffer[..self.filled].get(i)?;
            let next = self.buffer[..self.filled].get(i + 1).copied();
            if matches!(byte, b'"' | b'\\') && next.is_none() && !self.ended {
                return None;
            }
            i += 1;
            step(place, byte, next);
            let pair = match (byte, next) {
                (b'"' | b'\\', Some(b'"')) => Some(b'"'),
                (b'\\', Some(b'\\')) => {
                    self.unquoted.push(b'\\');
                    Some(b'\\')
                }
                (b'"', _) => return Some(i),
                _ => None,
            };
            i += usize::from(pair.is_some());
            place.column += u64::from(pair.is_some());
            self.unquoted.push(pair.unwrap_or(byte));
        }
    }

    /// The place of the mark that should not have opened, as `fault`; goes on behind the first line of the record.
    fn give_up_quote(&mut self, fault: fn(Place) -> Fault) -> Fault {
        let at = self.places.last().copied();
        let place = at.unwrap_or(Place {
            line: self.record_line,
            column: 1,
        });
        self.at = self.start;
        self.skip_line().map_or_else(Fault::Io, |()| fault(place))
    }

    /// Goes on behind the first line of the current record, whose field `field` has swallowed lines that it should not.
    pub fn give_up_field(&mut self, field: usize) -> Fault {
        let place = self.place(field);
        self.at = self.start;
        self.skip_line().map_or_else(Fault::Io, |()| Fault::StrayQuote(place))
    }

    fn give_up_length(&mut self) -> Fault {
        let record = &self.buffer[self.start..self.filled.min(self.start + MAX_RECORD)];
        if self.in_quotes && record.iter().any(|b| matches!(b, b'\n' | b'\r')) {
            return self.give_up_quote(Fault::OpenQuote);
        }
        let place = Place {
            line: self.record_line,
            column: 1,
        };
        self.at = self.start;
        self.skip_line().map_or_else(Fault::Io, |()| Fault::TooLong(place))
    }

    /// Drops everything up to the end of the current line, block by block.
    fn skip_line(&mut self) -> io::Result<()> {
        self.line = self.record_line + 1;
        loop {
            let rest = &self.buffer[self.at..self.filled];
            match rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
                Some(n) if rest[n] == b'\r' && n + 1 == rest.len() && !self.ended => {
                    self.at += n;
                    self.refill()?;
                }
                Some(n) => {
                    let pair = rest[n] == b'\r' && rest.get(n + 1) == Some(&b'\n');
                    self.at += n + 1 + usize::from(pair);
                    return Ok(());
                }
                None if self.ended => {
                    self.at = self.filled;
                    return Ok(());
                }
                None => {
                    self.at = self.filled;
                    self.refill()?;
                }
            }
        }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// The text of field `index`, unquoted; empty beyond the last.
    #[inline]
    pub fn field(&self, index: usize) -> &[u8] {
        let Some(&(start, end)) = self.fields.get(index) else {
            return &[];
        };
        let text = if self.in_quotes { &self.unquoted } else { &self.buffer };
        &text[start as usize..end as usize]
    }

    /// The text of field `index` and all behind it, separators included.
    pub fn rest(&self, index: usize) -> Vec<u8> {
        let Some(&(start, _)) = self.fields.get(index) else {
            return Vec::new();
        };
        match self.syntax.separator {
            Separator::Byte(separator) if self.in_quotes => {
                let fields: Vec<&[u8]> = (index..self.len()).map(|i| self.field(i)).collect();
                fields.join(&separator)
            }
            _ => self.buffer[start as usize..self.end].to_vec(),
        }
    }

    /// The line breaks within fields cut the record into lines; those behind the first, each cut at the separator without
    /// regard to quotation marks.
    pub fn further_lines(&self) -> Vec<Vec<&[u8]>> {
        let Separator::Byte(separator) = self.syntax.separator else {
            return Vec::new();
        };
        let lines = self.raw().split(|b| matches!(b, b'\n' | b'\r')).skip(1);
        lines
            .map(|line| line.split(|b| *b == separator).map(bare).collect())
            .collect()
    }

    /// The first field that goes over more than one line.
    pub fn broken_field(&self) -> Option<usize> {
        (0..self.len()).find(|&i| is_broken(self.field(i)))
    }

    /// Where field `index` begins; beyond the last: one past the end of the record.
    pub fn place(&self, index: usize) -> Place {
        if self.in_quotes {
            return self.places[index.min(self.places.len() - 1)];
        }
        let begin = self.fields.get(index).map_or(self.end, |f| f.0 as usize);
        Place {
            line: self.record_line,
            column: 1 + characters(&self.buffer[self.start..begin]),
        }
    }

    /// Whether a field of the record goes over more than one line.
    #[inline]
    pub fn has_line_breaks(&self) -> bool {
        self.in_quotes && self.places.last().is_some_and(|end| end.line > self.record_line)
    }

    /// The line on which the record begins.
    pub fn begins_at_line(&self) -> u64 {
        self.record_line
    }

    /// The record as it stands in the file.
    pub fn raw(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether the record may hold anything but plain ASCII text; where `false`, it does not.
    #[inline]
    pub fn is_unusual(&self) -> bool {
        self.unusual
    }
}

/// Whether there is a line break in a field.
pub(super) fn is_broken(field: &[u8]) -> bool {
    field.iter().any(|b| matches!(b, b'\n' | b'\r'))
}

/// Without blanks and marks around it.
fn bare(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    let open = field.strip_prefix(b"\"").unwrap_or(field);
    open.strip_suffix(b"\"").unwrap_or(open)
}

/// Moves a place over one byte.
fn step(place: &mut Place, byte: u8, next: Option<u8>) {
    if byte == b'\n' || (byte == b'\r' && next != Some(b'\n')) {
        *place = Place {
            line: place.line + 1,
            column: 1,
        };
    } else if byte & 0xc0 != 0x80 {
        place.column += 1;
    }
}

/// How many characters: every byte but the continuations of UTF-8.
fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|b| **b & 0xc0 != 0x80).count() as u64
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
