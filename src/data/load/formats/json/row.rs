//! The fields of objects that are rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::super::records::Place;
use super::super::super::rows::{Cell, Take};
use super::Late;
use super::objects::{Block, Slice};

/// The fields that are wanted, in their order.
pub(super) struct Names {
    places: HashMap<String, usize>,
    /// Where fields without a place are collected.
    pub late: Option<Late>,
}

impl Names {
    /// Some of the fields; what else there is does not matter.
    pub fn some(names: &[String]) -> Self {
        Self {
            places: names.iter().cloned().zip(0..).collect(),
            late: None,
        }
    }

    pub fn all(names: &[String]) -> Self {
        Self {
            late: Some(Late::default()),
            ..Self::some(names)
        }
    }
}

/// Hands over the rows of a block.
pub(super) fn read_block(block: &Block, names: &Names, take: &mut dyn Take) {
    let mut strays = block.strays.iter().peekable();
    for slice in &block.slices {
        while let Some(&stray) = strays.next_if(|stray| stray.line < slice.place.line) {
            if !take.bad(stray, STRAY.to_owned()) {
                return;
            }
        }
        if !read_slice(&block.bytes[slice.start..slice.end], *slice, names, take) {
            return;
        }
    }
    for &stray in strays {
        if !take.bad(stray, STRAY.to_owned()) {
            return;
        }
    }
}

const STRAY: &str = "an object in braces is expected here";

fn read_slice(text: &[u8], slice: Slice, names: &Names, take: &mut dyn Take) -> bool {
    let place = |at: usize| {
        let (line, column) = spot_of(text, at);
        Place {
            line: slice.place.line + line - 1,
            column: if line == 1 {
                slice.place.column + column - 1
            } else {
                column
            },
        }
    };
    let mut at = 0;
    while !text[at..].trim_ascii().is_empty() {
        let mut deserializer = serde_json::Deserializer::from_slice(&text[at..]);
        let mut fields: Vec<Option<&str>> = vec![None; names.places.len()];
        let row = Row {
            names,
            fields: &mut fields,
        };
        if let Err(error) = row.deserialize(&mut deserializer) {
            return take.bad(place(at + offset_of(&text[at..], &error)), in_words(&error));
        }
        let begin = at;
        at += deserializer.into_iter::<IgnoredAny>().byte_offset();
        // All fields are slices of the text.
        let start_of = |field: &str| (field.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let spot = |n: usize| place(fields.get(n).copied().flatten().map_or(begin, start_of));
        let values: Result<Vec<Value<'_>>, usize> = (0..).zip(&fields).map(|(n, f)| Value::of(*f).ok_or(n)).collect();
        let more = match values {
            Ok(values) => {
                let cells: Vec<Cell<'_>> = values.iter().map(Value::cell).collect();
                take.row(&cells, &spot)
            }
            Err(n) => take.bad(spot(n), "the JSON is broken here (a string that is no text)".to_owned()),
        };
        if !more {
            return false;
        }
    }
    true
}

/// Where in a text the parser stopped.
fn offset_of(text: &[u8], error: &serde_json::Error) -> usize {
    let lines = text
        .split_inclusive(|b| *b == b'\n')
        .take(error.line().saturating_sub(1));
    let before: usize = lines.map(<[u8]>::len).sum();
    (before + error.column().saturating_sub(1)).min(text.len())
}

/// Line and character of a place in a text, from 1.
fn spot_of(text: &[u8], at: usize) -> (u64, u64) {
    let before = &text[..at.min(text.len())];
    let start = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
    let lines = memchr::memchr_iter(b'\n', before).count() as u64;
    let column = before[start..].iter().filter(|b| **b & 0xc0 != 0x80).count() as u64;
    (1 + lines, 1 + column)
}

/// What the parser has against a text, without the place, which is said elsewhere.
fn in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.contains("unicode") || text.contains("UTF-8") || text.contains("utf-8") {
        return "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)".to_owned();
    }
    let words = text.split(" at line ").next().unwrap_or(&text);
    format!("the JSON is broken here ({words})")
}

/// Reads an object's wanted fields, as they stand in the text.
struct Row<'a, 'de> {
    names: &'a Names,
    fields: &'a mut [Option<&'de str>],
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Known(self.names))? {
            match place {
                Some(place) => self.fields[place] = Some(map.next_value::<&RawValue>()?.get()),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a name as its place among those that are wanted.
struct Known<'a>(&'a Names);

impl<'de> DeserializeSeed<'de> for Known<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Known<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        let place = self.0.places.get(name).copied();
        if let (None, Some(late)) = (place, &self.0.late) {
            let mut late = late.lock().unwrap_or_else(PoisonError::into_inner);
            if !late.contains(name) && late.len() < MOST_LATE {
                late.insert(name.to_owned());
            }
        }
        Ok(place)
    }
}

/// More names than this are not listed.
const MOST_LATE: usize = 100;

/// A field's value.
enum Value<'a> {
    Missing,
    Flag(bool),
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// That of a field as it stands in the text; `None` where it is no text. Numbers stay as they were written.
    fn of(field: Option<&'a str>) -> Option<Self> {
        let Some(field) = field else { return Some(Self::Missing) };
        Some(match field.as_bytes().first() {
            Some(b'"') if !field.contains('\\') => Self::Text(Cow::Borrowed(&field[1..field.len() - 1])),
            Some(b'"') => Self::Text(Cow::Owned(serde_json::from_str(field).ok()?)),
            Some(b't') => Self::Flag(true),
            Some(b'f') => Self::Flag(false),
            Some(b'[') => Self::Text(Cow::Owned(list(field)?)),
            Some(b'n' | b'{') | None => Self::Missing,
            Some(_) => Self::Text(Cow::Borrowed(field)),
        })
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Flag(flag) => Cell::Flag(*flag),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

/// The elements of an array as a list; objects and arrays within it are none.
fn list(field: &str) -> Option<String> {
    let elements: Vec<&RawValue> = serde_json::from_str(field).ok()?;
    let mut texts = Vec::with_capacity(elements.len());
    for element in elements {
        let raw = element.get();
        let plain = if raw.starts_with('[') { None } else { Some(raw) };
        let value = Value::of(plain)?;
        texts.push(value.cell().text().replace('|', "/"));
    }
    Some(texts.join("|"))
}

/// What the values of a field look like.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub name: String,
    pub values: usize,
    pub objects: usize,
    pub arrays: usize,
    pub arrays_of_objects: usize,
}

/// Objects from which columns are learned.
const LOOKED_AT: usize = 1000;

/// The fields of the first objects, in the order in which they come.
pub(super) fn shapes(block: &Block) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for slice in block.slices.iter().take(LOOKED_AT) {
        let mut deserializer = serde_json::Deserializer::from_slice(&block.bytes[slice.start..slice.end]);
        let Ok(fields) = Fields::deserialize(&mut deserializer) else {
            continue;
        };
        for (name, raw) in fields.0 {
            let place = *places.entry(name.clone()).or_insert(shapes.len());
            if place == shapes.len() {
                shapes.push(Shape {
                    name,
                    ..Shape::default()
                });
            }
            shapes[place].add(raw.get());
        }
    }
    shapes
}

impl Shape {
    fn add(&mut self, raw: &str) {
        let inner = raw.get(1..).unwrap_or("").trim_start();
        match raw.as_bytes().first() {
            Some(b'{') => self.objects += 1,
            Some(b'[') => {
                self.arrays += 1;
                self.arrays_of_objects += usize::from(inner.starts_with('{'));
                self.values += 1;
            }
            Some(b'n') | None => {}
            Some(_) => self.values += 1,
        }
    }
}

/// All fields of an object in their order.
struct Fields<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(All)
    }
}
