//! Which column of a ratings file is the user, the item, the rating and the time.

use std::str::FromStr;

use super::error::quoted;

/// How a person names a column: its number from 1, or its text in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// From 1.
    Number(usize),
    /// As in the header; upper and lower case are the same.
    Header(String),
}

/// The columns that a person named with `--columns`; the others are found by their names or places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    pub user: Option<ColumnName>,
    pub item: Option<ColumnName>,
    pub rating: Option<ColumnName>,
    pub time: Option<ColumnName>,
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
            if place.replace(column).is_some() {
                return Err(format!("two columns are named for {}", quoted(role.trim().as_bytes())));
            }
        }
        Ok(map)
    }
}

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
                 person accountid visitorid profileid readerid listenerid viewerid"
            }
            Self::Item => {
                "itemid item iid items movieid movie filmid film asin productid product sku bookid book isbn \
                 artistid artist trackid track songid song albumid animeid anime gameid game appid jokeid joke \
                 businessid recipeid articleid newsid showid videoid contentid parentasin"
            }
            Self::Rating => {
                "rating ratings score stars star overall value bookrating starrating userrating preference plays \
                 playcount playcounts count counts listens listencount weight hours clicks purchases quantity"
            }
            Self::Time => {
                "timestamp time unixreviewtime date datetime ts ratedat createdat reviewdate ratingdate unixtime \
                 ratingtimestamp eventtime watchedat"
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
    role.aliases().find_map(|alias| names.iter().position(|n| n == alias))
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

    fn width(&self) -> usize {
        let mut widths: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let typical = widths.get(widths.len() / 2).copied();
        typical.or(self.header.map(<[String]>::len)).unwrap_or(0)
    }

    fn named(&self, name: &ColumnName) -> Result<usize, String> {
        let text = match name {
            ColumnName::Number(number) => return Ok(number - 1),
            ColumnName::Header(text) => text,
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

/// Decides which column is what: by `--columns`, then by the header, then by place (user, item, rating, time).
pub(super) fn resolve(clues: &Clues<'_>, map: &ColumnMap) -> Result<Columns, String> {
    let mut found: [Option<usize>; 4] = [None; 4];
    for (slot, name) in found.iter_mut().zip([&map.user, &map.item, &map.rating, &map.time]) {
        *slot = name.as_ref().map(|n| clues.named(n)).transpose()?;
    }
    let by_header = clues
        .header
        .is_some_and(|h| Role::ALL.iter().take(2).any(|&r| by_alias(h, r).is_some()));
    if let Some(header) = clues.header {
        for role in Role::ALL {
            let free = by_alias(header, role).filter(|at| !found.contains(&Some(*at)));
            found[role as usize] = found[role as usize].or(free);
        }
    }
    for role in [Role::User, Role::Item] {
        if found[role as usize].is_none() {
            found[role as usize] = (0..3).find(|at| !found.contains(&Some(*at)));
        }
    }
    let [user, item, mut rating, mut time] = found;
    let (user, item) = (user.unwrap_or(0), item.unwrap_or(1));
    let width = clues.width();
    let free = |rating: Option<usize>, time: Option<usize>| {
        (0..width).find(|at| ![Some(user), Some(item), rating, time].contains(&Some(*at)))
    };
    if rating.is_none() && !clues.implicit {
        // Beside known names a column is a rating only where it looks like one; without names the third is, come what may.
        let numeric = |at: &usize| clues.mostly(*at, |f| super::number::parse_number(f).is_some());
        rating = free(None, time).filter(|at| !by_header || (map.rating.is_none() && numeric(at)));
    }
    if time.is_none() && clues.header.is_none() {
        let plausible = |at: &usize| {
            clues.mostly(*at, |f| {
                super::number::parse_time(f).is_some_and(|t| t.abs() > 9999) && f.len() < 40
            })
        };
        let at = if clues.implicit && map.rating.is_none() {
            None
        } else {
            free(rating, None)
        };
        time = at.filter(plausible);
    }
    if clues.implicit {
        rating = None;
        if clues.header.is_none() && time.is_none() {
            time = (2..width).rev().find(|at| {
                ![user, item].contains(at)
                    && clues.mostly(*at, |f| super::number::parse_time(f).is_some_and(|t| t > 99_999_999))
            });
        }
    }
    let columns = Columns {
        user,
        item,
        rating,
        time,
    };
    let all = [Some(user), Some(item), columns.rating, columns.time];
    let twice = all.iter().enumerate().any(|(i, c)| c.is_some() && all[..i].contains(c));
    if twice {
        return Err("one column cannot be two things at once (check --columns)".to_owned());
    }
    Ok(columns)
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
            columns(3, 2, Some(0), None)
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
