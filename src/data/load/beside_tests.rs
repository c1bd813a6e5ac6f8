//! Files beside the ratings that are not what their names say, have other names, or are read by nobody.

use super::*;
use crate::data::ItemIx;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn open(files: &[(&str, &str)]) -> Result<Dataset, String> {
    let folder = folder(files);
    let source = Source::Path(folder.path().to_owned());
    load(&source, &LoadOptions::default(), &Task::unattended()).map_err(|e| e.to_string())
}

const RATINGS: (&str, &str) = ("ratings.csv", "user_id,book_id,rating\nu1,b1,5\nu1,b2,3\nu2,b1,4\n");

fn notes(data: &Dataset) -> String {
    data.report().notes.join("\n")
}

#[test]
fn what_is_not_what_its_name_says_is_left_out() {
    let tags = ("tags.csv", "tag_id,tag_name\n0,-\n1,--1-\n");
    let data = open(&[RATINGS, tags]).unwrap();
    assert!(
        notes(&data).contains("tags.csv was left out, since it is not what its name says"),
        "{}",
        notes(&data)
    );
    assert_eq!(
        (data.n_items(), data.report().files.as_slice()),
        (2, &["ratings.csv".to_owned()][..])
    );
    let users = [
        (
            "ratings.dat",
            "1::10::5::900000000\n1::20::3::900000001\n2::10::4::900000002\n",
        ),
        ("movies.dat", "10::Heat (1995)::Crime\n20::Cold (1999)::Drama\n"),
        ("users.dat", "1::139564917\n2::17528189\n"),
    ];
    let data = open(&users).unwrap();
    assert!(notes(&data).contains("users.dat was left out"), "{}", notes(&data));
    assert_eq!((data.n_users(), data.item_label(ItemIx(0))), (2, "Heat (1995)"));
    let others = ("books.csv", "book_id,title\nx7,Heat\nx8,Cold\n");
    let data = open(&[RATINGS, others]).unwrap();
    assert!(
        notes(&data).contains("none of its ids is in the ratings"),
        "{}",
        notes(&data)
    );
    assert_eq!(data.n_items(), 2);
    // One that is, but for a row, is an error there.
    let broken = ("books.csv", "book_id,title\nb1,\"Heat\nb2,Cold\n");
    assert!(
        open(&[RATINGS, broken])
            .unwrap_err()
            .contains("books.csv:2:4: a quotation mark opens here")
    );
}

#[test]
fn tables_of_items_have_many_names() {
    let ratings = (
        "user_artists.dat",
        "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n3\t51\t11351\n",
    );
    let artists = (
        "artists.dat",
        "id\tname\turl\n51\tDuran Duran\thttp://a\n52\tMorcheeba\thttp://b\n99\tAir\thttp://c\n",
    );
    let friends = ("user_friends.dat", "userID\tfriendID\n2\t51\n");
    let tags = ("tags.dat", "tagID\ttagValue\n51\tmetal\n52\talternative\n");
    let data = open(&[ratings, artists, friends, tags]).unwrap();
    let labels: Vec<&str> = data.items().map(|i| data.item_label(i)).collect();
    assert_eq!(labels, ["Duran Duran", "Morcheeba", "Air"]);
    let wanted =
        "artists.dat: taken for a table of items, since the column \"id\" has 2 of the 2 that were rated (100 %)";
    assert!(notes(&data).contains(wanted), "{}", notes(&data));
    assert!(
        notes(&data).contains("in this folder, but not read: tags.dat, user_friends.dat"),
        "{}",
        notes(&data)
    );
    let crossing = [
        (
            "BX-Book-Ratings.csv",
            "\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"276725\";\"034545104X\";\"0\"\n\"276726\";\"0155061224\";\"5\"\n",
        ),
        (
            "BX-Books.csv",
            "\"ISBN\";\"Book-Title\";\"Book-Author\"\n\"034545104X\";\"Flesh &amp; \\\"Tones\\\"\";\"Rose\"\n\"1\";\"B\";\"C\"\n",
        ),
        (
            "BX-Users.csv",
            "\"User-ID\";\"Location\";\"Age\"\n\"276725\";\"nyc, new york, usa\";NULL\n",
        ),
    ];
    let data = open(&crossing).unwrap();
    assert_eq!(
        (data.n_items(), data.item_label(ItemIx(0))),
        (3, "Flesh &amp; \"Tones\"")
    );
    assert!(
        notes(&data).contains("has 1 of the 2 that were rated (50 %)"),
        "{}",
        notes(&data)
    );
    assert!(notes(&data).contains("not read: BX-Users.csv"), "{}", notes(&data));
}

#[test]
fn what_items_are_like_is_read_as_it_is_meant() {
    let books = (
        "books.csv",
        "book_id,title,genres,publisher,year,pages,scifi,crime,Film-Noir\n\
         b1,Heat,\"Drama, Romance\",?,1995,\\N,0,1,1\nb2,Cold,Drama,Orbit,0,300,1,0,0\n",
    );
    let data = open(&[RATINGS, books]).unwrap();
    let attributes = data.item_attributes();
    let shown = |name: &str| [0, 1].map(|row| attributes.column(name).unwrap().display(row).unwrap_or_default());
    assert_eq!(shown("genre"), ["Drama, Romance", "Drama"]);
    assert_eq!(attributes.column("genre").unwrap().names().len(), 2);
    assert_eq!(
        (shown("publisher"), shown("year")),
        (["", "Orbit"].map(String::from), ["1995", ""].map(String::from))
    );
    assert_eq!(shown("pages"), ["", "300"]);
    assert_eq!(shown("flag"), ["crime, Film-Noir", "scifi"]);
    let one_hot = (
        "movies.csv",
        "book_id,title,Sci-Fi,Crime,Film-Noir\nb1,Heat,0,1,1\nb2,Cold,1,0,0\n",
    );
    let data = open(&[RATINGS, one_hot]).unwrap();
    let genres = data.item_attributes().column("genre").unwrap();
    assert_eq!(
        [0, 1].map(|row| genres.display(row).unwrap()),
        ["Crime, Film-Noir", "Sci-Fi"]
    );
    assert!(notes(&data).contains("3 columns of 0 and 1 were taken for names of the attribute genre"));
}
