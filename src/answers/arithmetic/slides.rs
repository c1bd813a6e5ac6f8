//! Arithmetic one step at a time: what is shown of a step before and after its result is revealed.

use super::{Arithmetic, Step};

/// One step as it is read: its lines, and the same lines without what they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slide {
    pub lines: Vec<String>,
    /// As many lines; a `?` stands where a result is.
    pub hidden: Vec<String>,
}

impl Slide {
    /// Whether there is anything to be guessed.
    pub fn has_result(&self) -> bool {
        self.lines != self.hidden
    }

    fn push(&mut self, line: String, hidden: String) {
        self.lines.push(line);
        self.hidden.push(hidden);
    }
}

impl Arithmetic {
    /// What was written out as lines, the title first.
    pub fn of_lines(lines: Vec<String>) -> Self {
        let mut lines = lines.into_iter();
        let mut work = Self::new(lines.next().unwrap_or_default());
        work.steps.extend(lines.map(Step::Note));
        work
    }

    /// The steps one after the other, without the title. Notes go with what they introduce; all lines together are those of
    /// [`Arithmetic::lines`].
    pub fn slides(&self) -> Vec<Slide> {
        let mut slides = Vec::new();
        let mut open = Slide {
            lines: Vec::new(),
            hidden: Vec::new(),
        };
        for step in &self.steps {
            let (lines, hidden) = (step.lines(), step.hidden_lines());
            for (line, hidden) in lines.into_iter().zip(hidden) {
                open.push(line, hidden);
            }
            let computes = !matches!(step, Step::Note(_)) || open.has_result();
            if computes {
                slides.push(std::mem::replace(
                    &mut open,
                    Slide {
                        lines: Vec::new(),
                        hidden: Vec::new(),
                    },
                ));
            }
        }
        // What is noted at the end goes with the last step.
        match slides.last_mut() {
            Some(last) => {
                last.lines.append(&mut open.lines);
                last.hidden.append(&mut open.hidden);
            }
            None if open.lines.is_empty() => {}
            None => slides.push(open),
        }
        slides
    }
}

impl Step {
    /// The step without its result: what follows the last sign of equality, the line below a table.
    fn hidden_lines(&self) -> Vec<String> {
        let mut lines = self.lines();
        match self {
            Self::Answer { name, .. } => lines = vec![format!("{name} = ?")],
            Self::Note(_) => lines.iter_mut().for_each(|line| *line = without_result(line)),
            Self::Lines(_) => {
                let last = lines.len().saturating_sub(1);
                for (at, line) in lines.iter_mut().enumerate() {
                    // A line that goes on from the one before is a result only at the end.
                    if at == last || !line.starts_with("= ") {
                        *line = without_result(line);
                    }
                }
            }
            Self::Formula { .. } => {
                if let Some(last) = lines.last_mut() {
                    "= ?".clone_into(last);
                }
            }
            Self::Table(columns) => {
                if let Some(last) = lines.last_mut() {
                    *last = format!("{}  ?", columns.total.0);
                }
            }
        }
        lines
    }
}

/// `a = 1 + 2 = 3` becomes `a = 1 + 2 = ?`; a line without a number behind its last sign of equality stays.
fn without_result(line: &str) -> String {
    let Some((before, after)) = line.rsplit_once("= ") else {
        return line.to_owned();
    };
    if after.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '.')) {
        format!("{before}= ?")
    } else {
        line.to_owned()
    }
}
