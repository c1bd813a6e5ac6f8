use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::place::{ClockOptions, StoreOptions, plan, shown};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::options::DataOptions;
use crate::cli::output::exact;
use crate::cli::table::{Left, Right, Table, clean, counted, rounded};
use crate::data::Bundle;
use crate::pipeline::batch::{BatchError, Built, BundleJob, How, Job, build, build_from_bundle};
use crate::pipeline::store::Store;
use crate::task::Stages;

/// Computes everybody's candidates and publishes them.
#[derive(Debug, Args)]
pub struct BuildStore {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    clock: ClockOptions,
    /// A bundle of spark/recscope_job.py instead of DATA: what it computed is published, nothing is computed anew
    #[arg(long, value_name = "BUNDLE", conflicts_with = "data")]
    from: Option<PathBuf>,
    /// Only those whose ratings have changed since the build that is there, by its plan
    #[arg(long, conflicts_with = "from")]
    incremental: bool,
}

/// Stages and their seconds, in their order.
struct Seconds<'a>(&'a [(String, f64)]);

impl Serialize for Seconds<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (stage, seconds) in self.0 {
            map.serialize_entry(stage, seconds)?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct SourceRow<'a> {
    name: &'a str,
    formula: &'a str,
    quota: u32,
    proposed: u64,
}

#[derive(serde::Serialize)]
struct BuiltView<'a> {
    store: String,
    kind: &'static str,
    version: u64,
    users: u64,
    /// Users whose candidates were computed now.
    written: u64,
    candidates: u64,
    bytes: u64,
    record_bytes: u64,
    seconds: Seconds<'a>,
    model_id: &'a str,
    /// Seconds since 1970.
    built_at: f64,
    updated_at: f64,
    sources: Vec<SourceRow<'a>>,
    /// How many items no source proposed to anybody.
    items_in_no_list: usize,
    in_no_list: &'a [String],
}

impl BuildStore {
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let store = self.store.open()?;
        let mut stages = Stages::begin(&context.task.timings);
        let plan = if self.incremental {
            // That of the build that is there counts.
            crate::pipeline::Plan::default()
        } else {
            plan(context)?
        };
        if let Some(folder) = &self.from {
            let bundle = Bundle::open(folder).map_err(|e| CliError::Failed(e.to_string()))?;
            let of_sample = DataOptions {
                data: Some(folder.clone()),
                ..self.data.clone()
            };
            let world = context.world(&of_sample)?;
            stages.end("read");
            let job = BundleJob {
                plan: &plan,
                bundle: &bundle,
                data: &world.dataset,
                store: &*store,
                now: self.clock.now_ms(),
            };
            let built = build_from_bundle(&job, &context.task).map_err(|e| in_plan(e, context))?;
            return print(&built, &*store, context);
        }
        let world = context.world(&self.data)?;
        stages.end("read");
        let job = Job {
            plan: &plan,
            models: &context.catalog,
            fits: &world.fits,
            store: &*store,
            now: self.clock.now_ms(),
            how: if self.incremental { How::Touched } else { How::Full },
            most: usize::MAX,
        };
        let built = build(&job, &context.task).map_err(|e| in_plan(e, context))?;
        stages.end("build");
        print(&built, &*store, context)
    }
}

/// What is wrong with a plan has its place in the file.
fn in_plan(error: BatchError, context: &Context) -> CliError {
    match (CliError::from(error), &context.config) {
        (CliError::Failed(said), Some(path)) if said.starts_with("plan:") => {
            CliError::Failed(said.replacen("plan", &shown(path), 1))
        }
        (other, _) => other,
    }
}

fn print(built: &Built, store: &dyn Store, context: &Context) -> Result<(), CliError> {
    let view = view(built, store.name(), store.kind());
    context.print(&view, &["stage", "seconds"], rows, text)
}

fn view<'a>(built: &'a Built, store: String, kind: &'static str) -> BuiltView<'a> {
    let manifest = &built.manifest;
    let sources = manifest.sources.iter().map(|s| SourceRow {
        name: &s.name,
        formula: &s.formula,
        quota: s.quota,
        proposed: s.proposed,
    });
    BuiltView {
        store,
        kind,
        version: built.version,
        users: manifest.users,
        written: built.written,
        candidates: manifest.candidates,
        bytes: built.bytes,
        record_bytes: manifest.record_bytes,
        seconds: Seconds(&manifest.seconds),
        model_id: &manifest.model_id,
        built_at: manifest.built_at as f64 / 1e3,
        updated_at: manifest.updated_at as f64 / 1e3,
        sources: sources.collect(),
        items_in_no_list: built.unseen_count,
        in_no_list: &built.unseen,
    }
}

fn rows(view: &BuiltView<'_>) -> Vec<[String; 2]> {
    view.seconds
        .0
        .iter()
        .map(|(stage, seconds)| [stage.clone(), exact(*seconds)])
        .collect()
}

fn text(view: &BuiltView<'_>) -> String {
    let mut text = format!("{} ({}), version {}\n\n", clean(&view.store), view.kind, view.version);
    let mut sources = Table::new([
        ("source", Left),
        ("formula", Left),
        ("quota", Right),
        ("proposed", Right),
    ]);
    for row in &view.sources {
        sources.row([
            clean(row.name),
            clean(row.formula),
            counted(row.quota),
            counted(row.proposed),
        ]);
    }
    let _ = writeln!(text, "{sources}");
    let mut seconds = Table::new([("stage", Left), ("seconds", Right)]);
    view.seconds
        .0
        .iter()
        .for_each(|(stage, s)| seconds.row([stage.clone(), rounded(*s)]));
    let _ = writeln!(text, "{seconds}");
    let each = view.record_bytes.checked_div(view.users).unwrap_or(0);
    let _ = writeln!(
        text,
        "{} users ({} computed now), {} candidates, ranked by {}\n{} bytes, {} a user's record",
        counted(view.users),
        counted(view.written),
        counted(view.candidates),
        view.model_id,
        counted(view.bytes),
        counted(each),
    );
    let _ = writeln!(
        text,
        "{} items are in nobody's candidates",
        counted(view.items_in_no_list as u64)
    );
    text
}
