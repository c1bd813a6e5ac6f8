//! Reading all rows of a ratings file, in blocks and on all threads.

use std::io::{Cursor, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::blocks::Blocks;
use super::error::LoadError;
use super::merge::{Merger, Ratings};
use super::parser::{Manner, Parser};
use super::records::Records;
use super::rejects::Rejects;
use crate::task::Task;

/// What the threads share that read one file.
struct Shared<'a> {
    blocks: Mutex<Blocks>,
    merger: Mutex<Merger<'a>>,
    turned: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    let shared = Shared {
        blocks: Mutex::new(Blocks::new(carry, reader, input.consumed.clone(), sizes)),
        merger: Mutex::new(Merger::new(rejects, threads + 1, line - 1, input.total)),
        turned: Condvar::new(),
    };
    task.pool.map(threads, |number| {
        work(&mut Parser::new(number, manner), &shared, task);
        shared.turned.notify_all();
    });
    let (carry, reader) = shared
        .blocks
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_rest();
    let mut merger = shared.merger.into_inner().unwrap_or_else(PoisonError::into_inner);
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

/// Block after block, until there are no more.
fn work(parser: &mut Parser, shared: &Shared<'_>, task: &Task) {
    // Blocks that wait for their turn cost memory.
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
        let mut blocks = lock(&shared.blocks);
        let number = blocks.next_number();
        let block = blocks.next(std::mem::take(&mut buffer));
        drop(blocks);
        let parsed = match block {
            Ok(None) => return,
            Ok(Some(block)) => parser.read_block(block, &task.cancel).map_err(LoadError::from),
            Err(error) => Err(LoadError::reading(lock(&shared.merger).shown(), &error)),
        };
        buffer = lock(&shared.merger).submit(number, parsed, parser, task);
        shared.turned.notify_all();
    }
}
