//! Where in a text the objects stand that are rows, found without looking into them.

use std::io::{self, Read};

use super::super::super::error::LoadError;
use super::super::super::records::Place;

/// A part of the file, and where in it rows stand.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub bytes: Vec<u8>,
    pub slices: Vec<Slice>,
    /// What stands between objects and should not.
    pub strays: Vec<Place>,
    /// Nothing comes behind it.
    pub last: bool,
}

/// One object, or a line of them; unless it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub start: usize,
    pub end: usize,
    pub place: Place,
}

/// Bytes a block, and the longest object that is read: memory stays bounded whatever the file.
const BLOCK: usize = 1 << 18;
const MOST: usize = 16 << 20;

pub(super) struct Objects {
    reader: Box<dyn Read + Send>,
    shown: String,
    buffer: Vec<u8>,
    ended: bool,
    /// Every line is an object: a broken one ends with its line.
    lines: Option<bool>,
    /// An array opened, and closed.
    array: (bool, bool),
    /// Where the buffer begins.
    place: Place,
    seen: bool,
}

impl Objects {
    pub fn of(reader: Box<dyn Read + Send>, shown: String) -> Self {
        Self {
            reader,
            shown,
            buffer: Vec::new(),
            ended: false,
            lines: None,
            array: (false, false),
            place: Place { line: 1, column: 1 },
            seen: false,
        }
    }

    /// The next part; `None` behind the last.
    pub fn next(&mut self) -> Result<Option<Block>, LoadError> {
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted).map_err(|e| LoadError::reading(&self.shown, &e))?;
            if self.buffer.is_empty() {
                return if self.array == (true, false) {
                    let problem = "the array never closes (is the download complete?)";
                    Err(self.at(self.place, problem.to_owned()))
                } else {
                    Ok(None)
                };
            }
            if let Some(block) = self.cut() {
                return Ok(Some(block));
            }
            if self.buffer.len() >= MOST {
                let problem = format!("an object is longer than {} MiB", MOST >> 20);
                return Err(self.at(self.place, problem));
            }
            wanted = 2 * self.buffer.len();
        }
    }

    fn at(&self, place: Place, problem: String) -> LoadError {
        LoadError::At {
            file: self.shown.clone(),
            line: place.line,
            column: place.column,
            problem,
        }
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let more = wanted.saturating_sub(self.buffer.len()) as u64;
        if more > 0 && !self.ended {
            let read = (&mut self.reader).take(more).read_to_end(&mut self.buffer)?;
            self.ended = (read as u64) < more;
        }
        Ok(())
    }

    /// What of the buffer is whole; `None` where not even one object is.
    fn cut(&mut self) -> Option<Block> {
        let bytes = std::mem::take(&mut self.buffer);
        let mut cutter = Cutter {
            bytes: &bytes,
            at: 0,
            line_start: 0,
            place: self.place,
            ended: self.ended,
        };
        let (mut slices, mut strays) = (Vec::new(), Vec::new());
        while let Some(&byte) = bytes.get(cutter.at) {
            match byte {
                b'\n' => cutter.end_line(),
                b'{' => {
                    let lines = *self.lines.get_or_insert_with(|| cutter.is_line());
                    let Some(slice) = cutter.object(lines) else { break };
                    slices.push(slice);
                    self.seen = true;
                    continue;
                }
                b'[' if !self.seen && !self.array.0 => self.array.0 = true,
                b',' if self.array == (true, false) => {}
                b']' if self.array == (true, false) => self.array.1 = true,
                // What separates texts in RFC 7464.
                0x1e => {}
                _ if byte.is_ascii_whitespace() => {}
                _ => {
                    strays.push(cutter.here());
                    let end = memchr::memchr(b'\n', &bytes[cutter.at..]);
                    cutter.at = end.map_or(bytes.len(), |n| cutter.at + n);
                    continue;
                }
            }
            cutter.at += 1;
        }
        let (at, place) = (cutter.at, cutter.here());
        let nothing = slices.is_empty() && strays.is_empty() && at < bytes.len();
        if nothing && at == 0 {
            self.buffer = bytes;
            return None;
        }
        self.place = place;
        self.buffer = bytes[at..].to_vec();
        let last = self.ended && self.buffer.is_empty();
        Some(Block {
            bytes,
            slices,
            strays,
            last,
        })
    }
}

/// Goes through the bytes of a block.
struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the line begins; where the block does, it may begin before.
    line_start: usize,
    /// Where the block begins, or the line.
    place: Place,
    ended: bool,
}

impl Cutter<'_> {
    fn here(&self) -> Place {
        Place {
            line: self.place.line,
            column: self.place.column + (self.at - self.line_start) as u64,
        }
    }

    fn end_line(&mut self) {
        self.place = Place {
            line: self.place.line + 1,
            column: 1,
        };
        self.line_start = self.at + 1;
    }

    /// Whether the object here ends where its line does.
    fn is_line(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let more = line.len() < rest.len();
        more && length_of(line).is_some_and(|n| line[n..].iter().all(u8::is_ascii_whitespace))
    }

    /// The object here, or the line; goes on behind it. `None` where its end is not here.
    fn object(&mut self, lines: bool) -> Option<Slice> {
        let rest = &self.bytes[self.at..];
        let length = if lines {
            memchr::memchr(b'\n', rest)
        } else {
            length_of(rest)
        };
        let length = length.or_else(|| self.ended.then_some(rest.len()))?;
        let slice = Slice {
            start: self.at,
            end: self.at + length,
            place: self.here(),
        };
        if !lines {
            let text = &rest[..length];
            let breaks = memchr::memchr_iter(b'\n', text).count() as u64;
            if let Some(last) = memchr::memrchr(b'\n', text) {
                self.place = Place {
                    line: self.place.line + breaks,
                    column: 1,
                };
                self.line_start = self.at + last + 1;
            }
        }
        self.at = slice.end;
        Some(slice)
    }
}

/// The length of the object with which `text` begins, by its braces outside of strings.
fn length_of(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0u64, 0);
    loop {
        at += memchr::memchr3(b'{', b'}', b'"', &text[at..])?;
        match text[at] {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => loop {
                at += 1 + memchr::memchr2(b'"', b'\\', &text[at + 1..])?;
                if text[at] == b'"' {
                    break;
                }
                // What is escaped ends nothing.
                at += 1;
                if at >= text.len() {
                    return None;
                }
            },
        }
        at += 1;
    }
}
