//! JSON: an object a row, one a line, one behind the other, or in an array; as Amazon's and Yelp's reviews come.

mod objects;
mod row;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::error::{LoadError, quoted};
use super::super::input::Input;
use super::super::rows::{Piece, RowFile, first_rows};
use super::super::table::{read_items, read_users};
use super::{About, Format, Layout, Opening, Place, Plan, delimited};
use objects::{Block, Objects};
use row::{Names, Shape, read_block, shapes};

pub(super) const FORMAT: Format = Format {
    name: "json",
    title: "JSON",
    files: "an object a row: lines, one behind the other, or an array; Amazon's (`meta_*.json` beside it) and Yelp's (`…_review.json`, `…_business.json`, `…_user.json`)",
    recognize,
    layout: Some(Layout { is, text: true, open }),
};

const ENDS: [&str; 3] = [".json", ".jsonl", ".ndjson"];

/// Reviews by the names that their publishers give them, with the tables beside them.
fn recognize(place: &Place) -> Option<Plan> {
    let bare = |name: &str| name.trim_end_matches(".gz").trim_end_matches(".zst").to_owned();
    let is_json = |name: &str| ENDS.iter().any(|end| bare(name).ends_with(end));
    let ratings = if let Some(file) = &place.file {
        is_json(&place.file_name()?).then(|| file.clone())?
    } else {
        let found = delimited::candidates(place);
        let [one] = &found[..] else { return None };
        is_json(&one.to_ascii_lowercase()).then(|| place.path_of(one))?
    };
    let name = bare(&ratings.file_name()?.to_str()?.to_ascii_lowercase());
    let beside = |what: &str| place.find(&name.replace("review", what));
    let yelp = |what| if name.contains("review") { beside(what) } else { None };
    let plan = Plan::of(FORMAT.name, ratings);
    let plan = plan.with(
        About::Items,
        yelp("business").or_else(|| products(place, &name)),
        read_items,
    );
    Some(plan.with(About::Users, yelp("user"), read_users))
}

/// Amazon's `meta_Gift_Cards.json` beside `Gift_Cards.json` or `Gift_Cards_5.json`.
fn products(place: &Place, name: &str) -> Option<PathBuf> {
    let category = name
        .split('.')
        .next()?
        .trim_end_matches("_5")
        .trim_start_matches("reviews_");
    let wanted = format!("meta_{category}");
    let found = place.all(|other| other.split('.').next() == Some(wanted.as_str()));
    found.into_iter().next()
}

/// Whether text begins as an object does, or an array of such; braces begin other texts too.
fn is(head: &[u8]) -> bool {
    let blank = |b: &u8| b.is_ascii_whitespace();
    let mut bytes = head.iter().filter(|b| !blank(b)).copied();
    let named = |byte| matches!(byte, Some(b'"' | b'\'' | b'}'));
    match (bytes.next(), bytes.next(), bytes.next()) {
        (Some(b'{'), second, _) => named(second),
        (Some(b'['), Some(b'{'), third) => named(third),
        (Some(b'['), Some(b']'), third) => third.is_none(),
        _ => false,
    }
}

struct Json {
    input: Input,
    objects: Objects,
    ready: Option<Block>,
    columns: Vec<String>,
    /// Fields that hold objects, and so no values.
    nested: Vec<String>,
    names: Arc<Names>,
}

fn open(mut input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    let shown = input.name.clone();
    let reader = std::mem::replace(&mut input.bytes, Box::new(std::io::empty()));
    let mut objects = Objects::of(reader, shown.clone());
    let ready = objects.next()?;
    let fail = |problem: String| LoadError::File {
        file: shown.clone(),
        problem,
    };
    let found = ready.as_ref().map_or_else(Vec::new, shapes);
    if let Some(problem) = ready.as_ref().and_then(|block| no_rows(block, &found)) {
        return Err(fail(problem));
    }
    let is_nested = |shape: &Shape| shape.objects > 0 && shape.values == 0;
    let (nested, plain): (Vec<Shape>, Vec<Shape>) = found.into_iter().partition(is_nested);
    let columns: Vec<String> = plain.into_iter().map(|s| s.name).collect();
    Ok(Box::new(Json {
        names: Arc::new(Names::all(&columns)),
        nested: nested.into_iter().map(|s| s.name).collect(),
        input,
        objects,
        ready,
        columns,
    }))
}

/// Why a file is no rows, where it is one object that holds everything.
fn no_rows(block: &Block, found: &[Shape]) -> Option<String> {
    if block.bytes.trim_ascii_start().get(1) == Some(&b'\'') {
        let problem = "it is written as Python prints dictionaries, which is no JSON \
                       (read it by ast.literal_eval and write it by json.dumps, one a line)";
        return Some(problem.to_owned());
    }
    if block.slices.len() > 1 || !block.last || found.is_empty() {
        return None;
    }
    if let Some(inner) = found.iter().find(|shape| shape.arrays_of_objects > 0) {
        let name = quoted(inner.name.as_bytes());
        return Some(format!(
            "its rows stand within the field {name} (write that array to a file of its own)"
        ));
    }
    let is_column = |shape: &Shape| shape.objects + shape.arrays > 0;
    found.iter().all(is_column).then(|| {
        "it is one object with a field a column (write an object a row; by pandas with to_json(orient=\"records\", \
         lines=True))"
            .to_owned()
    })
}

impl Json {
    fn piece(&self, block: Block) -> Piece {
        let names = Arc::clone(&self.names);
        Box::new(move |take| {
            read_block(&block, &names, take);
            Ok(())
        })
    }
}

impl RowFile for Json {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        let block = self.ready.clone();
        block.map_or_else(Vec::new, |block| first_rows(self.piece(block)))
    }

    fn want(&mut self, columns: &[usize]) {
        let names: Vec<String> = columns.iter().map(|&c| self.columns[c].clone()).collect();
        self.names = Arc::new(if names.len() == self.columns.len() {
            Names::all(&names)
        } else {
            Names::some(&names)
        });
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        let block = match self.ready.take() {
            Some(block) => Some(block),
            None => self.objects.next()?,
        };
        Ok(block.map(|block| self.piece(block)))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.input.consumed.load(Ordering::Relaxed), self.input.total)
    }

    fn remarks(&mut self) -> Vec<String> {
        let Some(late) = &self.names.late else {
            return Vec::new();
        };
        let late: BTreeSet<String> = std::mem::take(&mut *late.lock().unwrap_or_else(PoisonError::into_inner));
        let late: Vec<String> = late.into_iter().filter(|name| !self.nested.contains(name)).collect();
        let list = |names: &[String]| {
            let shown: Vec<String> = names.iter().take(5).map(|n| quoted(n.as_bytes())).collect();
            let more = names.len().saturating_sub(5);
            shown.join(", ")
                + &if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                }
        };
        let mut remarks = Vec::new();
        if !self.nested.is_empty() {
            remarks.push(format!(
                "fields that hold objects were left out: {}",
                list(&self.nested)
            ));
        }
        if !late.is_empty() {
            remarks.push(format!(
                "fields that the first objects do not have were left out: {}",
                list(&late)
            ));
        }
        remarks
    }
}

/// Fields that were met after the columns were fixed.
type Late = Mutex<BTreeSet<String>>;
