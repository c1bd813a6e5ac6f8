use std::fmt::Write as _;

use super::*;
use crate::data::{DatasetParts, LoadOptions, Source, load};

fn read(text: &str, filters: Filters) -> Result<Dataset, LoadError> {
    let source = Source::Bytes {
        name: "r.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let options = LoadOptions {
        filters,
        ..LoadOptions::default()
    };
    load(&source, &options, &Task::unattended())
}

fn rows(data: &Dataset) -> Vec<String> {
    let row = |n| {
        let (user, item, rating, _) = data.rating_in_file_order(n);
        format!("{}{}{rating}", data.user_id(user), data.item_id(item))
    };
    (0..data.n_ratings()).map(row).collect()
}

const TEXT: &str = "user,item,rating,time\n\
    a,x,5,1997-01-01\n\
    b,x,2,1997-01-02\n\
    b,y,4,1997-01-03\n\
    a,y,4,1997-01-04\n\
    c,z,5,1997-01-05\n\
    c,y,3,1997-01-06\n";

#[test]
fn a_condition_leaves_rows_and_ids_by_first_appearance() {
    let data = read(
        TEXT,
        Filters {
            condition: Some("rating<5".parse().unwrap()),
            ..Filters::default()
        },
    )
    .unwrap();
    assert_eq!(rows(&data), ["bx2", "by4", "ay4", "cy3"]);
    // a came first in the file, and b in what is left; z has no rating now.
    assert_eq!(data.user_ids().iter().collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(data.item_ids().iter().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!((data.scale().max, data.name()), (4.0, "r, filtered"));
    let step = &data.report().filters[0];
    assert_eq!(
        (step.filter.as_str(), step.users, step.items, step.ratings),
        ("--where rating<5", 3, 2, 4)
    );
}

/// z has one rating; without it c has one; without c, y has two, and all others too.
#[test]
fn a_core_is_taken_until_nothing_changes() {
    let core = |of_user, of_item| Filters {
        min_user_ratings: of_user,
        min_item_ratings: of_item,
        ..Filters::default()
    };
    let data = read(TEXT, core(2, 2)).unwrap();
    assert_eq!(rows(&data), ["ax5", "bx2", "by4", "ay4"]);
    assert_eq!(
        data.report().filters[0].filter,
        "--min-user-ratings 2 --min-item-ratings 2"
    );
    let gone = read(TEXT, core(3, 0)).unwrap_err();
    assert_eq!(gone.to_string(), "--min-user-ratings 3 leaves none of 6 ratings");
}

#[test]
fn days_are_included_and_times_are_needed() {
    let days = |since: Option<&str>, until: Option<&str>| Filters {
        since: since.map(|d| d.parse().unwrap()),
        until: until.map(|d| d.parse().unwrap()),
        ..Filters::default()
    };
    let left = |since, until| rows(&read(TEXT, days(since, until)).unwrap());
    assert_eq!(left(Some("1997-01-05"), None), ["cz5", "cy3"]);
    assert_eq!(left(None, Some("1997-01-02")), ["ax5", "bx2"]);
    assert_eq!(left(Some("1997-01-03"), Some("1997-01-03")), ["by4"]);
    let why = read("a,x,5\nb,x,4\n", days(Some("1997-01-01"), None)).unwrap_err();
    assert!(why.to_string().contains("need times"), "{why}");
}

#[test]
fn users_are_drawn_by_the_seed_of_those_who_have_ratings_left() {
    let mut text = String::from("user,item,rating\n");
    for k in 0..200 {
        let _ = writeln!(text, "u{},i{},{}", k / 4, k % 4, if k / 4 % 2 == 0 { 5 } else { 1 });
    }
    let drawn = |seed| {
        let filters = Filters {
            condition: Some("rating>3".parse().unwrap()),
            sample_users: Some(UserSample { users: 10, seed }),
            ..Filters::default()
        };
        rows(&read(&text, filters).unwrap())
    };
    assert_eq!(drawn(1).len(), 40);
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert!(drawn(1).iter().all(|row| row.ends_with('5')));
}

/// Read, filtered, and written out by hand: the same dataset, attributes included.
#[test]
fn titles_attributes_and_duplicates_are_those_of_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "ratings.csv",
        "userId,movieId,rating,timestamp\n1,7,2,1\n1,8,5,2\n2,9,4,3\n2,9,5,4\n",
    );
    write(
        "movies.csv",
        "movieId,title,genres\n7,Heat (1995),Action\n8,Alien (1979),Horror|Action\n9,Up (2009),Drama\n5,Nobody's,Drama\n",
    );
    let open = |filters| {
        let options = LoadOptions {
            filters,
            ..LoadOptions::default()
        };
        load(&Source::Path(folder.path().to_owned()), &options, &Task::unattended()).unwrap()
    };
    let data = open(Filters {
        condition: Some("rating>=4".parse().unwrap()),
        ..Filters::default()
    });
    let label = |id: &str| data.find_item(id).map(|i| data.item_label(i).to_owned());
    assert_eq!(label("8").as_deref(), Some("Alien (1979)"));
    assert_eq!((label("7"), label("5").as_deref()), (None, Some("Nobody's")));
    assert_eq!(
        (rows(&data), data.report().duplicates),
        (vec!["185".into(), "295".to_owned()], 1)
    );
    let genres = data.item_attributes().column("genre").unwrap();
    let shown = |id: &str| genres.display(data.find_item(id).unwrap().at());
    assert_eq!(
        [shown("8"), shown("9"), shown("5")].map(Option::unwrap),
        ["Horror, Action", "Drama", "Drama"]
    );
    // Who asks for ratings does not want what has none.
    let core = open(Filters {
        min_item_ratings: 1,
        ..Filters::default()
    });
    assert_eq!((core.n_items(), core.n_ratings()), (3, 3));
}

#[test]
fn no_filter_is_no_change_and_filters_make_another_dataset() {
    let whole = read(TEXT, Filters::default()).unwrap();
    let all = Filters {
        condition: Some("rating>=0".parse().unwrap()),
        ..Filters::default()
    };
    let same = read(TEXT, all).unwrap();
    assert_eq!(rows(&whole), rows(&same));
    assert_eq!((whole.identity(), whole.scale()), (same.identity(), same.scale()));
    let less = Filters {
        condition: Some("rating>=4".parse().unwrap()),
        ..Filters::default()
    };
    assert_ne!(whole.identity(), read(TEXT, less).unwrap().identity());
    let empty = Dataset::new(DatasetParts::default(), DuplicatePolicy::Last).unwrap();
    let none = Filters {
        min_user_ratings: 1,
        ..Filters::default()
    };
    assert!(none.apply(empty, &Task::unattended()).is_err());
}
