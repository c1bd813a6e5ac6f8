//! What a person takes along: what is sent to the clipboard, and files.

use std::io::Write;
use std::path::PathBuf;

use crate::panes::{Export, PaneId};
use crate::task::atomic;

/// What is said of something that was sent to the terminal's clipboard: nothing confirms that it arrived, and tmux with its
/// default settings keeps it.
pub fn sent(what: &str) -> String {
    let note = if std::env::var_os("TMUX").is_some() {
        " (tmux passes it on only after: tmux set -g set-clipboard on)"
    } else {
        ""
    };
    format!("Sent to the terminal's clipboard{note}: {what}")
}

/// Writes the pane (or the screen) into a file of the current folder; says what happened.
pub fn export(pane: PaneId, table: Option<Export>, format: usize, picture: impl FnOnce() -> String) -> String {
    let (extension, text) = if format == 3 {
        ("svg", Ok(picture()))
    } else {
        let Some(table) = table else {
            return "There is nothing to export yet.".to_owned();
        };
        match format {
            0 => ("csv", table.to_csv().map_err(|e| e.to_string())),
            1 => ("json", table.to_json().map_err(|e| e.to_string())),
            4 => ("md", Ok(table.to_markdown())),
            5 => ("tex", Ok(table.to_latex())),
            _ => ("txt", Ok(table.to_text())),
        }
    };
    said(text.and_then(|text| write_new(pane.0, extension, &text).map_err(|e| e.to_string())))
}

/// Writes a text into a file of the current folder; says what happened.
pub fn save_text(name: &str, text: &str) -> String {
    said(write_new(name, "txt", text).map_err(|e| e.to_string()))
}

fn said(written: Result<PathBuf, String>) -> String {
    match written {
        Ok(path) => format!("Written: {}", path.display()),
        Err(error) => format!("Nothing was written: {error}"),
    }
}

/// Writes a file that was not there before: `recscope-why.csv`, `recscope-why-2.csv`, …; it is there whole or not at all.
fn write_new(pane: &str, extension: &str, text: &str) -> std::io::Result<PathBuf> {
    for n in 1.. {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        let path = PathBuf::from(format!("recscope-{}{number}.{extension}", pane.replace('_', "-")));
        match atomic::new_file(&path, |to| to.write_all(text.as_bytes())) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}
