//! Everything that is wrong with files: one sentence that says what and where, or the rest of the file with `lenient`.

use super::parser::OPEN_QUOTE;
use super::*;
use proptest::prelude::*;
use std::fs;

fn named(bytes: &[u8]) -> Source {
    Source::Bytes {
        name: "ratings.csv".into(),
        bytes: bytes.to_vec(),
    }
}

fn load_with(bytes: &[u8], options: &LoadOptions) -> Result<Dataset, LoadError> {
    load(&named(bytes), options, &Task::unattended())
}

fn message(bytes: &[u8]) -> String {
    load_with(bytes, &LoadOptions::default()).unwrap_err().to_string()
}

fn lenient() -> LoadOptions {
    LoadOptions {
        lenient: true,
        ..LoadOptions::default()
    }
}

#[test]
fn a_bad_row_is_one_sentence_and_costs_only_itself() {
    let skip = "(use --lenient to skip such rows)";
    let rest = "user,item,rating,timestamp\nA,1,5,100\nB,2,4,100\n";
    let cases: [(&[u8], u64, u64, &str); 24] = [
        (b"C,3,abc,100", 4, 5, "rating \"abc\" is not a number"),
        (b"C,3,,100", 4, 5, "rating \"\" is not a number"),
        (b"C,3,NaN,100", 4, 5, "rating \"NaN\" is not a finite number"),
        (b"C,3,inf,100", 4, 5, "rating \"inf\" is not a finite number"),
        (
            b"C,3,-Infinity,100",
            4,
            5,
            "rating \"-Infinity\" is not a finite number",
        ),
        (b"C,3,1e400,100", 4, 5, "rating \"1e400\" is not a finite number"),
        (b"C,3,1e308,100", 4, 5, "rating \"1e308\" is beyond ±1e30"),
        (b"C,3", 4, 4, "the row has 2 fields where 4 are needed"),
        (b"C", 4, 2, "the row has 1 field where 4 are needed"),
        (",3,4,100".as_bytes(), 4, 1, "the user is empty"),
        (" \t ,3,4,100".as_bytes(), 4, 1, "the user is empty"),
        (b"C, ,4,100", 4, 3, "the item is empty"),
        ("C,\u{a0},4,100".as_bytes(), 4, 3, "the item is empty"),
        (
            b"C,3,4,soon",
            4,
            7,
            "time \"soon\" is neither seconds nor a date like 2024-05-31; --time-format names another form, --columns \
             time=none leaves times out",
        ),
        (
            b"C,3,4,2024-02-30",
            4,
            7,
            "time \"2024-02-30\" is neither seconds nor a date like 2024-05-31; --time-format names another form, \
             --columns time=none leaves times out",
        ),
        (
            b"C\xff,3,4,100",
            4,
            1,
            "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)",
        ),
        (
            b"C,3\xc3,4,100",
            4,
            3,
            "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)",
        ),
        (
            b"C,3,4\0,100",
            4,
            5,
            "a NUL byte stands here, so that this is no text file",
        ),
        (b"C,\"3,4,100", 4, 3, OPEN_QUOTE),
        (b"C,\"3\"b,4,100", 4, 3, OPEN_QUOTE),
        (b"C,3,?,1,\"a\nb\"", 4, 5, "rating \"?\" is not a number"),
        ("Zoë,3,x,1".as_bytes(), 4, 7, "rating \"x\" is not a number"),
        (
            b"C,3,\x1b[31m\x07five\x9c,100",
            4,
            5,
            "the text is not UTF-8 (name its encoding, e.g. --encoding iso-8859-1)",
        ),
        (b"C,3,\x1b[31m\x07five,100", 4, 5, "rating \"[31mfive\" is not a number"),
    ];
    for (row, line, column, reason) in cases {
        let bytes = [rest.as_bytes(), row, b"\nD,1,3,100\n"].concat();
        let wanted = format!("ratings.csv:{line}:{column}: {reason} {skip}");
        assert_eq!(message(&bytes), wanted);
        let data = load_with(&bytes, &lenient()).unwrap();
        assert_eq!((data.n_users(), data.n_ratings()), (3, 3), "{wanted}");
        let reject = crate::data::Reject {
            file: "ratings.csv".into(),
            line,
            column,
            reason: reason.into(),
        };
        assert_eq!(
            (data.report().rejected.as_slice(), data.report().rejected_count),
            (&[reject][..], 1)
        );
        assert_eq!((data.report().rows_read, data.find_user("C")), (4, None));
    }
}

#[test]
fn a_file_without_ratings_is_one_sentence() {
    let cases: [(&[u8], &str); 9] = [
        (
            b"",
            "ratings.csv:1:1: the file is empty (a row with user, item and rating is expected)",
        ),
        (
            b"\xef\xbb\xbf",
            "ratings.csv:1:1: the file is empty (a row with user, item and rating is expected)",
        ),
        (
            b"\n \n\r\n",
            "ratings.csv:1:1: the file is empty (a row with user, item and rating is expected)",
        ),
        (
            b"user,item,rating\n",
            "ratings.csv:2:1: the header is followed by no ratings (use --no-header if it is one)",
        ),
        (
            b"user\titem\r\n",
            "ratings.csv:2:1: the header is followed by no ratings (use --no-header if it is one)",
        ),
        (
            b"alone\nlonely\n",
            "ratings.csv:1:1: no separator makes columns of the rows (name it with --separator)",
        ),
        (
            b"\xff\xfea\0,\0",
            "ratings.csv: it is UTF-16, not UTF-8 (convert it, or say --encoding utf-16le)",
        ),
        (
            b"\x00a\x00,\x00b\x00,\x005\x00\n",
            "ratings.csv: it is UTF-16, not UTF-8 (convert it, or say --encoding utf-16be)",
        ),
        (
            b"PK\x03\x04....",
            "ratings.csv: it is a zip archive (name the file in it, as in archive.zip/ratings.csv)",
        ),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(message(bytes), wanted);
        assert!(load_with(bytes, &lenient()).is_err());
    }
    let none_usable = load_with(b"user,item,rating\nA,1,x\n", &lenient())
        .unwrap_err()
        .to_string();
    assert_eq!(
        none_usable,
        "ratings.csv:2:1: no row could be used, the first since rating \"x\" is not a number"
    );
}

#[test]
fn what_is_odd_but_fine_is_read() {
    let cases: [&[u8]; 9] = [
        b"\xef\xbb\xbfuser,item,rating\r\nA,1,5\r\nB,1,4\r\n",
        b"A,1,5\rB,1,4",
        b"A\t1\t5\nB\t1\t4\textra\tcolumns\n",
        b"A::1::5\nB::1::4\n\n\n",
        b"A 1 5\nB  1  4\n",
        b"\"user\",\"item\",\"rating\"\n\"A\",\"1\",\"5\"\n\"B\",\"1\",4\n",
        b"user;item;rating\n A ; 1 ; 5.0 \nB;1;4e0\n",
        b"item|rating|user\n1|5|A\n1|4|B\n",
        b"rating,reviewerID,asin\n5,A,1\n+4,B,1\n",
    ];
    for bytes in cases {
        let data = load_with(bytes, &LoadOptions::default()).unwrap();
        let rows: Vec<_> = (0..2).map(|n| data.rating_in_file_order(n)).collect();
        let text = String::from_utf8_lossy(bytes);
        assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (2, 1, 2), "{text}");
        assert_eq!(
            (data.user_id(rows[0].0), rows[0].2, rows[1].2),
            ("A", 5.0, 4.0),
            "{text}"
        );
    }
}

#[test]
fn escape_sequences_never_reach_labels() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("ratings.csv"),
        "user,item,rating\n\x1b[31mA\x07,\u{202e}1,5\nB,\u{1b}]0;x\u{7},4\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("items.csv"),
        "item,title,genres,\x1b[1mmood\n\u{202e}1,\"\x1b[2J\u{9b}1mTwo\nlines\t(1999)\",A\x1b[5mB|C\u{200f},\x07glad\n",
    )
    .unwrap();
    let data = load(
        &Source::Path(folder.path().to_owned()),
        &LoadOptions::default(),
        &Task::unattended(),
    )
    .unwrap();
    let mut shown: Vec<String> = data.items().map(|i| data.item_label(i).to_owned()).collect();
    shown.extend(data.users().map(|u| data.user_label(u)));
    for column in &data.item_attributes().columns {
        shown.extend((0..2).filter_map(|row| column.display(row)));
    }
    let wanted = [
        "[2J1mTwo lines (1999)",
        "]0;x",
        "[31mA",
        "B",
        "1999",
        "A[5mB, C",
        "glad",
    ];
    let names: Vec<&str> = data.item_attributes().columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        (shown.as_slice(), names.as_slice()),
        (wanted.map(String::from).as_slice(), &["year", "genre", "[1mmood"][..])
    );
    assert_eq!(data.user_id(crate::data::UserIx(0)), "\x1b[31mA\x07");
}

#[test]
fn a_huge_line_is_skipped_or_named() {
    let cases = [
        ("", "\nA,1,5\nB,1,4\n", "1:1", b'x', 50_000_000),
        ("A,1,5\n", "\r\nB,1,4", "2:1", b',', 3_000_000),
        ("A,1,5\n", "\r\nB,1,4", "2:1", b'"', 3_000_001),
        ("A,1,5\nB,1,4\n", "", "3:1", b'x', 3_000_000),
        ("A,1,5\nB,1,4\n", "", "3:1", b'"', 3_000_001),
    ];
    for (before, after, place, fill, length) in cases {
        let bytes = [before.as_bytes(), &vec![fill; length], after.as_bytes()].concat();
        let seen = message(&bytes);
        let start = format!("ratings.csv:{place}: ");
        assert!(seen.starts_with(&start) && seen.len() < 120, "{seen}");
        let long = seen.contains("the line is longer than 1 MiB");
        assert!(long || (fill == b'"' && seen.contains("quotation mark")), "{seen}");
        let data = load_with(&bytes, &lenient()).unwrap();
        assert_eq!((data.n_ratings(), data.report().rejected_count), (2, 1));
    }
}

#[test]
fn rejects_are_listed_up_to_a_thousand_and_counted_beyond() {
    let bytes = format!("A,1,5\n{}", "A,2,x\n".repeat(1500));
    let data = load_with(bytes.as_bytes(), &lenient()).unwrap();
    let report = data.report();
    assert_eq!(
        (report.rejected.len(), report.rejected_count, report.rows_read),
        (1000, 1500, 1501)
    );
    assert_eq!((report.rejected[999].line, data.n_items()), (1001, 1));
}

#[test]
fn long_fields_are_cut_in_messages() {
    let seen = message(format!("A,1,5\nA,2,{}\n", "long ".repeat(5000)).as_bytes());
    assert!(seen.len() < 160 && seen.contains("long …\" is not a number"), "{seen}");
}

fn message_of(path: &Path) -> String {
    load(
        &Source::Path(path.to_owned()),
        &LoadOptions::default(),
        &Task::unattended(),
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn places_that_hold_no_ratings_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let (path, shown) = (folder.path(), shown(folder.path()));
    let nothing = "this folder holds no ratings (expected u.data, ratings.dat, ratings.csv or one file of ratings)";
    assert_eq!(message_of(path), format!("{shown}: {nothing}"));
    fs::write(path.join("readme.txt"), "1,2,3\n").unwrap();
    fs::write(path.join("notes.txt"), "Some notes, of no interest,\nfor anyone.\n").unwrap();
    fs::write(path.join("movies.csv"), "movieId,title,genres\n1,A,B\n").unwrap();
    fs::write(path.join("tags.csv"), "userId,movieId,tag,timestamp\n1,2,funny,3\n").unwrap();
    assert_eq!(message_of(path), format!("{shown}: {nothing}"));
    fs::write(path.join("a.csv"), "1,2,3\n").unwrap();
    fs::write(path.join("b.tsv"), "1\t2\t3\n").unwrap();
    assert!(message_of(path).ends_with("several files of this folder may be the ratings, name one of a.csv, b.tsv"));
    fs::remove_file(path.join("b.tsv")).unwrap();
    let data = load(
        &Source::Path(path.to_owned()),
        &LoadOptions::default(),
        &Task::unattended(),
    )
    .unwrap();
    assert_eq!(data.report().files, ["a.csv"]);
    let missing = path.join("missing\x1b[2J.csv");
    assert_eq!(
        message_of(&missing),
        format!("{shown}/missing[2J.csv: there is no such file or folder")
    );
}

#[cfg(unix)]
#[test]
fn pipes_and_what_may_not_be_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|s| s.success()) {
        assert!(
            message_of(&pipe).ends_with("it is a pipe or a device, not a file (use - to read from standard input)")
        );
        // Nor is it opened as one of the files of a folder.
        assert!(message_of(folder.path()).contains("holds no ratings"));
        fs::rename(&pipe, folder.path().join("ratings.csv")).unwrap();
        assert!(message_of(folder.path()).contains("holds no ratings"));
    } else {
        println!("skipped: no mkfifo here");
    }
    assert!(message_of(Path::new("/dev/null")).contains("a pipe or a device"));
    let locked = folder.path().join("locked.csv");
    fs::write(&locked, "1,2,3\n").unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&locked).is_err() {
        assert!(message_of(&locked).ends_with("you have no permission to read it"));
    } else {
        println!("skipped: this user may read everything");
    }
}

#[test]
fn damaged_gzip_is_one_sentence() {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for n in 0..20_000 {
        writeln!(gz, "u{},i{},{}", n % 97, n * 7919 % 1009, n % 5).unwrap();
    }
    let whole = gz.finish().unwrap();
    assert_eq!(
        load_with(&whole, &LoadOptions::default()).unwrap().report().rows_read,
        20_000
    );
    assert!(
        message(&whole[..whole.len() / 2]).contains("ends too early"),
        "{}",
        message(&whole[..whole.len() / 2])
    );
    let mut flipped = whole;
    let middle = flipped.len() / 2;
    flipped[middle..middle + 8].fill(0xff);
    assert!(message(&flipped).starts_with("ratings.csv"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for options in [LoadOptions::default(), lenient()] {
            if let Err(error) = load_with(&bytes, &options) {
                let text = error.to_string();
                prop_assert!(!text.contains(|c: char| c.is_control()) && text.chars().count() < 250, "{}", text);
            }
        }
    }

    #[test]
    fn random_fields_never_panic(text in "((user|item|rating|A|5|3.5|-1|nan|\"|\u{e9}|)[,;\t|: \n]{1,2}){0,30}") {
        for options in [LoadOptions::default(), lenient(), LoadOptions { implicit: true, no_header: true, ..lenient() }] {
            if let Ok(data) = load_with(text.as_bytes(), &options) {
                prop_assert!(data.n_ratings() > 0 && data.mean().is_finite());
                prop_assert!(data.user_ids().iter().chain(data.item_ids().iter()).all(|id| !id.is_empty() && id.trim() == id));
            }
        }
    }

    /// With `lenient`, what is good is read whatever stands around it.
    #[test]
    fn good_rows_survive_bad_ones(bad in proptest::collection::vec("[a-z,\"]{0,12}", 0..8)) {
        let mut text = "user,item,rating\n".to_owned();
        let mut open = 0;
        for (n, row) in bad.iter().enumerate() {
            open += row.matches('"').count();
            text.extend([&format!("good{n},item,3\n"), row.as_str(), "\n"]);
        }
        if let (Ok(data), 0) = (load_with(text.as_bytes(), &lenient()), open) {
            let all = (0..bad.len()).all(|n| data.find_user(&format!("good{n}")).is_some());
            prop_assert!(all);
        }
    }
}
