//! `--import`: models that were trained elsewhere.

use std::io::Write;
use std::path::Path;

use super::CliError;
use crate::data::Bundle;
use crate::models::Catalog;

/// Adds every NAME=PATH to the catalog.
///
/// # Errors
/// Wrong usage: no `=`, a name that cannot be one, one name twice. No answer: nothing at PATH that could be a model.
pub(super) fn add(imports: &[String], catalog: &mut Catalog) -> Result<(), CliError> {
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
        Catalog::check_name(name).map_err(|why| CliError::Usage(format!("--import: {why}")))?;
        catalog.import(name, Path::new(path)).map_err(CliError::Failed)?;
    }
    Ok(())
}

/// Adds the models that come with the data, where it is a bundle.
///
/// # Errors
/// What is wrong with the bundle.
pub(super) fn add_of(data: &Path, catalog: &mut Catalog) -> Result<(), CliError> {
    if !Bundle::is_at(data) {
        return Ok(());
    }
    let bundle = Bundle::open(data).map_err(|e| CliError::Failed(e.to_string()))?;
    catalog.import_bundle(&bundle).map_err(CliError::Failed)
}

/// The options that add the same models again.
pub(super) fn as_typed(catalog: &Catalog) -> Vec<String> {
    // What comes with the data does so again.
    let imports = catalog.imports().iter().filter(|i| !i.of_data);
    let option = imports.map(|i| format!("{}={}", i.name, i.path.to_string_lossy()));
    option.flat_map(|option| ["--import".to_owned(), option]).collect()
}

/// Says on standard error what was noticed when they were opened.
pub(super) fn say_notices(catalog: &Catalog) {
    for notice in catalog.imports().iter().filter_map(|import| import.notice_by_name()) {
        // Where standard error is closed, nobody reads it.
        let _ = writeln!(std::io::stderr(), "recscope: note: {notice}");
    }
}
