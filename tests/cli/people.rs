//! Answers about people and items: what a user, a guest or an item gets.

use serde_json::Value;

use super::{failure, file, folder, ids, json, printed, run, toy};

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

#[test]
fn an_item_without_a_score_says_why() {
    let cut = "cascade(item-knn > content; keep=1)";
    let (code, sentence) = failure(&["explain", &toy(), "--user", "B", "--item", "3", "--model", cut]);
    assert_eq!((code, sentence.lines().count()), (1, 1), "{sentence}");
    for part in [cut, "item 3", "below-cut"] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn the_meaning_of_a_sum_follows_its_normalization() {
    let meaning = |norm: &str| {
        let model = format!("item-knn + popularity | {norm}");
        let view = json(&["explain", &toy(), "--user", "B", "--item", "2", "--model", &model]);
        view["meaning"].as_str().unwrap().to_owned()
    };
    assert!(meaning("minmax").contains("min-max"));
    assert!(meaning("zscore").contains("z-scores"));
    assert!(meaning("rank").contains("ranks"));
    assert!(meaning("softmax").contains("softmax"));
}

#[test]
fn ratings_off_the_scale_are_refused_by_its_name() {
    for args in [["--user", "A", "--rate", "3=9"], ["--user", "A", "--edit", "B/3=0"]] {
        let (code, sentence) = failure(&[&["recommend", &toy()], &args[..]].concat());
        assert_eq!(code, 2);
        assert!(
            sentence.contains("is off the scale, which goes from 1 to 5"),
            "{sentence}"
        );
    }
    let (code, sentence) = failure(&["recommend", &toy(), "--profile", "1=4,4=9"]);
    assert_eq!(code, 2);
    assert!(sentence.contains("rating \"9\" is off the scale"), "{sentence}");
}

#[test]
fn ids_may_hold_any_sign() {
    let folder = folder();
    let rows = "user,item,rating\n-1,\"a,b\",5\n-1,x=y,3\n--user,\"a,b\",4\n--user,\"5\"\" disk\",2\n";
    let data = file(folder.path(), "ratings.csv", rows);
    let data = data.to_string_lossy();
    let neighbors = json(&["neighbors", &data, "--user", "-1"]);
    assert_eq!(ids(&neighbors["neighbors"]), ["--user"]);
    let other = json(&["neighbors", &data, "--user", "--user", "--rate", "x=y=2"]);
    assert_eq!(ids(&other["neighbors"]), ["-1"]);
    let guest = |profile: &str| {
        let view = json(&["neighbors", &data, "--profile", profile]);
        view["neighbors"][0]["similarity"].as_f64().unwrap()
    };
    // The same ratings as those of -1.
    for profile in ["\"a,b\"=5,x=y=3", "x=y=3, \"a,b\"=5", "\"a,b\"=5,\"x=y\"=3"] {
        assert!((guest(profile) - 1.0).abs() < 1e-12, "{profile}");
    }
    let items = json(&[
        "recommend",
        &data,
        "--profile",
        "5\" disk=2,\"a,b\"=4",
        "--model",
        "popularity",
    ]);
    assert_eq!(ids(&items["items"]), ["x=y"]);
}

#[test]
fn the_class_is_as_its_readme_says() {
    let class = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data/class");
    let near = json(&["neighbors", class, "--user", "Ben"]);
    assert_eq!(ids(&near["neighbors"]), ["Ada", "Eve", "Cleo", "Dan"]);
    for (n, cosine) in [32.0 / 42.0, 12.0 / 30.0, 10.0 / 42.0, 6.0 / 36.0].iter().enumerate() {
        let found = near["neighbors"][n]["similarity"].as_f64().unwrap();
        assert!((found - cosine).abs() < 1e-12, "{found} is not {cosine}");
    }
    let scores = json(&["recommend", class, "--user", "Ben", "--model", "user-knn"]);
    assert_eq!(ids(&scores["items"]), ["psycho", "toy-story", "amelie"]);
    for (n, score) in [3.5238, 2.9095, 2.2143].iter().enumerate() {
        let found = scores["items"][n]["score"].as_f64().unwrap();
        assert!((found - score).abs() < 5e-5, "{found} is not {score}");
    }
    let first = |options: &[&str]| {
        let view = json(&[&["recommend", class, "--user", "Ben"], options].concat());
        ids(&view["items"])[0].to_owned()
    };
    let plain = ["--model", "0.6*item-knn + 0.3*content + 0.1*popularity"];
    assert_eq!(first(&plain), "psycho");
    assert_eq!(first(&[&plain[..], &["--rate", "casablanca=5"]].concat()), "amelie");
    assert_eq!(first(&[]), "amelie");
}

#[test]
fn what_a_similarity_is_worth_and_what_a_neighbor_brings() {
    let args = ["neighbors", &toy(), "--user", "B", "-k", "2"];
    let plain = json(&args);
    assert!(plain["neighbors"][0]["low"].is_null() && plain["bootstrap"].is_null());
    let view = json(&[&args[..], &["--interval", "--shrinkage", "2"]].concat());
    let first = &view["neighbors"][0];
    let of = |key: &str| first[key].as_f64().unwrap();
    assert!((of("unshrunk") / 2.0 - of("similarity")).abs() < 1e-12);
    assert!(of("low") < of("high"), "{first}");
    assert_eq!(view["bootstrap"], serde_json::json!({"draws": 400, "seed": 42}));
    let csv = printed(&[&args[..], &["--interval", "--format", "csv"]].concat());
    assert!(
        csv.starts_with("id,label,similarity,support,ratings,mean,unshrunk,low,high\n"),
        "{csv}"
    );
    assert!(printed(&[&args[..], &["--interval"]].concat()).contains("95 % of 400 draws"));

    // A rated item 2, which B has not: without A it is C alone that speaks for it.
    let view = json(&[&args[..], &["--brings", "A", "-n", "2"]].concat());
    assert_eq!(ids(&view["neighbors"]), ["A", "C"]);
    let brings = &view["brings"];
    assert_eq!(
        (&brings["neighbor"]["id"], &brings["votes"]),
        (&"A".into(), &true.into())
    );
    let item = brings["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "2")
        .unwrap();
    let gap = item["score"].as_f64().unwrap() - item["score_without"].as_f64().unwrap();
    let similarity = view["neighbors"][0]["similarity"].as_f64().unwrap();
    assert!((gap - 3.0 * similarity).abs() < 1e-9, "{item}");
    assert_eq!(item["rating"], 3.0);
    let csv = printed(&[&args[..], &["--brings", "A", "--format", "csv"]].concat());
    assert!(
        csv.starts_with("id,label,effect,rank,rank_without,score,score_without,rating\n"),
        "{csv}"
    );
    assert!(printed(&[&args[..], &["--brings", "A"]].concat()).contains("what A brings"));
    let items = json(&["neighbors", &toy(), "--item", "1", "--brings", "2"]);
    assert_eq!(items["brings"]["neighbor"]["kind"], "item");
    let (code, sentence) = failure(&[&args[..], &["--brings", "E"]].concat());
    assert_eq!((code, sentence.contains("no user E")), (1, true), "{sentence}");
    let (code, _) = failure(&[&args[..], &["-n", "3"]].concat());
    assert_eq!(code, 2, "-n is the length of a list that was not asked for");
}

#[test]
fn a_pair_by_its_parts_and_by_all_measures() {
    let args = ["pair", &toy(), "--user", "B", "--with", "A"];
    let plain = json(&args);
    assert!(plain["terms"].is_null() && plain["ranks"].is_null());
    let view = json(&[&args[..], &["--terms"]].concat());
    assert_eq!(view["value"], plain["value"]);
    assert_eq!(view["sum"], serde_json::json!({"name": "Σa·b", "value": 21.0}));
    assert_eq!(ids(&view["terms"]), ["1", "4"]);
    let shares: Vec<f64> = view["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["share"].as_f64().unwrap())
        .collect();
    assert_eq!(shares, [20.0, 1.0]);
    // Without item 1, both rows without it: 1·1 over 3, 1 and 1.
    let left = json(&[&args[..], &["--terms", "--without", "1"]].concat());
    assert_eq!(
        (&left["value_with_all"], ids(&left["without"])),
        (&plain["value"], vec!["1"])
    );
    assert!(
        (left["value"].as_f64().unwrap() - 1.0 / 10f64.sqrt()).abs() < 1e-12,
        "{left}"
    );
    let csv = printed(&[&args[..], &["--terms", "--format", "csv"]].concat());
    assert!(
        csv.starts_with("id,label,a,b,share,of\n1,Castle in the Hills,4.0,5.0,20.0,"),
        "{csv}"
    );
    assert!(
        printed(&[&args[..], &["--terms", "--without", "1"]].concat())
            .contains("without Castle in the Hills: 0.3162 instead of 0.8609")
    );

    let view = json(&[&args[..], &["--ranks"]].concat());
    let ranks = view["ranks"].as_array().unwrap();
    assert_eq!(ranks.len(), 9);
    assert_eq!(
        (&ranks[0]["similarity"], &ranks[0]["rank"]),
        (&"cosine".into(), &1.into())
    );
    assert_eq!((&ranks[0]["value"], &view["note"]), (&plain["value"], &Value::Null));
    let csv = printed(&[&args[..], &["--ranks", "--format", "csv"]].concat());
    assert!(csv.starts_with("similarity,value,reason,rank,of\ncosine,0.86"), "{csv}");
    // B and D share item 4 alone.
    let shown = printed(&["pair", &toy(), "--user", "B", "--with", "D", "--ranks"]);
    assert!(
        shown.contains("cosine-common is 1·4 / √(1²·4²) = 1 whatever"),
        "{shown}"
    );
    let (code, _) = failure(&[&args[..], &["--without", "1"]].concat());
    assert_eq!(code, 2);
}

#[test]
fn what_was_learned_is_part_of_the_work() {
    let args = [
        "explain",
        &toy(),
        "--user",
        "B",
        "--item",
        "2",
        "--show-work",
        "--model",
    ];
    let shown = printed(&[&args[..], &["svd:factors=2"]].concat());
    assert!(
        shown.contains("\none step of gradient descent on a rating: B rated "),
        "{shown}"
    );
    assert!(shown.contains("b_u′ = b_u + γ × (e − λ × b_u)"), "{shown}");
    let shown = printed(&[&args[..], &["ease:lambda=2"]].concat());
    assert!(shown.contains("B_ji = (n_ji − Σ n_jl × B_li) / (n_j + λ)"), "{shown}");
}

/// What each stage took stands on standard error, and changes nothing of the answer.
#[test]
fn timings_are_said_beside_the_answer() {
    let args = [
        "recommend",
        &toy(),
        "--users",
        "all",
        "--model",
        "als:factors=4",
        "--no-cache",
    ];
    let timed = run(&[&args[..], &["--timings"]].concat());
    assert_eq!(String::from_utf8(timed.stdout).unwrap(), printed(&args));
    let said = String::from_utf8(timed.stderr).unwrap();
    for stage in ["reading ratings", "fitting als:factors=4", "ranking", "writing"] {
        let line = said.lines().find(|line| line.starts_with(stage));
        let seconds = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        assert!(seconds.is_some_and(|s| (0.0..600.0).contains(&s)), "{stage}: {said}");
    }
    assert!(!cfg!(target_os = "linux") || said.contains("peak memory: "), "{said}");
}
