//! Why this, why not that, and what if: as JSON, as text, as a ticket.

use serde_json::Value;

use super::{failure, file, folder, ids, json, printed, toy};

/// What is recommended to somebody, first to last.
fn list(args: &[&str]) -> Vec<String> {
    let view = json(&[&["recommend", "-n", "100"], args].concat());
    ids(&view["items"]).iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn without_the_set_the_item_is_not_in_the_list() {
    for model in [
        "item-knn",
        "0.6*item-knn + 0.3*content + 0.1*popularity",
        "als:factors=4",
    ] {
        let args = ["--user", "u003", "--model", model];
        let view = json(&[&["counterfactual", "-n", "3"], &args[..]].concat());
        let item = view["item"].as_str().unwrap();
        assert_eq!((view["rank"].as_u64(), view["n"].as_u64()), (Some(1), Some(3)));
        assert_eq!(item, list(&args)[0]);
        let set = ids(&view["set"]);
        let minimal = view["minimal"].as_bool().unwrap();
        assert_eq!(minimal, view["excluded_below"].is_null(), "{view}");
        let unrate: Vec<&str> = set.iter().flat_map(|id| ["--unrate", id]).collect();
        let after: Vec<String> = list(&[&args[..], &unrate[..]].concat());
        let left: Vec<&String> = after.iter().filter(|id| !set.contains(&id.as_str())).collect();
        let rank = left.iter().position(|id| *id == item).map(|at| at as u64 + 1);
        assert_eq!(rank, view["rank_after"].as_u64(), "{model}");
        assert!(rank.is_none_or(|rank| rank > 3), "{model}: {view}");
        assert!(
            left[..3]
                .iter()
                .any(|id| *id == view["replaced_by"]["id"].as_str().unwrap())
        );
    }
}

#[test]
fn no_set_has_a_reason() {
    let view = json(&["counterfactual", "--user", "u001", "--model", "popularity"]);
    assert!(view["set"].is_null() && view["minimal"] == false);
    assert!(
        view["reason"].as_str().unwrap().contains("it stays in the list"),
        "{view}"
    );
    let last = list(&["--user", "u001"]).pop().unwrap();
    let view = json(&["counterfactual", "--user", "u001", "--item", &last]);
    assert!(
        view["reason"].as_str().unwrap().contains("not among the first 10"),
        "{view}"
    );
    let (code, sentence) = failure(&["counterfactual", &toy(), "--profile", "", "--model", "item-knn"]);
    assert_eq!(code, 1);
    assert!(sentence.contains("recommends nothing here"), "{sentence}");
}

#[test]
fn why_not_compares_with_the_last_of_the_list_and_its_levers_work() {
    let args = ["--user", "u003"];
    let before = list(&args);
    let item = &before[11];
    let view = json(&[&["why-not", "--item", item], &args[..]].concat());
    assert_eq!(
        (&view["verdict"], view["rank"].as_u64()),
        (&"out-scored".into(), Some(12))
    );
    assert_eq!(view["cut"]["id"], before[9].as_str());
    let sum: f64 = (view["contrast"].as_array().unwrap().iter())
        .map(|row| row["difference"].as_f64().unwrap())
        .sum();
    let gap = view["gap"].as_f64().unwrap();
    assert!(gap >= 0.0 && (sum + gap).abs() < 1e-6, "{sum} {gap}");
    let levers = view["levers"].as_array().unwrap();
    assert!(levers.len() > 2, "{levers:?}");
    for lever in levers {
        assert_eq!(lever["verified"], true);
        let what = lever["what"].as_str().unwrap();
        let to = lever["to"].as_f64().map(|to| to.to_string()).unwrap_or_default();
        let rate = format!("{what}={to}");
        let after = match lever["kind"].as_str().unwrap() {
            "rating" | "new-rating" => list(&[&args[..], &["--rate", &rate]].concat()),
            "unrate" => list(&[&args[..], &["--unrate", what]].concat()),
            "weight" => {
                let from = format!("{}*{what}", lever["from"]);
                let model = view["model"].as_str().unwrap();
                assert!(model.contains(&from), "{from}");
                list(&[&args[..], &["--model", &model.replace(&from, &format!("{to}*{what}"))]].concat())
            }
            other => {
                assert_eq!(other, "length");
                before.clone()
            }
        };
        let rank = after.iter().position(|id| id == item).unwrap() as u64 + 1;
        assert_eq!(Some(rank), lever["rank"].as_u64(), "{lever}");
    }
    assert!(printed(&[&["why-not", "--item", item], &args[..]].concat()).contains("others score higher"));
}

#[test]
fn verdicts_of_those_that_have_no_score_or_are_rated() {
    let verdict = |args: &[&str]| {
        let view = json(&[&["why-not", &toy(), "--user", "B"], args].concat());
        assert!(view["cut"].is_null() && view["gap"].is_null(), "{view}");
        view["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&["--item", "1"]), "rated");
    assert_eq!(verdict(&["--item", "2"]), "in-list");
    assert_eq!(
        verdict(&["--item", "3", "--model", "cascade(item-knn > content; keep=1)"]),
        "below-cut"
    );
    assert_eq!(failure(&["why-not", &toy(), "--user", "B"]).0, 2);
}

#[test]
fn two_users_two_items_two_models() {
    let users = json(&["compare", "--users", "u001,u002"]);
    assert_eq!((&users["a"], &users["b"]), (&"u001".into(), &"u002".into()));
    assert_eq!(users["rbo"]["p"], 0.9);
    let rows = users["rows"].as_array().unwrap();
    let common = rows
        .iter()
        .filter(|row| !row["a"].is_null() && !row["b"].is_null())
        .count();
    assert_eq!(users["overlap"].as_f64().unwrap(), common as f64 / 10.0);
    let same = json(&["compare", "--user", "u001", "--users", "u001"]);
    assert_eq!(
        (&same["overlap"], same["rows"].as_array().unwrap().len()),
        (&1.0.into(), 10)
    );
    let items = json(&["compare", &toy(), "--items", "1,2", "--model", "user-knn"]);
    assert!(
        items["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| "ABCD".contains(row["id"].as_str().unwrap()))
    );
    // A semicolon may belong to a formula.
    let models = "cascade(item-knn > content; keep=50); ease";
    let view = json(&["compare", "--user", "u001", "--models", models]);
    assert_eq!(view["b"], "ease");
    let all = json(&["compare", &toy(), "--models", "item-knn; popularity", "--all"]);
    assert_eq!(all["users"].as_array().unwrap().len(), 4);
    for (args, part) in [
        (&["compare"][..], "--users A,B"),
        (&["compare", "--models", "ease; svd"], "say for whom"),
        (&["compare", "--user", "u001", "--models", "ease"], "two formulas"),
        (&["compare", "--users", "u001"], "of the form A,B"),
    ] {
        let (code, sentence) = failure(args);
        assert_eq!((code, sentence.lines().count()), (2, 1), "{sentence}");
        assert!(sentence.contains(part), "{sentence}");
    }
    assert!(
        failure(&["compare", "--users", "u001,nobody"])
            .1
            .contains("no user nobody")
    );
}

#[test]
fn a_file_of_edits_is_what_flags_would_be() {
    let folder = folder();
    let edits = file(folder.path(), "edits.txt", "# what if\nrate 3 5\nunrate 4\n");
    let edits = edits.to_str().unwrap();
    let view = json(&["whatif", &toy(), "--user", "B", "--edits", edits, "--model", "item-knn"]);
    assert_eq!(view["edits"], 2);
    let by_flags = [
        "recommend",
        &toy(),
        "--user",
        "B",
        "--rate",
        "3=5",
        "--unrate",
        "4",
        "--model",
        "item-knn",
    ];
    assert_eq!(view["after"], json(&by_flags)["items"]);
    assert_eq!(
        view["before"],
        json(&["recommend", &toy(), "--user", "B", "--model", "item-knn"])["items"]
    );
    // D rated nothing of B's but item 4.
    let less = file(folder.path(), "less.txt", "unrate 4\n");
    let args = ["whatif", &toy(), "--user", "B", "--edits", less.to_str().unwrap()];
    let neighbors = &json(&args)["neighbors"];
    assert_eq!(
        (ids(&neighbors["lost"]), ids(&neighbors["gained"])),
        (vec!["D"], vec![])
    );
    assert!(printed(&args).contains("neighbors gained: none"));
    let wrong = file(folder.path(), "wrong.txt", "rate 3 5\nrate 9 5\n");
    let (code, sentence) = failure(&["whatif", &toy(), "--user", "B", "--edits", wrong.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(sentence.contains("wrong.txt:2:6: there is no item 9"), "{sentence}");
    let (code, sentence) = failure(&["whatif", &toy(), "--user", "B", "--edits", "no-such-file"]);
    assert_eq!((code, sentence.contains("no-such-file")), (1, true), "{sentence}");
}

#[test]
fn the_work_is_shown_down_to_the_similarities() {
    let args = ["explain", &toy(), "--user", "B", "--item", "2", "--model", "item-knn"];
    let plain = printed(&args);
    let shown = printed(&[&args[..], &["--show-work"]].concat());
    assert!(shown.starts_with(&plain) && !plain.contains("Σa·b"), "{plain}");
    // cos(1, 2) = (5·3 + 1·1) / √((25+16+1)(9+1)).
    assert!(shown.contains("cosine: a = ") && shown.contains("Σa·b"), "{shown}");
    let work = json(&[&args[..], &["--show-work"]].concat());
    let steps = &work["work"].as_array().unwrap()[0]["steps"];
    assert!(
        steps.as_array().unwrap().iter().any(|step| step["table"].is_object()),
        "{steps}"
    );
    assert_eq!(json(&args)["work"], Value::Null);
    let pair = ["pair", &toy(), "--user", "B", "--with", "A"];
    assert_eq!(
        json(&[&pair[..], &["--show-work"]].concat())["work"]
            .as_array()
            .unwrap()
            .len(),
        9
    );
    assert!(printed(&[&pair[..], &["--show-work"]].concat()).contains("\njaccard: a = "));
}

#[test]
fn a_ticket_is_a_sentence_a_table_and_the_command() {
    let person = ["--user", "u001", "--format", "markdown"];
    for (command, heads) in [("explain", "| share | part | kind |"), ("why-not", "| rank | change |")] {
        let item = &list(&["--user", "u001"])[14];
        let text = printed(&[&[command, "--item", item], &person[..]].concat());
        assert!(
            text.starts_with("**") && text.contains(&format!("\n\n{heads}\n| ---")),
            "{text}"
        );
        assert!(text.ends_with(&format!(
            "```sh\nrecscope {command} --user u001 --item {item} --format json\n```\n"
        )));
    }
    let text = printed(&[&["counterfactual"], &person[..]].concat());
    assert!(text.contains("| id | label | rating |"), "{text}");
    let (code, sentence) = failure(&["info", "--format", "markdown"]);
    assert_eq!((code, sentence.contains("explain, why-not")), (2, true), "{sentence}");
}

#[test]
fn edits_on_the_command_line_are_edits_of_a_file() {
    let place = folder();
    let edits = file(place.path(), "edits.txt", "unrate inception\nrate toy-story 5\n");
    let by_file = json(&["whatif", "--user", "u003", "--edits", edits.to_str().unwrap()]);
    let by_hand = json(&[
        "whatif",
        "--user",
        "u003",
        "--unrate",
        "inception",
        "--rate",
        "toy-story=5",
    ]);
    assert_eq!(by_file, by_hand);
    assert_eq!(
        ids(&by_hand["after"]),
        list(&["--user", "u003", "--unrate", "inception", "--rate", "toy-story=5"])[..10]
    );
    assert_eq!(ids(&by_hand["before"]), list(&["--user", "u003"])[..10]);
    assert_eq!(
        by_hand["changes"].as_array().unwrap().len() as u64,
        by_hand["edits"].as_u64().unwrap()
    );
    let (code, sentence) = failure(&["whatif", "--user", "u003"]);
    assert_eq!(code, 2);
    assert!(sentence.contains("--edits FILE, --rate ID=RATING"), "{sentence}");
    let guest = json(&["whatif", "--profile", "", "--rate", "inception=5"]);
    assert_eq!(
        (guest["edits"].as_u64(), &guest["changes"][0]["to"]),
        (Some(1), &5.0.into())
    );
}

#[test]
fn the_rank_after_all_events_is_the_rank_now() {
    let now = list(&["--user", "u003"]);
    let view = json(&["history", "--user", "u003", "--item", &now[4]]);
    let points = view["points"].as_array().unwrap();
    assert_eq!(points.len() as u64, view["events"].as_u64().unwrap() + 1);
    assert_eq!(points.last().unwrap()["rank"], 5);
    let entered = &view["entered"];
    let first = points
        .iter()
        .find(|p| p["rank"].as_u64().is_some_and(|rank| rank <= 10))
        .unwrap();
    assert_eq!((&entered["known"], &entered["rank"]), (&first["known"], &first["rank"]));
    assert!(printed(&["history", "--user", "u003", "--item", &now[4]]).contains("entered the first 10"));
    assert!(
        failure(&["history", &toy(), "--user", "B", "--item", "3"])
            .1
            .contains("has a time")
    );
}

#[test]
fn two_items_for_somebody_are_compared_part_by_part() {
    let before = list(&["--user", "u003"]);
    let two = format!("{},{}", before[11], before[2]);
    let args = ["compare", "--user", "u003", "--items", &two];
    let view = json(&args);
    assert_eq!(
        (view["item"]["rank"].as_u64(), view["cut"]["rank"].as_u64()),
        (Some(12), Some(3))
    );
    let sum: f64 = (view["contrast"].as_array().unwrap().iter())
        .map(|row| row["difference"].as_f64().unwrap())
        .sum();
    let gap = view["gap"].as_f64().unwrap();
    assert!(gap > 0.0 && (sum + gap).abs() < 1e-6, "{sum} {gap}");
    assert!((view["cut"]["score"].as_f64().unwrap() - view["item"]["score"].as_f64().unwrap() - gap).abs() < 1e-12);
    let text = printed(&args);
    assert!(text.contains("check: the differences sum to minus the gap"), "{text}");
    // The last of the list is what why-not compares with.
    let last = format!("{},{}", before[11], before[9]);
    let contrast = json(&["compare", "--user", "u003", "--items", &last])["contrast"].clone();
    let why_not = json(&["why-not", "--user", "u003", "--item", &before[11]]);
    assert_eq!(why_not["contrast"], contrast);
    assert_eq!(why_not["funnel"][3]["passes"], false);
    // Without a person, items are compared by the users whom they suit.
    assert!(json(&["compare", "--items", &two])["rbo"]["value"].is_number());
}

#[test]
fn fragility_counts_what_single_steps_do() {
    let view = json(&["fragility", &toy(), "--user", "B", "--model", "item-knn", "-n", "1"]);
    // B rated three items, one of them 1 and one 5.
    let rated = json(&["profile", &toy(), "--user", "B"]);
    let ratings = rated["ratings"].as_u64().unwrap();
    assert!(
        ratings > 0 && view["steps"].as_u64().unwrap() <= 2 * ratings && view["tried"] == view["steps"],
        "{view}"
    );
    for (args, n) in [(["--user", "u003"], 10), (["--user", "u014"], 3)] {
        let n_text = n.to_string();
        let view = json(&[&["fragility", "-n", &n_text], &args[..]].concat());
        let (steps, changed) = (view["steps"].as_u64().unwrap(), view["changed"].as_u64().unwrap());
        assert!(changed + view["reordered"].as_u64().unwrap() <= steps);
        assert_eq!(view["items"].as_array().unwrap().len(), n);
        // Each step that is said to change the list does.
        let before = list(&args);
        let mut tried = 0;
        for row in view["ratings"].as_array().unwrap().iter().take(3) {
            for step in row["steps"].as_array().unwrap() {
                let rate = format!("{}={}", row["id"].as_str().unwrap(), step["to"]);
                let after = list(&[&args[..], &["--rate", &rate]].concat());
                let strings = |value: &Value| {
                    value
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|id| id.as_str().unwrap().to_owned())
                        .collect::<Vec<_>>()
                };
                let out: Vec<String> = before[..n]
                    .iter()
                    .filter(|id| !after[..n].contains(id))
                    .cloned()
                    .collect();
                assert_eq!(out, strings(&step["out"]), "{rate}");
                assert_ne!(before[..n], after[..n], "{rate}");
                tried += 1;
            }
        }
        assert!(tried > 0 || changed == 0, "{view}");
    }
    let text = printed(&["fragility", "--user", "u003"]);
    assert!(text.starts_with("Of ") && text.contains("single steps"), "{text}");
}

#[test]
fn the_reason_is_a_sentence() {
    let item = &list(&["--user", "u001"])[0];
    let args = ["explain", "--user", "u001", "--item", item];
    let view = json(&args);
    let sentence = view["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("because you rated ") && sentence.ends_with("people rated alike"),
        "{sentence}"
    );
    assert!(printed(&args).contains(&format!("\n{sentence}\n")));
    let ticket = printed(&[&args[..], &["--format", "markdown"]].concat());
    assert!(ticket.lines().next().unwrap().contains("because you rated"), "{ticket}");
}
