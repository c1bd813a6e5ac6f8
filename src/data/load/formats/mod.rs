//! The formats that are recognized, one file each, in the order in which they are tried. A new one is a file here and
//! a line in [`FORMATS`].

mod arff;
mod bundle;
mod csv_folder;
pub(super) mod delimited;
mod json;
mod matrix_market;
mod movielens_100k;
mod movielens_dat;
mod netflix;
mod parquet;
mod parts;
mod recbole;
mod sqlite;
#[cfg(test)]
pub(super) mod testing;
mod text_rows;
mod wide;

use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::columns::Columns;
use super::error::LoadError;
use super::input::{self, Input};
use super::metadata::MetadataReader;
use super::records::{Quote, Records, Separator, Syntax};
use super::rows::{Opened, RowFile};
use super::{archive, sniff};

/// The formats, the most specific first.
const FORMATS: &[Format] = &[
    bundle::FORMAT,
    movielens_100k::FORMAT,
    movielens_dat::FORMAT,
    csv_folder::FORMAT,
    recbole::FORMAT,
    netflix::FORMAT,
    parts::FORMAT,
    json::FORMAT,
    parquet::FORMAT,
    sqlite::FORMAT,
    arff::FORMAT,
    matrix_market::FORMAT,
    wide::FORMAT,
    delimited::FORMAT,
];

/// How data is laid out that somebody uses.
pub(super) struct Format {
    pub name: &'static str,
    /// What it is and which files belong to it, for the documents.
    pub title: &'static str,
    pub files: &'static str,
    /// What to read of a place where ratings and tables have places of their own.
    recognize: fn(&Place) -> Option<Plan>,
    /// How a file of it is read that is not delimited text.
    layout: Option<Layout>,
}

/// A file that is not delimited text.
struct Layout {
    /// Whether a file that begins like this is one.
    is: fn(&[u8]) -> bool,
    /// Else what stands in it is taken as it is.
    text: bool,
    open: Open,
}

type Open = fn(Input, &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError>;

/// How a file is to be opened.
#[derive(Clone, Debug, Default)]
pub(super) struct How {
    pub encoding: Option<&'static Encoding>,
    /// It is delimited text, whatever it looks like.
    pub separator: Option<Separator>,
    pub quote: Option<Quote>,
    /// Whether delimited text has a header, where a person says so.
    pub header: Option<bool>,
    /// It is a matrix, a row a user and a column an item.
    pub wide: bool,
}

/// What a layout is told beside the content.
struct Opening<'a> {
    path: &'a Path,
    /// The table that was named behind `#`.
    table: Option<&'a str>,
}

/// Opens a file by its content: `FILE`, `FILE#TABLE`, `ARCHIVE.zip/FILE`, or a folder of parts.
pub(super) fn open(path: &Path, how: &How) -> Result<Opened, LoadError> {
    if path.is_dir() {
        let parts = parts::of_folder(path);
        return match &parts[..] {
            [] => Err(LoadError::File {
                file: input::shown(path),
                problem: "it is a folder, where a file is expected".to_owned(),
            }),
            parts => parts::open(path, parts, how),
        };
    }
    let (file, table) = split_table(path);
    let input = input::open(&file)?;
    let opening = Opening {
        path: &file,
        table: table.as_deref(),
    };
    open_input(input, &opening, how)
}

/// Opens a table of items or users, whose rows are decoded one by one where they are not UTF-8.
pub(super) fn open_table(path: &Path, encoding: Option<&'static Encoding>) -> Result<Opened, LoadError> {
    let how = How {
        // Two-byte text cannot be told row by row.
        encoding: encoding.filter(|e| e.name().starts_with("UTF-16")),
        ..How::default()
    };
    open(path, &how)
}

/// Opens bytes that are already here.
pub(super) fn open_bytes(input: Input, how: &How) -> Result<Opened, LoadError> {
    let path = PathBuf::from(&input.name);
    open_input(
        input,
        &Opening {
            path: &path,
            table: None,
        },
        how,
    )
}

/// Opens what a plan names: one file, or several that are read one behind the other.
pub(super) fn open_ratings(plan: &Plan, how: &How) -> Result<Opened, LoadError> {
    if plan.more.is_empty() {
        return open(&plan.ratings, how);
    }
    let files: Vec<PathBuf> = std::iter::once(&plan.ratings).chain(&plan.more).cloned().collect();
    parts::open(plan.ratings.parent().unwrap_or(&plan.ratings), &files, how)
}

fn open_input(input: Input, opening: &Opening<'_>, how: &How) -> Result<Opened, LoadError> {
    let shown = input.name.clone();
    let found = |text: bool, head: &[u8]| {
        let layouts = FORMATS.iter().filter_map(|f| Some((f.name, f.layout.as_ref()?)));
        let mut layouts = layouts.filter(|_| how.separator.is_none());
        layouts.find(|(_, layout)| layout.text == text && (layout.is)(head))
    };
    if let Some((name, layout)) = found(false, &input.head) {
        return Ok(Opened::Rows(name, shown, (layout.open)(input, opening)?));
    }
    let text = input.into_text(how.encoding)?;
    if how.wide {
        return Ok(Opened::Rows(wide::FORMAT.name, shown, wide::open(text)?));
    }
    match found(true, &text.head) {
        Some((name, layout)) => Ok(Opened::Rows(name, shown, (layout.open)(text, opening)?)),
        None if opening.table.is_some() => Err(LoadError::File {
            file: shown,
            problem: "it is no database, and so has no tables to be named behind # (leave that away)".to_owned(),
        }),
        None => Ok(Opened::Text(text)),
    }
}

/// The file and the table of `FILE#TABLE`; a file may itself have such a name.
fn split_table(path: &Path) -> (PathBuf, Option<String>) {
    let split = || {
        let (file, table) = path.to_str()?.rsplit_once('#')?;
        let file = PathBuf::from(file);
        (!path.exists() && file.is_file()).then(|| (file, Some(table.to_owned())))
    };
    split().unwrap_or_else(|| (path.to_owned(), None))
}

/// The files themselves that are read where `path` is.
pub(super) fn real_files(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        return parts::of_folder(path);
    }
    let (file, _) = split_table(path);
    let file = archive::split(&file).map_or(file, |(archive, _)| archive);
    let mut log = file.clone().into_os_string();
    // What a database was told last.
    log.push("-wal");
    let log = PathBuf::from(log);
    let has_log = log.is_file();
    std::iter::once(file).chain(has_log.then_some(log)).collect()
}

/// A place that no format has rules for.
fn nowhere(_: &Place) -> Option<Plan> {
    None
}

/// The formats as a table of a document.
pub(super) fn markdown() -> String {
    let rows = FORMATS
        .iter()
        .map(|f| format!("| {} | `{}` | {} |\n", f.title, f.name, f.files));
    "| format | as reported | files |\n|---|---|---|\n".to_owned() + &rows.collect::<String>()
}

/// What is to be read, and how.
pub(super) struct Plan {
    pub format: &'static str,
    pub ratings: PathBuf,
    /// Further files of ratings, read behind it.
    pub more: Vec<PathBuf>,
    /// Where the format fixes them; else the content decides.
    pub syntax: Option<Syntax>,
    pub columns: Option<Columns>,
    pub metadata: Vec<Metadata>,
    /// The other files of a folder, but those that are there for people to read.
    pub others: Vec<PathBuf>,
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
    /// Tags of items, or facts: beside what describes them.
    Tags,
}

impl Plan {
    /// One file, whose content decides.
    pub fn of(format: &'static str, ratings: PathBuf) -> Self {
        Self {
            format,
            ratings,
            more: Vec::new(),
            syntax: None,
            columns: None,
            metadata: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Whether it is called by its own name, whatever its tables are written in.
    pub fn names_itself(&self) -> bool {
        self.format == bundle::FORMAT.name
    }

    fn with(mut self, about: About, file: Option<PathBuf>, reader: MetadataReader) -> Self {
        self.metadata.extend(file.map(|path| Metadata { about, path, reader }));
        self
    }
}

/// A folder, or a file with its neighbors; an archive is a folder.
pub(super) struct Place {
    /// The folder that was named, or in which the file stands.
    folder: PathBuf,
    names: Vec<String>,
    pub file: Option<PathBuf>,
    /// The table that was named behind `#`.
    table: Option<String>,
}

impl Place {
    /// Looks around `path`. Neighbors that cannot be listed are none.
    pub fn of(path: &Path) -> Result<Self, LoadError> {
        if let Some((archive, name)) = archive::split(path) {
            return Self::in_archive(&archive, Some(&name));
        }
        let fail = |e: std::io::Error| LoadError::reading(&input::shown(path), &e);
        let (file, table) = split_table(path);
        let about = std::fs::metadata(&file).map_err(fail)?;
        if about.is_file() && archive::is_archive(&file) {
            return Self::in_archive(&file, None);
        }
        let folder = if about.is_dir() {
            file.clone()
        } else {
            file.parent().unwrap_or(&file).to_owned()
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
                .filter(|e| is_file(e) || parts::is_folder(&e.path()))
                .filter_map(|e| e.file_name().into_string().ok())
                .collect(),
        };
        names.sort_unstable();
        Ok(Self {
            folder,
            names,
            file: (!about.is_dir()).then_some(file),
            table,
        })
    }

    /// The folder of an archive in which a file stands, or that in which all files do; a lone file is the one meant.
    fn in_archive(archive: &Path, file: Option<&str>) -> Result<Self, LoadError> {
        let refuse = |problem: String| LoadError::File {
            file: input::shown(archive),
            problem,
        };
        let all = archive::names(archive).map_err(refuse)?;
        if all.iter().any(|name| name == "[Content_Types].xml") {
            return Err(refuse(
                "it is an office document (save its table as CSV first)".to_owned(),
            ));
        }
        let folder_of = |name: &str| name.rfind('/').map_or(String::new(), |at| name[..=at].to_owned());
        let folder = match (file, all.first()) {
            (Some(file), _) => folder_of(file),
            (None, Some(first)) => {
                let mut folder = folder_of(first);
                while !all.iter().all(|name| name.starts_with(&folder)) {
                    folder = folder_of(folder.trim_end_matches('/'));
                }
                folder
            }
            (None, None) => return Err(refuse("the archive is empty".to_owned())),
        };
        let inside = all.iter().filter_map(|name| name.strip_prefix(&folder));
        let mut names: Vec<String> = inside.filter(|n| !n.contains('/')).map(str::to_owned).collect();
        names.sort_unstable();
        let file = match (file, &names[..]) {
            (None, [one]) => Some(archive.join(&folder).join(one)),
            (file, _) => file.map(|name| archive.join(name)),
        };
        Ok(Self {
            folder: archive.join(folder),
            names,
            file,
            table: None,
        })
    }

    /// What to read here, by the first format that fits.
    pub fn plan(&self) -> Option<Plan> {
        let mut plan = FORMATS.iter().find_map(|format| (format.recognize)(self))?;
        if self.file.is_none() && plan.ratings != self.folder {
            plan.others = self.others(&plan);
        }
        Some(plan)
    }

    fn others(&self, plan: &Plan) -> Vec<PathBuf> {
        const TOLD: [&str; 6] = [
            "readme",
            "license",
            "licence",
            "citation",
            "dataset.toml",
            "planted-tastes.csv",
        ];
        let is_used = |path: &PathBuf| {
            *path == plan.ratings || plan.more.contains(path) || plan.metadata.iter().any(|m| m.path == *path)
        };
        let for_reading = |name: &str| name.starts_with(['.', '_']) || TOLD.iter().any(|told| name.starts_with(told));
        let mut others = self.all(|name| !for_reading(name));
        others.retain(|path| !is_used(path));
        others
    }

    /// The neighbor called `name`, in upper or lower case, perhaps with `.gz` or `.zst` behind.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let exact = self.names.iter().find(|n| *n == name);
        let same = |n: &&String| n.eq_ignore_ascii_case(name);
        let zipped = |n: &&String| {
            let lower = n.to_ascii_lowercase();
            let inner = lower.strip_suffix(".gz").or_else(|| lower.strip_suffix(".zst"));
            inner == Some(name)
        };
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

    /// The neighbors whose lower-case names satisfy `test`.
    fn all(&self, test: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let fitting = self.names.iter().filter(|name| test(&name.to_ascii_lowercase()));
        fitting.map(|name| self.path_of(name)).collect()
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
        let inner = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst"));
        Some(inner.map_or(name.clone(), str::to_owned))
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
        let opened = input::open_text(path, None).ok()?;
        let records = Records::new(opened.bytes, Syntax::of(Separator::Byte(b','))).ok()?;
        Some(records.sample().to_vec())
    };
    sample().unwrap_or_default()
}

/// Whether the content is separated like this.
fn is_separated_by(path: &Path, separator: &Separator) -> bool {
    sniff::separator(&sample_of(path)).as_ref() == Some(separator)
}
