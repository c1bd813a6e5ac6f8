//! The same ratings and items, written in every format.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::formats::testing::Column;
use super::{Dataset, LoadError, LoadOptions, Source, load};
use crate::task::Task;

/// 30 users, 24 items; half stars, times, and a repeated pair.
pub(super) fn rows() -> Vec<(u32, u32, f64, i64)> {
    let mut rows = Vec::new();
    for k in 0..600u32 {
        let (user, item) = (1 + k / 20, 1 + k * 7 % 24);
        let stars = f64::from(1 + k * 5 % 9) / 2.0;
        rows.push((user, item, stars, 1_000_000_000 + i64::from(k) * 86_400));
    }
    rows
}

pub(super) fn items() -> Vec<(u32, String, Vec<&'static str>)> {
    let genres = ["Drama", "Comedy", "War", "Science Fiction"];
    let item = |k: u32| {
        let of = (0..4).filter(|g| (k >> g) & 1 == 1).map(|g| genres[g]).collect();
        (k, format!("Film, \"the\" {k} (19{:02})", 50 + k), of)
    };
    (1..=24).map(item).collect()
}

pub(super) fn csv_of_rows() -> String {
    let mut text = String::from("user_id,item_id,rating,timestamp\n");
    for (user, item, rating, time) in rows() {
        let _ = writeln!(text, "{user},{item},{rating},{time}");
    }
    text
}

pub(super) fn csv_of_items() -> String {
    let mut text = String::from("item_id,title,genres\n");
    for (id, title, genres) in items() {
        let _ = writeln!(text, "{id},\"{}\",{}", title.replace('"', "\"\""), genres.join("|"));
    }
    text
}

pub(super) fn json_of_rows() -> Vec<String> {
    let row = |(user, item, rating, time): (u32, u32, f64, i64)| {
        format!(
            r#"{{"text": "a }} \" [ {{", "rating": {rating}, "item_id": "{item}", "user_id": {user}, "x": {{"y": [1, 2]}}, "timestamp": {time}}}"#
        )
    };
    rows().into_iter().map(row).collect()
}

pub(super) fn parquet_of_rows(range: std::ops::Range<usize>) -> Vec<(&'static str, Column)> {
    let rows = &rows()[range];
    vec![
        ("user_id", Column::Long(rows.iter().map(|r| i64::from(r.0)).collect())),
        ("item_id", Column::Text(rows.iter().map(|r| r.1.to_string()).collect())),
        ("rating", Column::Float(rows.iter().map(|r| r.2 as f32).collect())),
        (
            "timestamp",
            Column::Micros(rows.iter().map(|r| r.3 * 1_000_000).collect()),
        ),
    ]
}

pub(super) fn parquet_of_items() -> Vec<(&'static str, Column)> {
    let items = items();
    let genres = items.iter().map(|i| i.2.iter().map(|&g| g.to_owned()).collect());
    vec![
        ("item_id", Column::Long(items.iter().map(|i| i64::from(i.0)).collect())),
        ("title", Column::Text(items.iter().map(|i| i.1.clone()).collect())),
        ("genres", Column::Texts(genres.collect())),
    ]
}

pub(super) fn sqlite(path: &Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    let schema = "CREATE TABLE ratings (user_id INTEGER, item_id TEXT, rating REAL, timestamp INTEGER);
                  CREATE TABLE items (item_id INTEGER PRIMARY KEY, title TEXT, genres TEXT); BEGIN;";
    database.execute_batch(schema).unwrap();
    for (user, item, rating, time) in rows() {
        let row = (user, item.to_string(), rating, time);
        database
            .execute("INSERT INTO ratings VALUES (?, ?, ?, ?)", row)
            .unwrap();
    }
    for (id, title, genres) in items() {
        database
            .execute("INSERT INTO items VALUES (?, ?, ?)", (id, title, genres.join("|")))
            .unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
}

pub(super) fn recbole(folder: &Path) {
    let mut inter = String::from("user_id:token\titem_id:token\trating:float\ttimestamp:float\n");
    for (user, item, rating, time) in rows() {
        let _ = writeln!(inter, "{user}\t{item}\t{rating}\t{time}");
    }
    let mut item = String::from("item_id:token\tmovie_title:token_seq\tgenres:token_seq\tvector:float_seq\n");
    for (id, title, genres) in items() {
        let genres: Vec<String> = genres.iter().map(|g| g.replace(' ', "-")).collect();
        let _ = writeln!(item, "{id}\t{title}\t{}\t0.5 0.25", genres.join(" "));
    }
    std::fs::write(folder.join("films.inter"), inter).unwrap();
    std::fs::write(folder.join("films.item"), item).unwrap();
}

pub(super) fn zip(path: &Path, files: &[(&str, &[u8])]) {
    let mut archive = ::zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (k, (name, bytes)) in files.iter().enumerate() {
        let method = [::zip::CompressionMethod::Deflated, ::zip::CompressionMethod::Stored][k % 2];
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

pub(super) fn open_with(path: &Path, options: &LoadOptions) -> Result<Dataset, LoadError> {
    load(&Source::Path(path.to_owned()), options, &Task::unattended())
}

pub(super) fn open(path: &Path) -> Dataset {
    open_with(path, &LoadOptions::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The same ratings by users and items with the same ids, in the same order of the file, and with the same times.
pub(super) fn assert_same_ratings(one: &Dataset, other: &Dataset, what: &str) {
    assert!(one.user_ids().iter().eq(other.user_ids().iter()), "{what}");
    let rated = |data: &Dataset| -> Vec<String> { data.item_ids().iter().map(str::to_owned).collect() };
    assert_eq!(
        rated(one)[..one.items_with_ratings()],
        rated(other)[..other.items_with_ratings()],
        "{what}"
    );
    assert_eq!(one.n_ratings(), other.n_ratings(), "{what}");
    for k in 0..one.n_ratings() {
        assert_eq!(
            one.rating_in_file_order(k),
            other.rating_in_file_order(k),
            "{what}, row {k}"
        );
    }
}

/// The same, with titles and attributes.
pub(super) fn assert_same(one: &Dataset, other: &Dataset, what: &str) {
    assert_same_ratings(one, other, what);
    for item in one.items() {
        assert_eq!(one.item_label(item), other.item_label(item), "{what}");
    }
    assert_eq!(one.identity(), other.identity(), "{what}");
}

pub(super) fn reference(folder: &Path) -> Dataset {
    std::fs::write(folder.join("ratings.csv"), csv_of_rows()).unwrap();
    std::fs::write(folder.join("items.csv"), csv_of_items()).unwrap();
    let data = open(folder);
    assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (30, 24, 600));
    let columns: Vec<&str> = data.item_attributes().columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(columns, ["year", "genre"]);
    data
}
