use std::io::{self, Write};

use super::{check, check_ids, columns, write_rows};
use crate::data::{Attribute, AttributeKind, Attributes, Dataset, Ids, ItemIx, printable};
use crate::task::Cancel;

/// What an atomic file has no marks for.
const FORBIDDEN: [char; 3] = ['\t', '\n', '\r'];

/// Writes all ratings as RecBole's `.inter`, in the order of the file.
///
/// # Errors
/// Writing failed, an id holds a tab or a line break, or cancelled.
pub fn write_recbole_ratings(data: &Dataset, to: &mut dyn Write, cancel: &Cancel) -> io::Result<()> {
    check_ids(data, &FORBIDDEN)?;
    let typed = columns(data).into_iter().map(|name| match name {
        "user" | "item" => format!("{name}_id:token"),
        _ => format!("{name}:float"),
    });
    writeln!(to, "{}", typed.collect::<Vec<_>>().join("\t"))?;
    write_rows(data, "\t", |_| true, str::to_owned, to, cancel)
}

/// Writes the titles and attributes of all items as `.item`; `false` where there are none.
///
/// # Errors
/// As those of [`write_recbole_ratings`].
pub fn write_recbole_items(data: &Dataset, to: &mut dyn Write) -> io::Result<bool> {
    let label = |item: usize| data.item_label(ItemIx(item as u32));
    let has_titles = (0..data.n_items()).any(|item| label(item) != printable(data.item_ids().get(item)));
    let titles = has_titles.then_some(&*data.labels);
    write_table("item", data.item_ids(), titles, data.item_attributes(), to)
}

/// Writes the attributes of all users as `.user`; `false` where there are none.
///
/// # Errors
/// As those of [`write_recbole_ratings`].
pub fn write_recbole_users(data: &Dataset, to: &mut dyn Write) -> io::Result<bool> {
    write_table("user", data.user_ids(), None, data.user_attributes(), to)
}

fn write_table(
    what: &str,
    ids: &Ids,
    titles: Option<&Ids>,
    attributes: &Attributes,
    to: &mut dyn Write,
) -> io::Result<bool> {
    if titles.is_none() && attributes.columns.is_empty() {
        return Ok(false);
    }
    let shapes: Vec<Shape> = attributes.columns.iter().map(Shape::of).collect();
    write!(
        to,
        "{what}_id:token{}",
        if titles.is_some() { "\ttitle:token" } else { "" }
    )?;
    for (column, shape) in attributes.columns.iter().zip(&shapes) {
        check(&column.name, &Ids::new([&column.name]), &FORBIDDEN)?;
        check(
            &column.name,
            column.names(),
            &[FORBIDDEN[0], FORBIDDEN[1], FORBIDDEN[2], '|'],
        )?;
        write!(to, "\t{}:{}", column.name, shape.kind())?;
    }
    to.write_all(b"\n")?;
    for (row, id) in ids.iter().enumerate() {
        write!(to, "{id}")?;
        if let Some(titles) = titles {
            write!(to, "\t{}", titles.get(row))?;
        }
        for (column, shape) in attributes.columns.iter().zip(&shapes) {
            write!(to, "\t{}", shape.value(column, row))?;
        }
        to.write_all(b"\n")?;
    }
    Ok(true)
}

/// How a column is written.
enum Shape {
    Number,
    /// Names with blanks between them.
    Sequence,
    /// One name a row, or, where names hold blanks themselves, several with `|` between them.
    Text,
}

impl Shape {
    fn of(column: &Attribute) -> Self {
        if column.kind == AttributeKind::Number {
            return Self::Number;
        }
        let has_lists = (0..column.rows()).any(|row| column.terms(row).map(|(_, n)| n).sum::<u32>() > 1);
        let has_blanks = column.names().iter().any(|name| name.contains(char::is_whitespace));
        if has_lists && !has_blanks {
            Self::Sequence
        } else {
            Self::Text
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Number => "float",
            Self::Sequence => "token_seq",
            Self::Text => "token",
        }
    }

    /// What `row` says; a name that was said n times stands there n times.
    fn value(&self, column: &Attribute, row: usize) -> String {
        let separator = match self {
            Self::Number => return column.number(row).map_or_else(String::new, |n| n.to_string()),
            Self::Sequence => " ",
            Self::Text => "|",
        };
        let said = column
            .terms(row)
            .flat_map(|(term, n)| std::iter::repeat_n(column.names().get(term as usize), n as usize));
        said.collect::<Vec<_>>().join(separator)
    }
}
