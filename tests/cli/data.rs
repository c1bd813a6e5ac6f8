//! Data on its way in and out: filters, exports, saved splits, downloads.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::{command, failure, file, folder, ids, json, printed, toy};

#[test]
fn filters_hold_for_every_command_and_say_what_they_left() {
    let toy = toy();
    let whole = json(&["info", &toy]);
    assert_eq!(whole["filters"], json!([]));
    let view = json(&["info", &toy, "--where", "rating>=3", "--min-item-ratings", "2"]);
    let steps = view["filters"].as_array().unwrap();
    let named: Vec<&Value> = steps.iter().map(|s| &s["filter"]).collect();
    assert_eq!(named, ["--where rating>=3", "--min-item-ratings 2"]);
    assert_eq!(steps[1]["ratings"], view["ratings"]);
    assert!(view["ratings"].as_u64() < whole["ratings"].as_u64());
    // Of the 3s, one is all that is left of its item.
    assert_eq!(view["scale"]["min"], 4.0);
    assert_eq!(view["name"], "toy, filtered");
    let text = printed(&["info", &toy, "--where", "rating>=3"]);
    assert!(
        text.contains("--where rating>=3: ") && text.contains("are left"),
        "{text}"
    );
    // Who has nothing left is nobody.
    let all = json(&[
        "recommend",
        &toy,
        "--user",
        "A",
        "--model",
        "popularity",
        "--include-seen",
    ]);
    let some = json(&[
        "recommend",
        &toy,
        "--user",
        "A",
        "--model",
        "popularity",
        "--include-seen",
        "--where",
        "rating>=5",
    ]);
    assert!(ids(&some["items"]).len() < ids(&all["items"]).len());

    for (args, what) in [
        (&["--where", "stars>=4"][..], "rating>=4"),
        (&["--since", "soon"], "1997-09-20"),
        (&["--since", "1997-09-20"], "need times"),
        (&["--where", "rating>=9"], "leaves none of"),
        (&["--sample-users", "0"], "--sample-users"),
    ] {
        let (code, sentence) = failure(&[&["info", toy.as_str()], args].concat());
        assert_eq!(code, 2, "{sentence}");
        assert!(sentence.contains(what), "{sentence}");
    }
}

#[test]
fn what_is_exported_reads_back_to_the_same_answers() {
    let place = folder();
    let rows =
        "user,item,rating,timestamp\n\"O\"\"Hara, Ann\",x y,4.5,7\nÜ,x y,3,8\nÜ,z,0.25,9\n\"O\"\"Hara, Ann\",z,1,10\n";
    let data = file(place.path(), "odd.csv", rows);
    let data = data.to_str().unwrap();
    let out = place.path().join("out.csv");
    let out = out.to_str().unwrap();
    let written = json(&["export", data, "--out", out, "--where", "rating>=1"]);
    assert_eq!((&written["ratings"], &written["left_out"]), (&json!(3), &json!([])));
    let one = json(&[
        "recommend",
        data,
        "--where",
        "rating>=1",
        "--user",
        "Ü",
        "--model",
        "item-knn",
        "--include-seen",
    ]);
    let other = json(&["recommend", out, "--user", "Ü", "--model", "item-knn", "--include-seen"]);
    assert_eq!(one["items"], other["items"]);
    let (one, other) = (json(&["info", data, "--where", "rating>=1"]), json(&["info", out]));
    for key in ["users", "items", "ratings", "histogram", "time_range", "mean"] {
        assert_eq!(one[key], other[key], "{key}");
    }

    let inter = place.path().join("toy.inter");
    let written = json(&["export", &toy(), "--out", inter.to_str().unwrap()]);
    assert_eq!(written["files"].as_array().unwrap().len(), 2);
    assert!(place.path().join("toy.item").exists());
    let parquet = place.path().join("toy.parquet");
    let text = printed(&["export", &toy(), "--out", parquet.to_str().unwrap()]);
    assert!(text.contains("left out") && text.contains("titles"), "{text}");
    assert!(std::fs::read(parquet).unwrap().starts_with(b"PAR1"));
    let (code, sentence) = failure(&["export", &toy(), "--out", "toy.xls"]);
    assert_eq!(code, 2, "{sentence}");
}

#[test]
fn a_saved_split_gives_the_same_figures() {
    let place = folder();
    let saved = place.path().join("split");
    let saved_text = saved.to_str().unwrap();
    let args = ["--models", "baseline; popularity", "--metrics", "mae,ndcg@3"];
    let split = json(
        &[
            &[
                "evaluate",
                &toy(),
                "--split",
                "kfold:k=2,seed=1",
                "--save-split",
                saved_text,
            ],
            &args[..],
        ]
        .concat(),
    );
    for fold in 0..2 {
        let part = |name: &str| {
            saved
                .join(format!("fold-{}.{name}.csv", fold + 1))
                .to_string_lossy()
                .into_owned()
        };
        let (train, test) = (part("train"), part("test"));
        let pair = json(&[&["evaluate", "--train", &train, "--test", &test], &args[..]].concat());
        let of = |view: &Value, at: usize| view["rows"][0]["metrics"]["mae"]["values"][at].as_f64().unwrap();
        assert!((of(&pair, 0) - of(&split, fold)).abs() < 1e-12);
    }
    // A folder that is there is not written over.
    let again = failure(&["evaluate", &toy(), "--save-split", saved_text]);
    assert_eq!(again.0, 1, "{}", again.1);
}

#[test]
fn evaluate_says_what_training_knows() {
    let place = folder();
    let train = file(
        place.path(),
        "train.csv",
        "user,item,rating\nA,1,5\nA,2,3\nB,1,4\nB,3,1\n",
    );
    let test = file(
        place.path(),
        "test.csv",
        "user,item,rating\nA,3,4\nA,1,5\nC,1,2\nB,9,5\n",
    );
    let (train, test) = (train.to_str().unwrap(), test.to_str().unwrap());
    let args = [
        "evaluate",
        "--train",
        train,
        "--test",
        test,
        "--models",
        "popularity",
        "--metrics",
        "recall@5",
    ];
    let view = json(&args);
    assert_eq!(view["unknown"], json!({"users": 1, "items": 1, "rows": 2}));
    assert_eq!(view["rows_in_training"], 1);
    assert!(view["rows"][0]["metrics"]["recall@5"]["known_users"]["mean"].is_number());
    let text = printed(&args);
    assert!(
        text.contains("1 test ratings are in training too") && text.contains("known users"),
        "{text}"
    );
    let liked = json(&[&args[..], &["--relevant", "rating>=5"]].concat());
    assert_eq!(
        (&liked["relevant"], &liked["folds"][0]["users_with_relevant"]),
        (&json!("rating>=5"), &json!(2))
    );
    let seeds = json(&[
        "evaluate",
        &toy(),
        "--models",
        "svd:epochs=2",
        "--metrics",
        "mae",
        "--seeds",
        "3",
    ]);
    let seeds = &seeds["rows"][0]["metrics"]["mae"]["seeds"];
    assert_eq!(seeds["values"].as_array().unwrap().len(), 3);
    assert!(seeds["stdev"].as_f64().unwrap() > 0.0);
}

/// Serves one archive, again and again; the address of it.
fn server(archive: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/tiny.zip", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines();
            lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                archive.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&archive));
        }
    });
    address
}

#[test]
fn a_data_set_is_downloaded_once_and_opened_by_its_name() {
    let place = folder();
    let mut archive = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut archive);
    zip.start_file("tiny/ratings.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(b"userId,movieId,rating,timestamp\n1,10,4,5\n2,10,3,6\n2,20,5,7\n")
        .unwrap();
    zip.finish().unwrap();
    let address = server(archive.into_inner());
    let entry = |name: &str, more: &str| {
        format!(
            "[[dataset]]\nname = \"{name}\"\ntitle = \"Tiny\"\nsize = \"1 kB\"\nlicense = \"the reader's own\"\n\
             homepage = \"http://localhost\"\n{more}\n"
        )
    };
    let list = [
        entry("tiny", &format!("address = \"{address}\"")),
        entry(
            "changed",
            &format!("address = \"{address}\"\nmd5 = \"{}\"", "0".repeat(32)),
        ),
        entry("by-hand", "note = \"go there yourself\""),
    ];
    let list = file(place.path(), "list.toml", &list.concat());
    let get = |args: &[&str]| {
        let all = [&["get", "--list", list.to_str().unwrap()], args].concat();
        let output = command(&all).env("XDG_DATA_HOME", place.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    // Nobody is there to agree.
    let (code, _, said) = get(&["tiny"]);
    assert_eq!(code, 2);
    assert!(
        said.contains("the reader's own") && said.contains("1 kB") && said.contains("--yes"),
        "{said}"
    );
    let (code, answer, said) = get(&["tiny", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert!(answer.contains("recscope tiny"), "{answer}");
    assert_eq!(get(&["tiny"]).0, 0, "it is there already");
    let info = command(&["info", "tiny", "--format", "json"])
        .env("XDG_DATA_HOME", place.path())
        .output()
        .unwrap();
    let info: Value = serde_json::from_slice(&info.stdout).unwrap();
    assert_eq!((&info["name"], &info["ratings"]), (&json!("tiny"), &json!(3)));

    let (code, _, said) = get(&["changed", "--yes"]);
    assert!(code == 1 && said.contains("it was changed, or damaged"), "{said}");
    let (code, _, said) = get(&["by-hand", "--yes"]);
    assert!(code == 1 && said.contains("go there yourself"), "{said}");
    let (code, _, said) = get(&["tinny"]);
    assert!(code == 2 && said.contains("did you mean tiny"), "{said}");
    // Nothing but what was asked for is left.
    let left = std::fs::read_dir(place.path().join("recscope/datasets")).unwrap();
    assert_eq!(left.map(|e| e.unwrap().file_name()).collect::<Vec<_>>(), ["tiny"]);
}

/// Where the library for Parquet panics, that is one sentence as well.
#[test]
fn a_damaged_table_is_told_of_in_one_line() {
    use recscope::data::{LoadOptions, Source, load};
    use recscope::task::Task;

    let place = tempfile::tempdir().unwrap();
    let (whole, damaged) = (place.path().join("whole.parquet"), place.path().join("damaged.parquet"));
    printed(&["export", &toy(), "--out", whole.to_str().unwrap()]);
    let bytes = std::fs::read(&whole).unwrap();
    let panics = (0..bytes.len()).find(|at| {
        let mut bytes = bytes.clone();
        bytes[*at] ^= 0xff;
        std::fs::write(&damaged, bytes).unwrap();
        let opened = load(
            &Source::Path(damaged.clone()),
            &LoadOptions::default(),
            &Task::unattended(),
        );
        opened.is_err_and(|error| error.to_string().contains("do not fit together"))
    });
    assert!(
        panics.is_some(),
        "the library survives everything: it needs no guard any more"
    );
    let (code, sentence) = failure(&["info", damaged.to_str().unwrap()]);
    assert_eq!((code, sentence.lines().count()), (1, 1), "{sentence}");
    assert!(
        sentence.contains("it is a Parquet file, but damaged (its parts do not fit together"),
        "{sentence}"
    );
}

#[test]
fn the_name_of_a_data_set_that_is_not_there_says_how_to_get_it() {
    let (code, sentence) = failure(&["info", "ml-100k"]);
    assert_eq!(code, 1);
    assert!(sentence.contains("recscope get ml-100k"), "{sentence}");
    assert!(printed(&["get"]).contains("ml-25m"));
}
