use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::StoreOptions;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::options::Format;
use crate::cli::table::{clean, counted};
use crate::cli::{CliError, Run};
use crate::pipeline::Server;
use crate::pipeline::events::Log;
use crate::pipeline::follow::{Followed, Origin};

/// Takes in events as they come.
#[derive(Debug, Args)]
#[command(
    after_help = "An event is a line of JSON: {\"user\":\"7\",\"event\":\"click\",\"item\":\"50\",\"time\":978300760}; event is click, \
                        skip, watch or buy. A file is read to its end and then watched; what ends (a pipe, --once) ends with a \
                        summary."
)]
pub struct Follow {
    #[command(flatten)]
    store: StoreOptions,
    /// A file that grows, - for standard input, or redis://HOST:PORT/DB#STREAM
    #[arg(value_name = "FROM")]
    from: String,
    /// Stop at the end of what is there
    #[arg(long)]
    once: bool,
    /// Say how it stands every so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    every: f64,
    /// A log of what was shown (pipeline serve --events): clicks become its rewards
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

#[derive(Serialize)]
struct FollowView<'a> {
    #[serde(flatten)]
    followed: &'a Followed,
    seconds: f64,
    per_second: f64,
    /// Shown items that were clicked, watched or bought.
    rewards: u64,
}

/// How long a file that has not grown is left alone.
const REST: Duration = Duration::from_millis(100);

impl Run for Follow {
    fn run(self, context: &Context) -> Result<(), CliError> {
        if !(self.every.is_finite() && self.every > 0.0) {
            return Err(CliError::Usage("--every must be above 0".into()));
        }
        let server = Server::new(self.store.open()?);
        let manifest = server.manifest()?;
        let mut origin = Origin::at(&self.from)?;
        let mut log = match &self.events {
            Some(file) => Some(Log::open(file).map_err(|e| CliError::writing(file, &e))?.0),
            None => None,
        };
        let known = server.with_catalog(|c| c.ids().clone())?;
        let (begun, mut said) = (Instant::now(), Instant::now());
        let (mut followed, mut rewards, mut broken) = (Followed::default(), 0u64, None);
        let output = context.output(Format::Text);
        let is_json = output.format == Format::Json;
        let mut out = output.stream();
        let mut take = |line: &[u8], followed: &mut Followed| {
            let event = followed.take(line, manifest.built_at, |item| known.find(item).is_some());
            let click = event.filter(|e| e.act.is_reward()).zip(log.as_mut());
            if let Some((event, log)) = click {
                match log.reward(&event.user, &event.item) {
                    Ok(is_first) => rewards += u64::from(is_first),
                    Err(e) => broken = Some(e),
                }
            }
        };
        loop {
            let looked = origin.look(&mut |line| take(line, &mut followed));
            let looked = looked.map_err(|e| CliError::Failed(format!("{}: {e}", clean(&self.from))))?;
            let is_over = looked.ended || (self.once && looked.read == 0);
            if is_over {
                let rest = origin.rest();
                if !rest.is_empty() {
                    take(&rest, &mut followed);
                }
                break;
            }
            if said.elapsed().as_secs_f64() >= self.every {
                said = Instant::now();
                say(&mut out, &followed, begun, 0, is_json)?;
            }
            if looked.read == 0 {
                std::thread::sleep(REST);
            }
        }
        if let (Some(error), Some(file)) = (broken, &self.events) {
            return Err(CliError::writing(file, &error));
        }
        drop(out);
        let view = view(&followed, begun, rewards);
        context.print(
            &view,
            &[
                "events",
                "unseen_by_batch",
                "users_touched",
                "new_items",
                "bad",
                "seconds",
            ],
            rows,
            text,
        )
    }
}

fn view(followed: &Followed, begun: Instant, rewards: u64) -> FollowView<'_> {
    let seconds = begun.elapsed().as_secs_f64();
    FollowView {
        followed,
        seconds,
        per_second: followed.events as f64 / seconds.max(1e-9),
        rewards,
    }
}

fn rows(view: &FollowView<'_>) -> [[String; 6]; 1] {
    let f = view.followed;
    let counts = [
        f.events,
        f.unseen_by_batch,
        f.users_touched as u64,
        f.new_items as u64,
        f.bad,
    ];
    let [a, b, c, d, e] = counts.map(|n| n.to_string());
    [[a, b, c, d, e, crate::cli::output::exact(view.seconds)]]
}

/// How it stands, on one line.
fn say(
    out: &mut impl std::io::Write,
    followed: &Followed,
    begun: Instant,
    rewards: u64,
    is_json: bool,
) -> Result<(), CliError> {
    let view = view(followed, begun, rewards);
    let line = if is_json { json::compact(&view)? } else { line(&view) };
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn line(view: &FollowView<'_>) -> String {
    let f = view.followed;
    format!(
        "{} events ({} unseen by the batch), {} users touched, {} new items, {} bad lines",
        counted(f.events),
        counted(f.unseen_by_batch),
        counted(f.users_touched as u64),
        counted(f.new_items as u64),
        counted(f.bad)
    )
}

fn text(view: &FollowView<'_>) -> String {
    let f = view.followed;
    let mut text = format!("{}\n", line(view));
    let _ = writeln!(
        text,
        "{} clicks, {} skips, {} watches, {} buys in {:.2} s, {} events/s; {} rewards in the log",
        counted(f.clicks),
        counted(f.skips),
        counted(f.watches),
        counted(f.buys),
        view.seconds,
        counted(view.per_second as u64),
        counted(view.rewards)
    );
    for bad in &f.bad_lines {
        let _ = writeln!(text, "line {}: {}", bad.line, clean(&bad.reason));
    }
    text
}
