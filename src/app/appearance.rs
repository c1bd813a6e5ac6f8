//! Which theme and how many colors: from the settings, the environment, and the terminal itself.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use super::Config;
use crate::panes::{ThemeName, theme::Depth};

/// How long the terminal may think about the color of its background.
const PATIENCE: Duration = Duration::from_millis(50);

/// The theme of the settings, else the one that suits the terminal's background; and how many colors the environment
/// promises. Asks the terminal, so call it before anything else reads the keys.
pub fn appearance(config: &Config) -> (ThemeName, Depth) {
    let depth = Depth::detect(|name| std::env::var(name).ok());
    let theme = config.theme.unwrap_or_else(|| {
        if config.no_query || depth == Depth::Mono {
            return ThemeName::Dark;
        }
        let mut options = QueryOptions::default();
        options.timeout = PATIENCE;
        match theme_mode(options) {
            Ok(ThemeMode::Light) => ThemeName::Light,
            Ok(ThemeMode::Dark) | Err(_) => ThemeName::Dark,
        }
    });
    (theme, depth)
}
