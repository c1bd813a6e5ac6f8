//! Reading all rows of a ratings file, in blocks and on all threads.

use std::io::{Cursor, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::blocks::{Block, Blocks};
use super::error::LoadError;
use super::merge::{Merger, Ratings};
use super::parser::{Manner, Parsed, Parser};
use super::records::Records;
use super::rejects::Rejects;
use crate::task::Task;

/// Work for parsers, handed out in the order of the file.
pub(super) trait Feed: Send {
    type Part: Send;

    /// The next part, `None` behind the last; `buffer` is room for it.
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Self::Part>, LoadError>;

    fn read(parser: &mut Parser, part: Self::Part, task: &Task) -> Result<Parsed, LoadError>;
}

/// Delimited text, in blocks.
struct Text<'a> {
    blocks: Blocks,
    shown: &'a str,
}

impl Feed for Text<'_> {
    type Part = Block;

    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Block>, LoadError> {
        self.blocks.next(buffer).map_err(|e| LoadError::reading(self.shown, &e))
    }

    fn read(parser: &mut Parser, part: Block, task: &Task) -> Result<Parsed, LoadError> {
        parser.read_block(part, &task.cancel).map_err(LoadError::from)
    }
}

/// What the threads share that read one file.
struct Shared<'a, F> {
    /// Behind so many parts of it.
    feed: Mutex<(u64, F)>,
    merger: Mutex<Merger<'a>>,
    turned: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all parts of `feed` on all threads; gives back what is left of it.
pub(super) fn read_parts<'a, F: Feed>(feed: F, merger: Merger<'a>, manner: &Manner, task: &Task) -> (F, Merger<'a>) {
    let shared = Shared {
        feed: Mutex::new((0, feed)),
        merger: Mutex::new(merger),
        turned: Condvar::new(),
    };
    task.pool.map(task.pool.threads(), |number| {
        work(&mut Parser::new(number, manner), &shared, task);
        shared.turned.notify_all();
    });
    let feed = shared.feed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let merger = shared.merger.into_inner().unwrap_or_else(PoisonError::into_inner);
    (feed.1, merger)
}

/// Reads all that `records` has left, in blocks of `sizes.0` bytes, or up to `sizes.1` where lines are long. Progress is in
/// bytes of the file, reported every few thousand rows; the result is the same for any number of threads and any size of
/// blocks.
pub(super) fn read(
    records: Records<Box<dyn Read + Send>>,
    manner: &Manner,
    input: &super::input::Input,
    rejects: Rejects<'_>,
    task: &Task,
    sizes: (usize, usize),
) -> Result<Ratings, LoadError> {
    let (carry, reader, line) = records.into_rest();
    let threads = task.pool.threads();
    let text = Text {
        blocks: Blocks::new(carry, reader, input.consumed.clone(), sizes),
        shown: &input.name,
    };
    let merger = Merger::new(rejects, threads + 1, line - 1, input.total);
    let (text, mut merger) = read_parts(text, merger, manner, task);
    let (carry, reader) = text.blocks.into_rest();
    task.cancel.check()?;
    if !carry.is_empty() && !merger.failed() {
        // A line is longer than a block: on with a reader that skips it in little memory.
        let (lines, open) = merger.rest();
        let rest = Cursor::new(open).chain(Cursor::new(carry)).chain(reader);
        let broken = |e| LoadError::reading(&input.name, &e);
        let mut records = Records::resume(rest, manner.syntax.clone(), lines + 1).map_err(broken)?;
        let mut parser = Parser::new(threads, manner);
        while let Some(mut parsed) = parser.read_some(&mut records).map_err(broken)? {
            merger.learn(&mut parsed);
            parsed.consumed = input.consumed.load(std::sync::atomic::Ordering::Relaxed);
            merger.add(&parsed, task)?;
        }
    }
    merger.finish()
}

/// Part after part, until there are no more.
fn work<F: Feed>(parser: &mut Parser, shared: &Shared<'_, F>, task: &Task) {
    // Parts that wait for their turn cost memory.
    let most_waiting = 2 * task.pool.threads();
    let mut buffer = Vec::new();
    loop {
        let mut merger = lock(&shared.merger);
        while merger.waiting() > most_waiting && !merger.failed() && !task.cancel.is_cancelled() {
            let waited = shared.turned.wait_timeout(merger, Duration::from_millis(20));
            merger = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if merger.failed() || task.cancel.is_cancelled() {
            return;
        }
        drop(merger);
        let mut feed = lock(&shared.feed);
        let number = feed.0;
        let part = feed.1.next(std::mem::take(&mut buffer));
        feed.0 += 1;
        drop(feed);
        let parsed = match part {
            Ok(None) => return,
            Ok(Some(part)) => F::read(parser, part, task),
            Err(error) => Err(error),
        };
        buffer = lock(&shared.merger).submit(number, parsed, parser, task);
        shared.turned.notify_all();
    }
}
