//! How the fields of a line are told apart.

/// What stands between the fields of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Byte(u8),
    Text(Vec<u8>),
    Blanks,
}

impl Separator {
    /// As `--separator` names it.
    pub fn named(text: &str) -> Option<Self> {
        Some(match text {
            "tab" | "\\t" | "\t" => Self::Byte(b'\t'),
            "comma" => Self::Byte(b','),
            "semicolon" => Self::Byte(b';'),
            "pipe" => Self::Byte(b'|'),
            "blank" | "blanks" | "space" | " " => Self::Blanks,
            _ if text.is_empty() || text.contains(['\n', '\r', '"', '\0']) => return None,
            _ if text.len() == 1 => Self::Byte(text.as_bytes()[0]),
            _ => Self::Text(text.as_bytes().to_vec()),
        })
    }

    pub fn name(&self) -> String {
        match self {
            Self::Byte(b'\t') => "tab".to_owned(),
            Self::Byte(byte) => char::from(*byte).to_string(),
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Blanks => "blanks".to_owned(),
        }
    }
}

/// How the fields of a file are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub separator: Separator,
    /// Whether a quotation mark at the beginning of a field means anything.
    pub quoting: bool,
}

impl Syntax {
    /// The usual rules for a separator: only single-character ones go with quotes, and tabs need none.
    pub fn of(separator: Separator) -> Self {
        let quoting = matches!(separator, Separator::Byte(byte) if byte != b'\t');
        Self { separator, quoting }
    }

    /// Those rules, or what a person says of quotation marks.
    pub fn with_quotes(separator: Separator, quote: Option<Quote>) -> Self {
        match (quote, &separator) {
            (Some(Quote::None), _) => Self::plain(separator),
            (Some(Quote::Double), Separator::Byte(_)) => Self {
                separator,
                quoting: true,
            },
            _ => Self::of(separator),
        }
    }

    /// Quotation marks are text like any other.
    pub fn plain(separator: Separator) -> Self {
        Self {
            separator,
            quoting: false,
        }
    }
}

/// What quotation marks mean in delimited text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// They are text like any other.
    None,
    /// Those at the beginning of a field enclose it.
    Double,
}
