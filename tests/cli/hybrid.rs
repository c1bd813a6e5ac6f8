//! Formulas taken apart, and what they are worth however they are turned.

use super::{failure, ids, json, printed, toy};

const MODEL: &str = "0.6*item-knn + 0.3*ease + 0.1*popularity";

#[test]
fn rows_have_their_rank_before_and_the_shares_of_the_parts() {
    let turned = "0.1*item-knn + 0.3*ease + 0.6*popularity";
    let view = json(&[
        "hybrid",
        "--user",
        "u001",
        "--model",
        turned,
        "--against",
        MODEL,
        "-n",
        "8",
    ]);
    let now = json(&["recommend", "--user", "u001", "--model", turned, "-n", "8"]);
    let before = json(&["recommend", "--user", "u001", "--model", MODEL, "-n", "1000"]);
    assert_eq!(ids(&view["rows"]), ids(&now["items"]));
    let old = ids(&before["items"]);
    for row in view["rows"].as_array().unwrap() {
        let place = old.iter().position(|id| row["id"] == **id).map(|at| at as u64 + 1);
        assert_eq!(row["old_rank"].as_u64(), place, "{row}");
        let sum: f64 = row["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part.as_f64().unwrap())
            .sum();
        assert!((sum - row["score"].as_f64().unwrap()).abs() < 1e-9, "{row}");
    }
    let dials: Vec<&str> = view["dials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["dial"].as_str().unwrap())
        .collect();
    assert_eq!(dials, ["1.weight", "2.weight", "3.weight", "norm"]);
    assert_eq!(
        (view["dials"][0]["value"].as_str(), view["dials"][0]["before"].as_str()),
        (Some("0.1"), Some("0.6"))
    );
    assert_eq!(view["parts"].as_array().unwrap().len(), 3);
    assert!(view["parts"][0]["raw"]["bins"].is_array());
    assert!(view["rbo"]["value"].as_f64().unwrap() < 1.0);
}

#[test]
fn at_its_swap_weight_a_row_changes_places() {
    let view = json(&["hybrid", "--user", "u001", "--model", MODEL, "-n", "5", "--swap"]);
    let swaps = view["swaps"].as_array().unwrap();
    assert!(!swaps.is_empty());
    let first = swaps.iter().find(|swap| swap["dial"] == "1.weight").unwrap();
    let weight = first["to"].as_f64().unwrap();
    let lead = |weight: f64| {
        let model = MODEL.replace("0.6", &weight.to_string());
        let list = json(&["recommend", "--user", "u001", "--model", &model, "-n", "1000"]);
        let score = |id: &serde_json::Value| {
            let row = list["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|row| row["id"] == *id)
                .unwrap();
            row["score"].as_f64().unwrap()
        };
        score(&first["above"]) - score(&first["below"])
    };
    assert!(lead(weight).abs() < 1e-9, "{}", lead(weight));
    assert!(lead(weight * 0.99) * lead(weight * 1.01) < 0.0);
    // Of one item: those with it only.
    let item = view["rows"][1]["id"].as_str().unwrap();
    let around = json(&[
        "hybrid",
        "--user",
        "u001",
        "--model",
        MODEL,
        "-n",
        "5",
        "--swap-at",
        item,
    ]);
    let around = around["swaps"].as_array().unwrap();
    assert!(!around.is_empty() && around.iter().all(|swap| swap["above"] == item || swap["below"] == item));
}

#[test]
fn a_sweep_and_a_triangle_measure_every_setting() {
    let model = "0.5*item-knn + 0.5*popularity";
    let sweep = [
        "sweep",
        "--model",
        model,
        "--dial",
        "1.weight",
        "--values",
        "0..1:3",
        "--test-users",
        "40",
    ];
    let view = json(&sweep);
    let rows = view["rows"].as_array().unwrap();
    let values: Vec<&str> = rows.iter().map(|row| row["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["0", "0.5", "1"]);
    assert!(rows.iter().all(|row| row["figures"].as_array().unwrap().len() == 3));
    assert_eq!(
        (view["users"].as_u64(), view["metrics"][0]["metric"].as_str()),
        (Some(40), Some("ndcg@10"))
    );
    let same = json(&[&sweep[..], &["--threads", "1"]].concat());
    assert_eq!(view, same);
    let three = "0.6*item-knn + 0.3*content + 0.1*popularity";
    let view = json(&[
        "sweep",
        "--model",
        three,
        "--triangle",
        "2",
        "--user",
        "u001",
        "--test-users",
        "20",
    ]);
    let points = view["points"].as_array().unwrap();
    assert_eq!(points.len(), 6);
    assert!(
        points
            .iter()
            .all(|point| point["rbo"].is_number() && point["figures"][0].is_number())
    );
    let text = printed(&[
        "sweep",
        "--model",
        model,
        "--dial",
        "norm",
        "--values",
        "rank,zscore",
        "--test-users",
        "20",
    ]);
    assert!(text.contains("rank") && text.contains("held out"), "{text}");
}

#[test]
fn two_settings_at_once_make_a_grid() {
    let args = [
        "sweep",
        "--model",
        "0.5*item-knn + 0.5*ease",
        "--dial",
        "1.weight",
        "--values",
        "0.2,0.8",
    ];
    let grid = [
        &args[..],
        &["--and", "2.lambda", "--and-values", "100,1000", "--test-users", "40"],
    ]
    .concat();
    let view = json(&grid);
    let cells = view["cells"].as_array().unwrap();
    let of = |n: usize| (cells[n]["down"].as_str().unwrap(), cells[n]["across"].as_str().unwrap());
    assert_eq!(
        [0, 1, 2, 3].map(of),
        [("0.2", "100"), ("0.2", "1000"), ("0.8", "100"), ("0.8", "1000")]
    );
    assert!(cells.iter().all(|cell| cell["figures"][0].is_number()));
    assert_eq!(json(&[&grid[..], &["--threads", "1"]].concat()), view);
    let text = printed(&grid);
    assert!(
        text.contains("across: 2.lambda") && text.contains("ndcg@10 by 1.weight"),
        "{text}"
    );
    // One cell by itself, in one direction.
    let one = json(&[
        "sweep",
        "--model",
        "0.2*item-knn + 0.5*ease",
        "--dial",
        "2.lambda",
        "--values",
        "1000",
        "--test-users",
        "40",
    ]);
    assert_eq!(one["rows"][0]["figures"], cells[1]["figures"]);
    assert_eq!(one["kind"], "parameter");
}

#[test]
fn mistakes_are_explained() {
    for (args, wanted) in [
        (&["sweep", "--dial", "9.weight"][..], "there is no dial 9.weight"),
        (&["sweep", "--dial", "1.weight", "--values", "a..b"], "0..1:11"),
        (&["sweep", "--dial", "norm", "--values", "0.5"], "cannot be set to 0.5"),
        (
            &["sweep", "--dial", "norm", "--metrics", "rmse"],
            "a sweep measures lists",
        ),
        (&["sweep", "--triangle", "4", "--model", "ease"], "three parts"),
        (&["sweep", "--dial", "norm", "--and", "norm"], "name another"),
        (
            &["sweep", "--dial", "norm", "--and", "1.factros"],
            "there is no dial 1.factros",
        ),
        (&["sweep", "--dial", "norm", "--user", "u001"], "--triangle only"),
        (
            &["hybrid", "--user", "u001", "--swap-at", "no-such-film"],
            "no-such-film",
        ),
    ] {
        let (_, sentence) = failure(args);
        assert!(sentence.contains(wanted), "{args:?}: {sentence}");
    }
    let (_, sentence) = failure(&["sweep", &toy(), "--dial", "keep"]);
    assert!(sentence.contains("there is no dial keep"), "{sentence}");
}
