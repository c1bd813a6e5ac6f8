//! What whole columns decide: times, numbers with commas, and which column is what.

use super::*;
use crate::data::{ItemIx, UserIx};

fn load_with(text: &str, options: &LoadOptions) -> Result<Dataset, String> {
    let source = Source::Bytes {
        name: "r.csv".into(),
        bytes: text.into(),
    };
    load(&source, options, &Task::unattended()).map_err(|e| e.to_string())
}

fn open(text: &str) -> Dataset {
    load_with(text, &LoadOptions::default()).unwrap()
}

fn error(text: &str) -> String {
    load_with(text, &LoadOptions::default()).unwrap_err()
}

fn mapped(columns: &str) -> LoadOptions {
    LoadOptions {
        columns: Some(columns.parse().unwrap()),
        ..LoadOptions::default()
    }
}

fn notes(data: &Dataset) -> String {
    data.report().notes.join("\n")
}

/// The times of all rows as JSON has them, `-` where there is none.
fn times(data: &Dataset) -> Vec<String> {
    let time = |row| data.rating_in_file_order(row).3;
    let shown = |row| time(row).map_or("-".to_owned(), |t| t.to_string());
    (0..data.n_ratings()).map(shown).collect()
}

fn values(data: &Dataset) -> Vec<f64> {
    (0..data.n_ratings())
        .map(|row| data.rating_in_file_order(row).2)
        .collect()
}

fn timed(times: &[&str]) -> String {
    let row = |(n, time): (usize, &&str)| format!("u{n};i{};{};{time}\n", n / 2, n % 4);
    "user;item;rating;time\n".to_owned() + &times.iter().enumerate().map(row).collect::<String>()
}

#[test]
fn times_have_many_forms() {
    let cases: [(&[&str], &[&str]); 10] = [
        (
            &["2021-01-29", "2021-01-30T00:00:01+01:00"],
            &["1611878400", "1611961201"],
        ),
        (
            &["2014-04-07T10:51:09.277Z", "2014-04-07 10:51:09.27"],
            &["1396867869.277", "1396867869.27"],
        ),
        (&["20220825", "20220826"], &["1661385600", "1661472000"]),
        (&["12/1/2010 8:26", "1/13/2010 0:00"], &["1291191960", "1263340800"]),
        (&["12/1/2010 8:26", "13/1/2010 0:00"], &["1263284760", "1263340800"]),
        (&["29-01-2021", "02-02-2021"], &["1611878400", "1612224000"]),
        (&["1611878400", "0"], &["1611878400", "0"]),
        (
            &["1611878400123", "1611878400120"],
            &["1611878400.123", "1611878400.12"],
        ),
        (&["1611878400123456", "0"], &["1611878400.123456", "0"]),
        (
            &["1611878400.5", "1611878400", "NULL", ""],
            &["1611878400.5", "1611878400", "-", "-"],
        ),
    ];
    for (given, wanted) in cases {
        let data = open(&timed(given));
        assert_eq!(times(&data), wanted, "{given:?}");
        assert_eq!(data.n_ratings(), given.len());
    }
    let data = open(&timed(&["1611878400000", "1611878401000"]));
    assert_eq!(times(&data)[1], "1611878401");
    assert!(matches!(data.times(), crate::data::TimeColumn::Offsets(..)));
}

#[test]
fn what_no_row_tells_is_asked_for() {
    let either = error(&timed(&["02.02.2021 10:00", "10.12.2010 8:26"]));
    let wanted = "r.csv:3:9: no row tells whether time \"10.12.2010 8:26\" begins with the day or the month (say \
                  --time-format \"%d.%m.%Y %H:%M\" or --time-format \"%m.%d.%Y %H:%M\")";
    assert_eq!(either, wanted);
    let named = |form: &str| LoadOptions {
        time_format: Some(form.to_owned()),
        ..LoadOptions::default()
    };
    let data = load_with(
        &timed(&["02.02.2021 10:00", "10.12.2010 8:26"]),
        &named("%d.%m.%Y %H:%M"),
    )
    .unwrap();
    assert_eq!(times(&data), ["1612260000", "1291969560"]);
    let both = error(&timed(&["13/1/2010", "1/2/2010", "1/13/2010"]));
    assert!(
        both.contains("r.csv:4:9: this date has day and month in another order than that in line 2"),
        "{both}"
    );
    let bad = load_with(&timed(&["2010-01-01"]), &named("%d.%m.%Y")).unwrap_err();
    assert!(
        bad.contains("r.csv:2:9: time \"2010-01-01\" is not of the form \"%d.%m.%Y\"; --time-format"),
        "{bad}"
    );
    let odd = load_with("u,i,1,1\n", &named("%@")).unwrap_err();
    assert!(odd.contains("--time-format \"%@\" is not understood"), "{odd}");
}

#[test]
fn a_time_that_is_missing_costs_no_rating() {
    let data = open(&timed(&["20", "", "NULL", "nan", "10", "\\N"]));
    assert_eq!(times(&data), ["20", "-", "-", "-", "10", "-"]);
    assert!(
        notes(&data).contains("4 rows have no time; the ratings count"),
        "{}",
        notes(&data)
    );
    let none = open(&timed(&["", "NULL"]));
    assert!(!none.has_times() && notes(&none).contains("no row has a time"));
    // Whatever is done with them, what has no time stays without.
    let part = data.subset(|row| row != 0);
    assert_eq!(times(&part), ["-", "-", "-", "10", "-"]);
    let soon = timed(&["20", "soon"]);
    let unreadable = error(&soon);
    assert!(
        unreadable.contains("--columns time=none leaves times out"),
        "{unreadable}"
    );
    for columns in ["time=none", "user=user,item=item,rating=rating"] {
        let data = load_with(&soon, &mapped(columns)).unwrap();
        assert!(!data.has_times() && data.n_ratings() == 2, "{columns}");
    }
}

#[test]
fn the_order_within_a_second_is_kept() {
    let text = "user,item,rating,time\nu,a,1,1611878400900\nu,a,2,1611878400100\nu,b,3,1611878400500\n";
    let data = open(text);
    // The latest of two ratings counts, not the last row.
    assert_eq!(data.rating(UserIx(0), ItemIx(0)), Some(1.0));
    let decimals = "user,item,rating,time\nu,a,1,1611878400.9\nu,a,2,1611878400.1\nu,b,3,1611878400.5\n";
    assert_eq!(
        (values(&open(decimals)), times(&open(decimals))),
        (values(&data), times(&data))
    );
}

#[test]
fn commas_are_settled_by_the_column() {
    let column = |ratings: &[&str]| {
        let row = |(n, rating): (usize, &&str)| format!("u{n};i{};{rating}\n", n / 2);
        "Benutzer;Artikel;Bewertung\n".to_owned() + &ratings.iter().enumerate().map(row).collect::<String>()
    };
    let cases: [(&[&str], &[f64], &str); 5] = [
        (&["3,5", "4", "2,25"], &[3.5, 4.0, 2.25], "are decimal"),
        (&["1,250", "0,500", "1234"], &[1.25, 0.5, 1234.0], "are decimal"),
        (
            &["1,250", "12", "1,234,567"],
            &[1250.0, 12.0, 1_234_567.0],
            "separate thousands",
        ),
        (
            &["1,250", "12", "13,000"],
            &[1250.0, 12.0, 13_000.0],
            "separate thousands (three digits",
        ),
        (&["1.250,5", "2", "3,125"], &[1250.5, 2.0, 3.125], "are decimal"),
    ];
    for (given, wanted, note) in cases {
        let data = open(&column(given));
        assert_eq!(values(&data), wanted, "{given:?}");
        assert!(
            notes(&data).contains(&format!("commas in ratings {note}")),
            "{}",
            notes(&data)
        );
    }
    let mixed = error(&column(&["3,5", "4", "1,234,567"]));
    assert!(
        mixed.contains("r.csv:4:7: the comma of this rating means something else than that in line 2"),
        "{mixed}"
    );
}

#[test]
fn a_wrong_column_is_never_the_rating() {
    let times = "(say --columns time=3, or --columns rating=3)";
    let cases = [
        ("u1,i1,1260759144\nu1,i2,1260759179\n", times),
        ("u1,i1,1260759144000\nu1,i2,1260759179000\n", times),
        ("u1,i1,2014-04-07T10:51:09Z\nu1,i2,2014-04-07T10:52:09Z\n", times),
        (
            "user,item,rating\nu1,i1,1260759144\nu1,i2,1260759179\n",
            "(say --columns time=rating, or --columns rating=rating)",
        ),
        (
            "user,item,seen\nu1,i1,1260759144\nu1,i2,1260759179\n",
            "(say --columns time=seen, or --columns rating=seen)",
        ),
        (
            "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0\n",
            "time=2)",
        ),
        (
            "u1,i1,view,5\nu1,i2,buy,3\n",
            "column 3 stands where ratings are expected, but column 4 has the numbers",
        ),
        (
            "user,item,food,service\n1,2,3,4\n2,2,1,5\n",
            "several columns may be the rating: food, service (say --columns rating=food",
        ),
        (
            "user,item,score,stars\n1,2,3,4\n2,2,1,5\n",
            "several columns may be the rating: score, stars",
        ),
        (",movie,rating\n0,m1,3\n1,m1,4\n", "no column is left for the user"),
        (
            "user,item,rating\n1,u1,i1,5\n2,u1,i2,4\n",
            "begin with a number that it has no name for",
        ),
        (
            "user,item,rating\nu1,i1,3,5\nu1,i2,4,0\n",
            "as if the comma in ratings were decimal",
        ),
    ];
    for (text, wanted) in cases {
        let said = error(text);
        assert!(said.starts_with("r.csv:1:1: ") && said.contains(wanted), "{said}");
    }
    let told = load_with("u1,i1,1260759144\nu1,i2,1260759179\n", &mapped("time=3")).unwrap();
    assert!(told.is_implicit() && told.has_times());
    let told = load_with("u1,i1,1260759144\nu1,i2,1260759179\n", &mapped("rating=3")).unwrap();
    assert_eq!(values(&told), [1_260_759_144.0, 1_260_759_179.0]);
    let chosen = load_with("user,item,food,service\n1,2,3,4\n2,2,1,5\n", &mapped("rating=service")).unwrap();
    assert_eq!(values(&chosen), [4.0, 5.0]);
}

#[test]
fn names_in_use_are_known_and_row_numbers_are_no_items() {
    let numbered = |header: &str, row: fn(u32) -> String| header.to_owned() + &(0..30).map(row).collect::<String>();
    let cases = [
        numbered(",userId,movieId,rating\n", |n| {
            format!("{n},u{},i{},{}\n", n % 7, n % 5, n % 4)
        }),
        numbered("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n", |n| {
            format!(
                "9,i{},{},12/1/2010 8:26,2.5,u{}\n12,i1,1,12/13/2010 8:26,2.5,u1\n",
                n % 5,
                n % 4,
                n % 7
            )
        }),
        numbered("visitorid,itemid,position,plays\n", |n| {
            format!("u{},i{},{},{}\n", n % 7, n % 5, n % 3, n % 4)
        }),
        numbered("Benutzer;Artikel;Bewertung\n", |n| {
            format!("u{};i{};{},5\n", n % 7, n % 5, n % 4)
        }),
        numbered("", |n| format!("{n}|u{}|i{}|{}\n", n % 7, n % 5, n % 4)),
        numbered("nr,wer,was,wie\n", |n| format!("{n},u{},i{},{}\n", n % 7, n % 5, n % 4)),
    ];
    for text in cases {
        let data = load_with(&text, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!((data.n_users(), data.n_items()), (7, 5), "{}", notes(&data));
        assert!(data.user_id(UserIx(0)).starts_with('u') && data.item_id(ItemIx(0)).starts_with('i'));
    }
    // A dense row of one user is no number of rows.
    let dense = numbered("", |n| format!("u1,{n},{},{}\n", n % 5, 900_000_000 + n));
    let data = open(&dense);
    assert_eq!((data.n_users(), data.n_items(), data.has_times()), (1, 30, true));
}

#[test]
fn what_looks_odd_is_in_the_report() {
    let of = |text: &str| notes(&open(text));
    let columns = of("userId,movieId,rating,comment,mood\nA,x,4,a,b\nB,x,3,c,d\n");
    assert_eq!(
        columns,
        "the columns \"comment\", \"mood\" were not read\nthere is only one item: there is nothing else to recommend"
    );
    assert!(of("A,x,4,900000000,a\nB,y,3,900000001,b\n").contains("1 further column was not read"));
    // Where ids count up too, there is nothing better than the order.
    let counting = (0..25).map(|n| format!("{n},{n},{},{}\n", 1 + n % 5, 900_000_000 + n));
    let report = of(&counting.collect::<Vec<_>>().concat());
    assert!(report.contains("every user has one row"), "{report}");
    let catalog = (0..25).map(|n| format!("{n},Film {n}\n")).collect::<Vec<_>>().concat();
    assert!(of(&format!("movieId,title\n{catalog}")).contains("every user has one row: is this a catalog?"));
    let rows = (0..25)
        .map(|n| format!("u{},{n}x,3\n", n % 3))
        .collect::<Vec<_>>()
        .concat();
    assert!(of(&rows).contains("every item has one row"));
    let swapped = (0..25)
        .map(|n| format!("u{n},{}.5,i{}\n", n % 5, n % 3))
        .collect::<Vec<_>>()
        .concat();
    let data = load_with(&swapped, &mapped("rating=none")).unwrap();
    assert!(
        notes(&data).contains("the ids of items are decimal numbers such as 0.5"),
        "{}",
        notes(&data)
    );
    let header = of("Kunde,Ware\nk1,w1\nk2,w1\nk2,w3\n");
    assert!(!header.contains("looks like a header"), "{header}");
    let header = of("wer;was\nk1;w1\nk2;w1\nk2;w3\n");
    assert!(
        header.contains("(with --columns user=wer,item=was it is one)"),
        "{header}"
    );
    let straight = of("userId,movieId,rating\n1,2,3\n1,3,3\n2,2,4\n");
    assert_eq!(straight, "");
}
