//! What several parsers read, put together in the order of the file: ids and values get their numbers in the order in
//! which accepted rows bring them, whoever parsed them and whenever.

use std::collections::BTreeMap;

use super::blocks::Block;
use super::error::LoadError;
use super::evidence::Evidence;
use super::interner::Interner;
use super::parser::{Parsed, ParsedValues, Parser, ROWS_A_LOOK};
use super::records::Place;
use super::rejects::Rejects;
use crate::data::compact::{CompactRows, CompactValues, retain};
use crate::data::storage::Stored;
use crate::task::{Cancel, Report, Task};

/// Not yet numbered.
const NONE: u32 = u32::MAX;

/// What a parser numbers, and the numbers that it has in the dataset.
#[derive(Debug, Default)]
struct Numbers {
    /// The texts of those that have no number there.
    texts: Vec<String>,
    numbers: Vec<u32>,
}

impl Numbers {
    fn learn(&mut self, texts: Vec<String>) {
        self.numbers.resize(self.numbers.len() + texts.len(), NONE);
        self.texts.extend(texts);
    }

    #[inline]
    fn number(&mut self, own: u32, ids: &mut Interner) -> u32 {
        match self.numbers[own as usize] {
            NONE => self.name(own as usize, ids),
            number => number,
        }
    }

    #[cold]
    fn name(&mut self, own: usize, ids: &mut Interner) -> u32 {
        let text = std::mem::take(&mut self.texts[own]);
        self.numbers[own] = ids.intern(&text);
        self.numbers[own]
    }
}

/// Likewise of all that a parser numbers.
#[derive(Debug, Default)]
struct Known {
    users: Numbers,
    items: Numbers,
    table: Vec<f64>,
    codes: Vec<u32>,
}

/// Ratings with dense indices, and the ids behind them.
#[derive(Debug, Default)]
pub(super) struct Ratings {
    pub users: Interner,
    pub items: Interner,
    pub rows: CompactRows,
    /// What lies above each time, in billionths of its unit; shorter than the rows where nothing does any more.
    pub fractions: Vec<u32>,
    pub evidence: Evidence,
    /// Where the item of each row stands; only kept where repeated pairs are an error.
    pub origins: Vec<(u32, u32)>,
}

impl Ratings {
    /// Leaves out rows whose value is 0; says how many there were. Users and items keep their numbers.
    pub fn leave_out_zeros(&mut self) -> usize {
        let rows = &mut self.rows;
        let values = &rows.values;
        let keeps: Vec<bool> = (0..rows.users.len())
            .map(|k| values.stored.get(k, &values.table) != 0.0)
            .collect();
        let left_out = keeps.iter().filter(|keep| !**keep).count();
        if left_out > 0 {
            rows.retain(&keeps);
            retain(&mut self.origins, &keeps);
        }
        left_out
    }
}

pub(super) struct Merger<'a> {
    pub ratings: Ratings,
    rejects: Rejects<'a>,
    known: Vec<Known>,
    /// Blocks that came before their turn, by their number.
    waiting: BTreeMap<u64, Result<Parsed, LoadError>>,
    /// The number of the block whose turn it is.
    turn: u64,
    /// A record that begins in the blocks so far and ends in a later one.
    open: Vec<u8>,
    lines: u64,
    pub seen: u64,
    consumed: u64,
    total: Option<u64>,
    failure: Option<LoadError>,
    codes: Vec<u16>,
}

impl<'a> Merger<'a> {
    /// The first block begins behind `lines` lines of a file of `total` bytes.
    pub fn new(rejects: Rejects<'a>, parsers: usize, lines: u64, total: Option<u64>) -> Self {
        Self {
            ratings: Ratings::default(),
            rejects,
            known: (0..parsers).map(|_| Known::default()).collect(),
            waiting: BTreeMap::new(),
            turn: 0,
            open: Vec::new(),
            lines,
            seen: 0,
            consumed: 0,
            total,
            failure: None,
            codes: Vec::new(),
        }
    }

    /// How many blocks wait for an earlier one.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Ends reading, unless it already ended for an earlier reason.
    pub fn fail(&mut self, error: LoadError) {
        self.failure.get_or_insert(error);
    }

    /// Takes block `number`, and every later one whose turn has come; gives a buffer back. `parser` reads again what must
    /// be read together with the end of an earlier block.
    pub fn submit(
        &mut self,
        number: u64,
        parsed: Result<Parsed, LoadError>,
        parser: &mut Parser,
        task: &Task,
    ) -> Vec<u8> {
        let parsed = parsed.map(|mut parsed| {
            self.learn(&mut parsed);
            parsed
        });
        self.waiting.insert(number, parsed);
        let mut buffer = Vec::new();
        while self.failure.is_none()
            && let Some(parsed) = self.waiting.remove(&self.turn)
        {
            self.turn += 1;
            let done = parsed
                .and_then(|parsed| self.complete(parsed, parser, &task.cancel))
                .and_then(|mut parsed| {
                    buffer = std::mem::take(&mut parsed.buffer);
                    self.add(&parsed, task)
                });
            if let Err(error) = done {
                self.fail(error);
            }
        }
        buffer
    }

    /// The block together with the record that is open before it, if there is one; and what it leaves open.
    fn complete(&mut self, mut parsed: Parsed, parser: &mut Parser, cancel: &Cancel) -> Result<Parsed, LoadError> {
        if !self.open.is_empty() {
            let mut buffer = std::mem::take(&mut self.open);
            buffer.extend_from_slice(&parsed.buffer[..parsed.filled]);
            let block = Block {
                filled: buffer.len(),
                buffer,
                last: parsed.last,
                consumed: parsed.consumed,
            };
            parsed = parser.read_block(block, cancel)?;
            self.learn(&mut parsed);
        }
        if let Some(at) = parsed.open_at {
            self.open.extend_from_slice(&parsed.buffer[at..parsed.filled]);
        }
        Ok(parsed)
    }

    /// Remembers what a parser met for the first time; in the order in which it did.
    pub fn learn(&mut self, parsed: &mut Parsed) {
        let known = &mut self.known[parsed.parser];
        known.users.learn(std::mem::take(&mut parsed.new_users));
        known.items.learn(std::mem::take(&mut parsed.new_items));
        known.table.append(&mut parsed.new_values);
        known.codes.resize(known.table.len(), NONE);
    }

    /// Adds rows behind those so far.
    pub fn add(&mut self, parsed: &Parsed, task: &Task) -> Result<(), LoadError> {
        for bad in &parsed.bad {
            let Place { line, column } = bad.place;
            let line = self.lines + line;
            self.rejects.note(Place { line, column }, bad.reason.clone())?;
        }
        self.rejects.report.rejected_count += parsed.bad_count - parsed.bad.len() as u64;
        let rows_before = self.ratings.rows.users.len();
        self.ratings.evidence.extend(&parsed.evidence, self.lines, rows_before);
        if !parsed.fractions.is_empty() {
            self.ratings.fractions.resize(rows_before, 0);
            self.ratings.fractions.extend(&parsed.fractions);
        }
        let known = &mut self.known[parsed.parser];
        let rows = &mut self.ratings.rows;
        let all = parsed.users.len();
        let before = self.consumed;
        self.consumed = parsed.consumed.max(before);
        for (n, users) in parsed.users.chunks(ROWS_A_LOOK).enumerate() {
            let ids = &mut self.ratings.users;
            rows.users.extend(users.iter().map(|&u| known.users.number(u, ids)));
            let (ids, begin) = (&mut self.ratings.items, n * ROWS_A_LOOK);
            let items = &parsed.items[begin..begin + users.len()];
            rows.items.extend(items.iter().map(|&i| known.items.number(i, ids)));
            task.cancel.check()?;
            let done = begin + users.len();
            task.progress.say(|| {
                let consumed = before + (self.consumed - before) * done as u64 / all as u64;
                let rows = self.seen + done as u64;
                Report::of("reading ratings", consumed, self.total, "bytes").with("rows", rows as f64)
            });
        }
        match &parsed.values {
            ParsedValues::Codes(codes) => add_codes(&mut rows.values, codes, known, &mut self.codes),
            ParsedValues::Exact(values) => values.iter().for_each(|&v| rows.values.push(v)),
        }
        rows.times.extend(&parsed.times);
        let line = self.lines as u32;
        let origins = parsed.origins.iter().map(|o| (o.0.wrapping_add(line), o.1));
        self.ratings.origins.extend(origins);
        self.lines += parsed.lines;
        self.seen += parsed.seen;
        Ok(())
    }

    /// The lines so far, and the beginning of a record that they leave open.
    pub fn rest(&mut self) -> (u64, Vec<u8>) {
        (self.lines, std::mem::take(&mut self.open))
    }

    /// Everything that was read, or why it was not.
    pub fn finish(self) -> Result<Ratings, LoadError> {
        if let Some(error) = self.failure {
            return Err(error);
        }
        self.rejects.report.rows_read = self.seen;
        Ok(self.ratings)
    }
}

/// Adds the values behind a parser's codes; `scratch` is room for them.
fn add_codes(values: &mut CompactValues, codes: &[u16], known: &mut Known, scratch: &mut Vec<u16>) {
    scratch.clear();
    for &code in codes {
        let number = &mut known.codes[code as usize];
        if *number == NONE {
            match values.code(known.table[code as usize]) {
                Some(new) => *number = u32::from(new),
                None => break,
            }
        }
        scratch.push(*number as u16);
    }
    if scratch.len() == codes.len() && !matches!(values.stored, Stored::Exact(_)) {
        values.extend(scratch);
    } else {
        for &code in codes {
            values.push(known.table[code as usize]);
        }
    }
}
