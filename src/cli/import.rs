//! `--import`: models that were trained elsewhere.

use std::io::Write;
use std::path::Path;

use super::CliError;
use crate::models::imported;

/// Makes every NAME=PATH known.
///
/// # Errors
/// Wrong usage: no `=`, a name that cannot be one, one name twice. No answer: nothing at PATH that could be a model.
pub(super) fn register(imports: &[String]) -> Result<(), CliError> {
    let mut names: Vec<&str> = Vec::new();
    for text in imports {
        let Some((name, path)) = text.split_once('=') else {
            let shown = crate::data::clean_label(text);
            return Err(CliError::Usage(format!("--import {shown}: write it as NAME=PATH")));
        };
        if names.contains(&name) {
            return Err(CliError::Usage(format!("--import: {name} comes twice")));
        }
        names.push(name);
        imported::check_name(name).map_err(|why| CliError::Usage(format!("--import: {why}")))?;
        imported::register(name, Path::new(path)).map_err(CliError::Failed)?;
    }
    Ok(())
}

/// The options that make the same models known again.
pub(super) fn as_typed() -> Vec<String> {
    let imports = imported::imports().into_iter().filter_map(|spec| spec.fit.import());
    let option = |i: &imported::Import| {
        [
            "--import".to_owned(),
            format!("{}={}", i.name, i.path.to_string_lossy()),
        ]
    };
    imports.flat_map(option).collect()
}

/// Says on standard error what was noticed when they were opened.
pub(super) fn say_notices() {
    for import in imported::imports().into_iter().filter_map(|spec| spec.fit.import()) {
        if let Some(notice) = import.notice_by_name() {
            // Standard error may be closed.
            let _ = writeln!(std::io::stderr(), "recscope: note: {notice}");
        }
    }
}
