//! JSON for people and programs: indented, but with arrays of plain values on one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// An object with its schema's number before everything else.
#[derive(Serialize)]
struct Versioned<'a, T> {
    schema: u32,
    #[serde(flatten)]
    view: &'a T,
}

/// The version of the command line's contract.
pub(super) const SCHEMA: u32 = 1;

/// Writes `view`, which must serialize as an object, with `"schema"` first.
pub(super) fn write_object<T: Serialize>(out: impl Write, view: &T) -> Result<(), serde_json::Error> {
    write_value(out, &Versioned { schema: SCHEMA, view })
}

pub(super) fn write_value<T: Serialize>(mut out: impl Write, value: &T) -> Result<(), serde_json::Error> {
    value.serialize(&mut Serializer::with_formatter(&mut out, Readable::default()))?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

/// `value` on one line.
pub(super) fn compact<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Unsigned))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// JSON as compact as it gets, with a zero's sign taken off: a sum over nothing is −0.
struct Unsigned;

impl Formatter for Unsigned {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_f64(out, value + 0.0)
    }
}

#[derive(Default)]
struct Readable {
    /// For each open array or object, whether a line was begun in it.
    lines: Vec<bool>,
    /// An array's next value was announced: what it is decides between a new line and a blank.
    awaiting: Option<bool>,
}

impl Readable {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.lines.len()).try_for_each(|_| out.write_all(b"  "))
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.awaiting.take().is_some() {
            if let Some(begun) = self.lines.last_mut() {
                *begun = true;
            }
            self.line(out)?;
        }
        self.lines.push(false);
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.lines.pop() == Some(true) {
            self.line(out)?;
        }
        out.write_all(bracket)
    }

    fn plain<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        match self.awaiting.take() {
            Some(false) => out.write_all(b" "),
            _ => Ok(()),
        }
    }
}

/// The plain values are written as the compact format does; before each of them goes what an array may have waited with.
macro_rules! plain {
    ($($name:ident($($value:ident: $kind:ty)?)),+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $value: $kind)?) -> io::Result<()> {
            self.plain(out)?;
            serde_json::ser::CompactFormatter.$name(out $(, $value)?)
        })+
    };
}

impl Formatter for Readable {
    plain!(
        write_null(),
        write_bool(value: bool),
        write_i64(value: i64),
        write_u64(value: u64),
        write_u32(value: u32),
        write_i32(value: i32),
        write_u16(value: u16),
        write_u8(value: u8),
        begin_string()
    );

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        self.plain(out)?;
        Unsigned.write_f64(out, value)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_char_escape(out, escape)
    }

    /// As it is, except that what may move a terminal's cursor or turn its text around is escaped, too.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let risky = |c: char| {
            c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| risky(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.awaiting = Some(first);
        if first { Ok(()) } else { out.write_all(b",") }
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if let Some(begun) = self.lines.last_mut() {
            *begun = true;
        }
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_arrays_stay_on_a_line_and_everything_reads_back() {
        let value =
            json!({"a": [1, 2.5, null, "x"], "b": [], "c": {}, "d": [[1], {"e": [true]}], "f": "\u{1b}\u{202e}é\n"});
        let mut text = Vec::new();
        write_value(&mut text, &value).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(text.contains("\"a\": [1, 2.5, null, \"x\"],"), "{text}");
        assert!(text.contains("\"b\": [],\n  \"c\": {},"), "{text}");
        assert!(text.contains("\"f\": \"\\u001b\\u202eé\\n\""), "{text}");
    }

    #[test]
    fn a_zero_has_no_sign() {
        let nothing: f64 = [].iter().sum();
        let mut text = Vec::new();
        write_value(&mut text, &json!([nothing, -0.0, -0.5])).unwrap();
        assert_eq!(text, b"[0.0, 0.0, -0.5]\n");
        assert_eq!(
            compact(&json!({"a": -0.0, "b": [-0.0, -1.5]})).unwrap(),
            "{\"a\":0.0,\"b\":[0.0,-1.5]}"
        );
        assert_eq!(
            [-0.0, nothing, 2.5].map(crate::cli::output::exact),
            ["0.0", "0.0", "2.5"]
        );
    }

    #[test]
    fn the_schema_comes_first() {
        let mut text = Vec::new();
        write_object(&mut text, &json!({"a": 0.1})).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "{\n  \"schema\": 1,\n  \"a\": 0.1\n}\n"
        );
    }
}
