//! From a path to readable bytes: what can be opened, what is compressed, what is no text at all.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;

use super::error::LoadError;
use crate::data::clean_label;

/// An opened file: its bytes as text would have them, and how far the file itself was read.
pub(super) struct Input {
    /// As the person named it, fit to be shown.
    pub name: String,
    pub bytes: Box<dyn Read + Send>,
    /// Bytes of the file consumed so far, before decompression.
    pub consumed: Arc<AtomicU64>,
    /// Bytes of the file in all, where known.
    pub total: Option<u64>,
}

/// A path as a person may see it.
pub(super) fn shown(path: &Path) -> String {
    clean_label(&path.to_string_lossy()).into_owned()
}

/// The last part of a path as a person may see it.
pub(super) fn short_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| shown(path), |name| shown(Path::new(name)))
}

/// Opens a regular file; pipes and devices are refused unopened, since opening a pipe waits for its writer.
pub(super) fn open(path: &Path, encoding: Option<&'static Encoding>) -> Result<Input, LoadError> {
    let refuse = |problem: String| LoadError::File {
        file: shown(path),
        problem,
    };
    let fail = |e: io::Error| LoadError::reading(&shown(path), &e);
    let about = std::fs::metadata(path).map_err(fail)?;
    if about.is_dir() {
        return Err(refuse("it is a folder, where a file is expected".to_owned()));
    }
    if !about.is_file() {
        return Err(refuse(
            "it is a pipe or a device, not a file (use - to read from standard input)".to_owned(),
        ));
    }
    let file = File::open(path).map_err(fail)?;
    from_reader(shown(path), Box::new(file), Some(about.len()), encoding)
}

/// Bytes that are already here, or that another reader gives.
pub(super) fn from_reader(
    name: String,
    reader: Box<dyn Read + Send>,
    total: Option<u64>,
    encoding: Option<&'static Encoding>,
) -> Result<Input, LoadError> {
    let consumed = Arc::new(AtomicU64::new(0));
    let mut counted = Counted {
        inner: reader,
        consumed: Arc::clone(&consumed),
    };
    let fail = |e: io::Error| LoadError::reading(&name, &e);
    let head = read_head(&mut counted, 8).map_err(fail)?;
    let compressed = head.starts_with(&[0x1f, 0x8b]);
    let whole = Cursor::new(head).chain(counted);
    let mut plain: Box<dyn Read + Send> = if compressed {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    };
    let head = read_head(&mut plain, 64).map_err(fail)?;
    if let Some(problem) = not_text(&head, encoding) {
        return Err(LoadError::File { file: name, problem });
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").map_or(head.clone(), <[u8]>::to_vec);
    let mut bytes: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(plain));
    if let Some(encoding) = encoding {
        bytes = Box::new(Decoded::new(bytes, encoding));
    }
    Ok(Input {
        name,
        bytes,
        consumed,
        total,
    })
}

fn read_head(reader: &mut dyn Read, wanted: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(wanted).read_to_end(&mut head)?;
    Ok(head)
}

/// What the first bytes say, where they say that this is no text that we read.
fn not_text(head: &[u8], encoding: Option<&'static Encoding>) -> Option<String> {
    const MARKS: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a zip archive (unpack it first)"),
        (b"\x1f\x8b", "compressed twice (unpack it first)"),
        (b"BZh", "compressed with bzip2 (unpack it first; gzip is read as it is)"),
        (
            b"\xfd7zXZ",
            "compressed with xz (unpack it first; gzip is read as it is)",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "compressed with zstd (unpack it first; gzip is read as it is)",
        ),
        (b"7z\xbc\xaf", "a 7-zip archive (unpack it first)"),
        (b"PAR1", "a Parquet file (export it as CSV first)"),
        (b"SQLite format 3\0", "an SQLite database (export a table as CSV first)"),
    ];
    if let Some((_, what)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(format!("it is {what}"));
    }
    if encoding.is_some_and(|e| e.name().starts_with("UTF-16")) {
        return None;
    }
    let zeros = |odd: usize| head.len() >= 4 && head.iter().skip(odd).step_by(2).take(16).all(|b| *b == 0);
    let order = match head {
        [0xff, 0xfe, ..] => "le",
        [0xfe, 0xff, ..] => "be",
        _ if zeros(1) && !zeros(0) => "le",
        _ if zeros(0) && !zeros(1) => "be",
        _ => return None,
    };
    Some(format!(
        "it is UTF-16, not UTF-8 (convert it, or say --encoding utf-16{order})"
    ))
}

struct Counted {
    inner: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Text in another encoding as UTF-8, block by block. What the encoding does not know becomes U+FFFD.
struct Decoded {
    inner: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    raw_range: std::ops::Range<usize>,
    ended: bool,
    out: Vec<u8>,
    out_range: std::ops::Range<usize>,
    finished: bool,
}

impl Decoded {
    fn new(inner: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 1 << 16],
            raw_range: 0..0,
            ended: false,
            out: vec![0; 1 << 17],
            out_range: 0..0,
            finished: false,
        }
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out_range.is_empty() && !self.finished {
            if self.raw_range.is_empty() && !self.ended {
                let n = self.inner.read(&mut self.raw)?;
                self.raw_range = 0..n;
                self.ended = n == 0;
            }
            let raw = &self.raw[self.raw_range.clone()];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.out, self.ended);
            self.raw_range.start += read;
            self.out_range = 0..written;
            self.finished = self.ended && result == encoding_rs::CoderResult::InputEmpty;
        }
        let n = self.out_range.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.out[self.out_range.start..][..n]);
        self.out_range.start += n;
        Ok(n)
    }
}

/// The encoding that a person means by `label`.
pub(super) fn encoding_named(label: &str) -> Result<Option<&'static Encoding>, LoadError> {
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes()).ok_or_else(|| {
        LoadError::Option(format!(
            "{} is not an encoding that is known here (try iso-8859-1, windows-1252, shift_jis or utf-16le)",
            super::error::quoted(label.as_bytes())
        ))
    })?;
    // UTF-8 is what is read anyway, and without a decoder a bad byte is found where it stands.
    Ok((encoding != encoding_rs::UTF_8).then_some(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Vec<u8>, LoadError> {
        let encoding = encoding.map_or(Ok(None), encoding_named)?;
        let mut input = from_reader("x".into(), Box::new(Cursor::new(bytes.to_vec())), None, encoding)?;
        let mut text = Vec::new();
        input.bytes.read_to_end(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn gzip_and_byte_order_marks_are_seen_through() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"\xef\xbb\xbfa,b\n").unwrap();
        assert_eq!(read(&gz.finish().unwrap(), None).unwrap(), b"a,b\n");
        assert_eq!(read(b"\xef\xbb\xbf", None).unwrap(), b"");
        assert_eq!(read(b"", None).unwrap(), b"");
    }

    #[test]
    fn other_encodings_are_read_when_named_and_refused_when_not() {
        let utf16: Vec<u8> = "a,é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(read(&utf16, None).unwrap_err().to_string().contains("UTF-16"));
        assert_eq!(read(&utf16, Some("utf-16le")).unwrap(), "a,é\n".as_bytes());
        assert_eq!(read(b"\xe9t\xe9", Some("ISO-8859-1")).unwrap(), "été".as_bytes());
        assert!(matches!(read(b"", Some("klingon")), Err(LoadError::Option(_))));
        let long = "é".repeat(300_000);
        let latin = vec![0xe9; 300_000];
        assert_eq!(read(&latin, Some("latin1")).unwrap(), long.as_bytes());
    }

    #[test]
    fn archives_are_refused_by_name() {
        assert!(
            read(b"PK\x03\x04rest", None)
                .unwrap_err()
                .to_string()
                .contains("zip archive")
        );
        assert!(read(b"PAR1....", None).unwrap_err().to_string().contains("Parquet"));
    }
}
