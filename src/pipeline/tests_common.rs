//! Data for tests, and a Redis server of a test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::ProptestConfig;

use super::batch::{Built, How, Job, build};
use super::store::{Key, Space, Store, UserRecord, store_at};
use super::{Detail, Plan, Request};
use crate::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, RatingRows};
use crate::models::FitStore;
use crate::task::Task;

/// So many random cases, or what `PROPTEST_CASES` says.
pub(super) fn cases(usual: u32) -> ProptestConfig {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig::with_cases(said.unwrap_or(usual))
}

/// A server on a free port, gone with the test.
pub(super) struct RedisServer {
    child: Child,
    _folder: tempfile::TempDir,
    pub port: u16,
}

impl RedisServer {
    /// `None`, and a word on standard error, where the program is not installed.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            eprintln!("skipped: redis-server is not installed");
            return None;
        };
        let server = Self {
            child,
            _folder: folder,
            port,
        };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "redis-server does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    pub fn url(&self, name: &str) -> String {
        format!("redis://127.0.0.1:{}/0#{name}", self.port)
    }

    pub fn connection(&self) -> redis::Connection {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", self.port)).unwrap();
        client.get_connection().unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Data of `users` × `items`, every third cell or so rated, with a column of genres `g0` to `g3` and one of years.
pub(super) fn data(users: u32, items: u32, more: &[(u32, u32, f64)]) -> Arc<Dataset> {
    let mut cells: Vec<(u32, u32, f64)> = Vec::new();
    for user in 0..users {
        for item in 0..items {
            let mixed = (u64::from(user) * 31 + u64::from(item) * 17 + u64::from(user * item)) % 11;
            if mixed < 4 {
                cells.push((user, item, 1.0 + (mixed + u64::from(item % 2)) as f64));
            }
        }
    }
    cells.extend_from_slice(more);
    let all =
        |of: fn(&(u32, u32, f64)) -> u32, least: u32| cells.iter().map(|c| of(c) + 1).max().unwrap_or(0).max(least);
    let (users, items) = (all(|c| c.0, users), all(|c| c.1, items));
    let genres = (0..items).map(|i| match i % 5 {
        0 => vec![("g0".to_owned(), 1)],
        4 => vec![],
        g => vec![(format!("g{g}"), 1), ("g0".to_owned(), 1)],
    });
    let columns = vec![
        Attribute::of_names("genre", genres),
        Attribute::of_numbers(
            "year",
            (0..items).map(|i| (!i.is_multiple_of(7)).then_some(1990.0 + f64::from(i % 20))),
        ),
    ];
    let ages = Attribute::of_numbers("age", (0..users).map(|u| Some(f64::from(10 + u % 50))));
    let parts = DatasetParts {
        name: "tests".into(),
        users: Ids::new((0..users).map(|u| format!("u{u}"))),
        items: Ids::new((0..items).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: cells.iter().map(|c| c.0).collect(),
            items: cells.iter().map(|c| c.1).collect(),
            values: cells.iter().map(|c| c.2).collect(),
            times: Vec::new(),
        },
        item_attributes: Attributes { columns },
        user_attributes: Attributes { columns: vec![ages] },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// 2026-11-29, noon.
pub(super) const NOON: i64 = 1_795_953_600;

/// A store of a test's own, gone with it.
pub(super) struct Place {
    pub folder: tempfile::TempDir,
    pub store: Arc<dyn Store>,
}

impl Place {
    pub fn new() -> Self {
        // In memory where there is such a folder: nothing here is about what survives a crash.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        let store = store_at(folder.path().join("s.redb").to_str().unwrap()).unwrap();
        Self { folder, store }
    }

    pub fn build(&self, data: &Arc<Dataset>, plan: &str, how: How) -> Built {
        self.build_on(data, plan, how, &Task::unattended())
    }

    pub fn build_on(&self, data: &Arc<Dataset>, plan: &str, how: How, task: &Task) -> Built {
        let job = Job {
            plan: &Plan::parse(plan, "p.toml").unwrap(),
            models: &crate::models::Catalog::default(),
            fits: &FitStore::new(Arc::clone(data), 42),
            store: &*self.store,
            now: NOON * 1000,
            how,
            most: usize::MAX,
        };
        build(&job, task).unwrap()
    }

    /// Somebody's record, and its bytes.
    pub fn record(&self, user: &str) -> Option<(UserRecord, Vec<u8>)> {
        let key = Key {
            space: Space::Users,
            id: user,
        };
        let bytes = self.store.open().unwrap().read(&[key]).unwrap().pop().unwrap()?;
        Some((UserRecord::decode(&bytes).unwrap(), bytes))
    }
}

/// Somebody's request an hour after the batch.
pub(super) fn ask(user: &str) -> Request {
    Request {
        user: user.to_owned(),
        now: NOON + 3600,
        detail: Detail::Trace,
        ..Request::default()
    }
}

/// A plan that keeps the order of scores.
pub(super) const PLAIN: &str = "[diversity]\nmethod = \"none\"\n";
