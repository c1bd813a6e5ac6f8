//! Marks the state of the code that decides what a cache holds: what another state of it has written is not taken for its
//! own, whether or not somebody thought of raising a version.

use std::fs;
use std::path::{Path, PathBuf};

/// Whatever changes here may change what is read, learned or written down.
const SOURCES: [&str; 5] = ["Cargo.lock", "src/task", "src/cache", "src/data", "src/models"];

fn files_under(path: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else {
        found.push(path.to_owned());
        return;
    };
    for entry in entries.flatten() {
        files_under(&entry.path(), found);
    }
}

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        files_under(Path::new(source), &mut files);
    }
    files.sort();
    // FNV-1a: short, and nobody attacks it.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in files.iter().flat_map(|f| fs::read(f).unwrap_or_default()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    println!("cargo::rustc-env=RECSCOPE_SOURCES={hash:016x}");
}
