//! Models, predictions, evaluation, bandits, and what is written into files.

use std::path::Path;

use super::{failure, file, folder, json, printed, toy};

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
fn data_without_published_figures_is_told_which_have_some() {
    let (code, sentence) = failure(&["check", &toy()]);
    assert_eq!(code, 1);
    assert!(sentence.contains("MovieLens 100K, MovieLens 1M"), "{sentence}");
    assert!(sentence.ends_with("ratings"), "{sentence}");
}

/// Needs `RECSCOPE_DATA`, a folder with `ml-latest-small` in it.
#[test]
fn published_figures_are_checked_row_by_row() {
    let Some(data) = std::env::var_os("RECSCOPE_DATA").map(|f| Path::new(&f).join("ml-latest-small")) else {
        return;
    };
    if !data.exists() {
        return;
    }
    let data = data.to_str().unwrap();
    let view = json(&["check", data, "--quick"]);
    assert_eq!((&view["data"], &view["failed"]), (&"ml-latest-small".into(), &0.into()));
    let figures = view["rows"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| r["figures"].as_array().unwrap());
    let users = figures.clone().find(|f| f["metric"] == "users").unwrap();
    assert_eq!(
        (&users["ours"], &users["published"], &users["pass"]),
        (&610.0.into(), &610.0.into(), &true.into())
    );
    assert_eq!(view["passed"], figures.count());
    let text = printed(&["check", data, "--rows", "grouplens"]);
    assert!(
        text.contains("100836") && text.contains("pass") && text.contains("left out"),
        "{text}"
    );
    let csv = printed(&["check", data, "--quick", "--format", "csv"]);
    assert!(csv.lines().all(|line| line.matches(',').count() == 11), "{csv}");
    assert_eq!(failure(&["check", data, "--rows", "no such row"]).0, 2);
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
    assert!(view.get("users").is_none());
    let everybody = json(&[&args[..], &["--by-user"]].concat());
    assert_eq!(
        everybody["users"][0],
        serde_json::json!({"user": "A", "fold": 1, "test_items": 1})
    );
    let ndcg = &everybody["rows"][1]["metrics"]["ndcg@5"];
    assert_eq!(ndcg["by_user"].as_array().unwrap().len(), 2);
    assert_eq!(ndcg["mean"], view["rows"][1]["metrics"]["ndcg@5"]["mean"]);
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
