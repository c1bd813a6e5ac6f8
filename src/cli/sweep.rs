use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::output::exact_or_empty;
use super::table::{Either, Right, Table, aligned, counted};
use super::{CliError, Run};
use crate::answers::text::brief;
use crate::answers::tuning::{self, METRICS, Measured, USERS};
use crate::answers::{HeatView, SweepView, TriangleView};
use crate::evaluate::Metric;

/// What a formula is worth as one of its dials is turned (--dial), or two at once (--and), or over all ways to share the weight between three parts
/// (--triangle). What is measured on is held out of the ratings that the leaderboard trains on: its test part is not touched.
#[derive(Debug, Args)]
pub struct Sweep {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// What is turned: 1.weight, norm, threshold, keep; 2.1.weight within the second part; or a parameter of a model, which
    /// is fitted at each: lambda, 2.factors
    #[arg(long, value_name = "DIAL", required_unless_present = "triangle")]
    dial: Option<String>,
    /// Through which values: 0..1:11 (from, to, how many), 0,0.5,1 or minmax,rank [default: by the dial]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true, requires = "dial")]
    values: Option<String>,
    /// A second one: every setting of the one with every setting of the other
    #[arg(long, value_name = "DIAL", requires = "dial")]
    and: Option<String>,
    /// Through which values it goes, as for --values
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true, requires = "and")]
    and_values: Option<String>,
    /// All ways to share the weight between three parts, each edge in so many steps
    #[arg(long, value_name = "STEPS", conflicts_with = "dial", value_parser = clap::value_parser!(u64).range(1..=100))]
    triangle: Option<u64>,
    /// What is measured
    #[arg(long, value_name = "METRICS", default_value = METRICS)]
    metrics: String,
    /// On how many users, chosen evenly over the file [default: 500, or fewer where memory is short]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    test_users: Option<u64>,
    #[command(flatten)]
    person: PersonOptions,
}

impl Run for Sweep {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let metrics = Metric::parse_list(&self.metrics).map_err(|error| CliError::Usage(error.to_string()))?;
        if let Some(metric) = metrics.iter().find(|metric| metric.k().is_none()) {
            return Err(CliError::Usage(format!(
                "{metric} goes over ratings: a sweep measures lists, as ndcg@10 does"
            )));
        }
        let users = self.test_users.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let (world, whose) = self.person.resolve(context.world(&self.data)?)?;
        if whose.is_some() && self.triangle.is_none() {
            return Err(CliError::Usage(
                "somebody is named for --triangle only, where their lists are compared with the list by --model".into(),
            ));
        }
        let formula = formula.unwrap_or_else(|| world.default_formula());
        let measures = (metrics.as_slice(), users);
        if let Some(steps) = self.triangle {
            let steps = usize::try_from(steps).unwrap_or(usize::MAX);
            let view = tuning::triangle(&world, &formula, whose.as_ref(), steps, measures, &context.task)?;
            let mut header = vec![
                "weight_1".to_owned(),
                "weight_2".into(),
                "weight_3".into(),
                "rbo".into(),
            ];
            header.extend(metrics.iter().map(ToString::to_string));
            return context.print(&view, &header, rows_of_triangle, text_of_triangle);
        }
        let dial = self.dial.unwrap_or_default();
        if let Some(and) = &self.and {
            let read = |text: &Option<String>| {
                text.as_deref()
                    .map(tuning::parse_settings)
                    .transpose()
                    .map_err(CliError::Usage)
            };
            let (down, across) = (read(&self.values)?, read(&self.and_values)?);
            let axes = ((dial.as_str(), down.as_deref()), (and.as_str(), across.as_deref()));
            let view = tuning::heat(&world, &formula, axes.0, axes.1, measures, &context.task)?;
            let heads = [view.down.dial.clone(), view.across.dial.clone()].into_iter();
            let header: Vec<String> = heads.chain(metrics.iter().map(ToString::to_string)).collect();
            return context.print(&view, &header, rows_of_heat, text_of_heat);
        }
        let values = self
            .values
            .as_deref()
            .map(tuning::parse_settings)
            .transpose()
            .map_err(CliError::Usage)?;
        let view = tuning::sweep(&world, &formula, (&dial, values.as_deref()), measures, &context.task)?;
        let mut header = vec!["value".to_owned()];
        header.extend(metrics.iter().map(ToString::to_string));
        context.print(&view, &header, rows, text)
    }
}

fn rows(view: &SweepView) -> Vec<Vec<String>> {
    let row = |row: &tuning::SweepRow| {
        let figures = row.figures.iter().map(|figure| exact_or_empty(*figure));
        std::iter::once(row.value.clone()).chain(figures).collect()
    };
    view.rows.iter().map(row).collect()
}

fn rows_of_triangle(view: &TriangleView) -> Vec<Vec<String>> {
    let row = |point: &tuning::TrianglePoint| {
        let weights = point.weights.iter().map(ToString::to_string);
        let figures = std::iter::once(&point.rbo).chain(&point.figures);
        weights.chain(figures.map(|figure| exact_or_empty(*figure))).collect()
    };
    view.points.iter().map(row).collect()
}

fn rows_of_heat(view: &HeatView) -> Vec<Vec<String>> {
    let row = |cell: &tuning::HeatCell| {
        let figures = (0..view.measured.metrics.len()).map(|n| exact_or_empty(cell.figures.get(n).copied().flatten()));
        [cell.down.clone(), cell.across.clone()]
            .into_iter()
            .chain(figures)
            .collect()
    };
    view.cells.iter().map(row).collect()
}

/// A table a metric.
fn text_of_heat(view: &HeatView) -> String {
    let columns = view.across.values.len().max(1);
    let mut text = format!("{}\n", view.model);
    for (n, metric) in view.measured.metrics.iter().enumerate() {
        let corner = (format!("{} by {}", metric.metric, view.down.dial), Either);
        let heads = view.across.values.iter().map(|value| (value.clone(), Right));
        let mut table = Table::new(std::iter::once(corner).chain(heads));
        for (value, row) in view.down.values.iter().zip(view.cells.chunks(columns)) {
            let figures = row.iter().map(|cell| shown(cell.figures.get(n).copied().flatten()));
            table.row(std::iter::once(value.clone()).chain(figures));
        }
        let _ = write!(text, "\nacross: {}\n{table}", view.across.dial);
    }
    if let Some((cell, reason)) = view.cells.iter().find_map(|cell| Some((cell, cell.reason.as_ref()?))) {
        let _ = writeln!(text, "\n{} could not be measured: {reason}", cell.model);
    }
    text + &foot(&view.measured)
}

fn shown(figure: Option<f64>) -> String {
    figure.map_or_else(|| "–".to_owned(), aligned)
}

/// On what was measured, and what the figures are.
fn foot(measured: &Measured) -> String {
    let (users, of) = (counted(measured.users as u64), counted(measured.of_users as u64));
    let mut text = format!("\n{users} of {of} users; held out: {}\n", measured.held_out);
    if measured.users < measured.of_users {
        let _ = writeln!(text, "more users: --test-users (at most {USERS} where nothing is said)");
    }
    for row in &measured.metrics {
        let _ = writeln!(text, "{}: {}", row.metric, row.definition);
    }
    text
}

fn text(view: &SweepView) -> String {
    let heads = std::iter::once(("value".to_owned(), Either));
    let metrics = view.measured.metrics.iter().map(|row| (row.metric.clone(), Right));
    let mut table = Table::new(heads.chain(metrics));
    for row in &view.rows {
        let figures = row.figures.iter().map(|figure| shown(*figure));
        table.row(std::iter::once(row.value.clone()).chain(figures));
    }
    let of = brief(&view.part, "…");
    format!(
        "{}\n{} of {of}\n\n{table}{}",
        view.model,
        view.dial,
        foot(&view.measured)
    )
}

fn text_of_triangle(view: &TriangleView) -> String {
    let is_alike = view.points.iter().any(|point| point.rbo.is_some());
    let parts = view.parts.iter().map(|part| (brief(part, "…"), Right));
    let alike = is_alike.then(|| ("overlap with now".to_owned(), Right));
    let metrics = view.measured.metrics.iter().map(|row| (row.metric.clone(), Right));
    let mut table = Table::new(parts.chain(alike).chain(metrics));
    for point in &view.points {
        let weights = point.weights.iter().map(|weight| format!("{weight:.3}"));
        let alike = is_alike.then(|| shown(point.rbo));
        table.row(
            weights
                .chain(alike)
                .chain(point.figures.iter().map(|figure| shown(*figure))),
        );
    }
    format!("{}\n\n{table}{}", view.model, foot(&view.measured))
}
