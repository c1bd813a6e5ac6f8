//! What a file is, from its first lines: the separator, and whether there is a header.

use super::columns::{Role, by_alias};
use super::number::is_number;
use super::records::{Records, Separator, Syntax};
use super::times::is_time;

/// The first records of a file.
const LINES: usize = 100;

/// The records of a sample under a syntax; faults are left out.
pub(super) fn split(sample: &[u8], syntax: &Syntax) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let Ok(mut records) = Records::new(sample, syntax.clone()) else {
        return rows;
    };
    // A fault moves on by a line, so the number of tries is bounded too.
    for _ in 0..2 * LINES {
        match records.advance() {
            Ok(true) => {
                let text = |i| String::from_utf8_lossy(records.field(i)).trim().to_owned();
                rows.push((0..records.len()).map(text).collect());
            }
            Ok(false) => break,
            Err(_) => {}
        }
        if rows.len() == LINES {
            break;
        }
    }
    rows
}

/// The separator under which the lines of the sample agree best; `None` where none makes two columns.
///
/// The one that gives most lines the same number of fields (at least two); among nearly equal ones three and more columns
/// go before two, then the order tab `::` `;` `,` `|` blanks: what stands behind may well occur within a field.
pub(super) fn separator(sample: &[u8]) -> Option<Separator> {
    let sample = &sample[..sample.len().min(1 << 16)];
    let candidates = [
        Separator::Byte(b'\t'),
        Separator::Text(b"::".to_vec()),
        Separator::Byte(b';'),
        Separator::Byte(b','),
        Separator::Byte(b'|'),
        Separator::Blanks,
    ];
    let rated: Vec<(usize, usize, Separator)> = candidates
        .into_iter()
        .filter_map(|separator| {
            let rows = split(sample, &Syntax::of(separator.clone()));
            let (fields, lines) = most_common(rows.iter().map(Vec::len).filter(|n| *n >= 2))?;
            Some((lines, fields, separator))
        })
        .collect();
    let most = rated.iter().map(|r| r.0).max()?;
    let good = |r: &&(usize, usize, Separator)| r.0 * 5 >= most * 4;
    let three = rated.iter().filter(good).find(|r| r.1 >= 3);
    three.or_else(|| rated.iter().find(good)).map(|r| r.2.clone())
}

/// The most common value and how often it comes; of equally common ones the first to come.
fn most_common(values: impl Iterator<Item = usize>) -> Option<(usize, usize)> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for value in values {
        match counts.iter_mut().find(|c| c.0 == value) {
            Some(count) => count.1 += 1,
            None => counts.push((value, 1)),
        }
    }
    counts.into_iter().reduce(|best, c| if c.1 > best.1 { c } else { best })
}

/// Whether the first row of a ratings file names its columns: it has a known name, or words alone where a later row has a number.
pub(super) fn has_header(rows: &[Vec<String>]) -> bool {
    let Some(first) = rows.first() else { return false };
    let number = |f: &String| is_number(f.as_bytes()) || is_time(f.as_bytes());
    if first.iter().any(number) {
        return false;
    }
    if Role::ALL.iter().any(|&role| by_alias(first, role).is_some()) {
        return true;
    }
    let later = rows.iter().skip(1).take(20);
    later
        .filter(|row| row.iter().skip(2).any(number) || row.iter().take(2).all(number))
        .count()
        > 0
}

/// Whether these rows can well be ratings: a header that says so, or numbers in the third column, at most a few columns.
pub(super) fn looks_like_ratings(rows: &[Vec<String>]) -> bool {
    let Some(first) = rows.first() else { return false };
    if has_header(rows) {
        let named = |role| by_alias(first, role).is_some();
        let rated = named(Role::Rating) || first.len() - usize::from(named(Role::Time)) == 2;
        return named(Role::User) && named(Role::Item) && rated && rows.len() > 1;
    }
    let usable = rows.iter().filter(|r| {
        (3..=8).contains(&r.len()) && is_number(r[2].as_bytes()) && !r[0].contains(' ') && !r[1].contains(' ')
    });
    usable.count() * 10 >= rows.len() * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_found_by_agreement() {
        let name = |text: &str| separator(text.as_bytes()).map(|s| s.name());
        assert_eq!(
            name("196\t242\t3\t881250949\n186\t302\t3\t891717742\n").as_deref(),
            Some("tab")
        );
        assert_eq!(name("1::2::3\n4::5::6").as_deref(), Some("::"));
        assert_eq!(
            name("a,b,2020-01-01 10:00\nc,d,2020-01-02 11:00\n").as_deref(),
            Some(",")
        );
        assert_eq!(name("u;i;3,5\nu;j;4,0\n").as_deref(), Some(";"));
        assert_eq!(name("1|2|3\n4|5|6").as_deref(), Some("|"));
        assert_eq!(name("1 2 3\n4  5 6\n").as_deref(), Some("blanks"));
        assert_eq!(
            name("user,item,rating\n1,\"a;b;c\",3\n1,2\n1,3,4\n").as_deref(),
            Some(",")
        );
        assert_eq!(name("a\nb\n"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn headers_are_told_from_rows() {
        let header = |text: &str| has_header(&split(text.as_bytes(), &Syntax::of(Separator::Byte(b','))));
        assert!(header("userId,movieId,rating\n1,2,3"));
        assert!(header("Kunde,Ware,Note\nA,B,3"));
        assert!(header("user,item\nA,B"));
        assert!(!header("1,2,abc\n1,3,4"));
        assert!(!header("A,B\nC,D"));
        assert!(!header("A,B,5\nC,D,4"));
        assert!(header("user,item,rating\n"));
    }
}
