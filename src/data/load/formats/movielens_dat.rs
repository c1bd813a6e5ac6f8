//! MovieLens 1M and 10M: `ratings.dat`, `movies.dat`, and `users.dat` or `tags.dat`, all separated by `::`, without
//! headers or quotes. The time of a rating may be missing.

use super::super::catalog::year_of_title;
use super::super::error::LoadError;
use super::super::metadata::{Catalogs, MetadataFile};
use super::super::records::{Separator, Syntax};
use super::super::table::take_tags;
use super::{About, Format, Place, Plan, is_separated_by};

/// The codes of age groups in `users.dat`: the lowest age.
const AGES: [(&str, &str); 7] = [
    ("1", "under 18"),
    ("18", "18-24"),
    ("25", "25-34"),
    ("35", "35-44"),
    ("45", "45-49"),
    ("50", "50-55"),
    ("56", "56+"),
];

/// Occupations in `users.dat`, by their code.
const OCCUPATIONS: &str = "other, academic/educator, artist, clerical/admin, college/grad student, \
                            customer service, doctor/health care, executive/managerial, farmer, homemaker, \
                            K-12 student, lawyer, programmer, retired, sales/marketing, scientist, self-employed, \
                            technician/engineer, tradesman/craftsman, unemployed, writer";

fn double_colon() -> Separator {
    Separator::Text(b"::".to_vec())
}

pub(super) const FORMAT: Format = Format {
    name: "movielens-1m",
    title: "MovieLens 1M, 10M",
    files: "`ratings.dat` with `::`, with or without the time; `movies.dat`, `users.dat`, `tags.dat`",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
    let ratings = match &place.file {
        Some(file) => (place.file_name()? == "ratings.dat").then(|| file.clone())?,
        None => place.find("ratings.dat")?,
    };
    if !is_separated_by(&ratings, &double_colon()) {
        return None;
    }
    let name = if place.find("tags.dat").is_some() {
        "movielens-10m"
    } else {
        "movielens-1m"
    };
    let mut plan = Plan::of(name, ratings);
    plan.syntax = Some(Syntax::plain(double_colon()));
    Some(
        plan.with(About::Items, place.find("movies.dat"), read_movies)
            .with(About::Users, place.find("users.dat"), read_users)
            .with(About::Tags, place.find("tags.dat"), read_tags),
    )
}

fn read_movies(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(double_colon()));
    let items = &mut catalogs.items;
    while let Some(row) = file.next_row()? {
        let [id, title, ..] = &row[..] else {
            file.reject(row.len(), "the row has too few fields for a film")?;
            continue;
        };
        let Some(index) = items.describe(id) else { continue };
        items.set_title(index, title);
        items.set_number("year", index, year_of_title(title));
        let genres = row.get(2).map_or("", String::as_str);
        if genres != "(no genres listed)" {
            items.add_list("genre", index, genres);
        }
    }
    Ok(())
}

fn read_users(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(double_colon()));
    let users = &mut catalogs.users;
    while let Some(row) = file.next_row()? {
        let [id, gender, age, occupation, ..] = &row[..] else {
            file.reject(row.len(), "the row has too few fields for a user")?;
            continue;
        };
        let Some(index) = users.describe(id) else { continue };
        users.add_name("gender", index, gender);
        let group = AGES
            .iter()
            .find(|(code, _)| code == age)
            .map_or(age.as_str(), |(_, group)| group);
        users.add_name("age", index, group);
        let named = occupation
            .parse()
            .ok()
            .and_then(|code| OCCUPATIONS.split(", ").nth(code));
        users.add_name("occupation", index, named.unwrap_or(occupation));
        users.add_name("zip", index, row.get(4).map_or("", String::as_str));
    }
    Ok(())
}

fn read_tags(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(double_colon()));
    take_tags(file, &mut catalogs.items, 1, 2)
}
