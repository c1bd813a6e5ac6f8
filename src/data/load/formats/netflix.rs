//! The Netflix Prize: `12:` on a line of its own, then the ratings of film 12, `user,rating,date` each; in four files
//! (`combined_data_1.txt` …) or one a film (`mv_0000012.txt`). `movie_titles.csv` has the year and the title, which may
//! hold commas.

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::lines::{Line, LineFile, LineFormat};
use super::super::metadata::{Catalogs, MetadataFile};
use super::super::number::parse_number;
use super::super::records::{Separator, Syntax};
use super::super::rows::{Cell, RowFile, Take, hand_over};
use super::{About, Format, Layout, Opening, Place, Plan};

pub(super) const FORMAT: Format = Format {
    name: "netflix",
    title: "Netflix Prize",
    files: "`combined_data_1.txt` … `_4.txt`, or `mv_0000001.txt` …; `movie_titles.csv`",
    recognize,
    layout: Some(Layout { is, text: true, open }),
};

fn recognize(place: &Place) -> Option<Plan> {
    let is_part = |name: &str| {
        let name = name.trim_end_matches(".gz");
        let numbered = |start: &str| name.strip_prefix(start).and_then(|n| n.strip_suffix(".txt"));
        let number = numbered("combined_data_").or_else(|| numbered("mv_"));
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut files = match &place.file {
        Some(file) if is_part(&place.file_name()?) => vec![file.clone()],
        Some(_) => return None,
        None => place.all(is_part),
    };
    if files.is_empty() {
        return None;
    }
    let titles = place
        .find("movie_titles.csv")
        .or_else(|| place.find("movie_titles.txt"));
    let mut plan = Plan::of(FORMAT.name, files.remove(0));
    plan.more = files;
    Some(plan.with(About::Items, titles, read_titles))
}

fn read_titles(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.set_syntax(Syntax::plain(Separator::Byte(b',')));
    let items = &mut catalogs.items;
    while let Some(row) = file.next_row()? {
        let [id, year, title @ ..] = &row[..] else {
            file.reject(row.len(), "the row has too few fields for a film")?;
            continue;
        };
        let Some(index) = items.describe(id) else { continue };
        items.set_title(index, &title.join(", "));
        items.set_number("year", index, parse_number(year.as_bytes()));
    }
    Ok(())
}

/// The film of a line such as `12:`.
fn film(line: &str) -> Option<&str> {
    let film = line.trim_end().strip_suffix(':')?;
    (!film.is_empty() && film.bytes().all(|b| b.is_ascii_digit())).then_some(film)
}

fn is(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    std::str::from_utf8(line).is_ok_and(|line| film(line).is_some())
}

struct Netflix([String; 4]);

fn open(input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    let columns = ["user", "item", "rating", "date"].map(str::to_owned);
    Ok(Box::new(LineFile::open(input, |_| Ok(Netflix(columns)))?))
}

impl LineFormat for Netflix {
    fn columns(&self) -> &[String] {
        &self.0
    }

    fn is_heading(&self, line: &str) -> bool {
        film(line).is_some()
    }

    fn last_heading<'a>(&self, lines: &'a [u8]) -> Option<&'a str> {
        let colon = memchr::memrchr(b':', lines)?;
        let start = memchr::memrchr(b'\n', &lines[..colon]).map_or(0, |at| at + 1);
        let line = std::str::from_utf8(&lines[start..=colon]).ok()?;
        film(line).map(|_| line)
    }

    fn read(&self, line: &Line<'_>, wanted: &[usize], take: &mut dyn Take) -> bool {
        let fields: Vec<&str> = line.text.splitn(3, ',').collect();
        let [user, rating, date] = fields[..] else {
            return line.hand_over_fields(&fields, 3, wanted, take);
        };
        let row = [user, film(line.heading).unwrap_or(""), rating, date];
        let place = |n: usize| match wanted.get(n) {
            // It stands further up.
            Some(1) | None => line.place(user),
            Some(&column) => line.place(row[column]),
        };
        hand_over(wanted, |column| Cell::Text(row[column]), &place, take)
    }
}
