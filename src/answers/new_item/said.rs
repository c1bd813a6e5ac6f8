//! What is said of an item that is not in the data, as it is typed: `genre=Sci-Fi|Horror, year=1999`.

use crate::answers::{AnswerError, listed, split};
use crate::data::{Attribute, AttributeKind, Dataset, clean_label, unknown};

/// One column with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub column: String,
    /// Names that other items have too, as they are written there; or one number.
    pub values: Vec<String>,
}

/// Reads features: `COLUMN=NAME|NAME`, with commas between columns; in quotation marks what holds a comma. Upper and lower
/// case are the same, and so are `genre` and `genres`.
///
/// # Errors
/// One sentence with the nearest column or name: what no other item has tells nothing.
pub fn said(data: &Dataset, text: &str) -> Result<Vec<Said>, AnswerError> {
    let mut all: Vec<Said> = Vec::new();
    for part in split(text) {
        let (name, values) = part.split_once('=').ok_or_else(|| {
            let part = clean_label(&part);
            AnswerError::Usage(format!("{part:?} is not COLUMN=NAME|NAME, such as genre=Comedy|Drama"))
        })?;
        let column = column_of(data, name.trim()).ok_or_else(|| {
            let columns = data.item_attributes().columns.iter();
            AnswerError::Unknown(unknown(
                "column of items called",
                name.trim(),
                columns.map(|c| c.name.as_str()),
            ))
        })?;
        if all.iter().any(|known| known.column == column.name) {
            return Err(AnswerError::Usage(format!("{} is given twice", column.name)));
        }
        let values = values.split('|').map(str::trim).filter(|value| !value.is_empty());
        let values: Result<Vec<String>, AnswerError> = values.map(|value| value_of(column, value)).collect();
        all.push(Said {
            column: column.name.clone(),
            values: values?,
        });
    }
    Ok(all)
}

fn column_of<'a>(data: &'a Dataset, name: &str) -> Option<&'a Attribute> {
    let wanted = name.to_lowercase();
    let mut columns = data.item_attributes().columns.iter();
    let is_wanted = |column: &&Attribute| {
        let own = column.name.to_lowercase();
        own == wanted || wanted.strip_suffix('s') == Some(&own)
    };
    columns.find(is_wanted)
}

fn value_of(column: &Attribute, value: &str) -> Result<String, AnswerError> {
    if column.kind == AttributeKind::Number {
        let number = value.parse::<f64>().ok().filter(|n| n.is_finite());
        let wrong = || AnswerError::Usage(format!("{} {:?} is not a number", column.name, clean_label(value)));
        return number.map(|_| value.to_owned()).ok_or_else(wrong);
    }
    let wanted = value.to_lowercase();
    let known = column.names().iter().find(|name| name.to_lowercase() == wanted);
    known
        .map(str::to_owned)
        .ok_or_else(|| AnswerError::Unknown(unknown(&column.name, value, column.names().iter())))
}

/// What is said, as it is typed.
pub fn said_text(said: &[Said]) -> String {
    let one = |said: &Said| listed(&format!("{}={}", said.column, said.values.join("|")));
    said.iter().map(one).collect::<Vec<_>>().join(",")
}

/// So many ways to go on are offered.
const OFFERED: usize = 8;

/// The texts that this one may become: its last word completed to a column, or to a name in the column, those that begin with
/// it first, then those that only hold it; more frequent names first.
pub fn completions(data: &Dataset, text: &str) -> Vec<String> {
    let start = last_part(text);
    let (before, part) = text.split_at(start);
    let columns = &data.item_attributes().columns;
    let Some((name, values)) = part.trim_start_matches([' ', '"']).split_once('=') else {
        let typed = part.trim_start_matches([' ', '"']);
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let lead = if before.is_empty() { "" } else { " " };
        return matching(names, typed)
            .map(|name| format!("{before}{lead}{name}="))
            .collect();
    };
    let Some(column) = column_of(data, name.trim()).filter(|column| column.kind == AttributeKind::Names) else {
        return Vec::new();
    };
    let typed = values.rsplit('|').next().unwrap_or(values).trim();
    let mut counts = vec![0u32; column.names().len()];
    (0..column.rows()).for_each(|row| column.terms(row).for_each(|(term, _)| counts[term as usize] += 1));
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&term| std::cmp::Reverse(counts[term]));
    let taken: Vec<&str> = values.split('|').map(str::trim).collect();
    let names = order.into_iter().map(|term| column.names().get(term).to_owned());
    let names = names
        .filter(|name| !taken.contains(&name.as_str()) || name == typed)
        .collect();
    let kept = &text[..text.len() - values.rsplit('|').next().unwrap_or(values).len()];
    matching(names, typed)
        .map(|name| complete(kept, start, &name))
        .collect()
}

/// A name at the end of what is kept; the part from `start` on goes into quotation marks where the name holds a comma.
fn complete(kept: &str, start: usize, name: &str) -> String {
    let (before, part) = kept.split_at(start);
    let open = part.trim_start();
    let lead = &part[..part.len() - open.len()];
    if name.contains([',', '"']) || open.starts_with('"') {
        let open = open.trim_start_matches('"');
        return format!("{before}{lead}\"{open}{}\"", name.replace('"', "\"\""));
    }
    format!("{kept}{name}")
}

/// Those that begin with what is typed, then those that hold it; none where it is one of them already.
fn matching(names: Vec<String>, typed: &str) -> impl Iterator<Item = String> {
    let wanted = typed.to_lowercase();
    let is_whole = names.iter().any(|name| name.to_lowercase() == wanted);
    let held = |name: &String| !is_whole && name.to_lowercase().contains(&wanted);
    let mut found: Vec<String> = names.into_iter().filter(held).collect();
    found.sort_by_key(|name| !name.to_lowercase().starts_with(&wanted));
    found.into_iter().take(OFFERED)
}

/// Where the last part of a list begins: behind the last comma outside quotation marks.
fn last_part(text: &str) -> usize {
    let (mut inside, mut start) = (false, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => inside = !inside,
            ',' if !inside => start = at + 1,
            _ => {}
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::super::tests::films;
    use super::*;

    #[test]
    fn features_are_read_as_people_write_them() {
        let data = films();
        let read = said(&data, "genres=sci-fi|Horror, year=1999").unwrap();
        assert_eq!(said_text(&read), "genre=Sci-Fi|Horror,year=1999");
        let read = said(&data, "\"director=Kubrick, Stanley|Scott\"").unwrap();
        assert_eq!(read[0].values, ["Kubrick, Stanley", "Scott"]);
        assert_eq!(said(&data, &said_text(&read)).unwrap(), read);
        assert_eq!(said(&data, "").unwrap(), []);
        let wrong = |text: &str| said(&data, text).unwrap_err().to_string();
        assert!(wrong("Comedy").contains("is not COLUMN=NAME"));
        assert!(wrong("gendre=Comedy").contains("genre"));
        assert!(wrong("genre=Horor").contains("Horror"));
        assert!(wrong("year=soon").contains("not a number"));
        assert!(wrong("genre=Horror,genre=Sci-Fi").contains("twice"));
    }

    #[test]
    fn the_last_word_is_completed() {
        let data = films();
        assert_eq!(completions(&data, ""), ["genre=", "director=", "year="]);
        assert_eq!(completions(&data, "genre=Sci-Fi,y"), ["genre=Sci-Fi, year="]);
        // The most frequent name first; one that was said is not offered again.
        assert_eq!(
            completions(&data, "genre="),
            ["genre=Sci-Fi", "genre=Horror", "genre=Comedy"]
        );
        assert_eq!(
            completions(&data, "genre=Sci-Fi|"),
            ["genre=Sci-Fi|Horror", "genre=Sci-Fi|Comedy"]
        );
        assert_eq!(completions(&data, "genre=ho"), ["genre=Horror"]);
        assert_eq!(completions(&data, "genre=Horror"), Vec::<String>::new());
        assert_eq!(completions(&data, "year=19"), Vec::<String>::new());
        // What is completed can be read.
        for text in ["director=Kub", "genre=Horror, director=stan", "\"director=Kubrick, S"] {
            let completed = completions(&data, text).remove(0);
            let read = said(&data, &completed).unwrap();
            assert_eq!(read.last().unwrap().values, ["Kubrick, Stanley"], "{completed}");
        }
    }
}
