//! Text for reading: aligned tables and rounded numbers.

use std::fmt;

use unicode_width::UnicodeWidthStr;

/// Which way a column leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lean {
    Left,
    Right,
    /// As numbers do where all are numbers, else as text.
    Either,
}
pub(super) use Lean::{Either, Left, Right};

/// Columns under their titles, two blanks apart.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<(String, Lean)>,
    rows: Vec<Vec<String>>,
    /// The widest that cells may make a column; longer ones push the rest of their line aside.
    widest: usize,
}

impl Table {
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = (S, Lean)>) -> Self {
        Self {
            columns: columns.into_iter().map(|(title, lean)| (title.into(), lean)).collect(),
            rows: Vec::new(),
            widest: usize::MAX,
        }
    }

    pub fn at_most(self, widest: usize) -> Self {
        Self { widest, ..self }
    }

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
                Either if self.rows.iter().filter_map(|r| r.get(c)).all(numeric) => Right,
                Either => Left,
                lean => *lean,
            })
            .collect();
        let titled = titles.iter().any(|t| !t.is_empty());
        for line in lines().skip(usize::from(!titled)) {
            let mut text = String::new();
            for ((cell, width), lean) in line.iter().zip(&widths).zip(&leans) {
                let blanks = " ".repeat(width.saturating_sub(cell.width()));
                match lean {
                    Left | Either => text.extend([cell.as_str(), &blanks, "  "]),
                    Right => text.extend([blanks.as_str(), cell, "  "]),
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// A number rounded for reading: four decimals, fewer for large ones, more for tiny ones.
pub(super) fn rounded(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e7).contains(&size) {
        format!("{x:.3e}")
    } else if size >= 1000.0 {
        // Play counts are whole.
        format!("{x:.*}", usize::from(x.fract() != 0.0))
    } else {
        let (short, whole) = (format!("{x:.4}"), x.to_string());
        if whole.len() < short.len() { whole } else { short }
    }
}

/// As [`rounded`], with all four decimals: for columns.
pub(super) fn aligned(x: f64) -> String {
    let size = x.abs();
    if size >= 1e7 || (size < 5e-5 && size > 0.0) {
        format!("{x:.3e}")
    } else if size >= 1000.0 {
        format!("{x:.1}")
    } else {
        // Adding 0 takes the sign off a zero.
        format!("{:.4}", x + 0.0)
    }
}

/// As [`aligned`]; a dash for nothing.
pub(super) fn aligned_or_dash(x: Option<f64>) -> String {
    x.map_or_else(|| "–".to_owned(), aligned)
}

/// A count with a comma between thousands.
pub(super) fn counted(n: impl TryInto<u64>) -> String {
    let digits = n.try_into().unwrap_or(0).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 rating`, `2 ratings`.
pub(super) fn plural(n: usize, one: &str) -> String {
    format!("{} {one}{}", counted(n as u64), if n == 1 { "" } else { "s" })
}

/// A bar of eighths of cells, `share` of `width` long.
pub(super) fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// An id fit for a terminal.
pub(super) fn clean(id: &str) -> String {
    let clean = crate::data::clean_label(id);
    if clean.is_empty() {
        "?".to_owned()
    } else {
        clean.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new([("name", Left), ("n", Right)]);
        table.row(["映画".to_owned(), "1".to_owned()]);
        table.row(["é".to_owned(), "1,000".to_owned()]);
        assert_eq!(table.to_string(), "name      n\n映画      1\né     1,000\n");
    }

    #[test]
    fn numbers_are_short_and_never_nan() {
        let shown = |x: f64| rounded(x);
        assert_eq!(
            [0.0, 5.0, 0.123456, 12345.678, 1e-9, -3.5].map(shown),
            ["0", "5", "0.1235", "12345.7", "1.000e-9", "-3.5"]
        );
        assert_eq!([0.0, -0.0, 4.0].map(aligned), ["0.0000", "0.0000", "4.0000"]);
        assert_eq!(
            [0u64, 999, 1000, 1234567].map(counted),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            (bar(0.5, 4), bar(1.0, 2), bar(0.0, 4)),
            ("██".into(), "██".into(), String::new())
        );
    }
}
