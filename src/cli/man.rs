use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::context::Context;
use super::options::Format;
use super::{Cli, CliError, Run};

/// Manual pages.
#[derive(Debug, Args)]
pub struct Man {
    /// Write the pages of all commands to this folder instead of printing the main one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Run for Man {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let Some(folder) = self.out else {
            let mut page = Vec::new();
            Page::new(Cli::command()).render(&mut page)?;
            return context.output(Format::Text).text(String::from_utf8_lossy(&page));
        };
        std::fs::create_dir_all(&folder).map_err(|e| CliError::writing(&folder, &e))?;
        clap_mangen::generate_to(Cli::command(), &folder).map_err(|e| CliError::writing(&folder, &e))
    }
}
