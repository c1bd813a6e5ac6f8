//! The cache as people meet it: the same answers with it and without, whatever happens to its files.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use super::{command, file, folder};

/// A cache of a test's own.
struct Own(tempfile::TempDir);

impl Own {
    fn new() -> Self {
        Self(folder())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.env("XDG_CACHE_HOME", self.0.path());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn printed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn list(&self) -> Value {
        serde_json::from_str(&self.printed(&["cache", "list", "--format", "json"])).unwrap()
    }

    /// Kind and state of every file, sorted.
    fn states(&self) -> Vec<String> {
        let list = self.list();
        let entries = list["entries"].as_array().unwrap().iter();
        let text = |v: &Value| v.as_str().unwrap_or("?").to_owned();
        let mut states: Vec<String> = entries
            .map(|e| format!("{} {}", text(&e["kind"]), text(&e["state"])))
            .collect();
        states.sort();
        states
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.path().join("recscope"));
        let mut files: Vec<PathBuf> = entries.map_or_else(|_| Vec::new(), |e| e.map(|e| e.unwrap().path()).collect());
        files.sort();
        files
    }
}

/// Ratings of more than 1 MiB: users by items, whole stars, with times.
fn ratings(rows: u32) -> String {
    let mut text = String::from("user,item,rating,time\n");
    for k in 0..rows {
        let item = k.wrapping_mul(2_654_435_761) >> 20;
        let _ = writeln!(text, "{},{item},{},{}", k / 40, k % 5 + 1, 1_100_000_000 + k * 60);
    }
    text
}

/// Writes ratings, and waits until a further write would be seen to be one.
fn data(folder: &Path, text: &str) -> String {
    let path = file(folder, "ratings.csv", text);
    std::thread::sleep(Duration::from_millis(40));
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_second_opening_says_the_same() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(60_000));
    for format in ["json", "text", "csv"] {
        let args = ["info", &path, "--format", format];
        let without = own.printed(&[&args[..], &["--no-cache"]].concat());
        assert_eq!(own.printed(&args), without);
        assert_eq!(own.printed(&args), without);
    }
    assert_eq!(own.states(), ["dataset ok"]);
    let list = own.list();
    let entry = &list["entries"][0];
    assert_eq!(
        (list["schema"].as_u64(), entry["name"].as_str()),
        (Some(1), Some("ratings"))
    );
    assert!(entry["key"].as_str().unwrap().contains("ratings.csv"));
    assert_eq!(list["bytes"], entry["bytes"]);
    assert!(entry["created"].as_u64().unwrap() > 1_600_000_000);

    // However the path is spelled, it is the same file: an answer of no other path, and none beside it.
    let mut relative = own.command(&["info", "./ratings.csv", "--format", "json"]);
    let seen = relative.current_dir(place.path()).output().unwrap();
    assert_eq!(
        String::from_utf8(seen.stdout).unwrap(),
        own.printed(&["info", &path, "--format", "json"])
    );
    assert_eq!(own.states(), ["dataset ok"]);

    // Another file under the same name is another answer, in the place of the old one.
    let path = data(place.path(), &ratings(70_000));
    assert!(
        own.printed(&["info", &path, "--format", "json"])
            .contains("\"ratings\": 70000")
    );
    assert_eq!(own.states(), ["dataset ok"]);
    // So is another way to read it, beside the old one.
    let implicit = own.printed(&["info", &path, "--implicit", "--format", "json"]);
    assert!(implicit.contains("\"implicit\": true"));
    assert_eq!(own.states(), ["dataset ok", "dataset ok"]);
}

#[test]
fn nothing_is_kept_of_what_is_small_or_comes_by_a_pipe_or_without_a_cache() {
    let (own, place) = (Own::new(), folder());
    let small = data(place.path(), &ratings(1000));
    own.printed(&["info", &small]);
    own.printed(&["info", &super::toy()]);
    let large = data(place.path(), &ratings(60_000));
    own.printed(&["info", &large, "--no-cache"]);
    let mut piped = own.command(&["info", "-"]);
    piped.stdin(std::fs::File::open(&large).unwrap());
    assert!(piped.output().unwrap().status.success());
    assert_eq!(own.files(), [] as [PathBuf; 0]);
    let said = own.printed(&["cache", "list"]);
    assert!(
        said.starts_with("nothing is kept in ") && said.ends_with("recscope\n"),
        "{said}"
    );
    assert_eq!(own.printed(&["cache", "list", "--no-cache"]), "there is no cache\n");
}

#[test]
fn fitted_models_are_kept_beside_the_data() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(60_000));
    let args = |model: &'static str| ["recommend", &path, "--user", "7", "--format", "json", "--model", model];
    let (slow, other) = ("svd:factors=30,epochs=30", "svd:factors=30,epochs=31");
    let without = own.printed(&[&args(slow)[..], &["--no-cache"]].concat());
    assert_eq!(own.printed(&args(slow)), without);
    assert_eq!(own.states(), ["dataset ok", "fit ok"]);
    let log = place.path().join("log");
    let again = own.printed(&[&args(slow)[..], &["--log", log.to_str().unwrap()]].concat());
    assert_eq!(again, without);
    assert_eq!(own.states(), ["dataset ok", "fit ok"]);
    // Another formula, another seed: another fit.
    assert_ne!(own.printed(&args(other)), without);
    assert_ne!(own.printed(&[&args(slow)[..], &["--seed", "1"]].concat()), without);
    assert_eq!(own.states(), ["dataset ok", "fit ok", "fit ok", "fit ok"]);
    let names: Vec<Value> = own.list()["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["name"].clone())
        .collect();
    assert!(names.contains(&Value::from(format!("{slow} on ratings"))), "{names:?}");
    // Altered, it is fitted anew.
    for path in own.files() {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(own.printed(&args(slow)), without);
}

#[test]
fn what_is_damaged_is_named_and_made_anew() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(60_000));
    let info = ["info", &path, "--format", "json"];
    let right = own.printed(&info);
    let kept = own.files().remove(0);
    let good = std::fs::read(&kept).unwrap();
    assert!(own.printed(&["cache", "verify"]).contains("  ok\n"));
    let altered = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let cases = [
        ("damaged", altered(good.len() / 2)),
        ("damaged", altered(good.len() - 30)),
        ("damaged", good[..good.len() / 3].to_vec()),
        ("damaged", Vec::new()),
        ("older", altered(8)),
        ("foreign", altered(0)),
        (
            "foreign",
            b"by another program, and long enough to be one of ours".to_vec(),
        ),
    ];
    for (state, bytes) in cases {
        std::fs::write(&kept, bytes).unwrap();
        let output = own.run(&["cache", "verify", "--format", "json"]);
        let view: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(view["entries"][0]["state"], state);
        assert!(view["entries"][0]["problem"].is_string());
        let says = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(i32::from(state != "older")), "{says}");
        assert_eq!(says.contains("1 of 1 file"), state != "older", "{says}");
        assert_eq!(own.printed(&info), right, "{state}");
        assert!(own.printed(&["cache", "verify"]).contains("  ok\n"));
        assert_eq!(own.printed(&info), right, "{state}");
    }
}

#[test]
fn clearing_removes_ours_alone() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(60_000));
    own.printed(&["info", &path]);
    let others = own.0.path().join("recscope/notes.txt");
    std::fs::write(&others, "mine").unwrap();
    let bytes = own.list()["bytes"].clone();
    let view: Value = serde_json::from_str(&own.printed(&["cache", "clear", "--format", "json"])).unwrap();
    assert_eq!(
        (&view["removed"], &view["bytes"], &view["schema"]),
        (&Value::from(1), &bytes, &Value::from(1))
    );
    assert_eq!(own.files(), [others]);
    assert_eq!(own.printed(&["cache", "clear"]), "removed 0 files, 0 kB\n");
    assert_eq!(own.run(&["cache"]).status.code(), Some(2));
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(60_000));
    let info = ["info", &path, "--format", "json"];
    let right = own.printed(&[&info[..], &["--no-cache"]].concat());
    // A file where the folder should be: not even the person that may do everything can write there.
    std::fs::write(own.0.path().join("recscope"), "").unwrap();
    let output = own.run(&info);
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{says}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), right);
    assert!(
        says.starts_with("recscope: warning: ") && says.contains("--no-cache"),
        "{says}"
    );
    assert_eq!(says.lines().count(), 1, "{says}");
    let quiet = own.run(&[&info[..], &["--quiet"]].concat());
    assert!(quiet.stderr.is_empty());
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_it_loses_nothing() {
    let (own, place) = (Own::new(), folder());
    let path = data(place.path(), &ratings(150_000));
    let info = ["info", &path, "--format", "json"];
    let start = std::time::Instant::now();
    let right = own.printed(&info);
    let whole = start.elapsed();
    let mut unfinished = 0;
    for moment in 0..400u32 {
        // Evenly over the whole run, then anywhere until one was met halfway.
        let share = match moment {
            0..40 => f64::from(moment) / 36.0,
            _ if unfinished > 0 => break,
            _ => 1.1 * (f64::from(moment) * 0.618_034).fract(),
        };
        own.printed(&["cache", "clear"]);
        let mut child = own.command(&info).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(share));
        // SIGKILL: nothing can be done about it.
        let _ = child.kill();
        child.wait().unwrap();
        let states = own.states();
        // What was written to its end but not yet put in its place says what it would have been.
        let halfway = states == ["? unfinished"] || states == ["dataset unfinished"];
        unfinished += usize::from(halfway);
        assert!(halfway || states.is_empty() || states == ["dataset ok"], "{states:?}");
        own.printed(&["cache", "verify"]);
        assert_eq!(own.printed(&info), right);
    }
    // The test has met what it is about.
    assert!(unfinished > 0);
}
