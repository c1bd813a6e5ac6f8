//! What a person takes along: command lines that print the same numbers, and files.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::explorer::Explorer;

/// The command that prints the numbers of the pane with the keyboard as JSON.
pub fn command_line(explorer: &Explorer) -> Option<String> {
    let selection = &explorer.state.selection;
    let mut arguments = explorer.focused_slot()?.command(selection)?.into_iter();
    let mut line = format!("recscope {}", arguments.next()?);
    // Without DATA every command reads the sample inside the program.
    if let Some(data) = &explorer.data {
        let _ = write!(line, " {}", quoted(data));
    }
    for argument in arguments {
        let _ = write!(line, " {}", quoted(&argument));
    }
    let data = &explorer.world.dataset;
    for (user, item, rating) in selection.edits.iter() {
        let rating = rating.map_or(String::new(), |r| r.to_string());
        let edit = format!("{}/{}={rating}", data.user_id(user), data.item_id(item));
        let _ = write!(line, " --edit {}", quoted(&edit));
    }
    if selection.seed != 42 {
        let _ = write!(line, " --seed {}", selection.seed);
    }
    line.push_str(" --format json");
    Some(line)
}

/// An argument as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Writes the pane (or the screen) into a file of the current folder; says what happened.
pub fn export(explorer: &mut Explorer, format: usize) -> String {
    let pane = explorer.state.pane();
    let (extension, text) = if format == 3 {
        ("svg", Ok(explorer.picture()))
    } else {
        let Some(table) = explorer.focused_slot().and_then(super::slots::Slot::export) else {
            return "there is nothing to export yet".to_owned();
        };
        match format {
            0 => ("csv", table.to_csv().map_err(|e| e.to_string())),
            1 => ("json", table.to_json().map_err(|e| e.to_string())),
            _ => ("txt", Ok(table.to_text())),
        }
    };
    let written = text.and_then(|text| write_new(pane.0, extension, &text).map_err(|e| e.to_string()));
    match written {
        Ok(path) => format!("written: {}", path.display()),
        Err(error) => format!("nothing was written: {error}"),
    }
}

/// Writes a file that was not there before: `recscope-why.csv`, `recscope-why-2.csv`, …
fn write_new(pane: &str, extension: &str, text: &str) -> std::io::Result<PathBuf> {
    use std::io::Write as _;
    for n in 1.. {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        let path = PathBuf::from(format!("recscope-{}{number}.{extension}", pane.replace('_', "-")));
        match std::fs::File::create_new(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        for (text, shell) in [
            ("ml-100k", "ml-100k"),
            ("../data/x.csv", "../data/x.csv"),
            ("", "''"),
            ("it's", "'it'\\''s'"),
            ("0.6*svd + pop", "'0.6*svd + pop'"),
            ("~x", "'~x'"),
            ("50=4.5", "50=4.5"),
        ] {
            assert_eq!(quoted(text), shell);
        }
    }
}
