use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::table::counted;
use super::{CliError, Run};
use crate::data::generate::{GenerateSummary, Preset, generate};

/// Write a dataset with planted structure.
#[derive(Debug, Args)]
pub struct Generate {
    /// films, ml-1m, ml-10m, ml-25m, counts, events or votes
    #[arg(value_name = "PRESET")]
    preset: String,
    /// The folder to write to; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Run for Generate {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let preset = self.preset.parse::<Preset>().map_err(CliError::Usage)?;
        let summary = generate(preset, context.seed, &self.out, &context.task);
        let summary = summary.map_err(|e| CliError::Failed(e.to_string()))?;
        let text = |summary: &GenerateSummary| {
            format!(
                "{} with seed {}: {} users, {} items, {} ratings in {}\n",
                summary.preset,
                summary.seed,
                counted(summary.users),
                counted(summary.items),
                counted(summary.ratings),
                summary.files.join(", ")
            )
        };
        let rows = |summary: &GenerateSummary| summary.files.clone().into_iter().map(|file| [file]);
        context.print(&summary, &["file"], rows, text)
    }
}
