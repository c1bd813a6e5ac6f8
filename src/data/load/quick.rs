//! The usual row: ids and ratings of at most seven plain characters (ids may be longer), times in whole seconds. A short
//! one is cut at once, so that the next begins before this one is understood; a long one, or one with quotation marks,
//! is read eight bytes at a time. Whatever is not exactly that is left to the general reader, which alone decides what is
//! an error.

use super::columns::{Columns, Role};
use super::records::{Separator, Syntax};
use super::stops::{PLAIN, Stops};

/// How usual rows of a file look.
#[derive(Clone, Debug)]
pub(super) struct QuickRows {
    separator: u8,
    /// The separator stands there twice: `::`.
    double: bool,
    quoting: bool,
    columns: Columns,
    /// Up to the last column that is needed.
    roles: Vec<Option<Role>>,
}

/// Most columns of a row that is cut at once.
const AT_ONCE: usize = 8;

/// A field of plain characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    /// Up to eight characters, the first in the lowest byte; 0 where there are more.
    pub word: u64,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct QuickRow {
    pub user: Field,
    pub item: Field,
    /// At most seven characters; none where ratings have no column.
    pub rating: u64,
    pub time: i64,
    /// Where the field of the item begins, a quotation mark included.
    pub item_at: usize,
    pub next: usize,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
/// The highest bit of every byte that is zero; bits above the lowest such byte may be wrong.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Likewise of every byte below `bound`, which is at most 128.
#[inline]
fn below(word: u64, bound: u64) -> u64 {
    word.wrapping_sub(ONES * bound) & !word & HIGHS
}

#[inline]
fn load(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at + 8)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

impl QuickRows {
    /// `None` where rows of this syntax are not usual.
    pub fn new(syntax: &Syntax, columns: Columns) -> Option<Self> {
        let (separator, double) = match &syntax.separator {
            Separator::Byte(byte) => (*byte, false),
            Separator::Text(text) => match text[..] {
                [a, b] if a == b => (a, true),
                _ => return None,
            },
            Separator::Blanks => return None,
        };
        let plain = |b: u8| b.is_ascii() && (b == b'\t' || b > b' ') && !b.is_ascii_alphanumeric();
        if !plain(separator) || matches!(separator, b'"' | b'.' | b'-' | b'+') {
            return None;
        }
        let mut roles = vec![None; columns.needed()];
        roles[columns.user] = Some(Role::User);
        roles[columns.item] = Some(Role::Item);
        for (at, role) in [(columns.rating, Role::Rating), (columns.time, Role::Time)] {
            if let Some(at) = at {
                roles[at] = Some(role);
            }
        }
        Some(Self {
            separator,
            double,
            quoting: syntax.quoting,
            columns,
            roles,
        })
    }

    /// Makes `row` the one that begins at `at`, where that is a usual one; the row before had `length` bytes. It stays where it
    /// is: copying would wait until all of it is written.
    #[inline]
    pub fn read(&self, bytes: &[u8], at: usize, length: usize, row: &mut QuickRow) -> Option<()> {
        if length <= 32 && self.read_short::<32>(bytes, at, row).is_some() {
            return Some(());
        }
        self.read_longer(bytes, at, row)
    }

    #[inline(never)]
    fn read_longer(&self, bytes: &[u8], at: usize, row: &mut QuickRow) -> Option<()> {
        self.read_short::<64>(bytes, at, row)
            .or_else(|| self.read_any(bytes, at, row))
    }

    /// A row without quotation marks whose needed columns end within `WINDOW` bytes.
    #[inline(always)]
    fn read_short<const WINDOW: usize>(&self, bytes: &[u8], begin: usize, row: &mut QuickRow) -> Option<()> {
        let view = bytes.get(begin..begin + (WINDOW + 8))?;
        let Stops { mut separators, others } = Stops::of(view, WINDOW, self.separator);
        let mut fields = [(0, 0); AT_ONCE];
        let (last, before) = fields.get_mut(..self.roles.len())?.split_last_mut()?;
        // Where there are no more: 64.
        let line_ends = others.trailing_zeros() as usize;
        let mut start = 0;
        for field in before {
            let mut end = separators.trailing_zeros() as usize;
            // Nothing is empty.
            if end == start || end >= line_ends {
                return None;
            }
            *field = (start, end);
            separators &= separators - 1;
            if self.double {
                end += 1;
                if separators.trailing_zeros() as usize != end {
                    return None;
                }
                separators &= separators - 1;
            }
            start = end + 1;
        }
        let end = line_ends.min(separators.trailing_zeros() as usize);
        if end == start || end >= WINDOW {
            return None;
        }
        *last = (start, end);
        row.next = if end < line_ends {
            self.further_columns(bytes, begin + end)?
        } else {
            match (view[end], view[end + 1]) {
                (b'\n', _) => begin + end + 1,
                (b'\r', b'\n') => begin + end + 2,
                _ => return None,
            }
        };
        let field = |column: usize| {
            let (start, end) = fields[column];
            let length = end - start;
            // Eight bytes of characters are their own word.
            let unused = 56 - 8 * ((length - 1) & 7);
            let word = load(view, start % WINDOW)? & (u64::MAX >> unused);
            Some(Field {
                word: if length <= 8 { word } else { 0 },
                start: begin + start,
                end: begin + end,
            })
        };
        row.rating = 0;
        if let Some(column) = self.columns.rating {
            let field = field(column)?;
            if field.end - field.start > 7 {
                return None;
            }
            row.rating = field.word;
        }
        row.time = 0;
        if let Some(column) = self.columns.time {
            let (start, end) = fields[column];
            let (time, after) = whole_number(view, start)?;
            if after != end {
                return None;
            }
            row.time = time;
        }
        row.user = field(self.columns.user)?;
        row.item = field(self.columns.item)?;
        row.item_at = row.item.start;
        Some(())
    }

    /// Behind the end of the line whose further columns a separator at `at` opens.
    fn further_columns(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let at = at + 1;
        if self.double && bytes.get(at) != Some(&self.separator) {
            return None;
        }
        line_end(bytes, self.rest_of_line(bytes, at + usize::from(self.double))?)
    }

    /// Any usual row, field by field.
    fn read_any(&self, bytes: &[u8], mut at: usize, row: &mut QuickRow) -> Option<()> {
        *row = QuickRow::default();
        let last = self.roles.len() - 1;
        for (column, role) in self.roles.iter().enumerate() {
            let begin = at;
            let quoted = self.quoting && *bytes.get(at)? == b'"';
            at += usize::from(quoted);
            match role {
                Some(Role::Time) => (row.time, at) = whole_number(bytes, at)?,
                Some(Role::Rating) => {
                    let field = self.field(bytes, at, quoted)?;
                    if field.end - field.start > 7 {
                        return None;
                    }
                    (row.rating, at) = (field.word, field.end);
                }
                Some(Role::User) => {
                    row.user = self.field(bytes, at, quoted)?;
                    at = row.user.end;
                }
                Some(Role::Item) => {
                    row.item = self.field(bytes, at, quoted)?;
                    row.item_at = begin;
                    at = row.item.end;
                }
                None => at = self.field(bytes, at, quoted)?.end,
            }
            if quoted {
                // A backslash may make the mark one of the text.
                if *bytes.get(at)? != b'"' || bytes[at - 1] == b'\\' {
                    return None;
                }
                at += 1;
            }
            if *bytes.get(at)? == self.separator {
                at += 1;
                if self.double {
                    if *bytes.get(at)? != self.separator {
                        return None;
                    }
                    at += 1;
                }
                if column == last {
                    at = self.rest_of_line(bytes, at)?;
                }
            } else if column != last {
                return None;
            }
        }
        row.next = line_end(bytes, at)?;
        Some(())
    }

    /// The plain characters from `start` up to whatever ends the field; at least one.
    #[inline]
    fn field(&self, bytes: &[u8], start: usize, quoted: bool) -> Option<Field> {
        let closing = if quoted { b'"' } else { self.separator };
        let word = load(bytes, start)?;
        let ends = zeros(word ^ (ONES * u64::from(closing))) | below(word, u64::from(PLAIN));
        if ends == 0 {
            return long_field(bytes, start, closing);
        }
        let length = ends.trailing_zeros() as usize / 8;
        let mask = (1u64 << (8 * length)) - 1;
        let text = word & mask;
        // The rest is made digits, which are plain.
        let padded = text | ((ONES * u64::from(b'0')) & !mask);
        if length == 0 || padded & HIGHS != 0 || zeros(padded ^ (ONES * u64::from(b'"'))) != 0 {
            return None;
        }
        Some(Field {
            word: text,
            start,
            end: start + length,
        })
    }

    /// The end of the line behind columns that are not needed; none where they hold anything that takes a closer look.
    fn rest_of_line(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = bytes.get(at..)?;
        let length = memchr::memchr2(b'\n', b'\r', rest)?;
        let rest = &rest[..length];
        let quotes = self.quoting && memchr::memchr(b'"', rest).is_some();
        let odd = quotes || !rest.is_ascii() || memchr::memchr(0, rest).is_some();
        (!odd).then_some(at + length)
    }
}

/// Behind the end of the line that is at `at`.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'\n' => Some(at + 1),
        b'\r' if *bytes.get(at + 1)? == b'\n' => Some(at + 2),
        _ => None,
    }
}

/// A field of eight plain characters or more.
fn long_field(bytes: &[u8], start: usize, closing: u8) -> Option<Field> {
    let plain = |b: &&u8| **b != closing && **b != b'"' && (0x21..0x80).contains(*b);
    let length = bytes.get(start..)?.iter().take_while(plain).count();
    let word = if length == 8 { load(bytes, start)? } else { 0 };
    (length >= 8).then_some(Field {
        word,
        start,
        end: start + length,
    })
}

/// One to eighteen digits from `start`, and where they end.
#[inline]
fn whole_number(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let (mut number, mut at) = (0u64, start);
    if let Some(word) = load(bytes, start) {
        let digits = word ^ (ONES * u64::from(b'0'));
        // Eight digits: none has a high half, none is above nine.
        if digits & (0xf0 * ONES) == 0 && (digits + 6 * ONES) & (0xf0 * ONES) == 0 {
            // Neighbors are joined to pairs, to fours, to the whole.
            let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
            let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
            number = (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff;
            at += 8;
        }
    }
    loop {
        let digit = bytes.get(at)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        at += 1;
        if at - start > 18 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    (at > start).then_some((number as i64, at))
}

#[cfg(test)]
mod tests {
    use super::super::times::parse_time;
    use super::*;
    use proptest::prelude::*;

    fn columns() -> Columns {
        Columns {
            user: 0,
            item: 1,
            rating: Some(2),
            time: Some(3),
        }
    }

    fn read(syntax: &Syntax, text: &str) -> Option<(String, String, String, i64, usize)> {
        let mut row = QuickRow::default();
        QuickRows::new(syntax, columns())?.read(text.as_bytes(), 0, 0, &mut row)?;
        let rating = row.rating.to_le_bytes().into_iter().filter(|b| *b != 0);
        Some((
            text[row.user.start..row.user.end].to_owned(),
            text[row.item.start..row.item.end].to_owned(),
            rating.map(char::from).collect(),
            row.time,
            row.next,
        ))
    }

    #[test]
    fn usual_rows_are_read_and_others_are_not() {
        let comma = Syntax::of(Separator::Byte(b','));
        let rest = "9,9,9,9999999999\n9,9,9,9999999999\n";
        let row = |user: &str, item: &str, rating: &str, time: i64, next: usize| {
            Some((user.to_owned(), item.to_owned(), rating.to_owned(), time, next))
        };
        let cases = [
            ("1,31,2.5,1260759144\n", row("1", "31", "2.5", 1_260_759_144, 20)),
            ("1,31,2.5,1260759144\r\n", row("1", "31", "2.5", 1_260_759_144, 21)),
            ("\"1\",\"31\",\"2.5\",\"12\"\n", row("1", "31", "2.5", 12, 20)),
            ("1,B00004CQT3,5,0,great\n", row("1", "B00004CQT3", "5", 0, 23)),
            ("1,B0000412,5,0\n", row("1", "B0000412", "5", 0, 15)),
            ("1,31,2.5,1260759144\r", None),
            ("1,31,2.5\n", None),
            ("1,,2.5,1\n", None),
            (" 1,3,2.5,1\n", None),
            ("1,3,2.5,1 \n", None),
            ("1,\u{e9},2.5,1\n", None),
            ("1,\"a\"\"b\",2.5,1\n", None),
            ("1,a\"b,2.5,1\n", None),
            ("1,3,2.5,-1\n", None),
            ("1,3,2.5,1234567890123456789\n", None),
            ("1,3,2.5,1,\"a\n", None),
            ("1,\"a\\\",2.5,1\n", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(read(&comma, &format!("{text}{rest}")), wanted, "{text}");
        }
        let double = Syntax::plain(Separator::Text(b"::".to_vec()));
        let text = format!("1::1193::5::978300760\n{rest}");
        assert_eq!(read(&double, &text), row("1", "1193", "5", 978_300_760, 22));
        assert_eq!(read(&double, &format!("1::1:93::5::978300760\n{rest}")), None);
        assert_eq!(read(&Syntax::of(Separator::Blanks), &text), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_those_of_the_general_reader(text in "[0-9/:]{0,20}") {
            let line = format!("{text},........");
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let wanted = if (1..=18).contains(&digits) { parse_time(&text.as_bytes()[..digits]) } else { None };
            prop_assert_eq!(whole_number(line.as_bytes(), 0), wanted.map(|t| (t.whole, digits)));
        }

        #[test]
        fn a_short_row_is_read_as_any(
            text in "(([ab1]{0,9}|31|4[.]5|12345678901?)(,|::|\t|\n|\r\n|\r|\"| |é)){0,12}", order in 0usize..4,
        ) {
            let text = format!("{text}{}", "1,2,3,4\n".repeat(10));
            let columns = [
                columns(),
                Columns { user: 3, item: 0, rating: None, time: Some(1) },
                Columns { user: 0, item: 1, rating: Some(2), time: None },
                Columns { user: 1, item: 2, rating: Some(9), time: None },
            ][order];
            for separator in [Separator::Byte(b','), Separator::Byte(b'\t'), Separator::Text(b"::".to_vec())] {
                for quoting in [false, true] {
                    let syntax = Syntax { quoting, ..Syntax::of(separator.clone()) };
                    let rows = QuickRows::new(&syntax, columns).unwrap();
                    for at in 0..text.len() {
                        let (mut short, mut any) = (QuickRow::default(), QuickRow::default());
                        let read = rows.read_any(text.as_bytes(), at, &mut any);
                        for found in [
                            rows.read_short::<32>(text.as_bytes(), at, &mut short).map(|()| short),
                            rows.read_short::<64>(text.as_bytes(), at, &mut short).map(|()| short),
                        ] {
                            prop_assert!(found.is_none_or(|short| read.is_some() && short == any));
                        }
                    }
                }
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            for syntax in [Syntax::of(Separator::Byte(b'\t')), Syntax::plain(Separator::Text(b"::".to_vec()))] {
                let rows = QuickRows::new(&syntax, columns()).unwrap();
                for at in 0..=bytes.len() { let _ = rows.read(&bytes, at, 0, &mut QuickRow::default()); }
            }
        }
    }
}
