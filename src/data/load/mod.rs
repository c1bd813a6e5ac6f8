//! Files become a [`Dataset`]: what the format is, which column is what, every row checked, all of it reported.
//!
//! `formats/` says what to read, `records` cuts text into fields, `ratings` and `metadata` take rows in, `findings` says
//! what a careful reader should know. Whatever is wrong ends as one sentence ([`LoadError`]), never as a panic.

mod archive;
mod beside;
mod blocks;
mod builtin;
mod by_name;
mod catalog;
mod clues;
mod columns;
mod error;
mod evidence;
mod findings;
mod formats;
mod graph;
mod guess;
mod input;
mod intake;
mod interner;
mod item_tables;
mod lines;
mod lists;
mod marker;
mod merge;
mod metadata;
mod number;
mod parser;
mod quick;
mod quotes;
mod ratings;
mod records;
mod rejects;
mod rows;
mod settle;
mod sniff;
mod sources;
mod stops;
mod syntax;
mod table;
mod times;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

pub use by_name::{Wrong, find_column, named_columns, needed_column, number_field, read_by_name};
pub use columns::{ColumnMap, ColumnName};
pub use error::LoadError;
pub use number::LARGEST_RATING;
pub(super) use sources::{real_path, sources};
pub use syntax::Quote;

use super::compact::CompactRows;
use super::index::{self, Unindexed};
use super::{
    Dataset, DatasetParts, DuplicatePolicy, Feedback, FeedbackClues, FeedbackKind, Filters, LoadReport, RatingRows,
    Resolution, Zero,
};
use crate::task::{Report, Stages, Task};
use columns::{Clues, Columns};
use findings::Counted;
use formats::{How, Place, Plan};
use input::{Input, short_name, shown};
use merge::Ratings;
use metadata::Catalogs;
use parser::Manner;
use records::{MAX_RECORD, Records, Separator, Syntax};
use rejects::Rejects;
use rows::{Counting, Opened};
use times::TimeForm;

/// Where data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Path(PathBuf),
    Stdin,
    BuiltIn,
    Bytes {
        /// How messages and the dataset call it.
        name: String,
        /// What a file would hold, gzip included.
        bytes: Vec<u8>,
    },
}

impl Source {
    /// As DATA on the command line: `-` is standard input.
    pub fn named(data: &Path) -> Self {
        if data == Path::new("-") {
            Self::Stdin
        } else {
            Self::Path(data.to_owned())
        }
    }
}

/// How to read; the default finds out by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Which column is what, where the header or the order does not say it.
    pub columns: Option<ColumnMap>,
    /// What stands between fields: any text, or `tab`, `comma`, `semicolon`, `pipe`, `blank`.
    pub separator: Option<String>,
    /// What quotation marks mean: `None` is the usual for the separator (nothing between tabs, else they enclose fields).
    pub quote: Option<Quote>,
    /// The form of the times, as `strftime` has it: `%d-%m-%Y %H:%M`; in UTC where it has no zone.
    pub time_format: Option<String>,
    /// The first row is a rating, whatever it looks like.
    pub no_header: bool,
    /// The encoding of the ratings (and of metadata that is not UTF-8), by any name that browsers know.
    pub encoding: Option<String>,
    /// A table of a row a user and a column an item.
    pub wide: bool,
    /// Rows say only that something happened: a column of ratings is ignored.
    pub implicit: bool,
    /// A table about items: id, title, anything else.
    pub items: Option<PathBuf>,
    pub users: Option<PathBuf>,
    /// What values mean; found out from them otherwise.
    pub feedback: Option<FeedbackKind>,
    pub zero: Zero,
    /// What to do with repeated pairs; as the kind of feedback has it otherwise.
    pub duplicates: Option<DuplicatePolicy>,
    /// Skip rows that cannot be used and list them, instead of ending at the first.
    pub lenient: bool,
    /// What is left of the ratings.
    pub filters: Filters,
}

/// The formats that are read, as a table in Markdown.
pub fn formats_markdown() -> String {
    formats::markdown()
}

/// Reads a dataset.
///
/// Cost: one pass over the files on all threads, sorting by user, transposing; memory at most 18 bytes a rating while
/// reading, 16 where the file comes user by user.
///
/// # Errors
/// One sentence that says what is wrong, where, and what to do; [`LoadError::Cancelled`] when `task` was cancelled.
pub fn load(source: &Source, options: &LoadOptions, task: &Task) -> Result<Dataset, LoadError> {
    let loaded = read(source, options, task, |rows, clues, n_users, n_items| {
        let feedback = Feedback::of(&rows.values, clues).with_duplicates(options.duplicates);
        let indexed = index::index(rows, n_users, n_items, feedback.duplicates, task)?;
        Ok((indexed, feedback))
    })?;
    let Loaded {
        parts,
        made,
        origins,
        shown,
    } = loaded;
    match made {
        Ok((indexed, feedback)) => {
            let dataset = Dataset::build(parts, indexed, feedback, task);
            options.filters.apply(dataset, task)
        }
        Err(Unindexed::Cancelled) => Err(LoadError::Cancelled),
        Err(Unindexed::Repeated(pair)) => {
            let user = error::quoted(parts.users.get(pair.user as usize).as_bytes());
            let item = error::quoted(parts.items.get(pair.item as usize).as_bytes());
            let (line, column) = origins.get(pair.file_row).copied().unwrap_or((1, 1));
            Err(LoadError::At {
                file: shown,
                line: u64::from(line),
                column: u64::from(column),
                problem: format!("user {user} rates item {item} again (choose --duplicates last, first, mean or sum)"),
            })
        }
    }
}

/// Reads what makes a dataset, every row of ratings in the order of the file, repeated pairs included.
pub fn load_parts(source: &Source, options: &LoadOptions, task: &Task) -> Result<DatasetParts, LoadError> {
    let mut loaded = read(source, options, task, |rows, _, _, _| rows.into_rows())?;
    loaded.parts.ratings = loaded.made;
    Ok(loaded.parts)
}

/// What is made of the ratings of so many users and items, while metadata is read.
trait Make<M>: FnOnce(CompactRows, &FeedbackClues, usize, usize) -> M + Send {}

impl<M, F: FnOnce(CompactRows, &FeedbackClues, usize, usize) -> M + Send> Make<M> for F {}

struct Loaded<M> {
    parts: DatasetParts,
    made: M,
    /// Line and column of each rating, where repeated pairs are an error.
    origins: Vec<(u32, u32)>,
    shown: String,
}

/// The separator that a person means by `text`.
fn separator_named(text: &str) -> Result<Separator, LoadError> {
    Separator::named(text).ok_or_else(|| {
        LoadError::Option(format!(
            "{} cannot separate fields (try tab, comma, ; or ::)",
            error::quoted(text.as_bytes())
        ))
    })
}

/// How the work is cut up and done. None of it shows in the result; tests try what else there is.
#[derive(Clone, Copy, Debug)]
struct Tuning {
    /// Bytes a block: few enough that a block, its rows and the numbers of ids stay in a processor's own cache.
    block: usize,
    /// Bytes a block where lines are longer than that.
    most: usize,
    /// Usual rows take the quick road.
    quick: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            block: 1 << 17,
            most: MAX_RECORD,
            quick: true,
        }
    }
}

fn read<M: Send>(
    source: &Source,
    options: &LoadOptions,
    task: &Task,
    make: impl Make<M>,
) -> Result<Loaded<M>, LoadError> {
    read_tuned(source, options, task, Tuning::default(), make)
}

fn read_tuned<M: Send>(
    source: &Source,
    options: &LoadOptions,
    task: &Task,
    tuning: Tuning,
    make: impl Make<M>,
) -> Result<Loaded<M>, LoadError> {
    let encoding = options.encoding.as_deref().map_or(Ok(None), input::encoding_named)?;
    let separator = options.separator.as_deref().map(separator_named).transpose()?;
    options.time_format.as_deref().map_or(Ok(()), times::check_form)?;
    let sample = LoadOptions {
        duplicates: options.duplicates,
        implicit: options.implicit,
        feedback: options.feedback,
        zero: options.zero,
        ..LoadOptions::default()
    };
    let is_sample = *source == Source::BuiltIn;
    let mut loader = Loader {
        // Options about columns and the like are for other files.
        options: if is_sample { &sample } else { options },
        encoding: encoding.filter(|_| !is_sample),
        separator: separator.filter(|_| !is_sample),
        task,
        tuning,
        report: LoadReport::default(),
    };
    match source {
        Source::Path(path) => loader.read_path(path, make),
        Source::Stdin => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|e| LoadError::reading("standard input", &e))?;
            loader.read_bytes("standard input", bytes, make)
        }
        Source::BuiltIn => loader.read_builtin(make),
        Source::Bytes { name, bytes } => loader.read_bytes(name, bytes.clone(), make),
    }
}

/// What all steps of one load share.
struct Loader<'a> {
    options: &'a LoadOptions,
    encoding: Option<&'static Encoding>,
    separator: Option<Separator>,
    task: &'a Task,
    tuning: Tuning,
    report: LoadReport,
}

impl Loader<'_> {
    fn read_path<M: Send>(&mut self, path: &Path, make: impl Make<M>) -> Result<Loaded<M>, LoadError> {
        let place = Place::of(path)?;
        let plan = place.plan().ok_or_else(|| no_ratings(path, &place))?;
        let opened = formats::open_ratings(&plan, &self.how())?;
        let marker = marker::read(&place, &mut self.report);
        let folder_name = std::fs::canonicalize(path).ok();
        let named = folder_name.as_deref().unwrap_or(path);
        let name = if place.file.is_some() || named.extension().is_some_and(|e| e == "parquet" || e == "zip") {
            input::stem(named)
        } else {
            short_name(named)
        };
        let mut loaded = self.read_all(opened, &short_name(&plan.ratings), &plan, |_, _, _| Ok(()), make)?;
        loaded.parts.name = marker.name.unwrap_or(name);
        loaded.parts.synthetic = marker.synthetic;
        Ok(loaded)
    }

    fn read_bytes<M: Send>(&mut self, name: &str, bytes: Vec<u8>, make: impl Make<M>) -> Result<Loaded<M>, LoadError> {
        let total = bytes.len() as u64;
        let input = input::from_reader(name.to_owned(), Box::new(Cursor::new(bytes)), Some(total))?;
        let opened = formats::open_bytes(input, &self.how())?;
        let plan = Plan::of("delimited", PathBuf::from(name));
        let mut loaded = self.read_all(opened, name, &plan, |_, _, _| Ok(()), make)?;
        loaded.parts.name = input::stem(Path::new(name));
        Ok(loaded)
    }

    /// The ratings, then the metadata: that of the options, and that which `more` reads; meanwhile something is made of the
    /// ratings.
    fn read_all<M: Send>(
        &mut self,
        opened: Opened,
        short: &str,
        plan: &Plan,
        more: impl FnOnce(&mut LoadReport, &Task, &mut Catalogs) -> Result<(), LoadError> + Send,
        make: impl Make<M>,
    ) -> Result<Loaded<M>, LoadError> {
        plan.format.clone_into(&mut self.report.format);
        let (name, bytes) = (opened.shown().to_owned(), opened.total());
        let mut stages = Stages::begin(&self.task.timings);
        let (ratings, clues, resolution) = self.read_ratings(opened, short, plan)?;
        stages.end("reading ratings");
        let Ratings {
            users,
            items,
            rows,
            origins,
            ..
        } = ratings;
        // All is read; what comes is the rest of the wait.
        let n = rows.users.len();
        let sorting = || Report::of("sorting ratings", bytes.unwrap_or(0), bytes, "bytes").with("rows", n as f64);
        self.task.progress.say(sorting);
        let (rated_users, rated_items) = (users.len(), items.len());
        let one_value = match rows.values.table[..] {
            [value] if n > 1 => Some(value),
            _ => None,
        };
        let counted = Counted {
            users: rated_users,
            items: rated_items,
            rows: n,
            one_value,
        };
        let task = self.task;
        let (made, described) = task.pool.join(
            || make(rows, &clues, rated_users, rated_items),
            || {
                let mut catalogs = Catalogs {
                    items: catalog::Catalog::new(items),
                    users: catalog::Catalog::new(users),
                    ..Catalogs::default()
                };
                self.read_metadata(plan, &mut catalogs, counted)?;
                more(&mut self.report, task, &mut catalogs)?;
                findings::note(&mut self.report, &catalogs, counted);
                Ok(DatasetParts {
                    name: String::new(),
                    ratings: RatingRows::default(),
                    item_attributes: catalogs.items.take_attributes(),
                    user_attributes: catalogs.users.take_attributes(),
                    users: catalogs.users.ids.to_ids(),
                    items: catalogs.items.ids.to_ids(),
                    titles: catalogs.items.titles,
                    clues: clues.clone(),
                    synthetic: false,
                    resolution,
                    report: std::mem::take(&mut self.report),
                })
            },
        );
        let parts: Result<DatasetParts, LoadError> = described;
        stages.end("metadata and what is made of the ratings");
        Ok(Loaded {
            parts: parts?,
            made,
            origins,
            shown: name,
        })
    }

    fn read_ratings(
        &mut self,
        opened: Opened,
        short: &str,
        plan: &Plan,
    ) -> Result<(Ratings, FeedbackClues, Resolution), LoadError> {
        let shown = opened.shown().to_owned();
        self.report.files.push(short.to_owned());
        self.report.encoding = self
            .encoding
            .map_or("utf-8".to_owned(), |e| e.name().to_ascii_lowercase());
        let ((mut ratings, clues), counting) = match opened {
            Opened::Text(input) => (self.read_text(input, short, plan)?, Counting::Lines),
            Opened::Rows(format, _, file) => {
                if !plan.names_itself() {
                    format.clone_into(&mut self.report.format);
                }
                let counting = file.counting();
                (self.read_rows(file, &shown, short, plan)?, counting)
            }
        };
        let settled = settle::settle(&mut ratings, &mut self.report);
        let resolution =
            settled.map_err(|(place, problem)| rejects::error_at(shown.clone(), counting, place, problem))?;
        self.leave_out_zeros(&mut ratings);
        if ratings.rows.users.is_empty() {
            let problem = match self.report.rejected.first() {
                Some(first) => format!("no row could be used, the first since {}", first.reason),
                None => "there are no ratings (a row with user, item and rating is expected)".to_owned(),
            };
            return Err(LoadError::File { file: shown, problem });
        }
        Ok((ratings, clues, resolution))
    }

    fn how(&self) -> How {
        How {
            encoding: self.encoding,
            separator: self.separator.clone(),
            quote: self.options.quote,
            header: self.said_header(),
            wide: self.options.wide,
        }
    }

    /// The form of the times in rows whose columns are known.
    fn time_form(&self, columns: Columns, rows: &[Vec<String>]) -> TimeForm {
        let times = rows.iter().filter_map(|row| row.get(columns.time?)).map(String::as_str);
        TimeForm::of(self.options.time_format.as_deref(), times)
    }

    fn read_text(&mut self, mut input: Input, short: &str, plan: &Plan) -> Result<(Ratings, FeedbackClues), LoadError> {
        let shown = input.name.clone();
        let at = |line, column, problem: String| LoadError::At {
            file: shown.clone(),
            line,
            column,
            problem,
        };
        let bytes = std::mem::replace(&mut input.bytes, Box::new(std::io::empty()));
        let comma = Syntax::of(Separator::Byte(b','));
        let mut records = Records::new(bytes, comma).map_err(|e| LoadError::reading(&shown, &e))?;
        if records.is_blank() {
            return Err(at(
                1,
                1,
                "the file is empty (a row with user, item and rating is expected)".to_owned(),
            ));
        }
        let syntax = self.syntax(&records, plan).map_err(|problem| at(1, 1, problem))?;
        self.report.separator = syntax.separator.name();
        records.set_syntax(syntax.clone());
        let first_rows = sniff::split(records.sample(), &syntax);
        let header = self.header(&first_rows, plan);
        let columns = self
            .columns(header, &first_rows, plan)
            .map_err(|problem| at(1, 1, problem))?;
        let names = first_rows.first().filter(|_| header).map(Vec::as_slice);
        let clues = self.clues(columns, names).map_err(|problem| at(1, 1, problem))?;
        let width = first_rows.first().map_or(0, Vec::len);
        if plan.columns.is_none() {
            findings::note_columns(&mut self.report, columns, names, width, self.options.is_implicit());
        }
        if !header && columns.rating.is_none() {
            findings::note_header_taken_as_data(&mut self.report, columns, &first_rows);
        }
        let times = self.time_form(columns, &first_rows[usize::from(header).min(first_rows.len())..]);
        let mut rejects = Rejects {
            lenient: self.options.lenient,
            counting: Counting::Lines,
            shown: &shown,
            short,
            report: &mut self.report,
        };
        if header && let Err(fault) = records.advance() {
            rejects.fault(fault)?;
        }
        let manner = Manner {
            syntax,
            columns,
            times,
            policy: self.options.duplicates.unwrap_or_default(),
            lenient: self.options.lenient,
            quick: self.tuning.quick,
        };
        let sizes = (self.tuning.block, self.tuning.most);
        let ratings = ratings::read(records, &manner, &input, rejects, self.task, sizes)?;
        if ratings.rows.users.is_empty() {
            let problem = match self.report.rejected.first() {
                Some(first) => format!("no row could be used, the first since {}", first.reason),
                None if header => "the header is followed by no ratings (use --no-header if it is one)".to_owned(),
                None => "there are no ratings (a row with user, item and rating is expected)".to_owned(),
            };
            let line = self.report.rejected.first().map_or(1 + u64::from(header), |r| r.line);
            return Err(at(line, 1, problem));
        }
        Ok((ratings, clues))
    }

    fn syntax(&self, records: &Records<Box<dyn Read + Send>>, plan: &Plan) -> Result<Syntax, String> {
        let quote = self.options.quote;
        if let Some(separator) = &self.separator {
            return Ok(Syntax::with_quotes(separator.clone(), quote));
        }
        if let Some(syntax) = &plan.syntax {
            return Ok(syntax.clone());
        }
        let sample = records.sample();
        let broken = sample.is_empty() || sample.contains(&0) || std::str::from_utf8(sample).is_err();
        match sniff::separator(sample) {
            Some(separator) => Ok(Syntax::with_quotes(separator, quote)),
            // A broken or endless first line: the row itself will be the error.
            None if broken => Ok(Syntax::with_quotes(Separator::Byte(b','), quote)),
            None => Err("no separator makes columns of the rows (name it with --separator)".to_owned()),
        }
    }

    /// Whether the first row names the columns.
    fn header(&self, rows: &[Vec<String>], plan: &Plan) -> bool {
        plan.columns.is_none() && self.said_header().unwrap_or_else(|| sniff::has_header(rows))
    }

    /// Whether there is a header, where the options say so.
    fn said_header(&self) -> Option<bool> {
        let named = self.options.columns.as_ref().is_some_and(ColumnMap::names_headers);
        if self.options.no_header {
            return Some(false);
        }
        named.then_some(true)
    }

    fn columns(&self, header: bool, rows: &[Vec<String>], plan: &Plan) -> Result<Columns, String> {
        if let (Some(mut columns), None) = (plan.columns, &self.options.columns) {
            if self.options.is_implicit() {
                columns.rating = None;
            }
            // A published split may lack its time column, as other copies do.
            let narrow = rows.first().is_some_and(|r| columns.time == Some(r.len()));
            columns.time = columns.time.filter(|_| !narrow);
            return Ok(columns);
        }
        let clues = Clues {
            header: rows.first().filter(|_| header).map(Vec::as_slice),
            rows: &rows[usize::from(header).min(rows.len())..],
            implicit: self.options.is_implicit(),
        };
        guess::resolve(&clues, self.options.columns.as_ref().unwrap_or(&ColumnMap::default()))
    }
}

fn no_ratings(path: &Path, place: &Place) -> LoadError {
    let found = formats::delimited::candidates(place);
    let problem = if found.len() > 1 {
        let names: Vec<String> = found.iter().take(5).map(|n| shown(Path::new(n))).collect();
        format!(
            "several files of this folder may be the ratings, name one of {}",
            names.join(", ")
        )
    } else {
        let place = if archive::is_archive(path) { "archive" } else { "folder" };
        format!("this {place} holds no ratings (expected u.data, ratings.dat, ratings.csv or one file of ratings)")
    };
    LoadError::File {
        file: shown(path),
        problem,
    }
}

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod columns_tests;
#[cfg(test)]
#[path = "formats_fixtures_tests.rs"]
mod formats_fixtures;
#[cfg(test)]
mod formats_parts_tests;
#[cfg(test)]
mod formats_tests;
#[cfg(test)]
mod quotes_tests;
#[cfg(test)]
mod roads_tests;
#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
