//! What took long to make, kept on disk: a store of blobs that trusts nothing it reads.
//!
//! - [`Cache`]: a folder of files, one a dataset or a fitted model; finds, keeps, evicts, lists, clears.
//! - [`Entry`]: one file, opened; what is read of it is checked block by block.
//! - [`Writer`]: one file while it is written.
//!
//! What is in the blobs is the business of those who write them. A file counts only where its magic, version, program,
//! kind, full key and the stamp of what it was made from are the expected ones and every checksum is right; else it is as
//! good as none and is made anew. Files are written beside their place and renamed into it, so that whatever stops the
//! program leaves either the whole file or none; what was left half written is swept later. That they cannot be written is
//! a warning, never an error.

mod entry;
mod folder;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use entry::{Entry, Unusable};
pub use folder::{Listed, State};
pub use store::{Cache, LIMIT};
pub use writer::Writer;

use serde::{Deserialize, Serialize};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A dataset as it was read.
    Dataset,
    /// What training a model found out.
    Fit,
}

impl Kind {
    /// `dataset` or `fit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Fit => "fit",
        }
    }
}

/// What a file is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub kind: Kind,
    pub name: String,
    /// What it is the answer to, in full: everything that decides what is in it, but for the stamp.
    pub key: String,
    /// The state of what it was made from; another state makes another content. A new one takes the place of the old.
    pub stamp: String,
}

/// This program, in the state of code that it is in.
const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("RECSCOPE_SOURCES"));

/// The first bytes of every file.
const MAGIC: [u8; 8] = *b"recscope";
/// The last bytes.
const END: [u8; 8] = *b"whole at";
/// Goes up when the layout of files changes; that of their contents is told by [`PROGRAM`].
const VERSION: u32 = 2;
/// Magic and version.
const HEAD: u64 = 12;
/// Length of the directory, its checksum, [`END`].
const TAIL: u64 = 20;
/// What is checked, and read by one thread, at a time.
const BLOCK: usize = 1 << 20;

/// What stands behind the sections of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Directory {
    program: String,
    label: Label,
    /// Seconds since 1970.
    created: u64,
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Section {
    bytes: u64,
    sums: Vec<u32>,
}
