//! Batch and real time: what a batch leaves in a store, and what requests make of it.

mod ann;
mod bench;
mod build;
mod follow;
mod place;
mod serve;

use clap::{Args, Subcommand};

use super::context::Context;
use super::{CliError, Run};

/// What a batch leaves in a store, and what requests make of it.
#[derive(Debug, Args)]
#[command(
    after_help = "A store is a file, or a Redis server: redis://HOST:PORT/DB#NAME. A plan (--config FILE.toml) names \
                        sources, session, diversity and rules; without one the default is followed."
)]
pub struct Pipeline {
    #[command(subcommand)]
    command: PipelineCommand,
}

#[derive(Debug, Subcommand)]
enum PipelineCommand {
    /// Compute everybody's candidates and publish them in a store
    Build(build::BuildStore),
    /// Answer one request from a store
    Serve(serve::Serve),
    /// How long requests take, at 1 to 64 at a time
    Bench(bench::Bench),
    /// Take in events as they come
    Follow(follow::Follow),
    /// What a graph of neighbors (HNSW) finds of the nearest items, and how fast
    Ann(ann::Ann),
}

impl Run for Pipeline {
    const OWNS_CONFIG: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        match self.command {
            PipelineCommand::Build(build) => build.run(context),
            PipelineCommand::Serve(serve) => serve.run(context),
            PipelineCommand::Bench(bench) => bench.run(context),
            PipelineCommand::Follow(follow) => follow.run(context),
            PipelineCommand::Ann(ann) => ann.run(context),
        }
    }
}
