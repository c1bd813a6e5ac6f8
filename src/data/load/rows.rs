//! Rows of named fields from what is no delimited text: JSON, Parquet, a database, …
//!
//! A format opens a [`RowFile`]: it names its columns, shows its first rows, and hands itself out in pieces, which
//! several threads read at once. What becomes of the rows is the same whatever the file: `intake` gives ratings to the
//! parser, `metadata` gives tables to the catalogs, row by row as text.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::error::LoadError;
use super::input::Input;
use super::records::Place;
use crate::data::Day;

/// A field as the file has it. What is text there stays text, a number too, so that an id is what it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    Flag(bool),
    Integer(i64),
    Number(f64),
    /// Since 1970, where the file says that it is a time.
    Moment {
        seconds: i64,
        nanos: u32,
    },
    /// The elements of a list are separated by `|`.
    Text(&'a str),
    /// A text that `number` stands for, in this column of this piece.
    Known {
        number: u32,
        text: &'a str,
    },
}

impl<'a> Cell<'a> {
    /// As delimited text would have it.
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Missing => Cow::Borrowed(""),
            Self::Text(text) | Self::Known { text, .. } => Cow::Borrowed(text),
            Self::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
            Self::Integer(n) => Cow::Owned(n.to_string()),
            Self::Number(x) => Cow::Owned(x.to_string()),
            Self::Moment { seconds, nanos } => Cow::Owned(date_and_time(seconds, nanos)),
        }
    }
}

/// As ISO 8601 writes it, in UTC.
fn date_and_time(seconds: i64, nanos: u32) -> String {
    let clock = seconds.rem_euclid(86_400);
    let (hours, minutes) = (clock / 3600, clock / 60 % 60);
    let day = Day::of_seconds(seconds);
    let mut text = format!("{day}T{hours:02}:{minutes:02}:{:02}", clock % 60);
    if nanos > 0 {
        text.push_str(format!(".{nanos:09}").trim_end_matches('0'));
    }
    text + "Z"
}

/// What rows are handed to.
pub(super) trait Take {
    /// Takes the wanted cells of a row, in the order in which they were wanted; `place` says where each stands. Returns
    /// whether more rows are wanted.
    fn row(&mut self, cells: &[Cell<'_>], place: &dyn Fn(usize) -> Place) -> bool;

    /// The rows that come stand in this part of the file.
    fn part(&mut self, _name: &str) {}

    /// Takes note of a row that is broken. Returns whether more rows are wanted.
    fn bad(&mut self, place: Place, reason: String) -> bool;
}

/// Reads a part of a file on any thread and hands its rows over, until no more are wanted.
pub(super) type Piece = Box<dyn FnOnce(&mut dyn Take) -> Result<(), LoadError> + Send>;

/// What numbers say where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// The line of a text and the character in it.
    Lines,
    /// The row of a table and its column.
    Rows,
}

/// An opened file of rows.
pub(super) trait RowFile: Send {
    fn columns(&self) -> &[String];

    /// The first rows, about a hundred at most, as text. What is broken is left to whoever reads the rows.
    fn sample(&mut self) -> Vec<Vec<String>>;

    /// Reads these columns from now on, in this order.
    fn want(&mut self, columns: &[usize]);

    /// The next piece, in the order of the file; `None` behind the last.
    fn next(&mut self) -> Result<Option<Piece>, LoadError>;

    /// How far the file was read, in bytes or rows, and the whole where it is known.
    fn progress(&self) -> (u64, Option<u64>);

    fn counting(&self) -> Counting {
        Counting::Lines
    }

    /// Whether columns come in an order that says what they are.
    fn is_ordered(&self) -> bool {
        false
    }

    /// Whether its columns have numbers for names.
    fn is_headless(&self) -> bool {
        false
    }

    /// What is wrong with the file as a whole, now that so many rows were read of it.
    fn missing(&self, _rows: u64) -> Option<String> {
        None
    }

    /// Something to know once all was read.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A file that was opened by its content.
pub(super) enum Opened {
    Text(Input),
    /// The format's name, and the file as a person may see it.
    Rows(&'static str, String, Box<dyn RowFile>),
}

impl Opened {
    /// The file as a person may see it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(input) => &input.name,
            Self::Rows(_, shown, _) => shown,
        }
    }

    /// Its bytes or rows, where they are known.
    pub fn total(&self) -> Option<u64> {
        match self {
            Self::Text(input) => input.total,
            Self::Rows(_, _, file) => file.progress().1,
        }
    }
}

/// As many rows as columns and the like are guessed from.
pub(super) const SAMPLE: usize = 100;

/// Hands over the wanted cells of one row.
pub(super) fn hand_over<'a>(
    wanted: &[usize],
    cell: impl Fn(usize) -> Cell<'a>,
    place: &dyn Fn(usize) -> Place,
    take: &mut dyn Take,
) -> bool {
    let mut few = [Cell::Missing; 4];
    if wanted.len() > few.len() {
        let all: Vec<Cell<'a>> = wanted.iter().map(|&column| cell(column)).collect();
        return take.row(&all, place);
    }
    for (slot, &column) in few.iter_mut().zip(wanted) {
        *slot = cell(column);
    }
    take.row(&few[..wanted.len()], place)
}

/// The first rows of a piece as text.
pub(super) fn first_rows(piece: Piece) -> Vec<Vec<String>> {
    struct First(Vec<Vec<String>>);
    impl Take for First {
        fn row(&mut self, cells: &[Cell<'_>], _: &dyn Fn(usize) -> Place) -> bool {
            self.0.push(cells.iter().map(|c| c.text().trim().to_owned()).collect());
            self.0.len() < SAMPLE
        }

        fn bad(&mut self, _: Place, _: String) -> bool {
            self.0.len() < SAMPLE
        }
    }
    let mut first = First(Vec::new());
    // What is wrong comes again when the rows are read.
    let _ = piece(&mut first);
    first.0
}

/// The fields of a row, or what is wrong with it.
pub(super) type TextRow = Result<Vec<String>, (Place, String)>;

/// The rows of a file one after another, as text: a table of items or users.
pub(super) struct TextRows {
    file: Box<dyn RowFile>,
    ready: VecDeque<Ready>,
    /// Where the fields of the row handed out last stand.
    places: Vec<Place>,
}

enum Ready {
    Row(Vec<String>, Vec<Place>),
    Bad(Place, String),
}

struct Collect<'a>(&'a mut VecDeque<Ready>);

impl Take for Collect<'_> {
    fn row(&mut self, cells: &[Cell<'_>], place: &dyn Fn(usize) -> Place) -> bool {
        let row = cells.iter().map(|c| c.text().trim().to_owned()).collect();
        // A fault is found in one of the first few fields or in the whole row.
        self.0.push_back(Ready::Row(row, (0..cells.len()).map(place).collect()));
        true
    }

    fn bad(&mut self, place: Place, reason: String) -> bool {
        self.0.push_back(Ready::Bad(place, reason));
        true
    }
}

impl TextRows {
    /// All columns of `file`.
    pub fn of(mut file: Box<dyn RowFile>) -> Self {
        let all: Vec<usize> = (0..file.columns().len()).collect();
        file.want(&all);
        let header = file.columns().to_vec();
        let ready = VecDeque::from([Ready::Row(header, Vec::new())]);
        Self {
            file,
            ready,
            places: Vec::new(),
        }
    }

    /// The next row, the first being the names of the columns; what is wrong with a row where it is broken.
    pub fn next(&mut self) -> Result<Option<TextRow>, LoadError> {
        loop {
            match self.ready.pop_front() {
                Some(Ready::Row(row, places)) => {
                    self.places = places;
                    return Ok(Some(Ok(row)));
                }
                Some(Ready::Bad(place, reason)) => return Ok(Some(Err((place, reason)))),
                None => match self.file.next()? {
                    Some(piece) => piece(&mut Collect(&mut self.ready))?,
                    None => return Ok(None),
                },
            }
        }
    }

    /// Where field `index` of the row stands; beyond the last: where the last does.
    pub fn place(&self, index: usize) -> Place {
        let place = self.places.get(index).or(self.places.last());
        place.copied().unwrap_or(Place { line: 1, column: 1 })
    }

    pub fn counting(&self) -> Counting {
        self.file.counting()
    }

    pub fn remarks(&mut self) -> Vec<String> {
        self.file.remarks()
    }
}
