//! The real program, run as people run it: what it prints, in which format, with which exit code.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn toy() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/toy");
    folder.to_string_lossy().into_owned()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recscope"));
    command.args(args).env_remove("RUST_LOG").stdin(Stdio::null());
    command
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

#[test]
fn info_of_the_toy() {
    let info = json(&["info", &toy()]);
    assert_eq!(
        (&info["users"], &info["items"], &info["ratings"]),
        (&4.into(), &4.into(), &10.into())
    );
    assert_eq!(info["density"], 0.625);
    assert_eq!(info["scale"]["step"], 1.0);
    assert_eq!(info["implicit"], false);
    assert_eq!(info["histogram"].as_array().unwrap().len(), 4);
    for key in [
        "name",
        "items_without_ratings",
        "timestamps",
        "duplicates",
        "rejected",
        "format",
    ] {
        assert!(!info[key].is_null(), "{key}");
    }
    assert!(printed(&["info", &toy()]).contains("62.5 %"));
    assert!(printed(&["info", &toy(), "--format", "csv"]).contains("\nratings,10\n"));
}

#[test]
fn neighbors_of_the_toy() {
    let view = json(&["neighbors", &toy(), "--user", "B", "-k", "2"]);
    assert_eq!(view["subject"]["kind"], "user");
    assert_eq!(view["subject"]["id"], "B");
    assert_eq!(view["similarity"], "cosine");
    assert_eq!(ids(&view["neighbors"]), ["A", "C"]);
    let first = &view["neighbors"][0];
    assert!((first["similarity"].as_f64().unwrap() - 21.0 / (35f64 * 17.0).sqrt()).abs() < 1e-12);
    assert_eq!(first["support"], 2);
    let csv = printed(&["neighbors", &toy(), "--item", "1", "--format", "csv"]);
    assert!(csv.starts_with("id,label,similarity,support,ratings,mean\n"), "{csv}");
    assert!(printed(&["neighbors", &toy(), "--user", "B"]).contains("0.8609"));
}

#[test]
fn a_pair_is_compared_with_its_arithmetic() {
    let view = json(&["pair", &toy(), "--user", "B", "--with", "A"]);
    let near = json(&["neighbors", &toy(), "--user", "B", "-k", "1"]);
    assert_eq!(view["value"], near["neighbors"][0]["similarity"]);
    assert_eq!((&view["a"]["id"], &view["b"]["id"]), (&"B".into(), &"A".into()));
    assert_eq!(view["common"].as_array().unwrap().len(), 2);
    assert_eq!(
        view["sums"],
        serde_json::json!([["Σa·b", 21.0], ["Σa²", 17.0], ["Σb²", 35.0]])
    );
    assert_eq!(view["all"].as_array().unwrap().len(), 9);
    assert!(printed(&["pair", &toy(), "--item", "1", "--with", "2"]).contains("jaccard"));
    let csv = printed(&["pair", &toy(), "--user", "B", "--with", "A", "--format", "csv"]);
    assert!(csv.starts_with("id,label,a,b\n"), "{csv}");
}

#[test]
fn an_edit_moves_the_neighbors_and_one_undone_does_not() {
    let plain = json(&["neighbors", &toy(), "--user", "B"]);
    let same = json(&["neighbors", &toy(), "--user", "B", "--rate", "1=4"]);
    assert_eq!(plain["neighbors"], same["neighbors"]);
    let edited = json(&["neighbors", &toy(), "--user", "B", "--rate", "1=1", "--rate", "4=5"]);
    assert_eq!(ids(&edited["neighbors"])[0], "C");
    assert_eq!(edited["edited"], true);
    // The other way round: what B would think moves A's neighbor, too.
    let other = json(&["neighbors", &toy(), "--user", "A", "--edit", "B/1="]);
    let before = json(&["neighbors", &toy(), "--user", "A"]);
    assert_ne!(other["neighbors"], before["neighbors"]);
}

#[test]
fn user_knn_recommends_item_2_to_b() {
    let args = ["recommend", &toy(), "--user", "B", "--model", "user-knn"];
    let view = json(&args);
    assert_eq!(
        (&view["user"], &view["model"], &view["unit"]),
        (&"B".into(), &"user-knn".into(), &"similarity-sum".into())
    );
    let first = &view["items"][0];
    assert_eq!((&first["rank"], &first["id"]), (&1.into(), &"2".into()));
    // A rated it 3, C rated it 1.
    let cosine = |v: &str| {
        json(&["neighbors", &toy(), "--user", "B"])["neighbors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|n| n["id"] == v)
            .unwrap()["similarity"]
            .as_f64()
            .unwrap()
    };
    assert!((first["score"].as_f64().unwrap() - 3.0 * cosine("A") - cosine("C")).abs() < 1e-12);
    let csv = printed(&[&args[..], &["--format", "csv"]].concat());
    assert_eq!(
        csv.lines()
            .nth(1)
            .unwrap()
            .split(',')
            .next_back()
            .unwrap()
            .parse::<f64>()
            .unwrap(),
        first["score"]
    );
    let seen = json(&[&args[..], &["--include-seen"]].concat());
    assert_eq!(seen["items"].as_array().unwrap().len(), 4);
}

#[test]
fn a_guest_with_a_users_ratings_is_recommended_the_same() {
    let names = |view: &Value| ids(&view["items"]).iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let guest = json(&["recommend", &toy(), "--profile", "1=4,4=1", "--model", "item-knn"]);
    let user = json(&["recommend", &toy(), "--user", "B", "--model", "item-knn"]);
    assert!(guest["user"].is_null());
    assert_eq!(names(&guest), names(&user));
    let nobody = json(&["recommend", "--profile", "", "--model", "popularity", "-n", "3"]);
    assert_eq!(nobody["items"].as_array().unwrap().len(), 3);
}

#[test]
fn users_for_an_item_and_lists_for_everyone() {
    let view = json(&["recommend", &toy(), "--item", "3", "--model", "user-knn"]);
    assert_eq!(view["item"], "3");
    assert!(!ids(&view["items"]).contains(&"D"), "D rated it");
    let csv = printed(&[
        "recommend",
        &toy(),
        "--users",
        "all",
        "--model",
        "popularity",
        "-n",
        "1",
        "--format",
        "csv",
    ]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("user,rank,item,label,score", 5));
    for user in ["A", "B", "C", "D"] {
        let own = json(&["recommend", &toy(), "--user", user, "--model", "popularity", "-n", "1"]);
        let line = lines.iter().find(|l| l.starts_with(&format!("{user},"))).unwrap();
        assert_eq!(line.split(',').nth(2).unwrap(), own["items"][0]["id"]);
    }
    let all = json(&["recommend", &toy(), "--users", "all", "--model", "popularity"]);
    assert_eq!(all["users"].as_array().unwrap().len(), 4);
}

#[test]
fn the_tree_adds_up_to_the_score_that_is_recommended() {
    let list = json(&["recommend", "--user", "u001", "-n", "1"]);
    let item = list["items"][0]["id"].as_str().unwrap();
    let view = json(&["explain", "--user", "u001", "--item", item]);
    assert_eq!(view["score"], list["items"][0]["score"]);
    assert_eq!(view["tree"]["value"], view["score"]);
    assert_eq!(view["rank"], 1);
    assert!(view["prediction"].is_null());
    let sum = |node: &Value| {
        node["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["value"].as_f64().unwrap())
            .sum::<f64>()
    };
    assert!((sum(&view["tree"]) - view["score"].as_f64().unwrap()).abs() < 1e-9);
    let parts: f64 = list["items"][0]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_f64().unwrap())
        .sum();
    assert_eq!(parts, view["score"].as_f64().unwrap());
    for component in view["tree"]["children"].as_array().unwrap() {
        assert!((sum(component) - component["value"].as_f64().unwrap()).abs() < 1e-9);
        assert!(component["children"].as_array().unwrap().len() <= 12);
        assert_eq!(component["ref"]["kind"], "model");
    }
    let short = json(&[
        "explain", "--user", "u001", "--item", item, "--depth", "1", "--top", "2",
    ]);
    let children = short["tree"]["children"].as_array().unwrap();
    assert_eq!((children.len(), &children[2]["kind"]), (3, &"rest".into()));
    assert!(children.iter().all(|c| c["children"].as_array().unwrap().is_empty()));
    assert!(printed(&["explain", "--user", "u001", "--item", item]).contains("├─ item-knn"));
    let csv = printed(&["explain", "--user", "u001", "--item", item, "--format", "csv"]);
    assert!(
        csv.starts_with("level,kind,label,ref_kind,ref_id,value\n0,hybrid,"),
        "{csv}"
    );
}

#[test]
fn titles_stand_for_ids_where_they_are_unambiguous() {
    let args = |title| {
        [
            "explain",
            "--user",
            "u001",
            "--item-title",
            title,
            "--model",
            "popularity",
        ]
    };
    assert_eq!(json(&args("ALIENS (1986)"))["item"], "aliens");
    assert_eq!(json(&args("alien"))["item"], "alien");
    let (code, sentence) = failure(&args("the"));
    assert_eq!(code, 1);
    assert!(sentence.contains("titles have \"the\" in them"), "{sentence}");
}

#[test]
fn predictions_come_in_the_order_of_the_pairs() {
    let folder = folder();
    let pairs = file(
        folder.path(),
        "pairs.csv",
        "user,item,note\nB,2,x\nZ,2,y\nB,9,z\nA,3,\n",
    );
    let pairs = pairs.to_str().unwrap();
    let csv = printed(&["predict", &toy(), "--model", "baseline", "--pairs", pairs]);
    let lines: Vec<Vec<&str>> = csv.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(lines[0], ["user", "item", "prediction", "reason"]);
    let of: Vec<(&str, &str, &str)> = lines[1..].iter().map(|l| (l[0], l[1], l[3])).collect();
    assert_eq!(
        of,
        [
            ("B", "2", ""),
            ("Z", "2", "unknown-user"),
            ("B", "9", "unknown-item"),
            ("A", "3", "")
        ]
    );
    assert!(
        lines[1..]
            .iter()
            .all(|l| (1.0..=5.0).contains(&l[2].parse::<f64>().unwrap()))
    );
    let view = json(&["predict", &toy(), "--model", "baseline", "--pairs", pairs]);
    assert_eq!(view["predictions"].as_array().unwrap().len(), 4);
    let train = file(folder.path(), "train.csv", "A,1,5\nA,2,3\nB,1,4\n");
    let trained = printed(&[
        "predict",
        "--train",
        train.to_str().unwrap(),
        "--model",
        "baseline",
        "--pairs",
        pairs,
    ]);
    assert_eq!(trained.lines().count(), 5);
    let (code, sentence) = failure(&["predict", &toy(), "--model", "popularity", "--pairs", pairs]);
    assert_eq!(code, 2);
    assert!(sentence.contains("does not predict ratings"), "{sentence}");
}

#[test]
fn factors_are_printed_and_exported() {
    let folder = folder();
    let path = folder.path().join("factors.npy");
    let model = "svd:factors=3,epochs=2";
    let one = json(&["factors", &toy(), "--model", model, "--item", "2"]);
    assert_eq!((&one["kind"], &one["id"]), (&"item".into(), &"2".into()));
    assert_eq!(one["factors"].as_array().unwrap().len(), 3);
    let all = json(&[
        "factors",
        &toy(),
        "--model",
        model,
        "--all",
        "--export",
        path.to_str().unwrap(),
    ]);
    let second = all["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["id"] == "2")
        .unwrap();
    assert_eq!((&second["factors"], &second["bias"]), (&one["factors"], &one["bias"]));
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!((&bytes[..8], bytes.len()), (&b"\x93NUMPY\x01\x00"[..], 128 + 8 * 12));
    let ids = std::fs::read_to_string(folder.path().join("factors.npy.ids.txt")).unwrap();
    let at = ids.lines().position(|l| l == "2").unwrap();
    let value = f64::from_le_bytes(bytes[128 + 24 * at..136 + 24 * at].try_into().unwrap());
    // Read by the standard library: exactly the number that was printed.
    let csv = printed(&["factors", &toy(), "--model", model, "--item", "2", "--format", "csv"]);
    let first = csv.lines().nth(1).unwrap().split(',').nth(3).unwrap();
    assert_eq!(value, first.parse::<f64>().unwrap());
    assert!(printed(&["factors", &toy(), "--model", model, "--user", "A"]).contains("factor"));
    assert!(
        printed(&["factors", &toy(), "--model", model, "--all", "--format", "csv"])
            .starts_with("id,label,bias,f1,f2,f3\n")
    );
    assert_eq!(
        failure(&["factors", &toy(), "--model", "popularity", "--user", "A"]).0,
        2
    );
}

#[test]
fn a_bandit_is_simulated() {
    let view = json(&[
        "bandit",
        "--arms",
        "0.1,0.5",
        "--policies",
        "random",
        "--horizon",
        "100",
        "--runs",
        "50",
    ]);
    for key in ["arms", "horizon", "runs", "lower_bound", "policies"] {
        assert!(!view[key].is_null(), "{key}");
    }
    let random = &view["policies"][0];
    assert_eq!(random["checkpoints"], serde_json::json!([10, 100]));
    // Half the pulls cost 0.4 each.
    assert!((random["regret_mean"][1].as_f64().unwrap() - 20.0).abs() < 2.0);
    let from_data = json(&["bandit", "--horizon", "50", "--runs", "2", "--policies", "ucb1"]);
    assert_eq!(from_data["arms"].as_array().unwrap().len(), 10);
    assert!(printed(&["bandit", "--arms", "0.1,0.5", "--horizon", "20", "--runs", "2"]).contains("thompson"));
    assert_eq!(failure(&["bandit", "--arms", "0.1,x"]).0, 2);
    assert_eq!(failure(&["bandit", "--arms", "0.1", "--policies", "tompson"]).0, 2);
}

#[test]
fn models_are_listed_with_their_parameters() {
    let view = json(&["models"]);
    let models = view["models"].as_array().unwrap();
    let svd = models.iter().find(|m| m["name"] == "svd").unwrap();
    assert_eq!(svd["unit"], "rating");
    let factors = svd["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["name"] == "factors")
        .unwrap();
    assert_eq!(factors["default"], "100");
    for key in ["range", "doc"] {
        assert!(factors[key].is_string(), "{key}");
    }
    assert!(printed(&["models", "item-knn"]).contains("similarity=cosine"));
    assert!(printed(&["models", "--markdown"]).starts_with("| model |"));
    assert!(printed(&["models", "--format", "csv"]).starts_with("model,unit,parameter,"));
}

#[test]
fn models_are_evaluated() {
    let folder = folder();
    let train = file(
        folder.path(),
        "train.csv",
        "user,item,rating\nA,1,5\nA,2,3\nB,1,4\nB,2,1\n",
    );
    let test = file(folder.path(), "test.csv", "A,3,4\nB,3,2\n");
    let (train, test) = (train.to_str().unwrap(), test.to_str().unwrap());
    let args = [
        "evaluate",
        "--train",
        train,
        "--test",
        test,
        "--models",
        "baseline; popularity",
        "--metrics",
        "rmse,ndcg@5",
    ];
    let view = json(&args);
    assert!(view["split"].is_string());
    let rows = view["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["model"], "baseline");
    assert_eq!(rows[0]["metrics"]["rmse"]["values"].as_array().unwrap().len(), 1);
    assert!(rows[1]["metrics"]["rmse"]["mean"].is_null() && rows[1]["metrics"]["rmse"]["reason"].is_string());
    assert!(rows[0]["metrics"]["ndcg@5"]["definition"].is_string());
    assert!(rows[0]["fit_seconds"].is_number());
    let split = json(&[
        "evaluate",
        &toy(),
        "--split",
        "kfold:k=2,seed=0",
        "--models",
        "baseline",
        "--metrics",
        "mae",
    ]);
    assert_eq!(
        split["rows"][0]["metrics"]["mae"]["values"].as_array().unwrap().len(),
        2
    );
    assert!(printed(&args).contains("popularity"));
    assert_eq!(failure(&["evaluate", &toy(), "--models", "popularty"]).0, 2);
    assert_eq!(failure(&["evaluate", &toy(), "--metrics", "rsme"]).0, 2);
    assert_eq!(failure(&["evaluate", &toy(), "--split", "kfild"]).0, 2);
}

#[test]
fn generated_films_are_those_inside_the_program() {
    let folder = folder();
    let out = folder.path().to_str().unwrap();
    let summary = json(&["generate", "films", "--seed", "1", "--out", out]);
    let built_in = json(&["info"]);
    let generated = json(&["info", out]);
    for key in ["users", "items", "ratings", "histogram", "mean"] {
        assert_eq!(built_in[key], generated[key], "{key}");
    }
    assert_eq!(summary["ratings"], built_in["ratings"]);
    assert_eq!(built_in["synthetic"], true);
    assert_eq!(failure(&["generate", "flims", "--out", out]).0, 2);
}

#[test]
fn profiles_say_what_is_known() {
    let view = json(&["profile", &toy(), "--user", "A", "--rate", "1=2"]);
    assert_eq!(view["ratings"], 3);
    let edited = view["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["id"] == "1")
        .unwrap();
    assert_eq!((&edited["rating"], &edited["stored"]), (&2.0.into(), &5.0.into()));
    assert_eq!(json(&["profile", &toy(), "--item", "1"])["ratings"], 3);
    assert!(printed(&["profile", "--item-title", "heat (1995)"]).contains("director"));
    assert!(
        printed(&["profile", &toy(), "--user", "A", "--format", "csv"]).starts_with("id,label,rating,stored,time\n")
    );
}

#[test]
fn completions_manual_help_and_version() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(printed(&["completions", shell]).contains("recscope"));
    }
    assert!(printed(&["man"]).contains(".TH recscope"));
    let folder = folder();
    printed(&["man", "--out", folder.path().to_str().unwrap()]);
    assert!(folder.path().join("recscope-explain.1").exists());
    assert!(printed(&["--version"]).starts_with("recscope "));
    assert!(printed(&["explain", "--help"]).contains("--depth"));
}

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
fn the_figures_of_a_published_dataset() {
    let Ok(folder) = std::env::var("RECSCOPE_DATA") else {
        eprintln!("skipped: RECSCOPE_DATA is not set");
        return;
    };
    let data = format!("{folder}/ml-100k");
    let info = json(&["info", &data]);
    let figures =
        ["users", "items", "items_without_ratings", "ratings", "duplicates"].map(|k| info[k].as_u64().unwrap());
    assert_eq!(figures, [943, 1682, 0, 100_000, 0]);
    assert!((info["density"].as_f64().unwrap() - 0.063).abs() < 5e-4);
    assert_eq!(info["format"], "movielens-100k");
    assert_eq!((&info["implicit"], &info["timestamps"]), (&false.into(), &true.into()));
    let counts: Vec<u64> = info["histogram"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [6110, 11370, 27145, 34174, 21201]);
}
