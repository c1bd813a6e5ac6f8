//! `ratings.csv` with tables beside it: MovieLens latest, 20M, 25M and 32M (`movies.csv`, `tags.csv`), and any folder laid
//! out likewise (`items.csv`, `films.csv`, `books.csv`, …, `users.csv`).

use super::super::table::{read_items, read_tags, read_users};
use super::{About, Place, Plan};

const EXTENSIONS: [&str; 3] = ["csv", "tsv", "txt"];
const ITEMS: [&str; 14] = [
    "movies", "items", "films", "books", "products", "artists", "songs", "tracks", "albums", "games", "anime",
    "recipes", "jokes", "articles",
];

pub(super) fn recognize(place: &Place) -> Option<Plan> {
    let ratings = match &place.file {
        Some(file) => {
            let name = place.file_name()?;
            let (stem, extension) = name.rsplit_once('.')?;
            (stem == "ratings" && EXTENSIONS.contains(&extension)).then(|| file.clone())?
        }
        None => place.find_any(&["ratings"], &EXTENSIONS)?,
    };
    let items = place.find_any(&ITEMS, &EXTENSIONS);
    let name = if place.find("movies.csv").is_some() {
        "movielens-csv"
    } else {
        "csv-folder"
    };
    Some(
        Plan::of(name, ratings)
            .with(About::Items, items, read_items)
            .with(About::Users, place.find_any(&["users"], &EXTENSIONS), read_users)
            .with(About::Tags, place.find("tags.csv"), read_tags),
    )
}
