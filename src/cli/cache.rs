use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::Context;
use super::table::{Left, Right, Table, clean, counted};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::cache::{Cache, Kind, LIMIT, Listed, State};
use crate::data::Day;

/// What is kept of datasets and fitted models.
///
/// Data of 1 MiB and more, and models that took 50 ms and more to fit, are kept in recscope/ in the XDG cache folder
/// (~/.cache, or where XDG_CACHE_HOME says), so that opening them again takes no time. What has changed since, what another
/// version has written and what is damaged is not used but made anew. At most 4 GiB are kept: beyond that, what was not
/// used for longest goes. --no-cache does without.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct CacheCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// All files, with what they are about, by the last use
    List,
    /// As list, with every byte checked; exit code 1 where something is damaged
    Verify,
    /// Remove all files
    Clear,
}

/// The files of the cache.
#[derive(Debug, Serialize)]
struct ListView {
    /// Where they are; none where there is no cache folder, or with `--no-cache`.
    folder: Option<String>,
    bytes: u64,
    /// How long they may be.
    limit_bytes: u64,
    /// The one used last first.
    entries: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    file: String,
    /// What a person would call it; none where that cannot be read.
    name: Option<String>,
    kind: Option<Kind>,
    /// All that decides what is in it.
    key: Option<String>,
    bytes: u64,
    /// Seconds since 1970.
    created: Option<u64>,
    /// When it was last of use, in seconds since 1970.
    used: u64,
    /// `ok`, `older`, `damaged`, `foreign`, `unfinished`.
    state: &'static str,
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct ClearView {
    folder: Option<String>,
    removed: usize,
    bytes: u64,
}

impl Run for CacheCommand {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let cache = &context.cache;
        let fail = |e: std::io::Error| {
            let folder = folder_of(cache).unwrap_or_default();
            CliError::Failed(format!("{}: the cache: {e}", clean(&folder)))
        };
        match self.action {
            Action::List => print(context, cache.list().map_err(fail)?),
            Action::Verify => {
                let listed = cache.verify(&context.task).map_err(fail)??;
                let bad = listed
                    .iter()
                    .filter(|l| matches!(l.state, State::Damaged | State::Foreign));
                let (bad, all) = (bad.count(), listed.len());
                print(context, listed)?;
                if bad > 0 {
                    return Err(CliError::Failed(format!(
                        "{bad} of {} cannot be used and will be made again when needed (recscope cache clear removes all)",
                        plural(all, "file")
                    )));
                }
                Ok(())
            }
            Action::Clear => {
                let (removed, bytes) = cache.clear().map_err(fail)?;
                let view = ClearView {
                    folder: folder_of(cache),
                    removed,
                    bytes,
                };
                let rows = |_| [[removed.to_string(), bytes.to_string()]];
                let text = |_| format!("removed {}, {}\n", plural(removed, "file"), size(bytes));
                context.print(&view, &["removed", "bytes"], rows, text)
            }
        }
    }
}

fn folder_of(cache: &Cache) -> Option<String> {
    cache.folder().map(|f| f.to_string_lossy().into_owned())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |t| t.as_secs())
}

fn print(context: &Context, mut listed: Vec<Listed>) -> Result<(), CliError> {
    listed.sort_by_key(|l| std::cmp::Reverse(l.used));
    let entries: Vec<EntryView> = listed.into_iter().map(EntryView::of).collect();
    let view = ListView {
        folder: folder_of(&context.cache),
        bytes: entries.iter().map(|e| e.bytes).sum(),
        limit_bytes: LIMIT,
        entries,
    };
    let header = [
        "file", "name", "kind", "key", "bytes", "created", "used", "state", "problem",
    ];
    context.print(&view, &header, |v| v.entries.iter().map(EntryView::fields), text)
}

impl EntryView {
    fn of(listed: Listed) -> Self {
        let (name, kind, key) = match listed.label {
            Some(label) => (Some(label.name), Some(label.kind), Some(label.key)),
            None => (None, None, None),
        };
        Self {
            file: listed.file,
            name,
            kind,
            key,
            bytes: listed.bytes,
            created: listed.created,
            used: seconds(listed.used),
            state: listed.state.name(),
            problem: listed.problem,
        }
    }

    fn fields(&self) -> [String; 9] {
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        [
            self.file.clone(),
            text(&self.name),
            self.kind.map_or_else(String::new, |k| k.name().to_owned()),
            text(&self.key),
            self.bytes.to_string(),
            self.created.map_or_else(String::new, |c| c.to_string()),
            self.used.to_string(),
            self.state.to_owned(),
            text(&self.problem),
        ]
    }
}

/// Bytes for reading.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", counted(bytes.div_ceil(1000))),
        _ => format!("{} MB", counted(bytes.div_ceil(1_000_000))),
    }
}

fn text(view: &ListView) -> String {
    let Some(folder) = &view.folder else {
        return "there is no cache\n".to_owned();
    };
    if view.entries.is_empty() {
        return format!("nothing is kept in {}\n", clean(folder));
    }
    let mut table = Table::new([
        ("kind", Left),
        ("name", Left),
        ("size", Right),
        ("used", Left),
        ("state", Left),
    ]);
    for entry in &view.entries {
        let name = entry.name.as_deref().unwrap_or(&entry.file);
        let used = Day::of_seconds(i64::try_from(entry.used).unwrap_or(0));
        let state = entry.problem.as_ref().map_or_else(
            || entry.state.to_owned(),
            |problem| format!("{}: {problem}", entry.state),
        );
        table.row([
            entry.kind.map_or_else(String::new, |k| k.name().to_owned()),
            clean(name),
            size(entry.bytes),
            used.to_string(),
            clean(&state),
        ]);
    }
    let (count, all, most) = (
        plural(view.entries.len(), "file"),
        size(view.bytes),
        size(view.limit_bytes),
    );
    format!("{table}\n{count}, {all} of at most {most}, in {}\n", clean(folder))
}
