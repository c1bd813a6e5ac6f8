//! The same data in every format is the same dataset.

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;

use super::formats::testing::{self, Column};
use super::formats_fixtures::*;
use super::*;
use crate::data::Moment;

#[test]
fn tables_of_all_kinds_come_with_titles_and_attributes() {
    let place = || tempfile::tempdir().unwrap();
    let (csv, parquet, json, database) = (place(), place(), place(), place());
    let reference = reference(csv.path());

    testing::write_parquet(&parquet.path().join("ratings.parquet"), &parquet_of_rows(0..600), 100);
    testing::write_parquet(&parquet.path().join("items.parquet"), &parquet_of_items(), 7);
    let data = open(parquet.path());
    assert_same(&reference, &data, "parquet");
    assert_eq!(
        (data.report().format.as_str(), data.report().encoding.as_str()),
        ("parquet", "")
    );

    std::fs::write(json.path().join("ratings.jsonl"), json_of_rows().join("\n")).unwrap();
    let item = |(id, title, genres): &(u32, String, Vec<&str>)| {
        serde_json::json!({"item_id": id, "title": title, "genres": genres}).to_string()
    };
    let lines: Vec<String> = items().iter().map(item).collect();
    std::fs::write(json.path().join("items.json"), format!("[{}]", lines.join(",\n "))).unwrap();
    assert_same(&reference, &open(json.path()), "json");

    let file = database.path().join("films.sqlite");
    sqlite(&file);
    assert_same(&reference, &open(&file), "sqlite");
    let named = PathBuf::from(format!("{}#ratings", file.display()));
    let data = open(&named);
    assert_same(&reference, &data, "sqlite#ratings");
    assert_eq!((data.name(), data.report().format.as_str()), ("films", "sqlite"));

    let whole = json.path().join("whole.zip");
    let (rows, films) = (csv_of_rows(), csv_of_items());
    let files = [
        ("films/ratings.csv", rows.as_bytes()),
        ("films/items.csv", films.as_bytes()),
        ("__MACOSX/films/._items.csv", b"x"),
    ];
    zip(&whole, &files);
    let data = open(&whole);
    assert_same(&reference, &data, "zip");
    assert_eq!(data.name(), "whole");
    assert_same(&reference, &open(&whole.join("films/ratings.csv")), "a file in a zip");
}

/// Files that hold the ratings alone.
fn alone(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let mut files = Vec::new();
    let mut file = |format, name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        files.push((format, path));
    };
    let lines = json_of_rows();
    let csv = csv_of_rows();
    file("json", "lines.dat", lines.join("\r\n").as_bytes());
    file("json", "behind.json", lines.join("").as_bytes());
    file("json", "array.json", format!("[{}]\n", lines.join(",")).as_bytes());
    file(
        "json",
        "pretty.json",
        format!("[\n  {}\n]", lines.join(",\n").replace(", ", ",\n    ")).as_bytes(),
    );
    file(
        "delimited",
        "rows.csv.zst",
        &zstd::encode_all(csv.as_bytes(), 3).unwrap(),
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.join("\n").as_bytes()).unwrap();
    file("json", "rows.json.gz", &gzip.finish().unwrap());
    let mut arff =
        String::from("% films\n@RELATION films\n\n@attribute user_id integer\n@attribute 'item id' {1, 2}\n");
    arff.push_str("@attribute rating REAL\n@attribute timestamp numeric\n@attribute note string\n@DATA\n");
    for (n, (user, item, rating, time)) in rows().into_iter().enumerate() {
        let note = ["?", "'it\\'s, well'", "\"a % b\""][n % 3];
        let _ = writeln!(arff, "{user}, {item}, {rating},{time}, {note}");
    }
    file("arff", "rows.arff", arff.as_bytes());
    let parquet = folder.join("rows.bin");
    testing::write_parquet(&parquet, &parquet_of_rows(0..600), 250);
    files.push(("parquet", parquet));
    let parts = folder.join("ratings.parquet");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("_SUCCESS"), "").unwrap();
    for (n, range) in [0..200, 200..201, 201..600].into_iter().enumerate() {
        let part = parts.join(format!("part-0000{n}-x.snappy.parquet"));
        testing::write_parquet(&part, &parquet_of_rows(range), 150);
    }
    files.push(("parquet", parts));
    for (name, header) in [("parts.csv", true), ("headless", false)] {
        let parts = folder.join(name);
        std::fs::create_dir(&parts).unwrap();
        std::fs::write(parts.join("_SUCCESS"), "").unwrap();
        std::fs::write(parts.join("part-00000.csv"), "").unwrap();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        for (n, rows) in [&rows[..150], &[], &rows[150..]].into_iter().enumerate() {
            let names = csv.lines().next().filter(|_| header);
            let lines: Vec<&str> = names.into_iter().chain(rows.iter().copied()).collect();
            std::fs::write(parts.join(format!("part-0000{}.csv", n + 1)), lines.join("\n")).unwrap();
        }
        files.push(("delimited", parts));
    }
    let archive = folder.join("one.zip");
    zip(&archive, &[("rows.json", lines.join("\n").as_bytes())]);
    files.push(("json", archive));
    files
}

#[test]
fn ratings_are_the_same_in_every_format() {
    let (csv, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let reference = reference(csv.path());
    for (format, path) in alone(folder.path()) {
        let what = path.display().to_string();
        let data = open(&path);
        assert_same_ratings(&reference, &data, &what);
        assert_eq!(data.report().format, format, "{what}");
        let again = Source::Bytes {
            name: "standard input".to_owned(),
            bytes: std::fs::read(&path).unwrap_or_default(),
        };
        if path.is_file() && path.extension().is_none_or(|e| e != "zip") {
            let data = load(&again, &LoadOptions::default(), &Task::unattended()).unwrap();
            assert_same_ratings(&reference, &data, &what);
        }
    }
}

#[test]
fn threads_do_not_read_each_others_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ratings.parquet");
    let n = 200_000i64;
    let columns = [
        ("user_id", Column::Long((0..n).map(|k| k / 50).collect())),
        (
            "item_id",
            Column::Text((0..n).map(|k| format!("item {}", k * 7919 % 50)).collect()),
        ),
        ("rating", Column::Float((0..n).map(|k| (k % 11) as f32 / 2.0).collect())),
        ("timestamp", Column::Long((0..n).map(|k| k * k % 1_000_003).collect())),
    ];
    testing::write_parquet(&path, &columns, 5000);
    let task = Task {
        pool: crate::task::Pool::new("formats", 4),
        ..Task::unattended()
    };
    let parts = load_parts(&Source::Path(path), &LoadOptions::default(), &task).unwrap();
    let rows = &parts.ratings;
    assert_eq!(rows.users.len(), n as usize);
    for k in (0..n as usize).step_by(13) {
        let k64 = k as i64;
        assert_eq!(rows.users[k], k as u32 / 50);
        assert_eq!(
            parts.items.get(rows.items[k] as usize),
            format!("item {}", k64 * 7919 % 50)
        );
        assert_eq!(rows.values[k], (k % 11) as f64 / 2.0);
        assert_eq!(rows.times[k], k64 * k64 % 1_000_003);
    }
}

#[test]
fn netflix_rows_stand_below_their_film() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "combined_data_1.txt",
        "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n1488844,4,2005-10-19\n",
    );
    write("combined_data_2.txt", "17:\r\n822109,1,2004-12-31\r\n");
    std::fs::write(
        folder.path().join("movie_titles.csv"),
        b"1,2003,Dinosaur Planet\n2,2004,Caf\xe9, Isle of Man\n17,NULL,7 Seconds\n",
    )
    .unwrap();
    let data = open(folder.path());
    let row = |k| {
        let (user, item, rating, time) = data.rating_in_file_order(k);
        (
            data.user_id(user).to_owned(),
            data.item_id(item).to_owned(),
            rating,
            time,
        )
    };
    assert_eq!(data.n_ratings(), 4);
    assert_eq!(
        row(1),
        (
            "822109".into(),
            "1".into(),
            5.0,
            Some(Moment::of_seconds(1_115_942_400))
        )
    );
    assert_eq!(
        row(3),
        (
            "822109".into(),
            "17".into(),
            1.0,
            Some(Moment::of_seconds(1_104_451_200))
        )
    );
    assert_eq!(data.item_label(data.find_item("2").unwrap()), "Café, Isle of Man");
    let year = data.item_attributes().column("year").unwrap();
    assert_eq!((year.number(0), year.number(2)), (Some(2003.0), None));
    // A part has the films of its own, also where it is cut anywhere.
    let mut long = String::new();
    for film in 1..=40 {
        let _ = writeln!(long, "{film}:");
        for user in 0..900 {
            let _ = writeln!(long, "{user},{},2005-01-02", 1 + (user * film) % 5);
        }
    }
    write("long.txt", &long);
    let data = open(&folder.path().join("long.txt"));
    assert_eq!((data.n_items(), data.n_users(), data.n_ratings()), (40, 900, 36_000));
    let rating = |user: &str, film: &str| data.rating(data.find_user(user).unwrap(), data.find_item(film).unwrap());
    assert_eq!((rating("899", "40"), rating("7", "31")), (Some(1.0), Some(3.0)));
}

#[test]
fn matrices_are_users_and_items() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let sparse =
        "%%MatrixMarket matrix coordinate real general\n% a comment\n3 4 4\n1 1 5\n1 4 2.5\n3 1 1\n% x\n3 2 4e0\n";
    let sparse = write("m.mtx", sparse);
    let data = open(&sparse);
    let user = |id: &str| data.find_user(id).unwrap();
    let item = |id: &str| data.find_item(id).unwrap();
    assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (2, 3, 4));
    assert_eq!(
        (data.rating(user("1"), item("4")), data.rating(user("3"), item("2"))),
        (Some(2.5), Some(4.0))
    );
    let turned = LoadOptions {
        columns: Some("user=column,item=row".parse().unwrap()),
        ..LoadOptions::default()
    };
    let data = open_with(&sparse, &turned).unwrap();
    assert_eq!((data.n_users(), data.n_items()), (3, 2));
    let data = open(&write(
        "p.mtx",
        "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 2\n",
    ));
    assert!(data.is_implicit());
    let dense = write(
        "d.mtx",
        "%%MatrixMarket matrix array real general\n% a comment\n2 3\n5\n0\n3.5\n1\n2\n4\n",
    );
    let data = open(&dense);
    let (user, item) = (data.find_user("2").unwrap(), data.find_item("2").unwrap());
    assert_eq!((data.n_ratings(), data.rating(user, item)), (6, Some(1.0)));

    let wide = LoadOptions {
        wide: true,
        ..LoadOptions::default()
    };
    let named = "user;Heat;\"Ran; King\";Up\nAnn;5;;2.5\nBen;;0;NA\n";
    // As R writes it: no name over the names of the rows.
    let bare = "\"Heat\";\"Ran; King\";\"Up\"\n\"Ann\";5;;2.5\n\"Ben\";;0;NA\n";
    for (name, text) in [("named.csv", named), ("bare.csv", bare)] {
        let data = open_with(&write(name, text), &wide).unwrap();
        let rating = |user: &str, item: &str| data.rating(data.find_user(user).unwrap(), data.find_item(item).unwrap());
        assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (2, 3, 3), "{name}");
        assert_eq!(
            (rating("Ann", "Up"), rating("Ben", "Ran; King"), rating("Ben", "Heat")),
            (Some(2.5), Some(0.0), None)
        );
    }
}

#[test]
fn errors_say_what_the_file_is_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let rated = r#"{"user": "a", "item": "b", "rating": 4}"#;
    let many = |line: &str| format!("{rated}\n{line}\n{rated}\n");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            many(r#"{"user": "a", "item": "c", "rating": "x"}"#).into(),
            ":2:38: rating \"x\" is not a number (use --lenient",
        ),
        (
            many(r#"{"user": "a", "item": "c"}"#).into(),
            ":2:1: the rating is missing (use --lenient",
        ),
        (
            many(r#"{"user": "a", "item": "c", rating: 3}"#).into(),
            ":2:28: the JSON is broken here (key must be a string)",
        ),
        (
            many(r#"{"user": {}, "item": "c", "rating": 3}"#).into(),
            ":2:10: the user is empty",
        ),
        (many("nothing").into(), ":2:1: an object in braces is expected here"),
        (
            format!("[{rated},\n{rated}").into(),
            "the array never closes (is the download complete?)",
        ),
        (
            format!("[{rated},\n{{\"user\": \"a\", ").into(),
            ":2:14: the JSON is broken here (EOF while parsing a value)",
        ),
        (
            b"{'user': 'a', 'item': 'b', 'rating': 4}\n".to_vec(),
            "written as Python prints dictionaries",
        ),
        (
            br#"{"user": {"0": "a"}, "item": {"0": "b"}}"#.to_vec(),
            "one object with a field a column",
        ),
        (
            format!("{{\"version\": 1, \"reviews\": [{rated}]}}").into(),
            "rows stand within the field \"reviews\"",
        ),
        (
            br#"{"who": "a", "what": "b", "rating": 4}"#.to_vec(),
            "no column is named like users: say which it is with --columns user=… (there are \"who\", \"what\", \"rating\")",
        ),
        (b"PAR1 and nothing more".to_vec(), "it is a Parquet file, but damaged ("),
        (
            b"SQLite format 3\0 and nothing more".to_vec(),
            "it is an SQLite database that cannot be read (",
        ),
        (
            b"PK\x03\x04 and nothing more".to_vec(),
            "it is a zip archive, but damaged (",
        ),
        (
            b"@relation x\n@attribute user string\n".to_vec(),
            ":2:1: the header of ARFF ends without @data",
        ),
        (
            b"@relation x\n@attribute user string\n@attribute item string\n@data\na,b\n'a,b\n".to_vec(),
            ":6:1: a quotation mark is not where",
        ),
        (
            b"@relation x\n@attribute user string\n@attribute item string\n@data\na,b\na\n".to_vec(),
            ":6:1: the row has 1 fields, the header 2",
        ),
        (
            b"%%MatrixMarket matrix array real general\n2 2\n1\n".to_vec(),
            "it has 1 entries where its size says 4",
        ),
        (
            b"%%MatrixMarket matrix array real general\n1 2\n1\n\n2\n".to_vec(),
            ":5:1: there are more lines than the 2 values of the size",
        ),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 5\n".to_vec(),
            "it has 1 entries where its size says 3",
        ),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 5\n".to_vec(),
            ":3:3: the column should be a whole number from 1 to 2",
        ),
        (
            b"1:\n2,3,2005-01-01\n2,x,2005-01-01\n".to_vec(),
            ":3:3: rating \"x\" is not a number",
        ),
        (b"2,3,2005\n1:\n".to_vec(), ""),
        (
            b"user_id:token\titem_id:token\trating:float\na\tb\n".to_vec(),
            ":2:4: the row has 2 fields where 3 are needed",
        ),
    ];
    for (n, (bytes, wanted)) in cases.into_iter().enumerate() {
        let path = folder.path().join(format!("ratings{n}.csv"));
        std::fs::write(&path, &bytes).unwrap();
        let Err(error) = open_with(&path, &LoadOptions::default()) else {
            assert_eq!(wanted, "", "{}", String::from_utf8_lossy(&bytes));
            continue;
        };
        let message = error.to_string();
        assert!(
            message.contains(wanted) && !message.contains('\n'),
            "{message}\nwanted: {wanted}"
        );
    }
    let database = folder.path().join("d.db");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("CREATE TABLE a (user, item, r); CREATE TABLE b (user, item); CREATE TABLE c (x); INSERT INTO a VALUES (1, 2, 'y')")
        .unwrap();
    let message = |table: &str, columns: &str| {
        let options = LoadOptions {
            columns: (!columns.is_empty()).then(|| columns.parse().unwrap()),
            ..LoadOptions::default()
        };
        let path = PathBuf::from(format!("{}{table}", database.display()));
        open_with(&path, &options).unwrap_err().to_string()
    };
    assert!(message("", "").contains("several tables may be the ratings (name one behind #: \"a\", \"b\")"));
    assert!(message("#nope", "").contains("the database has no table \"nope\" (there are \"a\", \"b\", \"c\")"));
    assert!(message("#a", "rating=r").contains("row 1, column 3: rating \"y\" is not a number (use --lenient"));
    assert!(message("#c", "").contains("no column is named like users"));
}

#[test]
fn bad_rows_are_listed_and_the_rest_is_read() {
    let lenient = LoadOptions {
        lenient: true,
        ..LoadOptions::default()
    };
    let rated = |item: u32| format!(r#"{{"user": "a", "item": {item}, "rating": 4}}"#);
    let text = [
        &rated(1),
        r#"{"user": "a", "item": "never closed"#,
        &rated(2),
        "}",
        "[",
        &rated(3),
        r#"{"user": "a"}"#,
    ]
    .join("\n");
    let source = Source::Bytes {
        name: "x".to_owned(),
        bytes: text.into_bytes(),
    };
    let data = load(&source, &lenient, &Task::unattended()).unwrap();
    assert_eq!((data.n_ratings(), data.report().rows_read), (3, 7));
    let lines: Vec<u64> = data.report().rejected.iter().map(|r| r.line).collect();
    assert_eq!(lines, [2, 4, 5, 7]);
}

#[test]
fn the_cache_knows_the_files_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let files = |path: &Path| {
        let (_, files) = sources(path, &LoadOptions::default()).unwrap();
        let names: Vec<String> = files.iter().map(|f| short_name(f)).collect();
        names
    };
    let database = folder.path().join("films.sqlite");
    sqlite(&database);
    let named = PathBuf::from(format!("{}#ratings", database.display()));
    assert_eq!(
        (files(&database), files(&named)),
        (vec!["films.sqlite".to_owned()], vec!["films.sqlite".to_owned()])
    );
    assert_eq!(real_path(&named), database);
    let listed = alone(folder.path());
    let parts = &listed.iter().find(|(_, path)| path.is_dir()).unwrap().1;
    let numbered = [0, 1, 2].map(|n| format!("part-0000{n}-x.snappy.parquet"));
    assert_eq!(files(parts), numbered);
    let archive = folder.path().join("one.zip");
    assert_eq!(
        (files(&archive), files(&archive.join("rows.json"))),
        (vec!["one.zip".to_owned()], vec!["one.zip".to_owned()])
    );
}

#[test]
fn what_unpacks_to_much_is_read_in_little_memory() {
    // 64 MiB of one line, and of one object, in a few KiB.
    for start in [
        "user,item,rating\n",
        "{\"user\": \"",
        "@relation x\n@attribute a string\n",
        "1:\n",
    ] {
        let mut text = start.as_bytes().to_vec();
        text.resize(64 << 20, b'1');
        let bytes = zstd::encode_all(&text[..], 1).unwrap();
        assert!(bytes.len() < 1 << 16);
        let source = Source::Bytes {
            name: "x".to_owned(),
            bytes,
        };
        let error = load(&source, &LoadOptions::default(), &Task::unattended())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("longer than") || error.contains("without @data"),
            "{error}"
        );
    }
}

#[test]
fn movielens_100k_is_the_same_in_other_formats() {
    let Some(root) = std::env::var_os("RECSCOPE_DATA")
        .map(PathBuf::from)
        .filter(|r| r.join("ml-100k").exists())
    else {
        println!("skipped: RECSCOPE_DATA names no folder with ml-100k");
        return;
    };
    let data = open(&root.join("ml-100k"));
    for other in ["ml-100k-parquet", "ml-100k-recbole"] {
        let found = open(&root.join(other));
        assert_same_ratings(&data, &found, other);
        for item in data.items() {
            // RecBole's copy has the titles without their years.
            let (own, label) = (data.item_label(item), found.item_label(item));
            assert!(
                own.starts_with(label.trim_end_matches(')')) || other.ends_with("recbole"),
                "{own} {label}"
            );
        }
    }
    let found = open(&root.join("ml-100k-recbole"));
    let genres = |data: &Dataset, column: &str, item: &str| -> Vec<String> {
        let attribute = data.item_attributes().column(column).unwrap();
        let terms = attribute.terms(data.find_item(item).unwrap().at());
        let mut names: Vec<String> = terms
            .map(|(t, _)| attribute.names().get(t as usize).to_owned())
            .collect();
        names.sort();
        names
    };
    for item in ["1", "50", "1600"] {
        assert_eq!(genres(&data, "genre", item), genres(&found, "class", item), "{item}");
    }
    let gifts = open(&root.join("gift-cards-json"));
    assert_eq!(
        (gifts.n_users(), gifts.items_with_ratings(), gifts.n_ratings()),
        (458, 148, 2965)
    );
    assert_eq!(
        gifts.item_label(gifts.find_item("B004LLIKVU").unwrap()),
        "Amazon eGift Card"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens to a file, it is read or refused with one sentence.
    #[test]
    fn damaged_files_end_in_a_sentence(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        lenient in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut files = alone(folder.path());
        let database = folder.path().join("films.sqlite");
        sqlite(&database);
        recbole(folder.path());
        files.extend([("sqlite", database), ("recbole", folder.path().join("films.inter"))]);
        for (_, path) in files.iter().filter(|(_, path)| path.is_file()) {
            let mut bytes = std::fs::read(path).unwrap();
            for (at, byte) in &changes {
                // Half of them near the ends, where the structure is described.
                let at = at.index(bytes.len());
                let at = if at.is_multiple_of(2) { at } else { bytes.len() - 1 - at % 2000.min(bytes.len()) };
                bytes[at] = *byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            std::fs::write(path, bytes).unwrap();
            let options = LoadOptions { lenient, ..LoadOptions::default() };
            if let Err(error) = open_with(path, &options) {
                let message = error.to_string();
                prop_assert!(!message.contains('\n') && message.len() < 600, "{}", message);
            }
        }
    }
}
