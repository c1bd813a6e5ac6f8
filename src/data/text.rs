use std::borrow::Cow;

/// Whether a character may do more to a terminal than stand in its cell: controls, bidi overrides, line separators.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{061c}' | '\u{feff}')
}

/// Text from a file made fit for a terminal, a report and the clipboard: control, bidi and invisible format characters
/// are dropped, runs of blanks become one, ends are trimmed. An escape sequence loses its escape and stays as harmless text.
pub fn clean_label(text: &str) -> Cow<'_, str> {
    let fine = !text.chars().any(is_unsafe) && !text.contains("  ") && text.trim() == text;
    if fine {
        return Cow::Borrowed(text);
    }
    let spaced: String = text
        .chars()
        .map(|c| if c == '\t' || c == '\n' || c == '\r' { ' ' } else { c })
        .filter(|c| !is_unsafe(*c))
        .collect();
    Cow::Owned(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An id made fit for a terminal; what has nothing printable in it shows as a lone question mark.
pub fn printable(id: &str) -> String {
    let clean = clean_label(id);
    if clean.is_empty() {
        "?".to_owned()
    } else {
        clean.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_remains() {
        assert_eq!(clean_label("Alien (1979)"), "Alien (1979)");
        assert_eq!(clean_label("\x1b[31mred\x07\u{202e}\r\n two\u{9b}1m"), "[31mred two1m");
        assert_eq!(clean_label("  a   b "), "a b");
    }
}
