//! RecBole's atomic files: `NAME.inter` with `NAME.item` and `NAME.user` beside it, between tabs, and headers that give
//! every column a type: `user_id:token`, `rating:float`, `class:token_seq`, `vector:float_seq`. `NAME.link` and
//! `NAME.kg`, a graph of knowledge, give further attributes of items.

use std::borrow::Cow;

use super::super::error::LoadError;
use super::super::graph::{read_facts, read_links};
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::records::Place as Spot;
use super::super::rows::{Cell, RowFile, Take, hand_over};
use super::super::table::{is_title, read_items, read_users};
use super::{About, Format, Layout, Opening, Place, Plan};

pub(super) const FORMAT: Format = Format {
    name: "recbole",
    title: "RecBole's atomic files",
    files: "`NAME.inter`, `NAME.item`, `NAME.user`, `NAME.link` and `NAME.kg`",
    recognize,
    layout: Some(Layout { is, text: true, open }),
};

fn recognize(place: &Place) -> Option<Plan> {
    let is_ratings = |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| end == "inter");
    let ratings = match &place.file {
        Some(file) => is_ratings(&place.file_name()?).then(|| file.clone())?,
        None => match &place.all(is_ratings)[..] {
            [one] => one.clone(),
            _ => return None,
        },
    };
    let name = ratings.file_name()?.to_str()?.to_ascii_lowercase();
    let stem = name.split(".inter").next()?.to_owned();
    let beside = |end: &str| place.find(&format!("{stem}.{end}"));
    let plan = Plan::of(FORMAT.name, ratings);
    let plan = plan.with(About::Items, beside("item"), read_items);
    let plan = plan.with(About::Users, beside("user"), read_users);
    let (links, facts) = (beside("link"), beside("kg"));
    // Neither says anything without the other.
    let (links, facts) = links.zip(facts).unzip();
    let plan = plan.with(About::Tags, links, read_links);
    Some(plan.with(About::Tags, facts, read_facts))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Single,
    Sequence,
    /// A list of numbers, which says nothing by itself.
    Vector,
}

/// The name and the type of a column.
fn typed(field: &str) -> Option<(&str, Kind)> {
    let (name, kind) = field.trim_end().rsplit_once(':')?;
    let kind = match kind {
        "token" | "float" => Kind::Single,
        "token_seq" => Kind::Sequence,
        "float_seq" => Kind::Vector,
        _ => return None,
    };
    (!name.is_empty()).then_some((name, kind))
}

fn is(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    std::str::from_utf8(line).is_ok_and(|line| line.split('\t').all(|field| typed(field).is_some()))
}

struct RecBole {
    columns: Vec<String>,
    kinds: Vec<Kind>,
}

fn open(input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    let begin = |first: &str| -> Result<RecBole, (Spot, String)> {
        let header = first.lines().next().unwrap_or("");
        let fields = header.split('\t').filter_map(typed);
        let (columns, mut kinds): (Vec<String>, Vec<Kind>) = fields.map(|(name, kind)| (name.to_owned(), kind)).unzip();
        for (column, kind) in columns.iter().zip(&mut kinds) {
            // A title is a sequence of words there.
            if *kind == Kind::Sequence && is_title(column) {
                *kind = Kind::Single;
            }
        }
        Ok(RecBole { columns, kinds })
    };
    Ok(Box::new(LineFile::open(input, begin)?))
}

impl LineFormat for RecBole {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn preamble(&self) -> u64 {
        1
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        let fields: Vec<&str> = line.text.split('\t').collect();
        let lists = wanted.iter().any(|&w| self.kinds[w] != Kind::Single);
        if fields.len() < self.columns.len() || !lists {
            return line.hand_over_fields(&fields, self.columns.len(), wanted, take);
        }
        let values: Vec<Cow<'_, str>> = fields
            .iter()
            .zip(&self.kinds)
            .map(|(f, kind)| value(f, *kind))
            .collect();
        let place = |n: usize| line.place(wanted.get(n).map_or("", |&column| fields[column]));
        hand_over(wanted, |column| Cell::Text(&values[column]), &place, take)
    }
}

fn value(field: &str, kind: Kind) -> Cow<'_, str> {
    match kind {
        Kind::Single => Cow::Borrowed(field),
        Kind::Sequence => Cow::Owned(field.split_whitespace().collect::<Vec<_>>().join("|")),
        Kind::Vector => Cow::Borrowed(""),
    }
}
