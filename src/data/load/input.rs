//! From a path to readable bytes: what can be opened, what is compressed, what is no text at all.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;

use super::archive;
use super::error::LoadError;
use crate::data::clean_label;

/// An opened file: its bytes, and how far the file itself was read.
pub(super) struct Input {
    /// As the person named it, fit to be shown.
    pub name: String,
    /// What is in the file, decompressed.
    pub bytes: Box<dyn Read + Send>,
    /// The first of the bytes, up to [`HEAD`].
    pub head: Vec<u8>,
    /// Bytes of the file consumed so far, before decompression.
    pub consumed: Arc<AtomicU64>,
    /// Bytes of the file in all, where known.
    pub total: Option<u64>,
    /// The file itself, where its bytes are those of the content.
    pub plain: Option<PathBuf>,
}

/// What a format is told by: the comments at the beginning of some are long.
const HEAD: u64 = 1 << 16;

/// A path as a person may see it.
pub(super) fn shown(path: &Path) -> String {
    clean_label(&path.to_string_lossy()).into_owned()
}

/// The last part of a path as a person may see it.
pub(super) fn short_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| shown(path), |name| shown(Path::new(name)))
}

/// The last part of a path without its extensions.
pub(super) fn stem(path: &Path) -> String {
    let name = short_name(path);
    let name = match name.rsplit_once('.') {
        Some((rest, extension)) if ["gz", "zst"].iter().any(|e| extension.eq_ignore_ascii_case(e)) => rest,
        _ => &name,
    };
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !matches!(extension, "data" | "base" | "test") => {
            stem.to_owned()
        }
        _ => name.to_owned(),
    }
}

/// Opens a regular file, or one in a zip archive (`FILE.zip/NAME`); pipes and devices are refused unopened, since opening a
/// pipe waits for its writer.
pub(super) fn open(path: &Path) -> Result<Input, LoadError> {
    let refuse = |problem: String| LoadError::File {
        file: shown(path),
        problem,
    };
    let fail = |e: io::Error| LoadError::reading(&shown(path), &e);
    if let Some((zip, entry)) = archive::split(path) {
        let (reader, total) = archive::open(&zip, &entry).map_err(refuse)?;
        return from_reader(shown(path), reader, Some(total));
    }
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
    let mut input = from_reader(shown(path), Box::new(file), Some(about.len()))?;
    input.plain = input.plain.map(|_| path.to_owned());
    Ok(input)
}

/// As [`open`], for text.
pub(super) fn open_text(path: &Path, encoding: Option<&'static Encoding>) -> Result<Input, LoadError> {
    open(path)?.into_text(encoding)
}

/// Bytes that are already here, or that another reader gives.
pub(super) fn from_reader(name: String, reader: Box<dyn Read + Send>, total: Option<u64>) -> Result<Input, LoadError> {
    let consumed = Arc::new(AtomicU64::new(0));
    let mut counted = Counted {
        inner: reader,
        consumed: Arc::clone(&consumed),
    };
    let fail = |e: io::Error| LoadError::reading(&name, &e);
    let head = read_head(&mut counted, 8).map_err(fail)?;
    let whole = Cursor::new(head.clone()).chain(counted);
    let (mut bytes, compressed): (Box<dyn Read + Send>, bool) = if head.starts_with(GZIP) {
        (Box::new(MultiGzDecoder::new(whole)), true)
    } else if head.starts_with(ZSTD) {
        (Box::new(zstd::Decoder::new(whole).map_err(fail)?), true)
    } else {
        (Box::new(whole), false)
    };
    let head = read_head(&mut bytes, HEAD).map_err(fail)?;
    Ok(Input {
        name,
        bytes: Box::new(Cursor::new(head.clone()).chain(bytes)),
        head,
        consumed,
        total,
        // Whoever knows the file says which it is.
        plain: (!compressed).then(PathBuf::new),
    })
}

impl Input {
    /// The same as text in UTF-8, without a byte order mark; refuses what is certainly no text.
    pub fn into_text(mut self, encoding: Option<&'static Encoding>) -> Result<Self, LoadError> {
        if let Some(problem) = not_text(&self.head, encoding) {
            let file = self.name;
            return Err(LoadError::File { file, problem });
        }
        if let Some(encoding) = encoding {
            self.bytes = Box::new(Decoded::new(self.bytes, encoding));
            let head = read_head(&mut self.bytes, HEAD).map_err(|e| LoadError::reading(&self.name, &e))?;
            self.bytes = Box::new(Cursor::new(head.clone()).chain(self.bytes));
            self.head = head;
        } else if self.head.starts_with(BYTE_ORDER_MARK) {
            let mark = read_head(&mut self.bytes, BYTE_ORDER_MARK.len() as u64);
            mark.map_err(|e| LoadError::reading(&self.name, &e))?;
            self.head.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(self)
    }

    /// The content as a file that can be read from any place: itself, or a temporary copy, which goes with what is returned.
    pub fn into_file(mut self) -> Result<(PathBuf, Option<tempfile::TempPath>), LoadError> {
        if let Some(plain) = self.plain.filter(|p| !p.as_os_str().is_empty()) {
            return Ok((plain, None));
        }
        let mut copy = || -> io::Result<(tempfile::TempPath, u64)> {
            let mut file = tempfile::NamedTempFile::new()?;
            let copied = io::copy(&mut (&mut self.bytes).take(MOST_COPIED + 1), &mut file)?;
            Ok((file.into_temp_path(), copied))
        };
        let (path, copied) = copy().map_err(|e| LoadError::reading(&self.name, &e))?;
        if copied > MOST_COPIED {
            let problem = format!("unpacked it is larger than {} GiB (unpack it first)", MOST_COPIED >> 30);
            let file = self.name;
            return Err(LoadError::File { file, problem });
        }
        Ok((path.to_path_buf(), Some(path)))
    }
}

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes that are unpacked into a temporary file; what is a few bytes long may unpack to any length.
const MOST_COPIED: u64 = 4 << 30;

fn read_head(reader: &mut dyn Read, wanted: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(wanted).read_to_end(&mut head)?;
    Ok(head)
}

/// What the first bytes say, where they say that this is no text that we read.
fn not_text(head: &[u8], encoding: Option<&'static Encoding>) -> Option<String> {
    const MARKS: [(&[u8], &str); 8] = [
        (
            archive::MARK,
            "a zip archive (name the file in it, as in archive.zip/ratings.csv)",
        ),
        (GZIP, "compressed twice (unpack it first)"),
        (ZSTD, "compressed twice (unpack it first)"),
        (
            b"BZh",
            "compressed with bzip2 (unpack it first; gzip and zstd are read as they are)",
        ),
        (
            b"\xfd7zXZ",
            "compressed with xz (unpack it first; gzip and zstd are read as they are)",
        ),
        (b"7z\xbc\xaf", "a 7-zip archive (unpack it first)"),
        (b"PAR1", "a Parquet file, where text is expected"),
        (b"SQLite format 3\0", "an SQLite database, where text is expected"),
    ];
    if let Some((_, what)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(format!("it is {what}"));
    }
    if encoding.is_some_and(|e| e.name().starts_with("UTF-16")) {
        return None;
    }
    let head = &head[..head.len().min(64)];
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
        let mut input = from_reader("x".into(), Box::new(Cursor::new(bytes.to_vec())), None)?.into_text(encoding)?;
        let mut text = Vec::new();
        input.bytes.read_to_end(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn compression_and_byte_order_marks_are_seen_through() {
        let text = b"\xef\xbb\xbfa,b\n";
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text).unwrap();
        assert_eq!(read(&gz.finish().unwrap(), None).unwrap(), b"a,b\n");
        assert_eq!(read(&zstd::encode_all(&text[..], 1).unwrap(), None).unwrap(), b"a,b\n");
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
