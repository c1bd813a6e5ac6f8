//! A file in blocks of whole lines, for several threads to cut into records at once.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::records::{MAX_RECORD, grow};

/// Bytes that begin where a line does and, unless they are the last, end where one does.
pub(super) struct Block {
    /// The bytes are the first `filled` of the buffer.
    pub buffer: Vec<u8>,
    pub filled: usize,
    /// Nothing comes behind it; every file has a last block, if an empty one.
    pub last: bool,
    /// How far the file had been read, before decompression.
    pub consumed: u64,
}

/// Cuts a reader into blocks.
pub(super) struct Blocks {
    reader: Box<dyn Read + Send>,
    /// What was read behind the last whole line.
    carry: Vec<u8>,
    size: usize,
    most: usize,
    consumed: Arc<AtomicU64>,
    ended: bool,
    /// A line is longer than a block: no more blocks.
    endless: bool,
}

impl Blocks {
    /// Blocks of at most `sizes.0` bytes, the first of them beginning with `carry`; of up to `sizes.1` where lines are longer.
    pub fn new(carry: Vec<u8>, reader: Box<dyn Read + Send>, consumed: Arc<AtomicU64>, sizes: (usize, usize)) -> Self {
        Self {
            reader,
            carry,
            size: sizes.0.clamp(1, MAX_RECORD),
            most: sizes.1.min(MAX_RECORD),
            consumed,
            ended: false,
            endless: false,
        }
    }

    /// The next block, in `buffer`; `None` behind the last and where a line is longer than a block.
    pub fn next(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Block>> {
        if self.ended || self.endless {
            return Ok(None);
        }
        let begun = self.carry.len().min(self.size);
        grow(&mut buffer, begun, self.size);
        buffer[..begun].copy_from_slice(&self.carry[..begun]);
        let mut filled = begun;
        let mut at_end = false;
        while filled < self.size && !at_end {
            grow(&mut buffer, filled + 1, self.size);
            let room = buffer.len().min(self.size);
            match self.reader.read(&mut buffer[filled..room]) {
                Ok(0) => at_end = true,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.ended = true;
                    return Err(e);
                }
            }
        }
        self.ended = at_end;
        let whole = if at_end { filled } else { whole_lines(&buffer[..filled]) };
        self.carry.splice(..begun, buffer[whole..filled].iter().copied());
        if whole == 0 && !at_end {
            if self.size < self.most {
                self.size = (2 * self.size).min(self.most);
                return self.next(buffer);
            }
            self.endless = true;
            return Ok(None);
        }
        Ok(Some(Block {
            buffer,
            filled: whole,
            last: at_end,
            consumed: self.consumed.load(Ordering::Relaxed),
        }))
    }

    /// Whether a line was too long, so that there are no more blocks.
    pub fn is_endless(&self) -> bool {
        self.endless
    }

    /// Where a line was too long: what was read and not handed out, and what comes behind it.
    pub fn into_rest(self) -> (Vec<u8>, Box<dyn Read + Send>) {
        (self.carry, self.reader)
    }
}

/// Up to the end of the last line that is certainly whole: behind a carriage return at the very end may come its line feed.
fn whole_lines(bytes: &[u8]) -> usize {
    if let Some(at) = memchr::memrchr(b'\n', bytes) {
        return at + 1;
    }
    let but_one = bytes.split_last().map_or(bytes, |(_, rest)| rest);
    memchr::memrchr(b'\r', but_one).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_are_the_file_and_end_with_lines(
            text in "[ab\n\r]{0,60}", size in 1usize..12, more in 0usize..12, head in 0usize..8,
        ) {
            let head = head.min(text.len());
            let (carry, rest) = text.as_bytes().split_at(head);
            let reader: Box<dyn Read + Send> = Box::new(io::Cursor::new(rest.to_vec()));
            let mut blocks = Blocks::new(carry.to_vec(), reader, Arc::default(), (size, size + more));
            let (mut seen, mut last) = (Vec::new(), false);
            while let Some(block) = blocks.next(Vec::new()).unwrap() {
                let bytes = &block.buffer[..block.filled];
                seen.extend_from_slice(bytes);
                prop_assert!(block.last || matches!(bytes.last(), Some(b'\n' | b'\r')));
                prop_assert!(block.last || bytes.last() != Some(&b'\r') || text.as_bytes().get(seen.len()) != Some(&b'\n'));
                last = block.last;
            }
            let (carry, mut reader) = blocks.into_rest();
            seen.extend(carry);
            reader.read_to_end(&mut seen).unwrap();
            prop_assert_eq!(seen, text.as_bytes());
            if !last {
                prop_assert!(!text.lines().all(|line| line.len() + 2 <= size + more));
            }
        }
    }
}
