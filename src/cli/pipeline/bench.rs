use std::sync::Mutex;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::place::{ClockOptions, StoreOptions};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::exact;
use crate::cli::table::{Right, Table, counted};
use crate::pipeline::{Act, Request, Server, SessionEvent};
use crate::task::within;

/// How long requests take.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(flatten)]
    store: StoreOptions,
    /// How many at a time, one row each
    #[arg(
        long,
        value_name = "COUNTS",
        default_value = "1,2,4,8,16,32,64",
        value_delimiter = ','
    )]
    concurrency: Vec<usize>,
    /// Requests a row
    #[arg(long, value_name = "N", default_value_t = 5000)]
    requests: usize,
    /// Events in each request's session
    #[arg(long, value_name = "N", default_value_t = 3)]
    events: usize,
    #[command(flatten)]
    clock: ClockOptions,
}

#[derive(Serialize)]
struct BenchRow {
    concurrency: usize,
    requests: usize,
    seconds: f64,
    per_second: f64,
    /// Milliseconds within which this share of requests was answered.
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
    /// Requests that were answered from the user's own record.
    hits: usize,
    fallbacks: usize,
}

#[derive(Serialize)]
struct BenchView {
    store: String,
    kind: &'static str,
    users: u64,
    bytes: u64,
    rows: Vec<BenchRow>,
}

impl Bench {
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.concurrency.iter().any(|c| !(1..=1024).contains(c)) || self.requests == 0 {
            return Err(CliError::Usage(
                "--concurrency is from 1 to 1024, and --requests at least 1".into(),
            ));
        }
        let store = self.store.open()?;
        let bytes = store.open()?.size()?;
        let (kind, name) = (store.kind(), store.name());
        let server = Server::new(store);
        let manifest = server.manifest()?;
        if manifest.sample.is_empty() {
            return Err(CliError::Failed("the build has no user".into()));
        }
        let popular = |catalog: &crate::pipeline::Catalog| -> Vec<String> {
            catalog
                .popular()
                .iter()
                .take(500)
                .map(|i| catalog.id(*i).to_owned())
                .collect()
        };
        let items = server.with_catalog(popular)?;
        let make = |at: usize| self.request(context.seed, at, &manifest.sample, &items);
        // What is read once is read before the clock runs.
        server.respond(&make(0))?;
        let rows = self.concurrency.iter().map(|c| row(&server, *c, self.requests, &make));
        let view = BenchView {
            store: name,
            kind,
            users: manifest.users,
            bytes,
            rows: rows.collect::<Result<_, _>>()?,
        };
        let header = [
            "concurrency",
            "requests",
            "per_second",
            "p50",
            "p95",
            "p99",
            "max",
            "hits",
            "fallbacks",
        ];
        context.print(&view, &header, rows_of, text)
    }
}

impl Bench {
    /// The same requests in every row: users in a shuffled order, each with a session of popular items.
    fn request(&self, seed: u64, at: usize, users: &[String], items: &[String]) -> Request {
        let pick = |nth: u64, n: usize| (super::serve::draw(seed ^ nth, "bench", at as i64) >> 16) as usize % n.max(1);
        let event = |nth: usize| SessionEvent {
            act: Act::ALL[pick(1000 + nth as u64, Act::ALL.len())],
            item: items[pick(nth as u64 + 1, items.len())].clone(),
        };
        let events = if items.is_empty() { 0 } else { self.events };
        Request {
            user: users[pick(0, users.len())].clone(),
            session: (0..events).map(event).collect(),
            now: self.clock.now(),
            draw: at as u64,
            ..Request::default()
        }
    }
}

fn row(
    server: &Server,
    concurrency: usize,
    requests: usize,
    make: &(impl Fn(usize) -> Request + Sync),
) -> Result<BenchRow, CliError> {
    let times = Mutex::new(Vec::with_capacity(requests));
    let failed = Mutex::new(None);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..concurrency {
            let (times, failed) = (&times, &failed);
            scope.spawn(move || {
                let mut own = Vec::with_capacity(requests / concurrency + 1);
                for at in (thread..requests).step_by(concurrency) {
                    let request = make(at);
                    let asked = Instant::now();
                    match server.respond(&request) {
                        Ok(response) => own.push((asked.elapsed().as_secs_f64() * 1e3, response.fallback.is_none())),
                        Err(error) => {
                            *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                            break;
                        }
                    }
                }
                times
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .extend(own);
            });
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error.into());
    }
    let answered = times.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let hits = answered.iter().filter(|t| t.1).count();
    let mut times: Vec<f64> = answered.iter().map(|t| t.0).collect();
    times.sort_by(f64::total_cmp);
    Ok(BenchRow {
        concurrency,
        requests: times.len(),
        seconds,
        per_second: times.len() as f64 / seconds.max(1e-9),
        p50: within(&times, 0.5),
        p95: within(&times, 0.95),
        p99: within(&times, 0.99),
        max: within(&times, 1.0),
        hits,
        fallbacks: times.len() - hits,
    })
}

fn rows_of(view: &BenchView) -> Vec<[String; 9]> {
    let row = |r: &BenchRow| {
        let figures = [r.per_second, r.p50, r.p95, r.p99, r.max].map(exact);
        let [per_second, p50, p95, p99, max] = figures;
        let counts = [r.concurrency, r.requests, r.hits, r.fallbacks].map(|n| n.to_string());
        let [concurrency, requests, hits, fallbacks] = counts;
        [concurrency, requests, per_second, p50, p95, p99, max, hits, fallbacks]
    };
    view.rows.iter().map(row).collect()
}

fn text(view: &BenchView) -> String {
    let titles = [
        "at a time",
        "requests",
        "per second",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "hits",
    ];
    let mut table = Table::new(titles.map(|t| (t, Right)));
    for r in &view.rows {
        let ms = [r.p50, r.p95, r.p99, r.max].map(|ms| format!("{ms:.3}"));
        let [p50, p95, p99, max] = ms;
        let hits = format!("{:.2}%", 100.0 * r.hits as f64 / r.requests.max(1) as f64);
        table.row([
            counted(r.concurrency as u64),
            counted(r.requests as u64),
            format!("{:.0}", r.per_second),
            p50,
            p95,
            p99,
            max,
            hits,
        ]);
    }
    let place = crate::data::printable(&view.store);
    format!(
        "{place} ({}), {} users, {} bytes\n\n{table}",
        view.kind,
        counted(view.users),
        counted(view.bytes)
    )
}
