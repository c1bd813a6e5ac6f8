//! The columns of a ratings file, how a person names them, and what their names and contents say.

use std::str::FromStr;

use super::error::quoted;
use super::number::{is_number, parse_number};
use super::times::{is_missing, is_time};
use crate::data::clean_label;

/// How a person names a column: its number from 1, or its text in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// From 1.
    Number(usize),
    /// As in the header; upper and lower case are the same.
    Header(String),
    /// No column at all.
    Nothing,
}

/// The columns that a person named with `--columns`; the others are found by their names or places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    pub user: Option<ColumnName>,
    pub item: Option<ColumnName>,
    pub rating: Option<ColumnName>,
    pub time: Option<ColumnName>,
}

impl ColumnMap {
    /// Whether a column is named by its text in the header.
    pub(super) fn names_headers(&self) -> bool {
        let all = [&self.user, &self.item, &self.rating, &self.time];
        all.into_iter().flatten().any(|c| matches!(c, ColumnName::Header(_)))
    }
}

impl FromStr for ColumnMap {
    type Err = String;

    /// Reads `user=reviewerID,item=asin,rating=overall,time=4`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut map = Self::default();
        for part in text.split(',') {
            let Some((role, name)) = part.split_once('=') else {
                return Err(format!(
                    "{} is not of the form role=column (e.g. user=reviewerID,item=asin,rating=3)",
                    quoted(part.as_bytes())
                ));
            };
            let name = name.trim();
            let column = match name.parse::<usize>() {
                Ok(0) => return Err("columns are numbered from 1".to_owned()),
                Ok(number) => ColumnName::Number(number),
                Err(_) if name == "none" => ColumnName::Nothing,
                Err(_) if name.is_empty() => return Err(format!("no column is named for {}", quoted(role.as_bytes()))),
                Err(_) => ColumnName::Header(name.to_owned()),
            };
            let place = match role.trim().to_ascii_lowercase().as_str() {
                "user" => &mut map.user,
                "item" => &mut map.item,
                "rating" => &mut map.rating,
                "time" => &mut map.time,
                _ => {
                    return Err(format!(
                        "{} is not a role that a column can have (user, item, rating or time)",
                        quoted(role.trim().as_bytes())
                    ));
                }
            };
            if column == ColumnName::Nothing && !matches!(role.trim(), "rating" | "time") {
                return Err(format!("{} needs a column", quoted(role.trim().as_bytes())));
            }
            if place.replace(column).is_some() {
                return Err(format!("two columns are named for {}", quoted(role.trim().as_bytes())));
            }
        }
        Ok(map)
    }
}

/// Names of columns of ratings, as for [`Role::aliases`]; the first is sure.
pub(super) const RATINGS: &str = "rating ratings score stars star overall value bookrating starrating userrating preference \
                       bewertung wertung";
/// Names of columns of counts, which are ratings where nothing else is.
pub(super) const COUNTS: &str = "plays playcount playcounts count counts listens listencount weight hours clicks purchases \
                      quantity menge anzahl";

/// What a column of ratings can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Item,
    Rating,
    Time,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::User, Self::Item, Self::Rating, Self::Time];

    /// Header names, lower case, without anything but letters and digits, that say what a column is.
    fn aliases(self) -> std::str::SplitWhitespace<'static> {
        let names = match self {
            Self::User => {
                "userid user uid users username reviewerid reviewer customerid customer memberid member personid \
                 person accountid visitorid profileid readerid listenerid viewerid buyerid clientid shopperid \
                 authorid authorsteamid steamid benutzerid benutzer nutzerid nutzer kundenid kundennummer kunde \
                 utilisateur usuario sessionid"
            }
            Self::Item => {
                "itemid item iid items movieid movie filmid film asin productid product sku stockcode bookid book \
                 isbn artistid artist trackid track songid song albumid animeid anime gameid game appid jokeid \
                 joke businessid recipeid articleid newsid showid videoid contentid placeid place restaurantid \
                 hotelid venueid poiid courseid beerid parentasin artikelid artikelnummer artikel"
            }
            Self::Rating => RATINGS,
            Self::Time => {
                "timestamp time unixreviewtime date datetime ts ratedat createdat reviewdate ratingdate unixtime \
                 ratingtimestamp eventtime watchedat invoicedate orderdate purchasedate submitted zeitstempel datum \
                 zeit"
            }
        };
        names.split_whitespace()
    }
}

/// A header's text reduced to what aliases are compared by.
pub(super) fn squeeze(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where a role's column is by its header: the earlier alias is the better one.
pub(super) fn by_alias(header: &[String], role: Role) -> Option<usize> {
    let names: Vec<String> = header.iter().map(|h| squeeze(h)).collect();
    let counts = if role == Role::Rating {
        COUNTS
    } else {
        Default::default()
    };
    let mut aliases = role.aliases().chain(counts.split_whitespace());
    aliases.find_map(|alias| names.iter().position(|n| n == alias))
}

/// The columns of a ratings file, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub user: usize,
    pub item: usize,
    pub rating: Option<usize>,
    pub time: Option<usize>,
}

impl Columns {
    /// How many fields a row must have.
    pub fn needed(&self) -> usize {
        1 + self
            .user
            .max(self.item)
            .max(self.rating.unwrap_or(0))
            .max(self.time.unwrap_or(0))
    }
}

/// What is known of a file when its columns are looked for.
pub(super) struct Clues<'a> {
    pub header: Option<&'a [String]>,
    /// The first rows, the header not among them.
    pub rows: &'a [Vec<String>],
    pub implicit: bool,
}

impl Clues<'_> {
    /// Whether at least nine in ten of the rows that have column `index` satisfy `test` there.
    pub fn mostly(&self, index: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        let fields: Vec<&String> = self.rows.iter().filter_map(|r| r.get(index)).collect();
        !fields.is_empty() && fields.iter().filter(|f| test(f.as_bytes())).count() * 10 >= fields.len() * 9
    }

    pub fn width(&self) -> usize {
        let mut widths: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let typical = widths.get(widths.len() / 2).copied();
        typical.or(self.header.map(<[String]>::len)).unwrap_or(0)
    }

    pub fn fields(&self, index: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows.iter().filter_map(move |r| r.get(index)).map(String::as_str)
    }

    pub fn is_numeric(&self, index: usize) -> bool {
        self.mostly(index, |f| is_number(f) || is_missing(f)) && self.fields(index).any(|f| is_number(f.as_bytes()))
    }

    /// Whether a column has dates, or numbers that lie where times since 1970 do.
    pub fn has_times(&self, index: usize) -> bool {
        self.has_dates(index) || self.mostly(index, is_epoch)
    }

    pub fn has_dates(&self, index: usize) -> bool {
        self.mostly(index, |f| !is_number(f) && is_time(f))
    }

    /// Whether the name of a column says that it counts rows.
    pub fn is_index(&self, index: usize) -> bool {
        const UNNAMED: [&str; 7] = ["", "index", "idx", "rowid", "rownumber", "unnamed0", "unnamed"];
        let name = self.header.map(|h| squeeze(h.get(index).map_or("", String::as_str)));
        name.is_some_and(|name| UNNAMED.contains(&name.as_str()))
    }

    /// Whether a column counts rows: by its name, or one after the other, while the column before it changes as well.
    pub fn is_running(&self, index: usize) -> bool {
        if self.is_index(index) {
            return true;
        }
        let numbers: Option<Vec<u64>> = self.fields(index).map(|f| f.parse().ok()).collect();
        let Some(numbers) = numbers.filter(|n| n.len() >= RUNNING) else {
            return false;
        };
        let is_grouped = || {
            index > 0
                && self
                    .fields(index - 1)
                    .zip(self.fields(index - 1).skip(1))
                    .all(|(a, b)| a == b)
        };
        // A file of users and items may begin with one user's dense row.
        numbers.windows(2).all(|w| w[1] == w[0] + 1) && !is_grouped()
    }

    /// How a person would name a column to `--columns`.
    pub fn name_of(&self, index: usize) -> String {
        let name = self.header.and_then(|h| h.get(index)).filter(|name| !name.is_empty());
        name.map_or_else(|| (index + 1).to_string(), |name| clean_label(name).into_owned())
    }

    pub fn names_of(&self, columns: impl IntoIterator<Item = usize>) -> String {
        let names: Vec<String> = columns.into_iter().take(12).map(|at| self.name_of(at)).collect();
        names.join(", ")
    }

    pub fn named(&self, name: &ColumnName) -> Result<usize, String> {
        let text = match name {
            ColumnName::Number(number) => return Ok(number - 1),
            ColumnName::Header(text) => text,
            ColumnName::Nothing => return Err("no column is named".to_owned()),
        };
        let Some(header) = self.header else {
            return Err(format!(
                "--columns names a column {}, but there is no header (use the column's number)",
                quoted(text.as_bytes())
            ));
        };
        let exact = header.iter().position(|h| h == text);
        let loose = || header.iter().position(|h| squeeze(h) == squeeze(text));
        exact.or_else(loose).ok_or_else(|| {
            let known: Vec<String> = header.iter().take(12).map(|h| quoted(h.as_bytes())).collect();
            format!(
                "no column is called {} (there are {})",
                quoted(text.as_bytes()),
                known.join(", ")
            )
        })
    }
}

/// So many numbers that follow each other are no chance.
const RUNNING: usize = 10;

/// Whether a number lies where seconds since 1970, or thousandths of them and so on, do: 1979 to 2128.
fn is_epoch(field: &[u8]) -> bool {
    let seconds = 3e8..=5e9;
    let number = parse_number(field);
    number.is_some_and(|n| [1.0, 1e3, 1e6, 1e9].iter().any(|unit| seconds.contains(&(n / unit))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_says_nothing_is_refused() {
        for text in ["", "user", "user=", "user=0", "who=1", "user=1,user=2", "=3"] {
            assert!(text.parse::<ColumnMap>().is_err(), "{text}");
        }
    }
}
