//! Settings and key bindings, from `recscope/config.toml` in the XDG configuration folder or the file named by `--config`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;
use toml::Spanned;

use super::keymap::Keymap;
use super::keys::Key;
use crate::models::Catalog;
use crate::panes::ThemeName;

/// The settings, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The theme; none: asks the terminal whether its background is dark or light.
    pub theme: Option<ThemeName>,
    /// Only ASCII is drawn.
    pub ascii: bool,
    /// The mouse is left to the terminal's own selection.
    pub no_mouse: bool,
    /// The terminal is not asked for its background (needless where `theme` is set).
    pub no_query: bool,
    /// The model that a dataset without a session opens with.
    pub model: Option<String>,
    /// Sessions are neither remembered nor taken up again.
    pub no_session: bool,
    /// The models that formulas may name: those that were given to [`Config::load`], and those that are imported here.
    pub catalog: Catalog,
    pub keymap: Keymap,
}

/// What is wrong with a settings file: one sentence with file and line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    theme: Option<Spanned<String>>,
    ascii: Option<bool>,
    mouse: Option<bool>,
    query_terminal: Option<bool>,
    model: Option<Spanned<String>>,
    #[serde(default)]
    import: BTreeMap<String, Spanned<String>>,
    remember_session: Option<bool>,
    #[serde(default)]
    keys: BTreeMap<String, Spanned<OneOrMany>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Config {
    /// Reads `file`, or the file in the XDG folder where that exists; else the defaults.
    ///
    /// # Errors
    /// One sentence with file and line.
    pub fn load(file: Option<&Path>, catalog: Catalog) -> Result<Self, ConfigError> {
        let given = file.map(Path::to_path_buf);
        let Some(path) = given.or_else(|| default_path().filter(|p| p.exists())) else {
            return Ok(Self {
                catalog,
                ..Self::default()
            });
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|e| ConfigError(format!("{}: the settings cannot be read: {e}", path.display())))?;
        Self::parse(&text, &path.display().to_string(), catalog)
    }

    /// Reads settings from text; `name` is the file's name for errors, and paths in it count from its folder. Models that are
    /// imported in it join the catalog.
    ///
    /// # Errors
    /// One sentence with file and line.
    pub fn parse(text: &str, name: &str, mut catalog: Catalog) -> Result<Self, ConfigError> {
        let error = |at: usize, what: &str| {
            let line = text.get(..at).unwrap_or("").matches('\n').count() + 1;
            ConfigError(format!("{name}:{line}: {what}"))
        };
        let file: File = toml::from_str(text).map_err(|e| {
            let what = e.message().replace('\n', ", ");
            error(e.span().map_or(0, |s| s.start), &what)
        })?;
        let theme = match &file.theme {
            Some(theme) if theme.get_ref() != "auto" => {
                let names: Vec<&str> = ThemeName::ALL.iter().map(|t| t.name()).collect();
                let what = || {
                    format!(
                        "there is no theme {:?}; there are: auto, {}",
                        theme.get_ref(),
                        names.join(", ")
                    )
                };
                let found = ThemeName::parse(theme.get_ref());
                Some(found.ok_or_else(|| error(theme.span().start, &what()))?)
            }
            _ => None,
        };
        // The model may be one of them, so they have to be known before it is read.
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        for (import, path) in &file.import {
            let known = catalog.import(import, &folder.join(path.get_ref()));
            known.map_err(|why| error(path.span().start, &format!("import: {why}")))?;
        }
        if let Some(model) = &file.model {
            let parsed = catalog.parse(model.get_ref());
            parsed.map_err(|e| error(model.span().start, &format!("model: {e}")))?;
        }
        let (mut bindings, mut places) = (Vec::new(), Vec::new());
        for (id, keys) in &file.keys {
            let place = keys.span().start;
            let texts = match keys.get_ref() {
                OneOrMany::One(text) => std::slice::from_ref(text),
                OneOrMany::Many(texts) => texts,
            };
            let parsed: Result<Vec<Key>, String> = texts.iter().map(|t| Key::parse(t)).collect();
            bindings.push((id.clone(), parsed.map_err(|what| error(place, &what))?));
            places.push(place);
        }
        let keymap = Keymap::default()
            .rebound(&bindings)
            .map_err(|(at, what)| error(places[at], &what))?;
        Ok(Self {
            theme,
            ascii: file.ascii.unwrap_or(false),
            no_mouse: !file.mouse.unwrap_or(true),
            no_query: !file.query_terminal.unwrap_or(true),
            model: file.model.map(Spanned::into_inner),
            no_session: !file.remember_session.unwrap_or(true),
            catalog,
            keymap,
        })
    }
}

fn default_path() -> Option<PathBuf> {
    let folders = etcetera::base_strategy::Xdg::new().ok()?;
    Some(folders.config_dir().join("recscope").join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::scope::Scope;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, "c.toml", Catalog::default()).map_err(|e| e.to_string())
    }

    #[test]
    fn settings_are_read() {
        let text = "theme = 'light'\nascii = true\nmouse = false\nmodel = 'popularity'\n[keys]\nquit_program = 'ctrl-q'\nzoom_pane = ['f5', 'z']\n";
        let config = parse(text).unwrap();
        assert_eq!(
            (config.theme, config.ascii, config.no_mouse),
            (Some(ThemeName::Light), true, true)
        );
        assert_eq!(config.model.as_deref(), Some("popularity"));
        let find = |key: &str| {
            config
                .keymap
                .find_all(&[Scope::Panes], Key::parse(key).unwrap())
                .next()
                .map(|a| a.id)
        };
        assert_eq!(
            (find("ctrl-q"), find("q"), find("f5")),
            (Some("quit_program"), None, Some("zoom_pane"))
        );
        let config = parse("theme = 'auto'").unwrap();
        assert_eq!((config.theme, config.no_session), (None, false));
    }

    #[test]
    fn what_is_wrong_is_named_by_line() {
        for (text, error) in [
            (
                "\ntheme = 'pink'",
                "c.toml:2: there is no theme \"pink\"; there are: auto, dark, light, color-blind, mono",
            ),
            ("\n\ncolor = 1", "c.toml:3: unknown field `color`"),
            ("theme = 'dark'\nascii = 'yes'", "c.toml:2: invalid type"),
            ("theme = ", "c.toml:1: "),
            ("[keys]\nquit_program = 'hyper-q'", "c.toml:2: \"hyper-q\" is not a key"),
            (
                "[keys]\nzoom_pane = 'f5'\nfly_away = 'a'",
                "c.toml:3: there is no action fly_away",
            ),
            (
                "[keys]\n\nzoom_pane = 'q'",
                "c.toml:3: q is bound to quit_program already",
            ),
            ("model = '3 *'", "c.toml:1: model: "),
        ] {
            let got = parse(text).unwrap_err();
            assert!(got.starts_with(error) && !got.contains('\n'), "{got}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let error = Config::load(Some(Path::new("no/such/file.toml")), Catalog::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("no/such/file.toml: the settings cannot be read"),
            "{error}"
        );
    }
}
