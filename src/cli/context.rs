use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use serde::Serialize;

use super::CliError;
use super::options::{CommonOptions, DataOptions, Format};
use super::output::Output;
use super::progress;
use crate::answers::{AnswerError, World};
use crate::app::Reader;
use crate::cache::Cache;
use crate::data::{LoadOptions, Source, load_cached};
use crate::models::{Catalog, Formula, Recommender};
use crate::task::{Cancel, Enough, Pool, Progress, Task, Timings};

/// What every sub-command is given.
pub struct Context {
    format: Option<Format>,
    pub seed: u64,
    /// The models that formulas may name.
    pub catalog: Catalog,
    pub task: Task,
    /// What was read and fitted before; none with `--no-cache`.
    pub cache: Cache,
    /// Nothing but errors is to be said on standard error.
    pub quiet: bool,
    /// The file of `--config`, for commands that have one of their own.
    pub config: Option<PathBuf>,
    /// At the end it is said where the time went.
    wants_timings: bool,
    /// The handlers of Ctrl-C are there.
    hears_interrupts: Once,
    /// What was to be fitted and was stopped, and what is fitted of it.
    stopped: Mutex<Vec<(String, Formula)>>,
}

impl Context {
    /// Threads, progress and the log as asked for.
    pub fn new(common: &CommonOptions) -> Result<Self, CliError> {
        if let Some(file) = &common.log {
            log_to(file)?;
        }
        if common.threads == Some(0) {
            return Err(CliError::Usage("--threads must be at least 1".into()));
        }
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = common.threads.unwrap_or_else(cores);
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            threads,
            seed = common.seed,
            "started"
        );
        Ok(Self {
            format: common.format,
            seed: common.seed,
            catalog: Catalog::default(),
            task: Task {
                cancel: Cancel::new(),
                progress: if common.quiet {
                    Progress::default()
                } else {
                    progress::on_terminal()
                },
                pool: Pool::new("recscope", threads),
                enough: Enough::default(),
                timings: Timings::kept(),
            },
            cache: if common.no_cache {
                Cache::none()
            } else {
                Cache::in_xdg_folder()
            },
            quiet: common.quiet,
            config: common.config.clone(),
            wants_timings: common.timings,
            hears_interrupts: Once::new(),
            stopped: Mutex::default(),
        })
    }

    /// Where the answer goes, in the format asked for, else in `default`.
    pub fn output(&self, default: Format) -> Output {
        Output::new(self.format.unwrap_or(default))
    }

    /// Prints an answer in the format asked for, else as text; only that one is made.
    pub fn print<'a, T: Serialize, F: IntoIterator<Item = String>, R: IntoIterator<Item = F>>(
        &self,
        view: &'a T,
        header: &[impl AsRef<[u8]>],
        rows: impl FnOnce(&'a T) -> R,
        text: impl FnOnce(&'a T) -> String,
    ) -> Result<(), CliError> {
        let output = self.output(Format::Text);
        match output.format {
            Format::Json => output.object(view),
            Format::Csv => output.csv(header, rows(view)),
            // Only what has such a form lets it come here.
            Format::Text | Format::Markdown | Format::Latex => output.text(text(view)),
        }
    }

    /// Whether the answer goes into a ticket.
    pub fn wants_markdown(&self) -> bool {
        self.format == Some(Format::Markdown)
    }

    /// Whether the answer goes into a paper.
    pub fn wants_latex(&self) -> bool {
        self.format == Some(Format::Latex)
    }

    /// Reads the data, for formulas that may name the models of the catalog.
    pub fn world(&self, options: &DataOptions) -> Result<World, CliError> {
        let (source, options) = (options.located()?, options.load_options(self.seed)?);
        let world = world_of(&source, &options, &self.cache, self.seed, &self.task)?;
        Ok(world.naming(self.catalog.clone()))
    }

    /// Fits the formula. What learns epoch by epoch is stopped by Ctrl-C, and a second one ends the program: what it has learned
    /// by then is kept, and `formula` becomes that of what is fitted.
    ///
    /// # Errors
    /// What the fit says.
    pub fn fit(&self, world: &World, formula: &mut Formula) -> Result<Arc<dyn Recommender>, CliError> {
        self.hears_interrupts.call_once(|| self.hear_interrupts());
        let mut before = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        for (asked, kept) in &*before {
            *formula = formula.replacing(asked, kept);
        }
        loop {
            let stopped = match world.fit(formula, &self.task) {
                Err(AnswerError::Stopped(stopped)) => stopped,
                other => return Ok(other?),
            };
            let kept = self.catalog.parse(&stopped.kept)?;
            *formula = formula.replacing(&stopped.asked, &kept);
            // Standard error may be closed.
            let _ = writeln!(std::io::stderr(), "recscope: note: {stopped}");
            before.push((stopped.asked, kept));
        }
    }

    /// From now on Ctrl-C says that it is enough, where somebody heeds that; else it ends the program as ever.
    fn hear_interrupts(&self) {
        #[cfg(unix)]
        {
            use signal_hook::consts::SIGINT;
            let (said, is_idle) = self.task.enough.flags();
            // In this order: the second one finds that it was said. Where a handler is refused, Ctrl-C ends the program.
            let _ = signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&is_idle))
                .and_then(|_| signal_hook::flag::register(SIGINT, is_idle))
                .and_then(|_| signal_hook::flag::register(SIGINT, said));
        }
    }

    /// Reads the data again, through other filters; none for standard input.
    pub fn reader(&self, data: &DataOptions, catalog: Catalog) -> Result<Option<Reader>, CliError> {
        let (source, options) = (data.located()?, data.load_options(self.seed)?);
        if source == Source::Stdin {
            return Ok(None);
        }
        let (cache, seed) = (self.cache.clone(), self.seed);
        Ok(Some(Arc::new(move |filters, task| {
            let options = LoadOptions {
                filters: filters.clone(),
                ..options.clone()
            };
            let world = world_of(&source, &options, &cache, seed, task).map_err(CliError::into_sentence)?;
            Ok(world.naming(catalog.clone()))
        })))
    }

    /// Waits until what is to be cached is, and says why it could not be. The answer is out by now.
    pub fn finish(&self) {
        self.cache.finish(None);
        if !self.quiet {
            super::import::say_notices(&self.catalog);
        }
        if let Some(warning) = self.cache.warning().filter(|_| !self.quiet) {
            let warning = crate::data::clean_label(&warning).into_owned();
            // Standard error may be closed.
            let _ = writeln!(std::io::stderr(), "recscope: warning: {warning}");
        }
        self.say_timings();
    }

    /// Says where the time went, where that is wanted.
    pub fn say_timings(&self) {
        if self.wants_timings {
            super::timings::say(&self.task.timings);
        }
    }
}

/// Reads data from anywhere, without the rest of a context.
pub(super) fn world_of(
    source: &Source,
    options: &LoadOptions,
    cache: &Cache,
    seed: u64,
    task: &Task,
) -> Result<World, CliError> {
    let dataset = load_cached(source, options, cache, task)?;
    tracing::info!(
        name = dataset.name(),
        format = dataset.report().format,
        ratings = dataset.n_ratings(),
        "loaded"
    );
    Ok(World::cached(dataset, seed, cache.clone())
        .on(task.pool.clone())
        .timed(task.timings.clone()))
}

fn log_to(path: &Path) -> Result<(), CliError> {
    let file = File::create(path).map_err(|e| CliError::writing(path, &e))?;
    let log = tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .finish();
    // There is one program and one call: nothing else can have set it.
    let _ = tracing::subscriber::set_global_default(log);
    Ok(())
}
