//! What goes wrong and how it is said; pipes, standard input, common options.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use super::{command, failure, file, folder, ids, json, printed, toy};

#[test]
fn mistakes_are_one_sentence_with_a_hint() {
    let cases: [(&[&str], i32, &str); 12] = [
        (&["info", "no-such-folder"], 1, "no-such-folder"),
        (
            &["neighbors", &toy(), "--user", "E"],
            1,
            "there is no user E; the nearest are",
        ),
        (
            &["neighbors", &toy(), "--item", "11"],
            1,
            "there is no item 11; the nearest are 1",
        ),
        (
            &["recommend", &toy(), "--user", "A", "--model", "item-kn"],
            2,
            "item-knn",
        ),
        (
            &["recommend", &toy(), "--user", "A", "--model", "svd:factor=3"],
            2,
            "did you mean factors",
        ),
        (
            &["neighbors", &toy(), "--user", "A", "--similarity", "cosin"],
            2,
            "did you mean cosine",
        ),
        (&["neighbors", &toy()], 2, "--user ID"),
        (&["recommend", &toy(), "--profile", "1:5"], 2, "item=rating"),
        (&["recommend", &toy(), "--profile", "1=x"], 2, "is not a number"),
        (
            &[
                "recommend",
                &toy(),
                "--user",
                "A",
                "--unrate",
                "4",
                "--unrate",
                "4",
                "--unrate",
                "3",
            ],
            1,
            "has not rated item 3",
        ),
        (&["explain", &toy(), "--user", "A"], 2, "--item ID"),
        (&["infos"], 2, "recscope info"),
    ];
    for (args, code, part) in cases {
        let (seen, sentence) = failure(args);
        assert_eq!(seen, code, "{args:?}: {sentence}");
        assert!(sentence.contains(part), "{args:?}: {sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn wrong_flags_and_a_missing_terminal_are_wrong_usage() {
    assert_eq!(failure(&["info", &toy(), "--no-such-flag"]).0, 2);
    assert_eq!(failure(&[&toy(), "info"]).0, 2);
    for args in [&[][..], &[&toy()[..]]] {
        let (code, sentence) = failure(args);
        assert_eq!((code, sentence.lines().count()), (2, 1), "{sentence}");
        assert!(sentence.contains("terminal"), "{sentence}");
    }
}

#[test]
fn bad_data_is_named_by_file_line_and_column() {
    let folder = folder();
    let path = file(folder.path(), "bad.csv", "user,item,rating\nA,1,5\nA,2,abc\nB,1,3\n");
    let path = path.to_str().unwrap();
    let (code, sentence) = failure(&["info", path]);
    assert_eq!(code, 1);
    assert!(
        sentence.contains("bad.csv:3:5: rating \"abc\" is not a number"),
        "{sentence}"
    );
    let lenient = json(&["info", path, "--lenient"]);
    assert_eq!(
        (&lenient["ratings"], &lenient["rejected"][0]["line"]),
        (&2.into(), &3.into())
    );
}

#[test]
fn nothing_that_moves_a_cursor_reaches_the_terminal() {
    let folder = folder();
    let path = file(
        folder.path(),
        "evil.csv",
        "A\u{1b}[2J,1\u{7},5\nA\u{1b}[2J,2,3\nB,1\u{7},4\nB,2,1\n",
    );
    let path = path.to_str().unwrap();
    let evil = "A\u{1b}[2J";
    for args in [
        vec!["neighbors", path, "--user", "B"],
        vec!["neighbors", path, "--user", evil],
        vec![
            "recommend",
            path,
            "--user",
            evil,
            "--model",
            "popularity",
            "--include-seen",
        ],
        vec!["explain", path, "--user", evil, "--item", "2", "--model", "item-knn"],
        vec!["profile", path, "--item", "2"],
        vec![
            "recommend",
            path,
            "--users",
            "all",
            "--model",
            "popularity",
            "--include-seen",
        ],
        vec!["neighbors", path, "--user", "B", "--format", "json"],
    ] {
        let text = printed(&args);
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{args:?}: {text:?}");
    }
    let view = json(&["neighbors", path, "--user", "B"]);
    assert_eq!(ids(&view["neighbors"]), [evil]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = command(&[
        "recommend",
        "--users",
        "all",
        "--model",
        "popularity",
        "-n",
        "300",
        "--format",
        "csv",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn standard_input_is_data_too() {
    let mut child = command(&["info", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a,x,1\nb,y,2\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(view["ratings"], 2);
}

#[test]
fn common_options_work_before_and_after_the_command() {
    let folder = folder();
    let log = folder.path().join("log.txt");
    let text = printed(&[
        "--quiet",
        "--seed",
        "7",
        "--threads",
        "1",
        "--log",
        log.to_str().unwrap(),
        "info",
        &toy(),
    ]);
    assert_eq!(
        text,
        printed(&["info", &toy(), "--quiet", "--no-cache", "--threads", "2"])
    );
    assert!(std::fs::read_to_string(&log).unwrap().contains("loaded"));
    assert_eq!(failure(&["info", &toy(), "--threads", "0"]).0, 2);
}

#[test]
fn the_same_seed_gives_the_same_answer_whatever_the_threads() {
    let args = [
        "recommend",
        &toy(),
        "--user",
        "A",
        "--model",
        "svd:factors=4,epochs=3",
        "--include-seen",
    ];
    let one = printed(&[&args[..], &["--format", "json", "--threads", "1"]].concat());
    assert_eq!(
        one,
        printed(&[&args[..], &["--format", "json", "--threads", "4"]].concat())
    );
    let other = printed(&[&args[..], &["--format", "json", "--seed", "1"]].concat());
    assert_ne!(one, other);
}

#[test]
fn options_that_make_no_sense_are_wrong_usage_and_missing_files_are_not() {
    let folder = folder();
    let pairs = file(folder.path(), "pairs.csv", "A,1,5\n");
    let pairs = pairs.to_str().unwrap();
    for (args, code, part) in [
        (&["evaluate", &toy(), "--test", pairs][..], 2, "--train FILE"),
        (&["info", &toy(), "--separator", ""], 2, "cannot separate fields"),
        (&["info", &toy(), "--encoding", "klingon"], 2, "klingon"),
        (&["models", "item-kn"], 2, "did you mean item-knn"),
        (
            &["info", &toy(), "--config", "no-such-settings.toml"],
            1,
            "no-such-settings.toml",
        ),
        (&["recommend", &toy(), "--user", "A", "--rate", "3=1e99"], 2, "beyond"),
    ] {
        let (seen, sentence) = failure(args);
        assert_eq!(seen, code, "{args:?}: {sentence}");
        assert!(sentence.contains(part), "{args:?}: {sentence}");
    }
}

#[test]
fn ratings_too_large_to_compute_with_are_refused() {
    let folder = folder();
    let huge = file(folder.path(), "huge.csv", "user,item,rating\nA,1,1e308\nA,1,1e308\n");
    let (code, sentence) = failure(&["info", huge.to_str().unwrap(), "--duplicates", "sum"]);
    assert_eq!(code, 1);
    assert!(
        sentence.contains("huge.csv:2:5: rating \"1e308\" is beyond ±1e30"),
        "{sentence}"
    );
    let largest = file(
        folder.path(),
        "largest.csv",
        "A,1,1e30\nA,1,1e30\nB,1,-1e30\nB,2,2e29\nA,2,1e30\n",
    );
    let path = largest.to_str().unwrap();
    let sum = json(&["info", path, "--duplicates", "sum"]);
    assert_eq!(sum["scale"]["max"].as_f64(), Some(2e30));
    // −2 to 0.2 and 1: (−2 + 0.2) / √(5 · 1.04) of A's (2, 1) and B's (−1, 0.2), in units of 1e30.
    let near = json(&["neighbors", path, "--user", "A", "--duplicates", "sum"]);
    let seen = near["neighbors"][0]["similarity"].as_f64().unwrap();
    assert!((seen + 1.8 / (5.0 * 1.04f64).sqrt()).abs() < 1e-12, "{seen}");
}
