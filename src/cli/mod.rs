//! The command line: what the panes show, printed. One file a sub-command; each prints one answer as text, JSON or CSV.
//!
//! Exit codes: 0 answered (a closed pipe is no error), 1 the question has no answer (missing file, bad data, unknown id,
//! failed computation), 2 wrong usage.

mod abtest;
mod bandit;
mod cache;
mod check;
mod coldstart;
mod compare;
mod completions;
mod context;
mod contrast;
mod counterfactual;
mod datasets;
mod error;
mod evaluate;
mod explain;
mod explore;
mod export;
mod factors;
mod fragility;
mod generate;
mod get;
mod history;
mod hybrid;
mod import;
mod info;
mod interleave;
mod json;
mod man;
mod map;
mod markdown;
mod models;
mod neighbors;
mod ope;
mod options;
mod output;
mod pair;
mod peek;
mod pipeline;
mod pitfall;
mod power;
mod predict;
mod profile;
mod progress;
mod recommend;
mod results;
mod snapshot;
mod splitting;
mod sweep;
mod table;
mod timings;
mod tree;
mod tune;
mod whatif;
mod why_not;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use context::Context;
pub use error::CliError;
use options::{CommonOptions, DataOptions};

/// A terminal explorer for recommender systems: who is near, what is recommended, and exactly why.
///
/// Without a command it opens the explorer on DATA, or on the sample inside the program. Every pane of the explorer has a
/// command that prints the same numbers: as readable text (rounded), or exactly, as JSON or CSV.
#[derive(Debug, Parser)]
#[command(name = "recscope", version, max_term_width = 110, subcommand_value_name = "COMMAND")]
#[command(
    after_help = "DATA is a folder (MovieLens in any of its layouts, Netflix Prize, RecBole, parts of Parquet), a file of one \
                        rating a row (delimited, JSON, Parquet, ARFF, Matrix Market, a table of SQLite as FILE#TABLE), \
                        either of them in a zip archive, or - for standard input; gzip and zstd are read as they are. A folder that is called like a command is written ./NAME."
)]
pub struct Cli {
    #[command(flatten)]
    data: DataOptions,
    /// Follow events, which the Pipeline screen takes up: a file of JSON lines that grows, or redis://HOST:PORT/DB#STREAM
    #[arg(long, value_name = "FROM")]
    follow: Option<String>,
    #[command(flatten)]
    common: CommonOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What a sub-command does with its options.
trait Run {
    /// Whether it has a form for tickets (`--format markdown`).
    const HAS_MARKDOWN: bool = false;
    /// Whether it has a form for papers (`--format latex`).
    const HAS_LATEX: bool = false;
    /// Whether `--config` names a file of its own, not the explorer's settings.
    const OWNS_CONFIG: bool = false;

    fn run(self, context: &Context) -> Result<(), CliError>;
}

/// Declares the sub-commands: a line each, with the options' type, in the order of the help.
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident($options:ty)),+ $(,)?) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$meta])* $name($options),)+
        }

        impl Command {
            fn has_markdown(&self) -> bool {
                match self {
                    $(Self::$name(_) => <$options as Run>::HAS_MARKDOWN,)+
                }
            }
        }

        impl Command {
            fn has_latex(&self) -> bool {
                match self {
                    $(Self::$name(_) => <$options as Run>::HAS_LATEX,)+
                }
            }
        }

        impl Command {
            fn owns_config(&self) -> bool {
                match self {
                    $(Self::$name(_) => <$options as Run>::OWNS_CONFIG,)+
                }
            }
        }

        impl Run for Command {
            fn run(self, context: &Context) -> Result<(), CliError> {
                match self {
                    $(Self::$name(options) => options.run(context),)+
                }
            }
        }
    };
}

commands! {
    /// What is in a dataset, and what was noticed while reading it
    Info(info::Info),
    /// Everything known about one user or item
    Profile(profile::Profile),
    /// The nearest users of a user, or items of an item
    Neighbors(neighbors::Neighbors),
    /// Two users or two items side by side, with the arithmetic of their similarity
    Pair(pair::Pair),
    /// The best items for somebody, or the best users for an item
    Recommend(recommend::Recommend),
    /// Why an item has its score, to the last decimal
    Explain(explain::Explain),
    /// Why an item is not in somebody's list, and what would bring it in
    WhyNot(why_not::WhyNot),
    /// The smallest set of somebody's own ratings whose removal takes an item out of their list
    Counterfactual(counterfactual::Counterfactual),
    /// How many single steps of a rating change somebody's list
    Fragility(fragility::Fragility),
    /// Two lists side by side: of two users, of two items, or by two models
    Compare(compare::Compare),
    /// A formula taken apart: its parts' scores, old ranks, and the weights at which rows change places
    Hybrid(hybrid::Hybrid),
    /// What a formula is worth as a weight, a normalization, a threshold or a width is turned
    Sweep(sweep::Sweep),
    /// Somebody's list before and after edits
    #[command(name = "whatif")]
    WhatIf(whatif::WhatIf),
    /// The rank of an item after every event of a user's history
    History(history::History),
    Predict(predict::Predict),
    /// Latent factors of one user or item, or of all, for export; what they mean
    Factors(factors::Factors),
    /// All items or users on a plane, and how far that can be believed
    Map(map::Map),
    /// How policies fare on a cold start, as a simulated bandit
    Bandit(bandit::Bandit),
    /// How fast strategies learn a newcomer, question by question
    #[command(name = "coldstart")]
    ColdStart(coldstart::ColdStart),
    /// What a policy would have earned, from the log of another
    Ope(ope::Ope),
    /// What two arms say: counts, a table of users, or an experiment simulated with a known truth
    #[command(name = "abtest")]
    AbTest(abtest::AbTest),
    /// How many users an experiment needs, or what so many can find
    Power(power::Power),
    /// Two formulas in one list, team by team, beside an A/B test
    Interleave(interleave::Interleave),
    /// How often chance is taken for an effect by who looks again and again
    Peek(peek::Peek),
    /// Clickbait against satisfaction: when a short test ships the wrong one
    Pitfall(pitfall::PitfallCommand),
    /// What a batch leaves in a store, and what requests make of it
    Pipeline(pipeline::Pipeline),
    /// The models, their parameters and papers
    Models(models::Models),
    /// How well models predict and rank, by a split or a test file
    Evaluate(evaluate::Evaluate),
    /// Figures that evaluate kept: as a table, for a paper, or beside those of another file
    Results(results::Results),
    /// The best formula that can be found within a budget
    Tune(tune::Tune),
    /// Check our figures against published ones on this data, row by row
    Check(check::Check),
    /// Write what was read, after filters: CSV, Parquet, or RecBole's atomic files
    Export(export::Export),
    /// Download a public data set, which `recscope NAME` opens then; without a name, list them
    Get(get::Get),
    /// Write a dataset with planted structure
    Generate(generate::Generate),
    /// A picture of the explorer's screen, as SVG or text
    Snapshot(snapshot::Snapshot),
    /// List, check or delete cached datasets and fitted models
    Cache(cache::CacheCommand),
    /// Completions for a shell
    Completions(completions::Completions),
    /// Manual pages
    Man(man::Man),
}

/// Runs the program with the arguments that it was started with.
pub fn main() -> ExitCode {
    let matches = Cli::command().try_get_matches();
    let read = matches.and_then(|matches| Ok((data_of(&matches), Cli::from_arg_matches(&matches)?)));
    let (data, cli) = match read {
        Ok(read) => read,
        Err(wrong) => return clap_says(&wrong),
    };
    match run(cli, data.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

/// Prints help and version on standard output, mistakes on standard error; a closed pipe is no error.
fn clap_says(wrong: &clap::Error) -> ExitCode {
    let _ = wrong.print();
    ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
}

/// DATA of whatever command it is.
fn data_of(matches: &ArgMatches) -> Option<PathBuf> {
    let deeper = matches.subcommand().and_then(|(_, matches)| data_of(matches));
    deeper.or_else(|| matches.try_get_one::<PathBuf>("data").ok()?.cloned())
}

fn run(cli: Cli, data: Option<&Path>) -> Result<(), CliError> {
    let mut context = Context::new(&cli.common)?;
    if let Some(data) = data {
        import::add_of(data, &mut context.catalog)?;
    }
    // Settings named by hand must be there and right, for every command.
    let owns_config = cli.command.as_ref().is_some_and(Command::owns_config);
    if let Some(file) = cli.common.config.as_ref().filter(|_| !owns_config) {
        let config = crate::app::Config::load(Some(file), context.catalog.clone());
        context.catalog = config.map_err(|e| CliError::Failed(e.to_string()))?.catalog;
    }
    import::add(&cli.common.import, &mut context.catalog)?;
    match cli.command {
        Some(command) => {
            if let Some(data) = &cli.data.data {
                let data = crate::data::clean_label(&data.to_string_lossy()).into_owned();
                return Err(CliError::Usage(format!(
                    "write the command before the data: recscope COMMAND {data}"
                )));
            }
            if context.wants_markdown() && !command.has_markdown() {
                let sentence = "--format markdown is for explain, why-not, counterfactual, evaluate and results; others have \
                                text, json and csv";
                return Err(CliError::Usage(sentence.into()));
            }
            if context.wants_latex() && !command.has_latex() {
                let sentence = "--format latex is for evaluate and results; others have text, json and csv";
                return Err(CliError::Usage(sentence.into()));
            }
            let done = command.run(&context);
            context.finish();
            done
        }
        None => explore::explore(&cli.data, cli.follow.as_deref(), &cli.common, &context),
    }
}

#[cfg(test)]
mod evaluate_tests;
#[cfg(test)]
mod headless_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        Cli::command().debug_assert();
    }

    /// An argument of a command that is called like one of all commands would be written into both.
    #[test]
    fn no_argument_of_a_command_has_the_name_of_a_common_one() {
        let cli = Cli::command();
        let common: Vec<_> = cli
            .get_arguments()
            .filter(|a| a.is_global_set())
            .map(clap::Arg::get_id)
            .collect();
        assert!(common.len() > 5);
        for command in cli.get_subcommands() {
            let own = command.get_arguments().map(clap::Arg::get_id);
            let taken: Vec<_> = own.filter(|id| common.contains(id)).collect();
            assert!(taken.is_empty(), "{}: {taken:?}", command.get_name());
        }
    }
}
