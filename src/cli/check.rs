use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, Format};
use super::output::{exact, exact_or_empty};
use super::table::counted;
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::evaluate::published::{Checked, Checker, KNOWN, Known, Row};

/// Figures that others have published on this data, beside ours.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    data: DataOptions,
    /// Only rows with this text in their model, split or source
    #[arg(long, value_name = "TEXT")]
    rows: Option<String>,
    /// Skip rows that take longer than a moment
    #[arg(long)]
    quick: bool,
}

#[derive(Serialize)]
struct View {
    /// The dataset's key, as in the table.
    data: &'static str,
    name: &'static str,
    rows: Vec<RowView>,
    passed: usize,
    failed: usize,
    /// How many rows were not asked for.
    left_out: usize,
}

/// A row with its figures.
#[derive(Serialize)]
struct RowView {
    model: String,
    split: Option<String>,
    /// How many of the split's folds; `null` for all.
    folds: Option<usize>,
    /// Over how many seeds ours are averaged.
    seeds: u64,
    source: &'static str,
    seconds: f64,
    figures: Vec<Checked>,
}

impl Run for Check {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let world = context.world(&self.data)?;
        let dataset = &world.dataset;
        let known = Known::find(dataset).ok_or_else(|| {
            let names: Vec<&str> = KNOWN.iter().map(|k| k.name).collect();
            CliError::Failed(format!(
                "there are published figures on {}; this is none of them: {}, {} and {}",
                names.join(", "),
                plural(dataset.users_with_ratings(), "user"),
                plural(dataset.items_with_ratings(), "item"),
                plural(dataset.n_ratings(), "rating")
            ))
        })?;
        let all = known.rows().map_err(CliError::Failed)?;
        let wanted: Vec<Row> = all.iter().filter(|row| self.wants(row)).cloned().collect();
        if wanted.is_empty() {
            return Err(CliError::Usage(format!(
                "no row about {} has {} in its model, split or source",
                known.name,
                self.rows.as_deref().unwrap_or_default()
            )));
        }
        let mut checker = Checker::new(std::sync::Arc::clone(dataset), context.seed);
        let mut view = View {
            data: known.key,
            name: known.name,
            rows: Vec::new(),
            passed: 0,
            failed: 0,
            left_out: all.len() - wanted.len(),
        };
        let output = context.output(Format::Text);
        let format = output.format;
        // Text comes row by row, since some take minutes.
        let mut text = (format == Format::Text).then(|| Text::new(&wanted));
        let mut stream = text.as_ref().map(|_| context.output(Format::Text).stream());
        for row in &wanted {
            let (figures, seconds) = checker.check(row, &context.task)?;
            let passed = figures.iter().filter(|f| f.pass).count();
            view.passed += passed;
            view.failed += figures.len() - passed;
            if let (Some(text), Some(stream)) = (&mut text, &mut stream) {
                text.row(stream, row, &figures, seconds)?;
                stream.flush()?;
            }
            view.rows.push(RowView {
                model: row.model.clone(),
                split: row.split.clone(),
                folds: row.folds,
                seeds: row.seeds,
                source: row.source.key,
                seconds,
                figures,
            });
        }
        match format {
            Format::Json => output.object(&view)?,
            Format::Csv => output.csv(
                &[
                    "data",
                    "split",
                    "folds",
                    "model",
                    "seeds",
                    "metric",
                    "published",
                    "ours",
                    "within",
                    "pass",
                    "source",
                    "seconds",
                ],
                csv_rows(&view),
            )?,
            Format::Text | Format::Markdown | Format::Latex => {
                if let (Some(text), Some(stream)) = (&text, &mut stream) {
                    text.end(stream, &view)?;
                    stream.flush()?;
                }
            }
        }
        match view.failed {
            0 => Ok(()),
            failed => Err(CliError::Failed(format!(
                "{failed} of {} are not met",
                plural(view.passed + failed, "figure")
            ))),
        }
    }
}

impl Check {
    fn wants(&self, row: &Row) -> bool {
        let text = self.rows.as_deref().unwrap_or_default().to_lowercase();
        let split = row.split.as_deref().unwrap_or_default();
        let has = |field: &str| field.to_lowercase().contains(&text);
        !(self.quick && row.slow) && (has(&row.to_string()) || has(split) || has(row.source.key))
    }
}

fn csv_rows(view: &View) -> impl Iterator<Item = [String; 12]> + '_ {
    view.rows.iter().flat_map(|row| {
        row.figures.iter().map(|f| {
            [
                view.data.to_owned(),
                row.split.clone().unwrap_or_default(),
                row.folds.map_or_else(String::new, |n| n.to_string()),
                row.model.clone(),
                row.seeds.to_string(),
                f.metric.clone(),
                exact(f.published),
                exact_or_empty(f.ours),
                exact(f.within),
                f.pass.to_string(),
                row.source.to_owned(),
                exact(row.seconds),
            ]
        })
    })
}

/// The table as text, a row at a time.
struct Text {
    /// The widest model and the widest metric.
    widths: (usize, usize),
    /// What stands above the rows of one split.
    headline: Option<String>,
    /// Sources named so far.
    sources: Vec<&'static str>,
}

impl Text {
    fn new(rows: &[Row]) -> Self {
        let model = rows.iter().map(|r| r.to_string().len()).max().unwrap_or(0);
        let metrics = rows.iter().flat_map(|r| &r.figures).map(|f| f.metric.len());
        Self {
            widths: (model, metrics.max().unwrap_or(0)),
            headline: None,
            sources: Vec::new(),
        }
    }

    fn row(&mut self, to: &mut impl Write, row: &Row, figures: &[Checked], seconds: f64) -> Result<(), CliError> {
        let (model, metric) = self.widths;
        let headline = row.split.as_deref().unwrap_or("all ratings, none held out");
        if self.headline.as_deref() != Some(headline) {
            let blank = if self.headline.is_some() { "\n" } else { "" };
            writeln!(to, "{blank}{headline}")?;
            writeln!(
                to,
                "  {:<model$}  {:<metric$}  {:>10}  {:>10}  {:>8}        source",
                "model", "metric", "published", "ours", "within"
            )?;
            self.headline = Some(headline.to_owned());
        }
        for (at, (checked, figure)) in figures.iter().zip(&row.figures).enumerate() {
            let name = if at == 0 { row.to_string() } else { String::new() };
            let verdict = if checked.pass { "pass" } else { "FAIL" };
            let ours = checked
                .ours
                .map_or_else(|| "–".to_owned(), |ours| beside(&figure.text, ours));
            let after = if at > 0 {
                String::new()
            } else if seconds < 0.1 {
                row.source.key.to_owned()
            } else {
                format!("{}, {seconds:.1} s", row.source.key)
            };
            let line = format!(
                "  {name:<model$}  {:<metric$}  {:>10}  {ours:>10}  {:>8}  {verdict}  {after}",
                figure.metric, figure.text, checked.within
            );
            writeln!(to, "{}", line.trim_end())?;
            if let Some(reason) = &checked.reason {
                writeln!(to, "  {:<model$}  {reason}", "")?;
            }
        }
        if !self.sources.contains(&row.source.key) {
            self.sources.push(row.source.key);
        }
        Ok(())
    }

    fn end(&self, to: &mut impl Write, view: &View) -> Result<(), CliError> {
        let all = counted((view.passed + view.failed) as u64);
        write!(
            to,
            "\n{}: {} of {all} figures met",
            view.name,
            counted(view.passed as u64)
        )?;
        if view.left_out > 0 {
            write!(to, ", {} left out", plural(view.left_out, "row"))?;
        }
        writeln!(to)?;
        for source in crate::evaluate::published::SOURCES {
            if self.sources.contains(&source.key) {
                writeln!(to, "{}: {}", source.key, source.sentence)?;
            }
        }
        Ok(())
    }
}

/// Our figure with one digit more than the published one has; a count with as many.
fn beside(published: &str, ours: f64) -> String {
    match published.split_once('.') {
        Some((_, digits)) => format!("{ours:.*}", digits.len() + 1),
        None if ours.fract() == 0.0 => format!("{ours:.0}"),
        None => format!("{ours:.4}"),
    }
}
