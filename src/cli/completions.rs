use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::context::Context;
use super::options::Format;
use super::{Cli, CliError, Run};

/// Completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "For example: recscope completions bash > ~/.local/share/bash-completion/completions/recscope")]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Run for Completions {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "recscope", &mut script);
        context.output(Format::Text).text(String::from_utf8_lossy(&script))
    }
}
