use super::*;
use crate::data::{AttributeKind, ItemIx, Moment, UserIx};

fn data_folder(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("RECSCOPE_DATA")
        .map(|root| Path::new(&root).join(name))
        .filter(|p| p.exists());
    if found.is_none() {
        println!("skipped: RECSCOPE_DATA names no folder with {name}");
    }
    found
}

fn open(path: &Path) -> Dataset {
    let source = Source::Path(path.to_owned());
    let data = load(&source, &LoadOptions::default(), &Task::unattended()).unwrap();
    assert!(!notes(&data).contains("swapped"), "{}", notes(&data));
    data
}

fn names(data: &Dataset, item: ItemIx, column: &str) -> Vec<String> {
    let column = data.item_attributes().column(column).unwrap();
    column
        .terms(item.at())
        .map(|(t, _)| column.names().get(t as usize).to_owned())
        .collect()
}

#[test]
fn the_toy_opens() {
    let data = open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/toy"));
    assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (4, 4, 10));
    assert_eq!(
        (data.name(), data.is_synthetic(), data.has_times()),
        ("toy", true, false)
    );
    let rows = [
        ("A", [5, 3, 0, 1]),
        ("B", [4, 0, 0, 1]),
        ("C", [1, 1, 0, 5]),
        ("D", [0, 0, 5, 4]),
    ];
    for (user, ratings) in rows {
        for (item, rating) in ratings.into_iter().enumerate() {
            let item = data.find_item(&(item + 1).to_string()).unwrap();
            let seen = data.rating(data.find_user(user).unwrap(), item);
            assert_eq!(seen, (rating > 0).then_some(f64::from(rating)));
        }
    }
    // Items come in order of their first rating.
    let ids: Vec<&str> = data.item_ids().iter().collect();
    assert_eq!(ids, ["1", "2", "4", "3"]);
    assert_eq!(data.item_label(ItemIx(2)), "Letters from the Sea");
    assert_eq!(names(&data, ItemIx(1), "genre"), ["Adventure", "Drama"]);
    let vector = |user: &str| -> Vec<f64> {
        let user = data.find_user(user).unwrap();
        data.items().map(|i| data.rating(user, i).unwrap_or(0.0)).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let cosine = |a: &[f64], b: &[f64]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    for (other, known) in [("A", 0.8609), ("C", 0.4201), ("D", 0.1515)] {
        assert!((cosine(&vector("B"), &vector(other)) - known).abs() < 5e-5);
    }
}

#[test]
fn movielens_100k() {
    let Some(folder) = data_folder("ml-100k") else { return };
    let data = open(&folder);
    assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (943, 1682, 100_000));
    assert_eq!(data.histogram().counts(), [6110, 11370, 27145, 34174, 21201]);
    let report = data.report();
    assert_eq!(
        (report.format.as_str(), report.separator.as_str()),
        ("movielens-100k", "tab")
    );
    assert_eq!(
        (report.rows_read, report.duplicates, report.rejected_count),
        (100_000, 0, 0)
    );
    assert_eq!(report.files, ["u.data", "u.item", "u.user"]);
    assert!(
        report
            .notes
            .iter()
            .any(|n| n == "u.item: not UTF-8, read as ISO-8859-1"),
        "{:?}",
        report.notes
    );
    assert_eq!((data.user_id(UserIx(0)), data.item_id(ItemIx(0))), ("196", "242"));
    let item = |id: &str| data.find_item(id).unwrap();
    assert_eq!(data.item_label(item("174")), "Raiders of the Lost Ark (1981)");
    assert_eq!(data.item_label(item("1633")), "Á köldum klaka (Cold Fever) (1994)");
    assert_eq!(names(&data, item("1"), "genre"), ["Animation", "Children's", "Comedy"]);
    let year = data.item_attributes().column("year").unwrap();
    assert_eq!(
        (year.kind, year.number(item("1").at())),
        (AttributeKind::Number, Some(1995.0))
    );
    let users = data.user_attributes();
    let first = data.find_user("1").unwrap().at();
    let shown = |column: &str| users.column(column).unwrap().display(first).unwrap();
    assert_eq!(
        [shown("age"), shown("gender"), shown("occupation"), shown("zip")],
        ["24", "M", "technician", "85711"]
    );
}

#[test]
fn a_published_split_alone_has_titles() {
    let Some(folder) = data_folder("ml-100k") else { return };
    let data = open(&folder.join("u1.base"));
    assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (943, 1682, 80_000));
    assert_eq!((data.items_with_ratings(), data.name()), (1650, "u1.base"));
    assert_eq!(data.report().items_without_ratings, 32);
    assert!(data.item_attributes().column("genre").is_some());
}

#[test]
fn movielens_1m() {
    let Some(folder) = data_folder("ml-1m") else { return };
    let data = open(&folder);
    assert_eq!(
        (data.n_users(), data.n_items(), data.n_ratings()),
        (6040, 3883, 1_000_209)
    );
    assert_eq!(
        (data.items_with_ratings(), data.report().format.as_str()),
        (3706, "movielens-1m")
    );
    assert_eq!(
        (
            data.report().items_without_ratings,
            data.report().items_without_metadata
        ),
        (177, 0)
    );
    let first = data.find_user("1").unwrap();
    let column = |name: &str| {
        data.user_attributes()
            .column(name)
            .unwrap()
            .display(first.at())
            .unwrap()
    };
    assert_eq!(
        [column("age"), column("occupation"), column("gender")],
        ["under 18", "K-12 student", "F"]
    );
    assert_eq!(data.rating(first, data.find_item("1193").unwrap()), Some(5.0));
    assert_eq!(
        names(&data, data.find_item("1").unwrap(), "genre"),
        ["Animation", "Children's", "Comedy"]
    );
}

#[test]
fn movielens_latest_small() {
    let Some(folder) = data_folder("ml-latest-small") else {
        return;
    };
    for path in [folder.clone(), folder.join("ratings.csv")] {
        let data = open(&path);
        assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (610, 9742, 100_836));
        assert_eq!(
            (data.items_with_ratings(), data.report().format.as_str()),
            (9724, "movielens-csv")
        );
        assert_eq!(
            (data.scale().min, data.scale().max, data.scale().step),
            (0.5, 5.0, Some(0.5))
        );
        let item = data.find_item("60756").unwrap();
        assert_eq!(data.item_label(item), "Step Brothers (2008)");
        assert!(names(&data, item, "tag").contains(&"will ferrell".to_owned()));
        assert_eq!(
            data.item_label(data.find_item("11").unwrap()),
            "American President, The (1995)"
        );
        assert_eq!(
            data.rating_in_file_order(0),
            (UserIx(0), ItemIx(0), 4.0, Some(Moment::of_seconds(964_982_703)))
        );
    }
}

#[test]
fn sparks_sample() {
    let Some(folder) = data_folder("spark-sample") else {
        return;
    };
    for path in [folder.clone(), folder.join("sample_movielens_ratings.txt")] {
        let data = open(&path);
        assert_eq!((data.n_users(), data.n_items(), data.n_ratings()), (30, 100, 1501));
        let report = data.report();
        assert_eq!((report.format.as_str(), report.separator.as_str()), ("delimited", "::"));
        assert!(data.has_times());
    }
}

fn load_text(text: &str, options: &LoadOptions) -> Result<Dataset, LoadError> {
    let source = Source::Bytes {
        name: "some/ratings.csv".into(),
        bytes: text.as_bytes().to_vec(),
    };
    load(&source, options, &Task::unattended())
}

fn notes(data: &Dataset) -> String {
    data.report().notes.join("\n")
}

#[test]
fn columns_separator_and_header_can_be_named() {
    let options = |columns: &str| LoadOptions {
        columns: Some(columns.parse().unwrap()),
        ..LoadOptions::default()
    };
    let text = "n,overall,asin,reviewerID,helpful,when\n1,5,I1,U1,2,2020-01-01\n2,3,I2,U1,0,2020-01-02\n";
    for columns in [
        "user=reviewerID,item=asin,rating=overall,time=when",
        "user=4,item=3,rating=2,time=6",
    ] {
        let data = load_text(text, &options(columns)).unwrap();
        assert_eq!((data.user_id(UserIx(0)), data.item_id(ItemIx(1))), ("U1", "I2"));
        assert_eq!(data.rating_in_file_order(0).2, 5.0);
        assert_eq!(data.time(UserIx(0), 0), Some(Moment::of_seconds(1_577_836_800)));
        assert_eq!(data.name(), "ratings");
    }
    let error = load_text(text, &options("user=who")).unwrap_err().to_string();
    assert!(
        error.starts_with("some/ratings.csv:1:1: no column is called \"who\" (there are \"n\", \"overall\""),
        "{error}"
    );
    let beyond = load_text(text, &options("user=4,item=3,rating=9"))
        .unwrap_err()
        .to_string();
    assert!(
        beyond.contains(":2:") && beyond.contains("the row has 6 fields where 9 are needed"),
        "{beyond}"
    );
    let odd = LoadOptions {
        separator: Some("~".into()),
        no_header: true,
        ..LoadOptions::default()
    };
    let data = load_text("user~item~4\nb~c~5", &odd).unwrap();
    assert_eq!((data.n_users(), data.report().separator.as_str()), (2, "~"));
    let bad = load_text(
        "1,2,3",
        &LoadOptions {
            separator: Some(String::new()),
            ..LoadOptions::default()
        },
    );
    assert!(bad.unwrap_err().to_string().contains("cannot separate fields"));
}

#[test]
fn implicit_data_has_no_scale_of_taste() {
    let data = load_text("user,track\nA,x\nA,y\nB,x\n", &LoadOptions::default()).unwrap();
    assert!(data.is_implicit() && notes(&data).contains("no column of ratings"));
    assert_eq!(data.rating(UserIx(0), ItemIx(1)), Some(1.0));
    let ignored = LoadOptions {
        implicit: true,
        ..LoadOptions::default()
    };
    let data = load_text("A\tx\tnonsense\t881250949\nB\ty\t5\t881250950\n", &ignored).unwrap();
    assert!(data.is_implicit() && data.has_times() && data.report().notes.is_empty());
    let plays = load_text("user_id,artist,plays\nA,x,12\nB,x,90000\n", &LoadOptions::default()).unwrap();
    assert_eq!((plays.is_implicit(), plays.scale().max), (false, 90_000.0));
}

#[test]
fn what_values_mean_is_found_told_and_decides_on_repeated_pairs() {
    let text = "user,item,plays\nA,x,1\nA,x,4\nA,y,9000\nB,x,0\nB,y,3\n";
    let feedback = |options: &LoadOptions| {
        let data = load_text(text, options).unwrap();
        let feedback = data.feedback();
        let again = data.rating(UserIx(0), ItemIx(0));
        (feedback.kind, feedback.duplicates, again, data.n_ratings())
    };
    let default = LoadOptions::default();
    assert_eq!(
        feedback(&default),
        (FeedbackKind::Counts, DuplicatePolicy::Sum, Some(5.0), 4)
    );
    let told = LoadOptions {
        feedback: Some(FeedbackKind::Ratings),
        ..LoadOptions::default()
    };
    assert_eq!(
        feedback(&told),
        (FeedbackKind::Ratings, DuplicatePolicy::Last, Some(4.0), 4)
    );
    let other = LoadOptions {
        duplicates: Some(DuplicatePolicy::Mean),
        zero: Zero::Missing,
        ..LoadOptions::default()
    };
    assert_eq!(
        feedback(&other),
        (FeedbackKind::Counts, DuplicatePolicy::Mean, Some(2.5), 3)
    );
    let events = LoadOptions {
        feedback: Some(FeedbackKind::Events),
        ..LoadOptions::default()
    };
    // Their values are not read, and it happened twice.
    assert_eq!(
        feedback(&events),
        (FeedbackKind::Events, DuplicatePolicy::Sum, Some(2.0), 4)
    );
    let identities = [&default, &told, &other, &events].map(|o| load_text(text, o).unwrap().identity());
    let distinct: std::collections::HashSet<u64> = identities.into_iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn pairs_that_come_again_are_counted_or_refused_by_place() {
    let text = "user,item,rating,time\nA,x,5,20\nA,y,3,30\n\nA,x,1,10\n";
    let data = load_text(text, &LoadOptions::default()).unwrap();
    assert_eq!(
        (data.report().duplicates, data.rating(UserIx(0), ItemIx(0))),
        (1, Some(5.0))
    );
    let refuse = LoadOptions {
        duplicates: Some(DuplicatePolicy::Error),
        ..LoadOptions::default()
    };
    let error = load_text(text, &refuse).unwrap_err().to_string();
    let wanted =
        "some/ratings.csv:5:3: user \"A\" rates item \"x\" again (choose --duplicates last, first, mean or sum)";
    assert_eq!(error, wanted);
    let parts = load_parts(
        &Source::Bytes {
            name: "x".into(),
            bytes: text.into(),
        },
        &LoadOptions::default(),
        &Task::unattended(),
    );
    assert_eq!(parts.unwrap().ratings.values, [5.0, 3.0, 1.0]);
}

#[test]
fn tables_of_items_and_users_can_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let options = LoadOptions {
        items: Some(file(
            "things.tsv",
            b"sku\tname\tcategories\tprice\tabout\nx\tCaf\xe9\tfood|drink\t2.5\t\nz\tTea\tdrink\t\t\nx\tAgain\t\t\t\n",
        )),
        users: Some(file("people.csv", b"A,34,nurse\nC,20,cook\n")),
        ..LoadOptions::default()
    };
    let data = load_text("user,item,rating\nA,x,5\nB,y,3\n", &options).unwrap();
    let labels: Vec<&str> = data.items().map(|i| data.item_label(i)).collect();
    assert_eq!((labels, data.n_users()), (vec!["Café", "y", "Tea"], 3));
    let report = data.report();
    assert_eq!((report.items_without_metadata, report.items_without_ratings), (1, 1));
    assert_eq!((report.users_without_metadata, report.users_without_ratings), (1, 1));
    assert!(
        notes(&data).contains("things.tsv: not UTF-8, read as ISO-8859-1"),
        "{}",
        notes(&data)
    );
    assert!(notes(&data).contains("1 rows describe items again"), "{}", notes(&data));
    assert_eq!(names(&data, ItemIx(0), "category"), ["food", "drink"]);
    assert_eq!(data.item_attributes().column("price").unwrap().number(0), Some(2.5));
    assert_eq!(data.user_attributes().column("column 2").unwrap().number(2), Some(20.0));
    let missing = LoadOptions {
        items: Some(folder.path().join("none.csv")),
        ..LoadOptions::default()
    };
    assert!(
        load_text("A,x,5\n", &missing)
            .unwrap_err()
            .to_string()
            .ends_with("none.csv: there is no such file or folder")
    );
}

#[test]
fn ratings_in_another_encoding_are_read_when_it_is_named() {
    let bytes = b"\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"Ren\xe9e\";\"0155061224\";\"5\"\n".to_vec();
    let source = Source::Bytes {
        name: "x.csv".into(),
        bytes,
    };
    let refused = load(&source, &LoadOptions::default(), &Task::unattended())
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("x.csv:2:1: the text is not UTF-8 (name its encoding"),
        "{refused}"
    );
    let options = LoadOptions {
        encoding: Some("latin1".into()),
        ..LoadOptions::default()
    };
    let data = load(&source, &options, &Task::unattended()).unwrap();
    // Ids stay text: the leading zero is kept.
    assert_eq!(
        (data.user_id(UserIx(0)), data.item_id(ItemIx(0))),
        ("Renée", "0155061224")
    );
    assert_eq!(
        (data.report().encoding.as_str(), data.report().separator.as_str()),
        ("windows-1252", ";")
    );
}

#[test]
fn oddities_are_noted() {
    let of = |text: &str| notes(&load_text(text, &LoadOptions::default()).unwrap());
    assert!(of("A,x,4\nA,y,3\n").contains("only one user"));
    assert!(of("A,x,4\nB,x,3\n").contains("only one item"));
    assert!(of("A,x,4\nB,y,4\n").contains("all ratings are the same"));
    assert!(
        of("who,what,how\nA,x,4\nB,y,3\n").contains("the column \"who\" was taken for users and \"what\" for items")
    );
    let text = "user,item,rating,time\nA,x,4,1700000000000\nB,y,3,1700000001000\n";
    let data = load_text(text, &LoadOptions::default()).unwrap();
    assert!(notes(&data).contains("milliseconds"));
    assert_eq!(data.time(UserIx(1), 0), Some(Moment::of_seconds(1_700_000_001)));
}

#[test]
fn swapped_columns_are_noticed_and_straight_ones_are_not() {
    use std::fmt::Write;
    let folder = tempfile::tempdir().unwrap();
    let mut items = "id,title\n".to_owned();
    let (mut straight, mut swapped) = (String::new(), String::new());
    for n in 0..60 {
        writeln!(items, "film{n},Film {n}").unwrap();
        writeln!(straight, "person{},film{n},{}", n % 20, n % 5).unwrap();
        writeln!(swapped, "film{n},person{},{}", n % 20, n % 5).unwrap();
    }
    let path = folder.path().join("items.csv");
    std::fs::write(&path, items).unwrap();
    let options = LoadOptions {
        items: Some(path),
        ..LoadOptions::default()
    };
    assert!(notes(&load_text(&swapped, &options).unwrap()).contains("look swapped"));
    assert!(!notes(&load_text(&straight, &options).unwrap()).contains("swapped"));
    if let Some(real) = data_folder("ml-100k") {
        let columns = Some("user=2,item=1,rating=3,time=4".parse().unwrap());
        let options = LoadOptions {
            columns,
            ..LoadOptions::default()
        };
        let data = load(&Source::Path(real), &options, &Task::unattended()).unwrap();
        assert!(notes(&data).contains("look swapped"), "{}", notes(&data));
    }
}

#[test]
fn folders_in_the_layouts_of_movielens() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("ratings.dat", b"1::122::5::838985046\n1::185::4.5::838983525\n");
    write("movies.dat", b"122::\"Boomerang\" (1992)::Comedy|Romance\n185::Net, The (1995)::(no genres listed)\n5::Am\xe9lie (2001)::Comedy\n");
    write("tags.dat", b"15::122::Funny::1\n16::122::funny::2\n16::999::x::2\n");
    let data = open(folder.path());
    assert_eq!(
        (data.report().format.as_str(), data.report().separator.as_str()),
        ("movielens-10m", "::")
    );
    let labels: Vec<&str> = data.items().map(|i| data.item_label(i)).collect();
    assert_eq!(labels, ["\"Boomerang\" (1992)", "Net, The (1995)", "Amélie (2001)"]);
    let tags = data.item_attributes().column("tag").unwrap();
    assert_eq!((tags.names().get(0), tags.terms(0).next()), ("funny", Some((0, 2))));
    assert_eq!(data.item_attributes().column("genre").unwrap().terms(1).count(), 0);
    assert!(data.has_times() && !data.is_synthetic());
}

#[test]
fn gzip_files_are_found_in_folders() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
    };
    write("ratings.csv.gz", "userId,movieId,rating\n1,2,3\n");
    write("movies.csv.gz", "movieId,title,genres\n2,\"Heat, The\",Crime\n");
    let data = open(folder.path());
    assert_eq!(
        (data.item_label(ItemIx(0)), data.report().format.as_str()),
        ("Heat, The", "movielens-csv")
    );
    assert_eq!(open(&folder.path().join("ratings.csv.gz")).name(), "ratings");
}

#[test]
fn reading_can_be_watched_and_stopped() {
    use std::fmt::Write;
    use std::sync::{Arc, Mutex};
    let mut text = String::new();
    for n in 0..50_000 {
        writeln!(text, "{},{},{}", n / 100, n % 100, n % 5).unwrap();
    }
    let source = Source::Bytes {
        name: "x".into(),
        bytes: text.clone().into_bytes(),
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&seen);
    let mut task = Task::unattended();
    task.progress = crate::task::Progress::to(move |report| heard.lock().unwrap().push(report));
    load(&source, &LoadOptions::default(), &task).unwrap();
    let reports = seen.lock().unwrap().clone();
    assert!(reports.len() >= 6 && reports.iter().all(|r| r.total == Some(text.len() as u64)));
    assert!(reports.windows(2).all(|w| w[0].done <= w[1].done));
    task.cancel.cancel();
    assert_eq!(
        load(&source, &LoadOptions::default(), &task).err(),
        Some(LoadError::Cancelled)
    );
}
