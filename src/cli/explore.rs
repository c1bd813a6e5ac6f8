use std::io::IsTerminal;
use std::time::Duration;

use clap::CommandFactory;

use super::context::{Context, world_of};
use super::options::{CommonOptions, DataOptions};
use super::{Cli, CliError};
use crate::app::{Config, Ending, NotATerminal, Opening, Options, Sessions, Waited};

/// What is being cached is waited for so long.
const PATIENCE: Duration = Duration::from_millis(200);

/// The explorer, on a terminal.
pub fn explore(
    data: &DataOptions,
    follow: Option<&str>,
    common: &CommonOptions,
    context: &Context,
) -> Result<(), CliError> {
    data.check_not_a_mistyped_command(Cli::command().get_subcommands().map(clap::Command::get_name))?;
    if follow == Some("-") {
        let sentence =
            "--follow takes a file or a Redis stream: standard input is the keyboard's (see pipeline follow)";
        return Err(CliError::Usage(sentence.into()));
    }
    // Before anything is read: what comes may take a while.
    if !std::io::stdout().is_terminal() {
        return Err(CliError::Usage(NotATerminal.to_string()));
    }
    let loaded = Config::load(common.config.as_deref(), context.catalog.clone());
    let mut config = loaded.map_err(|e| CliError::Failed(e.to_string()))?;
    // Those of the settings may have been named anew by hand.
    super::import::add(&common.import, &mut config.catalog)?;
    let catalog = config.catalog.clone();
    let (source, options, seed) = (data.located()?, data.load_options(context.seed)?, context.seed);
    let cache = context.cache.clone();
    let reader = context.reader(data, catalog.clone())?;
    let opening = Opening::start(context.task.clone(), move |task| {
        world_of(&source, &options, &cache, seed, task).map(|world| world.naming(catalog))
    });
    let opening = opening.map_err(|e| no_terminal(&e))?;
    let (theme, depth) = crate::app::appearance(&config);
    let name = data.name();
    let waited = opening.wait(&name, (theme, depth, config.ascii), !config.no_mouse);
    let (world, held) = match waited.map_err(|e| no_terminal(&e))? {
        // Where there is no world, the terminal is given back before anything is said about it.
        Waited::Done(world, held) => (world?, held),
        Waited::Left => return Ok(()),
        Waited::Signal(signal) => return die_of(signal),
    };
    let options = Options {
        world,
        data: [data.as_typed(), super::import::as_typed(&config.catalog)].concat(),
        filters: data.filters.filters(context.seed),
        reader,
        config,
        model: None,
        follow: follow.map(str::to_owned),
        threads: context.task.pool.threads(),
        sessions: Sessions::in_state_folder(),
        theme,
        depth,
    };
    let ending = crate::app::run(options, held);
    // Who leaves wants to be gone: what is not written by then will be made again.
    context.cache.finish(Some(PATIENCE));
    context.say_timings();
    match ending {
        Ok(Ending::Left) => Ok(()),
        Ok(Ending::Signal(signal)) => die_of(signal),
        Err(error) => Err(no_terminal(&error)),
    }
}

fn no_terminal(error: &std::io::Error) -> CliError {
    CliError::Failed(format!("the terminal: {error}"))
}

#[allow(clippy::unnecessary_wraps)] // the end of a command
fn die_of(signal: i32) -> Result<(), CliError> {
    #[cfg(unix)]
    crate::app::die_of(signal);
    #[cfg(not(unix))]
    let _ = signal;
    Ok(())
}
