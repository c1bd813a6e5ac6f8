use std::io::{self, Write};
use std::time::SystemTime;

use super::{BLOCK, Directory, END, Label, MAGIC, PROGRAM, Section, VERSION};
use crate::task::Cancel;

/// A file while it is written: sections one after the other, then the directory that vouches for them.
///
/// Layout, numbers little-endian: magic (8 bytes), version (4); the sections' bytes; the directory in postcard's format
/// (program, label, time, length and block checksums of each section); the directory's length (8) and CRC-32 (4); the end
/// mark (8). Checksums are CRC-32 of blocks of 1 MiB, so that they can be checked on all threads.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    cancel: Cancel,
    block: Vec<u8>,
    sections: Vec<Section>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, cancel: Cancel) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        Ok(Self {
            out,
            cancel,
            block: Vec::with_capacity(BLOCK),
            sections: Vec::new(),
        })
    }

    /// Begins the next section: what is written from now on belongs to it.
    pub fn section(&mut self) -> io::Result<&mut Self> {
        self.end_block()?;
        self.sections.push(Section::default());
        Ok(self)
    }

    pub(super) fn finish(mut self, label: Label) -> io::Result<()> {
        self.end_block()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let directory = Directory {
            program: PROGRAM.to_owned(),
            label,
            created: now.map_or(0, |t| t.as_secs()),
            sections: self.sections,
        };
        let directory = postcard::to_stdvec(&directory).map_err(io::Error::other)?;
        self.out.write_all(&directory)?;
        self.out.write_all(&(directory.len() as u64).to_le_bytes())?;
        self.out.write_all(&crc32fast::hash(&directory).to_le_bytes())?;
        self.out.write_all(&END)
    }

    fn end_block(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            let block = std::mem::take(&mut self.block);
            self.put(&block)?;
            self.block = block;
            self.block.clear();
        }
        Ok(())
    }

    fn put(&mut self, block: &[u8]) -> io::Result<()> {
        self.cancel.check().map_err(io::Error::other)?;
        if let Some(section) = self.sections.last_mut() {
            section.bytes += block.len() as u64;
            section.sums.push(crc32fast::hash(block));
        }
        self.out.write_all(block)
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.is_empty() && bytes.len() >= BLOCK {
            self.put(&bytes[..BLOCK])?;
            return Ok(BLOCK);
        }
        let n = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..n]);
        if self.block.len() == BLOCK {
            self.end_block()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A block is not cut short: it would change where checksums stand.
        Ok(())
    }
}
