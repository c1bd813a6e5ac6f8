//! Stores, requests and events by the program itself, builders killed on the way.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use recscope::pipeline::store::store_at;
use recscope::pipeline::{Request, Server};

use super::*;

/// A Redis server of a test's own.
struct Redis {
    child: Child,
    _folder: tempfile::TempDir,
    port: u16,
}

impl Redis {
    /// `None`, and a word on standard error, where the program is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            eprintln!("skipped: redis-server is not installed");
            return None;
        };
        let server = Self {
            child,
            _folder: folder,
            port,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "redis-server does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ratings of so many users, as a file.
fn ratings(folder: &Path, users: usize) -> String {
    let mut text = String::from("user,item,rating\n");
    for user in 0..users {
        // A square in it: nobody has all items or none.
        for item in (0..40).filter(|item| (user * 5 + item * 3 + item * item + user * item) % 7 < 3) {
            let _ = writeln!(text, "u{user},i{item},{}", 1 + (user + item) % 5);
        }
    }
    let path = folder.join("ratings.csv");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn two_builds_differ_as_the_formulas_do_that_they_are_of() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path(), 30);
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let stores = ["item-knn", "als:factors=4"].map(|formula| {
        let (plan, store) = (place(&format!("{formula}.toml")), place(&format!("{formula}.redb")));
        std::fs::write(&plan, format!("rank = \"{formula}\"\n")).unwrap();
        json(&["pipeline", "build", &data, "--store", &store, "--config", &plan]);
        store
    });
    let builds = json(&["compare", &data, "--stores", &stores[0], &stores[1]]);
    let models = json(&["compare", &data, "--models", "item-knn; als:factors=4", "--all"]);
    for figure in ["overlap", "rbo", "churn"] {
        assert_eq!(builds[figure], models[figure], "{figure}");
    }
    assert!(models["churn"]["value"].as_f64().unwrap() > 0.05);
    let same = json(&["compare", &data, "--stores", &stores[0], &stores[0]]);
    assert_eq!(same["churn"]["value"], 0.0);
    assert_eq!(same["users"].as_array().unwrap().len(), 30);
    let (code, sentence) = failure(&["compare", &data, "--stores", &stores[0], &place("none.redb")]);
    assert_eq!((code, sentence.lines().count()), (1, 1), "{sentence}");
}

/// Builds are killed at random moments; whenever that is, the last whole build is served to everybody afterwards.
fn survives_kills(store: &str, folder: &Path, kills: u32) {
    let users = 80;
    let data = ratings(folder, users);
    let plan = |keep: usize| {
        let path = folder.join(format!("keep{keep}.toml"));
        std::fs::write(&path, format!("keep = {keep}\nlist = {keep}\n")).unwrap();
        path.to_string_lossy().into_owned()
    };
    let plans = [plan(6), plan(9)];
    let build = |plan: &str| {
        command(&[
            "pipeline",
            "build",
            &data,
            "--store",
            store,
            "--config",
            plan,
            "--quiet",
            "--no-cache",
        ])
    };
    let begun = Instant::now();
    assert!(build(&plans[0]).output().unwrap().status.success());
    let whole = begun.elapsed();
    let server = Server::new(store_at(store).unwrap());
    let (mut last, mut finished) = (server.store().open().unwrap().version(), 0);
    for kill in 0..kills {
        let mut child = build(&plans[(kill as usize + 1) % 2])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over all of the build, the moments around its end twice as densely.
        let share = (f64::from(kill) + 0.5) / f64::from(kills);
        std::thread::sleep(whole.mul_f64(if kill.is_multiple_of(2) {
            share * 1.1
        } else {
            0.6 + 0.4 * share
        }));
        child.kill().unwrap();
        child.wait().unwrap();
        let version = server.store().open().unwrap().version();
        finished += u32::from(version != last);
        last = version;
        let length = |user: usize| {
            let request = Request {
                user: format!("u{user}"),
                now: server.manifest().unwrap().built_at / 1000,
                ..Request::default()
            };
            let response = server.respond(&request).unwrap();
            assert_eq!(response.fallback, None, "user {user} after kill {kill}");
            assert_eq!(response.version, version);
            response.items.len()
        };
        let lengths: Vec<usize> = (0..users).map(length).collect();
        let one = lengths[0];
        assert!(
            (one == 6 || one == 9) && lengths.iter().all(|l| *l == one),
            "{lengths:?} after kill {kill}"
        );
    }
    eprintln!("{kills} kills, {finished} of them after the switch");
    assert!(build(&plans[0]).output().unwrap().status.success());
}

/// How many: 10, or what `RECSCOPE_KILLS` says.
fn kills() -> u32 {
    std::env::var("RECSCOPE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10)
}

#[test]
fn a_killed_build_leaves_the_last_whole_one_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.redb");
    survives_kills(store.to_str().unwrap(), folder.path(), kills());
}

#[test]
fn a_killed_build_leaves_the_last_whole_one_in_redis() {
    let Some(server) = Redis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    survives_kills(
        &format!("redis://127.0.0.1:{}/0#kills", server.port),
        folder.path(),
        kills(),
    );
}

#[test]
fn a_store_is_built_served_and_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (data, store) = (ratings(folder.path(), 30), path("s.redb"));
    std::fs::write(
        path("p.toml"),
        "[[rule]]\nname = \"new\"\nslot = 2\narms = \"item.raters < 15\"\nmost = 3\n",
    )
    .unwrap();
    let built = json(&[
        "pipeline",
        "build",
        &data,
        "--store",
        &store,
        "--config",
        &path("p.toml"),
        "--now",
        "1000000",
    ]);
    assert_eq!(
        (built["users"].as_u64(), built["built_at"].as_f64()),
        (Some(30), Some(1_000_000.0))
    );
    assert!(built["seconds"]["score"].is_number() && built["bytes"].as_u64() > Some(1000));
    assert!(built["model_id"].is_string());
    let serve = |more: &[&str]| {
        json(
            &[
                &[
                    "pipeline", "serve", "--store", &store, "--user", "u7", "--now", "1003600",
                ],
                more,
            ]
            .concat(),
        )
    };
    let answer = serve(&["--trace", "--events", &path("log.jsonl")]);
    assert_eq!(answer["fallback"], Value::Null);
    assert_eq!(answer["age_hours"].as_f64(), Some(1.0));
    let stages: Vec<&str> = answer["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        stages,
        [
            "fetch",
            "seen",
            "session",
            "drop",
            "boost",
            "diversity",
            "explore",
            "place"
        ]
    );
    for stage in answer["stages"].as_array().unwrap() {
        assert!(
            stage["ms"].is_number() && stage["in"].is_u64() && stage["out"].is_u64() && stage["dropped"].is_array()
        );
    }
    let items = answer["items"].as_array().unwrap();
    assert!(
        items
            .iter()
            .enumerate()
            .all(|(at, i)| i["rank"].as_u64() == Some(at as u64 + 1))
    );
    assert!(items[0]["sources"].as_array().is_some_and(|s| !s.is_empty()));
    assert_eq!(
        (items[1]["by"].as_str(), items[1]["rule"].as_str()),
        (Some("slot"), Some("new"))
    );
    // The same question, the same answer, but for what the log has taught the slot and for times.
    let ids = |answer: &Value| {
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&serve(&[])), ids(&answer));
    // A click becomes the reward of what was shown, and ope reads the log.
    let clicked = items[1]["id"].as_str().unwrap();
    std::fs::write(
        path("events.jsonl"),
        format!("{{\"user\":\"u7\",\"event\":\"click\",\"item\":\"{clicked}\",\"time\":1003601}}\nnonsense\n{{\"user\":\"u7\",\"event\":\"fly\",\"item\":\"i1\"}}\n"),
    )
    .unwrap();
    let followed = json(&[
        "pipeline",
        "follow",
        "--store",
        &store,
        &path("events.jsonl"),
        "--once",
        "--events",
        &path("log.jsonl"),
    ]);
    assert_eq!(
        [
            followed["events"].as_u64(),
            followed["bad"].as_u64(),
            followed["rewards"].as_u64()
        ],
        [Some(1), Some(2), Some(1)]
    );
    assert_eq!(followed["bad_lines"][1]["line"].as_u64(), Some(3));
    let log = std::fs::read_to_string(path("log.jsonl")).unwrap();
    assert_eq!(log.lines().count(), items.len());
    assert_eq!(log.lines().filter(|l| l.contains("\"reward\":1")).count(), 1);
    let ope = json(&["ope", &path("log.jsonl"), "--target", &format!("always:{clicked}")]);
    assert_eq!(ope["rows"].as_u64(), Some(items.len() as u64));
    let bench = json(&[
        "pipeline",
        "bench",
        "--store",
        &store,
        "--requests",
        "40",
        "--concurrency",
        "1,4",
        "--now",
        "1003600",
    ]);
    assert_eq!(bench["rows"].as_array().unwrap().len(), 2);
    assert_eq!(bench["rows"][1]["hits"].as_u64(), Some(40));
    // Only who has changed is computed anew.
    let more = format!("{}u3,i2,5\nu99,i2,4\n", std::fs::read_to_string(&data).unwrap());
    std::fs::write(&data, more).unwrap();
    let again = json(&["pipeline", "build", &data, "--store", &store, "--incremental"]);
    assert_eq!(
        (again["users"].as_u64(), again["written"].as_u64()),
        (Some(31), Some(2))
    );
}

#[test]
fn mistakes_of_a_pipeline_are_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let said = |args: &[&str]| {
        let output = run(args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, why) = said(&["pipeline", "serve", "--store", &path("none"), "--user", "1"]);
    assert!(
        code == Some(1) && why.contains("holds no build: make one with pipeline build"),
        "{why}"
    );
    let (code, why) = said(&["pipeline", "serve", "--store", "http://x", "--user", "1"]);
    assert!(code == Some(2) && why.contains("name a file, or redis://"), "{why}");
    let (code, why) = said(&["pipeline", "serve", "--store", "x", "--user", "1", "--session", "click"]);
    assert!(
        code == Some(2) && why.contains("click of what? write click:ID"),
        "{why}"
    );
    std::fs::write(path("p.toml"), "rank = \"item-kn\"\n").unwrap();
    let (code, why) = said(&[
        "pipeline",
        "build",
        &toy(),
        "--store",
        &path("s"),
        "--config",
        &path("p.toml"),
    ]);
    assert!(
        code == Some(1) && why.contains("p.toml:1:9: ") && why.contains("item-knn"),
        "{why}"
    );
    let down = format!(
        "redis://127.0.0.1:{}/0",
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    );
    let (code, why) = said(&["pipeline", "serve", "--store", &down, "--user", "1"]);
    assert!(code == Some(1) && why.contains("the store is down"), "{why}");
    assert!(!Path::new(&path("s")).exists());
}

/// A bundle of Spark opened as data and models, and published as it is.
#[test]
fn a_bundle_is_data_models_and_a_store() {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bundle");
    let bundle = bundle.to_string_lossy().into_owned();
    let folder = folder();
    let store = folder.path().join("s.redb").to_string_lossy().into_owned();
    let info = json(&["info", &bundle]);
    assert_eq!((info["users"].as_u64(), info["items"].as_u64()), (Some(8), Some(9)));
    let user = "104";
    for model in ["spark-als", "spark-llr", "0.5*spark-cosine + 0.5*spark-llr"] {
        let list = json(&["recommend", &bundle, "--user", user, "--model", model, "-n", "3"]);
        let item = list["items"][0]["id"].as_str().unwrap().to_owned();
        let why = json(&["explain", &bundle, "--user", user, "--item", &item, "--model", model]);
        assert!(why["score"].is_number(), "{why}");
    }
    let built = json(&[
        "pipeline", "build", "--from", &bundle, "--store", &store, "--now", "1000000",
    ]);
    assert_eq!(
        (built["users"].as_u64(), built["model_id"].as_str()),
        (Some(12), Some("spark-als seed 42"))
    );
    // Users of whom the sample knows nothing are in the store.
    let text = std::fs::read_to_string(Path::new(&bundle).join("../imported/ratings.csv")).unwrap();
    let all: std::collections::BTreeSet<&str> = text.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    assert_eq!(all.len(), 12);
    for user in all {
        let served = json(&[
            "pipeline", "serve", "--store", &store, "--user", user, "--now", "1000060",
        ]);
        assert!(served["fallback"].is_null() && !served["items"].as_array().unwrap().is_empty());
    }
    // Down from the start, with data to fall back on and without.
    let nowhere = folder.path().join("none.redb").to_string_lossy().into_owned();
    let (code, why) = failure(&["pipeline", "serve", "--store", &nowhere, "--user", "101"]);
    assert!(code == 1 && why.contains("--fallback DATA"), "{why}");
    let served = json(&[
        "pipeline",
        "serve",
        "--store",
        &nowhere,
        "--user",
        "101",
        "--fallback",
        &bundle,
    ]);
    assert_eq!(served["fallback"]["reason"].as_str(), Some("store-down"));
    assert!(!served["items"].as_array().unwrap().is_empty());
    let (code, why) = failure(&["pipeline", "build", "--from", &toy(), "--store", &nowhere]);
    assert!(code == 1 && why.contains("there is no bundle.json in it"), "{why}");
}
