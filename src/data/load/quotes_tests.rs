//! Quotation marks that nobody meant never swallow a row in silence.

use super::parser::OPEN_QUOTE;
use super::*;
use crate::data::ItemIx;

fn load_with(text: &str, options: &LoadOptions) -> Result<Dataset, LoadError> {
    let source = Source::Bytes {
        name: "r.csv".into(),
        bytes: text.into(),
    };
    load(&source, options, &Task::unattended())
}

fn error(text: &str) -> String {
    load_with(text, &LoadOptions::default()).unwrap_err().to_string()
}

fn at(place: &str) -> String {
    format!("r.csv:{place}: {OPEN_QUOTE} (use --lenient to skip such rows)")
}

fn lenient() -> LoadOptions {
    LoadOptions {
        lenient: true,
        ..LoadOptions::default()
    }
}

fn quote(quote: Quote) -> LoadOptions {
    LoadOptions {
        quote: Some(quote),
        ..LoadOptions::default()
    }
}

/// User, item, rating of every row.
fn rows(data: &Dataset) -> Vec<(String, String, f64)> {
    let row = |n| {
        let (user, item, rating, _) = data.rating_in_file_order(n);
        (data.user_id(user).to_owned(), data.item_id(item).to_owned(), rating)
    };
    (0..data.n_ratings()).map(row).collect()
}

const STRAYS: &str = "user,item,rating,comment\nu1,i1,2,\"great\nu1,i2,3,fine\nu2,i1,4,\"bad\nu2,i2,5,ok\n";

#[test]
fn a_mark_closed_by_the_next_stray_one_is_the_error() {
    assert_eq!(error(STRAYS), at("2:9"));
    let data = load_with(STRAYS, &quote(Quote::None)).unwrap();
    assert_eq!((data.n_ratings(), data.rating_in_file_order(2).2), (4, 4.0));
    // Only the rows with the marks are lost.
    let data = load_with(STRAYS, &lenient()).unwrap();
    assert_eq!((data.n_ratings(), data.report().rejected_count), (2, 2));
    assert_eq!(rows(&data)[1], ("u2".into(), "i2".into(), 5.0));
}

#[test]
fn swallowed_rows_betray_a_mark_that_closes_by_chance() {
    let text = "user,item,rating,comment\nu1,i1,2,\"great\nu1,i2,3,fine\nu2,i1,4,6'2\"\nu2,i2,5,ok\n";
    assert_eq!(error(text), at("2:9"));
    let kept = load_with(text, &lenient()).unwrap();
    assert_eq!((kept.n_ratings(), kept.report().rejected_count), (3, 1));
    let far = format!(
        "user,item,rating,comment\nu0,i,1,\"oh\n{}u,i,1,5\"\n",
        "u1,i2,3,fine\n".repeat(40_000)
    );
    assert_eq!(error(&far), at("2:8"));
    // Text over several lines stays text.
    let prose = "user,item,rating,comment\nu1,i1,2,\"great film,\nof 3, no, 4 acts\"\nu2,i2,5,ok\n";
    assert_eq!(load_with(prose, &LoadOptions::default()).unwrap().n_ratings(), 2);
}

#[test]
fn what_makes_a_rating_stands_on_one_line() {
    for (row, column) in [
        ("\"a\nb\",i,2,x", 1),
        ("u,\"a\nb\",2,x", 3),
        ("u,i,\"2\n\",x", 5),
        ("u,i,2,x,\"1\n\"", 9),
    ] {
        let text = format!("user,item,rating,comment,time\nu1,i1,2,fine,7\n{row},8\n");
        assert_eq!(error(&text), at(&format!("3:{column}")), "{row}");
    }
}

#[test]
fn marks_within_fields_are_text() {
    let text = "user,item,rating,comment\nu1,\"a \\\"b\\\"\",2,\"he said \\\"hi\\\", and left\"\nu\"2,5\" disc,3,6'2\"\n\
                u3,\"back\\\\\",4,\n\"u4\" , \"x\" ,5,\n";
    let data = load_with(text, &LoadOptions::default()).unwrap();
    let row = |user: &str, item: &str, rating| (user.to_owned(), item.to_owned(), rating);
    let wanted = [
        row("u1", "a \"b\"", 2.0),
        row("u\"2", "5\" disc", 3.0),
        row("u3", "back\\\\", 4.0),
    ];
    assert_eq!(
        (&rows(&data)[..3], data.user_id(rows_user(&data, 3))),
        (&wanted[..], "u4")
    );
}

fn rows_user(data: &Dataset, row: usize) -> crate::data::UserIx {
    data.rating_in_file_order(row).0
}

#[test]
fn tabs_need_no_marks() {
    let text = "user\titem\trating\nu1\t\"Heroes\" (live)\t4\nu1\t\"b\t3\nu2\t\"b\t2\n";
    let data = load_with(text, &LoadOptions::default()).unwrap();
    assert_eq!((data.n_ratings(), data.item_id(ItemIx(0))), (3, "\"Heroes\" (live)"));
    let quoted = "user\titem\trating\n\"u1\"\t\"a\tb\"\t\"4\"\n\"u2\"\t\"a\tb\"\t\"3\"\n";
    let data = load_with(quoted, &quote(Quote::Double)).unwrap();
    assert_eq!(rows(&data)[1], ("u2".into(), "a\tb".into(), 3.0));
    let ids = load_with(
        "user\titem\trating\nu1\t\"a b\"\t4\nu2\t\"c\"\t3\n",
        &LoadOptions::default(),
    )
    .unwrap();
    assert!(ids.report().notes[0].contains("part of ids such as \"a b\" (say --quote double"));
    let said = error("user\titem\trating\n\"u1\"\t\"a\"\t\"4\"\n");
    assert!(said.contains("say --quote double"), "{said}");
}

fn titles(items: &str) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("ratings.csv"),
        "userId,movieId,rating\n1,1,2\n1,2,3\n2,3,4\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("movies.csv"), items).unwrap();
    let source = Source::Path(folder.path().to_owned());
    let data = load(&source, &LoadOptions::default(), &Task::unattended()).map_err(|e| e.to_string())?;
    Ok(data.items().map(|i| data.item_label(i).to_owned()).collect())
}

#[test]
fn titles_are_not_lost_to_a_mark() {
    let stray = titles("movieId,title,genres\n1,\"Heat,Crime\n2,Cold,Drama\n3,\"Mild\",Drama\n").unwrap_err();
    assert!(stray.contains("movies.csv:2:3: a quotation mark opens here"), "{stray}");
    let by_chance = titles("movieId,title,genres\n1,\"Heat,Crime\n2,Cold,Drama\n3,Mild,12\"\n").unwrap_err();
    assert!(
        by_chance.contains("movies.csv:2:3: a quotation mark opens here"),
        "{by_chance}"
    );
    let id = titles("movieId,title,genres\n\"1\n\",Heat,Crime\n2,Cold,Drama\n").unwrap_err();
    assert!(id.contains("movies.csv:2:1: a quotation mark opens here"), "{id}");
    let fine = titles("movieId,title,genres\n1,\"Heat\nof 2, the\",Crime\n2,Cold,Drama\n3,\"Mild\",\n").unwrap();
    assert_eq!(fine, ["Heat of 2, the", "Cold", "Mild"]);
}

#[test]
fn commas_of_a_last_column_of_titles_belong_to_it() {
    let fine = titles("movieId,title\n1,Net, The (1995)\n2,\"Heat\", or so, \"again\"\n3,Cold,,\n").unwrap();
    assert_eq!(fine, ["Net, The (1995)", "Heat, or so, \"again\"", "Cold"]);
    let fine = titles("movieId,genres,title\n1,Crime,Net, The (1995)\n2,Drama,\"Heat\"\n3,Drama,Cold,,\n").unwrap();
    assert_eq!(fine, ["Net, The (1995)", "Heat", "Cold"]);
}
