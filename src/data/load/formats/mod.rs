//! The formats that are recognized, one file each, in the order in which they are tried. A new one is a file here and
//! a line in [`FORMATS`].

mod csv_folder;
pub(super) mod delimited;
mod movielens_100k;
mod movielens_dat;

use std::path::{Path, PathBuf};

use super::columns::Columns;
use super::error::LoadError;
use super::input;
use super::metadata::MetadataReader;
use super::records::{Records, Separator, Syntax};
use super::sniff;

/// The formats, the most specific first: each says what to read where a place has it.
const FORMATS: [fn(&Place) -> Option<Plan>; 4] = [
    movielens_100k::recognize,
    movielens_dat::recognize,
    csv_folder::recognize,
    delimited::recognize,
];

/// What is to be read, and how.
pub(super) struct Plan {
    pub format: &'static str,
    pub ratings: PathBuf,
    /// Where the format fixes them; else the content decides.
    pub syntax: Option<Syntax>,
    pub columns: Option<Columns>,
    pub metadata: Vec<Metadata>,
}

pub(super) struct Metadata {
    pub about: About,
    pub path: PathBuf,
    pub reader: MetadataReader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Items,
    Users,
    /// Tags of items: beside what describes them.
    Tags,
}

impl Plan {
    /// One file, whose content decides.
    pub fn of(format: &'static str, ratings: PathBuf) -> Self {
        Self {
            format,
            ratings,
            syntax: None,
            columns: None,
            metadata: Vec::new(),
        }
    }

    fn with(mut self, about: About, file: Option<PathBuf>, reader: MetadataReader) -> Self {
        self.metadata.extend(file.map(|path| Metadata { about, path, reader }));
        self
    }
}

/// A folder, or a file with its neighbors.
pub(super) struct Place {
    /// The folder that was named, or in which the file stands.
    folder: PathBuf,
    names: Vec<String>,
    pub file: Option<PathBuf>,
}

impl Place {
    /// Looks around `path`. Nothing is opened, and neighbors that cannot be listed are none.
    pub fn of(path: &Path) -> Result<Self, LoadError> {
        let fail = |e: std::io::Error| LoadError::reading(&input::shown(path), &e);
        let about = std::fs::metadata(path).map_err(fail)?;
        let folder = if about.is_dir() {
            path.to_owned()
        } else {
            path.parent().unwrap_or(path).to_owned()
        };
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let entries = std::fs::read_dir(&folder);
        let mut names: Vec<String> = match (entries, about.is_dir()) {
            (Err(e), true) => return Err(fail(e)),
            (Err(_), false) => Vec::new(),
            (Ok(entries), _) => entries
                .flatten()
                .filter(is_file)
                .filter_map(|e| e.file_name().into_string().ok())
                .collect(),
        };
        names.sort_unstable();
        Ok(Self {
            folder,
            names,
            file: (!about.is_dir()).then(|| path.to_owned()),
        })
    }

    /// What to read here, by the first format that fits.
    pub fn plan(&self) -> Option<Plan> {
        FORMATS.iter().find_map(|recognize| recognize(self))
    }

    /// The neighbor called `name`, in upper or lower case, perhaps with `.gz` behind.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let exact = self.names.iter().find(|n| *n == name);
        let same = |n: &&String| n.eq_ignore_ascii_case(name);
        let zipped = |n: &&String| n.to_ascii_lowercase().strip_suffix(".gz") == Some(name);
        let found = exact
            .or_else(|| self.names.iter().find(same))
            .or_else(|| self.names.iter().find(zipped))?;
        Some(self.path_of(found))
    }

    /// The first neighbor that exists of all `stems` with `extensions`.
    pub fn find_any(&self, stems: &[&str], extensions: &[&str]) -> Option<PathBuf> {
        let names = stems
            .iter()
            .flat_map(|stem| extensions.iter().map(move |e| format!("{stem}.{e}")));
        names.into_iter().find_map(|name| self.find(&name))
    }

    fn path_of(&self, name: &str) -> PathBuf {
        if self.folder == Path::new(".") && self.file.is_some() {
            PathBuf::from(name)
        } else {
            self.folder.join(name)
        }
    }

    /// Whether the file that was named is called like one of these.
    pub fn file_name(&self) -> Option<String> {
        let name = self.file.as_ref()?.file_name()?.to_str()?.to_ascii_lowercase();
        Some(name.strip_suffix(".gz").map_or(name.clone(), str::to_owned))
    }
}

/// Whether an entry is a regular file, or a link to one.
fn is_file(entry: &std::fs::DirEntry) -> bool {
    let linked = || std::fs::metadata(entry.path()).is_ok_and(|m| m.is_file());
    entry
        .file_type()
        .is_ok_and(|kind| kind.is_file() || (kind.is_symlink() && linked()))
}

/// The first bytes of a file as text would have them; empty where it cannot be read.
fn sample_of(path: &Path) -> Vec<u8> {
    let sample = || {
        let opened = input::open(path, None).ok()?;
        let records = Records::new(opened.bytes, Syntax::of(Separator::Byte(b','))).ok()?;
        Some(records.sample().to_vec())
    };
    sample().unwrap_or_default()
}

/// Whether the content is separated like this.
fn is_separated_by(path: &Path, separator: &Separator) -> bool {
    sniff::separator(&sample_of(path)).as_ref() == Some(separator)
}
