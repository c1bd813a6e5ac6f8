//! Answers as a block for a ticket: a sentence, a table, the command that gives them again.

use std::fmt::Write;

use super::table::clean;

/// The block.
pub(super) fn block<const N: usize>(sentence: &str, heads: [&str; N], rows: &[[String; N]], command: &str) -> String {
    let mut text = format!("{sentence}\n");
    if !rows.is_empty() {
        let _ = writeln!(text, "\n| {} |\n|{}", heads.join(" | "), " --- |".repeat(N));
        for row in rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
    }
    // A fence longer than any in the command.
    let longest = command.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = write!(text, "\n{fence}sh\n{command}\n{fence}\n");
    text
}

/// Text in which nothing means anything to Markdown.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in clean(text).chars() {
        if "\\`*_{}[]<>#|~&!".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A formula or an id as code.
pub(super) fn code(text: &str) -> String {
    // In a table a bar ends the cell, in code or not.
    let text = clean(text).replace('|', "\\|");
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(plain("a|b *c* [d](e) <f>"), "a\\|b \\*c\\* \\[d\\](e) \\<f\\>");
        assert_eq!(
            (code("svd"), code("a`b"), code("x | zscore")),
            ("`svd`".into(), "``a`b``".into(), "`x \\| zscore`".into())
        );
        let text = block("It is so.", ["a", "b"], &[["1".into(), "2".into()]], "recscope info");
        assert_eq!(
            text,
            "It is so.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```sh\nrecscope info\n```\n"
        );
    }
}
