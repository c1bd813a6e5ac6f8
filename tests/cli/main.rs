//! The real program, run as people run it: what it prints, in which format, with which exit code.

mod bandits;
mod cache;
mod data;
mod experiments;
mod hybrid;
mod imports;
mod kinds;
mod mistakes;
mod models;
mod people;
mod pipeline;
mod why;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

fn toy() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/toy");
    folder.to_string_lossy().into_owned()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recscope"));
    command.args(args).env_remove("RUST_LOG").stdin(Stdio::null());
    command.env("XDG_CACHE_HOME", cache_folder());
    command.env("XDG_DATA_HOME", cache_folder());
    command
}

/// Where these tests cache: never where people do, and nothing of an earlier run.
fn cache_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-cache");
        let _ = std::fs::remove_dir_all(&folder);
        folder
    })
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// What is printed by a command that must succeed and say nothing else.
fn printed(args: &[&str]) -> String {
    let output = run(args);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The JSON object that a command prints, whose schema must come first.
fn json(args: &[&str]) -> Value {
    let text = printed(&[args, &["--format", "json"]].concat());
    assert!(text.starts_with("{\n  \"schema\": 1,"), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The exit code and the sentence of a command that must fail.
fn failure(args: &[&str]) -> (i32, String) {
    let output = run(args);
    assert!(output.stdout.is_empty(), "{args:?} printed an answer");
    let sentence = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), sentence.trim_end().to_owned())
}

/// A folder of the test's own, gone at its end.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].as_str().unwrap())
        .collect()
}
