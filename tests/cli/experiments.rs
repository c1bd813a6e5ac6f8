//! Experiments: counts, tables, simulations, and what is planned.

use std::fmt::Write as _;

use crate::{failure, json, printed, toy};

/// A file that lasts as long as the test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn close(found: &serde_json::Value, expected: f64, digits: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= digits, "{found} instead of {expected}");
}

#[test]
fn counts_are_tested_by_every_test() {
    let args = ["abtest", "--a", "200/10000", "--b", "250/10000"];
    let view = json(&args);
    let names: Vec<&str> = view["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    let wanted = "z-pooled z-unpooled newcombe agresti-caffo score chi2 chi2-yates fisher lift-delta bayes msprt";
    assert_eq!(names.join(" "), wanted);
    close(&view["tests"][0]["statistic"], 2.3839951328, 1e-10);
    close(&view["tests"][4]["high"], 0.0091447550, 1e-10);
    let intervals = view["b"]["intervals"].as_array().unwrap();
    let of: Vec<&str> = intervals.iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(of, ["wilson", "clopper-pearson", "jeffreys"]);
    assert!(printed(&args).contains("fisher"));
    let csv = printed(&[&args[..], &["--format", "csv"]].concat());
    assert!(
        csv.starts_with("name,statistic,p,low,high,estimate\nz-pooled,2.38"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 1 + 11 + 6);
    for wrong in [
        &["abtest", "--a", "5/3", "--b", "1/2"][..],
        &["abtest", "--a", "1/3"],
        &["abtest"],
        &["abtest", "--a", "1/3", "--b", "1/3", "--alpha", "2"],
    ] {
        assert_eq!(failure(wrong).0, 2, "{wrong:?}");
    }
}

#[test]
fn a_table_is_tested_by_users() {
    let mut text = "uid,variant,clicks,before,views\n".to_owned();
    for user in 0..60 {
        let (arm, before) = (if user % 2 == 0 { "old" } else { "new" }, user * 7 % 11);
        let clicks = before + user % 3 + 2 * (user % 2);
        // Two rows a user.
        let _ = write!(text, "u{user},{arm},{clicks},{before},10\nu{user},{arm},1,{before},5\n");
    }
    let table = file(&text);
    let path = table.path().to_str().unwrap();
    let args = ["abtest", path, "--columns", "user=uid,metric=clicks", "--draws", "500"];
    let view = json(&args);
    assert_eq!(
        (&view["rows"], &view["users"], &view["control"]),
        (&120.into(), &60.into(), &"old".into())
    );
    let names: Vec<&str> = view["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names.join(" "),
        "welch student mann-whitney permutation bootstrap cuped ratio-delta srm"
    );
    assert!(view["tests"][5]["variance_ratio"].as_f64().unwrap() < 0.5);
    assert_eq!(view["tests"][7]["alarm"], false);
    assert!(printed(&args).contains("cuped"));
    let threads = |n: &'static str| printed(&[&args[..], &["--format", "json", "--threads", n]].concat());
    assert_eq!(threads("1"), threads("3"));
    let turned = json(&[&args[..], &["--control-arm", "new"]].concat());
    assert_eq!(turned["tests"][0]["arm"], "old");
    let bad = file("user,arm,metric\na,A,1\nb,B,x\n");
    let (code, said) = failure(&["abtest", bad.path().to_str().unwrap()]);
    assert!(
        code == 1 && said.contains(".csv:3:5: metric \"x\" is not a number"),
        "{said}"
    );
}

#[test]
fn an_experiment_is_simulated_with_its_truth() {
    let toy = toy();
    let args = [
        "abtest",
        &toy,
        "--control",
        "popularity",
        "--treatment",
        "random",
        "--taste",
        "planted",
        "--days",
        "3",
        "--users",
        "800",
        "--effect",
        "0.5",
        "--rule",
        "obf",
    ];
    let with = |more: &[&'static str]| printed(&[&args[..], more].concat());
    let view: serde_json::Value = serde_json::from_str(&with(&["--format", "json"])).unwrap();
    assert_eq!((&view["day"], &view["control"]), (&3.into(), &"popularity".into()));
    let users = view["users"].as_array().unwrap();
    assert_eq!(users[0].as_u64().unwrap() + users[1].as_u64().unwrap(), 800);
    assert_eq!(view["looks"].as_array().unwrap().len(), 3);
    assert!(view["truth"]["metrics"][0]["lift"].is_number() && view["truth"]["better"].is_string());
    assert!(
        view["log"][0]["text"]
            .as_str()
            .unwrap()
            .contains("before anything is seen")
    );
    assert_eq!(
        with(&["--format", "json", "--threads", "1"]),
        with(&["--format", "json", "--threads", "3"])
    );
    assert!(with(&[]).contains("in truth"));
    let (code, said) = failure(&[&args[..], &["--metric", "crt"]].concat());
    assert!(code == 2 && said.contains("ctr"), "{said}");
    let lists = [
        "interleave",
        &toy,
        "--a",
        "popularity",
        "--b",
        "random",
        "--taste",
        "planted",
        "--sessions",
        "900",
    ];
    let view = json(&lists);
    let sum = |key: &str| view[key].as_u64().unwrap();
    assert_eq!(sum("wins_a") + sum("wins_b") + sum("ties"), 900);
    assert!(printed(&lists).contains("sign test p"));
}

#[test]
fn plans_and_peeks() {
    let view = json(&["power", "--baseline", ".04", "--target", ".05", "--power", ".8"]);
    close(&view["n_per_arm"], 6744.9331, 6e-5);
    close(&json(&["power", "--effect", "0.2"])["n_per_arm"], 393.4057, 6e-5);
    let found = json(&["power", "--baseline", ".04", "--n", "6744.9331"]);
    close(&found["target"], 0.05, 1e-7);
    assert_eq!(failure(&["power", "--baseline", ".04", "--target", ".04"]).0, 2);
    assert_eq!(failure(&["power"]).0, 2);
    let args = ["peek", "--looks", "5", "--runs", "4000"];
    let view = json(&args);
    assert_eq!((&view["looks"], &view["runs"]), (&5.into(), &4000.into()));
    let error = view["stderr"].as_f64().unwrap();
    close(&view["false_alarms"], 0.1417, 4.0 * error);
    close(&view["exact"], 0.1417, 6e-5);
    let with = |n: &'static str| printed(&[&args[..], &["--format", "csv", "--threads", n]].concat());
    assert_eq!(with("1"), with("2"));
    assert!(printed(&["peek", "--rule", "msprt", "--looks", "50", "--runs", "300"]).contains("msprt"));
    assert_eq!(failure(&["peek", "--rule", "pocock", "--looks", "5000"]).0, 2);
    let bait = json(&["pitfall", "--each", "3000"]);
    close(&bait["crossover_exact"], 13.38, 0.01);
    assert_eq!(bait["a"].as_array().unwrap().len(), 60);
    let never = json(&[
        "pitfall",
        "--each",
        "50",
        "--memory",
        "0.7",
        "--sensitivity",
        "0.01",
        "--days",
        "20",
    ]);
    assert!(never["crossover_exact"].is_null());
}
