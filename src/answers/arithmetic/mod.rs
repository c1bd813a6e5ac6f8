//! How a number comes about, step by step: what `=` shows in a pane and what the command line prints, with no screen in
//! it. Every step is printed so that it can be computed again from what is printed.

mod brought;
mod figure;
mod fold;
mod learned;
mod lists;
mod node;
mod pair;
mod pull;
#[cfg(test)]
mod registry_tests;
mod slides;
#[cfg(test)]
mod tests;
mod tf_idf;

pub use brought::of_brought;
pub use figure::figure;
pub use fold::{Fold, FoldedRating, of_fold};
pub use learned::{DescentStep, EaseRow, of_descent_step, of_ease_row};
pub use lists::{of_factors, of_rating, of_recommendation};
pub use node::{of_every_node, of_node, of_tree};
pub use pair::of_pair;
pub use pull::of_pull;
pub use slides::Slide;
pub use tf_idf::of_profile_term;

use serde::Serialize;

use super::table::{Lean, Table};

/// How a number comes about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Arithmetic {
    pub title: String,
    /// From the raw figures to the number.
    pub steps: Vec<Step>,
}

/// One step of an [`Arithmetic`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Note(String),
    /// What something is, in words: `name = answer`.
    Answer {
        name: String,
        answer: String,
    },
    /// `name = formula = numbers = result`.
    Formula {
        name: String,
        formula: String,
        numbers: String,
        result: f64,
    },
    /// Numbers below each other, and what they add up to.
    Table(Columns),
    Lines(Vec<String>),
}

/// Numbers below each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Columns {
    /// The head of the names, then of the numbers.
    pub heads: Vec<String>,
    pub rows: Vec<(String, Vec<f64>)>,
    /// The name of the last line, and the sum of each column where that says something.
    pub total: (String, Vec<Option<f64>>),
}

impl Arithmetic {
    fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            steps: Vec::new(),
        }
    }

    /// The same after what leads to it, which stands under its own title.
    #[must_use]
    pub fn led_by(self, other: Self) -> Self {
        let mut steps = vec![Step::Note(other.title)];
        steps.extend(other.steps);
        steps.push(Step::Note(String::new()));
        steps.extend(self.steps);
        Self { steps, ..self }
    }

    fn note(&mut self, text: impl Into<String>) {
        self.steps.push(Step::Note(text.into()));
    }

    fn formula(&mut self, name: &str, formula: &str, numbers: String, result: f64) {
        self.steps.push(Step::Formula {
            name: name.to_owned(),
            formula: formula.to_owned(),
            numbers,
            result,
        });
    }

    /// The title and the steps, for reading.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.title.clone()];
        lines.extend(self.steps.iter().flat_map(Step::lines));
        lines
    }
}

impl Step {
    /// The step for reading.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Note(text) => vec![text.clone()],
            Self::Answer { name, answer } => vec![format!("{name} = {answer}")],
            Self::Formula {
                name,
                formula,
                numbers,
                result,
            } => vec![
                format!("{name} = {formula}"),
                format!("= {numbers}"),
                format!("= {}", number(*result)),
            ],
            Self::Table(columns) => columns.to_string().lines().map(str::to_owned).collect(),
            Self::Lines(own) => own.clone(),
        }
    }
}

impl std::fmt::Display for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lean = |at: usize| if at == 0 { Lean::Left } else { Lean::Right };
        let heads = self.heads.iter().enumerate();
        let mut table = Table::new(heads.map(|(at, head)| (head.as_str(), lean(at))));
        for (name, numbers) in &self.rows {
            table.row(std::iter::once(name.clone()).chain(numbers.iter().map(|x| number(*x))));
        }
        let (name, sums) = &self.total;
        let sums = sums.iter().map(|sum| sum.map_or_else(String::new, number));
        table.row(std::iter::once(name.clone()).chain(sums));
        write!(f, "{table}")
    }
}

/// A number in seven significant digits, without zeros that say nothing: enough that who computes with the printed numbers
/// meets the printed result. Its minus is the ASCII one, so that it reads back; that of the formulas is not.
pub fn number(x: f64) -> String {
    digits(x, 7)
}

/// A number in so many significant digits, as [`number`] writes it.
fn digits(x: f64, significant: usize) -> String {
    let size = x.abs();
    if x == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e15).contains(&size) {
        let text = format!("{x:.*e}", significant - 1);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let decimals = (significant as i32 - 1 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A number inside a formula: a negative one in parentheses.
fn term(x: f64) -> String {
    in_formula(number(x))
}

fn in_formula(number: String) -> String {
    if number.starts_with('-') {
        format!("({number})")
    } else {
        number
    }
}
