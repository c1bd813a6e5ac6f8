//! A table of figures for a paper: the best of a column bold, the second underlined, a dagger where the best one is better
//! than every other by more than chance.

use std::fmt::Write;

use super::leaderboard::holm;
use super::results::{Kept, better};
use crate::evaluate::ModelRow;
use crate::evaluate::metrics::Better;

/// The level of the tests.
pub const ALPHA: f64 = 0.05;

/// A table of models and figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    pub columns: Vec<Column>,
    pub rows: Vec<(String, Vec<Cell>)>,
}

/// A metric, and which way is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The metric: `ndcg@10`.
    pub name: String,
    pub better: Better,
}

/// A figure and where it stands in its column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    pub value: Option<f64>,
    pub is_best: bool,
    pub is_second: bool,
    /// The best, and better than every other: paired t-tests over users, p-values adjusted by Holm, all below [`ALPHA`].
    pub is_significant: bool,
}

impl Paper {
    /// Of measured models, all by the same metrics; daggers where users have values of the metric.
    pub fn of(measured: &[&ModelRow]) -> Self {
        let metrics = measured.first().map_or(&[][..], |row| &row.metrics);
        let columns = metrics.iter().map(|outcome| Column {
            name: outcome.metric.to_string(),
            better: outcome.metric.spec().better,
        });
        let mut paper = Self {
            columns: columns.collect(),
            rows: Vec::with_capacity(measured.len()),
        };
        for row in measured {
            let cells = row.metrics.iter().map(|outcome| Cell {
                value: outcome.mean,
                ..Cell::default()
            });
            paper.rows.push((row.model.clone(), cells.collect()));
        }
        paper.mark();
        for column in 0..paper.columns.len() {
            let by_user = |row: usize| &measured[row].metrics[column].by_user[..];
            let all: Vec<&[f64]> = (0..paper.rows.len()).map(by_user).collect();
            let best = paper.rows.iter().position(|(_, cells)| cells[column].is_best);
            if let Some(best) = best.filter(|best| beats_all(*best, &all)) {
                paper.rows[best].1[column].is_significant = true;
            }
        }
        paper
    }

    /// Of kept results, the newest of each model; without daggers, for values of users are not kept.
    pub fn of_kept(kept: &[&Kept]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for name in kept.iter().flat_map(|row| row.metrics.keys()) {
            if columns.iter().all(|column| column.name != *name) {
                columns.push(Column {
                    name: name.clone(),
                    better: better(name),
                });
            }
        }
        let cells = |row: &&Kept| -> Vec<Cell> {
            let value = |column: &Column| row.metrics.get(&column.name).and_then(|figure| figure.mean);
            let cell = |column: &Column| Cell {
                value: value(column),
                ..Cell::default()
            };
            columns.iter().map(cell).collect()
        };
        let rows = kept.iter().map(|row| (row.model.clone(), cells(row))).collect();
        let mut paper = Self { columns, rows };
        paper.mark();
        paper
    }

    /// Finds the best and the second of every column, by the digits that are printed: equal ones share a mark.
    fn mark(&mut self) {
        for (at, column) in self.columns.iter().enumerate() {
            let key = |cell: &Cell| {
                let rounded = (cell.value? * 1e4).round();
                Some(if column.better == Better::Higher {
                    rounded
                } else {
                    -rounded
                })
            };
            let mut keys: Vec<f64> = self.rows.iter().filter_map(|(_, cells)| key(&cells[at])).collect();
            keys.sort_by(|a, b| b.total_cmp(a));
            let best = keys.first().copied();
            let second = keys.iter().copied().find(|k| Some(*k) != best);
            for (_, cells) in &mut self.rows {
                let own = key(&cells[at]);
                // Where all are alike, none stands out.
                cells[at].is_best = own.is_some() && own == best && second.is_some();
                cells[at].is_second = own.is_some() && own == second;
            }
        }
    }

    /// What the marks mean.
    pub fn legend(&self) -> String {
        let has_dagger = self
            .rows
            .iter()
            .flat_map(|(_, cells)| cells)
            .any(|cell| cell.is_significant);
        let dagger = format!("; † better than every other model (paired t-tests over users, Holm, p < {ALPHA})");
        format!(
            "bold: best, underlined: second{}",
            if has_dagger { dagger.as_str() } else { "" }
        )
    }

    /// As a table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| model |");
        for column in &self.columns {
            let _ = write!(text, " {} |", column.name);
        }
        let _ = write!(text, "\n| --- |{}\n", " ---: |".repeat(self.columns.len()));
        for (model, cells) in &self.rows {
            // In a table a bar ends the cell, in code or not.
            let _ = write!(text, "| `{}` |", model.replace('|', "\\|"));
            for cell in cells {
                let shown = match (cell.is_best, cell.is_second, figure(cell)) {
                    (true, _, shown) => format!("**{shown}**"),
                    (_, true, shown) => format!("<u>{shown}</u>"),
                    (_, _, shown) => shown,
                };
                let _ = write!(text, " {shown}{} |", if cell.is_significant { "†" } else { "" });
            }
            text.push('\n');
        }
        let _ = write!(text, "\n{}\n", self.legend());
        text
    }

    /// As a tabular in LaTeX, with the rules of `booktabs`.
    pub fn latex(&self) -> String {
        let mut text = format!(
            "\\begin{{tabular}}{{l{}}}\n\\toprule\nmodel",
            "r".repeat(self.columns.len())
        );
        for column in &self.columns {
            let _ = write!(text, " & {}", escaped(&column.name));
        }
        text += " \\\\\n\\midrule\n";
        for (model, cells) in &self.rows {
            text += &escaped(model);
            for cell in cells {
                let shown = match (cell.is_best, cell.is_second, figure(cell)) {
                    (true, _, shown) => format!("\\textbf{{{shown}}}"),
                    (_, true, shown) => format!("\\underline{{{shown}}}"),
                    (_, _, shown) => shown,
                };
                let _ = write!(
                    text,
                    " & {shown}{}",
                    if cell.is_significant { "$^\\dagger$" } else { "" }
                );
            }
            text += " \\\\\n";
        }
        let _ = write!(
            text,
            "\\bottomrule\n\\end{{tabular}}\n% {}\n",
            self.legend().replace('†', "dagger:")
        );
        text
    }
}

/// Four decimals, or a dash.
fn figure(cell: &Cell) -> String {
    cell.value
        .map_or_else(|| "–".to_owned(), |value| format!("{:.4}", value + 0.0))
}

/// Text in which nothing means anything to LaTeX.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => safe += "\\textbackslash{}",
            '~' => safe += "\\textasciitilde{}",
            '^' => safe += "\\textasciicircum{}",
            '|' => safe += "\\textbar{}",
            '<' => safe += "\\textless{}",
            '>' => safe += "\\textgreater{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Whether one is better than each of the others by more than chance: paired t-tests over the same users, two-sided, adjusted
/// by Holm. False where some have no values, or there are no others.
fn beats_all(best: usize, by_user: &[&[f64]]) -> bool {
    let adjusted = holm(by_user, best);
    adjusted.len() > 1 && adjusted.iter().all(|p| p.is_some_and(|p| p < ALPHA))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Paper {
        let column = |name: &str, better| Column {
            name: name.to_owned(),
            better,
        };
        let row = |model: &str, values: [Option<f64>; 2]| {
            let cell = |value| Cell {
                value,
                ..Cell::default()
            };
            (model.to_owned(), values.map(cell).to_vec())
        };
        let mut paper = Paper {
            columns: vec![column("ndcg@10", Better::Higher), column("rmse", Better::Lower)],
            rows: vec![
                row("ease", [Some(0.5), None]),
                row("0.5*a_b + 0.5*c | rank", [Some(0.400_04), Some(0.9)]),
                row("svd", [Some(0.4), Some(0.8)]),
                row("none", [Some(0.1), None]),
            ],
        };
        paper.mark();
        paper.rows[0].1[0].is_significant = true;
        paper
    }

    #[test]
    fn marks_go_to_the_best_and_the_second_of_what_is_printed() {
        let marks = |column: usize| -> Vec<(bool, bool)> {
            let cells = paper().rows.into_iter().map(move |(_, cells)| cells[column]);
            cells.map(|c| (c.is_best, c.is_second)).collect()
        };
        // .40004 and .4 are printed alike.
        assert_eq!(marks(0), [(true, false), (false, true), (false, true), (false, false)]);
        assert_eq!(marks(1), [(false, false), (false, true), (true, false), (false, false)]);
    }

    #[test]
    fn tables_are_written_so_that_nothing_in_them_means_anything() {
        let markdown = paper().markdown();
        let rows: Vec<&str> = markdown.lines().collect();
        assert_eq!(rows[0], "| model | ndcg@10 | rmse |");
        assert_eq!(rows[1], "| --- | ---: | ---: |");
        assert_eq!(rows[2], "| `ease` | **0.5000**† | – |");
        assert_eq!(
            rows[3],
            "| `0.5*a_b + 0.5*c \\| rank` | <u>0.4000</u> | <u>0.9000</u> |"
        );
        assert!(markdown.contains("† better than every other"));
        let latex = paper().latex();
        assert!(latex.starts_with("\\begin{tabular}{lrr}\n\\toprule\nmodel & ndcg@10 & rmse \\\\\n\\midrule\n"));
        assert!(
            latex.contains("ease & \\textbf{0.5000}$^\\dagger$ & – \\\\\n"),
            "{latex}"
        );
        assert!(
            latex.contains("0.5*a\\_b + 0.5*c \\textbar{} rank & \\underline{0.4000}"),
            "{latex}"
        );
    }

    #[test]
    fn a_dagger_needs_every_other_to_be_worse() {
        let best: Vec<f64> = (0..40).map(|n| 0.6 + f64::from(n % 5) / 100.0).collect();
        let worse: Vec<f64> = best
            .iter()
            .enumerate()
            .map(|(n, b)| b - 0.1 - (n % 3) as f64 / 100.0)
            .collect();
        let alike: Vec<f64> = best
            .iter()
            .enumerate()
            .map(|(n, b)| b + if n % 2 == 0 { 0.01 } else { -0.0101 })
            .collect();
        assert!(beats_all(0, &[&best, &worse]));
        assert!(!beats_all(0, &[&best, &worse, &alike]));
        assert!(!beats_all(0, &[&best]) && !beats_all(0, &[&best, &[]]));
    }
}
