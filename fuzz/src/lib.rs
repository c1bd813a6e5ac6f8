//! What is fuzzed, as plain functions of bytes: any input must be answered or refused by a sentence.

use std::fs;
use std::path::Path;

use recscope::app::Sessions;
use recscope::bandit::parse_policies;
use recscope::cache::Cache;
use recscope::data::{ColumnMap, Condition, Dataset, Day, LoadOptions, Source, load, load_cached};
use recscope::evaluate::{Metric, Split};
use recscope::models::Formula;
use recscope::task::Task;

/// Names that formats are recognized by.
const NAMES: [&str; 16] = [
    "ratings.csv",
    "ratings.tsv",
    "ratings.dat",
    "u.data",
    "x.inter",
    "x.json",
    "x.jsonl",
    "x.parquet",
    "x.sqlite",
    "x.arff",
    "x.mtx",
    "x.zip",
    "x.csv.gz",
    "x.csv.zst",
    "combined_data_1.txt",
    "x",
];

/// Loads a file or a folder, strictly and leniently. Whatever is read holds together.
fn open(path: &Path) {
    for lenient in [false, true] {
        let options = LoadOptions {
            lenient,
            ..LoadOptions::default()
        };
        match load(&Source::Path(path.to_owned()), &options, &Task::unattended()) {
            Ok(data) => check(&data),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}

fn check(data: &Dataset) {
    let by_user: usize = data.users().map(|u| data.user_row(u).len()).sum();
    let by_item: usize = data.items().map(|i| data.item_row(i).len()).sum();
    assert_eq!((by_user, by_item), (data.n_ratings(), data.n_ratings()));
    for row in 0..data.n_ratings() {
        let (user, item, rating, _) = data.rating_in_file_order(row);
        assert!(rating.is_finite());
        assert_eq!(data.rating(user, item), Some(rating));
    }
}

pub fn readers(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(NAMES[usize::from(*first) % NAMES.len()]);
    fs::write(&path, rest).expect("a temporary file");
    open(&path);
    open(folder.path());
}

pub fn metadata(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a temporary file");
    write("ratings.csv", b"userId,movieId,rating,timestamp\n1,10,4,5\n2,20,3,6\n");
    for name in ["movies.csv", "users.csv", "tags.csv"] {
        write(name, bytes);
    }
    open(folder.path());
}

pub fn formula(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(formula) = Formula::parse(text) {
        let written = formula.to_string();
        let again = Formula::parse(&written).expect("what is written is understood");
        assert_eq!(again.to_string(), written);
    }
}

pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = text.parse::<ColumnMap>();
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string().parse(), Ok(day));
    }
    if let Ok(condition) = text.parse::<Condition>() {
        assert_eq!(condition.to_string().parse(), Ok(condition));
    }
    if let Ok(split) = Split::parse(text) {
        assert_eq!(Split::parse(&split.to_string()), Ok(split));
    }
    let _ = Metric::parse_list(text);
    let _ = parse_policies(text);
    let source = Source::Bytes {
        name: "times.csv".to_owned(),
        bytes: format!("user,item,rating,time\n1,10,4,{text}\n2,20,3,{text}\n").into_bytes(),
    };
    if let Ok(data) = load(&source, &LoadOptions::default(), &Task::unattended()) {
        check(&data);
    }
}

/// The bytes are what lies over the file: pairs of a place and a change.
pub fn cache(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("r.csv");
    let rows: Vec<String> = (0..200)
        .map(|k| format!("u{},i{},{}", k / 10, k % 10, k % 5 + 1))
        .collect();
    fs::write(&path, rows.join("\n")).expect("a temporary file");
    // What was written just now is not trusted.
    std::thread::sleep(std::time::Duration::from_millis(25));
    let cache = Cache::keeping_all(&folder.path().join("cache"), u64::MAX);
    let read = || {
        let source = Source::Path(path.clone());
        let data = load_cached(&source, &LoadOptions::default(), &cache, &Task::unattended()).expect("good data");
        cache.finish(None);
        format!("{data:?}")
    };
    let expected = read();
    let entries = fs::read_dir(folder.path().join("cache")).into_iter().flatten();
    for entry in entries.flatten() {
        let mut kept = fs::read(entry.path()).expect("what was cached");
        for change in bytes.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
            if let Some(byte) = kept.get_mut(at) {
                *byte ^= change[2];
            }
        }
        fs::write(entry.path(), kept).expect("the cache");
    }
    assert_eq!(read(), expected);
}

pub fn session(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sessions = Sessions::in_folder(folder.path());
    fs::write(folder.path().join("000000000000002a.toml"), bytes).expect("a temporary file");
    let _ = sessions.load(0x2a);
}

pub fn pipeline(bytes: &[u8]) {
    use recscope::pipeline::store::{UserRecord, decode_row, sealed};
    let _ = recscope::pipeline::events::Event::parse(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = recscope::pipeline::Plan::parse(text, "plan");
        let _ = recscope::pipeline::Condition::parse(text);
        if let Ok(events) = recscope::pipeline::session::parse(text) {
            let written = recscope::pipeline::session::written(&events);
            assert_eq!(recscope::pipeline::session::parse(&written), Ok(events));
        }
    }
    for bytes in [bytes.to_vec(), sealed(bytes)] {
        let _ = decode_row(&bytes);
        if let Ok(record) = UserRecord::decode(&bytes) {
            assert_eq!(UserRecord::decode(&record.encode()), Ok(record));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_answers() {
        let inputs: [&[u8]; 6] = [
            b"",
            b"\0user,item,rating\n1,2,3\n",
            b"0.6*item-knn + 0.4*content | zscore",
            b"rating>=4",
            b"1997-09-20",
            b"\x05[{\"user\":1,\"item\":2}]\xff\x00",
        ];
        for input in inputs {
            for target in [readers, metadata, formula, rules, cache, session, pipeline] {
                target(input);
            }
        }
    }
}
