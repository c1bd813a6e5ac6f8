//! ARFF, the format of Weka and OpenML: `@relation`, an `@attribute NAME TYPE` a column, `@data`, then rows between commas.
//! `%` begins a comment, `?` is a missing value, and what holds blanks or commas stands in marks of either kind.

use std::borrow::Cow;

use super::super::error::{LoadError, quoted};
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::records::Place as Spot;
use super::super::rows::{Cell, RowFile, Take, hand_over};
use super::{Format, Layout, Opening, nowhere};

pub(super) const FORMAT: Format = Format {
    name: "arff",
    title: "ARFF (Weka, OpenML)",
    files: "`NAME.arff`",
    recognize: nowhere,
    layout: Some(Layout { is, text: true, open }),
};

/// Whether the first line that is no comment is `@relation`.
fn is(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"));
    first.is_some_and(|line| line.len() > 9 && line[..9].eq_ignore_ascii_case(b"@relation"))
}

struct Arff {
    columns: Vec<String>,
    preamble: u64,
}

fn open(input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    Ok(Box::new(LineFile::open(input, begin)?))
}

/// Reads the header.
fn begin(first: &str) -> Result<Arff, (Spot, String)> {
    let mut columns = Vec::new();
    for (number, line) in (1..).zip(first.lines()) {
        let line = line.trim();
        let word = line
            .split(|c: char| c.is_whitespace())
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        match word.as_str() {
            "@data" => {
                return Ok(Arff {
                    columns,
                    preamble: number,
                });
            }
            "@attribute" => {
                let rest = line[word.len()..].trim_start();
                let mut name = String::new();
                if field(rest, &mut name, char::is_whitespace).is_none() || name.is_empty() {
                    let problem = "the name of the attribute is missing, or its quotation mark never closes";
                    return Err((
                        Spot {
                            line: number,
                            column: 1,
                        },
                        problem.to_owned(),
                    ));
                }
                columns.push(name);
            }
            word if word.is_empty() || word.starts_with('%') || word == "@relation" => {}
            other => {
                let problem = format!("{} is not known in the header of ARFF", quoted(other.as_bytes()));
                return Err((
                    Spot {
                        line: number,
                        column: 1,
                    },
                    problem,
                ));
            }
        }
    }
    let line = first.lines().count().max(1) as u64;
    Err((
        Spot { line, column: 1 },
        "the header of ARFF ends without @data (is the download complete?)".to_owned(),
    ))
}

/// Reads a field that `ends` end, perhaps in quotation marks, into `out`; gives what comes behind it, or nothing where a
/// mark never closes.
fn field<'a>(text: &'a str, out: &mut String, ends: impl Fn(char) -> bool) -> Option<&'a str> {
    let Some(mark) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        let end = text.find(ends).unwrap_or(text.len());
        out.push_str(text[..end].trim_end());
        return Some(&text[end..]);
    };
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.push(chars.next()?.1),
            c if c == mark => return Some(&text[at + 1..]),
            c => out.push(c),
        }
    }
    None
}

impl Arff {
    /// The fields of a row and where each begins.
    fn fields<'a>(&self, text: &'a str) -> Result<Vec<(Cow<'a, str>, &'a str)>, &'a str> {
        if !text.contains(['\'', '"']) {
            return Ok(text.split(',').map(|f| (Cow::Borrowed(f.trim()), f)).collect());
        }
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut rest = text;
        loop {
            let begin = rest.trim_start();
            let mut value = String::new();
            let behind = field(begin, &mut value, |c| c == ',').ok_or(begin)?.trim_start();
            fields.push((Cow::Owned(value), begin));
            match behind.strip_prefix(',') {
                Some(next) => rest = next,
                None if behind.is_empty() => return Ok(fields),
                None => return Err(behind),
            }
        }
    }
}

impl LineFormat for Arff {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn preamble(&self) -> u64 {
        self.preamble
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        let text = line.text.trim();
        if text.starts_with('%') {
            return true;
        }
        if text.starts_with('{') {
            let problem = "sparse rows are not read (write the data as dense ARFF or CSV)";
            return take.bad(line.place(text), problem.to_owned());
        }
        let fields = match self.fields(text) {
            Ok(fields) => fields,
            Err(at) => {
                return take.bad(
                    line.place(at),
                    "a quotation mark is not where a field begins or ends".to_owned(),
                );
            }
        };
        if fields.len() != self.columns.len() {
            let (has, columns) = (fields.len(), self.columns.len());
            return take.bad(
                line.place(text),
                format!("the row has {has} fields, the header {columns}"),
            );
        }
        let cell = |column: usize| match &*fields[column].0 {
            "?" => Cell::Missing,
            text => Cell::Text(text),
        };
        let place = |n: usize| line.place(wanted.get(n).map_or("", |&column| fields[column].1));
        hand_over(wanted, cell, &place, take)
    }
}
