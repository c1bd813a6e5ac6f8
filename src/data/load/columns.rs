//! Which column of a ratings file is the user, the item, the rating and the time: what a person says, then what names say,
//! then the order. Where two readings fit, none is taken.

use std::str::FromStr;

use super::error::quoted;
use super::number::{is_number, parse_number};
use super::times::{is_missing, is_plausible, is_time};
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
const RATINGS: &str = "rating ratings score stars star overall value bookrating starrating userrating preference \
                       bewertung wertung";
/// Names of columns of counts, which are ratings where nothing else is.
const COUNTS: &str = "plays playcount playcounts count counts listens listencount weight hours clicks purchases \
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
    let counts = (role == Role::Rating).then_some(COUNTS).unwrap_or_default();
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
    fn mostly(&self, index: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        let fields: Vec<&String> = self.rows.iter().filter_map(|r| r.get(index)).collect();
        !fields.is_empty() && fields.iter().filter(|f| test(f.as_bytes())).count() * 10 >= fields.len() * 9
    }

    pub fn width(&self) -> usize {
        let mut widths: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let typical = widths.get(widths.len() / 2).copied();
        typical.or(self.header.map(<[String]>::len)).unwrap_or(0)
    }

    fn fields(&self, index: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows.iter().filter_map(move |r| r.get(index)).map(String::as_str)
    }

    fn is_numeric(&self, index: usize) -> bool {
        self.mostly(index, |f| is_number(f) || is_missing(f)) && self.fields(index).any(|f| is_number(f.as_bytes()))
    }

    /// Whether a column has dates, or numbers that lie where times since 1970 do.
    fn has_times(&self, index: usize) -> bool {
        self.has_dates(index) || self.mostly(index, is_epoch)
    }

    fn has_dates(&self, index: usize) -> bool {
        self.mostly(index, |f| !is_number(f) && is_time(f))
    }

    /// Whether a column counts rows: by its name, or one after the other, while the column before it changes as well.
    fn is_running(&self, index: usize) -> bool {
        const UNNAMED: [&str; 8] = ["", "index", "idx", "row", "rowid", "rownumber", "unnamed0", "unnamed"];
        let name = self.header.map(|h| squeeze(h.get(index).map_or("", String::as_str)));
        if name.is_some_and(|name| UNNAMED.contains(&name.as_str())) {
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
    fn name_of(&self, index: usize) -> String {
        let name = self.header.and_then(|h| h.get(index)).filter(|name| !name.is_empty());
        name.map_or_else(|| (index + 1).to_string(), |name| clean_label(name).into_owned())
    }

    fn names_of(&self, columns: impl IntoIterator<Item = usize>) -> String {
        let names: Vec<String> = columns.into_iter().take(12).map(|at| self.name_of(at)).collect();
        names.join(", ")
    }

    fn named(&self, name: &ColumnName) -> Result<usize, String> {
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

/// Decides which column is what: by `--columns`, then by the header, then by place (user, item, rating, time).
pub(super) fn resolve(clues: &Clues<'_>, map: &ColumnMap) -> Result<Columns, String> {
    let mut search = Search::of(clues, map)?;
    search.by_header()?;
    search.guess_ids()?;
    search.guess_rating()?;
    search.guess_time();
    let [user, item, rating, time] = search.found;
    let columns = Columns {
        user: user.unwrap_or(0),
        item: item.unwrap_or(1),
        rating: rating.filter(|_| !clues.implicit),
        time,
    };
    search.check_surplus(columns)?;
    Ok(columns)
}

/// What is found so far, by role.
struct Search<'a> {
    clues: &'a Clues<'a>,
    found: [Option<usize>; 4],
    /// The roles that a person has decided.
    said: [bool; 4],
    /// A user or an item has a known name: then only what looks like a rating is one.
    named: bool,
}

impl<'a> Search<'a> {
    fn of(clues: &'a Clues<'a>, map: &ColumnMap) -> Result<Self, String> {
        let names = [&map.user, &map.item, &map.rating, &map.time];
        let mut found = [None; 4];
        for (slot, name) in found.iter_mut().zip(names) {
            let name = name.as_ref().filter(|n| **n != ColumnName::Nothing);
            *slot = name.map(|n| clues.named(n)).transpose()?;
        }
        if found
            .iter()
            .enumerate()
            .any(|(i, c)| c.is_some() && found[..i].contains(c))
        {
            return Err("one column cannot be two things at once (check --columns)".to_owned());
        }
        let mut said = names.map(Option::is_some);
        // Who names all of a rating has named what is to be read.
        said[Role::Time as usize] |= said[..3] == [true; 3];
        Ok(Self {
            clues,
            found,
            said,
            named: false,
        })
    }

    fn is_open(&self, role: Role) -> bool {
        self.found[role as usize].is_none() && !self.said[role as usize]
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.clues.width()).filter(|at| !self.found.contains(&Some(*at)))
    }

    /// The first that can be what its place says: one that counts rows cannot, where there are enough others.
    fn next_in_order(&self) -> Option<usize> {
        let enough = self.clues.header.is_some() || self.clues.width() > 3;
        self.free().find(|at| !(enough && self.clues.is_running(*at)))
    }

    fn by_header(&mut self) -> Result<(), String> {
        let Some(header) = self.clues.header else { return Ok(()) };
        self.named = by_alias(header, Role::User).or(by_alias(header, Role::Item)).is_some();
        for role in [Role::User, Role::Item, Role::Time] {
            if self.is_open(role) {
                self.found[role as usize] = by_alias(header, role).filter(|at| !self.found.contains(&Some(*at)));
            }
        }
        if self.is_open(Role::Rating) && !self.clues.implicit {
            self.found[Role::Rating as usize] = self.rating_by_name(header)?;
        }
        Ok(())
    }

    /// The column whose name says that it is a rating, else a count.
    fn rating_by_name(&self, header: &[String]) -> Result<Option<usize>, String> {
        let names: Vec<String> = header.iter().map(|h| squeeze(h)).collect();
        for aliases in [RATINGS, COUNTS] {
            let is_named = |at: &usize| aliases.split_whitespace().any(|alias| names[*at] == alias);
            let free = |at: &usize| !self.found.contains(&Some(*at));
            let mut those: Vec<usize> = (0..names.len()).filter(free).filter(is_named).collect();
            if let Some(sure) = those.iter().find(|at| names[**at] == "rating") {
                those = vec![*sure];
            }
            if those.len() > 1 {
                those.retain(|at| self.clues.is_numeric(*at));
            }
            if let [rating] = those[..] {
                return self.refuse_times(rating).map(|()| Some(rating));
            }
            if those.len() > 1 {
                return Err(self.several(&those));
            }
        }
        Ok(None)
    }

    /// Users and items by place: neither counts rows, nor are they dates.
    fn guess_ids(&mut self) -> Result<(), String> {
        for role in [Role::User, Role::Item] {
            if self.found[role as usize].is_some() {
                continue;
            }
            let what = if role == Role::User { "user" } else { "item" };
            let Some(at) = self.next_in_order() else {
                if self.clues.rows.is_empty() {
                    // A broken or endless line: the row itself will be the error.
                    self.found[role as usize] = (0..3).find(|at| !self.found.contains(&Some(*at)));
                    continue;
                }
                let names = self.clues.names_of(0..self.clues.width());
                return Err(format!(
                    "no column is left for the {what} (say --columns {what}=…; there are {names})"
                ));
            };
            if self.clues.has_dates(at) {
                let name = self.clues.name_of(at);
                return Err(format!(
                    "column {name} has times where the {what} is expected (say which is what: --columns \
                     user=…,item=…,time={name})"
                ));
            }
            self.found[role as usize] = Some(at);
        }
        Ok(())
    }

    /// Beside known names a column is a rating only where it alone looks like one; without names the third is.
    fn guess_rating(&mut self) -> Result<(), String> {
        if !self.is_open(Role::Rating) || self.clues.implicit {
            return Ok(());
        }
        let numeric: Vec<usize> = self.free().filter(|at| self.may_be_rating(*at)).collect();
        let timed = || {
            self.free()
                .find(|at| self.found[Role::Time as usize].is_none() && self.clues.has_times(*at))
        };
        let rating = match (&numeric[..], self.clues.header) {
            ([], Some(_)) if self.named => {
                timed().map_or(Ok(()), |at| self.refuse_times(at))?;
                None
            }
            ([one], Some(_)) => Some(*one),
            (several @ [_, _, ..], Some(_)) => return Err(self.several(several)),
            (_, header) => {
                let third = self.next_in_order();
                let better = numeric.first().filter(|_| header.is_none() || !self.named).copied();
                if let (Some(third), Some(better)) = (third, better)
                    && third != better
                    && !self.clues.has_times(third)
                {
                    return Err(self.unfit(third, better));
                }
                third
            }
        };
        if let Some(rating) = rating {
            self.refuse_times(rating)?;
        }
        self.found[Role::Rating as usize] = rating;
        Ok(())
    }

    /// Whether a column has numbers that are neither times nor the row's number, and no name that speaks against it.
    fn may_be_rating(&self, at: usize) -> bool {
        const OTHERS: &str = "position pos rank page price unitprice age year month day hour zip latitude longitude lat \
                              lon category type length duration size helpful useful funny cool code";
        let name = self
            .clues
            .header
            .and_then(|h| h.get(at))
            .map(|h| squeeze(h))
            .unwrap_or_default();
        let speaks_against = name.ends_with("id") || OTHERS.split_whitespace().any(|other| name == other);
        let clues = self.clues;
        !speaks_against && clues.is_numeric(at) && !clues.has_times(at) && !clues.is_running(at)
    }

    fn guess_time(&mut self) {
        if !self.is_open(Role::Time) || self.clues.header.is_some() {
            return;
        }
        let plausible = |at: &usize| self.clues.mostly(*at, is_plausible);
        let at = if self.clues.implicit && self.found[Role::Rating as usize].is_none() {
            self.free().filter(|at| *at > 1 && self.clues.has_times(*at)).last()
        } else {
            let order = self
                .free()
                .find(|at| self.clues.has_times(*at) || !self.clues.is_running(*at));
            order.filter(plausible)
        };
        self.found[Role::Time as usize] = at;
    }

    /// Times are no ratings, unless a person says so.
    fn refuse_times(&self, at: usize) -> Result<(), String> {
        if self.said[Role::Rating as usize] || !self.clues.has_times(at) {
            return Ok(());
        }
        let name = self.clues.name_of(at);
        Err(format!(
            "column {name} looks like times where ratings are expected (say --columns time={name}, or --columns \
             rating={name})"
        ))
    }

    fn several(&self, columns: &[usize]) -> String {
        let names = self.clues.names_of(columns.iter().copied());
        let first = self.clues.name_of(columns[0]);
        format!("several columns may be the rating: {names} (say --columns rating={first}, or --implicit for none)")
    }

    fn unfit(&self, third: usize, better: usize) -> String {
        let (third, better) = (self.clues.name_of(third), self.clues.name_of(better));
        format!(
            "column {third} stands where ratings are expected, but column {better} has the numbers (say --columns \
             rating={better}, or --implicit for none)"
        )
    }

    /// Rows with a field more than the header: their columns may be others than it says.
    fn check_surplus(&self, columns: Columns) -> Result<(), String> {
        let Some(header) = self.clues.header else { return Ok(()) };
        let (rows, width) = (self.clues.rows, header.len());
        let longer = rows.iter().filter(|r| r.len() == width + 1 && !r[width].is_empty());
        if rows.is_empty() || longer.count() * 10 < rows.len() * 9 {
            return Ok(());
        }
        if self.clues.is_running(0) || rows.iter().enumerate().all(|(n, row)| row[0] == (n + 1).to_string()) {
            return Err(format!(
                "rows have a field more than the header, and begin with a number that it has no name for (add a name to \
                 the header, or say --no-header --columns user=…,item=…); the header has {width}"
            ));
        }
        let digits = |row: &Vec<String>| row.get(width).is_some_and(|f| f.bytes().all(|b| b.is_ascii_digit()));
        if columns.rating == Some(width - 1) && rows.iter().all(digits) {
            return Err(format!(
                "rows have a field more than the header, as if the comma in ratings were decimal (put such ratings in \
                 quotation marks); the header has {width}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        lines
            .iter()
            .map(|l| l.split(',').map(str::to_owned).collect())
            .collect()
    }

    fn resolved(header: Option<&str>, lines: &[&str], map: &str, implicit: bool) -> Result<Columns, String> {
        let header = header.map(|h| rows(&[h]).remove(0));
        let map = if map.is_empty() {
            ColumnMap::default()
        } else {
            map.parse()?
        };
        resolve(
            &Clues {
                header: header.as_deref(),
                rows: &rows(lines),
                implicit,
            },
            &map,
        )
    }

    #[allow(clippy::unnecessary_wraps)] // compared with results
    fn columns(user: usize, item: usize, rating: Option<usize>, time: Option<usize>) -> Result<Columns, String> {
        Ok(Columns {
            user,
            item,
            rating,
            time,
        })
    }

    #[test]
    fn columns_are_found_by_name_and_by_place() {
        let found = |h, l| resolved(h, l, "", false);
        assert_eq!(
            found(Some("userId,movieId,rating,timestamp"), &["1,2,3,4"]),
            columns(0, 1, Some(2), Some(3))
        );
        assert_eq!(
            found(Some("asin,overall,reviewerID,unixReviewTime"), &["a,5,b,1"]),
            columns(2, 0, Some(1), Some(3))
        );
        assert_eq!(
            found(Some("User-ID,ISBN,Book-Rating"), &["a,5,1"]),
            columns(0, 1, Some(2), None)
        );
        assert_eq!(found(Some("a,b,c"), &["x,y,5"]), columns(0, 1, Some(2), None));
        assert_eq!(
            found(Some("user_id,item_id,timestamp"), &["1,2,3"]),
            columns(0, 1, None, Some(2))
        );
        assert_eq!(
            found(Some("user,item,remark"), &["1,2,good"]),
            columns(0, 1, None, None)
        );
        assert_eq!(found(None, &["1,2,3"]), columns(0, 1, Some(2), None));
        assert_eq!(found(None, &["1,2,3,881250949"]), columns(0, 1, Some(2), Some(3)));
        assert_eq!(found(None, &["1,2,3,remark"]), columns(0, 1, Some(2), None));
        assert_eq!(found(None, &["1,2"]), columns(0, 1, None, None));
    }

    #[test]
    fn a_map_comes_first() {
        let header = Some("a,b,c,d");
        assert_eq!(
            resolved(header, &["1,2,3,4"], "user=d,item=C", false),
            Err("several columns may be the rating: a, b (say --columns rating=a, or --implicit for none)".to_owned())
        );
        assert_eq!(
            resolved(header, &["1,2,3,4"], "user=d,item=C,rating=none", false),
            columns(3, 2, None, None)
        );
        assert_eq!(
            resolved(
                Some("user,item,rating,time"),
                &["1,2,3,4"],
                "user=user,item=item,rating=rating",
                false
            ),
            columns(0, 1, Some(2), None)
        );
        assert_eq!(
            resolved(None, &["1,2,3,4"], "user=2,item=1,rating=4", false),
            columns(1, 0, Some(3), None)
        );
        assert_eq!(
            resolved(None, &["5,u,i,900000000"], "rating=1,time=4", false),
            columns(1, 2, Some(0), Some(3))
        );
        assert_eq!(
            resolved(None, &["1,2,3,900000000"], "", true),
            columns(0, 1, None, Some(3))
        );
        let message = |map| resolved(header, &["1,2,3,4"], map, false).unwrap_err();
        assert!(message("user=x").contains("no column is called \"x\" (there are \"a\""));
        assert!(message("user=1,item=1").contains("two things"));
        assert!(
            resolved(None, &["1,2,3"], "user=x", false)
                .unwrap_err()
                .contains("no header")
        );
    }

    #[test]
    fn a_map_that_says_nothing_is_refused() {
        for text in ["", "user", "user=", "user=0", "who=1", "user=1,user=2", "=3"] {
            assert!(text.parse::<ColumnMap>().is_err(), "{text}");
        }
    }
}
