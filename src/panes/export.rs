use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::answers::paper::{Paper, escaped};
use crate::answers::table::{Lean, Table};

/// One cell of a table to take home.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    /// Anything that is not a number.
    Text(String),
    /// A number; written so that it reads back to the same value. One that is not finite counts as empty.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            // Adding 0 takes the sign off a zero.
            Self::Number(value + 0.0)
        } else {
            Self::Empty
        }
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Number(f64::from(value))
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A row of an [`Export`], of whatever a [`Cell`] can be made of.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => {
        vec![$($crate::panes::Cell::from($cell)),*]
    };
}
pub(super) use cells;

impl Cell {
    /// As text; numbers in full.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(value) => value.to_string(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                serializer.serialize_i64(*value as i64)
            }
            Self::Number(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::Empty | Self::Number(_) => serializer.serialize_none(),
        }
    }
}

/// What a pane shows, as a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// The same for a paper, where it is a table of figures: what is best stands out.
    pub paper: Option<Paper>,
}

struct Record<'a>(&'a [String], &'a [Cell]);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

impl Serialize for Export {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in &self.rows {
            rows.serialize_element(&Record(&self.columns, row))?;
        }
        rows.end()
    }
}

impl Export {
    /// An empty table with these columns.
    pub fn of_columns<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// As CSV with a header line; quoting as RFC 4180 has it.
    ///
    /// # Errors
    /// Only where memory for the text can't be had.
    pub fn to_csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::text))?;
        }
        let bytes = writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As a JSON array of objects, one a row.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// As a table in Markdown.
    pub fn to_markdown(&self) -> String {
        if let Some(paper) = &self.paper {
            return paper.markdown();
        }
        // In a table a bar ends the cell, and a line end the row.
        let plain = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let mut text = line(&mut self.columns.iter().map(|name| plain(name)));
        text += &line(&mut self.columns.iter().map(|_| "---".to_owned()));
        for row in &self.rows {
            text += &line(&mut row.iter().map(|cell| plain(&cell.text())));
        }
        text
    }

    /// As a tabular in LaTeX, with the rules of `booktabs`.
    pub fn to_latex(&self) -> String {
        if let Some(paper) = &self.paper {
            return paper.latex();
        }
        let line =
            |cells: &mut dyn Iterator<Item = String>| format!("{} \\\\\n", cells.collect::<Vec<_>>().join(" & "));
        let mut text = format!("\\begin{{tabular}}{{{}}}\n\\toprule\n", "l".repeat(self.columns.len()));
        text += &line(&mut self.columns.iter().map(|name| escaped(name)));
        text += "\\midrule\n";
        for row in &self.rows {
            text += &line(&mut row.iter().map(|cell| escaped(&cell.text())));
        }
        text + "\\bottomrule\n\\end{tabular}\n"
    }

    /// As aligned text: numbers to the right, two blanks between columns.
    pub fn to_text(&self) -> String {
        let lean = |c: usize| {
            let filled = self.rows.iter().filter_map(|r| r.get(c)).filter(|v| **v != Cell::Empty);
            let (mut numbers, mut any) = (true, false);
            for cell in filled {
                (numbers, any) = (numbers && matches!(cell, Cell::Number(_)), true);
            }
            if numbers && any { Lean::Right } else { Lean::Left }
        };
        let columns = self.columns.iter().enumerate();
        let mut table = Table::new(columns.map(|(c, name)| (name.as_str(), lean(c))));
        self.rows.iter().for_each(|row| table.row(row.iter().map(Cell::text)));
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Export {
        let mut table = Export::of_columns(["id", "title", "score"]);
        table
            .rows
            .push(vec!["50".into(), "Star \"Wars\", the".into(), 0.1.into()]);
        table.rows.push(vec!["7".into(), Cell::Empty, f64::NAN.into()]);
        table.rows.push(vec!["8".into(), "日本".into(), 12.0.into()]);
        table
    }

    #[test]
    fn csv_quotes_what_must_be_quoted() {
        let csv = table().to_csv().unwrap();
        assert_eq!(
            csv,
            "id,title,score\n50,\"Star \"\"Wars\"\", the\",0.1\n7,,\n8,日本,12\n"
        );
    }

    #[test]
    fn json_reads_back() {
        let json: serde_json::Value = serde_json::from_str(&table().to_json().unwrap()).unwrap();
        assert_eq!(json[0]["score"], 0.1);
        assert_eq!(json[1]["score"], serde_json::Value::Null);
        assert_eq!(json[2]["title"], "日本");
    }

    #[test]
    fn tables_for_documents_say_nothing_that_they_should_not() {
        let mut table = table();
        table.rows[1][1] = "a|b_c".into();
        let markdown = table.to_markdown();
        assert!(
            markdown.starts_with("| id | title | score |\n| --- | --- | --- |\n| 50 |"),
            "{markdown}"
        );
        assert!(markdown.contains("| 7 | a\\|b_c |  |\n"), "{markdown}");
        let latex = table.to_latex();
        assert!(
            latex.starts_with("\\begin{tabular}{lll}\n\\toprule\nid & title & score \\\\\n\\midrule\n"),
            "{latex}"
        );
        assert!(latex.contains("7 & a\\textbar{}b\\_c &  \\\\\n"), "{latex}");
    }

    #[test]
    fn text_is_aligned_by_display_width() {
        let text = table().to_text();
        let expected = "id  title             score\n50  Star \"Wars\", the    0.1\n7\n8   日本                 12\n";
        assert_eq!(text, expected);
    }
}
