//! Bandits, their worlds, and what a log says of another policy.

use crate::{failure, json, printed};

/// A file that lasts as long as the test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn close(found: &serde_json::Value, expected: f64) {
    assert!(
        (found.as_f64().unwrap() - expected).abs() < 1e-7,
        "{found} instead of {expected}"
    );
}

#[test]
fn counts_alone_tell_what_comes_next() {
    let state = "30/50,12/25,4/10,0/5";
    let view = json(&["bandit", "--state", state, "--policies", "ucb1; thompson; softmax"]);
    assert_eq!(
        view["arms"][1],
        serde_json::json!({"id": "B", "successes": 12, "pulls": 25})
    );
    let policies = &view["policies"];
    assert_eq!(
        (&policies[0]["name"], &policies[0]["figures_are"]),
        (&"ucb1".into(), &"indices".into())
    );
    close(&policies[0]["figures"][2], 1.34866324);
    assert_eq!(policies[1]["figures_are"], "probabilities");
    close(&policies[1]["figures"][0], 0.74214561);
    close(&policies[2]["figures"][3], 0.00172254);
    let moss = json(&["bandit", "--state", state, "--policies", "moss", "--horizon", "1000"]);
    close(&moss["policies"][0]["figures"][0], 0.77941226);
    assert!(printed(&["bandit", "--state", state]).contains("30/50"));
    assert_eq!(failure(&["bandit", "--state", "5/3"]).0, 2);
    let (code, said) = failure(&["bandit", "--state", state, "--policies", "exp3"]);
    assert!(code == 2 && said.contains("leave it out of --state"), "{said}");
}

#[test]
fn worlds_change_and_threads_change_nothing() {
    let worlds: [&[&str]; 5] = [
        &["--arms", "0.2,0.6", "--change-every", "100"],
        &["--arms", "two-arms", "--drift", "0.01"],
        &["--arms", "0.2,0.6;0.7,0.1"],
        &["--arms", "0.2,0.6", "--delay", "20"],
        &["--pick", "close-race", "--n-arms", "4"],
    ];
    for world in worlds {
        let with = |threads: &'static str| {
            let mut args = vec![
                "bandit",
                "--policies",
                "lints; exp3; sliding-window-ucb",
                "--horizon",
                "300",
                "--runs",
                "6",
            ];
            args.extend(world);
            args.extend(["--threads", threads]);
            json(&args)
        };
        let one = with("1");
        assert_eq!(one, with("2"), "{world:?}");
        let changes = !world.contains(&"--delay") && !world.contains(&"--pick");
        assert_eq!(one["lower_bound"].is_null(), changes, "{world:?}");
        assert_eq!(one["segments"].is_array(), world.len() == 2 && world[1].contains(';'));
    }
    for wrong in [
        &["--arms", "0.2,0.6;0.7"][..],
        &["--arms", "0.2", "--drift", "2"],
        &["--arms", "0.2", "--change-every", "0"],
        &["--pick", "hit"],
        &["--segments", "planet"],
    ] {
        let args = [&["bandit", "--runs", "1", "--horizon", "10"][..], wrong].concat();
        let (code, said) = failure(&args);
        assert!((code == 1 || code == 2) && said.lines().count() < 6, "{said}");
    }
}

const LOG: &str = "action,reward,propensity\n0,1,0.5\n0,0,0.5\n1,1,0.3\n1,0,0.3\n2,1,0.2\n2,0,0.2\n0,0,0.5\n1,1,0.3\n0,1,0.5\n2,0,0.2\n";

#[test]
fn a_log_says_what_another_policy_would_have_earned() {
    let (log, q) = (file(LOG), file("action,q_hat\n0,.5\n1,.6\n2,.3\n"));
    let target = file("action,probability\n0,.2\n1,.6\n2,.2\n");
    let table = format!("table:{}", target.path().display());
    let (log, q) = (log.path().to_str().unwrap(), q.path().to_str().unwrap());
    let view = json(&["ope", log, "--q-hat", q, "--target", &table]);
    assert_eq!(view["rows"], 10);
    close(&view["effective_n"], 7.1841432225);
    let expected = [
        ("ips", 0.58),
        ("clipped-ips", 0.58),
        ("snips", 0.5471698113),
        ("dm", 0.52),
        ("dr", 0.57),
        ("sndr", 0.5671698113),
        ("switch-dr", 0.57),
    ];
    assert!(view["estimators"][0]["value"].is_null());
    for ((name, value), found) in expected.iter().zip(&view["estimators"].as_array().unwrap()[1..]) {
        assert_eq!(found["name"], *name);
        close(&found["value"], *value);
    }
    close(&view["estimators"][1]["stderr"], 0.2572504184);
    let always = json(&["ope", log, "--target", "always:1"]);
    close(&always["estimators"][0]["value"], 2.0 / 3.0);
    assert!(printed(&["ope", log]).contains("snips"));
    assert!(printed(&["ope", log, "--format", "csv"]).starts_with("name,value,stderr,low,high\nreplay,,"));
    let bare = file("action,reward\n0,1\n");
    let (code, said) = failure(&["ope", bare.path().to_str().unwrap()]);
    assert!(
        code == 1 && said.contains(":1:1: there is no column of the propensity"),
        "{said}"
    );
    assert_eq!(failure(&["ope", log, "--target", "always"]).0, 2);
    assert_eq!(failure(&["ope", log, "--target", "always:7"]).0, 1);
    assert_eq!(failure(&["ope", log, "--clip", "0"]).0, 2);
    assert_eq!(failure(&["ope", "no-such-file"]).0, 1);
}

#[test]
fn policies_are_played_on_a_uniform_log() {
    let row = |n: u32| {
        let item = n.wrapping_mul(2_654_435_761) >> 30;
        format!("{item},{},0.25\n", u8::from(item == 2))
    };
    let rows = (0..600).map(row).collect::<Vec<_>>().concat();
    let log = file(&format!("item_id,click,propensity_score\n{rows}"));
    let view = json(&[
        "bandit",
        "--replay",
        log.path().to_str().unwrap(),
        "--policies",
        "thompson; random",
    ]);
    assert_eq!((&view["rows"], &view["actions"]), (&600.into(), &4.into()));
    let mean = |at: usize| view["policies"][at]["mean"].as_f64().unwrap();
    assert!(mean(0) > 0.7 && mean(1) < 0.5, "{view}");
    let skewed = file(LOG);
    let (code, said) = failure(&["bandit", "--replay", skewed.path().to_str().unwrap()]);
    assert!(code == 1 && said.contains("uniformly"), "{said}");
}

#[test]
fn a_log_written_on_the_spot_is_evaluated_beside_the_truth() {
    let args = [
        "bandit",
        "--arms",
        "0.1,0.3,0.2",
        "--off-policy",
        "epsilon-greedy:epsilon=0.2",
    ];
    let best = json(&[&args[..], &["--horizon", "4000"]].concat());
    assert_eq!((&best["target"], &best["truth"]), (&"B".into(), &0.3.into()));
    let third = json(&[&args[..], &["--horizon", "4000", "--target", "always:C"]].concat());
    assert_eq!((&third["target"], &third["truth"]), (&"C".into(), &0.2.into()));
    for view in [best, third] {
        let estimators = view["estimators"].as_array().unwrap();
        let dr = estimators.iter().find(|e| e["name"] == "dr").unwrap();
        let off = (dr["value"].as_f64().unwrap() - view["truth"].as_f64().unwrap()) / dr["stderr"].as_f64().unwrap();
        assert!(off.abs() < 4.0, "{dr}");
    }
    assert!(printed(&args).contains("in truth 0.3"));
    let (code, said) = failure(&[&args[..], &["--target", "always:X"]].concat());
    assert!(code == 2 && said.contains("no arm is called \"X\""), "{said}");
    let (code, said) = failure(&["bandit", "--arms", "0.1,0.3", "--off-policy", "ucb1"]);
    assert!(code == 2 && said.contains("cannot write a log"), "{said}");
}

#[test]
fn a_newcomer_is_asked_question_by_question() {
    let ask = |args: &[&str]| json(&[&["coldstart", "--next"], args].concat());
    let first = ask(&["--profile", ""]);
    let id = first["question"]["id"].as_str().unwrap().to_owned();
    assert_eq!(first["uncertainty"], 1.0);
    let rated = ask(&["--profile", &format!("{id}=5")]);
    let skipped = ask(&["--profile", "", "--skip", &id]);
    assert_eq!(rated["question"]["id"], skipped["question"]["id"]);
    assert_ne!(rated["question"]["id"], id.as_str());
    assert!(rated["uncertainty"].as_f64().unwrap() < 1.0 && skipped["uncertainty"] == 1.0);
    assert_eq!(
        (rated["answers"].as_array().unwrap().len(), &skipped["skipped"]),
        (1, &1.into())
    );
    assert!(printed(&["coldstart", "--next", "--profile", ""]).starts_with("ask about "));
    assert!(
        failure(&["coldstart", "--next", "--profile", "", "--skip", "nothing-like-it"])
            .1
            .contains("there is no item")
    );
}

#[test]
fn a_prior_from_similar_items_stands_beside_a_flat_one() {
    let args = [
        "bandit",
        "--policies",
        "thompson; thompson:strength=20",
        "--horizon",
        "300",
        "--runs",
        "20",
    ];
    let view = json(&args);
    let arms = view["arms"].as_array().unwrap();
    assert!(
        arms.iter()
            .all(|arm| (0.0..=1.0).contains(&arm["guess"].as_f64().unwrap()))
    );
    assert!(printed(&args).contains("expected"));
    // Nothing is expected where no policy goes by it, and of typed rates only what is said.
    assert!(
        json(&["bandit", "--horizon", "10", "--runs", "1"])["arms"][0]
            .get("guess")
            .is_none()
    );
    let typed = [
        "bandit",
        "--arms",
        "0.9,0.1",
        "--policies",
        "thompson:strength=50",
        "--horizon",
        "200",
        "--runs",
        "50",
    ];
    let regret = |guesses: &str| {
        let view = json(&[&typed[..], &["--guesses", guesses]].concat());
        view["policies"][0]["regret_mean"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .as_f64()
            .unwrap()
    };
    assert!(regret("0.9,0.1") < regret("0.1,0.9"));
    for wrong in [&typed[..], &[&typed[..], &["--guesses", "0.5"]].concat()] {
        let (code, said) = failure(wrong);
        assert!(code == 2 && said.contains("--guesses"), "{said}");
    }
}

#[test]
fn a_new_item_goes_to_those_whom_it_suits() {
    let model = ["--models", "content", "-n", "5", "--users", "200"];
    let hidden = json(&[&["coldstart", "--hide-item", "alien"][..], &model].concat());
    assert_eq!(
        (hidden["id"].as_str(), hidden["users"].as_u64() >= Some(200)),
        (Some("alien"), true)
    );
    let content = &hidden["models"][0];
    // Those who liked it like its kind: they are found better than by chance.
    assert!(content["auc"].as_f64().unwrap() > 0.6, "{content}");
    let lists: Vec<u64> = (content["exposure"].as_array().unwrap().iter())
        .map(|e| e["lists"].as_u64().unwrap())
        .collect();
    assert!(lists.is_sorted() && lists[0] < lists[lists.len() - 1], "{lists:?}");
    assert_eq!(hidden["slot"]["policies"].as_array().unwrap().len(), 2);
    assert!(hidden["slot"]["arms"][0]["guess"].is_number());
    let by_title = json(&[&["coldstart", "--hide-item", "Alien"][..], &model].concat());
    assert_eq!(by_title["id"], "alien");
    let typed = [
        "coldstart",
        "--new-item",
        "Alien in Space (1999)",
        "--features",
        "genre=Horror|science fiction, year=1999",
    ];
    let typed = json(&[&typed[..], &model].concat());
    assert_eq!(
        (&typed["id"], &typed["likers"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(typed["models"][0]["best"].as_array().unwrap().len(), 5);
    let text = printed(&[&["coldstart", "--hide-item", "alien"][..], &model].concat());
    for part in [
        "its ratings are hidden",
        "AUC",
        "out of most lists",
        "in a slot of its own",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (code, said) = failure(&["coldstart", "--new-item", "X", "--features", "genre=Horor"]);
    assert!(code == 1 && said.contains("Horror"), "{said}");
    assert_eq!(failure(&["coldstart", "--features", "genre=Horror"]).0, 2);
    assert_eq!(failure(&["coldstart", "--hide-item", "alien", "--bonus", "NaN"]).0, 2);
}

#[test]
fn strategies_show_the_same_newcomer_their_lists() {
    let args = [
        "coldstart",
        "--lists",
        "--strategies",
        "popularity; stated; bandit; switch(ratings<3 ? popularity : content)",
    ];
    let args = [&args[..], &["--profile", "alien=5", "--likes", "Comedy", "-n", "4"]].concat();
    let view = json(&args);
    let strategies = view["strategies"].as_array().unwrap();
    let names: Vec<&str> = strategies.iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "popularity",
            "stated",
            "bandit",
            "switch(ratings<3 ? popularity : content)"
        ]
    );
    assert!(strategies.iter().all(|s| s["items"].as_array().unwrap().len() == 4));
    assert_eq!(
        (&strategies[3]["branch"], &strategies[3]["items"]),
        (&"popularity".into(), &strategies[0]["items"])
    );
    assert_eq!(view["stated"][0], "Comedy");
    assert!(printed(&args).contains("takes popularity"));
    let (code, said) = failure(&[
        "coldstart",
        "--lists",
        "--profile",
        "",
        "--likes",
        "Comdy",
        "--strategies",
        "stated",
    ]);
    assert!(code == 1 && said.contains("Comedy"), "{said}");
}
