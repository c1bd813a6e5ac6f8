//! MovieLens 100K: `u.data` (tabs; or a published split such as `u1.base`), `u.item` and `u.user` (`|`), `u.genre`.

use super::super::catalog::{year_of_date, year_of_title};
use super::super::columns::Columns;
use super::super::error::LoadError;
use super::super::metadata::{Catalogs, MetadataFile};
use super::super::records::{Separator, Syntax};
use super::{About, Format, Place, Plan, is_separated_by};

/// The flags at the end of a row of `u.item`, as `u.genre` numbers them.
const GENRES: &str = "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama Fantasy \
                       Film-Noir Horror Musical Mystery Romance Sci-Fi Thriller War Western";

pub(super) const FORMAT: Format = Format {
    name: "movielens-100k",
    title: "MovieLens 100K",
    files: "`u.data`, `u.item` (ISO-8859-1), `u.user`, `u.genre`; its published splits (`u1.base`)",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
    let ratings = match &place.file {
        Some(file) => {
            let name = place.file_name()?;
            let parts = name.strip_prefix('u').and_then(|n| n.rsplit_once('.'));
            let split = parts.is_some_and(|(_, extension)| matches!(extension, "base" | "test"));
            let known = name == "u.data" || split;
            (known && place.find("u.item").is_some()).then(|| file.clone())?
        }
        None => place.find("u.data")?,
    };
    if !is_separated_by(&ratings, &Separator::Byte(b'\t')) {
        return None;
    }
    let mut plan = Plan::of("movielens-100k", ratings);
    plan.syntax = Some(Syntax::plain(Separator::Byte(b'\t')));
    plan.columns = Some(Columns {
        user: 0,
        item: 1,
        rating: Some(2),
        time: Some(3),
    });
    Some(
        plan.with(About::Items, place.find("u.item"), read_items)
            .with(About::Users, place.find("u.user"), read_users),
    )
}

fn read_items(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(Separator::Byte(b'|')));
    let items = &mut catalogs.items;
    while let Some(row) = file.next_row()? {
        let Some(id) = row.first().filter(|id| !id.is_empty()) else {
            file.reject(0, "the id is empty")?;
            continue;
        };
        let Some(index) = items.describe(id) else { continue };
        let title = row.get(1).map_or("", String::as_str);
        items.set_title(index, title);
        let released = row.get(2).and_then(|date| year_of_date(date));
        items.set_number("year", index, year_of_title(title).or(released));
        let flags = row.iter().skip(5).zip(GENRES.split(' ')).skip(1);
        flags
            .filter(|(flag, _)| *flag == "1")
            .for_each(|(_, genre)| items.add_name("genre", index, genre));
    }
    Ok(())
}

fn read_users(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(Separator::Byte(b'|')));
    let users = &mut catalogs.users;
    while let Some(row) = file.next_row()? {
        let [id, age, gender, occupation, ..] = &row[..] else {
            file.reject(row.len(), "the row has too few fields for a user")?;
            continue;
        };
        let Some(index) = users.describe(id) else { continue };
        users.set_number("age", index, super::super::number::parse_number(age.as_bytes()));
        users.add_name("gender", index, gender);
        users.add_name("occupation", index, occupation);
        users.add_name("zip", index, row.get(4).map_or("", String::as_str));
    }
    Ok(())
}
