//! Every pane names a command line, and what that prints are the pane's numbers, to the last digit.

// A shell takes the lines.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use recscope::answers::World;
use recscope::app::{Config, Depth, Options, Picture, Sessions, TakenPane, ThemeName, take_panes};
use recscope::data::{Filters, LoadOptions, Source, load};
use recscope::panes::{Cell, Export};
use recscope::task::Task;
use serde_json::{Value, json};

const SEED: u64 = 42;

/// The panes of a screen after some keys, on a folder of `sample-data` or on the sample inside the program.
fn taken(folder: Option<&str>, keys: &str) -> Vec<TakenPane> {
    let path = folder.map(|f| Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(f));
    let source = path.clone().map_or(Source::BuiltIn, Source::Path);
    let dataset = load(&source, &LoadOptions::default(), &Task::unattended()).unwrap();
    let options = Options {
        world: World::new(Arc::new(dataset), SEED),
        data: path.iter().map(|p| p.to_string_lossy().into_owned()).collect(),
        filters: Filters::default(),
        reader: None,
        config: Config::default(),
        model: None,
        follow: None,
        threads: 2,
        sessions: Sessions::nowhere(),
        theme: ThemeName::Dark,
        depth: Depth::True,
    };
    let picture = Picture {
        size: (160, 50),
        keys: keys.to_owned(),
        limit: Duration::from_secs(120),
    };
    take_panes(options, &picture).unwrap()
}

/// What the command prints, run by a shell as if it were pasted.
fn printed(command: &str) -> Value {
    assert!(command.contains(" --format json"), "{command}");
    let program = Path::new(env!("CARGO_BIN_EXE_recscope"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .env("PATH", std::env::join_paths(path).unwrap())
        .env(
            "XDG_CACHE_HOME",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("reproduce-cache"),
        );
    let output = shell.output().unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
        .as_slice()
}

/// The printed answer as the rows that the pane exports.
fn rows(pane: &str, printed: &Value, columns: &[String]) -> Vec<Value> {
    let named = |rows: &[Value]| {
        let row = |row: &Value| Value::Object(columns.iter().map(|c| (c.clone(), row[c].clone())).collect());
        rows.iter().map(row).collect()
    };
    match pane {
        "profile" => profile(printed),
        "recommendations" => recommendations(printed, columns),
        "why" => {
            let mut rows = Vec::new();
            tree(&printed["tree"], 0, &mut rows);
            rows
        }
        "neighbors" => named(list(printed, "neighbors")),
        "factors" => factors(printed, &columns[1]),
        "cold_start" => cold_start(printed),
        "leaderboard" => leaderboard(printed, columns),
        "lesson" => lesson(printed),
        "users" => users(printed),
        "slices" => slices(printed, columns),
        "tradeoff" => figures(printed, columns),
        other => panic!("{other} is not compared"),
    }
}

fn profile(printed: &Value) -> Vec<Value> {
    let row = |row: &Value| {
        let stored = row.get("stored");
        json!({
            "id": row["id"], "label": row["label"], "rating": row["rating"], "time": row["time"],
            "stored": stored.unwrap_or(&row["rating"]),
            "edited": stored.map(|_| "yes"),
        })
    };
    list(printed, "rows").iter().map(row).collect()
}

fn recommendations(printed: &Value, columns: &[String]) -> Vec<Value> {
    let row = |row: &Value| {
        let own = &columns[..5];
        let mut cells: serde_json::Map<_, _> = own.iter().map(|c| (c.clone(), row[c].clone())).collect();
        let parts = columns[5..].iter().enumerate();
        cells.extend(parts.map(|(n, component)| (component.clone(), row["parts"][n].clone())));
        Value::Object(cells)
    };
    list(printed, "items").iter().map(row).collect()
}

fn tree(node: &Value, depth: usize, rows: &mut Vec<Value>) {
    rows.push(json!({
        "depth": depth, "label": node["label"], "kind": node["kind"], "id": node["ref"]["id"], "value": node["value"],
    }));
    for child in list(node, "children") {
        tree(child, depth + 1, rows);
    }
}

fn factors(printed: &Value, kind: &str) -> Vec<Value> {
    let own = list(printed, "factors").iter().enumerate();
    own.map(|(n, own)| json!({"factor": n + 1, kind: own, "focus": printed["focus"]["factors"][n]}))
        .collect()
}

/// What factors mean is printed by `--describe`, and the products of two vectors are not printed: here both are taken out, after
/// a check that they are names and products.
fn without_names_and_products(table: &mut Export) {
    assert_eq!(table.columns.remove(1), "name");
    for row in &mut table.rows {
        let name = row.remove(1);
        assert!(matches!(name, Cell::Text(_) | Cell::Empty), "{name:?}");
        let product = row.pop();
        match (&row[1], &row[2], product) {
            (Cell::Number(own), Cell::Number(focus), Some(Cell::Number(product))) => assert_eq!(own * focus, product),
            (Cell::Number(_), Cell::Empty, Some(Cell::Empty)) => {}
            (own, focus, product) => panic!("{own:?} {focus:?} {product:?}"),
        }
    }
    assert_eq!(table.columns.pop().as_deref(), Some("product"));
}

fn cold_start(printed: &Value) -> Vec<Value> {
    let run = &printed["run"];
    let mut rows = Vec::new();
    for policy in list(run, "policies") {
        for (n, arm) in list(run, "arms").iter().enumerate() {
            let belief = &policy["posteriors"][n];
            rows.push(json!({
                "policy": policy["name"], "arm": arm["id"], "label": arm["label"], "true_mean": arm["mean"],
                "pulls": policy["pulls"][n], "successes": policy["successes"][n],
                "mean": belief["mean"], "low": belief["low"], "high": belief["high"], "p_best": belief["p_best"],
            }));
        }
    }
    rows
}

fn leaderboard(printed: &Value, columns: &[String]) -> Vec<Value> {
    let against_best = list(printed, "against_best");
    // The best has that of the nearest to it.
    let chance = |model: &Value| {
        let rows = against_best
            .iter()
            .filter(|row| row["model"] == *model || row["best"] == *model);
        let chances = rows.filter_map(|row| row["p_holm"].as_f64());
        chances.reduce(f64::max).map_or(Value::Null, Value::from)
    };
    let row = |row: &Value| {
        let mut cells = serde_json::Map::new();
        cells.insert("model".to_owned(), row["model"].clone());
        for metric in &columns[1..columns.len() - 1] {
            let printed = match metric.as_str() {
                "p_holm" => chance(&row["model"]),
                metric => row["metrics"][metric]["mean"].clone(),
            };
            cells.insert(metric.clone(), printed);
        }
        cells.insert("error".to_owned(), row["error"].clone());
        Value::Object(cells)
    };
    list(printed, "rows").iter().map(row).collect()
}

/// The means of groups of users, a column a model.
fn slices(printed: &Value, columns: &[String]) -> Vec<Value> {
    let row = |row: &Value| {
        let own = columns[..3].iter().map(|c| (c.clone(), row[c].clone()));
        let means = columns[3..].iter().zip(list(row, "means"));
        Value::Object(own.chain(means.map(|(c, mean)| (c.clone(), mean.clone()))).collect())
    };
    list(&printed["slices"], "rows").iter().map(row).collect()
}

/// A model a row, with the means of some metrics.
fn figures(printed: &Value, columns: &[String]) -> Vec<Value> {
    let row = |row: &Value| {
        let means = columns[1..]
            .iter()
            .map(|c| (c.clone(), row["metrics"][c]["mean"].clone()));
        let model = std::iter::once(("model".to_owned(), row["model"].clone()));
        Value::Object(model.chain(means).collect())
    };
    list(printed, "rows").iter().map(row).collect()
}

/// No two runs take equally long: the seconds are taken out, after a check that they are some.
fn without_seconds(table: &mut Export) {
    let at = table.columns.iter().position(|c| c == "fit_seconds").unwrap();
    table.columns.remove(at);
    for row in &mut table.rows {
        assert!(matches!(row.remove(at), Cell::Number(seconds) if seconds >= 0.0));
    }
}

/// Values of every user by every model, as the command prints them.
fn by_user(printed: &Value) -> Vec<(String, Vec<f64>)> {
    let row = |row: &Value| {
        let values = list(&row["metrics"]["ndcg@10"], "by_user")
            .iter()
            .map(|v| v.as_f64().unwrap());
        (row["model"].as_str().unwrap().to_owned(), values.collect())
    };
    list(printed, "rows").iter().map(row).collect()
}

/// The steps of the ladder, without what is not printed: see [`gains`].
fn lesson(printed: &Value) -> Vec<Value> {
    let values = by_user(printed);
    let step = |(n, (model, own)): (usize, &(String, Vec<f64>))| {
        let metric = |name: &str| list(printed, "rows")[n]["metrics"][name]["mean"].clone();
        let before = n.checked_sub(1).map(|n| &values[n].1);
        let count = |of: fn(&f64, &f64) -> bool| {
            before.map(|before| own.iter().zip(before).filter(|(own, before)| of(own, before)).count())
        };
        json!({
            "step": n + 1, "model": model, "ndcg@10": metric("ndcg@10"), "coverage@10": metric("coverage@10"),
            "higher": count(|a, b| a > b), "lower": count(|a, b| a < b), "same": count(|a, b| a == b),
        })
    };
    values.iter().enumerate().map(step).collect()
}

/// The mean difference of each step to the one before, and half the width of its interval, from what every user got.
fn gains(printed: &Value) -> Vec<[Option<f64>; 2]> {
    let values = by_user(printed);
    let gain = |n: usize| {
        let Some(before) = n.checked_sub(1).map(|n| &values[n].1) else {
            return [None, None];
        };
        let differences: Vec<f64> = values[n].1.iter().zip(before).map(|(a, b)| a - b).collect();
        let users = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / users;
        let squares: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
        let half = (users >= 30.0).then(|| 1.96 * (squares / (users - 1.0) / users).sqrt());
        [Some(mean), half]
    };
    (0..values.len()).map(gain).collect()
}

/// Means and intervals of differences are not printed: here they are taken out, after a check against [`gains`]. Reading
/// a number back may cost its last bit, so that sums of them are compared to twelve digits.
fn without_gains(table: &mut Export, printed: &Value) {
    let at = table.columns.iter().position(|c| c == "gain").unwrap();
    assert_eq!(
        table.columns.drain(at..at + 2).next_back().as_deref(),
        Some("half_width")
    );
    for (row, wanted) in table.rows.iter_mut().zip(gains(printed)) {
        for (shown, wanted) in row.drain(at..at + 2).zip(wanted) {
            match (shown, wanted) {
                (Cell::Number(shown), Some(wanted)) => {
                    assert!((shown - wanted).abs() < 1e-12, "{shown} is not {wanted}");
                }
                (Cell::Empty, None) => {}
                (shown, wanted) => panic!("{shown:?} is not {wanted:?}"),
            }
        }
    }
}

fn users(printed: &Value) -> Vec<Value> {
    let values = by_user(printed);
    let row = |(n, user): (usize, &Value)| {
        let mut cells = serde_json::Map::new();
        cells.insert("user".to_owned(), user["user"].clone());
        cells.insert("label".to_owned(), user["user"].clone());
        cells.insert("test_items".to_owned(), user["test_items"].clone());
        for (model, values) in &values {
            cells.insert(format!("ndcg@10 {model}"), json!(values[n]));
        }
        Value::Object(cells)
    };
    list(printed, "users").iter().enumerate().map(row).collect()
}

/// Equal, numbers by their values: `5` and `5.0` are the same number, a last digit is not.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Compares all panes, and says which there were.
fn compare(panes: &[TakenPane]) -> Vec<&'static str> {
    for taken in panes {
        let mut table = taken.table.clone();
        match taken.pane.0 {
            "factors" => without_names_and_products(&mut table),
            "leaderboard" => without_seconds(&mut table),
            _ => {}
        }
        let printed = printed(&taken.command);
        if taken.pane.0 == "lesson" {
            without_gains(&mut table, &printed);
        }
        let printed = rows(taken.pane.0, &printed, &table.columns);
        let shown: Vec<Value> = serde_json::from_str(&table.to_json().unwrap()).unwrap();
        // An edit can leave nobody of the four of the toy anything to be recommended, and four are no group.
        let may_be_empty = ["recommendations", "slices"].contains(&taken.pane.0) && taken.command.contains("toy");
        assert!(may_be_empty || !shown.is_empty(), "{} shows nothing", taken.pane.0);
        assert_eq!(shown.len(), printed.len(), "{}: {}", taken.pane.0, taken.command);
        for (n, (shown, printed)) in shown.iter().zip(&printed).enumerate() {
            assert!(
                same(shown, printed),
                "{} row {n} of {}\nshown   {shown}\nprinted {printed}",
                taken.pane.0,
                taken.command
            );
        }
    }
    panes.iter().map(|p| p.pane.0).collect()
}

const EXPLORE: [&str; 6] = [
    "profile",
    "recommendations",
    "why",
    "neighbors",
    "factors",
    "cold_start",
];

#[test]
fn of_a_user() {
    for folder in [None, Some("toy")] {
        assert_eq!(compare(&taken(folder, "")), EXPLORE);
    }
}

#[test]
fn of_a_user_with_an_edit() {
    for folder in [None, Some("toy")] {
        let panes = taken(folder, "e 1 enter");
        assert!(panes[0].command.contains("--rate"), "{}", panes[0].command);
        assert_eq!(compare(&panes), EXPLORE);
    }
}

#[test]
fn of_an_item() {
    for folder in [None, Some("toy")] {
        let panes = taken(folder, "enter");
        assert!(panes[0].command.contains("--item"), "{}", panes[0].command);
        assert_eq!(compare(&panes), EXPLORE);
    }
}

#[test]
fn of_an_item_with_an_edit_of_somebody() {
    let panes = taken(None, "e 1 enter enter");
    assert!(
        panes[0].command.contains("--item") && panes[0].command.contains("--edit"),
        "{}",
        panes[0].command
    );
    assert_eq!(compare(&panes), EXPLORE);
}

#[test]
fn of_models_side_by_side() {
    for folder in [None, Some("toy")] {
        let mut panes = taken(folder, "9");
        // A grid and a search measure nothing before somebody asks for it.
        panes.retain(|pane| !["heat", "tune"].contains(&pane.pane.0));
        assert!(
            panes[0].command.contains("evaluate") && panes[0].command.contains("ease; svd"),
            "{}",
            panes[0].command
        );
        assert_eq!(
            compare(&panes),
            ["leaderboard", "lesson", "users", "slices", "tradeoff"]
        );
    }
}

#[test]
fn of_the_data() {
    let panes = taken(None, "0");
    let data = panes.iter().find(|p| p.pane.0 == "data").unwrap();
    let printed = printed(&data.command);
    let shown: Value = serde_json::from_str(&data.table.to_json().unwrap()).unwrap();
    let value = |what: &str| {
        let mut rows = shown.as_array().unwrap().iter();
        let row = rows.find(|r| r["what"] == what);
        let text = row.unwrap_or_else(|| panic!("no {what}"))["value"].as_str().unwrap();
        text.split(' ').next().unwrap().trim_end_matches(',').replace(',', "")
    };
    // This pane exports sentences: their figures are rounded as on the screen.
    for what in ["users", "items", "ratings"] {
        assert_eq!(value(what), printed[what].to_string(), "{what}");
    }
    let mean = printed["mean"].as_f64().unwrap();
    assert!((value("mean").parse::<f64>().unwrap() - mean).abs() <= 0.0005 + 1e-12);
}
