//! Tables as text: on the command line, in arithmetic, in what is copied from a pane.

use std::fmt;

use unicode_width::UnicodeWidthStr;

/// Which way a column leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    Left,
    Right,
    /// As numbers do where all are numbers, else as text.
    Either,
}

/// Columns under their titles, two blanks apart.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Lean)>,
    rows: Vec<Vec<String>>,
    /// The widest that cells may make a column; longer ones push the rest of their line aside.
    widest: usize,
}

impl Table {
    /// An empty table; without any title, no line of titles is written.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = (S, Lean)>) -> Self {
        Self {
            columns: columns.into_iter().map(|(title, lean)| (title.into(), lean)).collect(),
            rows: Vec::new(),
            widest: usize::MAX,
        }
    }

    /// The same with no column wider than so many cells: longer ones push the rest of their line aside.
    #[must_use]
    pub fn at_most(self, widest: usize) -> Self {
        Self { widest, ..self }
    }

    /// Adds a row, its cells in the order of the columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.columns.iter().map(|c| c.0.clone()).collect();
        let lines = || std::iter::once(&titles).chain(&self.rows);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|c| {
                lines()
                    .filter_map(|l| l.get(c))
                    .map(|t| t.width())
                    .max()
                    .unwrap_or(0)
                    .min(self.widest)
            })
            .collect();
        let numeric = |text: &String| text.chars().all(|c| c.is_ascii_digit());
        let leans: Vec<Lean> = (self.columns.iter().enumerate())
            .map(|(c, (_, lean))| match lean {
                Lean::Either if self.rows.iter().filter_map(|r| r.get(c)).all(numeric) => Lean::Right,
                Lean::Either => Lean::Left,
                lean => *lean,
            })
            .collect();
        let titled = titles.iter().any(|t| !t.is_empty());
        for line in lines().skip(usize::from(!titled)) {
            let mut text = String::new();
            for ((cell, width), lean) in line.iter().zip(&widths).zip(&leans) {
                let blanks = " ".repeat(width.saturating_sub(cell.width()));
                match lean {
                    Lean::Left | Lean::Either => text.extend([cell.as_str(), &blanks, "  "]),
                    Lean::Right => text.extend([blanks.as_str(), cell, "  "]),
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Lean::{Left, Right};
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new([("name", Left), ("n", Right)]);
        table.row(["映画".to_owned(), "1".to_owned()]);
        table.row(["é".to_owned(), "1,000".to_owned()]);
        assert_eq!(table.to_string(), "name      n\n映画      1\né     1,000\n");
    }
}
