//! Text of one row a line that is not simply delimited: what differs between such formats is how a line is read.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::blocks::{Block, Blocks};
use super::error::LoadError;
use super::input::Input;
use super::parser::too_long;
use super::records::{MAX_RECORD, Place};
use super::rows::{Cell, Piece, RowFile, Take, first_rows, hand_over};

/// How the lines of a format are read.
pub(super) trait LineFormat: Send + Sync + 'static {
    fn columns(&self) -> &[String];

    /// The lines before the first row.
    fn preamble(&self) -> u64 {
        0
    }

    /// Whether a line is no row, but says something of the rows behind it.
    fn is_heading(&self, _line: &str) -> bool {
        false
    }

    /// The last such line of a text.
    fn last_heading<'a>(&self, _lines: &'a [u8]) -> Option<&'a str> {
        None
    }

    /// Hands over the rows of a line, which is not blank; returns whether more are wanted.
    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool;

    /// Whether columns come in an order that says what they are.
    fn is_ordered(&self) -> bool {
        false
    }

    /// What is wrong with the file as a whole, where so many rows were handed over.
    fn missing(&self, _rows: u64) -> Option<String> {
        None
    }
}

pub(super) struct Line<'a> {
    /// Without its end.
    pub text: &'a str,
    pub number: u64,
    /// The last heading before it; empty where there is none.
    pub heading: &'a str,
}

impl Line<'_> {
    /// Where a part of the line stands.
    pub fn place(&self, part: &str) -> Place {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or(self.text);
        Place {
            line: self.number,
            column: 1 + before.chars().count() as u64,
        }
    }

    /// Hands over the line's fields, that of each column; a row with fewer is broken.
    pub fn hand_over_fields(&self, fields: &[&str], needed: usize, wanted: &[usize], take: &mut dyn Take) -> bool {
        if fields.len() < needed {
            let place = Place {
                line: self.number,
                column: 1 + self.text.chars().count() as u64,
            };
            let plural = if fields.len() == 1 { "" } else { "s" };
            let reason = format!("the row has {} field{plural} where {needed} are needed", fields.len());
            return take.bad(place, reason);
        }
        let field = |column: usize| fields.get(column).copied().unwrap_or("");
        let place = |n: usize| self.place(wanted.get(n).map_or("", |&column| field(column)));
        hand_over(wanted, |column| Cell::Text(field(column)), &place, take)
    }
}

/// A file of such lines.
pub(super) struct LineFile<F> {
    format: Arc<F>,
    shown: String,
    input: Input,
    blocks: Blocks,
    /// What was read to look at it.
    ready: Option<Block>,
    wanted: Arc<[usize]>,
    lines: u64,
    heading: String,
}

/// Bytes a block: enough that a piece is worth its turn.
const BLOCK: usize = 1 << 18;

impl<F: LineFormat> LineFile<F> {
    /// The file behind `input`; `begin` makes the format of its first lines, or says why it cannot.
    pub fn open(mut input: Input, begin: impl FnOnce(&str) -> Result<F, (Place, String)>) -> Result<Self, LoadError> {
        let shown = input.name.clone();
        let reader: Box<dyn Read + Send> = std::mem::replace(&mut input.bytes, Box::new(std::io::empty()));
        let mut blocks = Blocks::new(Vec::new(), reader, input.consumed.clone(), (BLOCK, MAX_RECORD));
        let ready = blocks.next(Vec::new()).map_err(|e| LoadError::reading(&shown, &e))?;
        let bytes = ready.as_ref().map_or(&[][..], |b| &b.buffer[..b.filled]);
        let format = begin(&String::from_utf8_lossy(bytes)).map_err(|(place, problem)| LoadError::At {
            file: shown.clone(),
            line: place.line,
            column: place.column,
            problem,
        })?;
        let wanted = (0..format.columns().len()).collect();
        Ok(Self {
            format: Arc::new(format),
            shown,
            input,
            blocks,
            ready,
            wanted,
            lines: 0,
            heading: String::new(),
        })
    }

    /// Reads the lines of a block that begins behind `lines` lines.
    fn piece(&self, block: Block, lines: u64) -> Piece {
        let (format, wanted, heading) = (Arc::clone(&self.format), Arc::clone(&self.wanted), self.heading.clone());
        Box::new(move |take| {
            read_block(&*format, &block.buffer[..block.filled], lines, &heading, &wanted, take);
            Ok(())
        })
    }

    fn next_block(&mut self) -> Result<Option<Block>, LoadError> {
        if let Some(block) = self.ready.take() {
            return Ok(Some(block));
        }
        let block = self
            .blocks
            .next(Vec::new())
            .map_err(|e| LoadError::reading(&self.shown, &e))?;
        if block.is_none() && self.blocks.is_endless() {
            return Err(LoadError::At {
                file: self.shown.clone(),
                line: self.lines + 1,
                column: 1,
                problem: too_long(),
            });
        }
        Ok(block)
    }
}

fn read_block<F: LineFormat>(
    format: &F,
    bytes: &[u8],
    lines: u64,
    heading: &str,
    wanted: &[usize],
    take: &mut dyn Take,
) {
    let whole = std::str::from_utf8(bytes);
    let (mut number, mut at, mut heading) = (lines, 0, heading);
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
        number += 1;
        let range = at..end;
        at = end + 1;
        if number <= format.preamble() {
            continue;
        }
        let text = match whole {
            Ok(text) => &text[range],
            Err(_) => match std::str::from_utf8(&bytes[range]) {
                Ok(text) => text,
                Err(e) => {
                    let column = 1 + e.valid_up_to() as u64;
                    let reason = "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)";
                    if !take.bad(Place { line: number, column }, reason.to_owned()) {
                        return;
                    }
                    continue;
                }
            },
        };
        let text = text.strip_suffix('\r').unwrap_or(text);
        if format.is_heading(text) {
            heading = text;
        } else if !text.trim().is_empty() && !format.read(&Line { text, number, heading }, wanted, take) {
            return;
        }
    }
}

impl<F: LineFormat> RowFile for LineFile<F> {
    fn columns(&self) -> &[String] {
        self.format.columns()
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        let Some(block) = &self.ready else { return Vec::new() };
        let copy = Block {
            buffer: block.buffer[..block.filled].to_vec(),
            ..*block
        };
        first_rows(self.piece(copy, 0))
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.into();
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        let Some(block) = self.next_block()? else {
            return Ok(None);
        };
        let bytes = &block.buffer[..block.filled];
        let heading = self.format.last_heading(bytes).map(str::to_owned);
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let piece = self.piece(block, self.lines);
        self.lines += lines;
        if let Some(heading) = heading {
            self.heading = heading;
        }
        Ok(Some(piece))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.input.consumed.load(Ordering::Relaxed), self.input.total)
    }

    fn is_ordered(&self) -> bool {
        self.format.is_ordered()
    }

    fn missing(&self, rows: u64) -> Option<String> {
        self.format.missing(rows)
    }
}
