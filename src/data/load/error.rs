use crate::data::clean_label;
use crate::task::Cancelled;

/// Why data could not be read. Every message is one sentence: what, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("{file}:{line}:{column}: {problem}")]
    At {
        /// The file as it was named, fit to be shown.
        file: String,
        /// From 1, the header included.
        line: u64,
        /// The 1-based character where the field begins.
        column: u64,
        problem: String,
    },
    #[error("{file}: {problem}")]
    File {
        /// The file or folder as it was named, fit to be shown.
        file: String,
        problem: String,
    },
    #[error("{0}")]
    Option(String),
    #[error("cancelled")]
    Cancelled,
}

impl LoadError {
    /// Reading `file`, as it is shown, failed.
    pub(super) fn reading(file: &str, error: &std::io::Error) -> Self {
        Self::File {
            file: file.to_owned(),
            problem: in_words(error),
        }
    }
}

impl From<Cancelled> for LoadError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A field in quotation marks for a message: fit for a terminal, and short.
pub(super) fn quoted(field: &[u8]) -> String {
    const LONGEST: usize = 40;
    // Four bytes hold any character, and cleaning only drops some.
    let head = String::from_utf8_lossy(&field[..field.len().min(16 * LONGEST)]);
    let clean = clean_label(&head);
    if clean.chars().count() > LONGEST {
        let short: String = clean.chars().take(LONGEST).collect();
        format!("\"{short}…\"")
    } else {
        format!("\"{clean}\"")
    }
}

/// An error of the operating system in words, without its number.
fn in_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "you have no permission to read it".to_owned(),
        ErrorKind::UnexpectedEof => "the compressed data ends too early (is the download complete?)".to_owned(),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => format!("the compressed data is damaged ({error})"),
        _ => {
            let text = error.to_string();
            let words = text.split(" (os error").next().unwrap_or(&text);
            format!("it cannot be read ({})", clean_label(words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_are_short_and_harmless() {
        assert_eq!(quoted(b"a\x1b[2Jb"), "\"a[2Jb\"");
        assert_eq!(quoted("é".repeat(90).as_bytes()).chars().count(), 43);
        assert_eq!(quoted(b"\xff\xfe"), "\"\u{fffd}\u{fffd}\"");
    }
}
