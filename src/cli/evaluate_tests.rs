//! What is measured and searched, as the command line asks for it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::headless_tests::said;

fn json(args: &[&str]) -> Value {
    let text = said(&[args, &["--format", "json"]].concat()).unwrap_or_else(|why| panic!("{args:?}: {why}"));
    serde_json::from_str(&text).unwrap()
}

fn path(place: &Path, name: &str) -> String {
    place.join(name).to_string_lossy().into_owned()
}

/// A file of 40 people of three tastes, who rated ten of thirty items each.
fn town(place: &Path) -> String {
    let mut text = "user,item,rating\n".to_owned();
    for user in 0..40 {
        let mut items: Vec<usize> = (0..10)
            .map(|n| {
                if n < 8 {
                    (user % 3) * 10 + (user * 7 + n * 3) % 10
                } else {
                    (user * 11 + n * 13) % 30
                }
            })
            .collect();
        items.sort_unstable();
        items.dedup();
        for item in items {
            let rating = 1 + (user + item * item) % 5;
            writeln!(text, "u{user},i{item},{rating}").unwrap();
        }
    }
    let path = path(place, "town.csv");
    fs::write(&path, text).unwrap();
    path
}

const SPLIT: [&str; 2] = ["--split", "stratified:by=user,ratio=0.7,seed=3"];

#[test]
fn a_search_is_kept_goes_on_and_says_both_figures() {
    let place = tempfile::tempdir().unwrap();
    let (town, out) = (town(place.path()), path(place.path(), "trials.jsonl"));
    let tune = |trials: &str| {
        let models = ["--models", "popularity; item-knn; ease:lambda=5", "--metric", "ndcg@3"];
        let all = ["tune", &town, "--trials", trials, "--out", &out];
        json(&[&all[..], &SPLIT, &models].concat())
    };
    let first = tune("12");
    assert_eq!((&first["schema"], &first["tried"]), (&1.into(), &12.into()));
    let kept = fs::read_to_string(&out).unwrap();
    let lines: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 14);
    assert_eq!(lines[0]["tune"]["metric"], "ndcg@3");
    assert_eq!(lines[1]["formula"], "popularity");
    assert_eq!(lines[13]["winner"], first["winner"]);
    for (line, trial) in lines[1..13].iter().zip(first["trials"].as_array().unwrap()) {
        assert_eq!(line, trial);
    }
    for key in ["trial", "formula", "rung", "validation", "seconds"] {
        assert!(lines[1].get(key).is_some(), "{key}");
    }
    // It goes on from there: the first twelve are not made again, to the second.
    let more = tune("20");
    let trials = more["trials"].as_array().unwrap();
    assert_eq!(
        (trials.len(), &trials[..12]),
        (20, &first["trials"].as_array().unwrap()[..])
    );
    assert!(more["validation"].as_f64() >= first["validation"].as_f64());
    // The test figure is what evaluate says.
    let winner = more["winner"].as_str().unwrap();
    let measured = json(
        &[
            &["evaluate", &town, "--models", winner, "--metrics", "ndcg@3"][..],
            &SPLIT,
        ]
        .concat(),
    );
    assert_eq!(measured["rows"][0]["metrics"]["ndcg@3"]["mean"], more["test"]);
    for baseline in more["baselines"].as_array().unwrap() {
        assert!(baseline["test"].is_f64() && baseline["model"] != more["winner"]);
    }
    // Trials of another seed are of no use here.
    let other = said(
        &[
            &["tune", &town, "--trials", "3", "--out", &out, "--seed", "7"][..],
            &SPLIT,
        ]
        .concat(),
    );
    assert!(other.unwrap_err().contains("name another file"));
}

#[test]
fn a_list_from_elsewhere_is_measured_like_the_model_that_made_it() {
    let place = tempfile::tempdir().unwrap();
    let town = town(place.path());
    let (parts, lists) = (path(place.path(), "parts"), path(place.path(), "lists.csv"));
    let metrics = ["--metrics", "ndcg@3,recall@3,map@3,mrr@3,coverage@3,novelty@3,gini@3"];
    let model = ["evaluate", &town, "--models", "item-knn", "--save-split", &parts];
    let model = json(&[&model[..], &SPLIT, &metrics].concat());
    let train = path(Path::new(&parts), "fold-1.train.csv");
    // The model itself on the training part, in the order of the file; items without a rating there are none of its own.
    let made = said(&[
        "recommend",
        &train,
        "--users",
        "all",
        "--model",
        "item-knn",
        "-n",
        "3",
        "--format",
        "csv",
    ]);
    fs::write(&lists, made.unwrap()).unwrap();
    let given = json(&[&["evaluate", &town, "--lists", &lists][..], &SPLIT, &metrics].concat());
    assert_eq!(given["rows"].as_array().unwrap().len(), 1);
    for metric in [
        "ndcg@3",
        "recall@3",
        "map@3",
        "mrr@3",
        "coverage@3",
        "novelty@3",
        "gini@3",
    ] {
        let figure = |of: &Value| of["rows"][0]["metrics"][metric]["mean"].as_f64().unwrap();
        assert!((figure(&given) - figure(&model)).abs() < 1e-12, "{metric}: {given}");
    }
    // Without a header columns go by their order; another program's names are read and printed.
    let plain: Vec<String> = fs::read_to_string(&lists)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},{},{}", fields[0], fields[2], fields[1])
        })
        .collect();
    fs::write(&lists, plain.join("\n") + "\n").unwrap();
    let named = ["--dialect", "recbole", "--metrics", "ndcg@3"];
    let named = json(&[&["evaluate", &town, "--lists", &lists][..], &SPLIT, &named].concat());
    assert_eq!(
        named["rows"][0]["metrics"]["ndcg@3"]["mean"],
        given["rows"][0]["metrics"]["ndcg@3"]["mean"]
    );
}

#[test]
fn every_dialect_has_figures_under_its_names() {
    let place = tempfile::tempdir().unwrap();
    let town = town(place.path());
    for dialect in ["lenskit", "recbole", "implicit", "elliot", "recommenders", "surprise"] {
        let models = [
            "evaluate",
            &town,
            "--models",
            "baseline",
            "--ild-by",
            "factors",
            "--dialect",
            dialect,
        ];
        let seen = json(&[&models[..], &SPLIT].concat());
        let metrics = seen["rows"][0]["metrics"].as_object().unwrap();
        assert!(metrics.len() >= 4, "{dialect}");
        for (name, figure) in metrics {
            assert!(figure["mean"].is_f64(), "{dialect}: {name} {figure}");
        }
    }
}

#[test]
fn results_are_kept_compared_and_written_for_a_paper() {
    let place = tempfile::tempdir().unwrap();
    let (town, file) = (town(place.path()), path(place.path(), "results.jsonl"));
    let evaluate = |models: &str, more: &[&str]| {
        let all = [
            "evaluate",
            &town,
            "--models",
            models,
            "--metrics",
            "ndcg@3,rmse",
            "--results",
            &file,
        ];
        said(&[&all[..], &SPLIT, more].concat()).unwrap()
    };
    evaluate("popularity; baseline", &[]);
    evaluate("item-knn", &[]);
    let kept = json(&["results", &file]);
    let models: Vec<&str> = kept["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["model"].as_str().unwrap())
        .collect();
    assert_eq!(models, ["popularity", "baseline", "item-knn"]);
    assert_eq!(kept["rows"][0]["split"], SPLIT[1]);
    // Measured in the same way it is the same; what another file has is told.
    let other = path(place.path(), "other.jsonl");
    let changed = fs::read_to_string(&file)
        .unwrap()
        .replacen("\"mean\":0.", "\"mean\":0.1", 1);
    fs::write(&other, changed).unwrap();
    let none = json(&["results", &file, "--against", &file]);
    assert_eq!(none["changes"], Value::Array(Vec::new()));
    let some = json(&["results", &file, "--against", &other]);
    assert_eq!(some["changes"].as_array().unwrap().len(), 1);
    // Tables.
    for format in ["markdown", "latex"] {
        let table = evaluate("popularity; item-knn", &["--format", format]);
        let bold = if format == "markdown" { "**" } else { "\\textbf{" };
        assert!(table.contains(bold) && table.contains("ndcg@3"), "{table}");
        let kept = said(&["results", &file, "--format", format]).unwrap();
        assert!(kept.contains(bold) && kept.contains("baseline"), "{kept}");
    }
    assert!(said(&["results", &file]).unwrap().contains("popularity"));
}
