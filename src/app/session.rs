//! What is remembered of the last look at a dataset. Written whole or not at all; a file that cannot be read is as good as
//! none.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::panes::controls::Values;

/// The last session with one dataset. Users and items by their ids, since indices may change with the files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Session {
    /// `user` or `item`.
    pub subject_kind: String,
    pub subject_id: String,
    pub model: String,
    pub screen: String,
    /// The theme, where it was chosen by key.
    pub theme: Option<String>,
    pub pane: String,
    /// The models set side by side, as formulas.
    pub compared: Vec<String>,
    /// What panes grew by, in cells: screen and line of panes.
    pub sizes: BTreeMap<String, i16>,
    /// What controls were set to, by pane and name.
    pub controls: BTreeMap<String, Values>,
    /// What-if edits: user, item, rating (none: taken away).
    pub edits: Vec<EditedRating>,
    /// The ratings of a guest, where the subject is one.
    pub guest: Option<Vec<GuestRating>>,
}

/// A what-if edit by ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EditedRating {
    pub user: String,
    pub item: String,
    /// The rating; none for one that was taken away.
    pub rating: Option<f64>,
}

/// A guest's rating.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GuestRating {
    pub item: String,
    pub rating: f64,
}

/// Where sessions are kept.
#[derive(Clone, Debug)]
pub struct Sessions {
    folder: Option<PathBuf>,
}

impl Sessions {
    /// The XDG state folder; nowhere, where there is none (then nothing is remembered).
    pub fn in_state_folder() -> Self {
        let folders = etcetera::base_strategy::Xdg::new().ok();
        let state = folders.and_then(|f| f.state_dir());
        Self {
            folder: state.map(|s| s.join("recscope").join("sessions")),
        }
    }

    /// In this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_path_buf()),
        }
    }

    /// Remembers nothing.
    pub fn nowhere() -> Self {
        Self { folder: None }
    }

    fn path(&self, dataset: u64) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{dataset:016x}.toml")))
    }

    /// The last session with the dataset of this identity, if one can be read.
    pub fn load(&self, dataset: u64) -> Option<Session> {
        let text = std::fs::read_to_string(self.path(dataset)?).ok()?;
        toml::from_str(&text).ok()
    }

    /// Writes the session beside the old one, then puts it in its place.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn save(&self, dataset: u64, session: &Session) -> std::io::Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(dataset)) else {
            return Ok(());
        };
        let text = toml::to_string(session).map_err(std::io::Error::other)?;
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::in_folder(&folder.path().join("deep"));
        assert_eq!(sessions.load(7), None);
        let mut session = Session {
            subject_kind: "user".to_owned(),
            subject_id: "a \"quoted\"\nid".to_owned(),
            model: "popularity".to_owned(),
            screen: "1".to_owned(),
            ..Session::default()
        };
        session.sizes.insert("1-column-0".to_owned(), -4);
        sessions.save(7, &session).unwrap();
        assert_eq!(sessions.load(7), Some(session.clone()));
        session.theme = Some("light".to_owned());
        sessions.save(7, &session).unwrap();
        assert_eq!(sessions.load(7), Some(session));
        assert_eq!(sessions.load(8), None);
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_session_is_none_and_unknown_keys_do_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::in_folder(folder.path());
        let file = folder.path().join("0000000000000007.toml");
        for (text, read) in [
            ("{{{", false),
            ("subject-id = 3", false),
            ("\0\u{1b}", false),
            ("future = 1\nmodel = 'svd'", true),
            ("", true),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(sessions.load(7).is_some(), read, "{text:?}");
        }
        std::fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
        assert_eq!(sessions.load(7), None);
        assert!(Sessions::nowhere().save(7, &Session::default()).is_ok());
    }
}
