use super::*;
use crate::data::{AttributeKind, ItemIx, UserIx};

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
    load(
        &Source::Path(path.to_owned()),
        &LoadOptions::default(),
        &Task::unattended(),
    )
    .unwrap()
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
            (UserIx(0), ItemIx(0), 4.0, Some(964_982_703))
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
