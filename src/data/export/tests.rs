use proptest::prelude::*;

use super::*;
use crate::data::{LoadOptions, Moment, Source, load};
use crate::task::Task;

fn read(name: &str, bytes: Vec<u8>) -> Dataset {
    let source = Source::Bytes {
        name: name.to_owned(),
        bytes,
    };
    load(&source, &LoadOptions::default(), &Task::unattended()).unwrap()
}

fn written(data: &Dataset, write: impl Fn(&Dataset, &mut dyn Write, &Cancel) -> io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(data, &mut bytes, &Task::unattended().cancel).unwrap();
    bytes
}

/// All that a file of ratings says, in its order.
fn rows(data: &Dataset) -> Vec<(String, String, f64, Option<Moment>)> {
    let row = |n| {
        let (user, item, rating, time) = data.rating_in_file_order(n);
        (
            data.user_id(user).to_owned(),
            data.item_id(item).to_owned(),
            rating,
            time,
        )
    };
    (0..data.n_ratings()).map(row).collect()
}

#[test]
fn csv_comes_back_identical() {
    let text = "user,item,rating,timestamp\n\
        \"O\"\"Hara, Ann\",x;1,4.5,-5\n\
        Ünïcode,x;1,3,1717158896\n\
        b\u{7}ell,\"ta\tb|bed\",0.1,7\n\
        \"O\"\"Hara, Ann\",\u{202e}y,-2,8\n";
    let first = read("a.csv", text.as_bytes().to_vec());
    assert_eq!(first.n_ratings(), 4);
    let again = read("a.csv", written(&first, write_csv));
    assert_eq!(rows(&again), rows(&first));
    assert_eq!(again.identity(), first.identity());
}

#[test]
fn columns_are_those_that_there_are() {
    let header = |text: &str| {
        let bytes = written(&read("a.csv", text.as_bytes().to_vec()), write_csv);
        String::from_utf8(bytes).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(header("user,item,rating\na,x,1\nb,x,2\n"), "user,item,rating");
    assert_eq!(header("user,item\na,x\nb,x\n"), "user,item");
    assert_eq!(
        header("user,item,timestamp\na,x,1717158896\nb,x,1717158897\n"),
        "user,item,timestamp"
    );
}

#[test]
fn recbole_is_as_its_documentation_says() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("ratings.csv", "userId,movieId,rating,timestamp\n1,7,2.5,11\n2,8,5,12\n");
    write(
        "movies.csv",
        "movieId,title,genres\n7,Heat (1995),Action|Crime\n8,Alien (1979),Horror\n",
    );
    write("users.csv", "userId,occupation,age\n1,grave digger,30\n2,poet,\n");
    let source = Source::Path(folder.path().to_owned());
    let data = load(&source, &LoadOptions::default(), &Task::unattended()).unwrap();
    let inter = String::from_utf8(written(&data, write_recbole_ratings)).unwrap();
    assert_eq!(
        inter,
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t2.5\t11\n2\t8\t5\t12\n"
    );
    let mut items = Vec::new();
    assert!(write_recbole_items(&data, &mut items).unwrap());
    let items = String::from_utf8(items).unwrap();
    let lines: Vec<&str> = items.lines().collect();
    assert!(
        lines[0].starts_with("item_id:token\ttitle:token\t") && lines[0].contains("genre:token_seq"),
        "{items}"
    );
    assert!(
        lines[1].starts_with("7\tHeat (1995)\t") && lines[1].contains("Action Crime"),
        "{items}"
    );
    let mut users = Vec::new();
    assert!(write_recbole_users(&data, &mut users).unwrap());
    assert_eq!(
        String::from_utf8(users).unwrap(),
        "user_id:token\toccupation:token\tage:float\n1\tgrave digger\t30\n2\tpoet\t\n"
    );
}

#[test]
fn what_a_text_file_cannot_hold_is_refused_by_name() {
    let data = read("a.csv", b"user,item,rating\n\"a\tb\",x,1\nb,x,2\n".to_vec());
    let mut bytes = Vec::new();
    let why = write_recbole_ratings(&data, &mut bytes, &Task::unattended().cancel).unwrap_err();
    assert!(why.to_string().contains("the user \"a\\tb\""), "{why}");
    assert!(why.to_string().contains(".parquet"), "{why}");
}

/// Titles, lists of names and numbers come back from RecBole's files, ratings from Parquet's.
#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "ratings.csv",
        "userId,movieId,rating,timestamp\n1,7,2.5,978300011\n2,8,5,978300012\n1,8,4,978300013\n",
    );
    write(
        "movies.csv",
        "movieId,title,genres\n7,Heat (1995),Action|Crime\n8,Alien (1979),Horror\n",
    );
    let open = |path: &std::path::Path| {
        load(
            &Source::Path(path.to_owned()),
            &LoadOptions::default(),
            &Task::unattended(),
        )
    };
    let data = open(folder.path()).unwrap();
    let again = tempfile::tempdir().unwrap();
    let mut items = Vec::new();
    write_recbole_items(&data, &mut items).unwrap();
    let inter = again.path().join("set.inter");
    std::fs::write(&inter, written(&data, write_recbole_ratings)).unwrap();
    std::fs::write(again.path().join("set.item"), items).unwrap();
    let read = open(&inter).unwrap();
    assert_eq!(rows(&read), rows(&data));
    for item in data.items() {
        assert_eq!(read.item_label(item), data.item_label(item));
        let genre = |d: &Dataset| d.item_attributes().column("genre").and_then(|c| c.display(item.at()));
        assert_eq!(genre(&read), genre(&data));
    }
    let parquet = again.path().join("set.parquet");
    let file = std::fs::File::create(&parquet).unwrap();
    write_parquet(&data, file, &Task::unattended().cancel).unwrap();
    assert_eq!(rows(&open(&parquet).unwrap()), rows(&data));
}

/// A value that all rows share is kept, unless it is the 1 that stands for "it happened".
#[test]
fn the_one_value_of_all_rows_is_kept() {
    let data = read("a.csv", b"user,item,rating\na,x,5\nb,x,5\n".to_vec());
    let again = read("a.csv", written(&data, write_csv));
    assert_eq!(rows(&again), rows(&data));
}

/// What the reader of Parquet files sees, by the library's own reader.
#[test]
fn parquet_holds_every_row() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let data = read(
        "a.csv",
        b"user,item,rating,timestamp\n\"a\tb\",x,0.1,7\nc,\xc3\xbc,2,9\n".to_vec(),
    );
    let mut bytes = Vec::new();
    write_parquet(&data, &mut bytes, &Task::unattended().cancel).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, bytes).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let read = reader.get_row_iter(None).unwrap().map(|row| {
        let fields: Vec<Field> = row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect();
        match &fields[..] {
            [
                Field::Str(user),
                Field::Str(item),
                Field::Double(rating),
                Field::Long(time),
            ] => (user.clone(), item.clone(), *rating, Some(Moment::of_seconds(*time))),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(read.collect::<Vec<_>>(), rows(&data));
}

#[test]
fn fine_and_missing_times_come_back() {
    for times in [
        ["1700000000.25", "", "1700000001"],
        ["7", "", "9"],
        ["1700000000.000001", "3", "-1.5"],
    ] {
        let text = format!(
            "user,item,rating,timestamp\na,x,1,{}\nb,y,2,{}\nc,x,3,{}\n",
            times[0], times[1], times[2]
        );
        let data = read("a.csv", text.clone().into_bytes());
        let csv = written(&data, |data, to, cancel| write_csv(data, to, cancel));
        assert_eq!(String::from_utf8(csv).unwrap(), text);
        let mut parquet = Vec::new();
        write_parquet(&data, &mut parquet, &Task::unattended().cancel).unwrap();
        assert_eq!(rows(&read("a.parquet", parquet)), rows(&data), "{times:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Any ids without line breaks, any ratings.
    #[test]
    fn any_ids_come_back(
        ids in prop::collection::vec(("[^\\r\\n\\x00]{1,6}", "[^\\r\\n\\x00]{1,6}", -9.0f64..9.0), 1..20),
    ) {
        let mut parts = crate::data::DatasetParts::default();
        let mut users: Vec<String> = Vec::new();
        let mut items: Vec<String> = Vec::new();
        let mut pairs = std::collections::HashSet::new();
        for (user, item, rating) in ids {
            let (user, item) = (user.trim().to_owned(), item.trim().to_owned());
            // A mark of the byte order is none of the text.
            let is_text = |t: &str| !t.is_empty() && !t.contains(['\u{feff}', '\\']);
            if !is_text(&user) || !is_text(&item) || !pairs.insert((user.clone(), item.clone())) {
                continue;
            }
            let number = |known: &mut Vec<String>, id: String| {
                let at = known.iter().position(|k| *k == id).unwrap_or(known.len());
                if at == known.len() {
                    known.push(id);
                }
                at as u32
            };
            parts.ratings.users.push(number(&mut users, user));
            parts.ratings.items.push(number(&mut items, item));
            parts.ratings.values.push(rating);
        }
        prop_assume!(!users.is_empty());
        parts.users = Ids::new(users);
        parts.items = Ids::new(items);
        let data = Dataset::new(parts, crate::data::DuplicatePolicy::Last).unwrap();
        let again = read("a.csv", written(&data, write_csv));
        prop_assert_eq!(rows(&again), rows(&data));
    }
}
