//! The search for the columns of ratings: what a person says, then what names say, then the order. Where two readings fit,
//! none is taken.

use super::columns::{COUNTS, Clues, ColumnMap, ColumnName, Columns, RATINGS, Role, by_alias, squeeze};
use super::times::is_plausible;

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

    /// The first that can be what its place says: one that counts rows cannot, where there are enough others, or its name
    /// says it.
    fn next_in_order(&self) -> Option<usize> {
        let clues = self.clues;
        let is_other = |at: &usize| !clues.is_index(*at) && !clues.is_running(*at) && !clues.has_times(*at);
        let enough = (0..clues.width()).filter(is_other).count() >= 3;
        let counts = |at: &usize| clues.is_index(*at) || (enough && clues.is_running(*at));
        self.free().find(|at| !counts(at))
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
}
