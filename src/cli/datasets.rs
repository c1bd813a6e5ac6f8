//! The public data sets that are known, and where those that were downloaded are.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::CliError;
use crate::data::{clean_label, unknown};

/// A public data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// As it is asked for, and what its folder is called.
    pub name: String,
    pub title: String,
    /// None where it is given out by hand only.
    pub address: Option<String>,
    /// About how large the download is, in words.
    pub size: String,
    pub license: String,
    pub homepage: String,
    /// As its publisher gives it.
    pub md5: Option<String>,
    pub note: Option<String>,
}

#[derive(Deserialize)]
struct File {
    dataset: Vec<Listed>,
}

/// All data sets of the list inside the program, or of another one.
pub(super) fn list(file: Option<&Path>) -> Result<Vec<Listed>, CliError> {
    let Some(path) = file else {
        return read(include_str!("../../assets/datasets.toml"))
            .map_err(|why| CliError::Failed(format!("the list inside the program: {why}")));
    };
    let shown = clean_label(&path.to_string_lossy()).into_owned();
    let failed = |why: String| CliError::Failed(format!("{shown}: {why}"));
    let text = std::fs::read_to_string(path).map_err(|e| failed(format!("it cannot be read ({e})")))?;
    read(&text).map_err(failed)
}

fn read(text: &str) -> Result<Vec<Listed>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match file
        .dataset
        .iter()
        .find(|d| d.name.is_empty() || !d.name.chars().all(plain))
    {
        Some(odd) => Err(format!(
            "{:?} cannot be the name of a folder (letters, digits, - and _ can)",
            odd.name
        )),
        None => Ok(file.dataset),
    }
}

/// The data set of this name.
pub(super) fn find(all: &[Listed], name: &str) -> Result<Listed, CliError> {
    let found = all.iter().find(|d| d.name == name);
    let names = all.iter().map(|d| d.name.as_str());
    found
        .cloned()
        .ok_or_else(|| CliError::Usage(unknown("data set", &clean_label(name), names)))
}

/// `recscope/datasets` in the XDG data folder.
pub(super) fn datasets_folder() -> Option<PathBuf> {
    let folders = etcetera::base_strategy::Xdg::new().ok()?;
    Some(folders.data_dir().join("recscope").join("datasets"))
}

/// Where the data set of this name is, if it was downloaded.
pub(super) fn downloaded(name: &Path) -> Option<PathBuf> {
    let is_name = name.components().count() == 1 && name.file_name() == Some(name.as_os_str());
    let place = datasets_folder().filter(|_| is_name)?.join(name);
    place.is_dir().then_some(place)
}

/// Whether a data set of this name can be had.
pub(super) fn is_listed(name: &Path) -> bool {
    let all = list(None).unwrap_or_default();
    name.to_str().is_some_and(|name| all.iter().any(|d| d.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_inside_the_program_is_well_formed() {
        let all = list(None).unwrap();
        for listed in &all {
            assert_eq!(
                all.iter().filter(|d| d.name == listed.name).count(),
                1,
                "{}",
                listed.name
            );
            assert!(!listed.size.is_empty() && !listed.license.is_empty(), "{}", listed.name);
            assert!(listed.homepage.starts_with("http"), "{}", listed.name);
            // What is given out by hand says how; what has no checksum says so.
            let is_explained = listed.note.is_some();
            assert!(
                is_explained || (listed.address.is_some() && listed.md5.is_some()),
                "{}",
                listed.name
            );
            if let Some(md5) = &listed.md5 {
                assert!(md5.len() == 32 && md5.chars().all(|c| c.is_ascii_hexdigit() && !c.is_uppercase()));
            }
        }
        assert_eq!(
            find(&all, "ml-100k").unwrap().address.unwrap().rsplit('/').next(),
            Some("ml-100k.zip")
        );
        let Err(CliError::Usage(why)) = find(&all, "ml-100") else {
            panic!("it is found")
        };
        assert!(why.contains("did you mean ml-1"), "{why}");
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let text = "[[dataset]]\nname = \"../x\"\ntitle = \"\"\nsize = \"\"\nlicense = \"\"\nhomepage = \"\"\n";
        assert!(read(text).unwrap_err().contains("cannot be the name of a folder"));
    }
}
