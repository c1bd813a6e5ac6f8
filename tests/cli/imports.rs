//! Models trained elsewhere, and what `factors --export` writes for elsewhere and back.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{failure, file, folder, json, printed, run, toy};

/// Files that implicit, numpy and Spark wrote, with the ratings they were trained on.
fn beside(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imported");
    folder.join(name).to_string_lossy().into_owned()
}

fn import(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Exports a model of the toy data; everything that `more` says of where and how.
fn export(model: &str, path: &Path, more: &[&str]) -> String {
    let args = ["factors", &toy(), "--model", model, "--export", text(path)];
    printed(&[&args[..], more].concat())
}

/// Id and score of everything that a user is recommended, seen or not, as JSON has them.
fn scores(data: &str, user: &str, model: &str, imports: &[&str]) -> Vec<(String, Value)> {
    let args = [
        "recommend",
        data,
        "--user",
        user,
        "--model",
        model,
        "--include-seen",
        "-n",
        "50",
    ];
    let view = json(&[&args[..], imports].concat());
    let items = view["items"].as_array().unwrap();
    assert!(!items.is_empty());
    items
        .iter()
        .map(|i| (i["id"].as_str().unwrap().to_owned(), i["score"].clone()))
        .collect()
}

/// The sum of the children of every node is its value.
fn check_sums(node: &Value) {
    let children = node["children"].as_array().map_or(&[][..], Vec::as_slice);
    if !children.is_empty() {
        let value = |n: &Value| n["value"].as_f64().unwrap();
        let sum: f64 = children.iter().map(value).sum();
        let size: f64 = children.iter().map(|c| value(c).abs()).sum();
        assert!((value(node) - sum).abs() <= 1e-6 * size.max(1.0), "{node}");
    }
    children.iter().for_each(check_sums);
}

#[test]
fn what_is_exported_is_the_same_model_when_imported() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    for model in ["svd:factors=3,epochs=4", "als:factors=3,epochs=4"] {
        let forms: [(PathBuf, &[&str]); 4] = [
            (place("model.npz"), &[]),
            (place(&format!("{}-npy", &model[..3])), &["--as", "npy"]),
            (place(&format!("{}-csv", &model[..3])), &["--as", "csv"]),
            (place(&format!("{}-parquet", &model[..3])), &["--as", "parquet"]),
        ];
        for (path, more) in forms {
            let said = export(model, &path, more);
            assert!(said.contains("3 factors of 4 users and 4 items, written to"), "{said}");
            let back = import("back", &path);
            for user in ["A", "B", "C"] {
                let mut ours = scores(&toy(), user, model, &[]);
                let mut again = scores(&toy(), user, "back", &["--import", &back]);
                if !more.contains(&"parquet") {
                    // Bit for bit: JSON numbers read back to the same value.
                    assert_eq!(again, ours, "{}", path.display());
                }
                // Spark's factors have 32 bits.
                ours.sort_by(|a, b| a.0.cmp(&b.0));
                again.sort_by(|a, b| a.0.cmp(&b.0));
                assert_eq!(again.len(), ours.len());
                for ((id, ours), (again_id, again)) in ours.iter().zip(&again) {
                    let (ours, again) = (ours.as_f64().unwrap(), again.as_f64().unwrap());
                    assert!(id == again_id && (ours - again).abs() < 1e-6, "{id}: {ours} {again}");
                }
            }
        }
    }
    let written = json(&[
        "factors",
        &toy(),
        "--model",
        "als:factors=2,epochs=1",
        "--export",
        text(&place("b.npz")),
    ]);
    assert_eq!(
        (&written["model"], &written["users"]),
        (&"als:factors=2,epochs=1".into(), &4.into())
    );
    assert_eq!((&written["items"], &written["factors"]), (&4.into(), &2.into()));
}

#[test]
fn exports_that_cannot_be_are_one_sentence_and_change_nothing() {
    let folder = folder();
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    file(&taken, "mine.txt", "mine");
    let toy = toy();
    let args = |path: &Path, more: &[&str]| -> (i32, String) {
        let all = [
            "factors",
            &toy,
            "--model",
            "svd:factors=2,epochs=1",
            "--export",
            text(path),
        ];
        failure(&[&all[..], more].concat())
    };
    let (code, sentence) = args(&taken, &["--as", "csv"]);
    assert_eq!(code, 1);
    assert!(
        sentence.ends_with("taken: it cannot be written (something is there; name a new folder)"),
        "{sentence}"
    );
    assert_eq!(std::fs::read_dir(&taken).unwrap().count(), 1);
    let (code, sentence) = args(&folder.path().join("no/such/place.npz"), &[]);
    assert_eq!(code, 1);
    assert!(sentence.contains("place.npz: it cannot be written ("), "{sentence}");
    let (code, sentence) = args(&folder.path().join("model.bin"), &[]);
    assert_eq!(code, 2);
    assert!(sentence.contains("model.bin: a name that ends with .npz"), "{sentence}");
    let (code, sentence) = args(&folder.path().join("model.npz"), &["--user", "A"]);
    assert_eq!(code, 2);
    assert!(sentence.contains("the whole model is exported"), "{sentence}");
    let popular = folder.path().join("p.npz");
    let all = ["factors", &toy, "--model", "popularity", "--export", text(&popular)];
    let (code, sentence) = failure(&all);
    assert_eq!(code, 2);
    assert!(sentence.contains("popularity has no latent factors"), "{sentence}");
    // Nothing but what was there before.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn files_of_implicit_and_spark_recommend_and_explain() {
    let data = beside("ratings.csv");
    for (path, unit) in [("implicit.npz", "score"), ("numpy", "score"), ("spark", "rating")] {
        let model = if unit == "rating" {
            "theirs:unit=rating"
        } else {
            "theirs"
        };
        let theirs = import("theirs", Path::new(&beside(path)));
        let imports = ["--import", &theirs];
        let listed = scores(&data, "104", model, &imports);
        assert_eq!(listed.len(), 9);
        // Nothing is unknown on either side: `printed` allows not a word on standard error.
        for formula in [
            model,
            "0.5*theirs + 0.5*item-knn",
            "switch(ratings<2 ? popularity : theirs)",
        ] {
            let args = ["explain", &data, "--user", "104", "--item", "865", "--model", formula];
            let why = json(&[&args[..], &imports].concat());
            assert_eq!(why["score"], why["tree"]["value"]);
            check_sums(&why["tree"]);
            if formula == model {
                assert_eq!(why["unit"], unit);
                let found = listed.iter().find(|(id, _)| id == "865").unwrap();
                assert_eq!(found.1, why["score"]);
            }
        }
        let guest = [
            "explain",
            &data,
            "--profile",
            "865=5,900=1",
            "--item",
            "893",
            "--model",
            model,
        ];
        check_sums(&json(&[&guest[..], &imports].concat())["tree"]);
    }
}

#[test]
fn scores_in_a_table_are_served_as_they_are() {
    let folder = folder();
    let table = file(
        folder.path(),
        "scores.csv",
        "user,item,score\nA,3,0.25\nA,2,-1.5\nB,3,1e-3\n",
    );
    let theirs = import("theirs", &table);
    let listed = scores(&toy(), "A", "theirs", &["--import", &theirs]);
    assert_eq!(listed, [("3".to_owned(), 0.25.into()), ("2".to_owned(), (-1.5).into())]);
    let parquet = import("theirs", Path::new(&beside("spark-predictions")));
    assert!(!scores(&beside("ratings.csv"), "104", "theirs", &["--import", &parquet]).is_empty());
}

#[test]
fn ids_that_do_not_match_are_told() {
    let folder = folder();
    file(folder.path(), "user_factors.csv", "id,f1\nA,1\nnobody,2\n");
    file(folder.path(), "item_factors.csv", "id,f1\n1,1\n2,2\n3,3\n99,4\n");
    let theirs = import("theirs", folder.path());
    let toy = toy();
    let args = [
        "recommend",
        &toy,
        "--user",
        "A",
        "--model",
        "theirs",
        "--import",
        &theirs,
    ];
    let output = run(&args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.starts_with("recscope: note: theirs: 1 of its 2 users are not in the dataset; "),
        "{said}"
    );
    assert!(said.contains("1 of its 4 items are not in the dataset"), "{said}");
    assert!(
        said.contains("users are not in it and are served by their ratings"),
        "{said}"
    );
    // Whoever wants silence gets it.
    assert!(run(&[&args[..], &["--quiet"]].concat()).stderr.is_empty());
    // Users that the files lack are served, too.
    let served = run(&[&args[..3], &["B"], &args[4..]].concat());
    assert_eq!(served.status.code(), Some(0));
}

#[test]
fn imports_that_cannot_be_are_one_sentence() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    let toy = toy();
    let ask = |path: &Path| -> (i32, String) {
        failure(&[
            "recommend",
            &toy,
            "--user",
            "A",
            "--model",
            "theirs",
            "--import",
            &import("theirs", path),
        ])
    };
    for (name, users, expected) in [
        ("shapes", "id,f1\nA,1\n", "item_factors.csv: it has 2 factors, but"),
        (
            "text",
            "id,f1,f2\nA,1,x\n",
            "user_factors.csv:2: f2 is \"x\", no finite number",
        ),
        (
            "strangers",
            "id,f1,f2\nZ,1,2\n",
            "user_factors.csv: the dataset knows none of its 1 users, such as Z",
        ),
        ("twice", "id,f1,f2\nA,1,2\nA,1,2\n", "the id A stands in rows 1 and 2"),
    ] {
        std::fs::create_dir(place(name)).unwrap();
        file(&place(name), "user_factors.csv", users);
        file(&place(name), "item_factors.csv", "id,f1,f2\n1,1,2\n2,3,4\n");
        let (code, sentence) = ask(&place(name));
        assert_eq!(code, 1, "{sentence}");
        assert!(
            sentence.contains(expected) && sentence.lines().count() == 1,
            "{sentence}"
        );
    }
    let (code, sentence) = ask(&place("missing.npz"));
    assert_eq!(code, 1);
    assert!(sentence.contains("missing.npz: it cannot be read ("), "{sentence}");
    file(folder.path(), "broken.npz", "PK\u{3}\u{4} and no more");
    assert!(
        ask(&place("broken.npz"))
            .1
            .contains("broken.npz: it is no numpy archive")
    );
    file(folder.path(), "broken.parquet", "PAR1 and no more");
    let (code, sentence) = ask(&place("broken.parquet"));
    assert_eq!(code, 1);
    assert!(
        sentence.contains("broken.parquet: it cannot be read (") && sentence.lines().count() == 1,
        "{sentence}"
    );
    // implicit saves no ids: without the file of them it is said where they belong.
    let nameless = place("nameless.npz");
    std::fs::copy(beside("implicit.npz"), &nameless).unwrap();
    let (code, sentence) = ask(&nameless);
    assert_eq!(code, 1);
    assert!(
        sentence.contains("put the users' ids, one a line, into ")
            && sentence.contains("nameless.npz.user_ids.txt, or"),
        "{sentence}"
    );
    for (text, expected) in [
        ("theirs", "write it as NAME=PATH"),
        ("svd=x.npz", "svd is a model already"),
        ("7=x.npz", "cannot be the name of a model"),
    ] {
        let (code, sentence) = failure(&["models", "--import", text]);
        assert_eq!(code, 2);
        assert!(sentence.contains(expected), "{sentence}");
    }
    let (code, sentence) = failure(&["recommend", &toy, "--user", "A", "--model", "theirs"]);
    assert_eq!(code, 2);
    assert!(sentence.contains("theirs"), "{sentence}");
}

#[test]
fn imports_are_listed_among_the_models_and_in_settings() {
    let theirs = import("theirs", Path::new(&beside("implicit.npz")));
    let about = printed(&["models", "theirs", "--import", &theirs]);
    for part in [
        "Factors trained elsewhere",
        "implicit.npz",
        "fold=auto",
        "alpha=1",
        "reg=0.1",
    ] {
        assert!(about.contains(part), "{part}: {about}");
    }
}
