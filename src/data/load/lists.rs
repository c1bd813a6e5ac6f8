//! Which cells of a column of names are lists, and how their names are told apart: the whole column decides.

use std::collections::HashSet;

/// How the names of a cell stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// One a cell.
    Single,
    Separated(char),
    /// As Python writes them: `['Drama', 'Romance']`.
    Bracketed,
}

/// Columns that mostly hold lists, by the names that they have as attributes.
const OF_LISTS: [&str; 6] = ["genre", "tag", "keyword", "category", "subject", "theme"];

impl Lists {
    /// `|` always separates. Semicolons and commas do where the column is one of lists, or where a name comes twice on
    /// average and a tenth of the cells have more than one; blanks, in columns of lists, where most names stand alone
    /// somewhere.
    pub fn of(column: &str, cells: &[&str]) -> Self {
        let is_bracketed = |cell: &&str| cell.starts_with('[') && cell.ends_with(']');
        if cells.iter().any(|cell| cell.contains('|')) {
            return Self::Separated('|');
        }
        if !cells.is_empty() && cells.iter().all(is_bracketed) {
            return Self::Bracketed;
        }
        let of_lists = OF_LISTS.contains(&column);
        let found = [';', ','].into_iter().find(|separator| {
            let several = cells.iter().filter(|cell| cell.contains(*separator)).count();
            let names: Vec<&str> = cells.iter().flat_map(|cell| parts(cell, *separator)).collect();
            let distinct: HashSet<&str> = names.iter().copied().collect();
            let is_vocabulary = several * 10 >= cells.len() && distinct.len() * 2 <= names.len();
            several > 0 && names.iter().all(|name| name.len() <= 40) && (of_lists || is_vocabulary)
        });
        match found {
            Some(separator) => Self::Separated(separator),
            None if of_lists && are_words(cells) => Self::Separated(' '),
            None => Self::Single,
        }
    }

    /// The names of a cell.
    pub fn names(self, cell: &str) -> Vec<&str> {
        match self {
            Self::Single => vec![cell],
            Self::Separated(separator) => parts(cell, separator).collect(),
            Self::Bracketed => {
                let bare = |name| str::trim_matches(name, |c: char| c == '\'' || c == '"');
                let inner = cell.trim_start_matches('[').trim_end_matches(']');
                parts(inner, ',').map(bare).filter(|name| !name.is_empty()).collect()
            }
        }
    }
}

fn parts(cell: &str, separator: char) -> impl Iterator<Item = &str> {
    cell.split(separator).map(str::trim).filter(|name| !name.is_empty())
}

/// Whether blanks separate names: four of five words of longer cells stand alone in another.
fn are_words(cells: &[&str]) -> bool {
    let alone: HashSet<&str> = cells.iter().copied().filter(|cell| !cell.contains(' ')).collect();
    let words: Vec<&str> = cells
        .iter()
        .filter(|cell| cell.contains(' '))
        .flat_map(|cell| parts(cell, ' '))
        .collect();
    let known = words.iter().filter(|word| alone.contains(*word)).count();
    !words.is_empty() && known * 5 >= words.len() * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_tells_lists_from_names() {
        let of = |column, cells: &[&str]| Lists::of(column, cells);
        assert_eq!(of("genre", &["Drama, Romance", "Comedy"]), Lists::Separated(','));
        assert_eq!(
            of("genre", &["Drama Romance", "Drama", "Romance", "Comedy"]),
            Lists::Separated(' ')
        );
        assert_eq!(of("genre", &["Science Fiction", "Drama", "Film Noir"]), Lists::Single);
        assert_eq!(of("genre", &["a|b, c", "d"]), Lists::Separated('|'));
        assert_eq!(of("author", &["Tolkien, J. R. R.", "Lem, Stanislaw"]), Lists::Single);
        assert_eq!(
            of("cuisine", &["thai; indian", "thai", "indian", "thai;indian"]),
            Lists::Separated(';')
        );
        assert_eq!(of("place", &["nyc, new york, usa", "rome, italy"]), Lists::Single);
        let python = of("mood", &["['Film Noir', \"Drama\"]", "[]"]);
        assert_eq!(python.names("['Film Noir', \"Drama\"]"), ["Film Noir", "Drama"]);
        assert!(python.names("[]").is_empty());
        assert_eq!(Lists::Separated(',').names("Drama, Romance,"), ["Drama", "Romance"]);
    }
}
