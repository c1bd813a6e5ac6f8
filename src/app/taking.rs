//! What a person takes along: command lines that print the same numbers, and files.

use std::path::PathBuf;

use super::explorer::Explorer;

/// The command that prints the numbers of the pane with the keyboard as JSON.
pub fn command_line(explorer: &Explorer) -> Option<String> {
    explorer.focused_slot()?.command(&explorer.world, &explorer.data)
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
    use crate::app::explorer::Request;
    use crate::app::testing::{Stage, middle_world};

    #[test]
    fn every_pane_names_the_command_that_prints_the_same() {
        let mut stage = Stage::new(middle_world(), (120, 40));
        let user = stage
            .explorer
            .world
            .id(stage.explorer.state.selection.entity().unwrap())
            .to_owned();
        for (pane, command) in [
            ("profile", format!("recscope profile --user {user}")),
            ("recommendations", format!("recscope recommend --user {user} -n 200")),
            ("why", format!("recscope explain --user {user} --item i")),
            ("neighbors", format!("recscope neighbors --user {user} -k 100")),
            ("factors", format!("recscope factors --user {user}")),
            ("cold_start", "recscope bandit --policies".to_owned()),
        ] {
            let panes = stage.explorer.state.screen().panes;
            stage.explorer.state.focused = panes.iter().position(|p| p.0 == pane).unwrap();
            stage.press("ctrl-l");
            let requests = stage.press("Y");
            let [Request::Copy(line)] = requests.as_slice() else {
                panic!("{pane}: {requests:?}");
            };
            assert!(
                line.starts_with(&command) && line.ends_with("--format json"),
                "{pane}: {line}"
            );
        }
    }
}
