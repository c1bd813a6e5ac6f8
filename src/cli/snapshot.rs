use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, Format};
use super::{CliError, Run};
use crate::app::{Config, Depth, Options, Picture, Sessions, ThemeName};

/// Options of `snapshot`.
#[derive(Debug, Args)]
pub struct Snapshot {
    #[command(flatten)]
    data: DataOptions,
    /// The size of the screen
    #[arg(long, value_name = "COLUMNSxLINES", default_value = "120x40", value_parser = size)]
    size: (u16, u16),
    /// Keys to press first, as in the settings file: "tab down enter"; text:the_alien types "the alien"
    #[arg(long, value_name = "KEYS", default_value = "")]
    keys: String,
    /// The model, as a formula
    #[arg(long, value_name = "FORMULA")]
    model: Option<String>,
    /// The theme: dark, light, color-blind, mono
    #[arg(long, value_name = "THEME", default_value = "dark", value_parser = theme)]
    theme: ThemeName,
    /// The file to write: .svg for a picture, any other name for text [default: text on standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How long answers may take: large models on large data.
const LIMIT: Duration = Duration::from_secs(600);

fn size(text: &str) -> Result<(u16, u16), String> {
    let sides = text
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides
        .filter(|(w, h)| (1..=1000).contains(w) && (1..=1000).contains(h))
        .ok_or_else(|| "write it as 120x40, each side from 1 to 1000".to_owned())
}

fn theme(text: &str) -> Result<ThemeName, String> {
    let names: Vec<&str> = ThemeName::ALL.iter().map(|t| t.name()).collect();
    ThemeName::parse(text).ok_or_else(|| format!("there are: {}", names.join(", ")))
}

impl Run for Snapshot {
    fn run(self, context: &Context) -> Result<(), CliError> {
        if let Some(model) = &self.model {
            context.catalog.parse(model)?;
        }
        let options = Options {
            world: context.world(&self.data)?,
            data: [self.data.as_typed(), super::import::as_typed(&context.catalog)].concat(),
            filters: self.data.filters.filters(context.seed),
            reader: context.reader(&self.data, context.catalog.clone())?,
            config: Config::default(),
            model: self.model,
            follow: None,
            threads: context.task.pool.threads(),
            sessions: Sessions::nowhere(),
            theme: self.theme,
            depth: Depth::True,
        };
        let picture = Picture {
            size: self.size,
            keys: self.keys,
            limit: LIMIT,
        };
        let taken = crate::app::snapshot(options, &picture).map_err(CliError::Usage)?;
        let Some(file) = self.out else {
            return context.output(Format::Text).text(taken.text);
        };
        let is_picture = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
        let text = if is_picture { taken.svg } else { taken.text };
        std::fs::write(&file, text).map_err(|e| CliError::writing(&file, &e))
    }
}
