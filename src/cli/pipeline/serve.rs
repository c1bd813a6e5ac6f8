use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::place::{ClockOptions, StoreOptions};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::options::DataOptions;
use crate::cli::output::exact;
use crate::cli::table::{Either, Left, Right, Table, aligned, clean, counted, rounded};
use crate::pipeline::events::{Log, Shown};
use crate::pipeline::session::{self, SessionEvent};
use crate::pipeline::{Detail, Listed, Request, Response, Server};

/// Answers one request from a store.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    store: StoreOptions,
    /// Whose list
    #[arg(long, value_name = "ID")]
    user: String,
    /// What the user did since the batch, the oldest first: click:50,skip:174,watch:181,buy:1
    #[arg(long, value_name = "EVENTS", default_value = "")]
    session: String,
    /// How many items [default: as the plan says]
    #[arg(short, value_name = "N")]
    n: Option<usize>,
    /// The list before and after each stage, the way of each item, what each rule did
    #[arg(long)]
    trace: bool,
    /// Why this item is not in the list: the stage that lost it, by how much, and what brings it in
    #[arg(long, value_name = "ID")]
    why_not: Option<String>,
    /// Append what is shown to this file, with propensities, as ope reads it; clicks of --session are its rewards
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// The rules of this plan instead of the build's
    #[arg(long, value_name = "FILE.toml")]
    rules: Option<PathBuf>,
    /// Where the store is down from the start, show the most popular items of this data
    #[arg(long, value_name = "DATA")]
    fallback: Option<PathBuf>,
    #[command(flatten)]
    clock: ClockOptions,
}

impl Serve {
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.n == Some(0) {
            return Err(CliError::Usage("-n must be at least 1".into()));
        }
        let session = session::parse(&self.session).map_err(CliError::Usage)?;
        let mut server = Server::new(self.store.open()?);
        if let Some(rules) = &self.rules {
            server = server.with_rules(rules.clone())?;
        }
        if let Some(data) = &self.fallback {
            let options = DataOptions {
                data: Some(data.clone()),
                ..DataOptions::default()
            };
            server = server.falling_back_on(context.world(&options)?.dataset);
        }
        let mut log = self
            .events
            .as_ref()
            .map(|file| open_log(file, &server, &self.user, &session))
            .transpose()?;
        let now = self.clock.now();
        let request = Request {
            draw: draw(context.seed, &self.user, now),
            user: self.user,
            session,
            now,
            n: self.n.map(|n| n.min(1000)),
            detail: if self.trace { Detail::Trace } else { Detail::Drops },
            why_not: self.why_not,
            delay: None,
        };
        let response = server
            .respond(&request)
            .map_err(|e| match (CliError::from(e), &self.fallback) {
                (CliError::Failed(said), None) => CliError::Failed(format!(
                    "{said} (--fallback DATA shows what is popular there meanwhile)"
                )),
                (other, _) => other,
            })?;
        if let (Some(log), Some(file)) = (&mut log, &self.events) {
            log.append(&Shown::of(&response, now))
                .map_err(|e| CliError::writing(file, &e))?;
        }
        context.print(
            &response,
            &["rank", "id", "label", "score", "sources", "by", "propensity"],
            rows,
            text,
        )
    }
}

/// Opens a log, tells the server what its slots have shown, and writes down what the session clicked.
fn open_log(file: &Path, server: &Server, user: &str, session: &[SessionEvent]) -> Result<Log, CliError> {
    let failed = |e: std::io::Error| CliError::writing(file, &e);
    let (mut log, past) = Log::open(file).map_err(failed)?;
    for (slot, item, shows, clicks) in past {
        server.note_past(&slot, &item, shows, clicks);
    }
    for event in session.iter().filter(|e| e.act.is_reward()) {
        log.reward(user, &event.item).map_err(failed)?;
    }
    Ok(log)
}

/// What exploration draws: another number for each user and second.
pub(super) fn draw(seed: u64, user: &str, now: i64) -> u64 {
    let mixed = |h: u64, word: u64| (h.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    user.bytes()
        .fold(mixed(seed, now as u64), |h, b| mixed(h, u64::from(b)))
}

fn rows(response: &Response) -> Vec<[String; 7]> {
    let row = |item: &Listed| {
        [
            item.rank.to_string(),
            item.id.clone(),
            item.label.clone(),
            exact(item.score),
            item.sources.join("|"),
            item.by.to_owned(),
            exact(item.propensity),
        ]
    };
    response.items.iter().map(row).collect()
}

fn text(response: &Response) -> String {
    let (user, age) = (clean(&response.user), rounded(response.age_hours));
    let mut text = format!(
        "for user {user}, {} ms, by {} built {age} hours ago\n",
        rounded(response.ms),
        response.model_id
    );
    if let Some(fallback) = &response.fallback {
        let _ = writeln!(text, "fallback ({}): {}", fallback.reason, clean(&fallback.why));
    }
    response.notes.iter().for_each(|note| {
        let _ = writeln!(text, "note: {}", clean(note));
    });
    text.push('\n');
    let mut stages = Table::new([
        ("stage", Left),
        ("ms", Right),
        ("in", Right),
        ("out", Right),
        ("what", Left),
    ]);
    for s in &response.stages {
        stages.row([
            s.name.to_owned(),
            format!("{:.3}", s.ms),
            counted(s.before as u64),
            counted(s.after as u64),
            clean(&s.what),
        ]);
    }
    let _ = writeln!(text, "{stages}");
    let mut items = Table::new([
        ("#", Right),
        ("id", Either),
        ("label", Left),
        ("score", Right),
        ("sources", Left),
        ("by", Left),
    ]);
    for item in &response.items {
        let by = item
            .rule
            .as_ref()
            .map_or_else(|| item.by.to_owned(), |rule| format!("{}: {}", item.by, clean(rule)));
        items.row([
            item.rank.to_string(),
            clean(&item.id),
            item.label.clone(),
            aligned(item.score),
            crate::data::clean_label(&item.sources.join(" ")).into_owned(),
            by,
        ]);
    }
    let _ = write!(text, "{items}");
    rules(response, &mut text);
    lost(response, &mut text);
    text
}

fn rules(response: &Response, text: &mut String) {
    if response.rules.is_empty() {
        return;
    }
    let mut table = Table::new([
        ("rule", Left),
        ("kind", Left),
        ("matched", Right),
        ("moved", Right),
        ("without it", Left),
    ]);
    for rule in &response.rules {
        let said = match (&rule.lost, rule.without.as_slice()) {
            (Some(lost), _) => clean(lost),
            (None, []) => "the same items".to_owned(),
            (None, items) => format!("also {}", clean(&items.join(", "))),
        };
        table.row([
            clean(&rule.name),
            rule.kind.to_owned(),
            counted(rule.matched as u64),
            counted(rule.moved as u64),
            said,
        ]);
    }
    let _ = write!(text, "\n{table}");
}

fn lost(response: &Response, text: &mut String) {
    let Some(lost) = &response.why_not else { return };
    let stage = lost.stage.map_or_else(String::new, |stage| format!(" (stage {stage})"));
    let _ = writeln!(text, "\n{}{stage}: {}", lost.label, clean(&lost.why));
    if let Some(margin) = lost.margin {
        let _ = writeln!(text, "its score lacks {} to the last of the list", rounded(margin));
    }
    if lost.stage.is_some() && lost.levers.is_empty() {
        let _ = writeln!(text, "no single change that was tried brings it in");
    }
    for lever in &lost.levers {
        let change = match (lever.from, lever.to) {
            (Some(from), Some(to)) => format!(" from {} to {}", rounded(from), rounded(to)),
            _ => String::new(),
        };
        let _ = writeln!(text, "  {}{change}: rank {}", clean(&lever.what), lever.rank);
    }
}
