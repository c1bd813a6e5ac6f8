use std::io::IsTerminal;
use std::time::Duration;

use clap::CommandFactory;

use super::options::{CommonOptions, DataOptions};
use super::session::Context;
use super::{Cli, CliError};
use crate::app::{Config, Ending, NotATerminal, Options, Sessions};

/// What is being cached is waited for so long.
const PATIENCE: Duration = Duration::from_millis(200);

/// The explorer, on a terminal.
pub fn explore(data: &DataOptions, common: &CommonOptions, context: &Context) -> Result<(), CliError> {
    data.check_not_a_mistyped_command(Cli::command().get_subcommands().map(clap::Command::get_name))?;
    // Before anything is read: what comes may take a while.
    if !std::io::stdout().is_terminal() {
        return Err(CliError::Usage(NotATerminal.to_string()));
    }
    let config = Config::load(common.config.as_deref()).map_err(|e| CliError::Failed(e.to_string()))?;
    let world = context.world(data)?;
    let (theme, depth) = crate::app::appearance(&config);
    let options = Options {
        world,
        data: data.as_typed(),
        config,
        model: None,
        threads: context.task.pool.threads(),
        sessions: Sessions::in_state_folder(),
        theme,
        depth,
    };
    let ending = crate::app::run(options);
    // Who leaves wants to be gone: what is not written by then will be made again.
    context.cache.finish(Some(PATIENCE));
    match ending {
        Ok(Ending::Left) => Ok(()),
        #[cfg(unix)]
        Ok(Ending::Signal(signal)) => {
            crate::app::die_of(signal);
            Ok(())
        }
        #[cfg(not(unix))]
        Ok(Ending::Signal(_)) => Ok(()),
        Err(error) => Err(CliError::Failed(format!("the terminal: {error}"))),
    }
}
