//! `ratings.csv` with tables beside it: MovieLens latest, 20M, 25M and 32M (`movies.csv`, `tags.csv`), and any folder laid
//! out likewise (`items.csv`, `films.parquet`, `books.json`, …, `users.csv`).

use super::super::table::{read_items, read_tags, read_users};
use super::{About, Format, Place, Plan};

const EXTENSIONS: [&str; 8] = ["csv", "tsv", "txt", "parquet", "json", "jsonl", "ndjson", "arff"];
pub(super) const ITEMS: [&str; 14] = [
    "movies", "items", "films", "books", "products", "artists", "songs", "tracks", "albums", "games", "anime",
    "recipes", "jokes", "articles",
];

pub(super) const FORMAT: Format = Format {
    name: "movielens-csv",
    title: "MovieLens latest, 20M, 25M, 32M, and folders laid out likewise",
    files: "`ratings.csv` (or `.tsv`, `.json`, `.parquet`), `movies.csv` (`items`, `books`, `artists` …), `users.csv`, `tags.csv`",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
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
